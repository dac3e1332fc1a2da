"""Sitting or standing: how signs, looks and the person's own word move the belief."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from monitor.model import (
    NS_PER_S,
    Activity,
    Correction,
    EventKind,
    FeatureChunk,
    Placement,
    Segment,
    SegmentEnd,
    StateChange,
)
from monitor.profiles import PROFILES, placed
from monitor.states import States, belief, evidence
from monitor.states.history import BLOCK, History
from monitor.states.transitions import Transition

HOP = 10  # samples of 0.01 s
G_MPS2 = 9.80665
SIGNED = evidence.Params(
    features=("back_deg",), weights=(-0.5,), bias=5.0, fades_s=5.0, trust_s=1.0
)  # a sitter leans back by 20 deg: odds -5; who stands: +5


def hops(seconds: float, back_deg: float = 0.0, first: int = 0, t0_ns: int = 0) -> FeatureChunk:
    """Perfectly quiet hops, leaning back by an angle."""
    k = round(seconds * 10)
    up = np.tile([np.sin(np.radians(back_deg)), 0.0, np.cos(np.radians(back_deg))], (k, 1))

    def fill(value: float) -> np.ndarray:
        return np.full(k, value)

    return FeatureChunk.of(
        segment=Segment(0, t0_ns, 100.0),
        first=first,
        hop=HOP,
        sagittal=fill(-np.radians(back_deg)),
        sagittal_min=fill(-np.radians(back_deg)),
        sagittal_max=fill(-np.radians(back_deg)),
        lateral=fill(0.0),
        inclination=fill(np.radians(back_deg)),
        up=up,
        lean_rate=fill(0.0),
        turn_rate=fill(0.0),
        acc_vertical=fill(0.0),
        acc_norm=fill(G_MPS2),
        acc_norm_sq=fill(G_MPS2**2),
        acc_norm_min=fill(G_MPS2),
        acc_norm_max=fill(G_MPS2),
        gyr_sq=fill(0.01),
        gyr_max=fill(0.1),
        settled=np.ones(k, bool),
        measured=fill(1.0),
        forward_known=True,
        has_gyro=True,
    )


class Life:
    """A belief fed block by block."""

    def __init__(self, params: belief.Params) -> None:
        self.params = params
        self.state = belief.State()
        self.history = History(Segment(0, 0, 100.0), HOP, True)
        belief.begin(params, self.state, self.history)

    def live(
        self,
        seconds: float,
        back_deg: float = 0.0,
        *,
        gait: bool = False,
        moved: EventKind | None = None,
    ) -> float:
        """P(standing) at the end; a transition falls into the first block."""
        stand = 0.5
        for block in range(round(seconds * 2)):
            start = self.history.stop
            chunk = hops(0.5, back_deg, start)
            self.history.append(chunk, 0, BLOCK)
            seen = [] if moved is None or block else [Transition(moved, start, start + BLOCK, 0.5)]
            stand = belief.advance(
                self.params,
                self.state,
                self.history,
                start,
                start + BLOCK,
                gait=gait,
                transitions=seen,
            ).stand
        return stand

    @property
    def now_ns(self) -> int:
        return self.history.time_ns(self.history.stop)


def said(start_s: float, stop_s: float, activity: Activity = Activity.STAND) -> Correction:
    return Correction(round(start_s * NS_PER_S), round(stop_s * NS_PER_S), activity)


def test_without_a_sign_nothing_is_believed():
    assert Life(belief.Params()).live(60.0) == 0.5


def test_who_walks_stands_and_the_belief_fades_only_slowly():
    life = Life(belief.Params())
    life.live(5.0, gait=True)

    assert life.live(0.5) > 0.95
    assert 0.5 < life.live(600.0) < 0.6


def test_a_transition_moves_the_belief_to_the_other_posture():
    life = Life(belief.Params())
    life.live(5.0, gait=True)

    assert life.live(1.0, moved=EventKind.STAND_TO_SIT) < 0.1
    assert life.live(1.0, moved=EventKind.SIT_TO_STAND) > 0.9


def test_a_long_look_is_no_surer_than_what_is_remembered_of_it():
    """Windows of one bout resemble each other: an hour of them is not an hour of evidence."""
    life = Life(belief.Params(looking=SIGNED))
    after_span = life.live(12.0, 20.0)

    assert after_span < 0.01
    assert life.live(300.0, 20.0) == pytest.approx(after_span, rel=0.05)


def test_a_missed_transition_is_mended_by_the_look():
    life = Life(belief.Params(looking=SIGNED))
    life.live(5.0, gait=True)
    assert life.live(20.0) > 0.99

    assert life.live(20.0, 20.0) < 0.3


def test_looks_begin_anew_after_a_transition():
    life = Life(belief.Params(looking=SIGNED))
    life.live(20.0, 20.0)
    risen = life.live(1.0, moved=EventKind.SIT_TO_STAND)

    assert risen > 0.9
    assert life.live(10.0) > 0.99


def test_looks_unlike_those_learnt_from_say_nothing():
    narrow = replace(SIGNED, within=((-5.0, 15.0),))

    assert Life(belief.Params(looking=narrow)).live(20.0, 20.0) == 0.5
    assert Life(belief.Params(looking=narrow)).live(20.0, 10.0) == pytest.approx(0.5)
    assert Life(belief.Params(looking=narrow)).live(20.0, 0.0) > 0.95


def test_a_correction_of_now_holds_while_it_lasts():
    life = Life(belief.Params(looking=SIGNED))
    belief.correct(life.params, life.state, said(0.0, 30.0), None)

    assert life.live(30.0, 20.0) == pytest.approx(0.95, abs=0.01)
    assert life.live(20.0, 20.0) > 0.9


def test_a_corrected_person_is_still_seen_to_sit_down():
    life = Life(belief.Params(looking=SIGNED))
    belief.correct(life.params, life.state, said(0.0, 20.0), None)
    life.live(20.0)

    assert life.live(20.0, 20.0) < 0.3


def test_a_correction_of_the_past_goes_through_what_was_seen_since():
    life = Life(belief.Params())
    life.live(60.0)
    life.live(30.0, moved=EventKind.STAND_TO_SIT)
    belief.correct(life.params, life.state, said(10.0, 50.0), life.now_ns)
    assert life.live(0.5) < 0.1

    belief.correct(life.params, life.state, said(70.0, 85.0), life.now_ns)
    assert life.live(0.5) > 0.9


def test_steps_taken_since_make_an_old_correction_void():
    life = Life(belief.Params())
    life.live(60.0)
    life.live(10.0, gait=True)
    before = life.live(1.0)
    belief.correct(life.params, life.state, said(10.0, 50.0, Activity.SIT), life.now_ns)

    assert life.live(0.5) == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize("activity", [Activity.WALK, Activity.UPRIGHT, Activity.LIE])
def test_a_correction_says_sit_or_stand(activity):
    with pytest.raises(ValueError, match="sit or stand"):
        Correction(0, 1, activity)


def test_a_correction_has_a_length():
    with pytest.raises(ValueError, match="no length"):
        Correction(5, 5, Activity.SIT)


def told_states(cuts: list[int]) -> list:
    """Quiet minutes with a correction in the middle, cut in different ways."""
    states = States(PROFILES["desk"].states)
    out: list = []
    edges = [0, *cuts, 1200]
    for a, b in itertools.pairwise(edges):
        if a == 600:
            out += states.push(said(20.0, 40.0, Activity.SIT))
        out += states.push(hops((b - a) / 10, first=a))
    return out + states.push(SegmentEnd(Segment(0, 0, 100.0), 12_000, "end of file"))


def test_a_replay_repeats_a_correction_however_the_rest_is_cut():
    whole = told_states([600])

    assert Activity.SIT in [getattr(item, "activity", None) for item in whole]
    assert repr(told_states([7, 300, 600, 601, 1111])) == repr(whole)


def test_only_the_placements_with_labelled_recordings_look_at_the_posture():
    def looking(placement: Placement, *, calibrated: bool = True) -> tuple[str, ...]:
        profile = placed(PROFILES["desk"], placement, calibrated=calibrated)
        return profile.states.activity.believing.looking.features

    assert looking(Placement.WAIST)
    assert looking(Placement.CHEST)
    assert not looking(Placement.UPPER_BACK)
    assert not looking(Placement.LOW_BACK)
    assert not looking(Placement.WAIST, calibrated=False), "tilt needs a zero"


def after_a_gap(gap_s: float, prior: float) -> float:
    """P(standing) on coming back."""
    params, state = belief.Params(), belief.State(prior=prior)
    belief.end(state, 0)
    belief.begin(params, state, History(Segment(1, round(gap_s * NS_PER_S), 100.0), HOP, True))
    return state.prior


@pytest.mark.parametrize("prior", [0.03, 0.97])
def test_the_longer_a_gap_the_less_is_believed_of_what_was_before(prior):
    before, *after = (abs(after_a_gap(gap_s, prior) - 0.5) for gap_s in (0.0, 1, 60, 600, 86_400))

    assert before == pytest.approx(abs(prior - 0.5))
    assert [before, *after] == sorted([before, *after], reverse=True)
    assert after[0] > 0.99 * before
    assert after[-1] == pytest.approx(0.0, abs=1e-9)


def test_who_stood_is_undecided_after_three_minutes_unseen_and_who_sat_still_sits():
    assert after_a_gap(180.0, 0.97) < 0.7
    assert after_a_gap(180.0, 0.05) < 0.3


def test_a_clock_that_was_set_back_tells_no_gap():
    assert after_a_gap(-5.0, 0.97) == 0.5


def test_a_few_steps_of_one_who_sits_leave_a_doubt_and_many_end_it():
    life = Life(belief.Params())
    life.live(5.0, gait=True)
    life.live(1.0, moved=EventKind.STAND_TO_SIT)

    life.live(2.0, gait=True)
    few = life.live(0.5)
    life.live(8.0, gait=True)

    assert few < 0.5
    assert life.live(0.5) > 0.95


def test_after_a_gap_the_same_state_is_told_less_surely():
    states = States(PROFILES["desk"].states)
    states.push(said(0.0, 20.0))
    first, second = Segment(0, 0, 100.0), Segment(1, 80 * NS_PER_S, 100.0)
    before = states.push(hops(20.0)) + states.push(SegmentEnd(first, 2000, "gap"))
    again = replace(hops(5.0), segment=second)
    after = states.push(again)

    [stood] = [one for one in before if getattr(one, "activity", None) is Activity.STAND][:1]
    [stands] = [one for one in after if isinstance(one, StateChange)]
    assert stands.activity is Activity.STAND
    assert 0.7 <= stands.confidence < stood.confidence - 0.05


def lain(back_deg: float, seconds: float) -> list[tuple[Activity, float]]:
    """Changes told of somebody who stands for 20 s and then tips back, at the waist."""
    states = States(placed(PROFILES["desk"], Placement.WAIST, calibrated=True).states)
    states.push(said(0.0, 20.0))
    told = states.push(hops(20.0)) + states.push(hops(seconds, back_deg, 200))
    return [(one.activity, one.at_ns / NS_PER_S) for one in told if isinstance(one, StateChange)]


def test_lying_begins_when_the_body_tipped_and_nothing_else_is_said_before_it_is_sure():
    [_, (activity, at_s)] = lain(85.0, 30.0)

    assert activity is Activity.LIE
    assert at_s == pytest.approx(20.0, abs=0.5)


def test_who_tips_back_without_lying_is_told_as_ever():
    assert lain(40.0, 30.0)[-1][0] is Activity.SIT
