"""All that is kept, as one zip file that is made while it is read."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.link import tapes_folder
from monitor.model import NS_PER_S
from monitor.sheet import sheet_row
from monitor.store import Holding, Holdings, read_raw
from monitor.takeout import AXES, FOREVER_NS, times_ns

if TYPE_CHECKING:
    import pyarrow as pa

HOUR_NS = 3600 * NS_PER_S
PIECE = 1 << 16  # bytes; as small as is worth sending

_README = """What this is

Everything that Backwatch keeps on the computer it comes from.

Each .csv is a table with a line of names first.
Names ending in _ns are instants in nanoseconds since 1970-01-01 UTC, _s seconds, _deg degrees.
Columns ending in _json hold JSON.
Empty means that it was not said or not known.
A text that a spreadsheet would take for a formula has an apostrophe before it.
Simulated days are in it too; recordings.csv says which recordings are simulated.

{tables}
{samples}
It is not a medical record. It diagnoses nothing.
"""
_SAMPLES = (
    "samples/*.parquet: what the sensor measured in each hour (UTC) of a sensor: {axes}, at t_ns.\n"
    "tapes/*.tape: what the radio said, if tapes were recorded: a JSON event a line.\n"
)


class _Drain(io.RawIOBase):
    """A file that cannot be sought; what was written is taken from it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        held = memoryview(data).cast("B")  # type: ignore[arg-type]  # any buffer, as of RawIOBase
        self._held += held
        return len(held)

    def taken(self, *, least: int = 0) -> bytes:
        """What has gathered, if there is at least so much."""
        if len(self._held) < max(1, least):
            return b""
        found = bytes(self._held)
        self._held.clear()
        return found


def everything(database: Path, holdings: Holdings, *, samples: bool) -> Iterator[bytes]:
    """The pieces of the file, each as large as is worth sending; little is held in memory.

    Args:
        samples: with those of the sensor, an hour in a file.

    Raises:
        StoreError: a file of samples cannot be read.
    """
    drain = _Drain()
    with (
        holdings.reading() as reading,
        zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("README.txt", _readme(reading.tables, samples=samples))
        for table in reading.tables:
            with archive.open(f"{table.name}.csv", "w", force_zip64=True) as entry:
                for piece in _csv(table, reading.rows(table.name)):
                    entry.write(piece)
                    if found := drain.taken(least=PIECE):
                        yield found
        if samples:
            for name, content in _hours(database):
                archive.writestr(name, content, zipfile.ZIP_STORED)
                if found := drain.taken(least=PIECE):
                    yield found
            for path in sorted(tapes_folder(database).glob("*")):
                if path.is_symlink() or not path.is_file():  # none of ours: it may lead anywhere
                    continue
                name = path.name.encode("utf-8", "backslashreplace").decode()
                with archive.open(f"tapes/{name}", "w", force_zip64=True) as entry:
                    for piece in _read(path):
                        entry.write(piece)
                        if found := drain.taken(least=PIECE):
                            yield found
    yield drain.taken()


def _read(path: Path) -> Iterator[bytes]:
    """What there is of a file; none of it where it was deleted meanwhile."""
    with suppress(OSError), path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _readme(tables: list[Holding], *, samples: bool) -> str:
    lines = "".join(f"{one.name}.csv: {one.rows} rows; {one.about}.\n" for one in tables)
    said = _SAMPLES.format(axes=", ".join(AXES)) if samples else "Samples were left out.\n"
    return _README.format(tables=lines, samples=said)


def _csv(table: Holding, rows: Iterator[tuple[object, ...]]) -> Iterator[bytes]:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(table.columns)
    for row in rows:
        lines.writerow(sheet_row(row))
        if text.tell() > PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _hours(database: Path) -> Iterator[tuple[str, bytes]]:
    """A Parquet file for each hour, sensor and kind of its samples; its name first."""
    import pyarrow as pa
    import pyarrow.parquet

    number = 0
    for simulated in (False, True):
        for counts in (True, False):
            held: list[pa.Table] = []
            at: tuple[int, str] | None = None
            for stored in read_raw(database, 0, FOREVER_NS, simulated=simulated, counts=counts):
                chunk = stored.samples.chunk
                now = chunk.segment.time_ns(chunk.first) // HOUR_NS, stored.origin.address
                if at is not None and now != at:
                    number += 1
                    yield _name(number, at, simulated=simulated), _parquet(held)
                    held = []
                at = now
                t_ns = times_ns(chunk)
                columns = {
                    name: values
                    for names, block in ((AXES[:3], chunk.acc_mps2), (AXES[3:], chunk.gyr_radps))
                    for name, values in zip(names, block.T, strict=True)
                }
                held.append(pa.table({"t_ns": t_ns, **columns}))
            if at is not None:
                number += 1
                yield _name(number, at, simulated=simulated), _parquet(held)


def _name(number: int, at: tuple[int, str], *, simulated: bool) -> str:
    hour, address = at
    plain = "".join(character for character in address if character.isalnum())[:20]
    kind = "simulated-" if simulated else ""
    return f"samples/{number:05}-{kind}{hour}-{plain}.parquet"


def _parquet(tables: "list[pa.Table]") -> bytes:
    import pyarrow as pa
    import pyarrow.parquet

    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.concat_tables(tables), sink, compression="zstd")
    return sink.getvalue()
