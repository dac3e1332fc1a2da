"""The fixtures as another project meets them: from the wheel, in a pytest of its own."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Or pytest-asyncio warns, and a warning is an error here.
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
SYNCHRONOUS = """
import subprocess, sys, threading, time

import pytest


def test_the_plugin_comes_from_the_wheel(virtual_air):
    import backwatch, simulator.pytest_plugin

    assert "unpacked" in simulator.pytest_plugin.__file__
    assert "unpacked" in backwatch.__file__


@pytest.mark.parametrize("make", ["backwatch", "movesense"])
def test_sensors_of_any_make_are_scanned_by_a_process(virtual_sensor, make):
    sensor = virtual_sensor("rest", make=make)
    command = ["scan", "--adapter", sensor.adapter, "--device", make, "--seconds", "0.4"]

    done = subprocess.run(
        [sys.executable, "-m", "backwatch", *command], capture_output=True, text=True
    )

    assert sensor.address in done.stdout, done.stderr


def test_two_sensors_have_two_names(virtual_sensor):
    left, right = virtual_sensor(name="left"), virtual_sensor(name="right", seed=1)

    assert (left.name, right.name) == ("left", "right")
    assert left.address != right.address
    assert left.adapter == right.adapter


def test_what_is_wrong_is_said_at_once(virtual_sensor):
    from simulator.errors import SimulatorError

    with pytest.raises(SimulatorError, match="moonwalk"):
        virtual_sensor("moonwalk")
    with pytest.raises(SimulatorError, match="lost-frames"):
        virtual_sensor(faults=["lost-frame:0.1"])
    with pytest.raises(SimulatorError, match="movesense"):
        virtual_sensor(make="movesens")
    with pytest.raises(ValueError, match="another make"):
        virtual_sensor(make="movella").press()


@pytest.mark.virtual_air(supervision_timeout_s=0.3)
def test_a_walk_out_of_range_is_a_loss(virtual_air, virtual_sensor):
    sensor = virtual_sensor("short", encrypted=False, version=1)
    lost = []

    def watch():
        import asyncio
        from monitor.link import BleLink

        async def listen():
            link = BleLink(sensor.address, sensor.adapter)
            async for event in link:
                name = type(event).__name__
                if name == "Notified" and not lost:
                    lost.append("heard")
                    virtual_air.set_in_range(sensor, False)
                if name == "Disconnected":
                    lost.append(name)
                    link.close()

        asyncio.run(listen())

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join(15)

    assert lost[:2] == ["heard", "Disconnected"]


def test_counts_of_ones_own_and_the_button_reach_the_firmware(virtual_sensor):
    import numpy as np

    sensor = virtual_sensor(counts=[np.ones((10, 6), np.int16)] * 1000, passkey=123456)
    sensor.press("mark")
    sensor.set_battery(5)
    deadline = time.monotonic() + 10
    while sensor.statistics().samples == 0 and time.monotonic() < deadline:
        time.sleep(0.02)

    assert sensor.statistics().samples > 0


def test_counts_of_another_shape_are_named():
    from simulator.pytest_plugin import _blocks

    with pytest.raises(ValueError, match=r"blocks of int16 of shape .n, 6., not list"):
        list(_blocks([[1, 2, 3, 4, 5, 6]]))


def test_nothing_is_left_behind():
    assert not [thread.name for thread in threading.enumerate() if thread.name == "virtual air"]
"""
ASYNCHRONOUS = """
import asyncio
import pytest

{marker}
async def test_an_asynchronous_test_hears_a_sensor(virtual_sensor):
    from monitor.link import BleLink
    from monitor.model import Notified

    sensor = await virtual_sensor.start("short", faults=["corrupted-frames:0.2"])
    link = BleLink(sensor.address, sensor.adapter)
    async with asyncio.timeout(20):
        async for event in link:
            if isinstance(event, Notified):
                link.close()

    assert link.statistics().connections == 1

{marker}
async def test_the_blocking_way_works_too(virtual_sensor):
    assert virtual_sensor().name == "Backwatch 1"
"""
LAZY = """
import sys

def test_nothing_heavy_is_imported(request):
    assert request.config.pluginmanager.has_plugin("backwatch")
    assert not {"bumble", "numpy", "scipy", "bleak"} & set(sys.modules)
"""
WITHOUT_BUMBLE = """
import sys
sys.modules["bumble"] = None

def test_other_tests_run():
    pass

def test_a_sensor_cannot_be_had(virtual_sensor):
    pass
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """Where it is unpacked, as pip would: ahead of everything else on the path."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def run_pytest(installed, tmp_path):
    def run(text, *options):
        (tmp_path / "test_theirs.py").write_text(text)
        (tmp_path / "pytest.ini").write_text(INI)
        return subprocess.run(
            [
                *(sys.executable, "-P", "-W", "error", "-m", "pytest", "-q", "--strict-markers"),
                *("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *options),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def test_the_wheel_holds_firmware_specification_page_and_entry_point(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        told = archive.read(entry_points).decode()

    sources = {path.name for path in (ROOT / "firmware_protocol/c").iterdir() if path.is_file()}
    assert {"bw_core.c", "bw_core.h", "backwatch_protocol.h", "README.md"} <= sources
    assert {f"firmware_protocol/c/{name}" for name in sources} <= names
    assert {"firmware_protocol/spec.md", "firmware_protocol/vectors.json"} <= names
    assert "dashboard/static/index.html" in names
    assert "[pytest11]\nbackwatch = simulator.pytest_plugin" in told


def test_the_example_in_the_documentation_runs(run_pytest):
    text = (ROOT / "docs/testing.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)

    done = run_pytest(example)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_ordinary_tests_use_the_fixtures(run_pytest):
    done = run_pytest(SYNCHRONOUS, "-p", "no:asyncio")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_asynchronous_tests_use_the_fixtures(run_pytest, mode):
    marker = "@pytest.mark.asyncio" if mode == "strict" else ""

    done = run_pytest(ASYNCHRONOUS.format(marker=marker), "-o", f"asyncio_mode={mode}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_plugin_costs_nothing_until_it_is_used(run_pytest):
    done = run_pytest(LAZY)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pytest_without_bumble_is_told_what_to_install(run_pytest):
    done = run_pytest(WITHOUT_BUMBLE)

    assert "1 passed, 1 error" in done.stdout
    assert "pip install 'backwatch[simulator]'" in done.stdout
