"""Spans and minutes turned into hours of the clock."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo

from sqlalchemy import Connection, func, select

from monitor.model import NS_PER_S, Activity, Posture, StateSpan
from monitor.store.corrections import SaidStretch, worn_then
from monitor.store.days import HALF_MINUTE_NS, counted
from monitor.store.tables import MinuteRow, RecordingRow, Table

QUARTER_NS = 900 * NS_PER_S  # every time zone is whole quarters of an hour from UTC
_UNSEEN = (Activity.NOT_WORN, Activity.UNKNOWN)

_minutes = Table.metadata.tables[str(MinuteRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one day by its clock; two of one name where clocks go back are one.

    Attributes:
        hour: 0 to 23.
        worn_s: worn and in a known state.
        seated_s, up_s: of that, sitting or leaning back; standing or walking.
        slouched_s: of it, slouched.
        measured_s, over_20_s: with settled angles; of those leaning more than 20 deg.
    """

    day: date
    hour: int
    worn_s: float
    seated_s: float
    up_s: float
    slouched_s: float
    measured_s: float
    over_20_s: float


def day_hours(day: date, zone: tzinfo | None) -> list[tuple[date, int, int]]:
    """Day, hour and its beginning [ns since the epoch, UTC], 24 of them."""
    found = []
    for hour in range(24):
        at = datetime.combine(day, time(hour), tzinfo=zone)
        found.append((day, hour, round(at.timestamp()) * NS_PER_S))
    return found


def cut_at(spans: Iterable[StateSpan], edges: Sequence[int]) -> list[StateSpan]:
    """The spans, none of them across an edge [ns since the epoch, UTC, ascending]."""
    found = []
    for span in spans:
        start_ns = span.start_ns
        while (i := bisect_right(edges, start_ns)) < len(edges) and edges[i] < span.stop_ns:
            found.append(replace(span, start_ns=start_ns, stop_ns=edges[i]))
            start_ns = edges[i]
        found.append(replace(span, start_ns=start_ns) if start_ns != span.start_ns else span)
    return found


def leaning(
    connection: Connection,
    start_ns: int,
    stop_ns: int,
    said: Sequence[SaidStretch],
    *,
    simulated: bool,
) -> list[tuple[int, float, float]]:
    """By quarter of an hour with data: its beginning, seconds measured, of them over 20 deg."""
    quarter = _minutes.c.start_ns // QUARTER_NS
    rows = connection.execute(
        select(quarter, func.sum(_minutes.c.valid_s), func.sum(_minutes.c.over_20_s))
        .join(_recordings)
        .where(
            _minutes.c.start_ns >= start_ns,
            _minutes.c.start_ns < stop_ns,
            counted(simulated),
            worn_then(_minutes.c.start_ns + HALF_MINUTE_NS, said),
        )
        .group_by(quarter)
    )
    return [(int(number) * QUARTER_NS, valid_s, over_20_s) for number, valid_s, over_20_s in rows]


def hours_of(
    hours: Sequence[tuple[date, int, int]],
    spans: Iterable[StateSpan],
    quarters: Iterable[tuple[int, float, float]],
) -> list[Hour]:
    """The hours in which there is data, in order."""
    starts = [start_ns for _, _, start_ns in hours]
    # Beginnings are not distinct where clocks go forward: the hour left out has no length.
    sums: dict[int, list[float]] = {}
    for span in cut_at(spans, starts):
        if span.activity in _UNSEEN:
            continue
        length_s = (span.stop_ns - span.start_ns) / NS_PER_S
        found = sums.setdefault(bisect_right(starts, span.start_ns) - 1, [0.0] * 6)
        found[0] += length_s
        if span.activity in (Activity.SIT, Activity.RECLINE):
            found[1] += length_s
        elif span.activity in (Activity.STAND, Activity.WALK):
            found[2] += length_s
        if span.posture is Posture.SLOUCHED:
            found[3] += length_s
    for start_ns, valid_s, over_20_s in quarters:
        found = sums.setdefault(bisect_right(starts, start_ns) - 1, [0.0] * 6)
        found[4] += valid_s
        found[5] += over_20_s
    return [Hour(hours[i][0], hours[i][1], *sums[i]) for i in sorted(sums) if i >= 0]
