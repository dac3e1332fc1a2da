"""A day in a store, a source that does as it is told, and a browser's manners."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from dashboard import Access, Person, create_app
from monitor.alerts import Params
from monitor.coaching import Broker, Manners
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Connected,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Mounting,
    Placement,
    Posture,
    Severity,
    StateChange,
)
from monitor.model.journal import Handover
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.service import (
    Coach,
    FlowNow,
    RecordingNow,
    Retention,
    SensorNow,
    SensorsNow,
    Snapshot,
    Subscription,
    TrunkNow,
)
from monitor.service.live import Subscribers
from monitor.service.now import Now
from monitor.store import Covered, Queries, RecordingStart, Store, StoredAlert, Writer

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
NOW_NS = T0_NS + 1000 * NS_PER_S
HOSTILE = '<img src=x onerror=alert(1)>"\u202e\n'


class FakeSource:
    """The part of the monitor that the page sees."""

    def __init__(self, store: Store) -> None:
        self.now = Now(T0_NS, Params(profile="desk/1"))
        self.subscribers = Subscribers()
        self._store = store
        self.trunk_now: TrunkNow | None = None
        self.beside: tuple[SensorNow, ...] = ()
        self.retention = Retention()
        self._recording = RecordingNow()
        self.flow_now = FlowNow((), 0, 256, 0, 0.0, 0, 0)

    def sensors(self) -> SensorsNow:
        first = SensorNow(Placement.UPPER_BACK, True, self.now.link, None, None)
        return SensorsNow((first, *self.beside))

    def trunk(self) -> TrunkNow | None:
        return self.trunk_now

    def snapshot(self) -> Snapshot:
        return self.now.snapshot(Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), True, "axes"))

    def flow(self) -> FlowNow:
        return self.flow_now

    def subscribe(self) -> AbstractContextManager[Subscription]:
        return self.subscribers.subscribe()

    async def acknowledge(self, alert_id: int) -> StoredAlert | None:
        def work() -> StoredAlert | None:
            with self._store.writer() as writer:
                return writer.acknowledge(alert_id, NOW_NS)

        return await asyncio.to_thread(work)

    async def flush(self) -> None:
        """Nothing waits."""

    def recording(self) -> RecordingNow:
        return self._recording

    async def pause(self, *, on: bool) -> RecordingNow:
        def work(writer: Writer) -> None:
            (writer.pause if on else writer.resume)(NOW_NS)
            self._recording = RecordingNow(writer.paused_since_ns)

        await asyncio.to_thread(self._with_writer, work)
        return self._recording

    async def erase(self, bounds: tuple[int, int] | None) -> None:
        def work(writer: Writer) -> None:
            if bounds is None:
                writer.erase_all(NOW_NS)
            else:
                writer.erase(bounds[0], min(bounds[1], NOW_NS))

        await asyncio.to_thread(self._with_writer, work)

    def _with_writer(self, work: Callable[[Writer], None]) -> None:
        with self._store.writer() as writer:
            work(writer)

    async def wipe(self, shift: Handover, proved: Callable[[], None] | None = None) -> None:
        def work() -> None:
            with self._store.writer() as writer:
                if proved is not None:
                    proved()
                writer.wipe(shift, NOW_NS)

        await asyncio.to_thread(work)


def filled(path: Path) -> Store:
    """Ten minutes of sitting, a gap, five of walking; two alerts, two events, a minute."""
    store = Store(path, UTC)
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(T0_NS, "AA:BB", "Back", False, "axes"),
                StateChange(T0_NS, Activity.SIT, Posture.SLOUCHED, 0.9, "desk/1"),
                Covered(T0_NS, T0_NS + 600 * NS_PER_S, 100.0),
                StateChange(T0_NS + 700 * NS_PER_S, Activity.WALK, Posture.NEUTRAL, 0.8, "desk/1"),
                Covered(T0_NS + 700 * NS_PER_S, T0_NS + 1000 * NS_PER_S, 100.0),
                MinuteSummary(T0_NS + 40 * NS_PER_S, 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0),
                Alert(
                    T0_NS + 60 * NS_PER_S,
                    "slouch",
                    Severity.CAUTION,
                    T0_NS,
                    "desk/1",
                    {"angle_deg": 24.0, "duration_s": 60.0, "threshold_s": 60.0},
                ),
                Alert(T0_NS + 90 * NS_PER_S, "jolt", Severity.INFO, T0_NS, "desk/1"),
                event(T0_NS + 100 * NS_PER_S, EventKind.BEND),
                event(T0_NS + 200 * NS_PER_S, EventKind.LIFT, "demanding"),
            ]
        )
    return store


def event(at_ns: int, kind: EventKind, *flags: str) -> MotionEvent:
    return MotionEvent(
        kind, at_ns, at_ns + NS_PER_S, at_ns, 0.7, "desk/1", {"peak_sagittal_deg": 61.5}, flags
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(tmp_path / "backwatch.db")


@pytest.fixture
def queries(store: Store) -> Iterator[Queries]:
    found = store.queries()
    yield found
    found.close()


@pytest.fixture
def source(store: Store) -> FakeSource:
    found = FakeSource(store)
    found.now.take(Connected(T0_NS, "AA:BB", HOSTILE), Step())
    return found


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "page.key")


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Backwatch</title>")
    (folder / "assets" / "index-abc123.js").write_text("export {};")
    return folder


@pytest.fixture
def coach(store: Store) -> Iterator[Coach]:
    """Nothing runs it: what is set takes effect when a route says so."""
    journal = store.journal()
    yield Coach(
        Broker(Manners(baseline=False), lambda at_ns: datetime.fromtimestamp(at_ns / 1e9, UTC)),
        journal,
        speakers={},
        words=lambda alert: (alert.rule, ""),
        clock_ns=lambda: NOW_NS,
        simulated=True,
    )
    journal.close()


@pytest.fixture
def person(store: Store, queries: Queries, coach: Coach) -> Iterator[Person]:
    journal = store.journal()
    yield Person(journal, queries, coach, PROFILES["desk"])
    journal.close()


@pytest.fixture
def make_app(
    source: FakeSource, queries: Queries, access: Access, static: Path, person: Person
) -> Callable[..., ASGIApp]:
    def make(**changes: object) -> ASGIApp:
        settings = {
            "access": access,
            "static": static,
            "person": person,
            "clock_ns": lambda: NOW_NS,
        }
        return create_app(source, queries, **{**settings, **changes})

    return make


@pytest.fixture
def app(make_app: Callable[..., ASGIApp]) -> ASGIApp:
    return make_app()


def browser(app: ASGIApp, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8765", headers=headers
    )


@pytest.fixture
async def stranger(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session."""
    async with browser(app) as client:
        yield client


@pytest.fixture
async def page(app: ASGIApp, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has opened its link."""
    async with browser(app) as client:
        await client.get("/login", params={"token": access.new_link_token()})
        yield client


@pytest.fixture
def new_browser(app: ASGIApp) -> Callable[..., httpx.AsyncClient]:
    return lambda other=app, **headers: browser(other, **headers)
