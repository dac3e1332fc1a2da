"""Wishes of the person to which sensors are theirs: listed, heard, paired, forgotten."""

import asyncio
from dataclasses import dataclass, replace

from monitor.link import Found, KnownSensor, LinkError, Radio, RadioKind, discover, pair
from monitor.service.worn import legible_text

SCAN_S = 5.0  # s; a sensor advertises several times in it. Ours, as `backwatch scan`


class BusyError(LinkError):
    """The radio searches or pairs for this page already."""

    def __init__(self) -> None:
        super().__init__("a search or a pairing is under way; wait until it has ended")


@dataclass(frozen=True, slots=True)
class Listed:
    """A sensor that was paired.

    Attributes:
        connected: it is used by this program now.
    """

    sensor: KnownSensor
    connected: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """A sensor in range.

    Attributes:
        name: text from a stranger, without what cannot be seen.
        rssi_dbm: how strongly it is heard [dBm].
        listed: it was paired before.
    """

    address: str
    name: str
    rssi_dbm: int
    listed: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A sensor that is on the list no more.

    Attributes:
        left_behind: its key could not be removed from this computer's own Bluetooth.
        connected: it is used until its connection ends.
    """

    sensor: KnownSensor
    left_behind: bool
    connected: bool


class Roster:
    """The sensors of the radio that the links use; belongs to the event loop.

    Every method raises LinkError, whose message says what to do.
    """

    def __init__(self, radio: Radio, *, scan_s: float = SCAN_S) -> None:
        self._radio = radio
        self._scan_s = scan_s
        self._busy = False

    async def listed(self) -> list[Listed]:
        """Those that were paired with this kind of adapter, the oldest first."""
        known = await asyncio.to_thread(self._radio.bonds.known, self._radio.kind)
        return [Listed(_legible(one), self._is_used(one.address)) for one in known]

    async def scan(self) -> list[Heard]:
        """Those in range that do not have a connection, the strongest first."""
        self._begin()
        try:
            found = await discover(seconds=self._scan_s, radio=self._radio)
        finally:
            self._busy = False
        known = {one.sensor.address for one in await self.listed()}
        return [_heard(one, listed=one.address.upper() in known) for one in found]

    async def pair(self, address: str, passkey: int | None = None) -> KnownSensor:
        """Pair with the sensor of an address; `passkey` is the number on its label."""
        self._begin()
        try:
            sensor, _ = await pair(self._radio, address, passkey=passkey, seconds=self._scan_s)
        finally:
            self._busy = False
        return _legible(sensor)

    async def forget(self, address: str) -> Forgotten | None:
        """Remove a sensor and its key; None where it is not on the list."""
        sensor = await asyncio.to_thread(self._radio.bonds.find, self._radio.kind, address)
        if sensor is None:
            return None
        await asyncio.to_thread(self._radio.bonds.forget, sensor)
        removed = True
        if sensor.radio is RadioKind.SYSTEM and sensor.encrypted:
            removed = await self._radio.unpair(sensor.address)
        return Forgotten(_legible(sensor), not removed, self._is_used(sensor.address))

    def _begin(self) -> None:
        if self._busy:
            raise BusyError
        self._busy = True

    def _is_used(self, address: str) -> bool:
        return self._radio.holds(address)


def _legible(sensor: KnownSensor) -> KnownSensor:
    return replace(sensor, name=legible_text(sensor.name))


def _heard(found: Found, *, listed: bool) -> Heard:
    return Heard(found.address.upper(), legible_text(found.name), found.rssi_dbm, listed)
