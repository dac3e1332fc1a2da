"""The guided calibration against simulated wearers whose true mounting is known."""

import copy
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backwatch.evaluation.simulated import live
from monitor.calibration import Finding, Guide, Problem, Progress, Task
from monitor.calibration.bows import read_bow
from monitor.calibration.guide import Params
from monitor.calibration.rotations import angle_rad
from monitor.model import NS_PER_S, Placement, SampleChunk, SegmentEnd
from simulator.motion import Actor, Phrase
from simulator.scenarios import simulate
from tests.calibration.people import (
    AS_MARKED,
    ASKEW,
    ON_ITS_SIDE,
    RATE_HZ,
    SEGMENT,
    UPSIDE_DOWN,
    chunks,
    felt,
    true_rows,
)

MOUNTINGS = {
    "as marked": AS_MARKED,
    "upside down": UPSIDE_DOWN,
    "on its side": ON_ITS_SIDE,
    "askew": ASKEW,
}
PLAYED_S = 50.0  # s; all that is asked for is over by then


def guided(
    items: list[SampleChunk], guide: Guide | None = None
) -> tuple[Finding | None, list[Progress]]:
    guide = guide or Guide()
    said = [one for item in items for one in guide.push(item)]
    return guide.finding, said


def wearer(seed: int, stop_s: float = PLAYED_S) -> tuple[np.ndarray, np.ndarray]:
    acc, gyr = felt("calibration", seed)
    stop = int(stop_s * RATE_HZ)
    return acc[:stop].copy(), gyr[:stop].copy()


@pytest.mark.parametrize("turned", MOUNTINGS.values(), ids=MOUNTINGS)
@pytest.mark.parametrize("seed", [1, 3, 7])
def test_the_mounting_is_found_however_the_sensor_sits(turned, seed):
    finding, _ = guided(chunks(*wearer(seed), turned=turned))

    assert finding is not None
    mounting, truth = finding.mounting.matrix(), true_rows(seed, turned)
    # An accelerometer's offset of 20 mg, one sigma, is 1.1 deg about each level axis.
    assert np.degrees(angle_rad(mounting[2], truth[2])) < 4.0
    assert np.degrees(angle_rad(mounting[0], truth[0])) < 4.0
    assert np.allclose(mounting @ mounting.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(mounting) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", [1, 7])
def test_the_mounting_is_found_without_a_gyroscope(seed):
    acc, gyr = wearer(seed)

    finding, said = guided(chunks(acc, np.full_like(gyr, np.nan), turned=ASKEW))

    assert said[-1].task is Task.DONE
    assert finding is not None
    truth = true_rows(seed, ASKEW)
    assert np.degrees(angle_rad(finding.mounting.matrix()[0], truth[0])) < 5.0


def test_what_was_measured_is_told():
    finding, _ = guided(chunks(*wearer(1)))

    assert finding is not None
    quality = finding.quality
    assert quality.bow_share > 0.95
    assert len(quality.bow_depths_deg) == 3
    assert all(35 < depth < 65 for depth in quality.bow_depths_deg)
    assert quality.bow_spread_deg < 3
    assert quality.slump_deg == pytest.approx(27.6, abs=1.0)
    assert finding.slouch_rad == pytest.approx(0.4 * np.radians(quality.slump_deg or 0))
    assert 9.2 < quality.gravity_mps2 < 10.4


def test_the_advised_threshold_stays_within_its_bounds():
    slight, _ = guided(chunks(*wearer(6)))

    assert slight is not None
    assert slight.slouch_rad == Params().slouch_least_rad  # 40 % of 17.8 deg would be 7.1


def test_each_task_is_asked_for_in_turn_and_progress_grows():
    _, said = guided(chunks(*wearer(1)))
    tasks = list(dict.fromkeys(one.task for one in said))

    assert tasks == [Task.STAND, Task.BOW, Task.SIT, Task.SLUMP, Task.DONE]
    assert all(0.0 <= one.share <= 1.0 for one in said)
    assert [one.at_ns for one in said] == sorted(one.at_ns for one in said)
    bows = [one.share for one in said if one.task is Task.BOW]
    assert bows == sorted(bows)


def test_without_a_slump_it_ends_with_sitting():
    finding, said = guided(chunks(*wearer(1)), Guide(slump=False))

    assert said[-1].task is Task.DONE
    assert finding is not None
    assert finding.slouch_rad is None


def test_the_slump_can_be_left_out_while_it_is_asked_for():
    guide = Guide()
    guided(chunks(*wearer(1, 37.0)), guide)
    asked = guide.state.task
    guide.skip()

    assert asked is Task.SLUMP
    assert guide.state.task is Task.DONE
    assert guide.finding is not None


def test_nothing_else_can_be_left_out():
    guide = Guide()
    guided(chunks(*wearer(1, 12.0)), guide)

    guide.skip()

    assert guide.state.task is Task.BOW
    assert guide.finding is None


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, int(PLAYED_S * RATE_HZ)), max_size=60))
def test_how_samples_come_changes_nothing(cuts):
    whole = guided(chunks(*wearer(2), cut=[]))

    assert repr(guided(chunks(*wearer(2), cut=cuts))) == repr(whole)


def test_packets_of_seven_samples_give_what_one_block_gives():
    assert repr(guided(chunks(*wearer(3), cut=7))) == repr(guided(chunks(*wearer(3), cut=[])))


def test_a_copied_state_carries_on_identically():
    items = chunks(*wearer(1), cut=333)
    one, other = Guide(), Guide()
    guided(items[:9], one)
    other.state = copy.deepcopy(one.state)

    assert repr(guided(items[9:], one)) == repr(guided(items[9:], other))


# What is refused, and why


def refusals(acc: np.ndarray, gyr: np.ndarray) -> list[Problem | None]:
    _, said = guided(chunks(acc, gyr))
    return list(dict.fromkeys(one.again for one in said if one.again is not None))


def hints(acc: np.ndarray, gyr: np.ndarray) -> set[Problem | None]:
    _, said = guided(chunks(acc, gyr))
    return {one.hint for one in said}


def test_who_fidgets_is_asked_to_hold_still():
    acc, gyr = wearer(1, 8.0)
    t = np.arange(len(acc)) / RATE_HZ

    finding, said = guided(chunks(acc, gyr + 0.2 * np.sin(2 * np.pi * t)[:, None]))

    assert finding is None
    assert {one.task for one in said} == {Task.STAND}
    assert Problem.MOVING in {one.hint for one in said}


def test_a_sensor_with_another_gravity_is_refused():
    acc, gyr = wearer(1, 8.0)

    assert refusals(1.2 * acc, gyr) == [Problem.GRAVITY]


def test_a_gyroscope_that_turns_at_rest_is_refused():
    acc, gyr = wearer(1, 8.0)

    assert refusals(acc, gyr + np.array([0.0, 0.25, 0.0])) == [Problem.BIAS]


def test_a_sensor_on_a_table_is_not_somebody_who_stands():
    rng = np.random.default_rng(2)
    acc = np.array([0.3, 9.8, 0.2]) + 0.01 * rng.normal(size=(1500, 3))
    gyr = np.array([0.01, 0.0, 0.0]) + np.radians(0.04) * rng.normal(size=(1500, 3))

    assert refusals(acc, gyr) == [Problem.NOT_WORN]


@pytest.mark.parametrize(
    "wrong",
    [lambda gyr: -gyr, lambda gyr: gyr[:, [1, 0, 2]], lambda gyr: gyr / 2],
    ids=["signs", "axes", "scale"],
)
@pytest.mark.parametrize("seed", [1, 3, 7])
def test_a_gyroscope_that_turns_otherwise_than_gravity_is_refused(wrong, seed):
    acc, gyr = wearer(seed, 24.0)

    assert refusals(acc, wrong(gyr))[0] is Problem.GYRO


def standing(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    n = int(seconds * RATE_HZ)
    return np.tile([9.80665, 0.0, 0.0], (n, 1)), np.zeros((n, 3))


def bow(
    depth_deg: float, heading_deg: float = 0.0, seconds: float = 4.0, twist: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Forward and back by a sensor that is worn as marked, towards a heading; +x is up, -z ahead.

    `twist` is the rate about the trunk's own length, of the rate of the bow.
    """
    n = int(seconds * RATE_HZ)
    phase = np.arange(n) / n
    lean = np.radians(depth_deg) * np.sin(np.pi * phase) ** 2
    rate = np.gradient(lean) * RATE_HZ
    heading = np.radians(heading_deg)
    ahead = np.array([0.0, np.sin(heading), -np.cos(heading)])
    left = np.cross([1.0, 0.0, 0.0], ahead)
    up = np.cos(lean)[:, None] * [1.0, 0.0, 0.0] - np.sin(lean)[:, None] * ahead
    about_length = twist * np.abs(rate)[:, None] * np.array([1.0, 0.0, 0.0])
    return 9.80665 * up, rate[:, None] * left + about_length


def played(*parts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([acc for acc, _ in parts]), np.concatenate([gyr for _, gyr in parts])


STOOD = standing(6.0)
PAUSE = standing(1.5)


def test_a_bow_of_a_body_that_is_exact_gives_exact_axes():
    acc, gyr = played(STOOD, *[bow(50), PAUSE] * 3)
    guide = Guide()
    guided(chunks(acc, gyr), guide)

    assert guide.state.task is Task.SIT
    for found in guide.state.bows:
        assert np.allclose(found.left, [0.0, 1.0, 0.0], atol=1e-9)
        assert found.share == pytest.approx(1.0)
        assert np.degrees(found.depth_rad) == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([bow(18), PAUSE], Problem.SHALLOW),
        ([bow(125), PAUSE], Problem.DEEP),
        ([bow(50, seconds=20.0), PAUSE], Problem.LONG),
        ([bow(50, twist=0.9), PAUSE], Problem.TWISTED),
        ([bow(50), PAUSE, bow(50, 40), PAUSE, bow(50), PAUSE], Problem.UNLIKE),
    ],
    ids=["shallow", "deep", "long", "twisted", "unlike"],
)
def test_a_poor_bow_is_refused_with_the_reason(parts, problem):
    assert refusals(*played(STOOD, *parts)) == [problem]


def test_what_is_left_of_the_bias_does_not_turn_a_bow_round():
    """SisFall's gyroscopes are off by up to 4 deg/s; its stoops came out backward."""
    acc, gyr = played(standing(1.0), bow(30, seconds=3.0), standing(8.0))

    found = read_bow(acc, gyr - np.array([0.0, np.radians(4.0), 0.0]), RATE_HZ, acc[0] / 9.80665)

    assert found.left[1] > 0.99
    assert np.degrees(found.depth_rad) == pytest.approx(30.0, abs=6.0)


def test_a_bow_that_took_too_long_can_be_made_good():
    acc, gyr = played(STOOD, bow(50, seconds=20.0), PAUSE, *[bow(50), PAUSE] * 3)
    guide = Guide()
    guided(chunks(acc, gyr), guide)

    assert guide.state.task is Task.SIT


def test_another_posture_taken_for_standing_is_found_out_and_put_right():
    """Somebody waits leaning forward until they read what is asked of them."""
    lean = np.radians(15)
    waiting = np.tile([9.80665 * np.cos(lean), 0.0, 9.80665 * np.sin(lean)], (600, 1))
    guide = Guide()
    guided(chunks(waiting, np.zeros((600, 3))), guide)
    mistaken = guide.state.task

    acc, gyr = played(standing(25.0), *[bow(50), PAUSE] * 3)
    _, said = guided(chunks(acc, gyr), guide)

    assert mistaken is Task.BOW
    assert Problem.NOT_STOOD in {one.again for one in said}
    assert guide.state.task is Task.SIT
    assert guide.state.stood is not None
    assert np.degrees(angle_rad(guide.state.stood.up, np.array([1.0, 0.0, 0.0]))) < 0.1


def test_a_poor_bow_can_be_made_good():
    acc, gyr = played(STOOD, bow(18), PAUSE, *[bow(50), PAUSE] * 3)
    guide = Guide()
    guided(chunks(acc, gyr), guide)

    assert guide.state.task is Task.SIT
    assert guide.state.again is None


def test_standing_otherwise_after_a_bow_is_refused():
    """The sensor was pushed aside while bowing."""
    acc, gyr = (part[:-50] for part in played(STOOD, bow(50)))
    tilt = np.radians(7.9)
    aside = np.array([np.cos(tilt), np.sin(tilt), 0.0]) * 9.80665
    acc2 = np.tile(aside, (200, 1))
    acc, gyr = np.concatenate([acc, acc2]), np.concatenate([gyr, np.zeros((200, 3))])
    tight = Guide(Params(back_rad=np.radians(5)))

    _, said = guided(chunks(acc, gyr), tight)

    assert said[-1].again is Problem.NOT_BACK
    assert said[-1].measured_deg == pytest.approx(7.9, abs=2.0)


def test_who_goes_on_standing_has_not_sat_down():
    acc, gyr = played(STOOD, *[bow(50), PAUSE] * 3, standing(15.0))

    _, said = guided(chunks(acc, gyr))

    assert said[-1].task is Task.SIT
    assert said[-1].hint is Problem.NOT_SEATED


def moved(
    net_m: float, seconds: float = 2.5, lean_deg: float = 30.0
) -> tuple[np.ndarray, np.ndarray]:
    """As `bow`, and the whole body ends that much higher: down onto a chair, or up from it."""
    acc, gyr = bow(lean_deg, seconds=seconds)
    n = len(acc)
    phase = np.clip((np.arange(n) / n - 0.2) / 0.6, 0.0, 1.0)
    height = net_m * (1 - np.cos(np.pi * phase)) / 2
    lift = np.gradient(np.gradient(height)) * RATE_HZ**2
    up = acc / 9.80665
    return acc + lift[:, None] * up, gyr


DOWN, UP = moved(-0.4), moved(0.4)
BOWS = [bow(50), PAUSE] * 3


def last_said(*parts: tuple[np.ndarray, np.ndarray]) -> Progress:
    _, said = guided(chunks(*played(*parts)), Guide(slump=False))
    return said[-1]


def test_sitting_down_where_a_bow_is_asked_for_begins_anew_and_says_so():
    said = last_said(STOOD, DOWN, PAUSE)

    assert (said.task, said.again) == (Task.STAND, Problem.SAT)


def test_rising_where_a_bow_is_asked_for_shows_that_standing_was_sitting():
    said = last_said(STOOD, UP, PAUSE)

    assert (said.task, said.again) == (Task.STAND, Problem.NOT_STOOD)


def test_who_sat_down_before_bowing_can_make_it_good():
    said = last_said(STOOD, DOWN, PAUSE, UP, STOOD, *BOWS, DOWN, STOOD)

    assert (said.task, said.again) == (Task.DONE, None)


def test_bows_on_a_chair_are_found_out_by_rising():
    said = last_said(STOOD, *BOWS, UP, STOOD)

    assert (said.task, said.again) == (Task.STAND, Problem.NOT_STOOD)


def test_one_bow_more_is_not_sitting_down():
    said = last_said(STOOD, *BOWS, bow(50), STOOD)

    assert (said.task, said.again) == (Task.SIT, Problem.NO_SEAT)


def test_who_bowed_once_more_and_then_sits_down_is_accepted():
    said = last_said(STOOD, *BOWS, bow(50), PAUSE, DOWN, STOOD)

    assert said.task is Task.DONE


def test_who_rises_to_sit_down_again_is_not_sent_back_to_the_beginning():
    unseen = bow(20)  # with no fall in it
    said = last_said(STOOD, *BOWS, unseen, STOOD, UP, STOOD, DOWN, STOOD)

    assert said.task is Task.DONE


def test_another_posture_is_sitting_though_going_down_was_not_felt():
    """At the waist the pelvis turns; here by 20 degrees, with no fall in it."""
    n = int(2 * RATE_HZ)
    lean = np.radians(-20) * (1 - np.cos(np.pi * np.arange(n) / n)) / 2
    turn = 9.80665 * np.stack([np.cos(lean), np.zeros(n), np.sin(lean)], axis=1)
    rate = np.stack([np.zeros(n), np.gradient(lean) * RATE_HZ, np.zeros(n)], axis=1)
    there = np.tile(turn[-1], (600, 1)), np.zeros((600, 3))
    said = last_said(STOOD, *BOWS, (turn, rate), there)

    assert said.task is Task.DONE


def walking(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    acc, gyr = standing(seconds)
    step = 2.5 * np.sin(2 * np.pi * 1.9 * np.arange(len(acc)) / RATE_HZ)
    return acc + step[:, None] * np.array([1.0, 0.0, 0.0]), gyr


def test_who_walks_away_between_bows_begins_anew():
    said = last_said(STOOD, bow(50), PAUSE, bow(50), walking(6.0), PAUSE)

    assert (said.task, said.again) == (Task.STAND, Problem.WALKED)


def test_a_few_steps_to_the_chair_are_no_walking_away():
    near = last_said(STOOD, *BOWS, walking(6.0), PAUSE, DOWN, STOOD)
    far = last_said(STOOD, *BOWS, walking(15.0), PAUSE)

    assert near.task is Task.DONE
    assert (far.task, far.again) == (Task.STAND, Problem.WALKED)


def test_bows_far_apart_are_not_of_one_calibration():
    said = last_said(STOOD, bow(50), standing(Params().late_s + 2))

    assert (said.task, said.again) == (Task.STAND, Problem.LATE)


def test_leaning_far_forward_is_not_sitting_tall():
    """24 deg ahead of standing, still, and after going down."""
    acc, gyr = played(STOOD, *BOWS, DOWN)
    n = int(1.5 * RATE_HZ)
    lean = np.radians(24) * (1 - np.cos(np.pi * np.arange(n) / n)) / 2
    lean = np.append(lean, np.full(600, lean[-1]))
    tilted = 9.80665 * np.stack([np.cos(lean), np.zeros(len(lean)), np.sin(lean)], axis=1)
    rate = np.stack([np.zeros(len(lean)), np.gradient(lean) * RATE_HZ, np.zeros(len(lean))], axis=1)

    said = refusals(np.concatenate([acc, tilted]), np.concatenate([gyr, rate]))

    assert said[-1] is Problem.FORWARD


@pytest.mark.parametrize("seed", [3, 6])
def test_a_shift_of_lifts_is_no_calibration(seed):
    blocks = list(simulate("warehouse_shift", seconds=700, seed=seed, rate_hz=RATE_HZ))
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks])
    finding, _ = guided(chunks(acc, gyr), Guide(slump=False))

    assert finding is None


def test_sitting_that_is_known_need_not_be_felt():
    guide = Guide(slump=False)
    guided(chunks(*played(STOOD, *BOWS)), guide)
    guide.expect(Task.SIT)
    acc, gyr = standing(6.0)
    guided(chunks(acc, gyr), guide)

    assert guide.state.task is Task.DONE


@pytest.mark.parametrize("seed", [3003, 3200])
def test_sitting_down_first_is_refused_of_a_whole_body(seed):
    def seated_first(actor: Actor, *_: object) -> Iterator[Phrase]:
        yield from actor.stand(9.0, still=True)
        yield from actor.sit_down()
        yield from actor.sit_tall()
        yield from actor.sit(4.0)
        yield from actor.stand_up()
        for depth_deg in (45.0, 50.0, 55.0):
            yield from actor.stand(2.5, still=True)
            yield from actor.bend(depth_deg, 0.5)
        yield from actor.stand(8.0, still=True)

    life = live(seated_first, seed, Placement.UPPER_BACK)
    guide = Guide(slump=False)
    guided(chunks(life.acc_mps2, life.gyr_radps), guide)

    assert guide.finding is None


def test_lying_down_is_not_sitting():
    acc, gyr = played(STOOD, *[bow(50), PAUSE] * 3, bow(140))
    flat = np.tile([0.0, 0.0, 9.80665], (700, 1))
    acc, gyr = np.concatenate([acc, flat]), np.concatenate([gyr, np.zeros((700, 3))])

    assert refusals(acc, gyr) == [Problem.FAR]


def test_a_gap_begins_the_task_anew_and_keeps_what_was_accepted():
    guide = Guide()
    acc, gyr = wearer(1, 12.0)
    guided(chunks(acc, gyr), guide)
    told = guide.push(SegmentEnd(SEGMENT, len(acc), "gap of 3 s"))

    assert told[-1].again is Problem.GAP
    assert told[-1].task is Task.BOW
    assert guide.state.stood is not None


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.0, 1e-6, 1.0, 9.8, 50.0, 1e4]))
def test_noise_is_never_a_calibration(seed, scale):
    rng = np.random.default_rng(seed)
    acc, gyr = rng.normal(size=(3000, 3)) * scale, rng.normal(size=(3000, 3)) * scale

    finding, said = guided(chunks(acc, gyr))

    assert finding is None
    assert all(one.at_ns <= 30 * NS_PER_S for one in said)


def test_at_the_low_back_sitting_is_far_from_standing_and_told():
    acc, gyr = felt("calibration", 1, Placement.LOW_BACK)

    finding, _ = guided(chunks(acc[:4000], gyr[:4000]), Guide(slump=False))

    assert finding is not None
    assert finding.quality.sit_change_deg == pytest.approx(23.7, abs=1.5)
    assert np.degrees(finding.mounting.sit_tall_rad) == pytest.approx(-23.7, abs=1.5)
