"""Ways to reach the person beside the page: desktop, webhook, the sensor itself."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from monitor.coaching import Pattern
from monitor.service.live import NoticeNow, Subscribers

log = logging.getLogger(__name__)

MOST_SHOWN = 50  # desktop notifications of a rule that can be taken back; more are a week's. Ours
WEBHOOK_S = 5.0  # the longest a receiver may take
SIGNATURE = "X-Backwatch-Signature"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to the person.

    Attributes:
        key: the same when it is cleared.
        title, action: the fact, and one small thing to do.
    """

    key: str
    rule: str
    title: str
    action: str
    pattern: Pattern
    at_ns: int


class Speaker(Protocol):
    """One channel. Neither call may raise; what fails is counted by the coach as False."""

    async def say(self, notice: Notice) -> bool:
        """Whether it was delivered."""

    async def clear(self, notice: Notice) -> None:
        """Take it back, where that is possible."""

    async def forget(self) -> None:
        """Take back all that it shows, where that is possible: whom it was for is erased."""


class Desktop:
    """Notifications of the desktop, through desktop-notifier."""

    def __init__(self) -> None:
        self._notifier: Any = None
        self._shown: dict[str, list[str]] = {}  # by rule, since it was cleared last

    async def say(self, notice: Notice) -> bool:
        shown: list[bool] = []
        try:
            if self._notifier is None:
                from desktop_notifier import DesktopNotifier

                # It logs a traceback wherever there is no desktop.
                logging.getLogger("desktop_notifier").setLevel(logging.CRITICAL)
                self._notifier = DesktopNotifier(app_name="Backwatch")
            known = await self._notifier.send(
                title=notice.title,
                message=notice.action,
                on_dispatched=lambda: shown.append(True),
            )
            self._shown[notice.rule] = [*self._shown.get(notice.rule, ()), known][-MOST_SHOWN:]
        except Exception as error:  # each desktop fails in its own way; none may end the day
            log.debug("no desktop notification: %r", error)
        return bool(shown)

    async def clear(self, notice: Notice) -> None:
        await self._clear(self._shown.pop(notice.rule, ()))

    async def forget(self) -> None:
        """Of this run; those of an earlier one are no longer known to anybody but the desktop."""
        while self._shown:
            await self._clear(self._shown.popitem()[1])

    async def _clear(self, shown: Iterable[str]) -> None:
        for known in shown:
            try:
                await self._notifier.clear(known)
            except Exception as error:  # as above
                log.debug("a desktop notification stays: %r", error)


class Browser:
    """Notifications of a browser in which our page is open, out of sight, and may show them.

    One page alone shows each, so that two that are open do not say it twice.
    """

    def __init__(self, subscribers: Subscribers) -> None:
        self._subscribers = subscribers

    @property
    def ready(self) -> bool:
        """Whether there is such a page now."""
        return self._subscribers.notifying() is not None

    async def say(self, notice: Notice) -> bool:
        page = self._subscribers.notifying()
        if page is not None:
            page.put(NoticeNow(notice.key, notice.title, notice.action))
        return page is not None

    async def clear(self, notice: Notice) -> None:
        # Whichever page has shown it: in sight by now, perhaps.
        self._subscribers.publish(NoticeNow(notice.key))

    async def forget(self) -> None:
        """Each page hears of what was erased itself (`Erased`), and closes what it shows."""


class Webhook:
    """A POST of JSON, signed with HMAC-SHA256 over "TIME.BODY" so that it cannot be made up.

    The header reads `t=SECONDS,v1=HEX`. A receiver refuses what is older than five minutes.
    """

    def __init__(self, url: str, secret: str) -> None:
        """Raises ValueError where the address is neither https nor on this machine."""
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not (local or (parts.scheme == "https" and parts.hostname)):
            raise ValueError(f"webhook {url!r}: use https, or http on this machine")
        self._url = url
        self._secret = secret.encode()

    async def say(self, notice: Notice) -> bool:
        return await self._post({"event": "told", **asdict(notice)})

    async def clear(self, notice: Notice) -> None:
        await self._post({"event": "cleared", **asdict(notice)})

    async def forget(self) -> None:
        """What a receiver has, it keeps."""

    async def _post(self, content: dict[str, Any]) -> bool:
        body = json.dumps(content).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: signature(self._secret, body, int(time.time())),
        }
        request = urllib.request.Request(self._url, body, headers, method="POST")
        return await asyncio.to_thread(_send, request)


def signature(secret: bytes, body: bytes, at_s: int) -> str:
    """What a receiver computes as well, and compares."""
    digest = hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


def _send(request: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_S) as answer:
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError, ValueError) as error:
        log.debug("webhook: %r", error)
        return False


class Vibration:
    """The sensor's own motor, through whatever plays a pattern on it."""

    def __init__(self, play: Callable[[Pattern], Awaitable[bool]]) -> None:
        self._play = play

    async def say(self, notice: Notice) -> bool:
        return notice.pattern is not Pattern.NONE and await self._play(notice.pattern)

    async def clear(self, notice: Notice) -> None:
        """A pattern ends by itself."""

    async def forget(self) -> None:
        """As above."""
