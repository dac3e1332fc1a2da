"""Getting up and sitting down: what rises or sinks, and swings on the way."""

import numpy as np
import pytest

from monitor.model import EventKind, Segment
from monitor.states import transitions
from monitor.states.history import COLUMNS, NORM, UP, History

PARAMS = transitions.Params()
G_MPS2 = 9.80665
START, STOP = 20, 45  # hops of 0.1 s


def seen(height_m: float, swing_deg: float, turn_deg: float = 0.0) -> EventKind | None:
    """A movement of 2.5 s to a height, tipping on the way by one angle and for good by another."""
    share = np.clip((np.arange(STOP + 10) - START) / (STOP - START), 0.0, 1.0)
    way = share**3 * (10 - 15 * share + 6 * share**2)
    acc = np.gradient(np.gradient(height_m * way, 0.1), 0.1)
    lean = np.radians(swing_deg * np.sin(np.pi * share) ** 2 + turn_deg * way)
    rows = np.zeros((len(share), COLUMNS))
    rows[:, NORM] = G_MPS2 + acc
    rows[:, UP] = np.stack([-np.sin(lean), np.zeros_like(lean), np.cos(lean)], axis=1)
    history = History(Segment(0, 0, 100.0), 10, True, 0, rows)
    return transitions.judge(PARAMS, history, START, STOP + 5).kind


@pytest.mark.parametrize("swing_deg", [9.0, 20.0, 40.0])
def test_a_rise_that_swings_is_getting_up_and_a_fall_is_sitting_down(swing_deg):
    assert seen(0.6, swing_deg) is EventKind.SIT_TO_STAND
    assert seen(-0.42, swing_deg) is EventKind.STAND_TO_SIT


@pytest.mark.parametrize("swing_deg", [0.0, 3.0, 6.0])
def test_what_goes_up_or_down_without_swinging_is_a_vehicle_or_a_step(swing_deg):
    assert seen(0.6, swing_deg) is None
    assert seen(-0.42, swing_deg) is None


def test_tipping_over_for_good_is_no_swing():
    """Braking, felt without a gyroscope, leans the trunk and leaves it there."""
    assert seen(-0.42, 0.0, 15.0) is None


def test_a_body_that_stays_level_neither_rises_nor_sits():
    assert seen(0.0, 20.0) is None
