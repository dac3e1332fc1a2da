"""The calibrate command, as somebody meets it who has a recording."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from backwatch.__main__ import main

ADDRESS = "C0:FF:EE:00:00:01"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibrate") / "calibration.parquet"
    arguments = ["calibration", "--seed", "2", "--seconds", "52", "--out", str(path)]
    assert main(["simulate", *arguments]) == 0
    return path


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "day.db"


def json_lines(capsys: pytest.CaptureFixture) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_recording_is_guided_through_and_kept(recording, db, capsys):
    file = ["calibrate", "--file", str(recording), "--db", str(db), "--place", "desk"]

    assert main([*file, "--sensor", ADDRESS, "--use-advised"]) == 0
    told = capsys.readouterr().out
    assert main(["calibrate", "--list", "--db", str(db)]) == 0
    listed = capsys.readouterr().out

    steps = [line for line in told.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")]
    assert len(steps) == 4
    assert "bend 1 of 3" in told
    assert f"Kept as 'desk' for {ADDRESS}" in told
    assert "advised slouch threshold 12° (in use)" in listed
    assert ADDRESS in listed


def test_json_lines_end_with_the_calibration(recording, db, capsys):
    assert main(["calibrate", "--file", str(recording), "--db", str(db), "--json"]) == 0
    *progress, last = json_lines(capsys)

    assert {line["what"] for line in progress} == {"progress"}
    assert (last["what"], last["kept"], last["sensor"]) == ("calibration", False, None)
    assert len(last["body_from_sensor"]) == 9
    assert last["advised_slouch_deg"] == pytest.approx(11.7, abs=0.3)
    assert last["slouch_deg"] is None
    assert last["quality"]["bow_share"] > 0.95


def test_marked_stretches_give_what_is_found_without_marks(recording, db, capsys):
    marks = "stand=0:6, bow=7:27,sit=28:38"
    common = ["calibrate", "--file", str(recording), "--db", str(db), "--no-slump", "--json"]

    assert main(common) == 0
    found = json_lines(capsys)[-1]
    assert main([*common, "--marks", marks]) == 0
    marked = json_lines(capsys)[-1]

    assert marked["body_from_sensor"] == pytest.approx(found["body_from_sensor"], abs=0.01)


def test_what_was_found_last_is_in_use_whatever_the_clock_of_its_file(recording, db, capsys):
    keep = ["calibrate", "--file", str(recording), "--db", str(db), "--sensor", ADDRESS]
    for place in ("car", "desk"):
        main([*keep, "--place", place])
    capsys.readouterr()

    main(["calibrate", "--list", "--db", str(db)])

    assert [line for line in capsys.readouterr().out.splitlines() if ADDRESS in line] == [
        f"{ADDRESS}  desk",
        f"{ADDRESS}  car",
    ]


def test_a_place_is_forgotten_once(recording, db, capsys):
    keep = ["calibrate", "--file", str(recording), "--db", str(db), "--sensor", ADDRESS]
    main([*keep, "--place", "car", "--no-slump"])

    assert main(["calibrate", "--forget", "car", "--db", str(db)]) == 0
    assert main(["calibrate", "--forget", "car", "--db", str(db)]) == 2
    assert "nothing is kept for place 'car'" in capsys.readouterr().err


def test_a_recording_of_something_else_is_no_calibration(tmp_path, db, capsys):
    path = tmp_path / "short.parquet"
    main(["simulate", "short", "--out", str(path)])

    assert main(["calibrate", "--file", str(path), "--db", str(db)]) == 1
    error = capsys.readouterr().err
    assert "No calibration was found" in error
    assert "it got as far as" in error
    assert "broke off" not in error


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (lambda table: negated(table), "The gyroscope turned otherwise than gravity did"),
        (lambda table: still(table), "The sensor lies still, as on a table"),
    ],
    ids=["a negated gyroscope", "a flat table"],
)
def test_why_there_is_none_is_told_with_what_to_do(
    recording, db, tmp_path, capsys, spoilt, message
):
    path = tmp_path / "spoilt.parquet"
    pq.write_table(spoilt(pq.read_table(recording)), path)

    assert main(["calibrate", "--file", str(path), "--db", str(db)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "it got as far as" in error


def negated(table: pa.Table) -> pa.Table:
    for name in ("gx", "gy", "gz"):
        table = table.set_column(table.schema.get_field_index(name), name, pc.negate(table[name]))
    return table


def still(table: pa.Table) -> pa.Table:
    rng = np.random.default_rng(1)
    n = len(table)
    columns = {"time": table["time"]}
    for name, mean, noise in (("ax", 0.2, 0.01), ("ay", 0.1, 0.01), ("az", 9.8, 0.01),
                              ("gx", 0, 5e-4), ("gy", 0, 5e-4), ("gz", 0, 5e-4)):  # fmt: skip
        columns[name] = pa.array(mean + noise * rng.normal(size=n))
    return pa.table(columns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--marks", "stand=0:2"], "--marks belongs to --file"),
        (["--file", "{}", "--marks", "stand=0:2"], "needs stand, bow and sit"),
        (["--file", "{}", "--marks", "stand=0:2,bow=7:27,sit=28:38"], "not accepted as stand"),
        (["--file", "{}", "--marks", "stand=6:0,bow=7:27,sit=28:38"], "A comes before B"),
        (["--file", "{}", "--marks", "jump=0:6"], "the task is one of stand, bow"),
        (["--file", "{}", "--marks", "stand"], "is not TASK=A:B"),
        (["--file", "nothing.parquet"], "nothing.parquet"),
        (["--place", ""], "Give the place a name"),
        (["--place", "none"], "Give the place a name"),
        (["--seconds", "0"], "above 0"),
        (["--seconds", "nan"], "above 0"),
        (["--file", "{}", "--no-slump", "--use-advised"], "Without a slump"),
        (["--adapter", "virtual:127.0.0.1:1"], "simulate-device --port 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(recording, db, capsys, arguments, message):
    filled = [one.format(recording) if one == "{}" else one for one in arguments]

    assert main(["calibrate", "--db", str(db), *filled]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
