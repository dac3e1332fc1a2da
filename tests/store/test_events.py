"""Events of a day: whole, as columns, and the lifts among them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date
from pathlib import Path
from types import MappingProxyType

import orjson
import pytest

from monitor.model import NS_PER_S, Activity, EventKind, MotionEvent
from monitor.store import EventColumns, Queries, RecordingStart, Store

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = date(2026, 9, 21)
VALUES: tuple[Mapping[str, float], ...] = (
    {"peak_sagittal_deg": 70.0, "technique_confidence": 0.1 + 0.2, "index": 12.5},
    {"technique_confidence": 1.0},
    {"index": 1e-9, "technique_confidence": 2e-7},
    {"peak_sagittal_deg": 30.0},
    {},
)


def an_event(number: int, kind: EventKind, *flags: str) -> MotionEvent:
    at_ns = T0_NS + number * 60 * NS_PER_S + 123
    values = MappingProxyType(dict(VALUES[number % len(VALUES)]))
    return MotionEvent(
        kind, at_ns, at_ns + NS_PER_S, at_ns + NS_PER_S, 0.7, "desk/1", values, flags, "stoop"
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Ten events a minute apart, five of them lifts, one of those demanding."""
    store = Store(tmp_path / "backwatch.db", UTC)
    with store.writer() as writer:
        writer.write([RecordingStart(T0_NS, "AA:BB", "Back", False, "axes")])
        for number in range(10):
            kind = EventKind.LIFT if number % 2 else EventKind.BEND
            writer.write([an_event(number, kind, *(("deep", "demanding") if number == 3 else ()))])
    return store


@pytest.fixture
def queries(store: Store) -> Iterator[Queries]:
    found = store.queries()
    yield found
    found.close()


def test_columns_say_of_each_event_what_it_says_itself(queries: Queries) -> None:
    events, columns = queries.events(DAY), queries.event_columns(DAY)

    assert len(events) == 10
    assert columns.id == tuple(one.id for one in events)
    for name in ("kind", "start_ns", "stop_ns", "confidence", "profile", "technique"):
        assert getattr(columns, name) == tuple(getattr(one.event, name) for one in events)
    assert columns.told_confidence == tuple(one.event.told_confidence for one in events)
    assert [orjson.loads(text) for text in columns.values_json] == [
        dict(one.event.values) for one in events
    ]
    assert [tuple(orjson.loads(text)) for text in columns.flags_json] == [
        one.event.flags for one in events
    ]


def test_a_day_without_events_has_empty_columns(queries: Queries) -> None:
    columns = queries.event_columns(date(2026, 9, 22))

    assert {len(getattr(columns, field.name)) for field in fields(EventColumns)} == {0}


def test_lifts_are_chosen_from_and_looked_up(queries: Queries) -> None:
    marks = queries.lifts(DAY)
    asked = [marks[3].id, 999, marks[1].id]
    named = queries.events_named(asked)

    events = {one.id: one for one in queries.events(DAY)}
    lifts = [one for one in events.values() if one.event.kind is EventKind.LIFT]
    assert [(mark.id, mark.start_ns) for mark in marks] == [
        (one.id, one.event.start_ns) for one in lifts
    ]
    assert [mark.flagged for mark in marks] == ["demanding" in one.event.flags for one in lifts]
    assert sum(mark.flagged for mark in marks) == 1
    assert named == [events[asked[0]], events[asked[2]]]
    assert queries.events_named([]) == []


def test_what_happened_while_nobody_wore_the_sensor_is_in_none_of_them(
    store: Store, queries: Queries
) -> None:
    journal = store.journal()
    journal.add_correction(
        T0_NS + 3600 * NS_PER_S,
        T0_NS + 150 * NS_PER_S,
        T0_NS + 3000 * NS_PER_S,
        Activity.NOT_WORN,
        simulated=False,
    )
    journal.close()

    left = [one.id for one in queries.events(DAY)]
    assert len(left) == 3
    assert list(queries.event_columns(DAY).id) == left
    assert [mark.id for mark in queries.lifts(DAY)] == left[1:2]
