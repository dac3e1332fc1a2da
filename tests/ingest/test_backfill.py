"""Samples that were sent again: each once, beside the live ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import SensorConfig, encode_config, gatt
from firmware_protocol.codes import LossReason
from firmware_protocol.control import BackfillDone, Lost, encode_message
from monitor.ingest import Backfilled, Ingest
from monitor.ingest.backfill import MET
from monitor.model import Disconnected, Notified, Numbered, RawChunk, RawEnd
from tests.ingest.test_ingest import BOOT, config, imu


def again(sequence, n=10, boot_id=BOOT):
    return replace(imu(sequence, n, boot_id), characteristic=gatt.BACKFILL)


def lost(first, count, reason=LossReason.OVERWRITTEN, boot_id=BOOT):
    return Notified(0, gatt.BACKFILL, encode_message(Lost(reason, boot_id, first, count)))


def play(*events, stored=()):
    """What comes live, what comes from the past, and the counts."""
    ingest = Ingest()
    ingest.leave_out(stored)
    backfilled = Backfilled(ingest)
    live, past = [], []
    for event in [config(), *events]:
        live += ingest.push(event)
        past += backfilled.push(event)
    return live, past, ingest.statistics()


def stretches(items):
    return [(item.sequence, len(item)) for item in items if isinstance(item, RawChunk)]


def test_a_gap_is_filled_beside_the_live_samples():
    live, past, counted = play(imu(0), imu(40), again(10), again(20), imu(50), again(30))

    assert stretches(live) == [(0, 10), (40, 10), (50, 10)]
    assert stretches(past) == [(10, 10), (20, 10), (30, 10)]
    assert past[-1] == RawEnd(past[-1].at_ns, MET)
    assert (counted.samples, counted.backfilled, counted.missing_samples) == (30, 30, 30)


def test_values_and_times_are_those_of_the_frame():
    _, past, _ = play(imu(100), again(5, 4))

    assert past[0].device_us == 50_000
    assert np.array_equal(
        np.round(past[0].acc_mps2[:, 0] / past[0].acc_mps2[0, 0] * 5), range(5, 9)
    )


def test_what_came_live_or_was_sent_again_before_is_cut_off():
    _, past, counted = play(imu(0), imu(20), again(5, 20), again(8), again(12, 4))

    assert stretches(past) == [(10, 10)]
    assert counted.backfilled == 10
    assert counted.backfill_doubled == 2


def test_what_an_earlier_run_of_the_program_has_stored_is_cut_off_to_the_sample():
    stored = [Numbered(BOOT, 3, 25), Numbered(BOOT, 31, 33), Numbered(BOOT + 1, 0, 1000)]

    _, past, counted = play(imu(50), *(again(n) for n in range(0, 50, 10)), stored=stored)

    assert stretches(past) == [(0, 3), (25, 5), (30, 1), (33, 7), (40, 10)]
    assert counted.backfilled == 26


def test_live_samples_are_never_left_out_even_where_the_sensor_counts_anew():
    # A sensor whose boot id is always the same hides its restart.
    live, past, _ = play(imu(20), again(10), stored=[Numbered(BOOT, 0, 1000)])

    assert stretches(live) == [(20, 10)]
    assert stretches(past) == []


def test_stored_numbers_are_those_of_the_wrap_that_the_sensor_is_in():
    wrap = 2**32

    _, past, _ = play(imu(5), again(wrap - 10), stored=[Numbered(BOOT, 3 * wrap - 5, 3 * wrap)])

    assert stretches(past) == [(-10, 5)]


def test_a_live_frame_that_was_sent_again_before_is_dropped():
    live, past, counted = play(imu(0), again(10), imu(10), imu(20))

    assert stretches(live) == [(0, 10), (20, 10)]
    assert stretches(past) == [(10, 10)]
    assert counted.doubled == 1


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 300), st.integers(1, 18)), min_size=1, max_size=40
    )
)
def test_no_sample_passes_twice_and_none_that_came_is_missing(frames):
    sent = [again(first, n) if old else imu(first, n) for old, first, n in frames]

    live, past, counted = play(imu(150), *sent)

    passed = [n for first, count in stretches([*live, *past]) for n in range(first, first + count)]
    assert len(passed) == len(set(passed)) == counted.samples + counted.backfilled
    again_numbers = {n for old, first, count in frames if old for n in range(first, first + count)}
    assert again_numbers <= set(passed)


def test_numbers_before_a_wrap_are_found():
    _, past, _ = play(imu(2**32 - 10), imu(2**32 + 10), again(2**32 - 5), again(2**32 + 5))

    assert stretches(past) == [(2**32, 5), (2**32 + 5, 5)]


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (LossReason.OVERWRITTEN, "overwritten"),
        (LossReason.NEVER_SAMPLED, "never_sampled"),
        (LossReason.ACKNOWLEDGED, "acknowledged"),
    ],
)
def test_what_the_device_has_lost_is_counted_once_under_its_reason(reason, name):
    _, past, counted = play(imu(100), lost(0, 60, reason), lost(50, 20, reason), again(70))

    assert getattr(counted, name) == 70
    assert stretches(past) == [(70, 10)]
    assert isinstance(past[0], RawEnd)


def test_the_end_of_a_run_that_is_over_is_counted_as_such():
    _, past, counted = play(imu(0), lost(10, 2**30, LossReason.REBOOTED, boot_id=5))

    assert past == []
    assert counted.rebooted == 1
    assert counted.overwritten == 0


def test_a_run_of_which_nothing_came_live_cannot_be_placed():
    _, past, counted = play(again(0), imu(0), again(10, boot_id=5), lost(0, 3, boot_id=5))

    assert past == []
    assert counted.unplaced == 3


def test_garbage_is_counted_and_the_rest_goes_on():
    broken = again(10).payload[:-1] + b"\0"
    _, past, counted = play(
        imu(30), Notified(0, gatt.BACKFILL, broken), Notified(0, gatt.BACKFILL, b""), again(20)
    )

    assert stretches(past) == [(20, 10)]
    assert (counted.checksum, counted.truncated, counted.unknown_characteristic) == (1, 1, 0)


def test_a_disconnection_ends_the_stretch_and_the_next_connection_carries_on():
    _, past, _ = play(
        imu(0), imu(50), again(10), Disconnected(9, "gone"), config(), imu(100), again(20)
    )

    assert stretches(past) == [(10, 10), (20, 10)]
    assert past[1] == RawEnd(9, "gone")


def test_the_end_of_a_request_is_no_end_of_a_stretch():
    done = Notified(0, gatt.BACKFILL, encode_message(BackfillDone(1, BOOT, 20)))

    _, past, _ = play(imu(50), again(10), done, again(20))

    assert [type(item) for item in past] == [RawChunk, RawChunk]


def test_a_new_boot_forgets_what_was_there():
    other = Notified(0, gatt.CONFIG, encode_config(SensorConfig(1, 6, 100_000, 8, 1000, 18)))

    live, past, _ = play(imu(0), other, imu(5, boot_id=6), again(0, 5, boot_id=6))

    assert stretches(live) == [(0, 10), (5, 10)]
    assert stretches(past) == [(0, 5)]
