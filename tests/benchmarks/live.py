"""A whole Backwatch at work, and pages that watch it, each in a process of its own.

python -m tests.benchmarks.live FOLDER             # the server; told on its standard input
python -m tests.benchmarks.live --watch 9 PORT TOKEN
"""

import argparse
import asyncio
import contextlib
import json
import logging
import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import websockets

from backwatch.session import keep_what_is_here
from monitor.model import NS_PER_S, Activity, Posture, Segment, StateChange
from monitor.pipeline import Step
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from tests.benchmarks.processes import cpu_s, started
from tests.browser.day import LENGTH_NS, afternoon_zone, store_day
from tests.browser.running import HOP, Running, feature_chunk

ANGLES_DEG = range(1, 61)  # one after another, so that a page shows which message it shows
SHIFT_SPANS, SPAN_S = 1900, 12  # as many as eight simulated hours in a warehouse have
UP = (Activity.SIT, Activity.STAND, Activity.WALK)
STILL_DEG = 12.0  # and 0.3 to either side: breathing


def angle_deg(number: int) -> int:
    """What message `number` of a stream says."""
    return ANGLES_DEG[number % len(ANGLES_DEG)]


@dataclass(frozen=True)
class Stream:
    """Angles that were sent; message n tells of the instant `t0_s + n / hz`.

    Attributes:
        t0_s: by the clock that is never set, which all processes share [s].
        cpu: share of a core that the server took meanwhile.
    """

    t0_s: float
    hz: float
    count: int
    cpu: float


class LiveServer:
    """Such a server."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._begun = 0
        said = self._answer()
        self.port, self.token = int(said["port"]), str(said["token"])

    def link(self) -> str:
        """Opens the page with a session, once."""
        return str(self._told({})["link"])

    def send(self, hz: float, seconds: float, *, still: bool = False) -> Stream:
        """Send angles for so long; of somebody who sits still, if wanted."""
        begin_s = cpu_s(self._process.pid)
        said = self._told({"hz": hz, "seconds": seconds, "still": still})
        cpu = (cpu_s(self._process.pid) - begin_s) / seconds
        return Stream(said["t0_s"], hz, said["count"], cpu)

    def begin(self, hz: float, seconds: float) -> None:
        """Send angles for so long, while something else is done."""
        self._tell({"hz": hz, "seconds": seconds})
        self._begun += 1

    def wait(self) -> None:
        """Until what was begun has been sent."""
        while self._begun:
            self._answer()
            self._begun -= 1

    def _told(self, what: dict[str, float]) -> dict[str, Any]:
        self.wait()
        self._tell(what)
        return self._answer()

    def _tell(self, what: dict[str, float]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextlib.contextmanager
def live_server(folder: Path) -> Iterator[LiveServer]:
    """Start one in a folder; it ends with the context."""
    with started("tests.benchmarks.live", str(folder)) as process:
        server = LiveServer(process)
        try:
            yield server
        finally:
            server.wait()


@contextlib.contextmanager
def watching(server: LiveServer, pages: int) -> Iterator[None]:
    """So many more that listen, as pages do."""
    if not pages:
        yield
        return
    with started(
        "tests.benchmarks.live", "--watch", str(pages), str(server.port), server.token
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # all are connected
        yield


def _serve(folder: Path) -> None:
    store = Store(folder / "backwatch.db", afternoon_zone(datetime.now(UTC)))
    now_ns = time.time_ns()
    _store_shift(store, now_ns - LENGTH_NS)
    store_day(store, now_ns)
    running = Running(store, folder / "page.key")
    running.start()
    running.connect()
    running.battery(80)
    running.state(Activity.SIT, Posture.NEUTRAL, since_s=600.0)
    keep_what_is_here()
    port = int(running.url.rstrip("/").rpartition(":")[2])
    print(json.dumps({"port": port, "token": running.api_token}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        said = _stream(running, **told) if told else {"link": running.new_link()}
        print(json.dumps(said), flush=True)
    running.stop()


def _store_shift(store: Store, stop_ns: int) -> None:
    """Manual work, as it fills a day: a new state every few seconds."""
    draw = random.Random(1)
    at_ns = stop_ns - SHIFT_SPANS * SPAN_S * NS_PER_S
    items: list[RecordingStart | StateChange | Covered | RecordingEnd] = [
        RecordingStart(at_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")
    ]
    for _ in range(SHIFT_SPANS):
        state = draw.choice(UP), draw.choice((Posture.NEUTRAL, Posture.BENT))
        items.append(StateChange(at_ns, *state, 0.9, "warehouse/1"))
        items.append(Covered(at_ns, at_ns + SPAN_S * NS_PER_S, 100.0))
        at_ns += SPAN_S * NS_PER_S
    with store.writer() as writer:
        writer.write([*items, RecordingEnd("the day went on")])


def _stream(running: Running, hz: float, seconds: float, still: bool = False) -> dict[str, float]:
    t0_ns = time.monotonic_ns()
    segment = Segment(0, time.time_ns(), HOP * hz)
    count = round(hz * seconds)
    for number in range(count):
        time.sleep(max(0.0, number / hz - (time.monotonic_ns() - t0_ns) / 1e9))
        deg = STILL_DEG + 0.3 * math.sin(number) if still else angle_deg(number)
        chunk = feature_chunk(segment, number, [deg], True)
        running.hear(Step(features=[chunk]))
    return {"t0_s": t0_ns / 1e9, "count": count}


async def _watch(pages: int, port: int, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{port}/api/live"

    async def listen(live: Any) -> None:
        async for message in live:
            json.loads(message)

    found = [
        await websockets.connect(url, additional_headers=headers, proxy=None) for _ in range(pages)
    ]
    tasks = [asyncio.create_task(listen(live)) for live in found]
    print("{}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for live in found:
        await live.close()
    await asyncio.gather(*tasks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--watch", type=int, default=0, help="so many pages, instead of a server")
    parser.add_argument("where", nargs="+", help="a folder; or a port and a token")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if args.watch:
        asyncio.run(_watch(args.watch, int(args.where[0]), args.where[1]))
    else:
        _serve(Path(args.where[0]))


if __name__ == "__main__":
    main()
