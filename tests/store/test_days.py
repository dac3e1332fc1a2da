"""Days in a place: midnight, clock changes, totals."""

import random
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Posture,
    Severity,
    StateChange,
)
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from monitor.store.database import connect
from monitor.store.days import day_bounds, local_date, spans_of
from monitor.store.pieces import STATES, Pieces, pieces_from_spans, read_pieces
from monitor.store.spans import merged
from monitor.store.timeline import MILLION, read_timeline, timeline_from_spans

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_NS = 3600 * NS_PER_S
T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC


def seconds(start: int, stop: int) -> Covered:
    return Covered(T0_NS + start * NS_PER_S, T0_NS + stop * NS_PER_S, 100.0)


def change(at_s: int, activity: Activity, posture: Posture) -> StateChange:
    return StateChange(T0_NS + at_s * NS_PER_S, activity, posture, 0.8, "desk 1")


def event(at_ns: int, kind: EventKind, *flags: str) -> MotionEvent:
    return MotionEvent(kind, at_ns, at_ns + 1, at_ns + 2, 0.7, "desk 1", {}, flags)


def utc_ns(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * NS_PER_S


def minute(start_ns: int, over_60_s: float = 0.0) -> MinuteSummary:
    return MinuteSummary(
        start_ns, 60.0, over_60_s, over_60_s, over_60_s, over_60_s, 0.0, 12.0, 70.0
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    bounds = day_bounds(day, BERLIN)

    assert bounds.stop_ns - bounds.start_ns == hours * HOUR_NS


@given(st.dates(date(2000, 1, 1), date(2199, 12, 30)), st.sampled_from(["Europe/Berlin", "UTC"]))
def test_days_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    today, tomorrow = (
        day_bounds(found, ZoneInfo(zone)) for found in (day, day + timedelta(days=1))
    )

    assert today.stop_ns == tomorrow.start_ns
    assert local_date(today.start_ns, ZoneInfo(zone)) == day
    assert local_date(today.stop_ns - 1, ZoneInfo(zone)) == day


def test_without_a_zone_the_computer_says_where_midnight_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        here = day_bounds(date(2026, 10, 25))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert here == day_bounds(date(2026, 10, 25), BERLIN)


@pytest.mark.parametrize("day", [date.min, date(1999, 12, 31), date(2200, 1, 1), date.max])
def test_a_date_no_sensor_can_have_seen_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="not between"):
        day_bounds(day, UTC)


def test_a_night_with_a_clock_change_is_cut_at_midnight_and_adds_up(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", BERLIN)
    start_ns = utc_ns(2026, 10, 24, 20)  # 22:00 in Berlin, the evening before 25 h
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
                StateChange(start_ns, Activity.LIE, Posture.NONE, 0.9, "desk 1"),
                *(
                    Covered(start_ns + h * HOUR_NS, start_ns + (h + 1) * HOUR_NS, 100.0)
                    for h in range(40)
                ),
                RecordingEnd("lost"),
            ]
        )
    queries = store.queries()

    lain_h = [
        queries.day(date(2026, 10, day)).totals.activity_s[Activity.LIE] / 3600
        for day in (24, 25, 26, 27)
    ]
    long_day = queries.day(date(2026, 10, 25))
    queries.close()

    assert lain_h == [2.0, 25.0, 13.0, 0.0]
    assert (long_day.length_s, long_day.coverage) == (25 * 3600, 1.0)


def test_missing_time_counts_as_missing_and_not_as_known(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(seconds(0, 1).start_ns, "AA:BB", "Back", False, "axes"),
                *(change(0, Activity.SIT, Posture.SLOUCHED), seconds(0, 100)),
                *(change(300, Activity.NOT_WORN, Posture.NONE), seconds(300, 350)),
                *(change(350, Activity.UNKNOWN, Posture.NONE), seconds(350, 400)),
            ]
        )
    queries = store.queries()

    past = queries.day(date(2026, 9, 21))
    live = queries.day(date(2026, 9, 21), now_ns=seconds(0, 500).stop_ns)
    queries.close()

    assert (past.length_s, past.no_data_s, past.coverage) == (400.0, 200.0, 0.25)
    assert (live.length_s, live.no_data_s, live.coverage) == (500.0, 300.0, 0.2)
    assert past.totals.slouched_s == 100.0


def test_a_day_without_data_is_empty_and_not_an_error(tmp_path: Path) -> None:
    queries = Store(tmp_path / "backwatch.db", UTC).queries()

    day = queries.day(date(2026, 9, 21), now_ns=utc_ns(2026, 9, 21, 12))
    queries.close()

    assert (day.spans, day.length_s, day.no_data_s, day.coverage) == ([], 0.0, 0.0, 0.0)
    assert day.start_ns == utc_ns(2026, 9, 21)


def test_the_row_of_a_day_is_the_sum_of_its_rows_when_minutes_close(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    start_ns = utc_ns(2026, 9, 21, 10)
    writer = store.writer()
    writer.write(
        [
            RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
            StateChange(start_ns, Activity.STAND, Posture.NEUTRAL, 0.9, "manual 1"),
            Covered(start_ns, start_ns + 120 * NS_PER_S, 100.0),
        ]
    )
    writer.write(
        [
            event(start_ns, EventKind.LIFT, "deep", "demanding"),
            event(start_ns + 10, EventKind.LIFT, "deep"),
            event(start_ns + 20, EventKind.BEND),
            event(start_ns + 30, EventKind.JOLT),
            Alert(start_ns + 40, "lift", Severity.INFO, start_ns, "manual 1"),
        ]
    )
    queries = store.queries()
    writer.write([minute(start_ns, 3.0), minute(start_ns + 60 * NS_PER_S, 4.5)])

    [(_, kept)] = queries.days(date(2026, 9, 21), date(2026, 9, 21))
    fresh = queries.day(date(2026, 9, 21)).totals
    writer.close()
    queries.close()

    assert kept == fresh
    assert kept.activity_s[Activity.STAND] == 120.0
    assert (kept.exposure.valid_s, kept.exposure.over_60_s) == (120.0, 7.5)
    assert (kept.bends, kept.lifts, kept.flagged_lifts, kept.alerts) == (3, 2, 1, 1)


def test_a_day_that_goes_on_is_known_up_to_its_last_second(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    start_ns = utc_ns(2026, 9, 21, 10)

    def sits(first: int, last: int) -> Covered:
        return Covered(start_ns + first * NS_PER_S, start_ns + last * NS_PER_S, 100.0)

    writer = store.writer()
    writer.write(
        [
            RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
            StateChange(start_ns, Activity.SIT, Posture.SLOUCHED, 0.9, "desk 1"),
            sits(0, 60),
            minute(start_ns),
        ]
    )
    writer.write([sits(60, 100)])
    queries = store.queries()

    day = queries.day(date(2026, 9, 21), now_ns=start_ns + 100 * NS_PER_S)
    writer.close()
    queries.close()

    assert (day.length_s, day.coverage) == (100.0, 1.0)
    assert (day.totals.activity_s[Activity.SIT], day.totals.slouched_s) == (100.0, 100.0)
    assert day.totals.exposure.valid_s == 60.0


def test_days_seen_from_another_time_zone_are_added_up_anew(tmp_path: Path) -> None:
    path = tmp_path / "backwatch.db"
    start_ns = utc_ns(2026, 9, 21, 23)
    with Store(path, UTC).writer() as writer:
        writer.write(
            [
                RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
                StateChange(start_ns, Activity.SIT, Posture.NEUTRAL, 0.9, "desk 1"),
                Covered(start_ns, start_ns + 600 * NS_PER_S, 100.0),
            ]
        )
    queries = Store(path, BERLIN).queries()

    days = queries.days(date(2026, 9, 21), date(2026, 9, 22))
    queries.close()

    assert [totals.activity_s[Activity.SIT] for _, totals in days] == [0.0, 600.0]


def test_days_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    queries = Store(tmp_path / "backwatch.db", UTC).queries()

    with pytest.raises(ValueError, match="before the first"):
        queries.days(date(2026, 9, 22), date(2026, 9, 21))
    queries.close()


def test_a_day_that_nothing_was_recorded_on_has_no_totals(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    store.writer().close()
    queries = store.queries()

    days = queries.days(date(2026, 9, 1), date(2026, 9, 3))
    added_up = queries.day(date(2026, 9, 2)).totals
    queries.close()

    assert [day for day, _ in days] == [date(2026, 9, n) for n in (1, 2, 3)]
    assert days[1][1] == added_up


@pytest.fixture
def clocks_going_back(tmp_path: Path) -> Store:
    """Sixty hours around it of states that change, repeat, change profile and have gaps."""
    rng = random.Random(7)
    store = Store(tmp_path / "backwatch.db", BERLIN)
    at_ns = utc_ns(2026, 10, 24, 3)
    items = [RecordingStart(at_ns, "AA:BB", "Back", False, "axes")]
    while at_ns < utc_ns(2026, 10, 26, 15):
        stop_ns = at_ns + rng.randrange(60, 7000) * NS_PER_S
        if at_ns == items[0].at_ns or rng.random() < 0.7:  # else the same once more
            activity, posture = rng.choice(list(Activity)[:3]), rng.choice(list(Posture)[:2])
            profile, trusted = rng.choice(["desk 1", "desk 2"]), rng.random() < 0.8
        items.append(StateChange(at_ns, activity, posture, rng.random(), profile, trusted))
        items += [Covered(at_ns, stop_ns, 100.0), minute(at_ns)]
        at_ns = stop_ns + rng.choice([0, 0, 0, 900]) * NS_PER_S
    with store.writer() as writer:
        writer.write([*items, RecordingEnd("end")])
    return store


def test_spans_read_and_merged_at_once_are_the_spans_merged(clocks_going_back: Store) -> None:
    start_ns, stop_ns = utc_ns(2026, 10, 24, 22), utc_ns(2026, 10, 26)
    engine = connect(clocks_going_back.path, read_only=True)
    with engine.connect() as connection:
        found = read_timeline(connection, start_ns, stop_ns, simulated=False)
        spans = spans_of(connection, start_ns, stop_ns, simulated=False)
    engine.dispose()

    expected = merged(spans)
    assert [replace(one, confidence=0.0) for one in found] == [
        replace(one, confidence=0.0) for one in expected
    ]
    assert found.confidence == pytest.approx([o.confidence for o in expected], abs=1 / MILLION)
    assert 10 < len(found) < len(spans)
    assert len({span.profile for span in found}) == 2
    assert {span.trusted for span in found} == {True, False}


def test_a_timeline_is_a_sequence_of_its_spans(clocks_going_back: Store) -> None:
    queries = clocks_going_back.queries()
    found = queries.day(date(2026, 10, 25)).spans
    queries.close()

    spans = list(found)
    assert found == spans
    assert found != spans[:-1]
    assert timeline_from_spans(spans) == found
    assert (found[3], found[-1], found[2:5]) == (spans[3], spans[-1], spans[2:5])
    assert spans[4] in found
    with pytest.raises(IndexError):
        found[len(spans)]


def test_pieces_are_the_spans_without_what_a_week_does_not_show(clocks_going_back: Store) -> None:
    start_ns, stop_ns = utc_ns(2026, 10, 24, 22), utc_ns(2026, 10, 26)
    engine = connect(clocks_going_back.path, read_only=True)
    with engine.connect() as connection:
        pieces = read_pieces(connection, start_ns, stop_ns, simulated=False)
        spans = spans_of(connection, start_ns, stop_ns, simulated=False)
    engine.dispose()

    alike = merged(replace(one, profile="", trusted=True) for one in spans)
    assert len(pieces) > 10
    assert rows_of(pieces) == [(o.start_ns, o.stop_ns, o.activity, o.posture) for o in alike]
    assert rows_of(pieces_from_spans(spans)) == rows_of(pieces)


def rows_of(pieces: Pieces) -> list[tuple[int, int, Activity, Posture]]:
    columns = (pieces.start_ns, pieces.stop_ns, pieces.state)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(start_ns, stop_ns, *STATES[state]) for start_ns, stop_ns, state in rows]


def test_pieces_are_cut_at_each_edge_within_and_at_no_other() -> None:
    pieces = Pieces(*(np.array(column) for column in ([0, 10, 30], [10, 20, 40], [1, 2, 3])))

    found = pieces.cut_at([-5, 0, 13, 15, 20, 25, 30, 30, 39, 99])

    assert found.start_ns.tolist() == [0, 10, 13, 15, 30, 39]
    assert found.stop_ns.tolist() == [10, 13, 15, 20, 39, 40]
    assert found.state.tolist() == [1, 2, 2, 2, 3, 3]


def test_a_week_and_columns_add_up_to_its_days(clocks_going_back: Store) -> None:
    queries = clocks_going_back.queries()
    first, last = date(2026, 10, 23), date(2026, 10, 26)

    week, columns = queries.stretch(first, last), queries.columns(first, last)
    days = queries.days(first, last)
    queries.close()

    for i, (day, totals) in enumerate(days):
        hours = [hour for hour in week.hours if hour.day == day]
        seated_s = totals.activity_s[Activity.SIT] + totals.activity_s[Activity.RECLINE]
        assert sum(hour.seated_s for hour in hours) == pytest.approx(seated_s)
        assert sum(hour.worn_s for hour in hours) == pytest.approx(totals.known_s)
        assert sum(hour.measured_s for hour in hours) == totals.exposure.valid_s
        numbers = {name: column[i] for name, column in columns.numbers.items()}
        found = totals.covered_s > 0
        assert numbers["known_s"] == (totals.known_s if found else None)
        assert numbers["slouched_s"] == (totals.slouched_s if found else None)
        assert numbers["sit_s"] == (totals.activity_s[Activity.SIT] if found else None)
    assert columns.days == [day for day, _ in days]
    assert columns.numbers["sit_s"][0] is None
