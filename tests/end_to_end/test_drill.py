"""A drill of slow bends in the terminal, with a sensor in a process of its own."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backwatch.__main__ import main

BACKWATCH = (sys.executable, "-m", "backwatch")


@pytest.fixture(scope="module")
def adapter() -> Iterator[str]:
    """Where a sensor is heard whose wearer bends slowly, again and again."""
    words = ("simulate-device", "--scenario", "slow_bends", "--seed", "1", "--port", "0", "--json")
    with subprocess.Popen(
        [*BACKWATCH, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as device:
        assert device.stdout is not None
        yield str(json.loads(device.stdout.readline())["adapter"])
        device.terminate()


@contextlib.contextmanager
def drill(*words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*BACKWATCH, "drill", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


@pytest.mark.timeout(100)
def test_bends_are_told_one_by_one_and_kept_also_when_it_is_stopped(
    adapter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "days.db"
    with drill("--adapter", adapter, "--db", str(db), "--bends", "2", "--json") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, asked = process.communicate(timeout=30)
    stopped = json.loads(rest.splitlines()[-1])
    code = main(["drill", "--show", "--db", str(db), "--json"])
    kept = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert process.returncode == 1
    assert "bend forward slowly twice" in asked
    assert "at once if it hurts" in asked
    assert 40.0 < first["peak_deg"] < 65.0
    assert first["slow"]
    assert first["straight"]
    assert stopped == {"what": "drill", "stopped": True}
    assert code == 0
    assert kept["stopped"]
    assert kept["bends"][0]["peak_deg"] == first["peak_deg"]


def test_in_pain_mode_nobody_is_asked_to_bend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = str(tmp_path / "days.db")
    main(["alerts", "pain", "on", "--db", db])
    code = main(["drill", "--adapter", "virtual:127.0.0.1:9", "--db", db])

    assert code == 2
    assert "backwatch alerts pain off" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--bends", "0"), ("--bends", "51"), ("--seconds", "-1")])
def test_a_drill_of_no_sense_is_refused(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["drill", "--db", str(tmp_path / "days.db"), *words])

    assert code == 2
    assert words[0] in capsys.readouterr().err
