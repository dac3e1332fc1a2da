"""What is said to a sensor of version 2: asked for again, acknowledged, set, and ordered."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from firmware_protocol import SensorConfig
from firmware_protocol.codes import Status, StreamMode
from firmware_protocol.control import (
    CONTROL_VERSION,
    SCHEMA_HASH,
    Acknowledge,
    AcknowledgeEvents,
    Backfill,
    CancelBackfill,
    GetCounters,
    GetRing,
    Hello,
    HelloReply,
    Reply,
    Result,
    RingState,
    SetSensor,
    SetStream,
    TimeRequest,
)
from monitor.ingest.coverage import SEQUENCE_WRAP
from monitor.link.backlog import Backlog, Wanted
from monitor.link.dialogue import Dialogue
from monitor.link.orders import CannotError, Orders, Sampling

log = logging.getLogger(__name__)

TAIL_SAMPLES = 10  # so few are given up where another run begins. Ours
TOKEN_WRAP = 2**32  # us; the token of a time request is the host's clock, so a tape tells it too


@dataclass(frozen=True, slots=True)
class ControlParams:
    """How often a sensor is spoken to; spec.md names the section, the rest is chosen by us.

    Attributes:
        look_s: how often it is seen whether something is missing.
        quiet_s: a back-fill without a word for so long is cancelled; section 12.5.
        attempts: so often in a row without progress, then a pause; section 12.5.
        pause_s: that pause; section 12.5. A sensor that fell silent is greeted again after it.
        acknowledge_s: how often what is kept is acknowledged; section 12.4.
        keep_s: what the reader took so long ago is on the disk: the monitor's queue holds less
            than 30 s before its reader waits, and its files of samples are at most 60 s behind.
        keep_events_s: the same for events, which are in the database within a second.
        round_trips: time requests in a row; section 13.
        round_trips_s: how often these are repeated, and error counters asked for; section 13.
    """

    look_s: float = 0.5
    quiet_s: float = 5.0
    attempts: int = 3
    pause_s: float = 60.0
    acknowledge_s: float = 5.0
    keep_s: float = 95.0
    keep_events_s: float = 35.0
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
        orders: Orders | None = None,
        read_config: Callable[[], Awaitable[SensorConfig | None]] | None = None,
    ) -> None:
        """`now_ns` is the clock that stamps what the link hears.

        `read_config` reads the config characteristic, for the path to see too.
        """
        self._dialogue = dialogue
        self._backlog = backlog
        self._params = params
        self._now_ns = now_ns
        self._orders = orders or Orders()
        self._read_config = read_config
        self._heard_s = 0.0
        self._settled: deque[tuple[float, tuple[int, int]]] = deque()
        self._acknowledged: tuple[int, int] | None = None
        self._events: deque[tuple[float, int]] = deque()
        self._events_acknowledged: int | None = None
        self._sampling_tried = False
        self._silent = False

    def heard(self) -> None:
        """A notification of a back-fill has arrived."""
        self._heard_s = time.monotonic()

    def wake(self) -> None:
        """No live samples come: see to it that they may."""
        self._silent = True

    async def greet(self) -> None:
        """Agree on a version, and have live samples in whatever form fits the MTU.

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
            await self._stream(StreamMode.COMPACT)
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

    async def hold(self, subscribe: Callable[[], Awaitable[None]], address: str = "") -> None:
        """Keep up, and carry out orders meanwhile, for as long as it lasts."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._obey(address), name="orders")
                tasks.create_task(self.keep_up(subscribe), name="keep up")
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _obey(self, address: str) -> None:
        orders = self._orders
        orders.open(address)
        try:
            while True:
                command, done = await orders.next()
                outcome: Reply | CannotError = CannotError("the connection ended meanwhile")
                try:
                    outcome = await self._dialogue.ask(command)
                finally:
                    orders.settle(command, done, outcome)
        finally:
            orders.close()

    async def keep_up(self, subscribe: Callable[[], Awaitable[None]]) -> None:
        """Ask for what is missing and acknowledge what is kept, for as long as it lasts.

        `subscribe` lets the sensor notify back-fill.
        """
        params = self._params
        await subscribe()
        await self._dialogue.ask(GetCounters(0))
        timed_s = acknowledged_s = time.monotonic()
        pause_until_s, failures = 0.0, 0
        before: Wanted | None = None
        while True:
            await asyncio.sleep(params.look_s)
            now_s = time.monotonic()
            await self._settings()
            if now_s - timed_s >= params.round_trips_s:
                timed_s = now_s
                await self.time()
                await self._dialogue.ask(GetCounters(0))
            if now_s - acknowledged_s >= params.acknowledge_s:
                acknowledged_s = now_s
                await self._acknowledge(now_s)
                await self._acknowledge_events(now_s)
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

    async def _stream(self, mode: StreamMode) -> None:
        await self._dialogue.ask(SetStream(0, mode, 0))

    async def _settings(self) -> None:
        """Bring the sensor to what is wanted of it, as far as it is not."""
        if self._silent:
            self._silent = False
            await self._stream(StreamMode.COMPACT)
        for command in self._orders.differing():
            self._orders.answered(command, await self._dialogue.ask(command))
        if not self._sampling_tried:
            await self._sample()

    async def _sample(self) -> None:
        """Let it measure as wanted.

        That begins a new run and empties the ring (section 15), so all is fetched first; what it
        measures meanwhile is lost, some hundredths of a second.
        """
        wanted = self._orders.sampling
        if wanted == Sampling() or self._read_config is None:
            self._sampling_tried = True
            return
        if self._backlog.wanted() is not None or self._backlog.settled() is None:
            return  # later
        self._sampling_tried = True
        config = await self._read_config()
        if config is None:
            return
        rate_mhz = config.rate_mhz if wanted.rate_hz is None else round(wanted.rate_hz * 1000)
        acc_g = wanted.acc_range_g or config.acc_range_g
        gyr_dps = wanted.gyr_range_dps or config.gyr_range_dps
        if (rate_mhz, acc_g, gyr_dps) == (
            config.rate_mhz,
            config.acc_range_g,
            config.gyr_range_dps,
        ):
            return
        # Refused for what it asks: nothing has been touched. For samples that would be erased:
        # now it is known that it can.
        reply = await self._dialogue.ask(SetSensor(0, rate_mhz, acc_g, gyr_dps))
        if isinstance(reply, Result) and reply.status == Status.UNSAVED:
            await self._stream(StreamMode.OFF)
            try:
                await self._fetch_the_end()
                reply = await self._dialogue.ask(SetSensor(0, rate_mhz, acc_g, gyr_dps, force=1))
                await self._read_config()
                await self.ring()
            finally:
                await self._stream(StreamMode.COMPACT)
        elif isinstance(reply, Result) and reply.status == Status.OK:
            await self._read_config()
            await self.ring()
        if isinstance(reply, Result) and reply.status != Status.OK:
            log.warning(
                "the sensor cannot measure at %g Hz, %d g and %d deg/s; it stays at "
                "%g Hz, %d g and %d deg/s: choose values that its maker names",
                *(rate_mhz / 1000, acc_g, gyr_dps),
                *(config.rate_mhz / 1000, config.acc_range_g, config.gyr_range_dps),
            )

    async def _fetch_the_end(self) -> None:
        """Have what was measured since the last live sample sent again."""
        for _ in range(self._params.attempts):
            reply = await self._dialogue.ask(GetRing(0))
            if isinstance(reply, RingState):
                self._backlog.end_of_run(reply.next)
            wanted = self._backlog.wanted()
            if wanted is None or wanted.count < TAIL_SAMPLES:
                return
            await self._fill(wanted)

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

    async def _acknowledge_events(self, now_s: float) -> None:
        """Let the sensor forget events that have been on the disk for a while."""
        taken = self._backlog.next_event
        if taken is not None and (not self._events or self._events[-1][1] != taken):
            self._events.append((now_s, taken))
        kept = None
        while self._events and self._events[0][0] <= now_s - self._params.keep_events_s:
            kept = self._events.popleft()[1]
        if kept is not None and kept != self._events_acknowledged:
            await self._dialogue.ask(AcknowledgeEvents(0, kept))
            self._events_acknowledged = kept


__all__ = ["ControlParams", "Conversation", "RefusalError"]
