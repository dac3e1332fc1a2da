"""A wish for a new zero turned into one, or into the reason why not."""

from dataclasses import dataclass, field
from math import radians

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.rotations import angle_rad, leaning, turned
from monitor.model import (
    NS_PER_S,
    Activity,
    Asker,
    MotionChunk,
    Mounting,
    Origin,
    Refusal,
    Rezeroed,
    SegmentEnd,
)

UPRIGHT = np.array([0.0, 0.0, 1.0])
NEUTRAL = "neutral"  # a source that has it says: the zero was taken from the person
STOOD = "standing first"  # a source that ends so says: who stood, when it came into force


@dataclass(frozen=True, slots=True)
class Params:
    """When a posture counts as upright and still."""

    still_s: float = 2.0  # s; of stillness that make a zero: several times the sway's period. Ours
    patience_s: float = 10.0  # s; in which the person comes to rest after asking. Ours
    still_radps: float = radians(5.0)  # rad/s; RMS of the rate: quiet. Ours
    jerk_radps: float = radians(15.0)  # rad/s; no sample faster: people who stand sway by less
    swing_mps2: float = 0.5  # m/s^2; standard deviation of |a|: no steps, ADR 6's quiet
    far_rad: float = radians(45.0)  # rad; from the last zero: sitting is nearer to standing. Ours
    named_rad: float = radians(25.0)  # rad; with --neutral, from the axes named. Ours
    named_remind_s: float = 15.0  # s; then, of moving, until it is said what is waited for. Ours
    named_patience_s: float = 600.0  # s; then, until nobody waits any longer. Ours
    lying_rad: float = radians(65.0)  # rad; from the last zero: Vaha-Ypya 2018
    table_radps: float = radians(0.1)  # rad/s; RMS: half of what counts as not worn. Ours
    table_mps2: float = 0.03  # m/s^2; standard deviation of |a|; not worn has 5 mg. Ours


@dataclass(slots=True)
class Rezeroing:
    """One wish, from being asked to its answer. Takes cells of motion, one segment or several."""

    params: Params
    asked_ns: int
    by: Asker
    begun_ns: int | None = None  # when the data that may answer began
    count: int = 0
    up: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))  # sums of the stillness
    gyr_sq: float = 0.0
    norm: float = 0.0
    norm_sq: float = 0.0
    last: NDArray[np.float64] = field(default_factory=lambda: UPRIGHT.copy())

    def push(
        self, item: MotionChunk | SegmentEnd, mounting: Mounting, activity: Activity | None
    ) -> Rezeroed | None:
        """Take a cell that was read with `mounting`, in which the person did `activity`."""
        if isinstance(item, SegmentEnd):
            self._forget()
            return self._no(item.segment.time_ns(item.stop), Refusal.NO_DATA, mounting)
        start_ns = item.segment.time_ns(item.first)
        stop_ns = item.segment.time_ns(item.first + len(item))
        if start_ns < self.asked_ns or not item.settled.all():
            return None
        if self.begun_ns is None:
            self.begun_ns = start_ns
        self.last = item.up.mean(axis=0)
        if self._still(item):
            self._add(item)
        else:
            self._forget()
        if self.count >= self.params.still_s * item.segment.rate_hz:
            return self._answer(stop_ns, mounting, activity)
        if (stop_ns - self.begun_ns) / NS_PER_S >= self.params.patience_s:
            return self._no(stop_ns, Refusal.MOVING, mounting)
        return None

    def _answer(self, at_ns: int, mounting: Mounting, activity: Activity | None) -> Rezeroed:
        params = self.params
        up = self.up / self.count
        moved_rad = angle_rad(up, UPRIGHT)
        rate_sq = self.gyr_sq / self.count
        swing_sq = max(0.0, self.norm_sq / self.count - (self.norm / self.count) ** 2)
        lies_still = rate_sq < params.table_radps**2 and swing_sq < params.table_mps2**2
        if activity is Activity.NOT_WORN or lies_still:
            return self._no(at_ns, Refusal.NOT_WORN, mounting)
        if activity is Activity.LIE or moved_rad >= params.lying_rad:
            return self._no(at_ns, Refusal.LYING, mounting)
        if moved_rad >= params.far_rad:
            return self._no(at_ns, Refusal.FAR, mounting)
        # Who is not known to stand is taken to sit, as the seated clock takes them.
        stands = activity in (Activity.STAND, Activity.WALK)
        goal = UPRIGHT if stands else leaning(mounting.sit_tall_rad)
        source = mounting.source if NEUTRAL in mounting.source else f"{mounting.source} and neutral"
        source = source.removesuffix(f", {STOOD}")
        if self.by is Asker.START:
            source = f"{source}, {STOOD}"
        new = turned(mounting, up, goal, source)
        return Rezeroed(at_ns, self.asked_ns, self.by, None, angle_rad(up, goal), new)

    def _no(self, at_ns: int, refused: Refusal, mounting: Mounting) -> Rezeroed:
        moved_rad = angle_rad(self.last, UPRIGHT)
        return Rezeroed(at_ns, self.asked_ns, self.by, refused, moved_rad, mounting)

    def _still(self, item: MotionChunk) -> bool:
        if (item.origin == Origin.BRIDGED).any():
            return False  # nobody measured it
        # NaN, where there is no gyroscope, compares as still; |a| has to tell then.
        rates = np.abs(item.gyr_radps)
        if (rates > self.params.jerk_radps).any():
            return False
        if float(np.mean(item.gyr_radps**2)) * 3.0 > self.params.still_radps**2:
            return False
        norm = np.sqrt((item.acc_mps2**2).sum(axis=1))
        count = self.count + len(norm)
        mean = (self.norm + float(norm.sum())) / count
        swing_sq = (self.norm_sq + float((norm**2).sum())) / count - mean * mean
        return swing_sq <= self.params.swing_mps2**2

    def _add(self, item: MotionChunk) -> None:
        norm_sq = (item.acc_mps2**2).sum(axis=1)
        self.count += len(item)
        self.up = self.up + item.up.sum(axis=0)
        # Without a gyroscope nothing lies still by its rate: that is for |a| and the states.
        self.gyr_sq += float((np.nan_to_num(item.gyr_radps, nan=1.0) ** 2).sum())
        self.norm += float(np.sqrt(norm_sq).sum())
        self.norm_sq += float(norm_sq.sum())

    def _forget(self) -> None:
        self.count = 0
        self.up = np.zeros(3)
        self.gyr_sq = self.norm = self.norm_sq = 0.0
