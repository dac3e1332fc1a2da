"""The page's server over a store, in a process of its own.

python -m tests.benchmarks.served FOLDER

Says as JSON where it is, and runs until its standard input ends.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from backwatch.session import keep_what_is_here
from dashboard import Access, Person, create_app, serve
from monitor.model import Connected
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.store import Store
from tests.benchmarks.processes import cpu_s, started
from tests.dashboard.conftest import FakeSource


async def _run(folder: Path) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    store = await asyncio.to_thread(Store, folder / "backwatch.db", UTC)
    queries = await asyncio.to_thread(store.queries)
    journal = await asyncio.to_thread(store.journal)
    source = FakeSource(store)
    source.now.take(Connected(1, "AA:BB", "Back"), Step())
    access = await asyncio.to_thread(Access, folder / "page.key")
    person = Person(journal, queries, None, PROFILES["desk"])
    app = create_app(source, queries, access=access, person=person, clock_ns=time.time_ns)
    async with serve(app, "127.0.0.1", 0) as address:
        keep_what_is_here()
        print(json.dumps({"port": address.port, "token": access.api_token}), flush=True)
        await ended.wait()
    journal.close()
    queries.close()


@dataclass(frozen=True)
class Answer:
    """What a request cost.

    Attributes:
        wall_ms: from asking to the last byte.
        cpu_ms: of the server's process, meanwhile.
        length: of the body [bytes].
    """

    wall_ms: float
    cpu_ms: float
    length: int


class Served:
    """Such a process, asked over one connection."""

    def __init__(self, pid: int, port: int, token: str) -> None:
        self._pid = pid
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}

    def close(self) -> None:
        """Ask no more."""
        self._connection.close()

    def get(self, path: str) -> Answer:
        """Ask; raises RuntimeError where the answer is none."""
        before_s, begin_s = cpu_s(self._pid), time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        wall_s, took_s = time.perf_counter() - begin_s, cpu_s(self._pid) - before_s
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}: {body[:500]!r}")
        return Answer(wall_s * 1000, took_s * 1000, len(body))


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Start one on `backwatch.db` in a folder; it ends with the context."""
    with started("tests.benchmarks.served", str(folder)) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        server = Served(process.pid, said["port"], said["token"])
        try:
            yield server
        finally:
            server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    asyncio.run(_run(args.folder))


if __name__ == "__main__":
    main()
