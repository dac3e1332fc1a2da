"""Samples where no IMU frame fits: the same guarantees as with frames."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_protocol import gatt
from firmware_protocol.codes import Status
from firmware_protocol.control import Anchor, CompactFrame, Result, encode_message
from firmware_protocol.layout import BACKFILL
from monitor.ingest import Backfilled, Ingest
from monitor.link.backlog import Backlog
from monitor.model import Connected, Disconnected, Idle, Notified, RawChunk
from tests.ingest.test_ingest import BOOT, config, imu

AGAIN = Notified(0, gatt.CONTROL, encode_message(Result(1, BACKFILL.code, Status.OK, 0)))


def anchor(sequence, boot_id=BOOT, characteristic=gatt.IMU):
    said = Anchor(boot_id, sequence, sequence * 10_000)
    return Notified(sequence, characteristic, encode_message(said))


def compact(sequence, boot_id=BOOT, characteristic=gatt.IMU):
    said = CompactFrame(boot_id % 2**16, sequence % 2**16, sequence % 30_000, 1, 2, 3, 4, 5)
    return Notified(sequence, characteristic, encode_message(said))


def stream(first, n, every=64, characteristic=gatt.IMU):
    """As the device sends them."""
    out = []
    for index in range(n):
        if index % every == 0:
            out.append(anchor(first + index, characteristic=characteristic))
        out.append(compact(first + index, characteristic=characteristic))
    return out


def play(*events):
    """Live chunks, chunks of the past, the counts, and what the link believes is missing."""
    ingest = Ingest()
    backfilled = Backfilled(ingest)
    backlog = Backlog()
    live, past = [], []
    for event in [config(), *events]:
        live += [c for c in ingest.push(event) if isinstance(c, RawChunk)]
        past += [c for c in backfilled.push(event) if isinstance(c, RawChunk)]
        if isinstance(event, Connected):
            backlog.begin()
        elif isinstance(event, Notified):
            backlog.take(event.characteristic, event.payload)
    return live, past, ingest, backlog


def numbers(chunks):
    return [n for c in chunks for n in range(c.sequence, c.sequence + len(c))]


def test_compact_frames_are_gathered_to_tenths_of_a_second():
    live, *_ = play(*stream(100, 30))

    assert [(c.sequence, len(c)) for c in live] == [(100, 10), (110, 10), (120, 10)]
    assert [c.stamped for c in live] == [True, False, False]
    assert live[1].at_ns == 119
    assert live[1].device_us == 110 * 10_000


def test_values_are_those_of_frames():
    from_compact, *_ = play(*stream(100, 10))
    from_frame, *_ = play(imu(100))

    ratio = from_compact[0].acc_mps2[1, 0] / from_compact[0].acc_mps2[0, 0]
    assert ratio == pytest.approx(101 / 100)
    assert from_compact[0].acc_mps2.shape == from_frame[0].acc_mps2.shape
    assert not from_compact[0].saturated.any()


def test_what_is_gathered_is_given_out_where_the_stream_falls_silent():
    for silence in (Idle(0), Disconnected(0, "gone")):
        live, *_ = play(*stream(100, 4), silence)

        assert numbers(live) == [100, 101, 102, 103]


def test_a_lost_anchor_gives_no_sample_a_wrong_number():
    events = [e for e in stream(0, 200) if e != anchor(64)]

    live, _, ingest, _ = play(*events, Idle(0))

    assert numbers(live) == list(range(200))
    assert all(c.device_us == c.sequence * 10_000 for c in live)
    assert ingest.statistics().unanchored == 0


def test_without_any_anchor_frames_are_dropped_and_counted_and_asked_for_again():
    lost_first = stream(0, 30)[1:]

    live, _, ingest, backlog = play(*lost_first, *stream(30, 20), Idle(0))

    assert numbers(live) == list(range(30, 50))
    assert ingest.statistics().unanchored == 30
    assert backlog.settled() is None  # nothing of it is believed to have come


def test_an_anchor_holds_for_one_connection_only():
    live, _, ingest, _ = play(
        *stream(0, 10), Disconnected(0, "x"), Connected(0, "C0", ""), config(), compact(10)
    )

    assert numbers(live) == list(range(10))
    assert ingest.statistics().unanchored == 1


def test_numbers_and_their_halves_wrap():
    first = 2**32 - 5

    live, *_ = play(anchor(first), *(compact((first + i) % 2**32) for i in range(12)), Idle(0))

    assert numbers(live) == list(range(first, first + 12))


def test_a_sample_of_another_run_is_not_taken_for_one_of_this():
    live, _, ingest, _ = play(*stream(0, 10), compact(10, boot_id=BOOT + 1), Idle(0))

    assert numbers(live) == list(range(10))
    assert ingest.statistics().unanchored == 1


def test_compact_back_fill_fills_the_hole_and_its_anchor_is_that_of_its_request():
    past_of = {"characteristic": gatt.BACKFILL}

    live, past, ingest, _ = play(
        *stream(0, 20),
        *stream(60, 20),
        AGAIN,
        *stream(20, 20, **past_of),
        AGAIN,
        compact(40, **past_of),  # its anchor was lost
        *stream(41, 19, **past_of),
        Disconnected(0, "gone"),
    )

    assert sorted(numbers(live) + numbers(past)) == [*range(40), *range(41, 80)]
    assert ingest.statistics().unanchored == 1
    assert ingest.state.had.holes(0, 80) == [(40, 41)]


@settings(deadline=None)
@given(st.sets(st.integers(0, 260), max_size=60), st.integers(3, 64))
def test_whatever_is_lost_each_sample_has_its_own_number_and_the_link_agrees(lost, every):
    sent = stream(1000, 200, every)
    kept = [event for index, event in enumerate(sent) if index not in lost]

    live, _, _, backlog = play(*kept, Idle(0))

    told = numbers(live)
    assert told == sorted(set(told))
    for chunk in live:
        named = np.rint(chunk.acc_mps2[:, 0] / chunk.acc_mps2[0, 0] * (chunk.sequence % 30_000))
        assert np.array_equal(named, np.arange(chunk.sequence, chunk.sequence + len(chunk)))
        assert chunk.device_us == chunk.sequence * 10_000
    run = backlog._runs.get(BOOT)
    believed = [] if run is None else [
        n for n in range(1000, 1200) if not run.had.holes(n, n + 1)
    ]  # fmt: skip
    assert believed == told


def test_a_broken_compact_frame_leaves_a_hole():
    events = stream(0, 30)
    events[12] = replace(events[12], payload=events[12].payload[:-1] + b"\0")

    live, _, ingest, _ = play(*events, Idle(0))

    assert numbers(live) == [*range(11), *range(12, 30)]
    assert ingest.statistics().checksum == 1
