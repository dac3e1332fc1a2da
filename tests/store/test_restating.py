"""Exposure follows what the person says, as the ribbon does, and goes back with *Undo*."""

import csv
import io
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from monitor.exposure import Doses, add_up
from monitor.model import NS_PER_S, Activity, Posture, StateChange
from monitor.model.exposure import Dose
from monitor.stage import feed
from monitor.store import (
    Covered,
    Journal,
    Queries,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Store,
)
from monitor.store.rows import course_from_text, row_from_dose
from tests.exposure.lives import Act, told
from tests.store.test_schema import make_revision

SIT, STAND, WALK, AWAY = Activity.SIT, Activity.STAND, Activity.WALK, Activity.NOT_WORN
NEUTRAL, SLOUCHED, NONE = Posture.NEUTRAL, Posture.SLOUCHED, Posture.NONE
DAY = date(2026, 9, 21)
NEXT = date(2026, 9, 22)
MINUTE_NS = 60 * NS_PER_S
NOON_NS = round(datetime(2026, 9, 21, 12, tzinfo=UTC).timestamp()) * NS_PER_S
LATER_NS = NOON_NS + 72 * 3600 * NS_PER_S
ACTS: list[Act] = [
    (1200, 12.0, SIT, SLOUCHED),
    (300, 3.0, WALK, NEUTRAL),
    (2700, 8.0, SIT, NEUTRAL),
    (600, 40.0, STAND, NEUTRAL),
    (600, 70.0, AWAY, NONE),
]
LENGTH_S = sum(act[0] for act in ACTS)


def lived(acts: list[Act], start_ns: int) -> list[object]:
    """What the writer is given of it."""
    items = told(acts, start_ns=start_ns)
    changes = [item for item in items if isinstance(item, StateChange)]
    stop_ns = start_ns + sum(act[0] for act in acts) * NS_PER_S
    return [*changes[:-1], Covered(start_ns, stop_ns, 20.0), *feed(Doses(), items)]


def write(store: Store, acts: list[Act], start_ns: int = NOON_NS) -> None:
    with store.writer() as writer:
        writer.write([RecordingStart(start_ns, "AA:BB", "Back", False, "axes")])
        writer.write([*lived(acts, start_ns), RecordingEnd("closed")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a store that has the acts in it."""
    found = tmp_path_factory.mktemp("lived")
    write(Store(found / "backwatch.db", UTC), ACTS)
    return found


@pytest.fixture
def store(folder: Path, tmp_path: Path) -> Store:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return Store(tmp_path / "backwatch.db", UTC)


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    found = store.journal()
    yield found
    found.close()


@pytest.fixture
def queries(store: Store) -> Iterator[Queries]:
    found = store.queries()
    yield found
    found.close()


def say(journal: Journal, activity: Activity, start_s: float, stop_s: float) -> int:
    """Of seconds since noon; returns its key."""
    start_ns, stop_ns = (NOON_NS + round(at * NS_PER_S) for at in (start_s, stop_s))
    return journal.add_correction(LATER_NS, start_ns, stop_ns, activity, simulated=False).id


def assert_one_truth(queries: Queries, first: date = DAY, last: date = DAY) -> None:
    """The ribbon, the day's row and its minutes say the same."""
    for day in (first + timedelta(days=i) for i in range((last - first).days + 1)):
        totals, dose = queries.day(day).totals, queries.together(day, day).dose
        seconds = totals.activity_s
        assert dose.seated_s == pytest.approx(seconds[SIT] + seconds[Activity.UPRIGHT], abs=1)
        assert dose.slouched_s == pytest.approx(totals.slouched_s, abs=1)
        assert dose.up_s == pytest.approx(seconds[STAND] + seconds[WALK], abs=2)
        assert dose.worn_s == pytest.approx(totals.known_s, abs=2)
        assert dose.lean.total_s == pytest.approx(dose.worn_s, abs=0.5)
        each = add_up(queries.doses(day))
        assert replace(dose, bouts=()) == replace(each, bouts=())
        assert sum(bout.length_s for bout in dose.bouts) == pytest.approx(
            sum(bout.length_s for bout in each.bouts), abs=0.1
        )
        assert sum(worn_s for _, worn_s in queries.worn(day)) == pytest.approx(dose.worn_s)


def test_what_was_measured_is_one_truth(queries: Queries) -> None:
    assert_one_truth(queries)


@pytest.mark.parametrize("activity", [SIT, STAND, AWAY])
def test_exposure_follows_what_was_said_as_the_ribbon_does(
    journal: Journal, queries: Queries, activity: Activity
) -> None:
    stretches = [(0, LENGTH_S), (1225.5, 1400.25), (1000, 4300), (4500, 5300), (4850, 5350)]
    for start_s, stop_s in stretches:
        key = say(journal, activity, start_s, stop_s)

        assert_one_truth(queries)
        journal.take_back_correction(key, simulated=False)


def test_standing_up_makes_a_break_and_shortens_the_sitting(
    journal: Journal, queries: Queries
) -> None:
    before = queries.together(DAY, DAY).dose
    say(journal, STAND, 2400, 2700)

    dose = queries.together(DAY, DAY).dose

    assert (before.breaks, before.longest_sitting_s, before.seated_beyond_s) == (2, 2700, 900)
    assert (dose.breaks, dose.longest_sitting_s, dose.seated_beyond_s) == (3, 1500, 0)
    assert dose.seated_s == before.seated_s - 300


def test_undo_restores_every_row(store: Store, journal: Journal, queries: Queries) -> None:
    rows = [row for row in _rows(store) if row]
    before = (queries.doses(DAY), queries.together(DAY, DAY))
    keys = [
        say(journal, STAND, 100, 4000),
        say(journal, AWAY, 2000, 5000),
        say(journal, SIT, 9, 99),
    ]
    assert queries.doses(DAY) != before[0]

    for key in keys:
        journal.take_back_correction(key, simulated=False)

    assert (queries.doses(DAY), queries.together(DAY, DAY)) == before
    assert _rows(store) == rows


def test_undoing_one_of_two_leaves_the_other(journal: Journal, queries: Queries) -> None:
    say(journal, STAND, 0, 600)
    alone = queries.together(DAY, DAY)
    second = say(journal, AWAY, 300, 1200)
    both = queries.together(DAY, DAY)

    journal.take_back_correction(second, simulated=False)

    assert queries.together(DAY, DAY) == alone != both
    assert_one_truth(queries)


def test_the_later_word_counts_where_two_overlap(journal: Journal, queries: Queries) -> None:
    say(journal, AWAY, 0, 1200)
    say(journal, STAND, 600, 900)

    assert queries.together(DAY, DAY).dose.slouched_s == 0
    assert_one_truth(queries)


def test_across_midnight_both_days_follow(tmp_path: Path) -> None:
    store = Store(tmp_path / "night.db", UTC)
    start_ns = NOON_NS + 11 * 3600 * NS_PER_S + 1800 * NS_PER_S
    write(store, [(3600, 10.0, SIT, SLOUCHED)], start_ns)
    journal, queries = store.journal(), store.queries()
    midnight_s = 12 * 3600
    say(journal, STAND, midnight_s - 600, midnight_s + 300)

    first, second = (queries.together(day, day).dose for day in (DAY, NEXT))

    assert (first.seated_s, second.seated_s) == (1200, 1500)
    assert (first.up_s, second.up_s) == pytest.approx((600, 300), abs=0.5)
    assert queries.together(DAY, NEXT).dose.breaks == 1
    assert_one_truth(queries, DAY, NEXT)
    journal.close()
    queries.close()


def test_what_is_told_after_it_was_said_follows_too(tmp_path: Path) -> None:
    """A dose is told eleven minutes late; sitting goes on being counted from what was said."""
    store = Store(tmp_path / "late.db", UTC)
    items = lived([(3600, 10.0, SIT, SLOUCHED)], NOON_NS)
    doses = [item for item in items if isinstance(item, Dose)]
    journal, queries = store.journal(), store.queries()
    with store.writer() as writer:
        writer.write([RecordingStart(NOON_NS, "AA:BB", "Back", False, "axes"), *items[:2]])
        writer.write(doses[:20])
        say(journal, STAND, 900, 1500)
        for first in range(20, 60, 8):
            writer.write(doses[first : first + 8])
        writer.write([RecordingEnd("closed")])

    dose = queries.together(DAY, DAY).dose

    assert (dose.seated_s, dose.breaks, dose.longest_sitting_s) == (3000, 1, 2100)
    assert dose.seated_beyond_s == 300
    assert_one_truth(queries)
    journal.close()
    queries.close()


def test_what_is_sent_again_of_a_stretch_follows(
    store: Store, journal: Journal, queries: Queries
) -> None:
    say(journal, STAND, 7200, 7500)
    at_ns = NOON_NS + 7200 * NS_PER_S
    with store.writer() as writer:
        writer.write([RecordingStart(LATER_NS, "AA:BB", "Back", False, "axes")])
        past = lived([(600, 10.0, SIT, NEUTRAL)], at_ns)
        past.sort(key=lambda item: not isinstance(item, Covered))
        writer.write([SentAgain(item) for item in past])  # type: ignore[arg-type]

    assert queries.together(DAY, DAY).dose.seated_s == 1200 + 2700 + 300


def test_what_is_said_of_simulated_days_changes_no_real_one(
    journal: Journal, queries: Queries
) -> None:
    before = queries.together(DAY, DAY)
    start_ns, stop_ns = NOON_NS, NOON_NS + 600 * NS_PER_S
    journal.add_correction(LATER_NS, start_ns, stop_ns, STAND, simulated=True)

    assert queries.together(DAY, DAY) == before


def test_a_day_in_another_time_zone_is_the_same_sum(store: Store, journal: Journal) -> None:
    say(journal, STAND, 300, 900)
    elsewhere = Store(store.path, timezone(timedelta(hours=5, minutes=30))).queries()
    here = store.queries()

    one, other = (queries.together(DAY, DAY) for queries in (here, elsewhere))

    assert replace(one.dose, bouts=()) == replace(other.dose, bouts=())
    assert one.due_s == pytest.approx(other.due_s)
    here.close()
    elsewhere.close()


def test_days_added_up_in_two_time_zones_count_once(store: Store) -> None:
    """As when somebody travels."""
    east = timezone(timedelta(hours=2))
    with Store(store.path, east).writer() as writer:
        start_ns = NOON_NS + 7200 * NS_PER_S
        writer.write([RecordingStart(start_ns, "AA:BB", "Back", False, "axes")])
        writer.write([*lived([(600, 10.0, SIT, NEUTRAL)], start_ns), RecordingEnd("closed")])
    queries, week = store.queries(), timedelta(days=3)

    found = queries.together(DAY - week, DAY + week)

    assert len(_rows(store, "day_doses")) == 2
    assert (found.days, found.dose.seated_s) == (1, 1200 + 2700 + 600)
    queries.close()


def test_erasing_a_stretch_takes_back_what_was_said_across_its_edge(
    store: Store, journal: Journal, queries: Queries
) -> None:
    say(journal, STAND, 300, 900)

    with store.writer() as writer:
        writer.erase(NOON_NS + 600 * NS_PER_S, NOON_NS + 1200 * NS_PER_S)

    assert queries.corrections(DAY) == []
    assert queries.together(DAY, DAY).dose.slouched_s == 600
    assert_one_truth(queries)


def test_it_outlives_the_details_of_its_day(
    store: Store, journal: Journal, queries: Queries
) -> None:
    key = say(journal, STAND, 300, 900)
    with store.writer() as writer:
        writer.forget(details_before_ns=LATER_NS, summaries_before_ns=0)

    said = queries.together(DAY, DAY).dose
    journal.take_back_correction(key, simulated=False)
    measured = queries.together(DAY, DAY).dose

    assert (said.slouched_s, measured.slouched_s) == (600, 1200)


def test_exposure_is_forgotten_with_its_sums(store: Store, queries: Queries) -> None:
    with store.writer() as writer:
        writer.forget(details_before_ns=LATER_NS, summaries_before_ns=LATER_NS)

    assert queries.together(DAY, DAY).dose == Dose(0)
    assert _rows(store) == []


def test_a_course_survives_its_row() -> None:
    for dose in feed(Doses(), told(ACTS)):
        text = row_from_dose(1, dose)["course_json"]

        assert isinstance(text, str)
        assert course_from_text(text) == dose.course
        assert dose.course is not None
        assert dose.course.runs


def test_a_database_of_revision_13_counts_as_before(tmp_path: Path) -> None:
    """What nobody wore stays left out; the rest stays as measured, since no course is known."""
    path = tmp_path / "old.db"
    make_revision(path, "0013")
    numbers = (
        *("forward_s", "bend_dose_s", "up_s", "up_bend_dose_s", "seated_beyond_s", "slouched_s"),
        *("longest_static_s", "longest_sitting_s", "breaks", "shifts", "hold_exceedances"),
        *("bends_30", "bends_60", "lifts", "flagged_lifts"),
    )
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO sensors VALUES (1, 'AA:BB', 'Back', 10, 20)")
        stop_ns = NOON_NS + 5 * MINUTE_NS
        connection.execute(
            "INSERT INTO recordings (id, sensor_id, start_ns, stop_ns, simulated, mounting_source,"
            f" time_trusted, cause) VALUES (1, 1, {NOON_NS}, {stop_ns}, 0, 'axes', 1, 'end')"
        )
        for n in range(5):
            connection.execute(
                f"INSERT INTO doses (recording_id, start_ns, worn_s, seated_s, {','.join(numbers)},"
                " lean_json, speed_json, up_lean_json, bouts_json) VALUES (1,"
                f" {NOON_NS + n * MINUTE_NS}, 60, 60, {','.join('0' for _ in numbers)},"
                " '[5,60000]', '[0,60000]', '[0]', '[]')"
            )
        for number, (start, stop, activity) in enumerate(
            [(0, 3, "not_worn"), (1, 2, "stand"), (4, 5, "stand")], 1
        ):
            connection.execute(
                f"INSERT INTO corrections VALUES ({number}, {LATER_NS},"
                f" {NOON_NS + start * MINUTE_NS}, {NOON_NS + stop * MINUTE_NS}, '{activity}', 0)"
            )
    connection.close()

    store = Store(path, UTC)
    queries, journal = store.queries(), store.journal()

    assert queries.together(DAY, DAY).dose.worn_s == 180
    assert journal.take_back_correction(1, simulated=False)
    assert queries.together(DAY, DAY).dose.worn_s == 300
    assert say(journal, AWAY, 60, 120)
    assert queries.together(DAY, DAY).dose.worn_s == 240
    assert [one.worn_s for one in queries.doses(DAY)] == [60] * 4
    queries.close()
    journal.close()


def test_days_of_an_old_database_are_added_up_once_it_is_written_to(store: Store) -> None:
    queries = store.queries()
    before = queries.together(DAY, DAY)
    with sqlite3.connect(store.path) as connection:
        connection.execute("DELETE FROM day_doses")
    connection.close()

    while_reading = queries.together(DAY, DAY)
    store.writer().close()

    assert while_reading == queries.together(DAY, DAY) == before
    assert len(_rows(store, "day_doses")) == 1
    queries.close()


def test_a_row_of_a_day_can_be_read_by_people(store: Store) -> None:
    holdings = store.holdings()
    with holdings.reading() as reading:
        (table,) = (one for one in reading.tables if one.name == "day_doses")
        (row,) = reading.rows("day_doses")
    holdings.close()
    text = io.StringIO()
    csv.writer(text).writerow(row)

    assert str(dict(zip(table.columns, row, strict=True))["lean"]).startswith("[3, ")
    assert "\\x" not in text.getvalue()


def _rows(store: Store, table: str = "doses") -> list[tuple[object, ...]]:
    with sqlite3.connect(store.path) as connection:
        found = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return found
