"""Messages of the control version: commands, replies, notices, and their bytes.

Field names, units and limits are those of the field table (`layout.py`, spec.md section 9).
"""

import dataclasses
import struct
from dataclasses import dataclass
from typing import Any

from firmware_protocol import layout
from firmware_protocol.codec import check_fields, check_length, check_seal, seal
from firmware_protocol.errors import FieldError, TruncatedError, UnknownMessageError
from firmware_protocol.layout import Layout, schema_hash

CONTROL_VERSION = 2
SCHEMA_HASH = schema_hash()


@dataclass(frozen=True, slots=True)
class CompactFrame:
    """One sample where the MTU is too small for an IMU frame; see `compact.Unwrapper`."""

    boot_low: int
    sequence_low: int
    acc_x: int
    acc_y: int
    acc_z: int
    gyr_x: int
    gyr_y: int
    gyr_z: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the compact frames that follow leave out."""

    boot_id: int
    sequence: int
    device_us: int


@dataclass(frozen=True, slots=True)
class Hello:
    """Host: these versions I speak. The first command on every connection."""

    id: int
    version_least: int = CONTROL_VERSION
    version_most: int = CONTROL_VERSION
    schema: int = SCHEMA_HASH


@dataclass(frozen=True, slots=True)
class HelloReply:
    """Device: we speak this version, or why not."""

    id: int
    status: int
    version: int
    schema: int
    boot_id: int
    capabilities: int
    ring_samples: int


@dataclass(frozen=True, slots=True)
class Result:
    """Device: what became of a command."""

    id: int
    command: int
    status: int
    detail: int


@dataclass(frozen=True, slots=True)
class SetSensor:
    """Host: sample so from now on. Another setting begins a new run with a new boot id."""

    id: int
    rate_mhz: int
    acc_range_g: int
    gyr_range_dps: int
    force: int = 0


@dataclass(frozen=True, slots=True)
class SetStream:
    """Host: send live samples so, until this connection ends."""

    id: int
    mode: int
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Mute:
    """Host: no haptics for so long."""

    id: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Session:
    """Host: a session begins or ends."""

    id: int
    running: int


@dataclass(frozen=True, slots=True)
class AcknowledgeEvents:
    """Host: all events before this number are stored."""

    id: int
    next: int


@dataclass(frozen=True, slots=True)
class GetCondition:
    """Host: answer with `Condition`."""

    id: int


@dataclass(frozen=True, slots=True)
class GetCounters:
    """Host: answer with `Counters`."""

    id: int


@dataclass(frozen=True, slots=True)
class Counters:
    """Device: what went wrong since power-up."""

    id: int
    overwritten: int
    never_sampled: int
    refused_notifications: int
    refused_commands: int
    lost_events: int


@dataclass(frozen=True, slots=True)
class Event:
    """Device: the wearer pressed the button, or a rule spoke."""

    kind: int
    number: int
    boot_id: int
    device_us: int
    value: int


@dataclass(frozen=True, slots=True)
class Condition:
    """Device: battery, wear, faults. `id` is 0 where nobody asked."""

    id: int
    flags: int
    battery_percent: int
    battery_mv: int
    self_test: int
    muted_s: int
    next: int
    unsaved: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """Host: send these samples again, or say why not."""

    id: int
    boot_id: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Host: all samples of this run before `next` may be erased."""

    id: int
    boot_id: int
    next: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Device: these samples cannot be had, and why."""

    reason: int
    boot_id: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class BackfillDone:
    """Device: the back-fill with this id is complete."""

    id: int
    boot_id: int
    next: int


@dataclass(frozen=True, slots=True)
class CancelBackfill:
    """Host: stop sending."""

    id: int


@dataclass(frozen=True, slots=True)
class GetRing:
    """Host: answer with `RingState`."""

    id: int


@dataclass(frozen=True, slots=True)
class RingState:
    """Device: which samples there are."""

    id: int
    boot_id: int
    oldest: int
    next: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class TimeRequest:
    """Host: what does your clock say?"""

    id: int
    token: int


@dataclass(frozen=True, slots=True)
class TimeReply:
    """Device: the request arrived at `received_us`, this left `held_us` later."""

    id: int
    token: int
    received_us: int
    held_us: int


@dataclass(frozen=True, slots=True)
class Play:
    """Host: vibrate; pattern 0 stops."""

    id: int
    pattern: int
    strength: int = 100
    times: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of vibration and the rest after it."""

    on_10ms: int
    off_10ms: int
    percent: int


@dataclass(frozen=True, slots=True)
class SetPattern:
    """Host: from now on a pattern is these 1 to 8 steps; kept over a restart."""

    id: int
    pattern: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SetRule:
    """Host: buzz by yourself when this posture lasts; kept over a restart."""

    id: int
    index: int
    kind: int
    on_ddeg: int
    off_ddeg: int
    dwell_100ms: int
    cooldown_s: int
    most_per_hour: int
    pattern: int
    times: int
    flags: int


@dataclass(frozen=True, slots=True)
class SetNeutral:
    """Host: where up and forward are on the sensor [2^-14]; kept over a restart."""

    id: int
    up_x: int
    up_y: int
    up_z: int
    forward_x: int
    forward_y: int
    forward_z: int


Command = (
    Hello
    | SetSensor
    | SetStream
    | Mute
    | Session
    | AcknowledgeEvents
    | GetCondition
    | GetCounters
    | Backfill
    | Acknowledge
    | CancelBackfill
    | GetRing
    | TimeRequest
    | Play
    | SetPattern
    | SetRule
    | SetNeutral
)
Reply = HelloReply | Result | Counters | Condition | RingState | TimeReply
Notice = CompactFrame | Anchor | Event | Lost | BackfillDone
Message = Command | Reply | Notice

LAYOUT_OF: dict[type[Message], Layout] = {
    CompactFrame: layout.COMPACT_FRAME,
    Anchor: layout.ANCHOR,
    Hello: layout.HELLO,
    HelloReply: layout.HELLO_REPLY,
    Result: layout.RESULT,
    SetSensor: layout.SET_SENSOR,
    SetStream: layout.SET_STREAM,
    Mute: layout.MUTE,
    Session: layout.SESSION,
    AcknowledgeEvents: layout.ACKNOWLEDGE_EVENTS,
    GetCondition: layout.GET_CONDITION,
    GetCounters: layout.GET_COUNTERS,
    Counters: layout.COUNTERS,
    Event: layout.EVENT,
    Condition: layout.CONDITION,
    Backfill: layout.BACKFILL,
    Acknowledge: layout.ACKNOWLEDGE,
    Lost: layout.LOST,
    BackfillDone: layout.BACKFILL_DONE,
    CancelBackfill: layout.CANCEL_BACKFILL,
    GetRing: layout.GET_RING,
    RingState: layout.RING_STATE,
    TimeRequest: layout.TIME_REQUEST,
    TimeReply: layout.TIME_REPLY,
    Play: layout.PLAY,
    SetPattern: layout.SET_PATTERN,
    SetRule: layout.SET_RULE,
    SetNeutral: layout.SET_NEUTRAL,
}
_CLASS_OF = {found.code: cls for cls, found in LAYOUT_OF.items()}
_STEP = layout.STEP


def encode_message(message: Message) -> bytes:
    """Bytes of a command, a reply or a notice.

    Raises:
        FieldError: a number does not fit its field.
    """
    found = LAYOUT_OF[type(message)]
    values: dict[str, Any] = {
        field.name: getattr(message, field.name) for field in dataclasses.fields(message)
    }
    steps: tuple[Step, ...] = values.pop("steps", ())
    head = {"type": found.code, **values}
    if found.record.fields:
        head["count"] = len(steps)
    check_fields(found.head, head)
    _check_order(message)
    body = struct.pack(found.head.format, *(head[field.name] for field in found.head.fields))
    for index, step in enumerate(steps):
        record = {field.name: getattr(step, field.name) for field in _STEP.fields}
        check_fields(_STEP, record, found.head.size + index * _STEP.size)
        body += struct.pack(_STEP.format, *record.values())
    return seal(body)


def decode_message(payload: bytes) -> Message:
    """The command, reply or notice in a written value or a notification.

    IMU frames and the config message have decoders of their own.

    Raises:
        ProtocolError: by class, what is wrong with the bytes.
    """
    if not payload:
        raise TruncatedError("no bytes at all", offset=0)
    cls = _CLASS_OF.get(payload[0])
    if cls is None:
        raise UnknownMessageError(f"message type 0x{payload[0]:02x} is not known", offset=0)
    found = LAYOUT_OF[cls]
    check_length(payload, found.size(), exact=not found.record.fields)
    numbers = struct.unpack_from(found.head.format, payload)
    head = {field.name: value for field, value in zip(found.head.fields, numbers, strict=True)}
    count = head["count"] if found.record.fields else 0
    check_length(payload, found.size(count))
    check_seal(payload)
    check_fields(found.head, head)
    del head["type"]
    if found.record.fields:
        del head["count"]
        message: Message = SetPattern(**head, steps=tuple(_steps(payload, found, count)))
    else:
        message = cls(**head)
    _check_order(message)
    return message


def _steps(payload: bytes, found: Layout, count: int) -> list[Step]:
    steps = []
    for index in range(count):
        at = found.head.size + index * _STEP.size
        step = Step(*struct.unpack_from(_STEP.format, payload, at))
        check_fields(_STEP, dataclasses.asdict(step), at)
        steps.append(step)
    return steps


def _check_order(message: Message) -> None:
    """The one limit that depends on another field."""
    if isinstance(message, SetRule) and message.off_ddeg > message.on_ddeg:
        raise FieldError(
            f"off_ddeg is {message.off_ddeg}, more than on_ddeg {message.on_ddeg}",
            offset=layout.SET_RULE.head.offset("off_ddeg"),
        )


__all__ = [
    "CONTROL_VERSION",
    "LAYOUT_OF",
    "SCHEMA_HASH",
    "Acknowledge",
    "AcknowledgeEvents",
    "Anchor",
    "Backfill",
    "BackfillDone",
    "CancelBackfill",
    "Command",
    "CompactFrame",
    "Condition",
    "Counters",
    "Event",
    "GetCondition",
    "GetCounters",
    "GetRing",
    "Hello",
    "HelloReply",
    "Lost",
    "Message",
    "Mute",
    "Notice",
    "Play",
    "Reply",
    "Result",
    "RingState",
    "Session",
    "SetNeutral",
    "SetPattern",
    "SetRule",
    "SetSensor",
    "SetStream",
    "Step",
    "TimeReply",
    "TimeRequest",
    "decode_message",
    "encode_message",
]
