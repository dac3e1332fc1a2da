"""A new zero on the path: taken, refused, and the same however the samples come."""

import math

import numpy as np
import pytest

from monitor.calibration.rotations import angle_rad, least_turn
from monitor.model import (
    NS_PER_S,
    Activity,
    Asked,
    Asker,
    Connected,
    Fitted,
    Mounting,
    Origin,
    Placement,
    Refusal,
    Rezeroed,
    SampleChunk,
    Segment,
    SegmentEnd,
    Wish,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline, Step
from monitor.profiles import PROFILES, personal, placed
from tests.calibration.people import RATE_HZ, SEGMENT, chunks, felt

AXES = mounting_from_axes("+x", "-z")


def interpreter(neutral_s: float | None = None) -> Interpret:
    return Interpret(PROFILES["desk"], AXES, neutral_s)


def leaning_sensor(seconds: float, tilt_deg: float, gyr_noise: float = 0.005) -> list[SampleChunk]:
    """Somebody upright and nearly still whose sensor is tilted forward."""
    n, rng = int(seconds * RATE_HZ), np.random.default_rng(1)
    tilt = np.radians(tilt_deg)
    acc = np.tile([9.80665 * np.cos(tilt), 0.0, 9.80665 * np.sin(tilt)], (n, 1))
    return chunks(acc + rng.normal(0, 0.05, (n, 3)), rng.normal(0, gyr_noise, (n, 3)), cut=10)


def answered(interpret: Interpret, items: list[SampleChunk]) -> list[Rezeroed]:
    return [answer for item in items for answer in interpret.push([item]).rezeroed]


def sagittal_deg(interpret: Interpret, items: list[SampleChunk]) -> float:
    """Where the angle stands at the end of these samples."""
    motion = [one for item in items for one in interpret.push([item]).motion]
    return float(np.degrees(motion[-1].sagittal_rad()[-1]))


def test_the_present_still_posture_becomes_the_zero():
    interpret, items = interpreter(), leaning_sensor(12.0, 17.0)
    before = sagittal_deg(interpret, items[:50])
    interpret.rezero(5 * NS_PER_S, Asker.PAGE)
    answers = answered(interpret, items[50:100])

    assert before == pytest.approx(17.0, abs=1.0)
    assert [(one.by, one.refused) for one in answers] == [(Asker.PAGE, None)]
    assert np.degrees(answers[0].moved_rad) == pytest.approx(17.0, abs=1.0)
    assert answers[0].asked_ns == 5 * NS_PER_S
    assert sagittal_deg(interpret, items[100:]) == pytest.approx(0.0, abs=1.0)
    assert interpret.mounting == answers[0].mounting
    assert interpret.mounting.source == "axes and neutral"


def test_asking_again_before_the_answer_changes_nothing():
    interpret, items = interpreter(), leaning_sensor(8.0, 10.0)
    interpret.rezero(2 * NS_PER_S, Asker.PAGE)
    interpret.rezero(2 * NS_PER_S, Asker.BUTTON)

    assert [one.by for one in answered(interpret, items)] == [Asker.PAGE]


def test_sitting_tall_keeps_its_angle_from_standing():
    """Whoever sits when asking sits tall, which is not the zero of standing."""
    interpret = interpreter()
    sit_rad = np.radians(9.0)
    interpret.mounting = Mounting(AXES.body_from_sensor, True, "calibration and neutral", sit_rad)
    items = leaning_sensor(12.0, 21.0)
    interpret.rezero(5 * NS_PER_S, Asker.PAGE)

    answers = answered(interpret, items[:90])

    assert answers[0].refused is None
    assert np.degrees(answers[0].moved_rad) == pytest.approx(12.0, abs=1.0)
    assert sagittal_deg(interpret, items[90:]) == pytest.approx(9.0, abs=1.0)


def refusal(interpret: Interpret, items: list[SampleChunk]) -> list[Refusal | None]:
    return [one.refused for one in answered(interpret, items)]


def test_who_moves_is_refused_after_ten_seconds():
    acc, gyr = felt("slip", 1)
    interpret = interpreter()
    walk = slice(2000, 5000)
    interpret.rezero(2 * NS_PER_S, Asker.PAGE)
    answers = answered(interpret, chunks(acc[walk], gyr[walk], cut=10))

    assert [one.refused for one in answers] == [Refusal.MOVING]
    assert answers[0].at_ns == 12 * NS_PER_S
    assert interpret.mounting == AXES


def test_who_lies_is_refused():
    interpret = interpreter()
    interpret.rezero(2 * NS_PER_S, Asker.BUTTON)

    assert refusal(interpret, leaning_sensor(6.0, 85.0)) == [Refusal.LYING]


def test_a_posture_too_far_from_the_last_zero_is_refused():
    interpret = interpreter()
    interpret.rezero(2 * NS_PER_S, Asker.BUTTON)

    assert refusal(interpret, leaning_sensor(6.0, 52.0)) == [Refusal.FAR]


def test_a_sensor_on_a_table_is_refused():
    interpret = interpreter()
    interpret.rezero(2 * NS_PER_S, Asker.PAGE)
    n = 600
    flat = chunks(np.tile([9.80665, 0.0, 0.0], (n, 1)), np.full((n, 3), 1e-5), cut=10)

    assert refusal(interpret, flat) == [Refusal.NOT_WORN]


def test_the_end_of_the_data_answers_too():
    interpret = interpreter()
    interpret.rezero(2 * NS_PER_S, Asker.PAGE)
    items = leaning_sensor(3.0, 5.0)
    waiting = answered(interpret, items)
    step = interpret.push([SegmentEnd(SEGMENT, 300, "gap of 4 s")])

    assert waiting == []
    assert [one.refused for one in step.rezeroed] == [Refusal.NO_DATA]


def test_people_who_sit_still_are_not_taken_for_a_table():
    """Simulated sitting has breath and sway; so has every real back."""
    acc, gyr = felt("slip", 2)
    interpret = interpreter()
    sitting = slice(11500, 14000)
    interpret.rezero(3 * NS_PER_S, Asker.PAGE)

    assert refusal(interpret, chunks(acc[sitting], gyr[sitting], cut=10)) == [None]


# How samples come


def everything(cut: int | list[int], asks: tuple[int, ...] = (4, 100)) -> str:
    """All that is said of a simulated day with a neutral at the start and wishes in it."""
    acc, gyr = felt("slip", 3)
    interpret, said = interpreter(3.0), []
    for ask_s in asks:
        interpret.rezero(ask_s * NS_PER_S, Asker.PAGE)
        items = chunks(acc[: ask_s * 100 + 1500], gyr[: ask_s * 100 + 1500], cut=cut)
        done = sum(len(step.samples[0]) for step in said)
        for item in items:
            if item.first >= done:
                said.append(interpret.push([item]))
            elif item.first + len(item) > done:
                keep = slice(done - item.first, None)
                said.append(
                    interpret.push(
                        [
                            SampleChunk(
                                SEGMENT,
                                done,
                                item.acc_mps2[keep],
                                item.gyr_radps[keep],
                                item.origin[keep],
                            )
                        ]
                    )
                )
    ups = np.concatenate([motion.up for step in said for motion in step.motion])
    rest = [
        [getattr(step, name) for step in said if getattr(step, name)]
        for name in ("rezeroed", "trust", "alerts")
    ]
    flat = [one for kind in rest for items in kind for one in items]
    return f"{ups.tobytes().hex()} {flat}"


@pytest.mark.parametrize("cut", [1, 7, 10, 13, 999], ids=lambda cut: f"chunks of {cut}")
def test_a_zero_holds_from_the_same_sample_however_they_come(cut):
    if cut == 1:
        assert everything(1, (4,)) == everything([], (4,))
    else:
        assert everything(cut) == everything([])


# Wishes as link events, which a tape keeps


def test_a_wish_and_a_fit_come_as_link_events():
    pipeline = Pipeline(interpreter())
    worn = Mounting(AXES.body_from_sensor, True, "calibration and neutral", 0.1, 0.2)
    pipeline.push(Connected(0, "C0:00", "Backwatch"))
    pipeline.push(Fitted(1, worn))
    fitted = pipeline.interpret.mounting
    step = pipeline.push(Asked(2, Wish.MEND, Asker.PAGE))
    pipeline.push(Asked(3, Wish.REZERO, Asker.BUTTON))

    assert fitted == worn
    assert [one.refused for one in step.rezeroed] == [Refusal.NOTHING_OFFERED]
    assert pipeline.interpret._rezeroing is not None


def test_a_calibrated_wearer_is_judged_by_their_own_angles():
    interpret = interpreter()
    interpret.mounting = Mounting(AXES.body_from_sensor, True, "calibration", 0.1, 0.25)
    activity = interpret.states.params.activity

    assert activity.sit_tall_rad == 0.1
    assert activity.slouch_on_rad == 0.25
    assert activity.slouch_off_rad == pytest.approx(0.25 * 8 / 12)


def test_what_a_person_chose_comes_before_what_their_calibration_found():
    chosen = personal(PROFILES["desk"], {"slouch_on_deg": 20.0})
    interpret = Interpret(chosen, Mounting(AXES.body_from_sensor, True, "calibration", 0.1, 0.25))
    activity = interpret.states.params.activity

    assert activity.sit_tall_rad == 0.1
    assert activity.slouch_on_rad == pytest.approx(math.radians(20.0))


def test_standing_first_tells_the_belief():
    """Who stood for --neutral stands, until something says otherwise."""
    acc, gyr = felt("slip", 4)
    stood, guessed = interpreter(3.0), interpreter()
    items = chunks(acc[:1000], gyr[:1000], cut=10)

    def last(interpret: Interpret) -> Activity:
        steps: list[Step] = [interpret.push([item]) for item in items]
        return [change.activity for step in steps for change in step.changes][-1]

    assert last(guessed) is Activity.UPRIGHT
    assert last(stood) is Activity.STAND


@pytest.mark.parametrize("seed", range(5))
def test_the_least_turn_turns_one_direction_onto_the_other(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=3), rng.normal(size=3)
    turn = least_turn(a, b)

    assert angle_rad(turn @ a, b) < 1e-9
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.arccos((np.trace(turn) - 1) / 2) == pytest.approx(angle_rad(a, b))


def test_opposite_directions_have_a_turn_too():
    a = np.array([0.0, 0.0, 1.0])

    assert np.allclose(least_turn(a, -a) @ a, -a)


def test_placement_at_the_pelvis_never_gets_a_slouch_threshold():
    interpret = Interpret(placed(PROFILES["desk"], Placement.LOW_BACK), AXES)
    interpret.mounting = Mounting(AXES.body_from_sensor, True, "calibration", 0.0, 0.2)

    assert interpret.states.params.activity.slouch_on_rad == pytest.approx(np.pi)


# Standing first


def posed(lean_deg: float, seconds: float, *, origin: Origin = Origin.MEASURED) -> SampleChunk:
    """A sensor worn as marked on somebody who leans and sways a little."""
    rng = np.random.default_rng(1)
    count, lean = round(seconds * 100), np.radians(lean_deg)
    up = np.array([np.cos(lean), 0.0, np.sin(lean)])
    return SampleChunk(
        Segment(0, 0, 100.0),
        0,
        9.81 * up + rng.normal(scale=0.08, size=(count, 3)),
        rng.normal(scale=0.01, size=(count, 3)),
        np.full(count, origin, np.uint8),
    )


def test_who_bends_at_the_start_is_told_once_why_there_is_no_zero():
    told = interpreter(3.0).push([posed(40.0, 30.0)]).rezeroed

    assert [(one.by, one.refused) for one in told] == [(Asker.START, Refusal.FAR)]
    assert np.degrees(told[0].moved_rad) == pytest.approx(40.0, abs=1.0)


def test_interpolated_samples_make_no_zero():
    measured, bridged = (
        interpreter(3.0).push([posed(5.0, 10.0, origin=origin)]).rezeroed
        for origin in (Origin.MEASURED, Origin.BRIDGED)
    )

    assert [one.refused for one in measured] == [None]
    assert bridged == []
