"""A shift erased while the sensor goes on sending."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from monitor.model import NS_PER_S, Disconnected, LinkEvent
from monitor.pipeline import Step
from monitor.service import Erased, Monitor
from monitor.store import Store, read_raw
from tests.service.conftest import FakeLink
from tests.service.test_monitor import (
    T0_NS,
    MakeLink,
    MakeMonitor,
    alert,
    bend,
    day_of,
    frame,
    samples,
    sitting,
)


class PausedLink(FakeLink):
    """Waits before its last event until the shift was erased."""

    def __init__(self, events: list[LinkEvent]) -> None:
        super().__init__(events)
        self.before_last = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        for event in self.events[:-1]:
            await asyncio.sleep(0)
            yield event
        self.before_last.set()
        await self.go_on.wait()
        yield self.events[-1]
        self.played.set()
        await self.closed.wait()
        yield Disconnected(self.events[-1].at_ns + 1, "closed by us")


def seconds(path: Path) -> list[int]:
    return sorted(
        {
            index // 100
            for found in read_raw(path, T0_NS, T0_NS + 10 * NS_PER_S, simulated=False)
            for chunk in [found.samples.chunk]
            for index in range(chunk.first, chunk.first + len(chunk))
        }
    )


async def test_what_comes_after_a_wiped_shift_is_recorded_and_what_comes_late_of_it_is_not(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    """The shift is second 0 and 1; its bend is told in second 3, as the path tells bends."""
    events = [frame(0), frame(1), frame(3)]
    link = PausedLink(make_link(events).events)  # type: ignore[attr-defined]
    late = T0_NS + NS_PER_S
    steps: dict[int, Step | Exception] = {
        frame(0).at_ns: Step(samples=[samples(0, 100)], changes=[sitting()]),
        frame(1).at_ns: Step(samples=[samples(100, 100)], alerts=[alert()]),
        frame(3).at_ns: Step(
            samples=[samples(300, 100)],
            changes=[sitting(T0_NS + 3 * NS_PER_S)],
            events=[bend(late), bend(T0_NS + 3 * NS_PER_S)],
        ),
    }
    monitor: Monitor = make_monitor(link, steps)
    journal = await asyncio.to_thread(store.journal)
    running = asyncio.create_task(monitor.run())
    await link.before_last.wait()
    await asyncio.to_thread(journal.hand_out, "AA:BB", "17", T0_NS - NS_PER_S)
    shift = await asyncio.to_thread(journal.take_back, "AA:BB", T0_NS + 2 * NS_PER_S)
    assert shift is not None
    await monitor.flush()
    with monitor.subscribe() as page:
        await monitor.wipe(shift)
        told = await page.get()
    link.go_on.set()
    await link.played.wait()
    monitor.close()
    await running
    spans, alerts, events = await asyncio.to_thread(day_of, store)

    assert await asyncio.to_thread(seconds, store.path) == [3]
    assert (told, monitor.snapshot().erasures) == (Erased(), 1)
    assert (alerts, events) == (0, 1)
    assert all(start >= 3 * NS_PER_S for start, _ in spans)
    (kept,) = await asyncio.to_thread(journal.handovers)
    assert kept.erased_ns is not None
    await asyncio.to_thread(journal.close)


async def test_a_shift_is_erased_without_anything_running(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    monitor: Monitor = make_monitor(make_link([frame(0)]))
    journal = await asyncio.to_thread(store.journal)
    await asyncio.to_thread(journal.hand_out, "AA:BB", "17", T0_NS)
    shift = await asyncio.to_thread(journal.take_back, "AA:BB", T0_NS + 1)
    assert shift is not None
    await monitor.flush()
    await monitor.wipe(shift)
    (kept,) = await asyncio.to_thread(journal.handovers)
    await asyncio.to_thread(journal.close)

    assert kept.erased_ns is not None
