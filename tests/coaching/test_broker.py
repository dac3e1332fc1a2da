"""Which alerts are told, when, and what is said of the others."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from monitor.coaching import (
    RULES,
    Broker,
    Channel,
    Decision,
    Hours,
    Kind,
    Manners,
    Outcome,
    Reason,
    Wishes,
)
from monitor.model import Activity, Alert, Beat, Posture, Severity, Tick

S = 1_000_000_000
MONDAY_TEN = int(datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp()) * S
OPEN = Manners(baseline=False)


def local(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / S, UTC)


def alert(rule: str, at_s: float, since_s: float = 0.0) -> Alert:
    at_ns, since_ns = (MONDAY_TEN + round(s * S) for s in (at_s, since_s))
    return Alert(at_ns, rule, Severity.CAUTION, since_ns, "desk/1", {})


def beat(
    at_s: float,
    activity: Activity = Activity.SIT,
    *,
    slouched: bool = True,
    lean_deg: float = 15.0,
    static_since_s: float | None = 0.0,
) -> Beat:
    posture = Posture.SLOUCHED if slouched else Posture.NEUTRAL
    static_ns = None if static_since_s is None else MONDAY_TEN + round(static_since_s * S)
    at_ns = MONDAY_TEN + round(at_s * S)
    return Beat(at_ns, activity, posture, math.radians(lean_deg), static_ns, 0.0)


def broker(manners: Manners = OPEN, **wishes: object) -> Broker:
    made = Broker(manners, local)
    made.wishes = Wishes(**wishes)  # type: ignore[arg-type]
    return made


def said(decisions: list[Decision]) -> list[tuple[str, Outcome, Reason]]:
    return [(d.alert.rule, d.outcome, d.reason) for d in decisions]


def sit(made: Broker, start_s: int, stop_s: int, **how: object) -> list[Decision]:
    return [d for at in range(start_s, stop_s) for d in made.push(beat(at, **how))]  # type: ignore[arg-type]


def test_an_alert_with_nothing_against_it_is_told_on_its_channels() -> None:
    made = broker()
    made.push(beat(0))
    (decision,) = made.push(alert("slouch", 1))

    assert (decision.outcome, decision.reason) == (Outcome.TOLD, Reason.AT_ONCE)
    assert set(decision.channels) == set(Channel)


def test_the_cue_at_the_own_limit_comes_while_bent_and_in_pain_mode() -> None:
    made = broker(pain=True)
    made.push(beat(0, Activity.STAND, lean_deg=37.0))
    (limit,) = made.push(alert("limit", 1))
    (lift,) = made.push(alert("lift", 1))

    assert (limit.outcome, limit.reason) == (Outcome.TOLD, Reason.AT_ONCE)
    assert (lift.outcome, lift.reason) == (Outcome.DROPPED, Reason.PAIN_MODE)


def test_a_channel_switched_off_is_not_used() -> None:
    made = broker(replace(OPEN, channels=frozenset({Channel.PAGE})))
    (decision,) = made.push(alert("slouch", 1))

    assert decision.channels == (Channel.PAGE,)


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"snoozed_until_ns": MONDAY_TEN + 300 * S}, Reason.SNOOZED),
        ({"in_call": True}, Reason.IN_CALL),
        ({"do_not_disturb": True}, Reason.DO_NOT_DISTURB),
    ],
)
def test_a_reminder_is_held_and_told_once_afterwards(wishes: dict, reason: Reason) -> None:
    made = broker(**wishes)
    made.push(beat(0))
    first = made.push(alert("sitting", 1))
    again = made.push(alert("sitting", 200))
    waiting = sit(made, 201, 300)
    made.wishes = Wishes()
    after = sit(made, 300, 320)

    assert said(first) == [("sitting", Outcome.HELD, reason)]
    assert said(again) == [("sitting", Outcome.MERGED, Reason.SAME)]
    assert waiting == []
    assert said(after) == [("sitting", Outcome.TOLD, Reason.HELD_BEFORE)]


def test_a_snooze_ends_by_itself() -> None:
    made = broker(snoozed_until_ns=MONDAY_TEN + 60 * S)
    made.push(beat(0))
    made.push(alert("slouch", 1))

    assert said(sit(made, 2, 60)) == []
    assert said(sit(made, 60, 65)) == [("slouch", Outcome.TOLD, Reason.HELD_BEFORE)]


def test_a_held_reminder_whose_cause_has_gone_is_never_told() -> None:
    made = broker(in_call=True)
    made.push(beat(0))
    made.push(alert("slouch", 1))
    corrected = made.push(beat(2, slouched=False))
    made.wishes = Wishes()

    assert said(corrected) == [("slouch", Outcome.DROPPED, Reason.CORRECTED)]
    assert sit(made, 3, 30) == []


def test_of_several_held_the_most_important_is_told_and_the_others_are_merged() -> None:
    made = broker(in_call=True)
    made.push(beat(0))
    for name in ("static", "sitting", "slouch"):
        made.push(alert(name, 1))
    made.wishes = Wishes()

    assert said(made.push(beat(5))) == [
        ("sitting", Outcome.TOLD, Reason.HELD_BEFORE),
        ("slouch", Outcome.MERGED, Reason.ANOTHER),
        ("static", Outcome.MERGED, Reason.ANOTHER),
    ]


def test_nobody_is_reminded_while_walking() -> None:
    made = broker()
    made.push(beat(0, Activity.WALK))

    assert said(made.push(alert("repetitive", 1))) == [("repetitive", Outcome.HELD, Reason.WALKING)]
    assert sit(made, 2, 10, activity=Activity.WALK) == []
    assert said(sit(made, 10, 20, activity=Activity.STAND)) == [
        ("repetitive", Outcome.TOLD, Reason.HELD_BEFORE)
    ]


def test_a_cue_waits_for_the_return_from_a_bend() -> None:
    made = broker()
    made.push(beat(0, Activity.STAND, lean_deg=60.0))

    assert said(made.push(alert("lift", 1))) == [("lift", Outcome.HELD, Reason.BENDING)]
    assert made.push(beat(2, Activity.STAND, lean_deg=25.0)) == []  # not back yet
    told = sit(made, 3, 9, activity=Activity.STAND, lean_deg=5.0)
    assert said(told) == [("lift", Outcome.TOLD, Reason.HELD_BEFORE)]


def test_a_lift_cue_that_is_half_a_minute_late_is_of_no_more_use() -> None:
    made = broker()
    made.push(beat(0, Activity.STAND, lean_deg=60.0))
    made.push(alert("lift", 1))

    assert said(sit(made, 2, 40, activity=Activity.STAND, lean_deg=60.0)) == [
        ("lift", Outcome.DROPPED, Reason.TOO_LATE)
    ]


def test_posture_reminders_keep_apart() -> None:
    made = broker()
    made.push(beat(0))
    made.push(alert("slouch", 1))

    assert said(made.push(alert("sitting", 60))) == [("sitting", Outcome.HELD, Reason.APART)]
    assert said(sit(made, 61, 300)) == []
    assert said(sit(made, 300, 310)) == [("sitting", Outcome.TOLD, Reason.HELD_BEFORE)]


def test_a_lift_cue_does_not_wait_for_posture_reminders() -> None:
    made = broker()
    made.push(alert("slouch", 1))

    assert said(made.push(alert("lift", 2))) == [("lift", Outcome.TOLD, Reason.AT_ONCE)]


def _each(made: Broker, every_s: int, count: int, *, answer: bool = True) -> list[Decision]:
    """Slouch alerts at a distance; each is answered by the body, or not."""
    decisions = []
    for number in range(count):
        at_s = number * every_s
        made.push(beat(at_s))
        decisions += made.push(alert("slouch", at_s))
        made.push(beat(at_s + 200, slouched=not answer))
    return decisions


def test_an_hour_holds_six_posture_reminders() -> None:
    decisions = _each(broker(), 300, 12)

    assert [d.outcome for d in decisions] == [Outcome.TOLD] * 6 + [Outcome.DROPPED] * 6
    assert {d.reason for d in decisions[6:]} == {Reason.HOUR_FULL}


def test_a_day_holds_thirty_posture_reminders_and_the_next_begins_anew() -> None:
    made = broker()
    decisions = _each(made, 700, 40)
    next_day = _each(broker(), 700, 1)

    assert sum(d.outcome is Outcome.TOLD for d in decisions) == 30
    assert decisions[-1].reason is Reason.DAY_FULL
    assert next_day[0].outcome is Outcome.TOLD


def test_lift_cues_have_caps_of_their_own() -> None:
    made = broker()
    decisions = [d for at in range(0, 3600, 100) for d in made.push(alert("lift", at))]
    made.push(beat(3499))

    assert [d.outcome for d in decisions[:6]] == [Outcome.TOLD] * 6
    assert {d.reason for d in decisions[6:]} == {Reason.HOUR_FULL}
    assert made.push(alert("fall", 3500))[0].outcome is Outcome.TOLD
    assert made.push(alert("sitting", 3500))[0].outcome is Outcome.TOLD


def test_posture_reminders_use_up_no_lift_cue() -> None:
    made = broker()
    _each(made, 300, 12)
    lifts = [d for at in range(3600, 3900, 10) for d in made.push(alert("lift", at))]

    assert sum(d.outcome is Outcome.TOLD for d in lifts) == 6


def test_a_day_holds_thirty_lift_cues_or_as_many_as_the_person_wants() -> None:
    usual, fewer = broker(), broker(replace(OPEN, lifts_per_day=2))
    told = [
        sum(made.push(alert("lift", at))[0].outcome is Outcome.TOLD for at in range(0, 36_000, 700))
        for made in (usual, fewer)
    ]

    assert told == [30, 2]


def test_caps_outlive_a_restart() -> None:
    told = [("slouch", MONDAY_TEN - minutes * 60 * S) for minutes in (6, 12, 18, 24, 30, 36)]
    made = Broker(OPEN, local, told=told)

    assert said(made.push(alert("sitting", 0))) == [("sitting", Outcome.DROPPED, Reason.HOUR_FULL)]


def test_ignored_three_times_it_asks_half_as_often_and_an_answer_ends_that() -> None:
    made = broker(replace(OPEN, most_per_hour=100))
    ignored = _each(made, 300, 3, answer=False)
    fourth, fifth = made.push(alert("slouch", 900)), made.push(alert("slouch", 1200))
    made.push(beat(1201, slouched=False))
    answered = made.push(alert("slouch", 1500))

    assert [d.outcome for d in ignored] == [Outcome.TOLD] * 3
    assert said(fourth) == [("slouch", Outcome.DROPPED, Reason.IGNORED)]
    assert said(fifth) == [("slouch", Outcome.TOLD, Reason.AT_ONCE)]
    assert said(answered) == [("slouch", Outcome.TOLD, Reason.AT_ONCE)]


def test_what_is_shown_goes_away_when_its_cause_does() -> None:
    made = broker()
    made.push(beat(0))
    made.push(alert("slouch", 1))

    assert said(made.push(beat(10, slouched=False))) == [
        ("slouch", Outcome.CLEARED, Reason.CORRECTED)
    ]


@pytest.mark.parametrize("activity", [Activity.WALK, Activity.STAND])
def test_a_break_is_credited_from_the_body(activity: Activity) -> None:
    made = broker()
    made.push(beat(0))
    made.push(alert("sitting", 1))

    assert said(made.push(beat(30, activity))) == [("sitting", Outcome.CLEARED, Reason.CORRECTED)]


def test_not_knowing_is_no_answer_of_the_body() -> None:
    made = broker(in_call=True)
    made.push(beat(0))
    made.push(alert("sitting", 1))

    assert made.push(beat(2, Activity.UNKNOWN)) == []
    assert [held.rule for held in made.held()] == ["sitting"]


def test_while_nothing_is_seen_nothing_held_is_told() -> None:
    made = broker(in_call=True)
    made.push(beat(0))
    made.push(alert("sitting", 1))
    made.wishes = Wishes()

    assert made.push(Tick(MONDAY_TEN + 600 * S)) == []
    assert said(made.push(beat(601))) == [("sitting", Outcome.TOLD, Reason.HELD_BEFORE)]


def test_the_first_day_is_silent_and_the_second_is_not() -> None:
    made = Broker(Manners(), local)
    made.push(beat(0))
    day_s = 24 * 3600

    assert said(made.push(alert("slouch", 1))) == [("slouch", Outcome.DROPPED, Reason.FIRST_DAY)]
    assert said(made.push(alert("slouch", day_s))) == [("slouch", Outcome.TOLD, Reason.AT_ONCE)]


def test_a_sensor_in_a_drawer_does_not_use_up_the_first_day() -> None:
    made = Broker(Manners(), local)
    made.push(beat(0, Activity.NOT_WORN))
    day_s = 24 * 3600
    made.push(beat(day_s))

    assert made.push(alert("slouch", day_s + 1))[0].reason is Reason.FIRST_DAY


def test_a_first_day_long_ago_silences_nothing() -> None:
    made = Broker(Manners(), local, first_day=date(2026, 2, 1))

    assert made.push(alert("slouch", 1))[0].outcome is Outcome.TOLD


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [({"pain": True}, Reason.PAIN_MODE), ({"trial_silent": True}, Reason.TRIAL)],
)
def test_pain_and_a_silent_half_day_drop_coaching(wishes: dict, reason: Reason) -> None:
    made = broker(**wishes)

    for name, found in RULES.items():
        outcome = made.push(alert(name, 1))[0]
        if found.kind in (Kind.SAFETY, Kind.SERVICE):
            assert outcome.outcome is Outcome.TOLD
        else:
            assert (outcome.outcome, outcome.reason) == (Outcome.DROPPED, reason)


def test_pain_mode_also_drops_what_was_held() -> None:
    made = broker(in_call=True)
    made.push(beat(0))
    made.push(alert("sitting", 1))
    made.wishes = Wishes(pain=True)

    assert said(made.push(beat(2))) == [("sitting", Outcome.DROPPED, Reason.PAIN_MODE)]


@pytest.mark.parametrize(
    "manners",
    [
        replace(OPEN, quiet=(Hours(time(9), time(11)),)),
        replace(OPEN, working=(Hours(time(12), time(17)),)),
        replace(OPEN, working=(Hours(time(8), time(17), weekdays=(5, 6)),)),
        replace(OPEN, quiet=(Hours(time(22), time(10, 30)),)),
    ],
)
def test_quiet_and_free_hours_are_silent(manners: Manners) -> None:
    assert said(broker(manners).push(alert("slouch", 1))) == [
        ("slouch", Outcome.DROPPED, Reason.HOURS)
    ]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Hours(time(22), time(6), weekdays=(4,))

    assert friday_night.holds(4, time(23))
    assert friday_night.holds(5, time(5, 59))
    assert not friday_night.holds(4, time(5))
    assert not friday_night.holds(5, time(23))
    assert not friday_night.holds(5, time(6))


def test_a_fall_is_told_whatever_the_person_is_doing() -> None:
    made = broker(
        replace(OPEN, quiet=(Hours(time(0), time(23, 59)),)),
        in_call=True,
        do_not_disturb=True,
        pain=True,
        snoozed_until_ns=MONDAY_TEN + 3600 * S,
    )
    made.push(beat(0, Activity.WALK))

    assert said(made.push(alert("fall", 1))) == [("fall", Outcome.TOLD, Reason.AT_ONCE)]


def test_of_jolts_one_is_told_in_ten_minutes_and_of_falls_each() -> None:
    made = broker(in_call=True)
    jolts = [said(made.push(alert("jolt", at_s)))[0] for at_s in (0, 1, 599, 600, 900)]
    falls = [said(made.push(alert("fall", at_s)))[0] for at_s in (901, 902)]

    told, again = (Outcome.TOLD, Reason.AT_ONCE), (Outcome.DROPPED, Reason.AGAIN)
    assert [one[1:] for one in jolts] == [told, again, again, told, again]
    assert [one[1:] for one in falls] == [told, told]


def test_a_notice_that_cannot_be_told_at_once_is_given_up() -> None:
    made = broker(in_call=True)

    assert said(made.push(alert("break_soon", 1))) == [
        ("break_soon", Outcome.DROPPED, Reason.IN_CALL)
    ]


def test_an_alert_of_a_newer_version_is_a_posture_reminder() -> None:
    assert broker().push(alert("from_the_future", 1))[0].outcome is Outcome.TOLD


def test_every_held_alert_ends_in_exactly_one_other_decision() -> None:
    """Whatever happens in a day: nothing is told twice, and nothing is forgotten."""
    generator = np.random.default_rng(11)
    made = broker()
    open_alerts: dict[tuple[str, int], str] = {}
    told: set[tuple[str, int]] = set()
    activities = (Activity.SIT, Activity.WALK, Activity.STAND, Activity.UNKNOWN)
    activity = Activity.SIT
    for at_s in range(20_000):
        if generator.random() < 0.01:
            activity = activities[generator.integers(len(activities))]
            made.wishes = Wishes(
                in_call=bool(generator.random() < 0.3),
                snoozed_until_ns=MONDAY_TEN + int(generator.integers(20_000)) * S,
            )
        decisions = made.push(
            beat(at_s, activity, slouched=bool(generator.random() < 0.97), lean_deg=10.0)
        )
        if generator.random() < 0.01:
            name = list(RULES)[generator.integers(len(RULES))]
            decisions += made.push(alert(name, at_s + 0.5))
        for decision in decisions:
            if decision.outcome is Outcome.CLEARED:
                continue
            key = decision.alert.rule, decision.alert.at_ns
            if decision.outcome is Outcome.HELD:
                assert key not in open_alerts
                open_alerts[key] = decision.alert.rule
                continue
            open_alerts.pop(key, None)
            if decision.outcome is Outcome.TOLD:
                assert key not in told
                told.add(key)

    assert told
    assert sorted(open_alerts.values()) == sorted(one.rule for one in made.held())
