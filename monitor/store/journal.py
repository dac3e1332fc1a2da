"""What people say and set, kept beside what the path makes; any process may add to it."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.coaching import Channel, Decision, Outcome, Reason
from monitor.model import Activity, Alert, Severity
from monitor.model.journal import (
    CheckIn,
    DrillBend,
    DrillRecord,
    Feedback,
    Handover,
    Movement,
    MovementRecord,
    Tag,
    Trace,
    Verdict,
)
from monitor.store import restating, rollups
from monitor.store.corrections import SaidStretch
from monitor.store.database import connect, plain_rows
from monitor.store.shifts import Personal, handover_from_row, personal
from monitor.store.tables import Table as Ours
from monitor.trial import Plan, plan_from_json, plan_to_json

_tables = Ours.metadata.tables
_wishes, _decisions, _feedback = _tables["wishes"], _tables["decisions"], _tables["feedback"]
_check_ins, _movements, _tags = _tables["check_ins"], _tables["movements"], _tables["tags"]
_drills = _tables["drills"]
_trials, _handovers, _traces = _tables["trials"], _tables["handovers"], _tables["traces"]
_corrections = _tables["corrections"]

_DECIDED = (
    select(
        *(_decisions.c[n] for n in ("at_ns", "alert_at_ns", "rule", "outcome", "reason")),
        *(_decisions.c[n] for n in ("channels_json", "into")),
    )
    .where(
        _decisions.c.alert_at_ns >= bindparam("start_ns"),
        _decisions.c.alert_at_ns < bindparam("stop_ns"),
    )
    .order_by(_decisions.c.at_ns, _decisions.c.id)
)

WishValue = None | bool | int | float | str | list["WishValue"] | dict[str, "WishValue"]


class Journal:
    """Short transactions of its own, so that a command can write while another process records.

    Safe from several threads. What a call has returned from is kept.
    """

    def __init__(self, path: Path) -> None:
        """`path` is a database that a `Store` has made or upgraded."""
        self._engine: Engine = connect(path)

    def close(self) -> None:
        self._engine.dispose()

    # -- wishes -------------------------------------------------------------------------------

    def set_wish(self, name: str, value: WishValue, at_ns: int) -> None:
        """Keep what the person has set; None takes it back."""
        with self._engine.begin() as connection:
            connection.execute(delete(_wishes).where(_wishes.c.name == name))
            if value is not None:
                row = {"name": name, "at_ns": at_ns, "value_json": json.dumps(value)}
                connection.execute(insert(_wishes), row)

    def wishes(self) -> dict[str, WishValue]:
        """All that is set, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_wishes.c.name, _wishes.c.value_json))
            return {name: json.loads(value) for name, value in rows}

    # -- decisions ----------------------------------------------------------------------------

    def add_decisions(self, decisions: Iterable[Decision]) -> None:
        rows = [
            {
                "at_ns": decision.at_ns,
                "alert_at_ns": decision.alert.at_ns,
                "rule": decision.alert.rule,
                "outcome": decision.outcome.value,
                "reason": decision.reason.value,
                "channels_json": json.dumps([channel.value for channel in decision.channels]),
                "into": decision.into,
            }
            for decision in decisions
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(_decisions), rows)

    def decisions(self, start_ns: int, stop_ns: int) -> list[Decision]:
        """What was decided about the alerts raised in a stretch, in the order of decision.

        The alerts in them carry rule and instant only.
        """
        with self._engine.connect() as connection:
            rows = plain_rows(connection, _DECIDED, {"start_ns": start_ns, "stop_ns": stop_ns})
        return [_decision(*row) for row in rows]

    def add_trace(self, trace: Trace) -> None:
        """Keep what an alert was raised about; a second one takes the place of the first."""
        row = {
            "rule": trace.rule,
            "at_ns": trace.at_ns,
            "trace_json": json.dumps(
                [
                    trace.t_ns,
                    *(
                        [None if angle is None else round(angle, 2) for angle in column]
                        for column in (
                            trace.sagittal_deg,
                            trace.lateral_deg,
                            trace.inclination_deg,
                        )
                    ),
                ]
            ),
        }
        with self._engine.begin() as connection:
            connection.execute(
                upsert(_traces).values(row).on_conflict_do_update(["rule", "at_ns"], set_=row)
            )

    def trace(self, rule: str, at_ns: int) -> Trace | None:
        """What an alert was raised about; None where that is not kept."""
        return self.traces(rule, [at_ns]).get(at_ns)

    def traces(self, rule: str, at_ns: Collection[int]) -> Mapping[int, Trace]:
        """The same of several alerts of a rule, by their instants; those that are kept."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_traces.c.at_ns, _traces.c.trace_json).where(
                    _traces.c.rule == rule, _traces.c.at_ns.in_(at_ns)
                )
            ).all()
        return {
            at: Trace(rule, at, *(tuple(column) for column in json.loads(told)))
            for at, told in rows
        }

    # -- what the person says -----------------------------------------------------------------

    def add_feedback(self, feedback: Feedback) -> bool:
        """Keep the last word on an alert; False where there is no such alert."""
        row = {
            "alert_id": feedback.alert_id,
            "at_ns": feedback.at_ns,
            "verdict": feedback.verdict.value,
        }
        with self._engine.begin() as connection:
            if not _exists(connection, _tables["alerts"], feedback.alert_id):
                return False
            connection.execute(
                upsert(_feedback).values(row).on_conflict_do_update(["alert_id"], set_=row)
            )
        return True

    def feedback(self) -> list[Feedback]:
        """All of it, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_feedback).order_by(_feedback.c.at_ns))
            return [Feedback(row.at_ns, row.alert_id, Verdict(row.verdict)) for row in rows]

    def verdict(self, alert_id: int) -> Verdict | None:
        """The last word on an alert; None: nothing was said of it."""
        its = _feedback.c.alert_id == alert_id
        with self._engine.connect() as connection:
            said = connection.execute(select(_feedback.c.verdict).where(its)).scalar()
        return None if said is None else Verdict(said)

    def add_check_in(self, check_in: CheckIn) -> None:
        row = {
            "at_ns": check_in.at_ns,
            "pain": check_in.pain,
            "stiffness": check_in.stiffness,
            "spasm": check_in.spasm,
            "triggers_json": json.dumps(check_in.triggers),
            "note": check_in.note,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(_check_ins), row)

    def check_ins(self, start_ns: int, stop_ns: int) -> list[CheckIn]:
        """Those of a stretch, oldest first."""
        within = (_check_ins.c.at_ns >= start_ns) & (_check_ins.c.at_ns < stop_ns)
        with self._engine.connect() as connection:
            rows = connection.execute(select(_check_ins).where(within).order_by(_check_ins.c.at_ns))
            return [
                CheckIn(
                    row.at_ns,
                    row.pain,
                    row.stiffness,
                    row.spasm,
                    tuple(json.loads(row.triggers_json)),
                    row.note,
                    row.id,
                )
                for row in rows
            ]

    def take_back_check_in(self, number: int) -> bool:
        """Forget a check-in, as if nothing had been said; False where there is no such one."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(_check_ins).where(_check_ins.c.id == number))
            return gone.rowcount == 1

    def add_movement(self, record: MovementRecord) -> None:
        row = {
            "at_ns": record.at_ns,
            "movement": record.movement.value,
            "peak_deg": record.peak_deg,
            "pain": record.pain,
            "stopped": record.stopped,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(_movements), row)

    def movements(self) -> list[MovementRecord]:
        """All of them, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_movements).order_by(_movements.c.at_ns))
            return [
                MovementRecord(
                    row.at_ns, Movement(row.movement), row.peak_deg, row.pain, row.stopped
                )
                for row in rows
            ]

    def add_drill(self, record: DrillRecord) -> None:
        row = {
            "at_ns": record.at_ns,
            "slow_degps": record.slow_degps,
            "stopped": record.stopped,
            "bends_json": json.dumps([asdict(bend) for bend in record.bends]),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(_drills), row)

    def drills(self) -> list[DrillRecord]:
        """All of them, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_drills).order_by(_drills.c.at_ns))
            return [
                DrillRecord(
                    row.at_ns,
                    row.slow_degps,
                    tuple(DrillBend(**bend) for bend in json.loads(row.bends_json)),
                    row.stopped,
                )
                for row in rows
            ]

    def add_tag(self, tag: Tag) -> bool:
        """Say what a bend or lift belonged to; False where there is no such event."""
        row = {"event_id": tag.event_id, "at_ns": tag.at_ns, "task": tag.task, "zone": tag.zone}
        with self._engine.begin() as connection:
            if not _exists(connection, _tables["events"], tag.event_id):
                return False
            connection.execute(
                upsert(_tags).values(row).on_conflict_do_update(["event_id"], set_=row)
            )
        return True

    def tags(self) -> Mapping[int, Tag]:
        """By event."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_tags))
            return {row.event_id: Tag(row.event_id, row.at_ns, row.task, row.zone) for row in rows}

    # -- corrections --------------------------------------------------------------------------

    def add_correction(
        self, at_ns: int, start_ns: int, stop_ns: int, activity: Activity, *, simulated: bool
    ) -> SaidStretch:
        """Keep what the person says of a stretch; the days it touches are added up again.

        Raises:
            ValueError: it cannot be said, is too long, or has not been yet.
        """
        row = {"at_ns": at_ns, "start_ns": start_ns, "stop_ns": stop_ns}
        SaidStretch(0, activity=activity, **row)
        with self._engine.begin() as connection:
            number = connection.execute(
                insert(_corrections).returning(_corrections.c.id),
                row | {"activity": activity.value, "simulated": simulated},
            ).scalar_one()
            _add_up_anew(connection, start_ns, stop_ns, simulated=simulated)
        return SaidStretch(number, activity=activity, **row)

    def take_back_correction(self, number: int, *, simulated: bool) -> bool:
        """What was measured counts again; False where there is no such correction."""
        one = (_corrections.c.id == number) & (_corrections.c.simulated == simulated)
        with self._engine.begin() as connection:
            row = connection.execute(
                delete(_corrections)
                .where(one)
                .returning(_corrections.c.start_ns, _corrections.c.stop_ns)
            ).one_or_none()
            if row is None:
                return False
            _add_up_anew(connection, *row, simulated=simulated)
        return True

    # -- trials -------------------------------------------------------------------------------

    def start_trial(self, plan: Plan, made_ns: int) -> int:
        """Keep a plan before its first day; returns its number.

        Raises:
            ValueError: another trial runs, or the plan has begun already.
        """
        if plan.start_ns <= made_ns:
            raise ValueError("a trial begins on a later day than that on which it is drawn")
        with self._engine.begin() as connection:
            for number, other, ended_ns, _ in _read_trials(connection):
                if ended_ns is None and other.stop_ns > made_ns:
                    raise ValueError(f"trial {number} is still running; end it first")
            row = {"made_ns": made_ns, "plan_json": plan_to_json(plan), "why_ended": ""}
            added = connection.execute(insert(_trials).returning(_trials.c.id), row)
            return int(added.scalar_one())

    def end_trial(self, number: int, at_ns: int, why: str) -> bool:
        """Stop drawing silence; False where no such trial runs."""
        open_one = (_trials.c.id == number) & _trials.c.ended_ns.is_(None)
        with self._engine.begin() as connection:
            done = connection.execute(
                update(_trials).where(open_one).values(ended_ns=at_ns, why_ended=why)
            )
            return done.rowcount == 1

    def trials(self) -> list[tuple[int, Plan, int | None, str]]:
        """Number, plan, when it was ended early and why; oldest first."""
        with self._engine.connect() as connection:
            return _read_trials(connection)

    # -- shared kits --------------------------------------------------------------------------

    def hand_out(self, address: str, person: str, at_ns: int) -> Handover:
        """Lend a sensor.

        Raises:
            ValueError: it is out already, or what the last shift left has not been erased.
        """
        with self._engine.begin() as connection:
            its = _handovers.c.address == address
            for last in connection.execute(select(_handovers).where(its)):
                if last.stop_ns is None:
                    raise ValueError(
                        f"sensor {address} is out with {last.person}; take it back first"
                    )
                if last.erased_ns is None:
                    raise ValueError(
                        f"what {last.person} left on {address} is still here; "
                        "hand it over and erase it first"
                    )
            row = {"address": address, "person": person, "start_ns": at_ns}
            number = connection.execute(insert(_handovers).returning(_handovers.c.id), row)
            return Handover(number.scalar_one(), address, person, at_ns, None)

    def take_back(self, address: str, at_ns: int) -> Handover | None:
        """The sensor is back; None where it was not out."""
        with self._engine.begin() as connection:
            out = (_handovers.c.address == address) & _handovers.c.stop_ns.is_(None)
            row = connection.execute(select(_handovers).where(out)).first()
            if row is None:
                return None
            connection.execute(update(_handovers).where(out).values(stop_ns=at_ns))
            return replace(handover_from_row(row), stop_ns=at_ns)

    def handovers(self) -> list[Handover]:
        """All of them, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_handovers).order_by(_handovers.c.id))
            return [handover_from_row(row) for row in rows]

    def note_export(self, number: int, at_ns: int, digest: str) -> None:
        """A file with all of a shift was made; `digest` is its SHA-256."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_handovers)
                .where(_handovers.c.id == number)
                .values(exported_ns=at_ns, digest=digest)
            )

    def personal(self, shift: Handover, stop_ns: int) -> list[Personal]:
        """What is kept of a shift up to an instant, table by table."""
        with self._engine.connect() as connection:
            return personal(connection, shift, stop_ns)


def _add_up_anew(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> None:
    """After something was said of a stretch, or is said no more."""
    rollups.refresh_touched(connection, start_ns, stop_ns, simulated=simulated)
    restating.restate_days(connection, start_ns, stop_ns, simulated=simulated)


def _exists(connection: Connection, table: Table, number: int) -> bool:
    return connection.execute(select(table.c.id).where(table.c.id == number)).first() is not None


def _read_trials(connection: Connection) -> list[tuple[int, Plan, int | None, str]]:
    return [
        (row.id, plan_from_json(row.plan_json), row.ended_ns, row.why_ended)
        for row in connection.execute(select(_trials).order_by(_trials.c.id))
    ]


def _decision(
    at_ns: int, alert_at_ns: int, rule: str, outcome: str, reason: str, channels: str, into: str
) -> Decision:
    """A decision from the columns of _DECIDED; hundreds at a time."""
    return Decision(
        at_ns,
        Alert(alert_at_ns, rule, Severity.INFO, alert_at_ns, ""),
        _OUTCOMES[outcome],
        _REASONS[reason],
        _channels(channels),
        into,
    )


# Looking a member up costs a third of calling its class.
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_REASONS = {reason.value: reason for reason in Reason}


@lru_cache(maxsize=64)  # more than there are
def _channels(told: str) -> tuple[Channel, ...]:
    """Of their few combinations, as JSON."""
    return tuple(Channel(channel) for channel in json.loads(told))
