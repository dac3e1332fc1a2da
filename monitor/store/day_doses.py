"""Doses of minutes turned into a row for each day, so that a year is 365 rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, exists, select
from sqlalchemy.dialects.sqlite import insert

from monitor.model import NS_PER_S, Activity
from monitor.model.exposure import Dose
from monitor.store.database import plain_rows
from monitor.store.days import KIND, START, STOP, DayBounds, add_up, asked, within
from monitor.store.rows import (
    DOSE_NUMBERS,
    DOSE_PACKED,
    DOSE_TEXTS,
    dose_from_days,
    dose_from_rows,
    row_from_day_dose,
)
from monitor.store.tables import DayDoseRow, DayRow, DoseRow, RecordingRow, Table

Kept = Sequence[Any]  # a day by its bounds, _SEEN (None where `days` has none) and _COLUMNS

_days = Table.metadata.tables[str(DayRow.__tablename__)]
_day_doses = Table.metadata.tables[str(DayDoseRow.__tablename__)]
_doses = Table.metadata.tables[str(DoseRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_SEEN = ("first_ns", "last_ns", "lie_s", "not_worn_s")
_COLUMNS = ("first_ns", *DOSE_NUMBERS, *DOSE_PACKED)
_DOSE = 2 + len(_SEEN)
_WORN = _DOSE + _COLUMNS.index("worn_s")
_SAME = [_day_doses.c[name] == _days.c[name] for name in ("start_ns", "stop_ns", "simulated")]
_KEPT = (
    select(
        *(_day_doses.c[name] for name in ("start_ns", "stop_ns")),
        *(_days.c[name] for name in _SEEN),
        *(_day_doses.c[name] for name in _COLUMNS),
    )
    .select_from(_day_doses.outerjoin(_days, and_(*_SAME)))
    .where(
        _day_doses.c.start_ns >= START,
        _day_doses.c.stop_ns <= STOP,
        _day_doses.c.simulated == KIND,
    )
)
MINUTES = (
    select(_doses.c.start_ns, *(_doses.c[name] for name in (*DOSE_NUMBERS, *DOSE_TEXTS)))
    .join(_recordings)
    .where(within(_doses.c.start_ns), _doses.c.stands)
    .order_by(_doses.c.start_ns, _doses.c.id)
)


def refresh(connection: Connection, bounds: DayBounds, *, simulated: bool) -> None:
    """Add the day up and put it in place of its row."""
    row = {
        "start_ns": bounds.start_ns,
        "stop_ns": bounds.stop_ns,
        "simulated": simulated,
        **row_from_day_dose(_added_up(connection, bounds, simulated=simulated)),
    }
    statement = insert(_day_doses)
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
        select(_day_doses.c.start_ns, _day_doses.c.stop_ns).where(
            _day_doses.c.start_ns < stop_ns,
            _day_doses.c.stop_ns > start_ns,
            _day_doses.c.simulated == simulated,
        )
    ).all()
    for bounds in (DayBounds(*row) for row in rows):
        if bounds != but:
            refresh(connection, bounds, simulated=simulated)


def fill(connection: Connection) -> None:
    """Add the days up of which the rest is kept: those of before revision 0014, and those with
    too little data for a dose."""
    rows = connection.execute(
        select(_days.c.start_ns, _days.c.stop_ns, _days.c.simulated).where(
            ~exists(select(_day_doses.c.start_ns).where(*_SAME))
        )
    ).all()
    for start_ns, stop_ns, simulated in rows:
        refresh(connection, DayBounds(start_ns, stop_ns), simulated=simulated)


def kept(
    connection: Connection, stretch: DayBounds, *, simulated: bool
) -> dict[tuple[int, int], Kept]:
    """Rows of the days within a stretch by their bounds, as they were last added up."""
    rows = plain_rows(connection, _KEPT, asked(stretch, simulated))
    return {(row[0], row[1]): row for row in rows}


def added_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> Kept:
    """A day that is not kept, as `kept` would give it."""
    totals = add_up(connection, bounds, simulated=simulated)
    seconds = totals.activity_s
    away_s = (seconds[Activity.LIE], seconds[Activity.NOT_WORN])
    row = row_from_day_dose(_added_up(connection, bounds, simulated=simulated))
    numbers = (row[name] for name in _COLUMNS)
    return [bounds.start_ns, bounds.stop_ns, totals.first_ns, totals.last_ns, *away_s, *numbers]


def is_seen(row: Kept) -> bool:
    """Whether it is known from when to when there is data."""
    return row[2] is not None


def is_worn(row: Kept) -> bool:
    """Whether anything was measured that counts."""
    return bool(row[_WORN] > 0)


def due_s(row: Kept, now_ns: int | None) -> float:
    """Seconds from first to last data that exposure should be known of: neither lying nor not
    worn.

    Args:
        now_ns: given while data may still come: time of its day up to now counts then.
    """
    start_ns, stop_ns, first_ns, last_ns, lie_s, not_worn_s = row[:_DOSE]
    if now_ns is not None and start_ns <= now_ns < stop_ns:
        last_ns = max(last_ns, now_ns)
    return float((last_ns - first_ns) / NS_PER_S - lie_s - not_worn_s)


def dose_of(rows: Iterable[Kept]) -> Dose:
    """The sum of some days."""
    return dose_from_days([row[_DOSE:] for row in rows if row[_DOSE]])


def _added_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> Dose:
    return dose_from_rows(plain_rows(connection, MINUTES, asked(bounds, simulated)))
