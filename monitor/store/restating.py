"""Doses of minutes, as they would have been told had what the person said been seen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from monitor.exposure.clocks import Params
from monitor.exposure.courses import added_anew
from monitor.model import NS_PER_S
from monitor.model.exposure import Dose
from monitor.store import day_doses
from monitor.store.corrections import parts_said, said_between
from monitor.store.database import plain_rows
from monitor.store.days import KIND, START, STOP, DayBounds, asked, within
from monitor.store.rows import (
    DOSE_NUMBERS,
    DOSE_TEXTS,
    course_from_text,
    doses_from_rows,
    row_from_dose,
)
from monitor.store.tables import CorrectionRow, DoseRow, RecordingRow, Table

MINUTE_NS = 60 * NS_PER_S
# ns; whatever lasts over several minutes begins anew after so long without data, and a minute's
# dose may begin and end with a minute without.
FORGET_NS = round(Params().forget_s * NS_PER_S) + 2 * MINUTE_NS

REACH_NS = 12 * 3600 * NS_PER_S  # longer than anybody sits without a minute up. Ours

_doses = Table.metadata.tables[str(DoseRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_corrections = Table.metadata.tables[str(CorrectionRow.__tablename__)]
_TOLD = (
    select(
        _doses.c.start_ns,
        *(_doses.c[name] for name in (*DOSE_NUMBERS, *DOSE_TEXTS)),
        *(_doses.c[name] for name in ("course_json", "id", "recording_id", "stands")),
    )
    .join(_recordings)
    .where(within(_doses.c.start_ns), _doses.c.instead_of.is_(None))
    .order_by(_doses.c.start_ns, _doses.c.id)
)
_MINUTES = (
    select(_doses.c.start_ns)
    .join(_recordings)
    .where(within(_doses.c.start_ns), _doses.c.instead_of.is_(None))
    .order_by(_doses.c.start_ns)
)
_SAID = (
    select(_corrections.c.id)
    .where(
        _corrections.c.start_ns < STOP,
        _corrections.c.stop_ns > START,
        _corrections.c.simulated == KIND,
    )
    .limit(1)
)
_WITHOUT = (
    select(_doses.c.id)
    .join(_recordings)
    .where(within(_doses.c.start_ns), _doses.c.instead_of.is_(None), _doses.c.course_json == "")
    .limit(1)
)


def restate(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> DayBounds:
    """Put what the person says now in place of what was told, in the minutes that a stretch
    touches and in those after it whose sitting began in it; the stretch in which that may be.
    """
    first_ns = start_ns - start_ns % MINUTE_NS
    reach = _together(connection, first_ns, stop_ns, simulated)
    of_now = asked(reach, simulated)
    rows = plain_rows(connection, _TOLD, of_now)
    said = said_between(connection, reach.start_ns, reach.stop_ns, simulated=simulated)
    changed = _changed(rows, said) if said else {}
    ids, standing = [], []
    for row in rows:
        if row[0] >= first_ns:
            ids.append(row[-3])
            if row[-1] != (row[-3] not in changed):
                standing.append(row[-3])
    if ids:
        its = _doses.c.start_ns.between(first_ns, reach.stop_ns)
        connection.execute(delete(_doses).where(its, _doses.c.instead_of.in_(ids)))
    if standing:
        its = _doses.c.id.in_(standing)
        connection.execute(update(_doses).where(its).values(stands=~_doses.c.stands))
    instead = [
        {**row_from_dose(row[-2], changed[row[-3]]), "instead_of": row[-3]}
        for row in rows
        if row[0] >= first_ns and row[-3] in changed
        # Where nobody wore the sensor there is no exposure.
        if changed[row[-3]] != Dose(row[0])
    ]
    if instead:
        connection.execute(insert(_doses), instead)
    return DayBounds(first_ns, reach.stop_ns)


def restate_days(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> None:
    """The same, and the days added up of which these minutes are."""
    reach = restate(connection, start_ns, stop_ns, simulated=simulated)
    day_doses.refresh_touched(connection, reach.start_ns, reach.stop_ns, simulated=simulated)


def is_touched(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> bool:
    """Whether something said may change doses of a stretch."""
    reach = DayBounds(start_ns - REACH_NS, stop_ns + MINUTE_NS)
    return connection.execute(_SAID, asked(reach, simulated)).first() is not None


def follows(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> bool:
    """Whether exposure of a stretch follows what is said of it in all: whether what was told of
    each minute is known well enough, as it is since revision 0014."""
    reach = DayBounds(start_ns - MINUTE_NS + 1, stop_ns)
    return connection.execute(_WITHOUT, asked(reach, simulated)).first() is None


def _together(connection: Connection, start_ns: int, stop_ns: int, simulated: bool) -> DayBounds:
    """The stretch, and as much before and after as has no long gap, within reach."""
    wide = DayBounds(start_ns - REACH_NS, stop_ns + REACH_NS)
    minutes = [row[0] for row in plain_rows(connection, _MINUTES, asked(wide, simulated))]
    begin_ns, end_ns = start_ns, stop_ns
    for at_ns in reversed(minutes):
        if at_ns < begin_ns:
            if begin_ns - at_ns > FORGET_NS:
                break
            begin_ns = at_ns
    for at_ns in minutes:
        if at_ns >= end_ns:
            if at_ns - end_ns > FORGET_NS:
                break
            end_ns = at_ns + 1
    return DayBounds(begin_ns, end_ns)


def _changed(rows: Sequence[tuple[Any, ...]], said: Sequence[Any]) -> dict[int, Dose]:
    """By the key of a row, what its dose is with what was said, where that makes it another."""
    told = [
        replace(dose, course=course_from_text(row[-4]))
        for dose, row in zip(doses_from_rows([row[:-4] for row in rows]), rows, strict=True)
    ]
    # What was told once more differs from what was told by roundings; so both are added up anew.
    before, now = added_anew(told, parts_said([])), added_anew(told, parts_said(said))
    return {row[-3]: new for row, old, new in zip(rows, before, now, strict=True) if new != old}
