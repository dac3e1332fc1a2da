"""Rows turned into answers; reads only."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

from sqlalchemy import Connection, Engine, case, func, select

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    DeviceEvent,
    MinuteSummary,
    Numbered,
    StateSpan,
    TimeDoubt,
)
from monitor.model.exposure import Dose
from monitor.model.journal import Feedback, Verdict
from monitor.store import rollups
from monitor.store.corrections import SaidStretch, corrected, is_said, said_between, worn_then
from monitor.store.database import connect
from monitor.store.days import (
    HALF_MINUTE_NS,
    DayBounds,
    DayTotals,
    Exposure,
    add_up,
    bounds_between,
    counted,
    day_bounds,
    local_date,
    no_totals,
    spans_of,
    spans_touching,
)
from monitor.store.hours import Hour, cut_at, day_hours, hours_of, leaning
from monitor.store.records import StoredAlert, StoredEvent
from monitor.store.rows import (
    DOSE_NUMBERS,
    DOSE_TEXTS,
    alert_from_row,
    device_event_from_row,
    dose_from_row,
    event_from_row,
)
from monitor.store.spans import merged
from monitor.store.tables import Table

_tables = Table.metadata.tables
_spans, _recordings = _tables["spans"], _tables["recordings"]
_events, _alerts = _tables["events"], _tables["alerts"]
_doses = _tables["doses"]
_device_events, _numbers = _tables["device_events"], _tables["sample_numbers"]


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
    spans: Sequence[StateSpan]
    totals: DayTotals
    said: Sequence[SaidStretch] = ()

    def is_said(self, span: StateSpan) -> bool:
        """Whether a span of the day is what the person said."""
        return is_said(span, self.said)

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
class Stretch:
    """Some days in a row.

    Attributes:
        days, bounds: each, and its midnights.
        spans: of all of them, in order and cut at midnight; between them there is no data.
        said: what the person said of them, which stands in the spans.
        hours: those of the clock in which there is data.
    """

    days: Sequence[date]
    bounds: Sequence[DayBounds]
    spans: Sequence[StateSpan]
    said: Sequence[SaidStretch]
    hours: Sequence[Hour]

    def is_said(self, span: StateSpan) -> bool:
        """Whether a span is what the person said."""
        return is_said(span, self.said)


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
            totals = add_up(connection, bounds, simulated=self._simulated)
            measured = spans_of(
                connection, bounds.start_ns, bounds.stop_ns, simulated=self._simulated
            )
            said = self._said(connection, bounds)
        for minute in unstored:
            if bounds.start_ns <= minute.start_ns < bounds.stop_ns:
                totals = replace(totals, exposure=_plus(totals.exposure, minute))
        spans = corrected(merged(measured), said)
        stop_ns = totals.last_ns
        if spans and now_ns is not None and bounds.start_ns <= now_ns < bounds.stop_ns:
            stop_ns = max(stop_ns, now_ns)
        return Day(day, totals.first_ns, stop_ns, spans, totals, said)

    def corrections(self, day: date) -> list[SaidStretch]:
        """What the person said of stretches that touch a day, in the order they said it."""
        with self._engine.connect() as connection:
            return self._said(connection, day_bounds(day, self._zone))

    def _said(self, connection: Connection, bounds: DayBounds) -> list[SaidStretch]:
        return said_between(connection, bounds.start_ns, bounds.stop_ns, simulated=self._simulated)

    def days(self, first: date, last: date) -> list[tuple[date, DayTotals]]:
        """Totals of each day from `first` to `last`, both included; fast for a year.

        Raises:
            ValueError: a date is out of range, or `last` is before `first`.
        """
        wanted = {
            first + timedelta(days=i): bounds
            for i, bounds in enumerate(self._bounds_of(first, last))
        }
        with self._engine.connect() as connection:
            stretch = DayBounds(wanted[first].start_ns, wanted[last].stop_ns)
            rows = rollups.kept(connection, stretch, simulated=self._simulated)
            missing = [day for day, bounds in wanted.items() if bounds not in rows]
            for day in self._recorded(connection, wanted) & set(missing) if missing else ():
                # Written in another time zone.
                bounds = wanted[day]
                rows[bounds] = add_up(connection, bounds, simulated=self._simulated)
        return [(day, rows.get(bounds) or no_totals(bounds)) for day, bounds in wanted.items()]

    def stretch(self, first: date, last: date) -> Stretch:
        """The spans of each day from `first` to `last`, both included, and hours of them.

        Raises:
            ValueError: a date is out of range, or `last` is before `first`.
        """
        wanted = self._bounds_of(first, last)
        start_ns, stop_ns = wanted[0].start_ns, wanted[-1].stop_ns
        with self._engine.connect() as connection:
            said = said_between(connection, start_ns, stop_ns, simulated=self._simulated)
            measured = spans_of(connection, start_ns, stop_ns, simulated=self._simulated)
            quarters = leaning(connection, start_ns, stop_ns, said, simulated=self._simulated)
        spans = corrected(merged(measured), said)
        days = [first + timedelta(days=i) for i in range(len(wanted))]
        hours = [hour for day in days for hour in day_hours(day, self._zone)]
        return Stretch(
            days=days,
            bounds=wanted,
            spans=cut_at(spans, [bounds.start_ns for bounds in wanted[1:]]),
            said=said,
            hours=hours_of(hours, spans, quarters),
        )

    def first_and_last(self) -> tuple[date, date] | None:
        """The dates of the first and the last data that counts; None: there is none."""
        statement = select(func.min(_recordings.c.start_ns), func.max(_recordings.c.stop_ns)).where(
            counted(self._simulated), _recordings.c.stop_ns > _recordings.c.start_ns
        )
        with self._engine.connect() as connection:
            first_ns, last_ns = connection.execute(statement).one()
        if first_ns is None:
            return None
        return self.local_date(first_ns), self.local_date(last_ns)

    def _bounds_of(self, first: date, last: date) -> list[DayBounds]:
        if last < first:
            raise ValueError(f"days {first} to {last}: the last day is before the first")
        return bounds_between(first, last, self._zone)

    def _recorded(self, connection: Connection, wanted: Mapping[date, DayBounds]) -> set[date]:
        """Those of some days in a row on which something was recorded."""
        days, bounds = list(wanted), list(wanted.values())
        starts = [one.start_ns for one in bounds]
        rows = connection.execute(
            select(_recordings.c.start_ns, _recordings.c.stop_ns).where(
                _recordings.c.start_ns < bounds[-1].stop_ns,
                _recordings.c.stop_ns > starts[0],
                counted(self._simulated),
            )
        )
        found: set[date] = set()
        for start_ns, stop_ns in rows:
            first = max(0, bisect_right(starts, start_ns) - 1)
            found.update(days[first : bisect_left(starts, stop_ns)])
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

    def alerts(self, day: date) -> list[StoredAlert]:
        """The alerts of a day, newest first; raises ValueError for a date out of range."""
        bounds = day_bounds(day, self._zone)
        statement = (
            select(_alerts)
            .join(_recordings)
            .where(
                _alerts.c.at_ns >= bounds.start_ns,
                _alerts.c.at_ns < bounds.stop_ns,
                counted(self._simulated),
            )
            .order_by(_alerts.c.at_ns.desc(), _alerts.c.id.desc())
        )
        with self._engine.connect() as connection:
            return [alert_from_row(row) for row in connection.execute(statement)]

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
        """The doses of the minutes of a day, in order; raises ValueError as `alerts` does.

        A minute's dose is settled some minutes after it; of days before revision 0003 there
        are none.
        """
        bounds = day_bounds(day, self._zone)
        statement = (
            select(_doses.c.start_ns, *(_doses.c[name] for name in (*DOSE_NUMBERS, *DOSE_TEXTS)))
            .join(_recordings)
            .where(
                _doses.c.start_ns >= bounds.start_ns,
                _doses.c.start_ns < bounds.stop_ns,
                counted(self._simulated),
            )
            .order_by(_doses.c.start_ns, _doses.c.id)
        )
        with self._engine.connect() as connection:
            worn = worn_then(_doses.c.start_ns + HALF_MINUTE_NS, self._said(connection, bounds))
            return [dose_from_row(*row) for row in connection.execute(statement.where(worn))]

    def events(self, day: date) -> list[StoredEvent]:
        """The events that began on a day, newest first; raises ValueError as `alerts` does."""
        bounds = day_bounds(day, self._zone)
        statement = (
            select(_events)
            .join(_recordings)
            .where(
                _events.c.start_ns >= bounds.start_ns,
                _events.c.start_ns < bounds.stop_ns,
                counted(self._simulated),
            )
            .order_by(_events.c.start_ns.desc(), _events.c.id.desc())
        )
        with self._engine.connect() as connection:
            worn = worn_then(_events.c.start_ns, self._said(connection, bounds))
            return [event_from_row(row) for row in connection.execute(statement.where(worn))]

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
        statement = (
            select(_recordings.c.time_doubt)
            .where(
                _recordings.c.start_ns < bounds.stop_ns,
                _recordings.c.stop_ns > bounds.start_ns,
                _recordings.c.simulated == self._simulated,
                _recordings.c.time_trusted.is_(False),
            )
            .distinct()
        )
        with self._engine.connect() as connection:
            told = [str(row[0]) for row in connection.execute(statement)]
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
        length_ns = func.min(_spans.c.stop_ns, bounds.stop_ns) - func.max(
            _spans.c.start_ns, bounds.start_ns
        )
        nowhere = _spans.c.activity.in_((Activity.NOT_WORN.value, Activity.UNKNOWN.value))
        statement = (
            select(
                sensors.c.address,
                func.max(_recordings.c.counts),
                func.sum(length_ns),
                func.sum(case((nowhere, 0), else_=length_ns)),
            )
            .select_from(_spans.join(_recordings).join(sensors))
            .where(spans_touching(bounds), _recordings.c.simulated == self._simulated)
            .group_by(sensors.c.address)
            .order_by(sensors.c.address)
        )
        with self._engine.connect() as connection:
            return [
                SensorDay(address, bool(counts), covered_ns / NS_PER_S, worn_ns / NS_PER_S)
                for address, counts, covered_ns, worn_ns in connection.execute(statement)
            ]

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


def _plus(exposure: Exposure, minute: MinuteSummary) -> Exposure:
    """The exposure and that of one more minute."""
    return Exposure(
        *(getattr(exposure, field.name) + getattr(minute, field.name) for field in fields(Exposure))
    )
