"""Patterns, neutral posture and rules (section 16)."""

import numpy as np

from backwatch.conformance.bench import Bench, has_motor
from backwatch.conformance.check import SkippedError, must, require
from firmware_protocol import gatt
from firmware_protocol.codes import ConditionFlag, EventKind, Pattern, RuleFlag, RuleKind, Status
from firmware_protocol.control import (
    AcknowledgeEvents,
    Event,
    Mute,
    Play,
    SetNeutral,
    SetPattern,
    SetRule,
    Step,
)

ONE = 16384  # 2^-14; section 16.2
WORN_AS_MARKED = SetNeutral(0, ONE, 0, 0, 0, 0, -ONE)  # section 16.2: until set
STRENGTH = 20  # %; chosen by us: felt, and no more
RULE = 3
RULE_OFF = SetRule(0, RULE, RuleKind.OFF, 200, 100, 0, 0, 0, Pattern.EVENT, 1, 0)
CUE_S = 4.0  # chosen by us: the low-pass of 0.7 s, half a second of dwell, and some


@must(
    "haptics.play",
    "16.1",
    "`play` replaces what is being played; `times` repeats the whole pattern",
)
async def play(bench: Bench) -> None:
    if not has_motor(await bench.greet()):
        raise SkippedError("the device has no motor")
    muted_s = (await bench.condition()).muted_s
    await bench.result(Mute(0, 0), Status.OK)
    try:
        await bench.result(Play(0, Pattern.POSTURE, STRENGTH, 3), Status.OK)
        playing = await bench.condition()
        require(
            bool(playing.flags & ConditionFlag.PLAYING), f"while it plays: 0x{playing.flags:02x}"
        )
        await bench.result(Play(0, 0), Status.OK)
        stopped = await bench.condition()
        require(
            not stopped.flags & ConditionFlag.PLAYING,
            f"flags 0x{stopped.flags:02x} after pattern 0, which stops",
        )
    finally:
        await bench.result(Mute(0, muted_s), Status.OK)


@must("haptics.ends", "16.1", "Defaults: EVENT one step of 150 ms at 80 %")
async def ends(bench: Bench) -> None:
    if not has_motor(await bench.greet()):
        raise SkippedError("the device has no motor")
    muted_s = (await bench.condition()).muted_s
    await bench.result(Mute(0, 0), Status.OK)
    try:
        await bench.result(Play(0, Pattern.EVENT, STRENGTH, 1), Status.OK)
        await bench.pause(0.2 + bench.patience.slack_s)
        flags = (await bench.condition()).flags
        require(not flags & ConditionFlag.PLAYING, "EVENT, played once, does not end")
    finally:
        await bench.result(Mute(0, muted_s), Status.OK)


@must("haptics.mute_stops", "14", "Mute stops what is being played.")
async def mute_stops(bench: Bench) -> None:
    if not has_motor(await bench.greet()):
        raise SkippedError("the device has no motor")
    muted_s = (await bench.condition()).muted_s
    await bench.result(Mute(0, 0), Status.OK)
    try:
        await bench.result(Play(0, Pattern.POSTURE, STRENGTH, 5), Status.OK)
        await bench.result(Mute(0, 30), Status.OK)
        flags = (await bench.condition()).flags
        require(not flags & ConditionFlag.PLAYING, f"muted, it plays on: flags 0x{flags:02x}")
    finally:
        await bench.result(Mute(0, muted_s), Status.OK)


@must("haptics.unable", "16.1", "UNABLE without motor or if the pattern is empty")
async def unable(bench: Bench) -> None:
    if has_motor(await bench.greet()):
        raise SkippedError("the device has a motor")
    await bench.result(Play(0, Pattern.EVENT), Status.UNABLE)


@must(
    "neutral.limits",
    "16.2",
    "FIELD if a length is not 1 within 2 %, or if they are not at right angles within 3 degrees.",
)
async def neutral_limits(bench: Bench) -> None:
    await bench.greet()
    short, tilted = round(0.96 * ONE), (round(ONE * np.cos(0.2)), round(ONE * np.sin(0.2)))
    await bench.result(SetNeutral(0, short, 0, 0, 0, 0, -ONE), Status.FIELD)
    await bench.result(SetNeutral(0, ONE, 0, 0, 0, 0, -short), Status.FIELD)
    await bench.result(SetNeutral(0, ONE, 0, 0, tilted[1], 0, -tilted[0]), Status.FIELD)
    await bench.result(SetNeutral(0, 0, 0, 0, 0, 0, 0), Status.FIELD)


@must("pattern.set", "16.1", "Both are answered by `result`.", destructive=True)
async def pattern_set(bench: Bench) -> None:
    """A pattern of the host's, and that changing it stops it."""
    motor = has_motor(await bench.greet())
    steps = (Step(5, 5, 10), Step(100, 100, 10))
    await bench.result(SetPattern(0, Pattern.CUSTOM, steps), Status.OK)
    await bench.result(SetPattern(0, Pattern.CUSTOM, steps * 4), Status.OK)
    if not motor:
        return
    muted_s = (await bench.condition()).muted_s
    await bench.result(Mute(0, 0), Status.OK)
    try:
        await bench.result(Play(0, Pattern.CUSTOM, STRENGTH, 1), Status.OK)
        await bench.result(SetPattern(0, Pattern.CUSTOM, steps), Status.OK)
        flags = (await bench.condition()).flags
        require(not flags & ConditionFlag.PLAYING, "a pattern that was changed plays on")
    finally:
        await bench.result(Mute(0, muted_s), Status.OK)


@must(
    "rule.cue",
    "16.3",
    "A cue plays the pattern `times` times at full strength and makes the event RULE.",
    destructive=True,
)
async def rule_cue(bench: Bench) -> str:
    """With a neutral posture at right angles to the present one; silent while a host is there."""
    if not has_motor(await bench.greet()):
        raise SkippedError("the device has no motor")
    muted_s = (await bench.condition()).muted_s
    up, forward = await _aside(bench)
    await bench.subscribe(gatt.EVENTS)
    await bench.pause(bench.patience.quiet_s)
    try:
        await bench.result(Mute(0, 0), Status.OK)
        await bench.result(SetNeutral(0, *up, *forward), Status.OK)
        await bench.result(_rule(0), Status.OK)
        start = len(bench.line.heard)
        await bench.pause(CUE_S)
        require(not _cues(bench, start), "a rule without CONNECTED speaks while a host is there")
        await bench.result(_rule(RuleFlag.CONNECTED), Status.OK)
        start = len(bench.line.heard)
        came = await bench.line.until(lambda: bool(_cues(bench, start)), CUE_S)
        require(came, f"no event RULE within {CUE_S:g} s of a posture beyond the rule's angle")
        cue = _cues(bench, start)[0]
        require(cue.value == RULE, f"the event names rule {cue.value}, not {RULE}")
        await bench.pause(bench.patience.quiet_s)
        require(len(_cues(bench, start)) == 1, "a second cue within the cool-down")
        await bench.result(AcknowledgeEvents(0, (cue.number + 1) % 2**16), Status.OK)
        await bench.greet()
        again = len(bench.line.heard)
        await bench.subscribe(gatt.EVENTS)
        await bench.pause(bench.patience.quiet_s)
        numbers = [event.number for event in _cues(bench, again)]
        require(cue.number not in numbers, f"event {cue.number} comes again, though acknowledged")
    finally:
        if not bench.line.connected:
            await bench.greet()
        await bench.result(RULE_OFF, Status.OK)
        await bench.result(WORN_AS_MARKED, Status.OK)
        await bench.result(Mute(0, muted_s), Status.OK)
    return f"event {cue.number}, acknowledged"


def _rule(flags: int) -> SetRule:
    return SetRule(0, RULE, RuleKind.INCLINATION, 300, 200, 5, 3600, 0, Pattern.EVENT, 1, flags)


def _cues(bench: Bench, start: int) -> list[Event]:
    return [
        message
        for message in bench.messages(gatt.EVENTS, start)
        if isinstance(message, Event) and message.kind == EventKind.RULE
    ]


async def _aside(bench: Bench) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Two unit vectors at right angles to each other and to gravity as the sensor has it now."""
    await bench.listen()
    await bench.line.until(lambda: len(bench.frames()) > 1, 1.0 + bench.patience.slack_s)
    await bench.unsubscribe(gatt.IMU)
    frames = bench.frames()
    require(bool(frames), "no frame came")
    gravity = frames[-1][1].counts[:, :3].astype(float).mean(axis=0)
    if not np.linalg.norm(gravity) > 0:
        raise SkippedError("the accelerometer shows nothing")
    gravity /= np.linalg.norm(gravity)
    up = np.cross(gravity, np.eye(3)[int(np.argmin(np.abs(gravity)))])
    up /= np.linalg.norm(up)
    forward = np.cross(up, gravity)
    return _scaled(up), _scaled(forward)


def _scaled(vector: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[int, int, int]:
    x, y, z = (round(float(part) * ONE) for part in vector)
    return x, y, z
