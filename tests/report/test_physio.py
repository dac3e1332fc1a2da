"""A file for a physiotherapist: said before, chosen, and read by anybody."""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backwatch.__main__ import main
from monitor.model import NS_PER_S
from monitor.model.journal import CheckIn, Movement, MovementRecord, Tag
from monitor.report import PARTS, chosen_parts, contents, for_physio, make_report
from monitor.store import Journal, Queries, RecordingStart, Store
from tests.dashboard.test_lifts import a_lift
from tests.drill.test_drill import Drill, bend
from tests.report.test_report import MONDAY, SUNDAY, _live

NOON = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 12, tzinfo=UTC)
NOON_NS = int(NOON.timestamp()) * NS_PER_S
HOSTILE = '=SUM(A1),\nsaid "she"; -1'


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "backwatch.db", UTC)
    _live(made, MONDAY, 4, slouched_s=15.0)
    journal = made.journal()
    journal.add_check_in(CheckIn(NOON_NS, pain=3, triggers=("gardening", "car"), note=HOSTILE))
    journal.add_check_in(CheckIn(NOON_NS - 40 * 86_400 * NS_PER_S, note="long ago"))
    journal.add_movement(MovementRecord(NOON_NS, Movement.FLEXION, 71.234, False))
    journal.add_movement(MovementRecord(NOON_NS + 1, Movement.EXTENSION, None, None, True))
    drill = Drill(0)
    drill.push(bend(depth_m=0.21))
    record = drill.record()
    journal.add_drill(type(record)(NOON_NS, record.slow_degps, record.bends, record.stopped))
    journal.set_wish("phase", {"label": "3", "profile": None}, NOON_NS)
    with made.writer() as writer:
        writer.write([RecordingStart(NOON_NS, "C0:FF:EE:00:00:01", "Back", False, "axes")])
        lift = replace(a_lift(0, "demanding"), start_ns=NOON_NS, stop_ns=NOON_NS + NS_PER_S)
        (stored,) = writer.write([lift]).events
    journal.add_tag(Tag(stored.id, NOON_NS, "unloading", "dock 3"))
    journal.close()
    return made


@pytest.fixture
def days(store: Store) -> Iterator[tuple[Queries, Journal]]:
    queries, journal = store.queries(), store.journal()
    yield queries, journal
    queries.close()
    journal.close()


def made(days: tuple[Queries, Journal], *names: str) -> zipfile.ZipFile:
    report = make_report(days[0], MONDAY, SUNDAY)
    content = for_physio(report, *days, chosen_parts(names or None))
    return zipfile.ZipFile(io.BytesIO(content))


def rows(file: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read(name).decode(), newline="")))


def test_what_there_is_is_said_before_and_is_what_the_file_holds(
    days: tuple[Queries, Journal],
) -> None:
    told = contents(*days, MONDAY, SUNDAY)
    file = made(days, *PARTS)

    assert {one.part.name: one.rows for one in told} == {
        "days": 1, "movements": 2, "drills": 1, "own": 1, "lifts": 1, "check_ins": 1,
    }  # fmt: skip
    assert {name for one in told for name in one.files} | {"README.txt"} == set(file.namelist())
    for one in told:
        if one.part.name != "days":
            assert len(rows(file, f"{one.part.name}.csv")) == one.rows


def test_notes_and_lifts_are_left_out_unless_asked_for(days: tuple[Queries, Journal]) -> None:
    unasked, asked = made(days), made(days, "check_ins")

    assert not {"check_ins.csv", "lifts.csv"} & set(unasked.namelist())
    assert not any(HOSTILE.encode() in unasked.read(name) for name in unasked.namelist())
    assert set(asked.namelist()) == {"check_ins.csv", "README.txt"}
    assert rows(asked, "check_ins.csv") == [
        {
            "time": f"{days[0].local(NOON_NS):%Y-%m-%d %H:%M}", "pain": "3", "stiffness": "",
            "spasm": "no", "triggers": "gardening; car", "note": "'" + HOSTILE,
        }
    ]  # fmt: skip


def test_every_column_is_explained_and_every_explained_column_is_there(
    days: tuple[Queries, Journal],
) -> None:
    file = made(days, *PARTS)
    readme = file.read("README.txt").decode()

    for part in PARTS.values():
        header = file.read(f"{part.name}.csv").decode().splitlines()[0].split(",")
        assert header == list(part.columns)
        for name, words in part.columns.items():
            assert f"  {name}: {words}" in readme
    assert "diagnoses nothing" in readme


def test_numbers_are_those_that_were_stored(days: tuple[Queries, Journal]) -> None:
    file = made(days, *PARTS)
    stopped = rows(file, "movements.csv")[1]
    (lift,) = rows(file, "lifts.csv")

    assert rows(file, "movements.csv")[0]["peak_deg"] == "71.2"
    assert (stopped["peak_deg"], stopped["pain"], stopped["stopped"]) == ("", "", "yes")
    assert (lift["task"], lift["demanding"], lift["index"]) == ("unloading", "yes", "65.8")
    assert rows(file, "drills.csv")[0]["knees_share"] == "0.5"
    assert rows(file, "own.csv") == [{"phase": "3", "limit_deg": ""}]
    assert json.loads(file.read("report.json"))["first"] == MONDAY.isoformat()
    assert file.read("report.pdf").startswith(b"%PDF")


@pytest.mark.parametrize(("names", "said"), [(["diary"], "there are days"), ([], "at least one")])
def test_a_part_that_is_not_there_is_refused(names: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        chosen_parts(names)


def test_the_command_shows_first_and_writes_only_where_it_is_told(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "physio.zip"
    command = ["physio", "--db", str(store.path), "--from", f"{MONDAY}", "--to", f"{SUNDAY}"]
    shown = main(command)
    told = capsys.readouterr().out
    before = out.exists()
    written = main([*command, "--out", str(out), "--parts", "movements", "check_ins"])
    again = main([*command, "--out", str(out)])
    wrong = main([*command, "--parts", "diary"])
    nowhere = main([*command, "--out", str(tmp_path / "physio.zip" / "x.zip")])

    assert (shown, written, again, wrong, nowhere) == (0, 0, 2, 2, 2)
    assert not before
    assert "left out  check_ins" in told
    assert "in it     movements" in told
    with zipfile.ZipFile(out) as file:
        assert set(file.namelist()) == {"movements.csv", "check_ins.csv", "README.txt"}
    assert out.stat().st_mode & 0o077 == 0
    assert main([*command, "--json"]) == 0


def test_without_typst_the_rest_is_written(
    days: tuple[Queries, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)

    assert set(made(days).namelist()) == {
        "days.csv", "report.json", "movements.csv", "drills.csv", "own.csv", "README.txt",
    }  # fmt: skip
