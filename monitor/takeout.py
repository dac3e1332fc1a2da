"""A shift with a shared sensor turned into one file that the person takes with them."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitor.link import Tape, tapes_of
from monitor.model import NS_PER_S, SampleChunk
from monitor.model.journal import Handover
from monitor.sheet import sheet_row
from monitor.store import Journal, Personal, read_raw

if TYPE_CHECKING:
    import pyarrow as pa

AXES = ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2", "gyr_x_radps", "gyr_y_radps", "gyr_z_radps")
SAMPLES = "samples.parquet"
FOREVER_NS = 2**62
BLOCK = 1 << 20  # bytes read at a time

WHAT_STAYS = (
    "The sensor stays paired. What stays here is its address, the number it was lent under, from "
    "when to when it was lent and connected, and which of its samples have been read, as numbers. "
    "Thresholds and settings of the shift are back at their defaults, and the sensor has to be "
    "calibrated anew. Tapes that touch the shift, or were begun since, go as a whole; the file "
    "names them and does not hold them."
)

_README = """What this is

Everything that Backwatch kept of you during one shift with sensor {address},
lent to {person} from {start} to {stop}.
It was erased on the computer it comes from after this file was made, if you said so.

Each .csv is a table with a line of names first.
Names ending in _ns are instants in nanoseconds since 1970-01-01 UTC, _s seconds, _deg degrees.
Columns ending in _json hold JSON.
Empty means that it was not said or not known.
A text that a spreadsheet would take for a formula has an apostrophe before it.

{tables}
{samples}
{tapes}It is not a medical record. It diagnoses nothing.
"""
_TAPES = """\
Tapes of what the radio said, recorded on the page for developers during the shift or since.
They may hold more than the shift, so they are not in this file; they are erased with it.
{names}
"""


class TakenError(Exception):
    """A file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file with all of a shift, on the disk for good.

    Attributes:
        digest: its SHA-256.
        written: False where it was there already.
    """

    path: Path
    digest: str
    written: bool


def shifts_folder(database: Path) -> Path:
    """Where the files are that the page makes of shifts: beside the database."""
    return database.with_name(database.name + ".shifts")


def shift_file(database: Path, shift_id: int) -> Path:
    """The one of a shift."""
    return shifts_folder(database) / f"shift-{shift_id}.zip"


def take_out(
    database: Path, journal: Journal, shift: Handover, target: Path, *, stop_ns: int
) -> Taken:
    """Write everything kept of a shift to a zip file, whole or not at all.

    A file of that name is taken for it where it is the one that was made last, and is never
    overwritten.

    Raises:
        TakenError: there is another file of that name, or it cannot be written.
        StoreError: a file of samples cannot be read.
    """
    try:
        if target.exists():
            digest = digest_of(target)
            if digest != shift.digest:
                raise TakenError(f"{target} is another file; name one that does not exist")
            return Taken(target, digest, written=False)
        tables = journal.personal(shift, stop_ns)
        part = target.with_name(target.name + ".part")
        samples = target.with_name(target.name + ".samples")
        try:
            count = _write_samples(database, shift, stop_ns, samples)
            tapes = tapes_of(database, (shift.start_ns, FOREVER_NS))
            readme = _readme(shift, stop_ns, tables, count, tapes)
            about = json.dumps(_about(shift, stop_ns), indent=1)
            _write_zip(part, readme, about, tables, samples if count else None)
            digest = digest_of(part)
            part.replace(target)
            _sync(target.parent)
        finally:
            samples.unlink(missing_ok=True)
            part.unlink(missing_ok=True)
    except OSError as error:
        raise TakenError(f"{target} cannot be written ({error.strerror or error})") from error
    return Taken(target, digest, written=True)


def prove(database: Path, journal: Journal, shift: Handover, taken: Taken, *, stop_ns: int) -> None:
    """See that a file, read back from the disk, holds all that is kept of a shift now.

    To be asked before it is erased here: samples may have come late, or a verdict was added.

    Raises:
        TakenError: it does not; the message says what is missing or damaged.
        StoreError: a file of samples cannot be read.
    """
    import pyarrow.parquet

    path = taken.path
    try:
        _forget_cached(path)
        if digest_of(path) != taken.digest:
            raise TakenError(f"{path} is not as it was written; check the disk, and make another")
        with zipfile.ZipFile(path) as archive:
            for table in journal.personal(shift, stop_ns):
                if archive.read(f"{table.name}.csv").decode() != _csv(table):
                    raise TakenError(_lacking(path, table.about))
            here = _columns(_samples(database, shift, stop_ns))
            there = _columns(())
            if SAMPLES in archive.namelist():
                with archive.open(SAMPLES) as member:
                    file = pyarrow.parquet.ParquetFile(member)
                    groups = range(file.metadata.num_row_groups)
                    there = _columns(map(file.read_row_group, groups))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise TakenError(f"{path} cannot be read back ({error}); make another") from error
    if here != there:
        raise TakenError(_lacking(path, "samples"))


def _lacking(path: Path, what: str) -> str:
    return f"{path} does not hold all that is kept of the shift now ({what}); make another"


def _columns(tables: Iterable["pa.Table"]) -> list[str]:
    """SHA-256 of each column, however its rows are parted."""
    found = [hashlib.sha256() for _ in range(1 + len(AXES))]
    for table in tables:
        for column, digest in zip(table.columns, found, strict=True):
            digest.update(np.ascontiguousarray(column.to_numpy()).tobytes())
    return [digest.hexdigest() for digest in found]


def _forget_cached(path: Path) -> None:
    """Have the next reading come from the disk, where the system can be asked for that."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as it lies on the disk."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def _write_zip(
    path: Path, readme: str, about: str, tables: Sequence[Personal], samples: Path | None
) -> None:
    with _private(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        archive.writestr("shift.json", about)
        for table in tables:
            archive.writestr(f"{table.name}.csv", _csv(table))
        if samples is not None:
            archive.write(samples, SAMPLES, zipfile.ZIP_STORED)
    with path.open("rb+") as whole:
        os.fsync(whole.fileno())
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken is not None:
        raise TakenError(f"{path}: {broken} was not written whole; check the disk")


def _private(path: Path) -> io.BufferedWriter:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")


def _sync(folder: Path) -> None:
    with suppress(OSError):  # a folder cannot be synced everywhere
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _about(shift: Handover, stop_ns: int) -> dict[str, object]:
    return {
        "sensor": shift.address,
        "person": shift.person,
        "start_ns": shift.start_ns,
        "stop_ns": stop_ns,
    }


def _readme(
    shift: Handover,
    stop_ns: int,
    tables: Sequence[Personal],
    count: int,
    tapes: Sequence[Tape],
) -> str:
    width = max(len(table.name) for table in tables) + 4
    lines = [
        f"{table.name + '.csv':{width}}  {len(table.rows):6}  {table.about}" for table in tables
    ]
    samples = f"{SAMPLES}: {count} samples of the sensor: {', '.join(AXES)}, at t_ns.\n"
    return _README.format(
        address=shift.address,
        person=shift.person,
        start=_utc(shift.start_ns),
        stop=_utc(stop_ns),
        tables="\n".join(lines) + "\n",
        samples=samples if count else "No samples of the sensor are kept of it.\n",
        tapes=_TAPES.format(names="\n".join(map(_named, tapes))) + "\n" if tapes else "",
    )


def _named(tape: Tape) -> str:
    name = tape.path.name.encode("utf-8", "backslashreplace").decode()
    when = tape.problem or f"{_utc(tape.start_ns)} to {_utc(tape.stop_ns)}"
    return f"{name}  {tape.size} bytes  {when}"


def _utc(at_ns: int) -> str:
    return f"{datetime.fromtimestamp(at_ns / NS_PER_S, UTC):%Y-%m-%d %H:%M} UTC"


def _csv(table: Personal) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(table.columns)
    rows.writerows(map(sheet_row, table.rows))
    return text.getvalue()


def _write_samples(database: Path, shift: Handover, stop_ns: int, path: Path) -> int:
    """The samples of the shift in SI units; returns how many there are."""
    import pyarrow.parquet

    writer: pyarrow.parquet.ParquetWriter | None = None
    count = 0
    with _private(path) as file:
        for table in _samples(database, shift, stop_ns):
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table)
            count += table.num_rows
        if writer is not None:
            writer.close()
    return count


def _samples(database: Path, shift: Handover, stop_ns: int) -> Iterator["pa.Table"]:
    import pyarrow as pa

    for simulated in (False, True):
        for counts in (True, False):
            for stored in read_raw(
                database, shift.start_ns, stop_ns, simulated=simulated, counts=counts
            ):
                if stored.origin.address != shift.address:
                    continue
                chunk = stored.samples.chunk
                t_ns = times_ns(chunk)
                rows = np.flatnonzero((t_ns >= shift.start_ns) & (t_ns < stop_ns))
                if len(rows):
                    values = np.concatenate([chunk.acc_mps2, chunk.gyr_radps], axis=1)[rows]
                    columns = {name: values[:, i] for i, name in enumerate(AXES)}
                    yield pa.table({"t_ns": t_ns[rows], **columns})


def times_ns(chunk: SampleChunk) -> NDArray[np.int64]:
    """When each sample was taken [ns since the epoch, UTC], shape (n,)."""
    index = chunk.first + np.arange(len(chunk))
    times: NDArray[np.int64] = np.rint(index * (NS_PER_S / chunk.segment.rate_hz)).astype(np.int64)
    times += chunk.segment.t0_ns
    return times
