"""Devices that are not what they seem."""

import asyncio
import logging

import pytest
from bumble.gatt import Characteristic, CharacteristicValue

from firmware_protocol import SensorConfig, encode_config, gatt
from monitor.link import LinkParams, discover
from monitor.model import Connected

READ = Characteristic.Properties.READ
NOTIFY = Characteristic.Properties.NOTIFY
READABLE = Characteristic.READABLE


def imu():
    return Characteristic(gatt.IMU, NOTIFY, READABLE, b"")


def config(value):
    return Characteristic(gatt.CONFIG, READ, READABLE, value)


def version_9():
    valid = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
    return valid[:1] + bytes([9]) + valid[2:]


@pytest.mark.parametrize(
    ("characteristics", "reason"),
    [
        ([imu()], gatt.CONFIG),
        ([imu(), config(b"")], "no bytes at all"),
        ([imu(), config(b"hello there")], "message type 0x68"),
        ([imu(), config(version_9())], "protocol version 9"),
        ([config(encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10)))], gatt.IMU),
    ],
    ids=["no config", "empty config", "garbage", "other version", "no imu"],
)
async def test_a_device_that_is_no_sensor_of_ours_is_refused_with_the_reason(
    power_up_foreign, listen, characteristics, reason
):
    told = asyncio.Event()
    seen = []

    def on_status(status):
        seen.append(status)
        told.set()

    listener = listen(on_status=on_status)
    await power_up_foreign(characteristics)
    await asyncio.wait_for(told.wait(), 5)

    assert reason in seen[0].reason
    assert "C0:00:00:00:00:66" in seen[0].reason
    assert not listener.of(Connected)
    assert listener.link.statistics().refused == 1


async def test_a_foreign_device_does_not_stand_in_the_way_of_a_sensor(
    power_up, power_up_foreign, listen, caplog
):
    caplog.set_level(logging.WARNING, "monitor.link")
    listener = listen()
    await power_up_foreign([imu()])
    await listener.until(lambda: listener.link.statistics().refused == 1)

    await power_up(number=1)
    await listener.until(lambda: listener.frames())

    assert listener.of(Connected)[0].address == "C0:00:00:00:00:01"
    assert listener.link.statistics().refused == 1
    assert ["is not used" in record.getMessage() for record in caplog.records] == [True]


async def test_a_sensor_without_a_battery_service_is_used(power_up_foreign, listen):
    valid = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
    await power_up_foreign([imu(), config(valid)])
    listener = listen()

    await listener.until(lambda: listener.of(Connected))

    assert listener.link.status.battery_percent is None


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE sensors; --",
        "\x1b[2J\x1b[31mroot#",
        "‮txet desrever",
        "line\nbreak\x00nul",
    ],
)
async def test_a_hostile_name_passes_as_text(air, power_up, listen, name):
    await power_up(name=name)
    found = await discover(f"virtual:127.0.0.1:{air.port}", 0.4)
    listener = listen(name)

    await listener.until(lambda: listener.of(Connected))

    assert [f.name for f in found] == [name]
    assert listener.of(Connected)[0].name == name


async def test_a_name_that_is_not_utf8_is_still_text(power_up, listen):
    await power_up(name="caf\udce9")
    listener = listen()

    await listener.until(lambda: listener.of(Connected))

    assert listener.of(Connected)[0].name == "caf\N{REPLACEMENT CHARACTER}"


async def test_a_device_that_never_answers_is_given_up_and_tried_again(power_up_foreign, listen):
    questions = asyncio.Queue()

    async def never(_):
        questions.put_nowait("who are you?")
        await asyncio.Event().wait()

    await power_up_foreign([imu(), config(CharacteristicValue(read=never))])
    listener = listen(params=LinkParams(connect_s=0.3))

    async with asyncio.timeout(8):
        await questions.get()
        await questions.get()

    assert not listener.of(Connected)
