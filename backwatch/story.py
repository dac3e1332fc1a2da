"""What `backwatch demo` tells beside the live sensor: days of the past, and where its tour is."""

import asyncio
import contextlib
import logging
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from time import time_ns
from typing import TYPE_CHECKING

from backwatch.earlier_days import LENGTH, DayMade, Message, Progress, Wanted, worn_before
from dashboard.demo import Act, Earlier
from monitor.model import NS_PER_S
from monitor.pipeline import Step
from monitor.service import Monitor
from monitor.store import Journal, Queries, Store

if TYPE_CHECKING:
    from simulator.motion import Actor

log = logging.getLogger(__name__)

MOST_DAYS = 60  # a demo can ask for; about nine seconds each. Ours
LOOK_S = 2.0  # s; how soon it is noticed that some were erased. Ours
RATE_HZ = 100.0  # Hz; of the simulated sensor, whose samples tell how far its play is


@dataclass(slots=True)
class Story:
    """How far the demo is; of the event loop.

    Args:
        days: how many days there should be before today.
        seed: of the sensor and its wearer.
        toured: whether the wearer plays the tour.
        scale: of the lengths of the days; below 1 for tests.
        clock_ns: UTC now [ns since the epoch].
    """

    days: int
    seed: int
    toured: bool
    scale: float = 1.0
    clock_ns: Callable[[], int] = time_ns
    earlier: Earlier = field(init=False)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    _played: dict[int, int] = field(default_factory=dict)  # samples by run of the sensor
    _heard_ns: int = 0
    _acts: list[Act] = field(default_factory=list)
    _more: Iterator[list[Act]] = field(init=False)

    def __post_init__(self) -> None:
        today = datetime.fromtimestamp(self.clock_ns() / NS_PER_S).date()
        self.earlier = Earlier(len(worn_before(today, self.days)), 0, 0.0)
        self._more = _rounds(self.seed) if self.toured else iter(())

    def watch(self, step: Step) -> Iterator[str]:
        """Learn from the sensor how far its play is; tells nothing itself."""
        for numbers in step.numbers:
            if numbers.stop > self._played.get(numbers.boot_id, 0):
                self._played = {numbers.boot_id: numbers.stop}
                self._heard_ns = self.clock_ns()
                self.begun.set()
        return iter(())

    def tour(self) -> list[Act]:
        """The acts of the round that is played now, by the computer's clock; empty: none."""
        if not self.toured or not self._played:
            return []
        (samples,) = self._played.values()
        while not self._acts or self._acts[-1].stop_ms / 1000 <= samples / RATE_HZ:
            self._acts = next(self._more)
        if self._acts[0].start_ms / 1000 > samples / RATE_HZ:  # it was switched off and on
            return []
        began_ms = self._heard_ns // 1_000_000 - round(samples / RATE_HZ * 1000)
        return [
            Act(act.name, began_ms + act.start_ms, began_ms + act.stop_ms) for act in self._acts
        ]


def _rounds(seed: int) -> Iterator[list[Act]]:
    """The acts of each round as the simulated sensor of that seed plays them, from its start."""
    import numpy as np

    from monitor.model import Placement
    from simulator.motion import Actor, draw_person

    # As simulator.scenarios draws them.
    person_rng, play_rng, *_ = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(5)
    )
    actor = Actor(draw_person(person_rng, Placement.UPPER_BACK), play_rng)
    while True:
        yield list(_round(actor))


def _round(actor: "Actor") -> Iterator[Act]:
    from simulator.plays import demo_acts

    for name, phrases in demo_acts(actor):
        start_s = actor.elapsed_s
        for _ in phrases:
            pass
        yield Act(name, round(start_s * 1000), round(actor.elapsed_s * 1000))


@dataclass(frozen=True, slots=True)
class Past:
    """So many days before today, the latest first.

    Attributes:
        kept: of which there is something.
        missing: of which there is nothing yet.
        erased: for good, so that they are not made again.
    """

    kept: tuple[date, ...]
    missing: tuple[date, ...]
    erased: tuple[date, ...]


def past(queries: Queries, days: int, now_ns: int) -> Past:
    """What there is of the days before today."""
    wanted = worn_before(queries.local_date(now_ns), days)
    erased = {day for day in wanted if queries.is_erased(day)}
    there = {queries.local_date(info.start_ns) for info in queries.recordings()} - erased
    return Past(
        tuple(day for day in wanted if day in there),
        tuple(day for day in wanted if day not in there | erased),
        tuple(day for day in wanted if day in erased),
    )


@asynccontextmanager
async def earlier_days(story: Story, monitor: Monitor, store: Store) -> AsyncIterator[None]:
    """Make days before today beside the body; what fails there is logged and ends nothing."""
    task = asyncio.create_task(tell_earlier(story, monitor, store), name="backwatch earlier")
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("the simulated days before today were not made: %r", task.exception())


async def tell_earlier(story: Story, monitor: Monitor, store: Store) -> None:
    """Make the days that are missing once the sensor is heard, and keep each when it is whole.

    They are made in a process of their own, of the lowest priority; what was kept stays when
    this is cancelled or killed, and the rest is made at the next start. A day that the person
    erases is neither made nor counted any more.
    """
    queries = await asyncio.to_thread(store.queries, simulated=True)
    look = partial(_look, story, queries)
    try:
        if (await look()).missing:
            await story.begun.wait()
            dates = (await look()).missing
            await _try_to_make(story, monitor, store, Wanted(dates, story.seed, story.scale), look)
        while True:
            await asyncio.sleep(LOOK_S)
            await look()
    finally:
        queries.close()


async def _look(story: Story, queries: Queries) -> Past:
    found = await asyncio.to_thread(past, queries, story.days, story.clock_ns())
    story.earlier = replace(
        story.earlier,
        wanted=len(found.kept) + len(found.missing),
        ready=len(found.kept),
        erased=len(found.erased),
    )
    return found


async def _try_to_make(
    story: Story,
    monitor: Monitor,
    store: Store,
    wanted: Wanted,
    look: Callable[[], Awaitable[Past]],
) -> None:
    journal = await asyncio.to_thread(store.journal)
    try:
        await _make(story, monitor, journal, wanted, look)
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        log.warning("the simulated days before today were not all made: %s", error)
        story.earlier = replace(story.earlier, share=0.0, stopped=True)
    finally:
        await asyncio.to_thread(journal.close)


async def _make(
    story: Story,
    monitor: Monitor,
    journal: Journal,
    wanted: Wanted,
    look: Callable[[], Awaitable[Past]],
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "backwatch.earlier_days", wanted.text(),
        stdin=asyncio.subprocess.PIPE,  # it ends when we let go of it, however we end
        stdout=asyncio.subprocess.PIPE,
        process_group=0,  # Ctrl-C is ours
        creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        loop = asyncio.get_running_loop()
        looked_s = loop.time()
        for _ in wanted.dates:
            while isinstance(message := await _heard(process.stdout), Progress):
                story.earlier = replace(story.earlier, share=message.share)
                if loop.time() - looked_s > LOOK_S:
                    looked_s = loop.time()
                    if not (await look()).missing:
                        return
            if message.day in (await look()).missing:
                await _keep(message, monitor, journal)
            story.earlier = replace(story.earlier, share=0.0)
            await look()
    finally:
        story.earlier = replace(story.earlier, share=0.0)
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _heard(out: asyncio.StreamReader) -> Message:
    (length,) = LENGTH.unpack(await out.readexactly(LENGTH.size))
    data = await out.readexactly(length)
    message: Message = await asyncio.to_thread(pickle.loads, data)
    return message


async def _keep(made: DayMade, monitor: Monitor, journal: Journal) -> None:
    await monitor.add_earlier(made.items)
    await asyncio.to_thread(_note, journal, made)


def _note(journal: Journal, made: DayMade) -> None:
    journal.add_decisions(made.decisions)
    for trace in made.traces:
        journal.add_trace(trace)


__all__ = ["MOST_DAYS", "Past", "Story", "earlier_days", "past", "tell_earlier"]
