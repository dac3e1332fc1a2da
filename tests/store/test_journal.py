"""What people say and set: kept, across processes, and never more than they said."""

from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from monitor.coaching import Channel, Decision, Outcome, Reason
from monitor.model import NS_PER_S, Alert, EventKind, MotionEvent, Severity
from monitor.model.journal import CheckIn, Feedback, Movement, MovementRecord, Tag, Trace, Verdict
from monitor.store import Journal, RecordingStart, Store
from monitor.trial import Design, draw

T0 = 1_790_000_000 * NS_PER_S
ALERT = Alert(T0, "slouch", Severity.CAUTION, T0 - 60 * NS_PER_S, "desk/1", {"angle_deg": 20.0})
LIFT = MotionEvent(EventKind.LIFT, T0, T0 + 1, T0 + 2, 0.8, "desk/1", {})
START = RecordingStart(T0, "AA:BB", "Back", simulated=False, mounting_source="axes")
PLAN = draw(Design(), "slouch", 7, date(2026, 10, 5), UTC)
BEFORE = PLAN.start_ns - 1


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backwatch.db", UTC)


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    made = store.journal()
    yield made
    made.close()


def test_a_wish_is_kept_replaced_and_taken_back(journal: Journal) -> None:
    journal.set_wish("snoozed_until_ns", 5, 1)
    journal.set_wish("snoozed_until_ns", 9, 2)
    journal.set_wish("channels", ["page", "desktop"], 3)
    journal.set_wish("in_call", True, 3)
    journal.set_wish("in_call", None, 4)

    assert journal.wishes() == {"snoozed_until_ns": 9, "channels": ["page", "desktop"]}


def test_another_process_may_write_while_one_records(store: Store, journal: Journal) -> None:
    other = Journal(store.path)
    with store.writer() as writer:
        writer.write([START])
        other.set_wish("in_call", True, 1)
        writer.write([ALERT])

        assert journal.wishes() == {"in_call": True}
    other.close()


def test_decisions_come_back_in_order(journal: Journal) -> None:
    held = Decision(T0, ALERT, Outcome.HELD, Reason.IN_CALL)
    told = Decision(
        T0 + 5, ALERT, Outcome.TOLD, Reason.HELD_BEFORE, (Channel.PAGE, Channel.DESKTOP)
    )
    journal.add_decisions([held, told])
    found = journal.decisions(T0, T0 + 1)

    assert [(d.at_ns, d.outcome, d.reason, d.channels) for d in found] == [
        (d.at_ns, d.outcome, d.reason, d.channels) for d in (held, told)
    ]
    assert {(d.alert.rule, d.alert.at_ns) for d in found} == {("slouch", T0)}
    assert journal.decisions(T0 + 1, T0 + 9) == []


def test_the_last_word_on_an_alert_counts(store: Store, journal: Journal) -> None:
    with store.writer() as writer:
        (stored,) = writer.write([START, ALERT]).alerts

    assert journal.add_feedback(Feedback(1, stored.id, Verdict.WRONG))
    assert journal.add_feedback(Feedback(2, stored.id, Verdict.HAD_TO))
    assert journal.feedback() == [Feedback(2, stored.id, Verdict.HAD_TO)]
    assert not journal.add_feedback(Feedback(3, 999, Verdict.RIGHT))


def test_what_is_said_of_an_alert_or_a_lift_goes_with_it(store: Store, journal: Journal) -> None:
    with store.writer() as writer:
        stored = writer.write([START, ALERT, LIFT])
        journal.add_feedback(Feedback(1, stored.alerts[0].id, Verdict.WRONG))
        assert journal.add_tag(Tag(stored.events[0].id, 1, "unloading", "dock 3"))
        assert journal.tags()[stored.events[0].id].zone == "dock 3"
        writer.forget(details_before_ns=T0 + 1000 * NS_PER_S, summaries_before_ns=0)

    assert journal.feedback() == []
    assert journal.tags() == {}
    assert not journal.add_tag(Tag(999, 1, "unloading"))


def test_what_became_of_alerts_goes_with_them(store: Store, journal: Journal) -> None:
    journal.add_decisions([Decision(T0, ALERT, Outcome.HELD, Reason.IN_CALL)])
    journal.add_trace(Trace("slouch", T0, (T0,), (1.0,), (None,), (1.0,)))
    with store.writer() as writer:
        writer.write([START, ALERT])
        writer.forget(details_before_ns=T0 + 1, summaries_before_ns=0)

    assert journal.decisions(T0, T0 + 1) == []
    assert journal.trace("slouch", T0) is None


def test_check_ins_come_back_as_they_were_said(journal: Journal) -> None:
    said = [
        CheckIn(T0, pain=3, stiffness=0, triggers=("sitting", "träger Montag"), note="<b>hm</b>"),
        CheckIn(T0 + 1, spasm=True),
    ]
    for check_in in said:
        journal.add_check_in(check_in)

    assert journal.check_ins(T0, T0 + 2) == said
    assert journal.check_ins(T0 + 1, T0 + 2) == said[1:]


def test_a_check_in_that_is_taken_back_is_gone_and_others_stay(journal: Journal) -> None:
    for pain in (3, 4):
        journal.add_check_in(CheckIn(T0, pain=pain))
    first, _ = journal.check_ins(T0, T0 + 1)
    found = journal.take_back_check_in(first.number)

    assert (found, journal.take_back_check_in(first.number)) == (True, False)
    assert [one.pain for one in journal.check_ins(T0, T0 + 1)] == [4]


@pytest.mark.parametrize(
    "wrong",
    [{"pain": 11}, {"stiffness": -1}, {}, {"pain": 1, "note": "x" * 501},
     {"pain": 1, "triggers": ("x" * 61,)}],
)  # fmt: skip
def test_a_check_in_that_says_nothing_or_too_much_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"check-in|0 to 10|at most"):
        CheckIn(T0, **wrong)


def test_movements_come_back(journal: Journal) -> None:
    records = [
        MovementRecord(T0, Movement.FLEXION, 62.5, False),
        MovementRecord(T0 + 1, Movement.TURN_LEFT, None, None, stopped=True),
    ]
    for record in records:
        journal.add_movement(record)

    assert journal.movements() == records


def test_a_trial_is_kept_whole_before_its_first_day(journal: Journal) -> None:
    number = journal.start_trial(PLAN, BEFORE)

    assert journal.trials() == [(number, PLAN, None, "")]


def test_a_trial_cannot_be_drawn_when_it_has_begun(journal: Journal) -> None:
    with pytest.raises(ValueError, match="on a later day"):
        journal.start_trial(PLAN, PLAN.start_ns)


def test_one_trial_at_a_time_until_it_is_ended(journal: Journal) -> None:
    number = journal.start_trial(PLAN, BEFORE)
    with pytest.raises(ValueError, match="still running"):
        journal.start_trial(PLAN, BEFORE)

    assert journal.end_trial(number, BEFORE, "holiday")
    assert not journal.end_trial(number, BEFORE, "again")
    assert journal.start_trial(PLAN, BEFORE) == number + 1
    assert journal.trials()[0][2:] == (BEFORE, "holiday")


def test_a_sensor_is_lent_to_one_person_at_a_time(journal: Journal) -> None:
    lent = journal.hand_out("AA:BB", "17", T0)
    with pytest.raises(ValueError, match="is out with 17"):
        journal.hand_out("AA:BB", "18", T0 + 1)
    back = journal.take_back("AA:BB", T0 + 2)

    assert back is not None
    assert (back.id, back.stop_ns) == (lent.id, T0 + 2)
    assert journal.take_back("AA:BB", T0 + 3) is None
    with pytest.raises(ValueError, match="what 17 left on AA:BB is still here"):
        journal.hand_out("AA:BB", "18", T0 + 4)
    journal.hand_out("CC:DD", "18", T0 + 5)
    assert [one.person for one in journal.handovers()] == ["17", "18"]
