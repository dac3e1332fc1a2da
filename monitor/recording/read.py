"""Parquet and CSV with `time ax ay az [gx gy gz]` to uniform samples; see docs/recordings.md."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from monitor.model import NS_PER_S, Origin, SampleChunk, Segment, SegmentEnd, TimeDoubt
from monitor.recording.turns import Turns
from monitor.timebase import Params as TimebaseParams

CHUNK = 16_000  # samples; half as many cost a tenth more, one whole array twice. Measured
BATCH = 65_536  # rows; read and checked at a time. Ours
HELD_ROWS = 500_000  # rows; longer Parquet files are read piece by piece, 48 bytes a row. Ours
LONGEST_BRIDGE_S = TimebaseParams().bridge_s  # s; longer gaps end the segment, as on the live path
JITTER = 0.25  # of a period; time stamps that stray more often than rarely are quantised stamps
JITTERY_SHARE = 0.05  # of rows beyond JITTER that make a file jittery. Ours
PIECE_GAP_S = 1.0  # s; put between pieces whose clocks restart
SLOWEST_HZ, FASTEST_HZ = 5.0, 2000.0  # outside these the unit of `time` is not seconds
ACC_COLUMNS = ("ax", "ay", "az")
GYR_COLUMNS = ("gx", "gy", "gz")
PIECE_COLUMNS = ("session", "subject", "code", "activity", "trial", "clip", "sensor")
PLAUSIBLE_MPS2 = (3.0, 30.0)  # m/s^2; median |a| outside these is some other unit
FARTHEST_S = 9e9  # s from zero; nanoseconds since then must fit 63 bits, and stamps need resolution
STRONGEST_MPS2 = 1e5  # m/s^2; glitches of real sensors reach 2,800 (UMAFall, s13), nonsense 1e38
FASTEST_RADPS = 70.0  # rad/s; 4000 deg/s, beyond what a worn sensor measures
ACC_UNITS = {"m/s2": 1.0, "g": 9.80665}  # to m/s^2
GYR_UNITS = {"rad/s": 1.0, "deg/s": math.pi / 180.0}  # to rad/s


Floats = NDArray[np.float64]


class RecordingError(ValueError):
    """The file cannot be read as motion; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Units:
    """What the columns of a file are in: of ACC_UNITS and GYR_UNITS.

    None is m/s^2 and rad/s, which is then checked against the data as far as that goes.
    """

    acc: str | None = None
    gyr: str | None = None

    def scales(self) -> dict[str, float]:
        """By what to multiply each column."""
        acc, gyr = ACC_UNITS[self.acc or "m/s2"], GYR_UNITS[self.gyr or "rad/s"]
        return dict.fromkeys(ACC_COLUMNS, acc) | dict.fromkeys(GYR_COLUMNS, gyr)


class Piece:
    """A stretch of one file with a clock of its own.

    Attributes:
        label: what sets it apart, e.g. "code=D01 trial=R01"; empty for a whole file.
        offset_s: what was added to the file's time so that pieces follow one another.
        time_s: time of each row, offset included, shape (n,).
    """

    def __init__(
        self,
        label: str,
        offset_s: float,
        time_s: Floats,
        acc_mps2: Floats | Column,
        gyr_radps: Floats | Column,
    ) -> None:
        """`acc_mps2`, `gyr_radps`: shape (n, 3); gyr all NaN where there is none."""
        self.label = label
        self.offset_s = offset_s
        self.time_s = time_s
        self._acc, self._gyr = acc_mps2, gyr_radps

    @property
    def acc_mps2(self) -> Floats:
        """All rows, shape (n, 3); of a long file, `samples` and `acc` need far less memory."""
        if isinstance(self._acc, Column):
            self._acc = self._acc[:]
        return self._acc

    @property
    def gyr_radps(self) -> Floats:
        """All rows, shape (n, 3); all NaN where there is no gyroscope."""
        if isinstance(self._gyr, Column):
            self._gyr = self._gyr[:]
        return self._gyr

    @property
    def acc(self) -> Floats | Column:
        """`acc_mps2`, to take slices of; a long file is then read without its gyroscope."""
        return self._acc.alone() if isinstance(self._acc, Column) else self._acc

    @cached_property
    def has_gyro(self) -> bool:
        return not any(bool(np.isnan(part).any()) for _, part in _blocks(self._gyr))

    @property
    def rate_hz(self) -> float:
        """Rows a second, gaps apart."""
        return 1.0 / self._period_s

    def samples(self, chunk: int = CHUNK) -> Iterator[SampleChunk | SegmentEnd]:
        """Uniform samples in chunks, one segment an unbroken run, each with its end."""
        for number, (start, stop) in enumerate(self._runs()):
            yield from self._run(number, start, stop, chunk)

    @cached_property
    def _period_s(self) -> float:
        steps, filled = np.empty(len(self.time_s)), 0
        for start in range(0, len(self.time_s), BATCH):
            part = np.diff(self.time_s[start : start + BATCH + 1])
            part = part[part > 0]
            steps[filled : filled + len(part)] = part
            filled += len(part)
        return float(np.median(steps[:filled], overwrite_input=True))

    def _runs(self) -> list[tuple[int, int]]:
        """Row ranges with no gap longer than can be bridged."""
        breaks = np.flatnonzero(np.diff(self.time_s) > LONGEST_BRIDGE_S + self._period_s) + 1
        edges = [0, *breaks.tolist(), len(self.time_s)]
        return [(a, b) for a, b in itertools.pairwise(edges) if b - a >= 2]

    def _run(
        self, number: int, start: int, stop: int, chunk: int
    ) -> Iterator[SampleChunk | SegmentEnd]:
        time_s = self.time_s[start:stop]
        span_s = float(time_s[-1] - time_s[0])
        missing = _missing(time_s, self._period_s)
        count = stop - start + int(missing.sum())
        rate_hz = (count - 1) / span_s
        segment = Segment(number, round(float(time_s[0]) * NS_PER_S), rate_hz, TimeDoubt.FILE)
        at = None
        if missing.any():
            at = np.concatenate([[0], np.cumsum(missing, dtype=np.int64)])
            at += np.arange(len(at))
        for first in range(0, count, chunk):
            last = min(first + chunk, count)
            if at is None:
                part = slice(start + first, start + last)
                acc, gyr = self._acc[part], self._gyr[part]
                origin = np.zeros(last - first, np.uint8)
            else:
                acc, gyr, origin = self._bridged(start, at, first, last)
            yield SampleChunk(segment, first, acc, gyr, origin)
        yield SegmentEnd(segment, count, "end of the run")

    def _bridged(
        self, start: int, at: NDArray[np.int64], first: int, last: int
    ) -> tuple[Floats, Floats, NDArray[np.uint8]]:
        """Samples `[first, last)` of a run from row `start`, whose rows are samples `at`."""
        a = int(np.searchsorted(at, first, side="right")) - 1
        b = int(np.searchsorted(at, last - 1, side="left")) + 1
        rows, known = slice(start + a, start + b), at[a:b]
        grid = np.arange(first, last)
        origin = np.full(len(grid), Origin.BRIDGED, np.uint8)
        origin[known[(known >= first) & (known < last)] - first] = Origin.MEASURED

        def fill(values: Floats) -> Floats:
            return np.stack([np.interp(grid, known, values[:, axis]) for axis in range(3)], axis=1)

        return fill(self._acc[rows]), fill(self._gyr[rows]), origin


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One file: its pieces in order.

    Attributes:
        doubt: what is odd about its gyroscope; empty where nothing is.
    """

    path: Path
    pieces: list[Piece]
    doubt: str = ""


def read_recording(path: Path, units: Units | None = None) -> Recording:
    """Read a file of motion, or raise RecordingError with what is wrong and where."""
    units = units or Units()
    source = _source(path, units)
    for name in ("time", *ACC_COLUMNS):
        if name not in source.names:
            raise RecordingError(
                f"{path}: no column {name!r}; needed are time [s], ax ay az [m/s^2] and, if there "
                f"is a gyroscope, gx gy gz [rad/s]; found {', '.join(source.names[:12])}"
            )
    if source.rows < 2:
        raise RecordingError(f"{path}: {source.rows} rows of data; there is nothing to read")
    time_s = source.numbers("time")
    given = [name for name in GYR_COLUMNS if name in source.names]
    if given and len(given) < 3:
        raise RecordingError(
            f"{path}: gyroscope columns {', '.join(given)} alone; give all of gx gy gz or none"
        )
    acc, gyr = source.motion(gyro=bool(given))
    stamps = _Axis()
    for start in range(0, len(time_s), BATCH):
        stamps.look(start, time_s[start : start + BATCH], FARTHEST_S)
    stamps.refuse_missing(path, "time", time_s)
    farthest_s = max(abs(float(time_s.min())), abs(float(time_s.max())))
    if farthest_s > FARTHEST_S:
        raise RecordingError(
            f"{path}: time reaches {farthest_s:.4g}; it must be in seconds, counted "
            "from any zero up to 285 years away"
        )
    broken: RecordingError | None = None
    try:
        edges = _pieces(path, source, time_s)
    except RecordingError as error:
        edges, broken = [(0, source.rows, "")], error
    # All in one pass: reading a long file again takes longer than looking at it.
    acc_seen, sizes = _Seen(), np.empty(source.rows)
    turns = Turns()
    gyr_seen = []
    for start, stop, _ in edges:
        step_s = float(np.median(np.diff(time_s[start : min(stop, start + BATCH)])))
        turns.begin(1.0 / step_s if step_s > 0.0 else 0.0)
        gyr_seen.append(_look(acc, gyr, start, stop, acc_seen, sizes, turns))
    for name, axis in zip(ACC_COLUMNS, acc_seen.axes, strict=True):
        axis.refuse_missing(path, name, time_s)
        axis.refuse_beyond(path, name, time_s, STRONGEST_MPS2, "m/s^2", "--acc-unit g")
    if broken is not None:
        raise broken
    pieces: list[Piece] = []
    for (start, stop, label), seen in zip(edges, gyr_seen, strict=True):
        if seen.rows_missing and seen.numbers:
            row = seen.first_missing
            raise RecordingError(
                f"{path}: the gyroscope is not a number at row {row + 1} "
                f"(time {time_s[row]:.2f} s) and {seen.rows_missing} rows in all; remove those "
                "rows, or blank the whole gyroscope to go without it"
            )
        for name, axis in zip(GYR_COLUMNS, seen.axes, strict=True):
            axis.refuse_beyond(path, name, time_s, FASTEST_RADPS, "rad/s", "--gyro-unit deg/s")
        offset_s = 0.0
        if pieces:
            offset_s = float(pieces[-1].time_s[-1]) + PIECE_GAP_S - float(time_s[start])
        piece_time_s = time_s[start:stop] + offset_s if offset_s else time_s[start:stop]
        piece = Piece(
            label, offset_s, piece_time_s, _part(acc, start, stop), _part(gyr, start, stop)
        )
        piece.has_gyro = seen.numbers
        pieces.append(piece)
    longest = max(range(len(pieces)), key=lambda number: len(pieces[number].time_s))
    start, stop, _ = edges[longest]
    _plausible(path, pieces[longest].rate_hz, sizes[start:stop])
    if units.gyr is None and (objection := turns.objection()):
        raise RecordingError(f"{path}: {objection}")
    return Recording(path, pieces, turns.doubt())


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say plainly what Arrow or the system has against a file."""
    try:
        yield
    except RecordingError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise RecordingError(f"{path}: {error.strerror}") from error
        first = (str(error) or type(error).__name__).splitlines()[0][:160]
        raise RecordingError(
            f"{path}: cannot be read as Parquet (cut short?) or CSV (UTF-8, with a header): {first}"
        ) from error


def _source(path: Path, units: Units) -> Source:
    with _refusing(path):
        if path.is_dir():
            raise RecordingError(f"{path}: is a folder; name the files in it")
        if path.exists() and not path.is_file():
            raise RecordingError(f"{path}: is not a regular file; save the data to one first")
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == b"":
                raise RecordingError(f"{path}: is empty")
            if magic == b"PAR1":
                return Source(path, file, units)
            if path.suffix.lower() in {".parquet", ".pq"}:
                raise RecordingError(
                    f"{path}: is not a Parquet file, though named so; name CSV files .csv"
                )
            table = pyarrow.csv.read_csv(file)
            # Decoded here, where a header in another encoding is still a matter of the file.
            return Source(path, table.rename_columns(table.column_names), units)


class Source:
    """The columns of one file: a table of CSV, or Parquet that is read when asked for."""

    def __init__(self, path: Path, given: pa.Table | BinaryIO, units: Units) -> None:
        self.path = path
        self._scales = units.scales()
        self._table: pa.Table | None = given if isinstance(given, pa.Table) else None
        if self._table is not None:
            schema, self.rows = self._table.schema, self._table.num_rows
        else:
            file = pyarrow.parquet.ParquetFile(given)
            schema, self.rows = file.schema_arrow, file.metadata.num_rows
        self._schema: pa.Schema = schema
        self.names: list[str] = schema.names
        self._labels: dict[str, pa.ChunkedArray] = {}

    def numbers(self, name: str) -> Floats:
        """A whole column, shape (rows,)."""
        self._check(name)
        if self._table is not None:
            return np.asarray(self._floats(name, self._table.column(name)), dtype=np.float64)
        found, filled = np.empty(self.rows), 0
        for (batch,) in self.batches([[name]]):
            found[filled : filled + len(batch)] = batch[:, 0]
            filled += len(batch)
        return found

    def label(self, name: str, row: int) -> object:
        """What a column of any type says of a row."""
        if name not in self._labels:
            self._labels[name] = self._read(name)
        return self._labels[name][row].as_py()

    def motion(self, *, gyro: bool) -> tuple[Floats | Column, Floats | Column]:
        """Acceleration and rotation, shape (rows, 3), read when asked for if there are many."""
        triples = [list(ACC_COLUMNS), *([list(GYR_COLUMNS)] if gyro else [])]
        for name in itertools.chain(*triples):
            self._check(name)
        found: list[Floats | Column]
        if self._table is not None:
            found = [
                np.stack([self.numbers(name) for name in triple], axis=1) for triple in triples
            ]
        elif self.rows > HELD_ROWS:
            reader = Reader(self, triples)
            found = [Column(reader, number, 0, self.rows) for number in range(len(triples))]
        else:
            found = [*Reader(self, triples).read(0, self.rows)]
        return found[0], found[1] if gyro else np.broadcast_to(np.nan, (self.rows, 3))

    def batches(self, triples: list[list[str]]) -> Iterator[list[Floats]]:
        """All rows of a Parquet file, some thousand at a time: an array for each set of columns."""
        with _refusing(self.path), self.path.open("rb") as file:
            parquet = pyarrow.parquet.ParquetFile(file, pre_buffer=False)
            names = list(itertools.chain(*triples))
            for batch in parquet.iter_batches(BATCH, columns=names, use_threads=False):
                found = []
                for triple in triples:
                    rows = np.empty((len(batch), len(triple)))
                    for axis, name in enumerate(triple):
                        rows[:, axis] = self._floats(name, batch.column(name))
                    found.append(rows)
                del batch
                yield found

    def _read(self, name: str) -> pa.ChunkedArray:
        if self._table is not None:
            return self._table.column(name)
        with _refusing(self.path), self.path.open("rb") as file:
            parquet = pyarrow.parquet.ParquetFile(file, pre_buffer=False)
            return parquet.read(columns=[name]).column(name)

    def _check(self, name: str) -> None:
        if self.names.count(name) > 1:
            raise RecordingError(f"{self.path}: column {name!r} stands there twice")

    def _floats(self, name: str, column: pa.ChunkedArray | pa.Array) -> NDArray[np.floating]:
        """A column in its unit, float32 or float64, shape (n,)."""
        try:
            if pa.types.is_boolean(column.type):
                raise pa.ArrowTypeError("truth values")
            if not pa.types.is_float32(column.type):  # which numpy casts while it copies
                column = column.cast(pa.float64(), safe=False)
        except pa.ArrowException as error:
            raise RecordingError(
                f"{self.path}: column {name!r} holds {column.type}, not numbers"
            ) from error
        values: NDArray[np.floating] = column.to_numpy(zero_copy_only=False)
        scale = self._scales.get(name, 1.0)
        return values if scale == 1.0 else values.astype(np.float64) * scale


class Reader:
    """Rows of some sets of columns of a file, in order; going back begins the file anew."""

    def __init__(self, source: Source, triples: list[list[str]]) -> None:
        self.source = source
        self.triples = triples
        self._begin()
        self._first = source.rows  # row of the first of `_held`

    def _begin(self) -> None:
        self._batches: Iterator[list[Floats]] = iter(())
        self._held: list[list[Floats]] = [[np.empty((0, len(triple))) for triple in self.triples]]
        self._first = self._stop = 0

    def read(self, start: int, stop: int) -> list[Floats]:
        """Rows `[start, stop)` of each set; what is before `start` is let go."""
        if start < self._first:
            self._begin()
            self._batches = self.source.batches(self.triples)
        while self._stop < stop:
            batch = next(self._batches, None)
            if batch is None:
                raise RecordingError(f"{self.source.path}: has changed while it was read")
            self._held.append(batch)
            self._stop += len(batch[0])
            while self._first + len(self._held[0][0]) <= start and len(self._held) > 1:
                self._first += len(self._held.pop(0)[0])
        part = slice(start - self._first, stop - self._first)
        if len(self._held) == 1:
            return [rows[part] for rows in self._held[0]]
        wanted, at = [], self._first
        for batch in self._held:  # no more of them are put together than are asked for
            wanted.append([rows[max(0, start - at) : max(0, stop - at)] for rows in batch])
            at += len(batch[0])
        return [np.concatenate(parts) for parts in zip(*wanted, strict=True)]


class Column:
    """Three axes of rows `[start, stop)` of a file, read when a slice is taken."""

    def __init__(self, reader: Reader, number: int, start: int, stop: int) -> None:
        """`number`: which of the reader's sets of columns."""
        self._reader, self._number, self._start, self._stop = reader, number, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, part: slice) -> Floats:
        start, stop, _ = part.indices(len(self))
        read = self._reader.read(self._start + start, self._start + max(start, stop))
        return read[self._number]

    def part(self, start: int, stop: int) -> Column:
        """The same for fewer rows, not read yet."""
        return Column(self._reader, self._number, self._start + start, self._start + stop)

    def alone(self) -> Column:
        """The same, read without the other columns."""
        triples = [self._reader.triples[self._number]]
        return Column(Reader(self._reader.source, triples), 0, self._start, self._stop)


def _part(values: Floats | Column, start: int, stop: int) -> Floats | Column:
    return values.part(start, stop) if isinstance(values, Column) else values[start:stop]


def _blocks(values: Floats | Column) -> Iterator[tuple[int, Floats]]:
    """Rows some thousand at a time, each with the row it begins at."""
    for start in range(0, len(values), BATCH):
        yield start, values[start : start + BATCH]


def _sound(values: Floats, most: float) -> bool:
    """Whether all of some values are numbers of no more than `most`."""
    return values.size > 0 and -most <= float(values.min()) and float(values.max()) <= most


@dataclass(slots=True)
class _Axis:
    """What is wrong with the numbers of one axis, by row."""

    missing: int = 0
    first_missing: int = 0
    beyond: float | None = None
    first_beyond: int = 0

    def look(self, start: int, values: Floats, most: float) -> None:
        if _sound(values, most):
            return
        missing = ~np.isfinite(values)
        if missing.any():
            first = start + int(missing.argmax())
            self.first_missing = self.first_missing if self.missing else first
            self.missing += int(missing.sum())
        beyond = np.abs(values) > most
        if self.beyond is None and beyond.any():
            self.first_beyond = start + int(beyond.argmax())
            self.beyond = float(values[int(beyond.argmax())])

    def refuse_missing(self, path: Path, name: str, time_s: Floats) -> None:
        if self.missing:
            row = self.first_missing
            raise RecordingError(
                f"{path}: {name} is not a number at row {row + 1} (time {time_s[row]:.2f} s) and "
                f"{self.missing} rows in all; remove those rows: the gap is then shown as no data"
            )

    def refuse_beyond(
        self, path: Path, name: str, at_s: Floats, most: float, unit: str, option: str
    ) -> None:
        if self.beyond is not None:
            raise RecordingError(
                f"{path}: {name} is {self.beyond:.4g} at time {at_s[self.first_beyond]:.2f} s; "
                f"no worn sensor measures more than {most:.0f} {unit}; is it in {unit}? "
                f"If not, name its unit, e.g. {option}"
            )


@dataclass(slots=True)
class _Seen:
    """The same of three axes, and of rows of which any axis is missing."""

    axes: tuple[_Axis, _Axis, _Axis] = field(default_factory=lambda: (_Axis(), _Axis(), _Axis()))
    rows_missing: int = 0
    first_missing: int = 0
    numbers: bool = False  # whether there is any

    def look(self, start: int, rows: Floats, most: float) -> None:
        if _sound(rows, most):
            self.numbers = True
            return
        missing = ~np.isfinite(rows).all(axis=1)
        if missing.any():
            first = start + int(missing.argmax())
            self.first_missing = self.first_missing if self.rows_missing else first
            self.rows_missing += int(missing.sum())
        self.numbers = self.numbers or not bool(np.isnan(rows).all())
        for axis, column in zip(self.axes, rows.T, strict=True):
            axis.look(start, column, most)


def _look(
    acc: Floats | Column,
    gyr: Floats | Column,
    start: int,
    stop: int,
    acc_seen: _Seen,
    sizes: Floats,
    turns: Turns,
) -> _Seen:
    """Look at rows `[start, stop)`: what there is of the gyroscope; `sizes` takes |a|."""
    gyr_seen = _Seen()
    for first in range(start, stop, BATCH):
        part = slice(first, min(first + BATCH, stop))
        rows = acc[part]
        acc_seen.look(first, rows, STRONGEST_MPS2)
        with np.errstate(over="ignore", invalid="ignore"):  # what is absurd is refused later
            x, y, z = rows.T
            np.sqrt(x * x + y * y + z * z, out=sizes[part])
        rates = gyr[part]
        gyr_seen.look(first, rates, FASTEST_RADPS)
        turns.look(rows, rates)
    return gyr_seen


def _pieces(path: Path, source: Source, time_s: Floats) -> list[tuple[int, int, str]]:
    """Row ranges between restarts of the clock that some column explains."""
    names = [name for name in PIECE_COLUMNS if name in source.names]
    edges = [0]
    for back in (np.flatnonzero(time_s[1:] < time_s[:-1]) + 1).tolist():
        if not any(source.label(name, back) != source.label(name, back - 1) for name in names):
            raise RecordingError(
                f"{path}: time goes backwards at row {back + 1}, from {time_s[back - 1]:.3f} s to "
                f"{time_s[back]:.3f} s; sort the rows, or tell trials apart in a column named "
                f"{' or '.join(('trial', 'session'))}"
            )
        edges.append(back)
    edges.append(len(time_s))
    out = []
    for start, stop in itertools.pairwise(edges):
        label = " ".join(f"{name}={source.label(name, start)}" for name in names)
        if stop - start < 2 or time_s[stop - 1] <= time_s[start]:
            raise RecordingError(f"{path}: time stands still from row {start + 1} to {stop}")
        out.append((start, stop, label))
    return out


def _plausible(path: Path, rate_hz: float, sizes_mps2: Floats) -> None:
    """Refuse other units; `sizes_mps2` is put in disorder."""
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise RecordingError(
            f"{path}: {rate_hz:.4g} rows a second; is `time` in seconds? "
            f"({SLOWEST_HZ:.0f} to {FASTEST_HZ:.0f} can be read)"
        )
    gravity = float(np.median(sizes_mps2, overwrite_input=True))
    if not PLAUSIBLE_MPS2[0] <= gravity <= PLAUSIBLE_MPS2[1]:
        raise RecordingError(
            f"{path}: the median acceleration is {gravity:.3g}, gravity should make it about 9.8; "
            "are ax ay az in m/s^2? If they are in g, say so with --acc-unit g"
        )


def _missing(time_s: Floats, period_s: float) -> NDArray[np.int32]:
    """Samples missing after each row but the last; none where stamps are merely coarse."""
    found = np.empty(len(time_s) - 1, np.int32)
    strays = 0
    for start in range(0, len(found), BATCH):
        step_s = np.diff(time_s[start : start + BATCH + 1])
        steps = step_s / period_s
        whole = np.rint(steps)
        strays += int(((np.abs(steps - whole) > JITTER) | (step_s <= 0)).sum())
        found[start : start + BATCH] = np.maximum(whole - 1, 0)
    if strays / len(found) > JITTERY_SHARE:
        # Quantised stamps: every row was sampled, only its stamp is coarse.
        found[:] = 0
    return found
