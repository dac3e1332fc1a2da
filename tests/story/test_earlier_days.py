"""Simulated days of the past, made as the live path makes them."""

from datetime import date, datetime

import pytest

from backwatch.earlier_days import DayMade, Progress, make_day
from monitor.coaching import Channel, Outcome
from monitor.model import NS_PER_S, Alert, EventKind, MinuteSummary, MotionEvent
from monitor.store import RecordingEnd, RecordingStart

TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 17), date(2026, 11, 21), date(2026, 11, 22)
SHORT = 0.05  # of a Tuesday: twelve minutes at a desk, nine of lifting


@pytest.fixture(scope="module")
def tuesday() -> DayMade:
    return make_day(TUESDAY, 0, SHORT)


def test_a_day_is_marked_simulated_and_has_ended(tuesday: DayMade) -> None:
    starts = [item for item in tuesday.items if isinstance(item, RecordingStart)]
    ends = [item for item in tuesday.items if isinstance(item, RecordingEnd)]

    assert len(starts) == len(ends) == 2  # morning and afternoon
    assert all(start.simulated and start.counts for start in starts)
    assert isinstance(tuesday.items[-1], RecordingEnd)


def test_a_day_lies_within_its_local_date(tuesday: DayMade) -> None:
    minutes = [item.start_ns for item in tuesday.items if isinstance(item, MinuteSummary)]

    assert len(minutes) >= 20
    assert {datetime.fromtimestamp(at_ns / NS_PER_S).date() for at_ns in minutes} == {TUESDAY}


def test_the_path_finds_lifts_in_an_afternoon_of_lifting(tuesday: DayMade) -> None:
    noon_ns = datetime(2026, 11, 17, 13).timestamp() * NS_PER_S
    events = [item for item in tuesday.items if isinstance(item, MotionEvent)]
    lifts = [one for one in events if one.kind is EventKind.LIFT and one.start_ns > noon_ns]

    assert len(lifts) >= 3


def test_every_alert_has_its_fate_and_its_trace(tuesday: DayMade) -> None:
    alerts = {(one.rule, one.at_ns) for one in tuesday.items if isinstance(one, Alert)}
    told = [one for one in tuesday.decisions if one.outcome is Outcome.TOLD]

    assert alerts
    assert {(one.alert.rule, one.alert.at_ns) for one in tuesday.decisions} == alerts
    assert {(trace.rule, trace.at_ns) for trace in tuesday.traces} == alerts
    assert all(len(trace.t_ns) > 250 for trace in tuesday.traces)  # thirty seconds, ten a second
    assert all(one.channels == (Channel.PAGE,) for one in told)


def test_the_same_seed_and_date_are_the_same_day_and_others_are_not() -> None:
    said: list[Progress] = []
    once, again = (make_day(SATURDAY, 3, 0.05, say) for say in (said.append, lambda _: None))
    other = make_day(SATURDAY, 4, 0.05)

    assert once.items == again.items
    assert once.items != other.items
    assert [one.share for one in said] == sorted(one.share for one in said)
    assert 0.9 < said[-1].share <= 1.0


def test_on_sundays_nobody_wears_the_sensor() -> None:
    assert make_day(SUNDAY, 0).items == ()
