"""When the person is told something, and when not."""

import math
from dataclasses import replace

import pytest

from monitor.alerts import Alerts, Params
from monitor.model import (
    Activity,
    Alert,
    Beat,
    EventKind,
    MotionEvent,
    Posture,
    StateChange,
    Tick,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES
from monitor.stage import feed

S = 1_000_000_000
MINUTE = 60 * S
DESK = Params(profile="desk/1")


def beats(
    start_s: int,
    stop_s: int,
    activity: Activity = Activity.SIT,
    posture: Posture = Posture.NEUTRAL,
    *,
    static_since_s: int | None = None,
    dose: float = 0.0,
) -> list[Beat | StateChange]:
    """A change at the start and a beat at the end of each second."""
    static_ns = None if static_since_s is None else static_since_s * S
    change = StateChange(start_s * S, activity, posture, 0.9, "desk/1")
    return [
        change,
        *(
            Beat(at_s * S, activity, posture, 0.3, static_ns, dose)
            for at_s in range(start_s + 1, stop_s + 1)
        ),
    ]


def bend(at_s: int, peak_deg: float = 70.0, flags: tuple[str, ...] = ()) -> MotionEvent:
    values = {"peak_sagittal_deg": peak_deg}
    return MotionEvent(
        EventKind.BEND, at_s * S, (at_s + 2) * S, (at_s + 4) * S, 0.8, "desk/1", values, flags
    )


def said(alerts: list[Alert]) -> list[tuple[str, int]]:
    return [(alert.rule, alert.at_ns // S) for alert in alerts]


def test_a_slouch_speaks_after_a_minute_counted_from_where_it_began():
    alerts = feed(Alerts(DESK), beats(100, 400, posture=Posture.SLOUCHED))

    assert said(alerts) == [("slouch", 160)]
    assert alerts[0].since_ns == 100 * S
    assert alerts[0].values["duration_s"] == 60.0
    assert alerts[0].values["threshold_s"] == 60.0


def test_a_slouch_tells_from_which_lean_on_it_counted():
    """A wearer who sits tall at 6 deg, with a threshold of their own of 14 deg over that."""
    alerts = Alerts(DESK)
    alerts.know(math.radians(6.0), math.radians(14.0))
    (told,) = feed(alerts, beats(100, 200, posture=Posture.SLOUCHED))
    (unknown,) = feed(Alerts(DESK), beats(100, 200, posture=Posture.SLOUCHED))

    assert told.values["sit_tall_deg"] == pytest.approx(6.0)
    assert told.values["threshold_deg"] == pytest.approx(20.0)
    assert "threshold_deg" not in unknown.values


def test_the_path_tells_a_slouch_by_how_the_sensor_sits_now():
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
    interpret.mounting = replace(
        interpret.mounting, sit_tall_rad=math.radians(6.0), slouch_on_rad=math.radians(14.0)
    )
    (told,) = feed(interpret.alerts, beats(100, 200, posture=Posture.SLOUCHED))

    assert told.values["threshold_deg"] == pytest.approx(20.0)


def test_short_slouches_are_silent():
    items = [
        item
        for start in range(0, 300, 60)
        for item in (
            *beats(start, start + 30, posture=Posture.SLOUCHED),
            *beats(start + 30, start + 60),
        )
    ]

    assert said(feed(Alerts(DESK), items)) == []


def test_seven_tenths_of_ten_minutes_slouched_speaks_though_no_slouch_lasted_a_minute():
    items = [
        item
        for start in range(0, 660, 50)
        for item in (
            *beats(start, start + 45, posture=Posture.SLOUCHED),
            *beats(start + 45, start + 50),
        )
    ]
    [alert] = feed(Alerts(DESK), items)

    assert alert.rule == "slouch"
    assert alert.values["share_of_window"] == pytest.approx(0.7, abs=0.01)


def test_half_an_hour_seated_asks_for_a_break():
    assert said(feed(Alerts(DESK), beats(0, 1900))) == [("break_soon", 1771), ("sitting", 1801)]


def test_sitting_or_standing_still_counts_as_seated():
    items = [*beats(0, 900, Activity.UPRIGHT), *beats(900, 1900)]

    assert said(feed(Alerts(DESK), items))[-1:] == [("sitting", 1801)]


def test_a_minute_on_the_feet_is_a_break():
    items = [*beats(0, 1500), *beats(1500, 1560, Activity.WALK), *beats(1560, 3000)]

    assert said(feed(Alerts(DESK), items)) == []


def test_half_a_minute_on_the_feet_is_no_break():
    items = [*beats(0, 1500), *beats(1500, 1530, Activity.WALK), *beats(1530, 2000)]

    assert said(feed(Alerts(DESK), items))[-1:] == [("sitting", 1801)]


def test_standing_still_for_long_is_told_too():
    assert said(feed(Alerts(DESK), beats(0, 2800, Activity.STAND))) == [("standing", 2701)]


def test_a_static_posture_speaks_after_twenty_minutes():
    assert said(feed(Alerts(DESK), beats(0, 1300, static_since_s=0))) == [("static", 1200)]


def test_a_condition_that_lasts_is_told_again_every_five_minutes():
    alerts = feed(Alerts(DESK), beats(0, 1000, posture=Posture.SLOUCHED))

    assert said(alerts) == [("slouch", 60), ("slouch", 360), ("slouch", 660), ("slouch", 960)]


def test_one_rule_does_not_silence_another():
    items = [
        *beats(0, 1180, static_since_s=0),
        *beats(1180, 1250, posture=Posture.SLOUCHED, static_since_s=0),
    ]

    assert said(feed(Alerts(DESK), items)) == [("static", 1200), ("slouch", 1240)]


def test_each_break_is_announced_half_a_minute_before():
    alerts = feed(Alerts(DESK), beats(0, 3650))

    assert said(alerts) == [
        ("break_soon", 1771), ("sitting", 1801), ("break_soon", 3571), ("sitting", 3601),
    ]  # fmt: skip
    assert alerts[0].values["due_s"] == 30.0


def test_a_demanding_lift_is_told_after_it_is_over():
    [alert] = feed(Alerts(DESK), [bend(10, flags=("deep", "demanding"))])

    assert (alert.rule, alert.at_ns, alert.since_ns) == ("lift", 14 * S, 10 * S)


def test_an_ordinary_bend_is_silent():
    assert feed(Alerts(DESK), [bend(10)]) == []


def test_deep_bends_twice_a_minute_for_five_minutes_are_repetitive():
    alerts = feed(Alerts(DESK), [bend(at_s) for at_s in range(0, 600, 30)])

    assert said(alerts)[0] == ("repetitive", 274)


def test_shallow_bends_are_not_repetitive():
    assert feed(Alerts(DESK), [bend(at_s, 45.0) for at_s in range(0, 600, 10)]) == []


def test_a_held_flexed_posture_speaks_for_manual_work_only():
    items = beats(0, 10, Activity.STAND, Posture.BENT, dose=1.2)

    assert said(feed(Alerts(Params(profile="manual/1", hold_speaks=True)), items)) == [("hold", 1)]
    assert said(feed(Alerts(DESK), items)) == []


def test_a_hold_says_how_long_it_has_lasted_and_how_much_of_the_time_counts():
    beat = Beat(300 * S, Activity.STAND, Posture.BENT, math.radians(40), None, 1.01, held_s=152.0)

    [alert] = Alerts(Params(profile="manual/1", hold_speaks=True)).push(beat)

    assert alert.since_ns == 148 * S
    assert alert.values["duration_s"] == 152.0
    assert (alert.values["dose"], alert.values["threshold_dose"]) == (1.01, 1.0)


@pytest.mark.parametrize("kind", [EventKind.FALL, EventKind.JOLT])
def test_falls_and_jolts_are_prompted(kind):
    event = MotionEvent(kind, 10 * S, 11 * S, 13 * S, 0.7, "desk/1", {"peak_g": 3.0})

    assert said(feed(Alerts(DESK), [event])) == [(kind.value, 13)]


def test_five_minutes_without_data_start_the_clocks_anew():
    items = [*beats(0, 1700), Tick(2100 * S), *beats(2100, 3000)]

    assert said(feed(Alerts(DESK), items)) == []


def test_a_short_radio_gap_does_not_stop_the_seated_clock():
    items = [*beats(0, 900), Tick(960 * S), *beats(960, 1900)]

    assert said(feed(Alerts(DESK), items))[-1:] == [("sitting", 1801)]


def test_each_alert_says_how_sure_it_is_of_what_it_is_about():
    seated = feed(Alerts(DESK), beats(0, 1900))
    bent = Alerts(DESK).push(bend(100, flags=("demanding",)))
    fallen = Alerts(DESK).push(replace(bend(100), kind=EventKind.FALL, confidence=0.7))

    assert {alert.values["confidence"] for alert in seated} == {0.9}  # of the state
    assert [alert.values["confidence"] for alert in bent] == [0.8]
    assert [alert.values["confidence"] for alert in fallen] == [0.7]


def test_near_the_own_limit_a_cue_comes_once_each_time_and_without_one_never():
    def leaning(at_s: int, *angles_deg: float) -> list[Beat]:
        return [
            Beat((at_s + i) * S, Activity.STAND, Posture.NONE, math.radians(deg), None, 0.0)
            for i, deg in enumerate(angles_deg)
        ]

    bends = leaning(0, 10, 35.9, 36.1, 39, 45, 31, 37, 10, 5, 36.5)
    own = replace(DESK, limit_deg=40.0)
    told = feed(Alerts(own), bends)

    assert said(told) == [("limit", 2), ("limit", 9)]
    assert told[0].values["limit_deg"] == 40.0
    assert told[0].values["threshold_deg"] == pytest.approx(36.0)
    assert feed(Alerts(DESK), bends) == []


def test_who_lies_down_is_not_near_a_limit():
    lying = Beat(5 * S, Activity.LIE, Posture.NONE, math.radians(80), None, 0.0)

    assert Alerts(replace(DESK, limit_deg=40.0)).push(lying) == []
