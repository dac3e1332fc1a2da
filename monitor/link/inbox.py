"""Events from callbacks to the one who iterates; bounded, and never in the way of the sender."""

import asyncio
from collections import deque

from monitor.model import LinkEvent, Notified


class Inbox:
    """A queue whose `put` neither waits nor raises.

    When it is full the oldest notification gives way and is counted: the sequence number in the
    frames turns it into a gap. Connected and Disconnected stay as long as there is anything else.
    """

    def __init__(self, capacity: int) -> None:
        """`capacity` events, at least 1."""
        self.dropped = 0
        self._capacity = capacity
        self._events: deque[LinkEvent] = deque()
        self._filled = asyncio.Event()

    def put(self, event: LinkEvent) -> None:
        if len(self._events) >= self._capacity:
            self._drop_oldest()
        self._events.append(event)
        self._filled.set()

    async def get(self) -> LinkEvent:
        """The oldest event, once there is one."""
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        return self._events.popleft()

    def __len__(self) -> int:
        return len(self._events)

    def _drop_oldest(self) -> None:
        index = next((i for i, e in enumerate(self._events) if isinstance(e, Notified)), 0)
        del self._events[index]
        self.dropped += 1
