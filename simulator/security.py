"""Whom a simulated sensor lets in: pairing, bonds, and what needs encryption."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bumble import att, hci, keys, pairing, smp
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    Descriptor,
)

from monitor.private import changing, read_private, write_private
from simulator.errors import SimulatorError

PAIRING_S = 60.0  # s; firmware_protocol/spec.md section 2.1
ATTEMPTS = 3  # firmware_protocol/spec.md section 2.1
BONDS = 4  # chosen by us, as small stacks have; the oldest gives way
FORMAT = 1
_NO_KEYBOARD = (
    smp.IoCapability.NO_INPUT_NO_OUTPUT,
    smp.IoCapability.DISPLAY_ONLY,
    smp.IoCapability.DISPLAY_YES_NO,
)

# Its lines are for those who know HCI, and at DEBUG hold keys; failures are counted here.
if logging.getLogger("bumble").level == logging.NOTSET:
    logging.getLogger("bumble").setLevel(logging.CRITICAL)


class BondsFileError(SimulatorError):
    """The file of bonds cannot be used."""


@dataclass(frozen=True, slots=True)
class Security:
    """How a simulated sensor is protected.

    Attributes:
        passkey: the number on its label, 1 to 999999; None for Just Works.
        bonds: the file that is its flash memory, made where there is none; None: in memory, gone
            with the sensor.
        pairing_s: once it has a bond, it can be paired for so long after power-up.
    """

    passkey: int | None = field(default=None, repr=False)
    bonds: Path | None = None
    pairing_s: float = PAIRING_S

    def __post_init__(self) -> None:
        # bumble takes passkey 0 for none.
        if self.passkey is not None and not 1 <= self.passkey <= 999_999:
            raise ValueError("a passkey is a number of six digits, 000001 to 999999")


JUST_WORKS = Security()


class Gate:
    """The security manager of one sensor; it outlives power cycles, as flash memory does.

    Attributes:
        paired: pairings that succeeded.
        turned_away: pairings that were refused or failed.
    """

    def __init__(self, address: str, security: Security) -> None:
        """`address` is the sensor's."""
        self.paired = self.turned_away = 0
        self._address = address
        self._security = security
        self._bonds: dict[str, keys.PairingKeys.Key] = {}
        self._loaded = False
        self._opened_s = 0.0
        self._failures = 0

    @property
    def bonds(self) -> int:
        """How many hosts have a key."""
        return len(self._bonds)

    async def power_up(self, bluetooth: Device) -> None:
        """Take over the security of a host that is about to be powered on.

        Raises:
            BondsFileError: the file cannot be used.
        """
        if not self._loaded:
            self._bonds = await asyncio.to_thread(self._load)
            self._loaded = True
        bluetooth.keystore = _Flash(self)
        bluetooth.pairing_config_factory = lambda _: pairing.PairingConfig(
            mitm=self._security.passkey is not None, delegate=_Delegate(self, self._security)
        )
        bluetooth.smp_session_proxy = _Session
        self.open()

    def open(self) -> None:
        """Begin the time in which it can be paired, as its button or switch does."""
        self._opened_s = asyncio.get_running_loop().time()
        self._failures = 0

    async def forget(self) -> None:
        """Clear all bonds, as holding the button does."""
        self._bonds.clear()
        self.open()
        await asyncio.to_thread(self._save)

    def protect(self, channel: Characteristic[bytes], bluetooth: Device) -> None:
        """Let nobody write, or turn its notifications on, without an encrypted link."""
        channel.permissions |= (
            Characteristic.READ_REQUIRES_ENCRYPTION | Characteristic.WRITE_REQUIRES_ENCRYPTION
        )
        value = bluetooth.gatt_server.make_descriptor_value(channel)

        def write(bearer: att.Bearer, data: bytes) -> object:
            connection = bearer if isinstance(bearer, Connection) else bearer.connection
            self.check(connection)
            return value.write(bearer, data)

        checked: Callable[..., None] = write  # type: ignore[assignment]  # bumble awaits what it gives
        channel.descriptors = [
            Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
                Descriptor.READABLE | Descriptor.WRITEABLE | Descriptor.WRITE_REQUIRES_ENCRYPTION,
                att.AttributeValueV2(value.read, write=checked),
            )
        ]

    def check(self, connection: Connection) -> None:
        """Refuse a host that has not shown the passkey, where there is one.

        bumble calls every encrypted LE link authenticated, so its permissions are no help.

        Raises:
            bumble.att.ATT_Error: 0x05, insufficient authentication.
        """
        bond = self._bonds.get(_text(connection.peer_address))
        if self._security.passkey is not None and not (bond and bond.authenticated):
            raise att.ATT_Error(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)

    def refuses(self, request: smp.SMP_Pairing_Request_Command) -> smp.ErrorCode | None:
        """Why a pairing does not begin; each that begins counts as failed until it succeeds."""
        self.turned_away += 1
        now_s = asyncio.get_running_loop().time()
        if self._bonds and now_s - self._opened_s > self._security.pairing_s:
            return smp.ErrorCode.PAIRING_NOT_SUPPORTED
        if self._failures >= ATTEMPTS:
            return smp.ErrorCode.REPEATED_ATTEMPTS
        if not request.auth_req & smp.AuthReq.SC or request.maximum_encryption_key_size < 16:
            return smp.ErrorCode.AUTHENTICATION_REQUIREMENTS
        if self._security.passkey is not None and request.io_capability in _NO_KEYBOARD:
            return smp.ErrorCode.AUTHENTICATION_REQUIREMENTS
        self._failures += 1
        return None

    def key(self, host: str) -> keys.PairingKeys.Key | None:
        """The key of a host."""
        return self._bonds.get(host)

    async def keep(self, host: str, key: keys.PairingKeys.Key) -> None:
        """A pairing has succeeded."""
        self.paired += 1
        self.turned_away -= 1
        self._failures = 0
        self._bonds.pop(host, None)
        self._bonds[host] = key
        while len(self._bonds) > BONDS:
            del self._bonds[next(iter(self._bonds))]
        await asyncio.to_thread(self._save)

    def _load(self) -> dict[str, keys.PairingKeys.Key]:
        return {
            host: keys.PairingKeys.Key.from_dict(told)
            for host, told in self._whole().get(self._address, {}).items()
        }

    def _save(self) -> None:
        path = self._security.bonds
        if path is None:
            return
        try:
            with changing(path):
                sensors = self._whole()
                sensors[self._address] = {host: key.to_dict() for host, key in self._bonds.items()}
                whole = {"format": FORMAT, "sensors": sensors}
                write_private(path, json.dumps(whole, indent=1).encode())
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error

    def _whole(self) -> dict[str, dict[str, dict[str, object]]]:
        """The bonds of all sensors that share the file."""
        path = self._security.bonds
        if path is None:
            return {}
        try:
            data, _ = read_private(path)
            if data is None:
                return {}
            whole = json.loads(data)
            if whole["format"] != FORMAT:
                raise ValueError("another format")
            sensors: dict[str, dict[str, dict[str, object]]] = whole["sensors"]
            for bonds in sensors.values():
                for told in bonds.values():
                    keys.PairingKeys.Key.from_dict(told)
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError):
            # Not the cause's own words: they may quote what is in the file.
            raise _unusable(path, "it holds no bonds of ours") from None
        return sensors


class _Flash(keys.KeyStore):
    """The bonds of a gate, as bumble asks for them."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def get(self, name: str) -> keys.PairingKeys | None:
        key = self._gate.key(name.split("/")[0].upper())
        return None if key is None else keys.PairingKeys(ltk=key)

    async def update(self, name: str, keys: keys.PairingKeys) -> None:
        if keys.ltk is not None:
            await self._gate.keep(name.split("/")[0].upper(), keys.ltk)


class _Delegate(pairing.PairingDelegate):
    """Has a passkey printed on it, or nothing to show."""

    def __init__(self, gate: Gate, security: Security) -> None:
        only = self.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY
        shows = self.NO_OUTPUT_NO_INPUT if security.passkey is None else self.DISPLAY_OUTPUT_ONLY
        super().__init__(shows, only, only)
        self.gate = gate
        self._security = security

    async def generate_passkey(self) -> int:
        assert self._security.passkey is not None
        return self._security.passkey


class _Session(smp.Session):
    """Asks the gate before a pairing begins."""

    async def on_smp_pairing_request_command_async(
        self, command: smp.SMP_Pairing_Request_Command
    ) -> None:
        delegate = self.pairing_config.delegate
        assert isinstance(delegate, _Delegate)
        code = delegate.gate.refuses(command)
        if code is None:
            await super().on_smp_pairing_request_command_async(command)
        else:
            self.send_pairing_failed(code)


def _text(address: hci.Address) -> str:
    return str(address).split("/")[0].upper()


def _unusable(path: Path, reason: str) -> BondsFileError:
    return BondsFileError(
        f"{path}: the bonds cannot be kept there ({reason}); name another file with --bonds"
    )
