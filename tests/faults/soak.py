"""Hours of a sensor's life with faults drawn at random, held against the law.

Every sample the device measured is stored exactly once, in order, or is counted as lost with the
reason the device gave. Time is virtual: an hour takes seconds. One seed gives one course.

    python -m tests.faults.soak --hours 8 --seed 1

Prints what happened as JSON; ends with 1 where the law was broken.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

import monitor.service.shell
import simulator.peripheral
from simulator.device import DeviceParams
from simulator.faults import parse_fault
from tests.faults import virtual
from tests.faults.scene import Account, Scene, numbered_stream, scene

BETWEEN_S = 60.0  # s; mean time from one fault to the next, chosen by us
REST_S = 20.0  # s without faults at the end, chosen by us: before it is waited for what is missing
TICK_S = 0.1  # s; how often the firmware is looked after here: each look costs
FLUSH_S = 10.0  # s; how often the monitor writes here: so does each word with its thread
PARAMS = DeviceParams(samples_per_frame=16, clock_error_ppm=40.0, rate_error_ppm=200.0)

# What is drawn, and how: uniformly, lengths of time evenly over their logarithm.
Draw = Callable[[np.random.Generator], str]  # one fault, or several apart by a space


def _s(rng: np.random.Generator, low: float, high: float) -> str:
    return format(float(np.exp(rng.uniform(np.log(low), np.log(high)))), ".2f")


FAULTS: tuple[Draw, ...] = (
    lambda rng: f"out-of-range:{_s(rng, 0.5, 20)},at=0",
    lambda rng: f"out-of-range:{_s(rng, 20, 1200)},at=0",
    lambda _: "supervision-timeout:at=0",
    lambda rng: f"adapter-loss:{_s(rng, 1, 60)},at=0",
    lambda rng: f"no-slots:0,{_s(rng, 5, 60)}",
    lambda _: "reboot:at=0",
    lambda rng: f"battery-flat:{_s(rng, 1, 300)},at=0",
    lambda rng: f"lost-frames:{_s(rng, 0.005, 0.5)}",
    lambda rng: f"doubled-frames:{_s(rng, 0.005, 1)}",
    lambda rng: f"reordered-frames:{_s(rng, 0.005, 0.5)}",
    lambda rng: f"truncated-frames:{_s(rng, 0.005, 0.5)}",
    lambda rng: f"corrupted-frames:{_s(rng, 0.005, 0.5)}",
    lambda rng: f"flood:{rng.integers(2, 20)}",
    lambda _: "doubled-after-reconnect supervision-timeout:at=0",
    lambda rng: f"silent-after-reconnect:{rng.integers(1, 3)} supervision-timeout:at=0",
    lambda rng: f"clock-jump:{rng.uniform(-10, 60):.2f},at=0",
    lambda _: "clock-reset:at=0",
    lambda rng: f"missed-samples:{_s(rng, 1, 60)},{_s(rng, 0.02, 3)}",
)


# Without clocks that are set: these put most times in doubt, and so hold them to less.
STEADY = tuple(draw for draw in FAULTS if not draw(np.random.default_rng(0)).startswith("clock-"))


@dataclass(frozen=True)
class Outcome:
    """What a soak has seen.

    Attributes:
        faults: how often each was injected.
        device_s: virtual time [s]; `wall_s` is ours.
        connections, stalled: of the link.
        account: the law, counted.
    """

    seed: int
    device_s: float
    wall_s: float
    injected: int
    faults: dict[str, int]
    connections: int
    stalled: int
    account: Account

    def to_json(self) -> str:
        said = asdict(self)
        account = said.pop("account")
        account["broken"], many = account["broken"][:20], len(account["broken"])
        return json.dumps({**said, **account, "violations": many}, indent=2)


async def strike(
    here: Scene,
    rng: np.random.Generator,
    seconds: float,
    between_s: float,
    faults: tuple[Draw, ...],
) -> Counter[str]:
    """Let faults come and go, some of them at once."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + seconds
    injected: Counter[str] = Counter()

    async def suffer(text: str, lasting_s: float, seed: int) -> None:
        async with here.sensor.having(parse_fault(text), seed):
            await asyncio.sleep(lasting_s)

    async with asyncio.TaskGroup() as group:
        while loop.time() < until_s:
            for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
                lasting_s = float(rng.uniform(1.0, 120.0))
                for text in faults[rng.integers(len(faults))](rng).split():
                    injected[text.partition(":")[0]] += 1
                    group.create_task(suffer(text, lasting_s, int(rng.integers(2**32))))
            await asyncio.sleep(float(rng.exponential(between_s)))
    return injected


async def soak(
    folder: Path,
    seconds: float,
    seed: int,
    between_s: float = BETWEEN_S,
    faults: tuple[Draw, ...] = FAULTS,
) -> Outcome:
    """Run for so long in virtual time; within `virtual.run` or a test of this folder."""
    begun = time.perf_counter()
    rng = np.random.default_rng(seed)
    wrap = f"sequence-wrap:after={rng.uniform(0, min(seconds, 7200)):.0f}"
    loop = asyncio.get_running_loop()
    with (
        patch.object(simulator.peripheral, "TICK_S", TICK_S),
        patch.object(monitor.service.shell, "FLUSH_S", FLUSH_S),
    ):
        async with scene(
            folder, wrap, seed=seed, params=PARAMS, counts=numbered_stream(1000), interpret=False
        ) as here:
            began_s = loop.time()
            injected = await strike(here, rng, seconds, between_s, faults)
            await asyncio.sleep(REST_S)
            await here.whole(within_s=3600.0)
            account = await here.account()
            link = here.link.statistics()
            return Outcome(
                seed=seed,
                device_s=round(loop.time() - began_s, 1),
                wall_s=round(time.perf_counter() - begun, 1),
                injected=injected.total(),
                faults=dict(sorted(injected.items())),
                connections=link.connections,
                stalled=link.stalled,
                account=account,
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=8.0, help="of device time (default: 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set-clocks", action="store_true", help="let the device's clock be set")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    faults = FAULTS if args.set_clocks else STEADY
    with tempfile.TemporaryDirectory() as folder:
        outcome = virtual.run(
            lambda: soak(Path(folder), args.hours * 3600, args.seed, faults=faults)
        )
    print(outcome.to_json())
    return 1 if outcome.account.broken else 0


if __name__ == "__main__":
    sys.exit(main())
