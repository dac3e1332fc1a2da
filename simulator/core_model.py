"""The C core told again in Python, for machines without a C compiler.

It answers byte for byte as `firmware_protocol/c` does; hypothesis tests hold the two equal. The
C core is the original: what differs is a fault here. Reasons and sources stand there.
"""

import struct
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import (
    PROTOCOL_VERSION,
    ImuFrame,
    SensorConfig,
    control,
    encode_config,
    encode_frame,
    samples_per_frame,
)
from firmware_protocol.codes import (
    Capability,
    ConditionFlag,
    EventKind,
    Fault,
    LossReason,
    RuleFlag,
    RuleKind,
    Status,
    StreamMode,
)
from firmware_protocol.control import Message, decode_message, encode_message
from firmware_protocol.errors import (
    ChecksumError,
    FieldError,
    TrailingBytesError,
    TruncatedError,
)
from simulator.core_ring import BLOCK_SAMPLES, U32, U64, WINDOW, Ring, Stretch
from simulator.core_rules import Parameters, Rule, RuleState, Watch, neutral_fault

if TYPE_CHECKING:
    from simulator.core import CoreSetup

IMU, CONTROL, EVENTS, BACKFILL = range(4)
OK, NOT_PERMITTED, LENGTH, BUSY, UNSUBSCRIBED = 0x00, 0x03, 0x0D, 0x80, 0xFD
FLUSH_US = 250_000
ANCHOR_EVERY = 64
TELL_US = 10_000_000
BUTTON_MUTE_US = 900_000_000
BACKFILL_BURST = 8
REPLIES, EVENTS_KEPT = 4, 16
HAPTIC_LONGEST_US = 30_000_000


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event that no host has acknowledged."""

    kind: int
    value: int
    boot_id: int
    device_us: int


@dataclass(slots=True)
class CompactState:
    """Where compact frames stand on one characteristic."""

    anchored: bool = False
    next: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that waits; what it says is filled in when it leaves."""

    answer: type[Message]
    id: int
    command: int
    status: int
    detail: int
    received_us: int


class _NoRoom(Exception):  # noqa: N818 - not an error: the radio is busy
    """The radio takes no more in this poll."""


class CoreModel:
    """`bw_core.c` and the board `bw_host.c`. One object is one power-up."""

    _subscribed: list[bool]
    _told: tuple[tuple[int, int, int], int] | None
    _backfill: control.Backfill | None
    _compact: tuple[CompactState, CompactState]

    def __init__(self, setup: "CoreSetup", boot_id: int, saved: bytes | None) -> None:
        self._setup = setup
        self._random = boot_id
        self._saved = saved
        self._store_fails = False
        self._now_us = 0
        self._room = 0
        self._taken: list[tuple[int, bytes]] = []
        self._ring = Ring(setup.blocks)
        self._watch = Watch()
        self._events: deque[KeptEvent] = deque()
        self._next_event = 0
        self._pattern = self._strength = self._times = self._start_us = 0
        self._percent = 0
        self._muted_until_us = 0
        self._session = 0
        self._board_flags, self._battery_percent, self._battery_mv = 0, 255, 0
        self._self_test = int(Fault.NOT_RUN)
        self._counts = dict.fromkeys(
            (
                "samples",
                "frames",
                "compact_frames",
                "backfilled",
                "skipped",
                "overwritten",
                "never_sampled",
                "notifications",
                "refused_notifications",
                "refused_commands",
                "lost_events",
                "cues",
            ),
            0,
        )
        self._parameters = Parameters.unpack(saved, setup) or Parameters(
            setup.rates_mhz[0], setup.acc_ranges_g[0], setup.gyr_ranges_dps[0]
        )
        self._boot_id = 0
        self._runs = 0
        self._forget_connection()
        self._begin_run(setup.first_sequence)

    # What the board calls.

    def set_clock(self, now_us: int) -> None:
        self._now_us = now_us

    def set_store_fails(self, fails: bool) -> None:
        self._store_fails = fails

    def samples(self, counts: NDArray[np.int16], device_us: NDArray[np.uint64]) -> None:
        for row, us in zip(counts.astype("<i2"), device_us.tolist(), strict=True):
            self._ring.push(row.tobytes(), us)
            self._counts["samples"] += 1
            x, y, z = row[:3].tolist()
            if self._watch.push((x, y, z), us):
                self._look(us)

    def skip(self, count: int) -> None:
        self._ring.skip(count)
        self._counts["never_sampled"] = (self._counts["never_sampled"] + count) % U32
        self._forget_old_backfill()

    def connected(self, mtu: int) -> None:
        self._forget_connection()
        self._connected = True
        self._mtu = mtu

    def mtu(self, mtu: int) -> None:
        self._mtu = mtu

    def disconnected(self) -> None:
        self._forget_connection()

    def subscribed(self, channel: int, on: bool) -> None:
        self._subscribed[channel] = on
        if channel == IMU:
            self._live = self._ring.next
            self._compact[0].anchored = False
        elif channel == CONTROL:
            if not on:
                self._replies.clear()
        elif channel == EVENTS:
            self._sent_events = 0
            self._told = None
        else:
            self._backfill = self._backfill if on else None
            self._compact[1].anchored = False

    def write(self, channel: int, payload: bytes) -> int:
        if channel != CONTROL or not self._connected:
            return NOT_PERMITTED
        if not payload:
            return LENGTH
        if not self._subscribed[CONTROL]:
            return UNSUBSCRIBED
        if len(self._replies) == REPLIES:
            return BUSY
        status, detail, message = _checked(payload)
        answer: type[Message] = control.Result
        if isinstance(message, control.Hello):
            answer, status = control.HelloReply, self._say_hello(message)
        elif message is not None and not self._greeted:
            status = Status.NOT_NOW
        elif message is not None:
            answer, status, detail = self._obey(message)
        self._counts["refused_commands"] += status != Status.OK
        self._replies.append(
            Reply(
                answer,
                payload[1] if len(payload) > 1 else 0,
                payload[0],
                status,
                detail,
                self._now_us,
            )
        )
        return OK

    def button(self, kind: int) -> None:
        value = 0
        if kind == EventKind.REZERO:
            found = self._watch.neutral(self._parameters.forward)
            if found is not None:
                wanted = replace(self._parameters, up=found[0], forward=found[1])
                value = int(self._keep(wanted) == Status.OK)
            if value:
                self._watch.release()
        elif kind == EventKind.MUTE:
            value = int(not self._muted())
            self._mute(BUTTON_MUTE_US if value else 0)
        elif kind == EventKind.SESSION:
            self._session = value = 1 - self._session
        elif kind != EventKind.MARK:
            return
        self._add_event(kind, value, self._now_us)

    def condition(self, flags: int, percent: int, millivolts: int, self_test: int) -> None:
        known = ConditionFlag.CHARGING | ConditionFlag.WEAR_KNOWN | ConditionFlag.WORN
        self._board_flags = flags & known
        self._battery_percent, self._battery_mv = percent, millivolts
        self._self_test = self_test

    def poll(self, room: int) -> list[tuple[int, bytes]]:
        self._room = room
        self._taken = []
        self._drive()
        if self._connected:
            try:
                self._send_replies()
                self._send_events()
                self._send_live()
                self._send_backfill()
            except _NoRoom:
                pass
        return self._taken

    def config(self) -> bytes:
        p = self._parameters
        return encode_config(
            SensorConfig(
                PROTOCOL_VERSION,
                self._boot_id,
                p.rate_mhz,
                p.acc_range_g,
                p.gyr_range_dps,
                self._wanted_samples(),
            )
        )

    def boot_id(self) -> int:
        return self._boot_id

    def haptic(self) -> int:
        return self._percent

    def saved(self) -> bytes | None:
        return self._saved

    def statistics(self) -> tuple[int, ...]:
        return tuple((self._counts | {"overwritten": self._ring.overwritten}).values())

    # Runs, haptics, events.

    def _forget_connection(self) -> None:
        self._connected = self._greeted = False
        self._mtu = 23
        self._mode, self._samples = int(StreamMode.FRAMES), 0
        self._replies: deque[Reply] = deque()
        self._sent_events = 0
        self._told = None
        self._backfill = None
        self._cursor = self._end = 0
        self._subscribed = [False] * 4
        self._compact = (CompactState(), CompactState())

    def _begin_run(self, sequence: int) -> None:
        drawn = self._random
        following = (drawn ^ drawn << 13) % U32
        following ^= following >> 17
        self._random = (following ^ following << 5) % U32
        if self._runs and drawn % 2**16 == self._boot_id % 2**16:
            drawn ^= 1
        self._boot_id = drawn
        self._runs += 1
        self._ring.restart(self._parameters.rate_mhz, sequence)
        self._watch.restart(self._parameters.rate_mhz)
        self._live = sequence
        self._backfill = None
        self._compact = (CompactState(), CompactState())

    def _keep(self, wanted: Parameters) -> Status:
        if self._store_fails:
            return Status.STORE_FAILED
        self._saved = wanted.pack()
        self._parameters = wanted
        return Status.OK

    def _muted(self) -> bool:
        return self._now_us < self._muted_until_us

    def _mute(self, duration_us: int) -> None:
        self._muted_until_us = self._now_us + duration_us
        if duration_us:
            self._pattern = 0
            self._drive()

    def _play(self, pattern: int, strength: int, times: int) -> None:
        self._pattern, self._strength, self._times = pattern, strength, times
        self._start_us = self._now_us
        self._drive()

    def _drive(self) -> None:
        self._percent = self._haptic_percent()

    def _haptic_percent(self) -> int:
        if self._pattern == 0:
            return 0
        steps = self._parameters.patterns[self._pattern - 1]
        gone_us = (self._now_us - self._start_us) % U64
        round_us = sum(step.on_10ms + step.off_10ms for step in steps) * 10_000
        over = round_us == 0 or gone_us >= HAPTIC_LONGEST_US
        if over or gone_us // round_us >= self._times:
            self._pattern = 0
            return 0
        at_us = gone_us % round_us
        for step in steps:
            on_us, off_us = step.on_10ms * 10_000, step.off_10ms * 10_000
            if at_us < on_us:
                return step.percent * self._strength // 100
            if at_us < on_us + off_us:
                return 0
            at_us -= on_us + off_us
        return 0

    def _drop_events(self, count: int) -> None:
        for _ in range(count):
            self._events.popleft()
        self._sent_events = max(0, self._sent_events - count)

    def _add_event(self, kind: int, value: int, device_us: int) -> None:
        if len(self._events) == EVENTS_KEPT:
            self._drop_events(1)
            self._counts["lost_events"] += 1
        self._events.append(KeptEvent(kind, value, self._boot_id, device_us))
        self._next_event = (self._next_event + 1) % 2**16

    def _look(self, device_us: int) -> None:
        for index, rule in enumerate(self._parameters.rules):
            if rule.kind == RuleKind.OFF:
                continue
            heard = not self._greeted or bool(rule.flags & RuleFlag.CONNECTED)
            free = heard and self._able(rule.pattern) and not self._pattern and not self._muted()
            if self._watch.cue_due(self._parameters, index, device_us, free):
                self._play(rule.pattern, 100, rule.times)
                self._add_event(EventKind.RULE, index, device_us)
                self._counts["cues"] += 1

    def _able(self, pattern: int) -> bool:
        has_motor = bool(self._setup.capabilities & Capability.HAPTIC)
        return has_motor and bool(self._parameters.patterns[pattern - 1])

    # Commands.

    def _say_hello(self, asked: control.Hello) -> Status:
        self._greeted = False
        version = control.CONTROL_VERSION
        if not asked.version_least <= version <= asked.version_most:
            return Status.VERSION
        if asked.version_most == version and asked.schema != control.SCHEMA_HASH:
            return Status.SCHEMA
        self._greeted = True
        return Status.OK

    def _obey(self, message: Message) -> tuple[type[Message], Status, int]:
        status, detail = Status.OK, 0
        match message:
            case control.SetSensor():
                status, detail = self._set_sensor(message)
            case control.SetStream():
                if self._mode == StreamMode.OFF:
                    self._live = self._ring.next
                self._mode, self._samples = message.mode, message.samples
            case control.Mute():
                self._mute(message.seconds * 1_000_000)
            case control.Session():
                self._session = message.running
            case control.AcknowledgeEvents():
                status = self._acknowledge_events(message.next)
            case control.GetCondition():
                return control.Condition, status, detail
            case control.GetCounters():
                return control.Counters, status, detail
            case control.Backfill():
                status = self._start_backfill(message)
            case control.Acknowledge():
                mine = message.boot_id == self._boot_id
                known = mine and self._ring.acknowledge(message.next)
                status = Status.OK if known else Status.RANGE
            case control.CancelBackfill():
                self._backfill = None
            case control.GetRing():
                return control.RingState, status, detail
            case control.TimeRequest():
                return control.TimeReply, status, message.token
            case control.Play():
                status = self._obey_play(message)
            case control.SetPattern():
                patterns = list(self._parameters.patterns)
                patterns[message.pattern - 1] = message.steps
                status = self._keep(replace(self._parameters, patterns=tuple(patterns)))
                if status == Status.OK and self._pattern == message.pattern:
                    self._pattern = 0
                    self._drive()
            case control.SetRule():
                rules = list(self._parameters.rules)
                rules[message.index] = Rule(
                    message.kind,
                    message.on_ddeg,
                    message.off_ddeg,
                    message.dwell_100ms,
                    message.cooldown_s,
                    message.most_per_hour,
                    message.pattern,
                    message.times,
                    message.flags,
                )
                status = self._keep(replace(self._parameters, rules=tuple(rules)))
                if status == Status.OK:
                    self._watch.rules[message.index] = RuleState()
            case control.SetNeutral():
                up = (message.up_x, message.up_y, message.up_z)
                forward = (message.forward_x, message.forward_y, message.forward_z)
                fault = neutral_fault(up, forward)
                if fault:
                    return control.Result, Status.FIELD, 2 if fault == 1 else 8
                status = self._keep(replace(self._parameters, up=up, forward=forward))
                if status == Status.OK:
                    self._watch.release()
            case _:
                status = Status.UNKNOWN_COMMAND
        return control.Result, status, detail

    def _set_sensor(self, asked: control.SetSensor) -> tuple[Status, int]:
        p, setup = self._parameters, self._setup
        wanted = (asked.rate_mhz, asked.acc_range_g, asked.gyr_range_dps)
        if wanted == (p.rate_mhz, p.acc_range_g, p.gyr_range_dps):
            return Status.OK, 0
        has = (setup.rates_mhz, setup.acc_ranges_g, setup.gyr_ranges_dps)
        for value, values, offset in zip(wanted, has, (2, 6, 8), strict=True):
            if value not in values:
                return Status.FIELD, offset
        if self._ring.unsaved and not asked.force:
            return Status.UNSAVED, self._ring.unsaved
        rate_mhz, acc_range_g, gyr_range_dps = wanted
        status = self._keep(
            replace(p, rate_mhz=rate_mhz, acc_range_g=acc_range_g, gyr_range_dps=gyr_range_dps)
        )
        if status == Status.OK:
            self._begin_run(0)
        return status, 0

    def _acknowledge_events(self, following: int) -> Status:
        left = (self._next_event - following) % 2**16
        if left <= len(self._events):
            self._drop_events(len(self._events) - left)
            return Status.OK
        return Status.OK if left < 2**15 else Status.RANGE

    def _start_backfill(self, asked: control.Backfill) -> Status:
        end = (asked.first + asked.count) % U32
        if asked.boot_id == self._boot_id:
            if not self._ring.knows(asked.first):
                return Status.RANGE
            left = (self._ring.next - asked.first) % U32
            end = end if asked.count < left else self._ring.next
        self._backfill, self._cursor, self._end = asked, asked.first, end
        self._compact[1].anchored = False
        return Status.OK

    def _obey_play(self, asked: control.Play) -> Status:
        if asked.pattern:
            if not self._able(asked.pattern):
                return Status.UNABLE
            if self._muted():
                return Status.MUTED
        self._play(asked.pattern, asked.strength, asked.times)
        return Status.OK

    # Notifications.

    def _notify(self, channel: int, payload: bytes) -> None:
        if len(self._taken) == self._room:
            self._counts["refused_notifications"] += 1
            raise _NoRoom
        self._counts["notifications"] += 1
        self._taken.append((channel, payload))

    def _send_replies(self) -> None:
        while self._replies:
            self._notify(CONTROL, encode_message(self._answer(self._replies[0])))
            self._replies.popleft()

    def _answer(self, reply: Reply) -> Message:
        if reply.answer is control.HelloReply:
            return control.HelloReply(
                reply.id,
                reply.status,
                control.CONTROL_VERSION,
                control.SCHEMA_HASH,
                self._boot_id,
                self._setup.capabilities,
                self._ring.capacity * BLOCK_SAMPLES,
            )
        if reply.answer is control.Condition:
            return self._condition(reply.id)
        if reply.answer is control.Counters:
            counts = self._counts
            return control.Counters(
                reply.id,
                self._ring.overwritten,
                counts["never_sampled"],
                min(65535, counts["refused_notifications"]),
                min(65535, counts["refused_commands"]),
                min(65535, counts["lost_events"]),
            )
        if reply.answer is control.RingState:
            ring = self._ring
            return control.RingState(
                reply.id, self._boot_id, ring.oldest, ring.next, ring.acknowledged
            )
        if reply.answer is control.TimeReply:
            held_us = (self._now_us - reply.received_us) % U32
            return control.TimeReply(reply.id, reply.detail, reply.received_us, held_us)
        return control.Result(reply.id, reply.command, reply.status, reply.detail)

    def _flags(self) -> int:
        flags = self._board_flags
        flags |= ConditionFlag.MUTED if self._muted() else 0
        flags |= ConditionFlag.SESSION if self._session else 0
        return flags | (ConditionFlag.PLAYING if self._pattern else 0)

    def _condition(self, identity: int) -> control.Condition:
        left_us = self._muted_until_us - self._now_us if self._muted() else 0
        return control.Condition(
            identity,
            self._flags(),
            self._battery_percent,
            self._battery_mv,
            self._self_test,
            min(65535, (left_us + 999_999) // 1_000_000),
            self._ring.next,
            self._ring.unsaved,
        )

    def _send_events(self) -> None:
        if not self._greeted or not self._subscribed[EVENTS]:
            return
        while self._sent_events < len(self._events):
            event = self._events[self._sent_events]
            number = (self._next_event - len(self._events) + self._sent_events) % 2**16
            self._notify(
                EVENTS,
                encode_message(
                    control.Event(event.kind, number, event.boot_id, event.device_us, event.value)
                ),
            )
            self._sent_events += 1
        seen = (self._flags(), self._battery_percent, self._self_test)
        told, told_us = self._told or (None, 0)
        if told == seen and (self._now_us - told_us) % U64 < TELL_US:
            return
        self._notify(EVENTS, encode_message(self._condition(0)))
        self._told = (seen, self._now_us)

    def _wanted_samples(self) -> int:
        wanted = self._samples or self._setup.frame_samples
        return min(wanted, samples_per_frame(self._mtu))

    def _send_live(self) -> None:
        ring, most = self._ring, self._wanted_samples()
        closed = not self._subscribed[IMU] or self._mode == StreamMode.OFF
        if closed or (most == 0 and self._mode != StreamMode.COMPACT):
            self._live = ring.next
            return
        waiting, newest = (ring.next - self._live) % U32, max(1, most)
        if waiting > self._parameters.rate_mhz // 1000 * 2 and waiting > 2 * newest:
            self._counts["skipped"] += waiting - newest
            self._live = (ring.next - newest) % U32
        while self._live != ring.next:
            stretch = ring.find(self._live, ring.next)
            if stretch.block is None:
                self._live = (self._live + stretch.count) % U32
                continue
            if most == 0:
                self._send_compact(IMU, self._compact[0], stretch)
                self._live = (self._live + 1) % U32
                self._counts["compact_frames"] += 1
                continue
            taken_us = ring.time_us(stretch)
            fresh = self._now_us < taken_us or self._now_us - taken_us < FLUSH_US
            if (ring.next - self._live) % U32 < most and fresh:
                return
            sent = self._send_frame(IMU, stretch, most, ring.next)
            self._live = (self._live + sent) % U32
            self._counts["frames"] += 1

    def _send_frame(self, channel: int, stretch: Stretch, most: int, end: int) -> int:
        assert stretch.block is not None
        copied = self._ring.copy(stretch, most, end)
        counts = np.frombuffer(b"".join(copied), "<i2").astype(np.int16).reshape(-1, 6)
        sequence = (stretch.block.sequence + stretch.at) % U32
        frame = ImuFrame(self._boot_id, sequence, self._ring.time_us(stretch), counts)
        self._notify(channel, encode_frame(frame))
        return len(copied)

    def _send_compact(self, channel: int, compact: CompactState, stretch: Stretch) -> None:
        block = stretch.block
        assert block is not None
        sequence = (block.sequence + stretch.at) % U32
        joined = stretch.at != 0 or block.joined
        follows = (
            compact.anchored
            and compact.next == sequence
            and (compact.since == 0 or (compact.since < ANCHOR_EVERY and joined))
        )
        if not follows:
            anchor = control.Anchor(self._boot_id, sequence, self._ring.time_us(stretch))
            self._notify(channel, encode_message(anchor))
            compact.since, compact.anchored, compact.next = 0, True, sequence
        axes = struct.unpack("<6h", block.counts[stretch.at])
        frame = control.CompactFrame(self._boot_id % 2**16, sequence % 2**16, *axes)
        self._notify(channel, encode_message(frame))
        compact.since += 1
        compact.next = (sequence + 1) % U32

    def _forget_old_backfill(self) -> None:
        mine = self._backfill is not None and self._backfill.boot_id == self._boot_id
        if mine and (self._ring.next - self._cursor) % U32 > WINDOW:
            self._backfill = None

    def _send_backfill(self) -> None:
        self._forget_old_backfill()
        for _ in range(BACKFILL_BURST):
            asked = self._backfill
            if asked is None or not self._subscribed[BACKFILL]:
                return
            if self._cursor == self._end:
                done = control.BackfillDone(asked.id, asked.boot_id, self._end)
                self._notify(BACKFILL, encode_message(done))
                self._backfill = None
                return
            left = (self._end - self._cursor) % U32
            stretch = Stretch(None, 0, left, LossReason.REBOOTED)
            if asked.boot_id == self._boot_id:
                stretch = self._ring.find(self._cursor, self._end)
            covered = stretch.count
            if stretch.block is None:
                lost = control.Lost(stretch.reason, asked.boot_id, self._cursor, covered)
                self._notify(BACKFILL, encode_message(lost))
            else:
                most = samples_per_frame(self._mtu)
                if most:
                    covered = self._send_frame(BACKFILL, stretch, most, self._end)
                else:
                    self._send_compact(BACKFILL, self._compact[1], stretch)
                    covered = 1
                self._counts["backfilled"] += covered
            self._cursor = (self._cursor + covered) % U32


def _checked(payload: bytes) -> tuple[Status, int, Message | None]:
    """Status of the bytes alone, its detail, and the command if it is sound."""
    if payload[0] not in _COMMANDS:
        return Status.UNKNOWN_COMMAND, 0, None
    try:
        return Status.OK, 0, decode_message(payload)
    except (TruncatedError, TrailingBytesError):
        return Status.LENGTH, 0, None
    except ChecksumError:
        return Status.CHECKSUM, 0, None
    except FieldError as error:
        return Status.FIELD, error.offset, None


_COMMANDS = {found.code for found in control.LAYOUT_OF.values() if found.sender == "host"}

__all__ = ["CoreModel"]
