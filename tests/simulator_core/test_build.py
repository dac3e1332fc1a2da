"""Building the C core on first use, and doing without it."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import core, core_compiled
from simulator.core import CoreError, DeviceCore, Engine
from simulator.core_compiled import NoCompilerError, build

compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(
    compiler is None, reason="No C compiler was found, so the C core is not built."
)


@needs_compiler
def test_the_library_is_built_once_and_kept(tmp_path, monkeypatch):
    first = build(tmp_path / "cache")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("built again"))

    assert build(tmp_path / "cache") == first
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [first.name]


@needs_compiler
def test_other_sources_give_another_library(tmp_path, monkeypatch):
    first = build(tmp_path / "cache")
    copied = tmp_path / "c"
    shutil.copytree(core_compiled.SOURCES, copied)
    with (copied / "bw_ring.c").open("a", encoding="utf-8") as file:
        file.write("/* changed */\n")
    monkeypatch.setattr(core_compiled, "SOURCES", copied)
    monkeypatch.setattr(core_compiled, "BOARD", copied / "boards" / "host")

    assert build(tmp_path / "cache") != first


@needs_compiler
def test_many_builders_at_once_get_a_whole_library(tmp_path):
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[2]);"
        "from simulator.core import DeviceCore, Engine; DeviceCore(1, engine=Engine.C)"
    )
    root = Path(core.__file__).parent.parent
    environment = os.environ | {"BACKWATCH_CACHE": str(tmp_path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code, "-", str(root)], env=environment)
        for _ in range(4)
    ]

    assert [process.wait(60) for process in running] == [0] * 4


def test_without_a_compiler_the_model_runs_and_says_so(tmp_path, monkeypatch):
    def missing(*_):
        return build(tmp_path)

    monkeypatch.setattr(core_compiled, "COMPILERS", ("no-such-compiler",))
    monkeypatch.setattr(core, "CompiledCore", missing)

    device = DeviceCore(1)

    assert device.engine is Engine.MODEL
    assert "no C compiler was found" in device.note
    with pytest.raises(CoreError, match="no-such-compiler"):
        DeviceCore(1, engine=Engine.C)


@needs_compiler
async def test_a_prepared_core_powers_up_inside_an_event_loop_without_blocking_it():
    note = await asyncio.to_thread(core.prepare)

    assert DeviceCore(1).note == note


@needs_compiler
def test_sources_that_do_not_compile_are_named(tmp_path, monkeypatch):
    shutil.copytree(core_compiled.SOURCES, tmp_path / "c")
    (tmp_path / "c" / "bw_ring.c").write_text("nonsense\n", encoding="utf-8")
    monkeypatch.setattr(core_compiled, "SOURCES", tmp_path / "c")
    monkeypatch.setattr(core_compiled, "BOARD", tmp_path / "c" / "boards" / "host")

    with pytest.raises(NoCompilerError, match=r"refused the C core: .*bw_ring\.c"):
        build(tmp_path / "cache")
