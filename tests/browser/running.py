"""A whole Backwatch on one loopback port: real monitor, real store, a link played by the test."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dashboard import Access, Person, create_app, serve
from dashboard.demo import Demo
from dashboard.texts import alert_text
from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.alerts import Params
from monitor.coaching import Broker, Manners
from monitor.exposure import Minutes
from monitor.link import AskedLink, Bonds, Radio
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Beat,
    Connected,
    Disconnected,
    FeatureChunk,
    LinkEvent,
    MotionChunk,
    Mounting,
    Notified,
    Posture,
    Segment,
    StateChange,
    Trust,
)
from monitor.pipeline import Pipeline, Step
from monitor.profiles import PROFILES
from monitor.service import Coach, Fitting, Monitor, Roster
from monitor.stage import feed
from monitor.store import Store

RATE_HZ = 50.0
HOP = 5
HOP_NS = round(HOP / RATE_HZ * NS_PER_S)
ACC_RANGE_G, GYR_RANGE_DPS = 8, 1000
ADDRESS = "C0:FF:EE:00:00:01"
STANDARD_GRAVITY_MPS2 = 9.80665  # CGPM 1901
SCAN_S = 0.5  # short, for the tests

Floats = NDArray[np.float64]


class PlayedLink:
    """Gives the events it is told, until it is closed."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[LinkEvent | None] = asyncio.Queue()
        self._at_ns = 0

    def tell(self, event: LinkEvent) -> None:
        self._at_ns = event.at_ns
        self._events.put_nowait(event)

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        while (event := await self._events.get()) is not None:
            yield event
        yield Disconnected(self._at_ns + 1, "closed")

    def close(self) -> None:
        self._events.put_nowait(None)


class PlayedPath:
    """Makes of each event the step that was told with it, and minutes of its angles."""

    def __init__(self) -> None:
        self._minutes = Minutes()
        self.steps: dict[int, Step] = {}

    def push(self, event: LinkEvent, /) -> Step:
        step = self.steps.pop(id(event), Step())
        return replace(step, minutes=feed(self._minutes, step.features))


class Running:
    """Server and monitor on a thread of their own; can be stopped and started again.

    Args:
        key_path: the key that sessions are signed with, kept from one start to the next.
        coached: a coach decides about alerts; else each is told at once.
        pipeline: reads what `sample` says; else a step is told with each event.
        adapter: where sensors are searched and paired; None: nowhere.
        demo: what it tells of a demo; None: it is none.
    """

    def __init__(
        self,
        store: Store,
        key_path: Path,
        *,
        coached: bool = False,
        pipeline: Pipeline | None = None,
        adapter: str | None = None,
        demo: Demo | None = None,
    ) -> None:
        self._coached = coached
        self._pipeline = pipeline
        self._adapter = adapter
        self._demo = demo
        self.forward_known = True
        self.simulated = True
        self._store = store
        self._key_path = key_path
        self._port = 0  # any that is free; the same again after that

    @property
    def url(self) -> str:
        """Of the page, without a token."""
        return f"http://127.0.0.1:{self._port}/"

    def new_link(self) -> str:
        """Opens the page with a session, once."""
        return f"{self.url}login?token={self._access.new_link_token()}"

    @property
    def api_token(self) -> str:
        """For programs that use the API."""
        return self._access.api_token

    def start(self) -> None:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)))
        self._thread.start()
        assert started.wait(10), "the server did not start"

    def stop(self) -> None:
        """End it, and with it every connection. May be called again."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the server did not stop"

    def connect(self, name: str = "Back") -> None:
        """A sensor connects."""
        self.segment = Segment(0, time.time_ns(), RATE_HZ)
        self._hop = 0
        self.tell(Connected(time.time_ns(), ADDRESS, name))

    def lose(self, reason: str = "out of reach") -> None:
        """The sensor's signal is lost."""
        self.tell(Disconnected(time.time_ns(), reason))

    def battery(self, percent: int) -> None:
        self.tell(Notified(time.time_ns(), gatt.BATTERY_LEVEL, bytes([percent])))

    def state(self, activity: Activity, posture: Posture, *, since_s: float = 0.0) -> None:
        """The person is in a state."""
        now_ns = time.time_ns()
        since_ns = now_ns - round(since_s * NS_PER_S)
        change = StateChange(since_ns, activity, posture, 0.9, "desk/1")
        seated = [
            Beat(now_ns - round(back_s * NS_PER_S), activity, posture, 0.1, None, 0.0)
            for back_s in np.arange(1.5 * since_s, -1, -60)
        ]
        self.hear(Step(changes=[change], beats=seated))

    def slip(self, moved_deg: float) -> None:
        """The sensor is noticed to have slipped, and how it sits now is offered."""
        moved_rad = float(np.radians(moved_deg))
        self.hear(Step(trust=[Trust(time.time_ns(), False, moved_rad, self._mounting())]))

    def alert(self, alert: Alert) -> None:
        """The path raises an alert."""
        self.hear(Step(alerts=[alert]))

    def lean(self, angles_deg: list[float]) -> None:
        """Ten angles a second, the last of them now; only the part not yet told."""
        now_hop = (time.time_ns() - self.segment.t0_ns) // HOP_NS
        first = max(self._hop, now_hop - len(angles_deg))
        angles_deg = angles_deg[-max(1, now_hop - first) :]
        chunk = feature_chunk(self.segment, first, angles_deg, self.forward_known)
        self._hop = first + len(angles_deg)
        self.hear(Step(features=[chunk]))

    def move(self, angles_deg: list[float]) -> None:
        """Samples of a trunk at these forward angles, for a movement that is followed."""
        sagittal = np.radians(np.array(angles_deg, dtype=np.float64))
        count = len(sagittal)
        up = np.stack([-np.sin(sagittal), np.zeros(count), np.cos(sagittal)], axis=1)
        settled, origin = np.ones(count, dtype=np.bool_), np.zeros(count, dtype=np.uint8)
        still = np.zeros((count, 3))
        chunk = MotionChunk(self.segment, 0, up, up * 9.81, still, settled, origin, True)
        self.hear(Step(motion=[chunk]))

    def lean_before(self, angles_deg: list[float]) -> None:
        """As `lean`, with all of it before the moment of connecting."""
        before_ns = self.segment.t0_ns - len(angles_deg) * HOP_NS
        chunk = feature_chunk(Segment(0, before_ns, RATE_HZ), 0, angles_deg, self.forward_known)
        self.hear(Step(features=[chunk]))

    def stand_still(self, seconds: int, *, since_s: int = 0) -> None:
        """Samples of a still and upright sensor, +x up, for the pipeline to read.

        Args:
            since_s: a sensor connects so long ago, and these are its first; 0: they follow.
        """
        if since_s:
            self._sampled, self._connected_ns = 0, time.time_ns() - since_s * NS_PER_S
            worn = SensorConfig(1, 7, round(RATE_HZ * 1000), ACC_RANGE_G, GYR_RANGE_DPS, HOP)
            self.tell(Connected(self._connected_ns, ADDRESS, "Back"))
            self.tell(Notified(self._connected_ns, gatt.CONFIG, encode_config(worn)))
        noise = np.random.default_rng(self._sampled).normal(0, 8, (HOP, 6))
        upright = np.array([2**15 / ACC_RANGE_G, 0, 0, 0, 0, 0])
        for _ in range(round(seconds * RATE_HZ / HOP)):
            counts = np.round(upright + np.roll(noise, self._sampled // HOP, 0)).astype(np.int16)
            past_us = round(self._sampled / RATE_HZ * 1e6)
            frame = encode_frame(ImuFrame(7, self._sampled, past_us, counts))
            self._sampled += HOP
            at_ns = self._connected_ns + round(self._sampled / RATE_HZ * NS_PER_S)
            self.tell(Notified(at_ns, gatt.IMU, frame))

    def wear(self, acc_mps2: Floats, gyr_radps: Floats) -> None:
        """Samples of a wearer at RATE_HZ after those of `stand_still`, shape (n, 3) each."""
        acc = acc_mps2 / STANDARD_GRAVITY_MPS2 * 2**15 / ACC_RANGE_G
        gyr = np.degrees(gyr_radps) * 2**15 / GYR_RANGE_DPS
        counts = np.clip(np.round(np.hstack([acc, gyr])), -(2**15), 2**15 - 1).astype(np.int16)
        for first in range(0, len(counts) - HOP + 1, HOP):
            past_us = round(self._sampled / RATE_HZ * 1e6)
            frame = encode_frame(ImuFrame(7, self._sampled, past_us, counts[first : first + HOP]))
            self._sampled += HOP
            at_ns = self._connected_ns + round(self._sampled / RATE_HZ * NS_PER_S)
            self.tell(Notified(at_ns, gatt.IMU, frame))

    def hear(self, step: Step) -> None:
        """A frame arrives, and the path makes this of it."""
        self.tell(Notified(time.time_ns(), gatt.IMU, b""), step)

    def tell(self, event: LinkEvent, step: Step | None = None) -> None:
        def take() -> None:
            if step is not None:
                assert isinstance(self._path, PlayedPath)
                self._path.steps[id(event)] = step
            self._link.tell(event)

        self._loop.call_soon_threadsafe(take)

    async def _run(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._link = PlayedLink()
        self._path = self._pipeline or PlayedPath()
        asked = AskedLink(self._link, lambda _address: None)
        fittings = self._store.fittings()
        fitting = None
        if self._pipeline:
            marked = self._pipeline.interpret.mounting
            fitting = Fitting(asked, fittings, marked=marked)
        bonds = Bonds(self._key_path.with_name("sensors.json"))
        radio = None if self._adapter is None else Radio(self._adapter, bonds)
        self._access = Access(self._key_path)
        journal, own = self._store.journal(), self._store.journal()
        coach = Coach(
            Broker(Manners(baseline=False), lambda at_ns: datetime.fromtimestamp(at_ns / NS_PER_S)),
            own,
            speakers={},
            words=lambda alert: astuple(alert_text(alert.rule, alert.values)),
            clock_ns=time.time_ns,
            simulated=True,
        )
        monitor = Monitor(
            asked if fitting else self._link,
            self._path,
            self._store,
            mounting=self._mounting,
            alerts=Params(profile="desk/1"),
            simulated=self.simulated,
            coach=coach if self._coached else None,
            fitting=fitting,
        )
        queries = self._store.queries(simulated=self.simulated)
        person = Person(journal, queries, monitor.coach, PROFILES["desk"], simulated=self.simulated)
        app = create_app(
            monitor,
            queries,
            access=self._access,
            simulated=self.simulated,
            person=person,
            fitting=fitting,
            demo=self._demo,
            roster=None if radio is None else Roster(radio, scan_s=SCAN_S),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(monitor.run())
            async with serve(app, "127.0.0.1", self._port) as address:
                self._port = address.port
                started.set()
                await self._ended.wait()
            monitor.close()
        if radio is not None:
            await radio.close()
        for opened in (queries, journal, own, fittings):
            opened.close()

    def _mounting(self) -> Mounting:
        return Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), self.forward_known, "axes")


def feature_chunk(
    segment: Segment, first: int, angles_deg: list[float], forward_known: bool
) -> FeatureChunk:
    """A chunk with these trunk angles, and a body at rest otherwise."""
    sagittal = np.radians(np.array(angles_deg, dtype=np.float64))
    count = len(sagittal)
    zero = np.zeros
    return FeatureChunk.of(
        segment=segment,
        first=first,
        hop=HOP,
        sagittal=sagittal.copy(),
        sagittal_min=sagittal.copy(),
        sagittal_max=sagittal.copy(),
        lateral=zero(count),
        inclination=np.abs(sagittal),
        up=np.stack([-np.sin(sagittal), zero(count), np.cos(sagittal)], axis=1),
        lean_rate=zero(count),
        turn_rate=zero(count),
        acc_vertical=zero(count),
        acc_norm=np.full(count, 9.81),
        acc_norm_sq=np.full(count, 9.81**2),
        acc_norm_min=np.full(count, 9.81),
        acc_norm_max=np.full(count, 9.81),
        gyr_sq=zero(count),
        gyr_max=zero(count),
        settled=np.ones(count, dtype=np.bool_),
        measured=np.ones(count),
        forward_known=forward_known,
        has_gyro=True,
    )
