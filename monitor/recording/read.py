"""Parquet and CSV with `time ax ay az [gx gy gz]` to uniform samples; see docs/recordings.md."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from monitor.model import NS_PER_S, Origin, SampleChunk, Segment, SegmentEnd, TimeDoubt
from monitor.timebase import Params as TimebaseParams

CHUNK = 8_000  # samples; one whole array costs twice the time (design: performance.md)
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


class RecordingError(ValueError):
    """The file cannot be read as motion; the message says where and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of one file with a clock of its own.

    Attributes:
        label: what sets it apart, e.g. "code=D01 trial=R01"; empty for a whole file.
        offset_s: what was added to the file's time so that pieces follow one another.
        time_s: time of each row, offset included, shape (n,).
        acc_mps2, gyr_radps: shape (n, 3); gyr all NaN where there is none.
    """

    label: str
    offset_s: float
    time_s: NDArray[np.float64]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]

    @property
    def has_gyro(self) -> bool:
        return not bool(np.isnan(self.gyr_radps).any())

    @property
    def rate_hz(self) -> float:
        """Rows a second, gaps apart."""
        return 1.0 / self._period_s()

    def samples(self, chunk: int = CHUNK) -> Iterator[SampleChunk | SegmentEnd]:
        """Uniform samples in chunks, one segment an unbroken run, each with its end."""
        for number, (start, stop) in enumerate(self._runs()):
            yield from self._run(number, start, stop, chunk)

    def _period_s(self) -> float:
        return float(np.median(np.diff(self.time_s)[np.diff(self.time_s) > 0]))

    def _runs(self) -> list[tuple[int, int]]:
        """Row ranges with no gap longer than can be bridged."""
        breaks = np.flatnonzero(np.diff(self.time_s) > LONGEST_BRIDGE_S + self._period_s()) + 1
        edges = [0, *breaks.tolist(), len(self.time_s)]
        return [(a, b) for a, b in itertools.pairwise(edges) if b - a >= 2]

    def _run(
        self, number: int, start: int, stop: int, chunk: int
    ) -> Iterator[SampleChunk | SegmentEnd]:
        time_s = self.time_s[start:stop]
        acc, gyr = self.acc_mps2[start:stop], self.gyr_radps[start:stop]
        origin = np.zeros(len(acc), np.uint8)
        span_s = float(time_s[-1] - time_s[0])
        missing = np.rint(np.diff(time_s) / self._period_s()).astype(np.int64) - 1
        if _jittery(time_s, self._period_s()):
            # Quantised stamps: every row was sampled, only its stamp is coarse.
            missing[:] = 0
        rate_hz = (len(acc) - 1 + int(missing.clip(0).sum())) / span_s
        if missing.max(initial=0) > 0:
            acc, gyr, origin = _bridged(acc, gyr, missing.clip(0))
        segment = Segment(number, round(float(time_s[0]) * NS_PER_S), rate_hz, TimeDoubt.FILE)
        for first in range(0, len(acc), chunk):
            part = slice(first, first + chunk)
            yield SampleChunk(
                segment, first, acc[part].copy(), gyr[part].copy(), origin[part].copy()
            )
        yield SegmentEnd(segment, len(acc), "end of the run")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One file: its pieces in order."""

    path: Path
    pieces: list[Piece]


def read_recording(path: Path) -> Recording:
    """Read a file of motion, or raise RecordingError with what is wrong and where."""
    table = _table(path)
    for name in ("time", *ACC_COLUMNS):
        if name not in table.column_names:
            raise RecordingError(
                f"{path}: no column {name!r}; needed are time [s], ax ay az [m/s^2] and, if there "
                f"is a gyroscope, gx gy gz [rad/s]; found {', '.join(table.column_names[:12])}"
            )
    if table.num_rows < 2:
        raise RecordingError(f"{path}: {table.num_rows} rows of data; there is nothing to read")
    time_s = _column(path, table, "time")
    acc = np.stack([_column(path, table, name) for name in ACC_COLUMNS], axis=1)
    given = [name for name in GYR_COLUMNS if name in table.column_names]
    if given and len(given) < 3:
        raise RecordingError(
            f"{path}: gyroscope columns {', '.join(given)} alone; give all of gx gy gz or none"
        )
    gyr = (
        np.stack([_column(path, table, name) for name in GYR_COLUMNS], axis=1)
        if given
        else np.full_like(acc, np.nan)
    )
    _finite(path, "time", time_s, time_s)
    if float(np.abs(time_s).max()) > FARTHEST_S:
        raise RecordingError(
            f"{path}: time reaches {np.abs(time_s).max():.4g}; it must be in seconds, counted "
            "from any zero up to 285 years away"
        )
    for index, name in enumerate(ACC_COLUMNS):
        _finite(path, name, acc[:, index], time_s)
        _within(path, name, acc[:, index], time_s, STRONGEST_MPS2, "m/s^2")
    edges = _pieces(path, table, time_s)
    pieces: list[Piece] = []
    for start, stop, label in edges:
        piece_gyr = gyr[start:stop]
        missing = ~np.isfinite(piece_gyr).all(axis=1)
        if missing.any() and not np.isnan(piece_gyr).all():
            row = start + int(missing.argmax())
            raise RecordingError(
                f"{path}: the gyroscope is not a number at row {row + 1} "
                f"(time {time_s[row]:.2f} s) and {int(missing.sum())} rows in all; remove those "
                "rows, or blank the whole gyroscope to go without it"
            )
        for index, name in enumerate(GYR_COLUMNS):
            turning = np.nan_to_num(piece_gyr[:, index])
            _within(path, name, turning, time_s[start:stop], FASTEST_RADPS, "rad/s")
        offset_s = 0.0
        if pieces:
            offset_s = float(pieces[-1].time_s[-1]) + PIECE_GAP_S - float(time_s[start])
        pieces.append(
            Piece(label, offset_s, time_s[start:stop] + offset_s, acc[start:stop], piece_gyr)
        )
    _plausible(path, pieces)
    return Recording(path, pieces)


def _table(path: Path) -> pa.Table:
    try:
        if path.is_dir():
            raise RecordingError(f"{path}: is a folder; name the files in it")
        if path.exists() and not path.is_file():
            raise RecordingError(f"{path}: is not a regular file; save the data to one first")
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == b"":
                raise RecordingError(f"{path}: is empty")
            parquet = magic == b"PAR1"
            if not parquet and path.suffix.lower() in {".parquet", ".pq"}:
                raise RecordingError(
                    f"{path}: is not a Parquet file, though named so; name CSV files .csv"
                )
            if parquet:
                return pyarrow.parquet.ParquetFile(file).read()
            table = pyarrow.csv.read_csv(file)
            # Decoded here, where a header in another encoding is still a matter of the file.
            return table.rename_columns(table.column_names)
    except RecordingError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise RecordingError(f"{path}: {error.strerror}") from error
        first = (str(error) or type(error).__name__).splitlines()[0][:160]
        raise RecordingError(
            f"{path}: cannot be read as Parquet (cut short?) or CSV (UTF-8, with a header): {first}"
        ) from error


def _column(path: Path, table: pa.Table, name: str) -> NDArray[np.float64]:
    if table.column_names.count(name) > 1:
        raise RecordingError(f"{path}: column {name!r} stands there twice")
    kind = table.schema.field(name).type
    try:
        if pa.types.is_boolean(kind):
            raise pa.ArrowTypeError("truth values")
        column = table.column(name).cast(pa.float64(), safe=False)
    except pa.ArrowException as error:
        raise RecordingError(f"{path}: column {name!r} holds {kind}, not numbers") from error
    values: NDArray[np.float64] = column.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _within(
    path: Path,
    name: str,
    values: NDArray[np.float64],
    time_s: NDArray[np.float64],
    most: float,
    unit: str,
) -> None:
    bad = np.abs(values) > most
    if bad.any():
        row = int(bad.argmax())
        raise RecordingError(
            f"{path}: {name} is {values[row]:.4g} at time {time_s[row]:.2f} s; no worn sensor "
            f"measures more than {most:.0f} {unit}; is it in {unit}?"
        )


def _finite(
    path: Path, name: str, values: NDArray[np.float64], time_s: NDArray[np.float64]
) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        raise RecordingError(
            f"{path}: {name} is not a number at row {row + 1} (time {time_s[row]:.2f} s) and "
            f"{int(bad.sum())} rows in all; remove those rows: the gap is then shown as no data"
        )


def _pieces(path: Path, table: pa.Table, time_s: NDArray[np.float64]) -> list[tuple[int, int, str]]:
    """Row ranges between restarts of the clock that some column explains."""
    names = [name for name in PIECE_COLUMNS if name in table.column_names]
    columns = {name: table.column(name).to_pylist() for name in names}
    edges = [0]
    for back in (np.flatnonzero(np.diff(time_s) < 0) + 1).tolist():
        if not any(columns[name][back] != columns[name][back - 1] for name in names):
            raise RecordingError(
                f"{path}: time goes backwards at row {back + 1}, from {time_s[back - 1]:.3f} s to "
                f"{time_s[back]:.3f} s; sort the rows, or tell trials apart in a column named "
                f"{' or '.join(('trial', 'session'))}"
            )
        edges.append(back)
    edges.append(len(time_s))
    out = []
    for start, stop in itertools.pairwise(edges):
        label = " ".join(f"{name}={columns[name][start]}" for name in names)
        if stop - start < 2 or time_s[stop - 1] <= time_s[start]:
            raise RecordingError(f"{path}: time stands still from row {start + 1} to {stop}")
        out.append((start, stop, label))
    return out


def _plausible(path: Path, pieces: list[Piece]) -> None:
    longest = max(pieces, key=lambda piece: len(piece.time_s))
    rate_hz = longest.rate_hz
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise RecordingError(
            f"{path}: {rate_hz:.4g} rows a second; is `time` in seconds? "
            f"({SLOWEST_HZ:.0f} to {FASTEST_HZ:.0f} can be read)"
        )
    gravity = float(np.median(np.linalg.norm(longest.acc_mps2, axis=1)))
    if not PLAUSIBLE_MPS2[0] <= gravity <= PLAUSIBLE_MPS2[1]:
        raise RecordingError(
            f"{path}: the median acceleration is {gravity:.3g}, gravity should make it about 9.8; "
            "are ax ay az in m/s^2?"
        )


def _jittery(time_s: NDArray[np.float64], period_s: float) -> bool:
    stray = np.abs(np.diff(time_s) / period_s - np.rint(np.diff(time_s) / period_s)) > JITTER
    repeated = np.diff(time_s) <= 0
    return bool((stray | repeated).mean() > JITTERY_SHARE)


def _bridged(
    acc: NDArray[np.float64], gyr: NDArray[np.float64], missing: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """Rows with `missing[i]` of them interpolated after row i, and where each comes from."""
    at = np.concatenate([[0], np.cumsum(missing + 1)])
    grid = np.arange(int(at[-1]) + 1)
    origin = np.full(len(grid), Origin.BRIDGED, np.uint8)
    origin[at] = Origin.MEASURED

    def fill(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.interp(grid, at, values[:, axis]) for axis in range(3)], axis=1)

    return fill(acc), fill(gyr), origin
