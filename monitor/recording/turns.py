"""Turning as gravity shows it, held against turning as the gyroscope has it."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HALF_S = 0.5  # s; over which both are averaged. Ours
CALM_MPS2 = 1.0  # m/s^2; standard deviation up to which the mean of a half second is gravity. Ours
CALM_SHARE = 0.1  # of gravity by which that mean may be off; the same
G_MPS2 = 9.80665
# Gravity's turning over the gyroscope's, root mean square against root mean square, is 0.28 to 4.2
# in 62 files of seven data sets (broad, forth_torso, lowback_gait, sisfall, slouch_vest, umafall,
# wc_trunk). A gyroscope in deg/s makes it 57 times smaller, one converted twice 57 times larger.
LEAST_RATIO, MOST_RATIO = 0.12, 8.0
FEWEST = 10  # pairs of calm half seconds that say anything. Ours
LEAST_TURN_RAD = 0.03  # rad in half a second; less is the noise of a sensor at rest. Ours
# Where a vehicle shakes a still person, gravity seems to turn and nothing does: only turning of
# one shape can be of another unit.
LEAST_LIKENESS = 0.5  # correlation; of sisfall 0.69 and more. Ours


class Turns:
    """Sums over pairs of calm half seconds that follow each other, piece by piece.

    A turn about the vertical does not show in gravity, and is left out of both.
    """

    def __init__(self) -> None:
        self._seen: list[Floats] = []
        self._felt: list[Floats] = []
        self._rate_hz = 0.0

    def begin(self, rate_hz: float) -> None:
        """Samples of another piece follow, at this rate; 0 leaves them out."""
        self._rate_hz = rate_hz

    def look(self, acc_mps2: Floats, gyr_radps: Floats) -> None:
        """Take rows that follow each other, shape (n, 3)."""
        if not math.isfinite(self._rate_hz) or self._rate_hz <= 0.0:
            return
        hop = max(1, round(HALF_S * self._rate_hz))
        count = len(acc_mps2) // hop
        if count < 2:
            return
        with np.errstate(all="ignore"):  # what is absurd is refused elsewhere
            halves = acc_mps2[: count * hop].reshape(count, hop, 3)
            mean, deviation = halves.mean(axis=1), halves.std(axis=1).max(axis=1)
            rate = gyr_radps[: count * hop].reshape(count, hop, 3).mean(axis=1)
            size = np.sqrt((mean**2).sum(axis=1))
            calm = (deviation < CALM_MPS2) & (np.abs(size / G_MPS2 - 1.0) < CALM_SHARE)
            calm &= np.isfinite(rate).all(axis=1)
            up = mean / size[:, None]
        both = calm[1:] & calm[:-1]
        if not both.any():
            return
        before, after = up[:-1][both], up[1:][both]
        turned = (rate[:-1][both] + rate[1:][both]) / 2 * (hop / self._rate_hz)
        self._seen.append(after - before)
        # Up stays where it is, and the sensor turns about it.
        self._felt.append(np.concatenate([turned, (before + after) / 2], axis=1))

    def ratio(self) -> tuple[float, float, float] | None:
        """Gravity's turning over the gyroscope's, how alike they are (-1 to 1), and the
        gyroscope's in half a second [rad]; None where too little was calm."""
        if sum(len(part) for part in self._seen) < FEWEST:
            return None
        seen, felt = np.concatenate(self._seen), np.concatenate(self._felt)
        turned = felt[:, :3] - np.median(felt[:, :3], axis=0)  # a constant rate is bias
        expected = -np.cross(turned, felt[:, 3:])
        seen_sq, expected_sq = float((seen**2).sum()), float((expected**2).sum())
        if seen_sq <= 0.0 or expected_sq <= 0.0:
            return None
        likeness = float((seen * expected).sum()) / math.sqrt(seen_sq * expected_sq)
        return math.sqrt(seen_sq / expected_sq), likeness, math.sqrt(expected_sq / len(seen))

    def objection(self) -> str:
        """Why the gyroscope can hardly be in rad/s, and what to do; empty where it may be."""
        found = self.ratio()
        if found is None:
            return ""
        ratio, likeness, turn_rad = found
        if ratio < LEAST_RATIO and turn_rad > LEAST_TURN_RAD:
            return (
                f"the gyroscope turns {1 / ratio:.0f} times as far as gravity does, and 57 "
                "times are the degrees in a radian; are gx gy gz in deg/s? Then add --gyro-unit "
                "deg/s; if they are in rad/s, --gyro-unit rad/s reads them as they are"
            )
        if ratio > MOST_RATIO and likeness > LEAST_LIKENESS:
            return (
                f"gravity turns {ratio:.0f} times as far as the gyroscope does; were gx gy "
                "gz divided by 57 once too often? Write them in rad/s or deg/s (--gyro-unit "
                "deg/s); --gyro-unit rad/s reads them as they are"
            )
        return ""
