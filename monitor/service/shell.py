"""Link, path and store put to work together: tasks, queues and lifetimes."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar, TypeVarTuple

from firmware_protocol import gatt
from monitor.alerts import Params
from monitor.ingest import SAMPLES
from monitor.link.port import Link, LinkStatus, Phase
from monitor.model import (
    NS_PER_S,
    Asked,
    Asker,
    Connected,
    LinkEvent,
    MinuteSummary,
    Mounting,
    Notified,
    Numbered,
    Objection,
    Placement,
    Ruled,
    SampleChunk,
    Wish,
)
from monitor.model.exposure import Dose
from monitor.model.journal import Handover
from monitor.pipeline import Step
from monitor.service.channels import Browser
from monitor.service.coach import Coach
from monitor.service.fitting import Fitting
from monitor.service.flow import FlowNow, Storing
from monitor.service.live import (
    AlertRaised,
    AnglePoints,
    DayChanged,
    Erased,
    EventSeen,
    Pressed,
    RecordingNow,
    SensorsNow,
    Subscribers,
    Subscription,
)
from monitor.service.meeting import Meeting, TrunkNow
from monitor.service.now import Snapshot, battery_percent
from monitor.service.worn import Path, Rules, Wearing, Worn, covered
from monitor.store import (
    Beside,
    Covered,
    RawSamples,
    Store,
    Stored,
    StoredAlert,
    StoreItem,
    Writer,
)
from monitor.store.records import LaneItem
from monitor.trunk import Params as TrunkParams
from monitor.trunk import TrunkLift

log = logging.getLogger(__name__)

STORE_QUEUE = 256  # steps; at 10 frames/s half a minute of a stalled disk, then the link waits
FORGET_S = 3.0  # s; a link that runs gives an event a second, and then a wish is granted. Ours
FLUSH_S = 1.0  # what a killed process can lose; also spares the disk
DAY_NS = 24 * 3600 * NS_PER_S

# Kept; nobody waits for them.
PATIENT = Covered | RawSamples | Numbered | MinuteSummary | Dose | Beside

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long days are kept; ours.

    Attributes:
        details_days: spans, events and alerts; None keeps them for ever.
        summaries_days: minutes, doses and days; None keeps them for ever.
        raw_days: the samples themselves, and tapes; None keeps them for ever.
    """

    details_days: int | None = 90
    summaries_days: int | None = 365
    raw_days: int | None = 7


@dataclass(frozen=True, slots=True)
class MonitorStatistics:
    """What has passed each part since the start; a part that stands still shows here.

    Connections to backfilled are of all sensors together; from states on, of the first alone.

    Attributes:
        connections: sensors connected, reconnections included.
        frames: IMU notifications from the link.
        malformed: notifications with a battery level that is none.
        samples: samples out of the path's clock and gap repair.
        backfilled: samples beside them that the sensor sent later than it took them.
        last_sample_ns: end of the last live one of the first sensor [ns since the epoch, UTC].
        states, events, minutes, alerts: what the path made.
        stored: items written, of all sensors.
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


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing follows: write what is left, then end with the failure, if it was one."""

    failure: Exception | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """All before this is to be written, and then it is told so."""

    written: asyncio.Event


class Monitor:
    """Runs the sensors of one person until their links are closed.

    The day is counted from the first; the others are worn beside it. A sensor that fails leaves
    the others running; an exception of the store ends all.
    `run` may be called once; everything else belongs to the event loop that runs it.

    Args:
        link, path, mounting, placement, status, brief, ask, objections: the first sensor, as in
            `Worn`.
        store: where days are kept; opened and closed in a thread of its own.
        alerts: the rules in force, for the clock that says when a break is due.
        beside: the other sensors.
        coach: decides which alerts the person hears; None: all of them.
        fitting: grants wishes to how the first sensor sits; None: there are none.
        rules: in force at the start, where a person has set any.
        anew: reads again what is set, once a person is gone or has set something, and puts it in
            force wherever that needs no path. It is called in a thread. None: what is in force
            stays until the end.
        simulated: nobody wears the sensor; recordings are marked.
        forget_tapes: deletes tapes that ended before an instant [ns since the epoch, UTC]; called
            in a thread, once a day.
        trunk: how two worn sensors are put together; None: as `monitor.trunk` has it.
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
        placement: Placement = Placement.UPPER_BACK,
        status: Callable[[], LinkStatus] | None = None,
        brief: Callable[[Mounting], None] | None = None,
        ask: Callable[[Asked | Ruled], None] | None = None,
        objections: Callable[[], tuple[Objection, ...]] | None = None,
        beside: Sequence[Worn] = (),
        coach: Coach | None = None,
        fitting: Fitting | None = None,
        rules: Rules | None = None,
        anew: Callable[[], Rules] | None = None,
        simulated: bool = False,
        retention: Retention | None = None,
        forget_tapes: Callable[[int], None] | None = None,
        trunk: TrunkParams | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.simulated = simulated
        first = Worn(link, path, mounting, placement, status, brief, ask, objections)
        worn = [first, *beside]
        self._worn = [
            Wearing(one, number, clock_ns(), alerts, simulated=simulated)
            for number, one in enumerate(worn)
        ]
        self._first = self._worn[0]
        self._trunk = trunk
        self._meeting = Meeting([one.placement for one in worn], trunk)
        self._anew = anew
        self._rules = rules or Rules(alerts)
        self._ruling = asyncio.Lock()
        self._forgotten: dict[int, asyncio.Event] = {}  # by sensor, while that is awaited
        self._store = store
        self.coach = coach
        self.fitting = fitting
        self._retention = retention or Retention()
        self._forget_tapes = forget_tapes
        self._clock_ns = clock_ns
        self._told: SensorsNow | None = None
        self._erasures = 0
        self._hearing = 0  # sensors
        self.ready = asyncio.Event()
        self._subscribers = Subscribers()
        self._counts = MonitorStatistics()
        self._steps: asyncio.Queue[list[StoreItem] | _Mark | _End] = asyncio.Queue(STORE_QUEUE)
        self._batch: list[StoreItem] = []
        self._thread: ThreadPoolExecutor | None = None
        self._writer: Writer | None = None
        self._forget_at_ns = 0
        self._recording = RecordingNow()
        self._storing = Storing(clock_ns)

    async def run(self) -> None:
        """Run until all links have ended, and return once everything they said is stored.

        Raises:
            Exception: whatever ended a link, its path or the store; what had been received
                up to then is stored, unless it is the store that failed.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="backwatch-store")
        try:
            await self._run()
        except Exception as error:
            self._first.failure = self._first.failure or error
            raise
        finally:
            self.close()
            for wearing in self._worn:
                self._close(wearing)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _run(self) -> None:
        writer = await self._in_thread(self._store.writer)
        self._writer = writer
        self._say_recording(writer)
        if not self._rules.as_configured:
            self._rule()
        self.ready.set()
        try:
            async with self._coached(), asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive_all(), name="backwatch receive")
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
                rest += step if isinstance(step, list) else []
            self._writer = None
            await self._in_thread(_finish, writer, self._batch, rest)

    @asynccontextmanager
    async def _coached(self) -> AsyncGenerator[None]:
        """The coach at work meanwhile; a coach that fails leaves the recording running."""
        if self.coach is None:
            yield
            return
        self.coach.on_told = lambda alert: self._subscribers.publish(AlertRaised(alert))
        self.coach.browser = Browser(self._subscribers)
        self.coach.on_ruled = self.rule
        task = asyncio.create_task(self.coach.run(), name="backwatch coach")
        task.add_done_callback(_log_failure)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    def close(self) -> None:
        """Close the links; `run` returns when everything is stored. May be called again."""
        for wearing in self._worn:
            wearing.worn.link.close()

    def snapshot(self) -> Snapshot:
        """How things stand at this moment."""
        now = self._first.now.snapshot(self._first.worn.mounting())
        return replace(now, erasures=self._erasures)

    def sensors(self) -> SensorsNow:
        """How things stand with each sensor at this moment."""
        return SensorsNow(tuple(wearing.sensor() for wearing in self._worn))

    def trunk(self) -> TrunkNow | None:
        """The chest against the pelvis; None unless both are worn, and live."""
        return self._meeting.fresh(self._clock_ns())

    def trunk_lifts(self) -> tuple[TrunkLift, ...]:
        """Bends that a sensor at the chest and one at the pelvis have seen, the latest last."""
        return tuple(self._meeting.lifts)

    def subscribe(self) -> AbstractContextManager[Subscription]:
        """Live messages from now on, in a bounded queue that keeps the newest."""
        return self._subscribers.subscribe()

    def statistics(self) -> MonitorStatistics:
        """What has passed each part."""
        return replace(
            self._counts,
            waiting=self._steps.qsize(),
            clients=len(self._subscribers),
            dropped=self._subscribers.dropped,
        )

    def flow(self) -> FlowNow:
        """What passes each part now, and how long it takes."""
        at_ns = time.monotonic_ns()
        return FlowNow(
            sensors=tuple(wearing.flow(at_ns) for wearing in self._worn),
            waiting=self._steps.qsize(),
            room=STORE_QUEUE,
            stored=self._counts.stored,
            stored_per_s=self._storing.rate.per_s(at_ns),
            clients=len(self._subscribers),
            dropped=self._subscribers.dropped,
        )

    async def acknowledge(self, alert_id: int) -> StoredAlert | None:
        """Note that the person has seen an alert; None if there is no such alert."""
        at_ns = self._clock_ns()
        if self._writer is not None:
            return await self._in_thread(self._writer.acknowledge, alert_id, at_ns)
        return await asyncio.to_thread(_acknowledge, self._store, alert_id, at_ns)

    async def flush(self) -> None:
        """Put on the disk what waits for its minute to be full."""
        if self._writer is not None:
            await self._in_thread(self._writer.flush)

    async def add_earlier(self, items: Sequence[LaneItem]) -> None:
        """Store recordings that have ended, as of a sensor that is not worn now.

        All or nothing. Days change by them, but they are no news: nobody is alerted.

        Raises:
            RuntimeError: nothing is running.
        """
        if self._writer is None:
            raise RuntimeError("earlier recordings were given to a monitor that does not run")
        lane = len(self._worn)  # after those that are worn
        await self._in_thread(self._writer.write, [Beside(lane, item) for item in items])
        self._subscribers.publish(DayChanged())

    async def wipe(self, shift: Handover, proved: Callable[[], None] | None = None) -> None:
        """Erase for good what was measured and said in a shift that is over.

        Nothing that was set in it, or learnt of the person, holds for who comes next.

        Args:
            proved: raises where it must not be erased; nothing is written between the two.
        """
        at_ns = self._clock_ns()
        if self.coach is not None:
            await self.coach.keep()  # or it would be written after that
        await self._put_on_disk()
        if self._writer is not None:
            await self._in_thread(_wipe, self._writer, shift, at_ns, proved)
            self._say_recording(self._writer)
        else:
            await asyncio.to_thread(_wipe_alone, self._store, shift, at_ns, proved)
        assert shift.stop_ns is not None
        await self._forget_person(shift.stop_ns)
        await self._tell_erased()

    async def rule(self) -> None:
        """Have the thresholds that are set now decide from the next sample on.

        Clocks and states go on; nothing is done where nothing has changed.
        """
        async with self._ruling:
            if self._anew is None:
                return
            rules = await asyncio.to_thread(self._anew)
            if rules != self._rules:
                self._rules = rules
                self._rule()

    def _rule(self) -> None:
        ruled = Ruled(self._clock_ns(), self._rules.profile, self._rules.own)
        for wearing in self._worn:
            if wearing.worn.ask is not None and wearing.now.link.phase is not Phase.CLOSED:
                wearing.alerts = self._rules.alerts
                wearing.worn.ask(ruled)

    def recording(self) -> RecordingNow:
        """Whether what is measured is kept; known once `ready`."""
        return self._recording

    @property
    def retention(self) -> Retention:
        """How long days are kept."""
        return self._retention

    async def pause(self, *, on: bool) -> RecordingNow:
        """Keep nothing from now on, or keep it again; holds in later runs, too."""
        at_ns = self._clock_ns()
        await self._writing(lambda writer: (writer.pause if on else writer.resume)(at_ns))
        return self._recording

    async def erase(self, bounds: tuple[int, int] | None) -> None:
        """Erase for good a stretch [start_ns, stop_ns), or all there is; recording goes on.

        Raises:
            StoreError: it could not be done; what was erased before stays so.
        """
        at_ns = self._clock_ns()

        def work(writer: Writer) -> None:
            if bounds is None:
                writer.erase_all(at_ns)
            else:
                writer.erase(bounds[0], min(bounds[1], at_ns))

        if self.coach is not None:
            self.coach.forget_angles()
        await self._writing(work)
        if bounds is None:
            await self._forget_person(at_ns)
        await self._tell_erased()

    async def _tell_erased(self) -> None:
        """Let nothing that was shown of it stand, here or in an open page."""
        self._erasures += 1
        if self.coach is not None:
            await self.coach.take_back()
        self._subscribers.publish(Erased())

    async def _forget_person(self, erased_ns: int) -> None:
        """Go on as after a start: with what is set and stored now, and with nothing learnt.

        Args:
            erased_ns: up to when the person was erased.
        """
        if self._anew is None:
            return
        async with self._ruling:
            self._rules = await asyncio.to_thread(self._anew)
        asked = Asked(self._clock_ns(), Wish.FORGET, Asker.PAGE)
        for wearing in self._worn:
            if wearing.worn.ask is not None and wearing.now.link.phase is not Phase.CLOSED:
                wearing.alerts = self._rules.alerts
                self._forgotten[wearing.number] = asyncio.Event()
                wearing.worn.ask(asked)
        if not self._rules.as_configured:  # of before whoever was erased
            self._rule()
        with suppress(TimeoutError):  # then it is granted before the next sample
            async with asyncio.timeout(FORGET_S):
                for forgotten in list(self._forgotten.values()):
                    await forgotten.wait()
        self._forgotten.clear()
        await self._put_on_disk()
        await self._writing(lambda writer: writer.unname(erased_ns))
        self._meeting = Meeting([one.worn.placement for one in self._worn], self._trunk)
        if self.fitting is not None:
            self.fitting.drop()
        if self.coach is not None:
            await self.coach.forget()

    async def _put_on_disk(self) -> None:
        """Wait until what the paths have made up to now is written, if it is written at all."""
        if self._writer is None:
            return
        mark = _Mark(asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(FORGET_S):
                await self._steps.put(mark)
                await mark.written.wait()

    async def _writing(self, work: Callable[[Writer], None]) -> None:
        """Work with the one writer, or with one of our own where nothing runs."""

        def with_own() -> None:
            with self._store.writer() as writer:
                work(writer)
                self._recording = RecordingNow(writer.paused_since_ns, writer.since_ns)

        if self._writer is None:
            await asyncio.to_thread(with_own)
            return
        try:
            await self._in_thread(work, self._writer)
        finally:
            if self._writer is not None:
                self._say_recording(self._writer)

    def _say_recording(self, writer: Writer) -> None:
        self._recording = RecordingNow(writer.paused_since_ns, writer.since_ns)
        self._subscribers.publish(self._recording)

    async def _receive_all(self) -> None:
        """Hear all sensors until the last has ended; the failure of one ends no other."""
        self._hearing = len(self._worn)
        async with asyncio.TaskGroup() as tasks:
            for wearing in self._worn:
                tasks.create_task(self._receive(wearing), name=f"backwatch hear {wearing.number}")
        failures = [wearing.failure for wearing in self._worn if wearing.failure is not None]
        await self._steps.put(_End(failures[0] if failures else None))

    async def _receive(self, wearing: Wearing) -> None:
        link = wearing.worn.link
        events = aiter(link)
        try:
            async for event in events:
                await self._take(wearing, event)
        except Exception as error:
            link.close()
            if len(self._worn) > 1:
                log.error("sensor %d of %d stopped: %s", wearing.number + 1, len(self._worn), error)
            self._storing.handed(wearing.gauges, None)
            await self._steps.put(wearing.ended(error))
        finally:
            if isinstance(events, AsyncGenerator):  # lets the link tidy up behind it
                await events.aclose()
        self._hearing -= 1
        if self._hearing:  # the last is told of once all is stored
            self._close(wearing)

    def _close(self, wearing: Wearing) -> None:
        """Tell that nothing more will come of it."""
        if wearing.now.link.phase is Phase.CLOSED:
            return
        failure = wearing.failure
        detail = "" if failure is None else f"The monitor stopped: {failure}"
        link = wearing.now.closed(self._clock_ns(), detail)
        if wearing.counts:
            self._subscribers.publish(link)
        self._publish_sensors()

    async def _take(self, wearing: Wearing, event: LinkEvent) -> None:
        mounting = wearing.worn.mounting()
        begun_ns = time.monotonic_ns()
        step, messages, items = wearing.take(event)
        self._measure(wearing, event, step, begun_ns)
        if isinstance(event, Asked) and event.wish is Wish.FORGET:
            self._forgotten.get(wearing.number, asyncio.Event()).set()
        self._counts = _counted(self._counts, event, step, counts=wearing.counts)
        self._meeting.push(wearing.number, mounting, step)
        if wearing.counts:
            paused = self._recording.paused_since_ns is not None
            if self.coach is not None:  # while nothing is kept, nobody is alerted
                self.coach.take(replace(step, alerts=[]) if paused else step)
            if self.fitting is not None:
                await self.fitting.take(event, step)
            for message in messages:
                self._subscribers.publish(message)
                if self.coach is not None and not paused and isinstance(message, AnglePoints):
                    self.coach.see(message)
        self._publish_sensors()
        if items:
            self._storing.handed(wearing.gauges, event)
            await self._steps.put(items)

    def _measure(self, wearing: Wearing, event: LinkEvent, step: Step, begun_ns: int) -> None:
        """Delays are of frames: other events are rare, and cost next to nothing."""
        at_ns = time.monotonic_ns()
        wearing.gauges.take(event, step, at_ns)
        if isinstance(event, Notified) and event.characteristic in SAMPLES:
            wearing.gauges.worked.add(at_ns - begun_ns, at_ns)
            wearing.gauges.told.add(self._clock_ns() - event.at_ns, at_ns)

    def _publish_sensors(self) -> None:
        """Say how things stand with the sensors, where that is new."""
        sensors = self.sensors()
        if sensors != self._told and len(sensors.sensors) > 1:
            self._told = sensors
            self._subscribers.publish(sensors)

    async def _write(self, writer: Writer) -> None:
        end: _End | None = None
        while end is None:
            end, marks = await self._fill()
            count = len(self._batch)
            minutes = [item for item in self._batch if isinstance(item, MinuteSummary)]
            stored = await self._in_thread(_store, writer, self._batch)
            self._counts = replace(self._counts, stored=self._counts.stored + count)
            self._storing.stored(count, time.monotonic_ns())
            self._first.now.stored(minutes)
            self._publish(stored)
            for mark in marks:
                mark.written.set()
            await self._forget(writer)
        if end.failure is not None:
            raise end.failure

    async def _fill(self) -> tuple[_End | None, list[_Mark]]:
        """Gather what comes within FLUSH_S; no longer once something is worth telling.

        Returns the end, if it came, and the marks that were passed.
        """
        marks: list[_Mark] = []
        deadline = asyncio.get_running_loop().time() + FLUSH_S
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                urgent = False
                while not (urgent and self._steps.empty()):
                    step = await self._steps.get()
                    if isinstance(step, _End):
                        return step, marks
                    if isinstance(step, _Mark):
                        marks.append(step)
                        urgent = True
                        continue
                    self._storing.taken()
                    self._batch += step
                    urgent |= any(not isinstance(item, PATIENT) for item in step)
        return None, marks

    def _publish(self, stored: Stored) -> None:
        for event in stored.events:
            self._subscribers.publish(EventSeen(event))
        if self.coach is not None:
            self.coach.stored(stored.alerts)
        else:
            for alert in stored.alerts:
                self._subscribers.publish(AlertRaised(alert))
        for pressed in stored.device_events:
            self._subscribers.publish(Pressed(pressed))
        if stored.day_changed:
            self._subscribers.publish(DayChanged())

    async def _forget(self, writer: Writer) -> None:
        """Once a day, let go of what is older than was agreed."""
        now_ns = self._clock_ns()
        if now_ns < self._forget_at_ns:
            return
        self._forget_at_ns = now_ns + DAY_NS
        await self._in_thread(_forget, writer, now_ns, self._retention)
        if self._forget_tapes is not None:
            before_ns = _before_ns(now_ns, self._retention.raw_days)
            await asyncio.to_thread(self._forget_tapes, before_ns)

    async def _in_thread(self, work: Callable[[*_Args], _T], *args: *_Args) -> _T:
        """Run in the one thread that writes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def _counted(
    before: MonitorStatistics, event: LinkEvent, step: Step, *, counts: bool
) -> MonitorStatistics:
    """The counts with one more event and its step; `counts` as in `Wearing`."""
    chunks = [chunk for chunk in step.samples if isinstance(chunk, SampleChunk) and len(chunk)]
    past = () if step.past is None else step.past.samples
    frame = isinstance(event, Notified) and event.characteristic in SAMPLES
    malformed = (
        isinstance(event, Notified)
        and event.characteristic == gatt.BATTERY_LEVEL
        and battery_percent(event.payload) is None
    )
    after = replace(
        before,
        connections=before.connections + isinstance(event, Connected),
        frames=before.frames + frame,
        malformed=before.malformed + malformed,
        samples=before.samples + sum(map(len, chunks)),
        backfilled=before.backfilled
        + sum(len(chunk) for chunk in past if isinstance(chunk, SampleChunk)),
    )
    if not counts:
        return after
    return replace(
        after,
        last_sample_ns=covered(chunks[-1]).stop_ns if chunks else before.last_sample_ns,
        states=before.states + len(step.changes),
        events=before.events + len(step.events),
        minutes=before.minutes + len(step.minutes),
        alerts=before.alerts + len(step.alerts),
    )


def _log_failure(coach: asyncio.Task[None]) -> None:
    if not coach.cancelled() and coach.exception() is not None:
        log.error("alerts are silent: the coach stopped: %r", coach.exception())


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


def _wipe(writer: Writer, shift: Handover, at_ns: int, proved: Callable[[], None] | None) -> None:
    if proved is not None:
        writer.flush()
        proved()
    writer.wipe(shift, at_ns)


def _wipe_alone(
    store: Store, shift: Handover, at_ns: int, proved: Callable[[], None] | None
) -> None:
    with store.writer() as writer:
        _wipe(writer, shift, at_ns, proved)


def _acknowledge(store: Store, alert_id: int, at_ns: int) -> StoredAlert | None:
    with store.writer() as writer:
        return writer.acknowledge(alert_id, at_ns)
