# ruff: noqa: ARG002 - what a fault does not look at
"""Firmware with one fault each, and the check that has to find it."""

import dataclasses
import struct

from backwatch.conformance.checks.surface import INFORMATION
from firmware_protocol import ImuFrame, decode_frame, encode_frame, gatt
from firmware_protocol.codec import seal
from firmware_protocol.codes import Capability, ConditionFlag, Status
from firmware_protocol.control import (
    LAYOUT_OF,
    Acknowledge,
    AcknowledgeEvents,
    Anchor,
    Backfill,
    BackfillDone,
    CancelBackfill,
    CompactFrame,
    Condition,
    Counters,
    Event,
    Hello,
    HelloReply,
    Lost,
    Message,
    Mute,
    Play,
    Result,
    RingState,
    Session,
    SetNeutral,
    SetPattern,
    SetRule,
    SetSensor,
    SetStream,
    TimeReply,
    TimeRequest,
    decode_message,
    encode_message,
)
from firmware_protocol.errors import ProtocolError
from simulator.core import CoreSetup
from tests.conformance.virtual import NOTIFY, VirtualLine

MUTANTS: dict[str, tuple[str, type[VirtualLine]]] = {}  # fault -> the check that finds it
CODE = {cls: layout.code for cls, layout in LAYOUT_OF.items()}


def caught_by(check):
    def enter(mutant):
        MUTANTS[mutant.__doc__] = check, mutant
        return mutant

    return enter


def without(uuid):
    return tuple(offered for offered in VirtualLine.offers if offered.uuid != uuid)


def with_properties(uuid, properties):
    return tuple(
        dataclasses.replace(offered, properties=properties) if offered.uuid == uuid else offered
        for offered in VirtualLine.offers
    )


class Twisting(VirtualLine):
    """Changes frames or messages on their way out; `None` leaves one out."""

    def frame(self, uuid: str, frame: ImuFrame) -> ImuFrame | None:
        return frame

    def message(self, uuid: str, message: Message) -> Message | None:
        return message

    def sent(self, uuid, payload):
        if payload[0] == 0x01:
            twisted = self.frame(uuid, decode_frame(payload))
            if twisted is not None:
                yield uuid, encode_frame(twisted)
            return
        twisted = self.message(uuid, decode_message(payload))
        if twisted is not None:
            yield uuid, encode_message(twisted)


class Mishearing(VirtualLine):
    """Obeys other commands than it was given; `None` answers OK and does nothing."""

    def heard_as(self, command):
        return command

    def on_write(self, payload):
        try:
            command = decode_message(payload)
        except ProtocolError:
            return super().on_write(payload)
        instead = self.heard_as(command)
        if instead is None:
            self.forced = Result(command.id, payload[0], Status.OK, 0)
            return super().on_write(encode_message(AcknowledgeEvents(command.id, 0)))
        return super().on_write(encode_message(instead))

    forced = None

    def sent(self, uuid, payload):
        if self.forced is not None and uuid == gatt.CONTROL:
            payload, self.forced = encode_message(self.forced), None
        yield uuid, payload


# The surface


@caught_by("surface.advertised")
class NotAdvertised(VirtualLine):
    """the service is not advertised"""

    services = frozenset()


@caught_by("surface.stream_characteristic")
class StreamWithoutDescriptor(VirtualLine):
    """the IMU characteristic has no configuration descriptor"""

    offers = tuple(
        dataclasses.replace(offered, descriptors=frozenset())
        if offered.uuid == gatt.IMU
        else offered
        for offered in VirtualLine.offers
    )


@caught_by("surface.config_characteristic")
class NoConfig(VirtualLine):
    """the config characteristic notifies, and cannot be read"""

    offers = with_properties(gatt.CONFIG, NOTIFY)


@caught_by("surface.control_characteristic")
class WriteWithoutResponse(VirtualLine):
    """control takes writes without response only"""

    offers = with_properties(gatt.CONTROL, frozenset({"notify", "write-without-response"}))


@caught_by("surface.events_characteristic")
class NoEvents(VirtualLine):
    """there is no events characteristic"""

    offers = without(gatt.EVENTS)


@caught_by("surface.backfill_characteristic")
class BackfillIndicates(VirtualLine):
    """back-fill indicates instead of notifying"""

    offers = with_properties(gatt.BACKFILL, frozenset({"indicate"}))


@caught_by("surface.battery")
class NoBattery(VirtualLine):
    """there is no battery service"""

    offers = without(gatt.BATTERY_LEVEL)


@caught_by("surface.device_information")
class NoSerialNumber(VirtualLine):
    """the device information has no firmware revision"""

    offers = without(list(INFORMATION)[-1])


@caught_by("encryption.control")
class Open(VirtualLine):
    """commands are taken without encryption"""

    encrypts = False


@caught_by("encryption.notifications")
class OpenDescriptors(VirtualLine):
    """notifications can be switched on without encryption"""

    async def subscribe(self, characteristic):
        self.subscribed.add(characteristic)
        self.on_subscribe(characteristic, True)


@caught_by("encryption.config_open")
class ClosedConfig(VirtualLine):
    """config cannot be read before pairing"""

    async def read(self, characteristic):
        self._guard()
        return await super().read(characteristic)


@caught_by("encryption.pairing")
class NeverPaired(VirtualLine):
    """pairing ends well, and nothing is encrypted"""

    async def pair(self, *, entering=True):
        pass


@caught_by("encryption.passkey")
class PasskeyForShow(VirtualLine):
    """a host that enters no passkey is paired too"""

    passkey = 123456

    async def pair(self, *, entering=True):
        self.secure = True


@caught_by("config.valid")
class ConfigCrc(VirtualLine):
    """the config message has a CRC that starts with 0"""

    def config(self):
        return super().config()[:-2] + b"\0\0"


@caught_by("config.samples_per_frame")
class ConfigTooMany(VirtualLine):
    """samples_per_frame does not follow the MTU"""

    def config(self):
        payload = super().config()
        return seal(payload[:14] + bytes([41]))


@caught_by("config.none_fits")
class ConfigNeverZero(VirtualLine):
    """samples_per_frame is 10 at an MTU of 23"""

    def config(self):
        payload = super().config()
        return seal(payload[:14] + bytes([10]))


@caught_by("config.mtu")
class SmallMtu(VirtualLine):
    """the device accepts no more than an MTU of 185"""

    largest_mtu = 185


# The stream


@caught_by("stream.frames")
class FrameCrc(VirtualLine):
    """one bit of every fifth frame is wrong"""

    def sent(self, uuid, payload):
        if payload[0] == 0x01 and payload[6] // 10 % 5 == 0:
            payload = payload[:20] + bytes([payload[20] ^ 4]) + payload[21:]
        yield uuid, payload


@caught_by("stream.version_1")
class NeedsHello(VirtualLine):
    """frames come only after hello"""

    greeted = False

    def on_write(self, payload):
        self.greeted = True
        return super().on_write(payload)

    def on_disconnect(self):
        self.greeted = False
        super().on_disconnect()

    def sent(self, uuid, payload):
        if payload[0] != 0x01 or self.greeted:
            yield uuid, payload


@caught_by("stream.boot_id")
class OtherBootId(Twisting):
    """frames carry another boot id than config"""

    def frame(self, uuid, frame):
        return dataclasses.replace(frame, boot_id=frame.boot_id + 1)


@caught_by("stream.sequence")
class CountsFrames(Twisting):
    """sequence counts frames"""

    def frame(self, uuid, frame):
        return dataclasses.replace(frame, sequence=frame.sequence // 10)


@caught_by("stream.sequence")
class CountsSent(Twisting):
    """sequence counts samples sent, while every third frame is dropped"""

    def frame(self, uuid, frame):
        index = frame.sequence // 10
        if index % 3 == 2:
            return None
        return dataclasses.replace(frame, sequence=frame.sequence - index // 3 * 10)


@caught_by("stream.no_repeats")
class Repeats(VirtualLine):
    """every seventh frame is sent twice"""

    def sent(self, uuid, payload):
        yield uuid, payload
        if payload[0] == 0x01 and payload[6] // 10 % 7 == 0:
            yield uuid, payload


@caught_by("stream.clock_runs")
class ClockOfSending(Twisting):
    """device_us jitters by 20 ms, as the time of sending does"""

    def frame(self, uuid, frame):
        late_us = 20_000 * (frame.sequence // 10 % 2)
        return dataclasses.replace(frame, device_us=frame.device_us + late_us)


@caught_by("stream.clock_rate")
class FastClock(VirtualLine):
    """the device clock runs 2 % fast"""

    drift = 1.02


@caught_by("stream.rate")
class OtherRate(VirtualLine):
    """config says 50 Hz, and the device samples at 100 Hz"""

    def config(self):
        payload = super().config()
        return seal(payload[:6] + struct.pack("<I", 50_000) + payload[10:-2])


@caught_by("stream.span")
class LongFrames(VirtualLine):
    """a frame spans 0.4 s"""

    largest_mtu = 517

    def __init__(self, setup=None, up_s=30.0):
        super().__init__(dataclasses.replace(setup or CoreSetup(), frame_samples=40), up_s)

    def clock_us(self):
        return round(self._now_s * 1e6) - 300_000  # or the core would send sooner


@caught_by("stream.fresh")
class OldSamples(Twisting):
    """the stream begins with what was sampled before"""

    def frame(self, uuid, frame):
        return dataclasses.replace(
            frame, sequence=frame.sequence - 100, device_us=frame.device_us - 1_000_000
        )


@caught_by("stream.prompt")
class Late(VirtualLine):
    """frames leave the device a second late"""

    def __init__(self, setup=None, up_s=30.0):
        self.late = []
        super().__init__(setup, up_s)

    def sent(self, uuid, payload):
        if payload[0] == 0x01:
            self.late.append((uuid, payload))
            if len(self.late) > 10:
                yield self.late.pop(0)
        else:
            yield uuid, payload


@caught_by("stream.one_g")
class HalfScale(Twisting):
    """the accelerometer is scaled for twice its range"""

    def frame(self, uuid, frame):
        counts = frame.counts.copy()
        counts[:, :3] //= 2
        return dataclasses.replace(frame, counts=counts)


@caught_by("stream.resubscribe")
class NeverStops(VirtualLine):
    """frames come on after notifications were switched off"""

    def on_subscribe(self, uuid, on):
        if on:
            super().on_subscribe(uuid, on)


@caught_by("stream.off")
class IgnoresOff(Mishearing):
    """the stream mode OFF is ignored"""

    def heard_as(self, command):
        return None if isinstance(command, SetStream) else command


@caught_by("stream.samples")
class IgnoresSamples(Mishearing):
    """the size of frames cannot be set"""

    def heard_as(self, command):
        return SetStream(command.id, command.mode) if isinstance(command, SetStream) else command


@caught_by("stream.settings_end")
class KeepsStreamMode(VirtualLine):
    """the stream mode outlives the connection"""

    last = None

    def on_write(self, payload):
        if payload[:1] == bytes([CODE[SetStream]]):
            self.last = payload
        return super().on_write(payload)

    def on_subscribe(self, uuid, on):
        super().on_subscribe(uuid, on)
        if uuid == gatt.IMU and self.last is not None:
            self.core.on_write(gatt.CONTROL, self.last, self.clock_us())


@caught_by("stream.compact")
class NoAnchors(Twisting):
    """compact frames come without anchors"""

    def message(self, uuid, message):
        return None if isinstance(message, Anchor) else message


@caught_by("stream.compact")
class AnchorOfTheLast(Twisting):
    """an anchor names the sample before it"""

    def message(self, uuid, message):
        if isinstance(message, Anchor):
            return dataclasses.replace(message, sequence=message.sequence - 1)
        return message


# Hello and commands


@caught_by("hello.accepted")
class OtherSchema(Twisting):
    """the schema hash in hello_reply is 0"""

    def message(self, uuid, message):
        return (
            dataclasses.replace(message, schema=0) if isinstance(message, HelloReply) else message
        )


@caught_by("hello.newer_host")
class ExactVersion(Mishearing):
    """a host that speaks newer versions too is refused"""

    def heard_as(self, command):
        if isinstance(command, Hello) and command.version_most > 2:
            return dataclasses.replace(command, version_least=200, version_most=250)
        return command


@caught_by("hello.version")
class AnyVersion(Mishearing):
    """hello is accepted whatever the version"""

    def heard_as(self, command):
        return Hello(command.id) if isinstance(command, Hello) else command


@caught_by("hello.schema")
class AnySchema(Mishearing):
    """the schema hash of the host is not looked at"""

    def heard_as(self, command):
        if isinstance(command, Hello) and command.version_most == 2:
            return Hello(command.id)
        return command


@caught_by("hello.again")
class OneHello(Mishearing):
    """after a refusal no second hello is accepted"""

    refused = False

    def heard_as(self, command):
        if isinstance(command, Hello):
            self.refused = self.refused or command.version_least > 2
            if self.refused:
                return dataclasses.replace(command, version_least=200, version_most=250)
        return command

    def on_disconnect(self):
        self.refused = False
        super().on_disconnect()


class _AnswersBadly(VirtualLine):
    """Gives another status than the core."""

    wrong = Status.FIELD
    instead = Status.OK

    def sent(self, uuid, payload):
        if payload[0] == CODE[Result] and payload[3] == self.wrong:
            told = decode_message(payload)
            payload = encode_message(dataclasses.replace(told, status=self.instead))
        yield uuid, payload


@caught_by("commands.before_hello")
class NoHelloNeeded(_AnswersBadly):
    """commands are answered OK before hello"""

    wrong = Status.NOT_NOW


@caught_by("commands.unknown")
class UnknownIsLength(_AnswersBadly):
    """an unknown command is answered LENGTH"""

    wrong, instead = Status.UNKNOWN_COMMAND, Status.LENGTH


@caught_by("commands.length")
class TrailingBytes(VirtualLine):
    """bytes after the end of a command are ignored"""

    def on_write(self, payload):
        if payload[-1:] == b"\0" and len(payload) > 4:
            payload = payload[:-1]
        return super().on_write(payload)


@caught_by("commands.checksum")
class NoChecksum(VirtualLine):
    """the CRC of commands is not looked at"""

    def on_write(self, payload):
        return super().on_write(seal(payload[:-2]) if len(payload) > 2 else payload)


@caught_by("commands.field")
class DetailCountsFields(Twisting):
    """the detail of FIELD counts fields, not bytes"""

    def message(self, uuid, message):
        if isinstance(message, Result) and message.status == Status.FIELD:
            return dataclasses.replace(message, detail=min(message.detail, 3))
        return message


@caught_by("commands.field")
class NoUpperLimit(_AnswersBadly):
    """values that are not allowed are answered OK"""


@caught_by("commands.id_zero")
class TakesIdZero(VirtualLine):
    """a command with id 0 is obeyed as any other"""

    def on_write(self, payload):
        if len(payload) > 3 and payload[1] == 0:
            payload = seal(payload[:1] + b"\x07" + payload[2:-2])
        return super().on_write(payload)


@caught_by("commands.check_order")
class HelloFirst(VirtualLine):
    """whether hello was said is checked before the bytes are"""

    greeted = False

    def on_connect(self):
        self.greeted = False
        super().on_connect()

    def on_write(self, payload):
        if payload[0] == CODE[Hello]:
            self.greeted = True
        elif not self.greeted and payload[0] in CODE.values():
            payload = encode_message(SetStream(payload[1] or 1, 1))
        return super().on_write(payload)


@caught_by("commands.refused_changes_nothing")
class ObeysFirst(VirtualLine):
    """a command takes effect before its CRC is checked"""

    obeyed = False

    def on_write(self, payload):
        code = super().on_write(payload)
        if payload[0] == CODE[Session] and payload != seal(payload[:-2]):
            self.obeyed = True
            self.core.on_write(gatt.CONTROL, seal(payload[:-2]), self.clock_us())
        return code

    def sent(self, uuid, payload):
        if self.obeyed and payload[:1] == bytes([CODE[Result]]) and payload[3] == Status.OK:
            self.obeyed = False
        else:
            yield uuid, payload


@caught_by("commands.ids")
class SignedIds(Twisting):
    """ids above 127 are repeated wrongly"""

    def message(self, uuid, message):
        if isinstance(message, RingState):
            return dataclasses.replace(message, id=message.id & 0x7F)
        return message


@caught_by("commands.one_reply")
class TwoReplies(Twisting):
    """the reply to a time request is followed by a result"""

    def sent(self, uuid, payload):
        yield uuid, payload
        if payload[0] == CODE[TimeReply]:
            yield uuid, encode_message(Result(payload[1], CODE[TimeRequest], Status.OK, 0))


@caught_by("commands.order")
class TimeFirst(VirtualLine):
    """time replies overtake other replies"""

    held: bytes | None = None

    def sent(self, uuid, payload):
        if payload[0] == CODE[RingState]:
            self.held = payload
            return
        yield uuid, payload
        if self.held is not None and payload[0] == CODE[TimeReply]:
            yield uuid, self.held
            self.held = None


@caught_by("commands.repeated")
class NeverTwice(VirtualLine):
    """a command that is written again is not answered"""

    last = b""

    def on_write(self, payload):
        if payload == self.last:
            return 0
        self.last = payload
        return super().on_write(payload)


@caught_by("commands.empty")
class EmptyWrite(VirtualLine):
    """a write of no bytes is taken"""

    def on_write(self, payload):
        return super().on_write(payload) if payload else 0


@caught_by("commands.unsubscribed")
class RepliesIntoNothing(VirtualLine):
    """a command is taken though its reply cannot be sent"""

    def on_write(self, payload):
        return super().on_write(payload) if gatt.CONTROL in self.subscribed else 0


@caught_by("commands.garbage")
class Crashes(VirtualLine):
    """a command of 100 bytes or more stops the firmware"""

    dead = False

    def on_write(self, payload):
        self.dead = self.dead or len(payload) >= 100
        return super().on_write(payload)

    def sent(self, uuid, payload):
        if not self.dead:
            yield uuid, payload


# Clock


@caught_by("time.token")
class SmallToken(Twisting):
    """the token is kept in 16 bits"""

    def message(self, uuid, message):
        if isinstance(message, TimeReply):
            return dataclasses.replace(message, token=message.token & 0xFFFF)
        return message


@caught_by("time.plausible")
class Milliseconds(Twisting):
    """received_us counts milliseconds"""

    def message(self, uuid, message):
        if isinstance(message, TimeReply):
            return dataclasses.replace(message, received_us=message.received_us // 1000)
        return message


@caught_by("time.same_clock")
class AnotherClock(Twisting):
    """time replies come from a clock that began 100 s earlier"""

    def message(self, uuid, message):
        if isinstance(message, TimeReply):
            return dataclasses.replace(message, received_us=message.received_us + 100_000_000)
        return message


# Ring and back-fill


@caught_by("ring.state")
class NextIsNewest(Twisting):
    """`next` of ring_state stands still"""

    def message(self, uuid, message):
        if isinstance(message, RingState):
            return dataclasses.replace(message, next=message.oldest + 100)
        return message


@caught_by("ring.state")
class RingTooLarge(Twisting):
    """the ring holds more than hello said"""

    def message(self, uuid, message):
        if isinstance(message, HelloReply):
            return dataclasses.replace(message, ring_samples=50)
        return message


@caught_by("ring.keeps")
class ErasesOnDisconnect(VirtualLine):
    """a disconnect acknowledges everything"""

    def on_disconnect(self):
        core = self.core
        core.on_subscribe(gatt.CONTROL, True)
        core.on_write(gatt.CONTROL, encode_message(Hello(1)), self.clock_us())
        number = round(self._now_s * self.rate_hz) - 1
        core.on_write(
            gatt.CONTROL, encode_message(Acknowledge(2, core.boot_id, number)), self.clock_us()
        )
        super().on_disconnect()


@caught_by("backfill.equals_live")
class OtherCounts(Twisting):
    """back-fill rounds the gyroscope"""

    def frame(self, uuid, frame):
        if uuid != gatt.BACKFILL:
            return frame
        counts = frame.counts.copy()
        counts[:, 3:] &= ~3
        return dataclasses.replace(frame, counts=counts)


@caught_by("backfill.equals_live")
class OtherTimes(Twisting):
    """back-fill stamps frames with the time of the last sample"""

    def frame(self, uuid, frame):
        if uuid != gatt.BACKFILL:
            return frame
        last_us = (len(frame.counts) - 1) * 10_000
        return dataclasses.replace(frame, device_us=frame.device_us + last_us)


@caught_by("backfill.whole")
class LeavesHoles(Twisting):
    """every fourth frame of a back-fill is left out"""

    def frame(self, uuid, frame):
        dropped = uuid == gatt.BACKFILL and frame.sequence // 18 % 4 == 0
        return None if dropped else frame


@caught_by("backfill.whole")
class NeverDone(Twisting):
    """backfill_done does not come"""

    def message(self, uuid, message):
        return None if isinstance(message, BackfillDone) else message


@caught_by("backfill.part")
class OneTooMany(Mishearing):
    """a back-fill takes `count` for the number of the last sample"""

    def heard_as(self, command):
        if isinstance(command, Backfill) and command.count < 2**30:
            return dataclasses.replace(command, count=command.count + 1)
        return command


@caught_by("backfill.compact")
class CompactNumbers(Twisting):
    """compact frames of a back-fill skip every eighth number"""

    def message(self, uuid, message):
        dropped = (
            uuid == gatt.BACKFILL
            and isinstance(message, CompactFrame)
            and message.sequence_low % 8 == 0
        )
        return None if dropped else message


@caught_by("backfill.cancel")
class CannotCancel(Mishearing):
    """cancel_backfill is answered OK and ignored"""

    def heard_as(self, command):
        return None if isinstance(command, CancelBackfill) else command


@caught_by("backfill.replaced")
class DoneForTheOld(VirtualLine):
    """a back-fill that was replaced is told done too"""

    asked: Backfill | None = None

    def on_write(self, payload):
        self.old, self.asked = self.asked, None
        if payload[:1] == bytes([CODE[Backfill]]):
            self.asked = decode_message(payload)
        elif self.old is not None:
            self.asked = self.old
        return super().on_write(payload)

    def sent(self, uuid, payload):
        yield uuid, payload
        if payload[0] == CODE[BackfillDone] and self.old is not None:
            yield uuid, encode_message(BackfillDone(self.old.id, self.old.boot_id, 0))


@caught_by("backfill.resumed")
class ResumesByItself(VirtualLine):
    """a back-fill goes on by itself on the next connection"""

    last: bytes | None = None

    def on_write(self, payload):
        if payload[:1] == bytes([CODE[Backfill]]):
            self.last = payload
        return super().on_write(payload)

    def on_subscribe(self, uuid, on):
        super().on_subscribe(uuid, on)
        if uuid == gatt.BACKFILL and on and self.last is not None:
            self.core.on_write(gatt.CONTROL, self.last, self.clock_us())


@caught_by("backfill.live_first")
class BackfillFirst(VirtualLine):
    """live frames wait while a back-fill is under way"""

    filling = False

    def __init__(self, setup=None, up_s=300.0):
        super().__init__(setup, up_s)

    def sent(self, uuid, payload):
        if uuid == gatt.BACKFILL:
            self.filling = payload[0] != CODE[BackfillDone]
        if uuid != gatt.IMU or not self.filling:
            yield uuid, payload


@caught_by("backfill.range")
class AnyRange(_AnswersBadly):
    """samples that do not exist yet are promised"""

    wrong = Status.RANGE


@caught_by("backfill.rebooted")
class OtherReason(Twisting):
    """samples of another boot id are told OVERWRITTEN"""

    def message(self, uuid, message):
        if isinstance(message, Lost) and message.reason == 2:
            return dataclasses.replace(message, reason=1)
        return message


@caught_by("backfill.lost")
class SilentLoss(Twisting):
    """what was overwritten is passed over in silence"""

    def message(self, uuid, message):
        silent = isinstance(message, Lost) and message.reason == 1
        return None if silent else message

    def __init__(self, setup=None, up_s=30.0):
        super().__init__(CoreSetup(ring_samples=1000), up_s)


@caught_by("acknowledge.range")
class AcknowledgesTheFuture(Mishearing):
    """samples that do not exist yet can be acknowledged"""

    def heard_as(self, command):
        return None if isinstance(command, Acknowledge) else command


@caught_by("acknowledge.backwards")
class Backwards(Twisting):
    """`acknowledged` follows whatever was written last"""

    told: int | None = None

    def on_write(self, payload):
        if payload[:1] == bytes([CODE[Acknowledge]]):
            self.told = decode_message(payload).next
        return super().on_write(payload)

    def message(self, uuid, message):
        if isinstance(message, RingState):
            first = message.acknowledged + (0 if self.told is not None else 500)
            return dataclasses.replace(message, acknowledged=first)
        return message


@caught_by("acknowledge.counts")
class UnsavedForever(Twisting):
    """`unsaved` counts what was acknowledged"""

    def message(self, uuid, message):
        if isinstance(message, Condition):
            return dataclasses.replace(message, unsaved=message.next)
        return message


# Condition, events, connection


@caught_by("condition.asked")
class PercentOfVolts(Twisting):
    """the charge is told as 150 %"""

    def message(self, uuid, message):
        if isinstance(message, Condition):
            return dataclasses.replace(message, battery_percent=150)
        return message


@caught_by("condition.asked")
class WornUnknown(Twisting):
    """WORN is told without WEAR_KNOWN"""

    def message(self, uuid, message):
        if isinstance(message, Condition):
            return dataclasses.replace(message, flags=ConditionFlag.WORN)
        return message


class _Untold(Twisting):
    """Keeps some conditions to itself."""

    told = 0

    def tells(self, message):
        return True

    def message(self, uuid, message):
        if uuid == gatt.EVENTS and isinstance(message, Condition):
            self.told += 1
            return message if self.tells(message) else None
        return message

    def on_subscribe(self, uuid, on):
        if uuid == gatt.EVENTS:
            self.told = 0
        super().on_subscribe(uuid, on)


@caught_by("condition.subscribed")
class NotAtFirst(_Untold):
    """the condition does not come by itself after subscribing"""

    def tells(self, message):
        return self.told > 1


@caught_by("condition.repeats")
class OnlyOnce(_Untold):
    """the condition does not come again after 10 s"""

    def tells(self, message):
        return self.told == 1


@caught_by("condition.changes")
class ChangesSilently(_Untold):
    """a change of the condition is not told"""

    def tells(self, message):
        return self.told == 1


@caught_by("condition.before_hello")
class TellsAnybody(VirtualLine):
    """the condition is told before hello"""

    def on_subscribe(self, uuid, on):
        super().on_subscribe(uuid, on)
        if uuid == gatt.EVENTS and on:
            self.core.on_write(gatt.CONTROL, encode_message(Hello(1)), self.clock_us())


@caught_by("counters.refused")
class CountsNothing(Twisting):
    """refused commands are not counted"""

    def message(self, uuid, message):
        if isinstance(message, Counters):
            return dataclasses.replace(message, refused_commands=0)
        return message


class _WithEvents(Twisting):
    """Its button was pressed three times."""

    def __init__(self, setup=None, up_s=30.0):
        super().__init__(setup, up_s)
        for _ in range(3):
            self.core.press(1)


@caught_by("events.resent")
class SendsOnce(_WithEvents):
    """an event is sent on one connection only"""

    def __init__(self, setup=None, up_s=30.0):
        self.gone = set()
        super().__init__(setup, up_s)

    def message(self, uuid, message):
        if isinstance(message, Event):
            if message.number in self.gone:
                return None
            self.gone.add(message.number)
        return message


@caught_by("events.resent")
class NewestFirst(_WithEvents):
    """events are sent with the numbers of their place, newest first"""

    def message(self, uuid, message):
        if isinstance(message, Event):
            return dataclasses.replace(message, number=100 - message.number)
        return message


@caught_by("mute.set")
class CannotMute(Mishearing):
    """mute is answered OK and ignored"""

    def heard_as(self, command):
        return None if isinstance(command, Mute) else command


@caught_by("mute.kept")
class ForgetsMute(VirtualLine):
    """a disconnect ends muting"""

    def on_connect(self):
        super().on_connect()
        self.core.on_subscribe(gatt.CONTROL, True)
        self.core.on_write(gatt.CONTROL, encode_message(Hello(1)), self.clock_us())
        self.core.on_write(gatt.CONTROL, encode_message(Mute(1, 0)), self.clock_us())
        self.core.poll(self.clock_us(), 10)
        super().on_connect()


@caught_by("connection.hello_ends")
class RemembersHello(VirtualLine):
    """hello is remembered over a disconnect"""

    greeted = False

    def on_write(self, payload):
        self.greeted = self.greeted or payload[0] == CODE[Hello]
        return super().on_write(payload)

    def on_subscribe(self, uuid, on):
        super().on_subscribe(uuid, on)
        if uuid == gatt.CONTROL and self.greeted:
            self.core.on_write(gatt.CONTROL, encode_message(Hello(1)), self.clock_us())


@caught_by("connection.subscriptions_end")
class RemembersSubscriptions(VirtualLine):
    """notifications stay on over a disconnect"""

    def __init__(self, setup=None, up_s=30.0):
        self.ever = set()
        super().__init__(setup, up_s)

    def on_subscribe(self, uuid, on):
        self.ever.add(uuid)
        super().on_subscribe(uuid, on)

    def on_connect(self):
        super().on_connect()
        for uuid in self.ever:
            self.core.on_subscribe(uuid, True)


@caught_by("connection.clock_goes_on")
class RestartsClock(Twisting):
    """the clock of time replies begins anew with each connection"""

    began_us = 0

    def on_connect(self):
        super().on_connect()
        self.began_us = self.clock_us()

    def message(self, uuid, message):
        if isinstance(message, TimeReply):
            return dataclasses.replace(message, received_us=message.received_us - self.began_us)
        return message


# Setting of the motion sensor


@caught_by("sensor.same")
class AlwaysANewRun(VirtualLine):
    """set_sensor begins a new run whatever it says"""

    def on_write(self, payload):
        code = super().on_write(payload)
        if payload[0] == CODE[SetSensor]:
            self.core.poll(self.clock_us(), 0)
            asked = decode_message(payload)
            for rate_mhz in (50_000, asked.rate_mhz):
                self.core.on_write(
                    gatt.CONTROL,
                    encode_message(dataclasses.replace(asked, rate_mhz=rate_mhz, force=1)),
                    self.clock_us(),
                )
        return code


@caught_by("sensor.unknown")
class AnyRate(Mishearing):
    """a rate that the sensor does not have is answered OK"""

    def heard_as(self, command):
        return None if isinstance(command, SetSensor) else command


@caught_by("sensor.unsaved")
class AlwaysForced(Mishearing):
    """another rate erases what no host has, without force"""

    def heard_as(self, command):
        return dataclasses.replace(command, force=1) if isinstance(command, SetSensor) else command


@caught_by("sensor.new_run")
class SameRun(Twisting):
    """a new rate keeps the boot id"""

    def config(self):
        payload = super().config()
        return seal(payload[:2] + struct.pack("<I", 7) + payload[6:-2])

    def message(self, uuid, message):
        return (
            dataclasses.replace(message, boot_id=7) if isinstance(message, RingState) else message
        )


# Haptics


@caught_by("haptics.play")
class NeverPlays(Mishearing):
    """play is answered OK, and nothing is played"""

    def heard_as(self, command):
        return None if isinstance(command, Play) else command


@caught_by("haptics.ends")
class PlaysForever(Mishearing):
    """a pattern does not end"""

    def heard_as(self, command):
        if isinstance(command, Play):
            return dataclasses.replace(command, times=255)
        return command


@caught_by("haptics.mute_stops")
class PlaysOn(Twisting):
    """mute lets a pattern play on"""

    playing = False

    def on_write(self, payload):
        if payload[0] == CODE[Play]:
            self.playing = payload[2] != 0
        return super().on_write(payload)

    def message(self, uuid, message):
        if isinstance(message, Condition) and self.playing:
            return dataclasses.replace(message, flags=message.flags | ConditionFlag.PLAYING)
        return message


@caught_by("haptics.unable")
class NoMotor(_AnswersBadly):
    """a device without motor says that it plays"""

    wrong = Status.UNABLE

    def __init__(self, setup=None, up_s=30.0):
        super().__init__(CoreSetup(capabilities=Capability.BUTTON), up_s)


@caught_by("neutral.limits")
class AnyVector(Mishearing):
    """any neutral posture is taken"""

    def heard_as(self, command):
        return None if isinstance(command, SetNeutral) else command


@caught_by("pattern.set")
class OnePattern(_AnswersBadly):
    """patterns of eight steps are refused"""

    def on_write(self, payload):
        if payload[0] == CODE[SetPattern] and payload[3] > 4:
            payload = payload[:-1]
        return super().on_write(payload)


@caught_by("rule.cue")
class DeafRule(Mishearing):
    """rules are stored and never speak"""

    def heard_as(self, command):
        return None if isinstance(command, SetRule) else command


@caught_by("rule.cue")
class AlwaysLoud(Mishearing):
    """a rule speaks while a host is there"""

    def heard_as(self, command):
        return dataclasses.replace(command, flags=2) if isinstance(command, SetRule) else command


@caught_by("rule.cue")
class NeverForgets(Mishearing):
    """events that were acknowledged come again"""

    def heard_as(self, command):
        return None if isinstance(command, AcknowledgeEvents) else command


__all__ = ["MUTANTS"]
