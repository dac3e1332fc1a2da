"""A simulation written to a Parquet file as it is made."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from monitor.model import EventKind, Placement
from simulator.imu import marked_axes
from simulator.scenarios import SimulatedBlock
from simulator.truth import ACTIVITIES, POSTURES

SIMULATOR_VERSION = "2"  # changes whenever the same arguments no longer give the same file
_ROWS = 65_536  # samples in a row group; bounds memory, about eleven minutes at 100 Hz
_KINDS = ("", *(kind.value for kind in EventKind))
_TECHNIQUES = ("", "stoop", "squat")
_WORD = pa.dictionary(pa.int8(), pa.string())

SCHEMA = pa.schema(
    [
        ("time", pa.float64()),  # s since the beginning
        *((name, pa.float32()) for name in ("ax", "ay", "az")),  # m/s^2, sensor axes
        *((name, pa.float32()) for name in ("gx", "gy", "gz")),  # rad/s, sensor axes
        ("true_activity", _WORD),
        ("true_posture", _WORD),
        ("true_sagittal_deg", pa.float32()),
        ("true_lateral_deg", pa.float32()),
        ("true_inclination_deg", pa.float32()),
        ("true_event", _WORD),  # empty: none
        ("true_event_id", pa.int32()),  # -1: none
        ("true_technique", _WORD),  # of a lift; empty: none
        ("true_turn_deg", pa.float32()),  # heading change in the whole event, left positive
    ]
)


def write_recording(
    path: Path,
    blocks: Iterable[SimulatedBlock],
    *,
    scenario: str,
    seed: int,
    rate_hz: float,
    placement: Placement,
) -> int:
    """Write `blocks` and say how they were made in the metadata; returns the samples written.

    The same arguments give the same bytes, with the same versions of numpy and pyarrow.
    The file appears under its name only when it is whole.
    """
    up, forward = marked_axes(placement)
    metadata = {
        "source": "backwatch simulator",
        "version": SIMULATOR_VERSION,
        "scenario": scenario,
        "seed": str(seed),
        "rate_hz": f"{rate_hz:g}",
        "placement": placement.value,
        "up": up,
        "forward": forward,
    }
    unfinished = path.with_name(path.name + ".part")
    written = 0
    try:
        with pq.ParquetWriter(
            unfinished, SCHEMA.with_metadata(metadata), compression="zstd"
        ) as file:
            for group in _groups(blocks):
                table = pa.concat_tables([_table(block) for block in group]).combine_chunks()
                file.write_table(table.replace_schema_metadata(metadata), row_group_size=_ROWS)
                written += table.num_rows
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _groups(blocks: Iterable[SimulatedBlock]) -> Iterable[list[SimulatedBlock]]:
    group: list[SimulatedBlock] = []
    rows = 0
    for block in blocks:
        if rows + len(block) > _ROWS:
            yield group
            group, rows = [], 0
        group.append(block)
        rows += len(block)
    if group:
        yield group


def _table(block: SimulatedBlock) -> pa.Table:
    n = len(block)
    event = block.current
    inside = np.zeros(n, np.bool_) if event is None else block.event_id == event.id
    kind = 0 if event is None else _KINDS.index(event.kind.value)
    technique = 0 if event is None else _TECHNIQUES.index(event.technique)
    turn_deg = 0.0 if event is None else np.degrees(event.turn_rad)
    columns = [
        pa.array(block.time_s),
        *(pa.array(axis.astype(np.float32)) for axis in block.acc_mps2.T),
        *(pa.array(axis.astype(np.float32)) for axis in block.gyr_radps.T),
        _words(block.activity, tuple(activity.value for activity in ACTIVITIES)),
        _words(block.posture, tuple(posture.value for posture in POSTURES)),
        _degrees(block.sagittal_rad),
        _degrees(block.lateral_rad),
        _degrees(block.inclination_rad),
        _words((inside * kind).astype(np.int8), _KINDS),
        pa.array(block.event_id),
        _words((inside * technique).astype(np.int8), _TECHNIQUES),
        pa.array((inside * turn_deg).astype(np.float32)),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _words(codes: NDArray[np.int8], words: tuple[str, ...]) -> "pa.Array[Any]":
    return pa.DictionaryArray.from_arrays(codes, list(words))


def _degrees(angle_rad: NDArray[np.float64]) -> "pa.Array[Any]":
    return pa.array(np.degrees(angle_rad).astype(np.float32))
