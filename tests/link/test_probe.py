"""A probe on a system's own Bluetooth, which pairs and agrees on the MTU by itself."""

import contextlib
from types import SimpleNamespace

import pytest
from bleak.exc import BleakGATTProtocolError

import monitor.link.probe
from firmware_protocol import gatt
from monitor.link.probe import AttError, Probe, ProbeError


class Growing:
    """A characteristic that learns of the MTU late."""

    looks = 0

    @property
    def max_write_without_response_size(self):
        self.looks += 1
        return 20 if self.looks < 3 else 244


class SystemClient:
    """What bleak gives on BlueZ, as far as a probe asks."""

    mtu_size = 23  # BlueZ's default, whatever was agreed
    address = "C0:00:00:00:00:01"
    is_connected = True

    def __init__(self):
        self.paired = 0
        self.services = SimpleNamespace(characteristics={1: Growing()})

    async def connect(self):
        pass

    async def disconnect(self):
        pass

    async def pair(self):
        self.paired += 1

    async def write_gatt_char(self, *_, **__):
        raise BleakGATTProtocolError(0x80)


@pytest.fixture
def client(monkeypatch):
    found = SystemClient()
    monkeypatch.setattr(monitor.link.probe, "MTU_LOOK_S", 0.0)
    monkeypatch.setattr(monitor.link.probe.Radio, "client", lambda *_, **__: found)
    monkeypatch.setattr(monitor.link.probe.Radio, "connecting", lambda *_: contextlib.nullcontext())
    return found


@pytest.fixture
async def probe(client):
    assert client.paired == 0
    found = Probe()
    found._device = object()
    await found.connect()
    yield found
    await found.close()


async def test_the_mtu_is_the_one_the_system_comes_to(probe):
    assert probe.mtu == 247
    assert probe.pairs_itself
    assert not probe.chooses_mtu


async def test_pairing_is_left_to_the_system(probe, client):
    await probe.pair()

    assert client.paired == 1
    assert probe._radio.bonds.known() == ()


async def test_errors_of_the_attribute_protocol_keep_their_code(probe):
    with pytest.raises(AttError) as raised:
        await probe.write(gatt.CONTROL, b"\x01")

    assert raised.value.code == 0x80


async def test_without_a_connection_nothing_can_be_asked():
    probe = Probe()

    with pytest.raises(ProbeError, match="not connected"):
        await probe.read(gatt.CONFIG)
    with pytest.raises(ProbeError, match="nothing was found"):
        await probe.connect()
