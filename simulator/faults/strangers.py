"""Other devices on the air, and names that are not what they seem."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import gatt
from simulator.faults.act import Act, Need, Patient
from simulator.faults.wording import Argument
from simulator.imu import ACC_RANGE_G, FULL_SCALE

_NAMES = {
    "markup": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE sensors; --",
    "terminal": "\x1b[2J\x1b[31mroot#",
    "right-to-left": "\u202etxet desrever",
    "newline": "line\nbreak\x00nul",
    "not-utf8": "caf\udce9",
    "empty": "",
    "long": "\N{FACE SCREAMING IN FEAR}" * 7,
}


class HostileName(Act):
    NAME = "hostile-name"
    DOES = "the sensor advertises a name that is not made for reading"
    ARGUMENTS = (Argument("kind", "markup", choices=tuple(_NAMES)),)
    NEEDS = Need.FIRMWARE | Need.START

    def name(self, name: str) -> str:
        del name
        return _NAMES[self.fault.word("kind")]


class SameName(Act):
    NAME = "same-name"
    DOES = "a second sensor with the same name lies on a table"
    NEEDS = Need.TCP | Need.FIRMWARE

    def others(self, patient: Patient) -> list[str]:
        return [f"{patient.name!r} ({_beside(patient.address, 1)})"]

    async def run(self, patient: Patient) -> None:
        async with _another(self, patient, patient.name):
            await asyncio.Event().wait()


class TwoStartedOneFound(Act):
    NAME = "two-started-one-found"
    DOES = "a second sensor is switched on, and out of range"
    NEEDS = Need.AIR | Need.FIRMWARE

    def others(self, patient: Patient) -> list[str]:
        return [f"{_second(patient.name)!r} ({_beside(patient.address, 1)}), out of range"]

    async def run(self, patient: Patient) -> None:
        assert patient.air is not None
        address = _beside(patient.address, 1)
        patient.air.set_in_range(address, False)
        async with _another(self, patient, _second(patient.name)):
            await asyncio.Event().wait()


class ForeignDevice(Act):
    NAME = "foreign-device"
    DOES = "a device that is no sensor advertises our service"
    ARGUMENTS = (Argument("kind", "garbage", choices=("garbage", "empty", "mute")),)
    NEEDS = Need.TCP

    def others(self, patient: Patient) -> list[str]:
        return [f"'stranger' ({_beside(patient.address, 2)}), {self.fault.word('kind')}"]

    async def run(self, patient: Patient) -> None:
        from bumble.core import UUID, AdvertisingData
        from bumble.device import Device, DeviceConfiguration
        from bumble.gatt import Characteristic, CharacteristicValue, Service
        from bumble.hci import Address
        from bumble.transport import open_transport

        async def never(_: object) -> bytes:
            await asyncio.Event().wait()
            raise AssertionError("an event that nobody sets")

        values: dict[str, bytes | CharacteristicValue[bytes]] = {
            "garbage": b"hello there",
            "mute": CharacteristicValue(read=never),
        }
        kind = self.fault.word("kind")
        characteristics: list[Characteristic[bytes]] = []
        if kind in values:
            read, readable = Characteristic.Properties.READ, Characteristic.READABLE
            characteristics.append(Characteristic(gatt.CONFIG, read, readable, values[kind]))
        address = _beside(patient.address, 2)
        async with await open_transport(patient.transport) as transport:
            device = Device.from_config_with_hci(
                DeviceConfiguration(
                    name="stranger",
                    address=Address(address),
                    advertising_interval_min=100,
                    advertising_interval_max=100,
                ),
                transport.source,
                transport.sink,
            )
            device.add_services([Service(gatt.SERVICE, characteristics)])
            await device.power_on()
            uuids = AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
            named = AdvertisingData.Type.COMPLETE_LOCAL_NAME
            await device.start_advertising(
                auto_restart=True,
                advertising_data=bytes(AdvertisingData([(uuids, UUID(gatt.SERVICE).to_bytes())])),
                scan_response_data=bytes(AdvertisingData([(named, b"stranger")])),
            )
            await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def _another(act: Act, patient: Patient, name: str) -> AsyncIterator[None]:
    """A second sensor, which lies still with its label up."""
    from simulator.device import Device
    from simulator.peripheral import Peripheral

    address = _beside(patient.address, 1)
    device = Device(int(act.rng.integers(1, 2**32)))
    async with Peripheral(patient.transport, device, _lying(), name=name, address=address):
        yield


def _second(name: str) -> str:
    """Another name of at most 29 bytes."""
    return name.encode()[:27].decode(errors="ignore") + " 2"


def _lying() -> Iterator[NDArray[np.int16]]:
    counts = np.zeros((10, 6), np.int16)
    counts[:, 2] = FULL_SCALE // ACC_RANGE_G
    while True:
        yield counts


def _beside(address: str, step: int) -> str:
    """Another address, made from that of the sensor."""
    return f"{address[:-2]}{(int(address[-2:], 16) + step) % 256:02X}"


STRANGERS: tuple[type[Act], ...] = (SameName, TwoStartedOneFound, HostileName, ForeignDevice)
