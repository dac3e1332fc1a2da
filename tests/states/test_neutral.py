"""The zero of all angles, taken while the person stands still."""

import numpy as np
import pytest

from dashboard.fitting_text import standing_text
from monitor.model import NS_PER_S, Placement, Refusal, Rezeroed, SampleChunk, Segment
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


def asked_of(moving_s: float, still_s: float) -> list[Rezeroed]:
    """Answers to --neutral 3 of somebody who sways wildly and then stands still."""
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"), 3.0)
    segment, rate_hz, answers = Segment(0, 0, 10.0), 10.0, []
    t_s = np.arange(int((moving_s + still_s) * rate_hz)) / rate_hz
    sway = np.where(t_s < moving_s, np.radians(12) * np.sin(2 * np.pi * 0.4 * t_s), 0.0)
    acc = 9.80665 * np.stack([np.cos(sway), np.zeros_like(sway), np.sin(sway)], axis=1)
    acc += 0.05 * np.random.default_rng(1).normal(size=acc.shape)
    gyr = np.stack([0 * sway, np.gradient(sway) * rate_hz, 0 * sway], axis=1)
    gyr += np.radians(0.5) * np.random.default_rng(2).normal(size=gyr.shape)
    for first in range(0, len(acc), 50):
        part = slice(first, first + 50)
        marks = np.zeros(len(acc[part]), np.uint8)
        chunk = SampleChunk(segment, first, acc[part].copy(), gyr[part].copy(), marks)
        answers += interpret.push([chunk]).rezeroed
    return answers


def test_who_goes_on_moving_is_told_once_what_is_waited_for():
    waits, taken = asked_of(60.0, 10.0)

    assert waits.refused is Refusal.MOVING
    assert 14 < waits.at_ns / NS_PER_S < 18
    assert "Stand upright and still" in standing_text(waits.refused, 0.0)
    assert taken.refused is None


def test_waiting_ends_and_says_so():
    waits, given_up = asked_of(620.0, 10.0)

    assert (waits.refused, given_up.refused) == (Refusal.MOVING, Refusal.GAVE_UP)
    assert given_up.at_ns / NS_PER_S == pytest.approx(603, abs=2)
    assert "take a zero on the page" in standing_text(given_up.refused, 0.0)
