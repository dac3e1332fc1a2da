"""The two commands that touch the radio, as a person or a script meets them."""

import asyncio
import json
import signal
import subprocess
import sys

import pytest

from backwatch.__main__ import main
from monitor.link import BleLink, RecordedLink, TapeWriter, read_tape
from monitor.model import Connected, Disconnected


@pytest.fixture
def simulated():
    """A simulated device in a process of its own, and what its READY line said."""
    arguments = ["--port", "0", "--exit-with-stdin", "--name", "\x1b[31mred"]
    process = subprocess.Popen(
        [sys.executable, "-m", "backwatch", "simulate-device", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield process, json.loads(process.stdout.readline())
        process.kill()


def test_scan_lists_a_simulated_device_and_does_not_let_it_steer_the_terminal(simulated, capsys):
    process, ready = simulated

    assert main(["scan", "--adapter", ready["adapter"], "--seconds", "0.5"]) == 0
    text = capsys.readouterr().out
    assert main(["scan", "--adapter", ready["adapter"], "--seconds", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert ready["address"] in text
    assert "\\x1b[31mred" in text
    assert "\x1b" not in text
    assert found == [{"address": ready["address"], "name": "\x1b[31mred", "rssi_dbm": -55}]
    assert ready["adapter"] == f"virtual:127.0.0.1:{ready['port']}"
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_simulated_device_ends_when_it_is_told_to(simulated):
    process, _ = simulated

    process.send_signal(signal.SIGINT)

    assert process.wait(10) == 0


def test_scan_with_nothing_on_the_adapter_is_one_line_and_exit_code_2(capsys):
    assert main(["scan", "--adapter", "virtual:127.0.0.1:1"]) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "simulate-device --port 1" in error


def test_scan_without_bluetooth_is_one_line_and_exit_code_2(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")

    assert main(["scan", "--seconds", "0.1"]) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "switch Bluetooth on" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "moonwalk"], "moonwalk"),
        (["--air", "127.0.0.1:1"], "tcp-client:127.0.0.1:1"),
        (["--port", "99999"], "99999"),
        (["--port", "0", "--name", "x" * 30], "at most 29"),
        (["--transport", "pigeon:1"], "pigeon"),
    ],
)
def test_simulate_device_says_what_is_wrong_in_one_line(capsys, arguments, message):
    assert main(["simulate-device", *arguments]) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


async def test_a_tape_made_on_the_air_gives_back_the_live_events(power_up, tmp_path, air):
    await power_up()
    live = []
    tape = await asyncio.to_thread(TapeWriter, tmp_path / "live.tape")
    link = RecordedLink(BleLink(adapter=f"virtual:127.0.0.1:{air.port}"), tape)
    async for event in link:
        live.append(event)
        if len(live) == 12:
            link.close()
    await asyncio.to_thread(tape.close)

    assert isinstance(live[0], Connected)
    assert isinstance(live[-1], Disconnected)
    assert len(live) >= 13
    assert await asyncio.to_thread(lambda: list(read_tape(tmp_path / "live.tape"))) == live
