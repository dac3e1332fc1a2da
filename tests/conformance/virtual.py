# ruff: noqa: ARG002 - signatures of the probe
"""A device core behind a line without radio, in a time that passes only when somebody waits."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from backwatch.conformance.checks.surface import CCCD, INFORMATION
from firmware_protocol import gatt
from monitor.link.probe import Advertised, AttError, Heard, Offered, ProbeError
from simulator.core import BoardCondition, CoreSetup, DeviceCore

STEP_S = 0.01
ADDRESS = "C0:00:00:00:00:01"
NOTIFY, READ = frozenset({"notify"}), frozenset({"read"})
ROOM = 4  # notifications in a step, as a radio takes them
NOT_ENCRYPTED = 0x0F


def still() -> NDArray[np.int16]:
    """A sensor worn as marked, at rest, with a little noise so that no two samples are alike."""
    draw = np.random.default_rng(3)
    counts = draw.integers(-40, 40, (100_000, 6)).astype(np.int16)
    counts[:, 0] += 32768 // 8
    return counts


STILL = still()


class VirtualLine:
    """What `Probe` is, around one core. Faults are made by overriding what a firmware does.

    Attributes:
        encrypts: as a version 2 device must; False leaves everything open.
        offers: characteristics by UUID, their service, properties and descriptors.
    """

    pairs_itself = False
    chooses_mtu = True
    passkey: int | None = None
    encrypts = True
    services = frozenset({gatt.SERVICE})
    largest_mtu = 247
    rate_hz = 100.0
    drift = 1.0  # device clock against this line's
    offers: tuple[Offered, ...] = (
        Offered(gatt.SERVICE, gatt.IMU, NOTIFY, frozenset({CCCD})),
        Offered(gatt.SERVICE, gatt.CONFIG, READ, frozenset()),
        Offered(gatt.SERVICE, gatt.CONTROL, NOTIFY | {"write"}, frozenset({CCCD})),
        Offered(gatt.SERVICE, gatt.EVENTS, NOTIFY, frozenset({CCCD})),
        Offered(gatt.SERVICE, gatt.BACKFILL, NOTIFY, frozenset({CCCD})),
        Offered(gatt.BATTERY_SERVICE, gatt.BATTERY_LEVEL, NOTIFY | READ, frozenset({CCCD})),
        *(
            Offered(gatt.DEVICE_INFORMATION_SERVICE, uuid, READ, frozenset())
            for uuid in INFORMATION
        ),
    )

    def __init__(self, setup: CoreSetup | None = None, up_s: float = 30.0) -> None:
        """A device that has sampled for `up_s`."""
        self.heard: list[Heard] = []
        self.core = self.power_up(setup or CoreSetup())
        self.core.set_condition(BoardCondition(battery_percent=80, worn=True, self_test=0))
        self.mtu = 23
        self.connected = self.secure = False
        self.subscribed: set[str] = set()
        self._now_s = 0.0
        self._sampled = 0
        self._advance(up_s)

    # What a firmware does, to be overridden by those that do it wrongly.

    def power_up(self, setup: CoreSetup) -> DeviceCore:
        return DeviceCore(7, setup)

    def counts(self, first: int, count: int) -> NDArray[np.int16]:
        return STILL[np.arange(first, first + count) % len(STILL)]

    def clock_us(self) -> int:
        return round(self._now_s * self.drift * 1e6)

    def on_write(self, payload: bytes) -> int:
        return self.core.on_write(gatt.CONTROL, payload, self.clock_us())

    def on_connect(self) -> None:
        self.core.on_connect(23)

    def on_disconnect(self) -> None:
        self.core.on_disconnect()

    def on_subscribe(self, uuid: str, on: bool) -> None:
        self.core.on_subscribe(uuid, on)

    def config(self) -> bytes:
        return self.core.config_bytes()

    def room(self) -> int:
        return ROOM

    def sent(self, uuid: str, payload: bytes) -> Iterator[tuple[str, bytes]]:
        """What goes on the air where the core has this to say."""
        yield uuid, payload

    # What a host does.

    def now_s(self) -> float:
        return self._now_s

    async def find(self, within_s: float) -> Advertised:
        return Advertised(ADDRESS, "virtual", self.services, -50)

    async def connect(self, mtu: int | None = None) -> None:
        await self.disconnect()
        self._advance(0.05)
        self.on_connect()
        self.connected, self.mtu = True, 23
        self.mtu = min(mtu or 517, self.largest_mtu)
        self.core.on_mtu(self.mtu)

    async def disconnect(self) -> None:
        if self.connected:
            self.connected = self.secure = False
            self.subscribed.clear()
            self.on_disconnect()
            self._advance(0.05)

    async def pair(self, *, entering: bool = True) -> None:
        if self.passkey is not None and not entering:
            raise ProbeError("passkey needed")
        self.secure = True

    async def close(self) -> None:
        await self.disconnect()

    def offered(self) -> tuple[Offered, ...]:
        return self.offers

    async def read(self, characteristic: str) -> bytes:
        self._need()
        if characteristic == gatt.CONFIG:
            return self.config()
        if characteristic == gatt.BATTERY_LEVEL:
            return b"\x50"
        return b"made by nobody"

    async def write(self, characteristic: str, payload: bytes) -> None:
        self._need()
        self._guard()
        self._advance(STEP_S)
        code = self.on_write(payload)
        if code:
            raise AttError(code)

    async def subscribe(self, characteristic: str) -> None:
        self._need()
        self._guard()
        self.subscribed.add(characteristic)
        self.on_subscribe(characteristic, True)

    async def unsubscribe(self, characteristic: str) -> None:
        self._need()
        self.subscribed.discard(characteristic)
        self.on_subscribe(characteristic, False)

    async def until(self, condition: Callable[[], bool], within_s: float) -> bool:
        end_s = self._now_s + within_s
        while not condition():
            if self._now_s >= end_s:
                return False
            self._advance(STEP_S)
        return True

    def _need(self) -> None:
        if not self.connected:
            raise ProbeError("not connected")

    def _guard(self) -> None:
        if self.encrypts and not self.secure:
            raise AttError(NOT_ENCRYPTED)

    def _advance(self, seconds: float) -> None:
        """Let time pass: samples are taken, the core is polled, notifications arrive."""
        self._now_s += seconds
        due = int(self._now_s * self.rate_hz + 1e-6) - self._sampled
        if due > 0:
            numbers = np.arange(self._sampled, self._sampled + due)
            times = np.rint((numbers + 1) / self.rate_hz * self.drift * 1e6).astype(np.uint64)
            self.core.push_samples(self.counts(self._sampled, due), times)
            self._sampled += due
        for uuid, payload in self.core.poll(self.clock_us(), self.room()):
            for channel, told in self.sent(uuid, payload):
                self.heard.append(Heard(self._now_s, channel, told))
