"""The commands as a person runs them: processes, signals, exit codes."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKWATCH = (sys.executable, "-m", "backwatch")
START_S = 30.0  # a slow machine may take so long to the first line
ENDED_S = 30.0  # and so long to the last


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A data folder of its own, and no desktop to open a browser on."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextlib.contextmanager
def started(*argv: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process group of its own, as a terminal would start it."""
    with subprocess.Popen(
        [*BACKWATCH, *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def gone(pids: list[int], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def fetch(url: str, cookie: str | None = None) -> tuple[int, str]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: object) -> None:
            return None

    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("set-cookie", "")


@pytest.mark.timeout(120)
def test_the_demo_runs_unattended_and_says_that_all_parts_worked(home):
    done = subprocess.run(
        [*BACKWATCH, "demo", "--seconds", "30", "--no-browser", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    with contextlib.closing(sqlite3.connect(home / "data/backwatch/demo/demo.db")) as db:
        [alerts] = db.execute("select count(*) from alerts").fetchone()
        decided = db.execute("select outcome, channels_json from decisions").fetchall()
        traces = [json.loads(row[0]) for row in db.execute("select trace_json from traces")]

    assert done.returncode == 0, done.stdout + done.stderr
    assert ("told", '["vibration", "page"]') in decided
    assert len(traces) == alerts
    # Ten points a second: five seconds after an alert, and what there was before the first one.
    assert min(len(trace[0]) for trace in traces) > 60
    assert done.stdout.splitlines()[0].startswith("Backwatch demo, simulated sensor: open http")
    assert done.stdout.splitlines()[1].startswith("Worked: ")
    assert alerts >= 1
    assert not (home / "data/backwatch/backwatch.db").exists()


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("home")
def test_too_short_a_demo_names_the_part_that_stood_still():
    done = subprocess.run(
        [*BACKWATCH, "demo", "--seconds", "7", "--no-browser", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )

    assert done.returncode == 1
    assert "Stood still: alerts: nothing was worth an alert." in done.stderr


@pytest.mark.timeout(90)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("home")
def test_a_signal_ends_all_of_it_cleanly(number):
    with started("demo", "--no-browser", "--port", "0", "--days", "0") as process:
        link = first_line(process).split()[-1]
        sensor = children(process.pid)
        status, cookie = fetch(link)
        _, now = fetch(link.partition("login")[0] + "api/now", cookie.partition(";")[0])
        os.killpg(process.pid, number)
        assert process.wait(ENDED_S) == 0

    assert len(sensor) == 1
    assert gone(sensor, ENDED_S)
    assert status == 303
    assert json.loads(now)["simulated"] is True


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("home")
def test_a_killed_demo_leaves_no_sensor_behind():
    with started("demo", "--no-browser", "--port", "0", "--days", "0") as process:
        first_line(process)
        sensor = children(process.pid)
        process.kill()
        process.wait(ENDED_S)

    assert len(sensor) == 1
    assert gone(sensor, ENDED_S)


@pytest.mark.timeout(90)
def test_a_second_demo_at_once_has_days_of_its_own(home):
    with started("demo", "--no-browser", "--port", "0", "--days", "0") as one:
        first = first_line(one)
        with started("demo", "--no-browser", "--port", "0", "--days", "0") as other:
            told, second = first_line(other), first_line(other)
            status, _ = fetch(second.split()[-1])
            for process in (other, one):
                process.send_signal(signal.SIGINT)
                assert process.wait(ENDED_S) == 0

    assert "Another demo runs" in told
    assert first.split()[-1] != second.split()[-1]
    assert status == 303
    assert (home / "data/backwatch/demo-2/demo.db").exists()


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("home")
def test_a_replay_gives_the_bytes_of_the_live_run():
    with started("simulate-device", "--port", "0", "--scenario", "short", "--json") as device:
        adapter = json.loads(first_line(device))["adapter"]
        live = subprocess.run(
            [
                *BACKWATCH,
                "run",
                "--adapter",
                adapter,
                "--seconds",
                "25",
                "--neutral",
                "3",
                "--no-page",
                "--json",
                "--record",
                "day.tape",
            ],
            capture_output=True,
            text=True,
            timeout=80,
            check=False,
        )
    replayed = subprocess.run(
        [*BACKWATCH, "replay", "day.tape", "--neutral", "3", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert live.returncode == 0, live.stderr
    assert len(live.stdout.splitlines()) >= 3
    assert replayed.stdout == live.stdout


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("home")
def test_run_without_any_bluetooth_says_so_in_one_line():
    if Path("/sys/class/bluetooth").exists():
        pytest.skip("this machine has Bluetooth; the test is about machines without")
    done = subprocess.run(
        [*BACKWATCH, "run", "--port", "0", "--seconds", "20"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("backwatch: ")
    assert done.stdout == ""  # no page that would only say so


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "--profile", "gym", "--no-page"], "profile"),
        (["run", "--up", "+x", "--forward", "+x", "--no-page"], "forward"),
        (["run", "--adapter", "virtual:nowhere", "--no-page"], "virtual:"),
        (["run", "--neutral", "-4", "--no-page"], "neutral_s"),
        (["run", "--placement", "knee", "--no-page"], "placement"),
        (["replay", "none.tape"], "none.tape"),
        (["simulate-device", "--scenario", "nothing", "--port", "0"], "nothing"),
        (["demo", "--scenario", "nothing"], "nothing"),
        (["demo", "--seed", "-1"], "--seed"),
        (["demo", "--seconds", "nan"], "--seconds"),
        (["demo", "--days", "-1"], "--days"),
        (["demo", "--days", "1000"], "--days"),
        (["demo", "--scale", "nan"], "--scale"),
        (["simulate", "short", "--hours", "1e9", "--out", "a.parquet"], "168"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_is_refused_in_one_line(argv, message):
    done = subprocess.run(
        [*BACKWATCH, *argv], capture_output=True, text=True, timeout=50, check=False
    )

    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert message in done.stderr


def story_of(link: str) -> Iterator[dict[str, object]]:
    """What the page is told of the demo, again and again for at most two minutes."""
    _, cookie = fetch(link)
    deadline = time.monotonic() + 110
    while time.monotonic() < deadline:
        _, told = fetch(link.partition("login")[0] + "api/demo", cookie.partition(";")[0])
        yield json.loads(told)
        time.sleep(0.1)
    raise AssertionError(f"not within two minutes; last: {told}")


def days_kept(home: Path) -> list[tuple[str, str]]:
    """Local date and hour of each recording of the simulated past."""
    with contextlib.closing(sqlite3.connect(home / "data/backwatch/demo/demo.db")) as db:
        found = db.execute(
            "select date(start_ns / 1000000000, 'unixepoch', 'localtime'), start_ns, simulated, "
            "cause from recordings where sensor_id = "
            "(select id from sensors where address = 'simulated')"
        ).fetchall()
    assert all(simulated == 1 and cause for _, _, simulated, cause in found)
    return [(day, at_ns) for day, at_ns, _, _ in found]


@pytest.mark.timeout(240)
def test_simulated_days_survive_a_kill_and_the_rest_is_made_at_the_next_start(home):
    argv = ("demo", "--no-browser", "--port", "0", "--days", "3", "--scale", "0.01")
    with started(*argv) as process:
        link = first_line(process).split()[-1]
        made = next(told for told in story_of(link) if told["earlier"]["ready"] >= 1)
        made_by = children(process.pid)
        process.kill()
        process.wait(ENDED_S)
    before = days_kept(home)
    ended = gone(made_by, ENDED_S)
    with started(*argv) as process:
        link = first_line(process).split()[-1]
        whole = next(
            told for told in story_of(link) if told["earlier"]["ready"] == told["earlier"]["wanted"]
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDED_S) == 0
    after = days_kept(home)

    assert ended
    wanted = made["earlier"]["wanted"]
    assert wanted in (2, 3)  # without a Sunday
    assert whole["earlier"]["wanted"] == wanted
    assert len({day for day, _ in before}) >= 1
    assert set(before) <= set(after)
    assert len(set(after)) == len(after)  # none twice
    assert len({day for day, _ in after}) == wanted


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("home")
def test_the_tour_goes_on_when_what_makes_earlier_days_is_killed():
    with started("demo", "--no-browser", "--port", "0", "--days", "2") as process:
        link = first_line(process).split()[-1]
        story = story_of(link)
        making = next(told for told in story if told["earlier"]["share"] > 0)
        [maker] = [
            pid
            for pid in children(process.pid)
            if b"backwatch.earlier_days" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(maker, signal.SIGKILL)
        told = next(told for told in story if told["earlier"]["stopped"])
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDED_S) == 0

    acts = told["acts"]
    assert making["earlier"]["stopped"] is False
    assert told["earlier"]["share"] == 0.0
    assert acts[0]["name"] == "stand"
    assert acts[0]["start_ms"] <= told["server_ms"] < acts[-1]["stop_ms"]
