"""What a fault does to one sensor: hooks that leave everything as it is."""

import asyncio
from enum import Flag, auto
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.device import DeviceParams
from simulator.faults.wording import Argument, Fault

if TYPE_CHECKING:
    from simulator.air import Air
    from simulator.security import Security


class Need(Flag):
    """What must be there for a fault to act."""

    NOTHING = 0
    AIR = auto()  # an air of our own, in this process
    TCP = auto()  # any virtual air, so that another device can join it
    FIRMWARE = auto()  # a Backwatch sensor, not one of another make
    START = auto()  # the sensor's start: it changes nothing of one that runs


class Board(Protocol):
    """What can happen to our own firmware."""

    async def reboot(self, boot_id: int) -> None:
        """Power off and on within a moment."""

    async def power_off(self) -> None:
        """No power: nothing is sampled, nothing is said, not even good-bye."""

    async def power_on(self, boot_id: int) -> None: ...
    async def set_battery(self, percent: int) -> None: ...
    async def forget_bonds(self) -> None: ...


class Patient(Protocol):
    """The sensor as a fault sees it.

    Attributes:
        transport: the bumble transport it is on.
        air: the air, where it is one of our own.
        board: None where it is of another make.
    """

    address: str
    name: str
    transport: str
    air: "Air | None"

    @property
    def board(self) -> "Board | None": ...
    async def heard(self) -> None:
        """Wait until a host has first asked for samples."""


class Act:
    """One fault at work on one sensor.

    Attributes:
        PASSES: it is over once `run` has ended; else it lasts until it is cleared.
        silent: the sensor sends nothing now.
    """

    NAME: ClassVar[str]
    DOES: ClassVar[str]
    ARGUMENTS: ClassVar[tuple[Argument, ...]] = ()
    NEEDS: ClassVar[Need] = Need.NOTHING
    PASSES: ClassVar[bool] = False

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        self.fault = fault
        self.rng = rng
        self.silent = False

    # Before power-up

    def params(self, params: DeviceParams) -> DeviceParams:
        """The make of sensor."""
        return params

    def name(self, name: str) -> str:
        """The name it advertises."""
        return name

    def mtu(self, mtu: int) -> int:
        """The largest MTU it agrees to."""
        return mtu

    def security(self, security: "Security | None") -> "Security | None":
        """How it is paired and protected."""
        return security

    def others(self, patient: Patient) -> list[str]:
        """What else will be on the air because of this fault, for people."""
        del patient
        return []

    # While it runs

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        """What the motion sensor measures, shape (n, 6); each sample is given once, in order."""
        del rate_hz
        return counts

    def clock(self, device_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the device's clock shows where it should show `device_us`."""
        return device_us

    def booted(self) -> None:
        """The sensor has restarted: its clock and its counts begin at zero."""

    def connected(self) -> None:
        """A host has connected."""

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        """What is notified in place of a notification with samples."""
        del uuid
        return [payload]

    def delivers(self, count: int) -> NDArray[np.bool_]:
        """Which of the next samples the motion sensor delivers, shape (count,)."""
        return np.ones(count, bool)

    async def run(self, patient: Patient) -> None:
        """What happens by itself; may end. Cancelled, it puts right what it has done."""


class Timed(Act):
    """Something that strikes some time after a host first listens, and perhaps again."""

    async def run(self, patient: Patient) -> None:
        await self.once(patient)
        while every_s := self.fault.number("every"):
            await asyncio.sleep(every_s)
            await self.strike(patient)

    async def once(self, patient: Patient) -> None:
        await patient.heard()
        await asyncio.sleep(self.fault.number("at"))
        await self.strike(patient)

    async def strike(self, patient: Patient) -> None:
        raise NotImplementedError
