"""A virtual air with sensors on it, in a process of its own.

python -m tests.benchmarks.air --sensors 4 --up 600

Says as JSON where it is, runs until its standard input ends, then says what it cost.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import math
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np

from simulator.air import Air
from simulator.core import prepare
from simulator.device import Device, DeviceParams
from simulator.peripheral import Peripheral
from tests.benchmarks.processes import ROOT

RATE_HZ = 100
ROWS = 10


def address(number: int) -> str:
    return f"C0:00:00:00:00:{number + 1:02X}"


def _counts() -> Iterator[np.ndarray]:
    block = np.random.default_rng(1).integers(-50, 50, (ROWS, 6)).astype(np.int16)
    block[:, 0] += 4096
    while True:
        yield block


async def _run(sensors: int, up_s: int) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    async with Air() as air, contextlib.AsyncExitStack() as stack:
        for number in range(sensors):
            params = DeviceParams(ring_samples=max(65_536, (up_s + 60) * RATE_HZ))
            sensor = Peripheral(
                f"tcp-client:127.0.0.1:{air.port}",
                Device(number + 7, params),
                _counts(),
                name=f"Backwatch {number}",
                address=address(number),
            )
            await stack.enter_async_context(sensor)
            block = next(_counts())
            for _ in range(up_s * RATE_HZ // ROWS):
                sensor.device.sample(block)
            sensor._booted_s -= up_s  # as if it had been on for so long
        print(json.dumps({"adapter": f"virtual:127.0.0.1:{air.port}"}), flush=True)
        begin_s, wall_s = time.process_time(), time.monotonic()
        await ended.wait()
    share = (time.process_time() - begin_s) / (time.monotonic() - wall_s)
    print(json.dumps({"cpu": share}), flush=True)


@dataclass
class OnAir:
    """Such a process.

    Attributes:
        cpu: share of a core it took, once it has ended.
    """

    adapter: str
    cpu: float = math.nan


@contextlib.asynccontextmanager
async def sensors_on_air(sensors: int, up_s: int = 0) -> AsyncIterator[OnAir]:
    """Start one; it ends with the context."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.air"),
        *("--sensors", str(sensors), "--up", str(up_s)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    air = OnAir(json.loads(await process.stdout.readline())["adapter"])
    try:
        yield air
    finally:
        process.stdin.close()
        air.cpu = json.loads(await process.stdout.readline())["cpu"]
        await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sensors", type=int, default=1)
    parser.add_argument("--up", type=int, default=0, help="sampled for so long already [s]")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    prepare()
    asyncio.run(_run(args.sensors, args.up))


if __name__ == "__main__":
    main()
