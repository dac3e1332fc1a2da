"""What a person says of a stretch stands in the day, and can be taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pytest

from monitor.model import (
    NS_PER_S,
    Activity,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Posture,
    StateChange,
    StateSpan,
)
from monitor.model.exposure import Dose
from monitor.store import (
    Covered,
    Journal,
    Queries,
    RecordingEnd,
    RecordingStart,
    SaidStretch,
    Store,
)
from monitor.store.corrections import corrected

DAY = date(2026, 9, 21)
MINUTE_NS = 60 * NS_PER_S
T0_NS = 1_790_000_040 * NS_PER_S  # 2026-09-21 14:14:00 UTC, a full minute
LATER_NS = T0_NS + 24 * 3600 * NS_PER_S
SPAN = StateSpan(100, 200, Activity.UPRIGHT, Posture.SLOUCHED, 0.6, "desk/1")


def said(number: int, start: int, stop: int, activity: Activity) -> SaidStretch:
    return SaidStretch(number, 10_000, start, stop, activity)


def minute(number: int) -> MinuteSummary:
    at_ns = T0_NS + number * MINUTE_NS
    return MinuteSummary(at_ns, 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Ten minutes of a slouch that may be sitting or standing, a bend in each."""
    found = Store(tmp_path / "backwatch.db", UTC)
    stop_ns = T0_NS + 10 * MINUTE_NS
    bends = [
        MotionEvent(
            EventKind.BEND, at_ns, at_ns + NS_PER_S, at_ns, 0.7, "desk/1", {"peak_sagittal_deg": 61}
        )
        for at_ns in range(T0_NS, stop_ns, MINUTE_NS)
    ]
    with found.writer() as writer:
        writer.write(
            [
                RecordingStart(T0_NS, "AA:BB", "Back", False, "axes"),
                StateChange(T0_NS, Activity.UPRIGHT, Posture.SLOUCHED, 0.6, "desk/1"),
                Covered(T0_NS, stop_ns, 100.0),
                *(minute(number) for number in range(10)),
                *(Dose(T0_NS + n * MINUTE_NS, worn_s=60.0) for n in range(10)),
                *bends,
                RecordingEnd("closed"),
            ]
        )
    return found


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


def say(journal: Journal, activity: Activity, first: int, last: int) -> SaidStretch:
    """Of minutes first to last."""
    start_ns, stop_ns = T0_NS + first * MINUTE_NS, T0_NS + last * MINUTE_NS
    return journal.add_correction(LATER_NS, start_ns, stop_ns, activity, simulated=False)


def test_a_span_is_cut_where_the_person_says_otherwise() -> None:
    found = corrected([SPAN], [said(1, 120, 150, Activity.STAND)])

    assert found == [
        replace(SPAN, stop_ns=120),
        StateSpan(120, 150, Activity.STAND, Posture.NEUTRAL, 1.0, "desk/1"),
        replace(SPAN, start_ns=150),
    ]


def test_a_slouch_stays_one_where_the_person_sat() -> None:
    (found,) = corrected([SPAN], [said(1, 0, 300, Activity.SIT)])

    assert (found.activity, found.posture) == (Activity.SIT, Posture.SLOUCHED)


def test_the_last_word_counts() -> None:
    found = corrected(
        [SPAN], [said(1, 100, 200, Activity.NOT_WORN), said(2, 150, 200, Activity.SIT)]
    )

    assert [span.activity for span in found] == [Activity.NOT_WORN, Activity.SIT]


def test_where_nothing_was_measured_nothing_is_made_up() -> None:
    assert corrected([SPAN], [said(1, 200, 300, Activity.SIT)]) == [SPAN]


@pytest.mark.parametrize(
    ("start", "stop", "activity"),
    [
        (200, 200, Activity.SIT),
        (200, 100, Activity.SIT),
        (9_000, 10_001, Activity.SIT),
        (100, 200, Activity.WALK),
    ],
)
def test_what_cannot_be_said_is_refused(start: int, stop: int, activity: Activity) -> None:
    with pytest.raises(ValueError, match=r"correction|say sit"):
        said(1, start, stop, activity)


def test_a_day_and_a_year_count_what_was_said(journal: Journal, queries: Queries) -> None:
    one = say(journal, Activity.STAND, 2, 5)

    day = queries.day(DAY)
    ((_, kept),) = queries.days(DAY, DAY)

    assert day.totals.activity_s[Activity.STAND] == 180.0
    assert day.totals.activity_s[Activity.UPRIGHT] == 420.0
    assert day.totals.slouched_s == 420.0
    assert day.said == [one]
    assert kept == day.totals


def test_time_not_worn_adds_nothing_to_exposure(journal: Journal, queries: Queries) -> None:
    say(journal, Activity.NOT_WORN, 0, 4)

    day = queries.day(DAY)

    assert day.totals.exposure.valid_s == 360.0
    assert day.totals.bends == len(queries.events(DAY)) == 6
    assert sum(dose.worn_s for dose in queries.doses(DAY)) == 360.0
    assert day.totals.known_s == 360.0


def test_of_time_not_worn_a_part_can_be_worn_after_all(journal: Journal, queries: Queries) -> None:
    say(journal, Activity.NOT_WORN, 0, 4)
    say(journal, Activity.SIT, 1, 2)

    assert queries.day(DAY).totals.exposure.valid_s == 420.0


def test_what_is_taken_back_leaves_the_day_as_it_was_measured(
    journal: Journal, queries: Queries
) -> None:
    before = (queries.day(DAY), queries.days(DAY, DAY))
    one = say(journal, Activity.NOT_WORN, 0, 4)

    assert journal.take_back_correction(one.id, simulated=True) is False
    assert journal.take_back_correction(one.id, simulated=False) is True
    assert journal.take_back_correction(one.id, simulated=False) is False
    assert (queries.day(DAY), queries.days(DAY, DAY)) == before


def test_what_is_said_of_a_simulated_day_changes_no_real_one(
    journal: Journal, queries: Queries
) -> None:
    start_ns, stop_ns = T0_NS, T0_NS + MINUTE_NS
    journal.add_correction(LATER_NS, start_ns, stop_ns, Activity.STAND, simulated=True)

    assert queries.day(DAY).totals.activity_s[Activity.STAND] == 0.0


def test_minutes_that_come_later_do_not_undo_what_was_said(
    store: Store, journal: Journal, queries: Queries
) -> None:
    say(journal, Activity.STAND, 0, 10)

    with store.writer() as writer:
        start_ns = T0_NS + 20 * MINUTE_NS
        writer.write(
            [
                RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
                StateChange(start_ns, Activity.WALK, Posture.NEUTRAL, 0.9, "desk/1"),
                Covered(start_ns, start_ns + MINUTE_NS, 100.0),
                minute(20),
                RecordingEnd("closed"),
            ]
        )
    ((_, kept),) = queries.days(DAY, DAY)

    assert kept.activity_s[Activity.STAND] == 600.0
    assert kept == queries.day(DAY).totals


def test_it_is_forgotten_with_the_sums_of_its_day(
    store: Store, journal: Journal, queries: Queries
) -> None:
    say(journal, Activity.STAND, 0, 10)

    with store.writer() as writer:
        writer.forget(details_before_ns=LATER_NS, summaries_before_ns=T0_NS)
        assert len(queries.corrections(DAY)) == 1
        writer.forget(details_before_ns=LATER_NS, summaries_before_ns=LATER_NS)

    assert queries.corrections(DAY) == []
