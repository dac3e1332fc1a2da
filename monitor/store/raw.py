"""Samples kept as they came, in one Parquet file a recording hour, and read again to the bit.

Columns are int16 counts, DELTA_BINARY_PACKED and zstd: about 4.3 bytes a sample of six axes.
The step of the counts is found from the samples themselves, and used only where counts times
step give every value back exactly; other makes of sensor keep float64. Interpolated samples are
not stored but marked, and interpolated again.

While an hour lasts, each minute is a part of its own, written beside and renamed into place;
then its parts become one file. A killed process loses the minute it had not written, and leaves
nothing half-written under a name that counts.
"""

import json
import math
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from monitor.model import NS_PER_S, Mounting, Origin, SampleChunk, Segment, TimeDoubt
from monitor.store.errors import StoreError
from monitor.timebase.bridge import bridge

if TYPE_CHECKING:
    import pyarrow as pa

# 1: whether times are trusted, not why; 2: not when the sensor shook itself
FORMAT = 3
PART_S = 60.0  # s; the most that a killed process loses. Ours
HOUR_NS = 3600 * NS_PER_S
CHUNK = 8_000  # samples a chunk when read; one whole array costs twice the time
G_MPS2 = (9.80665, 9.81)  # m/s^2; standard gravity, and what Capture2Go takes for it
ACC_RANGES_G = (32, 16, 8, 4, 2)
GYR_RANGES_DPS = (4000, 2000, 1000, 500, 250, 125)
FULL_SCALE = 32_768  # counts
ACC_STEPS = tuple(g * G / FULL_SCALE for g in ACC_RANGES_G for G in G_MPS2)
GYR_STEPS = tuple(math.radians(dps) / FULL_SCALE for dps in GYR_RANGES_DPS)
AXES = ("ax", "ay", "az", "gx", "gy", "gz")

Floats = NDArray[np.float64]
Stretches = tuple[tuple[int, int], ...]  # [start, stop) [ns since the epoch, UTC]


@dataclass(frozen=True, slots=True, eq=False)
class RawSamples:
    """Samples on their way into the store, and how they were read.

    Attributes:
        mounting: with which.
        shaken: stretches in which the sensor shook itself, and they were not believed.
    """

    chunk: SampleChunk
    mounting: Mounting
    shaken: Stretches = ()


def within(chunk: SampleChunk, stretches: Iterable[tuple[int, int]]) -> Stretches:
    """Parts of stretches that lie in the time of a chunk, ascending, what touches made one."""
    segment = chunk.segment
    edges = (segment.time_ns(chunk.first), segment.time_ns(chunk.first + len(chunk)))
    return _cut_to(edges, stretches)


def _cut_to(edges: tuple[int, int], stretches: Iterable[tuple[int, int]]) -> Stretches:
    found: list[tuple[int, int]] = []
    for start_ns, stop_ns in sorted(stretches):
        first, last = max(start_ns, edges[0]), min(stop_ns, edges[1])
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RawOrigin:
    """Whose samples they are.

    Attributes:
        run_ns: when the process that recorded them began [ns since the epoch, UTC]; what it
            remembered from one connection to the next ended with it.
        connected_ns: when the connection began.
        simulated: nobody wore the sensor.
        recording_id: of the recording they belong to; 0 in files of before there were several
            sensors at once.
        counts: the day was counted from them.
        placement: where on the trunk the sensor was read as; empty where nobody wrote that down.
    """

    run_ns: int
    connected_ns: int
    address: str
    simulated: bool
    recording_id: int = 0
    counts: bool = True
    placement: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSamples:
    """Samples out of the store."""

    origin: RawOrigin
    samples: RawSamples


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of one segment, one mounting and one step, without a gap in their numbers.

    `acc_step` and `gyr_step` are None where values are stored as they are, and `gyr_step`
    is nought where there is no gyroscope.
    """

    rows: int
    first: int
    segment: Segment
    mounting: Mounting
    origin: RawOrigin
    acc_step: float | None
    gyr_step: float | None
    shaken: Stretches = ()

    def continues(self, other: "_Block") -> bool:
        alike = replace(self, rows=other.rows, first=other.first, shaken=other.shaken)
        return alike == other and other.first + other.rows == self.first

    def part(self, first: int, stop: int) -> "_Block":
        """Its rows `[first, stop)`."""
        edges = tuple(self.segment.time_ns(self.first + row) for row in (first, stop))
        return replace(
            self,
            rows=stop - first,
            first=self.first + first,
            shaken=_cut_to((edges[0], edges[1]), self.shaken),
        )


@dataclass(frozen=True, slots=True, order=True)
class _Name:
    """A file: parts `first` to `last` of an hour of a run."""

    run_ns: int
    first: int
    last: int
    hour: int

    @property
    def text(self) -> str:
        stamp = datetime.fromtimestamp(self.hour * 3600, UTC).strftime("%Y%m%dT%H")
        return f"{stamp}-{self.run_ns}-{self.first:06d}-{self.last:06d}.parquet"

    @classmethod
    def parse(cls, path: Path) -> Self | None:
        try:
            stamp, run, first, last = path.name.removesuffix(".parquet").split("-")
            at = datetime.strptime(stamp, "%Y%m%dT%H").replace(tzinfo=UTC)
            found = cls(int(run), int(first), int(last), round(at.timestamp()) // 3600)
        except ValueError:
            return None
        return found if found.text == path.name else None

    def holds(self, other: "_Name") -> bool:
        return (
            self.run_ns == other.run_ns
            and self.first <= other.first
            and other.last <= self.last
            and self != other
        )


def raw_folder(database: Path) -> Path:
    """Where the samples of a database are kept: beside it."""
    return database.with_name(database.name + ".raw")


@dataclass(slots=True)
class _Open:
    """What the next part will hold."""

    origin: RawOrigin
    hour: int
    chunks: list[RawSamples] = field(default_factory=list)
    seconds: float = 0.0


class RawWriter:
    """The one writer of a folder of samples; use it from one thread at a time.

    The folder is made and touched with the first samples. Parts that a killed process left are
    put together then.
    """

    def __init__(self, folder: Path, run_ns: int) -> None:
        self._folder = folder
        self._run_ns = run_ns
        self._open: _Open | None = None
        self._number = 0
        self._hour: int | None = None  # of the last part

    def push(
        self,
        samples: RawSamples,
        *,
        connected_ns: int,
        address: str,
        simulated: bool,
        recording_id: int = 0,
        counts: bool = True,
        placement: str = "",
    ) -> None:
        """Take samples; they are safe at most a minute of data later."""
        chunk = samples.chunk
        origin = RawOrigin(
            self._run_ns, connected_ns, address, simulated, recording_id, counts, placement
        )
        hour = chunk.segment.time_ns(chunk.first) // HOUR_NS
        opened = self._open
        if opened is not None and (opened.origin != origin or opened.hour != hour):
            self.flush()
        if self._open is None:
            self._open = _Open(origin, hour)
        self._open.chunks.append(samples)
        self._open.seconds += len(chunk) / chunk.segment.rate_hz
        if self._open.seconds >= PART_S:
            self.flush()

    def flush(self) -> None:
        """Write what has been taken."""
        opened, self._open = self._open, None
        if opened is None:
            return
        if self._hour is None:
            self._move_in()
        if self._hour != opened.hour:
            self._put_together()
        self._hour = opened.hour
        for kind, group in groupby(_blocks(opened), key=lambda block: block[0].acc_step is None):
            blocks = list(group)
            name = _Name(self._run_ns, self._number, self._number, opened.hour)
            self._number += 1
            tables = [_table(values, origin, as_they_are=kind) for _, values, origin in blocks]
            _write(self._folder / name.text, [block for block, *_ in blocks], tables)

    def forget(self, before_ns: int, kept: Collection[int] = ()) -> None:
        """Delete the files of all hours that ended before an instant, but for those to keep.

        Args:
            kept: hours since the epoch.
        """
        for name in _names(self._folder):
            if (name.hour + 1) * HOUR_NS <= before_ns and name.hour not in kept:
                (self._folder / name.text).unlink(missing_ok=True)

    def close(self) -> None:
        """Write what is left, and put parts together; may be called again."""
        self.flush()
        if self._hour is not None:
            self._put_together()
            self._hour = None

    def _move_in(self) -> None:
        """Make the folder, and clear what a killed process left half-written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        for leftover in self._folder.glob("*.tmp"):
            leftover.unlink()

    def _put_together(self) -> None:
        """Make one file of the parts of each hour, and delete what another file holds."""
        names = _names(self._folder)
        for name in names:
            if any(other.holds(name) for other in names):
                (self._folder / name.text).unlink()
        kept = [name for name in names if not any(other.holds(name) for other in names)]
        for _, group in groupby(kept, key=lambda name: (name.run_ns, name.hour)):
            for together in _consecutive(list(group)):
                if len(together) > 1:
                    with suppress(StoreError):  # left as it is; whoever reads it will be told
                        self._merge(together)

    def _merge(self, names: list[_Name]) -> None:
        parts = [_read(self._folder / name.text) for name in names]
        for _, group in groupby(
            zip(names, parts, strict=True), key=lambda part: part[1][1].schema.field("ax").type
        ):
            same = list(group)
            if len(same) < 2:
                continue
            first, last = same[0][0], same[-1][0]
            blocks = _joined(block for _, (blocks, _) in same for block in blocks)
            whole = replace(first, last=last.last)
            _write(self._folder / whole.text, blocks, [table for _, (_, table) in same])
            for name, _ in same:
                (self._folder / name.text).unlink()


def read_raw(
    database: Path, start_ns: int, stop_ns: int, *, simulated: bool, counts: bool = True
) -> Iterator[StoredSamples]:
    """The samples of all hours that touch a stretch, run by run, in the order they came.

    Args:
        counts: those the day was counted from; False gives those of sensors worn beside, each
            with its `origin.recording_id`.

    Raises:
        StoreError: a file cannot be read; the message says which.
    """
    folder = raw_folder(database)
    last: Floats | None = None
    after: tuple[Segment, int] | None = None
    for name in _wanted(folder, start_ns, stop_ns):
        blocks, table = _read(folder / name.text)
        row = 0
        for block in blocks:
            part = table.slice(row, block.rows)
            row += block.rows
            if (block.origin.simulated, block.origin.counts) != (simulated, counts):
                continue
            unbroken = after == (block.segment, block.first)
            values, origin = _values(block, part, last if unbroken else None)
            last, after = values[-1], (block.segment, block.first + block.rows)
            for start in range(0, block.rows, CHUNK):
                stop = min(start + CHUNK, block.rows)
                chunk = SampleChunk(
                    block.segment,
                    block.first + start,
                    np.ascontiguousarray(values[start:stop, :3]),
                    np.ascontiguousarray(values[start:stop, 3:]),
                    origin[start:stop].copy(),
                )
                shaken = within(chunk, block.shaken)
                yield StoredSamples(block.origin, RawSamples(chunk, block.mounting, shaken))


def raw_mountings(
    database: Path, start_ns: int, stop_ns: int, *, simulated: bool
) -> dict[int, set[Mounting]]:
    """The mountings of each run whose samples `read_raw` gives unasked, by `run_ns`."""
    found: dict[int, set[Mounting]] = {}
    for name in _wanted(raw_folder(database), start_ns, stop_ns):
        for block in _read(raw_folder(database) / name.text, rows=False)[0]:
            if block.origin.simulated == simulated and block.origin.counts:
                found.setdefault(block.origin.run_ns, set()).add(block.mounting)
    return found


@dataclass(frozen=True, slots=True)
class RawKept:
    """Samples that are kept of one recording.

    Attributes:
        start_ns, stop_ns: from the first to the end of the last [ns since the epoch, UTC].
        samples: how many.
        size: what they take on the disk [bytes]; of a file shared with others, its share.
        mountings: all that they were read with.
    """

    origin: RawOrigin
    start_ns: int
    stop_ns: int
    samples: int
    size: int
    mountings: frozenset[Mounting]


def raw_kept(database: Path) -> list[RawKept]:
    """What is kept of each recording; only the heads of files are read.

    Raises:
        StoreError: a file cannot be read; the message says which.
    """
    folder = raw_folder(database)
    found: dict[RawOrigin, RawKept] = {}
    for name in _wanted(folder, 0, 2**63):
        path = folder / name.text
        try:
            stat = path.stat()
        except FileNotFoundError:  # put together with others meanwhile
            continue
        size = stat.st_size
        blocks = _head(path, stat.st_mtime_ns, size)
        total = sum(block.rows for block in blocks)
        for block in blocks:
            segment, origin = block.segment, block.origin
            start_ns = segment.time_ns(block.first)
            stop_ns = segment.time_ns(block.first + block.rows)
            kept = found.get(origin, RawKept(origin, start_ns, stop_ns, 0, 0, frozenset()))
            found[origin] = RawKept(
                origin,
                min(kept.start_ns, start_ns),
                max(kept.stop_ns, stop_ns),
                kept.samples + block.rows,
                kept.size + size * block.rows // max(1, total),
                kept.mountings | {block.mounting},
            )
    return list(found.values())


def erase_raw(database: Path, address: str | None, start_ns: int, stop_ns: int) -> None:
    """Delete the samples of one sensor, or of all, in a stretch; cut short, may be done again.

    Raises:
        StoreError: a file cannot be read; those before it are done.
    """
    folder = raw_folder(database)
    for name in _names(folder):
        if (name.hour + 1) * HOUR_NS <= start_ns or name.hour * HOUR_NS >= stop_ns:
            continue
        blocks, table = _read(folder / name.text)
        kept: list[tuple[_Block, pa.Table]] = []
        row = 0
        for block in blocks:
            part = table.slice(row, block.rows)
            row += block.rows
            bounds = (0, 0, 0, block.rows)
            if address in (None, block.origin.address):
                bounds = (0, _row_at(block, start_ns), _row_at(block, stop_ns), block.rows)
            for first, stop in (bounds[:2], bounds[2:]):
                if stop > first:
                    kept.append((block.part(first, stop), part.slice(first, stop - first)))
        if not kept:
            (folder / name.text).unlink()
        elif [block for block, _ in kept] != blocks:
            _write(folder / name.text, [block for block, _ in kept], [part for _, part in kept])


def _row_at(block: _Block, at_ns: int) -> int:
    """The first row of a block at or after an instant."""
    rows = (at_ns - block.segment.t0_ns) * block.segment.rate_hz / NS_PER_S - block.first
    return min(block.rows, max(0, math.ceil(rows)))


def raw_hours(database: Path) -> list[int]:
    """Beginnings of the hours of which samples are kept, ascending [ns since the epoch, UTC]."""
    return sorted({name.hour * HOUR_NS for name in _names(raw_folder(database))})


def _names(folder: Path) -> list[_Name]:
    """The files of a folder in the order they were written."""
    if not folder.is_dir():
        return []
    return sorted(name for path in folder.iterdir() if (name := _Name.parse(path)) is not None)


def _wanted(folder: Path, start_ns: int, stop_ns: int) -> list[_Name]:
    """The files of the hours that touch a stretch, each sample in one of them."""
    names = _names(folder)
    return [
        name
        for name in names
        if (name.hour + 1) * HOUR_NS > start_ns
        and name.hour * HOUR_NS < stop_ns
        and not any(other.holds(name) for other in names)
    ]


def _consecutive(names: list[_Name]) -> Iterator[list[_Name]]:
    run: list[_Name] = []
    for name in names:
        if run and name.first != run[-1].last + 1:
            yield run
            run = []
        run.append(name)
    if run:
        yield run


def _blocks(opened: _Open) -> Iterator[tuple[_Block, Floats, NDArray[np.uint8]]]:
    """Blocks of what was taken: counts or values, shape (n, 6), and origins, shape (n,)."""
    run: list[RawSamples] = []
    for samples in opened.chunks:
        if run and not _follows(run[-1], samples):
            yield _block(opened.origin, run)
            run = []
        run.append(samples)
    yield _block(opened.origin, run)


def _follows(before: RawSamples, after: RawSamples) -> bool:
    return (
        before.mounting == after.mounting
        and before.chunk.segment == after.chunk.segment
        and before.chunk.first + len(before.chunk) == after.chunk.first
    )


def _block(origin: RawOrigin, run: list[RawSamples]) -> tuple[_Block, Floats, NDArray[np.uint8]]:
    acc = np.concatenate([samples.chunk.acc_mps2 for samples in run])
    gyr = np.concatenate([samples.chunk.gyr_radps for samples in run])
    marks = np.concatenate([samples.chunk.origin for samples in run])
    measured = marks != Origin.BRIDGED
    acc_step = _step(acc[measured], ACC_STEPS)
    gyr_step = 0.0 if np.isnan(gyr).all() else _step(gyr[measured], GYR_STEPS)
    first = run[0].chunk
    edges = (first.segment.time_ns(first.first), first.segment.time_ns(first.first + len(acc)))
    shaken = _cut_to(edges, (one for samples in run for one in samples.shaken))
    block = _Block(
        len(acc), first.first, first.segment, run[0].mounting, origin, acc_step, gyr_step, shaken
    )
    if acc_step is None or gyr_step is None:
        return (
            replace(block, acc_step=None, gyr_step=None),
            np.concatenate([acc, gyr], axis=1),
            marks,
        )
    counts = np.zeros((len(acc), 6))
    counts[measured, :3] = np.rint(acc[measured] / acc_step)
    if gyr_step:
        counts[measured, 3:] = np.rint(gyr[measured] / gyr_step)
    return block, counts, marks


def _step(values: Floats, steps: Iterable[float]) -> float | None:
    """The coarsest step of which all values are whole multiples, exactly; None: of none."""
    for step in steps:
        counts = np.rint(values / step)
        if (np.abs(counts + 0.5) <= FULL_SCALE).all() and (counts * step == values).all():
            return step
    return None


def _values(
    block: _Block, table: "pa.Table", before: Floats | None
) -> tuple[Floats, NDArray[np.uint8]]:
    """SI values, shape (n, 6), and origins of a block; `before` is the sample ahead of it."""
    values = np.stack([table[name].to_numpy().astype(np.float64) for name in AXES], axis=1)
    marks = table["origin"].to_numpy().astype(np.uint8)
    if block.acc_step is None or block.gyr_step is None:
        return values, marks
    values[:, :3] *= block.acc_step
    values[:, 3:] *= block.gyr_step if block.gyr_step else math.nan
    bridged = np.flatnonzero(np.diff(marks == Origin.BRIDGED, prepend=False, append=False))
    for start, stop in bridged.reshape(-1, 2):
        # A block begins or ends amid interpolated samples only where its neighbour was erased.
        ahead = values[start - 1] if start else before
        behind = values[stop] if stop < len(values) else ahead
        known = behind if ahead is None else ahead
        if known is not None and behind is not None:
            values[start:stop] = bridge(known, behind, int(stop - start))
    return values, marks


def _joined(blocks: Iterable[_Block]) -> list[_Block]:
    out: list[_Block] = []
    for block in blocks:
        if out and block.continues(out[-1]):
            last = out[-1]
            out[-1] = replace(
                last, rows=last.rows + block.rows, shaken=_together(last.shaken, block.shaken)
            )
        else:
            out.append(block)
    return out


def _together(before: Stretches, after: Stretches) -> Stretches:
    if not before or not after:
        return before or after
    return _cut_to((before[0][0], after[-1][1]), (*before, *after))


def _table(values: Floats, marks: NDArray[np.uint8], *, as_they_are: bool) -> "pa.Table":
    import pyarrow as pa

    kind = np.float64 if as_they_are else np.int16
    columns = {name: pa.array(values[:, i].astype(kind)) for i, name in enumerate(AXES)}
    return pa.table({**columns, "origin": pa.array(marks)})


def _write(path: Path, blocks: list[_Block], tables: list["pa.Table"]) -> None:
    """Write a file so that it is there whole, or not at all."""
    import pyarrow as pa
    import pyarrow.parquet

    table = pa.concat_tables(tables)
    floats = table.schema.field("ax").type == pa.float64()
    encoding = "BYTE_STREAM_SPLIT" if floats else "DELTA_BINARY_PACKED"
    said = json.dumps({"format": FORMAT, "blocks": [asdict(block) for block in blocks]})
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        pyarrow.parquet.write_table(
            table.replace_schema_metadata({"backwatch": said}),
            file,
            compression="zstd",
            compression_level=6,
            use_dictionary=["origin"],
            column_encoding=dict.fromkeys(AXES, encoding),
            write_statistics=False,
        )
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    with suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@lru_cache(maxsize=512)  # two weeks of hours and more; whoever lists them asks again and again
def _head(path: Path, _mtime_ns: int, _size: int) -> tuple[_Block, ...]:
    return tuple(_read(path, rows=False)[0])


def _read(path: Path, *, rows: bool = True) -> tuple[list[_Block], "pa.Table"]:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        table = file.read() if rows else file.schema_arrow.empty_table()
        said = json.loads((file.schema_arrow.metadata or {})[b"backwatch"])
        if said["format"] not in range(1, FORMAT + 1):
            raise StoreError(
                path, f"samples of a newer format ({said['format']})", "Update Backwatch"
            )
        blocks = [_block_from(block) for block in said["blocks"]]
        if sum(block.rows for block in blocks) != file.metadata.num_rows:
            raise ValueError("rows are missing")
    except FileNotFoundError as error:
        raise StoreError(
            path, "it was put together with others while it was read", "Try again"
        ) from error
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise StoreError(
            path, f"the samples cannot be read ({error})", "Move the file away; the rest is whole"
        ) from error
    return blocks, table


def _segment_from(plain: dict[str, Any]) -> Segment:
    if "time_trusted" in plain:  # format 1 did not say why
        doubt = TimeDoubt.NONE if plain["time_trusted"] else TimeDoubt.COUNTED
        return Segment(plain["id"], plain["t0_ns"], plain["rate_hz"], doubt)
    return Segment(**{**plain, "doubt": TimeDoubt(plain["doubt"])})


def _block_from(plain: dict[str, Any]) -> _Block:
    mounting = plain["mounting"]
    return _Block(
        **{
            **plain,
            "segment": _segment_from(plain["segment"]),
            "mounting": Mounting(
                **{**mounting, "body_from_sensor": tuple(mounting["body_from_sensor"])}
            ),
            "origin": RawOrigin(**plain["origin"]),
            "shaken": tuple((start, stop) for start, stop in plain.get("shaken", ())),
        }
    )
