"""Two sensors on one trunk: against the simulator's truth, in any interleaving, with losses."""

import itertools

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from monitor.model import (
    NS_PER_S,
    EventKind,
    MotionChunk,
    MotionEvent,
    Placement,
    Segment,
    SegmentEnd,
)
from monitor.orientation import Orientation
from monitor.orientation import Params as OrientationParams
from monitor.trunk import GRID_HZ, Level, Params, Trunk
from simulator.motion import Channel, Lever, ideal_motion
from tests.trunk.wearing import (
    T0_NS,
    felt,
    in_turn,
    motion,
    mounting,
    seen,
    told,
    worn,
)

CHEST, PELVIS = Placement.UPPER_BACK, Placement.LOW_BACK
SECONDS = list(range(100, 6000, 100))
ERROR_DEG = 2.0  # deg; wc_trunk has 1 to 2 between two sensors and optics


def both(cuts=SECONDS, pelvis_hz=100.0, gyro=True) -> tuple[list, list]:
    chest = felt(Level.CHEST, motion(CHEST, cuts, gyro=gyro))
    pelvis_cuts = [round(cut * pelvis_hz / 100.0) for cut in cuts]
    return chest, felt(Level.PELVIS, motion(PELVIS, pelvis_cuts, pelvis_hz, gyro))


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def errors(found) -> tuple[float, float]:
    """RMSE of flexion and side bend against the truth where both are known [deg]."""
    at_s = np.arange(len(worn(CHEST).sagittal_deg)) / 100.0

    def true(name: str) -> np.ndarray:
        difference = getattr(worn(CHEST), name) - getattr(worn(PELVIS), name)
        return np.interp(found.time_s, at_s, difference)

    known = found.known
    return (
        rms((found.flexion_deg - true("sagittal_deg"))[known]),
        rms((found.lateral_deg - true("lateral_deg"))[known]),
    )


def test_flexion_between_two_sensors_is_what_the_simulator_did():
    found = seen(in_turn(*both()))
    flexion, lateral = errors(found)

    assert found.known.mean() > 0.95
    assert np.ptp(found.flexion_deg) > 20
    assert flexion < ERROR_DEG
    assert lateral < ERROR_DEG


def test_a_lift_has_the_flexion_the_simulator_gave_it():
    chest, pelvis = both()
    [lift] = seen(in_turn(chest, pelvis, list(told()))).lifts
    [true] = [event for event in worn(CHEST).events if event.kind is EventKind.LIFT]
    inside = slice(round(true.start_s * 100), round(true.stop_s * 100))
    flexion_deg = (worn(CHEST).sagittal_deg - worn(PELVIS).sagittal_deg)[inside].max()

    assert lift.coverage == pytest.approx(1.0, abs=0.01)
    assert lift.values["max_flexion_deg"] == pytest.approx(flexion_deg, abs=1.5)
    # The trunk of the simulator twists by its unrest only: the chest has less of that.
    assert abs(lift.values["twist_deg"]) < 3.0
    assert lift.values["average_twist_velocity_degps"] < 2.0


@given(
    chest_cuts=st.lists(st.integers(0, 6000), max_size=12),
    pelvis_cuts=st.lists(st.integers(0, 6000), max_size=12),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=12, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
def test_no_cut_and_no_interleaving_changes_the_result(chest_cuts, pelvis_cuts, order):
    """The three streams shuffled together, each in its own order, half a minute apart at most."""
    bounds = [2500, 5000]  # a wait longer than `hold_s` is another matter
    chest = felt(Level.CHEST, motion(CHEST, [*chest_cuts, *bounds]))
    pelvis = felt(Level.PELVIS, motion(PELVIS, [*pelvis_cuts, *bounds]))
    tag = [0] * len(chest) + [1] * len(pelvis) + [2] * len(told())
    order.shuffle(tag)
    streams = [iter(chest), iter(pelvis), iter(told())]
    roomy = Params(hold_s=90.0)
    shuffled = seen([next(streams[which]) for which in tag], Trunk(roomy))
    plain = seen(in_turn(*both(), list(told())), Trunk(roomy))

    assert np.array_equal(shuffled.time_s, plain.time_s)
    for name in ("flexion_deg", "lateral_deg", "twist_degps", "known"):
        assert np.array_equal(getattr(shuffled, name), getattr(plain, name))
    assert repr(shuffled.lifts) == repr(plain.lifts)
    assert len(plain.lifts) == 1


def test_sensors_of_different_rates_meet_on_one_grid():
    chest, pelvis = both(pelvis_hz=52.0)
    found = seen(in_turn(chest, pelvis))
    flexion, lateral = errors(found)

    assert np.allclose(np.diff(found.time_s), 1 / GRID_HZ)
    assert flexion < ERROR_DEG
    assert lateral < ERROR_DEG


def lost(first: int, stop: int) -> list:
    """The same with samples `[first, stop)` of the pelvis gone; a new segment after them."""
    out = []
    later = Segment(1, T0_NS + stop * NS_PER_S // 100, 100.0)
    orientation = Orientation(OrientationParams(mounting=mounting(PELVIS)))
    for item in worn(PELVIS).samples([first, stop]):
        if isinstance(item, SegmentEnd):
            continue
        if item.first == first:
            out += orientation.push(SegmentEnd(item.segment, first, "gap"))
        elif item.first == stop:
            moved = type(item)(
                later, 0, item.acc_mps2.copy(), item.gyr_radps.copy(), item.origin.copy()
            )
            out += orientation.push(moved)
        else:
            out += orientation.push(item)
    return felt(Level.PELVIS, out)


def test_where_one_sensor_was_lost_nothing_is_told_of_the_trunk():
    chest, _ = both()
    found = seen(in_turn(chest, lost(2000, 2600), list(told())))
    missing = (found.time_s >= 20.0) & (found.time_s < 26.0)

    assert not missing.any()
    assert found.time_s[-1] == pytest.approx(59.98, abs=0.03)
    assert not found.known[(found.time_s >= 26.0) & (found.time_s < 27.4)].any()


def test_a_lift_that_one_sensor_missed_has_no_measures():
    chest, _ = both()
    [true] = [event for event in worn(CHEST).events if event.kind is EventKind.LIFT]
    first = round(true.start_s * 100)
    [lift] = seen(in_turn(chest, lost(first, first + 200), list(told()))).lifts

    assert lift.coverage < 0.9
    assert lift.values == {}
    assert all(factor.value is None for factor in lift.factors(None).factors)


def test_a_sensor_that_never_speaks_leaves_every_lift_unmeasured_but_told():
    chest, _ = both()
    trunk = Trunk(Params(hold_s=5.0))
    found = seen(in_turn(chest, list(told())), trunk)

    assert len(found.time_s) == 0
    assert [lift.values for lift in found.lifts] == [{}]


def test_without_zeros_angles_from_standing_are_left_out_and_rates_stay():
    chest, pelvis = both()
    crooked = felt(Level.PELVIS, [item.motion for item in pelvis], zeroed=False)
    [lift] = seen(in_turn(chest, crooked, list(told()))).lifts

    assert "max_flexion_deg" not in lift.values
    assert "max_lateral_velocity_degps" in lift.values
    assert lift.factors(None).factors[3].value is None


def test_without_a_gyroscope_nothing_is_said_of_twisting():
    chest, pelvis = both(gyro=False)
    [lift, *_] = seen(in_turn(chest, pelvis, list(told()))).lifts

    assert not any("twist" in name for name in lift.values)


def test_memory_is_bounded_while_one_sensor_is_away():
    chest, _ = both()
    trunk = Trunk(Params(hold_s=10.0))
    for item in chest:
        trunk.push(item)
    state = trunk.state

    assert len(state.waiting[Level.CHEST].index) <= 11 * GRID_HZ + 1
    assert len(state.kept) == 0


# Twisting, by exact kinematics: the chest turns about a trunk that leans


def turning(lean_deg: float, twist_degps: float, turn_degps: float) -> tuple[list, list]:
    """Ten seconds of a leaning trunk; both turn about the vertical, the chest by more as well.

    Up and rates are exact, so nothing but the stage is tested.
    """
    rate_hz, n = 100.0, 1000
    segment = Segment(0, T0_NS, rate_hz)
    t_s = np.arange(n) / rate_hz
    out = []
    for level, rate in ((Level.CHEST, turn_degps + twist_degps), (Level.PELVIS, turn_degps)):
        jets = np.zeros((len(Channel), 3, n))
        jets[Channel.SAGITTAL, 0] = np.radians(lean_deg)
        jets[Channel.YAW, 0] = np.radians(rate) * t_s
        jets[Channel.YAW, 1] = np.radians(rate)
        ideal = ideal_motion(jets, Lever(-0.1, 0.4))
        chunk = MotionChunk(
            segment,
            0,
            ideal.up,
            ideal.acc_mps2,
            ideal.gyr_radps,
            np.ones(n, bool),
            np.zeros(n, np.uint8),
            True,
        )
        out.append(felt(level, [chunk, SegmentEnd(segment, n, "end")]))
    return out[0], out[1]


def lift_between(start_s: float, stop_s: float) -> MotionEvent:
    start, stop = (T0_NS + round(at_s * NS_PER_S) for at_s in (start_s, stop_s))
    return MotionEvent(EventKind.LIFT, start, stop, stop, 0.8, "test/1")


@pytest.mark.parametrize("lean_deg", [0.0, 40.0])
def test_a_body_that_turns_as_a_whole_does_not_twist(lean_deg):
    found = seen(in_turn(*turning(lean_deg, 0.0, 60.0)))

    assert np.abs(found.twist_degps).max() < 1e-9


def test_an_upright_chest_that_turns_further_than_the_pelvis_twists_by_the_difference():
    [lift] = seen([*in_turn(*turning(0.0, 12.0, 60.0)), lift_between(1.0, 4.0)]).lifts

    assert lift.values["average_twist_velocity_degps"] == pytest.approx(12.0)
    assert lift.values["twist_deg"] == pytest.approx(36.0, rel=0.01)


def test_twisting_counts_about_the_trunk_and_not_about_the_vertical():
    """Turning about the vertical while leaning is part twist, part bend aside."""
    [lift] = seen([*in_turn(*turning(60.0, 12.0, 0.0)), lift_between(1.0, 4.0)]).lifts

    assert lift.values["average_twist_velocity_degps"] == pytest.approx(12.0 * 0.5)


def test_a_long_bend_has_no_twist_angle():
    [lift] = seen(
        [*in_turn(*turning(0.0, 12.0, 0.0)), lift_between(1.0, 4.0)],
        Trunk(Params(twist_longest_s=2.0)),
    ).lifts

    assert "twist_deg" not in lift.values
    assert "average_twist_velocity_degps" in lift.values


def test_bends_come_once_both_streams_have_passed_them():
    chest, pelvis = turning(0.0, 12.0, 0.0)
    trunk = Trunk()

    before = [*trunk.push(chest[0]), *trunk.push(lift_between(1.0, 4.0))]
    after = trunk.push(pelvis[0])

    assert before == []
    assert [type(item).__name__ for item in after] == ["TrunkChunk", "TrunkLift"]


def test_rows_fall_on_whole_steps_of_utc():
    chunks = [item for item in feed_rows() if hasattr(item, "first")]

    assert all(int(at) % (NS_PER_S // GRID_HZ) == 0 for at in chunks[0].time_ns())
    assert all(b.first >= a.first + len(a) for a, b in itertools.pairwise(chunks))


def feed_rows() -> list:
    trunk = Trunk()
    return [out for item in in_turn(*both()) for out in trunk.push(item)]
