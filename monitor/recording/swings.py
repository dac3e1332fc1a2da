"""Movements from one rest to the next, held against what the gyroscope makes of them."""

import math
from collections import deque
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.orientation.halves import halves

Floats = NDArray[np.float64]

HALF_S = 0.5  # s; of a rest, at least. Ours
STEP_S = 0.05  # s; over which rates are averaged before they are added up. Ours
REST_MPS2 = 0.5  # m/s^2; largest standard deviation of an axis at rest; as `orientation.gravity`
REST_RADPS = 0.3  # rad/s; the same of the gyroscope, its axes together. Ours
CREEP_RADPS = 0.15  # rad/s; from the bias: what turns evenly is no rest. Ours
G_MPS2, OFF_MPS2 = 9.80665, 1.0  # m/s^2; gravity, and how far off a mean at rest may be. Ours
LEAST_RAD = math.radians(20)  # rad; between two rests, less says little. Ours
LONGEST_S = 8.0  # s; from rest to rest; longer, the gyroscope drifts. Ours
GENTLE_MPS2 = 6.0  # m/s^2; largest standard deviation of an axis: a fall is harder. As `named`
KEPT = 10  # movements, the last; fewer say nothing. Ours
# The median of any ten in a row, the gyroscope's turn over gravity's, is 0.79 to 1.13 in all 1039
# of 25 files (sisfall, umafall; in minutes, as live). With half the scale it is 0.40 to 0.62 in
# all 1176, with twice the scale 1.02 to 2.17: then 96 in 100 are told.
LEAST, MOST = 0.65, 1.5


class Swings:
    """The last movements, and how far the gyroscope turned over how far gravity did.

    Between two rests both can be told without the other: gravity by what the accelerometer shows
    in each, the gyroscope by adding up. A turn about the vertical changes neither.
    """

    def __init__(self) -> None:
        self.ratios: deque[float] = deque(maxlen=KEPT)

    def look(self, acc_mps2: Floats, gyr_radps: Floats, rate_hz: float) -> None:
        """Take rows that follow each other, shape (n, 3), all of them measured."""
        hop = max(1, round(HALF_S * rate_hz))
        acc, shaken = halves(acc_mps2, hop)
        gyr, turning = halves(gyr_radps, hop)
        norms = np.linalg.norm(acc, axis=1)
        rests = np.flatnonzero(
            (shaken.max(axis=1, initial=0.0) < REST_MPS2)
            & (np.abs(norms - G_MPS2) < OFF_MPS2)
            & (np.linalg.norm(turning, axis=1) < REST_RADPS)
        )
        if len(rests) < 2:
            return
        bias = np.median(gyr[rests], axis=0)
        rests = rests[np.linalg.norm(gyr[rests] - bias, axis=1) < CREEP_RADPS]
        for before, after in pairwise(rests.tolist()):
            if not 1 < after - before <= LONGEST_S / HALF_S:
                continue
            if shaken[before:after].max() > GENTLE_MPS2:
                continue
            up = acc[before] / norms[before]
            seen_rad = _angle_rad(up, acc[after] / norms[after])
            if seen_rad < LEAST_RAD:
                continue
            rows = gyr_radps[before * hop + hop // 2 : after * hop + hop // 2] - bias
            self.ratios.append(_angle_rad(up, _turned(up, rows, rate_hz)) / seen_rad)

    @property
    def ratio(self) -> float | None:
        """The median of the last movements; None where there were too few."""
        return None if len(self.ratios) < KEPT else float(np.median(self.ratios))

    def doubt(self) -> str:
        """What is odd about the gyroscope's scale; empty where nothing is."""
        ratio = self.ratio
        if ratio is None or LEAST < ratio < MOST:
            return ""
        return (
            f"in the last {KEPT} movements from one rest to the next the gyroscope turned "
            f"{ratio:.1f} times as far as gravity did, which should be about once: its scale may "
            "be wrong"
        )


def _turned(up: Floats, rows: Floats, rate_hz: float) -> Floats:
    """Where up is after these rates, in sensor axes, shape (3,)."""
    hop = max(1, round(STEP_S * rate_hz))
    means = halves(rows, hop)[0] * (hop / rate_hz)
    left = rows[len(means) * hop :].sum(axis=0) / rate_hz
    for turn in (*means, left):
        angle = float(np.linalg.norm(turn))
        if angle > 0.0:  # Rodrigues; up stays, and the sensor turns about it
            axis = turn / angle
            up = (
                up * math.cos(angle)
                - np.cross(axis, up) * math.sin(angle)
                + axis * float(axis @ up) * (1.0 - math.cos(angle))
            )
    return up


def _angle_rad(one: Floats, other: Floats) -> float:
    return math.acos(min(1.0, max(-1.0, float(one @ other))))
