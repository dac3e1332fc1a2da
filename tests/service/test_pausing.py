"""Recording paused, and days erased, while the sensor goes on sending."""

import asyncio
from collections.abc import Iterable

from monitor.model import NS_PER_S, Alert
from monitor.pipeline import Step
from monitor.service import AnglePoints, RecordingNow
from monitor.store import Store, StoredAlert
from tests.service.test_monitor import (
    T0_NS,
    MakeLink,
    MakeMonitor,
    alert,
    day_of,
    frame,
    samples,
    sitting,
)
from tests.service.test_wiping import PausedLink, seconds


class Listening:
    """A coach that remembers what it was given."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self.forgot = False

    async def run(self) -> None:
        await asyncio.Event().wait()

    def take(self, step: Step) -> None:
        self.alerts += step.alerts

    def see(self, _: AnglePoints) -> None:
        """Nothing is traced."""

    def stored(self, _: Iterable[StoredAlert]) -> None:
        """Nothing is told."""

    def forget_angles(self) -> None:
        self.forgot = True

    async def take_back(self) -> None:
        """Nothing is shown."""


async def test_what_comes_while_paused_is_shown_and_not_kept_nor_told(
    make_monitor: MakeMonitor, make_link: MakeLink, store: Store
) -> None:
    events = [frame(0), frame(1)]
    link = PausedLink(make_link(events).events)  # type: ignore[attr-defined]
    steps: dict[int, Step | Exception] = {
        frame(0).at_ns: Step(samples=[samples(0, 100)], changes=[sitting()]),
        frame(1).at_ns: Step(samples=[samples(100, 100)], alerts=[alert(T0_NS + NS_PER_S)]),
    }
    monitor = make_monitor(link, steps)
    monitor._clock_ns = lambda: T0_NS + NS_PER_S
    monitor.coach = coach = Listening()
    running = asyncio.create_task(monitor.run())
    await link.before_last.wait()
    with monitor.subscribe() as subscription:
        await monitor.flush()
        paused = await monitor.pause(on=True)
        link.go_on.set()
        await link.played.wait()
        monitor.close()
        await running
        heard = [await subscription.get() for _ in range(len(subscription._messages))]
    spans, alerts, _ = await asyncio.to_thread(day_of, store)

    assert paused == monitor.recording() == RecordingNow(T0_NS + NS_PER_S)
    assert paused in heard
    assert await asyncio.to_thread(seconds, store.path) == [0]
    assert (alerts, len(spans)) == (0, 1)
    assert monitor.statistics().alerts == 1
    assert coach.alerts == []


async def test_nothing_needs_to_run_for_pausing_and_erasing(
    make_monitor: MakeMonitor, make_link: MakeLink
) -> None:
    monitor = make_monitor(make_link([frame(0)]))
    paused = await monitor.pause(on=True)
    monitor.coach = coach = Listening()
    await monitor.erase(None)
    await monitor.erase((T0_NS, T0_NS + 1))
    still = monitor.recording()
    on = await monitor.pause(on=False)

    assert None not in (paused.paused_since_ns, still.paused_since_ns)
    assert (on.paused_since_ns, paused.kept_since_ns) == (None, None)
    assert on.kept_since_ns == frame(0).at_ns - 1  # the clock of this monitor
    assert coach.forgot
