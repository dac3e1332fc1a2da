"""Who may be our sensor: paired once, from then on known by its key."""

import asyncio
import logging
import math
import time
from dataclasses import dataclass, replace

from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakCharacteristicNotFoundError, BleakGATTProtocolError

from firmware_protocol import ProtocolError, gatt
from monitor.link.bonds import BondsError, KnownSensor
from monitor.link.distrust import Distrust
from monitor.link.errors import Cause, LinkError, PairingError
from monitor.link.radio import RADIO_ERRORS, NoSlotError, Radio
from monitor.link.vendors import BACKWATCH, Read, Vendor, split

log = logging.getLogger(__name__)

CONNECT_S = 20.0  # chosen by us, as long as the link waits
BAR_S = 10.0  # chosen by us: the first pause after a device was not trusted; doubled each time
LONGEST_BAR_S = 600.0  # chosen by us
REMEMBERED = 256  # chosen by us: devices kept in mind, lest a flood of addresses fills the memory
SIGHTINGS = 3  # chosen by us: a device is spoken of at its third advertisement without a name
_ATT_CODES = (0x05, 0x0C, 0x0F)  # Core 5.4, Vol 3 Part F, 3.4.1.1: authentication, key, encryption


_OF_CAUSE = {
    Cause.KEY_UNKNOWN: Distrust.SENSOR_FORGOT,
    Cause.KEY_DIFFERS: Distrust.KEY_DIFFERS,
    Cause.CLOSED: Distrust.CLOSED,
    Cause.TOO_OFTEN: Distrust.TOO_OFTEN,
    Cause.PASSKEY_NEEDED: Distrust.PASSKEY_NEEDED,
    Cause.PASSKEY_WRONG: Distrust.PASSKEY_WRONG,
    Cause.PASSKEY_UNUSED: Distrust.PASSKEY_UNUSED,
    Cause.TOO_OLD: Distrust.TOO_OLD,
    Cause.TAMPERED: Distrust.TAMPERED,
}
# Trying again by itself would be guessing, or wear out the sensor's patience.
_UNTIL_ASKED = {
    Distrust.PASSKEY_NEEDED,
    Distrust.PASSKEY_WRONG,
    Distrust.PASSKEY_UNUSED,
    Distrust.SYSTEM_PASSKEY,
}


class UntrustedError(LinkError):
    """A device is not to be used as a sensor; the message holds the remedy.

    Attributes:
        why: for programs.
        reason: what the adapter said, where that helps.
    """

    def __init__(self, why: Distrust, address: str, reason: str = "", who: str = "") -> None:
        """`who` makes the message a sentence of its own."""
        said = why.value.format(at=address.upper(), reason=reason)
        super().__init__(f"{who} is not used: {said}" if who else said)
        self.why = why
        self.reason = reason


class NotPairedError(LinkError):
    """`pair` did not come to its end."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A device that is left alone.

    Attributes:
        paired_ns: of its pairing then; another pairing lifts the bar.
        until_s: on the monotonic clock.
        run: how often in a row.
    """

    paired_ns: int | None
    until_s: float
    run: int


class Guard:
    """Decides for one link which devices it may use, and makes sure of them.

    Where the list of sensors is kept in a file, only those on it are used once there are any, and
    what was asked for by address; the first one is put on it by using it. One that was forgotten
    is not, unless somebody named it since.
    """

    def __init__(
        self, radio: Radio, vendor: Vendor, sensor: str | None, *, pairs: bool = False
    ) -> None:
        """Make a guard for one link.

        Args:
            sensor: the name or address that was asked for; None for any.
            pairs: somebody asks now to have it paired.
        """
        self._radio = radio
        self._vendor = vendor
        self._sensor = sensor
        self._pairs = pairs
        self._since_ns = time.time_ns()
        self._known: dict[str, KnownSensor] | None = None
        self._forgotten: dict[str, int] = {}
        self._bars: dict[str, _Bar] = {}
        self._strangers: dict[str, int] = {}  # address -> how often heard

    async def look(self) -> None:
        """Read the list of sensors anew; do so before each search.

        Raises:
            BondsError: it cannot be used, from the very first.
        """
        bonds, kind = self._radio.bonds, self._radio.kind
        try:
            known = await asyncio.to_thread(bonds.known, kind)
            self._forgotten = await asyncio.to_thread(bonds.forgotten, kind)
        except BondsError as error:
            if self._known is None:
                raise
            log.debug("%s", error)
            return
        self._known = {s.address: s for s in known if s.make == self._vendor.key}

    def admits(self, address: str, name: str | None) -> bool:
        """Whether to try a device that was heard; a stranger is logged once."""
        address = address.upper()
        listed = self._known or {}
        known = listed.get(address)
        bar = self._bars.get(address)
        if bar is not None:
            same = bar.paired_ns == (known.paired_ns if known else None)
            if same and time.monotonic() < bar.until_s:
                return False
        if known is not None:
            return True
        if not listed and self.was_forgotten(address):
            self._meet(address, name, "was forgotten on this computer")
            return False
        if not listed or self._radio.bonds.path is None:
            return True
        if self._sensor is None:
            self._meet(address, name, "is near, but not one of your paired sensors")
            return False
        namesake = next((found for found in listed.values() if found.name == name), None)
        if namesake is not None and self._sensor.upper() != address:
            self._meet(address, name, f"has the name of your sensor {namesake.address}")
            return False
        return not self.was_forgotten(address)

    def was_forgotten(self, address: str) -> bool:
        """Whether somebody let go of this device, and nobody has named it since."""
        return self._is_gone(self._forgotten.get(address.upper()))

    def _is_gone(self, forgotten_ns: int | None) -> bool:
        if forgotten_ns is None or self._pairs:
            return False
        return self._sensor is None or forgotten_ns > self._since_ns

    async def secure(
        self, client: BleakClient, device: BLEDevice, *, passkey: int | None = None
    ) -> None:
        """Encrypt a connection with a sensor of ours, pairing with one that is not known yet.

        Raises:
            UntrustedError: it is not to be used; it is left alone for a while.
            BleakError: as bleak does when a connection is lost.
        """
        try:
            await self._hold_to_list(device)
            if self._vendor is not BACKWATCH:
                return
            await self._secure(client, device, passkey)
        except UntrustedError as error:
            await self._bar(device.address.upper(), error.why)
            raise
        self._bars.pop(device.address.upper(), None)

    async def keep(self, device: BLEDevice, at_ns: int) -> None:
        """Put a sensor that has no encryption on the list, where it is not yet."""
        bonds, kind, address = self._radio.bonds, self._radio.kind, device.address.upper()
        if bonds.path is None or self._vendor is not BACKWATCH:
            return  # other makes are put on it when a person asks for it
        if await asyncio.to_thread(bonds.find, kind, address) is not None:
            return
        await self._add(device, at_ns, encrypted=False, authenticated=False)
        log.warning(
            "%r (%s) is of version 1, which has no encryption: anyone near can hear it. It is your "
            "sensor from now on; to undo: backwatch forget %s",
            device.name or "",
            address,
            address,
        )

    async def seen(self, address: str, name: str, at_ns: int, battery_percent: int | None) -> None:
        """Note on the list that a sensor is there."""
        bonds = self._radio.bonds
        if bonds.path is None:
            return
        try:
            await asyncio.to_thread(
                bonds.seen, self._radio.kind, address, name, at_ns, battery_percent
            )
        except BondsError as error:
            log.debug("%s", error)

    async def _hold_to_list(self, device: BLEDevice) -> None:
        """By the list as it is now: the sensor may have been forgotten since the search began."""
        radio, address = self._radio, device.address.upper()
        forgotten = await asyncio.to_thread(radio.bonds.forgotten, radio.kind)
        if self._is_gone(forgotten.get(address)):
            raise UntrustedError(Distrust.FORGOTTEN, address)

    async def _secure(self, client: BleakClient, device: BLEDevice, passkey: int | None) -> None:
        radio, address = self._radio, device.address.upper()
        known = await asyncio.to_thread(radio.bonds.find, radio.kind, address)
        paired = known is not None and known.encrypted
        if not client.services.get_characteristic(gatt.CONTROL):
            if paired:
                raise UntrustedError(Distrust.DOWNGRADE, address)
            if passkey is not None:
                raise UntrustedError(Distrust.PASSKEY_UNUSED, address)
            return
        if paired and not await radio.has_key(device):
            raise UntrustedError(Distrust.HOST_FORGOT, address)
        if not paired and not radio.pairs_itself and await _lets_anyone_in(client):
            raise UntrustedError(Distrust.OPEN, address)
        if passkey is not None and radio.pairs_itself:
            raise UntrustedError(Distrust.SYSTEM_PASSKEY, address)
        try:
            authenticated = await radio.encrypt(client, passkey)
        except PairingError as error:
            why = _OF_CAUSE.get(error.cause)
            if why is None and not radio.pairs_itself:
                raise
            raise UntrustedError(why or Distrust.SYSTEM, address, str(error)) from error
        if passkey is not None and not authenticated:
            raise UntrustedError(Distrust.PASSKEY_UNUSED, address)
        if not paired:
            await self._add(device, time.time_ns(), encrypted=True, authenticated=authenticated)
            level = logging.DEBUG if radio.bonds.path is None else logging.INFO
            log.log(
                level,
                "%r (%s) is now paired with this computer; to undo: backwatch forget %s",
                device.name or "",
                address,
                address,
            )

    async def _add(
        self, device: BLEDevice, at_ns: int, *, encrypted: bool, authenticated: bool
    ) -> None:
        sensor = KnownSensor(
            make=self._vendor.key,
            address=device.address.upper(),
            name=device.name or "",
            radio=self._radio.kind,
            paired_ns=at_ns,
            encrypted=encrypted,
            authenticated=authenticated,
        )
        await asyncio.to_thread(self._radio.bonds.add, sensor)

    async def _bar(self, address: str, why: Distrust) -> None:
        known = await asyncio.to_thread(self._radio.bonds.find, self._radio.kind, address)
        before = self._bars.pop(address, None)
        run = 1 if before is None else before.run + 1
        pause_s = math.inf if why in _UNTIL_ASKED else BAR_S * 2 ** min(run - 1, 16)
        until_s = time.monotonic() + (
            pause_s if why in _UNTIL_ASKED else min(pause_s, LONGEST_BAR_S)
        )
        self._bars[address] = _Bar(known.paired_ns if known else None, until_s, run)
        while len(self._bars) > REMEMBERED:
            del self._bars[next(iter(self._bars))]

    def _meet(self, address: str, name: str | None, what: str) -> None:
        heard = self._strangers.get(address, 0)
        if heard >= SIGHTINGS or (not heard and len(self._strangers) >= REMEMBERED):
            return
        heard = SIGHTINGS if name else heard + 1
        self._strangers[address] = heard
        if heard >= SIGHTINGS:
            log.info(
                "%r (%s) is not used: it %s; to use it: backwatch pair --sensor %s",
                name or "",
                address,
                what,
                address,
            )


async def pair(
    radio: Radio, sensor: str | None = None, *, passkey: int | None = None, seconds: float = 5.0
) -> tuple[KnownSensor, bool]:
    """Look for a sensor, make sure of it and keep it; whether it was on the list before.

    Args:
        sensor: as `BleLink` takes it.
        passkey: the number on its label.
        seconds: how long to look.

    Raises:
        AdapterError: the adapter cannot be used.
        NotPairedError: no such sensor, several of them, or it did not answer.
        UntrustedError: it cannot be trusted.
    """
    vendor, wanted = split(sensor)
    if passkey is not None and vendor is not BACKWATCH:
        raise NotPairedError(f"a {vendor.name} sensor has no passkey: leave --passkey out")
    device = await _look_for(radio, vendor, wanted, seconds)
    address, guard = device.address.upper(), Guard(radio, vendor, wanted, pairs=True)
    before = await asyncio.to_thread(radio.bonds.find, radio.kind, address)
    client = radio.client(device, lambda: None)
    battery_percent: int | None = None
    try:
        async with asyncio.timeout(CONNECT_S):
            async with radio.connecting(client):
                await client.connect()
            for step in vendor.prepare:
                if isinstance(step, Read):
                    vendor.check(bytes(await client.read_gatt_char(step.characteristic)))
            await guard.secure(client, device, passkey=passkey)
            if vendor.battery and vendor.battery_bytes == 1:
                battery_percent = await _battery_percent(client, vendor.battery)
    except UntrustedError as error:
        who = f"{device.name!r} ({address})"
        raise UntrustedError(error.why, address, error.reason, who) from error
    except BleakCharacteristicNotFoundError as error:
        raise NotPairedError(
            f"{device.name!r} ({address}) is no {vendor.name} sensor: "
            f"it has no characteristic {error.char_specifier}"
        ) from error
    except ProtocolError as error:
        raise NotPairedError(
            f"{device.name!r} ({address}) is not paired: its configuration makes no sense: {error}"
        ) from error
    except (NoSlotError, *RADIO_ERRORS) as error:
        raise NotPairedError(
            f"{device.name!r} ({address}) is not paired: {str(error) or 'it does not answer'}; "
            "hold it near and try again"
        ) from error
    finally:
        radio.let_go(client)
        try:
            await client.disconnect()
        except RADIO_ERRORS as error:
            log.debug("%s: %r", address, error)
    now_ns = time.time_ns()
    after = await asyncio.to_thread(radio.bonds.find, radio.kind, address)
    if after is None:
        after = KnownSensor(
            vendor.key, address, device.name or "", radio.kind, now_ns, False, False
        )
        await asyncio.to_thread(radio.bonds.add, after)
    await guard.seen(address, device.name or "", now_ns, battery_percent)
    return replace(after, seen_ns=now_ns, battery_percent=battery_percent), before is not None


async def _look_for(radio: Radio, vendor: Vendor, wanted: str | None, seconds: float) -> BLEDevice:
    heard: dict[str, BLEDevice] = {}
    named = asyncio.Event()

    def on_found(device: BLEDevice, data: AdvertisementData) -> None:
        mine = (
            vendor.recognises(data.local_name)
            if wanted is None
            else wanted.upper() == device.address.upper() or wanted == data.local_name
        )
        if mine:
            heard[device.address.upper()] = device
            if wanted is not None and wanted.upper() == device.address.upper() and data.local_name:
                named.set()

    async with radio.scanning(on_found, vendor.advertised):
        try:
            async with asyncio.timeout(seconds):
                await named.wait()
        except TimeoutError:
            pass
    known = await asyncio.to_thread(radio.bonds.known, radio.kind)
    listed = {sensor.address for sensor in known}
    new = {address: device for address, device in heard.items() if address not in listed}
    choice = new or heard if wanted is None else heard
    if not choice:
        sought = repr(wanted) if wanted else f"a {vendor.name} sensor"
        raise NotPairedError(
            f"{sought} was not heard in {seconds:g} s; is it switched on, near, and not connected "
            "to something else?"
        )
    if len(choice) > 1:
        told = ", ".join(f"{device.name!r} {address}" for address, device in sorted(choice.items()))
        raise NotPairedError(f"{len(choice)} sensors are near: {told}; name one: --sensor ADDRESS")
    return next(iter(choice.values()))


async def _lets_anyone_in(client: BleakClient) -> bool:
    """Whether a version 2 sensor can be used without encryption, against spec.md section 2.1."""
    try:
        await client.start_notify(gatt.CONTROL, lambda *_: None)
    except BleakGATTProtocolError as error:
        if int(error.args[0]) in _ATT_CODES:
            return False
        raise
    await client.stop_notify(gatt.CONTROL)
    return True


async def _battery_percent(client: BleakClient, characteristic: str) -> int | None:
    try:
        payload = await client.read_gatt_char(characteristic)
    except RADIO_ERRORS as error:
        log.debug("no battery level: %r", error)
        return None
    return payload[0] if len(payload) == 1 else None


__all__ = ["Distrust", "Guard", "NotPairedError", "UntrustedError", "pair"]
