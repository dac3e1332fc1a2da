"""Whom a link leaves alone, and for how long; and the system's Bluetooth, which pairs itself."""

import asyncio
from pathlib import Path

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakError

from firmware_protocol import gatt
from monitor.link import Bonds, Distrust, KnownSensor, RadioKind, UntrustedError
from monitor.link.errors import Cause, PairingError
from monitor.link.pairing import LONGEST_BAR_S, REMEMBERED, Guard
from monitor.link.radio import Radio
from monitor.link.vendors import BACKWATCH, MOVESENSE

ADDRESS = "C0:00:00:00:00:01"


class Services:
    def __init__(self, *uuids):
        self.uuids = uuids

    def get_characteristic(self, uuid):
        return uuid if uuid in self.uuids else None


class FakeClient:
    """A version 2 sensor behind BlueZ; what `pair` raises is a test's choice."""

    address = ADDRESS
    services = Services(gatt.CONTROL)
    is_connected = True

    def __init__(self, error=None):
        self.error = error
        self.paired = 0

    async def pair(self):
        self.paired += 1
        if self.error is not None:
            raise self.error


class FakeRadio:
    """A virtual one whose encryption fails as a test wants."""

    kind = RadioKind.VIRTUAL
    pairs_itself = False

    def __init__(self, cause, path=None):
        self.bonds = Bonds(path)
        self.cause = cause

    async def has_key(self, _):
        return True

    async def encrypt(self, _client, _passkey):
        raise PairingError(self.cause)


class EncryptedClient(FakeClient):
    async def start_notify(self, _uuid, _callback):
        from bleak.exc import BleakGATTProtocolError

        raise BleakGATTProtocolError(0x0F)


def device(paired=None):
    props = {} if paired is None else {"props": {"Paired": paired}}
    return BLEDevice(ADDRESS, "back", props)


def known(**changes):
    told = {
        "make": "backwatch",
        "address": ADDRESS,
        "name": "back",
        "radio": RadioKind.SYSTEM,
        "paired_ns": 7,
        "encrypted": True,
        "authenticated": False,
    }
    return KnownSensor(**(told | changes))


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now_s = 1000.0

    monkeypatch.setattr("monitor.link.pairing.time.monotonic", lambda: Clock.now_s)
    return Clock


async def distrust(guard, client, **options):
    with pytest.raises(UntrustedError) as error:
        await guard.secure(client, device(), **options)
    return error.value


# Patience


async def test_a_sensor_that_fails_again_is_left_alone_for_longer_and_longer(clock):
    guard = Guard(FakeRadio(Cause.CLOSED), BACKWATCH, None)
    pauses = []
    for _ in range(9):
        await distrust(guard, EncryptedClient())
        refused_s = clock.now_s
        while not guard.admits(ADDRESS, "back"):
            clock.now_s += 5
        pauses.append(clock.now_s - refused_s)

    assert pauses == [10, 20, 40, 80, 160, 320, LONGEST_BAR_S, LONGEST_BAR_S, LONGEST_BAR_S]


@pytest.mark.parametrize("cause", [Cause.PASSKEY_NEEDED, Cause.PASSKEY_WRONG])
async def test_a_passkey_is_not_guessed_however_long_it_takes(clock, cause):
    guard = Guard(FakeRadio(cause), BACKWATCH, None)
    await distrust(guard, EncryptedClient())

    clock.now_s += 1e9

    assert not guard.admits(ADDRESS, "back")


async def test_another_pairing_ends_the_waiting_at_once(tmp_path):
    radio = FakeRadio(Cause.PASSKEY_NEEDED, tmp_path / "sensors.json")
    guard = Guard(radio, BACKWATCH, None)
    await guard.look()
    await distrust(guard, EncryptedClient())
    before = guard.admits(ADDRESS, "back")

    sensor = known(radio=RadioKind.VIRTUAL)
    await asyncio.to_thread(radio.bonds.add, sensor)
    await guard.look()

    assert not before
    assert guard.admits(ADDRESS, "back")


async def test_a_flood_of_addresses_is_forgotten_not_remembered(tmp_path, caplog):
    caplog.set_level("INFO", "monitor.link")
    radio = FakeRadio(Cause.CLOSED, tmp_path / "sensors.json")
    await asyncio.to_thread(radio.bonds.add, known(radio=RadioKind.VIRTUAL))
    guard = Guard(radio, BACKWATCH, None)
    await guard.look()

    for number in range(3 * REMEMBERED):
        assert not guard.admits(f"C1:00:00:00:{number >> 8:02X}:{number & 255:02X}", "flood")

    assert len(caplog.records) == REMEMBERED


async def test_a_stranger_without_a_name_is_spoken_of_once(tmp_path, caplog):
    caplog.set_level("INFO", "monitor.link")
    radio = FakeRadio(Cause.CLOSED, tmp_path / "sensors.json")
    await asyncio.to_thread(radio.bonds.add, known(radio=RadioKind.VIRTUAL))
    guard = Guard(radio, BACKWATCH, None)
    await guard.look()

    for _ in range(9):
        guard.admits("C1:00:00:00:00:01", None)

    assert len(caplog.records) == 1


async def test_a_list_of_another_make_shuts_out_none_of_this_one(tmp_path):
    radio = FakeRadio(Cause.CLOSED, tmp_path / "sensors.json")
    await asyncio.to_thread(radio.bonds.add, known(radio=RadioKind.VIRTUAL))
    guard = Guard(radio, MOVESENSE, None)
    await guard.look()

    assert guard.admits("0C:8C:DC:00:00:01", "Movesense 1")


async def test_a_list_that_breaks_while_it_runs_does_not_end_the_run(tmp_path):
    path = tmp_path / "sensors.json"
    radio = FakeRadio(Cause.CLOSED, path)
    await asyncio.to_thread(radio.bonds.add, known(radio=RadioKind.VIRTUAL))
    guard = Guard(radio, BACKWATCH, None)
    await guard.look()

    await asyncio.to_thread(path.write_text, "broken")
    await guard.look()

    assert guard.admits(ADDRESS, "back")
    assert not guard.admits("C1:00:00:00:00:01", "other")


# The system's own Bluetooth


async def test_the_systems_bluetooth_is_asked_to_pair_and_the_sensor_is_listed(tmp_path):
    radio = Radio(None, Bonds(tmp_path / "sensors.json"))
    client = FakeClient()

    await Guard(radio, BACKWATCH, None).secure(client, device(paired=False))

    [sensor] = await asyncio.to_thread(radio.bonds.known)
    assert client.paired == 1
    assert (sensor.address, sensor.radio) == (ADDRESS, RadioKind.SYSTEM)
    assert (sensor.encrypted, sensor.authenticated) == (True, False)


async def test_a_sensor_the_system_has_forgotten_is_not_paired_anew_unasked(tmp_path):
    radio = Radio(None, Bonds(tmp_path / "sensors.json"))
    await asyncio.to_thread(radio.bonds.add, known())
    client = FakeClient()

    with pytest.raises(UntrustedError) as error:
        await Guard(radio, BACKWATCH, None).secure(client, device(paired=False))

    assert error.value.why is Distrust.HOST_FORGOT
    assert client.paired == 0


async def test_why_the_system_could_not_encrypt_is_told_with_what_to_do():
    failed = BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])

    error = await distrust(Guard(Radio(None), BACKWATCH, None), FakeClient(failed))

    assert error.why is Distrust.SYSTEM
    assert "AuthenticationFailed" in str(error)
    assert f"bluetoothctl remove {ADDRESS}" in str(error)


async def test_a_connection_lost_while_the_system_pairs_is_no_matter_of_trust():
    client = FakeClient(BleakError("disconnected"))
    client.is_connected = False

    with pytest.raises(BleakError, match="disconnected") as error:
        await Guard(Radio(None), BACKWATCH, None).secure(client, device())

    assert not isinstance(error.value, PairingError)


async def test_a_system_that_pairs_without_being_asked_is_let_do_so(tmp_path):
    radio = Radio(None, Bonds(tmp_path / "sensors.json"))

    await Guard(radio, BACKWATCH, None).secure(FakeClient(NotImplementedError()), device())

    assert len(await asyncio.to_thread(radio.bonds.known)) == 1


async def test_a_passkey_is_for_the_system_to_ask():
    error = await distrust(Guard(Radio(None), BACKWATCH, None), FakeClient(), passkey=123456)

    assert error.why is Distrust.SYSTEM_PASSKEY
    assert "123456" not in str(error)


# The words


@pytest.mark.parametrize("why", Distrust, ids=lambda why: why.name)
def test_each_reason_has_its_row_in_the_manual(why):
    manual = (Path(__file__).parents[2] / "docs" / "pairing.md").read_text()
    said = why.value.partition(":")[0].partition(",")[0].partition(" ({")[0]

    assert f"| {said}" in manual
    assert "backwatch pair" in why.value
