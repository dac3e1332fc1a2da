"""Everything kept of a person during a shift with a shared sensor: to hand over, and to erase.

One list says what that is, so that nothing is erased that was not handed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from monitor.model import NS_PER_S
from monitor.model.journal import Handover
from monitor.store import day_doses, restating, rollups
from monitor.store.spans import OWN
from monitor.store.tables import Table as Ours

MINUTE_NS = 60 * NS_PER_S
LASTING = frozenset({"wishes", "trials", "calibrations"})  # tables of what holds beyond a day

_tables = Ours.metadata.tables
_sensors, _recordings, _spans = _tables["sensors"], _tables["recordings"], _tables["spans"]


@dataclass(frozen=True, slots=True)
class Personal:
    """Rows of one table.

    Attributes:
        about: what they are, for people.
        columns, rows: as the table has them.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of a table belongs to a shift."""

    table: Table
    about: str
    condition: ColumnElement[bool]


def handover_from_row(row: Row[Any]) -> Handover:
    """A handover from a row of `handovers`."""
    return Handover(
        row.id,
        row.address,
        row.person,
        row.start_ns,
        row.stop_ns,
        row.exported_ns,
        row.digest,
        row.erased_ns,
    )


def personal(connection: Connection, shift: Handover, stop_ns: int) -> list[Personal]:
    """What is kept of the shift, table by table; `stop_ns` is its end, or now."""
    return [
        Personal(
            kept.table.name,
            kept.about,
            tuple(column.name for column in kept.table.columns),
            [tuple(row) for row in connection.execute(select(kept.table).where(kept.condition))],
        )
        for kept in _kept(shift.address, shift.start_ns, stop_ns)
    ]


def erase(connection: Connection, shift: Handover, stop_ns: int) -> None:
    """Delete it, overwriting what it said; days are added up again without it.

    What the sensor saw since it came back stays, and no longer names thresholds of the person.
    How the sensor sits on a person is deleted whenever it was found. Which samples of the sensor
    have been read stays, as numbers, so that they are not read from it again.
    """
    start_ns = shift.start_ns
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    outside = list(_outside(connection, shift.address, start_ns, stop_ns))
    unsaid = _unsaid(connection, start_ns, stop_ns)
    for kept in _kept(shift.address, start_ns, stop_ns):
        connection.execute(delete(kept.table).where(kept.condition))
    for name in ("calibrations", "zeros"):
        table = _tables[name]
        connection.execute(delete(table).where(table.c.address == shift.address))
    if outside:
        connection.execute(insert(_spans), outside)
    unname(connection, shift.address, stop_ns)
    _add_up_anew(connection, start_ns, stop_ns, unsaid)


def erase_stretch(connection: Connection, start_ns: int, stop_ns: int) -> None:
    """Delete what was measured and said in a stretch, of all sensors, overwriting it.

    What holds beyond it stays: settings, trials, how sensors sit, and which samples were read.
    """
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    outside = list(_outside(connection, None, start_ns, stop_ns))
    unsaid = _unsaid(connection, start_ns, stop_ns)
    for kept in _kept(None, start_ns, stop_ns):
        if kept.table.name not in LASTING:
            connection.execute(delete(kept.table).where(kept.condition))
    if outside:
        connection.execute(insert(_spans), outside)
    _add_up_anew(connection, start_ns, stop_ns, unsaid)


def _unsaid(connection: Connection, start_ns: int, stop_ns: int) -> list[tuple[int, int, bool]]:
    """From when to when what was said reaches that is deleted with a stretch, by kind of days."""
    said = _tables["corrections"]
    return [
        (first_ns, last_ns, simulated)
        for first_ns, last_ns, simulated in connection.execute(
            select(func.min(said.c.start_ns), func.max(said.c.stop_ns), said.c.simulated)
            .where(said.c.start_ns < stop_ns, said.c.stop_ns > start_ns)
            .group_by(said.c.simulated)
        )
    ]


def _add_up_anew(
    connection: Connection, start_ns: int, stop_ns: int, unsaid: Sequence[tuple[int, int, bool]]
) -> None:
    """Days without a stretch, and without what was said of it and around it."""
    for simulated in (False, True):
        rollups.refresh_touched(connection, start_ns, stop_ns, simulated=simulated)
        day_doses.refresh_touched(connection, start_ns, stop_ns, simulated=simulated)
    for first_ns, last_ns, simulated in unsaid:
        rollups.refresh_touched(connection, first_ns, last_ns, simulated=simulated)
        restating.restate_days(connection, first_ns, last_ns, simulated=simulated)


def _kept(address: str | None, start_ns: int, stop_ns: int) -> list[_Kept]:
    """In an order in which they can be deleted; without an address, of all sensors."""
    sensor = select(_sensors.c.id)
    if address is not None:
        sensor = sensor.where(_sensors.c.address == address)
    recordings = select(_recordings.c.id).where(_recordings.c.sensor_id.in_(sensor))

    def at(column: Column[int], start: int = start_ns) -> ColumnElement[bool]:
        return and_(column >= start, column < stop_ns)

    def touching(table: Table) -> ColumnElement[bool]:
        return and_(table.c.start_ns < stop_ns, table.c.stop_ns > start_ns)

    def of_sensor(table: Table) -> ColumnElement[bool]:
        return table.c.recording_id.in_(recordings)

    def of_address(table: Table) -> ColumnElement[bool]:
        return true() if address is None else table.c.address == address

    events, alerts, doses = _tables["events"], _tables["alerts"], _tables["doses"]
    minutes, device, traces = _tables["minutes"], _tables["device_events"], _tables["traces"]
    decisions, check_ins = _tables["decisions"], _tables["check_ins"]
    movements, corrections = _tables["movements"], _tables["corrections"]
    drills = _tables["drills"]
    calibrations, zeros = _tables["calibrations"], _tables["zeros"]
    wishes, trials = _tables["wishes"], _tables["trials"]
    tags, feedback = _tables["tags"], _tables["feedback"]
    its_events = select(events.c.id).where(of_sensor(events), touching(events))
    its_alerts = select(alerts.c.id).where(of_sensor(alerts), at(alerts.c.at_ns))
    # A minute that the shift began in is told by its beginning.
    minute = start_ns - MINUTE_NS + 1
    return [
        _Kept(_spans, "what the person was seen to do", and_(of_sensor(_spans), touching(_spans))),
        _Kept(tags, "tasks and zones of bends and lifts", tags.c.event_id.in_(its_events)),
        _Kept(feedback, "what the person said of alerts", feedback.c.alert_id.in_(its_alerts)),
        _Kept(events, "bends, lifts, falls and jolts", and_(of_sensor(events), touching(events))),
        _Kept(alerts, "alerts, told or not", and_(of_sensor(alerts), at(alerts.c.at_ns))),
        _Kept(decisions, "what became of each alert", at(decisions.c.alert_at_ns)),
        _Kept(traces, "angles around alerts", at(traces.c.at_ns)),
        _Kept(
            minutes, "leaning, by minute", and_(of_sensor(minutes), at(minutes.c.start_ns, minute))
        ),
        _Kept(
            doses,
            "exposure, by minute; rows that stand count",
            and_(of_sensor(doses), at(doses.c.start_ns, minute)),
        ),
        _Kept(
            device,
            "button presses and vibrations of the sensor",
            and_(device.c.sensor_id.in_(sensor), at(device.c.at_ns)),
        ),
        _Kept(check_ins, "how the person said they were", at(check_ins.c.at_ns)),
        _Kept(movements, "movements of the guided check", at(movements.c.at_ns)),
        _Kept(drills, "slow bends that were practised", at(drills.c.at_ns)),
        _Kept(corrections, "what the person said they did", touching(corrections)),
        _Kept(wishes, "settings and thresholds set in the shift", at(wishes.c.at_ns)),
        _Kept(trials, "trials drawn in the shift", at(trials.c.made_ns)),
        _Kept(
            calibrations,
            "how the sensor sat",
            and_(of_address(calibrations), at(calibrations.c.at_ns)),
        ),
        _Kept(zeros, "zeros that were taken", and_(of_address(zeros), at(zeros.c.at_ns))),
    ]


def unname(connection: Connection, address: str | None, start_ns: int) -> None:
    """Take own thresholds out of the profiles of what a sensor, or any, saw from an instant on."""
    sensor = select(_sensors.c.id)
    if address is not None:
        sensor = sensor.where(_sensors.c.address == address)
    recordings = select(_recordings.c.id).where(_recordings.c.sensor_id.in_(sensor))
    for table, began in (
        (_spans, _spans.c.start_ns),
        (_tables["events"], _tables["events"].c.start_ns),
        (_tables["alerts"], _tables["alerts"].c.at_ns),
    ):
        profile = table.c.profile
        named = func.instr(profile, OWN)
        connection.execute(
            update(table)
            .where(table.c.recording_id.in_(recordings), began >= start_ns, named > 0)
            .values(profile=func.substr(profile, 1, named - 1))
        )


def _outside(
    connection: Connection, address: str | None, start_ns: int, stop_ns: int
) -> Iterator[dict[str, object]]:
    """The parts of spans that reach beyond the shift."""
    statement = (
        select(_spans)
        .join(_recordings, _spans.c.recording_id == _recordings.c.id)
        .join(_sensors, _recordings.c.sensor_id == _sensors.c.id)
        .where(_spans.c.start_ns < stop_ns, _spans.c.stop_ns > start_ns)
    )
    if address is not None:
        statement = statement.where(_sensors.c.address == address)
    for row in connection.execute(statement):
        if row.start_ns < start_ns:
            yield {**row._mapping, "stop_ns": start_ns}
        if row.stop_ns > stop_ns:
            yield {**row._mapping, "start_ns": stop_ns}
