"""Live messages turned into text on a WebSocket."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import assert_never

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.schemas import (
    LiveAlert,
    LiveDay,
    LiveErased,
    LiveEvent,
    LiveLink,
    LiveMark,
    LiveMounting,
    LiveNotice,
    LivePage,
    LiveSensors,
    LiveState,
    Schema,
    alert_schema,
    event_schema,
    link_schema,
    live_angle,
    live_clock,
    live_objections,
    live_recording,
    mark_schema,
    state_schema,
)
from dashboard.source import Source
from monitor.service import (
    AlertRaised,
    AnglePoints,
    DayChanged,
    Erased,
    EventSeen,
    LinkNow,
    LiveMessage,
    MountingNow,
    NoticeNow,
    ObjectionsNow,
    Pressed,
    RecordingNow,
    SensorsNow,
    StateNow,
    Subscription,
)

BEAT_S = 1.0  # a page that hears nothing for some of these knows that the server is gone
ENCODED = 128  # messages; twice what waits for the slowest client


class Encoder:
    """Turns each message into text once, however many clients there are."""

    def __init__(self) -> None:
        self.encoded = 0
        # By identity: messages are frozen, and kept here so that no id is used again.
        self._texts: OrderedDict[int, tuple[LiveMessage, str]] = OrderedDict()

    def text(self, message: LiveMessage) -> str:
        """The message as JSON."""
        found = self._texts.get(id(message))
        if found is None and isinstance(message, Erased):
            self._texts.clear()
        if found is None:
            found = message, live_schema(message).model_dump_json()
            self.encoded += 1
            self._texts[id(message)] = found
            if len(self._texts) > ENCODED:
                self._texts.popitem(last=False)
        return found[1]


def live_schema(message: LiveMessage) -> Schema:
    """The schema of a message."""
    match message:
        case AnglePoints():
            return live_angle(message)
        case StateNow():
            return LiveState(**state_schema(message).model_dump())
        case LinkNow():
            return LiveLink(**link_schema(message).model_dump())
        case AlertRaised():
            return LiveAlert(alert=alert_schema(message.stored))
        case EventSeen():
            return LiveEvent(event=event_schema(message.stored))
        case SensorsNow():
            return LiveSensors()
        case Pressed():
            return LiveMark(mark=mark_schema(message.event))
        case DayChanged():
            return LiveDay()
        case Erased():
            return LiveErased()
        case RecordingNow():
            return live_recording(message)
        case ObjectionsNow():
            return live_objections(message)
        case MountingNow():
            return LiveMounting()
        case NoticeNow(key, title, action):
            return LiveNotice(key=key, title=title or None, action=action)
        case _:
            assert_never(message)


async def watch(
    socket: WebSocket, source: Source, encoder: Encoder, clock_ns: Callable[[], int]
) -> None:
    """Keep one client up to date until it leaves."""
    with source.subscribe() as subscription:  # before accepting, so that nothing is missed
        await socket.accept()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(
                _send(socket, source, subscription, encoder, clock_ns), name="backwatch live"
            )
            while (said := await socket.receive())["type"] != "websocket.disconnect":
                with suppress(ValidationError):  # what is no word of ours is not heard
                    page = LivePage.model_validate_json(said.get("text") or "")
                    subscription.notifies = page.notifies
            sending.cancel()


async def _send(
    socket: WebSocket,
    source: Source,
    subscription: Subscription,
    encoder: Encoder,
    clock_ns: Callable[[], int],
) -> None:
    loop = asyncio.get_running_loop()
    beat_s = loop.time()
    try:
        while True:
            if loop.time() >= beat_s:
                clock = live_clock(source.snapshot(), server_ns=clock_ns())
                await socket.send_text(clock.model_dump_json())
                beat_s = loop.time() + BEAT_S
            try:
                async with asyncio.timeout_at(beat_s):
                    message = await subscription.get()
            except TimeoutError:
                continue
            await socket.send_text(encoder.text(message))
    except WebSocketDisconnect:
        return  # it left; the receiving side hears of it too
