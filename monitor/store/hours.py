"""Spans and minutes turned into hours of the clock."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from monitor.model import NS_PER_S, Activity, Posture
from monitor.store.corrections import SaidStretch, worn_then
from monitor.store.days import HALF_MINUTE_NS, DayBounds, asked, within
from monitor.store.pieces import STATES, Pieces
from monitor.store.tables import MinuteRow, RecordingRow, Table

QUARTER_NS = 900 * NS_PER_S  # every time zone is whole quarters of an hour from UTC

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
    pieces: Pieces,
    quarters: Iterable[tuple[int, float, float]],
) -> list[Hour]:
    """The hours in which there is data, in order."""
    starts = [start_ns for _, _, start_ns in hours]
    # Beginnings are not distinct where clocks go forward: the hour left out has no length.
    parts = pieces.cut_at(starts)
    at = np.searchsorted(starts, parts.start_ns, side="right") - 1
    seen = _SEEN[parts.state] & (at >= 0)
    sums = np.zeros((6, len(hours)))
    length_s = (parts.stop_ns - parts.start_ns) / NS_PER_S
    for row, counted in enumerate((_SEEN, _SEATED, _UP, _SLOUCHED)):
        those = seen & counted[parts.state]
        sums[row] = np.bincount(at[those], length_s[those], len(hours))
    known = np.bincount(at[seen], minlength=len(hours)) > 0
    for start_ns, valid_s, over_20_s in quarters:
        hour = bisect_right(starts, start_ns) - 1
        if hour >= 0:
            known[hour] = True
            sums[4, hour] += valid_s
            sums[5, hour] += over_20_s
    return [
        Hour(day, hour, *numbers)
        for (day, hour, _), numbers, is_known in zip(
            hours, sums.T.tolist(), known.tolist(), strict=True
        )
        if is_known
    ]


def _which(wanted: Callable[[Activity, Posture], bool]) -> NDArray[np.bool_]:
    return np.array([wanted(*state) for state in STATES])


_SEEN = _which(lambda activity, _: activity not in (Activity.NOT_WORN, Activity.UNKNOWN))
_SEATED = _which(lambda activity, _: activity in (Activity.SIT, Activity.RECLINE))
_UP = _which(lambda activity, _: activity in (Activity.STAND, Activity.WALK))
_SLOUCHED = _which(lambda _, posture: posture is Posture.SLOUCHED)
