"""A year in a store: an hour of simulated motion through the whole path, again and again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.sql.expression import literal

from backwatch.session import make_pipeline
from monitor.coaching import Channel, Decision, Outcome, Reason
from monitor.config import Config
from monitor.model import NS_PER_S, Alert
from monitor.pipeline import Step
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from monitor.store.database import connect
from monitor.store.tables import Table as Tables
from tests.benchmarks.interpretation import T0_NS, notifications

LAST = date(2026, 9, 20)  # a Sunday
DESK = LAST - timedelta(days=7)  # weeks of the desk and of the warehouse take turns
SHIFT_H = 8
HOUR_S = 3600
SETTLED_S = 720  # doses are told so much later; more than `doses.Params.settle_s`
_DAY_NS = 24 * HOUR_S * NS_PER_S
_COPIED = ("spans", "minutes", "doses", "events", "alerts")
_TOLD_EACH = 3  # of so many alerts; the others are dropped. Ours


def store_year(store: Store, days: int, *, hour_s: int = HOUR_S) -> None:
    """Every day up to LAST, of eight hours each; the last one is of the warehouse.

    Args:
        hour_s: of what is repeated; a shorter hour is a smoke test.
    """
    engine = connect(store.path)
    for scenario, model in (("warehouse_shift", LAST), ("desk_day", DESK)):
        _lived(store, model, _heard(scenario, hour_s), hour_s)
        with engine.begin() as connection:
            for back in range(1, days):
                day = LAST - timedelta(days=back)
                if day != model and _is_desk(day) == _is_desk(model):
                    _copy(connection, model, day)
    engine.dispose()


def _is_desk(day: date) -> bool:
    return (LAST - day).days // 7 % 2 == 1


def _heard(scenario: str, hour_s: int) -> list[Step]:
    path = make_pipeline(Config())
    return [path.push(event) for event in notifications(hour_s + SETTLED_S, scenario)]


def _lived(store: Store, day: date, steps: Sequence[Step], hour_s: int) -> None:
    """A shift from eight in the morning, as the writer stores it, and what became of alerts."""
    begin_ns = _midnight_ns(day) + 8 * HOUR_S * NS_PER_S
    stop_ns = T0_NS + hour_s * NS_PER_S
    raised: list[Alert] = []
    with store.writer() as writer:
        writer.write([RecordingStart(begin_ns, "AA:BB", "Back", False, "axes")])
        for hour in range(SHIFT_H):
            shift_ns = begin_ns - T0_NS + hour * hour_s * NS_PER_S
            items: list[Any] = []
            for step in steps:
                items += [
                    replace(one, at_ns=one.at_ns + shift_ns)
                    for one in step.changes
                    if one.at_ns < stop_ns
                ]
                items += [
                    replace(one, start_ns=one.start_ns + shift_ns)
                    for one in (*step.minutes, *step.doses)
                    if one.start_ns < stop_ns
                ]
                items += [
                    replace(
                        one,
                        start_ns=one.start_ns + shift_ns,
                        stop_ns=one.stop_ns + shift_ns,
                        known_ns=one.known_ns + shift_ns,
                    )
                    for one in step.events
                    if one.start_ns < stop_ns
                ]
                items += [
                    replace(one, at_ns=one.at_ns + shift_ns, since_ns=one.since_ns + shift_ns)
                    for one in step.alerts
                    if one.at_ns < stop_ns
                ]
            raised += [item for item in items if isinstance(item, Alert)]
            covered = Covered(T0_NS + shift_ns, stop_ns + shift_ns, 100.0)
            writer.write([*items, covered])
        writer.write([RecordingEnd("closed")])
    journal = store.journal()
    journal.add_decisions(
        Decision(alert.at_ns, alert, Outcome.TOLD, Reason.AT_ONCE, (Channel.PAGE, Channel.DESKTOP))
        if number % _TOLD_EACH == 0
        else Decision(alert.at_ns, alert, Outcome.DROPPED, Reason.HOUR_FULL)
        for number, alert in enumerate(raised)
    )
    journal.close()


def _copy(connection: Connection, model: date, day: date) -> None:
    """Another day like it, and its sums."""
    shift_ns = _midnight_ns(day) - _midnight_ns(model)
    start_ns = _midnight_ns(model)
    recordings = Tables.metadata.tables["recordings"]
    within = recordings.c.start_ns.between(start_ns, start_ns + _DAY_NS - 1)
    old = connection.execute(select(recordings.c.id).where(within)).scalar_one()
    new = connection.execute(select(recordings.c.id).order_by(recordings.c.id.desc())).scalars()
    number = next(iter(new)) + 1
    _insert(connection, recordings, within, shift_ns, {"id": number})
    for name in _COPIED:
        table = Tables.metadata.tables[name]
        changed = {"recording_id": number}
        _insert(connection, table, table.c.recording_id == old, shift_ns, changed)
    for name in ("days", "day_doses"):
        days = Tables.metadata.tables[name]
        _insert(connection, days, days.c.start_ns == start_ns, shift_ns, {})
    decisions = Tables.metadata.tables["decisions"]
    theirs = decisions.c.alert_at_ns.between(start_ns, start_ns + _DAY_NS - 1)
    _insert(connection, decisions, theirs, shift_ns, {})


def _insert(
    connection: Connection, table: Table, which: Any, shift_ns: int, changed: dict[str, int]
) -> None:
    columns = [c for c in table.c if c.name != "id" or "id" in changed]
    values = [
        literal(changed[c.name])
        if c.name in changed
        else (c + shift_ns if c.name.endswith("_ns") else c)
        for c in columns
    ]
    connection.execute(
        insert(table).from_select([c.name for c in columns], select(*values).where(which))
    )


def _midnight_ns(day: date) -> int:
    return round(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * NS_PER_S
