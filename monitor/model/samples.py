"""Samples on their way from counts on the air to a uniform grid."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000


class Origin(IntEnum):
    """Where a sample comes from; one byte per sample."""

    MEASURED = 0
    BRIDGED = 1  # interpolated over a short gap; nobody measured it
    SATURATED = 2  # measured, but an axis stood at the end of its range


class TimeDoubt(StrEnum):
    """Why the times of samples are less than certain, the least first."""

    NONE = ""
    UNSETTLED = "unsettled"  # heard for less than a minute; late by what a frame waited
    DRIFT = "drift"  # the sensor's clock is further off than any should be
    JUMPED = "jumped"  # the sensor's clock has jumped forward in this run of the sensor
    RESET = "reset"  # the sensor's clock or count began anew without saying so
    COUNTED = "counted"  # the sensor tells no time: counted from its samples
    FILE = "file"  # as a file has them; nobody compared clocks

    @property
    def trusted(self) -> bool:
        """Whether times hold all the same."""
        return self in (TimeDoubt.NONE, TimeDoubt.UNSETTLED)

    @property
    def rank(self) -> int:
        """Of two, the one with the higher rank is to be told."""
        return list(TimeDoubt).index(self)


@dataclass(frozen=True, slots=True)
class Segment:
    """An unbroken run of samples, and the only place where an index becomes time.

    Attributes:
        id: counts up within one run of the path.
        t0_ns: UTC of sample 0 [ns since the epoch].
        rate_hz: samples per second of UTC.
        doubt: why its times are less than certain.
    """

    id: int
    t0_ns: int
    rate_hz: float
    doubt: TimeDoubt = TimeDoubt.NONE

    def time_ns(self, index: int) -> int:
        """UTC of the sample at `index` [ns since the epoch]."""
        return self.t0_ns + round(index * NS_PER_S / self.rate_hz)


def read_only(array: NDArray[np.generic], shape: tuple[int, ...], what: str) -> None:
    """Check a shape and freeze an array that passes a border."""
    if array.shape != shape:
        raise ValueError(f"{what}: shape {array.shape}, expected {shape}")
    array.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class RawChunk:
    """Decoded, in SI units, still on the device's own clock.

    Attributes:
        at_ns: host arrival [ns since the epoch, UTC].
        boot_id: which power-up of the device counted these samples.
        sequence: samples since that boot, unwrapped, of sample 0.
        device_us: device clock at sample 0, unwrapped [us].
        rate_hz: the device's nominal rate.
        acc_mps2: specific force in sensor axes [m/s^2], shape (n, 3).
        gyr_radps: angular rate in sensor axes [rad/s], shape (n, 3).
        saturated: an axis stood at the end of its range, shape (n,).
        clocked: False where the device tells no time: `device_us` is then the number of
            samples times their nominal period, and a loss may be in neither.
        stamped: False where `device_us` was counted on from a time the device told before.
        numbered: False where the device tells no numbers: `sequence` then follows from its clock.
    """

    at_ns: int
    boot_id: int
    sequence: int
    device_us: int
    rate_hz: float
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    saturated: NDArray[np.bool_]
    clocked: bool = True
    stamped: bool = True
    numbered: bool = True

    def __post_init__(self) -> None:
        n = len(self.acc_mps2)
        read_only(self.acc_mps2, (n, 3), "acc_mps2")
        read_only(self.gyr_radps, (n, 3), "gyr_radps")
        read_only(self.saturated, (n,), "saturated")

    def __len__(self) -> int:
        return len(self.acc_mps2)


@dataclass(frozen=True, slots=True)
class Numbered:
    """Samples [start, stop) of one run of a sensor, by their unwrapped numbers."""

    boot_id: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class RawEnd:
    """The connection is gone: nothing more of this run of raw chunks."""

    at_ns: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class SampleChunk:
    """Samples `[first, first + n)` of one segment, uniformly spaced.

    Attributes:
        segment: the run these belong to.
        first: index of sample 0 within the segment.
        acc_mps2: specific force in sensor axes [m/s^2], shape (n, 3), float64.
        gyr_radps: angular rate in sensor axes [rad/s], shape (n, 3), float64;
            all NaN where the sensor has no gyroscope.
        origin: an `Origin` per sample, shape (n,), uint8.
    """

    segment: Segment
    first: int
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    origin: NDArray[np.uint8]

    def __post_init__(self) -> None:
        n = len(self.acc_mps2)
        read_only(self.acc_mps2, (n, 3), "acc_mps2")
        read_only(self.gyr_radps, (n, 3), "gyr_radps")
        read_only(self.origin, (n,), "origin")

    def __len__(self) -> int:
        return len(self.acc_mps2)


@dataclass(frozen=True, slots=True)
class SegmentEnd:
    """Nothing follows in this segment: emit what is held back and start afresh.

    Attributes:
        segment: the run that ends.
        stop: its number of samples.
        cause: for people: "gap of 2.1 s", "device restarted", "end of file".
    """

    segment: Segment
    stop: int
    cause: str
