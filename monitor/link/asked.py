"""What a person asks for, put between the events of a link."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from monitor.link.port import Link
from monitor.model import (
    Asked,
    Connected,
    Disconnected,
    Fitted,
    LinkEvent,
    Mounting,
    Ruled,
    Wish,
)


class AskedLink:
    """A `Link` that tells how a sensor sits when it is first connected, and passes wishes on.

    So what decides the angles is a link event like any other, and a tape of it replays
    identically.
    """

    def __init__(self, link: Link, fitted: Callable[[str], Mounting | None]) -> None:
        """`fitted` knows how the sensor of an address sits; it is called in a thread."""
        self.address: str | None = None  # while connected
        self._link = link
        self._fitted = fitted
        self._known: set[str] = set()
        self._asked: deque[Asked | Fitted] = deque()
        self._forget: Asked | None = None
        self._ruled: Ruled | None = None

    def ask(self, event: Asked | Fitted | Ruled) -> None:
        """Put this behind the link's next event, which is at most a second away if connected.

        `Wish.FORGET` comes before it, and how the sensor sits is asked for again. So do
        thresholds, of which the last ones count.
        """
        if isinstance(event, Ruled):
            self._ruled = event
        elif isinstance(event, Asked) and event.wish is Wish.FORGET:
            self._forget, self._ruled = event, None
        else:
            self._asked.append(event)

    def close(self) -> None:
        self._link.close()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        events = aiter(self._link)
        try:
            async for event in events:
                if self._forget is not None:
                    forget, self._forget = self._forget, None
                    self._asked.clear()  # they were of who is forgotten
                    self._known.clear()
                    yield forget
                    if self.address is not None and not isinstance(event, Disconnected):
                        fitted = await self._fit(self.address, forget.at_ns)
                        if fitted is not None:
                            yield fitted
                if self._ruled is not None:
                    ruled, self._ruled = self._ruled, None
                    yield ruled
                if isinstance(event, Disconnected):
                    self.address = None
                    self._asked.clear()  # they were about the samples that no longer come
                yield event
                if isinstance(event, Connected):
                    self.address = event.address
                    # Only once: a zero taken since is not undone by a connection that was lost.
                    if event.address not in self._known:
                        fitted = await self._fit(event.address, event.at_ns)
                        if fitted is not None:
                            yield fitted
                while self._asked:
                    yield self._asked.popleft()
        finally:
            self._link.close()
            if isinstance(events, AsyncGenerator):  # lets the link tidy up behind it
                await events.aclose()

    async def _fit(self, address: str, at_ns: int) -> Fitted | None:
        self._known.add(address)
        mounting = await asyncio.to_thread(self._fitted, address)
        return None if mounting is None else Fitted(at_ns, mounting)
