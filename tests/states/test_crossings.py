"""Sitting down and getting up are told once the state has followed the movement."""

import numpy as np
import pytest

from monitor.model import Activity, EventKind, Segment
from monitor.states import crossings
from monitor.states.history import COLUMNS, History
from monitor.states.transitions import Transition

PARAMS = crossings.Params()
DOWN, UP = EventKind.STAND_TO_SIT, EventKind.SIT_TO_STAND
STAND, SIT, WALK, UPRIGHT = Activity.STAND, Activity.SIT, Activity.WALK, Activity.UPRIGHT
HISTORY = History(Segment(0, 0, 100.0), 10, True, 0, np.zeros((10, COLUMNS)))


def moved(kind: EventKind | None, stop: int = 30) -> Transition:
    return Transition(kind, stop - 25, stop, 0.5)


def told(
    state: crossings.State, named: Activity, stop: int, sure: float = 0.95, *, ends: bool = False
) -> list[tuple[EventKind | None, float]]:
    found = crossings.settle(PARAMS, state, HISTORY, named, sure, stop, ends=ends)
    return [(one.movement.kind, one.confidence) for one in found]


def seen(kind: EventKind, named: Activity | None, stand: float) -> crossings.State:
    state = crossings.State()
    crossings.see(state, [moved(kind)], named, stand)
    return state


def test_getting_up_is_told_as_soon_as_standing_is():
    state = seen(UP, SIT, 0.05)

    [(kind, sure)] = told(state, STAND, 35)
    assert kind is UP
    assert 0.9 < sure <= 0.95


def test_sitting_down_is_told_twelve_seconds_later_and_dated_where_it_was():
    state = seen(DOWN, STAND, 0.97)

    assert told(state, STAND, 40) == []
    assert told(state, SIT, 95) == []
    [one] = crossings.settle(PARAMS, state, HISTORY, SIT, 0.95, 150)
    assert (one.movement.start, one.movement.stop) == (5, 30)


def test_what_the_state_does_not_follow_is_not_told():
    state = seen(DOWN, STAND, 0.97)

    assert told(state, STAND, 629) == []
    assert told(state, SIT, 640) == []


@pytest.mark.parametrize(
    ("kind", "named"), [(UP, STAND), (UP, WALK), (DOWN, SIT), (DOWN, Activity.RECLINE)]
)
def test_a_movement_into_what_already_is_changes_nothing(kind, named):
    assert seen(kind, named, 0.5).seen == []


def test_who_is_down_and_up_again_before_the_state_follows_has_done_neither():
    state = seen(DOWN, STAND, 0.97)
    crossings.see(state, [moved(UP, 60)], STAND, 0.05)

    assert state.seen == []


def test_who_sat_a_short_while_sat_down_and_got_up():
    state = seen(DOWN, STAND, 0.97)
    assert told(state, SIT, 95) == []
    crossings.see(state, [moved(UP, 120)], SIT, 0.05)

    assert [kind for kind, _ in told(state, STAND, 150)] == [DOWN, UP]


def test_who_walks_on_did_not_sit_down():
    state = seen(DOWN, STAND, 0.97)

    assert told(state, WALK, 40) == []
    assert told(state, SIT, 160) == []


def test_a_bend_takes_its_movements_with_it():
    state = seen(DOWN, STAND, 0.97)
    crossings.bent(state, 0, 40)

    assert told(state, SIT, 160) == []


def test_the_less_was_known_before_the_less_sure_is_the_change():
    sure = [told(seen(UP, UPRIGHT, stand), STAND, 35)[0][1] for stand in (0.05, 0.5, 0.69)]

    assert sure == sorted(sure, reverse=True)
    assert sure[0] - sure[-1] > 0.05


def test_what_was_likelier_no_change_is_not_told():
    assert told(seen(UP, UPRIGHT, 0.99), STAND, 35) == []
    assert told(seen(UP, SIT, 0.05), STAND, 35, 0.45) == []


def test_the_end_of_the_data_tells_what_the_state_had_followed():
    waiting = seen(DOWN, STAND, 0.97)
    assert told(waiting, SIT, 95) == []

    assert [kind for kind, _ in told(waiting, Activity.UNKNOWN, 100, ends=True)] == [DOWN]
    assert told(seen(DOWN, STAND, 0.97), Activity.UNKNOWN, 100, ends=True) == []


def test_a_movement_not_understood_is_never_told():
    state = crossings.State()
    crossings.see(state, [moved(None)], STAND, 0.97)

    assert state.seen == []
