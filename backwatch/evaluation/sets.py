"""Folders of labelled recordings to files with their labels."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from backwatch.errors import UserError
from monitor.recording import Recording, read_recording

Floats = NDArray[np.float64]
Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One file of a data set.

    Attributes:
        subject: the person (of broad: the trial, it is one person's hand).
        columns: the truth, by column name, one value a row of the file.
        metadata: of the Parquet file.
    """

    subject: str
    recording: Recording
    columns: dict[str, Floats]
    labels: Words
    metadata: dict[str, str]


def folder(datasets: Path, name: str) -> Path:
    """The folder of one data set, or UserError."""
    path = datasets / name
    if not any(path.glob("*.parquet")):
        raise UserError(
            f"{path}: no Parquet files; name the folder that holds the data sets with --datasets "
            "or BACKWATCH_DATASETS, or leave this one out with --only"
        )
    return path


def labelled(path: Path, *, columns: tuple[str, ...] = (), label: str | None = None) -> Labelled:
    """Read a file with these truth columns and, if named, the column of its labels."""
    recording = read_recording(path)
    wanted = [*columns, *([label] if label is not None else [])]
    table = pq.read_table(path, columns=wanted)
    metadata = {
        key.decode(): value.decode(errors="replace")
        for key, value in (pq.read_schema(path).metadata or {}).items()
    }
    words = (
        np.array(table[label].to_pylist(), dtype=np.str_)
        if label is not None
        else np.zeros(0, dtype=np.str_)
    )
    return Labelled(
        metadata.get("subject", path.stem),
        recording,
        {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in columns},
        words,
        metadata,
    )


def by_subject(path: Path, few: int | None) -> Iterator[tuple[str, list[Path]]]:
    """Files of each subject, by the part of the file name before the first underscore.

    Args:
        few: only so many subjects, spread over the order of names; None for all.
    """
    files: dict[str, list[Path]] = {}
    for file in sorted(path.glob("*.parquet")):
        files.setdefault(file.stem.split("_")[0], []).append(file)
    names = list(files)
    if few is not None and few < len(names):
        names = [names[round(i)] for i in np.linspace(0, len(names) - 1, few)]
    for name in names:
        yield name, files[name]


def stretches(labels: Words) -> list[tuple[str, int, int]]:
    """Runs of one label: label, first row, row after the last."""
    if len(labels) == 0:
        return []
    edges = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1).tolist(), len(labels)]
    return [(str(labels[a]), a, b) for a, b in itertools.pairwise(edges)]
