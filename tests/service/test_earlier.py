"""Recordings of before, stored while a sensor is worn."""

import asyncio
from contextlib import suppress

import pytest

from monitor.model import NS_PER_S
from monitor.pipeline import Step
from monitor.service import AlertRaised, DayChanged, EventSeen
from monitor.service.live import LiveMessage
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from monitor.store.records import LaneItem
from tests.service.conftest import FakeLink
from tests.service.test_monitor import (
    T0_NS,
    MakeLink,
    MakeMonitor,
    alert,
    bend,
    day_of,
    frame,
    recordings_of,
    samples,
    sitting,
)
from tests.service.test_wiping import PausedLink

EARLIER_NS = T0_NS - 3600 * NS_PER_S
EARLIER: list[LaneItem] = [
    RecordingStart(EARLIER_NS, "before", "Before", False, "axes"),
    Covered(EARLIER_NS, EARLIER_NS + 60 * NS_PER_S, 100.0),
    sitting(EARLIER_NS),
    bend(EARLIER_NS + NS_PER_S),
    alert(EARLIER_NS + 9 * NS_PER_S),
    RecordingEnd("taken off"),
]


async def test_an_earlier_recording_is_kept_beside_the_live_one_and_is_no_news(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    made = make_link([frame(0), frame(1)])
    assert isinstance(made, FakeLink)
    link = PausedLink(made.events)
    steps = {
        frame(0).at_ns: Step(samples=[samples(0, 100)], changes=[sitting()]),
        frame(1).at_ns: Step(samples=[samples(100, 100)]),
    }
    monitor = make_monitor(link, steps)
    running = asyncio.create_task(monitor.run())
    await link.before_last.wait()
    await monitor.ready.wait()
    told: list[LiveMessage] = []
    with monitor.subscribe() as subscription:
        await monitor.add_earlier(EARLIER)
        while not isinstance(first := await subscription.get(), DayChanged):
            told.append(first)
        link.go_on.set()
        await link.played.wait()
        monitor.close()
        await running
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                while True:
                    told.append(await subscription.get())
    spans, alerts, events = await asyncio.to_thread(day_of, store)
    recordings = await asyncio.to_thread(recordings_of, store)

    assert not [one for one in told if isinstance(one, EventSeen | AlertRaised)]
    assert spans == [
        (-3600 * NS_PER_S, -3540 * NS_PER_S),
        (0, 2 * NS_PER_S),
    ]
    assert (alerts, events) == (1, 1)
    assert {(one.name, one.cause) for one in recordings} == {
        ("Before", "taken off"),
        ("Back", "closed by us"),
    }


async def test_a_monitor_that_does_not_run_takes_no_earlier_recording(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    monitor = make_monitor(make_link([frame(0)]))

    with pytest.raises(RuntimeError, match="does not run"):
        await monitor.add_earlier(EARLIER)
