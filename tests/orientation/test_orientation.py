"""Where up is, against the simulator's truth."""

import numpy as np
import pytest

from monitor.model import Placement, SampleChunk, Segment, SegmentEnd
from monitor.orientation import Orientation
from simulator.scenarios import simulate

RATE_HZ = 100.0
SEGMENT = Segment(0, 0, RATE_HZ)


def simulated(seconds: float = 60.0):
    blocks = list(
        simulate("short", seconds=seconds, seed=7, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    columns = ("acc_mps2", "gyr_radps", "sagittal_rad")
    return (np.concatenate([getattr(block, name) for block in blocks]) for name in columns)


def chunk(acc, gyr) -> SampleChunk:
    return SampleChunk(SEGMENT, 0, acc, gyr, np.zeros(len(acc), np.uint8))


def spread_deg(motion, truth) -> float:
    """RMS of the difference from the truth, a constant mounting error taken out."""
    error = np.degrees(motion.sagittal_rad() - truth)[300:]
    return float(np.sqrt(np.mean((error - np.median(error)) ** 2)))


def test_the_sagittal_angle_follows_the_truth_through_a_lift_a_walk_and_a_sit():
    acc, gyr, truth = simulated()
    [motion] = Orientation().push(chunk(acc, gyr))

    assert spread_deg(motion, truth) < 2.0


def test_without_a_gyroscope_the_angle_is_rough_and_the_rates_are_unknown():
    acc, gyr, truth = simulated()
    [motion] = Orientation().push(chunk(acc, np.full_like(gyr, np.nan)))

    assert np.isnan(motion.gyr_radps).all()
    assert 2.0 < spread_deg(motion, truth) < 15.0


def test_angles_do_not_count_until_the_filter_has_settled():
    acc, gyr, _ = simulated(4.0)
    [motion] = Orientation().push(chunk(acc, gyr))

    assert motion.settled.tolist() == [False] * 150 + [True] * 250


def test_a_new_segment_settles_afresh():
    acc, gyr, _ = simulated(4.0)
    stage = Orientation()
    stage.push(chunk(acc, gyr))
    stage.push(SegmentEnd(SEGMENT, 400, "gap of 3.0 s"))
    [motion] = stage.push(chunk(acc.copy(), gyr.copy()))

    assert not motion.settled[:150].any()


@pytest.mark.parametrize("bias_dps", [0.5, 1.5])
def test_a_gyroscope_bias_is_learnt_while_still(bias_dps):
    n = 3000
    acc = np.tile([9.80665, 0.0, 0.0], (n, 1))
    gyr = np.full((n, 3), np.radians(bias_dps))
    [motion] = Orientation().push(chunk(acc, gyr))

    assert np.degrees(np.abs(motion.gyr_radps[-1])).max() < 0.1 * bias_dps
