"""What is felt while walking turned into whether the sensor still sits where it sat."""

from dataclasses import dataclass, field
from functools import cache
from math import radians

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.rezero import NEUTRAL
from monitor.calibration.rotations import Triple, angle_rad, between_rad, leaning, turned
from monitor.model import (
    NS_PER_S,
    Activity,
    Beat,
    FeatureChunk,
    Mounting,
    SegmentEnd,
    StateChange,
    Trust,
)
from monitor.model.features import ACC_NORM_SQ, UP, VALID
from monitor.model.states import MotionEvent

Item = FeatureChunk | Beat | SegmentEnd | StateChange | MotionEvent
Array = NDArray[np.float64]

MENDED = "mended by walking"  # in a mounting's source
BEAT = 10  # hops; a beat is a second of them, `monitor.states`


@dataclass(frozen=True, slots=True)
class Params:
    """How much walking tells a slip, and how large one is; ADR 18 has the figures."""

    look_s: int = 20  # s; of walking that are averaged. Ours
    looks: int = 3  # such looks, one after the other, that must agree: stairs are shorter. Ours
    agree_rad: float = radians(6.0)  # rad; between those looks. Ours
    slip_rad: float = radians(12.0)  # rad; from the wearer's own walking; ADR 18
    learn_s: int = 60  # s; of walking that make the wearer's own. Ours
    lean_rad: float = radians(4.0)  # rad; forward, before that; hapt_waist: median 4.5 deg
    first_rad: float = radians(15.0)  # rad; from that lean: people differ. Ours, ADR 18
    back_rad: float = radians(6.0)  # rad; within which the sensor sits right again. Ours
    running_mps2: float = 5.0  # m/s^2; standard deviation of |a|: who runs leans otherwise. Ours
    forget_s: float = 1800.0  # s; a longer gap may be another donning. Ours


@dataclass(frozen=True, slots=True, eq=False)
class _Hops:
    """What counts of a `FeatureChunk`; its rows as they are."""

    t0_ns: int
    hop_s: float
    first: int
    stop: int
    rows: Array


def _hops(chunk: FeatureChunk) -> _Hops:
    first, rows = chunk.first, chunk.rows
    return _Hops(chunk.segment.t0_ns, chunk.hop_s, first, first + len(rows), rows)


@dataclass(slots=True)
class State:
    """Hops that no beat has covered, the walking looked at, and what walking used to look like.

    Sums of up are in body axes, one a second.
    """

    hops: list[_Hops] = field(default_factory=list)
    walked: list[float] = field(default_factory=list)  # x y z of each
    learnt: Triple = (0.0, 0.0, 0.0)
    learnt_s: int = 0
    left_ns: int | None = None
    slipped: bool = False
    moved_rad: float = 0.0  # by which it has
    offered: Mounting | None = None  # what would put it right


class Slip:
    """Tell when up, averaged over walking, has left where it was, and when it is back.

    Walking turns the trunk to and fro about a mean that stays within some degrees for a person.
    A turn of the sensor about the vertical is not seen. What walking is, the beats say.
    """

    def __init__(self, params: Params | None = None, mounting: Mounting | None = None) -> None:
        self.params = params or Params()
        self.mounting = mounting
        self.state = State()

    def refit(self, mounting: Mounting, *, anew: bool) -> None:
        """The sensor sits like this from here on; `anew`: what walking looked like is forgotten."""
        self.mounting = mounting
        state = self.state
        del state.walked[:]
        state.slipped, state.moved_rad, state.offered = False, 0.0, None
        if anew:
            state.learnt, state.learnt_s = (0.0, 0.0, 0.0), 0

    def push(self, item: Item, /) -> list[Trust]:
        if isinstance(item, FeatureChunk):
            return self._take(item)
        if isinstance(item, Beat):
            return self._second(item)
        if isinstance(item, SegmentEnd):
            self.state.hops = []
            self.state.left_ns = item.segment.time_ns(item.stop)
        return []

    def _take(self, item: FeatureChunk) -> list[Trust]:
        state, out = self.state, []
        if state.left_ns is not None and len(item):
            at_ns = item.time_ns(item.first)
            if not 0 <= at_ns - state.left_ns <= self.params.forget_s * NS_PER_S:
                out = [Trust(at_ns, True, 0.0)] if state.slipped else []
                state = self.state = State()
            state.left_ns = None
        state.hops.append(_hops(item))
        return out

    def _second(self, beat: Beat) -> list[Trust]:
        total = self._covered(beat)
        return [] if total is None else self._walked(beat.at_ns, total)

    def _walked(self, at_ns: int, total: Triple) -> list[Trust]:
        """Take a second of walking, its sum of up in body axes."""
        params, state = self.params, self.state
        state.walked.extend(total)
        if len(state.walked) < 3 * params.look_s * params.looks:
            return self._learn(total)
        goal, most_rad = self._reference()
        if goal is None:
            del state.walked[:3]
            return self._learn(total)
        away_rad = between_rad(_sum(state.walked, 3 * params.look_s), goal)
        if away_rad < most_rad and not state.slipped:
            del state.walked[:3]
            return self._learn(total)  # mostly so: no need to look further back
        looks = np.array(state.walked).reshape(params.looks, params.look_s, 3).sum(axis=1)
        del state.walked[:3]
        seen = looks.sum(axis=0)
        there = np.array(goal)
        moved_rad = angle_rad(seen, there)
        if state.slipped:
            if away_rad > params.back_rad:
                return []
            state.slipped, state.moved_rad, state.offered = False, 0.0, None
            return [Trust(at_ns, True, moved_rad)]
        away = [angle_rad(look, there) for look in looks]
        apart_rad = max((angle_rad(look, looks[-1]) for look in looks[:-1]), default=0.0)
        if min(away) < most_rad or apart_rad > params.agree_rad:
            return self._learn(total)
        state.slipped, state.moved_rad = True, moved_rad
        if self.mounting is not None:
            state.offered = turned(self.mounting, seen, there, _mended(self.mounting.source))
        return [Trust(at_ns, False, moved_rad, state.offered)]

    def _covered(self, beat: Beat) -> Triple | None:
        """Sum of up over the second of a beat; None where it was no walk."""
        state = self.state
        if not state.hops:
            return None
        one = state.hops[0]
        stop = round((beat.at_ns - one.t0_ns) / NS_PER_S / one.hop_s)
        total = self._walk(stop) if beat.activity is Activity.WALK else None
        if one.stop <= stop:
            state.hops = [hops for hops in state.hops if hops.stop > stop]
        return total

    def _walk(self, stop: int) -> Triple | None:
        """Sum of up over the second of walking that ends at hop `stop`; None if it was a run."""
        x = y = z = norm = norm_sq = 0.0
        count = 0
        for hops in self.state.hops:
            part = slice(max(0, stop - BEAT - hops.first), max(0, stop - hops.first))
            rows = hops.rows[part, UP.start : ACC_NORM_SQ + 1]
            valid = hops.rows[part, VALID].tolist()
            if len(rows) == BEAT and min(valid) > 0.5:  # mostly so, and sooner done; the same sums
                x, y, z, _, _, _, norm, norm_sq = np.add.reduce(rows).tolist()
                count = BEAT
                break
            # One by one: sums must not depend on the cuts.
            for row, share in zip(rows.tolist(), valid, strict=True):
                if share > 0.5:
                    x, y, z = x + row[0], y + row[1], z + row[2]
                    count, norm, norm_sq = count + 1, norm + row[6], norm_sq + row[7]
        if not count or norm_sq / count - (norm / count) ** 2 > self.params.running_mps2**2:
            return None
        return x, y, z

    def _reference(self) -> tuple[Triple | None, float]:
        """Where up is to be while walking, and how far from there a slip begins."""
        if self.state.learnt_s >= self.params.learn_s:
            return self.state.learnt, self.params.slip_rad
        if self.mounting is not None and NEUTRAL in self.mounting.source:
            return _leaning(self.params.lean_rad), self.params.first_rad
        return None, 0.0

    def _learn(self, total: Triple) -> list[Trust]:
        state = self.state
        if not state.slipped and state.learnt_s < self.params.learn_s:
            (x, y, z), (more_x, more_y, more_z) = state.learnt, total
            state.learnt = x + more_x, y + more_y, z + more_z
            state.learnt_s += 1
        return []


def _sum(numbers: list[float], count: int) -> Triple:
    """The last `count` numbers, x y z and so on, added up in their order."""
    x = y = z = 0.0
    for at in range(len(numbers) - count, len(numbers), 3):
        x, y, z = x + numbers[at], y + numbers[at + 1], z + numbers[at + 2]
    return x, y, z


@cache
def _leaning(sagittal_rad: float) -> Triple:
    x, y, z = leaning(sagittal_rad).tolist()
    return x, y, z


def _mended(source: str) -> str:
    return source if source.endswith(MENDED) else f"{source}, {MENDED}"
