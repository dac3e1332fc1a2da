"""Falls are not told of somebody whose up was lost before."""

import pytest

from monitor.model import EventKind
from monitor.profiles import PROFILES
from monitor.states import impacts, layout, senses
from monitor.states.history import ACC_VERTICAL, BLOCK, NORM_MAX, History
from tests.states.test_bends import SEGMENT, Body, G


def told(drift_mps2: float) -> list[EventKind]:
    """Of somebody who hits the ground, and whose acceleration upward seemed to be this before."""
    body = Body().stay(8).move(0.5, lean_deg=85).stay(6)
    chunk = body.features()
    hit = 84  # hop
    history = History(SEGMENT, 10, True)
    history.append(chunk, 0, len(chunk))
    history.window(hit, hit + 1)[:, NORM_MAX] = 3.0 * G
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
