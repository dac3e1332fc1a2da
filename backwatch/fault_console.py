"""Lines of `simulate-device --commands` to faults that begin and are cleared, and answers.

A line is `start NAME[:ARGUMENTS]`, `clear NUMBER` or `clear`, which clears all.
Each is answered by one line of JSON: `{"answer": "", "faults": [...]}`, where the answer says why
it was refused, or is empty. Whenever a fault begins, is over, cleared or has failed there is a
line `{"faults": [...]}`. A fault is `{"number": 1, "fault": "lost-frames:share=0.02",
"state": "on", "why": ""}`; its states are those of `simulator.faults.FaultState`.
"""

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Self

from simulator.faults import FaultError, Injection
from simulator.faults.injection import Suffering

USAGE = "say: start NAME[:ARGUMENTS], clear NUMBER, or clear"


class Console:
    """Carries out one line after the other."""

    def __init__(self, sensor: Suffering, seed: int, say: Callable[[str], None]) -> None:
        """`say` takes each line of JSON."""
        self._injection = Injection(sensor, seed, self._told)
        self._say = say
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="console")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._injection.clear()

    def take(self, line: str) -> None:
        """A line was typed."""
        self._lines.put_nowait(line)

    async def _run(self) -> None:
        while True:
            line = await self._lines.get()
            if not line.strip():
                continue
            try:
                await self._carry_out(line)
                answer = ""
            except FaultError as error:
                answer = str(error)
            self._say(json.dumps({"answer": answer, **self._faults()}))

    async def _carry_out(self, line: str) -> None:
        match line.split():
            case ["start", text]:
                await self._injection.start(text)
            case ["clear"]:
                await self._injection.clear()
            case ["clear", number] if number.isascii() and number.isdigit() and len(number) < 10:
                await self._injection.clear(int(number))
            case _:
                raise FaultError(f"{line.strip()[:60]!r} is no command; {USAGE}")

    def _told(self) -> None:
        self._say(json.dumps(self._faults()))

    def _faults(self) -> dict[str, object]:
        return {
            "faults": [
                {
                    "number": one.number,
                    "fault": str(one.fault),
                    "state": one.state.value,
                    "why": one.why,
                }
                for one in self._injection.now()
            ]
        }
