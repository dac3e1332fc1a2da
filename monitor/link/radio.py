"""An adapter by name: bleak, bound to the Bluetooth that name stands for."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from monitor.link.errors import AdapterError

if TYPE_CHECKING:
    from monitor.link.bumble_backend import BumbleAdapter

log = logging.getLogger(__name__)

# What bleak's backends let through when the radio, its driver or D-Bus fails.
RADIO_ERRORS = (BleakError, TimeoutError, OSError, EOFError)


class Radio:
    """One adapter, to be shared by all links that use it.

    Attributes:
        connect_lock: hold it while connecting; adapters take one attempt at a time.
    """

    def __init__(self, adapter: str | None = None) -> None:
        """Name an adapter; nothing is opened yet.

        Args:
            adapter: None for the system's own, "hci0" for one of several,
                "virtual:HOST:PORT" for a virtual air,
                "bumble:TRANSPORT" for what bumble reaches itself, such as "bumble:usb:0".

        Raises:
            AdapterError: no such kind of adapter, or bumble is not installed.
        """
        self.connect_lock = asyncio.Lock()
        self._adapter = adapter
        self._bumble: BumbleAdapter | None = None
        self._scanner_options: dict[str, Any] = {}
        self._client_options: dict[str, Any] = {}
        kind, _, rest = (adapter or "").partition(":")
        if kind == "virtual" and rest.rpartition(":")[2].isdecimal():
            self._use_bumble(f"tcp-client:{rest}")
        elif kind == "bumble" and rest:
            self._use_bumble(rest)
        elif adapter and not rest and kind not in ("virtual", "bumble"):
            self._scanner_options = self._client_options = {"bluez": {"adapter": adapter}}
        elif adapter:
            raise AdapterError(
                f"adapter {adapter!r} is not known: leave it out for this machine's own Bluetooth, "
                "or use hci0, virtual:HOST:PORT or bumble:TRANSPORT"
            )

    @contextlib.asynccontextmanager
    async def scanning(
        self, on_found: Callable[[BLEDevice, AdvertisementData], None], services: Sequence[str]
    ) -> AsyncIterator[None]:
        """Listen for what advertises one of these services, or, without any, for everything.

        `on_found` is called for each advertisement.

        Raises:
            AdapterError: the adapter is not there or does not scan.
        """
        try:
            scanner = BleakScanner(on_found, list(services) or None, **self._scanner_options)
            await scanner.start()
        except RADIO_ERRORS as error:
            raise self._unavailable(error) from error
        try:
            yield
        finally:
            try:
                await scanner.stop()
            except RADIO_ERRORS as error:
                log.debug("scan did not stop: %r", error)

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

    async def close(self) -> None:
        """Let go of the adapter."""
        if self._bumble is not None:
            await self._bumble.close()

    def _use_bumble(self, transport: str) -> None:
        try:
            from monitor.link.bumble_backend import BumbleAdapter, BumbleClient, BumbleScanner
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "bumble":
                raise
            raise AdapterError(
                f"adapter {self._adapter!r} needs bumble: pip install 'backwatch[simulator]'"
            ) from error
        self._bumble = BumbleAdapter(transport)
        self._scanner_options = {"backend": BumbleScanner, "bumble": self._bumble}
        self._client_options = {"backend": BumbleClient, "bumble": self._bumble}

    def _unavailable(self, error: Exception) -> AdapterError:
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
