"""Doses: who was up, who sat, and what each minute adds."""

import copy
import itertools
import math
from dataclasses import fields
from types import MappingProxyType

import numpy as np
import pytest

from monitor.exposure import Doses, add_up
from monitor.exposure.clocks import Params
from monitor.exposure.histograms import seconds_below, seconds_from
from monitor.model import (
    NS_PER_S,
    Activity,
    EventKind,
    FeatureChunk,
    MotionEvent,
    Posture,
    StateChange,
)
from monitor.model.exposure import Bout, Dose, Zone
from monitor.stage import feed
from tests.exposure.lives import START_NS, bend, second_ns, told

SIT, STAND, WALK, LIE, AWAY = (
    Activity.SIT, Activity.STAND, Activity.WALK, Activity.LIE, Activity.NOT_WORN,
)  # fmt: skip
NEUTRAL, SLOUCHED, NONE = Posture.NEUTRAL, Posture.SLOUCHED, Posture.NONE


def doses(items: list, **params: float) -> list[Dose]:
    return feed(Doses(Params(**params)), items)


def day(items: list, **params: float) -> Dose:
    return add_up(doses(items, **params))


def test_time_by_lean_adds_up() -> None:
    found = day(told([(60, 5.5, STAND, NEUTRAL), (30, 45.5, SIT, NEUTRAL), (10, 70.5, WALK, NONE)]))

    assert found.worn_s == pytest.approx(100, abs=0.2)
    assert seconds_from(found.lean, 20) == pytest.approx(40, abs=0.3)
    assert seconds_from(found.lean, 60) == pytest.approx(10, abs=0.3)
    assert seconds_below(found.lean, 20) == pytest.approx(60, abs=0.3)
    assert found.lean.total_s == pytest.approx(found.worn_s)


def test_the_bend_dose_is_the_sine_of_forward_lean_over_time() -> None:
    found = day(told([(40, 30, STAND, NEUTRAL), (20, -50, SIT, NEUTRAL), (20, 90, STAND, NEUTRAL)]))

    assert found.bend_dose_s == pytest.approx(40 * 0.5 + 20, abs=0.3)


def test_lying_and_an_unworn_sensor_are_no_exposure() -> None:
    found = day(told([(60, 80, LIE, NONE), (60, 90, AWAY, NONE), (60, 10, STAND, NEUTRAL)]))

    assert found.worn_s == pytest.approx(60, abs=0.2)
    assert seconds_from(found.lean, 60) == pytest.approx(0, abs=0.1)
    assert found.bend_dose_s == pytest.approx(60 * math.sin(math.radians(10)), abs=0.2)


def test_a_sensor_found_unworn_ten_minutes_late_takes_nothing_with_it() -> None:
    """The change is back-dated by 600 s; the minutes in between had been thought worn."""
    items = told([(120, 5, STAND, NEUTRAL), (700, 90, STAND, NEUTRAL), (60, 90, AWAY, NONE)])
    [at] = [i for i, item in enumerate(items) if isinstance(item, StateChange)][2:3]
    items[at] = StateChange(second_ns(121), AWAY, NONE, 0.9, "desk/1")
    found = day(items)

    assert seconds_from(found.lean, 60) == pytest.approx(1.0, abs=0.3)
    assert found.worn_s == pytest.approx(121, abs=0.3)


def test_bending_while_up_is_told_apart() -> None:
    found = day(told([(60, 40, SIT, NEUTRAL), (60, 40, STAND, NEUTRAL), (60, 70, WALK, NEUTRAL)]))

    assert found.up_s == pytest.approx(120, abs=0.3)
    assert seconds_from(found.up_lean, 30) == pytest.approx(120, abs=0.3)
    assert seconds_from(found.up_lean, 60) == pytest.approx(60, abs=0.3)
    assert seconds_from(found.lean, 30) == pytest.approx(180, abs=0.3)


def test_the_speed_of_the_lean_is_counted_where_it_moves() -> None:
    sweep = [(1, 10.0 * (i % 2), STAND, NEUTRAL) for i in range(60)]  # steps of 10 deg in 0.1 s
    found = day(told(sweep))

    moving_ms = sum(found.speed.ms[1:]) if found.speed.first == 0 else sum(found.speed.ms)
    assert moving_ms == pytest.approx(59 * 100, abs=100)


def test_slouching_counts_while_seated() -> None:
    found = day(told([(100, 15, SIT, SLOUCHED), (100, 5, Activity.UPRIGHT, NEUTRAL)]))

    assert (found.seated_s, found.slouched_s) == (200, 100)


def test_a_minute_up_is_a_break_and_less_is_none() -> None:
    acts = [(300, 0, SIT, NEUTRAL), (59, 0, WALK, NEUTRAL), (300, 0, SIT, NEUTRAL)]
    whole = day(told(acts))
    broken = day(told([acts[0], (60, 0, WALK, NEUTRAL), acts[2]]))

    assert (whole.breaks, whole.longest_sitting_s) == (0, 659)
    assert (broken.breaks, broken.longest_sitting_s) == (1, 300)


def test_standing_alone_earns_no_breaks() -> None:
    assert day(told([(400, 0, STAND, NEUTRAL)])).breaks == 0


def test_sitting_beyond_minute_30_counts_from_there() -> None:
    found = day(told([(2100, 0, SIT, NEUTRAL), (60, 0, STAND, NEUTRAL), (600, 0, SIT, NEUTRAL)]))

    assert (found.seated_s, found.seated_beyond_s) == (2700, 300)


def test_sitting_goes_on_over_a_short_gap_and_not_over_a_long_one() -> None:
    part = [(200, 0, SIT, NEUTRAL)]
    for gap_s, longest_s in ((100, 400), (301, 200)):
        stage = Doses()
        later = START_NS + (200 + gap_s) * NS_PER_S
        found = feed(stage, told(part)) + feed(stage, told(part, start_ns=later))

        assert add_up(found).longest_sitting_s == longest_s


def test_a_shift_is_a_seated_trunk_that_takes_another_orientation() -> None:
    statics = dict.fromkeys(range(1, 50), START_NS) | {s: second_ns(51) for s in range(51, 100)}
    seated = day(told([(120, 0, SIT, NEUTRAL)], statics=statics))
    walked = day(told([(50, 0, SIT, NEUTRAL), (70, 0, WALK, NEUTRAL)], statics=statics))

    assert (seated.shifts, seated.longest_static_s) == (2, 49.0)
    assert walked.shifts == 1


def test_a_hold_exceeds_once_until_it_has_recovered_by_half() -> None:
    holds = dict(enumerate([0.5, 1.0, 1.2, 0.9, 1.1, 0.6, 1.0, 0.4, 0.9, 1.0, 1.1], 1))

    assert day(told([(60, 30, STAND, NEUTRAL)], holds=holds)).hold_exceedances == 2


def test_bends_and_lifts_are_counted_by_peak_and_flag() -> None:
    features, *rest = told([(120, 0, STAND, NEUTRAL)])
    bends = [
        bend(10, 25), bend(20, 30), bend(65, 75), bend(70, 61, EventKind.LIFT),
        bend(80, 45, EventKind.LIFT, "deep", "demanding"), bend(90, 0, EventKind.JOLT),
    ]  # fmt: skip
    first, second = doses([features, *bends, *rest])

    assert (first.bends_30, first.bends_60, first.lifts) == (1, 0, 0)
    assert (second.bends_30, second.bends_60, second.lifts, second.flagged_lifts) == (3, 2, 2, 1)


def test_bouts_are_runs_of_one_activity_in_one_zone_of_five_seconds() -> None:
    found = day(
        told(
            [(20, 0, SIT, NEUTRAL), (4, 30, SIT, NEUTRAL), (30, 30, STAND, NEUTRAL),
             (10, 61, STAND, NEUTRAL), (40, 0, LIE, NONE), (20, 0, AWAY, NONE)]
        )
    )  # fmt: skip

    assert found.bouts == (
        Bout(SIT, Zone.UNDER_20, 20),
        Bout(STAND, Zone.FROM_20_TO_60, 30),
        Bout(STAND, Zone.OVER_60, 10),
        Bout(LIE, Zone.LIE, 40),
    )


def test_a_minute_is_told_once_it_is_settled() -> None:
    stage = Doses(Params(settle_s=100))
    told_at = []
    for item in told([(400, 0, SIT, NEUTRAL)])[:-1]:
        told_at += [(getattr(item, "at_ns", 0) - START_NS) // NS_PER_S for _ in stage.push(item)]

    assert told_at == [160, 220, 280, 340, 400]


@pytest.mark.parametrize("settle_s", [0.0, 90.0, 660.0])
def test_when_minutes_are_told_does_not_change_what_they_add_up_to(settle_s: float) -> None:
    acts = [
        (200 + i, 7.0 * i, activity, SLOUCHED if i % 3 else NEUTRAL)
        for i, activity in enumerate((SIT, STAND, SIT, LIE, WALK, SIT))
    ]
    found, late = day(told(acts), settle_s=settle_s), day(told(acts), settle_s=1e6)

    for column in fields(Dose):
        got, wanted = getattr(found, column.name), getattr(late, column.name)
        assert got == (pytest.approx(wanted) if isinstance(wanted, float) else wanted), column.name


def test_features_may_come_long_before_what_is_said_of_them() -> None:
    """A whole file in one chunk, and packets of a tenth of a second, give the same rows."""
    acts = [(400, 12.0, SIT, SLOUCHED), (400, 33.0, STAND, NEUTRAL), (400, 2.0, SIT, NEUTRAL)]
    features, *said, end = told(acts)
    merged: list = []
    for hop in range(len(features)):
        merged.append(slice_of(features, hop, hop + 1))
        while said and said[0].at_ns <= features.time_ns(hop + 1):
            merged.append(said.pop(0))
    merged += said

    assert doses([*merged, end]) == doses(told(acts))


def slice_of(chunk: FeatureChunk, start: int, stop: int) -> FeatureChunk:
    arrays = {
        field.name: getattr(chunk, field.name)[start:stop].copy()
        for field in fields(chunk)
        if isinstance(getattr(chunk, field.name), np.ndarray)
    }
    others = {
        field.name: getattr(chunk, field.name)
        for field in fields(chunk)
        if field.name not in arrays
    }
    return FeatureChunk(**{**others, **arrays, "first": chunk.first + start})


def test_an_hour_of_memory_is_never_kept() -> None:
    stage = Doses()
    features, *said, _ = told([(3600, 0, SIT, NEUTRAL)])
    stage.push(features)
    feed(stage, said)

    assert len(stage.state.lean_deg) <= (660 + 61) * 10
    assert len(stage.state.beats.at_ns) <= 660 + 61


def test_minutes_come_in_order() -> None:
    found = doses(told([(1800, 0, SIT, NEUTRAL)]))

    assert [b.start_ns - a.start_ns for a, b in itertools.pairwise(found)] == [60 * NS_PER_S] * 29


def test_a_bend_that_waits_to_be_counted_can_be_copied() -> None:
    stage = Doses()
    bend = MotionEvent(
        EventKind.BEND, 0, NS_PER_S, 4 * NS_PER_S, 0.9, "manual/1", MappingProxyType({}), ()
    )
    stage.push(bend)

    assert copy.deepcopy(stage.state).bends == stage.state.bends != []
