"""The sensors that are ours and the keys of their pairings, kept in one private file."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from monitor.link.errors import LinkError
from monitor.private import changing, read_private, write_private

log = logging.getLogger(__name__)

_T = TypeVar("_T")

SENSORS_NAME = "sensors.json"
FORMAT = 1
FORGOTTEN = 256  # sensors that are remembered as forgotten; the oldest gives way. Chosen by us
KEY_BYTES = 16  # Bluetooth Core 5.4, Vol 3 Part H, 2.4.2: the long term key


class BondsError(LinkError):
    """The file of sensors cannot be used."""


class RadioKind(StrEnum):
    """Whose Bluetooth it is; a pairing made with one is none for another."""

    SYSTEM = "system"
    BUMBLE = "bumble"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """A sensor that was paired.

    Attributes:
        make: key of its `Vendor`.
        address: upper case.
        name: as it was advertised last; text from a stranger.
        radio: the kind of adapter it was paired with.
        paired_ns: when [ns since the epoch, UTC].
        encrypted: False for what has no encryption to offer.
        authenticated: by the passkey on its label; never known of the system's own Bluetooth.
        seen_ns: when it was connected last; None if never since.
        battery_percent: None where it has not told.
    """

    make: str
    address: str
    name: str
    radio: RadioKind
    paired_ns: int
    encrypted: bool
    authenticated: bool
    seen_ns: int | None = None
    battery_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Bond:
    """The key that encrypts the connections with one sensor.

    Attributes:
        key: 16 bytes; never printed.
        authenticated: it was agreed on with a passkey.
    """

    key: bytes = field(repr=False)
    authenticated: bool


@dataclass(slots=True)
class _Content:
    identity: str
    sensors: dict[tuple[RadioKind, str], KnownSensor] = field(default_factory=dict)
    bonds: dict[tuple[RadioKind, str], Bond] = field(default_factory=dict, repr=False)
    forgotten: dict[tuple[RadioKind, str], int] = field(default_factory=dict)


class Bonds:
    """Known sensors and their keys.

    Methods read and write a file: call them from a thread. Several processes may share it.
    """

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the file; None keeps everything in memory, for as long as this object lives."""
        self._path = path
        self._memory = _Content(_static_address())
        self._held: dict[tuple[RadioKind, str], Bond] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> Path | None:
        return self._path

    def identity(self) -> str:
        """The address of this host where the adapter has none of its own; stays the same.

        Raises:
            BondsError: the file cannot be used; so do all other methods.
        """
        return self._change(lambda content: content.identity)

    def known(self, radio: RadioKind | None = None) -> tuple[KnownSensor, ...]:
        """Sensors paired with this kind of adapter, or with any, the oldest first."""
        with self._lock:
            content = self._read()
        found = (s for s in content.sensors.values() if radio is None or s.radio is radio)
        return tuple(sorted(found, key=lambda sensor: (sensor.paired_ns, sensor.address)))

    def find(self, radio: RadioKind, address: str) -> KnownSensor | None:
        """The sensor with this address."""
        with self._lock:
            return self._read().sensors.get((radio, address.upper()))

    def bond(self, radio: RadioKind, address: str) -> Bond | None:
        """The key kept for this address; not one that is only held."""
        with self._lock:
            return self._read().bonds.get((radio, address.upper()))

    def hold(self, radio: RadioKind, address: str, bond: Bond) -> None:
        """Remember the key of a new pairing until `add` keeps it. No file is touched."""
        self._held[radio, address.upper()] = bond

    def held(self, radio: RadioKind, address: str) -> Bond | None:
        """The key of a new pairing. No file is touched."""
        return self._held.get((radio, address.upper()))

    def add(self, sensor: KnownSensor) -> None:
        """Keep a sensor, with the key that is held for it."""
        at = (sensor.radio, sensor.address)
        bond = self._held.pop(at, None)

        def add(content: _Content) -> None:
            content.sensors[at] = sensor
            content.forgotten.pop(at, None)
            content.bonds.pop(at, None)
            if bond is not None:
                content.bonds[at] = bond

        self._change(add)

    def seen(
        self, radio: RadioKind, address: str, name: str, at_ns: int, battery_percent: int | None
    ) -> None:
        """Note when a known sensor was last there; of others nothing is noted."""
        at = (radio, address.upper())

        def note(content: _Content) -> None:
            old = content.sensors.get(at)
            if old is not None:
                content.sensors[at] = replace(
                    old,
                    name=name or old.name,
                    seen_ns=at_ns,
                    battery_percent=(
                        old.battery_percent if battery_percent is None else battery_percent
                    ),
                )

        self._change(note)

    def forget(self, sensor: KnownSensor) -> None:
        """Remove a sensor and its key, and remember that; nothing where there is none."""
        at = (sensor.radio, sensor.address)

        def remove(content: _Content) -> None:
            if content.sensors.pop(at, None) is None:
                return
            content.bonds.pop(at, None)
            content.forgotten[at] = time.time_ns()
            while len(content.forgotten) > FORGOTTEN:
                del content.forgotten[next(iter(content.forgotten))]

        self._held.pop(at, None)
        self._change(remove)

    def forgotten(self, radio: RadioKind) -> dict[str, int]:
        """Addresses of sensors that were let go of and not paired since, and when [ns, UTC]."""
        with self._lock:
            content = self._read()
        return {address: at_ns for (of, address), at_ns in content.forgotten.items() if of is radio}

    def _change(self, change: Callable[[_Content], _T]) -> _T:
        with self._lock:
            if self._path is None:
                return change(self._memory)
            try:
                with changing(self._path):
                    content = self._read()
                    before = _encode(content)
                    result = change(content)
                    after = _encode(content)
                    if after != before or not self._path.exists():
                        write_private(self._path, after)
                    return result
            except OSError as error:
                raise BondsError(
                    f"{self._path}: the list of sensors cannot be written "
                    f"({error.strerror or error}); check the folder and its permissions"
                ) from error

    def _read(self) -> _Content:
        if self._path is None:
            return self._memory
        try:
            data, exposed = read_private(self._path)
        except OSError as error:
            raise BondsError(
                f"{self._path}: the list of sensors cannot be read ({error.strerror or error}); "
                "check the path and its permissions"
            ) from error
        if exposed:
            log.warning(
                "%s could be read by others on this computer; from now on only by you. "
                "If others use this computer: backwatch forget --all, then pair again",
                self._path,
            )
        if data is None:
            return _Content(self._memory.identity)
        try:
            return _decode(data)
        except (ValueError, KeyError, TypeError) as error:
            # Not the cause's own words: they may quote what is in the file.
            raise BondsError(
                f"{self._path}: this is no list of sensors of ours ({type(error).__name__}); "
                "move it away, and pair again: backwatch pair"
            ) from None


def _encode(content: _Content) -> bytes:
    sensors = []
    for at, sensor in content.sensors.items():
        told: dict[str, object] = {
            name: getattr(sensor, name) for name in KnownSensor.__dataclass_fields__
        }
        bond = content.bonds.get(at)
        if bond is not None:
            told["bond"] = {"key": bond.key.hex(), "authenticated": bond.authenticated}
        sensors.append(told)
    whole: dict[str, object] = {
        "format": FORMAT,
        "identity": content.identity,
        "sensors": sensors,
    }
    if content.forgotten:
        whole["forgotten"] = [[*at, at_ns] for at, at_ns in content.forgotten.items()]
    return (json.dumps(whole, indent=1) + "\n").encode()


def _decode(data: bytes) -> _Content:
    whole = json.loads(data)
    if whole["format"] != FORMAT:
        raise ValueError("another format")
    content = _Content(_checked_address(whole["identity"]))
    for told in whole["sensors"]:
        sensor = _sensor(told)
        at = (sensor.radio, sensor.address)
        content.sensors[at] = sensor
        bond = told.get("bond")
        if bond is not None:
            key = bytes.fromhex(bond["key"])
            if len(key) != KEY_BYTES:
                raise ValueError("no key")
            content.bonds[at] = Bond(key, _is(bool, bond["authenticated"]))
    for radio, address, at_ns in whole.get("forgotten", []):
        content.forgotten[RadioKind(radio), _is(str, address).upper()] = _is(int, at_ns)
    return content


def _sensor(told: dict[str, Any]) -> KnownSensor:
    seen_ns, battery_percent = told["seen_ns"], told["battery_percent"]
    return KnownSensor(
        make=_is(str, told["make"]),
        address=_is(str, told["address"]).upper(),
        name=_is(str, told["name"]),
        radio=RadioKind(told["radio"]),
        paired_ns=_is(int, told["paired_ns"]),
        encrypted=_is(bool, told["encrypted"]),
        authenticated=_is(bool, told["authenticated"]),
        seen_ns=None if seen_ns is None else _is(int, seen_ns),
        battery_percent=None if battery_percent is None else _is(int, battery_percent),
    )


def _is(kind: type[_T], value: Any) -> _T:
    if type(value) is not kind:
        raise TypeError(kind.__name__)
    return value


def _checked_address(address: str) -> str:
    octets = [int(octet, 16) for octet in address.split(":")]
    if len(octets) != 6 or not all(0 <= octet <= 255 for octet in octets):
        raise ValueError("no address")
    return address


def _static_address() -> str:
    """A static random address: its two highest bits are set (Core 5.4, Vol 6 Part B, 1.3.2.1)."""
    octets = bytearray(secrets.token_bytes(6))
    octets[0] |= 0xC0
    return ":".join(f"{octet:02X}" for octet in octets)


__all__ = ["SENSORS_NAME", "Bond", "Bonds", "BondsError", "KnownSensor", "RadioKind"]
