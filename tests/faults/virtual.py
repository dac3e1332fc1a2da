"""Time that passes as fast as the work in it is done, and sockets that are calls.

Hours of a sensor's day in minutes of ours, with nothing of the product changed: whoever reads a
clock or sleeps gets virtual time, and 127.0.0.1 is a pair of objects in this process.
One seed gives one course of events: no kernel and no other program has a part in it.
"""

import asyncio
import contextlib
import errno
import selectors
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from typing import Any, TypeVar
from unittest.mock import patch

from monitor.link.clock import SteadyClock, monotonic_ns

START_S = 1_790_000_000.0  # s since the epoch; a day in 2026, chosen by us
UP_S = 1000.0  # s; what the monotonic clock shows then, chosen by us
NS_PER_S = 1_000_000_000

_T = TypeVar("_T")


class StandstillError(RuntimeError):
    """Everything waits, and nothing is due: no time will bring it about."""


class _Selector(selectors.DefaultSelector):
    """Waits for nothing but threads: where all is still, time jumps to what is due next."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.in_threads = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if self.in_threads:  # without them nothing comes from outside
            events = super().select(0)
            return events if events or timeout == 0 else super().select(None)
        if timeout is None:
            raise StandstillError("all tasks wait, and nothing is due")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time; TCP within it goes from object to object.

    While it runs, the clocks of this process show its time.
    """

    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)
        self._listening: dict[int, Callable[[], asyncio.BaseProtocol]] = {}

    def time(self) -> float:
        return UP_S + self._jumping.now_s

    def run_forever(self) -> None:
        with _clocks(self):
            super().run_forever()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        """Time stands still while a thread works."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.in_threads += 1
        future.add_done_callback(self._out_of_thread)
        return future

    async def shutdown_default_executor(self) -> None:
        """As it is; the thread that waits for the others is one more."""
        self._jumping.in_threads += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._jumping.in_threads -= 1

    async def create_server(  # type: ignore[override]  # what an air asks for, and no more
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> "_Server":
        assert host == "127.0.0.1"
        port = port or 1 + max([50_000, *self._listening])
        if port in self._listening:
            raise OSError(errno.EADDRINUSE, "address already in use")
        self._listening[port] = protocol_factory
        return _Server(self._listening, port)

    async def create_connection(  # type: ignore[override]  # what bumble asks for
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple["_Pipe", asyncio.BaseProtocol]:
        if port not in self._listening:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"nobody listens at {host}:{port}")
        near, far = protocol_factory(), self._listening[port]()
        one, other = _Pipe(self, near), _Pipe(self, far)
        one.peer, other.peer = other, one
        far.connection_made(other)
        near.connection_made(one)
        return one, near

    def _out_of_thread(self, _: asyncio.Future[Any]) -> None:
        self._jumping.in_threads -= 1


class _Server:
    """What listens at a port."""

    def __init__(self, listening: dict[int, Any], port: int) -> None:
        self._listening, self._port = listening, port
        self.sockets = (self,)

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    def close(self) -> None:
        self._listening.pop(self._port, None)

    async def wait_closed(self) -> None:
        await asyncio.sleep(0)


class _Pipe(asyncio.Transport):
    """One end of a connection."""

    peer: "_Pipe"

    def __init__(self, loop: VirtualLoop, protocol: asyncio.BaseProtocol) -> None:
        super().__init__()
        self._loop, self._protocol = loop, protocol
        self._closed = False

    def write(self, data: bytes) -> None:  # type: ignore[override]  # no buffers here
        if not self._closed:
            self._loop.call_soon(self.peer.hear, bytes(data))

    def hear(self, data: bytes) -> None:
        if not self._closed:
            self._protocol.data_received(data)  # type: ignore[attr-defined]  # not a datagram

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.call_soon(self._protocol.connection_lost, None)
            self._loop.call_soon(self.peer.close)

    abort = close


@contextlib.contextmanager
def _clocks(loop: VirtualLoop) -> Iterator[None]:
    def wall_ns() -> int:
        return round((START_S + loop.time() - UP_S) * NS_PER_S)

    def up_ns(*_: object) -> int:
        return round(loop.time() * NS_PER_S)

    with (
        patch.object(time, "time", lambda: wall_ns() / NS_PER_S),
        patch.object(time, "time_ns", wall_ns),
        patch.object(time, "monotonic", loop.time),
        patch.object(time, "monotonic_ns", up_ns),
        patch.object(time, "clock_gettime_ns", up_ns),
        # It took hold of the clocks when it was defined.
        patch.object(SteadyClock.__init__, "__defaults__", (wall_ns, monotonic_ns)),
    ):
        yield


def run(work: Callable[[], Awaitable[_T]]) -> _T:
    """Run in virtual time, from its beginning."""

    async def whole() -> _T:
        return await work()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())
