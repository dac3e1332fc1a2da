"""Who walks off without leaning ahead was on their feet; who leaves a chair leans ahead."""

import numpy as np
import pytest

from monitor.model import Activity, Placement, SampleChunk, Segment, SegmentEnd, StateChange
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES, placed
from monitor.states import activities
from monitor.states.history import COLUMNS, LEAN_MAX, SAGITTAL, History
from simulator.motion import Actor, Involuntary, draw_person
from simulator.truth import render

PARAMS = activities.Params()
ONSET = 100  # hop of 0.1 s
STOP = 140


def leaning(peak_deg: float, at_s: float, level_deg: float = -20.0) -> History:
    """A still trunk that leans ahead for a second at `at_s` and then walks from 10 s on."""
    lean = np.full(STOP, np.radians(level_deg))
    begin = round(at_s * 10)
    lean[begin : begin + 10] += np.radians(peak_deg)
    rows = np.zeros((STOP, COLUMNS))
    rows[:, SAGITTAL] = rows[:, LEAN_MAX] = lean
    return History(Segment(0, 0, 100.0), 10, True, 0, rows)


@pytest.mark.parametrize(
    ("peak_deg", "at_s", "stood"),
    [
        (5.0, 9.0, True),  # the first step
        (25.0, 8.5, False),  # the rise, then the steps
        (25.0, 10.2, False),  # rising straight into them
        (25.0, 3.0, True),  # a lean long before says nothing of the chair
    ],
)
def test_leaning_ahead_before_the_steps_is_rising(peak_deg, at_s, stood):
    assert activities.stood(PARAMS, leaning(peak_deg, at_s), 0, ONSET, STOP) is stood


def test_a_long_doubt_is_left_as_it_was():
    history = leaning(0.0, 3.0)

    assert not activities.stood(PARAMS, history, ONSET - 601, ONSET, STOP)


def lived(*, chair: bool) -> list[StateChange]:
    """Half a minute standing or sitting at the low back, axes named and nothing else told."""
    person = draw_person(np.random.default_rng(5), Placement.LOW_BACK)
    actor = Actor(person, np.random.default_rng(6))
    seated = [*actor.sit_down(), *actor.sit(20.0), *actor.stand_up()]
    del seated[:1]  # the recording begins on the chair
    # The same person on their feet is drawn afresh, so that the pose is that of standing.
    if not chair:
        actor = Actor(person, np.random.default_rng(6))
        seated = list(actor.stand(20.0))
    phrases = [*seated, *actor.walk(12.0)]
    interpret = Interpret(
        placed(PROFILES["desk"], Placement.LOW_BACK), mounting_from_axes("+z", "+x")
    )
    segment, first = Segment(0, 0, 100.0), 0
    changes: list[StateChange] = []
    involuntary = Involuntary(person, np.random.default_rng(7))
    for block in render(iter(phrases), involuntary, person.lever, 100.0):
        n = len(block)
        chunk = SampleChunk(
            segment,
            first,
            block.motion.acc_mps2.copy(),
            block.motion.gyr_radps.copy(),
            np.zeros(n, np.uint8),
        )
        changes += interpret.push([chunk]).changes
        first += n
    changes += interpret.push([SegmentEnd(segment, first, "end")]).changes
    return changes


def named_before_the_walk(changes: list[StateChange]) -> Activity:
    [walk, *_] = [n for n, one in enumerate(changes) if one.activity is Activity.WALK]
    return changes[walk - 1].activity


def test_standing_before_the_first_steps_is_named_backwards():
    changes = lived(chair=False)
    [stand] = [one for one in changes if one.activity is Activity.STAND][:1]

    assert named_before_the_walk(changes) is Activity.STAND
    assert stand.at_ns < 3_000_000_000
    assert stand.confidence == PARAMS.stood_sure


def test_sitting_before_the_first_steps_is_not_taken_for_standing():
    changes = lived(chair=True)
    stood_ns = [one.at_ns for one in changes if one.activity is Activity.STAND]

    assert all(at_ns > 18_000_000_000 for at_ns in stood_ns)


def test_a_bend_takes_back_a_sitting_down_seen_in_it_and_no_other():
    history = leaning(30.0, 5.0)
    for bout, before, taken_back in (
        (40, 0.9, False),
        (55, 0.9, True),
        (68, 0.9, True),
        (90, 0.9, False),
        (55, 0.1, False),  # who sat already: a car that brakes looks like both
    ):
        state = activities.State()
        state.believed.bout, state.believed.prior, state.believed.before = bout, 0.05, before

        assert activities.bent(PARAMS, state, history, 50, 65) is taken_back
        assert (state.believed.prior > 0.5) is taken_back
