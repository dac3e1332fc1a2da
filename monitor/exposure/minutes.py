"""Features to how much of each minute was spent leaning how far."""

import itertools
from bisect import bisect_left
from dataclasses import dataclass
from math import degrees, inf

import numpy as np
from numpy.typing import NDArray

from monitor.model import NS_PER_S, FeatureChunk, MinuteSummary, SegmentEnd, Trust
from monitor.model.features import SAGITTAL, VALID

# deg; 20 and 60: ISO 11226, 30 and 60: Gupta 2022, 45: Lind 2023, 90: Porta 2020
LEANS_DEG = (20.0, 30.0, 45.0, 60.0, 90.0)
MINUTE_NS = 60 * NS_PER_S
HALF_HOP = 0.5  # of a hop's samples measured, all of them settled; fewer do not count. Ours
FEW = 8  # values; so many are sooner added one by one


@dataclass(frozen=True, slots=True)
class Params:
    """Nothing to set yet: the angles are fixed, so that minutes can be compared."""


@dataclass(slots=True)
class State:
    """The minute being counted: seconds valid, above each lean, lean integral, largest lean;
    whether the zero of the angles is trusted, and what is still to come of that."""

    minute: int | None = None
    valid_s: float = 0.0
    over_s: tuple[float, ...] = (0.0,) * len(LEANS_DEG)
    lean_s_deg: float = 0.0
    lean_max_deg: float = -inf
    trusted: bool = True
    doubts: tuple[Trust, ...] = ()


class Minutes:
    """Count exposure minute by minute of UTC; a minute is given once it is over.

    A segment's end gives the minute begun, which a following segment may give again for
    the rest of the same minute: readers add rows of one minute up. Angles that are not trusted
    count nothing: what is known of that is told before the samples it first holds for.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: FeatureChunk | SegmentEnd | Trust, /) -> list[MinuteSummary]:
        if isinstance(item, Trust):
            self.state.doubts += (item,)
            return []
        if isinstance(item, SegmentEnd):
            return self._close()
        if len(item) == 1 and self.state.trusted and not self.state.doubts:
            return self._hop(item)
        out: list[MinuteSummary] = []
        valid = item.valid > HALF_HOP
        if self.state.doubts or not self.state.trusted:
            valid &= self._trusted(item)
        all_deg = np.degrees(item.sagittal)
        for minute, hops in _minutes(item):
            if self.state.minute is not None and minute != self.state.minute:
                out += self._close()
            self.state.minute = minute
            self._count(all_deg[hops][valid[hops]], item.hop_s)
        return out

    def _hop(self, item: FeatureChunk) -> list[MinuteSummary]:
        """`push` for a single hop whose angles are trusted."""
        minute = item.time_ns(item.first) // MINUTE_NS
        out = [] if minute == self.state.minute or self.state.minute is None else self._close()
        state, hop_s = self.state, item.hop_s
        state.minute = minute
        row = item.rows[0].tolist()
        if row[VALID] > HALF_HOP:
            lean_deg = degrees(row[SAGITTAL])
            state.valid_s += hop_s
            state.lean_s_deg += lean_deg * hop_s
            state.lean_max_deg = max(state.lean_max_deg, lean_deg)
            if lean_deg > LEANS_DEG[0]:
                state.over_s = tuple(
                    seconds + hop_s if lean_deg > threshold else seconds
                    for seconds, threshold in zip(state.over_s, LEANS_DEG, strict=True)
                )
        return out

    def _trusted(self, item: FeatureChunk) -> NDArray[np.bool_]:
        """Which hops have angles that can be trusted, shape (n,)."""
        state, found = self.state, np.empty(len(item), bool)
        for hop in range(len(item)):
            at_ns = item.time_ns(item.first + hop)
            while state.doubts and state.doubts[0].at_ns <= at_ns:
                state.trusted, state.doubts = state.doubts[0].trusted, state.doubts[1:]
            found[hop] = state.trusted
        return found

    def begun(self) -> MinuteSummary | None:
        """What the minute that is going on has so far; None where none is."""
        return _summary(self.state)

    def _count(self, leans_deg: NDArray[np.float64], hop_s: float) -> None:
        """Take hops one by one, as a sum depends on its order."""
        count = len(leans_deg)
        if count == 0:
            return
        state = self.state
        each_s = np.full(count, hop_s)
        state.valid_s = _added(state.valid_s, each_s)
        state.lean_s_deg = _added(state.lean_s_deg, leans_deg * hop_s)
        largest = float(leans_deg.max())
        state.lean_max_deg = max(state.lean_max_deg, largest)
        if largest > LEANS_DEG[0]:
            state.over_s = tuple(
                _added(seconds, each_s[: np.count_nonzero(leans_deg > threshold)])
                if largest > threshold
                else seconds
                for seconds, threshold in zip(state.over_s, LEANS_DEG, strict=True)
            )

    def _close(self) -> list[MinuteSummary]:
        found = _summary(self.state)
        self.state = State(trusted=self.state.trusted, doubts=self.state.doubts)
        return [] if found is None else [found]


def _minutes(item: FeatureChunk) -> list[tuple[int, slice]]:
    """Minutes since the epoch, and which of the chunk's hops begin in each."""
    count = len(item)
    first = item.time_ns(item.first) // MINUTE_NS
    last = first if count == 1 else item.time_ns(item.first + count - 1) // MINUTE_NS
    if first == last:
        return [(first, slice(0, count))]
    edges = [
        bisect_left(
            range(count), minute * MINUTE_NS, key=lambda hop: item.time_ns(item.first + hop)
        )
        for minute in range(first, last + 2)
    ]
    return [
        (minute, slice(start, stop))
        for minute, (start, stop) in enumerate(itertools.pairwise(edges), first)
        if stop > start
    ]


def _added(total: float, values: NDArray[np.float64]) -> float:
    """`total` after `values` were added from left to right."""
    if len(values) <= FEW:
        for value in values.tolist():
            total += value
        return total
    return float(np.add.accumulate(np.concatenate([[total], values]))[-1])


def _summary(state: State) -> MinuteSummary | None:
    if state.minute is None:
        return None
    over_20_s, over_30_s, over_45_s, over_60_s, over_90_s = state.over_s
    return MinuteSummary(
        start_ns=state.minute * MINUTE_NS,
        valid_s=state.valid_s,
        over_20_s=over_20_s,
        over_30_s=over_30_s,
        over_45_s=over_45_s,
        over_60_s=over_60_s,
        over_90_s=over_90_s,
        lean_mean_deg=state.lean_s_deg / state.valid_s if state.valid_s > 0 else 0.0,
        lean_max_deg=state.lean_max_deg if state.valid_s > 0 else 0.0,
    )
