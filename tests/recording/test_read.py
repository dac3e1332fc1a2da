"""Files people have, and files nobody should have."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Origin, SampleChunk, SegmentEnd
from monitor.recording import RecordingError, read_recording

RATE_HZ = 50.0


def columns(n: int = 500, **other: object) -> dict[str, object]:
    rng = np.random.default_rng(2)
    out: dict[str, object] = {"time": np.arange(n) / RATE_HZ}
    out |= {
        name: rng.normal(g, 0.1, n)
        for name, g in zip(("ax", "ay", "az"), (9.8, 0, 0), strict=False)
    }
    out |= {name: rng.normal(0, 0.1, n) for name in ("gx", "gy", "gz")}
    return out | other


def write(path: Path, data: dict[str, object]) -> Path:
    table = pa.table(data)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path)
    return path


def chunks(piece) -> list[SampleChunk]:
    return [item for item in piece.samples() if isinstance(item, SampleChunk)]


def ends(piece) -> list[SegmentEnd]:
    return [item for item in piece.samples() if isinstance(item, SegmentEnd)]


@pytest.mark.parametrize("name", ["day.parquet", "day.csv"])
def test_parquet_and_csv_give_the_same_samples(tmp_path, name):
    data = columns()
    [piece] = read_recording(write(tmp_path / name, data)).pieces
    [chunk] = chunks(piece)

    np.testing.assert_allclose(chunk.acc_mps2[:, 0], data["ax"], atol=1e-9)
    np.testing.assert_allclose(chunk.gyr_radps[:, 2], data["gz"], atol=1e-9)
    assert chunk.segment.rate_hz == pytest.approx(RATE_HZ)
    assert [end.stop for end in ends(piece)] == [500]


def test_a_file_without_gyroscope_columns_has_a_gyroscope_of_nan(tmp_path):
    data = {name: value for name, value in columns().items() if name[0] != "g"}
    [piece] = read_recording(write(tmp_path / "a.parquet", data)).pieces

    assert np.isnan(chunks(piece)[0].gyr_radps).all()
    assert not piece.has_gyro


def test_times_are_those_of_the_file(tmp_path):
    data = columns()
    data["time"] = np.asarray(data["time"]) + 1000.0
    [piece] = read_recording(write(tmp_path / "a.parquet", data)).pieces

    assert chunks(piece)[0].segment.time_ns(50) == 1_001_000_000_000


def test_a_short_gap_is_bridged_and_marked(tmp_path):
    keep = np.r_[0:100, 106:500]
    data = {name: np.asarray(value)[keep] for name, value in columns().items()}
    [piece] = read_recording(write(tmp_path / "a.parquet", data)).pieces
    [chunk] = chunks(piece)

    assert len(chunk) == 500
    assert np.flatnonzero(chunk.origin == Origin.BRIDGED).tolist() == list(range(100, 106))
    assert chunk.segment.rate_hz == pytest.approx(RATE_HZ)


def test_a_long_gap_ends_the_segment(tmp_path):
    keep = np.r_[0:100, 200:500]
    data = {name: np.asarray(value)[keep] for name, value in columns().items()}
    [piece] = read_recording(write(tmp_path / "a.parquet", data)).pieces

    assert [end.stop for end in ends(piece)] == [100, 300]
    assert chunks(piece)[1].segment.t0_ns == 4_000_000_000


def test_coarse_time_stamps_are_not_taken_for_gaps(tmp_path):
    """Stamps of 10 ms on a 51.2 Hz sensor, as in the Shimmer recordings of FORTH-TRACE."""
    data = columns(2000)
    data["time"] = np.floor(np.arange(2000) / 51.2 * 100) / 100
    [piece] = read_recording(write(tmp_path / "a.parquet", data)).pieces
    [chunk] = chunks(piece)

    assert len(chunk) == 2000
    assert chunk.segment.rate_hz == pytest.approx(51.2, rel=1e-3)
    assert (chunk.origin == Origin.MEASURED).all()


def test_trials_whose_clock_restarts_follow_one_another(tmp_path):
    one = columns(300)
    data = {name: np.concatenate([np.asarray(v), np.asarray(v)]) for name, v in one.items()}
    data["trial"] = ["R01"] * 300 + ["R02"] * 300
    first, second = read_recording(write(tmp_path / "a.parquet", data)).pieces

    assert (first.label, second.label) == ("trial=R01", "trial=R02")
    assert second.time_s[0] == pytest.approx(first.time_s[-1] + 1.0)
    assert second.offset_s == pytest.approx(second.time_s[0])


def bad_time(data):
    data["time"] = np.asarray(data["time"])[::-1].copy()


def nan_run(data):
    values = np.array(data["ay"])
    values[120:150] = np.nan
    data["ay"] = values


def gyro_hole(data):
    values = np.array(data["gx"])
    values[120:150] = np.nan
    data["gx"] = values


def text_column(data):
    data["az"] = ["heavy"] * 500


def no_column(data):
    del data["ax"]


def half_a_gyro(data):
    del data["gy"]


def milliseconds(data):
    data["time"] = np.asarray(data["time"]) * 1000


def in_g(data):
    for name in ("ax", "ay", "az"):
        data[name] = np.asarray(data[name]) / 9.81


def infinite_gyro(data):
    values = np.array(data["gz"])
    values[9] = np.inf
    data["gz"] = values


def one_axis_of_the_gyro(data):
    data["gy"] = np.full(500, np.nan)


def gyro_in_degrees(data):
    values = np.array(data["gx"])
    values[50] = 240.0
    data["gx"] = values


def absurd_acceleration(data):
    values = np.array(data["ax"])
    values[50] = 1e308
    data["ax"] = values


def far_future(data):
    data["time"] = np.asarray(data["time"]) + 1e10


def nanoseconds(data):
    data["time"] = (np.arange(500) * 20_000_000 + 1_790_000_000_000_000_000).astype(np.int64)


def truth_values(data):
    data["ax"] = np.arange(500) % 2 == 0


def infinite_time(data):
    values = np.array(data["time"])
    values[7] = np.inf
    data["time"] = values


BAD = {
    "time goes backwards at row 2": bad_time,
    r"ay is not a number at row 121 \(time 2.40 s\) and 30 rows": nan_run,
    "gyroscope is not a number at row 121": gyro_hole,
    "'az' holds string, not numbers": text_column,
    "no column 'ax'": no_column,
    "gyroscope columns gx, gz alone": half_a_gyro,
    "is `time` in seconds": milliseconds,
    "in m/s": in_g,
    "time is not a number at row 8": infinite_time,
    "gyroscope is not a number at row 10": infinite_gyro,
    "gyroscope is not a number at row 1 ": one_axis_of_the_gyro,
    "is it in rad/s": gyro_in_degrees,
    "no worn sensor measures more than 100000": absurd_acceleration,
    r"time reaches 1e\+10": far_future,
    r"time reaches 1.79e\+18": nanoseconds,
    "'ax' holds bool, not numbers": truth_values,
}


@pytest.mark.parametrize(("message", "spoil"), BAD.items(), ids=[f.__name__ for f in BAD.values()])
def test_bad_data_is_refused_with_what_and_where(tmp_path, message, spoil):
    data = columns()
    spoil(data)
    path = write(tmp_path / "bad.parquet", data)

    with pytest.raises(RecordingError, match=message) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_alone_make_no_recording(tmp_path):
    for n in (0, 1):
        path = write(tmp_path / f"{n}.parquet", columns(n))
        with pytest.raises(RecordingError, match=f"{n} rows"):
            read_recording(path)


FILES = {
    "empty.parquet": (b"", "is empty"),
    "empty.csv": (b"", "is empty"),
    "text.parquet": (b"time,ax,ay,az\n0,0,0,9.8\n", "not a Parquet file, though named so"),
    "binary.csv": (bytes(range(256)) * 8, "cannot be read as"),
    "ragged.csv": (b"time,ax,ay,az\n0,1,2\n1,2\n", "cannot be read as"),
    "latin.csv": (b"time,ax,ay,az,H\xf6he\n0,0,0,9.8,1\n1,0,0,9.8,1\n", "UTF-8"),
    "header.csv": (b"time,ax,ay,az\n", "0 rows"),
}


@pytest.mark.parametrize(("name", "content"), FILES.items(), ids=FILES)
def test_a_file_that_is_no_recording_is_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content[0])

    with pytest.raises(RecordingError, match=content[1]) as caught:
        read_recording(path)
    assert "\n" not in str(caught.value)


@given(cut=st.floats(0.0, 0.999))
@settings(max_examples=25, deadline=None)
def test_a_truncated_parquet_file_is_refused_wherever_it_is_cut(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("cut")
    path = write(folder / "a.parquet", columns())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])

    with pytest.raises(RecordingError):
        read_recording(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "nowhere.parquet", tmp_path):
        with pytest.raises(RecordingError, match=r"No such file|is a folder"):
            read_recording(path)


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.parquet"])
def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)

    with pytest.raises(RecordingError, match="not a regular file"):
        read_recording(tmp_path / name)


def test_a_name_that_is_no_text_or_too_long_is_no_trouble(tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/ok\xff.csv"))
    write(tmp_path / "ok.csv", columns()).rename(odd)

    assert len(read_recording(odd).pieces) == 1
    with pytest.raises(RecordingError, match="too long"):
        read_recording(tmp_path / ("x" * 300))


def test_a_night_without_data_is_a_gap_and_not_a_slow_rate(tmp_path):
    data = columns(1000)
    time_s = np.array(data["time"])
    time_s[500:] += 8 * 3600
    [piece] = read_recording(write(tmp_path / "a.parquet", data | {"time": time_s})).pieces

    assert [end.stop for end in ends(piece)] == [500, 500]
    assert piece.rate_hz == pytest.approx(RATE_HZ)
