"""Anything that can happen to a device, made up and played on several cores at once."""

import math

import numpy as np
from hypothesis import strategies as st

from firmware_protocol import control as c
from firmware_protocol import decode_frame, gatt, layout
from firmware_protocol.codec import crc16
from firmware_protocol.codes import EventKind, LossReason, Status, StreamMode
from firmware_protocol.compact import Unwrapper
from simulator.core import CHANNELS, BoardCondition, CoreSetup, DeviceCore

# As in the setup of bw_replay.c.
RATES, ACC, GYR = (100_000, 50_000, 12_500), (8, 4), (1000, 500)
MTUS = (23, 35, 47, 185, 247, 517)
BOOTS = (0x11112222, 0x33332222, 0xFFFFFFFF, 0)
BLOCK_BYTES = 240
BUSY = 0x80


def setup(ring_samples=96, first_sequence=0):
    return CoreSetup(ring_samples, RATES, ACC, GYR, first_sequence=first_sequence)


def fields(found):
    implied = {"type", "count", "id"} if found.record.fields else {"type", "id"}
    return {f.name: st.integers(*f.limits) for f in found.head.fields if f.name not in implied}


def one_of_evenly(strategies):
    """Like st.one_of, which gives strategies inside strategies less weight."""
    return st.sampled_from(range(len(strategies))).flatmap(strategies.__getitem__)


def commands():
    """Sound commands of every kind, most with values that do something."""
    ids = st.integers(1, 255)
    step = st.builds(c.Step, st.integers(0, 30), st.integers(0, 30), st.integers(0, 100))
    rule = st.builds(
        c.SetRule,
        id=ids,
        index=st.integers(0, 3),
        kind=st.integers(0, 3),
        on_ddeg=st.sampled_from([200, 400, 1799]),
        off_ddeg=st.sampled_from([0, 100, 200]),
        dwell_100ms=st.sampled_from([0, 1, 10]),
        cooldown_s=st.sampled_from([0, 1, 60]),
        most_per_hour=st.integers(0, 2),
        pattern=st.integers(1, 3),
        times=st.integers(1, 3),
        flags=st.integers(0, 3),
    )
    axes = st.sampled_from([0, 0, 16384, -16384, 100])
    up_x, forward_z = st.sampled_from([16384, -16500]), st.sampled_from([16384, -16300])
    neutral = st.one_of(
        st.builds(c.SetNeutral, ids, axes, axes, axes, axes, axes, axes),
        st.builds(c.SetNeutral, ids, up_x, st.sampled_from([0, 100]), *[st.just(0)] * 3, forward_z),
    )
    useful = [
        rule,
        neutral,
        st.builds(c.SetPattern, ids, st.integers(1, 3), st.lists(step, min_size=1, max_size=8)),
        st.builds(c.SetStream, ids, st.sampled_from(StreamMode), st.sampled_from([0, 1, 5, 255])),
        st.builds(c.Play, ids, st.integers(0, 3), st.integers(0, 100), st.integers(1, 255)),
        st.builds(c.Mute, ids, st.sampled_from([0, 1, 900])),
        st.builds(c.AcknowledgeEvents, ids, st.integers(0, 8) | st.integers(0, 65535)),
        *(
            st.builds(cls, id=ids, **fields(found))
            for cls, found in c.LAYOUT_OF.items()
            if found.sender == "host" and cls not in (c.SetPattern, c.SetRule, c.Hello)
        ),
    ]
    return one_of_evenly(useful)


def sealed(body):
    return body + crc16(body).to_bytes(2, "little")


HOST_TYPES = [found.code for found in layout.LAYOUTS if found.sender == "host"]
hostile = st.one_of(
    st.binary(max_size=30),
    st.builds(
        lambda code, body: sealed(bytes([code]) + body),
        st.sampled_from([*HOST_TYPES, 0x99]),
        st.binary(max_size=30),
    ),
    st.builds(lambda m, cut: c.encode_message(m)[:cut], commands(), st.integers(0, 18)),
)
mtus = st.sampled_from(MTUS)
common = [
    st.tuples(
        st.just("sample"),
        st.integers(1, 40),
        st.integers(0, 100),
        st.sampled_from([0, 0, 0, 300, -300, 60_000, 3_000_000]),
    ),
    st.tuples(st.just("sample"), st.integers(1, 40), st.integers(0, 100), st.just(0)),
    st.tuples(st.just("poll"), st.integers(0, 12) | st.just(1000)),
    st.tuples(st.just("poll"), st.just(1000)),
    st.tuples(st.just("session"), mtus, st.sampled_from(StreamMode)),
    st.tuples(
        st.just("backfill"),
        st.integers(1, 60) | st.integers(-2, 300),
        st.integers(1, 60) | st.integers(1, 400),
        st.sampled_from([False, False, False, True]),
        st.integers(0, 5),
    ),
    st.tuples(st.just("acknowledge"), st.integers(0, 40) | st.integers(-2, 300)),
    st.tuples(st.just("skip"), st.integers(0, 60) | st.sampled_from([2**29, 2**30])),
    st.tuples(st.just("mtu"), mtus),
    st.tuples(st.just("disconnect")),
    st.tuples(st.just("reboot"), st.sampled_from(BOOTS)),
]
rare = [
    st.tuples(st.just("connect"), mtus),
    st.tuples(st.just("subscribe"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1_000, 260_000, 11_000_000, 4_000_000_000])),
    st.tuples(st.just("button"), st.sampled_from(EventKind)),
    st.tuples(st.just("condition"), st.integers(0, 100), st.booleans(), st.integers(0, 255)),
    st.tuples(st.just("store"), st.booleans()),
    st.tuples(st.just("command"), commands()),
    st.tuples(
        st.just("command"),
        st.builds(
            c.SetSensor,
            st.just(7),
            st.sampled_from(RATES),
            st.sampled_from(ACC),
            st.sampled_from(GYR),
            st.integers(0, 1),
        ),
    ),
    st.tuples(st.just("watch"), st.integers(0, 3), st.integers(1, 3), st.integers(0, 3)),
    st.tuples(st.just("hello"), st.integers(2, 3), st.integers(2, 4)),
    st.tuples(st.just("bytes"), st.integers(0, 3), hostile),
    st.tuples(st.just("bytes"), st.just(1), hostile),
]
happenings = st.lists(one_of_evenly(common + rare), min_size=20, max_size=150)
link_happenings = st.lists(one_of_evenly(common), min_size=20, max_size=150)


class Bench:
    """Cores that all live through the same, and must answer alike.

    Attributes:
        script: the same for bw_replay.c.
        answers: what it should print.
        taken: counts of every sample by (boot id, sequence).
        drained: what was notified while a command waited.
    """

    def __init__(self, made, engines, boot_id=BOOTS[0]):
        self.made = made
        self.cores = [DeviceCore(boot_id, made, engine=engine) for engine in engines]
        self.script, self.answers, self.taken = [], [], {}
        self.drained = []
        self._start(boot_id)

    @property
    def core(self):
        return self.cores[0]

    def play(self, happening):
        name, *arguments = happening
        return getattr(self, name)(*arguments)

    def sample(self, n, tilt_deg, late_us):
        rate_mhz, boot_id = self.core.config().rate_mhz, self.core.boot_id
        us = self.now_us + max(0, late_us)
        times = [
            us + max(0, i * 1_000_000_000 // rate_mhz + i % 2 * late_us % 400) for i in range(n)
        ]
        tilt = math.radians(tilt_deg)
        x, z = round(4096 * math.cos(tilt)), round(4096 * math.sin(tilt))
        rows = []
        for _ in range(n):
            number = self.next
            row = (x, 0, z, number & 0x7FFF, number >> 15 & 0x7FFF, number >> 30)
            self.taken[boot_id, number] = row
            self.next = (number + 1) % 2**32
            rows.append(row)
        for us, row in zip(times, rows, strict=True):
            self.script.append(f"sample {us} {' '.join(map(str, row))}")
        for core in self.cores:
            core.push_samples(np.array(rows, np.int16), np.array(times, np.uint64))
        self.now_us = max(self.now_us, times[-1] + 1_000_000_000 // rate_mhz)

    def skip(self, count):
        if (self.next - self.runs[-1][1]) % 2**32 + count > 2**31:
            return  # in one run a number names one sample
        self.script.append(f"skip {count}")
        self.next = (self.next + count) % 2**32
        for core in self.cores:
            core.skip_samples(count)

    def connect(self, mtu):
        self.in_session = False
        self.script.append(f"connect {mtu}")
        for core in self.cores:
            core.on_connect(mtu)

    def mtu(self, mtu):
        self.script.append(f"mtu {mtu}")
        for core in self.cores:
            core.on_mtu(mtu)

    def disconnect(self):
        self.in_session = False
        self.script.append("disconnect")
        for core in self.cores:
            core.on_disconnect()

    def subscribe(self, channel, on):
        self.script.append(f"subscribe {channel} {int(on)}")
        for core in self.cores:
            core.on_subscribe(CHANNELS[channel], on)

    def session(self, mtu, mode):
        self.connect(mtu)
        for channel in range(4):
            self.subscribe(channel, True)
        self.bytes(1, c.encode_message(c.Hello(1)))
        self.bytes(1, c.encode_message(c.SetStream(2, mode)))
        self.in_session = self.greeted = True

    def wait(self, us):
        self.now_us += us

    def bytes(self, channel, payload):
        before = self.core.boot_id
        self.script += [f"clock {self.now_us}", f"write {channel} {payload.hex() or '-'}"]
        codes = {core.on_write(CHANNELS[channel], payload, self.now_us) for core in self.cores}
        assert len(codes) == 1
        (code,) = codes
        self.answers.append(f"w {code}")
        if self.core.boot_id != before:
            self.next = 0
            self.runs.append((self.core.boot_id, 0))
        return code

    def command(self, message):
        """A host that does as it should: hello first, and again if the device is busy."""
        if not self.in_session:
            self.session(247, StreamMode.FRAMES)
        if not self.greeted:
            self.hello(2, 2)
        code = self.bytes(1, c.encode_message(message))
        if code == BUSY:
            self.drained += self.poll(1000)
            code = self.bytes(1, c.encode_message(message))
        return code

    def hello(self, least, most):
        self.greeted = True
        code = self.command(c.Hello(5, least, most))
        self.greeted = least <= 2 <= most
        return code

    def watch(self, index, kind, flags):
        """A rule that speaks soon, and a posture for it."""
        rule = c.SetRule(6, index, kind, 200, 100, index, index % 2, 0, 1 + index % 2, 1, flags)
        self.command(rule)
        self.sample(40, 90, 0)
        self.drained += self.poll(1000)
        self.sample(40, 0, 0)

    def backfill(self, back, count, foreign, polls):
        boot_id = self.core.boot_id ^ (0x5A5A0000 if foreign else 0)
        self.command(c.Backfill(3, boot_id, (self.next - back) % 2**32, count))
        for room in range(polls):
            self.drained += self.poll(room)

    def acknowledge(self, back):
        return self.command(c.Acknowledge(4, self.core.boot_id, (self.next - back) % 2**32))

    def button(self, kind):
        self.script += [f"clock {self.now_us}", f"button {int(kind)}"]
        for core in self.cores:
            core.press(kind, self.now_us)

    def condition(self, percent, worn, self_test):
        flags = 2 | 4 * worn
        self.script.append(f"condition {flags} {percent} 3900 {self_test}")
        for core in self.cores:
            core.set_condition(BoardCondition(percent, 3900, False, worn, self_test))

    def store(self, fails):
        self.script.append(f"store {int(fails)}")
        for core in self.cores:
            core.set_store_fails(fails)

    def reboot(self, boot_id):
        for core in self.cores:
            core.reboot(boot_id)
        self._start(boot_id)

    def poll(self, room):
        self.script += [f"clock {self.now_us}", f"poll {room}"]
        taken, *others = [core.poll(self.now_us, room) for core in self.cores]
        assert all(other == taken for other in others)
        assert len({core.haptic_percent for core in self.cores}) == 1
        assert len({core.config_bytes() for core in self.cores}) == 1
        assert len({core.statistics() for core in self.cores}) == 1
        assert len({core.saved for core in self.cores}) == 1
        for characteristic, payload in taken:
            self.answers.append(f"n {CHANNELS.index(characteristic)} {payload.hex()}")
        self.answers.append(f"p {self.core.haptic_percent}")
        return taken

    def _start(self, boot_id):
        blocks = self.made.blocks
        memory = blocks * BLOCK_BYTES + 8
        self.script.append(f"restart {boot_id} {memory} {self.made.first_sequence}")
        self.now_us = 0
        self.in_session = self.greeted = False
        self.next = self.made.first_sequence
        if not hasattr(self, "runs"):
            self.runs = []
        self.runs.append((boot_id, self.made.first_sequence))
        # The same boot id again would be a fault of the board; tell its samples apart no more.
        self.taken = {key: row for key, row in self.taken.items() if key[0] != boot_id}


class Listener:
    """A host that keeps what it is told and objects to what cannot be.

    Attributes:
        received: counts by (boot id, sequence).
        lost: reason by (boot id, sequence), for numbers that were taken.
        replies, events: what came on the other characteristics.
        done: the last `BackfillDone`.
    """

    def __init__(self, bench):
        self.bench = bench
        self.received, self.lost = {}, {}
        self.replies, self.events, self.done = [], [], None
        self.renew()

    def renew(self):
        """A new connection or run: anchors are forgotten."""
        rate_mhz = self.bench.core.config().rate_mhz
        self.unwrappers = {name: Unwrapper(rate_mhz) for name in (gatt.IMU, gatt.BACKFILL)}

    def hear(self, notifications):
        for characteristic, payload in notifications:
            if payload[0] == 1:
                self._samples(decode_frame(payload))
                continue
            message = c.decode_message(payload)
            if isinstance(message, c.Anchor | c.CompactFrame):
                frame = self.unwrappers[characteristic].push(message)
                if frame is not None:
                    self._samples(frame)
            elif isinstance(message, c.Lost):
                self._gone(message)
            elif isinstance(message, c.BackfillDone):
                self.done = message
            elif characteristic == gatt.EVENTS:
                self.events.append(message)
            else:
                self.replies.append(message)

    def _samples(self, frame):
        for index, row in enumerate(frame.counts.tolist()):
            key = frame.boot_id, (frame.sequence + index) % 2**32
            assert self.bench.taken.get(key) == tuple(row), f"{key} was never so"
            self.received[key] = tuple(row)

    def _gone(self, message):
        for key in self.bench.taken:
            if key[0] == message.boot_id and (key[1] - message.first) % 2**32 < message.count:
                assert message.reason != LossReason.NEVER_SAMPLED, f"{key} was sampled"
                self.lost[key] = LossReason(message.reason)


def covered(notifications):
    """What a back-fill has told of, as (first, count) in order of arrival."""
    ranges = []
    unwrapped = None
    for characteristic, payload in notifications:
        if characteristic != gatt.BACKFILL:
            continue
        if payload[0] == 1:
            frame = decode_frame(payload)
            ranges.append((frame.sequence, len(frame.counts)))
            continue
        message = c.decode_message(payload)
        if isinstance(message, c.Lost):
            ranges.append((message.first, message.count))
        elif isinstance(message, c.Anchor):
            unwrapped = message.sequence
        elif isinstance(message, c.CompactFrame):
            assert unwrapped is not None
            after = (message.sequence_low - unwrapped) % 2**16
            ranges.append(((unwrapped + after) % 2**32, 1))
    return ranges


def ok(message):
    return isinstance(message, c.Result) and message.status == Status.OK
