"""Range, connections and the host's adapter, as the air gives or takes them."""

import asyncio

from simulator.faults.act import Act, Need, Patient, Timed
from simulator.faults.wording import AT, EVERY, Argument, seconds

BACK_S = 0.2  # chosen by us: so soon after the timeout the sensor can be found again


class OutOfRange(Timed):
    NAME = "out-of-range"
    DOES = "the wearer walks out of range, and comes back"
    ARGUMENTS = (seconds("lasting", 30.0), AT, EVERY)
    NEEDS = Need.AIR
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        assert patient.air is not None
        patient.air.set_in_range(patient.address, False)
        try:
            await asyncio.sleep(self.fault.number("lasting"))
        finally:
            patient.air.set_in_range(patient.address, True)


class SupervisionTimeout(Timed):
    NAME = "supervision-timeout"
    DOES = "nothing gets through just long enough for both ends to lose the connection"
    ARGUMENTS = (AT, EVERY)
    NEEDS = Need.AIR
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        assert patient.air is not None
        patient.air.set_in_range(patient.address, False)
        try:
            await asyncio.sleep(patient.air.supervision_timeout_s + BACK_S)
        finally:
            patient.air.set_in_range(patient.address, True)


class AdapterLoss(Timed):
    NAME = "adapter-loss"
    DOES = "the host's adapter is pulled out, and put in again"
    ARGUMENTS = (seconds("lasting", 10.0), AT, EVERY)
    NEEDS = Need.AIR
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        assert patient.air is not None
        patient.air.pull_adapters(True)
        try:
            await asyncio.sleep(self.fault.number("lasting"))
        finally:
            patient.air.pull_adapters(False)


class NoSlots(Act):
    NAME = "no-slots"
    DOES = "the host's adapter holds no more connections than this"
    ARGUMENTS = (
        Argument("slots", 0, "connections", 0, 100, whole=True),
        seconds("lasting", 30.0),
    )
    NEEDS = Need.AIR
    PASSES = True

    async def run(self, patient: Patient) -> None:
        assert patient.air is not None
        patient.air.slots = int(self.fault.number("slots"))
        try:
            await asyncio.sleep(self.fault.number("lasting"))
        finally:
            patient.air.slots = None


class SmallMtu(Act):
    NAME = "small-mtu"
    DOES = "the sensor agrees to no larger MTU than this"
    ARGUMENTS = (Argument("mtu", 23, "bytes", 23, 517, whole=True),)
    NEEDS = Need.START

    def mtu(self, mtu: int) -> int:
        return min(mtu, int(self.fault.number("mtu")))


RADIO: tuple[type[Act], ...] = (OutOfRange, SupervisionTimeout, AdapterLoss, NoSlots, SmallMtu)
