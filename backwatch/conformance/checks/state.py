"""Condition, counters, events, mute, session, and what ends with the connection (10.1, 14, 15)."""

from itertools import pairwise

from backwatch.conformance.bench import Bench, forwards, has_motor
from backwatch.conformance.check import SkippedError, must, named, require
from firmware_protocol import SensorConfig, gatt
from firmware_protocol.codes import ConditionFlag, LossReason, Status
from firmware_protocol.control import (
    Condition,
    Counters,
    Event,
    GetCounters,
    GetRing,
    Mute,
    Play,
    Result,
    Session,
    SetSensor,
)

KNOWN_FLAGS = sum(ConditionFlag)
OTHER_RATES_MHZ = (50_000, 200_000, 25_000, 104_000, 52_000, 208_000)  # of common motion sensors
NO_SENSOR_HAS = 65_535  # g or deg/s
NO_RATE_MHZ = 1_999_999
MUTE_S = 60


@must(
    "condition.asked",
    "14",
    "The *condition* is the reply to `get_condition`, then on the control characteristic",
)
async def condition_asked(bench: Bench) -> str:
    await bench.greet()
    ring = await bench.ring()
    told = await bench.condition()
    require(
        told.battery_percent <= 100 or told.battery_percent == 255,
        f"the charge is told as {told.battery_percent} %",
    )
    require(told.flags & ~KNOWN_FLAGS == 0, f"flags 0x{told.flags:02x} have bits without a meaning")
    worn = bool(told.flags & ConditionFlag.WORN)
    require(
        not worn or bool(told.flags & ConditionFlag.WEAR_KNOWN), "WORN is set without WEAR_KNOWN"
    )
    require(
        bool(told.flags & ConditionFlag.MUTED) == (told.muted_s > 0),
        f"flags 0x{told.flags:02x} and muted_s {told.muted_s} contradict each other",
    )
    require(forwards(ring.next, told.next) >= 0, f"next is {told.next}, after {ring.next}")
    held = forwards(ring.oldest, told.next)
    require(told.unsaved <= held, f"{told.unsaved} unsaved samples, with {held} in the ring")
    return f"{told.battery_percent} %, {told.unsaved} samples unsaved, self-test {told.self_test}"


@must(
    "condition.subscribed",
    "14",
    "and it comes by itself with id 0 on the events characteristic: after subscribing",
)
async def condition_subscribed(bench: Bench) -> None:
    await bench.greet()
    await bench.subscribe(gatt.EVENTS)
    came = await bench.line.until(lambda: bool(_conditions(bench)), 1.0 + bench.patience.slack_s)
    require(came, "no condition within 1 s after subscribing to events")
    require(_conditions(bench)[0].id == 0, f"unasked it came as {_conditions(bench)[0]}")


@must(
    "condition.before_hello",
    "1",
    "A device MUST behave as a version 1 device on every connection until it has accepted a hello.",
)
async def condition_before_hello(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    await bench.subscribe(gatt.EVENTS)
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(bench.patience.quiet_s)
    came = sum(len(bench.since(uuid)) for uuid in (gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL))
    require(came == 0, f"{came} notifications of version 2 before hello")


@must("condition.repeats", "14", "change, and every 10 s")
async def condition_repeats(bench: Bench) -> None:
    await bench.greet()
    await bench.subscribe(gatt.EVENTS)
    await bench.line.until(
        lambda: len(_conditions(bench)) >= 2, bench.patience.tell_s + bench.patience.slack_s
    )
    count = len(_conditions(bench))
    require(count >= 2, f"{count} conditions in {bench.patience.tell_s:g} s")


@must("condition.changes", "14", "change, and every 10 s")
async def condition_changes(bench: Bench) -> None:
    """A session that begins shows in the flags at once."""
    await bench.greet()
    await bench.subscribe(gatt.EVENTS)
    await bench.line.until(lambda: bool(_conditions(bench)), 1.0 + bench.patience.slack_s)
    before = await bench.condition()
    running = bool(before.flags & ConditionFlag.SESSION)
    start = len(bench.line.heard)
    await bench.result(Session(0, int(not running)), Status.OK)
    try:
        told = await bench.line.until(
            lambda: bool(_conditions(bench, start)), 1.0 + bench.patience.slack_s
        )
        require(told, "the session changed, and no condition came within 1 s")
        flags = _conditions(bench, start)[0].flags
        require(bool(flags & ConditionFlag.SESSION) != running, f"it told flags 0x{flags:02x}")
    finally:
        await bench.result(Session(0, int(running)), Status.OK)


@must("counters.refused", "14", "commands answered otherwise than OK; stops at 65535")
async def counters_refused(bench: Bench) -> str:
    await bench.greet()
    before = await bench.ask(GetCounters(0), Counters)
    if before.refused_commands > 65_000:
        raise SkippedError(f"refused_commands is {before.refused_commands}, near its end")
    for _ in range(3):
        await bench.result(b"\x1f\x01\x00\x00", Status.UNKNOWN_COMMAND)
    after = await bench.ask(GetCounters(0), Counters)
    grown = after.refused_commands - before.refused_commands
    require(grown == 3, f"refused_commands grew by {grown} in three refused commands")
    return (
        f"overwritten {after.overwritten}, never sampled {after.never_sampled}, "
        f"lost events {after.lost_events}"
    )


@must("events.resent", "14", "the device sends all that are not acknowledged, oldest first")
async def events_resent(bench: Bench) -> str:
    """The same events on two connections in a row."""
    told = []
    for _ in range(2):
        await bench.greet()
        await bench.subscribe(gatt.EVENTS)
        await bench.line.until(lambda: bool(_conditions(bench)), 1.0 + bench.patience.slack_s)
        told.append([m for m in bench.messages(gatt.EVENTS) if isinstance(m, Event)])
    one, other = told
    if not one:
        raise SkippedError("the device keeps no event; press its button and run this check again")
    numbers = [event.number for event in one]
    steps = [(b - a) % 2**16 for a, b in pairwise(numbers)]
    require(all(step == 1 for step in steps), f"events came with the numbers {numbers}")
    require(
        other[: len(one)] == one,
        f"events {numbers} were sent again as {[event.number for event in other]}, or changed",
    )
    return f"{len(one)} events, sent twice"


@must("mute.set", "14", "so that both sides agree; they are answered by `result` and make no event")
async def mute_set(bench: Bench) -> None:
    hello = await bench.greet()
    before = await bench.condition()
    await bench.subscribe(gatt.EVENTS)
    await bench.line.until(lambda: bool(_conditions(bench)), 1.0 + bench.patience.slack_s)
    start = len(bench.line.heard)
    try:
        await bench.result(Mute(0, MUTE_S), Status.OK)
        muted = await bench.condition()
        require(
            bool(muted.flags & ConditionFlag.MUTED) and MUTE_S - 2 <= muted.muted_s <= MUTE_S,
            f"muted for {MUTE_S} s, the condition says {muted}",
        )
        if has_motor(hello):
            await bench.result(Play(0, 1), Status.MUTED)
            await bench.result(Play(0, 0), Status.OK)
        await bench.result(Mute(0, 0), Status.OK)
        free = await bench.condition()
        require(
            not free.flags & ConditionFlag.MUTED and free.muted_s == 0,
            f"no longer muted, the condition says {free}",
        )
        made = [m for m in bench.messages(gatt.EVENTS, start) if isinstance(m, Event)]
        require(not made, f"muting made {made}")
    finally:
        await bench.result(Mute(0, before.muted_s), Status.OK)


@must(
    "mute.kept",
    "10.1",
    "It keeps: the ring and what was acknowledged, events not acknowledged, mute and session",
)
async def mute_kept(bench: Bench) -> None:
    await bench.greet()
    before = await bench.condition()
    running = bool(before.flags & ConditionFlag.SESSION)
    try:
        await bench.result(Mute(0, MUTE_S), Status.OK)
        await bench.result(Session(0, int(not running)), Status.OK)
        await bench.greet()
        after = await bench.condition()
        require(bool(after.flags & ConditionFlag.MUTED), "a disconnect ended the muting")
        require(
            bool(after.flags & ConditionFlag.SESSION) != running, "a disconnect changed the session"
        )
    finally:
        if not bench.line.connected:
            await bench.greet()
        await bench.result(Mute(0, before.muted_s), Status.OK)
        await bench.result(Session(0, int(running)), Status.OK)


@must(
    "connection.hello_ends",
    "10.1",
    "The device forgets, on every disconnect: that hello was accepted",
)
async def hello_ends(bench: Bench) -> None:
    await bench.greet()
    await bench.connect()
    await bench.subscribe(gatt.CONTROL)
    await bench.result(GetRing(0), Status.NOT_NOW)


@must(
    "connection.subscriptions_end",
    "10.1",
    "the stream mode, replies not sent, the back-fill under way, anchors, subscriptions",
)
async def subscriptions_end(bench: Bench) -> None:
    await bench.greet()
    await bench.listen()
    await bench.subscribe(gatt.EVENTS)
    await bench.connect()
    await bench.pause(bench.patience.quiet_s)
    came = [heard for uuid in (gatt.IMU, gatt.EVENTS) for heard in bench.since(uuid)]
    require(not came, f"{len(came)} notifications before any were switched on")


@must("connection.clock_goes_on", "10.1", "the pattern being played, its clock.")
async def clock_goes_on(bench: Bench) -> None:
    await bench.greet()
    one = await bench.round_trip()
    boot_id = (await bench.ring()).boot_id
    await bench.greet()
    require((await bench.ring()).boot_id == boot_id, "the boot id changed with a disconnect")
    other = await bench.round_trip()
    gone_s = (other.reply.received_us - one.reply.received_us) / 1e6
    least_s, most_s = other.sent_s - one.heard_s, other.heard_s - one.sent_s
    require(
        least_s * 0.99 - 0.01 <= gone_s <= most_s * 1.01 + 0.01,
        f"over a disconnect of {most_s:.2f} s the device clock went {gone_s:.2f} s on",
    )


@must("sensor.same", "15", "The present setting again: OK, and nothing happens.")
async def sensor_same(bench: Bench) -> None:
    await bench.greet()
    config, before = await bench.config(), await bench.ring()
    await bench.result(_setting(config), Status.OK)
    after = await bench.ring()
    require(after.boot_id == before.boot_id, "the present setting again began a new run")
    require(forwards(before.next, after.next) >= 0, f"next went from {before.next} to {after.next}")


@must("sensor.unknown", "15", "A rate or range the motion sensor does not have: FIELD.")
async def sensor_unknown(bench: Bench) -> None:
    await bench.greet()
    config = await bench.config()
    rate, acc, gyr = config.rate_mhz, config.acc_range_g, config.gyr_range_dps
    await bench.result(SetSensor(0, NO_RATE_MHZ, acc, gyr), Status.FIELD, 2)
    await bench.result(SetSensor(0, rate, NO_SENSOR_HAS, gyr), Status.FIELD, 6)
    await bench.result(SetSensor(0, rate, acc, NO_SENSOR_HAS), Status.FIELD, 8)


@must(
    "sensor.unsaved",
    "15",
    "So if the ring holds samples that are not acknowledged, and `force` is 0: UNSAVED",
)
async def sensor_unsaved(bench: Bench) -> str:
    await bench.greet()
    config = await bench.config()
    await bench.pause(bench.patience.quiet_s)
    before = await bench.condition()
    if before.unsaved == 0:
        raise SkippedError("the ring holds no sample that is not acknowledged")
    for rate_mhz in OTHER_RATES_MHZ:
        if rate_mhz == config.rate_mhz:
            continue
        asked = SetSensor(0, rate_mhz, config.acc_range_g, config.gyr_range_dps)
        reply = await bench.ask(asked, Result)
        if reply.status == Status.FIELD:
            continue
        require(
            reply.status == Status.UNSAVED,
            f"{before.unsaved} samples are not acknowledged, and the rate {rate_mhz / 1000:g} Hz "
            f"was answered {named(Status, reply.status)}",
        )
        after = await bench.condition()
        require(
            before.unsaved <= reply.detail <= after.unsaved
            or abs(reply.detail - before.unsaved) <= forwards(before.next, after.next),
            f"UNSAVED with {reply.detail}, where {before.unsaved} to {after.unsaved} are unsaved",
        )
        return f"{reply.detail} samples"
    raise SkippedError("the motion sensor has no other rate of those tried")


@must(
    "sensor.new_run",
    "15",
    "Otherwise a new run begins (section 5.1) and the ring is emptied.",
    destructive=True,
)
async def sensor_new_run(bench: Bench) -> str:
    await bench.greet()
    config, before = await bench.config(), await bench.ring()
    clock = await bench.round_trip()
    for rate_mhz in OTHER_RATES_MHZ:
        if rate_mhz == config.rate_mhz:
            continue
        asked = SetSensor(0, rate_mhz, config.acc_range_g, config.gyr_range_dps, 1)
        reply = await bench.ask(asked, Result)
        if reply.status != Status.FIELD:
            break
    else:
        raise SkippedError("the motion sensor has no other rate of those tried")
    try:
        require(reply.status == Status.OK, f"with force: {named(Status, reply.status)}")
        after, told = await bench.ring(), await bench.config()
        require(told.rate_mhz == rate_mhz, f"config still says {told.rate_mhz / 1000:g} Hz")
        require(told.boot_id == after.boot_id, "config and ring_state name different runs")
        require(
            after.boot_id % 2**16 != before.boot_id % 2**16,
            f"boot id {before.boot_id:08x} became {after.boot_id:08x}; "
            "they must differ in the low 16 bits",
        )
        require(
            after.next < 10 * told.rate_mhz / 1000 and after.oldest <= after.next,
            f"the new run began with {after}; its samples count from 0",
        )
        start = len(bench.line.heard)
        await bench.listen()
        came = await bench.line.until(lambda: bool(bench.frames(start=start)), 2.0)
        require(came, "the new run sends no frames")
        frame = bench.frames(start=start)[-1][1]
        require(
            frame.boot_id == after.boot_id and frame.sequence < 20 * told.rate_mhz / 1000,
            f"a frame of the new run has boot id {frame.boot_id:08x}, sequence {frame.sequence}",
        )
        await bench.unsubscribe(gatt.IMU)
        later = await bench.round_trip()
        require(
            later.reply.received_us > clock.reply.received_us, "the clock began anew with the run"
        )
        await bench.subscribe(gatt.BACKFILL)
        filled = await bench.fill(before.boot_id, before.oldest, 10)
        require(
            [m.reason for m in filled.lost] == [LossReason.REBOOTED],
            f"samples of the old run: {filled.lost}",
        )
    finally:
        await bench.result(_setting(config, force=1), Status.OK)
    return f"{rate_mhz / 1000:g} Hz and back to {config.rate_mhz / 1000:g} Hz"


def _setting(config: SensorConfig, force: int = 0) -> SetSensor:
    return SetSensor(0, config.rate_mhz, config.acc_range_g, config.gyr_range_dps, force)


def _conditions(bench: Bench, start: int | None = None) -> list[Condition]:
    return [m for m in bench.messages(gatt.EVENTS, start) if isinstance(m, Condition)]
