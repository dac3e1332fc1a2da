"""What is said of each tenth of a second."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from monitor.model.samples import Segment, read_only


@dataclass(frozen=True, slots=True, eq=False)
class FeatureChunk:
    """Hops `[first, first + k)` of a segment; hop h covers `hop` samples from h * hop.

    Extremes are taken at the full rate within the hop, so a peak is not lost to the grid.
    Angles follow docs/frames.md; where forward is unknown, `sagittal` holds the
    inclination and `lateral` is zero (see `forward_known`).

    Attributes:
        hop: samples per hop, about 0.1 s.
        sagittal: forward lean, mean of the hop [rad], shape (k,).
        sagittal_min, sagittal_max: extremes, after a 5 Hz low-pass [rad].
        lateral: rightward lean, mean [rad].
        inclination: from upright, mean [rad].
        up: mean up vector in body axes, unit, shape (k, 3).
        lean_rate: sagittal rate of the 5 Hz low-passed angle: extreme by magnitude, signed [rad/s].
        turn_rate: rate about the vertical, mean, left positive [rad/s]; 0 without a gyroscope.
        acc_vertical: acceleration along up, gravity removed, mean [m/s^2].
        acc_norm: specific force magnitude, mean [m/s^2].
        acc_norm_sq: its mean square [(m/s^2)^2].
        acc_norm_min, acc_norm_max: its extremes [m/s^2].
        gyr_sq: angular rate magnitude, mean square [(rad/s)^2]; NaN-free: the
            inclination's own rate stands in where there is no gyroscope.
        gyr_max: largest magnitude [rad/s].
        settled: every sample of the hop is settled, shape (k,).
        measured: share of samples that were measured, 0 to 1, shape (k,).
        forward_known: whether sagittal and lateral mean anything.
        has_gyro: whether a gyroscope spoke.
    """

    segment: Segment
    first: int
    hop: int
    sagittal: NDArray[np.float64]
    sagittal_min: NDArray[np.float64]
    sagittal_max: NDArray[np.float64]
    lateral: NDArray[np.float64]
    inclination: NDArray[np.float64]
    up: NDArray[np.float64]
    lean_rate: NDArray[np.float64]
    turn_rate: NDArray[np.float64]
    acc_vertical: NDArray[np.float64]
    acc_norm: NDArray[np.float64]
    acc_norm_sq: NDArray[np.float64]
    acc_norm_min: NDArray[np.float64]
    acc_norm_max: NDArray[np.float64]
    gyr_sq: NDArray[np.float64]
    gyr_max: NDArray[np.float64]
    settled: NDArray[np.bool_]
    measured: NDArray[np.float64]
    forward_known: bool
    has_gyro: bool

    def __post_init__(self) -> None:
        shape = (len(self.sagittal),)
        for name in _COLUMNS:
            read_only(getattr(self, name), shape, name)
        read_only(self.up, (*shape, 3), "up")

    def __len__(self) -> int:
        return len(self.sagittal)

    @property
    def hop_s(self) -> float:
        """Duration of a hop [s]."""
        return self.hop / self.segment.rate_hz

    def time_ns(self, hop_index: int) -> int:
        """UTC at which hop `hop_index` begins [ns since the epoch]."""
        return self.segment.time_ns(hop_index * self.hop)


_COLUMNS = tuple(
    field.name
    for field in fields(FeatureChunk)
    if field.name not in ("segment", "first", "hop", "up", "forward_known", "has_gyro")
)
