"""Scenarios are complete, repeatable and endless."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Activity, EventKind, Placement, Posture
from simulator.errors import SimulatorError, UnknownScenarioError
from simulator.imu import acc_mps2
from simulator.scenarios import SCENARIOS, count_stream, simulate
from simulator.truth import ACTIVITIES, NO_EVENT, POSTURES


def run(name, **how):
    return list(simulate(name, **how))


def column(blocks, name):
    return np.concatenate([getattr(block, name) for block in blocks])


def events(blocks):
    return [event for block in blocks for event in block.finished]


def share(blocks, activity):
    return float(np.mean(column(blocks, "activity") == ACTIVITIES.index(activity)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_without_a_gap_in_samples_or_truth(name):
    seconds = min(SCENARIOS[name].natural_s, 900.0)
    blocks = run(name, seconds=seconds, seed=3)

    time_s = column(blocks, "time_s")
    assert len(time_s) == round(seconds * 100)
    assert time_s == pytest.approx(np.arange(len(time_s)) / 100)
    for before, after in pairwise(blocks):
        assert after.first == before.first + len(before)
    for field in ("counts", "acc_mps2", "gyr_radps", "sagittal_rad", "activity", "event_id"):
        values = column(blocks, field)
        assert len(values) == len(time_s)
        assert np.isfinite(values).all()
    assert set(np.unique(column(blocks, "activity"))) <= set(range(len(ACTIVITIES)))
    assert set(np.unique(column(blocks, "posture"))) <= set(range(len(POSTURES)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_events_and_their_labels_agree(name):
    blocks = run(name, seconds=min(SCENARIOS[name].natural_s, 900.0), seed=4)

    time_s, event_id = column(blocks, "time_s"), column(blocks, "event_id")
    for event in events(blocks):
        inside = time_s[event_id == event.id]
        assert inside[0] == pytest.approx(event.start_s, abs=0.011)
        assert inside[-1] == pytest.approx(event.stop_s, abs=0.011)
    ids = [event.id for event in events(blocks)]
    assert ids == list(range(len(ids)))


def test_the_demo_has_each_state_and_each_event():
    blocks = run("demo", seed=1)

    found = {ACTIVITIES[code] for code in np.unique(column(blocks, "activity"))}
    postures = {POSTURES[code] for code in np.unique(column(blocks, "posture"))}
    assert found == set(Activity) - {Activity.UPRIGHT, Activity.UNKNOWN}
    assert postures == set(Posture)
    kinds = [event.kind for event in events(blocks)]
    assert set(kinds) == set(EventKind)
    assert {event.technique for event in events(blocks)} == {"", "stoop", "squat"}


@pytest.mark.parametrize("seed", range(5))
def test_the_demo_stands_still_then_lifts_deep_and_turned_while_bent(seed):
    blocks = run("demo", seed=seed, seconds=30)

    first = events(blocks)[0]
    time_s, rate = column(blocks, "time_s"), np.linalg.norm(column(blocks, "gyr_radps"), axis=1)
    assert first.kind is EventKind.LIFT
    assert 10.0 <= first.start_s < 12.0
    assert first.stop_s < 22.0
    assert np.degrees(first.peak_sagittal_rad) > 60
    assert np.degrees(abs(first.turn_rad)) > 30
    assert np.degrees(np.median(rate[time_s < 10.0])) < 3.0


@pytest.mark.parametrize("seed", range(5))
def test_the_demo_slouches_for_a_while_and_lasts_three_minutes(seed):
    blocks = run("demo", seed=seed, seconds=400)

    slouched = column(blocks, "posture") == POSTURES.index(Posture.SLOUCHED)
    one_round = slouched[:18000]
    assert 20 < one_round.sum() / 100 < 30
    lifts = [e for e in events(blocks) if e.kind is EventKind.LIFT and e.technique == "stoop"]
    assert lifts[1].start_s - lifts[0].start_s == pytest.approx(180.0, abs=0.02)


def test_a_stream_plays_on_without_a_jump_where_the_scenario_begins_again():
    blocks = run("demo", seed=2, seconds=183)
    acc = column(blocks, "acc_mps2")

    around = acc[17900:18100]
    assert np.abs(np.diff(around, axis=0)).max() < 0.15


def test_a_stream_of_counts_is_the_same_as_the_simulation_and_has_no_end():
    stream = count_stream("short", 5, 100.0)
    counts = np.concatenate(list(islice(stream, 60)))

    assert len(counts) > 9000
    assert counts.dtype == np.int16
    assert counts.shape[1] == 6
    simulated = column(run("short", seed=5, seconds=60), "counts")
    assert np.array_equal(counts[:6000], simulated)


def test_one_seed_is_one_day_and_another_seed_another():
    first, again = run("desk_day", seed=1, seconds=300), run("desk_day", seed=1, seconds=300)
    other = run("desk_day", seed=2, seconds=300)

    assert np.array_equal(column(first, "counts"), column(again, "counts"))
    assert not np.array_equal(column(first, "counts"), column(other, "counts"))


def test_the_motion_does_not_depend_on_the_rate():
    fast, slow = run("short", seed=1, rate_hz=100.0), run("short", seed=1, rate_hz=50.0)

    assert column(fast, "sagittal_rad")[::2] == pytest.approx(column(slow, "sagittal_rad"))
    assert [e.start_s for e in events(fast)] == [e.start_s for e in events(slow)]


def test_one_seed_does_the_same_things_at_every_placement():
    days = [
        [
            (e.kind, e.start_s)
            for e in events(run("warehouse_shift", seed=1, seconds=600, placement=p))
        ]
        for p in Placement
    ]

    assert len(days[0]) > 5
    assert all(day == days[0] for day in days)


def test_a_device_with_a_fast_clock_gets_the_same_life_a_little_sooner():
    ppm = 5000.0
    blocks = list(simulate("short", seed=1, rate_hz=100.0 * (1 + ppm * 1e-6)))

    assert sum(map(len, blocks)) == 6030
    assert events(blocks)[0].start_s == events(run("short", seed=1))[0].start_s


def test_a_desk_day_is_mostly_sitting_with_slouches_and_breaks():
    blocks = run("desk_day", seed=1, hours=4)

    assert 0.75 < share(blocks, Activity.SIT) + share(blocks, Activity.RECLINE) < 0.97
    slouched = np.mean(column(blocks, "posture") == POSTURES.index(Posture.SLOUCHED))
    assert 0.15 < slouched < 0.8
    kinds = [event.kind for event in events(blocks)]
    assert kinds.count(EventKind.SIT_TO_STAND) == kinds.count(EventKind.STAND_TO_SIT) >= 4
    longest = max(event.start_s for event in events(blocks))
    assert longest > 3.5 * 3600


def test_a_warehouse_shift_is_mostly_on_foot_with_many_lifts_of_both_kinds():
    blocks = run("warehouse_shift", seed=1, hours=1)

    lifts = [event for event in events(blocks) if event.kind is EventKind.LIFT]
    assert 40 < len(lifts) < 150
    assert 0.1 < np.mean([event.technique == "squat" for event in lifts]) < 0.6
    assert 0.1 < np.mean([abs(event.turn_rad) > np.radians(30) for event in lifts]) < 0.45
    assert share(blocks, Activity.WALK) > 0.25
    assert max(event.stop_s - event.start_s for event in lifts) < 10.0


def test_a_sensor_left_on_a_table_meets_the_rule_for_not_worn():
    """Gyroscope RMS below 0.2 deg/s, bias removed, and accelerometer SD below 5 mg in each 30 s."""
    blocks = run("not_worn", seed=2)

    off = column(blocks, "activity") == ACTIVITIES.index(Activity.NOT_WORN)
    assert off.sum() / 100 > 900
    start = int(np.flatnonzero(off)[0]) + 500
    gyr, acc = column(blocks, "gyr_radps"), column(blocks, "acc_mps2")
    for first in range(start, start + 60_000, 3000):
        epoch = slice(first, first + 3000)
        assert np.degrees(gyr[epoch].std(axis=0)).max() < 0.2
        assert (acc[epoch].std(axis=0) / 9.81).max() < 0.005


def test_a_sitting_person_does_not_meet_it():
    blocks = run("desk_day", seed=2, seconds=600)

    sitting = column(blocks, "activity") == ACTIVITIES.index(Activity.SIT)
    gyr = column(blocks, "gyr_radps")[sitting]
    epochs = [
        np.degrees(np.linalg.norm(gyr[i : i + 3000].std(axis=0))) for i in range(0, 30_000, 3000)
    ]
    assert min(epochs) > 0.3


def test_falls_reach_impact_and_lie_afterwards():
    blocks = run("falls", seed=3)

    time_s = column(blocks, "time_s")
    norm = np.linalg.norm(column(blocks, "acc_mps2"), axis=1) / 9.81
    lean = np.degrees(column(blocks, "inclination_rad"))
    falls = [event for event in events(blocks) if event.kind is EventKind.FALL]
    assert len(falls) == 4
    for fall in falls:
        inside = (time_s >= fall.start_s) & (time_s < fall.stop_s)
        assert norm[inside].max() > 2.2
        after = (time_s >= fall.stop_s + 1.0) & (time_s < fall.stop_s + 2.5)
        assert lean[after].min() > 60
        assert norm[after].std() < 0.2


def test_bent_is_said_of_upright_people_who_lean_30_degrees():
    blocks = run("confusers", seed=1)

    bent = column(blocks, "posture") == POSTURES.index(Posture.BENT)
    sagittal, activity = column(blocks, "sagittal_rad"), column(blocks, "activity")
    upright = np.isin(
        activity, [ACTIVITIES.index(a) for a in (Activity.SIT, Activity.STAND, Activity.WALK)]
    )
    assert np.array_equal(bent, upright & (sagittal >= np.radians(30)))


def test_confusers_hold_one_lift_only():
    kinds = [event.kind for event in events(run("confusers", seed=1))]

    assert kinds.count(EventKind.LIFT) == 1
    assert kinds.count(EventKind.BEND) == 2
    assert EventKind.FALL not in kinds


def test_what_stands_still_weighs_one_gravity_in_counts_too():
    blocks = run("demo", seed=4, seconds=10)

    norm = np.linalg.norm(acc_mps2(column(blocks, "counts")), axis=1)
    assert norm.mean() == pytest.approx(9.80665, rel=0.06)  # offset and scale of a real part


def test_samples_outside_events_are_marked_so():
    blocks = run("demo", seed=1, seconds=10)

    assert (column(blocks, "event_id") == NO_EVENT).all()


@given(seconds=st.floats(0.02, 40.0), rate=st.sampled_from([20.0, 52.0, 100.0, 104.17]))
@settings(max_examples=30, deadline=None)
def test_any_length_gives_that_many_samples(seconds, rate):
    blocks = run("short", seconds=seconds, rate_hz=rate)

    assert sum(map(len, blocks)) == round(seconds * rate)


def test_an_unknown_scenario_names_the_known_ones():
    with pytest.raises(UnknownScenarioError, match=r"demo.*desk_day"):
        simulate("siesta")
    with pytest.raises(UnknownScenarioError):
        count_stream("siesta", 1, 100.0)


@pytest.mark.parametrize(
    "how",
    [
        {"seconds": 0},
        {"hours": -1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"hours": 1, "seconds": 1},
        {"rate_hz": 0.0},
        {"rate_hz": float("nan")},
        {"seed": -1},
    ],
)
def test_senseless_lengths_rates_and_seeds_are_refused_at_once(how):
    with pytest.raises(SimulatorError):
        simulate("short", **how)
