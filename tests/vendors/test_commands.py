"""The commands, with a sensor of another make, as a person meets them."""

import json
import subprocess
import sys

import pytest

from backwatch.__main__ import main
from monitor.link import read_tape
from monitor.link.vendors import VENDORS
from monitor.model import Notified
from simulator.vendors import MODELS


@pytest.fixture(params=MODELS)
def simulated(request):
    """A simulated device in a process of its own: its make, and what its READY line said."""
    arguments = ["--device", request.param, "--port", "0", "--exit-with-stdin", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "backwatch", "simulate-device", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield request.param, json.loads(process.stdout.readline())
        process.kill()


def test_a_sensor_of_another_make_is_scanned_run_and_recorded(simulated, capsys, tmp_path):
    make, ready = simulated
    tape = tmp_path / "day.tape"
    adapter = ["--adapter", ready["adapter"]]

    assert main(["scan", *adapter, "--device", make, "--seconds", "0.5"]) == 0
    scanned = capsys.readouterr().out
    arguments = ["--db", str(tmp_path / "day.db"), "--no-page", "--seconds", "5"]
    sensor = f"{make}:{ready['address']}"
    assert main(["run", *adapter, "--sensor", sensor, "--record", str(tape), *arguments]) == 0
    live = capsys.readouterr().out
    assert main(["replay", str(tape)]) == 0
    replayed = capsys.readouterr().out

    assert ready["address"] in scanned
    notified = [event for event in read_tape(tape) if isinstance(event, Notified)]
    assert sum(event.characteristic == VENDORS[make].data for event in notified) > 20
    assert "itting or standing" in live
    assert replayed.strip() == live.strip()


@pytest.mark.parametrize("command", ["scan", "simulate-device"])
def test_a_make_nobody_knows_is_one_line_and_exit_code_2(command, capsys):
    assert main([command, "--device", "abacus"]) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "movesense" in error
