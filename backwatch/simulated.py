"""A simulated sensor in a process of its own, and what goes wrong with it."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backwatch.errors import UserError
from dashboard.faults import FaultArgument, FaultKind, FaultNow, FaultRefusedError

READY_S = 30.0  # s; how long a slow machine may take to start the sensor
ANSWER_S = 10.0  # s; clearing puts right what was done, on a slow machine, too. Ours
ANSWER_BYTES = 1 << 16  # of a line; the latest faults and those that are on take a tenth of it


class SimulatedSensor:
    """The process, as whoever started it knows it; `dashboard.faults.Faults` is kept by it.

    Attributes:
        adapter: where it can be heard.
        address: its own.
    """

    def __init__(self, adapter: str, address: str, process: asyncio.subprocess.Process) -> None:
        self.adapter, self.address = adapter, address
        self._process = process
        self._faults: tuple[FaultNow, ...] = ()
        self._answer: asyncio.Future[str] | None = None
        self._one = asyncio.Lock()
        self._kinds = _kinds()

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> None:
        """Until it has ended."""
        await self._process.wait()

    def kinds(self) -> Sequence[FaultKind]:
        return self._kinds

    def now(self) -> Sequence[FaultNow]:
        return self._faults

    async def start(self, text: str) -> None:
        await self._command(f"start {text}")

    async def clear(self, number: int | None = None) -> None:
        await self._command("clear" if number is None else f"clear {number}")

    async def _command(self, line: str) -> None:
        """A line to the sensor, and its answer; one at a time."""
        assert self._process.stdin is not None
        gone = FaultRefusedError("the simulated sensor does not answer; start the demo anew")
        async with self._one:
            self._answer = asyncio.get_running_loop().create_future()
            try:
                self._process.stdin.write(" ".join(line.split()).encode() + b"\n")
                await self._process.stdin.drain()
                answer = await asyncio.wait_for(self._answer, ANSWER_S)
            except (TimeoutError, OSError) as error:
                raise gone from error
            finally:
                self._answer = None
        if answer:
            raise FaultRefusedError(answer)

    async def follow(self) -> None:
        """Take what it says, to its end."""
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):  # a line beyond all measure: no more is heard of it
            while line := await self._process.stdout.readline():
                said = json.loads(line)
                self._faults = tuple(
                    FaultNow(one["number"], one["fault"], one["state"], one["why"])
                    for one in said["faults"]
                )
                if "answer" in said and self._answer is not None and not self._answer.done():
                    self._answer.set_result(said["answer"])


@asynccontextmanager
async def simulated_sensor(scenario: str, seed: int) -> AsyncIterator[SimulatedSensor]:
    """A sensor on an air of its own; its end of our pipe closes with us, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "backwatch", "simulate-device", "--json",
        "--exit-with-stdin", "--commands", "--port", "0",
        "--scenario", scenario, "--seed", str(seed),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=ANSWER_BYTES,
        process_group=0,  # Ctrl-C is ours; the sensor goes when we let go of it
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    following: asyncio.Task[None] | None = None
    try:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_S)
            ready = json.loads(line)
        except (TimeoutError, ValueError):
            raise UserError("the simulated sensor did not start; see what it says above") from None
        sensor = SimulatedSensor(str(ready["adapter"]), str(ready["address"]), process)
        following = asyncio.create_task(sensor.follow(), name="backwatch simulated sensor")
        yield sensor
    finally:
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            try:
                await asyncio.wait_for(process.wait(), 1.0)
            except TimeoutError:
                process.kill()
                await process.wait()
        if following is not None:
            following.cancel()
            await asyncio.wait([following])


def _kinds() -> tuple[FaultKind, ...]:
    from simulator.faults import FAULTS, Need

    return tuple(
        FaultKind(
            name,
            act.DOES,
            tuple(
                FaultArgument(a.name, a.default, a.unit, a.low, a.high, a.whole, a.choices)
                for a in act.ARGUMENTS
            ),
            at_start_only=Need.START in act.NEEDS,
        )
        for name, act in FAULTS.items()
    )
