"""`backwatch analyze FILE --pelvis FILE` as a person uses it."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from backwatch.__main__ import main

AXES = ["--up", "+x", "--forward", "-z"]
NEUTRAL = ["--neutral", "2:6"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A simulated minute of one person with two sensors: chest at 100 Hz, pelvis at 52 Hz."""
    folder = tmp_path_factory.mktemp("pair")
    chest, pelvis = folder / "chest.parquet", folder / "pelvis.parquet"
    common = ["simulate", "short", "--seed", "3", "--out"]
    assert main([*common, str(chest)]) == 0
    other = ["--placement", "low_back", "--specimen", "1", "--rate", "52"]
    assert main([*common, str(pelvis), *other]) == 0
    return chest, pelvis


def run(capsys, *argv: object) -> dict:
    assert main(["analyze", *map(str, argv), "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


def true_flexion_deg(pair) -> np.ndarray:
    """Largest difference of the true leans, on the chest's clock."""
    (chest_s, chest), (pelvis_s, pelvis) = (
        [np.asarray(table[name]) for name in ("time", "true_sagittal_deg")]
        for table in map(pyarrow.parquet.read_table, pair)
    )
    return chest - np.interp(chest_s, pelvis_s, pelvis)


def later(path, out, seconds: float):
    """The same recording by a clock that is slow by so many seconds."""
    table = pyarrow.parquet.read_table(path)
    time = pa.array(np.asarray(table["time"]) - seconds)
    pyarrow.parquet.write_table(table.set_column(0, "time", time), out)
    return out


def test_flexion_and_the_lift_agree_with_the_simulator(capsys, pair):
    trunk = run(capsys, pair[0], "--pelvis", pair[1], *AXES, *NEUTRAL)["trunk"]
    true = true_flexion_deg(pair)
    [lift] = trunk["bends"]

    assert trunk["coverage"] > 0.95
    assert trunk["flexion_percentiles_deg"]["p90"] == pytest.approx(
        float(np.percentile(true, 90)), abs=2.5
    )
    assert lift["max_flexion_deg"] == pytest.approx(float(true[800:1300].max()), abs=2.0)
    assert lift["coverage"] > 0.99


def test_wrong_axes_of_the_second_sensor_are_refused_by_its_own_option(capsys, pair, tmp_path):
    walked = tmp_path / "walked.parquet"
    worn = ["--placement", "low_back", "--rate", "25", "--seconds", "180"]
    assert main(["simulate", "short", "--out", str(walked), *worn]) == 0
    named = [*AXES, "--pelvis-up=-x", "--pelvis-forward=-z"]
    assert main(["analyze", str(pair[0]), "--pelvis", str(walked), *named]) == 2
    refused = capsys.readouterr().err

    assert f"{walked}: in " in refused
    assert "name --pelvis-up +x" in refused


def test_the_index_is_a_range_and_names_what_it_lacks(capsys, pair):
    trunk = run(capsys, pair[0], "--pelvis", pair[1], *AXES, *NEUTRAL)["trunk"]
    index = trunk["lift_index_without_load"]
    values = {factor["name"]: factor["value"] for factor in index["factors"]}

    assert index["missing"] == "max_load_moment_nm"
    assert values["lifts_per_h"] is None  # a minute gives no rate
    assert index["to"] - index["from"] == pytest.approx(0.4)
    assert "no risk" in index["label"]


def test_the_rest_of_the_json_is_what_the_chest_says_alone(capsys, pair):
    both = run(capsys, pair[0], "--pelvis", pair[1], *AXES, *NEUTRAL)
    del both["trunk"]

    assert both == run(capsys, pair[0], *AXES, *NEUTRAL)


def test_a_clock_that_is_off_is_put_right_by_name(capsys, pair, tmp_path):
    slow = later(pair[1], tmp_path / "slow.parquet", 3600.0)
    argv = [pair[0], "--pelvis", slow, *AXES, *NEUTRAL, "--pelvis-later", 3600]
    moved = run(capsys, *argv)["trunk"]
    plain = run(capsys, pair[0], "--pelvis", pair[1], *AXES, *NEUTRAL)["trunk"]

    assert moved["bends"] == plain["bends"]


def test_without_a_neutral_posture_no_flexion_from_standing_is_told(capsys, pair):
    trunk = run(capsys, pair[0], "--pelvis", pair[1], *AXES)["trunk"]

    assert trunk["flexion_percentiles_deg"] is None
    assert all("max_flexion_deg" not in bend for bend in trunk["bends"])
    assert any("--neutral" in sentence for sentence in trunk["unknown"])


def test_the_table_says_what_the_second_sensor_adds(capsys, pair):
    assert main(["analyze", *map(str, pair[:1]), "--pelvis", str(pair[1]), *AXES, *NEUTRAL]) == 0
    out = capsys.readouterr().out

    assert "without load" in out
    assert "not known" in out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["{chest}", "{pelvis}", "--pelvis", "{pelvis}"], "one FILE at a time"),
        (["{chest}", "--pelvis", "{chest}"], "is FILE itself"),
        (["{chest}", "--pelvis-up", "+x"], "without --pelvis"),
        (["{chest}", "--pelvis", "{pelvis}", "--placement", "waist"], "upper_back or chest"),
        (["{chest}", "--pelvis", "{pelvis}", "--pelvis-later", "nan"], "no number of seconds"),
        (["{chest}", "--pelvis", "{pelvis}", "--pelvis-later", "900"], "shares no time"),
        (["{chest}", "--pelvis", "{missing}"], "missing"),
    ],
)
def test_what_cannot_go_together_is_said(capsys, pair, tmp_path, argv, said):
    names = {"chest": pair[0], "pelvis": pair[1], "missing": tmp_path / "missing.parquet"}
    code = main(["analyze", *(word.format(**names) for word in argv), *AXES])

    assert code == 2
    assert said in capsys.readouterr().err
