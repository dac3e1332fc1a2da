"""One sensor's motion to rows at instants that every sensor shares."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model import NS_PER_S, MotionChunk, Origin, Segment, SegmentEnd

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

GRID_HZ = 50  # Hz; instant k is k / 50 s of UTC. Ten times the cutoff of what is told of it
STEP_NS = NS_PER_S // GRID_HZ

# Columns of a row
UP = slice(0, 3)
GYR = slice(3, 6)
KNOWN, GYRO, ZEROED = 6, 7, 8  # 1 or 0: `known` of both neighbours, gyroscope, neutral taken
COLUMNS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows at grid instants `index`, shape (n,), ascending; `values`, shape (n, COLUMNS)."""

    index: Indices
    values: Floats


def no_rows() -> Rows:
    """Nothing."""
    return Rows(np.zeros(0, np.int64), np.zeros((0, COLUMNS)))


@dataclass(slots=True)
class State:
    """The last sample of the segment, and the last instant that is settled for good."""

    last: Floats = field(default_factory=lambda: np.zeros((0, COLUMNS)))
    done: int | None = None


def advance(state: State, item: MotionChunk, *, zeroed: bool) -> Rows:
    """Rows for the instants between the samples up to the last of `item`.

    An instant lies between two samples; all is interpolated along the straight line.
    """
    rows = np.concatenate([state.last, _columns(item, zeroed=zeroed)])
    if len(rows) == 0:
        return no_rows()
    first = item.first - len(state.last)
    state.last = rows[-1:].copy()
    return _between(state, item.segment, first, rows)


def end(state: State, item: SegmentEnd) -> None:
    """Nothing follows before the end of the segment."""
    state.last = np.zeros((0, COLUMNS))
    over = item.segment.time_ns(item.stop) // STEP_NS
    state.done = over if state.done is None else max(state.done, over)


def _between(state: State, segment: Segment, first: int, rows: Floats) -> Rows:
    begin = segment.time_ns(first) // STEP_NS - 1
    stop = segment.time_ns(first + len(rows)) // STEP_NS + 2
    index = np.arange(begin if state.done is None else max(begin, state.done + 1), stop)
    # Where an instant lies depends on the segment alone, so no cut can move it.
    place = (index * STEP_NS - segment.t0_ns) * (segment.rate_hz / NS_PER_S)
    before = np.floor(place).astype(np.int64)
    inside = (before >= max(first, 0)) & (before < first + len(rows) - 1)
    index, place, before = index[inside], place[inside], before[inside]
    if len(index) == 0:
        return no_rows()
    state.done = int(index[-1])
    left, right = rows[before - first], rows[before - first + 1]
    share = (place - before)[:, None]
    values = left + share * (right - left)
    values[:, KNOWN:] = np.minimum(left[:, KNOWN:], right[:, KNOWN:])
    return Rows(index, values)


def _columns(item: MotionChunk, *, zeroed: bool) -> Floats:
    out = np.empty((len(item), COLUMNS))
    speaks = ~np.isnan(item.gyr_radps[:, 0])
    out[:, UP] = item.up
    out[:, GYR] = np.where(np.isfinite(item.gyr_radps), item.gyr_radps, 0.0)
    out[:, KNOWN] = item.settled & (item.origin != Origin.BRIDGED) & item.forward_known
    out[:, GYRO] = speaks
    out[:, ZEROED] = zeroed
    return out
