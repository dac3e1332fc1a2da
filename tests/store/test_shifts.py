"""A shift with a shared sensor: what is handed over, what is erased, and what stays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Calibration,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Mounting,
    Numbered,
    Posture,
    Quality,
    SampleChunk,
    Segment,
    Severity,
    StateChange,
)
from monitor.model.journal import CheckIn, Feedback, Handover, Tag, Trace, Verdict
from monitor.store import (
    Covered,
    RawSamples,
    RecordingStart,
    SentAgain,
    Store,
    StoreItem,
    raw_folder,
    read_raw,
)
from tests.store.test_raw import ACC_STEP, GYR_STEP

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = date(2026, 9, 21)
RATE_HZ = 50.0
MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), True, "axes")
SECRET = "slipped on the ramp by gate 7"
LENT_S, BACK_S, END_S = 100, 300, 400  # s after T0_NS
EMPTY = ("corrections", "device_events", "doses", "drills", "movements", "trials", "zeros")


def at(seconds: float) -> int:
    return T0_NS + round(seconds * NS_PER_S)


def samples(start_s: int, stop_s: int) -> list[StoreItem]:
    """Of one segment, a second at a time."""
    segment = Segment(0, T0_NS, RATE_HZ)
    found: list[StoreItem] = []
    for second in range(start_s, stop_s):
        n = round(RATE_HZ)
        counts = np.arange(second, second + n)[:, None] % 100
        chunk = SampleChunk(
            segment,
            second * n,
            np.repeat(counts * ACC_STEP, 3, axis=1),
            np.repeat(counts * GYR_STEP, 3, axis=1),
            np.zeros(n, np.uint8),
        )
        found += [Covered(at(second), at(second + 1), RATE_HZ), RawSamples(chunk, MOUNTING)]
    return found


def lived(start_s: int) -> list[StoreItem]:
    """A bend, an alert and a minute."""
    return [
        MotionEvent(
            EventKind.LIFT, at(start_s), at(start_s + 3), at(start_s + 6), 0.9, "manual/6",
            MappingProxyType({"peak_sagittal_deg": 70.0}), ("demanding",),
        ),
        Alert(at(start_s + 6), "lift", Severity.HIGH, at(start_s), "manual/6"),
        MinuteSummary(at(start_s), 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0),
    ]  # fmt: skip


@contextmanager
def shift(path: Path) -> Iterator[tuple[Store, Handover]]:
    """Somebody before, the shift, somebody after; and another sensor worn at the same time."""
    store = Store(path, UTC)
    journal, fittings = store.journal(), store.fittings()
    with store.writer() as writer:
        writer.write([RecordingStart(T0_NS, "AA:BB", "Back", False, "axes")])
        writer.write([StateChange(T0_NS, Activity.STAND, Posture.NEUTRAL, 0.9, "manual/6")])
        writer.write([*samples(0, LENT_S), *lived(20)])
        writer.write([Numbered(7, 0, 5000)])
        journal.set_wish("apart_s", 600.0, at(50))
        lent = journal.hand_out("AA:BB", "17", at(LENT_S))
        writer.write([*samples(LENT_S, BACK_S), *lived(150)])
        writer.write([Numbered(7, 5000, 15000)])
        journal.add_check_in(CheckIn(at(200), pain=4, note=SECRET))
        journal.set_wish("sitting_s", 1500.0, at(210))
        journal.add_trace(Trace("lift", at(156), (at(156),), (70.0,), (0.0,), (70.0,)))
        back = journal.take_back("AA:BB", at(BACK_S))
        writer.write([*samples(BACK_S, END_S), *lived(350)])
    queries = store.queries()
    for event in queries.events(DAY):
        journal.add_tag(Tag(event.id, at(220), task=f"at {event.event.start_ns - T0_NS}"))
    for alert in queries.alerts(DAY):
        journal.add_feedback(Feedback(at(230), alert.id, Verdict.RIGHT))
    queries.close()
    assert back is not None
    assert lent.id == back.id
    yield store, back
    journal.close()
    fittings.close()


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[tuple[Store, Handover]]:
    with shift(tmp_path / "backwatch.db") as found:
        yield found


def starts(store: Store) -> list[float]:
    queries = store.queries()
    found = [(one.event.start_ns - T0_NS) / NS_PER_S for one in queries.events(DAY)]
    queries.close()
    return sorted(found)


def seconds_of_samples(store: Store) -> set[int]:
    return {
        int((found.samples.chunk.segment.time_ns(index) - T0_NS) // NS_PER_S)
        for found in read_raw(store.path, T0_NS, at(END_S), simulated=False)
        for index in range(
            found.samples.chunk.first, found.samples.chunk.first + len(found.samples.chunk)
        )
    }


def wipe(store: Store, lent: Handover) -> None:
    with store.writer() as writer:
        writer.wipe(lent, at(END_S))


def test_what_is_handed_over_is_that_of_the_shift_alone(kit: tuple[Store, Handover]) -> None:
    store, lent = kit
    journal = store.journal()
    found = {one.name: one for one in journal.personal(lent, at(BACK_S))}
    journal.close()

    assert SECRET in str(found["check_ins"].rows)
    assert [row[found["events"].columns.index("start_ns")] for row in found["events"].rows] == [
        at(150)
    ]
    counts = {name: len(one.rows) for name, one in found.items() if name not in EMPTY}
    assert counts == {
        "spans": 1, "tags": 1, "feedback": 1, "events": 1, "alerts": 1, "decisions": 0,
        "traces": 1, "minutes": 1, "check_ins": 1, "wishes": 1, "calibrations": 0,
    }  # fmt: skip
    assert all(one.about for one in found.values())


def test_every_table_is_either_handed_over_or_known_to_hold_nothing_of_a_person(
    kit: tuple[Store, Handover],
) -> None:
    from monitor.store.tables import Table

    store, lent = kit
    journal = store.journal()
    personal = {one.name for one in journal.personal(lent, at(BACK_S))}
    journal.close()
    # A sensor, when it was heard and lent, and days that are added up from the rest.
    nobodys = {"sensors", "recordings", "sample_numbers", "handovers", "withheld"}
    nobodys |= {"days", "day_doses"}

    assert personal | nobodys == set(Table.metadata.tables)
    assert not personal & nobodys


def test_a_wiped_shift_is_gone_and_what_lies_around_it_stays(kit: tuple[Store, Handover]) -> None:
    store, lent = kit
    wipe(store, lent)
    journal, queries = store.journal(), store.queries()
    day = queries.day(DAY)
    totals = dict(queries.days(DAY, DAY))[DAY]
    spans = [((s.start_ns - T0_NS) / NS_PER_S, (s.stop_ns - T0_NS) / NS_PER_S) for s in day.spans]

    assert starts(store) == [20.0, 350.0]
    assert spans == [(0.0, LENT_S), (BACK_S, END_S)]
    assert totals.lifts == 2
    assert seconds_of_samples(store) == {*range(LENT_S), *range(BACK_S, END_S)}
    assert journal.check_ins(0, at(END_S)) == []
    assert journal.wishes() == {"apart_s": 600.0}
    assert journal.trace("lift", at(156)) is None
    assert len(journal.tags()) == len(journal.feedback()) == 2
    assert all(not one.rows for one in journal.personal(lent, at(BACK_S)))
    (noted,) = journal.handovers()
    assert (noted.erased_ns, noted.person) == (at(END_S), "17")
    journal.close()
    queries.close()


def test_nothing_of_it_can_be_read_from_the_files_any_more(kit: tuple[Store, Handover]) -> None:
    store, lent = kit
    files = [store.path, store.path.with_name(store.path.name + "-wal")]
    before = b"".join(path.read_bytes() for path in files if path.exists())
    wipe(store, lent)
    after = b"".join(path.read_bytes() for path in files if path.exists())

    assert SECRET.encode() in before
    assert SECRET.encode() not in after


def test_samples_that_stay_are_the_same_to_the_bit(tmp_path: Path) -> None:
    def of(store: Store) -> dict[int, tuple[float, ...]]:
        return {
            found.samples.chunk.first + i: tuple(row)
            for found in read_raw(store.path, T0_NS, at(END_S), simulated=False)
            for i, row in enumerate(found.samples.chunk.acc_mps2.tolist())
        }

    with shift(tmp_path / "backwatch.db") as (store, lent):
        before = of(store)
        wipe(store, lent)
        after = of(store)

    assert set(after) < set(before)
    assert all(before[index] == row for index, row in after.items())


def test_a_wipe_that_was_cut_short_is_done_again(
    kit: tuple[Store, Handover], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, lent = kit

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr("monitor.store.writer.erase", killed)
        with pytest.raises(KeyboardInterrupt):
            wipe(store, lent)
    journal = store.journal()
    (halfway,) = journal.handovers()
    with pytest.raises(ValueError, match="still here"):
        journal.hand_out("AA:BB", "18", at(END_S))
    wipe(store, halfway)
    journal.hand_out("AA:BB", "18", at(END_S))
    journal.close()

    assert halfway.erased_ns is None
    assert starts(store) == [20.0, 350.0]


def test_what_comes_late_of_a_wiped_shift_is_not_kept(kit: tuple[Store, Handover]) -> None:
    store, lent = kit
    wipe(store, lent)
    late: Iterable[StoreItem] = [*lived(170), *samples(280, BACK_S), *lived(380)]
    with store.writer() as writer:
        writer.write([RecordingStart(at(END_S), "AA:BB", "Back", False, "axes")])
        writer.write(late)
        writer.write([SentAgain(item) for item in [*samples(200, 210), *lived(205)[:1]]])

    assert starts(store) == [20.0, 350.0, 380.0]
    assert not seconds_of_samples(store) & set(range(LENT_S, BACK_S))


def test_another_sensors_samples_stay(kit: tuple[Store, Handover]) -> None:
    store, _ = kit
    other = Handover(99, "CC:DD", "18", at(LENT_S), at(BACK_S))
    wipe(store, other)

    assert starts(store) == [20.0, 150.0, 350.0]
    assert seconds_of_samples(store) == set(range(END_S))


def test_a_shift_that_lasts_is_not_wiped(kit: tuple[Store, Handover]) -> None:
    store, _ = kit
    with store.writer() as writer, pytest.raises(ValueError, match="still out"):
        writer.wipe(Handover(1, "AA:BB", "17", at(LENT_S), None), at(END_S))


def test_a_calibration_goes_whenever_it_was_made(kit: tuple[Store, Handover]) -> None:
    store, lent = kit
    fittings = store.fittings()
    quality = Quality(0.4, 0.1, 9.8, 0.99, (70.0, 68.0, 71.0), 2.0, 3.0, 1.0, 8.0, None)
    fittings.keep(Calibration("AA:BB", "desk", at(10), MOUNTING, quality, None, 1))
    fittings.keep(Calibration("CC:DD", "desk", at(10), MOUNTING, quality, None, 1))
    wipe(store, lent)
    left = [one.sensor for one in fittings.calibrations()]
    fittings.close()

    assert left == ["CC:DD"]


def test_a_file_without_anything_left_goes(kit: tuple[Store, Handover]) -> None:
    store, _ = kit
    wipe(store, Handover(1, "AA:BB", "17", T0_NS, at(END_S)))

    assert list(raw_folder(store.path).glob("*.parquet")) == []
