"""Faults begun and cleared while a sensor runs."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from simulator.faults.troubles import FAULTS, check_live, parse_fault
from simulator.faults.wording import Fault, FaultError

MOST_TOLD = 20  # faults of which it is still told what became. Ours


class FaultState(StrEnum):
    """How a fault stands."""

    ON = "on"
    OVER = "over"  # it has struck, and passed by itself
    CLEARED = "cleared"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that was begun.

    Attributes:
        number: of those of this sensor, from 1.
        why: it failed; else empty.
    """

    number: int
    fault: Fault
    state: FaultState
    why: str = ""


class Suffering(Protocol):
    """A sensor that takes one fault more while it runs: both kinds of peripheral."""

    def having(
        self, fault: Fault, seed: int = 0
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]: ...


class Injection:
    """Begins faults, and clears them; leaving it clears all.

    Args:
        seed: of what they draw.
        changed: is told when a fault begins, is over, cleared or has failed.
    """

    def __init__(
        self, sensor: Suffering, seed: int = 0, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._sensor = sensor
        self._seed = seed
        self._changed = changed
        self._told: dict[int, Injected] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._number = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.clear()

    def now(self) -> tuple[Injected, ...]:
        """Those that are on and the latest of the others, in the order they began."""
        return tuple(self._told.values())

    async def start(self, text: str) -> int:
        """Begin a fault as `parse_fault` reads it; gives its number.

        Raises:
            FaultError: it is not known, cannot begin here, or is on already.
        """
        fault = parse_fault(text)
        check_live(fault.name)
        if any(one.fault.name == fault.name for one in self._on()):
            raise FaultError(f"fault {fault.name} is on already; clear it first")
        self._number += 1
        number = self._number
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._suffer(number, fault, begun), name=f"having {fault}")
        self._tasks[number] = task
        try:
            await begun
        except FaultError:
            await asyncio.wait([task])
            del self._tasks[number]
            raise
        return number

    async def clear(self, number: int | None = None) -> None:
        """End a fault, or all; what is over stays so.

        Raises:
            FaultError: there is none of that number.
        """
        if number is not None and number not in self._told:
            raise FaultError(f"no fault has the number {number}")
        wanted = [one.number for one in self._on() if number in (None, one.number)]
        tasks = [self._tasks[one] for one in wanted]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _on(self) -> list[Injected]:
        return [one for one in self._told.values() if one.state is FaultState.ON]

    async def _suffer(self, number: int, fault: Fault, begun: asyncio.Future[None]) -> None:
        try:
            async with self._sensor.having(fault, self._seed + number) as fate:
                self._say(Injected(number, fault, FaultState.ON))
                begun.set_result(None)
                await asyncio.shield(fate)
                if not FAULTS[fault.name].PASSES:
                    await asyncio.Event().wait()
            self._say(replace(self._told[number], state=FaultState.OVER))
        except asyncio.CancelledError:
            if number in self._told:
                self._say(replace(self._told[number], state=FaultState.CLEARED))
            raise
        except Exception as error:
            # Whatever it is, the sensor goes on and the person who began it is told.
            why = f"{type(error).__name__}: {error}"
            if not begun.done():
                refused = isinstance(error, FaultError)
                begun.set_exception(error if refused else FaultError(f"{fault} failed: {why}"))
                return
            self._say(Injected(number, fault, FaultState.FAILED, why))

    def _say(self, injected: Injected) -> None:
        self._told[injected.number] = injected
        past = [one.number for one in self._told.values() if one.state is not FaultState.ON]
        for number in past[:-MOST_TOLD]:
            del self._told[number]
        self._changed()
