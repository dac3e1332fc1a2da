"""Faults drawn at random, and proof that the law that is looked at can be broken."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol.codes import LossReason
from firmware_protocol.control import Lost
from monitor.ingest.coverage import Coverage
from monitor.link.backlog import Backlog
from monitor.model import NS_PER_S, Origin, SampleChunk, Segment
from simulator.faults import parse_fault
from tests.faults import virtual
from tests.faults.scene import ACC_LSB, GYR_LSB, numbered, scene, settle
from tests.faults.soak import FAULTS, soak
from tests.faults.virtual import START_S, StandstillError, VirtualLoop


async def test_drawn_faults_lose_nothing_without_a_reason(tmp_path):
    # Of all seeds this one draws each kind of fault in the least time.
    outcome = await soak(tmp_path, 120.0, 226, between_s=6.0)

    assert outcome.account.broken == []
    assert (outcome.injected, len(outcome.faults)) == (50, 17)
    assert outcome.connections > 3
    assert outcome.account.stored > 10_000
    assert set(outcome.account.lost) <= {"rebooted", "overwritten", "unheard"}


def test_every_drawn_fault_can_be_read():
    rng = np.random.default_rng(0)

    drawn = [draw(rng) for draw in FAULTS for _ in range(50)]

    assert all(parse_fault(text) for texts in drawn for text in texts.split())


def test_one_seed_gives_one_course_of_events(tmp_path_factory):
    folders = [tmp_path_factory.mktemp("soak") for _ in range(2)]

    first, second = (virtual.run(lambda f=f: soak(f, 20.0, 25, between_s=3.0)) for f in folders)

    assert first.injected > 3
    assert replace(first, wall_s=0.0) == replace(second, wall_s=0.0)


# The checker itself


def measured(count=1000, boot=7):
    kinds = [("number", "i8"), ("boot", "i8"), ("sequence", "i8"), ("at_s", "f8")]
    book = np.zeros(count, kinds)
    book["number"] = book["sequence"] = np.arange(count)
    book["boot"] = boot
    book["at_s"] = START_S + np.arange(count) / 100
    return book


def chunk(first, count, late_s=0.0, order=None):
    counts = numbered(first, count)
    if order is not None:
        counts = counts[order]
    segment = Segment(0, round((START_S + first / 100 + late_s) * NS_PER_S), 100.0)
    return SampleChunk(
        segment,
        0,
        counts[:, :3] * ACC_LSB,
        counts[:, 3:] * GYR_LSB,
        np.full(count, Origin.MEASURED, np.uint8),
    )


def lost(reason, first, count, boot=7):
    return Lost(reason, boot, first, count)


def test_what_is_stored_once_and_in_order_is_lawful():
    account = settle(measured(), [chunk(0, 400), chunk(400, 600)], [], {7}, 999)

    assert (account.broken, account.stored, account.lost, account.pending) == ([], 1000, {}, 0)


@pytest.mark.parametrize(
    ("chunks", "told", "words"),
    [
        ([chunk(0, 400), chunk(399, 601)], [], "399 is stored 2 times"),
        ([chunk(0, 400), chunk(401, 599)], [], "1 samples are nowhere"),
        ([chunk(0, 1001)], [], "1000 was never measured"),
        ([chunk(0, 1000, late_s=0.5)], [], "0 is 0.50 s from when it was measured"),
        ([chunk(0, 2, order=[1, 0]), chunk(2, 998)], [], "out of order"),
        ([chunk(0, 400)], [lost(LossReason.ACKNOWLEDGED, 400, 600)], "600 samples were acknowled"),
        ([chunk(0, 400)], [lost(LossReason.OVERWRITTEN, 400, 599)], "1 samples are nowhere"),
        ([chunk(0, 400)], [lost(LossReason.OVERWRITTEN, 400, 600, boot=8)], "600 samples are now"),
        ([], [], "1000 samples are nowhere"),
    ],
)
def test_what_is_against_the_law_is_seen(chunks, told, words):
    account = settle(measured(), chunks, told, {7}, 999)

    assert len(account.broken) >= 1
    assert any(words in said for said in account.broken), account.broken


@pytest.mark.parametrize(
    ("told", "heard", "settled", "counted"),
    [
        ([lost(LossReason.OVERWRITTEN, 400, 600)], {7}, 999, {"overwritten": 600}),
        ([lost(LossReason.REBOOTED, 400, 2**30)], {7}, 999, {"rebooted": 600}),
        ([], set(), 999, {"unheard": 600}),
        ([], {7}, 399, {}),
    ],
)
def test_a_loss_with_a_reason_is_lawful(told, heard, settled, counted):
    account = settle(measured(), [chunk(0, 400)], told, heard, settled)

    assert (account.broken, account.lost) == ([], counted)
    assert account.pending == (600 if not counted else 0)


# Mutants: what the law rests on, taken away


async def test_a_link_that_never_asks_again_breaks_the_law(tmp_path, monkeypatch):
    monkeypatch.setattr(Backlog, "wanted", lambda _: None)
    async with scene(tmp_path, "lost-frames:0.2", interpret=False) as here:
        await asyncio.sleep(10)
        here.settled = here.book.newest - 100
        account = await here.account()

    assert any("nowhere" in said for said in account.broken)


async def test_a_path_that_forgets_what_it_had_breaks_the_law(tmp_path, monkeypatch):
    add = Coverage.add

    def forgetful(self, start, stop):
        add(self, start, stop)
        return [(start, stop)]

    monkeypatch.setattr(Coverage, "add", forgetful)
    async with scene(tmp_path, "lost-frames:0.2", "doubled-frames:1", interpret=False) as here:
        await asyncio.sleep(10)
        account = await here.account()

    assert any("stored 2 times" in said for said in account.broken)


async def test_a_device_that_skips_what_it_was_asked_for_breaks_the_law(tmp_path, monkeypatch):
    async with scene(tmp_path, "lost-frames:0.2", interpret=False) as here:
        poll = here.sensor.device.core.poll

        def forgetful(now_us, room):
            return [
                said for said in poll(now_us, room) if said[1][:1] != b"\x01" or len(said[1]) < 150
            ]

        monkeypatch.setattr(here.sensor.device.core, "poll", forgetful)
        await asyncio.sleep(10)
        here.settled = here.book.newest - 100
        account = await here.account()

    assert any("nowhere" in said for said in account.broken)


# Virtual time


async def test_an_hour_of_waiting_takes_no_time_and_every_clock_shows_it():
    loop = asyncio.get_running_loop()
    before_s = loop.time()

    await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1800))

    assert loop.time() - before_s == pytest.approx(3600)


async def test_time_stands_still_while_a_thread_works():
    loop = asyncio.get_running_loop()
    before_s = loop.time()
    later = asyncio.create_task(asyncio.sleep(0.001))

    await asyncio.to_thread(sum, range(10**6))

    assert loop.time() == before_s
    await later


def test_waiting_for_what_never_comes_is_an_error():
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, pytest.raises(StandstillError):
        runner.run(asyncio.Event().wait())
