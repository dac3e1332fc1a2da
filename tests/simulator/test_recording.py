"""A simulated recording is a file another program can use, and always the same one."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from backwatch.__main__ import main


def simulated(path, *more):
    assert main(["simulate", *more, "--out", str(path)]) == 0
    return path


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path):
    first = simulated(tmp_path / "a.parquet", "short", "--seed", "7").read_bytes()
    again = simulated(tmp_path / "b.parquet", "short", "--seed", "7").read_bytes()
    other = simulated(tmp_path / "c.parquet", "short", "--seed", "8").read_bytes()

    assert first == again
    assert first != other


def test_the_file_says_how_it_was_made(tmp_path):
    path = simulated(
        tmp_path / "a.parquet", "demo", "--seconds", "20", "--rate", "50", "--placement", "chest"
    )

    metadata = {k.decode(): v.decode() for k, v in pq.read_schema(path).metadata.items()}
    assert metadata["scenario"] == "demo"
    assert metadata["seed"] == "0"
    assert metadata["rate_hz"] == "50"
    assert metadata["placement"] == "chest"
    assert (metadata["up"], metadata["forward"]) == ("+x", "+z")


def test_columns_are_in_si_units_and_the_truth_covers_every_sample(tmp_path):
    path = simulated(tmp_path / "a.parquet", "short", "--seed", "1")
    table = pq.read_table(path)

    names = "time ax ay az gx gy gz true_activity true_posture true_sagittal_deg true_lateral_deg"
    names += " true_inclination_deg true_event true_event_id true_technique true_turn_deg"
    assert table.column_names == names.split()
    assert table.num_rows == 6000
    assert all(column.null_count == 0 for column in table.columns)
    still = table.slice(0, 700)
    assert np.mean(still["ax"]) == pytest.approx(9.8, abs=0.6)
    assert abs(np.mean(still["gx"])) < np.radians(3)
    assert set(table["true_activity"].to_pylist()) == {"stand", "walk", "sit"}
    assert set(table["true_posture"].to_pylist()) == {"neutral", "bent", "slouched"}
    assert set(table["true_event"].to_pylist()) == {"", "lift", "stand_to_sit", "sit_to_stand"}
    assert np.max(table["true_sagittal_deg"]) == pytest.approx(70, abs=5)


def test_labels_of_events_go_together(tmp_path):
    path = simulated(tmp_path / "a.parquet", "warehouse_shift", "--seconds", "300", "--seed", "2")
    rows = pq.read_table(path).to_pylist()

    for row in rows:
        assert (row["true_event"] == "") == (row["true_event_id"] == -1)
        assert (row["true_technique"] != "") == (row["true_event"] == "lift")
        assert row["true_turn_deg"] == 0 or row["true_event"] == "lift"


def test_long_recordings_are_written_in_row_groups(tmp_path):
    path = simulated(tmp_path / "a.parquet", "rest", "--hours", "0.5")

    file = pq.ParquetFile(path)
    assert file.metadata.num_rows == 180_000
    assert file.metadata.num_row_groups >= 3


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path, capsys):
    path = simulated(tmp_path / "a.parquet", "short", "--seconds", "5")
    before = path.read_bytes()

    assert main(["simulate", "short", "--seconds", "9", "--out", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert main(["simulate", "short", "--seconds", "9", "--force", "--out", str(path)]) == 0
    assert pq.read_metadata(path).num_rows == 900


def test_an_unknown_scenario_is_one_line_that_names_the_choices(tmp_path, capsys):
    assert main(["simulate", "siesta", "--out", str(tmp_path / "a.parquet")]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert "siesta" in line
    assert "desk_day" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "more", [[], ["short"], ["short", "--seconds", "-1", "--out", "a.parquet"]]
)
def test_what_is_missing_or_senseless_is_one_line(more, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(["simulate", *more]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    assert main(["simulate", "short", "--out", str(tmp_path / "nowhere" / "a.parquet")]) == 2

    assert "nowhere" in capsys.readouterr().err


def test_the_list_names_every_scenario_with_a_line_of_description(capsys):
    from simulator.scenarios import SCENARIOS

    assert main(["simulate", "--list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    assert all(len(line.split()) > 5 for line in lines)
