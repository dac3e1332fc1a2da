"""What is said to a sensor of version 2: ask again for what is missing, acknowledge the rest."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from firmware_protocol.codes import Status
from firmware_protocol.control import (
    CONTROL_VERSION,
    SCHEMA_HASH,
    Acknowledge,
    Backfill,
    CancelBackfill,
    GetRing,
    Hello,
    HelloReply,
    Result,
    RingState,
    TimeRequest,
)
from monitor.ingest.coverage import SEQUENCE_WRAP
from monitor.link.backlog import Backlog, Wanted
from monitor.link.dialogue import Dialogue

log = logging.getLogger(__name__)

TOKEN_WRAP = 2**32  # us; the token of a time request is the host's clock, so a tape tells it too


@dataclass(frozen=True, slots=True)
class ControlParams:
    """How often a sensor is spoken to; spec.md names the section, the rest is chosen by us.

    Attributes:
        look_s: how often it is seen whether something is missing.
        quiet_s: a back-fill without a word for so long is cancelled; section 12.5.
        attempts: so often in a row without progress, then a pause; section 12.5.
        pause_s: that pause; section 12.5.
        acknowledge_s: how often what is kept is acknowledged; section 12.4.
        keep_s: what the reader took so long ago is on the disk: the monitor's queue holds less
            than 30 s before its reader waits, and its files of samples are at most 60 s behind.
        round_trips: time requests in a row; section 13.
        round_trips_s: how often these are repeated; section 13.
    """

    look_s: float = 0.5
    quiet_s: float = 5.0
    attempts: int = 3
    pause_s: float = 60.0
    acknowledge_s: float = 5.0
    keep_s: float = 95.0
    round_trips: int = 8
    round_trips_s: float = 180.0


class RefusalError(Exception):
    """The sensor speaks no control version of ours; the message says which side to update."""


class Conversation:
    """One connection's worth of commands; `backlog` outlives it."""

    def __init__(
        self,
        dialogue: Dialogue,
        backlog: Backlog,
        params: ControlParams,
        now_ns: Callable[[], int],
    ) -> None:
        """`now_ns` is the clock that stamps what the link hears."""
        self._dialogue = dialogue
        self._backlog = backlog
        self._params = params
        self._now_ns = now_ns
        self._heard_s = 0.0
        self._settled: deque[tuple[float, tuple[int, int]]] = deque()
        self._acknowledged: tuple[int, int] | None = None

    def heard(self) -> None:
        """A notification of a back-fill has arrived."""
        self._heard_s = time.monotonic()

    async def greet(self) -> None:
        """Agree on a version.

        Raises:
            RefusalError: there is none in common.
            NoReplyError: the sensor does not answer.
        """
        reply = await self._dialogue.ask(Hello(0))
        if (
            isinstance(reply, HelloReply)
            and reply.status == Status.OK
            and (reply.version, reply.schema) == (CONTROL_VERSION, SCHEMA_HASH)
        ):
            return
        version = reply.version if isinstance(reply, HelloReply) else 0
        older = "the firmware" if version < CONTROL_VERSION else "Backwatch"
        if version == CONTROL_VERSION:
            older = "the firmware or Backwatch, whichever is older"
        raise RefusalError(
            f"the sensor speaks control version {version} with other field tables or another "
            f"version than our {CONTROL_VERSION}: no back-fill; update {older}"
        )

    async def ring(self) -> None:
        """Learn what the sensor still has."""
        reply = await self._dialogue.ask(GetRing(0))
        if isinstance(reply, RingState):
            self._backlog.ring(reply)

    async def time(self) -> None:
        """Let the sensor tell its clock; the replies go the way of all data."""
        for _ in range(self._params.round_trips):
            await self._dialogue.ask(TimeRequest(0, self._now_ns() // 1000 % TOKEN_WRAP))

    async def keep_up(self, subscribe: Callable[[], Awaitable[None]]) -> None:
        """Ask for what is missing and acknowledge what is kept, for as long as it lasts.

        `subscribe` lets the sensor notify back-fill.
        """
        params = self._params
        await subscribe()
        timed_s = acknowledged_s = time.monotonic()
        pause_until_s, failures = 0.0, 0
        before: Wanted | None = None
        while True:
            await asyncio.sleep(params.look_s)
            now_s = time.monotonic()
            if now_s - timed_s >= params.round_trips_s:
                timed_s = now_s
                await self.time()
            if now_s - acknowledged_s >= params.acknowledge_s:
                acknowledged_s = now_s
                await self._acknowledge(now_s)
            wanted = self._backlog.wanted()
            while wanted is not None and time.monotonic() >= pause_until_s:
                failures = failures + 1 if wanted == before else 0
                if failures >= params.attempts:
                    log.debug("no progress with %s; a pause of %.0f s", wanted, params.pause_s)
                    pause_until_s, failures, before = time.monotonic() + params.pause_s, 0, None
                    break
                before = wanted
                await self._fill(wanted)
                wanted = self._backlog.wanted()

    async def _fill(self, wanted: Wanted) -> None:
        """Have one stretch sent again, and wait until the reader has seen the end of it."""
        first = wanted.first % SEQUENCE_WRAP
        reply = await self._dialogue.ask(Backfill(0, wanted.boot_id, first, wanted.count))
        if not isinstance(reply, Result) or reply.status != Status.OK:
            log.debug("%s was answered by %s", wanted, reply)
            if isinstance(reply, Result) and reply.status == Status.RANGE:
                await self.ring()
            return
        self.heard()
        while self._backlog.done != reply.id:
            if time.monotonic() - self._heard_s > self._params.quiet_s:
                await self._dialogue.ask(CancelBackfill(0))
                return
            await asyncio.sleep(self._params.look_s / 20)

    async def _acknowledge(self, now_s: float) -> None:
        """Let the sensor erase what has been on the disk for a while."""
        settled = self._backlog.settled()
        if settled is not None:
            self._settled.append((now_s, settled))
        kept = None
        while self._settled and self._settled[0][0] <= now_s - self._params.keep_s:
            kept = self._settled.popleft()[1]
        if kept is None or kept == self._acknowledged or settled is None or kept[0] != settled[0]:
            return
        boot_id, number = kept
        reply = await self._dialogue.ask(Acknowledge(0, boot_id, number % SEQUENCE_WRAP))
        if isinstance(reply, Result) and reply.status == Status.OK:
            self._acknowledged = kept


__all__ = ["ControlParams", "Conversation", "RefusalError"]
