"""The law, end to end: every sample the device measured is stored exactly once, in order."""

import asyncio
import itertools
from dataclasses import replace

import numpy as np
import pytest

from backwatch.session import _stored
from firmware_protocol import gatt
from monitor.link import BleLink, RecordedLink, TapeWriter, read_tape
from monitor.model import Connected, Disconnected, Mounting, Notified, Origin, SampleChunk
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.service import Monitor
from monitor.store import Store, read_raw
from tests.radio.test_backfill import ADDRESS, EAGER, has_been_up

MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")
PROFILE = PROFILES["desk"]
LSB_MPS2 = 8 * 9.80665 / 32768


def make_pipeline():
    return Pipeline(Interpret(PROFILE, MOUNTING), past=lambda: Interpret(PROFILE, MOUNTING))


class Watched:
    """A pipeline that keeps its steps."""

    def __init__(self):
        self.pipeline = make_pipeline()
        self.events, self.steps = [], []
        self.news = asyncio.Event()

    def push(self, event):
        self.events.append(event)
        self.news.set()
        self.steps.append(self.pipeline.push(event))
        return self.steps[-1]

    def statistics(self):
        return self.pipeline.acquire.ingest.statistics()

    async def until(self, condition, within_s=12.0):
        async with asyncio.timeout(within_s):
            while not condition():
                self.news.clear()
                await self.news.wait()


def lives(step):
    return [chunk for chunk in step.samples if isinstance(chunk, SampleChunk)]


@pytest.fixture
async def recorded(air, power_up, tmp_path):
    """A wearer out of range for a while: the path, the sensor, the store and the tape."""
    sensor = await power_up()
    has_been_up(sensor, 3)
    path = Watched()
    store = await asyncio.to_thread(Store, tmp_path / "day.db")
    tape = await asyncio.to_thread(TapeWriter, tmp_path / "day.tape")
    link = BleLink(None, f"virtual:127.0.0.1:{air.port}", params=EAGER)
    monitor = Monitor(
        RecordedLink(link, tape), path, store, mounting=lambda: MOUNTING, alerts=PROFILE.alerts
    )
    running = asyncio.create_task(monitor.run())

    def connections():
        return sum(isinstance(event, Connected) for event in path.events)

    def is_whole():
        counted = path.statistics()
        had = path.pipeline.acquire.ingest.state.had
        return counted.backfilled >= 280 and had.holes(0, had.stop or 0) == []

    await path.until(is_whole)
    for times in (2, 3):
        air.set_in_range(ADDRESS, False)
        await path.until(lambda: isinstance(path.events[-1], Disconnected) or any(
            isinstance(event, Disconnected) for event in path.events[-3:]))  # fmt: skip
        await asyncio.sleep(0.7)
        air.set_in_range(ADDRESS, True)
        await path.until(lambda times=times: connections() == times)
        frames = path.statistics().frames
        await path.until(lambda frames=frames: path.statistics().frames > frames + 3)
        await path.until(is_whole)
    monitor.close()
    await running
    await asyncio.to_thread(tape.close)
    return path, store, tmp_path / "day.tape", monitor


async def test_every_sample_is_stored_once_and_in_order(recorded):
    path, store, _, monitor = recorded
    counted = path.statistics()
    chunks = [
        stored.samples.chunk
        for stored in await asyncio.to_thread(
            lambda: list(read_raw(store.path, 0, 2**63, simulated=False))
        )
    ]

    stored = np.concatenate([np.rint(c.acc_mps2 / LSB_MPS2).astype(int) for c in chunks])

    # The first 300 samples were given as zeros; of the others the first axis tells the number.
    assert np.count_nonzero(stored[:, 0] == 0) == 301
    told = np.sort(stored[stored[:, 0] > 0, 0])
    assert np.array_equal(told, np.arange(1, len(told) + 1))
    for chunk in chunks:
        axis = np.rint(chunk.acc_mps2[:, 0] / LSB_MPS2).astype(int)
        axis = axis[axis > 0]
        assert np.array_equal(axis, np.arange(axis[0], axis[0] + len(axis)) if len(axis) else axis)
    assert counted.samples + counted.backfilled == len(stored)
    assert monitor.statistics().backfilled == counted.backfilled
    assert (counted.overwritten, counted.never_sampled, counted.unplaced) == (0, 0, 0)


async def test_the_past_is_where_it_belongs_and_no_alert_is_raised_for_it(recorded):
    path, *_ = recorded
    live = [chunk for step in path.steps for chunk in lives(step)]
    past = [chunk for step in path.steps if step.past for chunk in lives(step.past)]

    assert past
    assert all(not step.past.alerts for step in path.steps if step.past)
    # On one axis of time, stretches meet as well as the fit of the clock was when each began.
    stretches = sorted(
        (c.segment.time_ns(c.first), c.segment.time_ns(c.first + len(c))) for c in [*live, *past]
    )
    steps_s = [(b[0] - a[1]) / 1e9 for a, b in itertools.pairwise(stretches)]
    assert max(map(abs, steps_s)) < 0.25


async def test_the_tape_gives_the_same_steps_again(recorded):
    path, _, tape, _ = recorded
    events = await asyncio.to_thread(lambda: list(read_tape(tape)))
    again = Watched()

    for event in events:
        again.push(event)

    assert [replace(e, payload=b"") for e in events if isinstance(e, Notified)] == [
        replace(e, payload=b"") for e in path.events if isinstance(e, Notified)
    ]
    assert again.statistics() == path.statistics()
    for old, new in zip(path.steps, again.steps, strict=True):
        assert (old.past is None) == (new.past is None)
        for one, other in [(old, new), (old.past, new.past)] if old.past else [(old, new)]:
            assert one.changes == other.changes
            assert [c.segment for c in lives(one)] == [c.segment for c in lives(other)]
            for a, b in zip(lives(one), lives(other), strict=True):
                assert np.array_equal(a.acc_mps2, b.acc_mps2)
    assert any(e.characteristic == gatt.BACKFILL for e in events if isinstance(e, Notified))


async def test_a_host_that_begins_anew_stores_nothing_twice_and_misses_nothing(
    air, power_up, tmp_path
):
    sensor = await power_up()
    has_been_up(sensor, 20)
    store = await asyncio.to_thread(Store, tmp_path / "day.db")
    known = []
    for _ in range(2):  # keep_s is long: nothing was acknowledged when the second one begins
        path = Watched()
        stretches = await asyncio.to_thread(_stored, store, simulated=False)
        path.pipeline.acquire.leave_out(stretches)
        known.append(stretches)
        params = replace(EAGER, control=replace(EAGER.control, keep_s=60.0))
        link = BleLink(None, f"virtual:127.0.0.1:{air.port}", params=params)
        monitor = Monitor(link, path, store, mounting=lambda: MOUNTING, alerts=PROFILE.alerts)
        running = asyncio.create_task(monitor.run())

        def is_whole(path=path):
            had = path.pipeline.acquire.ingest.state.had
            return (had.stop or 0) > 2000 and had.holes(0, had.stop) == []

        await path.until(is_whole)
        monitor.close()
        await running

    chunks = await asyncio.to_thread(
        lambda: [s.samples.chunk for s in read_raw(store.path, 0, 2**63, simulated=False)]
    )
    stored = np.concatenate([np.rint(c.acc_mps2[:, 0] / LSB_MPS2).astype(int) for c in chunks])
    told = set(stored.tolist())
    assert known[0] == []
    assert known[1]
    assert told == set(range(max(told) + 1))
    assert np.count_nonzero(stored == 0) == 2001
    assert len(stored) == 2001 + max(told)


class Faulty:
    """A sensor whose troubles are drawn, and all it has measured, by the number each sample is."""

    def __init__(self, sensor, air, rng, monkeypatch):
        self.sensor, self.air, self.rng = sensor, air, rng
        self.measured, self.lost_in_sensor, self.reboots = [], 0, []
        self.deaf = 0.0
        sample, notify = sensor.device.sample, sensor._bluetooth.notify_subscriber

        def note(counts):
            self.measured += counts[:, 0].tolist()
            sample(counts)

        async def maybe(connection, characteristic, payload):
            if rng.random() >= self.deaf:
                await notify(connection, characteristic, payload)

        monkeypatch.setattr(sensor.device, "sample", note)
        monkeypatch.setattr(sensor._bluetooth, "notify_subscriber", maybe)

    async def trouble(self):
        self.sensor.repeats = 1
        self.deaf = 0.0
        match self.rng.integers(5):
            case 0:
                self.air.set_in_range(ADDRESS, False)
                await asyncio.sleep(self.rng.uniform(0.1, 1.2))
                self.air.set_in_range(ADDRESS, True)
            case 1:
                self.sensor.repeats = 2
            case 2:
                self.deaf = 0.2
            case 3:
                lost = int(self.rng.integers(1, 50))
                self.sensor.device.lose(lost)
                self.lost_in_sensor += lost
            case 4:
                self.reboots.append(len(self.measured))
                self.lost_in_sensor = 0
                await self.sensor.reboot(100 + len(self.reboots))
        await asyncio.sleep(self.rng.uniform(0.3, 1.0))


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_each_sample_is_stored_once_or_lost_for_a_reason(
    air, power_up, tmp_path, monkeypatch, seed
):
    sensor = await power_up()
    faulty = Faulty(sensor, air, np.random.default_rng(seed), monkeypatch)
    path = Watched()
    store = await asyncio.to_thread(Store, tmp_path / "day.db")
    params = replace(EAGER, control=replace(EAGER.control, pause_s=0.5))
    link = BleLink(None, f"virtual:127.0.0.1:{air.port}", params=params)
    monitor = Monitor(link, path, store, mounting=lambda: MOUNTING, alerts=PROFILE.alerts)
    running = asyncio.create_task(monitor.run())
    await path.until(lambda: path.statistics().frames > 3)

    for _ in range(10):
        await faulty.trouble()
    sensor.repeats, faulty.deaf = 1, 0.0
    asked = len(path.events)

    def is_whole():
        state = path.pipeline.acquire.ingest.state
        settled = state.had.holes(0, state.had.stop or 0) == []
        newest = state.boot_id == sensor.device.core.boot_id
        return newest and settled and len(path.events) > asked + 20

    await path.until(is_whole, within_s=20)
    monitor.close()
    await running

    chunks = await asyncio.to_thread(
        lambda: [s.samples.chunk for s in read_raw(store.path, 0, 2**63, simulated=False)]
    )
    stored = [
        int(number)
        for chunk in chunks
        for number in np.rint(chunk.acc_mps2[chunk.origin != Origin.BRIDGED, 0] / LSB_MPS2)
    ]
    assert len(stored) == len(set(stored))
    assert set(stored) <= set(faulty.measured)
    # What is missing was measured before the last restart, or after the last frame.
    last_boot = faulty.measured[faulty.reboots[-1]] if faulty.reboots else 0
    missing = set(range(last_boot, max(stored))) - set(stored)
    assert missing == set()
    assert path.statistics().never_sampled >= faulty.lost_in_sensor
    assert path.statistics().overwritten == 0
