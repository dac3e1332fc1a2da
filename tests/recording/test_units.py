"""Files whose columns are in other units are refused, and read once their unit is named."""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from backwatch.__main__ import main
from monitor.analysis import Options, analyze
from monitor.profiles import PROFILES
from monitor.recording import RecordingError, Units, read_recording
from simulator.scenarios import simulate

RATE_HZ = 50.0
SCALES = {"rad/s": 1.0, "deg/s": 180.0 / math.pi, "rad/s converted twice": math.pi / 180.0}


@cache
def sitting() -> tuple[np.ndarray, np.ndarray]:
    """Twenty seconds of somebody quiet, who never turns fast enough to look absurd in deg/s."""
    simulated = simulate("desk_day", seconds=80.0, seed=5, rate_hz=RATE_HZ)
    blocks = [block for block in simulated if block.time_s[0] >= 60.0]
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


def write(
    path: Path, *, gyr_scale: float = 1.0, acc_scale: float = 1.0, still: bool = False
) -> Path:
    acc, gyr = sitting()
    if still:  # as in a vehicle: gravity sways, and nothing turns
        rng = np.random.default_rng(3)
        sway = np.repeat(rng.normal(0.0, 1.0, (len(acc) // 50 + 1, 3)), 50, axis=0)[: len(acc)]
        acc, gyr = np.array([9.8, 0.0, 0.0]) + sway, rng.normal(0.0, 1e-4, gyr.shape)
    data = {"time": np.arange(len(acc)) / RATE_HZ}
    data |= {name: acc[:, axis] * acc_scale for axis, name in enumerate(("ax", "ay", "az"))}
    data |= {name: gyr[:, axis] * gyr_scale for axis, name in enumerate(("gx", "gy", "gz"))}
    pyarrow.parquet.write_table(pa.table(data), path)
    return path


def test_a_gyroscope_in_radians_is_read(tmp_path: Path) -> None:
    assert read_recording(write(tmp_path / "a.parquet")).pieces[0].has_gyro


def test_a_quiet_gyroscope_in_degrees_is_refused_with_the_option(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", gyr_scale=SCALES["deg/s"])

    with pytest.raises(RecordingError, match=r"in deg/s\? Then add --gyro-unit deg/s") as caught:
        read_recording(path)
    assert str(path) in str(caught.value)


def test_a_gyroscope_converted_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", gyr_scale=SCALES["rad/s converted twice"])

    with pytest.raises(RecordingError, match="divided by 57 once too often"):
        read_recording(path)


def test_a_vehicle_that_sways_a_still_person_is_read(tmp_path: Path) -> None:
    assert read_recording(write(tmp_path / "a.parquet", still=True)).pieces


@pytest.mark.parametrize(
    ("gyr_scale", "message"),
    [(1.0, ""), (-1.0, "turns against gravity"), (0.25, "gravity turns"), (4.0, "gravity turns")],
)
def test_a_gyroscope_of_another_sign_or_scale_is_read_with_a_doubt(
    tmp_path: Path, gyr_scale: float, message: str
) -> None:
    blocks = list(simulate("slow_bends", seconds=60.0, seed=5, rate_hz=RATE_HZ))
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks]) * gyr_scale
    data = {"time": np.arange(len(acc)) / RATE_HZ}
    data |= {name: acc[:, axis] for axis, name in enumerate(("ax", "ay", "az"))}
    data |= {name: gyr[:, axis] for axis, name in enumerate(("gx", "gy", "gz"))}
    pyarrow.parquet.write_table(pa.table(data), tmp_path / "a.parquet")
    recording = read_recording(tmp_path / "a.parquet")
    analysis = analyze(recording, Options(PROFILES["desk"], up="+x", forward="-z"))
    said = [sentence for sentence in analysis.unknown if "gyroscope is right" in sentence]

    assert message in recording.doubt
    assert bool(recording.doubt) is bool(said) is bool(message)


def test_named_units_give_the_same_samples(tmp_path: Path) -> None:
    plain = read_recording(write(tmp_path / "a.parquet")).pieces[0]
    other = write(tmp_path / "b.parquet", gyr_scale=SCALES["deg/s"], acc_scale=1 / 9.80665)
    read = read_recording(other, Units("g", "deg/s")).pieces[0]

    np.testing.assert_allclose(read.acc_mps2, plain.acc_mps2, atol=1e-9)
    np.testing.assert_allclose(read.gyr_radps, plain.gyr_radps, atol=1e-12)


def test_a_unit_that_was_named_is_believed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", gyr_scale=SCALES["deg/s"])

    assert read_recording(path, Units(gyr="rad/s")).pieces


def test_an_accelerometer_in_g_is_refused_with_the_option(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", acc_scale=1 / 9.80665)

    with pytest.raises(RecordingError, match="--acc-unit g"):
        read_recording(path)


def test_the_command_takes_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.parquet", gyr_scale=SCALES["deg/s"])
    argv = ["analyze", "--json", "--up", "+x", "--forward=-z", str(path)]

    assert main(argv) == 2
    assert "--gyro-unit" in capsys.readouterr().err
    assert main([*argv, "--gyro-unit", "deg/s"]) == 0
    in_degrees = json.loads(capsys.readouterr().out)
    assert main([*argv[:-1], str(write(path))]) == 0
    assert json.loads(capsys.readouterr().out)["states"] == in_degrees["states"]
