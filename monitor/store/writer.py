"""Items from the path turned into rows, a batch at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from time import time_ns
from types import TracebackType
from typing import Self

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
from monitor.store import rollups
from monitor.store.database import connect
from monitor.store.days import FIRST_DATE, LAST_DATE, day_bounds, local_date
from monitor.store.lock import WriterLock
from monitor.store.raw import RawSamples, RawWriter, raw_folder
from monitor.store.records import (
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Stored,
    StoredAlert,
    StoredEvent,
    StoreItem,
)
from monitor.store.rows import (
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
from monitor.store.spans import Covered, Spans
from monitor.store.tables import Table

UNNOTICED = "ended without notice: the program was killed or the computer went off"

_tables = Table.metadata.tables
_sensors, _recordings = _tables["sensors"], _tables["recordings"]
_spans, _events, _alerts = _tables["spans"], _tables["events"], _tables["alerts"]
_device_events, _numbers = _tables["device_events"], _tables["sample_numbers"]
_minutes, _doses, _days = _tables["minutes"], _tables["doses"], _tables["days"]


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


@dataclass(slots=True)
class _Batch:
    """The rows of one transaction."""

    recordings: dict[int, _Recording] = field(default_factory=dict)
    spans: dict[tuple[int, int], Columns] = field(default_factory=dict)
    minutes: list[Columns] = field(default_factory=list)
    doses: list[Columns] = field(default_factory=list)
    events: list[tuple[Columns, MotionEvent]] = field(default_factory=list)
    alerts: list[tuple[Columns, Alert]] = field(default_factory=list)
    stale: set[tuple[int, bool]] = field(default_factory=set)  # instant of a day, simulated
    day_changed: bool = False
    sent_again: list[Columns] = field(default_factory=list)  # events
    device_events: list[tuple[Columns, DeviceEvent]] = field(default_factory=list)
    numbers: dict[tuple[int, int, int], Columns] = field(default_factory=dict)
    raw: list[tuple[RawWriter, RawSamples, RecordingStart]] = field(default_factory=list)
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
        self._recording: _Recording | None = None
        self._past: _Recording | None = None  # of what was sent again
        self._usable = True
        try:
            with self._engine.begin() as connection:
                self._close_abandoned(connection)
            run_ns = time_ns()
            self._raw = RawWriter(raw_folder(path), run_ns)
            # A run of its own, so that neither breaks the other's blocks.
            self._raw_past = RawWriter(raw_folder(path), run_ns + 1)
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
        for raw, samples, start in batch.raw:
            raw.push(
                samples,
                connected_ns=start.at_ns,
                address=start.address,
                simulated=start.simulated,
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
        doses, days) than another, and hours of samples than a third."""
        self._raw.forget(raw_before_ns)
        with self._engine.begin() as connection:
            connection.execute(delete(_spans).where(_spans.c.stop_ns < details_before_ns))
            connection.execute(delete(_events).where(_events.c.stop_ns < details_before_ns))
            connection.execute(delete(_alerts).where(_alerts.c.at_ns < details_before_ns))
            connection.execute(
                delete(_device_events).where(_device_events.c.at_ns < details_before_ns)
            )
            connection.execute(delete(_numbers).where(_numbers.c.at_ns < details_before_ns))
            connection.execute(delete(_minutes).where(_minutes.c.start_ns < summaries_before_ns))
            connection.execute(delete(_doses).where(_doses.c.start_ns < summaries_before_ns))
            connection.execute(delete(_days).where(_days.c.stop_ns < summaries_before_ns))

    @property
    def usable(self) -> bool:
        """False once a write has failed."""
        return self._usable

    def close(self) -> None:
        """End a recording that is still open, and let go of the file; may be called again."""
        try:
            end = RecordingEnd("the monitor was stopped")
            if self._usable and self._past is not None and self._past.cause is None:
                self.write([SentAgain(end)])
            if self._usable and self._recording is not None and self._recording.cause is None:
                self.write([end])
            if self._usable:
                self._raw.close()
                self._raw_past.close()
        finally:
            self._recording = self._past = None
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

    def _take(self, connection: Connection, batch: _Batch, item: StoreItem) -> None:
        if isinstance(item, RecordingStart):
            self._end(batch, "another connection began")
            self._begin(connection, item)
        elif isinstance(item, SentAgain):
            self._take_past(connection, batch, item)
        elif isinstance(item, RecordingEnd):
            self._end(batch, item.cause)
            batch.raw_ends.add(self._raw)
        elif isinstance(item, RawSamples):
            batch.raw.append((self._raw, item, self._open(connection, item).start))
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
            else:
                batch.minutes.append(row_from_minute(recording.id, item))
                batch.stale.add((item.start_ns, recording.start.simulated))

    def _take_past(self, connection: Connection, batch: _Batch, sent: SentAgain) -> None:
        """Take an item as if the past were all there is, then go back to now."""
        item, live, raw = sent.item, self._recording, self._raw
        self._recording, self._raw = self._past, self._raw_past
        try:
            over = self._recording is None or self._recording.cause is not None
            if over and live is not None and isinstance(item, Covered):
                self._begin(connection, replace(live.start, at_ns=item.start_ns))
            self._take(connection, batch, item)
        finally:
            self._past, self._recording, self._raw = self._recording, live, raw
        if isinstance(item, MotionEvent):
            # Kept, but no news.
            batch.sent_again.append(batch.events.pop()[0])

    def _open(self, connection: Connection, item: StoreItem) -> _Recording:
        """The recording that `item` belongs to.

        What comes late belongs to the last one; samples without a connection begin one.
        """
        if self._recording is None:
            return self._begin(
                connection, RecordingStart(_at_ns(item), "unknown", "unknown", False, "unknown")
            )
        if self._recording.cause is not None and isinstance(item, Covered):
            last = self._recording.start
            return self._begin(
                connection,
                RecordingStart(
                    item.start_ns, last.address, last.name, last.simulated, last.mounting_source
                ),
            )
        return self._recording

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
                time_trusted=True,
                time_doubt=TimeDoubt.NONE.value,
                cause=None,
            )
            .returning(_recordings.c.id)
        ).scalar_one()
        self._recording = _Recording(recording_id, sensor_id, start, stop_ns=start.at_ns)
        return self._recording

    def _end(self, batch: _Batch, cause: str) -> None:
        recording = self._recording
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
                    time_trusted=recording.doubt.trusted,
                    time_doubt=recording.doubt.value,
                    cause=recording.cause,
                )
            )
        if batch.spans:
            spans = upsert(_spans)
            spans = spans.on_conflict_do_update(
                index_elements=["recording_id", "start_ns"],
                set_={
                    name: spans.excluded[name]
                    for name in ("stop_ns", "activity", "posture", "confidence", "profile")
                },
            )
            connection.execute(spans, list(batch.spans.values()))
        if batch.minutes:
            connection.execute(insert(_minutes), batch.minutes)
        if batch.doses:
            connection.execute(insert(_doses), batch.doses)
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
        days = {(local_date(at_ns, self._zone), simulated) for at_ns, simulated in stale}
        for day, simulated in days:
            # A computer without a clock battery starts in 1970: stored, but no day of ours.
            if FIRST_DATE <= day <= LAST_DATE:
                rollups.refresh(connection, day_bounds(day, self._zone), simulated=simulated)

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
    if isinstance(item, SentAgain):
        return _at_ns(item.item)
    return 0 if isinstance(item, RecordingEnd | Numbered) else item.at_ns


def _longer(stretch: Numbered | None, more: Numbered) -> Numbered:
    """The stretch with what follows it; or what follows, where it does not."""
    if stretch is None or (stretch.boot_id, stretch.stop) != (more.boot_id, more.start):
        return more
    return replace(stretch, stop=more.stop)
