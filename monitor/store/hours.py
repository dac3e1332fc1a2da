"""Spans and minutes turned into hours of the clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import Connection, func, select

from monitor.model import NS_PER_S, Activity, Posture
from monitor.store.corrections import SaidStretch, worn_then
from monitor.store.days import HALF_MINUTE_NS, DayBounds, Piece, asked, within
from monitor.store.tables import MinuteRow, RecordingRow, Table

LAST_NS = 2**63 - 1  # what SQLite can hold
QUARTER_NS = 900 * NS_PER_S  # every time zone is whole quarters of an hour from UTC
_UNSEEN = (Activity.NOT_WORN, Activity.UNKNOWN)
_SEATED, _UP = (Activity.SIT, Activity.RECLINE), (Activity.STAND, Activity.WALK)

_minutes = Table.metadata.tables[str(MinuteRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_QUARTER = _minutes.c.start_ns // QUARTER_NS
_LEANING = (
    select(_QUARTER, func.sum(_minutes.c.valid_s), func.sum(_minutes.c.over_20_s))
    .join(_recordings)
    .where(within(_minutes.c.start_ns))
    .group_by(_QUARTER)
)


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


def cut_at(pieces: Iterable[Piece], edges: Sequence[int]) -> list[Piece]:
    """The pieces, none of them across an edge [ns since the epoch, UTC, ascending]."""
    found = []
    low_ns, high_ns = 0, -1  # the edges around the last piece
    for piece in pieces:
        start_ns, stop_ns, activity, posture = piece
        if not low_ns <= start_ns < high_ns:
            i = bisect_right(edges, start_ns)
            low_ns = edges[i - 1] if i else start_ns
            high_ns = edges[i] if i < len(edges) else LAST_NS
        if stop_ns <= high_ns:
            found.append(piece)
            continue
        for edge_ns in edges[bisect_right(edges, start_ns) : bisect_left(edges, stop_ns)]:
            found.append((start_ns, edge_ns, activity, posture))
            start_ns = edge_ns
        found.append((start_ns, stop_ns, activity, posture))
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
    statement = _LEANING
    if said:
        statement = statement.where(worn_then(_minutes.c.start_ns + HALF_MINUTE_NS, said))
    rows = connection.execute(statement, asked(DayBounds(start_ns, stop_ns), simulated)).all()
    return [(int(number) * QUARTER_NS, valid_s, over_20_s) for number, valid_s, over_20_s in rows]


def hours_of(
    hours: Sequence[tuple[date, int, int]],
    pieces: Iterable[Piece],
    quarters: Iterable[tuple[int, float, float]],
) -> list[Hour]:
    """The hours in which there is data, in order."""
    starts = [start_ns for _, _, start_ns in hours]
    # Beginnings are not distinct where clocks go forward: the hour left out has no length.
    sums: dict[int, list[float]] = {}
    for start_ns, stop_ns, activity, posture in cut_at(pieces, starts):
        if activity in _UNSEEN:
            continue
        length_s = (stop_ns - start_ns) / NS_PER_S
        at = bisect_right(starts, start_ns) - 1
        found = sums.get(at) or sums.setdefault(at, [0.0] * 6)
        found[0] += length_s
        if activity in _SEATED:
            found[1] += length_s
        elif activity in _UP:
            found[2] += length_s
        if posture is Posture.SLOUCHED:
            found[3] += length_s
    for start_ns, valid_s, over_20_s in quarters:
        found = sums.setdefault(bisect_right(starts, start_ns) - 1, [0.0] * 6)
        found[4] += valid_s
        found[5] += over_20_s
    return [Hour(hours[i][0], hours[i][1], *sums[i]) for i in sorted(sums) if i >= 0]
