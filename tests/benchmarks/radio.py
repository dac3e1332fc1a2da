"""Sensors on the virtual air: how many, at what cost, how late stored, how fast caught up."""

import asyncio
import contextlib
import math
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backwatch.session import make_pipeline
from firmware_protocol import decode_frame, gatt
from monitor.config import Config
from monitor.link import BleLink, Radio, pair
from monitor.model import LinkEvent, Notified
from monitor.pipeline import Pipeline, Step
from monitor.profiles import PROFILES
from monitor.service import Monitor
from monitor.store import Covered, Store, Stored
from tests.benchmarks.air import RATE_HZ, address, sensors_on_air
from tests.benchmarks.figures import Figure, Subject, missing, percentile

LEVELS = (1, 2, 4, 8, 12, 16, 24, 32)
WINDOW_S = 6.0
READY_S = 90.0
LATENCY_S = 30.0
UP_S = 600  # of samples to catch up with
DECIDING = ("changes", "events", "alerts")  # what is stored at once


@dataclass
class Heard:
    """One sensor, from the link through the path."""

    link: BleLink
    path: Pipeline
    live: list[int] = field(default_factory=list)  # first number and count, in turns
    flows: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        async for event in self.link:
            self.path.push(event)
            if isinstance(event, Notified) and event.characteristic == gatt.IMU:
                frame = decode_frame(event.payload)
                self.live += [frame.sequence, len(frame.counts)]
                self.flows.set()

    def holes(self, start: int) -> int:
        """Samples missing among the frames from `start` of `live` on."""
        firsts, counts = self.live[start::2], self.live[start + 1 :: 2]
        return sum(
            max(0, later - first - count)
            for first, count, later in zip(firsts, counts, firsts[1:], strict=False)
        )


def measure(quick: bool) -> Iterator[Figure]:
    yield from asyncio.run(_held(LEVELS[:1] if quick else LEVELS, 0.5 if quick else WINDOW_S))
    yield from asyncio.run(_latency(2.5 if quick else LATENCY_S))
    yield asyncio.run(_catch_up(5 if quick else UP_S))


@contextlib.asynccontextmanager
async def _links(adapter: str, sensors: int) -> AsyncIterator[list[BleLink]]:
    radio = Radio(adapter)
    try:
        for number in range(sensors):
            await pair(radio, address(number))
        yield [BleLink(address(number), radio=radio) for number in range(sensors)]
    finally:
        await radio.close()


async def _held(levels: tuple[int, ...], window_s: float) -> list[Figure]:
    """Ever more sensors, until one loses a sample; here a notification is lost only by us."""
    held, per_sensor, theirs, ended = 0, 0.0, 0.0, "more were not tried"
    for sensors in levels:
        async with sensors_on_air(sensors) as air, _links(air.adapter, sensors) as links:
            heard = [Heard(link, make_pipeline(Config())) for link in links]
            tasks = [asyncio.create_task(one.listen()) for one in heard]
            try:
                async with asyncio.timeout(READY_S):
                    for one in heard:
                        await one.flows.wait()
            except TimeoutError:
                ended = f"{sensors} were not all connected in {READY_S:g} s"
                break
            finally:
                starts = [len(one.live) for one in heard]
                cpu_s, wall_s = time.process_time(), time.monotonic()
                await asyncio.sleep(window_s)
                cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - wall_s
                for one in heard:
                    one.link.close()
                await asyncio.gather(*tasks)
            lost = sum(one.holes(start) for one, start in zip(heard, starts, strict=True))
            got = sum(
                sum(one.live[start + 1 :: 2]) for one, start in zip(heard, starts, strict=True)
            )
            if lost or got < 0.9 * sensors * RATE_HZ * wall_s:
                ended = f"with {sensors}: {lost} samples lost, {got / wall_s / RATE_HZ:.1f} heard"
                break
            held, per_sensor = sensors, 100 * cpu_s / wall_s / sensors
        theirs = air.cpu
    said = f"at 100 Hz for {window_s:g} s; {ended}"
    if not math.isnan(theirs):
        ours = f"; we took {held * per_sensor:.0f} % of a core"
        said += f"{ours}, the process of the sensors {100 * theirs:.0f} %"
    return [
        Figure("held without loss", held, "sensors", note=said),
        Figure("CPU per sensor", per_sensor, "% of a core", note="radio stack, link and path"),
    ]


class _Timed:
    """A path that notes when what it says was heard."""

    def __init__(self, path: Pipeline) -> None:
        self._path = path
        self.frames: deque[int] = deque()
        self.decided: dict[int, int] = {}

    def push(self, event: LinkEvent, /) -> Step:
        step = self._path.push(event)
        if isinstance(event, Notified):
            if any(len(chunk) for chunk in step.samples if hasattr(chunk, "origin")):
                self.frames.append(event.at_ns)
            for name in DECIDING:
                for item in getattr(step, name):
                    self.decided[id(item)] = event.at_ns
        return step


async def _latency(seconds: float) -> list[Figure]:
    """From the notification to the commit of what it made."""
    samples_ms: list[float] = []
    decided_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = await asyncio.to_thread(Store, Path(folder) / "backwatch.db")
        async with sensors_on_air(1) as air, _links(air.adapter, 1) as (link,):
            path = make_pipeline(Config())
            timed = _Timed(path)
            writer_of = store.writer

            def writer():  # type: ignore[no-untyped-def]
                made = writer_of()
                write = made.write

                def timing(items) -> Stored:  # type: ignore[no-untyped-def]
                    kept = list(items)
                    stored = write(kept)
                    now_ns = time.time_ns()
                    for item in kept:
                        if isinstance(item, Covered) and timed.frames:
                            samples_ms.append((now_ns - timed.frames.popleft()) / 1e6)
                        elif id(item) in timed.decided:
                            decided_ms.append((now_ns - timed.decided.pop(id(item))) / 1e6)
                    return stored

                made.write = timing
                return made

            store.writer = writer  # type: ignore[method-assign]
            monitor = Monitor(
                link,
                timed,
                store,
                mounting=lambda: path.interpret.mounting,
                alerts=PROFILES["desk"].alerts,
                simulated=True,
            )
            task = asyncio.create_task(monitor.run())
            await asyncio.sleep(seconds)
            monitor.close()
            await task
    said = f"{len(samples_ms)} frames; written together once a second"
    return [
        Figure("notification to stored, p50", percentile(samples_ms, 50), "ms", note=said),
        Figure("notification to stored, p99", percentile(samples_ms, 99), "ms"),
        Figure("state to stored, p99", percentile(decided_ms, 99), "ms", note="written at once")
        if decided_ms
        else missing("state to stored, p99", "ms", "nothing was decided"),
    ]


async def _catch_up(up_s: int) -> Figure:
    """How fast what was sampled before anybody listened comes, beside live samples."""
    async with sensors_on_air(1, up_s) as air, _links(air.adapter, 1) as (link,):
        count, begin_s, end_s = 0, 0.0, 0.0
        async for event in link:
            if not isinstance(event, Notified) or event.characteristic != gatt.BACKFILL:
                continue
            begin_s = begin_s or time.monotonic()
            if event.payload[0] == 0x01:
                count += event.payload[1]
                end_s = time.monotonic()
            if count >= up_s * RATE_HZ:
                link.close()
        speed = count / RATE_HZ / (end_s - begin_s)
        return Figure("back-fill", speed, "x real time", note=f"{up_s} s of samples, live beside")


SUBJECT = Subject("radio", "Sensors on the virtual air, in another process", measure)
