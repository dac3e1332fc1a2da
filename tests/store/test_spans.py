"""Spans against the definition: the latest change wherever there are samples."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Activity, Posture, StateChange, StateSpan
from monitor.store import Covered, Spans
from monitor.store.spans import MAX_SPAN_NS, merged

ACTIVITIES = list(Activity)


def change(at_ns: int, activity: Activity = Activity.SIT) -> StateChange:
    return StateChange(at_ns, activity, Posture.NEUTRAL, 0.9, "desk 1")


def kept(items: list[Covered | StateChange]) -> list[StateSpan]:
    """What a table holds after every push, each span replacing the one with its start."""
    spans = Spans()
    rows: dict[int, StateSpan] = {}
    for item in items:
        for span in spans.push(item):
            rows[span.start_ns] = span
    return [rows[start] for start in sorted(rows)]


def times(spans: list[StateSpan]) -> list[tuple[int, int, Activity]]:
    return [(span.start_ns, span.stop_ns, span.activity) for span in spans]


def test_the_open_span_ends_at_the_last_sample() -> None:
    items = [Covered(0, 10, 100.0), change(0), Covered(10, 20, 100.0), Covered(20, 30, 100.0)]

    assert times(kept(items)) == [(0, 30, Activity.SIT)]


def test_a_gap_without_samples_belongs_to_no_span() -> None:
    items = [Covered(0, 10, 100.0), change(0), Covered(50, 60, 100.0)]

    assert times(kept(items)) == [(0, 10, Activity.SIT), (50, 60, Activity.SIT)]


def test_a_change_known_late_takes_back_what_was_said() -> None:
    items = [Covered(0, 100, 100.0), change(0), change(40, Activity.NOT_WORN)]

    assert times(kept(items)) == [(0, 40, Activity.SIT), (40, 100, Activity.NOT_WORN)]


def test_a_change_known_late_reaches_back_over_a_gap() -> None:
    items = [
        Covered(0, 50, 100.0),
        change(0),
        Covered(60, 100, 100.0),
        change(40, Activity.NOT_WORN),
    ]

    assert times(kept(items)) == [
        (0, 40, Activity.SIT),
        (40, 50, Activity.NOT_WORN),
        (60, 100, Activity.NOT_WORN),
    ]


def test_a_change_ahead_of_the_samples_waits_for_them() -> None:
    items = [Covered(0, 10, 100.0), change(0), change(15, Activity.WALK), Covered(10, 30, 100.0)]

    assert times(kept(items)) == [(0, 15, Activity.SIT), (15, 30, Activity.WALK)]


def test_a_change_before_its_predecessor_counts_from_there() -> None:
    items = [Covered(0, 30, 100.0), change(0), change(20, Activity.WALK), change(5, Activity.LIE)]

    assert times(kept(items)) == [(0, 20, Activity.SIT), (20, 30, Activity.LIE)]


def test_samples_without_a_state_make_no_span() -> None:
    assert kept([Covered(0, 1000, 100.0)]) == []


def test_a_segment_that_moved_back_a_little_does_not_overlap() -> None:
    items = [change(0), Covered(0, 20, 100.0), Covered(15, 40, 100.0)]

    assert times(kept(items)) == [(0, 40, Activity.SIT)]


def test_no_span_is_longer_than_a_day() -> None:
    hour = 3_600_000_000_000
    items: list[Covered | StateChange] = [change(0, Activity.NOT_WORN)]
    items += [Covered(h * hour, (h + 1) * hour, 100.0) for h in range(60)]

    spans = kept(items)

    assert sum(span.stop_ns - span.start_ns for span in spans) == 60 * hour
    assert max(span.stop_ns - span.start_ns for span in spans) == MAX_SPAN_NS


def test_a_state_that_was_doubted_and_confirmed_is_shown_as_one() -> None:
    doubted = [Covered(0, 30, 100.0), change(0), change(20, Activity.WALK), change(20)]

    stored = kept(doubted)

    assert times(stored) == [(0, 20, Activity.SIT), (20, 30, Activity.SIT)]
    assert times(merged(stored)) == [(0, 30, Activity.SIT)]


def test_a_gap_and_another_state_are_never_merged() -> None:
    items = [change(0), Covered(0, 10, 100.0), Covered(11, 20, 100.0), change(15, Activity.WALK)]

    assert merged(kept(items)) == kept(items)


def test_the_confidence_of_what_is_merged_is_the_mean_over_time() -> None:
    short = StateSpan(0, 10, Activity.SIT, Posture.NEUTRAL, 0.5, "desk 1")
    long = StateSpan(10, 40, Activity.SIT, Posture.NEUTRAL, 0.9, "desk 1")

    assert merged([short, long])[0].confidence == pytest.approx(0.8)


@st.composite
def histories(draw: st.DrawFn) -> list[Covered | StateChange]:
    """Chunks with gaps in order, changes in order, interleaved anyhow."""
    at, chunks = 0, []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 8)), max_size=10)):
        at += gap
        chunks.append(Covered(at, at + length, 100.0))
        at += length
    moments = sorted(draw(st.lists(st.integers(0, 60), max_size=8)))
    changes = [
        replace(change(moment, draw(st.sampled_from(ACTIVITIES))), confidence=index / 10)
        for index, moment in enumerate(moments)
    ]
    items: list[Covered | StateChange] = []
    while chunks or changes:
        take_chunk = bool(chunks) and (not changes or draw(st.booleans()))
        items.append(chunks.pop(0) if take_chunk else changes.pop(0))
    return items


@given(histories())
def test_spans_are_the_latest_change_wherever_there_are_samples(
    items: list[Covered | StateChange],
) -> None:
    expected = {}
    for item in items:
        if isinstance(item, Covered):
            expected.update(dict.fromkeys(range(item.start_ns, item.stop_ns)))
    for tick in expected:
        known = [i for i in items if isinstance(i, StateChange) and i.at_ns <= tick]
        expected[tick] = (known[-1].activity, known[-1].confidence) if known else None

    found: dict[int, tuple[Activity, float]] = {}
    for span in kept(items):
        for tick in range(span.start_ns, span.stop_ns):
            assert tick not in found, "spans overlap"
            found[tick] = (span.activity, span.confidence)

    assert found == {tick: state for tick, state in expected.items() if state is not None}


def test_a_slip_cuts_a_span_and_its_mark_is_kept():
    trusted, slipped = change(0, Activity.SIT), replace(change(40, Activity.SIT), trusted=False)
    spans = kept([Covered(0, 100, 10.0), trusted, slipped])

    assert [(one.start_ns, one.stop_ns, one.trusted) for one in spans] == [
        (0, 40, True),
        (40, 100, False),
    ]
    assert merged(spans) == spans
