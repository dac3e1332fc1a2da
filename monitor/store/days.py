"""Spans, minutes and events of one local day, added up."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from monitor.model import NS_PER_S, Activity, EventKind, Posture, StateSpan
from monitor.store.corrections import SaidStretch, corrected, said_between, worn_then
from monitor.store.rows import SPAN_COLUMNS, span_from_row
from monitor.store.spans import MAX_SPAN_NS
from monitor.store.tables import AlertRow, EventRow, MinuteRow, RecordingRow, SpanRow, Table

FIRST_DATE = date(2000, 1, 1)  # before any sensor of ours
LAST_DATE = date(2199, 12, 31)  # int64 nanoseconds end in 2262
HALF_MINUTE_NS = 30 * NS_PER_S  # a minute belongs where its middle does

_spans = Table.metadata.tables[str(SpanRow.__tablename__)]
_events = Table.metadata.tables[str(EventRow.__tablename__)]
_alerts = Table.metadata.tables[str(AlertRow.__tablename__)]
_minutes = Table.metadata.tables[str(MinuteRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]


@dataclass(frozen=True, slots=True)
class DayBounds:
    """The local day `[start_ns, stop_ns)`; 23 or 25 h long where clocks change."""

    start_ns: int
    stop_ns: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """Seconds of measured and settled data, and of those the trunk leaning more than an angle."""

    valid_s: float = 0.0
    over_20_s: float = 0.0
    over_30_s: float = 0.0
    over_45_s: float = 0.0
    over_60_s: float = 0.0
    over_90_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What a stretch of time adds up to.

    Attributes:
        first_ns, last_ns: the first and the last instant in a known span, cut to the stretch;
            both are its start where there is none [ns since the epoch, UTC].
        activity_s: seconds in each activity; every activity is a key, in the order of Activity.
        slouched_s: seconds of those slouched.
        bends: all bends; `lifts` of them look like a lift, `flagged_lifts` of those are demanding.
    """

    first_ns: int
    last_ns: int
    activity_s: Mapping[Activity, float]
    slouched_s: float
    exposure: Exposure
    bends: int
    lifts: int
    flagged_lifts: int
    alerts: int

    @property
    def covered_s(self) -> float:
        """Seconds in any state, unknown and not worn included."""
        return sum(self.activity_s.values())

    @property
    def known_s(self) -> float:
        """Seconds worn, in a state with a name."""
        return (
            self.covered_s - self.activity_s[Activity.NOT_WORN] - self.activity_s[Activity.UNKNOWN]
        )


def no_totals(bounds: DayBounds) -> DayTotals:
    """A day of which nothing is known."""
    return DayTotals(
        first_ns=bounds.start_ns,
        last_ns=bounds.start_ns,
        activity_s=MappingProxyType(dict.fromkeys(Activity, 0.0)),
        slouched_s=0.0,
        exposure=Exposure(),
        bends=0,
        lifts=0,
        flagged_lifts=0,
        alerts=0,
    )


def day_bounds(day: date, zone: tzinfo | None = None) -> DayBounds:
    """Midnight to midnight in `zone`; None is this computer's own time.

    Raises:
        ValueError: the date lies outside FIRST_DATE to LAST_DATE.
    """
    return bounds_between(day, day, zone)[0]


def bounds_between(first: date, last: date, zone: tzinfo | None = None) -> list[DayBounds]:
    """Of each day from `first` to `last`, both included; raises ValueError as `day_bounds`."""
    for day in (first, last):
        if not FIRST_DATE <= day <= LAST_DATE:
            raise ValueError(f"date {day}: not between {FIRST_DATE} and {LAST_DATE}")
    starts = []
    for i in range((last - first).days + 2):
        midnight = datetime.combine(first + timedelta(days=i), time.min, tzinfo=zone)
        starts.append(round(midnight.timestamp()) * NS_PER_S)
    return [DayBounds(*edges) for edges in pairwise(starts)]


def local_date(at_ns: int, zone: tzinfo | None = None) -> date:
    """The date on which `at_ns` falls in `zone`; None is this computer's own time."""
    return datetime.fromtimestamp(at_ns // NS_PER_S, zone).date()


def counted(simulated: bool) -> ColumnElement[bool]:
    """Condition: of this kind, and of the one sensor a day is counted from."""
    return and_(_recordings.c.simulated == simulated, _recordings.c.counts)


def spans_within(bounds: DayBounds, simulated: bool) -> ColumnElement[bool]:
    """Condition: spans of the day. Needs `recordings` joined."""
    return and_(spans_touching(bounds), counted(simulated))


def spans_touching(bounds: DayBounds) -> ColumnElement[bool]:
    """Condition: spans that touch the day, whosever they are."""
    return and_(
        _spans.c.start_ns >= bounds.start_ns - MAX_SPAN_NS,
        _spans.c.start_ns < bounds.stop_ns,
        _spans.c.stop_ns > bounds.start_ns,
    )


def add_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> DayTotals:
    """The totals of one day, from the rows themselves and what was said of them."""
    said = said_between(connection, bounds.start_ns, bounds.stop_ns, simulated=simulated)
    activity_s, slouched_s, first_ns, last_ns = _states(connection, bounds, said, simulated)
    seconds = [_minutes.c[field.name] for field in fields(Exposure)]
    exposure = connection.execute(
        select(*(func.coalesce(func.sum(column), 0.0) for column in seconds))
        .join(_recordings)
        .where(
            _in_day(_minutes.c.start_ns, bounds, simulated),
            worn_then(_minutes.c.start_ns + HALF_MINUTE_NS, said),
        )
    ).one()
    bend = _events.c.kind == EventKind.BEND.value
    lift = _events.c.kind == EventKind.LIFT.value
    counts = connection.execute(
        select(
            func.count().label("bends"),
            _count(lift).label("lifts"),
            _count(and_(lift, _events.c.flags_json.contains('"demanding"'))).label("flagged_lifts"),
        )
        .join(_recordings)
        .where(
            _in_day(_events.c.start_ns, bounds, simulated),
            worn_then(_events.c.start_ns, said),
            or_(bend, lift),
        )
    ).one()
    alerts = connection.execute(
        select(func.count())
        .select_from(_alerts)
        .join(_recordings)
        .where(_in_day(_alerts.c.at_ns, bounds, simulated))
    ).scalar_one()
    return DayTotals(
        first_ns=first_ns,
        last_ns=last_ns,
        activity_s=MappingProxyType(activity_s),
        slouched_s=slouched_s,
        exposure=Exposure(*exposure),
        bends=counts.bends,
        lifts=counts.lifts,
        flagged_lifts=counts.flagged_lifts,
        alerts=alerts,
    )


def spans_of(
    connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool
) -> list[StateSpan]:
    """The spans of a stretch as they were measured, in order and cut to it."""
    rows = connection.execute(
        select(
            func.max(_spans.c.start_ns, start_ns),
            func.min(_spans.c.stop_ns, stop_ns),
            *(_spans.c[name] for name in SPAN_COLUMNS),
        )
        .join(_recordings)
        .where(spans_within(DayBounds(start_ns, stop_ns), simulated))
        .order_by(_spans.c.start_ns)
    )
    return [span_from_row(*row) for row in rows]


def _states(
    connection: Connection, bounds: DayBounds, said: list[SaidStretch], simulated: bool
) -> tuple[dict[Activity, float], float, int, int]:
    """Seconds in each activity and slouched, the first and the last instant."""
    activity_s = dict.fromkeys(Activity, 0.0)
    slouched_s = 0.0
    if said:
        start_ns, stop_ns = bounds.start_ns, bounds.stop_ns
        spans = corrected(spans_of(connection, start_ns, stop_ns, simulated=simulated), said)
        for span in spans:
            length_s = (span.stop_ns - span.start_ns) / NS_PER_S
            activity_s[span.activity] += length_s
            slouched_s += length_s if span.posture is Posture.SLOUCHED else 0.0
        first_ns = min((span.start_ns for span in spans), default=start_ns)
        return activity_s, slouched_s, first_ns, max((s.stop_ns for s in spans), default=start_ns)
    start = func.max(_spans.c.start_ns, bounds.start_ns)
    stop = func.min(_spans.c.stop_ns, bounds.stop_ns)
    stretches = connection.execute(
        select(
            _spans.c.activity,
            _spans.c.posture,
            func.sum(stop - start).label("length_ns"),
            func.min(_spans.c.start_ns).label("first_ns"),
            func.max(_spans.c.stop_ns).label("last_ns"),
        )
        .join(_recordings)
        .where(spans_within(bounds, simulated))
        .group_by(_spans.c.activity, _spans.c.posture)
    ).all()
    for row in stretches:
        activity_s[Activity(row.activity)] += row.length_ns / NS_PER_S
        if row.posture == Posture.SLOUCHED:
            slouched_s += row.length_ns / NS_PER_S
    return (
        activity_s,
        slouched_s,
        max(bounds.start_ns, min((r.first_ns for r in stretches), default=0)),
        min(bounds.stop_ns, max((r.last_ns for r in stretches), default=bounds.start_ns)),
    )


def _in_day(column: ColumnElement[int], bounds: DayBounds, simulated: bool) -> ColumnElement[bool]:
    return and_(
        column >= bounds.start_ns,
        column < bounds.stop_ns,
        counted(simulated),
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
