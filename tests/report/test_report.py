"""A week in the store, and what a report says of it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from backwatch.__main__ import main
from monitor.model import NS_PER_S, Activity, Posture, StateChange
from monitor.model.exposure import Course, Dose, Histogram, Run, Zone
from monitor.profiles import PROFILES
from monitor.report import (
    DAY_COLUMNS,
    Report,
    as_csv,
    as_object,
    as_pdf,
    kind_of,
    make_report,
    sheet,
    week_of,
)
from monitor.report.words import duration, percent
from monitor.store import Covered, RecordingEnd, RecordingStart, Store, StoreItem

MONDAY = date(2026, 3, 2)
SUNDAY = MONDAY + timedelta(days=6)
MINUTE_NS = 60 * NS_PER_S


def _dose(at_ns: int, *, slouched_s: float, breaks: int = 0) -> Dose:
    """A minute at a desk: 6 s of it leaning 35 deg, the rest 5 deg."""
    return Dose(
        at_ns,
        worn_s=60.0,
        forward_s=60.0,
        lean=Histogram(5, (54_000, *([0] * 29), 6_000)),
        seated_s=60.0,
        slouched_s=slouched_s,
        seated_beyond_s=30.0,
        breaks=breaks,
        longest_static_s=1500.0,
        longest_sitting_s=2400.0,
        course=Course(
            (
                _run(0, round(1000 * slouched_s), Posture.SLOUCHED),
                _run(round(1000 * slouched_s), 60_000, Posture.NEUTRAL),
            )
        ),
    )


def _run(start_ms: int, stop_ms: int, posture: Posture) -> Run:
    return Run(start_ms, stop_ms, Activity.SIT, posture, True, Zone.UNDER_20, 0, None)


def _live(
    store: Store, day: date, hours: int, *, slouched_s: float, simulated: bool = False
) -> None:
    at_ns = int(datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()) * NS_PER_S
    with store.writer() as writer:
        writer.write([RecordingStart(at_ns, "C0:FF:EE:00:00:01", "Back", simulated, "axes")])
        items: list[StoreItem] = [StateChange(at_ns, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")]
        for minute in range(hours * 60):
            start_ns = at_ns + minute * MINUTE_NS
            breaks = 1 if minute % 60 == 59 else 0
            items.append(Covered(start_ns, start_ns + MINUTE_NS, 50.0))
            items.append(_dose(start_ns, slouched_s=slouched_s, breaks=breaks))
        writer.write([*items, RecordingEnd("evening")])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "backwatch.db", UTC)
    _live(made, MONDAY - timedelta(days=7), 3, slouched_s=48.0)  # the week before: 80 %
    _live(made, MONDAY, 4, slouched_s=15.0)  # 25 %
    _live(made, MONDAY + timedelta(days=1), 3, slouched_s=21.0)  # 35 %
    _live(made, MONDAY + timedelta(days=3), 1, slouched_s=60.0)  # too short to be scored
    return made


@pytest.fixture
def report(store: Store) -> Iterator[Report]:
    queries = store.queries()
    yield make_report(queries, MONDAY, SUNDAY)
    queries.close()


def test_what_the_person_says_stands_in_words_rows_and_points(store: Store) -> None:
    """Of Monday: two hours of the slouched four were spent on the feet."""
    nine_ns = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()) * NS_PER_S
    journal, queries = store.journal(), store.queries()
    before = make_report(queries, MONDAY, SUNDAY)
    one = journal.add_correction(
        nine_ns + 300 * MINUTE_NS,
        nine_ns,
        nine_ns + 120 * MINUTE_NS,
        Activity.STAND,
        simulated=False,
    )
    said = make_report(queries, MONDAY, SUNDAY)
    journal.take_back_correction(one.id, simulated=False)
    after = make_report(queries, MONDAY, SUNDAY)
    journal.close()
    queries.close()

    rows = [next(csv.DictReader(io.StringIO(as_csv(one)))) for one in (before, said, after)]
    assert [row["seated_s"] for row in rows] == ["14400.0", "7200.0", "14400.0"]
    assert [row["slouched_s"] for row in rows] == ["3600.0", "1800.0", "3600.0"]
    assert [sheet(one).days[0][3] for one in (before, said)] == ["4 h", "2 h"]
    assert as_object(said)["days"][0]["exposure"]["up_s"] == 7200.0
    assert said.found.dose.seated_s == before.found.dose.seated_s - 7200.0
    assert said.days[0].score.points != before.days[0].score.points
    assert after == before


def test_a_week_begins_on_monday() -> None:
    assert week_of(SUNDAY) == week_of(MONDAY) == (MONDAY, SUNDAY)


def test_points_are_the_mean_of_the_days_that_were_seen_for_two_hours(report: Report) -> None:
    # Lost a day: share 25 % (10.5 of 35) or 35 % (17.5), beyond 50 % (35), breaks 1/h (10),
    # 25 min in one position (1.25).
    assert [day.score.points for day in report.days[:2]] == pytest.approx([43.25, 36.25])
    assert report.points == pytest.approx(39.75)
    assert report.scored_days == 2
    assert report.days[3].score.points is None


def test_the_week_before_is_told_beside(report: Report) -> None:
    assert report.before == pytest.approx(100 - 35 - 35 - 10 - 1.25)  # all lost at 80 %
    assert "21 points more than before (19)." in sheet(report).summary


def test_the_line_that_loses_most_is_named_and_one_thing_is_suggested(report: Report) -> None:
    words = sheet(report)

    assert report.top is not None
    assert report.top.name == "seated_beyond_30_min_share"
    assert words.suggestion == "Stand up for a minute about every half hour."


def test_exposure_is_that_of_all_days(report: Report) -> None:
    rows = {name: (time, share) for name, time, share in sheet(report).exposure}

    assert rows["Worn, not lying"] == ("8 h", "100 %")
    assert rows["Leaning over 30°"] == ("48 min", "10 %")
    assert rows["Leaning over 45°"] == ("0 s", "0 %")


def test_a_day_that_goes_on_says_what_is_still_to_be_added_up(store: Store) -> None:
    queries = store.queries()
    day, week, over = (
        sheet(make_report(queries, MONDAY, last, today=today))
        for last, today in ((MONDAY, MONDAY), (SUNDAY, MONDAY), (MONDAY, SUNDAY))
    )
    queries.close()

    assert [len(one.notes) for one in (day, week, over)] == [1, 1, 0]
    assert day.notes[0].startswith("The last 11 minutes of today are still being added up")
    assert day.summary[0] == "Worn for 4 h so far."
    assert "of the time that counts was seen" in week.summary[0]


def test_a_day_alone_is_not_told_as_one_of_one(store: Store) -> None:
    queries = store.queries()
    long, short = (
        sheet(make_report(queries, day, day)) for day in (MONDAY, MONDAY + timedelta(days=3))
    )
    queries.close()

    assert long.summary[0] == "Worn for 4 h; 100 % of the time that counts was seen."
    assert long.summary[1] == "43 points of 100."
    assert "It was not worn for two hours, so there are no points." in short.summary


def test_a_day_without_data_is_said_to_be_one(report: Report) -> None:
    rows = sheet(report).days

    assert len(rows) == 7
    assert rows[2][1] == "no data"
    assert set(rows[2][2:]) == {"\u2013"}


def test_each_number_of_a_day_has_a_heading_of_its_own(store: Store) -> None:
    day = MONDAY + timedelta(days=14)
    at_ns = int(datetime(2026, 3, 16, 9, tzinfo=UTC).timestamp()) * NS_PER_S
    minute = replace(
        _dose(at_ns, slouched_s=15.0), bends_30=44, bends_60=3, lifts=7, flagged_lifts=2
    )
    with store.writer() as writer:
        writer.write([RecordingStart(at_ns, "AA", "Back", False, "axes")])
        writer.write([StateChange(at_ns, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")])
        writer.write([Covered(at_ns, at_ns + MINUTE_NS, 50.0), minute, RecordingEnd("closed")])
    queries = store.queries()
    row = dict(zip(DAY_COLUMNS, sheet(make_report(queries, day, day)).days[0], strict=True))
    queries.close()

    assert {name: row[name] for name in ("Bends", "Deep bends", "Lifts", "Demanding lifts")} == {
        "Bends": "44",
        "Deep bends": "3",
        "Lifts": "7",
        "Demanding lifts": "2",
    }
    assert (row["Worn"], row["Forward"]) == ("1 min", "\u2013")  # too little for a share


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (0.0049, "under 1 %"),
        (0.005, "1 %"),
        (0.125, "13 %"),
        (0.2549, "25 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_written_as_the_page_writes_it(share: float, said: str) -> None:
    assert percent(share) == said


def test_a_time_is_written_as_the_page_writes_it() -> None:
    assert [duration(seconds) for seconds in (0, 40.9, 60, 3599, 7200, 11_100)] == [
        "0 s",
        "40 s",
        "1 min",
        "59 min",
        "2 h",
        "3 h 5 min",
    ]


def test_nothing_recorded_is_an_answer(store: Store) -> None:
    queries = store.queries()
    empty = make_report(queries, date(2026, 6, 1), date(2026, 6, 7))
    queries.close()

    assert sheet(empty).summary == ("Nothing was recorded.",)
    assert empty.points is None
    assert as_pdf(empty).startswith(b"%PDF")


def test_simulated_days_are_marked_and_kept_apart(store: Store) -> None:
    _live(store, MONDAY, 3, slouched_s=0.0, simulated=True)
    queries = store.queries(simulated=True)
    report = make_report(queries, MONDAY, SUNDAY, simulated=True)
    queries.close()

    assert report.found.dose.worn_s == 3 * 3600.0
    assert "Simulated" in sheet(report).notes[0]


def test_the_rows_of_the_csv_add_up_to_the_json(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    told = as_object(report)

    assert len(rows) == 7
    assert sum(float(row["worn_s"] or 0) for row in rows) == told["exposure"]["worn_s"]
    assert rows[2]["recorded"] == "0"
    assert rows[2]["points"] == ""
    assert json.loads(json.dumps(told))["points"] == 39.8


def test_it_is_said_what_the_days_were_read_with_and_what_angles_count_from(store: Store) -> None:
    """An hour as the sensor is marked, then three after a calibration, with an own threshold."""
    tuesday = MONDAY + timedelta(days=8)
    at_ns = int(datetime(2026, 3, 10, 9, tzinfo=UTC).timestamp()) * NS_PER_S
    own = "desk/1+slouch_on_deg=15"
    with store.writer() as writer:
        for hours, source, profile in ((1, "axes", "desk/1"), (3, "calibration and neutral", own)):
            writer.write([RecordingStart(at_ns, "AA", "Back", False, source)])
            writer.write([StateChange(at_ns, Activity.SIT, Posture.NEUTRAL, 0.9, profile)])
            writer.write([Covered(at_ns, at_ns + hours * 60 * MINUTE_NS, 50.0)])
            writer.write([RecordingEnd("closed")])
            at_ns += hours * 60 * MINUTE_NS
    queries = store.queries()
    mixed, marked = (make_report(queries, day, day) for day in (tuesday, MONDAY))
    empty = make_report(queries, SUNDAY, SUNDAY)
    queries.close()
    rows = list(csv.DictReader(io.StringIO(as_csv(mixed))))

    assert mixed.profiles == ("desk/1", own)
    assert (mixed.zeroed, marked.zeroed, empty.zeroed) == (0.75, 0.0, None)
    assert f"Read with desk/1, {own} (profile/version+own" in sheet(mixed).small_print
    assert "For 75 % of the recorded time angles count" in sheet(mixed).small_print
    assert "how the sensor is marked: it was not calibrated" in sheet(marked).small_print
    assert "Read with" not in sheet(empty).small_print
    assert rows[0]["profiles"] == f"desk/1 {own}"
    assert as_object(mixed)["zeroed_share"] == 0.75


def test_a_pdf_of_a_week_has_two_pages_at_most(report: Report) -> None:
    content = as_pdf(report)

    assert content.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 2
    assert len(content) < 200_000


def test_no_day_before_the_first_and_no_more_than_a_quarter(store: Store) -> None:
    queries = store.queries()

    for first, last in ((SUNDAY, MONDAY), (MONDAY, MONDAY + timedelta(days=100))):
        with pytest.raises(ValueError, match="a report takes 1 to 92 days"):
            make_report(queries, first, last)
    queries.close()


@pytest.mark.usefixtures("store")
def test_the_command_writes_words_and_paper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    arguments = ["report", "--db", str(tmp_path / "backwatch.db"), "--week", str(MONDAY)]
    codes = [main(arguments), main([*arguments, "--pdf", str(tmp_path / "week.pdf")])]

    assert codes == [0, 0]
    assert "40 points of 100, the mean of 2 days." in capsys.readouterr().out
    assert (tmp_path / "week.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--week", "tomorrow"), "is not a date like"),
        (("--from", "2026-03-02"), "belong together"),
        (("--from", "2026-03-02", "--to", "2026-01-01"), "1 to 92 days"),
        (("--day", "1999-01-01"), "date"),
        (("--profile", "yoga"), "not one of desk, manual"),
        (("--pdf", "/nowhere/at/all.pdf"), "cannot be written"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_cannot_be_done_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code = main(["report", "--db", str(tmp_path / "backwatch.db"), *arguments])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("profile", PROFILES)
def test_the_command_knows_every_profile(
    store: Store, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", "--db", str(store.path), "--week", str(MONDAY), "--json"]
    code = main([*words, "--profile", profile])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["kind"] == kind_of(profile)


def test_a_missing_database_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--db", str(tmp_path / "none.db")]) == 2
    assert "there is no such database" in capsys.readouterr().err
