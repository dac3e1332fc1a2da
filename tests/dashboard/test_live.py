"""The live channel over a real socket."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any

import httpx
import pytest
import websockets
from starlette.types import ASGIApp

from dashboard import Access, AddressError, serve
from dashboard.live import BEAT_S, Encoder
from dashboard.serving import listen
from firmware_protocol import gatt
from monitor.model import (
    Activity,
    Alert,
    EventKind,
    MotionEvent,
    Notified,
    Posture,
    Severity,
)
from monitor.pipeline import Step
from monitor.service import (
    AlertRaised,
    AnglePoints,
    DayChanged,
    Erased,
    EventSeen,
    NoticeNow,
    StateNow,
)
from monitor.service.live import Subscribers
from monitor.store import StoredAlert, StoredEvent

T0_NS = 1_790_000_000_000_000_000
MESSAGES = [
    AnglePoints((T0_NS, T0_NS + 10**8), (12.34, None), (0.0, None), (12.4, None)),
    StateNow(Activity.SIT, Posture.SLOUCHED, 0.9, T0_NS),
    AlertRaised(StoredAlert(7, Alert(T0_NS, "jolt", Severity.INFO, T0_NS, "desk/1"))),
    EventSeen(StoredEvent(8, MotionEvent(EventKind.BEND, T0_NS, T0_NS, T0_NS, 0.7, "desk/1"))),
    DayChanged(),
]


def connect(address: Any, access: Access, **changes: Any) -> Any:
    headers = {"authorization": f"Bearer {access.api_token}"}
    settings = {"additional_headers": headers, "proxy": None, **changes}
    return websockets.connect(f"ws://{address.host}:{address.port}/api/live", **settings)


async def next_of(live: Any, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while (message := json.loads(await live.recv()))["kind"] != kind:
            pass
    return message


async def test_a_client_hears_every_kind_of_message(
    app: ASGIApp, access: Access, source: Any
) -> None:
    async with serve(app, "127.0.0.1", 0) as address, connect(address, access) as live:
        clock = await next_of(live, "clock")
        for message in MESSAGES:
            source.subscribers.publish(message)
        for news in source.now.take(Notified(T0_NS, gatt.BATTERY_LEVEL, b"\x07"), Step()):
            source.subscribers.publish(news)

        angle, state, alert, event, day, link = [
            await next_of(live, kind)
            for kind in ("angle", "state", "alert", "event", "day", "link")
        ]
        source.subscribers.publish(Erased())
        erased = await next_of(live, "erased")

    assert clock == {
        "kind": "clock",
        "server_ms": 1_790_001_000_000,
        "seated_since_ms": None,
        "break_due_ms": None,
    }
    assert angle == {
        "kind": "angle",
        "t_ms": [1_790_000_000_000, 1_790_000_000_100],
        "sagittal_deg": [12.3, None],
        "lateral_deg": [0.0, None],
        "inclination_deg": [12.4, None],
    }
    assert (state["activity"], state["posture"]) == ("sit", "slouched")
    assert (alert["alert"]["id"], alert["alert"]["title"]) == (7, "A jolt")
    assert (event["event"]["id"], event["event"]["kind"]) == (8, "bend")
    assert day == {"kind": "day"}
    assert erased == {"kind": "erased"}
    assert (link["battery_percent"], link["name"][:4]) == (7, "<img")


async def test_the_clock_beats_every_second(app: ASGIApp, access: Access) -> None:
    loop = asyncio.get_running_loop()
    async with serve(app, "127.0.0.1", 0) as address, connect(address, access) as live:
        await next_of(live, "clock")
        began = loop.time()
        await next_of(live, "clock")

        assert loop.time() - began == pytest.approx(BEAT_S, abs=0.5)


async def test_without_a_session_the_channel_closes_and_says_so(app: ASGIApp) -> None:
    async with (
        serve(app, "127.0.0.1", 0) as address,
        websockets.connect(f"ws://127.0.0.1:{address.port}/api/live", proxy=None) as live,
    ):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await live.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_origin_is_told_nothing(
    app: ASGIApp, access: Access, source: Any, origin: str
) -> None:
    async with (
        serve(app, "127.0.0.1", 0) as address,
        connect(address, access, origin=origin) as live,
    ):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await live.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert len(source.subscribers) == 0


async def test_the_page_of_this_server_may_listen(app: ASGIApp, access: Access) -> None:
    async with serve(app, "127.0.0.1", 0) as address:
        origin = address.url.rstrip("/")
        async with connect(address, access, origin=origin) as live:
            assert (await next_of(live, "clock"))["kind"] == "clock"


async def test_an_unknown_host_is_misdirected(app: ASGIApp) -> None:
    async with serve(app, "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        writer.write(
            b"GET /api/live HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert b"421" in status


async def test_a_client_that_leaves_is_forgotten(app: ASGIApp, access: Access, source: Any) -> None:
    async with serve(app, "127.0.0.1", 0) as address:
        async with connect(address, access) as live:
            await next_of(live, "clock")
            assert len(source.subscribers) == 1
        async with asyncio.timeout(5):
            while len(source.subscribers):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_page_says_whether_it_may_show_a_notification_and_nothing_else_is_heard(
    app: ASGIApp, access: Access, source: Any
) -> None:
    async with serve(app, "127.0.0.1", 0) as address, connect(address, access) as live:
        await next_of(live, "clock")
        heard = []
        for said in (
            '{"notifies": true}',
            "{",
            b"\xff",
            '{"notifies": "x"}',
            '{"notifies": false}',
        ):
            await live.send(said)
            await (await live.ping())
            heard.append(source.subscribers.notifying() is not None)
        source.subscribers.publish(NoticeNow("slouch-1", "Leaning forward", "Sit back."))
        source.subscribers.publish(NoticeNow("slouch-1"))
        notices = [await next_of(live, "notice"), await next_of(live, "notice")]

    assert heard == [True, True, True, True, False]
    assert notices == [
        {"kind": "notice", "key": "slouch-1", "title": "Leaning forward", "action": "Sit back."},
        {"kind": "notice", "key": "slouch-1", "title": None, "action": ""},
    ]


async def test_messages_are_not_deflated(app: ASGIApp, access: Access) -> None:
    async with serve(app, "127.0.0.1", 0) as address, connect(address, access) as live:
        assert live.protocol.extensions == []


async def test_the_server_ends_while_pages_watch(app: ASGIApp, access: Access) -> None:
    async with asyncio.timeout(10):
        async with serve(app, "127.0.0.1", 0) as address:
            live = await connect(address, access)
            await next_of(live, "clock")
        with suppress(websockets.ConnectionClosedError):
            async for _ in live:
                pass
        assert live.close_code == 1012


async def test_a_stalled_page_holds_up_nobody_and_is_up_to_date_when_it_wakes(
    app: ASGIApp, access: Access, source: Any
) -> None:
    many = AnglePoints(tuple(range(500)), (1.0,) * 500, (1.0,) * 500, (1.0,) * 500)
    async with serve(app, "127.0.0.1", 0) as address:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, (address.host, address.port))
        async with (
            connect(address, access, sock=narrow, max_queue=1) as stalled,
            connect(address, access) as live,
            asyncio.timeout(30),
        ):
            await next_of(live, "clock")
            await next_of(stalled, "clock")
            while not any(client.dropped for client in source.subscribers._subscriptions):
                source.subscribers.publish(many)
                await next_of(live, "angle")
            for since in range(100):
                walking = StateNow(Activity.WALK, Posture.NEUTRAL, 0.9, T0_NS + since * 10**6)
                source.subscribers.publish(walking)
            heard_by_live = await next_of(live, "state")
            heard_by_stalled = await next_of(stalled, "state")

    assert heard_by_live["since_ms"] == heard_by_stalled["since_ms"] == T0_NS // 10**6 + 99


def test_a_message_is_encoded_once_for_everyone() -> None:
    encoder = Encoder()

    texts = [encoder.text(message) for _ in range(3) for message in MESSAGES]

    assert encoder.encoded == len(MESSAGES)
    assert texts[: len(MESSAGES)] == texts[len(MESSAGES) : 2 * len(MESSAGES)]


async def test_nothing_of_before_is_left_on_the_way_to_a_page_once_it_was_erased() -> None:
    subscribers, encoder = Subscribers(), Encoder()
    for message in MESSAGES:
        encoder.text(message)
    with subscribers.subscribe() as page:
        for message in (*MESSAGES, Erased()):
            subscribers.publish(message)
        waits = page.waiting
        text = encoder.text(await page.get())
    encoder.text(MESSAGES[0])

    assert (waits, text) == (1, '{"kind":"erased"}')
    assert encoder.encoded == len(MESSAGES) + 2


def test_the_encoder_does_not_mistake_a_new_message_for_an_old_one() -> None:
    encoder = Encoder()

    for since in range(1000):
        message = StateNow(Activity.SIT, Posture.NEUTRAL, 0.9, since * 1_000_000)
        assert json.loads(encoder.text(message))["since_ms"] == since


async def test_port_zero_is_any_free_port_and_the_real_one_is_told(
    app: ASGIApp, access: Access
) -> None:
    async with serve(app, "127.0.0.1", 0) as address:
        assert address.port > 0
        async with httpx.AsyncClient(trust_env=False) as client:
            opened = await client.get(address.link(access.new_link_token()))
            now = await client.get(f"{address.url}api/now")

    assert opened.headers["set-cookie"].startswith(f"backwatch_{address.port}=")
    assert now.status_code == 200


def test_answers_do_not_wait_for_nagle() -> None:
    # asyncio sets TCP_NODELAY on a connection only where the listener was named as TCP;
    # without it each answer took 40 ms more.
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


async def test_a_port_in_use_is_a_clear_error(app: ASGIApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressError, match=rf"127\.0\.0\.1 port {port}.*--port"):
            async with serve(app, "127.0.0.1", port):
                pass


async def test_the_error_of_the_program_comes_out_of_serve_as_it_is(app: ASGIApp) -> None:
    with pytest.raises(ZeroDivisionError):
        async with serve(app, "127.0.0.1", 0):
            raise ZeroDivisionError


async def test_signals_are_left_to_the_program(app: ASGIApp) -> None:
    import signal

    before = signal.getsignal(signal.SIGTERM)
    async with serve(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{address.url}healthz")
        during = signal.getsignal(signal.SIGTERM)

    assert during == before
