"""What every decoder of another maker's notifications takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import ProtocolError

G_MPS2 = 9.80665  # m/s^2; standard gravity, ISO 80000-3


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Consecutive samples in SI units, as a device gave them.

    Attributes:
        rate_hz: the device's nominal rate.
        device_us: device clock at sample 0 [us]; None where the device tells no time.
        wrap_us: the clock starts again from 0 after this [us]; None where it never does.
        acc_mps2, gyr_radps: in sensor axes, shape (n, 3), n at least 1.
        saturated: an axis stood at the end of its range, shape (n,).
    """

    rate_hz: float
    device_us: int | None
    wrap_us: int | None
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    saturated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.acc_mps2)


class Decoder(Protocol):
    """Decode the notifications of one sensor; what makes no sense is given back, not raised.

    A decoder remembers what the sensor said of itself, and bytes that wait for more.
    """

    CHARACTERISTICS: ClassVar[tuple[str, ...]]  # UUIDs, lower case

    def push(self, characteristic: str, payload: bytes) -> Sequence[Samples | ProtocolError]: ...

    def disconnected(self) -> None:
        """The connection is over: what waits for more waits in vain."""
