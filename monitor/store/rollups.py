"""Day totals turned into rows of `days`, and back."""

from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.sqlite import insert

from monitor.model import Activity
from monitor.store.days import DayBounds, DayTotals, Exposure, add_up
from monitor.store.rows import Columns
from monitor.store.tables import DayRow, Table

_days = Table.metadata.tables[str(DayRow.__tablename__)]


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
    connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool
) -> None:
    """Add the days again that a stretch touches and that are kept, in whichever time zone."""
    rows = connection.execute(
        select(_days.c.start_ns, _days.c.stop_ns).where(
            _days.c.start_ns < stop_ns,
            _days.c.stop_ns > start_ns,
            _days.c.simulated == simulated,
        )
    ).all()
    for row in rows:
        refresh(connection, DayBounds(*row), simulated=simulated)


def kept(
    connection: Connection, stretch: DayBounds, *, simulated: bool
) -> dict[DayBounds, DayTotals]:
    """The totals of the days within a stretch, as they were last added up."""
    rows = connection.execute(
        select(*(_days.c[name] for name in _COLUMNS)).where(
            _days.c.start_ns >= stretch.start_ns,
            _days.c.stop_ns <= stretch.stop_ns,
            _days.c.simulated == simulated,
        )
    )
    return {DayBounds(row[0], row[1]): _totals(row) for row in rows}


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


def _totals(row: Row[Any]) -> DayTotals:
    """Day totals from _COLUMNS; hundreds at a time, so by position."""
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
