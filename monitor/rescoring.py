"""Stored samples read again with another profile, beside what was stored of them."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

from monitor.calibration import STOOD
from monitor.exposure import Exposure, add_up, exposure
from monitor.exposure.courses import Said, added_anew
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Correction,
    EventKind,
    MotionEvent,
    Mounting,
    Placement,
    Posture,
    SampleChunk,
    SegmentEnd,
    StateSpan,
)
from monitor.model.exposure import Dose
from monitor.pipeline import Interpret, Step
from monitor.profiles import SEES_THE_CHEST, Profile, placed
from monitor.store import Covered, Queries, RawSamples, SaidStretch, Spans, raw_mountings, read_raw
from monitor.store.corrections import corrected, parts_said

MINUTE_NS = 60 * NS_PER_S
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
        shaken_s: of that time, in which the sensor shook itself and was not believed, now as then.
        seconds: by activity, and slouched.
        events: by kind, and demanding lifts.
        alerts: by rule.
        stored_exposure, exposure: of that time, neither lying nor not worn; `habit_scores` of each
            are the scores.
    """

    date: date
    simulated: bool
    profile: str
    stored_profiles: tuple[str, ...]
    placements: tuple[str, ...]
    stored_placements: tuple[str, ...]
    covered_s: float
    shaken_s: float
    seconds: Mapping[str, Difference]
    events: Mapping[str, Difference]
    alerts: Mapping[str, Difference]
    stored_exposure: Exposure
    exposure: Exposure


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
    doses: list[Dose] = field(default_factory=list)
    shaken: _Stretches = field(default_factory=_Stretches)
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
    bounds, found_day = queries.bounds(day), queries.day(day)
    again = _read_again(
        database,
        (bounds.start_ns, bounds.stop_ns),
        profile,
        placement,
        found_day.said,
        simulated=simulated,
    )
    covered = again.covered
    if not covered.starts:
        raise NothingKeptError(
            f"no samples of {day} are kept in {database}; they are kept for as many days as "
            "keep_raw_days says, 7 unless set"
        )
    stored = found_day.spans
    # What the person says of themselves stands, whatever the profile.
    said = parts_said(found_day.said)
    spans = corrected(again.spans.values(), found_day.said)
    if found_day.said:
        again.doses = added_anew(sorted(again.doses, key=lambda dose: dose.start_ns), said)
    seconds, stored_seconds = _seconds(spans, covered), _seconds(stored, covered)
    covered_s = covered.shared_ns(bounds.start_ns, bounds.stop_ns) / NS_PER_S
    events = [found.event for found in queries.events(day) if covered.holds(found.event.start_ns)]
    alerts = [found.alert for found in queries.alerts(day) if covered.holds(found.alert.at_ns)]
    again.events = [
        event
        for event in again.events
        if covered.holds(event.start_ns) and _is_worn(event.start_ns, said)
    ]
    again.alerts = [alert for alert in again.alerts if covered.holds(alert.at_ns)]
    return Rescoring(
        date=day,
        simulated=simulated,
        profile=profile.key,
        stored_profiles=tuple(sorted({span.profile for span in stored})),
        placements=tuple(sorted(again.placements)),
        stored_placements=tuple(sorted(again.stored_placements)),
        covered_s=covered_s,
        shaken_s=again.shaken.shared_ns(bounds.start_ns, bounds.stop_ns) / NS_PER_S,
        seconds=_differences(stored_seconds, seconds),
        events=_differences(_event_counts(events), _event_counts(again.events)),
        alerts=_differences(_alert_counts(alerts), _alert_counts(again.alerts)),
        stored_exposure=_exposure(
            queries.doses(day),
            covered,
            covered_s,
            stored_seconds,
            {placement(said) for said in again.stored_placements},
        ),
        exposure=_exposure(again.doses, covered, covered_s, seconds, again.placements),
    )


def _is_worn(at_ns: int, said: Said) -> bool:
    (part,) = said(at_ns, at_ns + 1, Activity.UNKNOWN, Posture.NONE)
    return part.activity is not Activity.NOT_WORN


def _exposure(
    doses: Iterable[Dose],
    covered: _Stretches,
    covered_s: float,
    seconds: Mapping[str, float],
    placements: Iterable[Placement],
) -> Exposure:
    """Of the minutes of which samples are kept."""
    away_s = seconds[Activity.LIE.value] + seconds[Activity.NOT_WORN.value]
    return exposure(
        add_up(
            dose for dose in doses if covered.shared_ns(dose.start_ns, dose.start_ns + MINUTE_NS)
        ),
        due_s=covered_s - away_s,
        slouch_seen=all(place in SEES_THE_CHEST for place in placements),
    )


def _read_again(
    database: Path,
    bounds: tuple[int, int],
    profile: Profile,
    placement: Callable[[str], Placement],
    said: Sequence[SaidStretch],
    *,
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
    unsaid = sorted(said, key=lambda one: one.at_ns, reverse=True)
    spans = Spans()
    for stored in read_raw(database, *stretch, simulated=simulated):
        chunk, mounting, origin = stored.samples.chunk, stored.samples.mounting, stored.origin
        if interpret is not None and last is not None and not continues(last, chunk):
            _take(again, spans, interpret.push([end_of(last)]), past)
        covered = _covered(chunk)
        if interpret is None or origin.run_ns != run_ns:
            past = bool(again.covered.stops) and covered.start_ns < again.covered.stops[-1]
            place = placement(origin.placement)
            again.placements.add(place)
            again.stored_placements.add(origin.placement)
            interpret = reader(profile, place, mounting, mountings[origin.run_ns])
        if (origin.run_ns, origin.connected_ns) != (run_ns, connected_ns):
            spans = Spans()
        run_ns, connected_ns = origin.run_ns, origin.connected_ns
        refit(interpret, stored.samples)
        again.covered.add(max(covered.start_ns, start_ns), min(covered.stop_ns, stop_ns))
        for shaken in stored.samples.shaken:
            again.shaken.add(max(shaken[0], start_ns), min(shaken[1], stop_ns))
        _keep(again, spans.push(covered))
        for part in _cut(chunk, [] if past else [one.at_ns for one in unsaid]):
            while unsaid and not past and unsaid[-1].at_ns <= part.segment.time_ns(part.first):
                _say(interpret, unsaid.pop())
            _take(again, spans, interpret.push([part]), past)
        last = chunk
    if interpret is not None and last is not None:
        _take(again, spans, interpret.push([end_of(last)]), past)
    return again


def reader(
    profile: Profile, place: Placement, mounting: Mounting, mountings: Iterable[Mounting]
) -> Interpret:
    """What reads the samples of a run; `mountings` are all that it was read with."""
    # As the live path decides: from the start with --neutral, else once a zero is taken.
    stood = any(found.source.endswith(STOOD) for found in mountings)
    return Interpret(
        placed(profile, place, calibrated=stood),
        mounting,
        standing=placed(profile, place, calibrated=True),
    )


def refit(interpret: Interpret, samples: RawSamples) -> None:
    """Before these samples are read: how the sensor sits from here on, and when it shakes."""
    chunk, mounting = samples.chunk, samples.mounting
    for shaken in samples.shaken:
        interpret.hints.recall(*shaken)
    if mounting == interpret.mounting:
        return
    if mounting.source.endswith(STOOD):
        now_ns = chunk.segment.time_ns(chunk.first)
        interpret.correct(Correction(now_ns - NS_PER_S, now_ns, Activity.STAND))
    interpret.mounting = mounting


def _cut(chunk: SampleChunk, at_ns: Iterable[int]) -> Iterator[SampleChunk]:
    """The chunk in parts that begin at these instants, or with the sample after them."""
    segment, first = chunk.segment, chunk.first
    rows = {math.ceil((at - segment.t0_ns) * segment.rate_hz / NS_PER_S) - first for at in at_ns}
    inside = sorted(row for row in rows if 0 < row < len(chunk))
    if not inside:
        yield chunk
        return
    for start, stop in pairwise([0, *inside, len(chunk)]):
        part = slice(start, stop)
        yield SampleChunk(
            segment,
            first + start,
            chunk.acc_mps2[part],
            chunk.gyr_radps[part],
            chunk.origin[part],
        )


def _say(interpret: Interpret, said: SaidStretch) -> None:
    """What the person said goes into what is believed, as it did then."""
    if said.activity is not Activity.NOT_WORN:
        interpret.say(said.at_ns, said.activity, (said.start_ns, said.stop_ns))


def _take(again: _Again, spans: Spans, step: Step, past: bool) -> None:
    """Keep what was told; of the `past`, which was sent again, nobody was alerted."""
    for change in step.changes:
        _keep(again, spans.push(change))
    again.events += step.events
    again.doses += step.doses
    if not past:
        again.alerts += step.alerts


def _keep(again: _Again, spans: Iterable[StateSpan]) -> None:
    """Each takes the place of the one that began when it does, as in the store."""
    for span in spans:
        again.spans[span.start_ns] = span


def continues(last: SampleChunk, chunk: SampleChunk) -> bool:
    """Whether a chunk follows another without a gap."""
    return last.segment == chunk.segment and last.first + len(last) == chunk.first


def end_of(last: SampleChunk) -> SegmentEnd:
    """The end of a segment behind its last chunk."""
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
