"""From what was heard to what is still to be asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import ImuFrame, encode_frame, gatt
from firmware_protocol.codes import LossReason
from firmware_protocol.control import BackfillDone, Lost, RingState, encode_message
from monitor.link.backlog import REQUEST_SAMPLES, REST_OF_RUN, Backlog, Wanted


def frame(first, n=10, boot_id=1):
    return encode_frame(ImuFrame(boot_id, first % 2**32, first, np.zeros((n, 6), np.int16)))


def ring(acknowledged, after, boot_id=1):
    return RingState(1, boot_id, acknowledged % 2**32, after % 2**32, acknowledged % 2**32)


def hearing(*frames, acknowledged=0, after=0):
    backlog = Backlog()
    backlog.ring(ring(acknowledged, max(after, acknowledged)))
    for first, n in frames:
        backlog.take(gatt.IMU, frame(first, n))
    return backlog


def test_nothing_is_asked_for_before_live_samples_flow():
    assert hearing(after=500).wanted() is None


def test_what_lies_between_the_acknowledged_and_the_live_is_missing():
    assert hearing((500, 10), acknowledged=100).wanted() == Wanted(1, 100, 400)


def test_the_oldest_hole_comes_first_and_what_was_sent_again_closes_it():
    backlog = hearing((0, 10), (20, 10), (40, 10))

    assert backlog.wanted() == Wanted(1, 10, 10)
    backlog.take(gatt.BACKFILL, frame(10))
    assert backlog.wanted() == Wanted(1, 30, 10)
    backlog.take(gatt.BACKFILL, encode_message(Lost(LossReason.NEVER_SAMPLED, 1, 30, 10)))
    assert backlog.wanted() is None
    assert backlog.settled() == (1, 50)


def test_what_is_missing_is_counted_until_it_has_come():
    backlog = hearing((0, 10), (20, 10), (40, 10))

    assert Backlog().missing() is None
    assert backlog.missing() == 20
    backlog.take(gatt.BACKFILL, frame(10))
    assert backlog.missing() == 10


def test_a_long_hole_is_asked_for_in_parts():
    wanted = hearing((100_000, 10)).wanted()

    assert wanted == Wanted(1, 0, REQUEST_SAMPLES)


def test_a_broken_frame_leaves_a_hole():
    backlog = hearing((0, 10))
    backlog.take(gatt.IMU, frame(10)[:-1] + b"\0")
    backlog.take(gatt.IMU, b"")
    backlog.take(gatt.IMU, frame(20))

    assert backlog.wanted() == Wanted(1, 10, 10)


def test_a_live_frame_that_comes_late_is_asked_for_again_since_the_path_drops_it():
    backlog = hearing((0, 10), (20, 10), (10, 10))

    assert backlog.wanted() == Wanted(1, 10, 10)


def test_a_live_frame_that_comes_twice_counts_once():
    backlog = hearing((0, 10), (0, 10), (5, 10))

    assert backlog.wanted() is None
    assert backlog.settled() == (1, 15)


def test_a_hole_may_reach_over_the_wrap_of_the_numbers():
    wrap = 2**32
    backlog = hearing((wrap - 20, 10), (wrap + 10, 10), acknowledged=wrap - 20)

    wanted = backlog.wanted()

    assert (wanted.first % wrap, wanted.count) == (wrap - 10, 20)
    backlog.take(gatt.BACKFILL, frame(wrap - 10))
    backlog.take(gatt.BACKFILL, frame(wrap))
    assert backlog.wanted() is None


def test_a_run_that_is_over_is_asked_for_until_the_device_calls_it_rebooted():
    backlog = hearing((0, 10))
    backlog.ring(ring(0, 10, boot_id=2))
    backlog.take(gatt.IMU, frame(5, boot_id=2))

    assert backlog.wanted() == Wanted(1, 10, REST_OF_RUN)
    backlog.take(gatt.BACKFILL, encode_message(Lost(LossReason.REBOOTED, 1, 10, REST_OF_RUN)))
    assert backlog.wanted() == Wanted(2, 0, 5)


def test_the_end_of_a_request_is_known_by_its_id():
    backlog = Backlog()
    backlog.take(gatt.BACKFILL, encode_message(BackfillDone(9, 1, 20)))

    assert backlog.done == 9


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 18)), min_size=1, max_size=30))
def test_answering_whatever_it_asks_for_leaves_nothing_missing(frames):
    backlog = hearing(*frames)
    asked = 0

    while (wanted := backlog.wanted()) is not None:
        backlog.take(gatt.BACKFILL, frame(wanted.first, min(wanted.count, 18)))
        asked += 1
        assert asked < 100

    newest = max(first + n for first, n in frames)
    assert backlog.settled() == (1, newest)
