"""The one field table: every byte of every message.

The codec, the C header, the tables in spec.md and the golden vectors all come from here
(`python -m firmware_protocol.generate`).
"""

import binascii
import dataclasses
import struct
from dataclasses import dataclass
from enum import Enum

from firmware_protocol.codes import (
    CODES,
    EventKind,
    LossReason,
    Pattern,
    RuleKind,
    Status,
    StreamMode,
)


class Scalar(Enum):
    """A number on the air; little endian, no padding."""

    U8 = ("u8", "B", "uint8_t")
    U16 = ("u16", "H", "uint16_t")
    U32 = ("u32", "I", "uint32_t")
    U64 = ("u64", "Q", "uint64_t")
    I16 = ("i16", "h", "int16_t")

    def __init__(self, label: str, code: str, c_type: str) -> None:
        self.label = label
        self.code = code  # of Python's struct module
        self.c_type = c_type
        self.size = struct.calcsize("<" + code)

    @property
    def maximum(self) -> int:
        """The largest value."""
        bits = 8 * self.size - (self is Scalar.I16)
        return int(2**bits - 1)


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a message.

    Attributes:
        unit: as written in the specification; "1" for a plain number.
        minimum, maximum: what a sender may send; by default all that the type holds upwards of 0.
    """

    name: str
    type: Scalar
    unit: str
    description: str
    minimum: int = 0
    maximum: int | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest value allowed."""
        return self.minimum, self.type.maximum if self.maximum is None else self.maximum


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that follow one another without padding.

    Attributes:
        format: for Python's struct module.
        size: number of bytes.
        names, limits: of the fields, in order.
    """

    fields: tuple[Field, ...]
    format: str = dataclasses.field(init=False)
    size: int = dataclasses.field(init=False)
    names: tuple[str, ...] = dataclasses.field(init=False)
    limits: tuple[tuple[str, int, int], ...] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        form = "<" + "".join(field.type.code for field in self.fields)
        object.__setattr__(self, "format", form)
        object.__setattr__(self, "size", struct.calcsize(form))
        object.__setattr__(self, "names", tuple(field.name for field in self.fields))
        limits = tuple((field.name, *field.limits) for field in self.fields)
        object.__setattr__(self, "limits", limits)

    def offset(self, name: str) -> int:
        """Byte at which the field `name` begins, from the start of the block."""
        at = 0
        for field in self.fields:
            if field.name == name:
                return at
            at += field.type.size
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Layout:
    """One message: a head, `count` repetitions of a record, and the CRC of all before it.

    Attributes:
        name: as the C structs and the sections of spec.md are called.
        code: value of its first byte.
        record: what is repeated as often as the head's field `count` says; empty if nothing is.
        record_name: what one record is called.
        sender: "device", or "host" for a command.
        where: characteristics it is written to, notified on or read from.
    """

    name: str
    code: int
    head: Block
    record: Block
    tail: Block
    record_name: str = "sample"
    sender: str = "device"
    where: str = "IMU, back-fill"

    def size(self, count: int = 0) -> int:
        """Number of bytes with `count` records."""
        return self.head.size + count * self.record.size + self.tail.size


_CRC = Block(
    (
        Field(
            "crc",
            Scalar.U16,
            "1",
            "CRC-16/CCITT-FALSE of all bytes before it (section 4)",
        ),
    )
)

IMU_FRAME = Layout(
    name="imu_frame",
    code=0x01,
    head=Block(
        (
            Field("type", Scalar.U8, "1", "0x01"),
            Field("count", Scalar.U8, "samples", "number of samples `n` that follow", 1),
            Field("boot_id", Scalar.U32, "1", "drawn at random at each power-up (section 5.1)"),
            Field("sequence", Scalar.U32, "samples", "samples since boot of sample 0, modulo 2^32"),
            Field("device_us", Scalar.U64, "us", "device clock since boot at sample 0"),
        )
    ),
    record=Block(
        (
            Field("acc_x", Scalar.I16, "LSB", "specific force along x"),
            Field("acc_y", Scalar.I16, "LSB", "specific force along y"),
            Field("acc_z", Scalar.I16, "LSB", "specific force along z"),
            Field("gyr_x", Scalar.I16, "LSB", "angular rate about x"),
            Field("gyr_y", Scalar.I16, "LSB", "angular rate about y"),
            Field("gyr_z", Scalar.I16, "LSB", "angular rate about z"),
        )
    ),
    tail=_CRC,
)

SENSOR_CONFIG = Layout(
    name="sensor_config",
    code=0x02,
    head=Block(
        (
            Field("type", Scalar.U8, "1", "0x02"),
            Field("version", Scalar.U8, "1", "protocol version, 1"),
            Field("boot_id", Scalar.U32, "1", "as in the frames that follow"),
            Field(
                "rate_mhz",
                Scalar.U32,
                "mHz",
                "nominal sampling rate; 100000 is 100 Hz",
                minimum=10_000,  # slower misses a fall
                maximum=2_000_000,  # the fastest sensors of the market give 1666 Hz
            ),
            Field("acc_range_g", Scalar.U16, "g", "accelerometer full scale: 32768 LSB", 1),
            Field("gyr_range_dps", Scalar.U16, "deg/s", "gyroscope full scale: 32768 LSB", 1),
            Field(
                "samples_per_frame",
                Scalar.U8,
                "samples",
                "most samples a live frame holds at the present MTU; 0 if none fits",
            ),
        )
    ),
    record=Block(()),
    tail=_CRC,
    where="config",
)


def _u8(name: str, unit: str, text: str, least: int = 0, most: int | None = None) -> Field:
    return Field(name, Scalar.U8, unit, text, least, most)


def _u16(name: str, unit: str, text: str, least: int = 0, most: int | None = None) -> Field:
    return Field(name, Scalar.U16, unit, text, least, most)


def _u32(name: str, unit: str, text: str, least: int = 0, most: int | None = None) -> Field:
    return Field(name, Scalar.U32, unit, text, least, most)


def _i16(name: str, unit: str, text: str, most: int) -> Field:
    return Field(name, Scalar.I16, unit, text, -most, most)


def _message(
    name: str, code: int, where: str, *fields: Field, sender: str = "device", record: Block | None
) -> Layout:
    return Layout(
        name=name,
        code=code,
        head=Block((_u8("type", "1", f"0x{code:02x}"), *fields)),
        record=record or Block(()),
        tail=_CRC,
        record_name="step",
        sender=sender,
        where=where,
    )


def _command(name: str, code: int, *fields: Field, record: Block | None = None) -> Layout:
    identity = _u8("id", "1", "chosen by the host; the reply repeats it", 1)
    return _message(name, code, "control", identity, *fields, sender="host", record=record)


def _reply(name: str, code: int, *fields: Field, where: str = "control") -> Layout:
    identity = _u8("id", "1", "of the command this answers")
    return _message(name, code, where, identity, *fields, record=None)


def _notice(name: str, code: int, where: str, *fields: Field) -> Layout:
    return _message(name, code, where, *fields, record=None)


_BOOT = _u32("boot_id", "1", "the run of samples meant")
_UNIT = 16_640  # Q14: 1.0 is 16384; rounding may exceed it

COMPACT_FRAME = _notice(
    "compact_frame",
    0x03,
    "IMU, back-fill",
    _u16("boot_low", "1", "low 16 bits of the boot id"),
    _u16("sequence_low", "samples", "low 16 bits of the sequence of this one sample"),
    *(
        Field(f.name, f.type, f.unit, f.description, -(2**15), 2**15 - 1)
        for f in IMU_FRAME.record.fields
    ),
)
ANCHOR = _notice(
    "anchor",
    0x04,
    "IMU, back-fill",
    _u32("boot_id", "1", "as in an IMU frame"),
    _u32("sequence", "samples", "of the compact frame that follows, modulo 2^32"),
    Field("device_us", Scalar.U64, "us", "device clock at that sample"),
)
HELLO = _command(
    "hello",
    0x10,
    _u8("version_least", "1", "lowest control version the host speaks", 2),
    _u8("version_most", "1", "highest control version the host speaks", 2),
    _u32("schema", "1", "schema hash of the host for `version_most`"),
)
HELLO_REPLY = _reply(
    "hello_reply",
    0x11,
    _u8("status", "1", "OK, VERSION or SCHEMA", 0, max(Status)),
    _u8("version", "1", "chosen version; if refused, the highest the device speaks", 2),
    _u32("schema", "1", "schema hash of the device for `version`"),
    _u32("boot_id", "1", "of the present run"),
    _u16("capabilities", "1", "bits, see Capability"),
    _u32("ring_samples", "samples", "how many samples the ring holds when full"),
)
RESULT = _reply(
    "result",
    0x12,
    _u8("command", "1", "type of the command this answers"),
    _u8("status", "1", "see Status", 0, max(Status)),
    _u32("detail", "1", "see Status; else 0"),
)
SET_SENSOR = _command(
    "set_sensor",
    0x13,
    Field("rate_mhz", Scalar.U32, "mHz", "nominal sampling rate", 10_000, 2_000_000),
    _u16("acc_range_g", "g", "accelerometer full scale", 1),
    _u16("gyr_range_dps", "deg/s", "gyroscope full scale", 1),
    _u8("force", "1", "1: even if samples that no host has are erased", 0, 1),
)
SET_STREAM = _command(
    "set_stream",
    0x14,
    _u8("mode", "1", "see StreamMode", 0, max(StreamMode)),
    _u8("samples", "samples", "in an IMU frame, if they fit; 0: as the device likes"),
)
MUTE = _command("mute", 0x15, _u16("seconds", "s", "from now on; 0 ends it"))
SESSION = _command("session", 0x16, _u8("running", "1", "1 begins a session, 0 ends it", 0, 1))
ACKNOWLEDGE_EVENTS = _command(
    "acknowledge_events", 0x17, _u16("next", "1", "number of the first event not stored yet")
)
GET_CONDITION = _command("get_condition", 0x18)
GET_COUNTERS = _command("get_counters", 0x19)
COUNTERS = _reply(
    "counters",
    0x1A,
    _u32("overwritten", "samples", "not acknowledged by any host, then overwritten; modulo 2^32"),
    _u32("never_sampled", "samples", "not delivered by the motion sensor; modulo 2^32"),
    _u16("refused_notifications", "1", "times the stack had no room; stops at 65535"),
    _u16("refused_commands", "1", "commands answered otherwise than OK; stops at 65535"),
    _u16("lost_events", "1", "events that found no place; stops at 65535"),
)
EVENT = _notice(
    "event",
    0x20,
    "events",
    _u8("kind", "1", "see EventKind", 1, max(EventKind)),
    _u16("number", "1", "events since power-up, modulo 2^16"),
    _u32("boot_id", "1", "of the run at that time"),
    Field("device_us", Scalar.U64, "us", "device clock at the event"),
    _u8("value", "1", "see EventKind"),
)
CONDITION = _reply(
    "condition",
    0x21,
    _u8("flags", "1", "bits, see ConditionFlag"),
    _u8("battery_percent", "%", "charge; 255 if not known"),
    _u16("battery_mv", "mV", "voltage; 0 if not known"),
    _u8("self_test", "1", "bits, see Fault; 0 is sound"),
    _u16("muted_s", "s", "time left muted"),
    _u32("next", "samples", "sequence of the next sample"),
    _u32("unsaved", "samples", "in the ring and not acknowledged"),
    where="control, events",
)
BACKFILL = _command(
    "backfill",
    0x30,
    _BOOT,
    _u32("first", "samples", "sequence of the first sample wanted"),
    _u32("count", "samples", "how many at most", 1, 2**30),
)
ACKNOWLEDGE = _command(
    "acknowledge",
    0x31,
    _BOOT,
    _u32("next", "samples", "the host has stored, or given up, all samples before this one"),
)
LOST = _notice(
    "lost",
    0x32,
    "back-fill",
    _u8("reason", "1", "see LossReason", 1, max(LossReason)),
    _BOOT,
    _u32("first", "samples", "sequence of the first sample"),
    _u32("count", "samples", "how many", 1),
)
BACKFILL_DONE = _reply(
    "backfill_done",
    0x33,
    _BOOT,
    _u32("next", "samples", "all samples asked for before this one were sent or told lost"),
    where="back-fill",
)
CANCEL_BACKFILL = _command("cancel_backfill", 0x34)
GET_RING = _command("get_ring", 0x35)
RING_STATE = _reply(
    "ring_state",
    0x36,
    _u32("boot_id", "1", "of the present run"),
    _u32("oldest", "samples", "sequence of the oldest sample in the ring; `next` if none is"),
    _u32("next", "samples", "sequence of the next sample"),
    _u32("acknowledged", "samples", "all before this one were acknowledged"),
)
TIME_REQUEST = _command("time_request", 0x40, _u32("token", "1", "any number"))
TIME_REPLY = _reply(
    "time_reply",
    0x41,
    _u32("token", "1", "as asked"),
    Field("received_us", Scalar.U64, "us", "device clock when the request arrived"),
    _u32("held_us", "us", "from then until this reply was handed to the radio"),
)
PLAY = _command(
    "play",
    0x50,
    _u8("pattern", "1", "see Pattern; 0 stops what is being played", 0, max(Pattern)),
    _u8("strength", "%", "scales every step", 0, 100),
    _u8("times", "1", "how often the pattern is played", 1),
)
STEP = Block(
    (
        _u8("on_10ms", "10 ms", "how long it vibrates"),
        _u8("off_10ms", "10 ms", "how long it then rests"),
        _u8("percent", "%", "strength", 0, 100),
    )
)
SET_PATTERN = _command(
    "set_pattern",
    0x51,
    _u8("pattern", "1", "see Pattern", 1, max(Pattern)),
    _u8("count", "1", "steps that follow", 1, 8),
    record=STEP,
)
SET_RULE = _command(
    "set_rule",
    0x52,
    _u8("index", "1", "which of the four rules", 0, 3),
    _u8("kind", "1", "see RuleKind", 0, max(RuleKind)),
    _u16("on_ddeg", "0.1 deg", "the posture begins at this angle", 1, 1799),
    _u16("off_ddeg", "0.1 deg", "it ends below this one; not more than `on_ddeg`", 0, 1799),
    _u16("dwell_100ms", "0.1 s", "how long it must last"),
    _u16("cooldown_s", "s", "least time from one cue of this rule to the next"),
    _u8("most_per_hour", "1", "cues of this rule in an hour; 0: no limit"),
    _u8("pattern", "1", "see Pattern", 1, max(Pattern)),
    _u8("times", "1", "how often the pattern is played", 1),
    _u8("flags", "1", "bits, see RuleFlag", 0, 3),
)
SET_NEUTRAL = _command(
    "set_neutral",
    0x53,
    *(
        _i16(f"{vector}_{axis}", "2^-14", f"{text}, sensor axis {axis}", _UNIT)
        for vector, text in (
            ("up", "unit vector against gravity in the neutral posture"),
            ("forward", "unit vector forwards, at right angles to up"),
        )
        for axis in "xyz"
    ),
)

LAYOUTS = (
    IMU_FRAME,
    SENSOR_CONFIG,
    COMPACT_FRAME,
    ANCHOR,
    HELLO,
    HELLO_REPLY,
    RESULT,
    SET_SENSOR,
    SET_STREAM,
    MUTE,
    SESSION,
    ACKNOWLEDGE_EVENTS,
    GET_CONDITION,
    GET_COUNTERS,
    COUNTERS,
    EVENT,
    CONDITION,
    BACKFILL,
    ACKNOWLEDGE,
    LOST,
    BACKFILL_DONE,
    CANCEL_BACKFILL,
    GET_RING,
    RING_STATE,
    TIME_REQUEST,
    TIME_REPLY,
    PLAY,
    SET_PATTERN,
    SET_RULE,
    SET_NEUTRAL,
)


def schema_text() -> str:
    """Every layout and code as lines of ASCII; two sides that differ here cannot talk."""
    lines = []
    for layout in LAYOUTS:
        parts = [f"{layout.name}=0x{layout.code:02x}"]
        for block in (layout.head, layout.record, layout.tail):
            parts.append(",".join(f"{f.name}:{f.type.label}:{f.unit}" for f in block.fields))
        lines.append("|".join(parts))
    for codes in CODES:
        names = ",".join(f"{code.name}:{code.value}" for code in codes)
        lines.append(f"{codes.__name__}={names}")
    return "\n".join(lines) + "\n"


def schema_hash() -> int:
    """CRC-32 (ISO-HDLC, as in zip files) of `schema_text()`."""
    return binascii.crc32(schema_text().encode("ascii"))


NOTIFICATION_OVERHEAD = 3  # B; ATT opcode and handle (Bluetooth Core 5.4, Vol 3, Part F, 3.4.7.1)
VALUE_MAXIMUM = 512  # B; longest attribute value (Bluetooth Core 5.4, Vol 3, Part F, 3.2.9)
