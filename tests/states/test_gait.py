"""When a body in regular motion counts as walking, and from when to when."""

import numpy as np
import pytest

from monitor.model import Segment
from monitor.states import gait
from monitor.states.history import COLUMNS, NORM, NORM_SQ, History

G_MPS2 = 9.80665


def history(norm_mps2: np.ndarray) -> History:
    """One hop of 0.1 s a value; nothing varies within a hop."""
    rows = np.zeros((len(norm_mps2), COLUMNS))
    rows[:, NORM], rows[:, NORM_SQ] = norm_mps2, norm_mps2**2
    return History(Segment(0, 0, 100.0), 10, True, 0, rows)


def stretch(
    still_s: float, step_hz: float, moving_s: float, after_s: float, sd_mps2: float = 2.0
) -> np.ndarray:
    """|a| at rest, then in steps, then at rest."""
    t = np.arange(round(moving_s * 10)) / 10
    steps = np.sqrt(2) * sd_mps2 * np.sin(2 * np.pi * step_hz * t)
    rest = [np.zeros(round(s * 10)) for s in (still_s, after_s)]
    return G_MPS2 + np.concatenate([rest[0], steps, rest[1]])


@pytest.mark.parametrize("step_hz", [1.2, 1.8, 2.5])
def test_regular_steps_are_walking(step_hz):
    assert gait.walking(gait.Params(), history(stretch(5, step_hz, 4, 0)), 90)


def test_steps_too_weak_are_not_walking():
    assert not gait.walking(gait.Params(), history(stretch(5, 1.8, 4, 0, sd_mps2=0.5)), 90)


def test_vigour_without_rhythm_is_not_walking():
    noise = G_MPS2 + 2.0 * np.random.default_rng(1).normal(size=60)

    assert not gait.walking(gait.Params(), history(noise), 60)


def test_it_takes_less_regular_steps_to_go_on_than_to_begin():
    t = np.arange(60) / 10
    begun, gone_on = 0, 0
    for seed in range(40):
        unsteady = 2.6 * np.random.default_rng(seed).normal(size=60)
        mixed = history(G_MPS2 + 2.0 * np.sin(2 * np.pi * 1.8 * t) + unsteady)
        begun += gait.walking(gait.Params(), mixed, 60)
        gone_on += gait.walking(gait.Params(), mixed, 60, before=True)

    assert gone_on > begun + 8


def test_walking_ends_within_a_second_and_a_half_of_the_last_step():
    found = history(stretch(5, 1.8, 5, 3))

    assert gait.walking(gait.Params(), found, 100, before=True)
    assert not gait.walking(gait.Params(), found, 115, before=True)


def test_first_and_last_steps_are_placed_where_motion_began_and_ended():
    found = history(stretch(5, 1.8, 5, 3))

    assert gait.onset(gait.Params(), found, 90) == pytest.approx(50, abs=3)
    assert gait.halt(gait.Params(), found, 120) == pytest.approx(100, abs=3)
