"""What makes an impact a fall, from movements made to measure."""

import pytest

from monitor.model import EventKind
from monitor.profiles import PROFILES
from monitor.states import impacts, layout, senses
from monitor.states.history import ACC_VERTICAL, BLOCK, NORM_MAX, History
from tests.states.test_bends import SEGMENT, Body, G


def told(drift_mps2: float = 0.0, peak_g: float = 3.0, end_deg: float = 85.0) -> list[EventKind]:
    """Of somebody who tips over and hits the ground.

    `drift_mps2`: what the acceleration upward seemed to be before.
    """
    body = Body().stay(8).move(end_deg / 170, lean_deg=end_deg).stay(6)
    chunk = body.features()
    hit = 84  # hop
    history = History(SEGMENT, 10, True)
    history.append(chunk, 0, len(chunk))
    history.window(hit, hit + 1)[:, NORM_MAX] = peak_g * G
    history.window(0, hit)[:, ACC_VERTICAL] += drift_mps2
    sought = PROFILES["desk"].states.sought()
    blocks = senses.look(
        sought,
        senses.numbers(sought, history),
        layout.new_memory(),
        history,
        0,
        len(chunk) // BLOCK,
    )
    state, params = impacts.State(), impacts.Params()
    return [one.kind for sight in blocks for one in impacts.advance(params, state, history, sight)]


@pytest.mark.parametrize("drift_mps2", [0.0, -1.0, 1.0])
def test_a_fall_is_told_though_the_sensor_is_a_little_off(drift_mps2):
    assert told(drift_mps2) == [EventKind.FALL]


@pytest.mark.parametrize("drift_mps2", [-4.0, 4.0])
def test_no_fall_is_told_where_nobody_could_have_moved_as_it_seems(drift_mps2):
    """A broken gyroscope turns up away; by gravity seen askew the body seems to drop for ever."""
    assert told(drift_mps2) == []


def test_a_soft_impact_is_a_fall_only_if_the_body_turns_over_by_it():
    """Who sits down hard turns as fast, but not as far."""
    assert told(peak_g=1.9) == [EventKind.FALL]
    assert told(peak_g=3.0, end_deg=52.0) == [EventKind.FALL]
    assert told(peak_g=1.9, end_deg=52.0) == []
