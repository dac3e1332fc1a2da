"""Angles, rules and parameters as `bw_rules.c` and `bw_core.c` have them, told again in Python."""

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_protocol.codec import crc16
from firmware_protocol.codes import RuleFlag, RuleKind
from firmware_protocol.control import Step

if TYPE_CHECKING:
    from simulator.core import CoreSetup

RULES, PATTERNS, STEPS = 4, 3, 8
UNIT = 16_384
PAUSE_US, HOUR_US = 1_000_000, 3_600_000_000
PARAMETERS = struct.Struct("<BIHH6h")
RULE = struct.Struct("<BHHHHBBBB")
ARCS = (450000, 265651, 140362, 71250, 35763, 17899, 8952, 4476, 2238, 1119, 560, 280, 140, 70)
U64 = 2**64

Vector = tuple[int, int, int]


def divided(a: int, b: int) -> int:
    """a / b towards zero, as C divides."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the device, as in `struct bw_rule`."""

    kind: int = 0
    on_ddeg: int = 0
    off_ddeg: int = 0
    dwell_100ms: int = 0
    cooldown_s: int = 0
    most_per_hour: int = 0
    pattern: int = 0
    times: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Parameters:
    """What survives a restart, as in `struct bw_parameters`."""

    rate_mhz: int
    acc_range_g: int
    gyr_range_dps: int
    up: Vector = (UNIT, 0, 0)
    forward: Vector = (0, 0, -UNIT)
    rules: tuple[Rule, ...] = (Rule(),) * RULES
    patterns: tuple[tuple[Step, ...], ...] = (
        (Step(15, 0, 80),),
        (Step(40, 30, 100), Step(40, 30, 100)),
        (),
    )

    def pack(self) -> bytes:
        ranges = (self.rate_mhz, self.acc_range_g, self.gyr_range_dps)
        body = PARAMETERS.pack(1, *ranges, *self.up, *self.forward)
        for rule in self.rules:
            body += RULE.pack(
                rule.kind,
                rule.on_ddeg,
                rule.off_ddeg,
                rule.dwell_100ms,
                rule.cooldown_s,
                rule.most_per_hour,
                rule.pattern,
                rule.times,
                rule.flags,
            )
        for steps in self.patterns:
            body += bytes([len(steps)])
            for step in (*steps, *(Step(0, 0, 0),) * (STEPS - len(steps))):
                body += bytes([step.on_10ms, step.off_10ms, step.percent])
        return body + struct.pack("<H", crc16(body))

    @classmethod
    def unpack(cls, saved: bytes | None, setup: "CoreSetup") -> "Parameters | None":
        size = PARAMETERS.size + RULES * RULE.size + PATTERNS * (1 + 3 * STEPS) + 2
        if saved is None or len(saved) != size or saved[0] != 1:
            return None
        if struct.unpack_from("<H", saved, size - 2)[0] != crc16(saved[:-2]):
            return None
        _, rate_mhz, acc_range_g, gyr_range_dps, *axes = PARAMETERS.unpack_from(saved)
        up, forward = (axes[0], axes[1], axes[2]), (axes[3], axes[4], axes[5])
        known = (
            rate_mhz in setup.rates_mhz
            and acc_range_g in setup.acc_ranges_g
            and gyr_range_dps in setup.gyr_ranges_dps
        )
        at = PARAMETERS.size
        rules = [Rule(*RULE.unpack_from(saved, at + i * RULE.size)) for i in range(RULES)]
        sound = all(
            rule.kind == RuleKind.OFF
            or (rule.kind <= RuleKind.BACKWARD and 1 <= rule.pattern <= PATTERNS)
            for rule in rules
        )
        at += RULES * RULE.size
        patterns = []
        for i in range(PATTERNS):
            first = at + i * (1 + 3 * STEPS)
            count = saved[first]
            sound = sound and count <= STEPS
            ends = range(first + 1, first + 1 + 3 * min(count, STEPS), 3)
            patterns.append(tuple(Step(*saved[j : j + 3]) for j in ends))
        if not known or not sound or neutral_fault(up, forward):
            return None
        return cls(rate_mhz, acc_range_g, gyr_range_dps, up, forward, tuple(rules), tuple(patterns))


def atan2_ddeg(y: int, x: int) -> int:
    """`bw_atan2_ddeg`: atan2(y, x) [0.1 deg]."""
    a, b, turned = x, y, 0
    if a == 0 and b == 0:
        return 0
    if a < 0:
        turned = -1_800_000 if b < 0 else 1_800_000
        a, b = -a, -b
    while a < 2**28 and -(2**28) < b < 2**28:
        a, b = 2 * a, 2 * b
    for i, arc in enumerate(ARCS):
        if b > 0:
            a, b, turned = a + divided(b, 2**i), b - divided(a, 2**i), turned + arc
        else:
            a, b, turned = a - divided(b, 2**i), b + divided(a, 2**i), turned - arc
    return divided(turned - 500 if turned < 0 else turned + 500, 1000)


def _dot(a: Vector, b: Vector) -> int:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def inclination_ddeg(up: Vector, neutral_up: Vector) -> int:
    """`bw_inclination_ddeg`."""
    square = 0
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        square += divided(up[j] * neutral_up[k] - up[k] * neutral_up[j], UNIT) ** 2
    return atan2_ddeg(math.isqrt(square), divided(_dot(up, neutral_up), UNIT))


def sagittal_ddeg(up: Vector, neutral_up: Vector, forward: Vector) -> int:
    """`bw_sagittal_ddeg`."""
    return atan2_ddeg(divided(-_dot(up, forward), UNIT), divided(_dot(up, neutral_up), UNIT))


def neutral_fault(up: Vector, forward: Vector) -> int:
    """`bw_neutral_fault`: 0 sound, 1 up, 2 forward."""
    one = UNIT * UNIT

    def is_unit(v: Vector) -> bool:
        return one - one // 25 < _dot(v, v) < one + one // 25

    if not is_unit(up):
        return 1
    return 0 if is_unit(forward) and abs(_dot(forward, up)) <= one // 20 else 2


def _normalised(v: Vector, length: int) -> Vector:
    x, y, z = (divided(n * UNIT, length) for n in v)
    return x, y, z


@dataclass(slots=True)
class RuleState:
    """Where a rule stands."""

    since_us: int = 0
    cue_us: int = 0
    hour_us: int = 0
    above: bool = False
    cued: bool = False
    cues: int = 0


class Watch:
    """`bw_rules.c`."""

    def __init__(self) -> None:
        self.rules = [RuleState() for _ in range(RULES)]
        self.up: Vector = (0, 0, 0)
        self.last_us = 0
        self.restart(100_000)

    def restart(self, rate_mhz: int) -> None:
        self.release()
        self.started = False
        self.wait = 0
        self.every = rate_mhz // 10_000 if rate_mhz >= 20_000 else 1
        self.divisor = 1
        while self.divisor * 10_000 < rate_mhz * 3:
            self.divisor *= 2

    def release(self) -> None:
        for rule in self.rules:
            rule.above = False

    def push(self, acc: Vector, device_us: int) -> bool:
        if self.started and (device_us - self.last_us) % U64 > PAUSE_US:
            self.started = False
            self.release()
        x, y, z = (n * 256 for n in acc)
        if self.started:
            u, d = self.up, self.divisor
            self.up = (
                u[0] + divided(x - u[0], d),
                u[1] + divided(y - u[1], d),
                u[2] + divided(z - u[2], d),
            )
        else:
            self.up = (x, y, z)
        self.started = True
        self.last_us = device_us
        if self.wait > 0:
            self.wait -= 1
            return False
        self.wait = self.every - 1
        return True

    def cue_due(self, p: Parameters, index: int, now_us: int, free: bool) -> bool:
        rule, state = p.rules[index], self.rules[index]
        on_return = bool(rule.flags & RuleFlag.ON_RETURN)
        if rule.kind == RuleKind.INCLINATION:
            angle = inclination_ddeg(self.up, p.up)
        else:
            angle = sagittal_ddeg(self.up, p.up, p.forward)
            angle = -angle if rule.kind == RuleKind.BACKWARD else angle
        due = False
        if not state.above and angle >= rule.on_ddeg:
            state.above, state.since_us = True, now_us
        if state.above:
            lasted = (now_us - state.since_us) % U64 >= rule.dwell_100ms * 100_000
            if angle < rule.off_ddeg:
                state.above = False
                due = lasted and on_return
            else:
                due = lasted and not on_return
        if not due or not free or not self._allowed(state, rule, now_us):
            return False
        if not state.cued or (now_us - state.hour_us) % U64 >= HOUR_US:
            state.hour_us, state.cues = now_us, 0
        state.cued, state.cue_us = True, now_us
        state.cues = min(255, state.cues + 1)
        return True

    @staticmethod
    def _allowed(state: RuleState, rule: Rule, now_us: int) -> bool:
        if not state.cued:
            return True
        if (now_us - state.cue_us) % U64 < rule.cooldown_s * 1_000_000:
            return False
        fresh = (now_us - state.hour_us) % U64 >= HOUR_US
        return rule.most_per_hour == 0 or fresh or state.cues < rule.most_per_hour

    def neutral(self, forward: Vector) -> tuple[Vector, Vector] | None:
        """`bw_neutral_take`."""
        length = math.isqrt(_dot(self.up, self.up))
        if not self.started or length < 256:
            return None
        up = _normalised(self.up, length)
        along = divided(_dot(forward, up), UNIT)
        x, y, z = (f - divided(along * u, UNIT) for f, u in zip(forward, up, strict=True))
        length = math.isqrt(_dot((x, y, z), (x, y, z)))
        if length < UNIT // 4:
            return None
        ahead = _normalised((x, y, z), length)
        return None if neutral_fault(up, ahead) else (up, ahead)


__all__ = [
    "Parameters",
    "Rule",
    "RuleState",
    "Watch",
    "atan2_ddeg",
    "inclination_ddeg",
    "neutral_fault",
    "sagittal_ddeg",
]
