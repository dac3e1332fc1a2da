"""What a person says and sets from the command line, as they would."""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from backwatch.__main__ import main
from backwatch.coaching import own_thresholds, phase_profile
from monitor.coaching import Channel, Decision, Outcome, Reason
from monitor.coaching.texts import WHY, decision_words
from monitor.model import NS_PER_S, Alert, Severity
from monitor.model.exposure import Dose, Histogram
from monitor.store import RecordingStart, Store
from monitor.trial import Design, draw

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "backwatch.db"


@pytest.fixture
def run(db: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: object) -> tuple[int, str, str]:
        code = main([*map(str, words), "--db", str(db)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_a_snooze_is_kept_until_its_time_and_taken_back(db: Path, run: Run) -> None:
    before = time.time_ns()
    assert run("alerts", "snooze", "15")[0] == 0
    journal = Store(db).journal()
    until = journal.wishes()["snoozed_until_ns"]
    run("alerts", "snooze", "off")

    assert isinstance(until, int)
    assert 0 <= until - before - 900 * NS_PER_S < 60 * NS_PER_S
    assert journal.wishes() == {}
    journal.close()


def test_today_ends_at_midnight(db: Path, run: Run) -> None:
    run("alerts", "snooze", "today")
    journal = Store(db).journal()
    until = journal.wishes()["snoozed_until_ns"]
    journal.close()

    assert isinstance(until, int)
    assert datetime.fromtimestamp(until / 1e9).time() == datetime.min.time()


def test_settings_are_checked_kept_and_reset(run: Run) -> None:
    run("alerts", "set", "quiet", "22:00-06:30", "Sat,Sun 00:00-23:59")
    run("alerts", "set", "apart_s", "600")
    run("alerts", "call", "on")
    _, kept, _ = run("alerts", "pain", "on", "--json")
    _, reset, _ = run("alerts", "set", "quiet", "--json")

    assert json.loads(kept) == {
        "quiet": ["22:00-06:30", "Sat,Sun 00:00-23:59"],
        "apart_s": 600,
        "in_call": True,
        "pain": True,
    }
    assert "quiet" not in json.loads(reset)


def test_a_threshold_made_ones_own_is_what_the_next_run_uses(db: Path, run: Run) -> None:
    code, _, _ = run("alerts", "set", "slouch_on_deg", "15")
    journal = Store(db).journal()
    during = own_thresholds(journal.wishes())
    run("alerts", "set", "slouch_on_deg")

    assert code == 0
    assert during == {"slouch_on_deg": 15.0}
    assert own_thresholds(journal.wishes()) == {}
    journal.close()


def test_a_phase_selects_a_profile_until_it_is_ended(db: Path, run: Run) -> None:
    journal = Store(db).journal()
    _, said, _ = run("alerts", "phase", "3", "--profile", "manual")
    during = phase_profile(journal.wishes())
    run("alerts", "phase", "off")

    assert said.startswith("phase: label 3, profile manual, since 20")
    assert during == "manual"
    assert phase_profile(journal.wishes()) is None
    journal.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alerts", "set", "apart_s", "2"), "60 to 3600 s"),
        (("alerts", "set", "apart_s", "soon"), "not a number"),
        (("alerts", "set", "slouch_on_deg", "45"), "use 5 to 30 deg"),
        (("alerts", "set", "slouch_on_deg", "far"), "'far' is not a number"),
        (("alerts", "set", "volume", "11"), "not a setting; known are"),
        (("alerts", "set", "volume"), "not a setting; known are"),
        (("alerts", "set", "quiet", "at night"), "hours like"),
        (("alerts", "says", "99", "wrong"), "there is no alert 99"),
        (("alerts", "list", "--date", "soon"), "is not a date like"),
        (("check-in",), "at least one thing"),
        (("check-in", "--pain", "11"), "0 to 10"),
        (("trial", "status"), "draw one: backwatch trial start"),
        (("trial", "start", "--days", "3"), "an even number"),
        (("trial", "start", "--habit", "yoga"), "not one of slouch"),
        (("trial", "start", "--first", "2020-01-01"), "on a later day"),
        (("alerts", "phase", "3", "--profile", "yoga"), "not one of desk"),
        (("alerts", "phase", "x" * 61), "up to 60"),
        (("alerts", "set", "limit_deg", "5"), "20 to 120 deg"),
        (("drill", "--seconds", "0"), "above 0"),
        (("tag", "7", "--task", "x"), "there is no bend or lift 7"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run: Run, words: tuple, said: str) -> None:
    code, _, err = run(*words)

    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_alerts_are_listed_with_what_became_of_them(db: Path, run: Run) -> None:
    at_ns = time.time_ns()
    told = Alert(at_ns, "slouch", Severity.CAUTION, at_ns, "desk/1", {"duration_s": 60.0})
    held = Alert(at_ns + 1, "sitting", Severity.INFO, at_ns, "desk/1", {"duration_s": 1800.0})
    store = Store(db)
    with store.writer() as writer:
        writer.write([RecordingStart(at_ns, "AA", "Back", False, "axes"), told, held])
    journal = store.journal()
    journal.add_decisions(
        [
            Decision(at_ns, told, Outcome.TOLD, Reason.AT_ONCE, (Channel.PAGE,)),
            Decision(at_ns + 1, held, Outcome.HELD, Reason.IN_CALL),
            Decision(at_ns + 9, told, Outcome.CLEARED, Reason.CORRECTED),
        ]
    )
    journal.close()
    run("alerts", "says", "1", "had-to")
    _, words, _ = run("alerts", "list")
    _, text, _ = run("alerts", "list", "--json")

    assert "Told at once.; you said: had_to" in words
    assert "Held: in a call." in words
    assert [one["outcome"] for one in json.loads(text)] == ["told", "held"]


def test_every_reason_has_words() -> None:
    alert = Alert(0, "slouch", Severity.INFO, 0, "desk/1")

    assert set(WHY) == {reason.value for reason in Reason}
    for outcome in Outcome:
        for reason in Reason:
            said = decision_words(Decision(0, alert, outcome, reason, into="sitting"))
            assert said[0].isupper()
            assert said.endswith(".")


def test_a_check_in_is_noted_and_shown(run: Run) -> None:
    _, noted, _ = run("check-in", "--pain", "3", "--trigger", "gardening", "--note", "\x1b[2Jx")
    _, shown, _ = run("check-in", "--show")

    assert noted == "Noted.\n"
    assert "pain 3, gardening" in shown
    assert "\x1b" not in shown
    assert "that does not make it the reason" in shown


def test_entries_that_go_up_lead_to_a_professional(db: Path, run: Run) -> None:
    from monitor.model.journal import CheckIn

    journal = Store(db).journal()
    for ago, pain in ((20, 1), (15, 1), (10, 1), (3, 5), (2, 5)):
        journal.add_check_in(CheckIn(time.time_ns() - ago * 86_400 * NS_PER_S, pain=pain))
    journal.close()

    assert "doctor or physiotherapist" in run("check-in", "--pain", "5")[1]


def test_a_trial_is_drawn_told_and_ended(run: Run) -> None:
    _, drawn, _ = run("trial", "start", "--seed", "7", "--habit", "breaks", "--json")
    again = run("trial", "start")
    _, status, _ = run("trial", "status")
    _, result, _ = run("trial", "result")
    run("trial", "end", "--why", "holiday")

    assert json.loads(drawn)["seed"] == 7
    assert again[0] == 2
    assert "still running" in again[2]
    assert "begins on" in status
    assert result.startswith("Cannot tell yet: your breaks per seated hour")
    assert "was ended" in run("trial", "status")[1]


def test_a_finished_trial_answers_from_the_stored_days(db: Path, run: Run) -> None:
    plan = draw(Design(2, 10, 2, 2), "slouch", 3, date.today() - timedelta(days=40))
    store = Store(db)
    journal = store.journal()
    journal.start_trial(plan, plan.start_ns - 1)
    journal.close()
    with store.writer() as writer:
        items = []
        for index, unit in enumerate(plan.half_days):
            slouched_s = (30.0 if unit.silent else 12.0) + index % 3
            start_ns = unit.start_ns + 9 * 3600 * NS_PER_S * (unit.half == "morning")
            items += [
                Dose(
                    start_ns + minute * 60 * NS_PER_S,
                    worn_s=60.0, forward_s=60.0, seated_s=60.0, slouched_s=slouched_s,
                    lean=Histogram(5, (60_000,)),
                )
                for minute in range(150)
            ]  # fmt: skip
        writer.write([RecordingStart(plan.start_ns, "AA", "Back", False, "axes"), *items])
    code, told, _ = run("trial", "result")

    assert code == 0
    assert "was lower by" in told
    assert "takes for granted" in told


def test_a_lift_is_tagged(db: Path, run: Run) -> None:
    from monitor.model import EventKind, MotionEvent

    at_ns = int(datetime(2026, 9, 21, 9, tzinfo=UTC).timestamp()) * NS_PER_S
    store = Store(db)
    with store.writer() as writer:
        lift = MotionEvent(EventKind.LIFT, at_ns, at_ns + 1, at_ns + 2, 0.8, "manual/1", {})
        writer.write([RecordingStart(at_ns, "AA", "Back", False, "axes"), lift])

    assert run("tag", "1", "--task", "unloading", "--zone", "dock 3")[0] == 0
    journal = store.journal()
    assert (journal.tags()[1].task, journal.tags()[1].zone) == ("unloading", "dock 3")
    journal.close()


def test_drills_that_were_kept_are_shown_bend_by_bend(db: Path, run: Run) -> None:
    from tests.drill.test_drill import T0, Drill, bend

    none = run("drill", "--show")
    drill = Drill(T0)
    drill.push(bend(1))
    drill.push(bend(11, down=90.0))
    journal = Store(db).journal()
    journal.add_drill(drill.record())
    journal.close()
    shown = run("drill", "--show")
    told = json.loads(run("drill", "--show", "--json")[1])

    assert none[:2] == (0, "No drill was kept. Do one: backwatch drill\n")
    assert "1 of 2 slow" in shown[1]
    assert "90°/s down" in shown[1]
    assert [one["slow"] for one in told["bends"]] == [True, False]
    assert told["stopped"] is True


def test_a_switch_is_set_by_on_and_off(db: Path, run: Run) -> None:
    journal = Store(db).journal()
    run("alerts", "set", "page_sound", "on")
    during = journal.wishes()
    code, _, said = run("alerts", "set", "page_sound", "loud")
    run("alerts", "set", "page_sound")

    assert during == {"page_sound": True}
    assert code == 2
    assert "neither true nor false" in said
    assert journal.wishes() == {}
    journal.close()


def test_a_phase_stays_whatever_time_goes_by(db: Path, run: Run) -> None:
    run("alerts", "phase", "3", "--profile", "manual")
    journal = Store(db).journal()
    before = journal.wishes()["phase"]
    run("alerts", "snooze", "5")
    run("alerts", "list", "--date", "2030-01-01")

    assert journal.wishes()["phase"] == before
    journal.close()
