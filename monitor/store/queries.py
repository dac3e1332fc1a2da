"""Rows turned into answers; reads only."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, case, func, select, tuple_

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    DeviceEvent,
    EventKind,
    MinuteSummary,
    Numbered,
    StateSpan,
    TimeDoubt,
)
from monitor.model.exposure import Dose
from monitor.model.journal import Feedback, Verdict
from monitor.store import day_doses, restating, rollups
from monitor.store.corrections import SaidStretch, corrected, is_said, said_between, worn_then
from monitor.store.database import connect, plain_rows
from monitor.store.days import (
    KIND,
    SPANS_TOUCHING,
    SPANS_WITHIN,
    START,
    STOP,
    DayBounds,
    DayTotals,
    Exposure,
    added_up,
    asked,
    bounds_between,
    counted,
    day_bounds,
    local_date,
    midnights,
    no_totals,
    within,
)
from monitor.store.hours import Hour, day_hours, hours_of, leaning
from monitor.store.pieces import Pieces, pieces_from_spans, read_pieces
from monitor.store.records import StoredAlert, StoredEvent
from monitor.store.rows import (
    ALERT_COLUMNS,
    DEMANDING_TEXT,
    EVENT_COLUMNS,
    EVENT_TEXTS,
    alert_from_columns,
    alert_from_row,
    device_event_from_row,
    doses_from_rows,
    event_from_row,
    told_confidence,
)
from monitor.store.tables import Table
from monitor.store.timeline import Timeline, read_timeline, timeline_from_spans
from monitor.store.withheld import Why, read
from monitor.store.zones import zone_name

LATEST = 2**63 - 1  # what SQLite can count to

_tables = Table.metadata.tables
_spans, _recordings = _tables["spans"], _tables["recordings"]
_events, _alerts = _tables["events"], _tables["alerts"]
_doses = _tables["doses"]
_device_events, _numbers = _tables["device_events"], _tables["sample_numbers"]

_FIRST_AND_LAST = select(func.min(_recordings.c.start_ns), func.max(_recordings.c.stop_ns)).where(
    counted(KIND), _recordings.c.stop_ns > _recordings.c.start_ns
)
_DOUBTS = (
    select(_recordings.c.time_doubt)
    .where(
        _recordings.c.start_ns < STOP,
        _recordings.c.stop_ns > START,
        _recordings.c.simulated == KIND,
        _recordings.c.time_trusted.is_(False),
    )
    .distinct()
)
_EVENTS = (
    select(*(_events.c[name] for name in EVENT_COLUMNS))
    .join(_recordings)
    .where(within(_events.c.start_ns))
    .order_by(_events.c.start_ns.desc(), _events.c.id.desc())
)
_COLUMNS_OF_EVENTS = _EVENTS.with_only_columns(*(_events.c[name] for name in EVENT_TEXTS))
_LIFTS = _EVENTS.with_only_columns(
    _events.c.id, _events.c.start_ns, func.instr(_events.c.flags_json, DEMANDING_TEXT)
).where(_events.c.kind == EventKind.LIFT.value)
_NAMED = select(*(_events.c[name] for name in EVENT_COLUMNS)).where(
    _events.c.id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
)
_ALERTS = (
    select(*(_alerts.c[name] for name in ALERT_COLUMNS))
    .join(_recordings)
    .where(within(_alerts.c.at_ns))
    .order_by(_alerts.c.at_ns.desc(), _alerts.c.id.desc())
)
_MEASURED = select(_spans.c.start_ns).join(_recordings).where(SPANS_WITHIN).limit(1)
_ALERTS_BEFORE = _ALERTS.where(
    tuple_(_alerts.c.at_ns, _alerts.c.id) < tuple_(bindparam("at_ns"), bindparam("id"))
).limit(bindparam("most"))
_ALERT_COUNT = (
    select(func.count()).select_from(_alerts).join(_recordings).where(within(_alerts.c.at_ns))
)
_WORN = day_doses.MINUTES.with_only_columns(_doses.c.start_ns, _doses.c.worn_s)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day.

    Attributes:
        start_ns, stop_ns: first data to the last data, or to now while data may still come;
            both midnight where there is none [ns since the epoch, UTC].
        spans: in order, cut to the day; between them there is no data.
        said: what the person said of it, which stands in the spans and the totals.
    """

    date: date
    start_ns: int
    stop_ns: int
    spans: Timeline
    totals: DayTotals
    said: Sequence[SaidStretch] = ()

    def is_said(self, span: StateSpan) -> bool:
        """Whether a span of the day is what the person said."""
        return is_said(span.start_ns, span.stop_ns, self.said)

    @property
    def length_s(self) -> float:
        """From first to last."""
        return (self.stop_ns - self.start_ns) / NS_PER_S

    @property
    def no_data_s(self) -> float:
        """Seconds between first and last of which nothing is known."""
        return max(0.0, self.length_s - self.totals.covered_s)

    @property
    def coverage(self) -> float:
        """Share of it worn and in a known state, 0 to 1; 0 where there is no data."""
        return min(1.0, self.totals.known_s / self.length_s) if self.length_s else 0.0


@dataclass(frozen=True, slots=True)
class DayColumns:
    """Some days in a row, a column a number.

    Attributes:
        numbers: columns of one length, None where nothing was measured on a day: `length_s` from
            first to last data, `known_s`, `no_data_s`, and what `DayTotals` has, by its names
            and `Exposure`'s; an activity is its value with _s. Durations in seconds.
    """

    days: Sequence[date]
    numbers: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Together:
    """Exposure of some days in a row, as if they were one.

    Attributes:
        dose: the sums.
        days: those on which there is any.
        due_s: of those, seconds from first to last data that exposure should be known of: neither
            lying nor not worn.
    """

    dose: Dose
    days: int
    due_s: float


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events, newest first, as they are stored: a shift has hundreds, each with twenty numbers.

    Attributes:
        told_confidence: see `MotionEvent.told_confidence`.
        values_json, flags_json: `MotionEvent.values` and `flags` as JSON.
    """

    id: Sequence[int] = ()
    kind: Sequence[str] = ()
    start_ns: Sequence[int] = ()
    stop_ns: Sequence[int] = ()
    confidence: Sequence[float] = ()
    profile: Sequence[str] = ()
    values_json: Sequence[str] = ()
    flags_json: Sequence[str] = ()
    technique: Sequence[str] = ()
    told_confidence: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class LiftMark:
    """That something like a lift began at an instant; `id` is the key of its event."""

    id: int
    start_ns: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days in a row.

    Attributes:
        days, bounds: each, and its midnights.
        pieces: spans of all of them, cut at midnight and where what was said begins and ends.
        said: what the person said of them, which stands in the pieces.
        hours: those of the clock in which there is data.
    """

    days: Sequence[date]
    bounds: Sequence[DayBounds]
    pieces: Pieces
    said: Sequence[SaidStretch]
    hours: Sequence[Hour]


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """One sitting of data; `cause` is None while it goes on.

    Attributes:
        time_doubt: why its times are less than certain, a value of `TimeDoubt`.
        placement: where on the trunk the sensor was read as; empty where nobody wrote that down.
    """

    id: int
    address: str
    name: str
    start_ns: int
    stop_ns: int
    rate_hz: float | None
    simulated: bool
    mounting_source: str
    placement: str
    counts: bool
    time_trusted: bool
    time_doubt: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class SensorDay:
    """What a sensor has seen of a day, whether the day is counted from it or not.

    Attributes:
        counts: whether it was counted from it, at least in part.
        covered_s: seconds with data.
        worn_s: of those, worn and in a known state.
    """

    address: str
    counts: bool
    covered_s: float
    worn_s: float


class Queries:
    """What the pages and reports ask. Safe from several threads; each call is one transaction.

    Attributes:
        path: the database; its samples lie beside it.

    Args:
        simulated: whether the simulated or the real days are meant; never both.
        zone: where midnight is; None is this computer's own time.
    """

    def __init__(self, path: Path, *, simulated: bool = False, zone: tzinfo | None = None) -> None:
        self._engine: Engine = connect(path, read_only=True)
        self.path = path
        self._simulated = simulated
        self._zone = zone

    def local_date(self, at_ns: int) -> date:
        """The date on which an instant falls, here."""
        return local_date(at_ns, self._zone)

    def zone_name(self, at_ns: int) -> str:
        """What the zone of the days is called, as `zones.zone_name`."""
        return zone_name(at_ns, self._zone)

    def local(self, at_ns: int) -> datetime:
        """An instant as the clock on the wall shows it, here."""
        return datetime.fromtimestamp(at_ns / NS_PER_S, self._zone)

    def bounds(self, day: date) -> DayBounds:
        """Midnight to midnight, here; raises ValueError where the date is out of range."""
        return day_bounds(day, self._zone)

    def day(
        self, day: date, *, now_ns: int | None = None, unstored: Sequence[MinuteSummary] = ()
    ) -> Day:
        """One day.

        Args:
            now_ns: given while data may still come: time up to now counts as missing then.
            unstored: minutes that are not here yet; those of the day are added.

        Raises:
            ValueError: the date is out of range.
        """
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            said = self._said(connection, bounds)
            kept = rollups.kept(connection, bounds, simulated=self._simulated)
            row = kept.get((bounds.start_ns, bounds.stop_ns))
            totals = (
                added_up(connection, bounds, said, simulated=self._simulated)
                if row is None
                else rollups.totals_from_kept(row)
            )
            spans = read_timeline(
                connection, bounds.start_ns, bounds.stop_ns, simulated=self._simulated
            )
        for minute in unstored:
            if bounds.start_ns <= minute.start_ns < bounds.stop_ns:
                totals = replace(totals, exposure=_plus(totals.exposure, minute))
        if said:
            spans = timeline_from_spans(corrected(spans, said))
        if spans and spans[-1].stop_ns > totals.last_ns:
            # The row is of the last minute that ended; the spans go on.
            activity_s, slouched_s = spans.spent()
            totals = replace(
                totals,
                first_ns=spans[0].start_ns,
                last_ns=spans[-1].stop_ns,
                activity_s=MappingProxyType(activity_s),
                slouched_s=slouched_s,
            )
        stop_ns = totals.last_ns
        if spans and now_ns is not None and bounds.start_ns <= now_ns < bounds.stop_ns:
            stop_ns = max(stop_ns, now_ns)
        return Day(day, totals.first_ns, stop_ns, spans, totals, said)

    def corrections(self, day: date) -> list[SaidStretch]:
        """What the person said of stretches that touch a day, in the order they said it."""
        with self._engine.connect() as connection:
            return self._said(connection, day_bounds(day, self._zone))

    def not_followed(self, said: Iterable[SaidStretch]) -> list[int]:
        """Keys of those that exposure cannot follow in all: it was added up by an older version,
        of which no more is known than what was worn."""
        with self._engine.connect() as connection:
            return [
                one.id
                for one in said
                if one.activity is not Activity.NOT_WORN
                and not restating.follows(
                    connection, one.start_ns, one.stop_ns, simulated=self._simulated
                )
            ]

    def _said(self, connection: Connection, bounds: DayBounds) -> list[SaidStretch]:
        return said_between(connection, bounds.start_ns, bounds.stop_ns, simulated=self._simulated)

    def together(self, first: date, last: date, *, now_ns: int | None = None) -> Together:
        """The exposure of the days from `first` to `last`, both included, as if they were one;
        with what the person said of them. Fast for a year.

        Args:
            now_ns: as in `day`.

        Raises:
            ValueError: a date is out of range, or `last` is before `first`.
        """
        if last < first:
            raise _backwards(first, last)
        starts = midnights(first, last, self._zone)
        wanted = list(pairwise(starts))
        with self._engine.connect() as connection:
            stretch = DayBounds(starts[0], starts[-1])
            rows = day_doses.kept(connection, stretch, simulated=self._simulated)
            missing = {edges for edges in wanted if edges not in rows}
            again = self._recorded(connection, wanted) & missing if missing else set()
            again |= {edges for edges, row in rows.items() if not day_doses.is_seen(row)}
            for edges in again:  # written in another time zone, or by an earlier version
                rows[edges] = day_doses.added_up(
                    connection, DayBounds(*edges), simulated=self._simulated
                )
        found = [rows[edges] for edges in wanted if edges in rows]
        worn = [row for row in found if day_doses.is_worn(row)]
        due_s = sum(day_doses.due_s(row, now_ns) for row in worn)
        return Together(day_doses.dose_of(found), len(worn), due_s)

    def days(self, first: date, last: date) -> list[tuple[date, DayTotals]]:
        """Totals of each day from `first` to `last`, both included; fast for a year.

        Raises:
            ValueError: a date is out of range, or `last` is before `first`.
        """
        return [
            (
                first + timedelta(days=i),
                no_totals(DayBounds(*edges)) if row is None else rollups.totals_from_kept(row),
            )
            for i, (edges, row) in enumerate(self._kept(first, last))
        ]

    def columns(self, first: date, last: date) -> DayColumns:
        """The same as columns, for a chart or a table; in a fraction of the time.

        Raises:
            ValueError: as `days`.
        """
        kept = self._kept(first, last)
        days = [first + timedelta(days=i) for i in range(len(kept))]
        return DayColumns(days, rollups.columns_from_kept(row for _, row in kept))

    def _kept(self, first: date, last: date) -> list[tuple[tuple[int, int], rollups.Kept | None]]:
        """The bounds and the row of each day; None where there is no data."""
        if last < first:
            raise _backwards(first, last)
        starts = midnights(first, last, self._zone)
        wanted = list(pairwise(starts))
        with self._engine.connect() as connection:
            stretch = DayBounds(starts[0], starts[-1])
            rows = rollups.kept(connection, stretch, simulated=self._simulated)
            missing = {edges for edges in wanted if edges not in rows}
            for edges in self._recorded(connection, wanted) & missing if missing else ():
                # Written in another time zone.
                rows[edges] = rollups.added_up(
                    connection, DayBounds(*edges), simulated=self._simulated
                )
        return [(edges, rows.get(edges)) for edges in wanted]

    def stretch(self, first: date, last: date) -> Stretch:
        """The spans of each day from `first` to `last`, both included, and hours of them.

        Raises:
            ValueError: a date is out of range, or `last` is before `first`.
        """
        wanted = self._bounds_of(first, last)
        start_ns, stop_ns = wanted[0].start_ns, wanted[-1].stop_ns
        with self._engine.connect() as connection:
            said = said_between(connection, start_ns, stop_ns, simulated=self._simulated)
            pieces = self._pieces(connection, start_ns, stop_ns, said)
            quarters = leaning(connection, start_ns, stop_ns, said, simulated=self._simulated)
        days = [first + timedelta(days=i) for i in range(len(wanted))]
        hours = [hour for day in days for hour in day_hours(day, self._zone)]
        edges = {bounds.start_ns for bounds in wanted}
        edges |= {edge_ns for one in said for edge_ns in (one.start_ns, one.stop_ns)}
        return Stretch(
            days=days,
            bounds=wanted,
            pieces=pieces.cut_at(sorted(edges)),
            said=said,
            hours=hours_of(hours, pieces, quarters),
        )

    def _pieces(
        self, connection: Connection, start_ns: int, stop_ns: int, said: Sequence[SaidStretch]
    ) -> Pieces:
        if not said:
            return read_pieces(connection, start_ns, stop_ns, simulated=self._simulated)
        measured = read_timeline(connection, start_ns, stop_ns, simulated=self._simulated)
        return pieces_from_spans(corrected(measured, said))

    def first_and_last(self) -> tuple[date, date] | None:
        """The dates of the first and the last data that counts; None: there is none."""
        with self._engine.connect() as connection:
            first_ns, last_ns = connection.execute(
                _FIRST_AND_LAST, {"simulated": self._simulated}
            ).one()
        if first_ns is None:
            return None
        return self.local_date(first_ns), self.local_date(last_ns)

    def _bounds_of(self, first: date, last: date) -> list[DayBounds]:
        if last < first:
            raise _backwards(first, last)
        return bounds_between(first, last, self._zone)

    def _recorded(
        self, connection: Connection, wanted: Sequence[tuple[int, int]]
    ) -> set[tuple[int, int]]:
        """Those of some days in a row, by their bounds, on which something was recorded."""
        starts = [start_ns for start_ns, _ in wanted]
        rows = connection.execute(
            select(_recordings.c.start_ns, _recordings.c.stop_ns).where(
                _recordings.c.start_ns < wanted[-1][1],
                _recordings.c.stop_ns > starts[0],
                counted(self._simulated),
            )
        )
        found: set[tuple[int, int]] = set()
        for start_ns, stop_ns in rows:
            first = max(0, bisect_right(starts, start_ns) - 1)
            found.update(wanted[first : bisect_left(starts, stop_ns)])
        return found

    def first_worn_ns(self) -> int | None:
        """When a sensor was worn first, as far as days are kept; None: never yet."""
        statement = (
            select(func.min(_spans.c.start_ns))
            .join(_recordings)
            .where(
                _recordings.c.simulated == self._simulated,
                _recordings.c.counts,
                _spans.c.activity != Activity.NOT_WORN.value,
            )
        )
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar()

    def measured(self, start_ns: int, stop_ns: int) -> bool:
        """Whether there are states of any part of a stretch."""
        found = {"start_ns": start_ns, "stop_ns": stop_ns, "simulated": self._simulated}
        with self._engine.connect() as connection:
            return bool(plain_rows(connection, _MEASURED, found))

    def alerts(self, day: date) -> list[StoredAlert]:
        """The alerts of a day, newest first; raises ValueError for a date out of range."""
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            rows = plain_rows(connection, _ALERTS, asked(bounds, self._simulated))
        return [alert_from_columns(*row) for row in rows]

    def alerts_before(
        self, day: date, before: tuple[int, int] | None, most: int
    ) -> list[StoredAlert]:
        """So many of `alerts`; `before` is instant and key of one that they follow in the list."""
        at_ns, alert_id = before or (LATEST, LATEST)
        found = asked(day_bounds(day, self._zone), self._simulated)
        with self._engine.connect() as connection:
            rows = plain_rows(
                connection, _ALERTS_BEFORE, found | {"at_ns": at_ns, "id": alert_id, "most": most}
            )
        return [alert_from_columns(*row) for row in rows]

    def alert_count(self, day: date) -> int:
        """How many `alerts` has."""
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            rows = plain_rows(connection, _ALERT_COUNT, asked(bounds, self._simulated))
        return int(rows[0][0])

    def alert(self, alert_id: int) -> StoredAlert | None:
        """The alert with a key; None where there is none."""
        statement = select(_alerts).where(_alerts.c.id == alert_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).first()
            return None if row is None else alert_from_row(row)

    def judged(self, feedback: Iterable[Feedback]) -> list[tuple[Alert, Verdict]]:
        """The alerts that something was said of, with what was said."""
        verdicts = {one.alert_id: one.verdict for one in feedback}
        statement = select(_alerts).where(_alerts.c.id.in_(verdicts))
        with self._engine.connect() as connection:
            found = [alert_from_row(row) for row in connection.execute(statement)]
        return [(stored.alert, verdicts[stored.id]) for stored in found]

    def doses(self, day: date) -> list[Dose]:
        """The doses of the minutes of a day, in order, with what the person said of them; raises
        ValueError as `alerts` does.

        A minute's dose is settled some minutes after it; of days before revision 0003 there
        are none.
        """
        return doses_from_rows(self._dose_rows(day))

    def worn(self, day: date) -> list[tuple[int, float]]:
        """Of each of these minutes its beginning [ns since the epoch, UTC] and `worn_s`."""
        return [(row[0], row[1]) for row in self._dose_rows(day, _WORN)]

    def _dose_rows(
        self, day: date, statement: Select[Any] = day_doses.MINUTES
    ) -> list[tuple[Any, ...]]:
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            return plain_rows(connection, statement, asked(bounds, self._simulated))

    def events(self, day: date) -> list[StoredEvent]:
        """The events that began on a day, newest first; raises ValueError as `alerts` does."""
        return [event_from_row(*row) for row in self._event_rows(day, _EVENTS)]

    def event_columns(self, day: date) -> EventColumns:
        """The same, in a third of the time: their numbers stay text."""
        rows = self._event_rows(day, _COLUMNS_OF_EVENTS)
        if not rows:
            return EventColumns()
        columns = dict(zip(EVENT_TEXTS, zip(*rows, strict=True), strict=True))
        told = map(told_confidence, columns["values_json"], columns["confidence"])
        return EventColumns(**columns, told_confidence=tuple(told))

    def lifts(self, day: date) -> list[LiftMark]:
        """The lifts among them, to choose from."""
        rows = self._event_rows(day, _LIFTS)
        return [LiftMark(id_, start_ns, bool(flagged)) for id_, start_ns, flagged in rows]

    def events_named(self, ids: Sequence[int]) -> list[StoredEvent]:
        """Those with some keys, in their order; what is no more is left out."""
        with self._engine.connect() as connection:
            rows = plain_rows(connection, _NAMED, {"ids": json.dumps(ids)})
        found = {row[0]: row for row in rows}
        return [event_from_row(*found[id_]) for id_ in ids if id_ in found]

    def _event_rows(self, day: date, statement: Select[Any]) -> list[tuple[Any, ...]]:
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            said = self._said(connection, bounds)
            if said:
                statement = statement.where(worn_then(_events.c.start_ns, said))
            return plain_rows(connection, statement, asked(bounds, self._simulated))

    def device_events(self, day: date) -> list[DeviceEvent]:
        """What happened at sensors on a day, newest first; raises ValueError as `alerts` does."""
        bounds = day_bounds(day, self._zone)
        statement = (
            select(_device_events)
            .where(
                _device_events.c.at_ns >= bounds.start_ns,
                _device_events.c.at_ns < bounds.stop_ns,
                _device_events.c.simulated == self._simulated,
            )
            .order_by(_device_events.c.at_ns.desc(), _device_events.c.number.desc())
        )
        with self._engine.connect() as connection:
            return [device_event_from_row(row) for row in connection.execute(statement)]

    def doubts(self, day: date) -> list[TimeDoubt]:
        """Why times of a day are not to be trusted, the least doubt first; mostly empty."""
        bounds = day_bounds(day, self._zone)
        with self._engine.connect() as connection:
            rows = connection.execute(_DOUBTS, asked(bounds, self._simulated))
            told = [str(row[0]) for row in rows]
        # Before revision 0004 nobody wrote down why.
        found = {TimeDoubt(doubt) if doubt else TimeDoubt.COUNTED for doubt in told}
        return sorted(found, key=lambda doubt: doubt.rank)

    def numbers(self, since_ns: int) -> list[Numbered]:
        """Samples stored since an instant, as their sensors number them."""
        statement = (
            select(_numbers.c.boot_id, _numbers.c.start, _numbers.c.stop)
            .join(_recordings)
            .where(_numbers.c.at_ns >= since_ns, _recordings.c.simulated == self._simulated)
            .order_by(_numbers.c.boot_id, _numbers.c.start)
        )
        with self._engine.connect() as connection:
            return [Numbered(*row) for row in connection.execute(statement)]

    def sensors(self, day: date) -> list[SensorDay]:
        """What each sensor has seen of a day, by address; raises ValueError as `alerts` does."""
        bounds = day_bounds(day, self._zone)
        sensors = _tables["sensors"]
        length_ns = func.min(_spans.c.stop_ns, STOP) - func.max(_spans.c.start_ns, START)
        nowhere = _spans.c.activity.in_((Activity.NOT_WORN.value, Activity.UNKNOWN.value))
        statement = (
            select(
                sensors.c.address,
                func.max(_recordings.c.counts),
                func.sum(length_ns),
                func.sum(case((nowhere, 0), else_=length_ns)),
            )
            .select_from(_spans.join(_recordings).join(sensors))
            .where(SPANS_TOUCHING, _recordings.c.simulated == KIND)
            .group_by(sensors.c.address)
            .order_by(sensors.c.address)
        )
        with self._engine.connect() as connection:
            return [
                SensorDay(address, bool(counts), covered_ns / NS_PER_S, worn_ns / NS_PER_S)
                for address, counts, covered_ns, worn_ns in connection.execute(
                    statement, asked(bounds, self._simulated)
                )
            ]

    def is_erased(self, day: date) -> bool:
        """Whether the person wanted a local day, or a part of it, erased for good."""
        bounds = self.bounds(day)
        with self._engine.connect() as connection:
            return any(
                one.why is Why.ERASED and one.touches(bounds.start_ns, bounds.stop_ns - 1)
                for one in read(connection)
            )

    def recordings(self) -> list[RecordingInfo]:
        """Every sitting of data, simulated ones too, newest first."""
        sensors = _tables["sensors"]
        statement = (
            select(
                *(column for column in _recordings.c if column.name != "sensor_id"),
                sensors.c.address,
                sensors.c.name,
            )
            .join(sensors)
            .order_by(_recordings.c.start_ns.desc(), _recordings.c.id.desc())
        )
        with self._engine.connect() as connection:
            return [RecordingInfo(**row._mapping) for row in connection.execute(statement)]

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._engine.dispose()


def _backwards(first: date, last: date) -> ValueError:
    return ValueError(f"days {first} to {last}: the last day is before the first")


def _plus(exposure: Exposure, minute: MinuteSummary) -> Exposure:
    """The exposure and that of one more minute."""
    return Exposure(
        *(getattr(exposure, field.name) + getattr(minute, field.name) for field in fields(Exposure))
    )
