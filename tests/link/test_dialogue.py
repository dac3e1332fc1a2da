"""One command at a time, and again if no reply comes."""

import asyncio

import pytest

from firmware_protocol.codes import Status
from firmware_protocol.control import (
    GetRing,
    Mute,
    Result,
    RingState,
    decode_message,
    encode_message,
)
from monitor.link.dialogue import Dialogue, NoReplyError


class Device:
    """Answers as a test wants: `answers` holds a reply for each write, or None."""

    def __init__(self, *answers):
        self.written = []
        self.answers = list(answers)
        self.dialogue = Dialogue(self.write, reply_s=0.02)

    async def write(self, payload):
        command = decode_message(payload)
        self.written.append(command)
        answer = self.answers.pop(0) if self.answers else None
        for reply in answer(command) if answer else ():
            self.dialogue.receive(reply if isinstance(reply, bytes) else encode_message(reply))


def ok(command):
    return [Result(command.id, 0x15, Status.OK, 0)]


async def test_the_reply_with_the_id_of_the_command_is_the_answer():
    def others_first(command):
        return [
            b"garbage",
            Result(command.id % 255 + 1, 0x15, Status.MUTED, 0),
            Result(command.id, 0x15, Status.OK, 0),
            Result(command.id, 0x15, Status.FIELD, 0),
        ]

    device = Device(others_first)

    reply = await device.dialogue.ask(Mute(0, 60))

    assert reply.status == Status.OK
    assert len(device.written) == 1


async def test_a_command_without_reply_is_written_again_with_the_same_id():
    device = Device(None, None, ok)

    reply = await device.dialogue.ask(Mute(0, 60))

    assert reply.status == Status.OK
    assert len(device.written) == 3
    assert len({command.id for command in device.written}) == 1


async def test_a_device_that_never_answers_is_given_up_and_named():
    device = Device()

    with pytest.raises(NoReplyError, match="no reply to Mute"):
        await device.dialogue.ask(Mute(0, 60))

    assert len(device.written) == 3


async def test_commands_wait_for_each_other_and_have_ids_of_their_own():
    device = Device(
        lambda command: [Result(command.id, 0x15, Status.OK, 0)],
        lambda command: [RingState(command.id, 1, 0, 5, 0)],
    )

    first, second = await asyncio.gather(
        device.dialogue.ask(Mute(0, 1)), device.dialogue.ask(GetRing(0))
    )

    assert (type(first), type(second)) == (Result, RingState)
    assert first.id != second.id
    assert all(command.id for command in device.written)


async def test_ids_go_round_without_nought():
    device = Device(*[ok] * 300)

    for _ in range(300):
        await device.dialogue.ask(Mute(0, 1))

    assert {command.id for command in device.written} == set(range(1, 256))
