"""A closed link ends within a second, with a Disconnected, whatever it was doing."""

import asyncio
import time

import pytest
from bleak import BleakClient, BleakScanner
from bumble.gatt import Characteristic, CharacteristicValue

from firmware_protocol import gatt
from monitor.link import BleLink, Phase
from monitor.link.bumble_backend import BumbleAdapter, BumbleClient, BumbleScanner
from monitor.model import Connected, Disconnected, Idle

ADDRESS = "C0:00:00:00:00:01"


async def close_and_check(listener):
    started = time.monotonic()
    listener.link.close()
    listener.link.close()
    await listener.ended(within_s=3)
    took_s = time.monotonic() - started

    assert took_s < 1.0
    assert listener.events[-1] == Disconnected(listener.events[-1].at_ns, "closed")
    assert listener.link.status.phase is Phase.CLOSED


async def test_closed_before_it_began(air):
    link = BleLink(adapter=f"virtual:127.0.0.1:{air.port}")
    link.close()

    events = [event async for event in link]

    assert [type(event) for event in events] == [Disconnected]


async def test_closed_while_opening_the_adapter(listen):
    listener = listen()
    await asyncio.sleep(0)

    await close_and_check(listener)


async def test_closed_while_searching(listen):
    listener = listen()
    await listener.until(lambda: listener.of(Idle))

    await close_and_check(listener)


async def test_closed_while_asking_a_sensor_who_it_is(power_up_foreign, listen):
    asked = asyncio.Event()

    async def never(_):
        asked.set()
        await asyncio.Event().wait()

    await power_up_foreign(
        [
            Characteristic(
                gatt.CONFIG,
                Characteristic.Properties.READ,
                Characteristic.READABLE,
                CharacteristicValue(read=never),
            )
        ]
    )
    listener = listen()
    await asyncio.wait_for(asked.wait(), 5)

    await close_and_check(listener)


async def test_closed_while_connected(power_up, listen):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    await close_and_check(listener)

    assert len(listener.of(Disconnected)) == 1


async def test_closed_while_the_sensor_is_out_of_range(air, power_up, listen):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())
    air.set_in_range(ADDRESS, False)

    await close_and_check(listener)


async def test_closed_after_a_loss(air, power_up, listen):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())
    air.unplug(ADDRESS)
    await listener.until(lambda: listener.of(Disconnected))

    await close_and_check(listener)


async def test_a_reader_that_is_cancelled_leaves_no_connection_behind(power_up, listen):
    sensor = await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    await listener.cancel()
    again = listen(sensor.address)

    await again.until(lambda: again.of(Connected))


async def test_a_sensor_is_free_again_after_the_close(power_up, listen):
    await power_up()
    first = listen()
    await first.until(lambda: first.frames())
    await first.stop()
    second = listen()

    await second.until(lambda: second.frames())

    assert second.of(Connected)


async def test_a_cancelled_connect_leaves_no_attempt_in_the_controller(air, power_up):
    await power_up(number=1)
    await power_up(number=2)
    adapter = BumbleAdapter(f"tcp-client:127.0.0.1:{air.port}")
    found = {}
    scanner = BleakScanner(service_uuids=[gatt.SERVICE], backend=BumbleScanner, bumble=adapter)
    async with asyncio.timeout(3), scanner:
        async for device, _ in scanner.advertisement_data():
            found[device.address] = device
            if len(found) == 2:
                break
    air.set_in_range(ADDRESS, False)
    attempt = asyncio.create_task(
        BleakClient(found[ADDRESS], backend=BumbleClient, bumble=adapter).connect()
    )
    await asyncio.sleep(0.2)

    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt

    other = BleakClient(found["C0:00:00:00:00:02"], backend=BumbleClient, bumble=adapter)
    async with asyncio.timeout(3), other:
        assert other.is_connected
    await adapter.close()
