"""Asking again, giving up for a while, and acknowledging, against a device that is a script."""

import asyncio
import contextlib
import itertools

import numpy as np

from firmware_protocol import ImuFrame, encode_frame, gatt
from firmware_protocol.codes import Status
from firmware_protocol.control import (
    Acknowledge,
    Backfill,
    BackfillDone,
    CancelBackfill,
    Result,
    RingState,
    TimeReply,
    TimeRequest,
    decode_message,
    encode_message,
)
from monitor.link.backlog import Backlog
from monitor.link.conversation import ControlParams, Conversation
from monitor.link.dialogue import Dialogue

QUICK = ControlParams(
    look_s=0.005, quiet_s=0.05, pause_s=0.3, acknowledge_s=0.02, keep_s=0.06, round_trips_s=60.0
)


def frame(first, n=10):
    return encode_frame(ImuFrame(1, first, first, np.zeros((n, 6), np.int16)))


class Device:
    """Says OK to all, and sends again what `resends` says."""

    def __init__(self, resends):
        self.backlog = Backlog()
        self.written = []
        self.resends = resends
        self.dialogue = Dialogue(self.write, reply_s=0.5)
        ticks = itertools.count(0, 1000)
        self.conversation = Conversation(
            self.dialogue, self.backlog, QUICK, lambda: next(ticks) + 2**43 * 1000
        )
        self.backlog.ring(RingState(1, 1, 0, 30, 0))
        self.backlog.take(gatt.IMU, frame(0))
        self.backlog.take(gatt.IMU, frame(20))

    async def write(self, payload):
        command = decode_message(payload)
        self.written.append(command)
        if isinstance(command, TimeRequest):
            reply = TimeReply(command.id, command.token, 5, 6)
        else:
            reply = Result(command.id, payload[0], Status.OK, 0)
        self.dialogue.receive(encode_message(reply))
        if isinstance(command, Backfill):
            for said in self.resends(command):
                self.conversation.heard()
                self.backlog.take(gatt.BACKFILL, said)

    def of(self, kind):
        return [command for command in self.written if isinstance(command, kind)]

    async def run(self, seconds):
        async def subscribe():
            pass

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.conversation.keep_up(subscribe)


def done(command):
    return encode_message(BackfillDone(command.id, 1, command.first + command.count))


async def test_a_hole_is_asked_for_once_and_then_acknowledged():
    device = Device(lambda command: [frame(command.first), done(command)])

    await device.run(0.3)

    assert [(b.first, b.count) for b in device.of(Backfill)] == [(10, 10)]
    assert [a.next for a in device.of(Acknowledge)][-1] == 30
    assert len(device.of(Acknowledge)) <= 2  # the same number is not told again


async def test_without_progress_it_pauses_after_three_attempts():
    device = Device(lambda command: [done(command)])

    await device.run(0.2)
    assert len(device.of(Backfill)) == 3

    await device.run(0.2)
    assert len(device.of(Backfill)) > 3


async def test_a_backfill_that_falls_silent_is_cancelled_and_asked_for_again():
    answers = iter([[], None])

    def resends(command):
        return [] if next(answers, None) == [] else [frame(command.first), done(command)]

    device = Device(resends)

    await device.run(0.3)

    kinds = [type(c) for c in device.written if isinstance(c, Backfill | CancelBackfill)]
    assert kinds == [Backfill, CancelBackfill, Backfill]
    assert device.backlog.wanted() is None


async def test_what_is_not_settled_is_not_acknowledged():
    device = Device(lambda _: [])

    await device.run(0.3)

    assert {a.next for a in device.of(Acknowledge)} == {10}


async def test_the_token_of_a_time_request_is_the_clock_of_the_host():
    device = Device(lambda _: [])

    await device.conversation.time()

    tokens = [request.token for request in device.of(TimeRequest)]
    assert tokens == [(2**43 + index) % 2**32 for index in range(QUICK.round_trips)]
