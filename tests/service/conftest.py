"""A link and a path that do as they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from monitor.alerts import Params
from monitor.model import Connected, Disconnected, LinkEvent, Mounting
from monitor.pipeline import Step
from monitor.service import Monitor
from monitor.store import Store


class FakeLink:
    """Plays events, then waits to be closed and says goodbye."""

    def __init__(self, events: list[LinkEvent], *, stays: bool = True) -> None:
        self.events = events
        self.stays = stays
        self.played = asyncio.Event()
        self.closed = asyncio.Event()
        self.finished = False

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        try:
            for event in self.events:
                await asyncio.sleep(0)  # as a radio would
                yield event
            self.played.set()
            if self.stays:
                await self.closed.wait()
            yield Disconnected(self.events[-1].at_ns + 1, "closed by us")
        finally:
            self.finished = True

    def close(self) -> None:
        self.closed.set()


class ScriptedPath:
    """Gives each event the step that was written for it, by its instant."""

    def __init__(self, steps: dict[int, Step | Exception]) -> None:
        self.steps = steps

    def push(self, event: LinkEvent, /) -> Step:
        step = self.steps.get(event.at_ns, Step())
        if isinstance(step, Exception):
            raise step
        return step


MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backwatch.db")


@pytest.fixture
def make_monitor(store: Store) -> Callable[..., Monitor]:
    def make(
        link: FakeLink,
        steps: dict[int, Step | Exception] | None = None,
        *,
        store: Store = store,
        simulated: bool = False,
    ) -> Monitor:
        return Monitor(
            link,
            ScriptedPath(steps or {}),
            store,
            mounting=lambda: MOUNTING,
            alerts=Params(profile="desk/1"),
            simulated=simulated,
            clock_ns=lambda: link.events[0].at_ns,
        )

    return make


@pytest.fixture
def make_link() -> Callable[..., FakeLink]:
    def make(events: list[LinkEvent], *, stays: bool = True) -> FakeLink:
        first = Connected(events[0].at_ns - 1 if events else 1, "AA:BB", "Back")
        return FakeLink([first, *events], stays=stays)

    return make
