"""A sensor that is lost is noticed, told, and found again."""

import asyncio
import itertools
import logging
import signal
import sys

import pytest

from monitor.link import AdapterError, BleLink, Phase
from monitor.model import Connected, Disconnected, Idle, Notified
from simulator.air import Air

ADDRESS = "C0:00:00:00:00:01"


def are_contiguous(frames):
    return all(b.sequence == a.sequence + len(a.counts) for a, b in itertools.pairwise(frames))


async def test_a_killed_sensor_process_is_lost_and_found_again(air, listen, tmp_path):
    listener = listen()
    first = await start_process(air, tmp_path / "flash.json")
    await listener.until(lambda: listener.frames(), within_s=20)

    first.send_signal(signal.SIGKILL)
    await first.wait()
    await listener.until(lambda: listener.of(Disconnected))
    second = await start_process(air, tmp_path / "flash.json")
    await listener.until(lambda: len(listener.of(Connected)) == 2, within_s=20)
    await listener.until(lambda: len({f.boot_id for f in listener.frames()}) == 2)

    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0


async def test_a_sensor_without_power_is_lost_and_found_again(air, power_up, listen):
    await power_up(boot_id=1)
    listener = listen()
    await listener.until(lambda: listener.frames())

    air.unplug(ADDRESS)
    await listener.until(lambda: listener.of(Disconnected))
    assert listener.link.status.phase is Phase.LOST
    await power_up(boot_id=2)
    await listener.until(lambda: listener.frames()[-1].boot_id == 2)

    assert listener.of(Disconnected)[0].reason == "connection lost"
    kinds = [type(e) for e in listener.events if not isinstance(e, Notified | Idle)]
    assert kinds == [Connected, Disconnected, Connected]
    assert listener.link.status.phase is Phase.CONNECTED
    assert listener.link.statistics().lost == 1


async def test_a_moment_out_of_range_loses_nothing(air, power_up, listen):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    air.set_in_range(ADDRESS, False)
    await asyncio.sleep(0.05)  # what was already on its way arrives
    n = len(listener.frames())
    await asyncio.sleep(0.25)  # half the supervision timeout
    assert len(listener.frames()) == n
    air.set_in_range(ADDRESS, True)
    await listener.until(lambda: len(listener.frames()) >= n + 5)

    assert not listener.of(Disconnected)
    assert are_contiguous(listener.frames())


async def test_longer_out_of_range_is_a_loss_and_a_gap_in_the_same_boot(air, power_up, listen):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    air.set_in_range(ADDRESS, False)
    await listener.until(lambda: listener.of(Disconnected))
    assert listener.of(Disconnected)[0].reason == "connection lost"
    before = listener.frames()
    air.set_in_range(ADDRESS, True)
    await listener.until(lambda: len(listener.frames()) > len(before))

    after = listener.frames()[len(before) :]
    assert after[0].boot_id == before[-1].boot_id
    assert after[0].sequence > before[-1].sequence + 10


async def test_a_silent_sensor_is_disconnected_and_tried_again(power_up, listen):
    sensor = await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    sensor.silent = True
    await listener.until(lambda: listener.of(Disconnected))
    sensor.silent = False
    n = len(listener.frames())
    await listener.until(lambda: len(listener.frames()) > n)

    assert "no data" in listener.of(Disconnected)[0].reason
    assert listener.link.statistics().stalled == 1


async def test_a_lost_adapter_is_opened_again(power_up, listen, air):
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    for address in air.addresses - {ADDRESS}:
        air.unplug(address)  # the link's own controller, as a dongle that is pulled
    await listener.until(lambda: listener.of(Disconnected), within_s=1)
    await listener.until(lambda: len(listener.of(Connected)) == 2)

    assert listener.link.statistics().lost == 1


async def test_an_adapter_that_stays_away_for_a_while_is_tried_again(power_up, listen):
    port = None
    async with Air(supervision_timeout_s=0.5) as first:
        port = first.port
        listener = listen(adapter=f"virtual:127.0.0.1:{port}")
        await listener.until(lambda: listener.of(Idle))
    await listener.until(lambda: listener.link.status.phase is Phase.SEARCHING)

    async with Air(port, supervision_timeout_s=0.5) as second:
        await power_up(air=second)
        await listener.until(lambda: listener.frames(), within_s=15)
        await listener.stop()

    assert isinstance(listener.events[-1], Disconnected)


async def test_a_loss_is_logged_once_and_so_is_the_return(air, power_up, listen, caplog):
    caplog.set_level(logging.INFO, "monitor.link")
    await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())

    air.unplug(ADDRESS)
    await listener.until(lambda: listener.of(Disconnected))
    await listener.until(lambda: isinstance(listener.events[-1], Idle))
    await power_up()
    await listener.until(lambda: len(listener.of(Connected)) == 2)

    told = [(r.levelname, r.getMessage()) for r in caplog.records if "monitor.link" in r.name]
    assert [level for level, _ in told] == ["WARNING", "INFO"]
    assert "is lost" in told[0][1]
    assert "is back after" in told[1][1]


async def test_doubled_notifications_come_through_in_order(power_up, listen):
    sensor = await power_up()
    sensor.repeats = 2
    listener = listen()

    await listener.until(lambda: len(listener.frames()) >= 20)

    sequences = [f.sequence for f in listener.frames()]
    sequences = sequences[1:] if sequences[0] != sequences[1] else sequences
    pairs = list(zip(sequences[::2], sequences[1::2], strict=False))
    assert all(a == b for a, b in pairs)
    assert [a for a, _ in pairs] == [pairs[0][0] + 10 * i for i in range(len(pairs))]


async def test_without_a_name_the_first_sensor_is_kept(air, power_up, listen):
    await power_up(number=1)
    listener = listen()
    await listener.until(lambda: listener.frames())

    await power_up(name="somebody else's", number=2)
    air.unplug(ADDRESS)
    await listener.until(lambda: listener.of(Disconnected))
    await listener.until(lambda: len(listener.of(Idle)) >= 2)
    await power_up(number=1)
    await listener.until(lambda: len(listener.of(Connected)) == 2)

    assert [e.address for e in listener.of(Connected)] == [ADDRESS, ADDRESS]


async def test_an_adapter_that_was_never_there_ends_the_link_with_the_reason():
    link = BleLink(adapter="virtual:127.0.0.1:1")
    events = []

    async def listen():
        async for event in link:
            events.append(event)

    with pytest.raises(AdapterError, match="no virtual air answers"):
        await listen()

    assert isinstance(events[-1], Disconnected)
    assert "simulate-device --port 1" in events[-1].reason


async def start_process(air, flash):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "backwatch",
        "simulate-device",
        "--json",
        "--exit-with-stdin",
        "--air",
        f"127.0.0.1:{air.port}",
        "--bonds",
        str(flash),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert b'"ready": true' in await asyncio.wait_for(process.stdout.readline(), 30)
    return process
