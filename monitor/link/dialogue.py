"""Commands out, replies in: one at a time (firmware_protocol/spec.md, section 9.2)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import cycle

from firmware_protocol import ProtocolError
from firmware_protocol.control import (
    Command,
    Condition,
    Counters,
    HelloReply,
    Reply,
    Result,
    RingState,
    TimeReply,
    decode_message,
    encode_message,
)
from monitor.link.errors import LinkError

REPLY_S = 3.0  # spec.md section 9.2
ATTEMPTS = 3  # spec.md section 9.2
BUSY_S = 0.1  # spec.md section 9.2
_REPLIES = (HelloReply, Result, Counters, Condition, RingState, TimeReply)


class NoReplyError(LinkError):
    """The device does not answer a command."""


class BusyError(LinkError):
    """The device has no place for another command yet (ATT error 0x80)."""


class Dialogue:
    """The control characteristic of one connection."""

    def __init__(self, write: Callable[[bytes], Awaitable[None]], reply_s: float = REPLY_S) -> None:
        """`write` writes to it, with response, and may raise BusyError; `reply_s` is the
        patience with one reply."""
        self._write = write
        self._reply_s = reply_s
        self._ids = cycle(range(1, 256))
        self._turn = asyncio.Lock()
        self._waiting: tuple[int, asyncio.Future[Reply]] | None = None

    def receive(self, payload: bytes) -> None:
        """Take a notification; what nobody waits for is discarded."""
        try:
            message = decode_message(payload)
        except ProtocolError:
            return  # counted by ingest; the command is repeated
        if self._waiting is None or not isinstance(message, _REPLIES):
            return
        id_, reply = self._waiting
        if message.id == id_ and not reply.done():
            reply.set_result(message)

    async def ask(self, command: Command) -> Reply:
        """Write a command and wait for its reply; the id is chosen here.

        Raises:
            NoReplyError: none came, though it was asked for three times.
        """
        async with self._turn:
            command = replace(command, id=next(self._ids))
            reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            self._waiting = command.id, reply
            try:
                for _ in range(ATTEMPTS):
                    await self._write_when_free(encode_message(command))
                    done, _ = await asyncio.wait([reply], timeout=self._reply_s)
                    if done:
                        return reply.result()
            finally:
                self._waiting = None
        name = type(command).__name__
        raise NoReplyError(f"no reply to {name} within {ATTEMPTS * self._reply_s:.0f} s")

    async def _write_when_free(self, payload: bytes) -> None:
        for _ in range(1 + round(self._reply_s / BUSY_S)):
            with contextlib.suppress(BusyError):
                return await self._write(payload)
            await asyncio.sleep(BUSY_S)
        return None  # as if no reply came


__all__ = ["BusyError", "Dialogue", "NoReplyError"]
