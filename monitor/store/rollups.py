"""Day totals turned into rows of `days`, and back."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from monitor.model import NS_PER_S, Activity
from monitor.store.database import plain_rows
from monitor.store.days import (
    KIND,
    START,
    STOP,
    DayBounds,
    DayTotals,
    Exposure,
    add_up,
    asked,
)
from monitor.store.rows import Columns
from monitor.store.tables import DayRow, Table

_days = Table.metadata.tables[str(DayRow.__tablename__)]

Kept = Sequence[Any]  # a day by _COLUMNS


def refresh(connection: Connection, bounds: DayBounds, *, simulated: bool) -> None:
    """Add the day up and put it in place of its row."""
    row = row_from_totals(bounds, add_up(connection, bounds, simulated=simulated), simulated)
    statement = insert(_days)
    statement = statement.on_conflict_do_update(
        index_elements=["start_ns", "stop_ns", "simulated"],
        set_={name: statement.excluded[name] for name in row},
    )
    connection.execute(statement, [row])


def refresh_touched(
    connection: Connection,
    start_ns: int,
    stop_ns: int,
    *,
    simulated: bool,
    but: DayBounds | None = None,
) -> None:
    """Add the days again that a stretch touches and that are kept, in whichever time zone.

    Args:
        but: the one that has been added up already.
    """
    rows = connection.execute(
        select(_days.c.start_ns, _days.c.stop_ns).where(
            _days.c.start_ns < stop_ns,
            _days.c.stop_ns > start_ns,
            _days.c.simulated == simulated,
        )
    ).all()
    for bounds in (DayBounds(*row) for row in rows):
        if bounds != but:
            refresh(connection, bounds, simulated=simulated)


def kept(
    connection: Connection, stretch: DayBounds, *, simulated: bool
) -> dict[tuple[int, int], Kept]:
    """Rows of the days within a stretch by its bounds, as they were last added up."""
    rows = plain_rows(connection, _KEPT, asked(stretch, simulated))
    return {(row[0], row[1]): row for row in rows}


def row_from_totals(bounds: DayBounds, totals: DayTotals, simulated: bool) -> Columns:
    """A row of `days`."""
    return {
        "start_ns": bounds.start_ns,
        "stop_ns": bounds.stop_ns,
        "simulated": simulated,
        "first_ns": totals.first_ns,
        "last_ns": totals.last_ns,
        **{f"{activity.value}_s": totals.activity_s[activity] for activity in Activity},
        "slouched_s": totals.slouched_s,
        **asdict(totals.exposure),
        "bends": totals.bends,
        "lifts": totals.lifts,
        "flagged_lifts": totals.flagged_lifts,
        "alerts": totals.alerts,
    }


_COLUMNS = (
    *("start_ns", "stop_ns", "first_ns", "last_ns", "bends", "lifts", "flagged_lifts", "alerts"),
    "slouched_s",
    *(f"{activity.value}_s" for activity in Activity),
    *(field.name for field in fields(Exposure)),
)
_ACTIVITIES = tuple(Activity)
_KEPT = select(*(_days.c[name] for name in _COLUMNS)).where(
    _days.c.start_ns >= START, _days.c.stop_ns <= STOP, _days.c.simulated == KIND
)


def added_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> Kept:
    """A day that is not kept, as `kept` would give it."""
    row = row_from_totals(bounds, add_up(connection, bounds, simulated=simulated), simulated)
    return [row[name] for name in _COLUMNS]


def columns_from_kept(rows: Iterable[Kept | None]) -> dict[str, Sequence[float | None]]:
    """Numbers of days by name, None where nothing was measured; hundreds, so by position."""
    return dict(zip(_NUMBERS, zip(*map(_numbers, rows), strict=True), strict=True))


_FIRST, _ACTIVITY = _COLUMNS.index("bends"), _COLUMNS.index("sit_s")
_END = _ACTIVITY + len(_ACTIVITIES)
_NOT_WORN, _UNKNOWN = (
    _COLUMNS.index(f"{a.value}_s") for a in (Activity.NOT_WORN, Activity.UNKNOWN)
)
_NUMBERS = ("length_s", "known_s", "no_data_s", *_COLUMNS[_FIRST:])
_NOTHING = (None,) * len(_NUMBERS)


def _numbers(row: Kept | None) -> Sequence[float | None]:
    covered_s = 0.0 if row is None else sum(row[_ACTIVITY:_END])
    if row is None or not covered_s:
        return _NOTHING
    length_s = (row[3] - row[2]) / NS_PER_S
    known_s = covered_s - row[_NOT_WORN] - row[_UNKNOWN]
    return (length_s, known_s, max(0.0, length_s - covered_s), *row[_FIRST:])


def totals_from_kept(row: Kept) -> DayTotals:
    """Day totals from what `kept` gave."""
    _, _, first_ns, last_ns, bends, lifts, flagged_lifts, alerts, slouched_s, *seconds = tuple(row)
    return DayTotals(
        first_ns=first_ns,
        last_ns=last_ns,
        activity_s=MappingProxyType(dict(zip(_ACTIVITIES, seconds, strict=False))),
        slouched_s=slouched_s,
        exposure=Exposure(*seconds[len(_ACTIVITIES) :]),
        bends=bends,
        lifts=lifts,
        flagged_lifts=flagged_lifts,
        alerts=alerts,
    )
