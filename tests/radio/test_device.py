"""What is around the firmware core: clocks with errors, and a motion sensor that fails."""

import numpy as np
import pytest

from firmware_protocol import decode_frame, gatt
from simulator.device import Device, DeviceParams


def counts(n):
    return np.arange(6 * n).reshape(n, 6).astype(np.int16)


@pytest.fixture
def listening():
    """A sensor with power and a host that wants its frames."""

    def power_up(**params):
        device = Device(1, DeviceParams(**params))
        device.power_up()
        device.core.on_connect(247)
        device.core.on_subscribe(gatt.IMU, True)
        device.core.poll(0)
        return device

    return power_up


def frames(device):
    now_us = device.clock_us(device.taken_s(device.sampled))
    return [decode_frame(payload) for _, payload in device.core.poll(now_us)]


def test_a_fast_clock_runs_ahead_of_true_time(listening):
    device = listening(clock_error_ppm=40)

    device.lose(360_000)
    device.sample(counts(10))

    assert frames(device)[0].device_us == 3_600_000_000 + 144_000  # 40 ppm of an hour


def test_a_fast_chip_samples_more_often_than_it_says(listening):
    device = listening(rate_error_ppm=10_000)

    device.lose(101_000)
    device.sample(counts(10))

    assert device.core.config().rate_mhz == 100_000
    frame = frames(device)[0]
    assert frame.sequence == 101_000
    assert frame.device_us == 1_000_000_000  # 101 000 samples at 101 Hz


def test_the_sequence_wraps_and_the_clock_does_not(listening):
    device = listening(first_sequence=2**32 - 4)

    device.sample(counts(20))

    first, second = frames(device)
    assert (first.sequence, second.sequence) == (2**32 - 4, 6)
    assert second.device_us - first.device_us == 100_000
    assert np.array_equal(np.concatenate([first.counts, second.counts]), counts(20))


def test_a_reboot_begins_count_and_clock_anew(listening):
    device = listening()
    device.sample(counts(20))

    device.reboot(2)
    device.core.on_connect(247)
    device.core.on_subscribe(gatt.IMU, True)
    device.core.poll(0)
    device.sample(counts(10))

    frame = frames(device)[0]
    assert (frame.boot_id, frame.sequence, frame.device_us) == (2, 0, 0)


def test_counts_of_another_shape_are_refused(listening):
    with pytest.raises(ValueError, match=r"expected \(n, 6\)"):
        listening().sample(np.zeros((5, 3), np.int16))
