"""What is told read back from the JSON, and simulated people to tell of."""

from dataclasses import replace

import numpy as np
import pytest

from backwatch.evaluation.alternatives import angle_deg, left_out, split_at, up_by_vqf
from backwatch.evaluation.days import _squats, _told_of, _without_cause
from backwatch.evaluation.postures import Answers, Tally, _windows, likelier_of_two
from backwatch.evaluation.simulated import NEUTRAL_S, live
from backwatch.evaluation.told import Said, Told, interpret, one_piece, tell
from monitor.model import EventKind, Placement
from simulator.truth import TrueEvent


def a_told() -> Told:
    return Told(
        np.array([0.0, 2.0, 5.0]),
        9.0,
        np.array(["stand", "walk", "sit"]),
        np.array(["neutral", "bent", "slouched"]),
        np.array([0.9, np.nan, 0.2]),
        [],
    )


def an_event(start_s: float, stop_s: float) -> TrueEvent:
    return TrueEvent(0, EventKind.BEND, start_s, stop_s, 1.0, 0.0, 1.0, "", 0.0)


def a_claim(start_s: float, stop_s: float) -> Said:
    return Said("bend", start_s, stop_s, 0.9, "stoop", 50.0)


def short_life(placement=Placement.UPPER_BACK):
    def play(actor, rng, marks):
        del rng
        yield from actor.stand(10.0, still=True)
        yield from marks.play("walk", actor.walk(10.0))
        yield from actor.stand(5.0, still=True)

    return live(play, 7, placement)


def test_a_state_holds_from_its_start_to_the_next():
    said = a_told().activity_at(np.array([0.0, 1.99, 2.0, 8.9]))

    assert said.tolist() == ["stand", "stand", "walk", "sit"]


def test_outside_the_states_nothing_is_known():
    assert a_told().activity_at(np.array([-1.0, 9.0])).tolist() == ["unknown", "unknown"]
    assert a_told().posture_at(np.array([9.5])).tolist() == ["none"]


def test_the_path_tells_of_arrays_what_it_tells_of_a_file():
    life = short_life()
    said = tell(life.recording(), life.worn, NEUTRAL_S)

    middle = (life.marks[0][1] + life.marks[0][2]) / 2
    assert life.marks[0][0] == "walk"
    assert said.activity_at(np.array([middle])).tolist() == ["walk"]


@pytest.mark.parametrize("placement", [Placement.UPPER_BACK, Placement.CHEST])
def test_a_sensor_that_slips_forward_shows_a_forward_lean(placement):
    life = short_life(placement)
    series = []
    interpret(life.slipped(5.0, 14.0), life.worn, (0.5, 4.5), series)
    time_s = np.concatenate([part.time_s for part in series])
    lean = np.concatenate([part.sagittal_deg for part in series])

    assert np.median(lean[time_s < 4.5]) == pytest.approx(0.0, abs=1.5)
    # Nothing turned the gyroscope, so the filter takes seconds to follow gravity.
    after = life.slipped(5.0, 14.0).pieces[0].acc_mps2[600:900].mean(axis=0)
    before = life.recording().pieces[0].acc_mps2[100:400].mean(axis=0)
    assert angle_deg(after, before) == pytest.approx(14.0, abs=1.5)
    assert lean[-1] > 3.0


def test_a_radio_gap_takes_samples_away():
    life = short_life()
    [piece] = life.without(5.0, 8.0).pieces

    assert len(life.time_s) - len(piece.time_s) == 300
    assert not ((piece.time_s >= 5.0) & (piece.time_s < 8.0)).any()


def test_a_claim_belongs_to_the_event_it_overlaps_most():
    claims = [a_claim(0.0, 2.2), a_claim(2.5, 4.0)]

    assert _told_of(an_event(2.0, 4.0), claims) is claims[1]
    assert _told_of(an_event(7.0, 9.0), claims) is None


def test_a_claim_that_touches_no_event_has_no_cause():
    claims = [a_claim(0.0, 2.0), a_claim(20.0, 22.0)]

    assert _without_cause(claims, [an_event(2.5, 4.0)]) == [claims[1]]


def test_squats_are_counted_apart_from_stoops_however_little_they_lean():
    shallow = replace(an_event(10, 12), technique="squat", peak_inclination_rad=0.2)
    deep = replace(an_event(20, 22), technique="squat")
    missed = replace(an_event(30, 32), technique="squat")
    stoop = replace(an_event(40, 42), technique="stoop")
    claims = [
        replace(a_claim(10, 12), technique="squat"),
        replace(a_claim(20, 22), technique="stoop"),
        replace(a_claim(40, 42), technique="stoop"),
    ]
    sums = {}
    _squats(sums, "shift", "p1", [shallow, deep, missed, stoop], claims)

    assert sums == {
        "shift_squat_found": {"p1": [2.0, 3.0]},
        "shift_squat_technique": {"p1": [1.0, 2.0]},
    }


def test_an_undecided_answer_is_wrong_of_all_and_left_out_of_the_decided():
    tally = Tally()
    truth = np.array(["sit", "sit", "sit", "stand", ""])
    answer = np.array(["sit", "", "stand", "stand", "sit"])
    tally.add("a", truth, answer)

    assert tally.right(("sit", "stand")) == {"a": (2.0, 4.0)}
    assert tally.each(("sit", "stand"), decided=True) == {"a": (1.0, 2.0, 1.0, 1.0)}
    assert tally.decided(("sit", "stand")) == {"a": (3.0, 4.0)}


def test_answers_are_held_against_how_sure_they_are():
    found = Answers()
    time_s = np.arange(0.0, 5.0, 0.1)
    words = np.array(["stand", "upright"]), np.array(["neutral", "neutral"])
    said = Told(np.array([0.0, 2.0]), 5.0, *words, np.array([0.9, 0.2]), [], np.array([0.9, 0.6]))
    truth = np.array(["stand"] * 10 + ["sit"] * 40)
    for person in "abc":
        found.add(person, truth, said, time_s, 1.0)
    [band] = found.reliability("key", "what").bands

    assert found.weighed
    # Told for 2 s, of which the first is right.
    assert (band.said, band.right, band.share) == pytest.approx((0.9, 0.5, 1.0))
    assert found.likelier.right(("sit", "stand"))["a"] == (40.0, 50.0)


def test_windows_hold_one_label_and_take_the_commonest_answer():
    truth = np.array(["sit"] * 60 + ["walk"] * 30)
    answer = np.array(["stand"] * 20 + ["sit"] * 40 + ["walk"] * 30)
    true, said = _windows(truth, answer, 5.0)

    assert true.tolist() == ["sit"]
    assert said.tolist() == ["sit"]


def test_plain_vqf_knows_up_at_rest():
    acc = np.tile([0.0, 9.80665 * np.sin(0.3), 9.80665 * np.cos(0.3)], (1000, 1))
    up = up_by_vqf(acc, np.zeros((1000, 3)), 100.0)

    assert angle_deg(up[-1], acc[0]) < 0.01


def test_a_threshold_is_never_chosen_on_the_person_it_judges():
    # The third person's values are shifted: own threshold 12, the others' 2.
    values = np.array([1.0, 3.0, 1.0, 3.0, 11.0, 13.0])
    positive = np.array([False, True] * 3)
    subject = np.array(["a", "a", "b", "b", "c", "c"])

    assert split_at(values[:4], positive[:4]) == 2.0
    assert left_out(values, positive, subject)[4:].tolist() == [True, True]


def test_a_recording_of_arrays_has_one_piece_with_a_gyroscope():
    recording = one_piece("x", np.arange(3.0), np.ones((3, 3)), np.zeros((3, 3)))

    assert len(recording.pieces) == 1
    assert recording.pieces[0].has_gyro


def test_the_belief_in_standing_is_read_off_and_is_unknown_outside():
    said = a_told().standing_at(np.array([-1.0, 1.0, 3.0, 6.0, 9.5]))

    np.testing.assert_equal(said, [np.nan, 0.9, np.nan, 0.2, np.nan])


def test_the_likelier_of_two_is_taken_only_where_the_answer_is_undecided():
    undecided = replace(
        a_told(),
        activity=np.array(["upright", "walk", "upright"]),
        standing=np.array([0.6, np.nan, 0.4]),
    )

    assert likelier_of_two(undecided, np.array([1.0, 3.0, 6.0, 9.5])).tolist() == [
        "stand",
        "walk",
        "sit",
        "",
    ]
