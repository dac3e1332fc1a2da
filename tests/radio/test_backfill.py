"""What was missed on the air is asked for again."""

import asyncio
import logging

import numpy as np
import pytest
from bumble.gatt import Characteristic, CharacteristicValue

from firmware_protocol import SensorConfig, decode_frame, encode_config, gatt
from firmware_protocol.codes import LossReason, Status
from firmware_protocol.control import (
    Acknowledge,
    HelloReply,
    Lost,
    RingState,
    TimeReply,
    decode_message,
    encode_message,
)
from monitor.link import LinkParams
from monitor.link.conversation import ControlParams
from monitor.model import Connected, Disconnected, Notified
from simulator.device import DeviceParams

ADDRESS = "C0:00:00:00:00:01"
EAGER = LinkParams(
    scan_s=1.0,
    connect_s=5.0,
    stall_s=2.0,
    idle_s=0.2,
    control=ControlParams(look_s=0.1, quiet_s=1.0, acknowledge_s=0.2, keep_s=0.5, round_trips=2),
)


def has_been_up(sensor, seconds):
    """Let a sensor that was just switched on have sampled for so long."""
    sensor.device.sample(np.zeros((seconds * 100, 6), np.int16))
    sensor._booted_s -= seconds


def said(listener, characteristic, kind):
    messages = [
        decode_message(event.payload)
        for event in listener.of(Notified)
        if event.characteristic == characteristic and event.payload[0] != 0x01
    ]
    return [message for message in messages if isinstance(message, kind)]


def sent_again(listener):
    return [
        decode_frame(event.payload)
        for event in listener.of(Notified)
        if event.characteristic == gatt.BACKFILL and event.payload[0] == 0x01
    ]


def numbers(frames, boot_id=7):
    return [
        frame.sequence + index
        for frame in frames
        if frame.boot_id == boot_id
        for index in range(len(frame.counts))
    ]


def everything(listener, boot_id=7):
    return sorted(numbers(listener.frames(), boot_id) + numbers(sent_again(listener), boot_id))


def is_whole(listener, boot_id=7):
    got = everything(listener, boot_id)
    return bool(got) and got == list(range(got[-1] + 1))


async def test_what_was_sampled_before_anybody_listened_is_sent_again(power_up, listen, numbered):
    await power_up()
    await asyncio.sleep(0.6)
    listener = listen(params=EAGER)

    await listener.until(lambda: sent_again(listener) and is_whole(listener))

    for frame in sent_again(listener):
        index = np.arange(frame.sequence, frame.sequence + len(frame.counts))
        assert np.array_equal(frame.counts, numbered(index))


async def test_a_gap_is_filled_after_the_reconnection_and_live_goes_on(air, power_up, listen):
    await power_up()
    listener = listen(params=EAGER)
    await listener.until(lambda: is_whole(listener))

    air.set_in_range(ADDRESS, False)
    await listener.until(lambda: listener.of(Disconnected))
    await asyncio.sleep(0.5)
    air.set_in_range(ADDRESS, True)
    await listener.until(lambda: len(listener.of(Connected)) == 2)
    before = everything(listener)
    await listener.until(lambda: is_whole(listener) and len(everything(listener)) > len(before))

    live = numbers(listener.frames())
    assert live == sorted(set(live))
    assert len(everything(listener)) == len(set(everything(listener)))


async def test_a_backfill_that_is_cut_off_goes_on_after_the_reconnection(air, power_up, listen):
    sensor = await power_up()
    has_been_up(sensor, 40)
    listener = listen(params=EAGER)
    await listener.until(lambda: sent_again(listener))

    air.set_in_range(ADDRESS, False)
    await listener.until(lambda: listener.of(Disconnected))
    got = len(everything(listener))
    air.set_in_range(ADDRESS, True)
    await listener.until(lambda: is_whole(listener))

    assert 0 < got < 4000


async def test_a_frame_that_does_not_arrive_is_asked_for(power_up, listen, monkeypatch):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await listener.until(lambda: is_whole(listener))

    notify = sensor._bluetooth.notify_subscriber
    lost = []

    async def once_deaf(connection, characteristic, payload):
        if not lost and characteristic is sensor._channels[gatt.IMU]:
            lost.append(decode_frame(payload))
        else:
            await notify(connection, characteristic, payload)

    monkeypatch.setattr(sensor._bluetooth, "notify_subscriber", once_deaf)
    await listener.until(
        lambda: lost and lost[0].sequence in {f.sequence for f in sent_again(listener)}
    )

    await listener.until(lambda: is_whole(listener))
    assert lost[0].sequence not in numbers(listener.frames())


async def test_what_the_ring_no_longer_holds_is_told_lost_and_asked_for_once(power_up, listen):
    sensor = await power_up(params=DeviceParams(ring_samples=64))
    has_been_up(sensor, 10)
    listener = listen(params=EAGER)

    await listener.until(lambda: said(listener, gatt.BACKFILL, Lost))
    await asyncio.sleep(0.5)

    told = said(listener, gatt.BACKFILL, Lost)
    assert [(lost.reason, lost.first) for lost in told[:1]] == [(LossReason.OVERWRITTEN, 0)]
    known = set(everything(listener)) | {
        number for lost in told for number in range(lost.first, lost.first + lost.count)
    }
    assert known == set(range(max(known) + 1))
    assert sum(lost.count for lost in told) + len(everything(listener)) == len(known)


async def test_a_reboot_is_told_by_the_device_and_the_new_run_is_whole(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await listener.until(lambda: is_whole(listener))

    await sensor.reboot(8)
    await listener.until(lambda: is_whole(listener, boot_id=8))

    await listener.until(lambda: said(listener, gatt.BACKFILL, Lost))
    lost = said(listener, gatt.BACKFILL, Lost)
    assert [(message.reason, message.boot_id) for message in lost] == [(LossReason.REBOOTED, 7)]


async def test_numbers_wrap_within_a_backfill(power_up, listen):
    first = 2**32 - 60
    sensor = await power_up(params=DeviceParams(first_sequence=first))
    has_been_up(sensor, 1)
    listener = listen(params=EAGER)

    def unwrapped():
        return sorted((number - first) % 2**32 for number in everything(listener))

    await listener.until(lambda: len(unwrapped()) > 150)

    await listener.until(lambda: unwrapped() == list(range(len(unwrapped()))))


async def test_only_what_was_taken_a_while_ago_is_acknowledged(power_up, listen):
    sensor = await power_up()
    listener = listen(params=EAGER)
    await listener.until(lambda: is_whole(listener))
    written = []
    write = sensor.device.core.on_write

    def note(uuid, payload, now_us):
        message = decode_message(payload)
        if isinstance(message, Acknowledge):
            written.append((message, len(numbers(listener.frames()))))
        return write(uuid, payload, now_us)

    sensor.device.core.on_write = note
    await listener.until(lambda: len(written) >= 2)

    for message, live in written:
        assert message.boot_id == 7
        # keep_s is 0.5 s: half a second of live samples is held back.
        assert 0 < message.next <= len(everything(listener)) - 30
        assert live > 0


async def test_the_clocks_are_compared_and_the_replies_are_in_the_recording(power_up, listen):
    await power_up()
    listener = listen(params=EAGER)

    await listener.until(lambda: len(said(listener, gatt.CONTROL, TimeReply)) == 2)

    hello, ring = said(listener, gatt.CONTROL, HelloReply | RingState)
    assert (hello.status, hello.boot_id, ring.boot_id) == (Status.OK, 7, 7)
    replies = [
        (event.at_ns, decode_message(event.payload))
        for event in listener.of(Notified)
        if event.characteristic == gatt.CONTROL and event.payload[0] == 0x41
    ]
    for at_ns, reply in replies:
        assert 0 <= (at_ns // 1000 - reply.token) % 2**32 < 1_000_000  # the round trip [us]


async def test_a_device_of_version_1_is_heard_and_never_written_to(power_up, listen):
    await power_up(control=False)
    listener = listen(params=EAGER)

    await listener.until(lambda: len(listener.frames()) >= 5)

    assert {event.characteristic for event in listener.of(Notified)} == {
        gatt.IMU,
        gatt.CONFIG,
        gatt.BATTERY_LEVEL,
    }
    assert listener.link.status.reason == ""


@pytest.mark.parametrize(
    ("status", "version", "schema", "remedy"),
    [
        (Status.VERSION, 3, 1, "update Backwatch"),
        (Status.SCHEMA, 2, 1, "whichever is older"),
    ],
)
async def test_a_version_we_do_not_speak_is_told_and_live_goes_on(
    power_up_foreign, listen, caplog, status, version, schema, remedy
):
    caplog.set_level(logging.WARNING, "monitor.link")
    valid = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
    commands = []

    async def answer(connection, payload):
        hello = decode_message(payload)
        commands.append(hello)
        reply = HelloReply(hello.id, status, version, schema, 7, 0, 100)
        await stranger.notify_subscriber(connection, control, encode_message(reply))

    notify, write = Characteristic.Properties.NOTIFY, Characteristic.Properties.WRITE
    control = Characteristic(
        gatt.CONTROL, notify | write, Characteristic.WRITEABLE, CharacteristicValue(write=answer)
    )
    stranger = await power_up_foreign(
        [
            Characteristic(gatt.IMU, notify, Characteristic.READABLE, b""),
            Characteristic(
                gatt.CONFIG, Characteristic.Properties.READ, Characteristic.READABLE, valid
            ),
            control,
        ]
    )
    listener = listen(params=EAGER)

    await listener.until(lambda: remedy in listener.link.status.reason)

    assert listener.of(Connected)
    assert len(commands) == 1
    assert any(remedy in record.getMessage() for record in caplog.records)
