"""Several sensors on one radio: found, told apart, and held, each for itself."""

import asyncio
import itertools
import logging

import pytest

from monitor.link import Phase, Radio, discover
from monitor.link.reconnect import POLICIES, Failure, Policy
from monitor.model import Connected, Disconnected
from simulator.device import DeviceParams

FIRST, SECOND, THIRD = (f"C0:00:00:00:00:{number:02X}" for number in (1, 2, 3))


@pytest.fixture
async def radio(air):
    radio = Radio(f"virtual:127.0.0.1:{air.port}")
    yield radio
    await radio.close()


@pytest.fixture
def scanners(monkeypatch):
    """Every scanner that is started, whether it runs now."""
    from bleak import BleakScanner

    started = []
    start, stop = BleakScanner.start, BleakScanner.stop

    async def starting(self):
        await start(self)
        started.append((self, True))

    async def stopping(self):
        await stop(self)
        started[:] = [(one, one is not self and runs) for one, runs in started]

    monkeypatch.setattr(BleakScanner, "start", starting)
    monkeypatch.setattr(BleakScanner, "stop", stopping)
    return started


def address(listener):
    return listener.of(Connected)[-1].address if listener.of(Connected) else None


def are_contiguous(frames):
    return all(b.sequence == a.sequence + len(a.counts) for a, b in itertools.pairwise(frames))


async def test_three_links_hear_three_sensors_at_unequal_rates_without_a_gap(
    power_up, listen, radio
):
    rates_hz = {FIRST: 100.0, SECOND: 50.0, THIRD: 200.0}
    for number, rate_hz in enumerate(rates_hz.values(), start=1):
        await power_up(
            name=f"Back {number}",
            number=number,
            params=DeviceParams(rate_hz),
        )

    listeners = [listen(sensor, radio=radio) for sensor in rates_hz]
    for listener in listeners:
        await listener.until(lambda listener=listener: len(listener.frames()) >= 8)

    assert [address(listener) for listener in listeners] == list(rates_hz)
    assert all(are_contiguous(listener.frames()) for listener in listeners)
    assert radio.slots().held == 3
    assert {listener.link.status.slots for listener in listeners} == {radio.slots()}


async def test_links_that_take_any_sensor_never_take_the_same(power_up, listen, radio):
    for number in (1, 2, 3):
        await power_up(name=f"Back {number}", number=number)

    listeners = [listen(radio=radio) for _ in range(3)]
    for listener in listeners:
        await listener.until(lambda listener=listener: listener.frames())

    assert {address(listener) for listener in listeners} == {FIRST, SECOND, THIRD}


async def test_one_is_lost_while_the_other_runs_on(air, power_up, listen, radio):
    for number in (1, 2):
        await power_up(name=f"Back {number}", number=number)
    lost, other = listen(FIRST, radio=radio), listen(SECOND, radio=radio)
    await lost.until(lambda: lost.frames())
    await other.until(lambda: other.frames())

    air.set_in_range(FIRST, False)
    await lost.until(lambda: lost.of(Disconnected))
    n = len(other.frames())
    await other.until(lambda: len(other.frames()) >= n + 5)
    assert lost.link.status.phase is Phase.LOST
    assert radio.slots().held == 1
    air.set_in_range(FIRST, True)
    await lost.until(lambda: len(lost.of(Connected)) == 2)

    assert [event.address for event in lost.of(Connected)] == [FIRST, FIRST]
    assert not other.of(Disconnected)
    assert are_contiguous(other.frames())


async def test_a_lost_sensor_is_not_taken_by_another_link_that_searches(power_up, listen, radio):
    sensor = await power_up(number=1)
    owner = listen(radio=radio)
    await owner.until(lambda: owner.frames())
    searching = listen(radio=radio)

    await sensor.reboot(boot_id=9)
    await owner.until(lambda: len(owner.of(Connected)) == 2)

    assert not searching.of(Connected)
    assert searching.link.status.phase is Phase.SEARCHING


async def test_two_started_one_found_the_one_works_and_the_other_is_searched(
    power_up, listen, radio
):
    await power_up(number=1)
    found, missing = listen(FIRST, radio=radio), listen(SECOND, radio=radio)

    await found.until(lambda: len(found.frames()) >= 5)

    assert found.link.status.phase is Phase.CONNECTED
    assert missing.link.status.phase is Phase.SEARCHING
    await power_up(number=2)
    await missing.until(lambda: missing.frames())
    assert address(missing) == SECOND


async def test_two_sensors_of_one_name_are_told_apart_by_address_and_it_is_said(
    power_up, listen, radio, caplog
):
    for number in (2, 1):
        await power_up(name="Back", number=number)

    with caplog.at_level(logging.WARNING, "monitor"):
        one = listen("Back", radio=radio)
        await one.until(lambda: one.frames())
        other = listen("Back", radio=radio)
        await other.until(lambda: other.frames())

    assert (address(one), address(other)) == (FIRST, SECOND)
    said = [record.message for record in caplog.records if "several" in record.message]
    assert said
    assert f"'Back': {FIRST}, {SECOND}; name the one that is meant by its address" in said[0]


async def test_a_link_by_name_comes_back_to_the_sensor_it_had(air, power_up, listen, radio):
    await power_up(name="Back", number=2)
    link = listen("Back", radio=radio)
    await link.until(lambda: link.frames())

    air.set_in_range(SECOND, False)
    await link.until(lambda: link.of(Disconnected))
    await power_up(name="Back", number=1)  # nearer now, and another one
    await asyncio.sleep(1.2)  # a whole search passes by it
    air.set_in_range(SECOND, True)
    await link.until(lambda: len(link.of(Connected)) == 2)

    assert address(link) == SECOND


async def test_all_who_search_share_one_scan_and_it_ends_with_the_last(
    power_up, listen, radio, scanners
):
    heard = [listen(sensor, radio=radio) for sensor in (FIRST, SECOND, THIRD)]
    found = await discover(seconds=0.5, radio=radio)
    assert found == []
    assert len([one for one, runs in scanners if runs]) == 1
    assert len(scanners) == 1

    await power_up(number=1)
    await heard[0].until(lambda: heard[0].frames())
    assert len([one for one, runs in scanners if runs]) == 1  # on again after connecting
    for listener in heard:
        await listener.stop()

    assert not [one for one, runs in scanners if runs]


async def test_a_wider_search_widens_the_scan(power_up, radio, scanners):
    from firmware_protocol import gatt

    await power_up(number=1)
    narrow, wide = asyncio.Event(), asyncio.Event()

    async with radio.scanning(lambda *_: narrow.set(), [gatt.SERVICE]):
        async with radio.scanning(lambda *_: wide.set(), []):
            await asyncio.wait_for(wide.wait(), 3)
        await asyncio.wait_for(narrow.wait(), 3)
        assert len(scanners) == 2


async def test_a_full_adapter_is_said_and_is_used_again_when_a_slot_is_free(
    air, power_up, listen, radio, monkeypatch
):
    soon = {**POLICIES, Failure.FULL: Policy(0.2, 1.0, 0.2)}
    monkeypatch.setattr("monitor.link.reconnect.POLICIES", soon)
    for number in (1, 2):
        await power_up(name=f"Back {number}", number=number)
    air.slots = 1
    first = listen(FIRST, radio=radio)
    await first.until(lambda: first.frames())
    told = asyncio.Event()
    second = listen(SECOND, radio=radio, on_status=lambda status: status.reason and told.set())
    await asyncio.wait_for(told.wait(), 5)

    status = second.link.status
    assert status.reason == ("no free slot: 1 connected; disconnect one or use a second adapter")
    assert (status.slots.held, status.slots.limit) == (1, 1)
    assert status.phase is Phase.SEARCHING
    await first.stop()
    await second.until(lambda: second.frames(), within_s=10)
    assert radio.slots().held == 1


async def test_whoever_joins_the_scan_of_an_adapter_that_was_pulled_opens_it_again(
    air, power_up, radio
):
    heard = asyncio.Event()
    async with radio.scanning(lambda *_: None, []):
        [adapter] = air.addresses
        air.unplug(adapter)
        await power_up()
        async with radio.scanning(lambda *_: heard.set(), []):
            await asyncio.wait_for(heard.wait(), 3)

    assert radio.slots().held == 0


async def test_the_scan_pauses_while_somebody_connects(radio, scanners):
    def running():
        return [runs for _, runs in scanners]

    async with radio.scanning(lambda *_: None, []):
        async with radio.connecting("somebody"):
            assert running() == [False]
        assert running() == [False, True]
        with pytest.raises(OSError, match="no answer"):
            async with radio.connecting("another"):
                raise OSError("no answer")
        assert running() == [False, False, True]

    assert radio.slots().held == 1


async def test_an_old_scan_is_begun_anew_by_the_next_to_join(radio, scanners, monkeypatch):
    async with radio.scanning(lambda *_: None, []):
        async with radio.scanning(lambda *_: None, []):
            assert len(scanners) == 1
        monkeypatch.setattr("monitor.link.radio.RENEW_S", 0.0)
        async with radio.scanning(lambda *_: None, []):
            assert [runs for _, runs in scanners] == [False, True]


async def test_one_link_that_ends_leaves_the_radio_to_the_others(power_up, listen, radio):
    for number in (1, 2):
        await power_up(name=f"Back {number}", number=number)
    one, other = listen(FIRST, radio=radio), listen(SECOND, radio=radio)
    await one.until(lambda: one.frames())
    await other.until(lambda: other.frames())

    await one.stop()
    n = len(other.frames())
    await other.until(lambda: len(other.frames()) >= n + 5)

    assert not other.of(Disconnected)
    assert radio.slots().held == 1
