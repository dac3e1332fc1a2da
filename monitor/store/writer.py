"""Items from the path turned into rows, a batch at a time."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from time import time_ns
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model import (
    Alert,
    DeviceEvent,
    MinuteSummary,
    MotionEvent,
    Numbered,
    StateChange,
    TimeDoubt,
)
from monitor.model.exposure import Dose
from monitor.model.journal import Handover
from monitor.store import day_doses, restating, rollups
from monitor.store.database import connect
from monitor.store.days import FIRST_DATE, LAST_DATE, DayBounds, day_bounds, local_date
from monitor.store.errors import StoreError
from monitor.store.lock import WriterLock
from monitor.store.raw import HOUR_NS, RawSamples, RawWriter, erase_raw, raw_folder
from monitor.store.records import (
    Beside,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Stored,
    StoredAlert,
    StoredEvent,
    StoreItem,
)
from monitor.store.rows import (
    SPAN_COLUMNS,
    Columns,
    alert_from_row,
    row_from_alert,
    row_from_device_event,
    row_from_dose,
    row_from_event,
    row_from_minute,
    row_from_numbers,
    row_from_span,
)
from monitor.store.shifts import MINUTE_NS, erase, erase_stretch, handover_from_row, unname
from monitor.store.spans import Covered, Spans
from monitor.store.tables import Table
from monitor.store.withheld import Why, Withheld, add, end_pause, paused_since_ns, read

AROUND_SPASM_NS = 600 * 10**9  # ns; ten minutes to either side. Ours
EMPTY_TRIES = 3  # each waits as long as BUSY_TIMEOUT_S
UNNOTICED = "ended without notice: the program was killed or the computer went off"

_OF_NO_TIME = (StateChange, Numbered, RecordingStart, RecordingEnd)

_tables = Table.metadata.tables
_sensors, _recordings = _tables["sensors"], _tables["recordings"]
_spans, _events, _alerts = _tables["spans"], _tables["events"], _tables["alerts"]
_device_events, _numbers = _tables["device_events"], _tables["sample_numbers"]
_minutes, _doses, _days = _tables["minutes"], _tables["doses"], _tables["days"]
_day_doses = _tables["day_doses"]
_handovers = _tables["handovers"]
_check_ins, _decisions, _traces = _tables["check_ins"], _tables["decisions"], _tables["traces"]
_corrections = _tables["corrections"]


class _Days(Protocol):
    """What keeps days added up."""

    def refresh(self, connection: Connection, bounds: DayBounds, *, simulated: bool) -> None: ...

    def refresh_touched(
        self,
        connection: Connection,
        start_ns: int,
        stop_ns: int,
        *,
        simulated: bool,
        but: DayBounds | None = None,
    ) -> None: ...


@dataclass(slots=True)
class _Recording:
    """A recording that is being written."""

    id: int
    sensor_id: int
    start: RecordingStart
    stop_ns: int
    rate_hz: float | None = None
    doubt: TimeDoubt = TimeDoubt.NONE
    numbers: Numbered | None = None  # the stretch that grows
    cause: str | None = None
    spans: Spans = field(default_factory=Spans)
    mounting_source: str = field(init=False)

    def __post_init__(self) -> None:
        self.mounting_source = self.start.mounting_source


@dataclass(slots=True)
class _Lane:
    """What is being written of one sensor, live and apart from that sent again."""

    raw: RawWriter
    raw_past: RawWriter
    recording: _Recording | None = None
    past: _Recording | None = None


@dataclass(slots=True)
class _Batch:
    """The rows of one transaction."""

    recordings: dict[int, _Recording] = field(default_factory=dict)
    spans: dict[tuple[int, int], Columns] = field(default_factory=dict)
    minutes: list[Columns] = field(default_factory=list)
    doses: list[Columns] = field(default_factory=list)
    dosed: set[tuple[int, bool]] = field(default_factory=set)  # their minutes, simulated
    events: list[tuple[Columns, MotionEvent]] = field(default_factory=list)
    alerts: list[tuple[Columns, Alert]] = field(default_factory=list)
    stale: set[tuple[int, bool]] = field(default_factory=set)  # instant of a day, simulated
    day_changed: bool = False
    sent_again: list[Columns] = field(default_factory=list)  # events
    device_events: list[tuple[Columns, DeviceEvent]] = field(default_factory=list)
    numbers: dict[tuple[int, int, int], Columns] = field(default_factory=dict)
    raw: list[tuple[RawWriter, RawSamples, _Recording]] = field(default_factory=list)
    raw_ends: set[RawWriter] = field(default_factory=set)


class Writer:
    """The one writer of a database; use it from one thread at a time.

    What a `write` has returned from is kept: a killed process loses only what was not yet
    written, and of the samples themselves (`monitor.store.raw`) at most a minute.
    Recordings that a killed process left open are closed at their last sample.

    Raises:
        StoreInUseError: another process writes to it.
    """

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        self._lock = WriterLock(path)
        self._engine = connect(path)
        self._zone = zone
        self._usable = True
        try:
            with self._engine.begin() as connection:
                self._close_abandoned(connection)
                day_doses.fill(connection)
            self._path = path
            self._folder = raw_folder(path)
            self._erased = self._erased_shifts()
            self._withheld = self._read_withheld()
            self._run_ns = time_ns()
            self._lanes: dict[int, _Lane] = {}
            self._lane = self._lane_of(0)
        except BaseException:
            self._engine.dispose()
            self._lock.release()
            raise

    def write(self, items: Iterable[StoreItem]) -> Stored:
        """Store `items`, all or nothing, in their order; then samples among them.

        After an exception the writer is of no further use, and nothing of the items is stored
        unless it was the file of samples that could not be written.
        """
        batch = _Batch()
        self._usable = False
        with self._engine.begin() as connection:
            for item in items:
                self._take(connection, batch, item)
            stored = self._store(connection, batch)
        for raw, samples, recording in batch.raw:
            raw.push(
                samples,
                connected_ns=recording.start.at_ns,
                address=recording.start.address,
                simulated=recording.start.simulated,
                recording_id=recording.id,
                counts=recording.start.counts,
                placement=recording.start.placement,
            )
        for raw in batch.raw_ends:
            raw.flush()
        self._usable = True
        return stored

    def acknowledge(self, alert_id: int, at_ns: int) -> StoredAlert | None:
        """Note that the person has seen the alert (the first time counts); None if unknown."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_alerts)
                .where(_alerts.c.id == alert_id, _alerts.c.acknowledged_at_ns.is_(None))
                .values(acknowledged_at_ns=at_ns)
            )
            row = connection.execute(select(_alerts).where(_alerts.c.id == alert_id)).one_or_none()
        return None if row is None else alert_from_row(row)

    def forget(
        self, *, details_before_ns: int, summaries_before_ns: int, raw_before_ns: int = 0
    ) -> None:
        """Delete spans, events and alerts older than one instant, and what adds days up (minutes,
        doses, days) than another, and hours of samples than a third.

        Samples around a "spasm now" stay until the person erases them.
        """
        with self._engine.begin() as connection:
            kept = {
                (at_ns + side) // HOUR_NS
                for at_ns in connection.scalars(
                    select(_check_ins.c.at_ns).where(_check_ins.c.spasm)
                )
                for side in (-AROUND_SPASM_NS, AROUND_SPASM_NS)
            }
            self._lane.raw.forget(raw_before_ns, kept)
            connection.execute(delete(_decisions).where(_decisions.c.at_ns < details_before_ns))
            connection.execute(delete(_traces).where(_traces.c.at_ns < details_before_ns))
            connection.execute(delete(_spans).where(_spans.c.stop_ns < details_before_ns))
            connection.execute(delete(_events).where(_events.c.stop_ns < details_before_ns))
            connection.execute(delete(_alerts).where(_alerts.c.at_ns < details_before_ns))
            connection.execute(
                delete(_device_events).where(_device_events.c.at_ns < details_before_ns)
            )
            connection.execute(delete(_numbers).where(_numbers.c.at_ns < details_before_ns))
            connection.execute(delete(_minutes).where(_minutes.c.start_ns < summaries_before_ns))
            connection.execute(delete(_doses).where(_doses.c.start_ns < summaries_before_ns))
            for days in (_days, _day_doses):
                connection.execute(delete(days).where(days.c.stop_ns < summaries_before_ns))
            connection.execute(
                delete(_corrections).where(_corrections.c.stop_ns < summaries_before_ns)
            )

    def flush(self) -> None:
        """Write the samples that wait for their minute to be full."""
        for lane in self._lanes.values():
            lane.raw.flush()
            lane.raw_past.flush()

    def wipe(self, shift: Handover, at_ns: int) -> None:
        """Erase for good what was measured and said in a shift that is over.

        What comes late of it, from the path or out of the sensor's own memory, is not kept
        either. Cut short, it may be done again.

        Raises:
            ValueError: the shift is not over.
            StoreError: a file of samples cannot be read.
        """
        if shift.stop_ns is None:
            raise ValueError(f"sensor {shift.address} is still out with {shift.person}")
        for sensor, lane in sorted(self._lanes.items()):
            self._close_lane(sensor, lane, "the shift is over")
        erase_raw(self._path, shift.address, shift.start_ns, shift.stop_ns)
        with self._engine.begin() as connection:
            erase(connection, shift, shift.stop_ns)
            connection.execute(
                update(_handovers).where(_handovers.c.id == shift.id).values(erased_ns=at_ns)
            )
        # What was overwritten is still in the log until that is emptied.
        self._carry_out("PRAGMA wal_checkpoint(TRUNCATE)")
        self._erased = self._erased_shifts()

    def unname(self, since_ns: int) -> None:
        """Take own thresholds out of the profiles of what came since, and of what lasts.

        They were of a person who was erased; what was on its way then may have named them again.
        """
        with self._engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            unname(connection, None, since_ns)
        for lane in self._lanes.values():
            for recording in (lane.recording, lane.past):
                if recording is not None:
                    recording.spans.unname()
        self._carry_out("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def paused_since_ns(self) -> int | None:
        """Since when nothing is kept because the person wants so; None: it is kept."""
        return paused_since_ns(self._withheld)

    @property
    def since_ns(self) -> int:
        """From when on what was measured may be kept: nothing of before was erased or held back.

        [ns since the epoch, UTC]; 0 where nothing ever was.
        """
        ends = [one.stop_ns or 0 for one in self._withheld]
        return max([0, *ends, *(shift.erased_ns or 0 for shift in self._erased)])

    def pause(self, at_ns: int) -> None:
        """Keep nothing that is measured or happens from here on, also in later runs."""
        if self.paused_since_ns is None:
            with self._engine.begin() as connection:
                add(connection, Withheld(Why.PAUSED, at_ns, None))
            self._withheld = self._read_withheld()

    def resume(self, at_ns: int) -> None:
        """Keep again what is measured from here on; what was measured meanwhile never is."""
        with self._engine.begin() as connection:
            end_pause(connection, at_ns)
        self._withheld = self._read_withheld()

    def erase(self, start_ns: int, stop_ns: int) -> None:
        """Erase for good what was measured and said in a stretch, of all sensors.

        What comes late of it is not kept either. Cut short, it may be done again.

        Raises:
            StoreError: a file of samples cannot be read, or others read the database all the
                time.
        """
        live = self._close_lanes("a stretch was erased")
        erase_raw(self._path, None, start_ns, stop_ns)
        with self._engine.begin() as connection:
            erase_stretch(connection, start_ns, stop_ns)
            add(connection, Withheld(Why.ERASED, start_ns, stop_ns))
            for sensor in live:
                self._begin_anew(connection, sensor, stop_ns)
        self._withheld = self._read_withheld()
        self._shrink()

    def erase_all(self, at_ns: int) -> None:
        """Erase for good all there is from before an instant: every table, all samples.

        A pause that lasts goes on, and so does what is recorded. Otherwise as `erase`.
        """
        live = self._close_lanes("all was erased")
        if self._folder.exists():
            shutil.rmtree(self._folder)
        paused = self.paused_since_ns
        with self._engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            for table in reversed(Table.metadata.sorted_tables):
                connection.execute(delete(table))
            add(connection, Withheld(Why.ERASED, 0, at_ns))
            if paused is not None:
                add(connection, Withheld(Why.PAUSED, at_ns, None))
            for sensor, lane in self._lanes.items():
                lane.past = None
                if sensor in live:
                    self._begin_anew(connection, sensor, at_ns)
                else:
                    lane.recording = None
        self._erased, self._withheld = [], self._read_withheld()
        self._shrink()

    def _close_lanes(self, cause: str) -> list[int]:
        """End what is being recorded; the sensors of which something was."""
        live = []
        for sensor, lane in sorted(self._lanes.items()):
            if lane.recording is not None and lane.recording.cause is None:
                live.append(sensor)
            self._close_lane(sensor, lane, cause)
        return live

    def _begin_anew(self, connection: Connection, sensor: int, at_ns: int) -> None:
        """A connected sensor goes on in a new recording; of before it knows the state alone."""
        before = self._lanes[sensor].recording
        assert before is not None
        last = replace(before.start, mounting_source=before.mounting_source)
        self._lane = self._lanes[sensor]
        try:
            anew = self._begin(connection, replace(last, at_ns=max(at_ns, before.stop_ns)))
        finally:
            self._lane = self._lanes[0]
        anew.spans = before.spans.afresh()

    def _shrink(self) -> None:
        """Leave nothing of what was deleted in the file or its log."""
        self._carry_out("VACUUM")
        for _ in range(EMPTY_TRIES):  # each waits for readers
            row = self._carry_out("PRAGMA wal_checkpoint(TRUNCATE)")
            if row is None or row[0] == 0:
                return
        raise StoreError(
            self._path,
            "what was erased is still in its log, since another program reads it",
            "Close other programs that use it, and erase again",
        )

    def _carry_out(self, statement: str) -> tuple[Any, ...] | None:
        """A statement that stands outside transactions."""
        with self._engine.connect() as connection:
            connection.rollback()
            row: tuple[Any, ...] | None = (
                connection.connection.cursor().execute(statement).fetchone()
            )
            return row

    def _read_withheld(self) -> list[Withheld]:
        with self._engine.connect() as connection:
            return read(connection)

    def _erased_shifts(self) -> list[Handover]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(_handovers).where(_handovers.c.erased_ns.is_not(None)))
            return [handover_from_row(row) for row in rows]

    @property
    def usable(self) -> bool:
        """False once a write has failed."""
        return self._usable

    def close(self) -> None:
        """End recordings that are still open, and let go of the file; may be called again."""
        try:
            for sensor, lane in sorted(self._lanes.items()):
                self._close_lane(sensor, lane)
        finally:
            self._lanes.clear()
            self._engine.dispose()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _lane_of(self, sensor: int) -> _Lane:
        if sensor not in self._lanes:
            # Each a run of its own, so that none breaks another's blocks.
            run_ns = self._run_ns + 2 * sensor
            self._lanes[sensor] = _Lane(
                RawWriter(self._folder, run_ns), RawWriter(self._folder, run_ns + 1)
            )
        return self._lanes[sensor]

    def _close_lane(self, sensor: int, lane: _Lane, cause: str = "the monitor was stopped") -> None:
        end = RecordingEnd(cause)
        ends: list[SentAgain | RecordingEnd] = []
        if lane.past is not None and lane.past.cause is None:
            ends.append(SentAgain(end))
        if lane.recording is not None and lane.recording.cause is None:
            ends.append(end)
        if self._usable and ends:
            self.write([Beside(sensor, item) if sensor else item for item in ends])
        if self._usable:
            lane.raw.close()
            lane.raw_past.close()

    def _take(self, connection: Connection, batch: _Batch, item: StoreItem) -> None:
        if isinstance(item, RecordingStart):
            self._end(batch, "another connection began")
            self._begin(connection, item)
        elif isinstance(item, Beside):
            self._take_beside(connection, batch, item)
        elif isinstance(item, SentAgain):
            self._take_past(connection, batch, item)
        elif isinstance(item, RecordingEnd):
            self._end(batch, item.cause)
            batch.raw_ends.add(self._lane.raw)
        elif self._is_unwanted(item):
            return
        elif isinstance(item, RawSamples):
            recording = self._open(connection, item)
            batch.raw.append((self._lane.raw, item, recording))
            if recording.mounting_source != item.mounting.source:  # a zero was taken since
                recording.mounting_source = item.mounting.source
                batch.recordings[recording.id] = recording
        elif isinstance(item, Covered | StateChange):
            recording = self._open(connection, item)
            altered = recording.spans.push(item)
            for span in altered:
                batch.spans[recording.id, span.start_ns] = row_from_span(recording.id, span)
            if isinstance(item, Covered):
                recording.stop_ns = max(recording.stop_ns, item.stop_ns)
                recording.rate_hz = item.rate_hz
                recording.doubt = max(recording.doubt, item.doubt, key=lambda doubt: doubt.rank)
                batch.recordings[recording.id] = recording
                batch.day_changed |= len(altered) > 1
            else:
                batch.day_changed = True
        else:
            recording = self._open(connection, item)
            if isinstance(item, MotionEvent):
                batch.events.append((row_from_event(recording.id, item), item))
            elif isinstance(item, Alert):
                batch.alerts.append((row_from_alert(recording.id, item), item))
            elif isinstance(item, DeviceEvent):
                row = row_from_device_event(
                    recording.sensor_id, item, simulated=recording.start.simulated
                )
                batch.device_events.append((row, item))
            elif isinstance(item, Numbered):
                recording.numbers = stretch = _longer(recording.numbers, item)
                batch.numbers[recording.id, stretch.boot_id, stretch.start] = row_from_numbers(
                    recording.id, stretch, recording.stop_ns
                )
            elif isinstance(item, Dose):
                batch.doses.append(row_from_dose(recording.id, item))
                if recording.start.counts:
                    batch.dosed.add((item.start_ns, recording.start.simulated))
            else:
                batch.minutes.append(row_from_minute(recording.id, item))
                batch.stale.add((item.start_ns, recording.start.simulated))

    def _take_past(self, connection: Connection, batch: _Batch, sent: SentAgain) -> None:
        """Take an item as if the past were all there is, then go back to now."""
        item, lane = sent.item, self._lane
        if self._is_unwanted(item):
            return
        live, raw = lane.recording, lane.raw
        lane.recording, lane.raw = lane.past, lane.raw_past
        try:
            over = lane.recording is None or lane.recording.cause is not None
            if over and live is not None and isinstance(item, Covered):
                self._begin(connection, replace(live.start, at_ns=item.start_ns))
            self._take(connection, batch, item)
        finally:
            lane.past, lane.recording, lane.raw = lane.recording, live, raw
        if isinstance(item, MotionEvent):
            # Kept, but no news.
            batch.sent_again.append(batch.events.pop()[0])

    def _take_beside(self, connection: Connection, batch: _Batch, beside: Beside) -> None:
        """Take an item as if its sensor were the only one, then go back; it changes no day."""
        before, day_changed = self._lane, batch.day_changed
        self._lane = self._lane_of(beside.sensor)
        try:
            self._take(connection, batch, beside.item)
        finally:
            self._lane, batch.day_changed = before, day_changed

    def _is_unwanted(self, item: StoreItem) -> bool:
        """Whether the person wants nothing kept of when it was."""
        if self._erased and self._is_erased(item):
            return True
        if not self._withheld:
            return False
        if isinstance(item, _OF_NO_TIME):
            # Of a recording that did not begin, since its samples are not kept.
            return isinstance(item, StateChange) and self._lane.recording is None
        start_ns, stop_ns = _extent_ns(item)
        return any(one.touches(start_ns, stop_ns) for one in self._withheld)

    def _is_erased(self, item: StoreItem) -> bool:
        """Whether an item is about a shift that was erased.

        A state that began then may last; it is told from the next samples on only.
        """
        recording = self._lane.recording
        if recording is None or isinstance(item, StateChange | Numbered):
            return False
        at_ns = item.since_ns if isinstance(item, Alert) else _at_ns(item)
        return any(
            shift.address == recording.start.address
            and shift.stop_ns is not None
            and shift.start_ns <= at_ns < shift.stop_ns
            for shift in self._erased
        )

    def _open(self, connection: Connection, item: StoreItem) -> _Recording:
        """The recording that `item` belongs to.

        What comes late belongs to the last one; samples without a connection begin one.
        """
        recording = self._lane.recording
        if recording is None:
            counts = self._lane is self._lanes[0]
            return self._begin(
                connection,
                RecordingStart(_at_ns(item), "unknown", "unknown", False, "unknown", counts),
            )
        if recording.cause is not None and isinstance(item, Covered):
            last = replace(recording.start, mounting_source=recording.mounting_source)
            return self._begin(connection, replace(last, at_ns=item.start_ns))
        return recording

    def _begin(self, connection: Connection, start: RecordingStart) -> _Recording:
        sensor = upsert(_sensors).values(
            address=start.address,
            name=start.name,
            first_seen_ns=start.at_ns,
            last_seen_ns=start.at_ns,
        )
        sensor_id = connection.execute(
            sensor.on_conflict_do_update(
                index_elements=["address"],
                set_={
                    "name": sensor.excluded.name,
                    "last_seen_ns": func.max(_sensors.c.last_seen_ns, sensor.excluded.last_seen_ns),
                },
            ).returning(_sensors.c.id)
        ).scalar_one()
        recording_id = connection.execute(
            insert(_recordings)
            .values(
                sensor_id=sensor_id,
                start_ns=start.at_ns,
                stop_ns=start.at_ns,
                rate_hz=None,
                simulated=start.simulated,
                mounting_source=start.mounting_source,
                placement=start.placement,
                counts=start.counts,
                time_trusted=True,
                time_doubt=TimeDoubt.NONE.value,
                cause=None,
            )
            .returning(_recordings.c.id)
        ).scalar_one()
        self._lane.recording = recording = _Recording(
            recording_id, sensor_id, start, stop_ns=start.at_ns
        )
        return recording

    def _end(self, batch: _Batch, cause: str) -> None:
        recording = self._lane.recording
        if recording is None or recording.cause is not None:
            return
        recording.cause = cause
        batch.recordings[recording.id] = recording
        batch.stale.add((recording.stop_ns, recording.start.simulated))
        batch.day_changed = True

    def _store(self, connection: Connection, batch: _Batch) -> Stored:
        for recording in batch.recordings.values():
            connection.execute(
                update(_recordings)
                .where(_recordings.c.id == recording.id)
                .values(
                    stop_ns=recording.stop_ns,
                    rate_hz=recording.rate_hz,
                    mounting_source=recording.mounting_source,
                    time_trusted=recording.doubt.trusted,
                    time_doubt=recording.doubt.value,
                    cause=recording.cause,
                )
            )
        if batch.spans:
            spans = upsert(_spans)
            spans = spans.on_conflict_do_update(
                index_elements=["recording_id", "start_ns"],
                set_={name: spans.excluded[name] for name in ("stop_ns", *SPAN_COLUMNS)},
            )
            connection.execute(spans, list(batch.spans.values()))
        if batch.minutes:
            connection.execute(insert(_minutes), batch.minutes)
        if batch.doses:
            connection.execute(insert(_doses), batch.doses)
            self._refresh_doses(connection, batch.dosed)
        if batch.sent_again:
            connection.execute(insert(_events), batch.sent_again)
        events = tuple(
            StoredEvent(connection.execute(statement, row).scalar_one(), event)
            for statement in [insert(_events).returning(_events.c.id)]
            for row, event in batch.events
        )
        alerts = tuple(
            StoredAlert(connection.execute(statement, row).scalar_one(), alert)
            for statement in [insert(_alerts).returning(_alerts.c.id)]
            for row, alert in batch.alerts
        )
        device_events = tuple(
            event
            for statement in [
                upsert(_device_events).on_conflict_do_nothing().returning(_device_events.c.number)
            ]
            for row, event in batch.device_events
            if connection.execute(statement, row).one_or_none() is not None
        )
        if batch.numbers:
            numbers = upsert(_numbers)
            numbers = numbers.on_conflict_do_update(
                index_elements=["recording_id", "boot_id", "start"],
                set_={name: numbers.excluded[name] for name in ("stop", "at_ns")},
            )
            connection.execute(numbers, list(batch.numbers.values()))
        self._refresh(connection, batch.stale)
        return Stored(alerts, events, batch.day_changed, device_events)

    def _refresh(self, connection: Connection, stale: set[tuple[int, bool]]) -> None:
        self._refresh_each(connection, stale, rollups)

    def _refresh_each(
        self, connection: Connection, stale: set[tuple[int, bool]], kept: _Days
    ) -> None:
        days = {(local_date(at_ns, self._zone), simulated) for at_ns, simulated in stale}
        for day, simulated in days:
            # A computer without a clock battery starts in 1970: stored, but no day of ours.
            if FIRST_DATE <= day <= LAST_DATE:
                bounds = day_bounds(day, self._zone)
                kept.refresh(connection, bounds, simulated=simulated)
                # Who travels has days in two time zones.
                kept.refresh_touched(
                    connection, bounds.start_ns, bounds.stop_ns, simulated=simulated, but=bounds
                )

    def _refresh_doses(self, connection: Connection, dosed: set[tuple[int, bool]]) -> None:
        """Minutes were told; add their days up, with what was said of them before that."""
        for simulated in {one for _, one in dosed}:
            minutes = [at_ns for at_ns, one in dosed if one is simulated]
            first_ns, stop_ns = min(minutes), max(minutes) + MINUTE_NS
            if restating.is_touched(connection, first_ns, stop_ns, simulated=simulated):
                restating.restate_days(connection, first_ns, stop_ns, simulated=simulated)
        self._refresh_each(connection, dosed, day_doses)

    def _close_abandoned(self, connection: Connection) -> None:
        abandoned = connection.execute(
            update(_recordings)
            .where(_recordings.c.cause.is_(None))
            .values(cause=UNNOTICED)
            .returning(_recordings.c.start_ns, _recordings.c.stop_ns, _recordings.c.simulated)
        ).all()
        self._refresh(
            connection,
            {(at_ns, row.simulated) for row in abandoned for at_ns in (row.start_ns, row.stop_ns)},
        )


def _at_ns(item: StoreItem) -> int:
    """When an item begins."""
    if isinstance(item, Covered | MotionEvent | MinuteSummary | Dose):
        return item.start_ns
    if isinstance(item, RawSamples):
        return item.chunk.segment.time_ns(item.chunk.first)
    if isinstance(item, SentAgain | Beside):
        return _at_ns(item.item)
    return 0 if isinstance(item, RecordingEnd | Numbered) else item.at_ns


def _extent_ns(item: StoreItem) -> tuple[int, int]:
    """From when to when an item tells of, the last instant included."""
    start_ns = _at_ns(item)
    if isinstance(item, Covered | MotionEvent):
        return start_ns, max(start_ns, item.stop_ns - 1)
    if isinstance(item, MinuteSummary | Dose):
        return start_ns, start_ns + MINUTE_NS - 1
    if isinstance(item, RawSamples):
        last = item.chunk.first + len(item.chunk) - 1
        return start_ns, item.chunk.segment.time_ns(last)
    if isinstance(item, Alert):
        return item.since_ns, item.at_ns
    return start_ns, start_ns


def _longer(stretch: Numbered | None, more: Numbered) -> Numbered:
    """The stretch with what follows it; or what follows, where it does not."""
    if stretch is None or (stretch.boot_id, stretch.stop) != (more.boot_id, more.start):
        return more
    return replace(stretch, stop=more.stop)
