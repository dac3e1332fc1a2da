"""Link, path and store put to work together: tasks, queues and lifetimes."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Protocol, TypeVar, TypeVarTuple

from firmware_protocol import gatt
from monitor.alerts import Params
from monitor.ingest import SAMPLES
from monitor.link.port import Link
from monitor.model import (
    NS_PER_S,
    Connected,
    DeviceEvent,
    Disconnected,
    LinkEvent,
    MinuteSummary,
    MotionEvent,
    Mounting,
    Notified,
    Numbered,
    SampleChunk,
    SegmentEnd,
    StateChange,
)
from monitor.model.exposure import Dose
from monitor.pipeline import Step
from monitor.service.live import AlertRaised, DayChanged, EventSeen, Subscribers, Subscription
from monitor.service.now import Now, Snapshot, battery_percent
from monitor.store import (
    Covered,
    RawSamples,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Store,
    Stored,
    StoredAlert,
    StoreItem,
    Writer,
)

STORE_QUEUE = 256  # steps; at 10 frames/s half a minute of a stalled disk, then the link waits
FLUSH_S = 1.0  # what a killed process can lose; also spares the disk
NAME_CHARACTERS = 248  # longest device name, Bluetooth Core Specification, Vol 3, Part C, 12.1
DAY_NS = 24 * 3600 * NS_PER_S

PATIENT = Covered | RawSamples | Numbered | MinuteSummary | Dose  # kept; nobody waits for them

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")


class Path(Protocol):
    """The pure path: `monitor.pipeline.Pipeline`."""

    def push(self, event: LinkEvent, /) -> Step: ...


@dataclass(frozen=True, slots=True)
class Retention:
    """How long days are kept; ergonomics.md D10.

    Attributes:
        details_days: spans, events and alerts; None keeps them for ever.
        summaries_days: minutes, doses and days; None keeps them for ever.
        raw_days: the samples themselves; None keeps them for ever.
    """

    details_days: int | None = 90
    summaries_days: int | None = 365
    raw_days: int | None = 7


@dataclass(frozen=True, slots=True)
class MonitorStatistics:
    """What has passed each part since the start; a part that stands still shows here.

    Attributes:
        connections: sensors connected, reconnections included.
        frames: IMU notifications from the link.
        malformed: notifications with a battery level that is none.
        samples: samples out of the path's clock and gap repair.
        backfilled: samples beside them that the sensor sent later than it took them.
        last_sample_ns: end of the last of them [ns since the epoch, UTC].
        states, events, minutes, alerts: what the path made.
        stored: items written.
        waiting: steps that wait for the disk now, of STORE_QUEUE.
        clients: pages that watch now.
        dropped: messages that slow pages have lost.
    """

    connections: int = 0
    frames: int = 0
    malformed: int = 0
    samples: int = 0
    last_sample_ns: int | None = None
    states: int = 0
    events: int = 0
    minutes: int = 0
    alerts: int = 0
    stored: int = 0
    waiting: int = 0
    clients: int = 0
    dropped: int = 0
    backfilled: int = 0


@dataclass(slots=True)
class _Counts:
    connections: int = 0
    frames: int = 0
    malformed: int = 0
    samples: int = 0
    last_sample_ns: int | None = None
    states: int = 0
    events: int = 0
    minutes: int = 0
    alerts: int = 0
    stored: int = 0
    backfilled: int = 0


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing follows: write what is left, then end with the failure, if it was one."""

    failure: Exception | None


class Monitor:
    """Runs one sensor until its link is closed; an exception of any part ends it.

    `run` may be called once; everything else belongs to the event loop that runs it.

    Args:
        path: the pipeline.
        store: where days are kept; opened and closed in a thread of its own.
        mounting: how the sensor sits, now.
        alerts: the rules in force, for the clock that says when a break is due.
        simulated: nobody wears the sensor; recordings are marked.
        clock_ns: UTC now [ns since the epoch].
    """

    def __init__(
        self,
        link: Link,
        path: Path,
        store: Store,
        *,
        mounting: Callable[[], Mounting],
        alerts: Params,
        simulated: bool = False,
        retention: Retention | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.simulated = simulated
        self._link = link
        self._path = path
        self._store = store
        self._mounting = mounting
        self._retention = retention or Retention()
        self._clock_ns = clock_ns
        self._now = Now(clock_ns(), alerts)
        self._subscribers = Subscribers()
        self._counts = _Counts()
        self._steps: asyncio.Queue[list[StoreItem] | _End] = asyncio.Queue(STORE_QUEUE)
        self._batch: list[StoreItem] = []
        self._thread: ThreadPoolExecutor | None = None
        self._writer: Writer | None = None
        self._forget_at_ns = 0

    async def run(self) -> None:
        """Run until the link ends, and return once everything it said is stored.

        Raises:
            Exception: whatever ended the link, the path or the store; what had been received
                up to then is stored, unless it is the store that failed.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="backwatch-store")
        detail = ""
        try:
            await self._run()
        except Exception as error:
            detail = f"The monitor stopped: {error}"
            raise
        finally:
            self._link.close()
            self._subscribers.publish(self._now.closed(self._clock_ns(), detail))
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _run(self) -> None:
        writer = await self._in_thread(self._store.writer)
        self._writer = writer
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(), name="backwatch receive")
                tasks.create_task(self._write(writer), name="backwatch write")
        except ExceptionGroup as group:
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from None
            raise
        finally:
            # Empty unless the tasks were cancelled; the thread may still be at the last batch.
            rest: list[StoreItem] = []
            while not self._steps.empty():
                step = self._steps.get_nowait()
                rest += [] if isinstance(step, _End) else step
            self._writer = None
            await self._in_thread(_finish, writer, self._batch, rest)

    def close(self) -> None:
        """Close the link; `run` returns when everything is stored. May be called again."""
        self._link.close()

    def snapshot(self) -> Snapshot:
        """How things stand at this moment."""
        return self._now.snapshot(self._mounting())

    def subscribe(self) -> AbstractContextManager[Subscription]:
        """Live messages from now on, in a bounded queue that keeps the newest."""
        return self._subscribers.subscribe()

    def statistics(self) -> MonitorStatistics:
        """What has passed each part."""
        return MonitorStatistics(
            **asdict(self._counts),
            waiting=self._steps.qsize(),
            clients=len(self._subscribers),
            dropped=self._subscribers.dropped,
        )

    async def acknowledge(self, alert_id: int) -> StoredAlert | None:
        """Note that the person has seen an alert; None if there is no such alert."""
        at_ns = self._clock_ns()
        if self._writer is not None:
            return await self._in_thread(self._writer.acknowledge, alert_id, at_ns)
        return await asyncio.to_thread(_acknowledge, self._store, alert_id, at_ns)

    async def _receive(self) -> None:
        events = aiter(self._link)
        failure: Exception | None = None
        try:
            async for event in events:
                await self._take(event)
        except Exception as error:
            failure = error
            self._link.close()
        finally:
            if isinstance(events, AsyncGenerator):  # lets the link tidy up behind it
                await events.aclose()
        await self._steps.put(_End(failure))

    async def _take(self, event: LinkEvent) -> None:
        event = legible(event)
        mounting = self._mounting()  # the step may find another, which holds from the next on
        step = self._path.push(event)
        self._count(event, step)
        for message in self._now.take(event, step):
            self._subscribers.publish(message)
        items = list(self._items(event, step, mounting))
        if items:
            await self._steps.put(items)

    def _items(self, event: LinkEvent, step: Step, mounting: Mounting) -> Iterator[StoreItem]:
        """What of an event and its step is kept, in the order the store takes it."""
        if isinstance(event, Connected):
            yield RecordingStart(
                event.at_ns, event.address, event.name, self.simulated, self._mounting().source
            )
        yield from _kept(step, mounting)
        yield from step.alerts
        yield from step.numbers
        yield from (told for told in step.device if isinstance(told, DeviceEvent))
        if step.past is not None:
            for item in _kept(step.past, mounting):
                yield SentAgain(item)
            for end in step.past.samples:
                if isinstance(end, SegmentEnd):
                    yield SentAgain(RecordingEnd(f"sent again: {end.cause}"))
        if isinstance(event, Disconnected):
            yield RecordingEnd(event.reason)

    def _count(self, event: LinkEvent, step: Step) -> None:
        counts = self._counts
        counts.connections += isinstance(event, Connected)
        if isinstance(event, Notified):
            counts.frames += event.characteristic in SAMPLES
            if event.characteristic == gatt.BATTERY_LEVEL:
                counts.malformed += battery_percent(event.payload) is None
        for chunk in step.samples:
            if isinstance(chunk, SampleChunk) and len(chunk):
                counts.samples += len(chunk)
                counts.last_sample_ns = covered(chunk).stop_ns
        if step.past is not None:
            counts.backfilled += sum(
                len(chunk) for chunk in step.past.samples if isinstance(chunk, SampleChunk)
            )
        counts.states += len(step.changes)
        counts.events += len(step.events)
        counts.minutes += len(step.minutes)
        counts.alerts += len(step.alerts)

    async def _write(self, writer: Writer) -> None:
        end: _End | None = None
        while end is None:
            end = await self._fill()
            count = len(self._batch)
            minutes = [item for item in self._batch if isinstance(item, MinuteSummary)]
            stored = await self._in_thread(_store, writer, self._batch)
            self._counts.stored += count
            self._now.stored(minutes)
            self._publish(stored)
            await self._forget(writer)
        if end.failure is not None:
            raise end.failure

    async def _fill(self) -> _End | None:
        """Gather what comes within FLUSH_S; no longer once something is worth telling."""
        deadline = asyncio.get_running_loop().time() + FLUSH_S
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                urgent = False
                while not (urgent and self._steps.empty()):
                    step = await self._steps.get()
                    if isinstance(step, _End):
                        return step
                    self._batch += step
                    urgent |= any(not isinstance(item, PATIENT) for item in step)
        return None

    def _publish(self, stored: Stored) -> None:
        for event in stored.events:
            self._subscribers.publish(EventSeen(event))
        for alert in stored.alerts:
            self._subscribers.publish(AlertRaised(alert))
        if stored.day_changed:
            self._subscribers.publish(DayChanged())

    async def _forget(self, writer: Writer) -> None:
        """Once a day, let go of what is older than was agreed."""
        now_ns = self._clock_ns()
        if now_ns < self._forget_at_ns:
            return
        self._forget_at_ns = now_ns + DAY_NS
        await self._in_thread(_forget, writer, now_ns, self._retention)

    async def _in_thread(self, work: Callable[[*_Args], _T], *args: *_Args) -> _T:
        """Run in the one thread that writes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def _kept(
    step: Step, mounting: Mounting
) -> Iterator[Covered | RawSamples | StateChange | MotionEvent | MinuteSummary | Dose]:
    """What of a step is kept wherever its samples come from."""
    for chunk in step.samples:
        if isinstance(chunk, SampleChunk) and len(chunk):
            yield covered(chunk)
            yield RawSamples(chunk, mounting)
    yield from step.changes
    yield from step.events
    yield from step.minutes
    yield from step.doses


def covered(chunk: SampleChunk) -> Covered:
    """The stretch of time that a chunk fills."""
    segment = chunk.segment
    return Covered(
        segment.time_ns(chunk.first),
        segment.time_ns(chunk.first + len(chunk)),
        segment.rate_hz,
        segment.doubt,
    )


def legible(event: LinkEvent) -> LinkEvent:
    """Names and reasons as text that any file and page can hold; they come from strangers."""
    if isinstance(event, Connected):
        return replace(event, name=_text(event.name)[:NAME_CHARACTERS])
    if isinstance(event, Disconnected):
        return replace(event, reason=_text(event.reason))
    return event


def _text(text: str) -> str:
    # Lone surrogates have no UTF-8. Format characters turn text around, or cannot be seen.
    seen = (
        " " if character.isspace() else character
        for character in text.encode("utf-8", "replace").decode()
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
    )
    return " ".join("".join(seen).split())


def _store(writer: Writer, batch: list[StoreItem]) -> Stored:
    """Write the batch and empty it, so that nothing is written twice."""
    stored = writer.write(batch) if batch else Stored()
    batch.clear()
    return stored


def _finish(writer: Writer, batch: list[StoreItem], rest: list[StoreItem]) -> None:
    """Write what is left, and close."""
    try:
        if writer.usable:
            _store(writer, batch + rest)
    finally:
        writer.close()


def _forget(writer: Writer, now_ns: int, retention: Retention) -> None:
    writer.forget(
        details_before_ns=_before_ns(now_ns, retention.details_days),
        summaries_before_ns=_before_ns(now_ns, retention.summaries_days),
        raw_before_ns=_before_ns(now_ns, retention.raw_days),
    )


def _before_ns(now_ns: int, days: int | None) -> int:
    return 0 if days is None else now_ns - days * DAY_NS


def _acknowledge(store: Store, alert_id: int, at_ns: int) -> StoredAlert | None:
    with store.writer() as writer:
        return writer.acknowledge(alert_id, at_ns)
