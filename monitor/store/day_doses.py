"""Doses of minutes turned into a row for each day, so that a year is 365 rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, exists, select
from sqlalchemy.dialects.sqlite import insert

from monitor.model.exposure import Dose
from monitor.store.database import plain_rows
from monitor.store.days import KIND, START, STOP, DayBounds, asked, within
from monitor.store.rows import (
    DOSE_NUMBERS,
    DOSE_PACKED,
    DOSE_TEXTS,
    dose_from_days,
    dose_from_rows,
    row_from_day_dose,
)
from monitor.store.tables import DayDoseRow, DayRow, DoseRow, RecordingRow, Table

Kept = Sequence[Any]  # a day by _COLUMNS

_days = Table.metadata.tables[str(DayRow.__tablename__)]
_day_doses = Table.metadata.tables[str(DayDoseRow.__tablename__)]
_doses = Table.metadata.tables[str(DoseRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_COLUMNS = ("start_ns", "stop_ns", "first_ns", *DOSE_NUMBERS, *DOSE_PACKED)
_WORN = _COLUMNS.index("worn_s")
_KEPT = select(*(_day_doses.c[name] for name in _COLUMNS)).where(
    _day_doses.c.start_ns >= START, _day_doses.c.stop_ns <= STOP, _day_doses.c.simulated == KIND
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
    connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool
) -> None:
    """Add the days again that a stretch touches and that are kept, in whichever time zone."""
    rows = connection.execute(
        select(_day_doses.c.start_ns, _day_doses.c.stop_ns).where(
            _day_doses.c.start_ns < stop_ns,
            _day_doses.c.stop_ns > start_ns,
            _day_doses.c.simulated == simulated,
        )
    ).all()
    for row in rows:
        refresh(connection, DayBounds(*row), simulated=simulated)


def fill(connection: Connection) -> None:
    """Add the days up that were kept before revision 0014."""
    its = (
        _doses.c.start_ns >= _days.c.start_ns,
        _doses.c.start_ns < _days.c.stop_ns,
        _recordings.c.simulated == _days.c.simulated,
        _recordings.c.counts,
    )
    same = [_day_doses.c[name] == _days.c[name] for name in ("start_ns", "stop_ns", "simulated")]
    rows = connection.execute(
        select(_days.c.start_ns, _days.c.stop_ns, _days.c.simulated).where(
            ~exists(select(_day_doses.c.start_ns).where(*same)),
            exists(select(_doses.c.id).join(_recordings).where(*its)),
        )
    ).all()
    for start_ns, stop_ns, simulated in rows:
        refresh(connection, DayBounds(start_ns, stop_ns), simulated=simulated)


def kept(
    connection: Connection, stretch: DayBounds, *, simulated: bool
) -> dict[tuple[int, int], Kept]:
    """Rows of the days within a stretch by its bounds, as they were last added up."""
    rows = plain_rows(connection, _KEPT, asked(stretch, simulated))
    return {(row[0], row[1]): row for row in rows}


def added_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> Kept:
    """A day that is not kept, as `kept` would give it."""
    row = row_from_day_dose(_added_up(connection, bounds, simulated=simulated))
    return [bounds.start_ns, bounds.stop_ns, *(row[name] for name in _COLUMNS[2:])]


def is_worn(row: Kept) -> bool:
    """Whether anything was measured that counts."""
    return bool(row[_WORN] > 0)


def dose_of(rows: Sequence[Kept]) -> Dose:
    """The sum of some days."""
    return dose_from_days([tuple(row[2:]) for row in rows])


def _added_up(connection: Connection, bounds: DayBounds, *, simulated: bool) -> Dose:
    return dose_from_rows(plain_rows(connection, MINUTES, asked(bounds, simulated)))
