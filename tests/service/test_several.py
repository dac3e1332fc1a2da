"""Several sensors on one person: one is counted, all are kept, none holds up another."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date

import numpy as np
import pytest

from firmware_protocol import gatt
from monitor.alerts import Params
from monitor.link import LinkStatus, Phase, Slots
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Connected,
    Disconnected,
    EventKind,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionEvent,
    Notified,
    Origin,
    Placement,
    Posture,
    SampleChunk,
    Segment,
    Severity,
    StateChange,
)
from monitor.pipeline import Step
from monitor.service import AlertRaised, Away, Monitor, SensorsNow, Worn
from monitor.store import Queries, Store, read_raw
from tests.service.conftest import MOUNTING, FakeLink, ScriptedPath

T0_NS = 1_790_000_000 * NS_PER_S
DAY = date.fromtimestamp(T0_NS / NS_PER_S)


def second(at_s: float) -> int:
    return T0_NS + int(at_s * NS_PER_S)


def samples(at_s: float, n: int = 100) -> SampleChunk:
    zeros = np.zeros((n, 3))
    origin = np.full(n, Origin.MEASURED, np.uint8)
    return SampleChunk(Segment(0, second(at_s), 100.0), 0, zeros, zeros, origin)


def step(at_s: float, activity: Activity = Activity.SIT) -> Step:
    """A second in which everything happens."""
    at_ns = second(at_s)
    return Step(
        samples=[samples(at_s)],
        changes=[StateChange(at_ns, activity, Posture.NEUTRAL, 0.9, "desk/1")],
        events=[MotionEvent(EventKind.BEND, at_ns, at_ns + 1, at_ns + 2, 0.7, "desk/1", {}, ())],
        minutes=[MinuteSummary(at_ns, 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0)],
        alerts=[Alert(at_ns, "slouch", Severity.INFO, at_ns, "desk/1", {})],
    )


def events(address: str, *at_s: float) -> list[LinkEvent]:
    frames = [Notified(second(at), gatt.IMU, b"\0") for at in at_s]
    return [Connected(T0_NS - 1, address, address), *frames]


class Controlled:
    """A link that is told what to say, and fails when told to."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[LinkEvent | Exception | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        while (event := await self.queue.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event
        yield Disconnected(second(50), "closed")

    def close(self) -> None:
        self.queue.put_nowait(None)


@pytest.fixture
def run_both(store: Store) -> Callable[..., Monitor]:
    def make(first: object, other: object, **settings: object) -> Monitor:
        steps: dict[int, Step | Exception] = {second(at): step(at) for at in (0, 1, 2)}
        beside = Worn(
            other,  # type: ignore[arg-type]  # a fake link
            ScriptedPath(settings.pop("other_steps", steps)),  # type: ignore[arg-type]
            lambda: MOUNTING,
            Placement.LOW_BACK,
            settings.pop("other_status", None),  # type: ignore[arg-type]
        )
        return Monitor(
            first,  # type: ignore[arg-type]  # a fake link
            ScriptedPath(steps),
            store,
            mounting=lambda: MOUNTING,
            alerts=Params(profile="desk/1"),
            beside=[beside],
            clock_ns=lambda: second(10),
        )

    return make


@pytest.fixture
def queries(store: Store) -> Iterator[Queries]:
    found = store.queries()
    yield found
    found.close()


async def heard(monitor: Monitor, *, until: Callable[[SensorsNow], bool]) -> SensorsNow:
    """The first message on the sensors that is as wanted."""
    with monitor.subscribe() as subscription:
        async with asyncio.timeout(5):
            while True:
                message = await subscription.get()
                if isinstance(message, SensorsNow) and until(message):
                    return message


async def test_a_day_is_not_counted_twice(
    run_both: Callable[..., Monitor], queries: Queries
) -> None:
    first = FakeLink(events("AA:AA", 0, 1, 2), stays=False)
    other = FakeLink(events("BB:BB", 0, 1, 2), stays=False)
    monitor = run_both(first, other)

    with monitor.subscribe() as subscription:
        await monitor.run()
        told = []
        while subscription._messages:
            told.append(await subscription.get())

    totals = (await asyncio.to_thread(queries.day, DAY)).totals
    recordings = await asyncio.to_thread(queries.recordings)
    seen = await asyncio.to_thread(queries.sensors, DAY)
    assert (totals.bends, totals.alerts, totals.covered_s) == (3, 3, 3.0)
    assert totals.exposure.valid_s == 180.0
    assert len([message for message in told if isinstance(message, AlertRaised)]) == 3
    assert {info.address: info.counts for info in recordings} == {"AA:AA": True, "BB:BB": False}
    assert [(one.address, one.counts, one.covered_s) for one in seen] == [
        ("AA:AA", True, 3.0),
        ("BB:BB", False, 3.0),
    ]
    statistics = monitor.statistics()
    assert (statistics.connections, statistics.frames, statistics.samples) == (2, 6, 600)
    assert (statistics.states, statistics.alerts, statistics.minutes) == (3, 3, 3)


async def test_the_samples_of_both_are_kept_by_recording(
    run_both: Callable[..., Monitor], store: Store
) -> None:
    monitor = run_both(
        FakeLink(events("AA:AA", 0, 1), stays=False),
        FakeLink(events("BB:BB", 0, 1, 2), stays=False),
    )
    await monitor.run()

    def kept(counts: bool) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in read_raw(store.path, 0, 2**62, simulated=False, counts=counts):
            found[one.origin.address] = found.get(one.origin.address, 0) + len(one.samples.chunk)
        return found

    assert await asyncio.to_thread(kept, True) == {"AA:AA": 200}
    assert await asyncio.to_thread(kept, False) == {"BB:BB": 300}


async def test_the_failure_of_one_link_ends_no_other(
    run_both: Callable[..., Monitor], queries: Queries
) -> None:
    first, other = Controlled(), Controlled()
    monitor = run_both(first, other)
    running = asyncio.create_task(monitor.run())
    for event in events("AA:AA", 0):
        first.queue.put_nowait(event)
    for event in events("BB:BB", 0):
        other.queue.put_nowait(event)
    await asyncio.wait_for(monitor.ready.wait(), 5)

    failing = asyncio.create_task(heard(monitor, until=lambda now: now.sensors[1].away == "closed"))
    other.queue.put_nowait(OSError("no such radio"))
    told = await failing
    assert told.sensors[1].link.detail == "The monitor stopped: no such radio"
    assert told.sensors[0].link.phase is Phase.CONNECTED
    first.queue.put_nowait(Notified(second(1), gatt.IMU, b"\0"))
    first.close()
    with pytest.raises(OSError, match="no such radio"):
        await running

    causes = {info.address: info.cause for info in await asyncio.to_thread(queries.recordings)}
    assert causes == {"AA:AA": "closed", "BB:BB": "stopped: no such radio"}
    assert (await asyncio.to_thread(queries.day, DAY)).totals.covered_s == 2.0


async def test_where_the_first_is_lost_the_other_does_not_stand_in(
    run_both: Callable[..., Monitor], queries: Queries
) -> None:
    first, other = Controlled(), Controlled()
    monitor = run_both(first, other)
    running = asyncio.create_task(monitor.run())
    for event in [*events("AA:AA", 0), Disconnected(second(0.5), "connection lost")]:
        first.queue.put_nowait(event)
    watching = asyncio.create_task(
        heard(monitor, until=lambda now: now.away is Away.LOST and now.others_on)
    )
    for event in events("BB:BB", 0, 1, 2):
        other.queue.put_nowait(event)

    await watching
    monitor.close()
    await running

    totals = (await asyncio.to_thread(queries.day, DAY)).totals
    assert (totals.covered_s, totals.bends) == (1.0, 1)


async def test_it_is_told_why_the_first_says_nothing(run_both: Callable[..., Monitor]) -> None:
    def battery(percent: int) -> Notified:
        return Notified(second(0), gatt.BATTERY_LEVEL, bytes([percent]))

    other = Controlled()
    cases = {
        Away.SEARCHING: [],
        Away.FLAT: [*events("AA:AA"), battery(4), Disconnected(second(1), "connection lost")],
        Away.LOST: [*events("AA:AA"), battery(40), Disconnected(second(1), "connection lost")],
        Away.SILENT: [*events("AA:AA"), Idle(second(9))],
    }
    for away, said in cases.items():
        monitor = run_both(FakeLink([], stays=True), other)
        for event in said:
            monitor._worn[0].take(event)

        assert monitor.sensors().away is away

    monitor = run_both(FakeLink([], stays=True), other)
    taken = ScriptedPath({second(0): step(0, Activity.NOT_WORN)})
    monitor._worn[0].worn = dataclasses.replace(monitor._worn[0].worn, path=taken)
    for event in events("AA:AA", 0):
        monitor._worn[0].take(event)
    assert monitor.sensors().away is Away.NOT_WORN


async def test_why_a_sensor_is_still_searched_and_its_slots_are_shown(
    run_both: Callable[..., Monitor],
) -> None:
    status = LinkStatus(
        Phase.SEARCHING, T0_NS, reason="no free slot: 1\nconnected", slots=Slots(1, 1)
    )
    monitor = run_both(Controlled(), Controlled(), other_status=lambda: status)

    monitor._worn[1].take(Idle(second(1)))

    sensor = monitor.sensors().sensors[1]
    assert sensor.link.detail == "no free slot: 1 connected"
    assert sensor.slots == Slots(1, 1)
    assert sensor.away is Away.SEARCHING


async def test_a_single_sensor_says_nothing_of_sensors(store: Store) -> None:
    monitor = Monitor(
        FakeLink(events("AA:AA", 0), stays=False),
        ScriptedPath({}),
        store,
        mounting=lambda: MOUNTING,
        alerts=Params(profile="desk/1"),
        clock_ns=lambda: T0_NS,
    )
    with monitor.subscribe() as subscription:
        await monitor.run()
        messages = list(subscription._messages)

    assert not [message for message in messages if isinstance(message, SensorsNow)]
    assert len(monitor.sensors().sensors) == 1
