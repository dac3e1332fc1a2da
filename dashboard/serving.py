"""An ASGI app turned into something that listens."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from dashboard.errors import AddressError

LIVE_MESSAGE_BYTES = 4096  # longest message a page may send; ours send none
GOODBYE_S = 2  # how long a page may take to notice that the server ends


# A host that stands for every address of this machine, and what this machine itself calls it.
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
# Where the way to other networks begins; kept for documentation (RFC 5737, RFC 3849), not asked.
FAR = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
MOST_ADDRESSES = 4  # links that are printed; chosen by us
SIOCGIFADDR = 0x8915  # the IPv4 address of an interface; Linux, netdevice(7)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens; the port is the real one."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Of the page on this machine, without a token."""
        name = ANY.get(self.host, self.host)
        host = f"[{name}]" if ":" in name else name
        return f"http://{host}:{self.port}/"

    def elsewhere(self) -> list["Address"]:
        """Where other devices reach it, the likeliest first; none where only this machine does."""
        if not is_open(self.host):
            return []
        found = [self.host] if self.host not in ANY else _own_addresses(self.host)
        return [Address(host, self.port) for host in found[:MOST_ADDRESSES]]

    def link(self, token: str) -> str:
        """That opens the page once."""
        return f"{self.url}login?token={token}"


def is_open(host: str) -> bool:
    """Whether a server that listens there can be reached from other machines."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() != "localhost"


def names(host: str) -> tuple[str, ...]:
    """What browsers may call a server that listens there, besides the address itself."""
    if not is_open(host):
        return (host,)
    here = socket.gethostname().rstrip(".")
    short = here.partition(".")[0]
    found = (here, short, f"{short}.local") if short else ()
    return found if host in ANY else (host, *found)


def _own_addresses(host: str) -> list[str]:
    families = [socket.AF_INET] if host == "0.0.0.0" else [socket.AF_INET, socket.AF_INET6]
    found = [*map(_way_out, families), *_of_interfaces()]
    return list(dict.fromkeys(address for address in found if address and _is_told(address)))


def _is_told(address: str) -> bool:
    of = ipaddress.ip_address(address)
    return not (of.is_loopback or of.is_link_local or of.is_unspecified)


def _way_out(family: socket.AddressFamily) -> str | None:
    """The address from which this machine speaks to others; nothing is sent to find out."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((FAR[family], 9))
        return str(probe.getsockname()[0])
    return None


def _of_interfaces() -> Iterator[str]:
    """IPv4 addresses of this machine, without bridges to what runs on it; of Linux only."""
    if sys.platform != "linux":
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            if Path("/sys/class/net", name, "bridge").exists():
                continue
            with contextlib.suppress(OSError):  # it has none
                asked = struct.pack("256s", name.encode()[:15])
                yield socket.inet_ntoa(fcntl.ioctl(probe.fileno(), SIOCGIFADDR, asked)[20:24])


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
