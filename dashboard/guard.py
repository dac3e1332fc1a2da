"""Every request checked before anything else sees it: Host, Origin, session, size."""

import ipaddress
import json
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth import SESSION_S, Access

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
OPENED_BY_LINK = ("/", "/login")  # what a link on another page may lead to
CLOSE_NO_SESSION = 4401  # WebSocket close codes of the live channel
CLOSE_FOREIGN_ORIGIN = 4403
# bytes; the longest text that any request may have is 10,000 characters, 120 kB escaped. Ours
MOST_BODY_BYTES = 256 * 1024
TOO_LARGE = (
    f"The request is too large: at most {MOST_BODY_BYTES // 1024} KiB are read. "
    "Send less, or in several requests."
)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html backwatch"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """The outermost layer, for HTTP and WebSocket alike.

    An unknown Host is answered 421 (another name that was made to point here), a request of
    another site's page 403 unless it only leads to ours, a missing session 401, a body of more
    than MOST_BODY_BYTES 413; a WebSocket is closed with 4403 or 4401 instead, since a browser
    hides the status of a refused handshake.

    The address at which a connection arrived is known: a foreign name can be made to point to
    it, and is still another Host.

    Args:
        hosts: names this server answers to besides those of loopback, without a port.
    """

    def __init__(self, app: ASGIApp, access: Access, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._access = access
        self._hosts = {literal(host) or host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, _with_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._known_host(scope, headers):
            await _answer(send, 421, "This server does not go by that name.")
        elif _is_foreign(scope, headers) and not _is_navigation(scope, headers):
            await _answer(send, 403, "Requests from other sites are refused.")
        elif scope["path"] == "/healthz":
            await self._pass_on(scope, headers, receive, send)
        elif scope["path"] == "/login":
            await self._login(scope, headers, send)
        elif not self._is_in(scope, headers):
            await _answer(
                send,
                401,
                "The session has ended, or there was none. Open the page with the link that "
                "Backwatch prints when it starts.",
            )
        else:
            await self._pass_on(scope, headers, receive, send)

    async def _pass_on(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """With its body read, unless that is too large or whoever sent it has gone."""
        told = headers.get("content-length", "")
        if told.isascii() and told.isdigit() and float(told) > MOST_BODY_BYTES:
            await _too_large(send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_BODY_BYTES:
                await _too_large(send)
                return
        await self._app(scope, _after(bytes(body), receive), send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._known_host(scope, headers):
            await _refuse(scope, receive, send, 421)
        elif _is_foreign(scope, headers):
            await _close(receive, send, CLOSE_FOREIGN_ORIGIN, "foreign origin")
        elif not self._is_in(scope, headers):
            await _close(receive, send, CLOSE_NO_SESSION, "no session")
        else:
            await self._app(scope, receive, send)

    def _known_host(self, scope: Scope, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return False
        name, colon, port = hosts[0].lower().rpartition(":")
        if not colon or port.endswith("]"):  # no port, or the end of a bare IPv6 address
            name, port = hosts[0].lower(), "80"
        elif not (port.isascii() and port.isdigit()):
            return False
        if name in LOOPBACK:
            return True  # of whatever port: it may have been forwarded
        at, at_port = scope.get("server") or ("", None)
        if at_port is not None and port.lstrip("0") != str(at_port):
            return False
        return name in self._hosts or name == literal(at)

    def _is_in(self, scope: Scope, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._access.is_api_token(token.strip())
        return any(self._access.is_session(value) for value in _cookies(scope, headers))

    async def _login(self, scope: Scope, headers: Headers, send: Send) -> None:
        if scope["method"] != "GET":
            await _answer(send, 405, "A link is opened with GET.", {"allow": "GET"})
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        tokens = query.get("token", [])
        welcome = {"location": "/"}
        if self._is_in(scope, headers):  # the same browser again: the link stays as it is
            await _answer(send, 303, "", welcome)
        elif len(tokens) == 1 and self._access.redeem(tokens[0]):
            cookie = (
                f"{cookie_name(scope)}={self._access.new_session()}; Path=/; Max-Age={SESSION_S}; "
                "HttpOnly; SameSite=Strict"
            )
            if scope["scheme"] == "https":
                cookie += "; Secure"
            await _answer(send, 303, "", {**welcome, "set-cookie": cookie})
        else:
            await _answer(
                send,
                401,
                "This link is not good, or has been used: each opens the page once. "
                "Backwatch prints a new one when it starts.",
            )


def literal(address: str) -> str | None:
    """An IP address as a browser writes it into Host; None for a name."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:  # of IPv4, at a socket for both
        return str(found.ipv4_mapped)
    return f"[{found}]"


def cookie_name(scope: Scope) -> str:
    """One name per port, because a browser sends the cookies of a host to all its ports."""
    server = scope.get("server")
    port = server[1] if server and server[1] else 80
    return f"backwatch_{port}"


def _cookies(scope: Scope, headers: Headers) -> list[str]:
    """Every value under our name; others may have set it too."""
    wanted = cookie_name(scope)
    found = []
    for line in headers.getlist("cookie"):
        for pair in line.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == wanted:
                found.append(value)
    return found


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    """Whether another site's page is asking; programs send neither header."""
    origins = headers.getlist("origin")
    if origins:
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        return origins != [f"{scheme}://{headers['host']}".lower()]
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Whether a link elsewhere leads to our page, as a page of its own and not in a frame."""
    return (
        scope["method"] in ("GET", "HEAD")
        and scope["path"] in OPENED_BY_LINK
        and "origin" not in headers
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
    )


def _with_headers(scope: Scope, send: Send) -> Send:
    """`send` that puts the security headers on every answer, refusals too."""
    fresh = scope["path"].startswith("/api/")

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            headers = dict(SECURITY_HEADERS)
            if fresh:
                headers["cache-control"] = "no-store"
            message["headers"] = [
                *message["headers"],
                *(
                    (name.encode(), value.encode())
                    for name, value in headers.items()
                    if name.encode() not in present
                ),
            ]
        await send(message)

    return wrapped


def _after(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives a body that was read already, then what follows it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _too_large(send: Send) -> None:
    await _answer(
        send, 413, json.dumps({"detail": TOO_LARGE}), {"content-type": "application/json"}
    )


async def _answer(
    send: Send, status: int, text: str, headers: dict[str, str] | None = None
) -> None:
    body = text.encode()
    every = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        **(headers or {}),
    }
    encoded = [(name.encode(), value.encode()) for name, value in every.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    """Answer a handshake with a status; a server that cannot says 403."""
    await receive()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    kind = "websocket.http.response"
    await send({"type": f"{kind}.start", "status": status, "headers": []})
    await send({"type": f"{kind}.body", "body": b""})


async def _close(receive: Receive, send: Send, code: int, reason: str) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": reason})
