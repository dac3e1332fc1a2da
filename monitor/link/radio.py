"""An adapter by name: bleak, bound to the Bluetooth that name stands for."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str

from monitor.link.bonds import Bonds, RadioKind
from monitor.link.errors import AdapterError, Cause, InUseError, PairingError
from monitor.link.port import Slots

if TYPE_CHECKING:
    from monitor.link.bumble_backend import BumbleAdapter

log = logging.getLogger(__name__)

# What bleak's backends let through when the radio, its driver or D-Bus fails.
RADIO_ERRORS = (BleakError, TimeoutError, OSError, EOFError)
# s; an older scan is begun anew for whoever joins: BlueZ and controllers report a device that
# went away and came back only once in a scan, and a lost adapter hears nothing. Chosen by us.
RENEW_S = 30.0
# How controllers and systems say that they hold as many connections as they can: HCI errors 0x07
# and 0x09 (Core 5.4, Vol 1 Part F, 1.3), and what BlueZ and CoreBluetooth make of them.
FULL = re.compile(
    r"connection.limit|memory.capacity.exceeded|maximum number of connections|too many links", re.I
)

OnFound = Callable[[BLEDevice, AdvertisementData], None]


class NoSlotError(Exception):
    """The adapter holds as many connections as it can; the message says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    """Someone who searches; without `services`, for everything."""

    on_found: OnFound
    services: frozenset[str]

    def hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        if not self.services or not self.services.isdisjoint(data.service_uuids):
            self.on_found(device, data)


class Radio:
    """One adapter, to be shared by all links that use it.

    It scans once for everyone who searches, pauses that while it connects, connects one at a
    time, and knows which link has which device.

    Attributes:
        connect_lock: held while connecting; adapters take one attempt at a time.
        bonds: the sensors that are ours, and the keys of those of a virtual or bumble adapter.
        kind: whose Bluetooth it is.
    """

    def __init__(self, adapter: str | None = None, bonds: Bonds | None = None) -> None:
        """Name an adapter; nothing is opened yet.

        Args:
            adapter: None for the system's own, "hci0" for one of several,
                "virtual:HOST:PORT" for a virtual air,
                "bumble:TRANSPORT" for what bumble reaches itself, such as "bumble:usb:0".
            bonds: None keeps pairings in memory, for as long as this radio lives.

        Raises:
            AdapterError: no such kind of adapter, or bumble is not installed.
        """
        self.connect_lock = asyncio.Lock()
        self.bonds = bonds or Bonds()
        self.kind = RadioKind.SYSTEM
        self._adapter = adapter
        self._bumble: BumbleAdapter | None = None
        self._scanner_options: dict[str, Any] = {}
        self._client_options: dict[str, Any] = {}
        self._listeners: list[_Listener] = []
        self._scanner: BleakScanner | None = None
        self._scans_for: frozenset[str] = frozenset()  # empty: everything
        self._scans_since_s = 0.0
        self._scan_lock = asyncio.Lock()
        self._connecting = False
        self._taken: dict[str, object] = {}  # address -> the link that has it
        self._held: set[BleakClient] = set()
        self._limit: int | None = None
        kind, _, rest = (adapter or "").partition(":")
        if kind == "virtual" and rest.rpartition(":")[2].isdecimal():
            self._use_bumble(f"tcp-client:{rest}", RadioKind.VIRTUAL)
        elif kind == "bumble" and rest:
            self._use_bumble(rest, RadioKind.BUMBLE)
        elif adapter and not rest and kind not in ("virtual", "bumble"):
            self._scanner_options = self._client_options = {"bluez": {"adapter": adapter}}
        elif adapter:
            raise AdapterError(
                f"adapter {adapter!r} is not known: leave it out for this machine's own Bluetooth, "
                "or use hci0, virtual:HOST:PORT or bumble:TRANSPORT"
            )

    async def check(self) -> None:
        """Find out whether the adapter can be used.

        Raises:
            AdapterError: it cannot.
        """
        async with self.scanning(lambda *_: None, ()):
            pass

    @contextlib.asynccontextmanager
    async def scanning(self, on_found: OnFound, services: Sequence[str]) -> AsyncIterator[None]:
        """Listen for what advertises one of these services, or, without any, for everything.

        `on_found` is called for each advertisement; it must neither wait nor raise.

        Raises:
            AdapterError: the adapter is not there or does not scan.
        """
        listener = _Listener(on_found, frozenset(map(normalize_uuid_str, services)))
        self._listeners.append(listener)
        try:
            async with self.connect_lock:
                await self._tune()
            yield
        finally:
            self._listeners.remove(listener)
            await self._tune_quietly()

    @contextlib.asynccontextmanager
    async def connecting(self, client: BleakClient) -> AsyncIterator[None]:
        """Connect this client in the body, alone; then it holds a slot until `let_go`.

        Raises:
            NoSlotError: the adapter said that it holds as many as it can.
        """
        async with self.connect_lock:
            self._connecting = True
            try:
                # Small adapters fail to connect while they scan.
                await self._tune_quietly()
                yield
                self._hold(client)
            except RADIO_ERRORS as error:
                if not FULL.search(str(error)):
                    raise
                self._limit = len(self._held)
                raise NoSlotError(
                    f"no free slot: {self._limit} connected; disconnect one or use a second adapter"
                ) from error
            finally:
                self._connecting = False
                await self._tune_quietly()

    def let_go(self, client: BleakClient) -> None:
        """The client is disconnected; may be called again."""
        self._held.discard(client)

    def slots(self) -> Slots:
        """Connections held through this adapter now."""
        return Slots(len(self._held), self._limit)

    def take(self, address: str, link: object) -> bool:
        """Keep a device for one link; False where another has it."""
        return self._taken.setdefault(address.upper(), link) is link

    def is_taken(self, address: str, link: object) -> bool:
        """Whether another link than this has the device."""
        return self._taken.get(address.upper(), link) is not link

    def give_back(self, link: object) -> None:
        """The link has no device any more."""
        self._taken = {address: by for address, by in self._taken.items() if by is not link}

    def holds(self, address: str) -> bool:
        """Whether a device is connected through this adapter now."""
        return any(client.address.upper() == address.upper() for client in self._held)

    async def connected(self, service: str) -> list[BLEDevice]:
        """Devices with this service the system holds a connection to.

        BlueZ keeps the connections of a program that crashed, and a connected sensor does not
        advertise: a scan alone would never find it again.
        """
        if self._bumble is not None:
            return []
        try:
            adapter = await BleakAdapter.get(**self._scanner_options)
            return await adapter.get_connected_devices([service])
        except (NotImplementedError, *RADIO_ERRORS) as error:
            log.debug("connected devices are not known: %r", error)
            return []

    def client(
        self, device: BLEDevice, on_lost: Callable[[], None], *, mtu: int | None = None
    ) -> BleakClient:
        """A client of a device from a scan; `on_lost` is called when its connection ends.

        `mtu` asks for that one; only bumble's adapters heed it.
        """
        options = self._client_options
        if mtu is not None and self._bumble is not None:
            options = {**options, "mtu": mtu}
        return BleakClient(device, lambda _: on_lost(), **options)

    @property
    def pairs_itself(self) -> bool:
        """It is the system's own: keys are kept there, and it encrypts when a sensor asks."""
        return self._bumble is None

    async def has_key(self, device: BLEDevice) -> bool:
        """Whether there is a key for this device from a scan; True where that is not known."""
        if self._bumble is not None:
            address = device.address
            return await asyncio.to_thread(self.bonds.bond, self.kind, address) is not None
        # Of BlueZ; other systems do not tell.
        known = device.details.get("props", {}) if isinstance(device.details, dict) else {}
        return bool(known.get("Paired", True))

    async def encrypt(self, client: BleakClient, passkey: int | None = None) -> bool:
        """Encrypt with the key there is, else by pairing; whether a passkey has proved the sensor.

        Raises:
            PairingError: the connection is not encrypted.
            BleakError: it is lost.
        """
        if self._bumble is not None:
            address = client.address
            await client.pair(passkey=passkey)
            bond = self.bonds.held(self.kind, address)
            bond = bond or await asyncio.to_thread(self.bonds.bond, self.kind, address)
            return bond is not None and bond.authenticated
        try:
            await client.pair()
        except NotImplementedError:
            pass  # macOS pairs by itself, once a characteristic asks for it
        except BleakError as error:
            if not client.is_connected:
                raise
            raise PairingError(Cause.FAILED, str(error)) from error
        return False

    async def unpair(self, address: str) -> bool:
        """Have the system forget a pairing; False where it does not know of it, or will not."""
        if self._bumble is not None:
            return True
        try:
            await BleakClient(address, **self._client_options).unpair()
        except (NotImplementedError, *RADIO_ERRORS) as error:
            log.debug("%s: not unpaired: %r", address, error)
            return False
        return True

    async def close(self) -> None:
        """Let go of the adapter."""
        async with self._scan_lock:
            if self._scanner is not None:
                await self._stop_scanner()
        if self._bumble is not None:
            await self._bumble.close()

    def _hold(self, client: BleakClient) -> None:
        self._held.add(client)
        if self._limit is not None and len(self._held) > self._limit:
            self._limit = None  # then others held what was missing, and have let go

    async def _tune_quietly(self) -> None:
        """Bring the scan in line; who searches next hears what is wrong with the adapter."""
        try:
            await self._tune()
        except AdapterError as error:
            log.debug("no scan: %s", error)

    async def _tune(self) -> None:
        """Scan if somebody searches and nobody connects, for all that they search for."""
        async with self._scan_lock:
            sought = [listener.services for listener in self._listeners]
            services = frozenset[str]().union(*sought) if all(sought) else frozenset[str]()
            needed = bool(sought) and not self._connecting
            if self._scanner is not None:
                age_s = time.monotonic() - self._scans_since_s
                enough = not self._scans_for or (services and services <= self._scans_for)
                lost = self._bumble is not None and not self._bumble.is_open
                if not needed or not enough or lost or age_s > RENEW_S:
                    await self._stop_scanner()
            if needed and self._scanner is None:
                await self._start_scanner(services)

    async def _start_scanner(self, services: frozenset[str]) -> None:
        try:
            scanner = BleakScanner(self._hear, sorted(services) or None, **self._scanner_options)
            await scanner.start()
        except RADIO_ERRORS as error:
            raise self._unavailable(error) from error
        self._scanner, self._scans_for = scanner, services
        self._scans_since_s = time.monotonic()

    async def _stop_scanner(self) -> None:
        assert self._scanner is not None
        scanner, self._scanner = self._scanner, None
        try:
            await scanner.stop()
        except RADIO_ERRORS as error:
            log.debug("scan did not stop: %r", error)

    def _hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        for listener in list(self._listeners):
            listener.hear(device, data)

    def _use_bumble(self, transport: str, kind: RadioKind) -> None:
        try:
            from monitor.link.bumble_backend import BumbleAdapter, BumbleClient, BumbleScanner
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "bumble":
                raise
            raise AdapterError(
                f"adapter {self._adapter!r} needs bumble: pip install 'backwatch[simulator]'"
            ) from error
        self.kind = kind
        self._bumble = BumbleAdapter(transport, self.bonds, kind)
        self._scanner_options = {"backend": BumbleScanner, "bumble": self._bumble}
        self._client_options = {"backend": BumbleClient, "bumble": self._bumble}

    def _unavailable(self, error: Exception) -> AdapterError:
        if isinstance(error, InUseError):
            return AdapterError(
                f"adapter {self._adapter}: another Backwatch uses it with the same list of "
                "sensors; stop that one first"
            )
        cause = error.args[0] if isinstance(error, BleakError) and error.args else error
        if self._adapter is not None and self._adapter.startswith("virtual:"):
            port = self._adapter.rpartition(":")[2]
            return AdapterError(
                f"adapter {self._adapter}: no virtual air answers there ({cause}); "
                f"start one with: backwatch simulate-device --port {port}"
            )
        name = f"adapter {self._adapter}" if self._adapter else "Bluetooth"
        if self._bumble is None and isinstance(error, OSError):
            cause = f"the system's Bluetooth service does not answer: {error}"
        return AdapterError(
            f"{name} cannot be used on this machine ({cause}); switch Bluetooth on and see that "
            "its service runs, or name another with --adapter (virtual:HOST:PORT for a simulated "
            "sensor)"
        )
