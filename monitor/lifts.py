"""Lifts of a day with the motion around each, and which part of it was demanding."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.features import Features
from monitor.model import (
    NS_PER_S,
    FeatureChunk,
    MotionEvent,
    Mounting,
    SampleChunk,
)
from monitor.model.journal import Trace
from monitor.orientation import Orientation
from monitor.orientation import Params as OrientationParams
from monitor.stage import feed
from monitor.states.bends import INDEX_PARTS, IndexPart
from monitor.store import LiftMark, read_raw

HOUR_NS = 3600 * NS_PER_S
MARGIN_NS = NS_PER_S  # shown before and after a lift. Ours
WARM_UP_NS = 20 * NS_PER_S  # for the filter to settle; it needs a second and a half. Ours
LEANING_RAD = math.radians(20.0)  # turning counts from here on, as in `monitor.states.bends`
OF_PEAK = 0.8  # of its peak, by which the demanding part is bounded. Ours
TURNED = "turned_while_bent"
DEMANDING = "demanding"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four parts of the index, as this lift has it.

    Attributes:
        measured: in the unit of its measure; to the left is negative.
    """

    of: IndexPart
    measured: float
    points: float


@dataclass(frozen=True, slots=True)
class LiftTrace:
    """Motion around a lift, about ten points a second.

    Attributes:
        t_ns: ascending [ns since the epoch, UTC].
        lean_deg: forward lean [deg].
        speed_degps: of the lean, forward positive [deg/s].
        side_deg: lean to the right [deg].
        turned_deg: turn while leaning over 20 deg, to the left positive [deg]; nan where that is
            not known.
        exact: read from the samples; else from the angles kept with an alert.
    """

    t_ns: NDArray[np.int64]
    lean_deg: Floats
    speed_degps: Floats
    side_deg: Floats
    turned_deg: Floats
    exact: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start_ns, stop_ns)` [ns since the epoch, UTC]."""

    start_ns: int
    stop_ns: int


@dataclass(frozen=True, slots=True)
class Hour:
    """Lifts that began in an hour, and how long of it a sensor was worn.

    Attributes:
        per_worn_hour: None where less than five minutes of it were worn.
    """

    start_ns: int
    lifts: int
    flagged: int
    worn_s: float

    @property
    def per_worn_hour(self) -> float | None:
        return self.lifts * 3600.0 / self.worn_s if self.worn_s >= LEAST_WORN_S else None


LEAST_WORN_S = 300.0  # s of an hour, below which a rate would be made of nothing. Ours


def is_flagged(lift: MotionEvent) -> bool:
    """Whether it was demanding by its profile."""
    return DEMANDING in lift.flags


def parts_of(lift: MotionEvent) -> tuple[Part, ...]:
    """The four parts; empty where no index was stored."""
    values = lift.values
    return tuple(
        Part(part, values[part.measure], values[part.name])
        for part in INDEX_PARTS
        if part.name in values and part.measure in values
    )


def demanding_part(lift: MotionEvent) -> Part | None:
    """The part that a lift was flagged for, or that has most points; None where none has any."""
    parts = parts_of(lift)
    turn = next((part for part in parts if part.of.name == "index_turn"), None)
    if turn is not None and TURNED in lift.flags:
        return turn
    most = max(parts, key=lambda part: part.points, default=None)
    return most if most is not None and most.points > 0 else None


def hours_of(lifts: Iterable[LiftMark], worn: Iterable[tuple[int, float]]) -> list[Hour]:
    """Hour by hour, from the first to the last in which a sensor was worn or something lifted.

    Args:
        worn: minutes with data: beginning [ns since the epoch, UTC] and seconds worn.
    """
    counts: dict[int, list[float]] = {}
    for start_ns, worn_s in worn:
        counts.setdefault(start_ns // HOUR_NS, [0, 0, 0.0])[2] += worn_s
    for lift in lifts:
        hour = counts.setdefault(lift.start_ns // HOUR_NS, [0, 0, 0.0])
        hour[0] += 1
        hour[1] += lift.flagged
    if not counts:
        return []
    return [
        Hour(hour * HOUR_NS, int(lifts_), int(flagged), worn_s)
        for hour in range(min(counts), max(counts) + 1)
        for lifts_, flagged, worn_s in [counts.get(hour, [0, 0, 0.0])]
    ]


def traces(
    database: Path, lifts: Sequence[MotionEvent], *, simulated: bool
) -> Mapping[int, LiftTrace]:
    """Motion around each lift, by its beginning; those whose samples are not kept are left out.

    Reads the hours that the lifts are in, one after another.

    Raises:
        StoreError: a file of samples cannot be read.
    """
    found: dict[int, LiftTrace] = {}
    for hour in sorted({_hour(lift) for lift in lifts}):
        here = [lift for lift in lifts if _hour(lift) == hour]
        start_ns = min(lift.start_ns for lift in here) - MARGIN_NS - WARM_UP_NS
        stop_ns = max(lift.stop_ns for lift in here) + MARGIN_NS
        runs: list[tuple[SampleChunk, Mounting]] = [
            (stored.samples.chunk, stored.samples.mounting)
            for stored in read_raw(database, start_ns, stop_ns, simulated=simulated)
            if _touches(stored.samples.chunk, start_ns, stop_ns)
        ]
        for lift in here:
            trace = _read(lift, runs)
            if trace is not None:
                found[lift.start_ns] = trace
    return found


def from_alert(lift: MotionEvent, kept: Trace) -> LiftTrace | None:
    """The same from the angles kept with its alert; None where they do not show it."""
    points = [
        (t_ns, lean, side)
        for t_ns, lean, side in zip(kept.t_ns, kept.sagittal_deg, kept.lateral_deg, strict=True)
        if lean is not None
        and side is not None
        and lift.start_ns - MARGIN_NS <= t_ns < lift.stop_ns + MARGIN_NS
    ]
    if len(points) < 3:
        return None
    t_ns, lean, side = (np.array(column) for column in zip(*points, strict=True))
    speed = np.gradient(lean, (t_ns - t_ns[0]) / NS_PER_S)
    return LiftTrace(t_ns, lean, speed, side, np.full(len(lean), math.nan), exact=False)


def demanding_stretch(lift: MotionEvent, part: Part, trace: LiftTrace) -> Stretch | None:
    """When it was demanding: around the peak of that part; None where the trace cannot say."""
    within = (trace.t_ns >= lift.start_ns) & (trace.t_ns < lift.stop_ns)
    inside = np.flatnonzero(within)
    if len(inside) < 2:
        return None
    column = {
        "index_depth": trace.lean_deg,
        "index_velocity": trace.speed_degps,
        "index_turn": trace.turned_deg,
        "index_side": np.abs(trace.side_deg),
    }[part.of.name][inside]
    if np.isnan(column).all():
        return None
    if part.of.name == "index_turn":
        first, last = sorted((int(np.nanargmin(column)), int(np.nanargmax(column))))
    else:
        peak = int(np.nanargmax(column))
        high = column >= OF_PEAK * column[peak]
        first = last = peak
        while first > 0 and high[first - 1]:
            first -= 1
        while last + 1 < len(high) and high[last + 1]:
            last += 1
    t_ns = trace.t_ns[inside]
    step_ns = int(np.median(np.diff(t_ns)))
    return Stretch(int(t_ns[first]), int(t_ns[last]) + step_ns)


def _hour(lift: MotionEvent) -> int:
    return lift.start_ns // HOUR_NS


def _touches(chunk: SampleChunk, start_ns: int, stop_ns: int) -> bool:
    first_ns = chunk.segment.time_ns(chunk.first)
    return first_ns < stop_ns and chunk.segment.time_ns(chunk.first + len(chunk)) > start_ns


def _read(lift: MotionEvent, runs: Sequence[tuple[SampleChunk, Mounting]]) -> LiftTrace | None:
    start_ns, stop_ns = lift.start_ns - MARGIN_NS, lift.stop_ns + MARGIN_NS
    pieces = [
        (_cut(chunk, start_ns - WARM_UP_NS, stop_ns), mounting)
        for chunk, mounting in runs
        if _touches(chunk, start_ns - WARM_UP_NS, stop_ns)
    ]
    for run in _unbroken([piece for piece in pieces if len(piece[0])]):
        first, last = run[0][0], run[-1][0]
        end_ns = last.segment.time_ns(last.first + len(last))
        if first.segment.time_ns(first.first) <= lift.start_ns and end_ns >= lift.stop_ns:
            return _trace(run, start_ns, stop_ns)
    return None


def _unbroken(
    pieces: Sequence[tuple[SampleChunk, Mounting]],
) -> list[list[tuple[SampleChunk, Mounting]]]:
    runs = [[piece] for piece in pieces[:1]]
    for (before, mounting), (after, other) in pairwise(pieces):
        follows = before.segment == after.segment and before.first + len(before) == after.first
        if follows and mounting == other:
            runs[-1].append((after, other))
        else:
            runs.append([(after, other)])
    return runs


def _cut(chunk: SampleChunk, start_ns: int, stop_ns: int) -> SampleChunk:
    t0_ns, rate_hz = chunk.segment.time_ns(chunk.first), chunk.segment.rate_hz
    first = max(0, math.ceil((start_ns - t0_ns) * rate_hz / NS_PER_S))
    stop = min(len(chunk), math.ceil((stop_ns - t0_ns) * rate_hz / NS_PER_S))
    rows = slice(first, max(first, stop))
    return SampleChunk(
        chunk.segment,
        chunk.first + first,
        chunk.acc_mps2[rows].copy(),
        chunk.gyr_radps[rows].copy(),
        chunk.origin[rows].copy(),
    )


def _trace(
    run: Sequence[tuple[SampleChunk, Mounting]], start_ns: int, stop_ns: int
) -> LiftTrace | None:
    segment, first = run[0][0].segment, run[0][0].first
    orientation = Orientation(OrientationParams(mounting=run[0][1]))
    features = feed(Features(), feed(orientation, [chunk for chunk, _ in run]))
    hops = [chunk for chunk in features if isinstance(chunk, FeatureChunk)]
    if not hops:
        return None
    numbers = np.concatenate([chunk.first + np.arange(len(chunk)) for chunk in hops])
    # Hops are counted from where we began to read, samples from the beginning of the segment.
    t_ns = np.array([segment.time_ns(first + int(n) * hops[0].hop) for n in numbers])
    shown = (t_ns >= start_ns) & (t_ns < stop_ns)
    lean, speed, side, turn_rate = (
        np.concatenate([getattr(chunk, name) for chunk in hops])[shown]
        for name in ("sagittal", "lean_rate", "lateral", "turn_rate")
    )
    turned = np.cumsum(np.where(lean > LEANING_RAD, turn_rate, 0.0)) * hops[0].hop_s
    if not hops[0].has_gyro:
        turned = np.full(len(lean), math.nan)
    return LiftTrace(
        t_ns[shown],
        np.degrees(lean),
        np.degrees(speed),
        np.degrees(side),
        np.degrees(turned),
        exact=True,
    )


__all__ = [
    "Hour",
    "LiftTrace",
    "Part",
    "Stretch",
    "demanding_part",
    "demanding_stretch",
    "from_alert",
    "hours_of",
    "is_flagged",
    "parts_of",
    "traces",
]
