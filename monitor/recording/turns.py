"""Turning as gravity shows it, held against turning as the gyroscope has it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.orientation.halves import halves

Floats = NDArray[np.float64]

HALF_S = 0.5  # s; over which both are averaged. Ours
GRAVITY_MPS2 = (5.0, 15.0)  # m/s^2; magnitude of a mean that still says where gravity is. Ours
FEWEST = 10  # pairs of half seconds that say anything. Ours
# Gravity's turning over the gyroscope's, root mean square against root mean square, is 0.65 and
# more in 189 files of seven data sets (broad, forth_torso, lowback_gait, sisfall, slouch_vest,
# umafall, wc_trunk). A gyroscope in deg/s makes it 57 times smaller.
LEAST_RATIO = 0.12
LEAST_TURN_RAD = 0.03  # rad in half a second; less is the noise of a sensor at rest. Ours
# It is 6.2 at most there; a gyroscope that was converted twice makes it 57 times larger. In a
# vehicle gravity seems to turn and nothing does: then the two are not alike.
MOST_RATIO = 12.0
LEAST_LIKENESS = 0.5  # correlation. Ours
# In those sets it is -0.68 and more, but for slouch_vest, whose gyroscope turns against gravity
# (-0.94). Where it is 0.8 and more, gravity's turning is 1.04 to 1.83 of the gyroscope's.
OPPOSITE = -0.85
ALIKE = 0.8
GAINS = (0.5, 3.0)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Gravity's turning over the gyroscope's.

    Attributes:
        likeness: their correlation, -1 to 1.
        turn_rad: the gyroscope's in half a second, root mean square [rad].
    """

    ratio: float
    likeness: float
    turn_rad: float


class Turns:
    """Pairs of half seconds that follow each other, piece by piece.

    A turn about the vertical does not show in gravity, and is left out of both.
    """

    def __init__(self) -> None:
        self._seen: list[Floats] = []
        self._expected: list[Floats] = []
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
            mean, rate = halves(acc_mps2, hop)[0], halves(gyr_radps, hop)[0]
            size = np.sqrt((mean**2).sum(axis=1))
            usable = (size > GRAVITY_MPS2[0]) & (size < GRAVITY_MPS2[1])
            usable &= np.isfinite(rate).all(axis=1)
            up = mean / size[:, None]
        both = usable[1:] & usable[:-1]
        if not both.any():
            return
        before, after = up[:-1][both], up[1:][both]
        turned = (rate[:-1][both] + rate[1:][both]) / 2 * (hop / self._rate_hz)
        self._seen.append(after - before)
        # Up stays where it is, and the sensor turns about it.
        self._expected.append(-np.cross(turned, (before + after) / 2))

    def ratio(self) -> Ratio | None:
        """Over all that was looked at; None where that says too little."""
        if sum(len(part) for part in self._seen) < FEWEST:
            return None
        seen, expected = np.concatenate(self._seen), np.concatenate(self._expected)
        # What is always there is bias of the gyroscope, or a body that circles.
        expected = expected - np.median(expected, axis=0)
        seen_sq, expected_sq = float((seen**2).sum()), float((expected**2).sum())
        if seen_sq <= 0.0 or expected_sq <= 0.0:
            return None
        return Ratio(
            math.sqrt(seen_sq / expected_sq),
            float((seen * expected).sum()) / math.sqrt(seen_sq * expected_sq),
            math.sqrt(expected_sq / len(seen)),
        )

    @property
    def agree(self) -> bool:
        """Whether the two turn alike and about as far; not the opposite of a doubt."""
        found = self.ratio()
        if found is None or found.turn_rad < LEAST_TURN_RAD:
            return False
        gain = found.ratio * found.likeness
        return found.likeness > LEAST_LIKENESS and GAINS[0] < gain < GAINS[1]

    def objection(self) -> str:
        """Why the gyroscope can hardly be in rad/s, and what to do; empty where it may be."""
        found = self.ratio()
        if found is None:
            return ""
        if found.ratio < LEAST_RATIO and found.turn_rad > LEAST_TURN_RAD:
            return (
                f"the gyroscope turns {1 / found.ratio:.0f} times as far as gravity does, and 57 "
                "times are the degrees in a radian; are gx gy gz in deg/s? Then add --gyro-unit "
                "deg/s; if they are in rad/s, --gyro-unit rad/s reads them as they are"
            )
        if found.ratio > MOST_RATIO and found.likeness > LEAST_LIKENESS:
            return (
                f"gravity turns {found.ratio:.0f} times as far as the gyroscope does; were gx gy "
                "gz divided by 57 once too often? Write them in rad/s or deg/s (--gyro-unit "
                "deg/s); --gyro-unit rad/s reads them as they are"
            )
        return ""

    def doubt(self) -> str:
        """What is odd about the gyroscope though its unit may be right; empty where nothing is."""
        found = self.ratio()
        if found is None or found.turn_rad < LEAST_TURN_RAD:
            return ""
        if found.likeness < OPPOSITE:
            return (
                "the gyroscope turns against gravity, as if the signs of gx gy gz were the other "
                "way round, or one axis were"
            )
        gain = found.ratio * found.likeness
        if found.likeness > ALIKE and not GAINS[0] < gain < GAINS[1]:
            return (
                f"gravity turns {gain:.1f} times as far as the gyroscope does, which should be "
                "about once: its scale may be wrong"
            )
        return ""
