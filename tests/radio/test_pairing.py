"""Who hears a sensor, who may be one, and what a person is told when it is somebody else."""

import asyncio
import contextlib
import json
import logging
import stat
import subprocess
import sys

import pytest
from bleak.exc import BleakGATTProtocolError
from bumble import pairing
from bumble.gatt import Characteristic
from bumble.keys import PairingKeys

from backwatch.__main__ import main
from firmware_protocol import SensorConfig, encode_config, gatt
from monitor.link import (
    BleLink,
    Bonds,
    Distrust,
    KnownSensor,
    LinkParams,
    NotPairedError,
    Radio,
    RadioKind,
    RecordedLink,
    TapeWriter,
    UntrustedError,
    pair,
)
from monitor.link.bonds import Bond
from monitor.model import Connected, Idle
from simulator.security import Gate, Security

ADDRESS = "C0:00:00:00:00:01"
PASSKEY = 271828
VIRTUAL = RadioKind.VIRTUAL
BRISK = LinkParams(scan_s=0.3, connect_s=5.0, stall_s=2.0, idle_s=0.1, refused_s=0.2)


@pytest.fixture
def path(tmp_path):
    """The list of sensors of this computer."""
    return tmp_path / "data" / "sensors.json"


@pytest.fixture
async def radio(air, path):
    """A new radio of this computer: `async with radio() as r`."""

    @contextlib.asynccontextmanager
    async def start(bonds=None):
        radio = Radio(f"virtual:127.0.0.1:{air.port}", bonds or Bonds(path))
        try:
            yield radio
        finally:
            await radio.close()

    return start


@pytest.fixture
def paired(radio):
    """Pair as the command does."""

    async def go(sensor=ADDRESS, bonds=None, **options):
        async with radio(bonds) as used:
            return await pair(used, sensor, seconds=0.6, **options)

    return go


@contextlib.asynccontextmanager
async def connected(radio):
    """A client of the one sensor there is, without manners."""
    found = asyncio.get_running_loop().create_future()

    def on_found(device, _):
        if not found.done():
            found.set_result(device)

    async with radio.scanning(on_found, [gatt.SERVICE]):
        device = await asyncio.wait_for(found, 5)
    client = radio.client(device, lambda: None)
    async with radio.connecting(client):
        await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


async def known(path):
    return await asyncio.to_thread(Bonds(path).known)


def key_of(path):
    return bytes.fromhex(json.loads(path.read_text())["sensors"][0]["bond"]["key"])


async def refused(listener):
    """The reason, once there is one; Idle comes often enough to look by."""
    await listener.until(lambda: listener.link.status.reason, within_s=20)
    return listener.link.status.reason


def modes(path):
    """Permissions of a file and its folder."""
    return stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)


# What a sensor lets nobody do


async def att_error(request):
    with pytest.raises(BleakGATTProtocolError) as error:
        await request
    return error.value.args[0]


async def test_nothing_but_the_configuration_is_open_to_who_is_not_paired(power_up, radio):
    await power_up()
    async with radio() as used, connected(used) as client:
        notify = [gatt.IMU, gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL]
        codes = [await att_error(client.start_notify(uuid, print)) for uuid in notify]
        codes.append(await att_error(client.write_gatt_char(gatt.CONTROL, b"\x10", response=True)))
        config = bytes(await client.read_gatt_char(gatt.CONFIG))

    assert codes == [0x0F] * 5
    assert config[0] == 0x02


async def test_a_version_1_sensor_is_open_to_everybody(power_up, radio):
    await power_up(control=False)
    heard = asyncio.Event()
    async with radio() as used, connected(used) as client:
        await client.start_notify(gatt.IMU, lambda *_: heard.set())
        await asyncio.wait_for(heard.wait(), 2)


async def test_a_sensor_with_a_passkey_is_not_content_with_a_key_made_without(
    power_up, radio, paired, air, tmp_path
):
    flash = tmp_path / "flash.json"
    await power_up(security=Security(bonds=flash))
    await paired()
    air.unplug(ADDRESS)
    await power_up(security=Security(PASSKEY, flash))

    async with radio() as used, connected(used) as client:
        await used.encrypt(client)
        codes = [
            await att_error(client.start_notify(gatt.IMU, print)),
            await att_error(client.write_gatt_char(gatt.CONTROL, b"\x10", response=True)),
        ]

    assert codes == [0x05, 0x05]


async def test_a_sensor_refuses_a_host_without_secure_connections(power_up, radio):
    sensor = await power_up()
    async with radio() as used, connected(used) as client:
        host = client._backend._connection.device
        host.pairing_config_factory = lambda _: pairing.PairingConfig(sc=False, mitm=False)
        with pytest.raises(Exception, match="AUTHENTICATION_REQUIREMENTS"):
            await client._backend._connection.pair()

    assert sensor.gate.paired == 0


async def test_a_sensor_gives_up_after_three_wrong_passkeys_until_it_is_opened_again(
    power_up, paired
):
    sensor = await power_up(security=Security(PASSKEY))
    whys = []
    for guess in (1, 2, 3, PASSKEY):
        with pytest.raises(UntrustedError) as error:
            await paired(passkey=guess)
        whys.append(error.value.why)

    sensor.gate.open()
    found, _ = await paired(passkey=PASSKEY)

    assert whys == [Distrust.PASSKEY_WRONG] * 3 + [Distrust.TOO_OFTEN]
    assert found.authenticated


async def test_a_sensor_keeps_its_bonds_where_only_its_owner_can_read_them(
    power_up, paired, tmp_path
):
    flash = tmp_path / "sensor" / "flash.json"
    await power_up(security=Security(bonds=flash))
    await paired()

    assert await asyncio.to_thread(modes, flash) == (0o600, 0o700)


async def test_a_sensor_has_room_for_four_hosts_and_the_oldest_gives_way(tmp_path):
    flash = tmp_path / "flash.json"
    gate = Gate(ADDRESS, Security(bonds=flash))
    for number in range(5):
        await gate.keep(f"F0:00:00:00:00:{number:02X}", PairingKeys.Key(bytes([number]) * 16))

    whole = json.loads(await asyncio.to_thread(flash.read_text))
    assert [host[-1] for host in whole["sensors"][ADDRESS]] == ["1", "2", "3", "4"]
    assert gate.bonds == 4


# Being used


async def test_the_first_sensor_is_paired_by_using_it_and_that_is_said(
    power_up, listen, path, caplog
):
    caplog.set_level(logging.INFO, "monitor.link")
    sensor = await power_up(name="back")
    listener = listen(bonds=Bonds(path))

    await listener.until(lambda: listener.frames())
    await sensor.set_battery(12)
    await listener.until(lambda: listener.link.status.battery_percent == 12)
    await listener.stop()

    [line] = [r.getMessage() for r in caplog.records if "paired" in r.getMessage()]
    assert line == (
        f"'back' ({ADDRESS}) is now paired with this computer; to undo: backwatch forget {ADDRESS}"
    )
    [sensor] = await known(path)
    assert (sensor.address, sensor.name) == (ADDRESS, "back")
    assert (sensor.encrypted, sensor.authenticated, sensor.battery_percent) == (True, False, 12)
    assert sensor.seen_ns is not None
    assert await asyncio.to_thread(modes, path) == (0o600, 0o700)


async def test_a_bond_serves_when_both_have_been_restarted(power_up, listen, path, air, tmp_path):
    flash = Security(bonds=tmp_path / "flash.json", pairing_s=0)
    await power_up(security=flash)
    first = listen(bonds=Bonds(path))
    await first.until(lambda: first.frames())
    await first.stop()
    key = await asyncio.to_thread(key_of, path)

    air.unplug(ADDRESS)
    sensor = await power_up(security=flash, boot_id=2)
    second = listen(bonds=Bonds(path))
    await second.until(lambda: second.frames())

    assert second.frames()[0].boot_id == 2
    assert sensor.gate.paired == 0
    assert await asyncio.to_thread(key_of, path) == key


async def test_another_sensor_is_not_used_once_one_is_paired_and_is_spoken_of_once(
    power_up, listen, paired, path, caplog
):
    caplog.set_level(logging.INFO, "monitor.link")
    mine = await power_up(name="mine")
    await paired()
    await mine.__aexit__(None, None, None)
    other = await power_up(name="other", number=2)
    listener = listen(bonds=Bonds(path), params=BRISK)

    await listener.until(lambda: len(listener.of(Idle)) >= 15)

    assert other.gate.paired == other.gate.turned_away == 0
    [line] = [r.getMessage() for r in caplog.records if "C0:00:00:00:00:02" in r.getMessage()]
    assert line == (
        "'other' (C0:00:00:00:00:02) is not used: it is near, but not one of your paired "
        "sensors; to use it: backwatch pair --sensor C0:00:00:00:00:02"
    )


async def test_a_sensor_with_the_name_of_ours_is_not_used(power_up, listen, paired, path, caplog):
    caplog.set_level(logging.INFO, "monitor.link")
    mine = await power_up(name="back")
    await paired()
    await mine.__aexit__(None, None, None)
    other = await power_up(name="back", number=2)
    listener = listen("back", bonds=Bonds(path), params=BRISK)

    await listener.until(lambda: len(listener.of(Idle)) >= 10)

    assert other.gate.paired == 0
    [line] = [r.getMessage() for r in caplog.records if "C0:00:00:00:00:02" in r.getMessage()]
    assert f"it has the name of your sensor {ADDRESS}" in line


async def test_a_sensor_asked_for_by_address_is_paired_though_there_is_another(
    power_up, listen, paired, path
):
    await power_up(name="mine")
    await paired()
    await power_up(name="new", number=2)
    listener = listen("C0:00:00:00:00:02", bonds=Bonds(path))

    await listener.until(lambda: listener.frames())

    assert [sensor.name for sensor in await known(path)] == ["mine", "new"]


async def test_a_version_1_sensor_is_used_and_said_to_be_unencrypted(
    power_up, listen, path, caplog
):
    await power_up(control=False)
    listener = listen(bonds=Bonds(path))
    await listener.until(lambda: listener.frames())

    [line] = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "has no encryption: anyone near can hear it" in line
    assert f"backwatch forget {ADDRESS}" in line
    [sensor] = await known(path)
    assert not sensor.encrypted


async def test_a_version_1_sensor_that_learns_to_encrypt_is_paired_then(
    power_up, listen, paired, path, air
):
    await power_up(control=False)
    before, _ = await paired()
    air.unplug(ADDRESS)
    await power_up()
    listener = listen(bonds=Bonds(path))
    await listener.until(lambda: listener.frames())

    assert not before.encrypted
    [sensor] = await known(path)
    assert sensor.encrypted


# Not being trusted: what is said is tried out


async def sensor_forgot(power_up, paired, air, **_):
    await power_up(security=Security())
    await paired()
    air.unplug(ADDRESS)
    return await power_up(security=Security())


async def key_differs(power_up, paired, air, tmp_path, **_):
    flash = Security(bonds=tmp_path / "flash.json")
    await power_up(security=flash)
    await paired()

    def change():
        whole = json.loads(flash.bonds.read_text())
        [bond] = whole["sensors"][ADDRESS].values()
        bond["value"] = bytes(16).hex()
        flash.bonds.write_text(json.dumps(whole))

    await asyncio.to_thread(change)
    air.unplug(ADDRESS)
    return await power_up(security=flash)


async def host_forgot(power_up, paired, path, **_):
    sensor = await power_up()
    await paired()

    def change():
        whole = json.loads(path.read_text())
        del whole["sensors"][0]["bond"]
        path.write_text(json.dumps(whole))

    await asyncio.to_thread(change)
    return sensor


async def downgrade(power_up, paired, air, **_):
    await power_up()
    await paired()
    air.unplug(ADDRESS)
    return await power_up(control=False)


async def closed(power_up, paired, tmp_path, **_):
    sensor = await power_up(security=Security(pairing_s=0))
    await paired(bonds=Bonds(tmp_path / "another computer" / "sensors.json"))
    return sensor


async def passkey_needed(power_up, **_):
    return await power_up(security=Security(PASSKEY))


async def unprotected(power_up, **_):
    return await power_up(security=None)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (sensor_forgot, Distrust.SENSOR_FORGOT),
        (key_differs, Distrust.KEY_DIFFERS),
        (host_forgot, Distrust.HOST_FORGOT),
        (downgrade, Distrust.DOWNGRADE),
        (closed, Distrust.CLOSED),
        (passkey_needed, Distrust.PASSKEY_NEEDED),
        (unprotected, Distrust.OPEN),
    ],
    ids=lambda value: value.name if isinstance(value, Distrust) else "",
)
async def test_who_is_not_trusted_is_refused_in_one_line_and_the_remedy_helps(
    happens, why, power_up, paired, listen, air, path, tmp_path, caplog
):
    caplog.set_level(logging.INFO, "monitor.link")
    sensor = await happens(power_up=power_up, paired=paired, air=air, path=path, tmp_path=tmp_path)
    before = await known(path)
    caplog.clear()
    listener = listen(bonds=Bonds(path), params=BRISK)
    reason = await refused(listener)
    heard = len(listener.of(Idle))
    await listener.until(lambda: len(listener.of(Idle)) >= heard + 12)
    refusals = listener.link.statistics().refused
    await listener.stop()

    assert why.value.format(at=ADDRESS) in reason
    lines = [r.getMessage() for r in caplog.records if ADDRESS in r.getMessage()]
    assert [reason] == lines
    assert not listener.of(Connected)
    assert refusals == 1
    assert await known(path) == before

    # As the line says.
    if "backwatch forget" in reason:
        bonds = Bonds(path)
        await asyncio.to_thread(bonds.forget, before[0])
    if "switch its pairing on" in reason:
        sensor.gate.open()
        sensor.gate._security = Security(pairing_s=60)
    if "update its firmware" in reason:
        air.unplug(ADDRESS)
        await power_up()
    passkey = PASSKEY if "--passkey NUMBER" in reason else None
    found, already = await paired(passkey=passkey)
    assert (found.address, already) == (ADDRESS, False)
    again = listen(bonds=Bonds(path), params=BRISK)
    await again.until(lambda: again.frames())


async def test_a_passkey_that_is_wrong_or_not_asked_for_pairs_nobody(power_up, paired, path):
    await power_up(security=Security(PASSKEY))
    await power_up(number=2)
    with pytest.raises(UntrustedError, match="read it again") as wrong:
        await paired(passkey=PASSKEY + 1)
    with pytest.raises(UntrustedError, match="without --passkey") as unused:
        await paired("C0:00:00:00:00:02", passkey=PASSKEY)

    assert str(wrong.value).startswith(f"'Backwatch 1' ({ADDRESS}) is not used: ")
    assert (wrong.value.why, unused.value.why) == (Distrust.PASSKEY_WRONG, Distrust.PASSKEY_UNUSED)
    assert await known(path) == ()


async def forget(path):
    bonds = Bonds(path)
    await asyncio.to_thread(lambda: bonds.forget(bonds.find(VIRTUAL, ADDRESS)))


async def test_a_sensor_forgotten_after_it_lost_its_key_is_used_again_only_once_it_is_paired(
    power_up, listen, paired, radio, path, air
):
    sensor = await sensor_forgot(power_up, paired, air)
    async with radio() as used:
        listener = listen(radio=used, params=BRISK)
        await refused(listener)
        lost = listener.link.status.distrust
        await forget(path)
        await listener.until(lambda: listener.link.status.distrust is Distrust.FORGOTTEN)
        heard = len(listener.of(Idle))
        await listener.until(lambda: len(listener.of(Idle)) >= heard + 12)
        gone = await known(path), sensor.gate.paired, listener.of(Connected)

        await pair(used, ADDRESS)
        await listener.until(lambda: listener.frames())
        await listener.stop()

    assert lost is Distrust.SENSOR_FORGOT
    assert gone == ((), 0, [])
    assert listener.link.status.distrust is None


async def test_a_sensor_forgotten_while_it_is_used_makes_room_for_another(
    power_up, listen, radio, path
):
    sensor = await power_up()
    async with radio() as used:
        listener = listen(radio=used, params=BRISK)
        await listener.until(lambda: listener.frames())
        await forget(path)
        await sensor.reboot(8)
        await listener.until(lambda: listener.link.status.distrust is Distrust.FORGOTTEN)
        again = [frame for frame in listener.frames() if frame.boot_id == 8]

        await power_up(name="other", number=2)
        await listener.until(lambda: len(listener.of(Connected)) == 2)
        await listener.stop()

    assert again == []
    assert listener.of(Connected)[1].address == "C0:00:00:00:00:02"


async def test_a_sensor_forgotten_before_it_is_named_is_paired(power_up, listen, paired, path):
    await power_up()
    await paired()
    await forget(path)

    listener = listen(ADDRESS, bonds=Bonds(path))
    await listener.until(lambda: listener.frames())

    assert [sensor.address for sensor in await known(path)] == [ADDRESS]


async def test_a_link_that_wants_a_passkey_asks_once_and_goes_on_when_it_is_given(
    power_up, listen, radio, path
):
    sensor = await power_up(security=Security(PASSKEY))
    async with radio() as used:
        listener = listen(radio=used, params=BRISK)
        await refused(listener)
        heard = len(listener.of(Idle))
        await listener.until(lambda: len(listener.of(Idle)) >= heard + 20)
        asked = sensor.gate.turned_away

        await pair(used, ADDRESS, passkey=PASSKEY)
        await listener.until(lambda: listener.frames())
        await listener.stop()

    assert asked == 1
    [found] = await known(path)
    assert found.authenticated


async def test_a_second_program_with_our_keys_is_told_to_wait(power_up, listen, path, paired):
    await power_up()
    listener = listen(bonds=Bonds(path))
    await listener.until(lambda: listener.frames())

    with pytest.raises(Exception, match="another Backwatch uses it"):
        await paired("other")

    frames = len(listener.frames())
    await listener.until(lambda: len(listener.frames()) > frames + 3)


async def test_pairing_is_asked_which_where_there_are_several(power_up, paired):
    await power_up(name="left", number=1)
    await power_up(name="\x1b[31mright", number=2)

    with pytest.raises(NotPairedError) as told:
        await paired(None)
    found, _ = await paired("left")
    rest, _ = await paired(None)

    assert "2 sensors are near: 'left' C0:00:00:00:00:01, '\\x1b[31mright'" in str(told.value)
    assert (found.name, rest.name) == ("left", "\x1b[31mright")


async def test_a_device_that_only_looks_like_a_sensor_is_not_paired(power_up_foreign, paired, path):
    imu = Characteristic(gatt.IMU, Characteristic.Properties.NOTIFY, Characteristic.READABLE, b"")
    await power_up_foreign([imu])

    with pytest.raises(NotPairedError, match="is no Backwatch sensor"):
        await paired(None)

    assert await known(path) == ()


async def test_nobody_there_is_said_with_what_to_look_at(paired):
    with pytest.raises(NotPairedError, match="is it switched on"):
        await paired(None)


async def test_a_device_that_lets_everyone_command_it_is_no_sensor(power_up_foreign, listen, path):
    valid = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
    notify, write = Characteristic.Properties.NOTIFY, Characteristic.Properties.WRITE
    await power_up_foreign(
        [
            Characteristic(gatt.IMU, notify, Characteristic.READABLE, b""),
            Characteristic(gatt.CONTROL, notify | write, Characteristic.WRITEABLE, b""),
            Characteristic(
                gatt.CONFIG, Characteristic.Properties.READ, Characteristic.READABLE, valid
            ),
        ],
        unprotected=True,
    )
    listener = listen(bonds=Bonds(path))

    assert "lets anyone near use it without encryption" in await refused(listener)


# Keys


async def test_no_key_and_no_passkey_is_in_a_log_a_tape_or_an_error(
    power_up, paired, path, air, tmp_path, caplog, capsys
):
    caplog.set_level(logging.DEBUG)
    await power_up(security=Security(PASSKEY))
    with pytest.raises(UntrustedError) as wrong:
        await paired(passkey=PASSKEY - 1)
    await paired(passkey=PASSKEY)
    tape = await asyncio.to_thread(TapeWriter, tmp_path / "live.tape")
    link = BleLink(adapter=f"virtual:127.0.0.1:{air.port}", bonds=Bonds(path))
    count = 0
    async for _ in RecordedLink(link, tape):
        count += 1
        if count == 12:
            link.close()
    await asyncio.to_thread(tape.close)

    def told():
        config = ["--db", str(path.with_name("days.db"))]
        assert main(["sensors", *config]) == main(["sensors", "--json", *config]) == 0
        printed = capsys.readouterr()
        return printed.out + printed.err + (tmp_path / "live.tape").read_text()

    whole = await asyncio.to_thread(told) + caplog.text + str(wrong.value) + repr(wrong.value)
    key = await asyncio.to_thread(key_of, path)
    assert count >= 12
    assert "C0:00:00:00:00:01" in whole
    for secret in (key.hex(), key[::-1].hex(), repr(key), str(PASSKEY), str(PASSKEY - 1)):
        assert secret.lower() not in whole.lower()


def test_a_bond_hides_its_key():
    assert "65" not in repr(Bond(b"e" * 16, True))
    assert str(PASSKEY) not in repr(Security(PASSKEY))


# The commands


@pytest.fixture
def device(tmp_path, monkeypatch):
    """A simulated device with a passkey in a process of its own; its adapter and address."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    arguments = ["--port", "0", "--exit-with-stdin", "--passkey", "000042", "--name", "\x1b[1mb"]
    with subprocess.Popen(
        [sys.executable, "-m", "backwatch", "simulate-device", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**__import__("os").environ, "PYTHONPATH": ":".join(sys.path)},
    ) as process:
        ready = json.loads(process.stdout.readline())
        yield ready["adapter"], ready["address"]
        process.kill()


def test_pair_sensors_and_forget_as_a_person_types_them(device, capsys):
    adapter, address = device
    look = ["pair", "--adapter", adapter, "--seconds", "0.5"]

    assert main(["sensors"]) == 0
    assert "backwatch pair" in capsys.readouterr().err
    assert main(look) == 2
    needed = capsys.readouterr().err
    assert main([*look, "--passkey", "000041"]) == 2
    wrong = capsys.readouterr().err
    assert main([*look, "--passkey", "000042", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["sensors"]) == 0
    listed = capsys.readouterr().out
    assert main(["forget", address]) == 0
    assert main(["sensors", "--json"]) == 0
    after = capsys.readouterr().out

    assert needed.count("\n") == wrong.count("\n") == 1
    assert f"backwatch pair --sensor {address} --passkey NUMBER" in needed
    assert "read it again" in wrong
    assert (told["address"], told["authenticated"], told["battery_percent"]) == (address, True, 87)
    assert "\\x1b[1mb" in listed
    assert "\x1b" not in needed + wrong + listed + after
    assert "encrypted, checked by passkey" in listed
    assert "battery 87 %" in listed
    assert json.loads(after.splitlines()[-1]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pair", "--passkey", "12345"], "six digits"),
        (["pair", "--passkey", "000000"], "000000"),
        (["pair", "--passkey", "١٢٣٤٥٦"], "six digits"),
        (["pair", "--seconds", "nan"], "--seconds"),
        (["pair", "--adapter", "virtual:127.0.0.1:1"], "simulate-device --port 1"),
        (["pair", "--adapter", "pigeon:1"], "pigeon"),
        (["pair", "--sensor", "movesense:", "--passkey", "123456"], "no passkey"),
        (["forget", "nobody"], "backwatch sensors"),
        (["simulate-device", "--passkey", "abc", "--port", "0"], "six digits"),
        (["simulate-device", "--protocol", "1", "--passkey", "123456"], "protocol 2"),
        (["simulate-device", "--pairing", "-1", "--port", "0"], "--pairing"),
        (["simulate-device", "--bonds", "/dev/null/x", "--port", "0"], "--bonds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_said_in_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert main(arguments) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert message in error
    assert "123456" not in error


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of the list, and a system without Bluetooth."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "backwatch"


def listed(home, *sensors):
    bonds = Bonds(home / "sensors.json")
    for number, (name, radio) in enumerate(sensors, start=1):
        bonds.add(
            KnownSensor("backwatch", f"C0:00:00:00:00:{number:02X}", name, radio, 7, True, False)
        )
    return bonds


def test_a_name_that_two_sensors_have_is_asked_about(home, capsys):
    bonds = listed(home, ("back", VIRTUAL), ("back", VIRTUAL))

    assert main(["forget", "back"]) == 2
    told = capsys.readouterr().err
    assert main(["forget", "c0:00:00:00:00:02"]) == 0

    assert "C0:00:00:00:00:01, C0:00:00:00:00:02" in told
    assert [sensor.address for sensor in bonds.known()] == [ADDRESS]


def test_all_are_forgotten_and_what_the_system_keeps_is_named(home, capsys):
    bonds = listed(home, ("\x1b[2Jback", RadioKind.SYSTEM), ("waist", VIRTUAL))

    assert main(["forget", "--all"]) == 0
    told = capsys.readouterr()
    assert main(["forget", "--all"]) == 0

    assert told.out.splitlines() == [
        "Forgotten: \\x1b[2Jback C0:00:00:00:00:01",
        "Forgotten: waist C0:00:00:00:00:02",
    ]
    assert told.err.count("\n") == 1
    assert "bluetoothctl remove C0:00:00:00:00:01" in told.err
    assert bonds.known() == ()


@pytest.mark.parametrize(
    "command", [["sensors"], ["forget", "--all"], ["pair", "--adapter", "virtual:127.0.0.1:1"]]
)
def test_a_list_that_cannot_be_read_is_one_line_and_left_alone(home, capsys, command):
    home.mkdir()
    (home / "sensors.json").write_text("my notes")

    assert main(command) == 2

    told = capsys.readouterr().err.splitlines()
    assert "move it away" in told[-1]
    assert (home / "sensors.json").read_text() == "my notes"
