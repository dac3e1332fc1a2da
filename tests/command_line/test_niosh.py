"""`backwatch niosh` as a person uses it."""

import json
from pathlib import Path

import pytest

from backwatch.__main__ import main

GOLDEN = ["niosh", "--load", "12", "--h", "40", "--v", "20", "--d", "80", "--a", "30",
          "--coupling", "fair", "--duration", "8"]  # fmt: skip


def test_the_table_shows_every_multiplier_and_one_sentence(capsys) -> None:
    assert main([*GOLDEN, "--rate", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()

    shown = {line.split()[0]: line.split()[1] for line in lines[:9]}
    assert shown == {
        "LC": "23", "HM": "0.625", "VM": "0.835", "DM": "0.876", "AM": "0.904", "FM": "0.750",
        "CM": "0.950", "RWL": "6.77", "LI": "1.77",
    }  # fmt: skip
    assert lines[-1].startswith("12 kg is 1.77 times the recommended limit of 6.8 kg")


def test_json_says_the_same(capsys) -> None:
    assert main([*GOLDEN, "--rate", "1", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)

    assert (out["recommended_kg"], out["index"], out["band"]) == (6.774, 1.771, "moderate")
    assert out["rate_from"] == "entered"


def analysis(
    path: Path, starts: list[float], duration_s: float, gap: tuple[float, float] = (0.0, 0.0)
) -> Path:
    events = [{"kind": "lift", "start_s": start} for start in starts]
    events.append({"kind": "bend", "start_s": 1.0})
    edges = [0.0, *gap, duration_s]
    states = [
        {"start_s": start, "stop_s": stop, "activity": activity}
        for start, stop, activity in zip(
            edges, edges[1:], ("stand", "unknown", "stand"), strict=False
        )
    ]
    said = {"events": events, "states": states, "duration_s": duration_s}
    path.write_text(json.dumps(said) + "\n")
    return path


def test_the_rate_comes_from_the_busiest_quarter_of_an_hour(capsys, tmp_path) -> None:
    early = [float(i * 600) for i in range(3)]
    busy = [4000.0 + 20 * i for i in range(30)]
    path = analysis(tmp_path / "shift.json", early + busy, 3600.0 * 4)

    assert main([*GOLDEN, "--from-analysis", str(path), "--json"]) == 0
    out = json.loads(capsys.readouterr().out)

    assert out["rate_per_min"] == 2.0
    assert "30 lift-like bends in the busiest 15 min of shift.json" in out["rate_from"]
    assert out["multipliers"]["frequency"] == 0.65


@pytest.mark.parametrize(
    ("duration_s", "gap"),
    [(600.0, (0.0, 0.0)), (1700.0, (800.0, 1000.0)), (1200.0, (300.0, 900.0))],
    ids=["too short", "a gap in the middle", "mostly a gap"],
)
def test_less_than_a_quarter_of_an_hour_gives_no_rate(capsys, tmp_path, duration_s, gap) -> None:
    path = analysis(tmp_path / "short.json", [100.0, 200.0], duration_s, gap)

    assert main([*GOLDEN, "--from-analysis", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "15 minutes" in line
    assert "--rate" in line


def test_the_last_quarter_of_an_hour_counts_whole(capsys, tmp_path) -> None:
    path = analysis(tmp_path / "end.json", [3500.0 + 6 * i for i in range(15)], 3600.0)

    assert main([*GOLDEN, "--from-analysis", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rate_per_min"] == 1.0


def test_a_rate_that_is_entered_goes_before_a_measured_one(capsys, tmp_path) -> None:
    path = analysis(tmp_path / "shift.json", [1.0], 60.0)

    assert main([*GOLDEN, "--rate", "1", "--from-analysis", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rate_from"] == "entered"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--rate", "1", "--one-handed"], "not valid for lifting with one hand"),
        (["--rate", "1", "--seated"], "seated or kneeling"),
        (["--rate", "1", "--unstable"], "an unstable load"),
        (["--rate", "nan"], "rate nan"),
        ([], "--rate"),
        (["--from-analysis", "nowhere.json"], "nowhere.json: cannot be read"),
    ],
    ids=str,
)
def test_a_refusal_is_one_clear_line(capsys, argv: list[str], message: str) -> None:
    assert main([*GOLDEN, *argv]) == 2
    [line] = capsys.readouterr().err.splitlines()

    assert message in line


def test_a_file_that_is_no_analysis_is_named(capsys, tmp_path) -> None:
    for text in ("[]", "{}", "hello", '{"events": [{}], "duration_s": 1}'):
        path = tmp_path / "odd.json"
        path.write_text(text)

        assert main([*GOLDEN, "--from-analysis", str(path)]) == 2
        assert "odd.json: not what" in capsys.readouterr().err


def test_what_is_no_text_is_named_without_being_printed(capsys, tmp_path) -> None:
    path = tmp_path / "odd.parquet"
    path.write_bytes(bytes(range(256)) * 50)

    assert main([*GOLDEN, "--from-analysis", str(path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "odd.parquet: not what" in line
    assert len(line) < 300
