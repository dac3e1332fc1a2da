"""The shell: what is stored, what is said, and how it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol import gatt
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Connected,
    Disconnected,
    EventKind,
    FeatureChunk,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionEvent,
    Notified,
    Origin,
    Posture,
    SampleChunk,
    Segment,
    Severity,
    StateChange,
)
from monitor.model.features import FEATURES, MEASURED, SETTLED, VALID
from monitor.pipeline import Step
from monitor.service import (
    AlertRaised,
    AnglePoints,
    DayChanged,
    EventSeen,
    LinkNow,
    Monitor,
    StateNow,
)
from monitor.service.live import QUEUE
from monitor.store import Queries, RecordingInfo, Store, StoreInUseError, Writer, read_raw
from tests.service.conftest import MOUNTING

T0_NS = 1_790_000_000 * NS_PER_S
SEGMENT = Segment(0, T0_NS, 100.0)

MakeMonitor = Callable[..., Monitor]
MakeLink = Callable[..., object]


def frame(second: float) -> Notified:
    return Notified(T0_NS + int(second * NS_PER_S), gatt.IMU, b"\0")


def samples(first: int, n: int) -> SampleChunk:
    return SampleChunk(
        SEGMENT,
        first,
        np.zeros((n, 3)),
        np.zeros((n, 3)),
        np.full(n, Origin.MEASURED, dtype=np.uint8),
    )


def hop(index: int, *, measured: float = 0.0) -> FeatureChunk:
    rows = np.zeros((1, FEATURES))
    rows[:, SETTLED], rows[:, [MEASURED, VALID]] = 1.0, measured
    return FeatureChunk(SEGMENT, index, 10, rows, True, True)


def sitting(at_ns: int = T0_NS) -> StateChange:
    return StateChange(at_ns, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")


def alert(at_ns: int = T0_NS) -> Alert:
    return Alert(at_ns, "slouch", Severity.CAUTION, at_ns - 9, "desk/1", {"duration_s": 60.0})


def bend(at_ns: int = T0_NS) -> MotionEvent:
    return MotionEvent(EventKind.BEND, at_ns, at_ns + 9, at_ns + 10, 0.7, "desk/1")


def day_of(store: Store, *, simulated: bool = False) -> tuple[list[tuple[int, int]], int, int]:
    queries = store.queries(simulated=simulated)
    today = queries.local_date(T0_NS)
    spans = [(span.start_ns - T0_NS, span.stop_ns - T0_NS) for span in queries.day(today).spans]
    answer = spans, len(queries.alerts(today)), len(queries.events(today))
    queries.close()
    return answer


def recordings_of(store: Store) -> list[RecordingInfo]:
    queries = store.queries()
    answer = queries.recordings()
    queries.close()
    return answer


STEPS = {
    frame(0).at_ns: Step(samples=[samples(0, 100)], changes=[sitting()]),
    frame(1).at_ns: Step(samples=[samples(100, 100)], alerts=[alert()], events=[bend()]),
    frame(2).at_ns: Step(samples=[samples(200, 50)]),
}
FRAMES: list[LinkEvent] = [frame(0), frame(1), frame(2)]


async def test_closing_the_link_stores_everything_it_said(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    link = make_link(FRAMES)
    monitor = make_monitor(link, STEPS)
    running = asyncio.create_task(monitor.run())
    await link.played.wait()

    monitor.close()
    monitor.close()
    await running

    assert link.finished
    stored = await asyncio.to_thread(day_of, store)
    assert stored == ([(0, 2_500_000_000)], 1, 1)
    [recording] = await asyncio.to_thread(recordings_of, store)
    assert (recording.cause, recording.mounting_source) == ("closed by us", "axes")
    assert monitor.snapshot().link.phase == "closed"


async def test_counters_say_what_has_passed_each_part(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    battery = Notified(frame(2).at_ns + 1, gatt.BATTERY_LEVEL, b"\x80")
    monitor = make_monitor(make_link([*FRAMES, battery], stays=False), STEPS)

    await monitor.run()

    found = monitor.statistics()
    assert (found.connections, found.frames, found.malformed) == (1, 3, 1)
    assert (found.samples, found.last_sample_ns) == (250, T0_NS + 2_500_000_000)
    assert (found.states, found.events, found.alerts, found.minutes) == (1, 1, 1, 0)
    assert (found.stored, found.waiting) == (
        11,
        0,
    )  # start, 3 covered with samples, state, event, alert, end


async def test_the_samples_are_kept_with_the_mounting_they_were_read_with(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    await make_monitor(make_link(FRAMES, stays=False), STEPS).run()

    found = await asyncio.to_thread(
        lambda: list(read_raw(store.path, 0, T0_NS + NS_PER_S, simulated=False))
    )
    assert sum(len(stored.samples.chunk) for stored in found) == 250
    assert {stored.samples.mounting for stored in found} == {MOUNTING}


async def test_a_simulated_sensor_is_marked(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    monitor = make_monitor(make_link(FRAMES, stays=False), STEPS, simulated=True)

    await monitor.run()

    assert await asyncio.to_thread(day_of, store) == ([], 0, 0)
    marked = await asyncio.to_thread(lambda: day_of(store, simulated=True))
    assert marked == ([(0, 2_500_000_000)], 1, 1)


async def test_a_failing_path_ends_the_monitor_and_what_came_before_is_stored(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    link = make_link(FRAMES)
    broken = ZeroDivisionError("the filter broke")
    monitor = make_monitor(link, {**STEPS, frame(2).at_ns: broken})

    with pytest.raises(ZeroDivisionError) as caught:
        await monitor.run()

    assert caught.value is broken
    assert link.finished
    assert link.closed.is_set()
    assert await asyncio.to_thread(day_of, store) == ([(0, 2_000_000_000)], 1, 1)
    assert monitor.snapshot().link.detail == "The monitor stopped: the filter broke"


async def test_a_failing_link_ends_the_monitor_and_what_came_before_is_stored(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    class NoAdapterError(Exception):
        pass

    link = make_link(FRAMES)

    async def unplugged() -> None:
        raise NoAdapterError

    link.closed.wait = unplugged
    monitor = make_monitor(link, STEPS)

    with pytest.raises(NoAdapterError):
        await monitor.run()

    assert await asyncio.to_thread(day_of, store) == ([(0, 2_500_000_000)], 1, 1)


async def test_a_failing_store_stops_everything(
    make_monitor: MakeMonitor, make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(28, "No space left on device")

    def write(_writer: Writer, _items: object) -> None:
        raise full

    monkeypatch.setattr(Writer, "write", write)
    link = make_link(FRAMES)
    monitor = make_monitor(link, STEPS)

    with pytest.raises(OSError, match="No space left") as caught:
        await asyncio.wait_for(monitor.run(), 5)

    assert caught.value is full
    assert link.finished
    assert monitor.snapshot().link.phase == "closed"


async def test_a_store_in_use_is_an_error_before_the_link_is_touched(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    link = make_link(FRAMES)
    other = await asyncio.to_thread(store.writer)

    with pytest.raises(StoreInUseError):
        await make_monitor(link, STEPS).run()

    other.close()
    assert not link.played.is_set()


async def test_cancelling_still_stores_what_was_received(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    link = make_link(FRAMES)
    running = asyncio.create_task(make_monitor(link, STEPS).run())
    await link.played.wait()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await asyncio.to_thread(day_of, store) == ([(0, 2_500_000_000)], 1, 1)


async def test_a_stalled_disk_makes_the_link_wait_and_loses_nothing(
    make_monitor: MakeMonitor,
    make_link: MakeLink,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    from monitor.service.shell import STORE_QUEUE

    disk = threading.Event()
    write = Writer.write

    def slow(writer: Writer, items: object) -> object:
        disk.wait(10)
        return write(writer, items)

    monkeypatch.setattr(Writer, "write", slow)
    frames = [Notified(T0_NS + i, gatt.IMU, b"\0") for i in range(3 * STORE_QUEUE)]
    steps = {f.at_ns: Step(samples=[samples(i, 1)]) for i, f in enumerate(frames)}
    steps[T0_NS].changes.append(sitting())
    link = make_link(frames, stays=False)
    monitor = make_monitor(link, steps)
    running = asyncio.create_task(monitor.run())

    # Nothing announces a queue that is full.
    while monitor.statistics().waiting < STORE_QUEUE:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    held_back = monitor.statistics().frames
    disk.set()
    await running

    assert held_back < len(frames)
    spans, _, _ = await asyncio.to_thread(day_of, store)
    assert spans == [(0, len(frames) * 10_000_000)]


async def test_a_watcher_hears_of_state_link_alert_event_and_day(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    monitor = make_monitor(make_link(FRAMES, stays=False), STEPS)
    heard = []

    async def watch() -> None:
        with monitor.subscribe() as subscription:
            while not heard or getattr(heard[-1], "phase", None) != "closed":
                heard.append(await subscription.get())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        await asyncio.sleep(0)  # lets it subscribe
        tasks.create_task(monitor.run())

    phases = [message.phase.value for message in heard if isinstance(message, LinkNow)]
    assert phases == ["connected", "lost", "closed"]
    assert StateNow(Activity.SIT, Posture.NEUTRAL, 0.9, T0_NS) in heard
    assert [m.stored.alert for m in heard if isinstance(m, AlertRaised)] == [alert()]
    assert [m.stored.event for m in heard if isinstance(m, EventSeen)] == [bend()]
    assert DayChanged() in heard


async def test_a_slow_client_loses_the_oldest_angles_and_keeps_the_newest_of_everything(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    frames = [frame(second) for second in range(QUEUE + 40)]
    steps = {
        f.at_ns: Step(
            features=[hop(i)],
            changes=[replace(sitting(f.at_ns), activity=(Activity.SIT, Activity.WALK)[i % 2])],
        )
        for i, f in enumerate(frames)
    }
    steps[frames[0].at_ns].alerts.append(alert())
    monitor = make_monitor(make_link(frames, stays=False), steps)

    with monitor.subscribe() as slow:
        await monitor.run()
        kept = [await slow.get() for _ in range(len(slow._messages))]

    angles = [message.t_ns[0] for message in kept if isinstance(message, AnglePoints)]
    assert len(kept) == QUEUE
    assert slow.dropped == monitor.statistics().dropped > 0
    assert angles == [hop(i).time_ns(i) for i in range(len(frames))][-len(angles) :]
    assert [m.since_ns for m in kept if isinstance(m, StateNow)] == [frames[-1].at_ns]
    assert [m.phase for m in kept if isinstance(m, LinkNow)] == ["closed"]
    assert [m.stored.alert for m in kept if isinstance(m, AlertRaised)] == [alert()]
    assert kept.count(DayChanged()) == 1


async def test_an_alert_can_be_acknowledged_while_running_and_afterwards(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    link = make_link(FRAMES)
    monitor = make_monitor(link, STEPS)
    with monitor.subscribe() as subscription:
        running = asyncio.create_task(monitor.run())
        while not isinstance(message := await subscription.get(), AlertRaised):
            pass

    during = await monitor.acknowledge(message.stored.id)
    unknown = await monitor.acknowledge(message.stored.id + 99)
    monitor.close()
    await running
    afterwards = await monitor.acknowledge(message.stored.id)

    assert during is not None
    assert during.acknowledged_ns is not None
    assert unknown is None
    assert afterwards == during


async def test_text_from_a_stranger_is_made_fit_for_files_and_pages(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    name = "\u202e<scr\u200bipt>\ud800\x1b\n\u2066" + "x" * 1000
    monitor = make_monitor(
        make_link(
            [Connected(T0_NS, "AA:BB", name), Disconnected(T0_NS + 1, "one\r\ntwo\u202e\udfff")],
            stays=False,
        )
    )

    await monitor.run()

    found = monitor.snapshot().link.name
    assert found is not None
    assert found.startswith("<script>? x")
    assert len(found) == 248
    recordings = await asyncio.to_thread(recordings_of, store)
    assert (recordings[0].name, recordings[0].cause) == (found, "one two?")


async def test_a_minute_is_told_until_the_store_has_it_and_no_longer(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    over = MinuteSummary(T0_NS - 20 * NS_PER_S, 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0)
    begun = [hop(0, measured=1.0)]
    steps = {
        **STEPS,
        frame(0).at_ns: Step(samples=[samples(0, 100)], minutes=[over], features=begun),
    }
    link = make_link(FRAMES)
    monitor = make_monitor(link, steps)
    told = []

    def valid_s(queries: Queries) -> float:
        day = queries.day(queries.local_date(T0_NS), unstored=monitor.snapshot().minutes)
        return day.totals.exposure.valid_s

    with monitor.subscribe() as subscription:
        running = asyncio.create_task(monitor.run())
        while not isinstance(await subscription.get(), AnglePoints):
            pass
        told.append(monitor.snapshot().minutes)
        while not isinstance(await subscription.get(), AlertRaised):
            pass
    told.append(monitor.snapshot().minutes)
    queries = await asyncio.to_thread(store.queries)
    seen_s = await asyncio.to_thread(valid_s, queries)
    await asyncio.to_thread(queries.close)
    monitor.close()
    await running

    assert [[minute.valid_s for minute in minutes] for minutes in told] == [[60.0, 0.1], [0.1]]
    assert seen_s == pytest.approx(60.1)


async def test_old_days_are_forgotten_at_the_start(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    await make_monitor(make_link(FRAMES, stays=False), STEPS).run()
    later_ns = T0_NS + 100 * 24 * 3600 * NS_PER_S

    await make_monitor(make_link([Idle(later_ns)], stays=False)).run()

    assert await asyncio.to_thread(day_of, store) == ([], 0, 0)
