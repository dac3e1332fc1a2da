"""What arrives over a virtual air is what the sensor measured."""

import asyncio
import itertools

import numpy as np

from firmware_protocol import decode_config, gatt
from firmware_protocol.control import CONTROL_VERSION
from monitor.link import Phase, discover
from monitor.model import Connected, Idle, Notified


async def test_a_scan_finds_the_sensors_with_their_names(air, power_up):
    await power_up(name="left", number=1)
    await power_up(name="right", number=2)

    found = await discover(f"virtual:127.0.0.1:{air.port}", 0.5)

    assert {(f.address, f.name) for f in found} == {
        ("C0:00:00:00:00:01", "left"),
        ("C0:00:00:00:00:02", "right"),
    }
    assert all(f.rssi_dbm < 0 for f in found)


async def test_frames_arrive_intact_and_in_order(power_up, listen, numbered):
    await power_up()
    listener = listen()

    await listener.until(lambda: len(listener.frames()) >= 10)

    got = listener.frames()
    first = got[0].sequence
    assert [f.sequence for f in got] == [first + 10 * i for i in range(len(got))]
    assert all(f.boot_id == 7 for f in got)
    assert all(f.device_us == f.sequence * 10_000 for f in got)
    counts = np.concatenate([f.counts for f in got])
    assert np.array_equal(counts, numbered(np.arange(first, first + len(counts))))
    assert listener.link.statistics().dropped == 0


async def test_frames_keep_the_pace_of_the_sensor(power_up, listen):
    await power_up()
    listener = listen()

    await listener.until(lambda: len(listener.frames()) >= 12)

    times = [e.at_ns for e in listener.of(Notified) if e.characteristic == gatt.IMU]
    assert 0.9e9 < times[11] - times[0] < 1.6e9  # 11 frames of 100 ms


async def test_a_sensor_samples_before_anybody_listens(power_up, listen):
    sensor = await power_up()
    first = listen()
    await first.until(lambda: first.frames())
    await first.stop()
    sampled = sensor.statistics().core.samples
    await asyncio.sleep(0.5)  # time for five frames nobody hears
    second = listen()

    await second.until(lambda: second.frames())

    assert second.frames()[0].sequence >= sampled + 40


async def test_connected_comes_first_then_config_and_battery(power_up, listen):
    await power_up(name="back", battery_percent=61)
    listener = listen()

    await listener.until(lambda: len(listener.frames()) >= 1)

    events = [e for e in listener.events if not isinstance(e, Idle)]
    assert events[0] == Connected(events[0].at_ns, "C0:00:00:00:00:01", "back")
    assert events[1].characteristic == gatt.CONFIG
    config = decode_config(events[1].payload)
    assert (config.boot_id, config.rate_mhz, config.samples_per_frame) == (7, 100_000, 10)
    assert (events[2].characteristic, events[2].payload) == (gatt.BATTERY_LEVEL, bytes([61]))
    assert listener.link.status.firmware == f"{CONTROL_VERSION}.0 (simulated)"
    assert all(e.at_ns <= f.at_ns for e, f in itertools.pairwise(events))


async def test_a_change_of_charge_is_notified_and_shown(power_up, listen):
    sensor = await power_up()
    listener = listen()
    await listener.until(lambda: len(listener.frames()) >= 1)

    await sensor.set_battery(12)
    await listener.until(
        lambda: any(
            e.characteristic == gatt.BATTERY_LEVEL and e.payload == bytes([12])
            for e in listener.of(Notified)
        )
    )

    assert listener.link.status.battery_percent == 12


async def test_a_small_mtu_gives_smaller_frames_and_loses_nothing(power_up, listen):
    await power_up(mtu=100)
    listener = listen()

    await listener.until(lambda: len(listener.frames()) >= 12)

    got = listener.frames()
    assert max(len(f.counts) for f in got) < 10
    assert all(b.sequence == a.sequence + len(a.counts) for a, b in itertools.pairwise(got))
    assert decode_config(listener.of(Notified)[0].payload).samples_per_frame == max(
        len(f.counts) for f in got
    )


async def test_the_status_follows_the_connection(power_up, listen):
    seen = []
    listener = listen(on_status=seen.append)
    await power_up(name="back")

    await listener.until(lambda: len(listener.frames()) >= 1)
    await listener.stop()

    assert [s.phase for s in seen if s.battery_percent is not None] == [
        Phase.CONNECTED,
        Phase.CLOSED,
    ]
    assert (seen[-1].name, seen[-1].address) == ("back", "C0:00:00:00:00:01")


async def test_idle_comes_while_there_is_no_sensor(listen):
    listener = listen()

    await listener.until(lambda: len(listener.of(Idle)) >= 2)

    assert listener.link.status.phase is Phase.SEARCHING


async def test_a_sensor_is_chosen_by_name_or_by_address(power_up, listen):
    await power_up(name="left", number=1)
    await power_up(name="right", number=2)
    by_name = listen("right")
    by_address = listen("c0:00:00:00:00:01")

    await by_name.until(lambda: by_name.of(Connected))
    await by_address.until(lambda: by_address.of(Connected))

    assert by_name.of(Connected)[0].address == "C0:00:00:00:00:02"
    assert by_address.of(Connected)[0].name == "left"
