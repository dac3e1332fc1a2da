"""Stored samples read again with another profile, beside what was stored of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from monitor.calibration import STOOD
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Correction,
    EventKind,
    MotionEvent,
    Placement,
    Posture,
    SampleChunk,
    SegmentEnd,
    StateSpan,
)
from monitor.pipeline import Interpret, Step
from monitor.profiles import Profile, placed
from monitor.store import Covered, Queries, Spans, raw_mountings, read_raw

WARM_UP_NS = 3600 * NS_PER_S  # before midnight, for beliefs and clocks to settle. Ours


class NothingKeptError(Exception):
    """No samples of that day are kept; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure, as it was stored and as it is now."""

    stored: float
    rescored: float


@dataclass(frozen=True, slots=True)
class Rescoring:
    """A day read again, over the time of which samples are kept.

    Attributes:
        profile: what it was read with now; `stored_profiles` what with then.
        placements: where the sensor was read as worn, now; `stored_placements` then, "" where
            nobody wrote that down.
        covered_s: that time.
        seconds: by activity, and slouched.
        events: by kind, and demanding lifts.
        alerts: by rule.
    """

    date: date
    simulated: bool
    profile: str
    stored_profiles: tuple[str, ...]
    placements: tuple[str, ...]
    stored_placements: tuple[str, ...]
    covered_s: float
    seconds: Mapping[str, Difference]
    events: Mapping[str, Difference]
    alerts: Mapping[str, Difference]


@dataclass(slots=True)
class _Stretches:
    """When there were samples: half-open, ascending, apart."""

    starts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)

    def add(self, start_ns: int, stop_ns: int) -> None:
        if stop_ns <= start_ns:
            return
        # What was sent again comes after what it precedes.
        first, after = bisect_left(self.stops, start_ns), bisect_right(self.starts, stop_ns)
        if first < after:
            start_ns = min(start_ns, self.starts[first])
            stop_ns = max(stop_ns, self.stops[after - 1])
        self.starts[first:after], self.stops[first:after] = [start_ns], [stop_ns]

    def holds(self, at_ns: int) -> bool:
        index = bisect_right(self.starts, at_ns) - 1
        # What is said of the last sample is said at its end.
        return index >= 0 and at_ns <= self.stops[index]

    def shared_ns(self, start_ns: int, stop_ns: int) -> int:
        first = max(0, bisect_right(self.starts, start_ns) - 1)
        return sum(
            max(0, min(stop_ns, stop) - max(start_ns, start))
            for start, stop in zip(self.starts[first:], self.stops[first:], strict=True)
            if start < stop_ns
        )


@dataclass(slots=True)
class _Again:
    """What reading again says."""

    covered: _Stretches = field(default_factory=_Stretches)
    spans: dict[int, StateSpan] = field(default_factory=dict)
    events: list[MotionEvent] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    placements: set[Placement] = field(default_factory=set)
    stored_placements: set[str] = field(default_factory=set)


def rescore(
    database: Path,
    queries: Queries,
    day: date,
    profile: Profile,
    placement: Callable[[str], Placement],
    *,
    simulated: bool = False,
) -> Rescoring:
    """Read a day again; nothing stored is changed.

    Args:
        queries: of the same database and kind of days.
        profile: as of a sensor worn anywhere; `monitor.profiles.placed` makes it that of a place.
        placement: where the sensor is read as worn, given what was stored of that; "": nothing.

    Raises:
        NothingKeptError: there are no samples of that day.
        StoreError: a file of samples cannot be read.
        ValueError: the date is out of range.
    """
    bounds = queries.bounds(day)
    again = _read_again(database, (bounds.start_ns, bounds.stop_ns), profile, placement, simulated)
    covered = again.covered
    if not covered.starts:
        raise NothingKeptError(
            f"no samples of {day} are kept in {database}; they are kept for as many days as "
            "keep_raw_days says, 7 unless set"
        )
    stored = queries.day(day).spans
    events = [found.event for found in queries.events(day) if covered.holds(found.event.start_ns)]
    alerts = [found.alert for found in queries.alerts(day) if covered.holds(found.alert.at_ns)]
    again.events = [event for event in again.events if covered.holds(event.start_ns)]
    again.alerts = [alert for alert in again.alerts if covered.holds(alert.at_ns)]
    return Rescoring(
        date=day,
        simulated=simulated,
        profile=profile.key,
        stored_profiles=tuple(sorted({span.profile for span in stored})),
        placements=tuple(sorted(again.placements)),
        stored_placements=tuple(sorted(again.stored_placements)),
        covered_s=covered.shared_ns(bounds.start_ns, bounds.stop_ns) / NS_PER_S,
        seconds=_differences(_seconds(stored, covered), _seconds(again.spans.values(), covered)),
        events=_differences(_event_counts(events), _event_counts(again.events)),
        alerts=_differences(_alert_counts(alerts), _alert_counts(again.alerts)),
    )


def _read_again(
    database: Path,
    bounds: tuple[int, int],
    profile: Profile,
    placement: Callable[[str], Placement],
    simulated: bool,
) -> _Again:
    again = _Again()
    start_ns, stop_ns = bounds
    stretch = (start_ns - WARM_UP_NS, stop_ns)
    mountings = raw_mountings(database, *stretch, simulated=simulated)
    interpret: Interpret | None = None
    last: SampleChunk | None = None
    run_ns = connected_ns = None
    past = False
    spans = Spans()
    for stored in read_raw(database, *stretch, simulated=simulated):
        chunk, mounting, origin = stored.samples.chunk, stored.samples.mounting, stored.origin
        if interpret is not None and last is not None and not _continues(last, chunk):
            _take(again, spans, interpret.push([_end(last)]), past)
        covered = _covered(chunk)
        if interpret is None or origin.run_ns != run_ns:
            past = bool(again.covered.stops) and covered.start_ns < again.covered.stops[-1]
            # As the live path decides: from the start with --neutral, else once a zero is taken.
            stood = any(found.source.endswith(STOOD) for found in mountings[origin.run_ns])
            place = placement(origin.placement)
            again.placements.add(place)
            again.stored_placements.add(origin.placement)
            interpret = Interpret(
                placed(profile, place, calibrated=stood),
                mounting,
                standing=placed(profile, place, calibrated=True),
            )
        if (origin.run_ns, origin.connected_ns) != (run_ns, connected_ns):
            spans = Spans()
        run_ns, connected_ns = origin.run_ns, origin.connected_ns
        if mounting != interpret.mounting:
            if mounting.source.endswith(STOOD):
                now_ns = chunk.segment.time_ns(chunk.first)
                interpret.correct(Correction(now_ns - NS_PER_S, now_ns, Activity.STAND))
            interpret.mounting = mounting
        again.covered.add(max(covered.start_ns, start_ns), min(covered.stop_ns, stop_ns))
        _keep(again, spans.push(covered))
        _take(again, spans, interpret.push([chunk]), past)
        last = chunk
    if interpret is not None and last is not None:
        _take(again, spans, interpret.push([_end(last)]), past)
    return again


def _take(again: _Again, spans: Spans, step: Step, past: bool) -> None:
    """Keep what was told; of the `past`, which was sent again, nobody was alerted."""
    for change in step.changes:
        _keep(again, spans.push(change))
    again.events += step.events
    if not past:
        again.alerts += step.alerts


def _keep(again: _Again, spans: Iterable[StateSpan]) -> None:
    """Each takes the place of the one that began when it does, as in the store."""
    for span in spans:
        again.spans[span.start_ns] = span


def _continues(last: SampleChunk, chunk: SampleChunk) -> bool:
    return last.segment == chunk.segment and last.first + len(last) == chunk.first


def _end(last: SampleChunk) -> SegmentEnd:
    return SegmentEnd(last.segment, last.first + len(last), "as it was recorded")


def _covered(chunk: SampleChunk) -> Covered:
    segment = chunk.segment
    stop_ns = segment.time_ns(chunk.first + len(chunk))
    return Covered(segment.time_ns(chunk.first), stop_ns, segment.rate_hz, segment.doubt)


def _seconds(spans: Iterable[StateSpan], covered: _Stretches) -> dict[str, float]:
    seconds = {activity.value: 0.0 for activity in Activity} | {"slouched": 0.0}
    for span in spans:
        length_s = covered.shared_ns(span.start_ns, span.stop_ns) / NS_PER_S
        seconds[span.activity.value] += length_s
        if span.posture is Posture.SLOUCHED:
            seconds["slouched"] += length_s
    return seconds


def _event_counts(events: Iterable[MotionEvent]) -> dict[str, float]:
    counts = {kind.value: 0.0 for kind in EventKind} | {"demanding_lift": 0.0}
    for event in events:
        counts[event.kind.value] += 1
        counts["demanding_lift"] += event.kind is EventKind.LIFT and "demanding" in event.flags
    return counts


def _alert_counts(alerts: Iterable[Alert]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for alert in alerts:
        counts[alert.rule] = counts.get(alert.rule, 0.0) + 1
    return counts


def _differences(
    stored: Mapping[str, float], rescored: Mapping[str, float]
) -> dict[str, Difference]:
    names = [*stored, *(name for name in rescored if name not in stored)]
    return {name: Difference(stored.get(name, 0.0), rescored.get(name, 0.0)) for name in names}
