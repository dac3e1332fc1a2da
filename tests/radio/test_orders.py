"""Commands and settings on their way to a sensor, and what it does with them."""

import asyncio
import logging
from dataclasses import replace

import pytest

from firmware_protocol import decode_config, gatt
from firmware_protocol.codes import EventKind, Pattern, RuleKind, StreamMode
from firmware_protocol.control import (
    AcknowledgeEvents,
    SetNeutral,
    SetRule,
    SetStream,
    Step,
    decode_message,
    encode_message,
)
from monitor.link import CannotError, Orders, Sampling
from monitor.model import Disconnected, Notified
from simulator.core import CoreSetup
from tests.radio.test_backfill import ADDRESS, EAGER, everything, is_whole, sent_again

PATIENT = replace(EAGER, control=replace(EAGER.control, keep_events_s=0.3))
SLOUCH = SetRule(0, 0, RuleKind.FORWARD, 120, 80, 600, 300, 6, Pattern.POSTURE, 1, 0)


@pytest.fixture
def written(monkeypatch):
    """Follow what is written to a sensor: `written(sensor)` gives the growing list."""

    def follow(sensor):
        commands = []
        write = sensor.device.core.on_write

        def note(uuid, payload, now_us=None):
            commands.append(decode_message(payload))
            return write(uuid, payload, now_us)

        monkeypatch.setattr(sensor.device.core, "on_write", note)
        return commands

    return follow


def of(kind, commands):
    return [command for command in commands if isinstance(command, kind)]


async def speaking(listener):
    """Wait until the sensor listens to orders."""
    async with asyncio.timeout(8):
        while True:
            try:
                await listener.link.orders.stop()
                return
            except CannotError:
                await asyncio.sleep(0.02)


async def test_a_pattern_is_played_and_can_be_stopped(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await speaking(listener)

    await listener.link.orders.play(Pattern.POSTURE, strength=50, times=3)
    playing = sensor.device.core.haptic_percent
    await listener.link.orders.stop()

    assert playing == 50
    assert sensor.device.core.haptic_percent == 0


async def test_a_muted_sensor_refuses_and_says_why(power_up, listen):
    await power_up()
    listener = listen(params=EAGER)
    await speaking(listener)

    await listener.link.orders.mute(60)

    with pytest.raises(CannotError, match="no vibration: its wearer has muted it"):
        await listener.link.orders.play(Pattern.EVENT)


async def test_an_empty_pattern_is_refused_until_it_is_filled(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await speaking(listener)
    orders = listener.link.orders

    with pytest.raises(CannotError, match="or the pattern is empty"):
        await orders.play(Pattern.CUSTOM)
    orders.set_pattern(Pattern.CUSTOM, [Step(20, 10, 70)])
    await listener.until(lambda: not orders.differing())
    await orders.play(Pattern.CUSTOM)

    assert sensor.device.core.haptic_percent == 70


async def test_who_is_not_connected_or_of_version_1_takes_no_orders(power_up, listen):
    await power_up(control=False)
    listener = listen(params=EAGER)

    with pytest.raises(CannotError, match="no sensor is connected"):
        await listener.link.orders.play(Pattern.EVENT)
    await listener.until(lambda: listener.frames())

    with pytest.raises(CannotError, match="version 1, which has no commands"):
        await listener.link.orders.play(Pattern.EVENT)


async def test_another_make_takes_no_orders(listen):
    link = listen(sensor="movesense:").link

    with pytest.raises(CannotError, match="a Movesense sensor takes no commands"):
        await link.orders.play(Pattern.EVENT)


async def test_commands_that_wait_are_bounded_and_told_when_the_connection_ends():
    orders = Orders()
    orders.open(ADDRESS)
    waiting = [asyncio.create_task(orders.play(Pattern.EVENT)) for _ in range(8)]
    await asyncio.sleep(0)

    with pytest.raises(CannotError, match="8 commands wait already"):
        await orders.play(Pattern.EVENT)
    orders.close()

    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(error) for error in told} == {"no vibration: no sensor is connected"}


async def test_rules_and_neutral_are_told_once_and_again_only_where_they_differ(
    air, power_up, listen, written
):
    sensor = await power_up()
    commands = written(sensor)
    listener = listen(params=EAGER)
    orders = listener.link.orders
    orders.set_rules([SLOUCH])
    orders.set_neutral(SetNeutral(0, 16384, 0, 0, 0, 0, -16384))

    await listener.until(lambda: of(SetNeutral, commands))
    air.set_in_range(ADDRESS, False)
    await listener.until(lambda: listener.of(Disconnected))
    air.set_in_range(ADDRESS, True)
    orders.set_rules([SLOUCH])
    await speaking(listener)
    await listener.until(lambda: is_whole(listener))
    once = [replace(rule, id=0) for rule in of(SetRule, commands)]
    orders.set_rules([replace(SLOUCH, on_ddeg=150)])
    await listener.until(lambda: len(of(SetRule, commands)) == 2)

    assert once == [SLOUCH]
    assert of(SetRule, commands)[1].on_ddeg == 150
    assert len(of(SetNeutral, commands)) == 1


async def test_a_setting_that_is_refused_is_told_once(power_up, listen, written, caplog):
    caplog.set_level(logging.WARNING, "monitor.link")
    sensor = await power_up()
    commands = written(sensor)
    listener = listen(params=EAGER)
    listener.link.orders.set_neutral(SetNeutral(0, 1000, 0, 0, 0, 0, -1000))

    await listener.until(lambda: of(SetNeutral, commands))
    await speaking(listener)
    await asyncio.sleep(0.4)

    assert len(of(SetNeutral, commands)) == 1
    assert "the neutral posture is not set: it does not know a value of it" in caplog.text


async def test_events_are_acknowledged_a_while_after_they_were_taken(power_up, listen, written):
    sensor = await power_up()
    commands = written(sensor)
    sensor.device.core.press(EventKind.MARK)  # before anybody listened
    listener = listen(params=PATIENT)
    await speaking(listener)

    sensor.device.core.press(EventKind.MARK)
    await listener.until(
        lambda: [e.next for e in of(AcknowledgeEvents, commands)][-1:] == [2], within_s=8
    )

    told = [e for e in listener.of(Notified) if e.characteristic == gatt.EVENTS]
    assert len([e for e in told if e.payload[0] == 0x20]) == 2


async def test_a_stream_that_is_off_is_switched_on_without_disconnecting(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await speaking(listener)
    await listener.until(lambda: is_whole(listener))

    off = encode_message(SetStream(99, StreamMode.OFF, 0))
    sensor.device.core.on_write(gatt.CONTROL, off)
    quiet = len(listener.frames())
    await asyncio.sleep(0.5)
    assert len(listener.frames()) <= quiet + 1
    await listener.until(lambda: len(listener.frames()) > quiet + 3, within_s=6)

    assert listener.of(Disconnected) == []
    await listener.until(lambda: is_whole(listener))


async def test_a_sensor_that_answers_and_measures_nothing_is_let_go(power_up, listen, monkeypatch):
    sensor = await power_up()
    listener = listen(params=replace(EAGER, stall_s=0.6))
    await speaking(listener)

    monkeypatch.setattr(sensor.device, "sample", lambda _: None)
    await listener.until(lambda: listener.of(Disconnected))

    assert "no data for 1 s" in listener.of(Disconnected)[0].reason


async def test_a_silent_control_costs_no_live_sample_and_is_greeted_again(
    power_up, listen, monkeypatch, caplog
):
    caplog.set_level(logging.WARNING, "monitor.link")
    sensor = await power_up()
    write = sensor.device.core.on_write
    monkeypatch.setattr(sensor.device.core, "on_write", lambda *_: 0)
    monkeypatch.setattr("monitor.link.dialogue.Dialogue.__init__.__defaults__", (0.1,))
    params = replace(EAGER, control=replace(EAGER.control, pause_s=0.5))
    listener = listen(params=params)

    await listener.until(lambda: "no reply to Hello" in listener.link.status.reason)
    live = len(listener.frames())
    await listener.until(lambda: len(listener.frames()) > live + 3)
    monkeypatch.setattr(sensor.device.core, "on_write", write)
    await speaking(listener)
    await listener.until(lambda: is_whole(listener))

    assert listener.link.status.reason == ""
    assert listener.of(Disconnected) == []
    assert "live samples only, until it answers again" in caplog.text


async def test_a_sensor_with_no_place_for_a_command_is_asked_again(power_up, listen, monkeypatch):
    sensor = await power_up()
    write = sensor.device.core.on_write
    busy = iter([0x80, 0x80])
    monkeypatch.setattr(
        sensor.device.core, "on_write", lambda *said: next(busy, None) or write(*said)
    )
    listener = listen(params=EAGER)

    await listener.until(lambda: is_whole(listener))

    assert next(busy, None) is None
    assert listener.link.status.reason == ""


@pytest.fixture
def many_ranges(monkeypatch):
    """Sensors whose chip has two ranges."""
    monkeypatch.setattr(
        "simulator.device.CoreSetup", lambda **made: CoreSetup(**{**made, "acc_ranges_g": (8, 4)})
    )


@pytest.mark.usefixtures("many_ranges")
async def test_another_range_begins_a_new_run_and_loses_next_to_nothing(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    listener.link.orders.sampling = Sampling(acc_range_g=4)

    await listener.until(lambda: sensor.device.core.boot_id != 7)
    boot_id = sensor.device.core.boot_id
    await listener.until(lambda: len(everything(listener, boot_id)) > 50)

    configs = [e.payload for e in listener.of(Notified) if e.characteristic == gatt.CONFIG]
    after = decode_config(configs[-1])
    assert (after.acc_range_g, after.boot_id) == (4, boot_id)
    old = everything(listener)
    assert old == list(range(len(old)))
    new = everything(listener, boot_id)
    assert new == list(range(len(new)))
    assert listener.of(Disconnected) == []
    # Each sample of these sensors is its own number: what lies between the runs was lost.
    came = [*listener.frames(), *sent_again(listener)]
    first = next(f for f in came if (f.boot_id, f.sequence) == (boot_id, 0))
    assert int(first.counts[0, 0]) - len(old) < 30


async def test_a_rate_the_sensor_does_not_have_is_told_in_one_line(power_up, listen, caplog):
    caplog.set_level(logging.WARNING, "monitor.link")
    await power_up()
    listener = listen(params=EAGER)
    listener.link.orders.sampling = Sampling(rate_hz=77)

    await listener.until(lambda: "cannot measure at 77 Hz" in caplog.text)
    live = len(listener.frames())
    await listener.until(lambda: len(listener.frames()) > live + 3 and is_whole(listener))

    assert "it stays at 100 Hz" in caplog.text
    assert len([r for r in caplog.records if "cannot measure" in r.message]) == 1
