"""Hello, and how commands are answered and refused (sections 9 and 10)."""

import random
import struct
from collections.abc import Iterator
from dataclasses import replace

from backwatch.conformance.bench import Bench
from backwatch.conformance.check import BreachError, must, named, require
from firmware_protocol import gatt, samples_per_frame
from firmware_protocol.codec import seal
from firmware_protocol.codes import ConditionFlag, RuleKind, Status
from firmware_protocol.control import (
    CONTROL_VERSION,
    LAYOUT_OF,
    SCHEMA_HASH,
    Acknowledge,
    AcknowledgeEvents,
    Backfill,
    CancelBackfill,
    Command,
    Condition,
    GetCondition,
    GetCounters,
    GetRing,
    Hello,
    HelloReply,
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
    Step,
    TimeReply,
    TimeRequest,
    encode_message,
)
from firmware_protocol.layout import Block, Layout
from monitor.link.probe import AttError

# One sound command of each type; none is ever carried out as it stands here.
EXAMPLES: tuple[Command, ...] = (
    SetSensor(1, 100_000, 8, 1000),
    SetStream(1, 1),
    Mute(1, 1),
    Session(1, 1),
    AcknowledgeEvents(1, 0),
    GetCondition(1),
    GetCounters(1),
    Backfill(1, 0, 0, 1),
    Acknowledge(1, 0, 0),
    CancelBackfill(1),
    GetRing(1),
    TimeRequest(1, 0),
    Play(1, 1),
    SetPattern(1, 3, (Step(1, 1, 1),)),
    SetRule(1, 3, RuleKind.OFF, 200, 100, 0, 0, 0, 1, 1, 0),
    SetNeutral(1, 16384, 0, 0, 0, 0, -16384),
)
UNKNOWN_TYPES = (0x00, 0x1F, 0x37, 0x5F, 0xEF)  # kept free, or given to nobody
DEVICE_TYPES = (0x01, 0x02, 0x11, 0x12, 0x20, 0x33)  # what a device sends is no command
GARBAGE = 60  # writes; chosen by us
GARBAGE_SEED = 1


@must("hello.accepted", "10", "The device takes the highest version that both speak.")
async def hello_accepted(bench: Bench) -> str:
    await bench.connect()
    config = await bench.config()
    await bench.subscribe(gatt.CONTROL)
    reply = await bench.ask(Hello(0), HelloReply)
    require(reply.status == Status.OK, f"answered {named(Status, reply.status)}")
    require(reply.version == CONTROL_VERSION, f"it chose version {reply.version}")
    require(reply.schema == SCHEMA_HASH, f"its schema hash is 0x{reply.schema:08x}")
    require(reply.boot_id == config.boot_id, f"boot id {reply.boot_id:08x}, not that of config")
    require(reply.ring_samples > 0, "its ring holds no samples")
    return f"capabilities 0x{reply.capabilities:04x}, ring of {reply.ring_samples} samples"


@must("hello.newer_host", "10", "If it is higher, the host compares the hash in the reply")
async def hello_newer_host(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    reply = await bench.ask(Hello(0, CONTROL_VERSION, 250, 0x12345678), HelloReply)
    require(
        reply.status == Status.OK and reply.version == CONTROL_VERSION,
        f"a host of versions {CONTROL_VERSION} to 250 was answered {reply}",
    )
    await bench.condition()


@must("hello.version", "10", "If there is none: VERSION.")
async def hello_version(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    reply = await bench.ask(Hello(0, 200, 250), HelloReply)
    require(reply.status == Status.VERSION, f"answered {named(Status, reply.status)}")
    require(reply.version < 200, f"the highest it speaks is told as {reply.version}")
    await bench.result(GetRing(0), Status.NOT_NOW)


@must(
    "hello.schema",
    "10",
    "If `version_most` is the version taken, `schema` MUST be the device's own schema hash, else: "
    "SCHEMA.",
)
async def hello_schema(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    asked = Hello(0, CONTROL_VERSION, CONTROL_VERSION, SCHEMA_HASH ^ 1)
    reply = await bench.ask(asked, HelloReply)
    require(reply.status == Status.SCHEMA, f"answered {named(Status, reply.status)}")
    require(reply.schema == SCHEMA_HASH, f"its own hash is told as 0x{reply.schema:08x}")
    await bench.result(GetRing(0), Status.NOT_NOW)


@must("hello.again", "10", "the host MAY say hello again")
async def hello_again(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    await bench.ask(Hello(0, 200, 250), HelloReply)
    reply = await bench.ask(Hello(0), HelloReply)
    require(
        reply.status == Status.OK, f"the second hello was answered {named(Status, reply.status)}"
    )
    await bench.ring()


@must("commands.before_hello", "9", "hello has not been accepted on this connection")
async def before_hello(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    for command in EXAMPLES:
        reply = await bench.result(command, Status.NOT_NOW)
        code = LAYOUT_OF[type(command)].code
        require(reply.command == code, f"{reply} names another command than 0x{code:02x}")


@must("commands.unknown", "9.1", "A type that is not a command gives UNKNOWN_COMMAND, with id 0")
async def unknown(bench: Bench) -> None:
    await bench.greet()
    for code in (*UNKNOWN_TYPES, *DEVICE_TYPES):
        reply = await bench.result(seal(bytes([code, 77])), Status.UNKNOWN_COMMAND)
        require((reply.command, reply.id) == (code, 77), f"0x{code:02x} with id 77: {reply}")
    reply = await bench.result(bytes([UNKNOWN_TYPES[1]]), Status.UNKNOWN_COMMAND)
    require(reply.id == 0, f"a command of one byte: {reply}")


@must("commands.length", "9", "too few or too many bytes for this command")
async def length(bench: Bench) -> None:
    await bench.greet()
    for command in (Hello(9), *(replace(command, id=9) for command in EXAMPLES)):
        payload = encode_message(command)
        for wrong in (payload[:-1], payload[:2], payload + b"\0"):
            reply = await bench.result(wrong, Status.LENGTH)
            require((reply.command, reply.id) == (payload[0], 9), f"{wrong.hex(' ')}: {reply}")


@must(
    "commands.checksum", "4", "Every message ends with a CRC-16/CCITT-FALSE of all bytes before it"
)
async def checksum(bench: Bench) -> None:
    await bench.greet()
    for command in (Hello(9), *(replace(command, id=9) for command in EXAMPLES)):
        payload = bytearray(encode_message(command))
        for at, bit in ((-1, 0x80), (-2, 0x01), (len(payload) - 3, 0x10)):
            wrong = bytearray(payload)
            wrong[at] ^= bit
            if wrong[0] != payload[0] or (at == 3 and isinstance(command, SetPattern)):
                continue
            await bench.result(bytes(wrong), Status.CHECKSUM)


@must("commands.field", "9", "a value is not allowed; `detail` is the byte at which it stands")
async def field(bench: Bench) -> str:
    """Each field of each command, just below and just above what the tables allow."""
    await bench.greet()
    tried = 0
    for command in (Hello(9), *EXAMPLES):
        for payload, offset in _forbidden(command):
            await bench.result(payload, Status.FIELD, offset)
            tried += 1
    rule = next(command for command in EXAMPLES if isinstance(command, SetRule))
    above = bytearray(encode_message(rule)[:-2])
    struct.pack_into("<H", above, 6, rule.on_ddeg + 1)  # off_ddeg, the one that hangs on another
    await bench.result(seal(bytes(above)), Status.FIELD, 6)
    return f"{tried + 1} values"


@must("commands.id_zero", "9", "in a command it is refused like any value that is not allowed")
async def id_zero(bench: Bench) -> None:
    await bench.greet()
    payload = encode_message(GetCondition(1))
    reply = await bench.result(seal(payload[:1] + b"\0" + payload[2:-2]), Status.FIELD, 1)
    require(reply.id == 0, f"{reply}")


@must(
    "commands.check_order",
    "9.1",
    "It checks in the order of section 8, then whether hello was accepted",
)
async def check_order(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    sound = encode_message(SetStream(5, 1))
    bad_field = sound[:2] + b"\x09" + sound[3:-2]
    await bench.result(b"\x1f" + sound[1:], Status.UNKNOWN_COMMAND)
    await bench.result(sound[:-1] + b"\xff\xff", Status.LENGTH)
    await bench.result(bad_field + b"\x12\x34", Status.CHECKSUM)
    await bench.result(seal(bad_field), Status.FIELD, 2)
    await bench.result(sound, Status.NOT_NOW)


@must("commands.refused_changes_nothing", "9.1", "A command that is refused changes nothing.")
async def refused_changes_nothing(bench: Bench) -> None:
    await bench.greet()
    before = await bench.condition()
    running = bool(before.flags & ConditionFlag.SESSION)
    payload = bytearray(encode_message(Session(5, int(not running))))
    payload[-1] ^= 1
    await bench.result(bytes(payload), Status.CHECKSUM)
    muted = bytearray(encode_message(Mute(5, 600 if not before.muted_s else 0)))
    muted[-1] ^= 1
    await bench.result(bytes(muted), Status.CHECKSUM)
    after = await bench.condition()
    mask = ConditionFlag.SESSION | ConditionFlag.MUTED
    require(
        after.flags & mask == before.flags & mask,
        f"flags 0x{before.flags:02x} became 0x{after.flags:02x} by commands that were refused",
    )


@must(
    "commands.ids",
    "9",
    "`id` is any number from 1 to 255 that the host chooses; the reply repeats it.",
)
async def ids(bench: Bench) -> None:
    await bench.greet()
    for identity in (1, 2, 127, 128, 255, 1):
        reply = await bench.ask(encode_message(GetRing(identity)), RingState)
        require(reply.id == identity, f"get_ring with id {identity} was answered with {reply.id}")


@must("commands.one_reply", "9", "Each command has exactly one reply")
async def one_reply(bench: Bench) -> None:
    await bench.greet()
    start = len(bench.line.heard)
    await bench.result(encode_message(CancelBackfill(21)), Status.OK)
    await bench.ask(encode_message(GetCondition(22)), Condition)
    await bench.ask(encode_message(TimeRequest(23, 0)), TimeReply)
    await bench.pause(bench.patience.quiet_s)
    found = [getattr(message, "id", 0) for message in bench.messages(gatt.CONTROL, start)]
    require(found == [21, 22, 23], f"three commands, ids 21 to 23, had the replies {found}")


@must("commands.order", "9.1", "Replies are sent in the order of the commands")
async def order(bench: Bench) -> None:
    await bench.greet()
    start = len(bench.line.heard)
    written = (TimeRequest(31, 1), GetRing(32), TimeRequest(33, 2))
    for command in written:
        await bench.tell(encode_message(command))
    await bench.line.until(
        lambda: len(bench.since(gatt.CONTROL, start)) >= len(written), bench.patience.reply_s
    )
    bench.hear()
    found = [getattr(message, "id", 0) for message in bench.messages(gatt.CONTROL, start)]
    require(found == [31, 32, 33], f"commands 31, 32, 33 were answered in the order {found}")


@must("commands.repeated", "9.2", "All commands may be repeated without harm")
async def repeated(bench: Bench) -> None:
    await bench.greet()
    for _ in range(3):
        reply = await bench.ask(encode_message(GetRing(40)), RingState)
        require(reply.id == 40, f"{reply}")


@must("commands.empty", "9.1", "0x0D invalid attribute value length")
async def empty(bench: Bench) -> None:
    await bench.greet()
    await _att_error(bench, b"", 0x0D, "a write of no bytes")


@must("commands.unsubscribed", "9.1", "0xFD descriptor improperly configured")
async def unsubscribed(bench: Bench) -> None:
    await bench.greet()
    await bench.unsubscribe(gatt.CONTROL)
    await _att_error(
        bench, encode_message(GetRing(1)), 0xFD, "a command with notifications off on control"
    )
    await bench.subscribe(gatt.CONTROL)
    await bench.ring()


@must("commands.garbage", "8", "Nothing a peer sends may stop a receiver.")
async def garbage(bench: Bench) -> str:
    """Random bytes, damaged commands and sound CRCs over nonsense; then it must still answer."""
    await bench.greet()
    await bench.subscribe(gatt.IMU)
    draw = random.Random(GARBAGE_SEED)
    longest = min(bench.line.mtu - 3, 200)
    for _ in range(GARBAGE):
        body = bytes(draw.randrange(256) for _ in range(draw.randrange(2, longest - 2)))
        if body[0] == LAYOUT_OF[Hello].code:
            continue  # it might be refused and end what was agreed
        payload = draw.choice((body, seal(body)))
        reply = await bench.ask(payload, Result)
        require(reply.status != Status.OK, f"nonsense was obeyed: {payload.hex(' ')}")
    start = len(bench.line.heard)
    await bench.ring()
    if samples_per_frame(bench.line.mtu) == 0:
        return f"{GARBAGE} writes; no IMU frame fits the MTU"
    flows = await bench.line.until(
        lambda: bool(bench.since(gatt.IMU, start)), 1.0 + bench.patience.slack_s
    )
    require(flows, "the stream has stopped")
    return f"{GARBAGE} writes"


def _forbidden(command: Command) -> Iterator[tuple[bytes, int]]:
    """Sound messages but for one value, and the byte at which it stands."""
    layout = LAYOUT_OF[type(command)]
    body = encode_message(command)[:-2]
    yield from _outside(layout.head, body, 0, skip=("type", "count"))
    if not layout.record.fields:
        return
    yield from _outside(layout.record, body, layout.head.size)
    at = layout.head.offset("count")
    for count in (0, 9):
        yield seal(body[:at] + bytes([count]) + _records(layout, count)), at


def _records(layout: Layout, count: int) -> bytes:
    return bytes([1]) * (layout.record.size * count)


def _outside(
    block: Block, body: bytes, start: int, skip: tuple[str, ...] = ()
) -> Iterator[tuple[bytes, int]]:
    for found in block.fields:
        if found.name in skip:
            continue
        at = start + block.offset(found.name)
        least, most = found.limits
        form = "<" + found.type.code
        for value in (least - 1, most + 1):
            try:
                packed = struct.pack(form, value)
            except struct.error:
                continue  # the type cannot hold it
            yield seal(body[:at] + packed + body[at + found.type.size :]), at


async def _att_error(bench: Bench, payload: bytes, code: int, what: str) -> None:
    try:
        await bench.tell(payload)
    except AttError as error:
        require(error.code == code, f"{what}: {error}, where 0x{code:02X} was due")
        return
    raise BreachError(f"{what} was taken, where ATT error 0x{code:02X} was due")
