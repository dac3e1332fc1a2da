"""The firmware model: counts in, numbered and stamped frames out."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.device import Device, DeviceParams


def counts(n):
    return np.arange(6 * n).reshape(n, 6).astype(np.int16)


@given(st.lists(st.integers(0, 40), max_size=20), st.integers(1, 20))
def test_blocks_of_any_size_become_the_same_frames(sizes, samples_per_frame):
    params = DeviceParams(samples_per_frame=samples_per_frame)
    whole = counts(sum(sizes))
    device = Device(1, params)
    cuts = np.cumsum([0, *sizes])

    frames = [
        frame
        for start, stop in itertools.pairwise(cuts)
        for frame in device.push(whole[start:stop])
    ]

    assert [f.sequence for f in frames] == [i * samples_per_frame for i in range(len(frames))]
    assert len(frames) == len(whole) // samples_per_frame
    if frames:
        framed = np.concatenate([f.counts for f in frames])
        assert np.array_equal(framed, whole[: len(framed)])


def test_a_fast_clock_runs_ahead_of_true_time():
    device = Device(1, DeviceParams(clock_error_ppm=40))

    last = device.push(counts(360_010))[-1]

    assert last.device_us == 3_600_000_000 + 144_000  # 40 ppm of an hour


def test_a_fast_chip_samples_more_often_than_it_says():
    device = Device(1, DeviceParams(rate_error_ppm=10_000))

    last = device.push(counts(101_010))[-1]

    assert device.config(10).rate_mhz == 100_000
    assert last.sequence == 101_000
    assert last.device_us == 1_000_000_000  # 101 000 samples at 101 Hz


@given(st.integers(1, 12))
def test_a_split_frame_holds_the_same_samples_at_the_same_times(size):
    device = Device(1)
    frame = device.push(counts(20))[1]

    parts = list(device.split(frame, size))

    assert np.array_equal(np.concatenate([p.counts for p in parts]), frame.counts)
    assert [p.sequence for p in parts] == list(range(10, 20, size))
    assert [p.device_us for p in parts] == [p.sequence * 10_000 for p in parts]


def test_the_sequence_wraps_and_the_clock_does_not():
    device = Device(1, DeviceParams(samples_per_frame=10))
    device._framed = 2**32 - 4

    first, second = device.push(counts(20))

    assert (first.sequence, second.sequence) == (2**32 - 4, 6)
    assert second.device_us - first.device_us == 100_000


def test_counts_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected \(n, 6\)"):
        Device(1).push(np.zeros((5, 3), np.int16))
