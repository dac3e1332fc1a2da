"""What the device core does, told by example; on the C core and on its model."""

import itertools
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_protocol
from firmware_protocol import control as c
from firmware_protocol import decode_frame, gatt
from firmware_protocol.codes import (
    Capability,
    ConditionFlag,
    EventKind,
    LossReason,
    Pattern,
    RuleFlag,
    RuleKind,
    Status,
    StreamMode,
)
from firmware_protocol.compact import Unwrapper
from simulator.core import BoardCondition, CoreError, CoreSetup, DeviceCore, Engine
from simulator.core_rules import atan2_ddeg, inclination_ddeg, sagittal_ddeg

compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(
    compiler is None, reason="No C compiler was found, so the C core is not run."
)
VECTORS = json.loads(
    (Path(firmware_protocol.__file__).parent / "vectors.json").read_text(encoding="utf-8")
)
SMALL = CoreSetup(ring_samples=64)
BOOT = 0x1A2B3C4D


@pytest.fixture(params=[pytest.param(Engine.C, marks=needs_compiler), Engine.MODEL])
def engine(request):
    return request.param


class Session:
    """A host at a device: hello said, everything subscribed, live samples off."""

    def __init__(self, engine, made=SMALL, mtu=247, saved=None):
        self.core = DeviceCore(BOOT, made, saved=saved, engine=engine)
        self.now_us = 0
        self.number = 0
        self.connect(mtu)

    def connect(self, mtu=247):
        self.core.on_connect(mtu)
        for name in (gatt.IMU, gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL):
            self.core.on_subscribe(name, True)
        hello = self.ask(c.Hello(1))
        assert hello.status == Status.OK
        assert self.ask(c.SetStream(2, StreamMode.OFF)).status == Status.OK
        self.poll()

    def ask(self, command):
        code = self.core.on_write(gatt.CONTROL, c.encode_message(command), self.now_us)
        assert code == 0
        heard = self.poll()
        (reply,) = [c.decode_message(p) for name, p in heard if name == gatt.CONTROL]
        self.heard = heard
        return reply

    def poll(self, room=1000):
        return self.core.poll(self.now_us, room)

    def sample(self, n, acc=(4096, 0, 0)):
        rows = [(*acc, i & 0x7FFF, 0, 0) for i in range(self.number, self.number + n)]
        self.core.push_samples(np.array(rows, np.int16), self.now_us)
        self.number += n
        self.now_us += n * 10_000

    def hold(self, tilt_deg, seconds):
        """A posture for some time, polled as a board does."""
        tilt = math.radians(tilt_deg)
        acc = round(4096 * math.cos(tilt)), 0, round(4096 * math.sin(tilt))
        heard, loudest = [], 0
        for _ in range(round(seconds * 10)):
            self.sample(10, acc)
            heard += self.poll()
            loudest = max(loudest, self.core.haptic_percent)
        return [c.decode_message(p) for name, p in heard if name == gatt.EVENTS], loudest


def backfilled(heard):
    return [p for name, p in heard if name == gatt.BACKFILL]


def test_it_says_which_engine_runs_and_why(engine):
    core = DeviceCore(BOOT, engine=engine)

    assert core.engine is engine
    assert engine.value in core.note


@pytest.mark.parametrize("row", VECTORS["imu_frame"], ids=lambda row: row["name"])
def test_it_sends_the_golden_frames_to_the_letter(engine, row):
    counts = np.array(row["counts"], np.int16)
    made = CoreSetup(frame_samples=len(counts), first_sequence=row["sequence"])
    core = DeviceCore(row["boot_id"], made, engine=engine)
    core.on_connect(247)
    core.on_subscribe(gatt.IMU, True)

    core.push_samples(counts, row["device_us"])

    assert core.poll(0) == [(gatt.IMU, bytes.fromhex(row["hex"]))]


@pytest.mark.parametrize("row", VECTORS["control"], ids=lambda row: row["name"])
def test_it_understands_the_golden_commands_and_no_other_golden_message(engine, row):
    session = Session(engine)
    payload = bytes.fromhex(row["hex"])
    is_command = c.LAYOUT_OF[type(c.decode_message(payload))].sender == "host"

    assert session.core.on_write(gatt.CONTROL, payload) == 0

    reply = c.decode_message(session.poll()[0][1])
    unread = (Status.UNKNOWN_COMMAND, Status.LENGTH, Status.CHECKSUM)
    assert (getattr(reply, "status", Status.OK) not in unread) is is_command


@pytest.mark.parametrize("row", VECTORS["control_refused"][1:], ids=lambda row: row["name"])
def test_it_refuses_the_golden_faults_for_their_reason(engine, row):
    session = Session(engine)
    reasons = {
        "UnknownMessage": Status.UNKNOWN_COMMAND,
        "Truncated": Status.LENGTH,
        "TrailingBytes": Status.LENGTH,
        "Checksum": Status.CHECKSUM,
        "Field": Status.FIELD,
    }

    assert session.core.on_write(gatt.CONTROL, bytes.fromhex(row["hex"])) == 0

    reply = c.decode_message(session.poll()[0][1])
    assert reply.status == reasons[row["reason"]]
    assert reply.detail == (row["offset"] if reply.status == Status.FIELD else 0)


def test_a_host_that_never_says_hello_gets_version_1(engine):
    core = DeviceCore(BOOT, SMALL, engine=engine)
    core.on_connect(247)
    core.on_subscribe(gatt.IMU, True)
    core.push_samples(np.ones((25, 6), np.int16), 0)

    frames = [decode_frame(p) for _, p in core.poll(250_000)]

    assert [(f.boot_id, f.sequence, len(f.counts)) for f in frames] == [
        (BOOT, 0, 10),
        (BOOT, 10, 10),
    ]
    assert core.config().version == 1
    assert core.config().samples_per_frame == 10


def test_commands_before_hello_are_refused(engine):
    core = DeviceCore(BOOT, SMALL, engine=engine)
    core.on_connect(247)
    core.on_subscribe(gatt.CONTROL, True)
    core.on_write(gatt.CONTROL, c.encode_message(c.GetRing(5)))

    ((name, payload),) = core.poll(0)

    assert name == gatt.CONTROL
    assert c.decode_message(payload) == c.Result(5, 0x35, Status.NOT_NOW, 0)


@pytest.mark.parametrize(
    ("hello", "status"),
    [
        (c.Hello(1), Status.OK),
        (c.Hello(1, 2, 3, 0), Status.OK),
        (c.Hello(1, 3, 9), Status.VERSION),
        (c.Hello(1, 2, 2, 0xBAD), Status.SCHEMA),
    ],
)
def test_hello_agrees_on_a_version_or_says_why_not(engine, hello, status):
    session = Session(engine)

    reply = session.ask(hello)

    assert (reply.status, reply.version, reply.schema) == (status, 2, c.SCHEMA_HASH)
    after = session.ask(c.GetRing(2))
    assert isinstance(after, c.RingState) is (status == Status.OK)


def test_writes_that_cannot_be_answered_get_an_att_error(engine):
    core = DeviceCore(BOOT, SMALL, engine=engine)
    core.on_connect(247)
    ring = c.encode_message(c.GetRing(1))

    assert core.on_write(gatt.CONTROL, ring) == 0xFD
    core.on_subscribe(gatt.CONTROL, True)
    assert core.on_write(gatt.CONTROL, b"") == 0x0D
    assert core.on_write(gatt.IMU, ring) == 0x03
    assert [core.on_write(gatt.CONTROL, ring) for _ in range(5)] == [0, 0, 0, 0, 0x80]


def test_the_time_reply_is_stamped_when_it_arrives_and_when_it_leaves(engine):
    session = Session(engine)
    request = c.encode_message(c.TimeRequest(7, 0xCAFE))
    session.core.on_write(gatt.CONTROL, request, 5_000_000)
    assert session.core.poll(5_000_100, room=0) == []

    ((_, payload),) = session.core.poll(5_000_350)

    assert c.decode_message(payload) == c.TimeReply(7, 0xCAFE, 5_000_000, 350)


def test_missed_samples_come_again_in_order_and_are_counted_out(engine):
    session = Session(engine)
    session.sample(64)

    result = session.ask(c.Backfill(3, BOOT, 5, 1000))

    assert result.status == Status.OK
    frames = backfilled(session.heard)
    done = c.decode_message(frames.pop())
    rows = [row for p in frames for row in decode_frame(p).counts.tolist()]
    assert [row[3] for row in rows] == list(range(5, 64))
    assert [decode_frame(p).device_us for p in frames] == [
        decode_frame(p).sequence * 10_000 for p in frames
    ]
    assert done == c.BackfillDone(3, BOOT, 64)


def test_each_number_that_is_not_there_has_its_reason(engine):
    session = Session(engine)
    session.sample(16)
    assert session.ask(c.Acknowledge(3, BOOT, 16)).status == Status.OK
    session.sample(16)
    session.core.skip_samples(4)
    session.number += 4
    session.sample(64)

    session.ask(c.Backfill(4, BOOT, 0, 1000))

    first = [c.decode_message(p) for p in backfilled(session.heard)[:2]]
    assert first == [
        c.Lost(LossReason.ACKNOWLEDGED, BOOT, 0, 16),
        c.Lost(LossReason.OVERWRITTEN, BOOT, 16, 16),
    ]
    kinds = [p[0] for p in backfilled(session.heard)[2:]]
    assert c.decode_message(backfilled(session.heard)[2]) == c.Lost(
        LossReason.NEVER_SAMPLED, BOOT, 32, 4
    )
    assert kinds == [0x32, 1, 1, 1, 1, 0x33]
    counters = session.ask(c.GetCounters(5))
    assert (counters.overwritten, counters.never_sampled) == (16, 4)


def test_samples_of_an_earlier_boot_are_lost_in_a_reboot(engine):
    session = Session(engine)
    session.sample(20)
    session.core.reboot(99)
    session.now_us = 0
    session.connect()

    session.ask(c.Backfill(3, BOOT, 20, 2**30))

    assert [c.decode_message(p) for p in backfilled(session.heard)] == [
        c.Lost(LossReason.REBOOTED, BOOT, 20, 2**30),
        c.BackfillDone(3, BOOT, 20 + 2**30),
    ]


def test_a_back_fill_is_forgotten_on_disconnect_but_the_samples_are_not(engine):
    session = Session(engine)
    session.sample(64)
    session.core.on_write(gatt.CONTROL, c.encode_message(c.Backfill(3, BOOT, 0, 64)))
    assert len(session.poll(room=3)) == 3  # result and two frames
    session.core.on_disconnect()
    assert session.poll() == []
    session.connect()
    assert not backfilled(session.poll())

    session.ask(c.Backfill(4, BOOT, 36, 64))

    assert [decode_frame(p).sequence for p in backfilled(session.heard)[:-1]] == [36, 54]


@pytest.mark.parametrize(
    ("boot_id", "first"), [(BOOT, 21), (BOOT, 20), (BOOT, 2**32 - 1), (BOOT, 2**31)]
)
def test_samples_that_never_were_cannot_be_asked_for(engine, boot_id, first):
    session = Session(engine)
    session.sample(20)

    assert session.ask(c.Backfill(3, boot_id, first, 5)).status == Status.RANGE


def test_an_acknowledgement_never_goes_back_or_ahead(engine):
    session = Session(engine)
    session.sample(20)

    assert session.ask(c.Acknowledge(3, BOOT, 10)).status == Status.OK
    assert session.ask(c.Acknowledge(3, BOOT, 4)).status == Status.OK
    assert session.ask(c.Acknowledge(3, BOOT, 21)).status == Status.RANGE
    assert session.ask(c.Acknowledge(3, BOOT + 1, 12)).status == Status.RANGE
    assert session.ask(c.GetRing(4)) == c.RingState(4, BOOT, 0, 20, 10)


def test_live_goes_on_with_the_newest_when_the_radio_was_shut(engine):
    session = Session(engine, CoreSetup(ring_samples=1024))
    session.ask(c.SetStream(3, StreamMode.FRAMES))
    for _ in range(30):
        session.sample(10)
        session.poll(room=0)

    frames = [decode_frame(p) for name, p in session.poll() if name == gatt.IMU]

    assert [f.sequence for f in frames] == list(range(200, 300, 10))
    assert session.core.statistics().skipped == 200
    session.ask(c.Backfill(4, BOOT, 0, 290))
    assert decode_frame(backfilled(session.heard)[0]).sequence == 0


def test_a_few_samples_are_not_kept_waiting(engine):
    session = Session(engine)
    session.ask(c.SetStream(3, StreamMode.FRAMES))
    session.sample(4)

    assert session.poll() == []
    session.now_us = 250_000
    ((_, payload),) = session.poll()

    assert len(decode_frame(payload).counts) == 4


@pytest.mark.parametrize("mtu", [23, 34])
def test_an_mtu_too_small_gets_compact_frames_if_asked_for(engine, mtu):
    session = Session(engine, CoreSetup(ring_samples=256, first_sequence=2**32 - 70), mtu)
    session.ask(c.SetStream(3, StreamMode.FRAMES))
    session.sample(5)
    assert session.poll() == []
    session.ask(c.SetStream(3, StreamMode.COMPACT))
    session.sample(150)

    heard = [p for name, p in session.poll() if name == gatt.IMU]

    assert all(len(p) <= 20 for p in heard)
    assert sum(p[0] == 4 for p in heard) == 3  # anchors
    unwrapper = Unwrapper(100_000)
    frames = [unwrapper.push(c.decode_message(p)) for p in heard]
    frames = [f for f in frames if f is not None]
    assert [f.sequence for f in frames] == [(2**32 - 65 + i) % 2**32 for i in range(150)]
    assert [f.device_us for f in frames] == [50_000 + i * 10_000 for i in range(150)]


def test_a_radio_that_takes_one_notification_at_a_time_gets_samples_behind_their_anchors(engine):
    session = Session(engine, CoreSetup(ring_samples=256), mtu=23)
    session.ask(c.SetStream(3, StreamMode.COMPACT))
    session.sample(70)

    heard = []
    for _ in range(73):
        heard += [p for name, p in session.core.poll(session.now_us, 1) if name == gatt.IMU]

    unwrapper = Unwrapper(100_000)
    frames = [unwrapper.push(c.decode_message(p)) for p in heard]
    assert [f.sequence for f in frames if f is not None] == list(range(70))
    assert sum(p[0] == 4 for p in heard) == 2


def test_a_new_rate_begins_a_new_run_once_the_ring_is_saved(engine):
    session = Session(engine)
    session.sample(20)
    wanted = c.SetSensor(3, 50_000, 4, 500)

    refused = session.ask(wanted)
    assert (refused.status, refused.detail) == (Status.UNSAVED, 20)
    session.ask(c.Acknowledge(4, BOOT, 20))
    assert session.ask(wanted).status == Status.OK

    config = session.core.config()
    assert (config.rate_mhz, config.acc_range_g, config.gyr_range_dps) == (50_000, 4, 500)
    assert config.boot_id != BOOT
    assert config.boot_id % 2**16 != BOOT % 2**16
    assert session.ask(c.GetRing(5)) == c.RingState(5, config.boot_id, 0, 0, 0)
    again = session.ask(wanted)
    assert again.status == Status.OK
    assert session.core.boot_id == config.boot_id


def test_two_runs_differ_in_the_half_that_compact_frames_carry(engine):
    core = DeviceCore(0, SMALL, engine=engine)  # the generator of a broken board: always 0
    core.on_connect(247)
    core.on_subscribe(gatt.CONTROL, True)
    core.on_write(gatt.CONTROL, c.encode_message(c.Hello(1)))

    core.on_write(gatt.CONTROL, c.encode_message(c.SetSensor(2, 50_000, 4, 500)))

    assert core.boot_id == 1


def test_a_back_fill_left_behind_by_all_numbers_is_dropped(engine):
    session = Session(engine)
    session.sample(16)
    session.core.on_write(gatt.CONTROL, c.encode_message(c.Backfill(3, BOOT, 0, 16)))
    assert len(session.poll(room=1)) == 1
    for _ in range(3):
        session.core.skip_samples(2**30)

    assert backfilled(session.poll()) == []


def test_nothing_is_played_for_longer_than_half_a_minute(engine):
    session = Session(engine)
    session.ask(c.Play(3, Pattern.POSTURE, 100, 255))

    session.now_us += 29_900_000
    session.poll()
    assert session.ask(c.GetCondition(4)).flags & ConditionFlag.PLAYING
    session.now_us += 100_000
    session.poll()

    assert session.core.haptic_percent == 0
    assert not session.ask(c.GetCondition(5)).flags & ConditionFlag.PLAYING


def test_a_rate_the_sensor_lacks_is_refused_at_its_byte(engine):
    session = Session(engine)

    assert session.ask(c.SetSensor(3, 77_000, 8, 1000)) == c.Result(3, 0x13, Status.FIELD, 2)
    assert session.ask(c.SetSensor(3, 100_000, 3, 1000)) == c.Result(3, 0x13, Status.FIELD, 6)
    assert session.ask(c.SetSensor(3, 100_000, 8, 7)) == c.Result(3, 0x13, Status.FIELD, 8)


def test_parameters_and_nothing_else_survive_a_restart(engine):
    session = Session(engine)
    session.ask(c.SetSensor(3, 50_000, 4, 500, 1))
    session.ask(c.SetPattern(4, Pattern.CUSTOM, (c.Step(10, 10, 40),)))
    session.ask(c.Session(5, 1))
    session.ask(c.Mute(6, 900))
    session.core.press(EventKind.MARK)
    saved = session.core.saved

    again = Session(engine, saved=saved)

    assert again.core.config().rate_mhz == 50_000
    assert again.ask(c.Play(3, Pattern.CUSTOM)).status == Status.OK
    assert again.core.haptic_percent == 40
    condition = again.ask(c.GetCondition(4))
    assert not condition.flags & (ConditionFlag.MUTED | ConditionFlag.SESSION)
    broken = Session(engine, saved=saved[:20] + bytes([saved[20] ^ 1]) + saved[21:])
    assert broken.core.config().rate_mhz == 100_000


def test_what_cannot_be_stored_is_not_changed(engine):
    session = Session(engine)
    session.core.set_store_fails(True)

    assert session.ask(c.SetSensor(3, 50_000, 4, 500)).status == Status.STORE_FAILED
    assert session.core.config().rate_mhz == 100_000
    assert session.core.boot_id == BOOT


def test_a_pattern_is_played_step_by_step(engine):
    session = Session(engine)
    session.ask(c.SetPattern(3, Pattern.CUSTOM, (c.Step(10, 5, 80), c.Step(5, 0, 40))))
    session.ask(c.Play(4, Pattern.CUSTOM, 50, 2))

    strength = []
    for _ in range(45):
        strength.append(session.core.haptic_percent)
        session.now_us += 10_000
        session.poll()

    once = [40] * 10 + [0] * 5 + [20] * 5
    assert strength == once * 2 + [0] * 5


def test_nothing_is_played_while_muted_or_without_a_motor(engine):
    session = Session(engine)
    session.ask(c.Play(3, Pattern.POSTURE, 100, 9))
    assert session.core.haptic_percent == 100

    session.core.press(EventKind.MUTE)

    assert session.core.haptic_percent == 0
    assert session.ask(c.Play(4, Pattern.EVENT)).status == Status.MUTED
    assert session.ask(c.GetCondition(5)).muted_s == 900
    session.now_us += 900_000_000
    assert session.ask(c.Play(6, Pattern.EVENT)).status == Status.OK
    assert session.ask(c.Play(7, Pattern.CUSTOM)).status == Status.UNABLE
    mute = Session(engine, CoreSetup(capabilities=Capability.BUTTON))
    assert mute.ask(c.Play(8, Pattern.EVENT)).status == Status.UNABLE


def test_events_out_of_range_wait_for_the_host_and_for_its_acknowledgement(engine):
    session = Session(engine)
    session.core.on_disconnect()
    for number in range(18):
        session.core.press(EventKind.MARK, 1000 + number)
    session.now_us = 2000

    def heard():
        session.core.on_connect(247)
        for name in (gatt.CONTROL, gatt.EVENTS):
            session.core.on_subscribe(name, True)
        session.ask(c.Hello(1))
        events = [c.decode_message(p) for name, p in session.heard if name == gatt.EVENTS]
        return [(e.number, e.device_us) for e in events if isinstance(e, c.Event)]

    want = [(number, 1000 + number) for number in range(2, 18)]
    assert heard() == want
    assert heard() == want
    assert session.ask(c.AcknowledgeEvents(2, 10)).status == Status.OK
    assert heard() == want[8:]
    assert session.ask(c.AcknowledgeEvents(2, 19)).status == Status.RANGE
    assert session.ask(c.GetCounters(3)).lost_events == 2


def test_the_condition_is_told_when_it_changes_and_every_ten_seconds(engine):
    session = Session(engine)
    session.core.set_condition(BoardCondition(55, 3700, charging=True, worn=True))

    ((_, payload),) = session.poll()
    told = c.decode_message(payload)

    assert (told.id, told.battery_percent, told.battery_mv, told.self_test) == (0, 55, 3700, 0)
    assert told.flags == ConditionFlag.CHARGING | ConditionFlag.WEAR_KNOWN | ConditionFlag.WORN
    session.now_us += 9_999_999
    assert session.poll() == []
    session.now_us += 1
    assert len(session.poll()) == 1


def rule(**changes):
    values = {
        "id": 3,
        "index": 1,
        "kind": RuleKind.FORWARD,
        "on_ddeg": 400,
        "off_ddeg": 300,
        "dwell_100ms": 30,
        "cooldown_s": 10,
        "most_per_hour": 0,
        "pattern": Pattern.POSTURE,
        "times": 1,
        "flags": 0,
    }
    return c.SetRule(**(values | changes))


# A sensor worn as marked has +x up and -z forward: leaning forwards turns up towards +z.


def test_a_rule_speaks_out_of_range_once_the_posture_has_lasted(engine):
    session = Session(engine)
    session.ask(rule())
    session.core.on_disconnect()

    assert session.hold(0, 2)[1] == 0
    assert session.hold(50, 2.5)[1] == 0
    assert session.hold(50, 2)[1] == 100
    session.hold(0, 3)

    session.connect()
    session.core.on_subscribe(gatt.EVENTS, True)
    events = [c.decode_message(p) for name, p in session.poll() if name == gatt.EVENTS]
    told = [e for e in events if isinstance(e, c.Event)]
    assert [(e.kind, e.value) for e in told] == [(EventKind.RULE, 1)]
    assert 4_900_000 < told[0].device_us < 6_000_000


def test_a_rule_is_silent_while_the_host_is_there_unless_told_otherwise(engine):
    session = Session(engine)
    session.ask(rule())
    assert session.hold(50, 6)[1] == 0

    session.ask(rule(flags=RuleFlag.CONNECTED))

    assert session.hold(50, 6)[1] == 100


def test_between_off_and_on_a_posture_goes_on(engine):
    session = Session(engine)
    session.ask(rule(flags=RuleFlag.CONNECTED))

    session.hold(50, 2)
    assert session.hold(35, 3)[1] == 100
    session.hold(20, 2)
    assert session.hold(35, 20)[1] == 0


def test_the_cool_down_and_the_hour_limit_the_cues(engine):
    session = Session(engine)
    session.ask(rule(flags=RuleFlag.CONNECTED, cooldown_s=10, most_per_hour=3))

    events, _ = session.hold(50, 100)

    at = [e.device_us for e in events if isinstance(e, c.Event)]
    assert len(at) == 3
    assert all(10_000_000 <= b - a < 11_000_000 for a, b in itertools.pairwise(at))


def test_a_cue_on_return_waits_for_the_return(engine):
    session = Session(engine)
    session.ask(rule(flags=RuleFlag.CONNECTED | RuleFlag.ON_RETURN))

    assert session.hold(50, 6)[1] == 0
    assert session.hold(0, 3)[1] == 100


@pytest.mark.parametrize(
    ("kind", "tilt", "speaks"),
    [
        (RuleKind.FORWARD, 50, True),
        (RuleKind.FORWARD, -50, False),
        (RuleKind.BACKWARD, -50, True),
        (RuleKind.BACKWARD, 50, False),
        (RuleKind.INCLINATION, -50, True),
        (RuleKind.INCLINATION, 30, False),
    ],
)
def test_a_rule_watches_its_own_angle(engine, kind, tilt, speaks):
    session = Session(engine)
    session.ask(rule(kind=kind, flags=RuleFlag.CONNECTED))

    assert bool(session.hold(tilt, 6)[1]) is speaks


def test_rezero_takes_the_present_posture_as_neutral(engine):
    session = Session(engine)
    session.ask(rule(flags=RuleFlag.CONNECTED))
    session.hold(25, 3)
    session.core.press(EventKind.REZERO, session.now_us)

    assert session.hold(50, 6)[1] == 0
    assert session.hold(70, 6)[1] == 100


def test_a_neutral_that_is_no_pair_of_axes_is_refused_at_its_byte(engine):
    session = Session(engine)

    assert session.ask(c.SetNeutral(3, 16000, 0, 0, 0, 0, -16384)).detail == 2
    assert session.ask(c.SetNeutral(3, 16384, 0, 0, 0, 0, 0)).detail == 8
    assert session.ask(c.SetNeutral(3, 16384, 0, 0, 16384, 0, 0)).detail == 8
    assert session.ask(c.SetNeutral(3, 0, 0, 16384, 0, -16384, 0)).status == Status.OK


@given(st.integers(-(2**27), 2**27), st.integers(-(2**27), 2**27))
def test_the_angle_is_right_to_a_tenth_of_a_degree(y, x):
    if x or y:
        want = math.degrees(math.atan2(y, x)) * 10
        error = (atan2_ddeg(y, x) - want + 1800) % 3600 - 1800
        assert abs(error) <= 1


@given(st.floats(-math.pi, math.pi), st.floats(-1.5, 1.5))
def test_inclination_and_sagittal_are_those_of_the_frames_document(lean, sideways):
    body_up = np.array(
        [
            -math.sin(lean) * math.cos(sideways),
            math.sin(sideways),
            math.cos(lean) * math.cos(sideways),
        ]
    )
    # Sensor worn as marked: x is the body's up, y its left, z its back.
    sensor = tuple(round(v * 4096 * 256) for v in (body_up[2], body_up[1], -body_up[0]))

    sagittal = sagittal_ddeg(sensor, (16384, 0, 0), (0, 0, -16384))
    inclination = inclination_ddeg(sensor, (16384, 0, 0))

    assert abs(inclination - 10 * math.degrees(math.acos(body_up[2]))) < 2
    if math.cos(sideways) > 0.2:
        want = 10 * math.degrees(math.atan2(-body_up[0], body_up[2]))
        assert abs((sagittal - want + 1800) % 3600 - 1800) < 3


def test_misuse_is_told(engine):
    core = DeviceCore(BOOT, SMALL, engine=engine)

    with pytest.raises(CoreError, match="shape"):
        core.push_samples(np.zeros((3, 5), np.int16), 0)
    with pytest.raises(CoreError, match="int64"):
        core.push_samples(np.zeros((3, 6), np.int64), 0)
    with pytest.raises(CoreError, match="times"):
        core.push_samples(np.zeros((3, 6), np.int16), [1, 2])
    with pytest.raises(CoreError, match="lost at once"):
        core.skip_samples(-1)
    with pytest.raises(CoreError, match="rates_mhz"):
        DeviceCore(BOOT, CoreSetup(rates_mhz=()), engine=engine)
