"""Files too long to hold are read piece by piece, and say the same."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from monitor.analysis import Options, analyze, as_json
from monitor.profiles import PROFILES
from monitor.recording import RecordingError, read, read_recording

RATE_HZ = 50.0


def columns(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    named = zip(("ax", "ay", "az", "gx", "gy", "gz"), (9.8, 0, 0, 0, 0, 0), strict=True)
    return {"time": np.arange(n) / RATE_HZ, **{k: rng.normal(g, 0.3, n) for k, g in named}}


def write(path: Path, data: dict[str, object]) -> Path:
    pyarrow.parquet.write_table(pa.table(data), path, row_group_size=700)
    return path


@pytest.fixture
def streamed(monkeypatch):
    """Nothing is held, and little is read at a time."""

    def begin() -> None:
        monkeypatch.setattr(read, "HELD_ROWS", 0)
        monkeypatch.setattr(read, "BATCH", 300)

    return begin


def told(path: Path, chunk: int = 333) -> list[str]:
    return [
        repr([item.first, item.acc_mps2.tolist(), item.gyr_radps.tolist(), item.origin.tolist()])
        if hasattr(item, "origin")
        else repr(item)
        for piece in read_recording(path).pieces
        for item in piece.samples(chunk)
    ]


def with_gaps(n: int) -> dict[str, np.ndarray]:
    """Single rows and short runs of them lost, and a gap that ends the segment."""
    kept = np.ones(n, bool)
    kept[5::97] = False
    kept[500:507] = False
    kept[1000:1100] = False
    return {name: values[kept] for name, values in columns(n).items()}


@pytest.mark.parametrize("data", [columns(2000), with_gaps(2000)], ids=["whole", "gaps"])
@pytest.mark.parametrize("gyro", [True, False], ids=["gyro", "no gyro"])
def test_a_streamed_file_gives_the_same_samples(tmp_path, streamed, data, gyro):
    data = {name: values for name, values in data.items() if gyro or not name.startswith("g")}
    path = write(tmp_path / "a.parquet", data)
    held = told(path)
    streamed()

    assert told(path) == held
    [piece] = read_recording(path).pieces
    assert piece.has_gyro is gyro
    assert piece.acc_mps2.shape == (len(data["time"]), 3)


def test_streamed_pieces_with_clocks_of_their_own_are_analysed_the_same(tmp_path, streamed):
    data = columns(4000)
    data["time"] = np.concatenate([data["time"][:2500], data["time"][:1500]])
    trials = pa.array(["one"] * 2500 + ["two"] * 1500)
    path = write(tmp_path / "a.parquet", {**data, "trial": trials})
    options = Options(PROFILES["desk"])
    held = as_json(analyze(read_recording(path), options))
    streamed()

    assert as_json(analyze(read_recording(path), options)) == held
    assert len(held["pieces"]) == 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ay", np.nan, r"ay is not a number at row 1501 \(time 30.00 s\) and 2 rows"),
        ("az", 2e5, r"az is 2e\+05 at time 30.00 s"),
        ("gx", np.inf, r"gyroscope is not a number at row 1501 .* and 2 rows"),
        ("gz", 90.0, "gz is 90 at time 30.00 s"),
    ],
)
def test_what_is_wrong_late_in_a_streamed_file_is_refused(tmp_path, streamed, name, value, message):
    data = columns(2000)
    data[name][1500:1502] = value
    path = write(tmp_path / "a.parquet", data)
    streamed()

    with pytest.raises(RecordingError, match=message):
        read_recording(path)


def test_a_streamed_file_that_is_cut_short_meanwhile_is_refused(tmp_path, streamed):
    path = write(tmp_path / "a.parquet", columns(2000))
    streamed()
    recording = read_recording(path)
    os.truncate(path, 1000)

    with pytest.raises(RecordingError, match="cannot be read"):
        analyze(recording, Options(PROFILES["desk"], up="+x"))
