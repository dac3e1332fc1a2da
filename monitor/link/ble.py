"""A sensor on the air to link events."""

import asyncio
import contextlib
import functools
import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakCharacteristicNotFoundError, BleakError, BleakGATTProtocolError

from firmware_protocol import ProtocolError, SensorConfig, decode_config, gatt
from monitor.link.backlog import Backlog
from monitor.link.bonds import Bonds
from monitor.link.clock import SteadyClock
from monitor.link.conversation import ControlParams, Conversation, RefusalError
from monitor.link.dialogue import BusyError, Dialogue, NoReplyError
from monitor.link.distrust import Distrust
from monitor.link.errors import AdapterError
from monitor.link.inbox import Inbox
from monitor.link.orders import Orders
from monitor.link.pairing import Guard, UntrustedError
from monitor.link.port import LinkStatistics, LinkStatus, Phase
from monitor.link.radio import RADIO_ERRORS, NoSlotError, Radio
from monitor.link.reconnect import Backoff, Failure
from monitor.link.vendors import BACKWATCH, Read, Vendor, Write, split
from monitor.model import NS_PER_S, Connected, Disconnected, Idle, LinkEvent, Notified

log = logging.getLogger(__name__)

ATT_BUSY = 0x80  # spec.md section 9.1
FIRMWARE_BYTES = 64  # chosen by us: more of a version is not shown
NAME_WAIT_S = 0.5  # chosen by us: a scan response follows within milliseconds, if it is heard
NAMESAKES = 8  # chosen by us: of one name, told of; more are an attack on the log
NAMESAKE_WAIT_S = 0.5  # chosen by us: a second sensor of the same name has advertised by then


@dataclass(frozen=True, slots=True)
class LinkParams:
    """Patience of a link; all values chosen by us.

    Attributes:
        scan_s: length of one search.
        connect_s: from the first word to a sensor until its notifications are on.
        stall_s: a connected sensor this long without a frame is silent.
        idle_s: an Idle is given after this long without an event.
        close_s: a closed link ends after this, whatever the radio does.
        refused_s: a device that was refused is not tried again before this,
            unless it was asked for by name or address.
        inbox_events: how many events wait for a slow reader; 1000 are 100 s of frames.
        control: how a sensor of version 2 is spoken to.
    """

    scan_s: float = 10.0
    connect_s: float = 20.0
    stall_s: float = 5.0
    idle_s: float = 1.0
    close_s: float = 0.8
    refused_s: float = 300.0
    inbox_events: int = 1000
    control: ControlParams = field(default_factory=ControlParams)


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor heard while scanning.

    Attributes:
        name: text from a stranger, never markup; empty where it gives none.
        rssi_dbm: signal strength of the last advertisement.
    """

    address: str
    name: str
    rssi_dbm: int


async def discover(
    adapter: str | None = None,
    seconds: float = 5.0,
    vendor: Vendor = BACKWATCH,
    *,
    radio: Radio | None = None,
) -> list[Found]:
    """The sensors of a make in range, the strongest first.

    Args:
        adapter: as `Radio` takes it.
        radio: to be shared with others, instead of `adapter`; its owner closes it.

    Raises:
        AdapterError: the adapter cannot be used.
    """
    heard: dict[str, Found] = {}

    def on_found(device: BLEDevice, data: AdvertisementData) -> None:
        name = data.local_name or (heard[device.address].name if device.address in heard else "")
        heard[device.address] = Found(device.address, name, data.rssi)

    used = radio or Radio(adapter)
    try:
        async with used.scanning(on_found, vendor.advertised):
            await asyncio.sleep(seconds)
    finally:
        if radio is None:
            await used.close()
    found = [sensor for sensor in heard.values() if vendor.recognises(sensor.name)]
    return sorted(found, key=lambda found: (-found.rssi_dbm, found.address))


class BleLink:
    """A `Link` to one sensor, which it finds again whenever it is lost.

    Without an address the first sensor that answers, or that has the name, is taken and kept from
    then on. A device that another link of the same radio has is left alone.
    """

    def __init__(
        self,
        sensor: str | None = None,
        adapter: str | None = None,
        *,
        params: LinkParams | None = None,
        on_status: Callable[[LinkStatus], None] | None = None,
        radio: Radio | None = None,
        bonds: Bonds | None = None,
    ) -> None:
        """Make a link; the search begins with the iteration.

        Args:
            sensor: address or advertised name; None for any. One of another make than ours
                begins with the make, as in "movesense:" or "movesense:NAME".
            adapter: as `Radio` takes it.
            on_status: called at each change of `status`; it must neither wait nor raise.
            radio: to be shared by several links, instead of `adapter`; its owner closes it.
            bonds: as `Radio` takes it, with `adapter`.

        Raises:
            AdapterError: no such kind of adapter, or bumble is not installed.
        """
        self._vendor, self._sensor = split(sensor)
        self._params = params or LinkParams()
        self._on_status = on_status
        self._radio = radio or Radio(adapter, bonds)
        self._owns_radio = radio is None
        self._guard = Guard(self._radio, self._vendor, self._sensor)
        self._clock = SteadyClock()
        self._inbox = Inbox(self._params.inbox_events)
        self._backlog = Backlog()
        ours = self._vendor is BACKWATCH
        self.orders = Orders("" if ours else f"a {self._vendor.name} sensor takes no commands")
        self._status = LinkStatus(Phase.SEARCHING, self._clock.now_ns())
        self._kept: str | None = None  # address of the sensor, once it has been connected
        self._distrusted: str | None = None  # address of the one that status speaks of
        self._namesakes: set[str] = set()  # addresses heard with the wanted name
        self._refused: dict[str, float] = {}  # address -> monotonic time of the refusal
        self._session: _Session | None = None
        self._scanned = False
        self._sought = False  # that it is not in range has been told
        self._task: asyncio.Task[None] | None = None
        self._iterated = False
        self._closed = False
        self._final: Disconnected | None = None
        self._notified = self._stale = 0
        self._connections = self._lost = self._stalled = self._turned_away = 0

    @property
    def status(self) -> LinkStatus:
        """Where the link stands now."""
        return replace(
            self._status,
            slots=self._radio.slots(),
            missing=self._backlog.missing(),
            counts=self.statistics(),
        )

    def statistics(self) -> LinkStatistics:
        return LinkStatistics(
            notified=self._notified,
            dropped=self._inbox.dropped,
            stale=self._stale,
            connections=self._connections,
            lost=self._lost,
            stalled=self._stalled,
            refused=self._turned_away,
            waiting=len(self._inbox),
        )

    def close(self) -> None:
        """Let the iteration end with a final `Disconnected`, within `close_s`."""
        if self._closed:
            return
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            asyncio.get_running_loop().call_later(self._params.close_s, self._finish, "closed")

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        """The events, until the link is closed.

        Raises:
            AdapterError: the adapter could not be used from the very first; later it is tried
                again instead. The final Disconnected comes before.
        """
        if self._iterated:
            raise RuntimeError("a link is iterated once")
        self._iterated = True
        if self._closed:
            self._finish("closed")
        else:
            self._task = asyncio.create_task(self._run(), name=f"link {self._sensor or 'any'}")
            # A task that is cancelled before its first step never runs at all.
            self._task.add_done_callback(lambda _: self._finish("closed"))
        try:
            event: LinkEvent | None = None
            while event is None or event is not self._final:
                event = await self._next()
                if isinstance(event, Connected):
                    self._backlog.begin()
                yield event
                # The reader is done with it: what it never saw is asked for again.
                if isinstance(event, Notified):
                    self._backlog.take(event.characteristic, event.payload)
        finally:
            self.close()
            while self._task is not None and not self._task.done():
                # A backend may swallow a cancellation (asyncio.wait_for before Python 3.12 does).
                self._task.cancel()
                await asyncio.wait([self._task], timeout=self._params.close_s)
        if self._task is not None and not self._task.cancelled():
            self._task.result()

    async def _next(self) -> LinkEvent:
        try:
            async with asyncio.timeout(self._params.idle_s):
                return await self._inbox.get()
        except TimeoutError:
            return Idle(self._clock.now_ns())

    async def _run(self) -> None:
        backoff = Backoff()
        reason = "closed"
        try:
            while True:
                try:
                    device = await self._search()
                    async with self._connection(device) as session:
                        backoff = backoff.connected(time.monotonic())
                        self._sought = False
                        self._announce(device, session)
                        await self._note_presence()
                        async with self._speaking(session):
                            failed = await self._watch(session)
                        self._lose(failed)
                except _FailedError as error:
                    failed = error
                    if failed.kind is not Failure.NOT_FOUND:
                        told = replace(self._status, reason=str(failed), distrust=failed.distrust)
                        self._set_status(told)
                    elif not self._sought:
                        self._sought = True
                        log.info("%s; still looking", failed)
                if self._kept is None:
                    self._radio.give_back(self)
                delay_s, backoff = backoff.failed(failed.kind, time.monotonic())
                log.debug("%s: %s; next attempt in %.1f s", failed.kind, failed, delay_s)
                await asyncio.sleep(delay_s)
        except Exception as error:
            reason = str(error)
            raise
        finally:
            self._radio.give_back(self)
            if self._owns_radio:
                await self._radio.close()
            self._finish(reason)

    async def _search(self) -> BLEDevice:
        """The sensor, as a scan sees it."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[BLEDevice] = loop.create_future()

        def choose(device: BLEDevice) -> None:
            if not found.done() and self._radio.take(device.address, self):
                found.set_result(device)

        def choose_by_name(devices: dict[str, BLEDevice]) -> None:
            """The lowest address of those not taken, so that every run takes the same."""
            for address in sorted(devices):
                choose(devices[address])

        named: dict[str, BLEDevice] = {}

        def on_found(device: BLEDevice, data: AdvertisementData) -> None:
            if self._sensor is not None and self._sensor == data.local_name:
                self._note_namesake(device.address)
            if not self._is_wanted(device.address, data.local_name):
                return
            if self._sensor is None and not self._vendor.recognises(data.local_name):
                return
            if not self._guard.admits(device.address, data.local_name):
                if self._guard.was_forgotten(device.address) and not self._status.reason:
                    self._leave(device.address, data.local_name or "")
                return
            if self._kept is None and self._sensor is not None and data.local_name == self._sensor:
                if not named:
                    wait_s = min(NAMESAKE_WAIT_S, self._params.scan_s / 2)
                    loop.call_later(wait_s, choose_by_name, named)
                named[device.address] = device
            elif data.local_name:
                choose(device)
            else:  # its name may follow in the scan response
                loop.call_later(NAME_WAIT_S, choose, device)

        self._clock.set()
        try:
            await self._guard.look()
            self._let_go_of_forgotten()
            if not self._scanned:
                for device in await self._radio.connected(self._vendor.service):
                    wanted = self._is_wanted(device.address, device.name) and self._guard.admits(
                        device.address, device.name
                    )
                    if wanted and self._radio.take(device.address, self):
                        self._scanned = True  # as good as a scan: the adapter works
                        return device
            async with self._radio.scanning(on_found, self._vendor.advertised):
                self._scanned = True
                async with asyncio.timeout(self._params.scan_s):
                    return await found
        except TimeoutError:
            sought = self._kept or self._sensor or f"any {self._vendor.name} sensor"
            raise _FailedError(Failure.NOT_FOUND, f"{sought!r} is not in range") from None
        except AdapterError as error:
            if not self._scanned:
                raise
            raise _FailedError(Failure.ADAPTER, str(error)) from error

    def _let_go_of_forgotten(self) -> None:
        """Another sensor may be paired in the place of one that was forgotten."""
        if self._kept is not None and self._guard.was_forgotten(self._kept):
            self._leave(self._kept, self._status.name)
            self._kept = None
            self._radio.give_back(self)
        elif self._distrusted is not None and self._guard.was_forgotten(self._distrusted):
            self._leave(self._distrusted, "")

    def _leave(self, address: str, name: str) -> None:
        """Say that a sensor is not used because it was forgotten."""
        why, self._distrusted = Distrust.FORGOTTEN, None
        told = f"{name!r} ({address}) is not used: {UntrustedError(why, address)}"
        self._set_status(replace(self._status, reason=told, distrust=why))

    def _note_namesake(self, address: str) -> None:
        """Say it where a name does not tell two sensors apart."""
        if address in self._namesakes or len(self._namesakes) >= NAMESAKES:
            return
        self._namesakes.add(address)
        if len(self._namesakes) > 1:
            log.warning(
                "several sensors are called %r: %s; name the one that is meant by its address",
                self._sensor,
                ", ".join(sorted(self._namesakes)),
            )

    def _is_wanted(self, address: str, name: str | None) -> bool:
        if self._radio.is_taken(address, self):
            return False
        if self._kept is not None:
            return self._kept == address
        if self._sensor is not None:
            return self._sensor.upper() == address.upper() or self._sensor == name
        refused_s = self._refused.get(address)
        return refused_s is None or time.monotonic() - refused_s > self._params.refused_s

    @contextlib.asynccontextmanager
    async def _connection(self, device: BLEDevice) -> AsyncIterator["_Session"]:
        session = _Session(deque(maxlen=self._params.inbox_events))
        client = self._radio.client(device, session.gone.set)
        self._session = session
        try:
            await self._connect(client, device, session)
            session.client = client
            yield session
        finally:
            self._session = None
            self._radio.let_go(client)
            with contextlib.suppress(*RADIO_ERRORS):
                async with asyncio.timeout(self._params.close_s / 2):
                    await client.disconnect()
            if session.announced:
                await self._note_presence()

    async def _connect(self, client: BleakClient, device: BLEDevice, session: "_Session") -> None:
        """Connect, ask who it is, and turn its notifications on."""
        try:
            async with asyncio.timeout(self._params.connect_s):
                async with self._radio.connecting(client):
                    await client.connect()
                self._clock.set()
                session.at_ns = self._clock.now_ns()
                vendor = self._vendor
                await self._carry_out(client, session, vendor.prepare)
                for event in session.early:
                    vendor.check(event.payload)
                await self._guard.secure(client, device)
                if vendor.battery:
                    await self._connect_battery(client, session, vendor.battery)
                session.firmware = await self._firmware(client)
                await client.start_notify(vendor.data, self._receiver(session, vendor.data))
                await self._carry_out(client, session, vendor.start)
                await self._guard.keep(device, session.at_ns)
        except BleakCharacteristicNotFoundError as error:
            uuid = error.char_specifier
            raise self._refuse(client, f"it has no characteristic {uuid}") from error
        except ProtocolError as error:
            raise self._refuse(client, f"its configuration makes no sense: {error}") from error
        except UntrustedError as error:
            self._distrusted = client.address
            raise self._refuse(client, str(error), error.why) from error
        except NoSlotError as error:
            raise _FailedError(Failure.FULL, str(error)) from error
        except RADIO_ERRORS as error:
            reason = str(error) or type(error).__name__
            raise _FailedError(Failure.CONNECT, f"{client.address}: {reason}") from error
        if session.gone.is_set():
            raise _FailedError(Failure.CONNECT, f"{client.address}: disconnected at once")

    async def _note_presence(self) -> None:
        status = self._status
        await self._guard.seen(
            status.address, status.name, self._clock.now_ns(), status.battery_percent
        )

    @contextlib.asynccontextmanager
    async def _speaking(self, session: "_Session") -> AsyncIterator[None]:
        """Meanwhile, say to a sensor of version 2 what there is to say."""
        task = asyncio.create_task(self._speak(session), name=f"control {self._sensor}")
        try:
            yield
        finally:
            while not task.done():
                # Again, where a backend has swallowed the cancellation.
                task.cancel()
                await asyncio.wait([task], timeout=self._params.close_s / 8)
            if not task.cancelled():
                task.result()

    async def _speak(self, session: "_Session") -> None:
        """Live samples flow already; nothing that goes wrong here stops them."""
        client = session.client
        assert client is not None
        if self._vendor is not BACKWATCH:
            return
        if not client.services.get_characteristic(gatt.CONTROL):
            self.orders.close("it speaks version 1, which has no commands")
            return
        dialogue = Dialogue(functools.partial(_command, client))
        params = self._params.control
        conversation = Conversation(
            dialogue,
            self._backlog,
            params,
            self._clock.now_ns,
            self.orders,
            functools.partial(self._read_config, client),
        )
        heard: set[str] = set()

        async def hear(characteristic: str, *told: Callable[[bytes], object]) -> None:
            if characteristic in heard:
                return
            receive = self._receiver(session, characteristic)

            def hears(sender: BleakGATTCharacteristic, data: bytearray) -> None:
                receive(sender, data)
                for tell in told:
                    tell(bytes(data))

            await client.start_notify(characteristic, hears)
            heard.add(characteristic)

        async def hear_backfill() -> None:
            await hear(gatt.BACKFILL, lambda _: conversation.heard())

        while not session.gone.is_set():
            try:
                await hear(gatt.CONTROL, dialogue.receive)
                await conversation.greet()
                self._set_status(replace(self._status, reason=""))
                session.wake = conversation.wake
                await hear(gatt.EVENTS)
                await conversation.ring()
                await conversation.time()
                await conversation.hold(hear_backfill, client.address)
            except RefusalError as error:
                log.warning("%s: %s", client.address, error)
                self._set_status(replace(self._status, reason=str(error)))
                return
            except NoReplyError as error:
                told = f"{error}: live samples only, until it answers again"
                log.warning("%s: %s", client.address, told)
                self._set_status(replace(self._status, reason=told))
            except (BleakCharacteristicNotFoundError, *RADIO_ERRORS) as error:
                log.debug("%s: the conversation is over: %r", client.address, error)
            session.wake = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(params.pause_s):
                    await session.gone.wait()

    async def _read_config(self, client: BleakClient) -> SensorConfig | None:
        """Read it again, for the path to see; None where it makes no sense."""
        read = await self._read(client, gatt.CONFIG)
        self._put(read)
        try:
            return decode_config(read.payload)
        except ProtocolError:
            return None  # counted by ingest

    async def _carry_out(
        self, client: BleakClient, session: "_Session", steps: tuple[Read | Write, ...]
    ) -> None:
        for step in steps:
            match step:
                case Read(characteristic):
                    session.early.append(await self._read(client, characteristic))
                case Write(characteristic, payload):
                    await client.write_gatt_char(characteristic, payload)

    async def _connect_battery(
        self, client: BleakClient, session: "_Session", characteristic: str
    ) -> None:
        """The battery is nice to have."""
        try:
            session.early.append(await self._read(client, characteristic))
            await client.start_notify(characteristic, self._receiver(session, characteristic))
        except BleakError as error:
            log.debug("%s: no battery level: %r", client.address, error)

    async def _firmware(self, client: BleakClient) -> str:
        """The version it names, nice to have; empty where it names none."""
        try:
            told = bytes(await client.read_gatt_char(gatt.FIRMWARE_REVISION))
        except BleakError as error:
            log.debug("%s: no firmware revision: %r", client.address, error)
            return ""
        text = told[:FIRMWARE_BYTES].decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable()).strip()

    async def _read(self, client: BleakClient, characteristic: str) -> Notified:
        payload = bytes(await client.read_gatt_char(characteristic))
        return Notified(self._clock.now_ns(), characteristic, payload)

    def _receiver(
        self, session: "_Session", characteristic: str
    ) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        def receive(_: BleakGATTCharacteristic, data: bytearray) -> None:
            if self._session is not session:
                self._stale += 1
                return
            event = Notified(self._clock.now_ns(), characteristic, bytes(data))
            self._notified += 1
            if characteristic == self._vendor.data:
                session.frame_s = time.monotonic()
                session.woken = False
            if session.announced:
                self._put(event)
            else:
                session.early.append(event)

        return receive

    def _announce(self, device: BLEDevice, session: "_Session") -> None:
        """Say that a sensor is connected, then what it has said so far."""
        name = device.name or ""
        if self._status.phase is Phase.LOST:
            away_s = (session.at_ns - self._status.since_ns) / NS_PER_S
            log.info("%r (%s) is back after %.0f s", name, device.address, away_s)
        self._kept = device.address
        self._connections += 1
        connected = LinkStatus(Phase.CONNECTED, session.at_ns, name, device.address)
        self._set_status(replace(connected, firmware=session.firmware))
        self._put(Connected(session.at_ns, device.address, name))
        for event in session.early:
            self._put(event)
        session.early.clear()
        session.announced = True

    async def _watch(self, session: "_Session") -> "_FailedError":
        """Wait until the connection is of no more use."""
        session.frame_s = time.monotonic()
        while True:
            patience_s = session.frame_s + self._params.stall_s - time.monotonic()
            if patience_s <= 0 and session.wake is not None and not session.woken:
                # It answers, so its stream may have been switched off.
                session.woken, session.frame_s = True, time.monotonic()
                session.wake()
                continue
            if patience_s <= 0:
                self._stalled += 1
                reason = f"connected, but no data for {self._params.stall_s:.0f} s"
                return _FailedError(Failure.STALLED, reason)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await session.gone.wait()
                    return _FailedError(Failure.LOST, "connection lost")

    def _lose(self, failed: "_FailedError") -> None:
        self._lost += 1
        now_ns = self._clock.now_ns()
        status = self._status
        log.warning("%r (%s) is lost: %s", status.name, status.address, failed)
        self._put(Disconnected(now_ns, str(failed)))
        self._set_status(replace(status, phase=Phase.LOST, since_ns=now_ns, reason=str(failed)))

    def _refuse(
        self, client: BleakClient, reason: str, distrust: Distrust | None = None
    ) -> "_FailedError":
        told = f"{client.name!r} ({client.address}) is not used: {reason}"
        log.log(logging.DEBUG if client.address in self._refused else logging.WARNING, told)
        # Whom the guard does not trust it leaves alone itself, for as long as it takes.
        self._refused[client.address] = time.monotonic() if distrust is None else -math.inf
        self._turned_away += 1
        return _FailedError(Failure.REFUSED, told, distrust)

    def _put(self, event: LinkEvent) -> None:
        if self._final is not None:
            return
        self._inbox.put(event)
        vendor = self._vendor
        if isinstance(event, Notified) and event.characteristic == vendor.battery:
            percent = event.payload[0] if len(event.payload) == vendor.battery_bytes else None
            self._set_status(replace(self._status, battery_percent=percent))

    def _finish(self, reason: str) -> None:
        if self._final is not None:
            return
        now_ns = self._clock.now_ns()
        final = Disconnected(now_ns, reason)
        self._put(final)
        self._final = final
        self._set_status(replace(self._status, phase=Phase.CLOSED, since_ns=now_ns, reason=reason))

    def _set_status(self, status: LinkStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_status is not None:
                self._on_status(self.status)


@dataclass(slots=True, eq=False)
class _Session:
    """One connection.

    Attributes:
        early: what was read and what arrived before the connection was announced.
        at_ns: when it began [ns since the epoch, UTC].
        gone: set when the connection has ended.
        announced: events go straight to the inbox.
        frame_s: monotonic time of the last notification with samples.
        client: once connected.
        firmware: the version it names; empty where it names none.
        wake: asks a sensor of version 2 for its live samples; None where nobody can.
        woken: it was asked, and none have come since.
    """

    early: deque[Notified]
    at_ns: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    announced: bool = False
    frame_s: float = 0.0
    client: BleakClient | None = None
    firmware: str = ""
    wake: Callable[[], None] | None = None
    woken: bool = False


async def _command(client: BleakClient, payload: bytes) -> None:
    """Write a command.

    Raises:
        BusyError: the sensor has no place for it yet.
    """
    try:
        await client.write_gatt_char(gatt.CONTROL, payload, True)
    except BleakGATTProtocolError as error:
        if error.args[0] == ATT_BUSY:
            raise BusyError("too many commands at once") from error
        raise


class _FailedError(Exception):
    """An attempt, or a connection, has come to its end."""

    def __init__(self, kind: Failure, reason: str, distrust: Distrust | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.distrust = distrust
