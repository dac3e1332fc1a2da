"""Doses: kept as they were told, upgraded to without loss, erased in time."""

import sqlite3
from datetime import UTC, date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor.exposure import add_up
from monitor.model import NS_PER_S, Activity, EventKind, MotionEvent
from monitor.model.exposure import Bout, Dose, Histogram, Zone
from monitor.store import RecordingStart, Store
from monitor.store.rows import (
    DOSE_NUMBERS,
    DOSE_TEXTS,
    dose_from_rows,
    doses_from_rows,
    row_from_dose,
)
from tests.store.test_schema import make_revision

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = date(2026, 9, 21)
START = RecordingStart(T0_NS, "AA:BB", "Back", simulated=False, mounting_source="axes")
DOSE = Dose(
    start_ns=T0_NS + 40 * NS_PER_S, worn_s=59.9, forward_s=59.9,
    lean=Histogram(-3, (100, 0, 59_800)), speed=Histogram(0, (59_900,)), bend_dose_s=1.25,
    up_s=0.1, up_lean=Histogram(7, (100,)), up_bend_dose_s=0.012, seated_s=60.0,
    seated_beyond_s=12.0, slouched_s=3.0, breaks=1, shifts=2, longest_static_s=700.0,
    longest_sitting_s=1812.0, hold_exceedances=1, bends_30=3, bends_60=2, lifts=1,
    flagged_lifts=1, bouts=(Bout(Activity.SIT, Zone.FROM_20_TO_60, 61.0),), doubted_s=7.5,
    seated_doubted_s=2.5,
)  # fmt: skip

histograms = st.lists(st.integers(0, 60_000), max_size=20).flatmap(
    lambda ms: st.builds(Histogram, st.integers(-180, 179), st.just(tuple(ms)))
)


doses = st.builds(
    Dose,
    st.just(T0_NS),
    worn_s=st.floats(0, 60),
    lean=histograms,
    speed=histograms,
    shifts=st.integers(0, 100),
    longest_static_s=st.floats(0, 900),
    bouts=st.lists(st.sampled_from(DOSE.bouts), max_size=2).map(tuple),
)


def rows_of(found: list[Dose]) -> list[tuple[object, ...]]:
    rows = [row_from_dose(1, dose) for dose in found]
    return [tuple(row[name] for name in ("start_ns", *DOSE_NUMBERS, *DOSE_TEXTS)) for row in rows]


@given(st.lists(doses, max_size=4))
def test_doses_survive_their_rows(found: list[Dose]) -> None:
    assert doses_from_rows(rows_of(found)) == found


@given(st.lists(doses, max_size=4))
def test_rows_add_up_to_what_their_doses_do(found: list[Dose]) -> None:
    assert dose_from_rows(rows_of(found)) == add_up(found)


def test_doses_of_a_day_come_back_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    later = Dose(DOSE.start_ns + 60 * NS_PER_S, worn_s=1.0)
    tomorrow = Dose(DOSE.start_ns + 86_400 * NS_PER_S, worn_s=2.0)
    with store.writer() as writer:
        writer.write([START, tomorrow, later, DOSE])
    queries = store.queries()

    assert queries.doses(DAY) == [DOSE, later]
    assert queries.together(DAY, DAY).dose == add_up([DOSE, later])
    assert queries.worn(DAY) == [(DOSE.start_ns, 59.9), (later.start_ns, 1.0)]
    queries.close()


def test_simulated_doses_are_never_among_the_real_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    with store.writer() as writer:
        writer.write([RecordingStart(T0_NS, "AA:BB", "Back", True, "axes"), DOSE])
    real, simulated = store.queries(), store.queries(simulated=True)

    assert (real.doses(DAY), simulated.doses(DAY)) == ([], [DOSE])
    real.close()
    simulated.close()


def test_old_doses_are_forgotten_with_the_minutes(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    later = Dose(DOSE.start_ns + 60 * NS_PER_S, worn_s=1.0)
    with store.writer() as writer:
        writer.write([START, DOSE, later])
        writer.forget(details_before_ns=0, summaries_before_ns=later.start_ns)
    queries = store.queries()

    assert queries.doses(DAY) == [later]
    queries.close()


def test_a_technique_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    bend = MotionEvent(
        EventKind.BEND, T0_NS, T0_NS + 1, T0_NS + 2, 0.7, "desk/1", technique="squat"
    )
    with store.writer() as writer:
        writer.write([START, bend])
    queries = store.queries()

    assert [stored.event for stored in queries.events(DAY)] == [bend]
    queries.close()


def test_a_database_of_revision_2_keeps_every_row(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_revision(path, "0002")
    with sqlite3.connect(path) as connection:
        for statement in (
            "INSERT INTO sensors VALUES (1, 'AA:BB', 'Back', 10, 20)",
            f"INSERT INTO recordings VALUES (1, 1, {T0_NS}, {T0_NS + 9}, 100, 0, 'axes', 1, 'end')",
            f"INSERT INTO spans VALUES (1, {T0_NS}, {T0_NS + 9}, 'sit', 'neutral', 0.9, 'desk/1')",
            f"INSERT INTO events VALUES (7, 1, 'bend', {T0_NS}, {T0_NS + 1}, {T0_NS + 2}, 0.5,"
            " 'desk/1', '{}', '[]')",
            f"INSERT INTO minutes VALUES (3, 1, {T0_NS}, 60, 5, 4, 3, 2, 1, 6, 7)",
            f"INSERT INTO alerts VALUES (2, 1, {T0_NS}, 'slouch', 'info', 1, 'desk/1', '{{}}', 5)",
        ):
            connection.execute(statement)
        before = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    connection.close()

    queries = Store(path, UTC).queries()
    [event] = queries.events(DAY)
    doses = queries.doses(DAY)
    queries.close()

    with sqlite3.connect(path) as connection:
        after = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    connection.close()
    added = {"recordings": 9, "events": 10, "spans": 7}  # columns there were
    assert {n: [row[: added.get(n)] for row in after[n]] for n in TABLES} == before
    assert (event.id, event.event.technique, doses) == (7, "", [])


TABLES = ("sensors", "recordings", "spans", "events", "minutes", "alerts", "days")
