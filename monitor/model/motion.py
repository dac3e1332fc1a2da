"""Samples turned into body axes, with the direction of up."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from monitor.model.samples import Segment, read_only


class Placement(StrEnum):
    """Where on the trunk the sensor sits."""

    UPPER_BACK = "upper_back"
    LOW_BACK = "low_back"
    CHEST = "chest"
    WAIST = "waist"


@dataclass(frozen=True, slots=True)
class Mounting:
    """How the sensor sits on the body.

    Body axes: x forward, y left, z up when the person stands upright (docs/frames.md).

    Attributes:
        body_from_sensor: rotation matrix, row by row (9 numbers).
        forward_known: False where only "up" could be found; then sagittal and lateral
            angles are unknown, and inclination alone is given.
        source: how it was found, for people: "axes", "axes and neutral", "found", "assumed",
            "calibration and neutral".
        sit_tall_rad: sagittal angle of its wearer sitting tall, against standing [rad].
        slouch_on_rad: the wearer's own threshold over sitting tall; None is the profile's [rad].
    """

    body_from_sensor: tuple[float, ...]
    forward_known: bool
    source: str
    sit_tall_rad: float = 0.0
    slouch_on_rad: float | None = None

    def zero_within_deg(self) -> float:
        """Half width that holds 95 % of the errors of its zero [deg]."""
        stood = any(word in self.source for word in ZEROED)
        return ZERO_STOOD_DEG if stood else ZERO_NAMED_DEG

    def matrix(self) -> NDArray[np.float64]:
        """Rotation matrix, shape (3, 3)."""
        return np.array(self.body_from_sensor, dtype=np.float64).reshape(3, 3)


@dataclass(frozen=True, slots=True, eq=False)
class MotionChunk:
    """Samples `[first, first + n)` in body axes, and where up is.

    Attributes:
        up: unit vector against gravity in body axes, shape (n, 3).
        acc_mps2: specific force in body axes [m/s^2], shape (n, 3).
        gyr_radps: angular rate in body axes, bias removed [rad/s], shape (n, 3);
            all NaN where the sensor has no gyroscope.
        settled: the orientation filter has converged, shape (n,).
        origin: an `Origin` per sample, shape (n,).
        forward_known: whether x and y mean anything (see `Mounting`).
        up_sigma_rad: standard deviation of the direction of up, as the filter believes
            [rad], shape (n,); None where nobody estimated it.
    """

    segment: Segment
    first: int
    up: NDArray[np.float64]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    settled: NDArray[np.bool_]
    origin: NDArray[np.uint8]
    forward_known: bool
    up_sigma_rad: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n = len(self.up)
        vectors = n, 3
        read_only(self.up, vectors, "up")
        read_only(self.acc_mps2, vectors, "acc_mps2")
        read_only(self.gyr_radps, vectors, "gyr_radps")
        read_only(self.settled, (n,), "settled")
        read_only(self.origin, (n,), "origin")
        if self.up_sigma_rad is not None:
            read_only(self.up_sigma_rad, (n,), "up_sigma_rad")

    def __len__(self) -> int:
        return len(self.up)

    def within_rad(self) -> NDArray[np.float64] | None:
        """Half width that holds 95 % of the errors of each angle [rad], shape (n,); zero apart."""
        if self.up_sigma_rad is None:
            return None
        blind = len(self) > 0 and bool(np.isnan(self.gyr_radps[0, 0]))
        return self.up_sigma_rad * (
            UNCERTAIN_SIGMAS_WITHOUT_GYROSCOPE if blind else UNCERTAIN_SIGMAS
        )

    def sagittal_rad(self) -> NDArray[np.float64]:
        """Forward lean, valid beyond 90 deg; backward is negative [rad], shape (n,)."""
        return sagittal_rad(self.up)

    def lateral_rad(self) -> NDArray[np.float64]:
        """Lean to the right; to the left is negative [rad], shape (n,)."""
        return lateral_rad(self.up)

    def inclination_rad(self) -> NDArray[np.float64]:
        """Angle from upright in any direction [rad], shape (n,)."""
        return inclination_rad(self.up)


# What of the filter's standard deviation holds 95 % of the errors of each angle. In wc_trunk
# (8 people) it holds 98.8 % of inclination, 98.0 % of sagittal and 99.8 % of lateral angles with
# a gyroscope, of no person less than 96.9 %; without one 99.3, 98.0 and 99.2 %, of no person less
# than 91.8 %. It says nothing of how the sensor sits.
UNCERTAIN_SIGMAS = 2.0
UNCERTAIN_SIGMAS_WITHOUT_GYROSCOPE = 2.5
# deg; what holds 95 % of the errors of the zero. People who stand again stand otherwise by 14 deg
# in hapt_waist, 22 in chest_desk (where straps turn), 5 in lowback_gait; the mean of those. Of
# named axes, standing is off by 21, 28 and 32 deg there.
ZERO_STOOD_DEG, ZERO_NAMED_DEG = 14.0, 30.0
ZEROED = ("neutral", "found")  # in the source of a mounting whose zero comes from its wearer


def sagittal_rad(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forward lean of up vectors in body axes [rad], shape (n, 3) to (n,)."""
    return np.arctan2(-up[:, 0], up[:, 2])


def lateral_rad(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rightward lean of up vectors in body axes [rad], shape (n, 3) to (n,)."""
    return np.arctan2(up[:, 1], np.hypot(up[:, 0], up[:, 2]))


def inclination_rad(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle of up vectors from body z [rad], shape (n, 3) to (n,)."""
    return np.arctan2(np.hypot(up[:, 0], up[:, 1]), up[:, 2])
