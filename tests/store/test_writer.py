"""What is written comes back, and what is killed loses nothing that was written."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    DeviceEvent,
    DeviceEventKind,
    EventKind,
    MotionEvent,
    Numbered,
    Posture,
    Severity,
    StateChange,
    TimeDoubt,
)
from monitor.store import (
    Covered,
    RecordingEnd,
    RecordingStart,
    Store,
    StoreInUseError,
)
from monitor.store.rows import (
    EVENT_COLUMNS,
    alert_from_row,
    event_from_row,
    row_from_alert,
    row_from_event,
)

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = date(2026, 9, 21)
START = RecordingStart(
    T0_NS, "AA:BB", "Back", simulated=False, mounting_source="axes", placement="waist"
)


def seconds(start: float, stop: float) -> Covered:
    return Covered(T0_NS + int(start * NS_PER_S), T0_NS + int(stop * NS_PER_S), 100.0)


def change(at_s: float, activity: Activity, posture: Posture = Posture.NEUTRAL) -> StateChange:
    return StateChange(T0_NS + int(at_s * NS_PER_S), activity, posture, 0.8, "desk 1")


def alert(at_s: float, rule: str = "slouch") -> Alert:
    at_ns = T0_NS + int(at_s * NS_PER_S)
    return Alert(at_ns, rule, Severity.CAUTION, at_ns - 5, "desk 1", {"duration_s": 60.0})


def bend(at_s: float, kind: EventKind = EventKind.BEND, flags: tuple[str, ...] = ()) -> MotionEvent:
    at_ns = T0_NS + int(at_s * NS_PER_S)
    return MotionEvent(
        kind,
        at_ns,
        at_ns + NS_PER_S,
        at_ns + 2 * NS_PER_S,
        0.7,
        "desk 1",
        {"peak_deg": 61.5},
        flags,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backwatch.db", UTC)


def test_a_recording_comes_back_as_it_was_written(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), change(0, Activity.SIT)])
        stored = writer.write([seconds(10, 20), alert(15), bend(12, flags=("deep",))])
        writer.write([RecordingEnd("walked away")])
    queries = store.queries()

    day = queries.day(DAY)
    [recording] = queries.recordings()

    assert [(span.start_ns - T0_NS, span.stop_ns - T0_NS) for span in day.spans] == [
        (0, 20 * NS_PER_S)
    ]
    assert (recording.stop_ns, recording.cause) == (T0_NS + 20 * NS_PER_S, "walked away")
    assert (recording.rate_hz, recording.time_trusted) == (100.0, True)
    assert recording.placement == "waist"
    assert queries.alerts(DAY) == list(stored.alerts)
    assert queries.events(DAY) == list(stored.events)
    queries.close()


def test_growth_of_the_open_span_is_no_change_of_the_day(store: Store) -> None:
    with store.writer() as writer:
        first = writer.write([START, seconds(0, 10), change(0, Activity.SIT)])
        growth = writer.write([seconds(10, 20)])
        turn = writer.write([change(15, Activity.WALK)])

    assert (first.day_changed, growth.day_changed, turn.day_changed) == (True, False, True)


def test_a_sensor_is_known_again_by_its_address(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 1), RecordingEnd("lost")])
        writer.write([RecordingStart(T0_NS + 9 * NS_PER_S, "AA:BB", "New name", False, "axes")])
    queries = store.queries()

    assert [(r.address, r.name) for r in queries.recordings()] == [("AA:BB", "New name")] * 2
    queries.close()


def test_a_batch_that_fails_leaves_nothing_behind(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 1), change(0, Activity.SIT)])
        with sqlite3.connect(store.path) as other:
            other.execute("ALTER TABLE events RENAME TO gone")
        other.close()
        with pytest.raises(OperationalError, match="no such table: events"):
            writer.write([seconds(1, 2), alert(1), bend(1)])
        assert not writer.usable
    queries = store.queries()

    assert queries.alerts(DAY) == []
    [recording] = queries.recordings()
    assert recording.stop_ns == T0_NS + NS_PER_S
    queries.close()


def test_a_measure_that_is_no_number_is_a_fault_and_not_stored(store: Store) -> None:
    broken = replace(bend(1), values={"peak_deg": float("nan")})

    with store.writer() as writer, pytest.raises(ValueError, match="JSON"):
        writer.write([START, broken])


def test_the_first_acknowledgement_counts(store: Store) -> None:
    with store.writer() as writer:
        [stored] = writer.write([START, alert(5)]).alerts
        writer.acknowledge(stored.id, 111)
        again = writer.acknowledge(stored.id, 222)
        unknown = writer.acknowledge(stored.id + 1, 222)

    assert again is not None
    assert again.acknowledged_ns == 111
    assert unknown is None


def test_what_the_path_says_after_the_end_belongs_to_the_recording_that_ended(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 1), RecordingEnd("lost")])
        writer.write([alert(2), change(1, Activity.UNKNOWN)])
    queries = store.queries()

    assert len(queries.recordings()) == 1
    assert len(queries.alerts(DAY)) == 1
    queries.close()


def test_samples_without_a_connection_are_kept_all_the_same(store: Store) -> None:
    with store.writer() as writer:
        writer.write([seconds(0, 10), change(0, Activity.SIT)])
    queries = store.queries()

    assert [r.address for r in queries.recordings()] == ["unknown"]
    assert queries.day(DAY).totals.activity_s[Activity.SIT] == 10.0
    queries.close()


def test_simulated_days_never_mix_with_real_ones(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), change(0, Activity.SIT), alert(3), bend(4)])
        simulated = RecordingStart(T0_NS + 20 * NS_PER_S, "SIM", "Simulated", True, "axes")
        writer.write([simulated, seconds(20, 60), change(20, Activity.WALK), bend(30)])
    real, made_up = store.queries(simulated=False), store.queries(simulated=True)

    assert real.day(DAY).totals.activity_s[Activity.WALK] == 0.0
    assert real.day(DAY).totals.bends == 1
    assert made_up.day(DAY).totals.activity_s[Activity.WALK] == 40.0
    assert made_up.alerts(DAY) == []
    assert len(made_up.events(DAY)) == 1
    real.close()
    made_up.close()


def test_a_second_writer_is_refused_and_may_write_when_the_first_has_closed(store: Store) -> None:
    first = store.writer()
    with pytest.raises(StoreInUseError, match="another Backwatch is recording"):
        store.writer()

    first.close()
    first.close()

    store.writer().close()


def test_old_details_are_forgotten_before_old_summaries(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 60), change(0, Activity.SIT), bend(5), alert(6)])
        writer.write([RecordingEnd("lost")])
        kept_before = T0_NS + 3600 * NS_PER_S
        writer.forget(details_before_ns=kept_before, summaries_before_ns=T0_NS)
    queries = store.queries()

    assert (queries.day(DAY).spans, queries.alerts(DAY), queries.events(DAY)) == ([], [], [])
    [(_, totals)] = queries.days(DAY, DAY)
    assert totals.activity_s[Activity.SIT] == 60.0
    queries.close()


def test_the_reader_cannot_write(store: Store) -> None:
    store.writer().close()
    queries = store.queries()

    with (
        queries._engine.connect() as connection,
        pytest.raises(Exception, match="readonly database"),
    ):
        connection.exec_driver_sql("DELETE FROM spans")
    queries.close()


def test_a_computer_whose_clock_stands_in_1970_does_not_stop_the_writer(store: Store) -> None:
    with store.writer() as writer:
        writer.write([RecordingStart(5, "AA:BB", "Back", False, "axes"), Covered(5, 99, 100.0)])
        writer.write([RecordingEnd("lost")])
    queries = store.queries()

    assert len(queries.recordings()) == 1
    queries.close()


ROBUST_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.dictionaries(ROBUST_TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=4)


class FakeRow:
    """A row as SQLAlchemy hands it out: columns as attributes."""

    def __init__(self, **columns: object) -> None:
        self.__dict__.update(columns)


@given(values=VALUES, flags=st.lists(ROBUST_TEXT, max_size=3), kind=st.sampled_from(EventKind))
def test_an_event_survives_its_row(
    values: dict[str, float], flags: list[str], kind: EventKind
) -> None:
    event = MotionEvent(kind, 1, 2, 3, 0.5, "desk 1", values, tuple(flags))

    row = {"id": 7, **row_from_event(1, event)}
    assert event_from_row(*(row[name] for name in EVENT_COLUMNS)).event == event


@given(values=VALUES, severity=st.sampled_from(Severity), rule=ROBUST_TEXT)
def test_an_alert_survives_its_row(values: dict[str, float], severity: Severity, rule: str) -> None:
    told = Alert(10, rule, severity, 5, "desk 1", values)

    assert alert_from_row(FakeRow(id=7, **row_from_alert(1, told))).alert == told


KILLED = """
import sys
from datetime import UTC
from pathlib import Path
from monitor.model import NS_PER_S, Activity, Posture, StateChange
from monitor.store import Covered, RecordingStart, Store

T0_NS = 1_790_000_000 * NS_PER_S
writer = Store(Path(sys.argv[1]), UTC).writer()
writer.write([
    RecordingStart(T0_NS, "AA:BB", "Back", False, "axes"),
    StateChange(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.9, "desk 1"),
])
second = 0
while True:
    start_ns = T0_NS + second * NS_PER_S
    writer.write([Covered(start_ns, start_ns + NS_PER_S, 100.0)])
    second += 1
    print(second, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "backwatch.db"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert process.stdout is not None
    while int(process.stdout.readline()) < 50:
        pass
    os.kill(process.pid, signal.SIGKILL)
    written = max([50, *map(int, process.stdout.read().split("\n")[:-1])])
    process.wait()
    process.stdout.close()

    store = Store(path, UTC)
    store.writer().close()
    queries = store.queries()
    [span] = queries.day(DAY).spans
    [recording] = queries.recordings()
    [(_, totals)] = queries.days(DAY, DAY)
    queries.close()

    length_s = (span.stop_ns - span.start_ns) / NS_PER_S
    assert length_s in (written, written + 1)  # killed between the commit and the print
    assert recording.cause is not None
    assert "without notice" in recording.cause
    assert recording.stop_ns == span.stop_ns
    assert totals.activity_s[Activity.SIT] == length_s


def pressed(number: int, at_s: float, boot_id: int = 7) -> DeviceEvent:
    at_ns = T0_NS + int(at_s * NS_PER_S)
    return DeviceEvent(at_ns, DeviceEventKind.MARK, 0, boot_id, number, time_trusted=False)


def test_an_event_of_a_sensor_is_kept_once_however_often_it_is_told(store: Store) -> None:
    with store.writer() as writer:
        first = writer.write([START, pressed(0, 1), pressed(1, 2)])
    with store.writer() as writer:  # the program began anew; the sensor repeats what it knows
        again = writer.write([START, pressed(0, 1.1), pressed(1, 2.1), pressed(0, 3, boot_id=8)])
        writer.write([replace(START, address="CC:DD"), pressed(0, 4)])

    kept = store.queries().device_events(DAY)

    assert first.device_events == (pressed(0, 1), pressed(1, 2))
    assert again.device_events == (pressed(0, 3, boot_id=8),)
    assert kept == [pressed(0, 4), pressed(0, 3, boot_id=8), pressed(1, 2), pressed(0, 1)]
    assert store.queries(simulated=True).device_events(DAY) == []


def test_the_numbers_of_stored_samples_grow_with_them_and_are_forgotten(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), Numbered(7, 0, 1000)])
        writer.write([seconds(10, 11), Numbered(7, 1000, 1100), Numbered(7, 1200, 1300)])
        writer.write([Numbered(9, 0, 5)])

    queries = store.queries()

    known = [Numbered(7, 0, 1100), Numbered(7, 1200, 1300), Numbered(9, 0, 5)]
    assert queries.numbers(T0_NS) == known
    assert queries.numbers(T0_NS + 12 * NS_PER_S) == []
    assert store.queries(simulated=True).numbers(0) == []
    with store.writer() as writer:
        writer.forget(details_before_ns=T0_NS + 3600 * NS_PER_S, summaries_before_ns=0)
    assert queries.numbers(0) == []


def test_a_recording_tells_the_worst_doubt_of_its_times(store: Store) -> None:
    with store.writer() as writer:
        writer.write(
            [
                START,
                replace(seconds(0, 1), doubt=TimeDoubt.UNSETTLED),
                replace(seconds(1, 2), doubt=TimeDoubt.RESET),
                replace(seconds(2, 3), doubt=TimeDoubt.NONE),
            ]
        )
    [recording] = store.queries().recordings()

    assert (recording.time_trusted, recording.time_doubt) == (False, "reset")
