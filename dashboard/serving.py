"""An ASGI app turned into something that listens."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from dashboard.errors import AddressError

LIVE_MESSAGE_BYTES = 4096  # longest message a page may send; ours send none
GOODBYE_S = 2  # how long a page may take to notice that the server ends


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens; the port is the real one."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Of the page, without a token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def link(self, token: str) -> str:
        """That opens the page once."""
        return f"{self.url}login?token={token}"


class _Malformed(logging.Filter):
    """Drops what anybody who connects could write to the terminal; the 400 says it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Invalid HTTP request received")


_MALFORMED = _Malformed()


class _Server(uvicorn.Server):
    """Leaves signals to the program that runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int) -> AsyncIterator[Address]:
    """Serve in the running loop for as long as the context lasts; port 0 is any free one.

    Raises:
        AddressError: nothing can listen there.
    """
    listener = listen(host, port)
    logging.getLogger("uvicorn.error").addFilter(_MALFORMED)  # adding it again changes nothing
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=LIVE_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # doubles the CPU for messages this small
        timeout_graceful_shutdown=GOODBYE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="backwatch page")
    try:
        yield Address(host, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, because asyncio switches Nagle's delay (40 ms) off only then.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise AddressError(
            f"cannot listen on {host} port {port} ({error.strerror}); "
            "choose another with --port, or 0 for any that is free"
        ) from error
    listener.setblocking(False)
    return listener
