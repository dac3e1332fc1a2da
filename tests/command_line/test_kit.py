"""A shared sensor from the command line: lent, taken back, handed over, erased."""

import csv
import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest

from backwatch.__main__ import main
from monitor.link import TapeWriter, tapes_folder
from monitor.model import Connected
from monitor.store import RawSamples, RecordingStart, Store
from tests.store.test_shifts import (
    BACK_S,
    END_S,
    LENT_S,
    MOUNTING,
    RATE_HZ,
    SECRET,
    at,
    samples,
    shift,
    starts,
)

Run = Callable[..., tuple[int, str, str]]

KILLED = """
import os, signal, sys
from monitor.store import Writer
Writer.wipe = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from backwatch.__main__ import main
main(sys.argv[1:])
"""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "backwatch.db"


@pytest.fixture
def run(db: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: object) -> tuple[int, str, str]:
        code = main(["kit", *map(str, words), "--db", str(db)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def store(db: Path) -> Iterator[Store]:
    """The sensor is back since a while, and what it saw is still here."""
    with shift(db) as (found, _):
        yield found


def rows(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_a_sensor_is_lent_comes_back_and_is_listed(run: Run) -> None:
    none = run("list")
    lent = run("hand-out", "AA:BB", "--to", "17")
    twice = run("hand-out", "AA:BB", "--to", "18")
    out = run("list")
    back = run("take-back", "AA:BB", "--later")
    too_soon = run("hand-out", "AA:BB", "--to", "18")
    listed = json.loads(run("list", "--json")[1])

    assert "No sensor was lent" in none[1]
    assert (lent[0], lent[1]) == (0, "AA:BB is lent to 17.\n")
    assert twice[0] == too_soon[0] == 2
    assert "is out with 17" in twice[2]
    assert "is out" in out[1]
    assert back[0] == 0
    assert "still here" in too_soon[2]
    assert [(one["person"], one["erased_ns"]) for one in listed] == [("17", None)]


def test_a_shift_is_handed_over_whole_and_erased(store: Store, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "mine.zip"
    code, told, _ = run("take-back", "AA:BB", "--export", target)
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        readme = archive.read("README.txt").decode()
        samples = pyarrow.parquet.read_table(io.BytesIO(archive.read("samples.parquet")))

    assert code == 0
    assert "It is erased here." in told
    assert "stays paired" in told
    assert rows(target, "check_ins.csv")[0]["note"] == SECRET
    assert [row["start_ns"] for row in rows(target, "events.csv")] == [str(at(150))]
    assert rows(target, "feedback.csv")[0]["verdict"] == "right"
    assert samples.num_rows == (BACK_S - LENT_S) * RATE_HZ
    assert samples["t_ns"].to_pylist()[0] == at(LENT_S)
    assert {name.removesuffix(".csv") for name in names if name.endswith(".csv")} <= set(
        readme.replace(".csv", " ").split()
    )
    assert target.stat().st_mode & 0o077 == 0
    assert starts(store) == [20.0, 350.0]
    assert not list(tmp_path.glob("*.part"))
    assert run("hand-out", "AA:BB", "--to", "18")[0] == 0


def test_killed_between_export_and_erasing_nothing_is_lost(
    store: Store, run: Run, db: Path, tmp_path: Path
) -> None:
    target = tmp_path / "mine.zip"
    words = ["kit", "take-back", "AA:BB", "--export", str(target), "--db", str(db)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, timeout=60)
    made = target.read_bytes()
    still = starts(store)
    code, told, _ = run("take-back", "AA:BB", "--export", target)

    assert killed.returncode == -signal.SIGKILL
    assert still == [20.0, 150.0, 350.0]
    assert code == 0
    assert "was made before, and is whole" in told
    assert target.read_bytes() == made
    assert starts(store) == [20.0, 350.0]


def test_a_file_made_before_more_had_come_does_not_let_the_shift_be_erased(
    store: Store, run: Run, db: Path, tmp_path: Path
) -> None:
    """Killed before it erased; then samples came late out of the sensor's own memory."""
    target = tmp_path / "mine.zip"
    words = ["kit", "take-back", "AA:BB", "--export", str(target), "--db", str(db)]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=False, timeout=60)
    late = [item for item in samples(END_S - 1, END_S) if isinstance(item, RawSamples)]
    at_noon = replace(late[0].chunk.segment, t0_ns=at(200 - END_S))
    with store.writer() as writer:
        writer.write([RecordingStart(at(200), "AA:BB", "Back", False, "axes")])
        writer.write([RawSamples(replace(one.chunk, segment=at_noon), MOUNTING) for one in late])
    code, _, said = run("take-back", "AA:BB", "--export", target)
    again, _, _ = run("take-back", "AA:BB", "--export", tmp_path / "whole.zip")

    assert code == 2
    assert "does not hold all that is kept of the shift now (samples)" in said
    assert again == 0
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        kept = pyarrow.parquet.read_table(io.BytesIO(archive.read("samples.parquet")))
    assert kept.num_rows == (BACK_S - LENT_S + 1) * RATE_HZ


def test_a_file_of_somebody_else_is_not_overwritten(store: Store, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "other.zip"
    target.write_text("theirs")
    code, _, said = run("take-back", "AA:BB", "--export", target)

    assert code == 2
    assert "another file" in said
    assert target.read_text() == "theirs"
    assert starts(store) == [20.0, 150.0, 350.0]


def test_a_file_that_cannot_be_written_erases_nothing(
    store: Store, run: Run, tmp_path: Path
) -> None:
    code, _, said = run("take-back", "AA:BB", "--export", tmp_path / "no" / "such" / "mine.zip")

    assert code == 2
    assert "cannot be written" in said
    assert starts(store) == [20.0, 150.0, 350.0]


def test_tapes_of_the_shift_and_since_are_named_and_go_with_it_and_others_stay(
    store: Store, run: Run, tmp_path: Path
) -> None:
    """One that began after the sensor was back holds how it sat on the person."""
    folder = tapes_folder(store.path)
    folder.mkdir()
    for name, second in (("before", 20), ("shift", 150), ("after", 350)):
        with TapeWriter(folder / f"{name}.tape") as tape:
            tape.write(Connected(at(second), "AA:BB", "Back"))
    code, told, _ = run("take-back", "AA:BB", "--export", tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        readme = archive.read("README.txt").decode()
        names = archive.namelist()

    assert code == 0
    assert [path.stem for path in folder.glob("*.tape")] == ["before"]
    assert ["before.tape" in readme, "shift.tape" in readme, "after.tape" in readme] == [
        False,
        True,
        True,
    ]
    assert not [name for name in names if "tape" in name]
    assert "the file names them and does not hold them" in told


def test_who_wants_no_file_gets_none(store: Store, run: Run, tmp_path: Path) -> None:
    code, told, _ = run("take-back", "AA:BB", "--no-export")

    assert code == 0
    assert "It is erased here." in told
    assert starts(store) == [20.0, 350.0]
    assert not list(tmp_path.glob("*.zip"))


def test_while_something_records_the_page_is_named(store: Store, run: Run, tmp_path: Path) -> None:
    with store.writer():
        code, _, said = run("take-back", "AA:BB", "--export", tmp_path / "mine.zip")

    assert code == 2
    assert "take the sensor back on its page" in said
    assert not (tmp_path / "mine.zip").exists()


def test_a_sensor_that_is_not_out_cannot_come_back(run: Run) -> None:
    code, _, said = run("take-back", "AA:BB", "--no-export")

    assert code == 2
    assert "backwatch kit list" in said


@pytest.mark.parametrize("word", ["", "  ", "x" * 21])
def test_a_kit_is_lent_under_a_short_word(run: Run, word: str) -> None:
    code, _, said = run("hand-out", "AA:BB", "--to", word)

    assert code == 2
    assert "up to 20" in said


def test_a_code_is_drawn_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "kit.svg"
    first = main(["kit", "qr", "AA:BB", "--out", str(out)])
    drawn = out.read_bytes()
    again = main(["kit", "qr", "AA:BB", "--out", str(out)])
    wrong = main(["kit", "qr", "AA", "--page", "ftp://x", "--out", str(tmp_path / "no.svg")])

    assert (first, again, wrong) == (0, 2, 2)
    assert b"<svg" in drawn
    assert out.read_bytes() == drawn
    assert not (tmp_path / "no.svg").exists()
    assert "ftp://x" in capsys.readouterr().err
