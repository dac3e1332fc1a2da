"""A recorded session played again: the same path says the same, and nothing is stored."""

import asyncio
import hashlib
import io
import json
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from backwatch.__main__ import main
from backwatch.recorded import Recorded, Wanted, pickled
from backwatch.replaying import Pace, Player
from dashboard.replay import (
    NoSuchSessionError,
    ReplayRefusedError,
    ReplaySchema,
    sessions_schema,
)
from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.config import Config
from monitor.config import SensorConfig as WornSensor
from monitor.link import Recorder, TapeError, TapeWriter, tapes_folder
from monitor.link.tapes import describe_tape
from monitor.model import NS_PER_S, Connected, Disconnected, LinkEvent, Notified, Placement
from monitor.profiles import PROFILES
from monitor.store import Covered, RecordingEnd, RecordingStart, Store, raw_kept
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS
from simulator.scenarios import count_stream
from tests.rescoring.test_rescoring import DAY, stored

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
RATE_HZ, FRAME = 100, 10
S = NS_PER_S
WITHIN_S = 60  # for a process that starts on a busy machine


def play_of_short(seconds: int = 60) -> Iterator[LinkEvent]:
    """What a simulated sensor would have said: stand, lift, walk, sit, slouch, rise."""
    config = SensorConfig(1, 7, RATE_HZ * 1000, ACC_RANGE_G, GYR_RANGE_DPS, FRAME)
    yield Connected(T0_NS, "C0:00:00:00:00:01", "Ba\x1b[2Jck")
    yield Notified(T0_NS, gatt.CONFIG, encode_config(config))
    held = np.empty((0, 6), np.int16)
    first = 0
    for block in count_stream("short", 0, RATE_HZ):
        held = np.concatenate([held, block])
        while len(held) >= FRAME:
            counts, held = held[:FRAME], held[FRAME:]
            frame = ImuFrame(7, first, round(first / RATE_HZ * 1e6), counts)
            first += FRAME
            yield Notified(T0_NS + first * S // RATE_HZ, gatt.IMU, encode_frame(frame))
        if first >= seconds * RATE_HZ:
            break
    yield Disconnected(T0_NS + first * S // RATE_HZ, "closed")


@pytest.fixture(scope="module")
def taped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taped") / "short.tape"
    with TapeWriter(path) as tape:
        for event in play_of_short():
            tape.write(event)
    return path


def wanted(path: Path, speed: float | None = None) -> Wanted:
    tape = describe_tape(path)
    config = Config(db=path.with_name("backwatch.db"))
    return Wanted(path, "Back", tape.start_ns, tape.stop_ns, config, PROFILES["desk"], speed)


def played(what: Wanted, *commands: str) -> list[dict]:
    out, queue = io.StringIO(), SimpleQueue()
    for command in commands:
        queue.put(command)
    Player(what, queue, out).play()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_tape_tells_what_the_command_tells(taped: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["replay", str(taped), "--json"]) == 0
    command = Counter(json.loads(line)["what"] for line in capsys.readouterr().out.splitlines())
    said = played(wanted(taped))

    last = said[-1]
    assert last["state"] == "done"
    assert (last["states"], last["events"], last["alerts"]) == (
        command["state"],
        command["event"],
        command["alert"],
    )
    assert command["state"] > 5
    assert command["event"] > 1
    assert (last["share"], last["read_s"]) == (1.0, 60.0)
    assert last["flow"]["stages"][0]["stage"] == "link"
    assert last["flow"]["ingest"]["samples"] == 6000
    assert last["flow"]["worked"]["count"] == 600
    assert "\x1b" not in last["flow"]["name"]
    for one in said:  # as the API tells it
        ReplaySchema.model_validate({**one, "session": None})


def test_kept_samples_tell_what_is_stored(tmp_path: Path):
    store = stored(tmp_path / "backwatch.db", ("demo", 180.0))
    (kept,) = raw_kept(store.path)
    with closing(store.queries()) as queries:
        events, alerts = queries.events(DAY), queries.alerts(DAY)
    config = Config(db=store.path)
    last = played(
        Wanted(kept, "Back", kept.start_ns, kept.stop_ns, config, PROFILES["desk"], None)
    )[-1]

    assert (kept.samples, kept.stop_ns - kept.start_ns) == (9000, 180 * S)
    assert last["state"] == "done"
    assert (last["events"], last["alerts"]) == (len(events), len(alerts))
    assert last["events"] > 3
    assert [stage["stage"] for stage in last["flow"]["stages"]][:2] == ["timebase", "orientation"]
    assert last["flow"]["stages"][0]["total"] == 9000
    assert last["flow"]["name"] == "Back"


def test_what_is_kept_is_told_by_recording(tmp_path: Path):
    store = stored(tmp_path / "backwatch.db", ("demo", 90.0), ("short", 30.0))
    size = sum(path.stat().st_size for path in (tmp_path / "backwatch.db.raw").iterdir())

    first, second = raw_kept(store.path)
    assert (first.samples, second.samples) == (4500, 1500)
    assert size - 4 <= first.size + second.size <= size
    assert first.origin.recording_id != second.origin.recording_id


def test_a_tape_with_garbage_in_it_is_played_up_to_there(taped: Path, tmp_path: Path):
    path = tmp_path / "broken.tape"
    lines = taped.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:200], b"{}\n", *lines[200:]]))
    out = io.StringIO()
    player = Player(wanted(path), SimpleQueue(), out)

    with pytest.raises(TapeError, match="line 201 is not an event"):
        player.play()
    player.fail("line 201")
    last = json.loads(out.getvalue().splitlines()[-1])
    assert (last["state"], last["problem"]) == ("failed", "line 201")
    assert 18 < last["read_s"] < 21


def test_what_is_wanted_is_handed_over_whole(taped: Path):
    for profile in PROFILES.values():
        what = replace(wanted(taped, 3.0), profile=profile)

        assert pickle.loads(pickled(what)) == what


# Pace


def test_what_was_recorded_is_due_as_much_later_as_the_speed_says():
    pace = Pace(10.0, 0)
    pace.passed(T0_NS, 0)
    assert pace.due_ns(T0_NS + 5 * S) == S // 2
    pace.passed(T0_NS + 5 * S, S // 2)
    assert pace.due_ns(T0_NS + 6 * S) == S // 2 + S // 10
    pace.set(None, S)
    assert pace.due_ns(T0_NS + 9 * S) <= S


def test_a_long_silence_is_played_as_ten_seconds_and_time_never_runs_back():
    pace = Pace(1.0, 0)
    pace.passed(T0_NS, 0)

    assert pace.due_ns(T0_NS + 3600 * S) == 10 * S
    assert pace.due_ns(T0_NS - 3600 * S) == 0


def test_who_cannot_keep_up_runs_after_nothing():
    pace = Pace(1000.0, 0)
    pace.passed(T0_NS, 0)
    pace.passed(T0_NS + S, 5 * S)
    pace.set(1.0, 5 * S)

    assert pace.due_ns(T0_NS + 2 * S) == 6 * S


def test_a_pause_does_not_count_and_is_not_made_up_for():
    pace = Pace(1.0, 0)
    pace.passed(T0_NS, 0)
    pace.pause(S)
    pace.pause(2 * S)
    assert pace.paused
    pace.go(60 * S)
    pace.go(70 * S)

    assert not pace.paused
    assert pace.due_ns(T0_NS + S) == 61 * S
    assert pace.took_ns(61 * S) == 2 * S


# The process


@pytest.fixture
def home(tmp_path: Path, taped: Path) -> Path:
    """A database with kept samples, and a tape beside it."""
    store = stored(tmp_path / "backwatch.db", ("short", 30.0), simulated=True)
    folder = tapes_folder(store.path)
    folder.mkdir()
    (folder / "short.tape").write_bytes(taped.read_bytes())
    (folder / "bad.tape").write_text("no tape\n")
    return store.path


@pytest.fixture
def recorded(home: Path) -> Iterator[Recorded]:
    recorder = Recorder(tapes_folder(home), lambda: None, lambda: 0)
    with closing(Store(home).queries(simulated=True)) as queries:
        yield Recorded(
            Config(db=home, webhook="https://example.org", webhook_secret="secret"),
            lambda: PROFILES["desk"],
            PROFILES["desk"],
            [recorder],
            queries,
            simulated=True,
            clock_ns=lambda: T0_NS,
        )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def until(
    recorded: Recorded, condition: Callable[[ReplaySchema], bool], within_s: float = WITHIN_S
) -> ReplaySchema:
    async with asyncio.timeout(within_s):
        # As the page does it: nobody is told of news, they are asked for.
        while not condition(recorded.replay()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return recorded.replay()


async def test_sessions_are_listed_played_paused_stopped_and_nothing_is_stored(
    recorded: Recorded, home: Path
):
    listed = await asyncio.to_thread(recorded.listed)
    before = await asyncio.to_thread(digests, home.parent)
    assert {one.id: bool(one.problem) for one in listed.sessions} == {
        "tape:short.tape": False,
        "tape:bad.tape": True,
        "samples:1": False,
    }
    assert {one.name for one in listed.sessions} == {"Ba[2Jck", "Back", ""}

    for session, why in (("tape:bad.tape", "not a tape"), ("tape:../short.tape", "no recorded")):
        with pytest.raises(ReplayRefusedError, match=why):
            await recorded.play(session, 1.0)
    with pytest.raises(NoSuchSessionError):
        await recorded.play("samples:99", 1.0)
    with pytest.raises(ReplayRefusedError, match="nothing is being played"):
        await recorded.steer(speed=2.0, paused=False)

    await recorded.play("tape:short.tape", 1.0)
    assert recorded.replay().state == "starting"
    now = await until(recorded, lambda now: now.read_s > 0.5)
    assert (now.state, now.speed) == ("playing", 1.0)
    assert now.session is not None
    assert now.session.id == "tape:short.tape"
    with pytest.raises(ReplayRefusedError, match="being played"):
        await asyncio.to_thread(recorded.delete, "tape:short.tape")
    await recorded.steer(speed=None, paused=True)
    now = await until(recorded, lambda now: now.state == "paused")
    await recorded.steer(speed=1000.0, paused=False)
    done = await until(recorded, lambda now: now.state == "done")
    assert done.read_s == 60.0
    assert now.read_s < 50.0
    assert done.flow is not None
    assert done.flow.stages[0].total == 603

    # One that is started ends the one before, and stopping leaves no process.
    await recorded.play("tape:short.tape", 0.1)
    first = recorded._process
    await recorded.play("samples:1", 0.1)
    second = recorded._process
    assert first is not None
    assert second is not None
    assert first.returncode is not None
    await recorded.stop()
    await recorded.stop()
    assert second.returncode is not None
    assert recorded.replay().state == "stopped"
    assert await asyncio.to_thread(digests, home.parent) == before


async def test_what_somebody_looks_at_is_played_by_a_process_that_is_ready(recorded: Recorded):
    await recorded.ready()
    await recorded.ready()
    first = recorded._ready
    await recorded.play("tape:short.tape", 0.5)
    played_by = recorded._process
    now = await until(recorded, lambda now: now.state == "playing")
    none_beside = recorded._ready
    await recorded.stop()
    next_one = recorded._ready
    await recorded.close()

    assert first is not None
    assert played_by is first
    assert now.session is not None
    assert now.session.id == "tape:short.tape"
    assert none_beside is None
    assert next_one is not None
    assert first.returncode is not None
    assert next_one.returncode is not None


async def test_a_process_that_is_ready_ends_when_nobody_looks_any_more(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("backwatch.recorded.READY_S", 0.05)
    await recorded.ready()
    process = recorded._ready
    assert process is not None
    async with asyncio.timeout(WITHIN_S):
        await process.wait()

    await recorded.play("tape:short.tape", 0.5)
    assert recorded._process is not process
    await recorded.close()
    assert recorded._ready is None


async def test_a_process_that_is_killed_is_told_of(recorded: Recorded):
    await recorded.play("tape:short.tape", 0.5)
    process = recorded._process
    assert process is not None
    process.kill()
    now = await until(recorded, lambda now: now.state == "failed")

    assert "ended by itself (-9)" in now.problem
    await recorded.stop()
    assert recorded.replay().state == "failed"


def test_a_tape_is_recorded_deleted_and_samples_are_not(recorded: Recorded, home: Path):
    recorded.record(on=True)
    assert recorded.recording().on == "20260921T141320Z.tape"
    with pytest.raises(ReplayRefusedError, match="being recorded"):
        recorded.delete("tape:20260921T141320Z.tape")
    recorded.record(on=False)
    assert recorded.recording().on is None
    for session in ("tape:20260921T141320Z.tape", "tape:bad.tape"):
        recorded.delete(session)
    with pytest.raises(ReplayRefusedError, match="Privacy"):
        recorded.delete("samples:1")

    assert [path.name for path in tapes_folder(home).iterdir()] == ["short.tape"]


def test_each_sensor_that_is_connected_has_a_tape_and_is_read_as_it_was_worn(home: Path):
    folder = tapes_folder(home)
    first, second, away = (Recorder(folder, lambda: None, lambda: 0) for _ in range(3))
    chest, low_back = (Connected(T0_NS, f"C0:00:00:00:00:0{n}", f"Back {n}") for n in (8, 9))
    lower = WornSensor(low_back.address, Placement.LOW_BACK)
    config = Config(db=home, sensor=chest.address, beside=(lower,))
    with Store(home).writer() as writer:
        writer.write([start_of(low_back, Placement.LOW_BACK)])
        writer.write([Covered(T0_NS, T0_NS + 60 * S, 100.0), RecordingEnd("closed")])
    with closing(Store(home).queries(simulated=True)) as queries:
        recorded = Recorded(
            config,
            lambda: PROFILES["desk"],
            PROFILES["desk"],
            [first, second, away],
            queries,
            simulated=True,
            clock_ns=lambda: T0_NS,
        )
        for recorder, event in ((first, chest), (second, low_back)):
            recorder.remember(event)
        recorded.record(on=True)
        for recorder in (first, second):
            recorder.take(Notified(T0_NS + S, gatt.BATTERY_LEVEL, b"\x50"))
        on = recorded.recording().on
        sessions = {one.address: one for one in recorded.listed().sessions if one.going_on}
        with pytest.raises(ReplayRefusedError, match="being recorded"):
            recorded.delete(sessions[low_back.address].id)
        worn = [recorded._worn_as(sessions[one.address]).placement for one in (chest, low_back)]
        asyncio.run(recorded.forget(None))

        assert on == "20260921T141320Z.tape, 20260921T141320Z-2.tape"
        assert worn == [Placement.UPPER_BACK, Placement.LOW_BACK]
        assert recorded.recording().on is None
        assert list(folder.iterdir()) == []


def start_of(connected: Connected, placement: Placement) -> RecordingStart:
    return RecordingStart(
        connected.at_ns, connected.address, connected.name, True, "axes", placement=placement.value
    )


def test_samples_that_cannot_be_read_hide_no_tape(recorded: Recorded, home: Path):
    (raw,) = (home.parent / "backwatch.db.raw").iterdir()
    raw.write_bytes(b"garbage")

    listed = recorded.listed()
    assert "cannot be read" in listed.problem
    assert {one.kind for one in listed.sessions} == {"tape"}


def test_a_tape_of_a_stranger_hides_no_other(recorded: Recorded, home: Path):
    head = b'{"format":"backwatch-tape","version":1}\n'
    said = {"event": "connected", "at_ns": T0_NS, "address": "\ud800", "name": "\ud800"}
    for name, line in (
        (b"surrogates.tape", json.dumps(said).encode()),
        (b"\xff.tape", json.dumps(said).encode()),
        (b"late.tape", json.dumps({**said, "at_ns": 10**400}).encode()),
        (b"long.tape", b"x" * (1 << 20)),
    ):
        Path(os.fsdecode(os.fsencode(tapes_folder(home)) + b"/" + name)).write_bytes(
            head + line + b"\n"
        )

    shown = json.loads(sessions_schema(recorded).model_dump_json())["sessions"]
    problems = {one["id"]: one["problem"] for one in shown if one["kind"] == "tape"}
    assert problems.pop("tape:late.tape").count("at_ns is no time") == 1
    assert len(problems.pop("tape:long.tape")) < 500
    assert {name for name, problem in problems.items() if not problem} == {
        "tape:surrogates.tape", "tape:\\udcff.tape", "tape:short.tape",
    }  # fmt: skip
    recorded.delete("tape:\\udcff.tape")
    assert len(recorded._recorders[0].tapes()) == 5


async def test_nothing_of_what_was_erased_is_played_or_shown_any_more(
    recorded: Recorded, home: Path
):
    await recorded.play("tape:short.tape", 0.5)
    process = recorded._process
    await until(recorded, lambda now: bool(now.lines))
    await recorded.forget(None)

    assert process is not None
    assert process.returncode is not None
    assert recorded.replay() == ReplaySchema(state="none", session=None)
    assert await asyncio.to_thread(lambda: list(tapes_folder(home).iterdir())) == []


async def test_modules_of_the_folder_one_is_in_are_not_run(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    strange = tmp_path / "strange"
    await asyncio.to_thread(strange.mkdir)
    await asyncio.to_thread((strange / "pickle.py").write_text, "raise SystemExit(3)")
    await asyncio.to_thread(monkeypatch.chdir, strange)
    await recorded.play("tape:short.tape", None)

    assert (await until(recorded, lambda now: now.state in ("done", "failed"))).problem == ""
    await recorded.stop()
