"""Each import contract is seen to fail on a planted violation, and to hold without one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("backwatch", "dashboard", "firmware_protocol", "monitor", "simulator")

VIOLATIONS = {
    "Packages point one way": ("monitor/service/shell.py", "import dashboard.texts"),
    "Inside monitor": ("monitor/model/samples.py", "import monitor.stage"),
    "The core does no I/O": ("monitor/features/__init__.py", "import time"),
    "The simulator knows the nouns": ("simulator/imu.py", "import monitor.timebase"),
    "Only the link imports bleak": ("dashboard/texts.py", "import bleak"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The packages and their contracts, to be spoilt."""
    root = tmp_path_factory.mktemp("borders")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            root / package,
            ignore=shutil.ignore_patterns("node_modules", "static", "ui", "__pycache__"),
        )
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def lint(root: Path) -> tuple[int, str]:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_the_borders_hold(copy):
    code, said = lint(copy)

    assert code == 0, said


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_import_breaks_its_contract(copy, contract):
    name, line = VIOLATIONS[contract]
    path = copy / name
    whole = path.read_text()
    path.write_text(f"{whole}\n{line}\n")
    try:
        code, said = lint(copy)
    finally:
        path.write_text(whole)

    assert code != 0
    assert any(contract in line and "BROKEN" in line for line in said.splitlines()), said


def test_a_module_nobody_placed_breaks_the_build(copy):
    stray = copy / "monitor/utils.py"
    stray.write_text('"""Somewhere to put things."""\n')
    try:
        code, said = lint(copy)
    finally:
        stray.unlink()

    assert code != 0
    assert "utils" in said


def test_reading_motion_of_one_sensor_does_not_wait_for_scipy():
    look = "import sys, monitor.analysis, monitor.profiles; sys.exit('scipy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
