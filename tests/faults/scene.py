"""A sensor with faults, the link, the path and the store, and the book of what was measured."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from firmware_protocol import gatt
from firmware_protocol.codes import LossReason
from firmware_protocol.control import Lost, decode_message
from monitor.ingest.coverage import unwrap
from monitor.link import BleLink, LinkParams, LinkStatus
from monitor.model import (
    NS_PER_S,
    Connected,
    Disconnected,
    LinkEvent,
    Mounting,
    Notified,
    Origin,
    SampleChunk,
    SegmentEnd,
    StateChange,
    TimeDoubt,
)
from monitor.pipeline import Interpret, Pipeline, Step
from monitor.profiles import PROFILES
from monitor.service import Monitor
from monitor.store import Store, read_raw
from simulator.air import Air
from simulator.device import Device, DeviceParams
from simulator.faults import parse_fault
from simulator.peripheral import Peripheral
from tests.faults.virtual import START_S, UP_S

ADDRESS = "C0:00:00:00:00:01"
NAME = "Backwatch 1"
MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")
PROFILE = PROFILES["desk"]
ACC_LSB, GYR_LSB = 8 * 9.80665 / 32768, np.radians(1000) / 32768
BITS = 6  # of the number of a sample in each axis: noise of 16 mg and 2 deg/s
ONE_G = 4096  # counts
HELD_S = 5.0  # s; a first frame waits on the air until the supervision timeout
LIMITS_S = {  # by doubt; else nothing is said
    TimeDoubt.NONE: 0.3,  # what the timebase tolerates, and a delay
    TimeDoubt.UNSETTLED: HELD_S,
    TimeDoubt.JUMPED: HELD_S,  # the fit begins anew with a frame, which may be such a one
    TimeDoubt.RESET: HELD_S,
}


def numbered(first: int, count: int) -> np.ndarray:
    """Counts of a sensor at rest, with the number of each sample in their last bits, (n, 6)."""
    index = np.arange(first, first + count)
    counts = np.stack([(index >> (BITS * axis)) % 2**BITS for axis in range(6)], axis=1)
    counts[:, 0] += ONE_G
    return counts.astype(np.int16)


def numbers(chunk: SampleChunk) -> np.ndarray:
    """The number of each sample of a chunk, shape (n,)."""
    counts = np.rint(np.concatenate([chunk.acc_mps2 / ACC_LSB, chunk.gyr_radps / GYR_LSB], axis=1))
    bits = counts.astype(np.int64) % 2**BITS
    return (bits << (BITS * np.arange(6))).sum(axis=1)


def numbered_stream(block: int = 100) -> Iterator[np.ndarray]:
    for first in itertools.count(0, block):
        yield numbered(first, block)


@dataclass
class Book:
    """What a device has measured: number, run, sequence and true time of each sample."""

    first_sequence: int = 0
    parts: list[tuple[int, int, int, int, float]] = field(default_factory=list)

    def keep(self, sensor: Peripheral) -> None:
        """Write down from now on what the sensor samples."""
        device = sensor.device
        self.first_sequence = device.params.first_sequence
        sample = device.sample

        def note(counts: np.ndarray) -> None:
            number = int((counts[0].astype(np.int64) % 2**BITS << (BITS * np.arange(6))).sum())
            up_s = sensor._booted_s + device.taken_s(device.sampled)
            self.parts.append(
                (number, len(counts), device.core.boot_id, device.sampled, START_S + up_s - UP_S)
            )
            sample(counts)

        device.sample = note  # type: ignore[method-assign]

    @property
    def newest(self) -> int:
        """Number of the last sample measured."""
        return self.parts[-1][0] + self.parts[-1][1] - 1

    def measured(self, period_s: float) -> np.ndarray:
        """Records of number, boot, sequence modulo 2^32 and UTC, one a sample, in order."""
        kinds = [("number", "i8"), ("boot", "i8"), ("sequence", "i8"), ("at_s", "f8")]
        out = np.zeros(sum(part[1] for part in self.parts), kinds)
        at = 0
        for number, count, boot, sampled, at_s in self.parts:
            part = out[at : at + count]
            steps = np.arange(count)
            part["number"], part["boot"] = number + steps, boot
            part["sequence"] = (self.first_sequence + sampled + steps) % 2**32
            part["at_s"] = at_s + steps * period_s
            at += count
        return out


@dataclass(frozen=True)
class Account:
    """The law, counted.

    Attributes:
        measured, stored: samples.
        lost: samples that were not stored, by the reason the device gave; "unheard" are those of
            a run that began and ended while no host was there to learn of it.
        pending: the newest ones, which were not sent yet when all was closed.
        never_sampled: samples the motion sensor did not deliver, as told.
        worst_s: the largest error of a stored time that is not in doubt.
        worst_doubted_s: the same of times that are said to be in doubt.
        skipped: samples that came, and were left out so that time does not run back.
        broken: what is against the law, for people.
    """

    measured: int
    stored: int
    lost: dict[str, int]
    pending: int
    worst_s: float
    worst_doubted_s: float
    skipped: int
    broken: list[str]
    never_sampled: int = 0


class Watched:
    """A pipeline that remembers what passed it; without `interpret`, as far as the samples."""

    def __init__(self, mounting: Mounting, interpret: bool = True) -> None:
        self.interpret = interpret
        self.pipeline = Pipeline(
            Interpret(PROFILE, mounting), past=lambda: Interpret(PROFILE, mounting)
        )
        self.kinds: Counter[str] = Counter()
        self.told: list[LinkEvent | Lost] = []
        self.boots: set[int] = set()
        self.last = Step()
        self.changes: list[StateChange] = []
        self.ends: list[SegmentEnd] = []
        self.news = asyncio.Event()

    def push(self, event: LinkEvent, /) -> Step:
        self.kinds[type(event).__name__] += 1
        if isinstance(event, Connected | Disconnected):
            self.told.append(event)
        elif isinstance(event, Notified) and event.characteristic == gatt.BACKFILL:
            with contextlib.suppress(Exception):
                message = decode_message(event.payload)
                if isinstance(message, Lost):
                    self.told.append(message)
        self.last = self.pipeline.push(event) if self.interpret else self._acquire(event)
        if (boot_id := self.pipeline.acquire.ingest.state.boot_id) is not None:
            self.boots.add(boot_id)
        self.changes += self.last.changes
        self.ends += [item for item in self.last.samples if isinstance(item, SegmentEnd)]
        self.news.set()
        return self.last

    def _acquire(self, event: LinkEvent) -> Step:
        acquire = self.pipeline.acquire
        live = acquire.push(event)
        again = acquire.push_past(event)
        return Step(samples=live, past=Step(samples=again) if again else None)

    def of(self, kind: type) -> list:
        return [told for told in self.told if isinstance(told, kind)]


class Scene:
    """Everything between a simulated back and the disk, in one process."""

    def __init__(self, air: Air, sensor: Peripheral, link: BleLink, monitor: Monitor) -> None:
        self.air, self.sensor, self.link, self.monitor = air, sensor, link, monitor
        self.path: Watched
        self.store: Store
        self.book: Book
        self.statuses: list[LinkStatus]
        self.settled = -1  # number of a sample: all up to it had been there, or told lost
        self._running: asyncio.Task[None]

    @property
    def ingest(self):
        return self.path.pipeline.acquire.ingest

    def counted(self):
        return self.ingest.statistics()

    async def until(self, condition: Callable[[], object], within_s: float = 120.0) -> None:
        """Wait for what the path is told; virtual time."""
        async with asyncio.timeout(within_s):
            while not condition():
                self.path.news.clear()
                await self.path.news.wait()

    async def whole(self, within_s: float = 300.0) -> None:
        """Until all that was measured up to now is there, or told lost."""
        core = self.sensor.device.core
        boot_id = core.boot_id
        sampled = self.sensor.device.sampled
        last = self.book.newest

        def is_whole() -> bool:
            state = self.ingest.state
            if state.boot_id != boot_id or core.boot_id != boot_id:
                return state.boot_id == core.boot_id
            mark = unwrap(self.book.first_sequence + sampled, state.expected)
            return state.expected >= mark and not state.had.holes(mark - sampled, mark)

        await self.until(is_whole, within_s)
        self.settled = last

    async def close(self) -> None:
        self.monitor.close()
        await self._running

    async def chunks(self) -> list[SampleChunk]:
        """What is on the disk."""
        return await asyncio.to_thread(
            lambda: [s.samples.chunk for s in read_raw(self.store.path, 0, 2**63, simulated=False)]
        )

    async def account(self) -> Account:
        """Close all, and hold the disk against the book."""
        await self.close()
        lost = self.path.of(Lost)
        measured = self.book.measured(self.sensor.device.params.period_s)
        skipped = self.path.pipeline.acquire.timebase.statistics().skipped
        found = settle(measured, await self.chunks(), lost, self.path.boots, self.settled, skipped)
        return replace(found, never_sampled=self.counted().never_sampled)


def settle(
    measured: np.ndarray,
    chunks: list[SampleChunk],
    told: list[Lost],
    heard: set[int],
    settled: int,
    skipped: int = 0,
) -> Account:
    """Every sample measured is stored exactly once, in order, or lost with a reason given."""
    broken = []
    stored, times, doubted = [], [], []
    for chunk in chunks:
        index = np.flatnonzero(chunk.origin != Origin.BRIDGED)
        number = numbers(chunk)[index]
        if len(index) and np.any(number - index != number[0] - index[0]):
            broken.append(f"out of order in a chunk from {number[0]}")
        stored.append(number)
        start_s = chunk.segment.time_ns(chunk.first) / NS_PER_S
        times.append(start_s + index / chunk.segment.rate_hz)
        doubted.append(np.full(len(index), LIMITS_S.get(chunk.segment.doubt, np.inf)))
    number, at_s = np.concatenate(stored or [np.zeros(0, int)]), np.concatenate(times or [[]])
    values, counts = np.unique(number, return_counts=True)
    broken += [f"{n} is stored {times} times" for n, times in zip(values, counts, strict=True)
               if times > 1]  # fmt: skip
    place = np.searchsorted(measured["number"], number).clip(0, max(0, len(measured) - 1))
    strangers = measured["number"][place] != number
    broken += [f"{n} was never measured" for n in number[strangers]]
    limits_s = np.concatenate(doubted or [[]])[~strangers]
    errors_s = np.abs(at_s - measured["at_s"][place])[~strangers]
    late = np.flatnonzero(errors_s > limits_s)
    broken += [
        f"{number[~strangers][at]} is {errors_s[at]:.2f} s from when it was measured" for at in late
    ]
    reason = np.full(len(measured), "", "U16")
    for lost in told:
        of_run = measured["boot"] == lost.boot_id
        if lost.reason != LossReason.REBOOTED:
            of_run &= (measured["sequence"] - lost.first) % 2**32 < lost.count
        reason[of_run & (reason == "")] = LossReason(lost.reason).name.lower()
    is_stored = np.isin(measured["number"], values)
    missing = ~is_stored
    newest = measured["number"] > settled
    reason[missing & newest & (reason == "")] = "pending"
    reason[missing & (reason == "") & ~np.isin(measured["boot"], list(heard))] = "unheard"
    nowhere = measured["number"][missing & (reason == "")]
    if len(nowhere) > skipped:  # of those skipped, some are of a run told lost
        broken.append(f"{len(nowhere)} samples are nowhere, and nobody said why: "
                      f"{nowhere[:20].tolist()}; {skipped} were skipped")  # fmt: skip
    vanished = missing & (reason == "acknowledged")
    if np.any(vanished):
        broken.append(f"{vanished.sum()} samples were acknowledged, and are not stored")
    by_reason = Counter(reason[missing & (reason != "") & (reason != "pending")].tolist())
    return Account(
        measured=len(measured),
        stored=len(number),
        lost=dict(by_reason),
        pending=int((reason[missing] == "pending").sum()),
        worst_s=float(errors_s[limits_s == LIMITS_S[TimeDoubt.NONE]].max(initial=0.0)),
        worst_doubted_s=float(errors_s[limits_s > LIMITS_S[TimeDoubt.NONE]].max(initial=0.0)),
        skipped=skipped,
        broken=broken,
    )


@contextlib.asynccontextmanager
async def scene(
    folder: Path,
    *faults: str,
    seed: int = 0,
    params: DeviceParams | None = None,
    patience: LinkParams | None = None,
    counts: Iterator[np.ndarray] | None = None,
    want: str | None = None,
    mounting: Mounting = MOUNTING,
    interpret: bool = True,
    **options: object,
) -> AsyncIterator[Scene]:
    """A sensor with these faults, and a monitor that listens to it."""
    async with Air() as air:
        sensor = Peripheral(
            f"tcp-client:127.0.0.1:{air.port}",
            Device(7, params),
            counts or numbered_stream(),
            name=NAME,
            address=ADDRESS,
            faults=[parse_fault(fault) for fault in faults],
            seed=seed,
            air=air,
            **options,
        )
        book = Book()
        book.keep(sensor)
        async with sensor:
            store = await asyncio.to_thread(Store, folder / "day.db")
            statuses: list[LinkStatus] = []
            link = BleLink(
                want,
                f"virtual:127.0.0.1:{air.port}",
                params=patience,
                on_status=statuses.append,
            )
            path = Watched(mounting, interpret)
            monitor = Monitor(link, path, store, mounting=lambda: mounting, alerts=PROFILE.alerts)
            here = Scene(air, sensor, link, monitor)
            here.path, here.store, here.book, here.statuses = path, store, book, statuses
            here._running = asyncio.create_task(monitor.run())
            try:
                yield here
            finally:
                await here.close()
