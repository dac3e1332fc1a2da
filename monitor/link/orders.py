"""What the program wants of a sensor: single commands, and settings that are to hold."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from firmware_protocol.codes import Pattern, Status
from firmware_protocol.control import (
    Command,
    Mute,
    Play,
    Reply,
    Result,
    Session,
    SetNeutral,
    SetPattern,
    SetRule,
    Step,
)
from monitor.link.errors import LinkError

log = logging.getLogger(__name__)

WAITING = 8  # commands; more are refused, because the person would feel them too late. Ours
NOBODY = "no sensor is connected"

_REMEDIES = {
    Status.MUTED: "its wearer has muted it",
    Status.UNABLE: "it has no part for that, or the pattern is empty",
    Status.FIELD: "it does not know a value of it",
    Status.STORE_FAILED: "it could not store it",
}


class CannotError(LinkError):
    """The sensor cannot do this, or not now; the message says why."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a sensor is to measure; None leaves it as it is.

    Attributes:
        rate_hz: nominal sampling rate.
        acc_range_g, gyr_range_dps: full scale.
    """

    rate_hz: float | None = None
    acc_range_g: int | None = None
    gyr_range_dps: int | None = None


class Orders:
    """A bounded queue of commands, and settings that every connected sensor is brought to.

    Filled by the program, emptied by the `Conversation` of whichever connection there is.
    Ids of commands given here are of no account.
    """

    def __init__(self, why_not: str = "") -> None:
        """`why_not` says why this sensor takes no commands at all; empty where it may."""
        self._sampling = Sampling()
        self._never = why_not
        self._why_not = why_not or NOBODY
        self._queue: asyncio.Queue[tuple[Command, asyncio.Future[None]]] = asyncio.Queue(WAITING)
        self._wanted: dict[tuple[type, int], Command] = {}
        self._held: dict[str, dict[tuple[type, int], Command]] = {}  # by address
        self._refused: dict[str, dict[tuple[type, int], Command]] = {}
        self._address = ""

    @property
    def sampling(self) -> Sampling:
        """How the sensor is to measure."""
        return self._sampling

    @sampling.setter
    def sampling(self, sampling: Sampling) -> None:
        if self._never and sampling != Sampling():
            log.warning("%s: it measures as its maker set it", self._never)
        self._sampling = sampling

    async def play(self, pattern: Pattern, *, strength: int = 100, times: int = 1) -> None:
        """Let it vibrate; `strength` scales the pattern [%].

        Raises:
            CannotError: it cannot, or is muted, or is not connected.
        """
        await self.carry_out(Play(0, pattern, strength, times))

    async def stop(self) -> None:
        """End what is being played.

        Raises:
            CannotError: as `play`.
        """
        await self.carry_out(Play(0, 0))

    async def mute(self, seconds: int) -> None:
        """Let it be quiet for so long; 0 ends it.

        Raises:
            CannotError: as `play`.
        """
        await self.carry_out(Mute(0, seconds))

    async def session(self, *, running: bool) -> None:
        """Let a session begin or end at the sensor, too.

        Raises:
            CannotError: as `play`.
        """
        await self.carry_out(Session(0, int(running)))

    def set_pattern(self, pattern: Pattern, steps: Iterable[Step]) -> None:
        """From now on this pattern is these 1 to 8 steps."""
        self._want(SetPattern(0, pattern, tuple(steps)))

    def set_rules(self, rules: Iterable[SetRule]) -> None:
        """Let it buzz by itself when these postures last; by their index."""
        for rule in rules:
            self._want(replace(rule, id=0))

    def set_neutral(self, neutral: SetNeutral) -> None:
        """Let its rules measure angles from here."""
        self._want(replace(neutral, id=0))

    async def carry_out(self, command: Command) -> None:
        """Have a command answered with OK.

        Raises:
            CannotError: it was refused, or could not be given; the message says why.
        """
        if self._why_not:
            raise CannotError(f"{_what(command)}: {self._why_not}")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((command, done))
        except asyncio.QueueFull:
            raise CannotError(
                f"{_what(command)}: {WAITING} commands wait already; try again"
            ) from None
        await done

    def open(self, address: str) -> None:
        """A sensor listens."""
        if not self._never:
            self._why_not, self._address = "", address

    def close(self, why_not: str = NOBODY) -> None:
        """It does no longer; who waits is told why."""
        self._why_not = self._never or why_not
        while not self._queue.empty():
            command, done = self._queue.get_nowait()
            self.settle(command, done, CannotError(f"{_what(command)}: {why_not}"))

    async def next(self) -> tuple[Command, "asyncio.Future[None]"]:
        """The oldest command, once there is one."""
        return await self._queue.get()

    def settle(
        self, command: Command, done: "asyncio.Future[None]", outcome: Reply | CannotError
    ) -> None:
        """Tell who waits what became of a command."""
        if done.done():
            return
        if isinstance(outcome, CannotError):
            done.set_exception(outcome)
        elif isinstance(outcome, Result) and outcome.status != Status.OK:
            done.set_exception(CannotError(f"{_what(command)}: {_reason(outcome)}"))
        else:
            done.set_result(None)

    def differing(self) -> list[Command]:
        """The settings that this sensor has not taken yet, and has not refused."""
        held = self._held.setdefault(self._address, {})
        refused = self._refused.setdefault(self._address, {})
        return [
            command
            for key, command in self._wanted.items()
            if held.get(key) != command and refused.get(key) != command
        ]

    def answered(self, command: Command, reply: Reply) -> None:
        """Note what became of a setting. It outlives a restart of the sensor (spec.md 10.2)."""
        if isinstance(reply, Result) and reply.status != Status.OK:
            log.warning("the sensor does not take a setting: %s: %s", _what(command),
                        _reason(reply))  # fmt: skip
            self._refused[self._address][_key(command)] = command
        else:
            self._held[self._address][_key(command)] = command

    def _want(self, command: Command) -> None:
        self._wanted[_key(command)] = command


def _key(command: Command) -> tuple[type, int]:
    """What a setting takes the place of."""
    if isinstance(command, SetRule):
        return SetRule, command.index
    if isinstance(command, SetPattern):
        return SetPattern, command.pattern
    return type(command), 0


def _what(command: Command) -> str:
    match command:
        case Play(pattern=0):
            return "vibration is not stopped"
        case Play():
            return "no vibration"
        case Mute():
            return "not muted"
        case Session():
            return "the session is not known to the sensor"
        case SetRule():
            return f"rule {command.index} is not set"
        case SetPattern():
            return "the pattern is not set"
        case SetNeutral():
            return "the neutral posture is not set"
    return type(command).__name__


def _reason(result: Result) -> str:
    status = next(status for status in Status if status == result.status)
    return _REMEDIES.get(status, status.meaning)


__all__ = ["CannotError", "Orders", "Sampling"]
