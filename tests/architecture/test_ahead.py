"""Modules compiled ahead stand in for their sources as long as these are what they were."""

import copy
import json
import os
import pickle
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from monitor import ahead
from monitor.model import Segment

SOURCES = ["monitor/one.py", "monitor/two/three.py"]
needs_compiled = pytest.mark.skipif(
    not ahead.modules(), reason="the path is not compiled: run python tools/compile_path.py"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Two sources, and `built` with what looks like libraries made from them."""
    built = tmp_path / "built"
    built.mkdir()
    for name in SOURCES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"name = {name!r}\n")
        module = name.removesuffix(".py").replace("/", ".")
        (built / f"{module}{EXTENSION_SUFFIXES[0]}").touch()
    made_from = [ahead.digest(SOURCES, tmp_path), *SOURCES]
    (built / ahead.MADE_FROM).write_text("\n".join(made_from))
    return tmp_path


def taken(checkout: Path) -> set[str]:
    return set(ahead.modules(checkout, checkout / "built"))


def test_libraries_are_taken_by_the_names_of_their_modules(checkout, monkeypatch):
    monkeypatch.delenv(ahead.CHOICE, raising=False)

    assert taken(checkout) == {"monitor.one", "monitor.two.three"}


def test_one_edit_and_all_sources_run_again(checkout):
    (checkout / SOURCES[1]).write_text("name = 'another'\n")

    assert taken(checkout) == set()


def test_sources_run_where_a_library_a_source_or_the_digest_is_missing(checkout):
    libraries = sorted((checkout / "built").glob("*.*o*"))
    libraries[0].unlink()

    assert taken(checkout) == set()

    (checkout / SOURCES[0]).unlink()
    assert taken(checkout) == set()
    (checkout / "built" / ahead.MADE_FROM).write_text("")
    assert taken(checkout) == set()
    assert ahead.modules(checkout, checkout / "nowhere") == {}


def test_who_asks_for_the_sources_gets_them(checkout, monkeypatch):
    monkeypatch.setenv(ahead.CHOICE, "no")

    assert taken(checkout) == set()


@needs_compiled
def test_compiled_and_source_say_the_same_to_the_last_digit(tmp_path):
    motion = tmp_path / "demo.parquet"
    backwatch = [sys.executable, "-m", "backwatch"]
    made = [*backwatch, "simulate", "demo", "--seconds", "300", "--seed", "5", "--out", str(motion)]
    subprocess.run(made, check=True, capture_output=True)
    said = [
        subprocess.run(
            [*backwatch, "analyze", str(motion), "--json"],
            check=True,
            capture_output=True,
            env=os.environ | {ahead.CHOICE: choice},
        ).stdout
        for choice in ("yes", "no")
    ]

    assert len(json.loads(said[0])["events"]) > 3
    assert said[0] == said[1]


def test_what_is_frozen_can_be_copied_and_sent_to_another_process():
    segment = Segment(1, 2, 100.0)

    assert copy.deepcopy([segment]) == [segment] == pickle.loads(pickle.dumps([segment]))


@needs_compiled
def test_what_is_compiled_names_its_source():
    from monitor.states import stage

    assert Path(stage.__file__ or "").name == "stage.py"
    assert stage.__spec__ is not None
    assert Path(stage.__spec__.origin or "").parent == ahead.BUILT
