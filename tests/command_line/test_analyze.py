"""`backwatch analyze` as a person uses it."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from backwatch.__main__ import main
from monitor.model import Placement
from simulator.scenarios import simulate

RATE_HZ = 50.0


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """A simulated minute: a lift, a walk, a sitting down."""
    return simulated(tmp_path_factory.mktemp("analyze") / "minute.parquet", "short", 60.0)


def simulated(path: Path, scenario: str, seconds: float) -> Path:
    blocks = list(
        simulate(scenario, seconds=seconds, seed=3, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks])
    columns = {"time": np.concatenate([block.time_s for block in blocks])}
    columns |= {name: acc[:, i] for i, name in enumerate(("ax", "ay", "az"))}
    columns |= {name: gyr[:, i] for i, name in enumerate(("gx", "gy", "gz"))}
    columns["true_sagittal_deg"] = np.degrees(
        np.concatenate([block.sagittal_rad for block in blocks])
    )
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


AXES = ["--up", "+x", "--forward", "-z"]


def analyzed(capsys, *argv: object) -> dict:
    assert main(["analyze", *map(str, argv), "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_the_json_has_the_documented_shape(capsys, recording):
    out = analyzed(capsys, recording, *AXES, "--neutral", "2:5")

    assert out["schema"] == 1
    assert out["duration_s"] == pytest.approx(60, abs=0.1)
    assert 0.9 < out["coverage"] <= 1.0
    activities = {"sit", "stand", "upright", "recline", "walk", "lie", "not_worn", "unknown"}
    for state in out["states"]:
        assert set(state) == {
            *("start_s", "stop_s", "activity", "posture", "confidence", "standing", "trusted")
        }
        assert state["activity"] in activities
        assert state["posture"] in {"neutral", "slouched", "bent", "none"}
        assert state["start_s"] < state["stop_s"]
    for event in out["events"]:
        assert event["kind"] in {"bend", "lift", "fall", "jolt", "sit_to_stand", "stand_to_sit"}
        assert event["start_s"] <= event["stop_s"]
        assert 0 <= event["event_confidence"] <= 1
        if event["kind"] in ("bend", "lift"):
            # How sure the technique is, not the event.
            assert event["technique"] in {"stoop", "squat", "unknown"}
            assert event["confidence"] == event["technique_confidence"]
        else:
            assert event["confidence"] == event["event_confidence"]
    assert out["metrics"]["lifts"] >= 1
    assert out["unknown"] == []


def test_states_cover_the_recording_without_holes_or_overlaps(capsys, recording):
    states = analyzed(capsys, recording, *AXES)["states"]

    assert states[0]["start_s"] == pytest.approx(0, abs=0.05)
    assert states[-1]["stop_s"] == pytest.approx(60, abs=0.2)
    assert all(a["stop_s"] == b["start_s"] for a, b in itertools.pairwise(states))


def test_the_series_holds_the_angles_at_the_input_rate(capsys, recording, tmp_path):
    out = tmp_path / "series.parquet"
    analyzed(capsys, recording, *AXES, "--neutral", "2:5", "--series", out)
    series = pyarrow.parquet.read_table(out)
    truth = pyarrow.parquet.read_table(recording).column("true_sagittal_deg").to_numpy()
    sagittal = series.column("sagittal_deg").to_numpy()

    assert series.column_names == ["time_s", "sagittal_deg", "lateral_deg", "inclination_deg"]
    assert series.num_rows == len(truth)
    error = (sagittal - truth)[200:]
    assert np.sqrt(np.mean((error - error.mean()) ** 2)) < 2.0


def test_without_axes_it_says_what_it_could_not_know(capsys, recording):
    out = analyzed(capsys, recording)

    assert not out["mounting"]["forward_known"]
    assert any("forward" in sentence for sentence in out["unknown"])


def test_a_mounting_that_was_guessed_or_has_no_zero_is_said_to_be_so(capsys, recording):
    guessed = analyzed(capsys, recording)
    named = analyzed(capsys, recording, *AXES)

    assert any("guessed" in sentence for sentence in guessed["unknown"])
    assert any("--neutral" in sentence for sentence in named["unknown"])


def test_a_neutral_posture_far_from_the_named_up_is_doubted(capsys, recording):
    argv = ["--up", "+y", "--forward", "-z", "--neutral", "2:5"]
    assert main(["analyze", str(recording), *argv]) == 2
    refused = capsys.readouterr().err
    out = analyzed(capsys, recording, *argv, "--neutral-unchecked")

    assert "cannot be the neutral posture" in refused
    assert "from the axis that is up" in refused
    assert "--neutral-unchecked" in refused
    [sentence] = [said for said in out["unknown"] if "neutral posture" in said]
    assert "from the axis that is up" in sentence
    assert out["mounting"]["neutral"]["tilt_deg"] > 45


@pytest.fixture(scope="module")
def shift(tmp_path_factory) -> Path:
    """Five simulated minutes of walking and lifting."""
    return simulated(tmp_path_factory.mktemp("shift") / "shift.parquet", "short", 300.0)


def test_an_up_that_walking_speaks_against_is_refused_and_can_be_insisted_on(capsys, shift):
    argv = ["--up=-x", "--forward=-z"]
    assert main(["analyze", str(shift), *argv]) == 2
    [refused] = capsys.readouterr().err.splitlines()
    out = analyzed(capsys, shift, *argv, "--axes-unchecked")

    assert refused.startswith(f"backwatch: {shift}: in ")
    assert "walking" in refused
    assert "name --up +x" in refused
    assert "--axes-unchecked" in refused
    [sentence] = [said for said in out["unknown"] if "axes are named right" in said]
    assert "name --up +x" in sentence
    assert out["mounting"]["named"]["likely_up"] == "+x"
    assert out["mounting"]["named"]["walked_deg"] > 150


def test_a_forward_that_bends_speak_against_is_doubted(capsys, shift):
    wrong = analyzed(capsys, shift, "--up=+x", "--forward=+z")
    right = analyzed(capsys, shift, *AXES)

    [sentence] = [said for said in wrong["unknown"] if "axes are named right" in said]
    assert "lean" in sentence
    assert "name --forward -z" in sentence
    assert not any("axes are named right" in said for said in right["unknown"])
    assert right["mounting"]["named"]["bends"] >= 3
    assert right["mounting"]["named"]["astray"] == 0


def test_several_files_give_a_line_each_in_order(capsys, recording, tmp_path):
    other = tmp_path / "other.parquet"
    other.write_bytes(recording.read_bytes())

    assert main(["analyze", str(other), str(recording), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [str(other), str(recording)]


def test_a_bad_file_among_good_ones_is_named_and_the_others_are_read(capsys, recording, tmp_path):
    bad = tmp_path / "bad.parquet"
    bad.write_text("not parquet")

    assert main(["analyze", str(bad), str(recording), "--json"]) == 2
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    [line] = captured.err.splitlines()
    assert line.startswith(f"backwatch: {bad}: ")


def test_the_table_speaks_in_words(capsys, recording):
    assert main(["analyze", str(recording), *AXES]) == 0
    out = capsys.readouterr().out

    assert "60.0 s recorded" in out
    assert "walk" in out
    assert "lift" in out


def test_no_minute_of_the_table_has_sixty_seconds(capsys, tmp_path):
    path = tmp_path / "three.parquet"
    main(["simulate", "falls", "--rate", "50", "--out", str(path)])  # ends at 179.98 s
    capsys.readouterr()

    assert main(["analyze", str(path), *AXES]) == 0
    out = capsys.readouterr().out
    assert "3 min 00 s recorded" in out
    assert "60 s" not in out


MISUSED = [
    (["--up", "up"], "is not an axis"),
    (["--up", "+x", "--forward", "-x"], "perpendicular"),
    (["--forward", "-z"], "name both axes"),
    (["--neutral", "3:1"], "must come before"),
    (["--neutral", "soon"], "two numbers of seconds"),
    (["--neutral", "500:600"], "no data between 500.000 and 600.000 s"),
    (["--profile", "gym"], "is not one of desk, manual"),
]


@pytest.mark.parametrize(("argv", "message"), MISUSED, ids=[" ".join(argv) for argv, _ in MISUSED])
def test_a_misused_option_gets_one_clear_line(capsys, recording, argv, message):
    assert main(["analyze", str(recording), *argv]) == 2
    [line] = capsys.readouterr().err.splitlines()

    assert message in line


def test_a_closed_pipe_is_not_an_error(recording):
    command = f"{sys.executable} -m backwatch analyze {recording} {recording} --json | head -c 10"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )

    assert "Traceback" not in done.stderr
