"""docs/validation.md says what the path does now, and no figure is below its floor."""

import math
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from backwatch.__main__ import main
from backwatch.commands.evaluate import _line, check
from backwatch.evaluation import grids
from backwatch.evaluation.record import Record, changed_subjects, read_record
from backwatch.evaluation.run import SIMULATED, WEARING, evaluate, score
from backwatch.evaluation.training import trained_parts

ROOT = Path(__file__).parents[2]
DATASETS = Path(os.environ.get("BACKWATCH_DATASETS", ROOT.parent / "shared" / "data"))
REAL = ("wc_trunk", "broad", "hapt_waist", "chest_desk", "lowback_gait", "sisfall", "umafall")


def test_the_document_says_what_is_recorded_and_nothing_is_below_its_floor():
    assert check(Record({}, []), quick=True) == []


@pytest.mark.parametrize("name", [SIMULATED, WEARING])
def test_a_simulated_person_is_read_as_recorded(name):
    fresh = score(name, DATASETS, 1)

    assert changed_subjects(fresh, read_record().figures[name]) == []


@pytest.mark.timeout(600)
def test_a_few_people_of_each_data_set_are_read_as_recorded():
    there = [name for name in REAL if any((DATASETS / name).glob("*.parquet"))]
    if not there:
        pytest.skip(
            "no labelled recordings here; name their folder in BACKWATCH_DATASETS to score them"
        )
    record = evaluate(there, DATASETS, quick=True, jobs=1, say=lambda _: None)

    assert check(record, quick=True) == []


def test_the_document_names_no_date_and_no_machine():
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")

    assert not re.search(r"20\d\d-\d\d-\d\d|\b\d\d:\d\d:\d\d\b|/home/|/root/|/tmp/", text)
    assert "no independent recordings of people slouching" in text


def test_a_changed_figure_is_called_stale():
    known = read_record()
    [name, figures] = next(iter(known.figures.items()))

    moved = [
        replace(figure, subjects={key: value + 1.0 for key, value in figure.subjects.items()})
        for figure in figures
    ]

    assert any("is stale" in line for line in check(Record({name: moved}, []), quick=True))


def test_a_fall_below_a_floor_is_found(monkeypatch):
    known = read_record()
    key = next(iter(known.figures.values()))[0].key
    better = known.figures[key.split(".")[0]][0].better
    monkeypatch.setattr(
        "backwatch.evaluation.record.read_floors",
        lambda: {key: -1e9 if better.value == "less" else 1e9},
    )

    assert any(line.startswith(f"{key} is ") for line in check(Record({}, []), quick=True))


def test_thresholds_chosen_from_another_grid_are_found(monkeypatch):
    grid = replace(grids.BENDS, criterion="another")
    monkeypatch.setitem(grids.GRIDS, "bends", grid)

    assert any(line.startswith("bends: thresholds") for line in check(Record({}, []), quick=True))


def test_a_figure_of_one_person_has_no_interval():
    figure = next(iter(read_record().figures.values()))[0]
    nowhere = replace(figure, low=math.nan, high=math.nan)

    assert "[one person]" in _line(replace(nowhere, subjects={"a": 1.0, "b": math.nan}))
    assert "[2 people]" in _line(replace(nowhere, subjects={"a": 1.0, "b": 2.0}))
    assert f"[{figure.low:.3f}, {figure.high:.3f}]" in _line(figure)


def test_trained_parts_state_what_they_were_trained_on(tmp_path):
    (tmp_path / "weights.py").write_text(
        "# Trained on 3 people of\n# a set, CC BY 4.0.\nWAIST = 1\n\nOTHER = 2\n"
    )
    [one] = trained_parts(tmp_path)

    assert one.where.endswith("weights.py WAIST")
    assert one.what == "trained on 3 people of a set, CC BY 4.0."


MISUSED = [
    (["--only", "nothing"], "is not one of wc_trunk"),
    (["--write", "x.md", "--quick"], "wants every subject"),
    (["--raise-floors"], "goes with --write"),
    (["--jobs", "0"], "makes no sense"),
    (["--leave-out", "walking", "--datasets", "nowhere"], "no Parquet files"),
    (["--only", "broad", "--datasets", "nowhere"], "no Parquet files"),
]


@pytest.mark.parametrize(("argv", "message"), MISUSED, ids=[" ".join(argv) for argv, _ in MISUSED])
def test_a_misused_option_gets_one_clear_line(capsys, argv, message):
    assert main(["evaluate", *argv]) == 2
    [line] = capsys.readouterr().err.splitlines()

    assert message in line
