"""What a radio of flesh and blood does to a link, played by a fake one.

The virtual air behaves; a fake radio can misbehave in ways bleak's backends are known to.
"""

import asyncio
import contextlib
import time

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakCharacteristicNotFoundError, BleakDBusError, BleakError

from firmware_protocol import SensorConfig, encode_config, gatt
from monitor.link import AdapterError, BleLink, Bonds, LinkParams, Phase, RadioKind, Slots
from monitor.model import Connected, Disconnected, Notified

CONFIG = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
PARAMS = LinkParams(scan_s=0.2, connect_s=0.5, stall_s=0.3, idle_s=0.1, close_s=0.3)


class FakeClient:
    """Connects at once; a test overrides what should go wrong."""

    services = BleakGATTServiceCollection()  # of version 1: nothing to write to

    def __init__(self, radio, address, on_lost):
        self.radio, self.address, self.name, self.on_lost = radio, address, "fake", on_lost
        self.callbacks = {}
        self.values = radio.values

    async def connect(self):
        await self.radio.on_connect()

    async def disconnect(self):
        self.radio.disconnects += 1
        await self.radio.on_disconnect()

    async def read_gatt_char(self, uuid):
        if uuid not in self.values:
            raise BleakCharacteristicNotFoundError(uuid)
        return bytearray(self.values[uuid])

    async def start_notify(self, uuid, callback):
        if uuid == gatt.IMU:
            self.callbacks[uuid] = callback
            self.radio.subscribed.put_nowait(self)
            if self.radio.early is not None:
                callback(None, bytearray(self.radio.early))

    def notify(self, payload, uuid=gatt.IMU):
        self.callbacks[uuid](None, bytearray(payload))


async def nothing():
    pass


def advertised(name):
    return AdvertisementData(name, {}, {}, [gatt.SERVICE], None, -50, ())


def sensor(name, number=1):
    return BLEDevice(f"C0:00:00:00:00:{number:02X}", name, None)


class FakeRadio:
    """A radio with one sensor in front of it."""

    def __init__(self):
        self.bonds, self.kind = Bonds(), RadioKind.VIRTUAL
        self.lock = asyncio.Lock()
        self.subscribed = asyncio.Queue()
        self.disconnects = 0
        self.scan_error = None
        self.held = []
        self.advertises = True
        self.name = "fake"
        self.early = None
        self.values = {gatt.CONFIG: CONFIG}
        self.on_connect = self.on_disconnect = nothing

    @contextlib.asynccontextmanager
    async def scanning(self, on_found, _services):
        if self.scan_error is not None:
            raise self.scan_error
        if not self.advertises:
            yield
            return
        on_found(sensor(self.name), advertised(self.name))
        yield

    async def connected(self, _service):
        return self.held

    @contextlib.asynccontextmanager
    async def connecting(self, _client):
        async with self.lock:
            yield

    def let_go(self, client):
        pass

    def take(self, _address, _link):
        return True

    def is_taken(self, _address, _link):
        return False

    def give_back(self, link):
        pass

    def slots(self):
        return Slots(0, None)

    def client(self, device, on_lost):
        return FakeClient(self, device.address, on_lost)

    async def subscription(self):
        return await asyncio.wait_for(self.subscribed.get(), 3)


class Run:
    """A link over a fake radio, and the events it gave so far."""

    def __init__(self, radio, params=PARAMS):
        self.link = BleLink(radio=radio, params=params)
        self.events = []
        self.news = asyncio.Condition()
        self.task = asyncio.create_task(self._listen())

    async def _listen(self):
        async for event in self.link:
            async with self.news:
                self.events.append(event)
                self.news.notify_all()

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition):
        async with asyncio.timeout(3), self.news:
            await self.news.wait_for(condition)

    async def close(self):
        self.link.close()
        await asyncio.wait([self.task], timeout=3)


@pytest.fixture
def radio():
    return FakeRadio()


@pytest.fixture
async def run(radio):
    run = Run(radio)
    yield run
    await run.close()


async def test_notifications_of_an_earlier_connection_are_ignored_and_counted(radio, run):
    first = await radio.subscription()
    first.notify(b"1")
    first.on_lost()
    second = await radio.subscription()

    first.notify(b"stale")
    second.notify(b"2")
    await run.until(lambda: len(run.of(Notified)) == 4)

    payloads = [e.payload for e in run.of(Notified) if e.characteristic == gatt.IMU]
    assert payloads == [b"1", b"2"]
    assert run.link.statistics().stale == 1


async def test_a_notification_before_the_connection_is_announced_is_kept(radio):
    radio.early = b"early"
    run = Run(radio)

    await run.until(lambda: len(run.events) >= 3)

    assert isinstance(run.events[0], Connected)
    assert [e.payload for e in run.events[1:3]] == [CONFIG, b"early"]
    await run.close()


async def test_a_slow_reader_loses_the_oldest_notifications(radio):
    link = BleLink(radio=radio, params=LinkParams(inbox_events=10))
    events = aiter(link)
    first = await anext(events)
    client = await radio.subscription()

    for i in range(100):
        client.notify(bytes([i]))

    assert isinstance(first, Connected)
    got = [(await anext(events)).payload for _ in range(10)]
    assert got == [bytes([i]) for i in range(90, 100)]
    assert link.statistics().dropped == 91  # 90 frames and the config
    link.close()
    assert isinstance(await anext(events), Disconnected)


async def test_a_sensor_that_falls_silent_is_let_go_and_tried_again(radio, run):
    await radio.subscription()
    await radio.subscription()

    assert "no data" in run.of(Disconnected)[0].reason
    assert run.link.statistics().stalled == 1
    assert radio.disconnects == 1


async def test_a_sensor_that_keeps_sending_is_kept(radio, run):
    client = await radio.subscription()

    for _ in range(8):
        client.notify(b"frame")
        await asyncio.sleep(0.1)

    assert not run.of(Disconnected)


@pytest.mark.parametrize(
    "error",
    [
        BleakError("refused"),
        BleakDBusError("org.bluez.Error.InProgress", []),
        TimeoutError(),
        OSError("bus gone"),
        EOFError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_connect_that_fails_is_tried_again(radio, error):
    failures = [error]

    async def on_connect():
        if failures:
            raise failures.pop()

    radio.on_connect = on_connect
    run = Run(radio)

    await radio.subscription()

    assert not run.of(Disconnected)
    await run.close()


async def test_a_connect_that_hangs_is_given_up(radio):
    attempts = asyncio.Queue()

    async def on_connect():
        attempts.put_nowait(None)
        await asyncio.Event().wait()

    radio.on_connect = on_connect
    run = Run(radio)

    async with asyncio.timeout(3):
        await attempts.get()
        await attempts.get()

    await run.close()


async def test_our_own_bugs_are_raised(radio):
    async def on_connect():
        raise ZeroDivisionError("a bug")

    radio.on_connect = on_connect
    run = Run(radio)

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(run.task, 3)
    assert run.events[-1].reason == "a bug"


async def test_a_connection_left_over_from_a_crash_is_taken_over(radio):
    radio.advertises = False
    radio.held = [sensor("left over", 9)]
    run = Run(radio)

    await radio.subscription()
    await run.until(lambda: run.of(Connected))

    assert run.of(Connected)[0].address == "C0:00:00:00:00:09"
    await run.close()


async def test_a_sensor_without_a_name_is_used(radio):
    radio.name = None
    run = Run(radio, LinkParams(scan_s=1.0))

    await run.until(lambda: run.of(Connected))

    assert run.of(Connected)[0].name == ""
    await run.close()


async def test_the_firmware_it_names_is_kept_short_and_without_control_characters(radio):
    radio.values = {gatt.CONFIG: CONFIG, gatt.FIRMWARE_REVISION: b"2.\x1b[2J1\xff\0\n" + b"9" * 99}
    run = Run(radio)

    await run.until(lambda: run.of(Connected))

    assert run.link.status.firmware.startswith("2.[2J1\ufffd99")
    assert len(run.link.status.firmware) <= 64
    await run.close()


async def test_the_status_says_why_connecting_fails(radio):
    async def on_connect():
        raise BleakError("no slot is free")

    radio.on_connect = on_connect
    run = Run(radio)

    await run.until(lambda: "no slot is free" in run.link.status.reason)

    assert run.link.status.phase is Phase.SEARCHING
    await run.close()


async def test_an_adapter_that_is_missing_at_first_ends_the_link(radio):
    radio.scan_error = AdapterError("no Bluetooth here")
    run = Run(radio)

    with pytest.raises(AdapterError, match="no Bluetooth here"):
        await asyncio.wait_for(run.task, 3)
    assert run.link.status.phase is Phase.CLOSED


async def test_an_adapter_that_goes_missing_later_is_waited_for(radio, run):
    client = await radio.subscription()
    radio.scan_error = AdapterError("pulled out")
    client.on_lost()
    await run.until(lambda: run.of(Disconnected))
    await asyncio.sleep(0.3)

    assert not run.task.done()
    radio.scan_error = None
    await radio.subscription()


async def hang():
    await asyncio.Event().wait()


async def hang_and_swallow_one_cancellation():
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


@pytest.mark.parametrize("misbehave", [hang, hang_and_swallow_one_cancellation])
@pytest.mark.parametrize("where", ["on_connect", "on_disconnect"])
async def test_a_link_closes_in_time_whatever_the_radio_does(radio, where, misbehave):
    reached = asyncio.Event()

    async def behave():
        reached.set()
        await misbehave()

    setattr(radio, where, behave)
    run = Run(radio)
    if where == "on_disconnect":
        client = await radio.subscription()
        await run.until(lambda: run.of(Connected))
        client.on_lost()
    await asyncio.wait_for(reached.wait(), 2)

    started = time.monotonic()
    run.link.close()
    await run.until(lambda: any(e.reason == "closed" for e in run.of(Disconnected)))

    assert time.monotonic() - started < 1
    await asyncio.wait_for(run.task, 3)


async def test_a_link_is_iterated_once(radio, run):
    await radio.subscription()

    with pytest.raises(RuntimeError, match="once"):
        await anext(aiter(run.link))


@pytest.mark.parametrize(
    "adapter",
    ["virtual:", "virtual:host", "virtual:host:port", "bumble:", "bumble", "virtual", "a:b"],
)
def test_an_adapter_of_no_known_kind_is_refused(adapter):
    with pytest.raises(AdapterError, match="is not known"):
        BleLink(adapter=adapter)


def test_without_bumble_a_virtual_adapter_says_what_to_install(monkeypatch):
    import sys

    for name in list(sys.modules):
        if name.partition(".")[0] == "bumble" or name == "monitor.link.bumble_backend":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bumble", None)

    with pytest.raises(AdapterError, match=r"pip install 'backwatch\[simulator\]'"):
        BleLink(adapter="virtual:127.0.0.1:7300")
