"""Bends, their technique, and what is no bend, from movements made to measure."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from backwatch.evaluation.simulated import NEUTRAL_S, live
from backwatch.evaluation.told import tell
from monitor.model import (
    EventKind,
    FeatureChunk,
    MotionEvent,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES, placed
from monitor.states import bends, gait, layout, movements, senses, technique
from monitor.states.history import BLOCK, History
from simulator.imu import marked_axes
from simulator.scenarios import simulate

HOP_S = 0.1
SEGMENT = Segment(0, 0, 100.0)
G = 9.80665
BENT = (EventKind.BEND, EventKind.LIFT)


def smooth(share: np.ndarray) -> np.ndarray:
    """Minimum-jerk way from 0 to 1."""
    s = np.clip(share, 0.0, 1.0)
    return s**3 * (10 - 15 * s + 6 * s**2)


class Body:
    """A trunk whose lean and height are told second by second, felt at hops of 0.1 s."""

    def __init__(self, offset_mps2: float = 0.0) -> None:
        self.lean, self.height = [0.0], [0.0]
        self.offset_mps2 = offset_mps2  # of the accelerometer's x axis, forward

    def move(self, seconds: float, *, lean_deg: float, height_m: float = 0.0) -> "Body":
        """Go to a lean and a height; 100 steps a second."""
        share = smooth(np.arange(1, round(seconds * 100) + 1) / round(seconds * 100))
        lean, height = self.lean[-1], self.height[-1]
        self.lean += (lean + (np.radians(lean_deg) - lean) * share).tolist()
        self.height += (height + (height_m - height) * share).tolist()
        return self

    def sink(self, seconds: float, *, lean_deg: float, from_mps: float, to_mps: float) -> "Body":
        """Go to a lean while the speed downward goes from one to another."""
        height = self.height[-1]
        share = smooth(np.arange(1, round(seconds * 100) + 1) / round(seconds * 100))
        speed = from_mps + (to_mps - from_mps) * share
        self.move(seconds, lean_deg=lean_deg)
        self.height[-len(share) :] = (height - np.cumsum(speed) * 0.01).tolist()
        return self

    def stay(self, seconds: float) -> "Body":
        self.lean += [self.lean[-1]] * round(seconds * 100)
        self.height += [self.height[-1]] * round(seconds * 100)
        return self

    def features(self) -> FeatureChunk:
        lean, height = np.array(self.lean), np.array(self.height)
        rng = np.random.default_rng(5)
        rising = np.gradient(np.gradient(height, 0.01), 0.01) + 0.02 * rng.normal(size=len(lean))
        rate = np.gradient(lean, 0.01)
        k = len(lean) // 10
        cut = slice(0, 10 * k)

        def hops(values: np.ndarray) -> np.ndarray:
            return values[cut].reshape(k, 10)

        up = np.stack([-np.sin(lean), np.zeros_like(lean), np.cos(lean)], axis=1)
        vertical = rising + self.offset_mps2 * up[:, 0]
        norm = np.abs(G + vertical)
        mean_up = up[cut].reshape(k, 10, 3).mean(axis=1)
        mean_up /= np.linalg.norm(mean_up, axis=1, keepdims=True)
        return FeatureChunk.of(
            segment=SEGMENT,
            first=0,
            hop=10,
            sagittal=hops(lean).mean(axis=1),
            sagittal_min=hops(lean).min(axis=1),
            sagittal_max=hops(lean).max(axis=1),
            lateral=np.zeros(k),
            inclination=np.abs(hops(lean)).mean(axis=1),
            up=mean_up,
            lean_rate=hops(rate)[np.arange(k), np.abs(hops(rate)).argmax(axis=1)],
            turn_rate=np.zeros(k),
            acc_vertical=hops(vertical).mean(axis=1),
            acc_norm=hops(norm).mean(axis=1),
            acc_norm_sq=(hops(norm) ** 2).mean(axis=1),
            acc_norm_min=hops(norm).min(axis=1),
            acc_norm_max=hops(norm).max(axis=1),
            gyr_sq=(hops(rate) ** 2).mean(axis=1),
            gyr_max=np.abs(hops(rate)).max(axis=1),
            settled=np.ones(k, bool),
            measured=np.ones(k),
            forward_known=True,
            has_gyro=True,
        )


AT_THE_WAIST = bends.at_the_pelvis(bends.Params())


def sights(body: Body, moving: movements.Params) -> tuple[History, list[senses.Sight]]:
    """What a body's half seconds show, none of them walking."""
    history = History(SEGMENT, 10, True)
    chunk = body.features()
    history.append(chunk, 0, len(chunk))
    still = gait.Params(deviation_mps2=np.inf)
    sought = replace(PROFILES["manual"].states.sought(), walking=still, moving=moving)
    told = senses.numbers(sought, history)
    blocks = len(chunk) // BLOCK
    return history, list(senses.look(sought, told, layout.new_memory(), history, 0, blocks))


def found(body: Body, params: bends.Params = AT_THE_WAIST, **told) -> list[bends.Bend]:
    """Bends of a body, in blocks of half a second, with what else is believed of it."""
    state, out = bends.State(), []
    told = {"seated": False, "explained": [], **told}
    history, blocks = sights(body, params.moving)
    for sight in blocks:
        out += bends.advance(params, state, history, sight, **told)
    return out + bends.flush(params, state, history, explained=told["explained"])


def movements_of(body: Body) -> list[movements.Movement]:
    params = movements.Params()
    history, blocks = sights(body, params)
    return [
        movements.describe(params, history, *moved) for sight in blocks for moved in sight.moved
    ]


def stoop(lean_deg: float = 60.0) -> Body:
    down = Body().stay(3).move(1.6, lean_deg=lean_deg, height_m=-0.1).stay(2)
    return down.move(1.8, lean_deg=0).stay(4)


def squat(lean_deg: float = 20.0) -> Body:
    down = Body().stay(3).move(1.8, lean_deg=lean_deg, height_m=-0.55).stay(2)
    return down.move(1.9, lean_deg=0).stay(4)


def sit_and_rise() -> Body:
    """Lean forward, sink, swing back on the seat; lean ahead, rise, straighten."""
    down = (
        Body().stay(3).move(0.9, lean_deg=30, height_m=-0.1).move(1.0, lean_deg=28, height_m=-0.42)
    )
    seated = down.move(0.9, lean_deg=-12, height_m=-0.42).stay(3)
    ahead = seated.move(0.9, lean_deg=30, height_m=-0.42).move(1.2, lean_deg=12, height_m=-0.05)
    return ahead.move(0.8, lean_deg=0).stay(4)


@pytest.mark.parametrize("offset_mps2", [0.0, 0.4])
def test_a_movement_between_rests_tells_its_height_whatever_the_offset(offset_mps2):
    body = Body(offset_mps2).stay(2).move(1.8, lean_deg=40, height_m=-0.5).stay(2)
    (movement,) = movements_of(body)

    assert movement.rise_m == pytest.approx(-0.5, abs=0.06)
    assert np.degrees(movement.lean_after) == pytest.approx(40, abs=1)
    assert movement.start * HOP_S == pytest.approx(2.0, abs=0.4)
    assert movement.stop * HOP_S == pytest.approx(3.8, abs=0.4)


def test_a_movement_too_long_to_follow_tells_no_height():
    body = Body().stay(2)
    for lean in (20, 0) * 9:
        body.move(0.5, lean_deg=lean)
    (movement,) = movements_of(body.stay(2))

    assert movement.long
    assert movement.rise_m == 0.0


@pytest.mark.parametrize("lean_deg", [25, 60, 90])
def test_a_stoop_is_one_bend_called_a_stoop(lean_deg):
    (bend,) = found(stoop(lean_deg))

    assert bend.technique == technique.STOOP
    assert bend.values["technique_confidence"] > 0.9
    assert bend.values["peak_sagittal_deg"] == pytest.approx(lean_deg, abs=1)


@pytest.mark.parametrize("lean_deg", [16, 20, 45])
def test_a_squat_is_one_bend_called_a_squat_however_little_it_leans(lean_deg):
    (bend,) = found(squat(lean_deg))

    assert bend.technique == technique.SQUAT
    assert bend.lift
    assert bend.values["depth_m"] == pytest.approx(0.55, abs=0.06)


def test_a_squat_that_seems_to_rest_on_the_way_down_is_of_unknown_technique():
    """Sinking evenly without turning feels like rest, so the greater part of the depth is lost."""
    body = Body().stay(3).sink(1.0, lean_deg=36, from_mps=0.0, to_mps=0.5)
    body.sink(0.6, lean_deg=36, from_mps=0.5, to_mps=0.5)
    body.sink(0.4, lean_deg=36, from_mps=0.5, to_mps=0.0)
    for _ in range(6):
        body.move(0.35, lean_deg=42, height_m=body.height[-1])
        body.move(0.35, lean_deg=36, height_m=body.height[-1])
    (bend,) = found(body.move(1.0, lean_deg=0).stay(8), params=bends.Params())

    assert bend.technique == technique.UNKNOWN
    assert bend.values["technique_confidence"] == 0.5
    assert "depth_m" not in bend.values


def deep_knees(end_deg: float) -> Body:
    """Down into a squat that ends leaning back."""
    body = Body().stay(2).move(1.5, lean_deg=12, height_m=-0.3)
    return body.move(1.2, lean_deg=end_deg, height_m=-0.5).stay(1.5)


def test_a_way_up_so_even_that_it_seems_to_rest_halfway_ends_a_squat():
    body = deep_knees(-8).sink(1.0, lean_deg=10, from_mps=0.0, to_mps=-0.3)
    body.sink(0.8, lean_deg=10, from_mps=-0.3, to_mps=-0.3)
    body.sink(1.0, lean_deg=-1, from_mps=-0.3, to_mps=0.0).stay(4)
    _, *ways_up = movements_of(body)
    (bend,) = found(body)

    assert len(ways_up) == 2
    assert all(abs(way.rise_m) < 0.05 for way in ways_up)
    assert bend.technique == technique.SQUAT


def test_a_slow_way_up_by_as_much_as_the_way_down_ends_a_squat():
    body = deep_knees(-20)
    for k in range(1, 13):
        share = float(smooth(np.array([k / 12]))[0])
        sway = 4 if k % 2 else 0
        body.move(0.4, lean_deg=-20 + 18 * share + sway, height_m=-0.5 + 0.5 * share)
    *_, way_up = movements_of(body.stay(4))
    (bend,) = found(body)

    assert (way_up.stop - way_up.start) * HOP_S > AT_THE_WAIST.lowering_s
    assert bend.technique == technique.SQUAT


def test_who_seems_to_end_higher_began_on_a_seat_only_if_they_leant_ahead_to_leave_it():
    """A way down that was cut short is no seat: nobody leaves one without shifting their weight."""
    short = Body().stay(2).move(2, lean_deg=15, height_m=-0.25).stay(2)
    (bend,) = found(short.move(2.2, lean_deg=5, height_m=0.4).stay(3))
    seat = Body().stay(2).move(2, lean_deg=15, height_m=-0.25).stay(2)
    seat.move(1.5, lean_deg=40, height_m=-0.2).move(1.5, lean_deg=5, height_m=0.4).stay(3)

    assert bend.technique == technique.SQUAT
    assert found(seat) == []


@pytest.mark.parametrize("lean_deg", [70, 110])
def test_a_bow_down_and_up_at_once_is_a_bend_whatever_its_height_drifts_to(lean_deg):
    body = Body().stay(2).move(1.8, lean_deg=lean_deg, height_m=-0.4)
    (bend,) = found(body.move(1.8, lean_deg=2, height_m=-0.3).stay(4))

    assert bend.values["peak_sagittal_deg"] == pytest.approx(lean_deg, abs=6)


def test_who_goes_on_moving_leaves_the_technique_less_sure():
    """The height of the way up is lost in what follows, and that of the way down stands alone."""
    (rested,) = found(stoop(60))
    body = Body().stay(3).move(1.6, lean_deg=60, height_m=-0.1).stay(2).move(1.8, lean_deg=0)
    for _ in range(12):
        body.move(0.35, lean_deg=6).move(0.35, lean_deg=-2)
    (moved_on,) = found(body)

    assert rested.technique == moved_on.technique == technique.STOOP
    sure = rested.values["technique_confidence"]
    assert 0.8 < moved_on.values["technique_confidence"] < sure - 0.02


def test_going_down_and_up_without_tipping_is_a_vehicle_and_no_squat():
    body = Body().stay(3).move(1.5, lean_deg=1, height_m=-0.5).stay(2)

    assert found(body.move(1.5, lean_deg=0).stay(10)) == []


def test_who_sits_down_in_something_that_then_moves_up_has_not_squatted():
    body = Body().stay(3).move(0.8, lean_deg=20, height_m=-0.3).move(0.8, lean_deg=5, height_m=-0.5)

    assert found(body.stay(3).move(1.5, lean_deg=3, height_m=-0.1).stay(10)) == []


def test_sitting_down_and_rising_is_no_bend():
    assert found(sit_and_rise()) == []


def test_lying_down_and_sitting_up_is_no_bend():
    body = Body().stay(3).move(3, lean_deg=-85, height_m=-0.2).stay(5).move(3, lean_deg=0).stay(4)

    assert found(body) == []


def test_a_step_onto_a_stool_is_no_bend():
    assert found(Body().stay(3).move(1.2, lean_deg=0, height_m=0.25).stay(4)) == []


def test_sitting_up_from_leaning_back_is_no_bend():
    body = Body().stay(3).move(2, lean_deg=-22).stay(9).move(1.2, lean_deg=0).stay(6)

    assert found(body.move(1.2, lean_deg=-22).stay(4)) == []


def test_a_small_lean_of_one_who_sits_is_no_bend():
    small = stoop(18)

    assert len(found(small)) == 1
    assert found(small, seated=True) == []


def test_a_lean_held_longer_than_a_bend_is_none():
    body = Body().stay(3).move(1.6, lean_deg=50, height_m=-0.1).stay(30).move(1.6, lean_deg=0)

    assert found(body.stay(4)) == []


@pytest.mark.parametrize("hold_s", [12.0, 20.0, 22.0])
def test_a_lean_of_up_to_25_s_is_a_bend_however_slowly_it_is_entered_and_left(hold_s):
    """Rest to rest takes seconds more than the leaning does."""
    body = Body().stay(3).move(2.2, lean_deg=60, height_m=-0.1).stay(hold_s)

    (bend,) = found(body.move(2.2, lean_deg=0).stay(4))

    assert hold_s + 1.0 < bend.values["duration_s"] <= 25.0
    assert bend.values["peak_sagittal_deg"] == pytest.approx(60, abs=1)


def fidgeting(body: Body, lean_deg: float, times: int, height_m: float = 0.0) -> Body:
    for _ in range(times):
        body.move(0.35, lean_deg=lean_deg + 4, height_m=height_m)
        body.move(0.35, lean_deg=lean_deg - 4, height_m=height_m)
    return body


def kneel_and_fiddle(offset_mps2: float, fidgets: int) -> Body:
    """Straight out of unrest onto a knee, fiddling with a short rest between, and up again."""
    body = fidgeting(Body(offset_mps2).stay(3), 2, 12)
    body.move(1.5, lean_deg=75, height_m=-0.5)
    fidgeting(body, 75, fidgets, -0.5).move(0.2, lean_deg=75, height_m=-0.5).stay(1.5)
    fidgeting(body, 75, 4, -0.5).move(1.5, lean_deg=0)
    return fidgeting(body, 2, 14).stay(5)


@pytest.mark.parametrize("offset_mps2", [0.0, 0.3, -0.3])
def test_who_comes_out_of_walking_and_fiddles_for_long_has_bent_once(offset_mps2):
    """Its height is lost to drift, and resting and moving below say nothing against it."""
    (bend,) = found(kneel_and_fiddle(offset_mps2, 12), bends.Params())

    assert bend.values["duration_s"] > bends.Params().moving.longest_s
    assert bend.technique == technique.UNKNOWN
    assert "depth_m" not in bend.values


def test_a_deep_knee_and_a_deep_lean_are_no_seat_for_a_sensor_on_the_chest():
    """The arc of the trunk lowers it by 0.38 m, the knee by 0.55 m: nobody squats by their sum."""
    body = Body().stay(3).move(1.8, lean_deg=84, height_m=-0.93).stay(2)
    body.move(1.9, lean_deg=0).stay(4)

    (bend,) = found(body, bends.Params())

    assert bend.technique == technique.SQUAT
    assert found(body) == []  # at the waist, where there is no arc


def test_what_a_fall_explains_is_no_bend():
    assert found(stoop(), explained=[(30, 60)]) == []


def test_a_bend_without_a_rest_is_found_by_its_lean():
    """Somebody who fidgets throughout, so that no hop is quiet."""
    body = Body().stay(3)
    for _ in range(12):
        body.move(0.35, lean_deg=6).move(0.35, lean_deg=-2)
    body.move(0.8, lean_deg=60, height_m=-0.08)
    for _ in range(2):
        body.move(0.35, lean_deg=66, height_m=-0.08).move(0.35, lean_deg=60, height_m=-0.08)
    body.move(0.9, lean_deg=0)
    for _ in range(14):
        body.move(0.35, lean_deg=6).move(0.35, lean_deg=-2)
    (bend,) = found(body.stay(5))

    assert bend.values["peak_sagittal_deg"] == pytest.approx(66, abs=2)
    assert bend.technique == technique.STOOP


def test_at_the_upper_back_the_arc_of_the_trunk_is_taken_off():
    """Leaning by 75 degrees sinks the upper back by a third of a metre without the knees."""
    params, lean = technique.Params(), np.radians(75)

    assert technique.knee_depth_m(params, 0.31, lean) == pytest.approx(0.0, abs=0.01)
    assert technique.judge(params, 0.0)[0] == technique.STOOP
    assert technique.judge(params, 0.5)[0] == technique.SQUAT


def test_the_nearer_to_the_border_the_less_sure():
    params = technique.at_the_pelvis(technique.Params())
    sure = [technique.judge(params, depth)[1] for depth in (0.22, 0.26, 0.35, 0.6)]

    assert sure[0] == pytest.approx(0.5)
    assert sure == sorted(sure)


def test_a_sensor_that_seems_to_have_risen_is_no_surer_of_a_stoop():
    params = technique.Params()

    assert technique.judge(params, -0.3) == technique.judge(params, 0.0)


@cache
def lived(scenario: str, seconds: float, seed: int, placement: Placement):
    """True and told bends of a simulated life."""
    profile = placed(PROFILES["manual"], placement)
    interpret = Interpret(profile, mounting_from_axes(*marked_axes(placement)), 5.0)
    truth, events, first = [], [], 0
    blocks = simulate(scenario, seconds=seconds, seed=seed, placement=placement)
    for block in blocks:
        nothing_lost = np.zeros(len(block), np.uint8)
        chunk = SampleChunk(
            SEGMENT, first, block.acc_mps2.copy(), block.gyr_radps.copy(), nothing_lost
        )
        first += len(block)
        truth += block.finished
        events += interpret.push([chunk]).events
    events += interpret.push([SegmentEnd(SEGMENT, first, "end of file")]).events
    return [e for e in truth if e.kind in BENT], [e for e in events if e.kind in BENT]


def at(event: MotionEvent, truth) -> bool:
    return event.start_ns < truth.stop_s * 1e9 and truth.start_s * 1e9 < event.stop_ns


@pytest.mark.parametrize("placement", [Placement.UPPER_BACK, Placement.WAIST])
def test_bends_of_a_shift_between_walks_are_found_and_hardly_any_invented(placement):
    truth, told = lived("warehouse_shift", 900.0, 2, placement)
    hits = [next((e for e in told if at(e, t)), None) for t in truth]
    right = [
        e.technique == t.technique for e, t in zip(hits, truth, strict=True) if e and t.technique
    ]

    assert len(truth) >= 20
    assert sum(hit is not None for hit in hits) >= 0.8 * len(truth)
    assert sum(not any(at(e, t) for t in truth) for e in told) <= 1
    assert sum(right) >= 0.85 * len(right)


@pytest.mark.parametrize("seed", [4, 7])
def test_bending_straight_out_of_walking_does_not_move_the_level_of_walking(seed):
    """Steps are believed for a moment longer, while the trunk is on its way down."""

    def play(actor, rng, marks):
        yield from actor.stand(10.0, still=True)
        yield from actor.walk(rng.uniform(6, 10))
        yield from marks.play("bend", actor.bend(50, 10))
        yield from actor.walk(8.0)
        yield from actor.stand(6.0, still=True)

    life = live(play, seed, Placement.UPPER_BACK, 50.0)
    [(_, start_s, stop_s)] = life.marks

    assert len(tell(life.recording(), life.worn, NEUTRAL_S).within(start_s, stop_s, BENT)) == 1


@pytest.mark.parametrize("placement", [Placement.LOW_BACK, Placement.WAIST])
def test_reaching_sitting_driving_and_leaning_on_a_desk_are_no_bends_at_the_pelvis(placement):
    truth, told = lived("confusers", 420.0, 2, placement)

    assert all(any(at(e, t) for e in told) for t in truth)
    assert [e for e in told if not any(at(e, t) for t in truth)] == []
