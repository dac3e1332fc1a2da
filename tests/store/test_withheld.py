"""Stretches of which nothing is kept: paused, or erased for good."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from monitor.model import NS_PER_S, Activity, Posture, SampleChunk, Segment, StateChange
from monitor.model.journal import CheckIn
from monitor.orientation import mounting_from_axes
from monitor.store import (
    Covered,
    Holdings,
    RawSamples,
    RecordingStart,
    SentAgain,
    Store,
    StoreItem,
    Writer,
    raw_folder,
    read_raw,
)
from monitor.store.holdings import ABOUT
from monitor.store.tables import Table

T0_NS = 1_790_000_000 * NS_PER_S
RATE_HZ = 50.0
SECRET = "a note that nobody else shall read"
MOUNTING = mounting_from_axes("+x", "-z")


def at(second: float) -> int:
    return T0_NS + round(second * NS_PER_S)


def second(number: int) -> list[StoreItem]:
    """What a second of sitting gives."""
    count = round(RATE_HZ)
    chunk = SampleChunk(
        Segment(0, T0_NS, RATE_HZ),
        number * count,
        np.full((count, 3), 9.81),
        np.zeros((count, 3)),
        np.zeros(count, dtype=np.uint8),
    )
    return [Covered(at(number), at(number + 1), RATE_HZ), RawSamples(chunk, MOUNTING)]


def begun(writer: Writer) -> None:
    writer.write(
        [
            RecordingStart(T0_NS, "AA:BB", "Back of Mia", False, "axes"),
            StateChange(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1"),
        ]
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backwatch.db", UTC)


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    with store.writer() as writer:
        begun(writer)
        yield writer


def kept(store: Store) -> list[int]:
    """Seconds of which there are samples."""
    found = read_raw(store.path, T0_NS, at(3600), simulated=False)
    firsts = {one.samples.chunk.first // round(RATE_HZ) for one in found}
    return sorted(firsts)


def seated(store: Store) -> list[tuple[float, float]]:
    queries = store.queries()
    day = queries.day(queries.local_date(T0_NS))
    queries.close()
    spans = [one for one in day.spans if one.activity is Activity.SIT]
    return [((one.start_ns - T0_NS) / NS_PER_S, (one.stop_ns - T0_NS) / NS_PER_S) for one in spans]


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_while_paused_nothing_is_kept_and_nothing_of_it_later(store: Store, writer: Writer) -> None:
    writer.write(second(0))
    writer.pause(at(1))
    writer.write([*second(1), *second(2)])
    writer.resume(at(3))
    writer.write(second(3))
    writer.write([SentAgain(item) for item in second(2)])
    writer.close()

    assert kept(store) == [0, 3]
    assert seated(store) == [(0.0, 1.0), (3.0, 4.0)]


def test_a_pause_holds_in_the_next_run(store: Store, writer: Writer) -> None:
    writer.pause(at(1))
    writer.close()
    with store.writer() as again:
        begun(again)
        again.write(second(5))
        paused_ns = again.paused_since_ns
        again.pause(at(6))
        again.resume(at(7))
        again.write(second(7))

    assert paused_ns == at(1)
    assert kept(store) == [7]


def test_what_reaches_into_a_pause_is_not_kept(store: Store, writer: Writer) -> None:
    writer.pause(at(0.5))
    writer.write(second(0))
    writer.resume(at(1))
    writer.close()

    assert kept(store) == []


def test_a_stretch_is_erased_and_recording_goes_on(store: Store, writer: Writer) -> None:
    journal = store.journal()
    journal.add_check_in(CheckIn(at(1.5), note=SECRET))
    journal.set_wish("quiet", "22:00-06:00", at(1.5))
    for number in range(3):
        writer.write(second(number))
    writer.erase(at(1), at(2))
    writer.write([*second(1), *second(3)])
    writer.close()
    wishes = journal.wishes()
    journal.close()

    assert kept(store) == [0, 2, 3]
    assert seated(store) == [(0.0, 1.0), (2.0, 4.0)]
    assert wishes == {"quiet": "22:00-06:00"}
    assert SECRET.encode() not in everything_on_disk(store.path.parent)


def test_all_is_erased_and_nothing_of_it_is_left_on_the_disk(store: Store, writer: Writer) -> None:
    journal = store.journal()
    journal.add_check_in(CheckIn(at(0.5), note=SECRET))
    writer.write([*second(0), *second(1)])
    writer.flush()
    before = everything_on_disk(store.path.parent)
    writer.erase_all(at(2))
    on_disk = everything_on_disk(store.path.parent)
    folder_left = raw_folder(store.path).exists()
    writer.write([*second(1), *second(2)])
    writer.close()
    journal.close()

    assert SECRET.encode() in before
    assert SECRET.encode() not in on_disk
    assert not folder_left
    assert kept(store) == [2]
    assert seated(store) == [(2.0, 3.0)]  # the state lasts


def test_a_pause_outlasts_erasing_everything(store: Store, writer: Writer) -> None:
    writer.pause(at(1))
    writer.erase_all(at(2))
    writer.write(second(3))
    still_ns = writer.paused_since_ns
    writer.close()

    assert still_ns == at(2)
    assert kept(store) == []


def test_everything_that_is_kept_is_named_and_counted(store: Store, writer: Writer) -> None:
    writer.write(second(0))
    holdings = Holdings(store.path)
    rows = {one.name: one.rows for one in holdings.tables()}
    with holdings.reading() as reading:
        sensors = list(reading.rows("sensors"))
    holdings.close()

    assert set(ABOUT) == set(Table.metadata.tables)
    assert (rows["recordings"], rows["alerts"]) == (1, 0)
    assert "Back of Mia" in sensors[0]


def test_a_state_of_what_is_not_kept_begins_no_recording(store: Store, writer: Writer) -> None:
    writer.write(second(0))
    writer.pause(at(1))
    change = StateChange(at(1), Activity.WALK, Posture.NEUTRAL, 0.9, "desk/1")
    writer.write([SentAgain(item) for item in (*second(1), change)])
    writer.close()
    queries = store.queries()
    recordings = queries.recordings()
    queries.close()

    assert len(recordings) == 1
