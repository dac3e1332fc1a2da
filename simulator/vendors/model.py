"""What the firmware of another maker's sensor takes and gives: no radio, no clock."""

from dataclasses import dataclass
from enum import Flag, auto
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray


class Access(Flag):
    """What a host may do with a characteristic."""

    READ = auto()
    WRITE = auto()
    NOTIFY = auto()


@dataclass(frozen=True, slots=True)
class Notification:
    """Bytes to notify whoever subscribed."""

    characteristic: str
    payload: bytes


class Model(Protocol):
    """One power-up of a sensor.

    Attributes:
        NATIVE_HZ: rate at which it is to be given samples; what it sends may be fewer.
        STRIDE: how many it is to be given at a time.
        NAME: what it advertises, before a number of its own.
        ADVERTISED: service UUIDs in its advertisement.
        SERVICES: characteristics by service.
    """

    NATIVE_HZ: ClassVar[float]
    STRIDE: ClassVar[int]
    NAME: ClassVar[str]
    ADVERTISED: ClassVar[tuple[str, ...]]
    SERVICES: ClassVar[dict[str, dict[str, Access]]]

    def __init__(self) -> None: ...

    def read(self, characteristic: str) -> bytes: ...

    def write(self, characteristic: str, payload: bytes) -> list[Notification]:
        """Take a command; gives the answer to it."""

    def sample(
        self, acc_mps2: NDArray[np.float64], gyr_radps: NDArray[np.float64], mtu: int
    ) -> list[Notification]:
        """Measure `STRIDE` samples, shape (n, 3); gives what is to be sent at an ATT MTU."""

    def disconnected(self) -> None: ...
