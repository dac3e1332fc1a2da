"""A webhook that cannot be forged, and a desktop that is not there."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.coaching import Pattern
from monitor.service.channels import Desktop, Notice, Vibration, Webhook
from monitor.service.surroundings import look

NOTICE = Notice("slouch-5", "slouch", "Leaning forward", "Sit back.", Pattern.POSTURE, 5)


class Receiver:
    """An HTTP server of one answer."""

    def __init__(self, status: str) -> None:
        self.requests: list[bytes] = []
        self.status = status

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(
            next(x for x in head.split(b"\r\n") if x.lower().startswith(b"content-le"))[15:]
        )
        self.requests.append(head + await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture(params=["200 OK", "500 Broken"])
async def receiver(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Receiver, str]]:
    made = Receiver(request.param)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    server.close()
    await server.wait_closed()


async def test_a_webhook_is_signed_over_time_and_body(receiver: tuple[Receiver, str]) -> None:
    made, url = receiver
    delivered = await Webhook(url, "s3cret").say(NOTICE)
    head, _, body = made.requests[0].partition(b"\r\n\r\n")
    line = next(x for x in head.decode().split("\r\n") if x.lower().startswith("x-backwatch"))
    at, _, told = line.split(": ")[1].partition(",v1=")
    expected = hmac.new(b"s3cret", at[2:].encode() + b"." + body, hashlib.sha256).hexdigest()

    assert delivered is (made.status == "200 OK")
    assert told == expected
    assert json.loads(body) == {
        "event": "told", "key": "slouch-5", "rule": "slouch", "title": "Leaning forward",
        "action": "Sit back.", "pattern": "posture", "at_ns": 5,
    }  # fmt: skip


async def test_a_webhook_to_nowhere_is_not_delivered() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    assert not await Webhook(f"http://127.0.0.1:{port}/", "x").say(NOTICE)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "http://127.0.0.1.example.org/", "ftp://localhost/", "https://"]
)
def test_a_webhook_over_open_air_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="use https"):
        Webhook(url, "x")


async def test_without_a_desktop_nothing_is_delivered_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    desktop = Desktop()

    assert not await desktop.say(NOTICE)
    await desktop.clear(NOTICE)


class Center:
    """A notification centre, as desktop-notifier has it; each is known by a number of its own."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self._count = 0

    async def send(self, *, title: str, message: str, on_dispatched: Callable[[], object]) -> str:
        self._count += 1
        self.shown[str(self._count)] = title if message else ""
        on_dispatched()
        return str(self._count)

    async def clear(self, known: str) -> None:
        if known == "1":
            raise OSError("closed by the person")
        del self.shown[known]


async def test_all_that_a_desktop_shows_of_somebody_who_is_gone_is_taken_back() -> None:
    desktop, center = Desktop(), Center()
    desktop._notifier = center
    for rule in ("slouch", "slouch", "jolt", "sitting"):
        assert await desktop.say(replace(NOTICE, rule=rule, title=rule))
    await desktop.clear(replace(NOTICE, rule="sitting"))
    before = list(center.shown.values())
    await desktop.forget()
    await desktop.forget()

    assert before == ["slouch", "slouch", "jolt"]
    assert list(center.shown) == ["1"]


async def test_a_sensor_plays_the_pattern_of_the_rule() -> None:
    played: list[Pattern] = []

    async def play(pattern: Pattern) -> bool:
        played.append(pattern)
        return True

    assert await Vibration(play).say(NOTICE)
    assert played == [Pattern.POSTURE]


@pytest.fixture
def processes(tmp_path: Path) -> Path:
    """A /proc with one process, and what is none."""
    (tmp_path / "proc" / "7" / "fd").mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir()
    return tmp_path / "proc"


@pytest.fixture
def camera(processes: Path) -> None:
    (processes / "7" / "fd" / "5").symlink_to("/dev/video0")


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs of a desktop that is silenced, with a microphone in use."""
    for name, says in (("gsettings", "false"), ("pactl", "51 2 PipeWire")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")


async def test_a_camera_that_nobody_uses_is_no_call(processes: Path) -> None:
    seen = await look(processes)

    assert seen.camera is False


@pytest.mark.usefixtures("camera")
async def test_a_camera_in_use_is_a_call(processes: Path) -> None:
    seen = await look(processes)

    assert seen.camera is True
    assert seen.in_call


async def test_where_the_system_shows_nothing_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    seen = await look(tmp_path / "none")

    assert (seen.do_not_disturb, seen.microphone, seen.camera) == (None, None, None)
    assert not seen.in_call


@pytest.mark.usefixtures("desktop")
async def test_the_desktop_is_asked(tmp_path: Path) -> None:
    seen = await look(tmp_path / "none")

    assert seen.do_not_disturb is True
    assert seen.microphone is True
