"""The zero of all angles, taken while the person stands still."""

import numpy as np
import pytest

from monitor.model import Placement, SampleChunk, Segment
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES
from simulator.scenarios import simulate

RATE_HZ = 100.0


def sagittal_of_zero_deg(start_s: float, packet: int) -> float:
    """Simulated standing, lifting and walking from `start_s` on: where a true zero reads [deg]."""
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"), 3.0)
    blocks = list(
        simulate("demo", seconds=60, seed=0, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    first = int(start_s * RATE_HZ)
    acc = np.concatenate([block.acc_mps2 for block in blocks])[first:]
    gyr = np.concatenate([block.gyr_radps for block in blocks])[first:]
    truth = np.degrees(np.concatenate([block.sagittal_rad for block in blocks])[first:])
    segment, said = Segment(0, 0, RATE_HZ), []
    for a in range(0, len(acc), packet):
        part = slice(a, a + packet)
        chunk = SampleChunk(
            segment,
            a,
            acc[part].copy(),
            gyr[part].copy(),
            np.zeros(len(acc[part]), np.uint8),
        )
        said += [motion.sagittal_rad() for motion in interpret.push([chunk]).motion]
    assert interpret.neutral is None
    error = np.degrees(np.concatenate(said))[-500:] - truth[-500:]
    return float(np.median(error))


@pytest.mark.parametrize("start_s", [0.0, 8.0, 11.0, 12.5])
def test_a_zero_asked_for_in_the_middle_of_a_lift_waits_for_standing_still(start_s):
    """The wearer of the demo lifts between about 11 and 14 s."""
    assert abs(sagittal_of_zero_deg(start_s, 10)) < 6
