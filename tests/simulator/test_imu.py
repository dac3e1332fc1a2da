"""A specimen of the part is wrong by as much as its data sheet says, and no more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Placement
from simulator.imu import (
    ACC_RANGE_G,
    BMI270,
    GYR_RANGE_DPS,
    MTW,
    PHONE_2012,
    acc_mps2,
    draw_imu,
    gyr_radps,
    marked_axes,
    named_mounting,
    perfect_imu,
    slipped,
)
from simulator.motion import GRAVITY_MPS2, IdealMotion

ACC_LSB = ACC_RANGE_G * GRAVITY_MPS2 / 32768
GYR_LSB = np.radians(GYR_RANGE_DPS) / 32768


def motion(acc, gyr):
    n = len(acc)
    return IdealMotion(np.tile([0.0, 0.0, 1.0], (n, 1)), acc, gyr, np.zeros(n))


def counts(imu, acc, gyr, rate_hz=100.0):
    t_s = np.arange(len(acc)) / rate_hz
    return imu.counts(motion(acc, gyr), t_s, rate_hz, np.random.default_rng(0))


def test_worn_as_marked_gravity_reads_on_plus_x_and_forward_is_minus_z():
    imu = perfect_imu(Placement.UPPER_BACK)
    upright, pushed = [0, 0, GRAVITY_MPS2], [2.0, 0, 0]

    read = acc_mps2(counts(imu, np.array([upright, pushed]), np.zeros((2, 3))))

    assert read[0] == pytest.approx([GRAVITY_MPS2, 0, 0], abs=ACC_LSB)
    assert read[1] == pytest.approx([0, 0, -2.0], abs=ACC_LSB)


def test_in_front_the_label_faces_forward():
    imu = perfect_imu(Placement.CHEST)

    read = acc_mps2(counts(imu, np.array([[2.0, 0, 0]]), np.zeros((1, 3))))

    assert marked_axes(Placement.CHEST) == ("+x", "+z")
    assert read[0] == pytest.approx([0, 0, 2.0], abs=ACC_LSB)


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
@pytest.mark.parametrize("forward", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_a_named_mounting_is_a_rotation(up, forward):
    if up[1] == forward[1]:
        return

    matrix = named_mounting(up, forward).matrix()

    assert matrix @ matrix.T == pytest.approx(np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1.0)


@given(
    acc=st.lists(st.floats(-78.0, 78.0), min_size=3, max_size=3),
    gyr=st.lists(st.floats(-17.4, 17.4), min_size=3, max_size=3),
)
def test_a_perfect_part_is_wrong_by_half_a_count_at_most(acc, gyr):
    imu = perfect_imu(Placement.UPPER_BACK)
    read = counts(imu, np.array([acc]), np.array([gyr]))

    matrix = imu.body_from_sensor
    assert matrix @ acc_mps2(read)[0] == pytest.approx(acc, abs=0.51 * ACC_LSB)
    assert matrix @ gyr_radps(read)[0] == pytest.approx(gyr, abs=0.51 * GYR_LSB)


def test_beyond_its_range_an_axis_stands_at_the_end():
    imu = perfect_imu(Placement.UPPER_BACK)
    acc = np.array([[0, 0, 9.0 * GRAVITY_MPS2], [0, 0, -9.0 * GRAVITY_MPS2]])
    gyr = np.radians([[0, 0, 1200.0], [0, 0, -1200.0]])

    read = counts(imu, acc, gyr)

    assert read.dtype == np.int16
    assert read[:, 0].tolist() == [32767, -32768]
    assert read[:, 3].tolist() == [32767, -32768]


@pytest.mark.parametrize("rate_hz", [25.0, 100.0])
@pytest.mark.parametrize("part", [BMI270, PHONE_2012, MTW], ids=lambda part: part.name)
def test_noise_at_rest_is_that_of_the_part(rate_hz, part):
    imu = draw_imu(np.random.default_rng(1), Placement.UPPER_BACK, part)
    still = np.tile([0.0, 0.0, GRAVITY_MPS2], (4000, 1))

    read = counts(imu, still, np.zeros((4000, 3)), rate_hz)

    band = np.sqrt(rate_hz / 2)
    acc_sd = np.hypot(part.acc_noise_g * band * GRAVITY_MPS2, ACC_LSB / np.sqrt(12))
    gyr_sd = np.hypot(np.radians(part.gyr_noise_dps) * band, GYR_LSB / np.sqrt(12))
    assert acc_mps2(read).std(axis=0) == pytest.approx(np.full(3, acc_sd), rel=0.08)
    assert gyr_radps(read).std(axis=0) == pytest.approx(np.full(3, gyr_sd), rel=0.08)


def test_specimens_differ_in_offset_scale_and_tilt():
    imus = [draw_imu(np.random.default_rng(seed), Placement.UPPER_BACK) for seed in range(300)]
    marked = named_mounting("+x", "-z").matrix()

    gyr_offset = np.degrees([imu.gyr_offset_radps for imu in imus])
    acc_offset = np.array([imu.acc_offset_mps2 for imu in imus]) / GRAVITY_MPS2
    tilt = [
        np.degrees(np.arccos((np.trace(imu.body_from_sensor @ marked.T) - 1) / 2)) for imu in imus
    ]

    assert gyr_offset.std() == pytest.approx(0.5, rel=0.1)
    assert acc_offset.std() == pytest.approx(0.020, rel=0.1)
    assert np.std([imu.gyr_scale for imu in imus]) == pytest.approx(0.004, rel=0.1)
    assert 3 < np.median(tilt) < 7


def test_a_part_with_more_noise_is_otherwise_the_same_specimen():
    quiet, loud = (
        draw_imu(np.random.default_rng(3), Placement.LOW_BACK, part) for part in (BMI270, MTW)
    )

    assert np.array_equal(quiet.body_from_sensor, loud.body_from_sensor)
    assert np.array_equal(quiet.acc_offset_mps2, loud.acc_offset_mps2)
    assert loud.acc_noise_mps2 > quiet.acc_noise_mps2


def test_a_slipping_sensor_feels_itself_turn_by_as_much_as_gravity_does():
    time_s = np.arange(0, 6, 0.01)
    worn = np.tile([GRAVITY_MPS2, 0.0, 0.0], (len(time_s), 1))

    acc, gyr = slipped(worn, np.zeros_like(worn), time_s, 2.0, np.radians(14.0))

    assert np.degrees(np.arctan2(acc[-1, 2], acc[-1, 0])) == pytest.approx(14.0)
    assert np.degrees(gyr[:, 1].sum() * 0.01) == pytest.approx(14.0, abs=0.01)
    assert np.array_equal(acc[time_s < 2.0], worn[time_s < 2.0])
    assert np.linalg.norm(acc, axis=1) == pytest.approx(GRAVITY_MPS2)
    assert 5 < np.degrees(gyr[:, 1].max()) < 60
