"""A whole recording to where gravity is in each half second of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.orientation.halves import halves

Floats = NDArray[np.float64]

HALVES = 1000  # half-seconds looked at at a time, to spare memory
STILL_DEVIATION_MPS2 = 0.5  # a stretch counts as still below this standard deviation; ADR 3
# Walking, as half seconds of hapt_waist, chest_desk, forth_torso, lowback_gait, sisfall, umafall
# have it: there up found so is within 36 deg of its mean, in 53 of 55 files within 21.
STEPS_MPS2 = (1.0, 8.0)  # m/s^2; largest standard deviation of an axis. Ours
STEPPING_MPS2 = (7.0, 13.0)  # m/s^2; magnitude of the mean. Ours
WALK_S = 4.0  # s; at least so long without a pause: no posture change lasts that long. Ours
FEWEST_WALKED = 20  # half seconds. Ours
LEAST_WALKED = 0.8  # resultant length of their directions, 0 to 1; 0.86 and more is seen


class Rows(Protocol):
    """An array of shape (n, 3), or what reads one from a file when a slice is taken."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Floats: ...


@dataclass(frozen=True, slots=True, eq=False)
class Gravity:
    """Half seconds that follow each other.

    Attributes:
        means: of the accelerometer, sensor axes [m/s^2], shape (n, 3).
        deviations: the largest of its three axes [m/s^2], shape (n,).
        norms: magnitudes of the means [m/s^2], shape (n,).
        half_s: how long each is [s].
    """

    means: Floats
    deviations: Floats
    norms: Floats
    half_s: float

    def walking(self) -> NDArray[np.bool_]:
        """Which are of steady walking, shape (n,)."""
        lively = (self.deviations > STEPS_MPS2[0]) & (self.deviations < STEPS_MPS2[1])
        lively &= (self.norms > STEPPING_MPS2[0]) & (self.norms < STEPPING_MPS2[1])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], lively.astype(np.int8), [0]])))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            if (stop - start) * self.half_s < WALK_S:
                lively[start:stop] = False
        return lively

    def directions(self, which: NDArray[np.bool_]) -> Floats:
        """Unit vectors of some of them, shape (m, 3)."""
        out: Floats = self.means[which] / self.norms[which, None]
        return out


def gravity(acc_mps2: Rows, rate_hz: float) -> Gravity:
    """Half seconds of rows that follow each other, shape (n, 3); what is left over is left out."""
    hop = max(1, round(rate_hz / 2))
    count = len(acc_mps2) // hop
    means, deviations = [np.empty((0, 3))], [np.empty(0)]
    for first in range(0, count, HALVES):
        mean, deviation = halves(acc_mps2[first * hop : min(first + HALVES, count) * hop], hop)
        means.append(mean)
        deviations.append(deviation.max(axis=1))
    together = np.concatenate(means)
    norms = np.linalg.norm(together, axis=1)
    return Gravity(together, np.concatenate(deviations), norms, hop / rate_hz)


def walked_up(seen: Iterable[Gravity]) -> Floats | None:
    """Where up mostly is while walking, shape (3,); None where that differs, or is too little."""
    directions = np.concatenate(
        [np.empty((0, 3)), *(one.directions(one.walking()) for one in seen)]
    )
    if len(directions) < FEWEST_WALKED:
        return None
    mean: Floats = directions.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length >= LEAST_WALKED else None
