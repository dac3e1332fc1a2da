"""Samples come back to the bit, stay small, and outlive a killed process."""

import json
import math
import signal
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import NS_PER_S, Mounting, Origin, Placement, SampleChunk, Segment, TimeDoubt
from monitor.model.journal import CheckIn
from monitor.store import (
    Covered,
    RawSamples,
    RecordingEnd,
    RecordingStart,
    Store,
    StoreError,
    raw_folder,
    raw_hours,
    read_raw,
)
from monitor.store.raw import erase_raw, within
from monitor.timebase.bridge import bridge
from simulator.scenarios import simulate

T0_NS = 1_790_000_400 * NS_PER_S  # 2026-09-21 14:20:00 UTC
HOUR_NS = 3600 * NS_PER_S
RATE_HZ = 100.0
ACC_STEP = 8 * 9.80665 / 32768
GYR_STEP = math.radians(2000) / 32768
MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")
START = RecordingStart(T0_NS, "AA:BB", "Back", simulated=False, mounting_source="axes")
EVER = (0, 2**62)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backwatch.db", UTC)


def counted(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    counts = np.random.default_rng(seed).integers(-32768, 32768, (n, 6)).astype(np.int32)
    return counts[:, :3] * ACC_STEP, counts[:, 3:] * GYR_STEP


def chunks(
    acc: np.ndarray,
    gyr: np.ndarray,
    *,
    segment: Segment | None = None,
    first: int = 0,
    size: int = 10,
    origin: np.ndarray | None = None,
    mounting: Mounting = MOUNTING,
) -> list[RawSamples]:
    segment = segment or Segment(0, T0_NS, RATE_HZ)
    marks = np.zeros(len(acc), np.uint8) if origin is None else origin
    return [
        RawSamples(
            SampleChunk(
                segment, first + i, acc[i : i + size].copy(), gyr[i : i + size].copy(),
                marks[i : i + size].copy(),
            ),
            mounting,
        )
        for i in range(0, len(acc), size)
    ]  # fmt: skip


def kept(store: Store, start_ns: int = 0, stop_ns: int = 2**62, *, simulated: bool = False) -> list:
    return list(read_raw(store.path, start_ns, stop_ns, simulated=simulated))


def columns(found: list, name: str) -> np.ndarray:
    return np.concatenate([getattr(stored.samples.chunk, name) for stored in found])


def files(store: Store) -> list[Path]:
    return sorted(raw_folder(store.path).iterdir())


@pytest.mark.parametrize("scale", ["counts", "floats", "no gyroscope"])
def test_samples_come_back_to_the_bit(store: Store, scale: str) -> None:
    acc, gyr = counted(15_000)
    if scale == "floats":
        acc = acc + 1e-9
    if scale == "no gyroscope":
        gyr = np.full_like(gyr, np.nan)
    with store.writer() as writer:
        writer.write([START, *chunks(acc, gyr), RecordingEnd("end")])

    found = kept(store)

    assert np.array_equal(columns(found, "acc_mps2"), acc)
    assert np.array_equal(columns(found, "gyr_radps"), gyr, equal_nan=True)
    assert {s.samples.chunk.segment for s in found} == {Segment(0, T0_NS, RATE_HZ)}
    assert {s.samples.mounting for s in found} == {MOUNTING}
    assert {(s.origin.address, s.origin.simulated) for s in found} == {("AA:BB", False)}
    [path] = files(store)
    kind = pyarrow.parquet.read_schema(path).field("ax").type
    assert str(kind) == ("double" if scale == "floats" else "int16")


def shaken_between(store: Store) -> list[tuple[int, int]]:
    """Told chunk by chunk, so that what touches belongs together."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted({one for each in kept(store) for one in each.samples.shaken}):
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, stop))
    return found


def test_when_the_sensor_shook_itself_is_kept_through_hours_and_erasure(store: Store) -> None:
    """Packet by packet as it was read; put together, and cut where samples are erased."""
    acc, gyr = counted(60 * 6000)
    shaken = [(T0_NS + a * NS_PER_S, T0_NS + b * NS_PER_S) for a, b in ((59, 61), (2000, 2002))]
    told = [replace(one, shaken=within(one.chunk, shaken)) for one in chunks(acc, gyr, size=1000)]
    with store.writer() as writer:
        writer.write([START, *told[:200]])
        before = shaken_between(store)
        writer.write([*told[200:], RecordingEnd("end")])
    whole = shaken_between(store)
    erase_raw(store.path, None, T0_NS + 60 * NS_PER_S, T0_NS + 100 * NS_PER_S)

    assert before == shaken[:1]
    assert whole == shaken
    assert shaken_between(store) == [(shaken[0][0], T0_NS + 60 * NS_PER_S), shaken[1]]


def test_samples_of_before_that_was_kept_are_read(store: Store) -> None:
    acc, gyr = counted(1000)
    with store.writer() as writer:
        writer.write([START, *chunks(acc, gyr), RecordingEnd("end")])
    [path] = files(store)
    table = pyarrow.parquet.read_table(path)
    said = json.loads(table.schema.metadata[b"backwatch"])
    for block in said["blocks"]:
        del block["shaken"]
    older = table.replace_schema_metadata({"backwatch": json.dumps(said | {"format": 2})})
    pyarrow.parquet.write_table(older, path)

    assert np.array_equal(columns(kept(store), "acc_mps2"), acc)
    assert shaken_between(store) == []


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_bridged_and_saturated_samples_come_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    store = Store(tmp_path_factory.mktemp("raw") / "backwatch.db", UTC)
    acc, gyr = counted(14_000)
    marks = np.zeros(len(acc), np.uint8)
    for start in data.draw(st.lists(st.integers(1, 13_900), max_size=30)):
        stop = start + data.draw(st.integers(1, 20))
        if marks[start - 1 : stop + 1].any():
            continue
        for values in (acc, gyr):
            values[start:stop] = bridge(values[start - 1], values[stop], stop - start)
        marks[start:stop] = Origin.BRIDGED
        marks[stop] = Origin.SATURATED
    with store.writer() as writer:
        writer.write([START, *chunks(acc, gyr, origin=marks, size=data.draw(st.integers(7, 700)))])

    found = kept(store)

    assert np.array_equal(columns(found, "origin"), marks)
    assert np.array_equal(columns(found, "acc_mps2"), acc)
    assert np.array_equal(columns(found, "gyr_radps"), gyr)


def test_a_simulated_hour_takes_less_than_four_and_a_half_bytes_a_sample(store: Store) -> None:
    blocks = list(
        simulate("desk_day", seconds=900.0, seed=1, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    acc, gyr = (
        np.rint(np.concatenate([getattr(b, name) for b in blocks]) / step) * step
        for name, step in (("acc_mps2", ACC_STEP), ("gyr_radps", GYR_STEP))
    )
    with store.writer() as writer:
        writer.write([START, *chunks(acc, gyr)])
    [path] = files(store)

    assert path.stat().st_size / len(acc) < 4.5


def test_an_hour_is_one_file_and_the_next_hour_another(store: Store) -> None:
    n = int(RATE_HZ * 60 * 50)  # 14:20 to 15:10
    acc, gyr = counted(n)
    writer = store.writer()
    for i in range(0, n, 6000):
        part = slice(i, i + 6000)
        writer.write([START] if i == 0 else [])
        writer.write(chunks(acc[part], gyr[part], first=i, size=1000))
    during = len(files(store))
    writer.close()

    assert during == 1 + 10
    assert [path.name[:11] for path in files(store)] == ["20260921T14", "20260921T15"]
    assert raw_hours(store.path) == [T0_NS - 1200 * NS_PER_S, T0_NS + 2400 * NS_PER_S]
    assert np.array_equal(columns(kept(store), "acc_mps2"), acc)
    assert len(columns(kept(store, 0, T0_NS), "acc_mps2")) == 40 * 6000


def test_what_is_kept_is_private(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, *chunks(*counted(100))])

    assert stat.S_IMODE(raw_folder(store.path).stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(store)} == {0o600}


def test_segments_mountings_and_recordings_stay_apart(store: Store) -> None:
    acc, gyr = counted(900)
    other = Mounting((0, 1, 0, 1, 0, 0, 0, 0, -1), forward_known=False, source="found")
    later = Segment(1, T0_NS + 60 * NS_PER_S, 99.5, TimeDoubt.DRIFT)
    with store.writer() as writer:
        writer.write([START, *chunks(acc[:300], gyr[:300])])
        writer.write(chunks(acc[300:600], gyr[300:600], first=300, mounting=other))
        writer.write([RecordingEnd("lost"), RecordingStart(T0_NS, "CC:DD", "x", True, "axes")])
        writer.write(chunks(acc[600:], gyr[600:], segment=later))

    real, simulated = kept(store), kept(store, simulated=True)

    assert [(s.samples.chunk.first, s.samples.mounting) for s in real] == [
        (0, MOUNTING),
        (300, other),
    ]
    assert [(s.samples.chunk.segment, s.origin.address) for s in simulated] == [(later, "CC:DD")]
    assert np.array_equal(columns([*real, *simulated], "acc_mps2"), acc)


KILLED = """
    import os, sys
    sys.path.insert(0, {root!r})
    from pathlib import Path
    from tests.store.test_raw import START, chunks, counted
    from monitor.store import Store
    store = Store(Path({path!r}))
    writer = store.writer()
    writer.write([START])
    acc, gyr = counted(20_000)
    for i in range(0, len(acc), 500):
        writer.write(chunks(acc[i:i + 500], gyr[i:i + 500], first=i, size=500))
        print(i + 500, flush=True)
    os.kill(os.getpid(), {number})
"""


def test_a_killed_process_loses_at_most_a_minute_and_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "backwatch.db"
    code = textwrap.dedent(
        KILLED.format(root=str(Path(__file__).parents[2]), path=str(path), number=signal.SIGKILL)
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    acc, _ = counted(20_000)

    assert done.returncode == -signal.SIGKILL, done.stderr
    store = Store(path)
    before = columns(kept(store), "acc_mps2")
    assert len(acc) - len(before) <= 60 * RATE_HZ
    assert np.array_equal(before, acc[: len(before)])
    with store.writer() as writer:  # whose first samples put the parts together
        writer.write([START, *chunks(acc[:10], acc[:10], first=0)])
    assert len(files(store)) == 2
    assert np.array_equal(columns(kept(store), "acc_mps2")[: len(before)], before)


def test_parts_that_are_in_an_hour_already_count_once(store: Store) -> None:
    """The process was killed after the hour was put together and before its parts were deleted."""
    acc, gyr = counted(18_000)
    writer = store.writer()
    writer.write([START, *chunks(acc, gyr)])
    parts = {path: path.read_bytes() for path in files(store)}
    writer.close()
    for path, content in parts.items():
        path.write_bytes(content)
    half = raw_folder(store.path) / "20260921T14-1-000000-000000.tmp"
    half.write_bytes(b"PAR1")

    assert len(parts) == 3
    assert np.array_equal(columns(kept(store), "acc_mps2"), acc)
    with store.writer() as again:
        again.write([START, *chunks(acc[:10], gyr[:10])])
    assert len(files(store)) == 2
    assert np.array_equal(columns(kept(store), "acc_mps2")[:-10], acc)


def test_old_hours_are_erased_and_the_others_left(store: Store) -> None:
    acc, gyr = counted(600)
    with store.writer() as writer:
        writer.write([START])
        for hour in range(3):
            segment = Segment(hour, T0_NS + hour * HOUR_NS, RATE_HZ)
            writer.write(chunks(acc, gyr, segment=segment))
        writer.write([RecordingEnd("end")])
        writer.forget(details_before_ns=0, summaries_before_ns=0, raw_before_ns=T0_NS + 2 * HOUR_NS)

    assert [path.name[:11] for path in files(store)] == ["20260921T16"]


def test_what_surrounds_a_spasm_stays_when_other_samples_go(store: Store) -> None:
    acc, gyr = counted(600)
    journal = store.journal()
    with store.writer() as writer:
        writer.write([START])
        for hour in range(4):
            segment = Segment(hour, T0_NS + hour * HOUR_NS, RATE_HZ)
            writer.write(chunks(acc, gyr, segment=segment))
        writer.write([RecordingEnd("end")])
        journal.add_check_in(CheckIn(T0_NS + HOUR_NS + 2000 * NS_PER_S, spasm=True))  # 15:53:20
        journal.add_check_in(CheckIn(T0_NS, pain=5))
        writer.forget(details_before_ns=0, summaries_before_ns=0, raw_before_ns=2**62)
    journal.close()

    assert [path.name[:11] for path in files(store)] == ["20260921T15", "20260921T16"]


def test_a_spoilt_file_is_named_and_does_not_keep_anyone_from_recording(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, *chunks(*counted(100))])
    [path] = files(store)
    path.write_bytes(b"PAR1 and nothing else PAR1")

    with pytest.raises(StoreError, match=rf"{path.name}: the samples cannot be read"):
        kept(store)
    with store.writer() as writer:
        writer.write([START, *chunks(*counted(100))])


def test_files_of_others_in_the_folder_are_left_alone(store: Store) -> None:
    raw_folder(store.path).mkdir()
    stranger = raw_folder(store.path) / "notes.parquet"
    stranger.write_text("mine")
    with store.writer() as writer:
        writer.write([START, *chunks(*counted(100)), RecordingEnd("end")])
        writer.forget(details_before_ns=0, summaries_before_ns=0, raw_before_ns=2**62)

    assert files(store)[-1].read_text() == "mine"
    assert len(files(store)) == 1


def test_spans_and_samples_are_written_by_the_same_write(store: Store) -> None:
    with store.writer() as writer:
        writer.write([START, Covered(T0_NS, T0_NS + NS_PER_S, RATE_HZ), *chunks(*counted(100))])
    queries = store.queries()

    assert [r.stop_ns for r in queries.recordings()] == [T0_NS + NS_PER_S]
    assert len(columns(kept(store), "acc_mps2")) == 100
    queries.close()
