"""From the radio's bytes to raw chunks, with everything a real link does to them."""

import copy
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.ingest import Ingest
from monitor.model import Connected, Disconnected, Idle, Notified, RawChunk, RawEnd
from monitor.stage import feed

BOOT = 0xB007
RATE_HZ = 100
CONFIG = SensorConfig(1, BOOT, RATE_HZ * 1000, 8, 1000, 18)


def config(settings=CONFIG, at_ns=0):
    return Notified(at_ns, gatt.CONFIG, encode_config(settings))


def counts_at(sequence, n):
    """Counts that name their own sample: column 0 is the sequence modulo 10000."""
    counts = np.zeros((n, 6), np.int16)
    counts[:, 0] = np.arange(sequence, sequence + n) % 10_000
    return counts


def imu(sequence, n=10, boot_id=BOOT, counts=None):
    """A frame as the firmware would send it, arriving 10 ms after its last sample."""
    counts = counts_at(sequence, n) if counts is None else counts
    device_us = sequence * 1_000_000 // RATE_HZ
    frame = ImuFrame(boot_id, sequence % 2**32, device_us, counts)
    return Notified(device_us * 1000 + n * 10_000_000, gatt.IMU, encode_frame(frame))


def ingest(*events):
    stage = Ingest()
    return feed(stage, [config(), *events]), stage.statistics()


def stretches(chunks):
    return [(chunk.sequence, len(chunk)) for chunk in chunks]


def test_counts_become_si_units_by_the_ranges_of_the_config():
    counts = np.array([[4096, 0, 0, 32767, -16384, 0]], dtype=np.int16)

    (chunk,), _ = ingest(imu(0, 1, counts=counts))

    # 4096 of 32768 counts at 8 g are 1 g; half of 1000 deg/s is 500 deg/s.
    assert chunk.acc_mps2[0] == pytest.approx([9.80665, 0, 0])
    assert chunk.gyr_radps[0] == pytest.approx(
        [math.radians(1000) * 32767 / 32768, -math.radians(500), 0]
    )


def test_a_chunk_carries_arrival_boot_clock_and_rate():
    event = imu(250)

    (chunk,), _ = ingest(event)

    assert (chunk.at_ns, chunk.boot_id, chunk.sequence) == (event.at_ns, BOOT, 250)
    assert (chunk.device_us, chunk.rate_hz) == (2_500_000, 100.0)
    for array in (chunk.acc_mps2, chunk.gyr_radps):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous


def test_only_samples_at_the_end_of_the_range_are_saturated():
    counts = np.zeros((6, 6), np.int16)
    counts[1, 2], counts[2, 5], counts[3, 0], counts[4, 1] = 32767, -32768, -32767, 32766

    (chunk,), _ = ingest(imu(0, counts=counts))

    assert chunk.saturated.tolist() == [False, True, True, True, False, False]


def test_frames_before_the_config_are_counted_and_not_guessed_at():
    stage = Ingest()

    got = feed(stage, [imu(0), imu(10), config(), imu(20)])

    assert stretches(got) == [(20, 10)]
    assert stage.statistics().before_config == 2


def test_after_a_reconnection_frames_of_another_boot_wait_for_a_new_config():
    got, counted = ingest(imu(0), Disconnected(1, "lost"), imu(0, boot_id=9), imu(10))

    assert stretches(item for item in got if isinstance(item, RawChunk)) == [(0, 10), (10, 10)]
    assert counted.before_config == 1


def test_a_new_config_changes_the_scale_from_then_on():
    other = SensorConfig(1, BOOT, 50_000, 16, 2000, 18)
    counts = np.full((1, 6), 2048, np.int16)

    (first, second), _ = ingest(imu(0, counts=counts), config(other), imu(1, counts=counts))

    assert second.acc_mps2[0, 0] == pytest.approx(2 * first.acc_mps2[0, 0])
    assert second.rate_hz == 50.0


def test_the_sequence_grows_over_its_wrap():
    start = 2**32 - 15

    got, _ = ingest(*(imu(start + k) for k in range(0, 40, 10)))

    assert stretches(got) == [(start + k, 10) for k in range(0, 40, 10)]
    assert got[-1].sequence > 2**32


def test_a_gap_over_the_wrap_is_known_to_the_sample():
    start = 2**32 - 10

    got, counted = ingest(imu(start), imu(start + 110))

    assert stretches(got) == [(start, 10), (start + 110, 10)]
    assert counted.missing_samples == 100


def test_a_new_boot_starts_anew():
    got, counted = ingest(imu(5000), imu(0, boot_id=1), imu(10, boot_id=1))

    assert [(chunk.boot_id, chunk.sequence) for chunk in got] == [(BOOT, 5000), (1, 0), (1, 10)]
    assert counted.boots == 2
    assert counted.missing_samples == 0


def test_doubled_frames_are_passed_on_once():
    events = [event for k in range(0, 50, 10) for event in (imu(k), imu(k))]

    got, counted = ingest(*events)

    assert stretches(got) == [(k, 10) for k in range(0, 50, 10)]
    assert (counted.doubled, counted.late, counted.missing_samples) == (5, 0, 0)


def test_a_frame_repeated_after_a_reconnection_is_dropped():
    got, counted = ingest(imu(0), Disconnected(1, "lost"), Connected(2, "a", "b"), imu(0), imu(10))

    assert stretches(item for item in got if isinstance(item, RawChunk)) == [(0, 10), (10, 10)]
    assert counted.doubled == 1


def test_an_overlapping_frame_is_cut_to_what_is_new():
    got, counted = ingest(imu(0, 10), imu(6, 10))

    assert stretches(got) == [(0, 10), (10, 6)]
    assert got[1].device_us == 100_000
    scale = 8 * 9.80665 / 32768
    assert got[1].acc_mps2[:, 0] == pytest.approx(np.arange(10, 16) * scale)
    assert counted.trimmed == 1


def test_a_late_frame_is_told_from_a_doubled_one():
    got, counted = ingest(imu(0), imu(20), imu(10), imu(20), imu(30))

    assert stretches(got) == [(0, 10), (20, 10), (30, 10)]
    assert (counted.late, counted.doubled, counted.missing_samples) == (1, 1, 10)


def test_gaps_of_the_last_boot_do_not_make_a_doubled_frame_late():
    _, counted = ingest(imu(0), imu(20), imu(0, boot_id=9), imu(10, boot_id=9), imu(10, boot_id=9))

    assert (counted.late, counted.doubled) == (0, 1)


def test_a_device_that_restarts_without_a_new_boot_id_is_heard_again():
    got, counted = ingest(imu(100_000), imu(0), imu(10))

    assert stretches(got) == [(100_000, 10), (0, 10), (10, 10)]
    assert counted.restarts == 1


def test_one_wild_sequence_does_not_deafen_us():
    got, _ = ingest(imu(0), imu(2**30), imu(10), imu(20))

    assert stretches(got) == [(0, 10), (2**30, 10), (10, 10), (20, 10)]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda b: b[:-1], "truncated"),
        (lambda b: b + b"\0", "trailing_bytes"),
        (lambda b: b[:20] + bytes([b[20] ^ 1]) + b[21:], "checksum"),
        (lambda b: b"\x7f" + b[1:], "unknown_message"),
    ],
)
def test_bad_bytes_are_counted_by_reason_and_the_next_frame_is_read(spoil, reason):
    bad = imu(10)
    bad = Notified(bad.at_ns, bad.characteristic, spoil(bad.payload))

    got, counted = ingest(imu(0), bad, imu(20))

    assert stretches(got) == [(0, 10), (20, 10)]
    assert asdict(counted)[reason] == 1
    assert "at byte" in counted.last_rejection


def test_a_config_of_another_version_is_counted_and_the_old_one_kept():
    newer = bytes([2, 2]) + encode_config(CONFIG)[2:]

    got, counted = ingest(Notified(0, gatt.CONFIG, newer), imu(0))

    assert stretches(got) == [(0, 10)]
    assert counted.version == 1
    assert "version 2" in counted.last_rejection


def test_the_end_of_the_connection_is_passed_on_and_the_rest_is_silent():
    got, counted = ingest(
        Connected(0, "C0:FF:EE:00:00:01", "<b>name</b>"),
        Idle(1),
        Notified(2, gatt.BATTERY_LEVEL, b"\x57"),
        Notified(3, "0000ffe4-0000-1000-8000-00805f9b34fb", b"\x55\x61"),
        Disconnected(4, "supervision timeout"),
    )

    assert got == [RawEnd(4, "supervision timeout")]
    assert counted.unknown_characteristic == 1


@given(st.lists(st.tuples(st.sampled_from([gatt.IMU, gatt.CONFIG]), st.binary(max_size=80))))
@example([(gatt.IMU, b"\x04")])  # an anchor cut short, before there is a config
def test_no_bytes_make_it_raise(payloads):
    stage = Ingest()

    feed(stage, [Notified(0, characteristic, payload) for characteristic, payload in payloads])

    counted = asdict(stage.statistics())
    assert sum(value for value in counted.values() if isinstance(value, int)) == len(payloads)


frames = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 20), st.sampled_from([BOOT, BOOT, BOOT, 9])),
    max_size=30,
)


@given(frames)
@settings(deadline=None)
def test_no_sample_of_a_run_is_passed_on_twice_and_all_are_what_the_device_sent(sent):
    got, _ = ingest(*(imu(sequence, n, boot_id) for sequence, n, boot_id in sent))

    expected = 0
    boot = None
    for chunk in got:
        if chunk.boot_id == boot:
            assert chunk.sequence >= expected
        expected, boot = chunk.sequence + len(chunk), chunk.boot_id
        number = np.arange(chunk.sequence, expected) % 10_000
        assert chunk.acc_mps2[:, 0] == pytest.approx(number * 8 * 9.80665 / 32768)


@given(frames, st.integers(0, 30))
@settings(deadline=None)
def test_a_copied_state_carries_on_identically(sent, at):
    events = [config(), *(imu(*frame) for frame in sent)]
    one, other = Ingest(), Ingest()
    feed(one, events[:at])
    other.state = copy.deepcopy(one.state)

    first, second = feed(one, events[at:]), feed(other, events[at:])

    assert stretches(first) == stretches(second)
    assert one.state == other.state
    assert one.statistics() == other.statistics()
