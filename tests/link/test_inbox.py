"""The inbox never waits, never grows, and keeps what matters."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from monitor.link.clock import SteadyClock
from monitor.link.inbox import Inbox
from monitor.model import Connected, Disconnected, Notified


def notified(i):
    return Notified(i, "x", b"")


def drain(inbox):
    async def run():
        return [await inbox.get() for _ in range(len(inbox))]

    return asyncio.run(run())


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_full_inbox_keeps_the_newest_notifications_and_counts_the_rest(capacity, n):
    inbox = Inbox(capacity)

    for i in range(n):
        inbox.put(notified(i))

    assert inbox.dropped == max(0, n - capacity)
    assert drain(inbox) == [notified(i) for i in range(max(0, n - capacity), n)]


def test_connecting_and_disconnecting_outlive_notifications():
    inbox = Inbox(4)
    marks = [Connected(0, "a", "n"), Disconnected(1, "lost")]

    for event in [marks[0], notified(1), marks[1], *(notified(i) for i in range(2, 50))]:
        inbox.put(event)

    assert drain(inbox) == [*marks, notified(48), notified(49)]


async def test_whoever_waits_gets_the_event_that_comes():
    inbox = Inbox(4)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)

    inbox.put(notified(1))

    assert await waiting == notified(1)


def test_a_step_of_the_wall_clock_does_not_show_before_the_next_connection():
    wall, monotonic = [1_000], [50]
    clock = SteadyClock(lambda: wall[0], lambda: monotonic[0])
    wall[0], monotonic[0] = 999_000, 60

    assert clock.now_ns() == 1_010
    clock.set()
    assert clock.now_ns() == 999_000
