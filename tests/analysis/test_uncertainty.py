"""How far angles can be off, said of recordings with and without a gyroscope."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitor.analysis import Options, Series, analyze, as_json
from monitor.model import Placement
from monitor.profiles import PROFILES
from monitor.recording import read_recording
from simulator.recording import write_recording
from simulator.scenarios import simulate

OPTIONS = Options(PROFILES["desk"], up="+x", forward="-z", neutral_s=(2.0, 8.0))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("uncertain") / "slip.parquet"
    blocks = simulate("slip", seed=3, seconds=390.0)
    write_recording(path, blocks, scenario="slip", seed=3, rate_hz=100.0,
                    placement=Placement.UPPER_BACK)  # fmt: skip
    return path


def without_gyroscope(path: Path) -> Path:
    table = pq.read_table(path)
    nothing = pa.array(np.full(table.num_rows, np.nan, np.float32))
    for name in ("gx", "gy", "gz"):
        table = table.set_column(table.column_names.index(name), name, nothing)
    out = path.with_name("acc.parquet")
    pq.write_table(table, out)
    return out


def told(path: Path) -> dict:
    return as_json(analyze(read_recording(path), OPTIONS))


def test_without_a_gyroscope_angles_are_said_to_be_less_certain(recording):
    with_gyro, without = told(recording), told(without_gyroscope(recording))

    assert 1.0 < with_gyro["uncertainty_deg"]["median"] < 4.0
    assert without["uncertainty_deg"]["median"] > 2 * with_gyro["uncertainty_deg"]["median"]
    assert without["uncertainty_deg"]["p95"] > 10.0


@pytest.mark.parametrize("gyro", [True, False])
def test_the_truth_lies_within_what_is_said(recording, gyro):
    """Before the slip, which is no matter of the filter; the neutral is exact to 2 deg."""
    path = recording if gyro else without_gyroscope(recording)
    series: list[Series] = []
    said = as_json(analyze(read_recording(path), OPTIONS, series))["uncertainty_deg"]
    found = np.concatenate([part.inclination_deg for part in series])[300:19_000]
    truth = pq.read_table(recording)["true_inclination_deg"].to_numpy()[300:19_000]

    within = np.abs(found - truth) < said["p95"] + 2.0
    assert within.mean() > 0.95


def test_the_zero_is_less_certain_where_only_axes_were_named(recording):
    named = Options(PROFILES["desk"], up="+x", forward="-z")
    stood = told(recording)["uncertainty_deg"]
    only_named = as_json(analyze(read_recording(recording), named))["uncertainty_deg"]

    assert stood["median"] == only_named["median"]
    assert (round(stood["zero"]), only_named["zero"]) == (14, 30)
    for said in (stood, only_named):
        both = np.hypot(said["p95"], said["zero"])
        assert said["with_zero_p95"] == pytest.approx(both, abs=0.01)


def test_what_moved_while_the_zero_was_taken_makes_it_less_certain(recording):
    """Standing leant by 10 deg for a third of the time: within what is accepted, and worse."""
    table = pq.read_table(recording).slice(200, 600)
    acc = np.stack([table[name].to_numpy() for name in ("ax", "ay", "az")], axis=1)
    lean = np.radians(np.where(np.arange(len(acc)) < 200, 10.0, 0.0))
    ax = acc[:, 0] * np.cos(lean) - acc[:, 2] * np.sin(lean)
    az = acc[:, 0] * np.sin(lean) + acc[:, 2] * np.cos(lean)
    for name, values in (("ax", ax), ("az", az)):
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    path = recording.with_name("restless.parquet")
    pq.write_table(table, path)

    assert told(path)["uncertainty_deg"]["zero"] > told(recording)["uncertainty_deg"]["zero"] + 1.0


def test_a_slip_is_told_where_it_was_noticed(recording):
    slips = told(recording)["slips"]

    assert [one["trusted"] for one in slips] == [False]
    assert slips[0]["moved_deg"] == pytest.approx(20.0, abs=4.0)
    assert 200.0 < slips[0]["at_s"] < 300.0
