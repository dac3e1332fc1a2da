"""Tapes that begin and end while a sensor is heard."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol import (
    ImuFrame,
    SensorConfig,
    decode_frame,
    encode_config,
    encode_frame,
    gatt,
)
from firmware_protocol.control import Anchor, CompactFrame, Event, encode_message
from monitor.link import Recorder, TapeError, TapeWriter, read_tape, tapes, tapes_folder
from monitor.link.tape import last_event
from monitor.link.tapes import Guard, describe_tape
from monitor.model import (
    NS_PER_S,
    Asked,
    Asker,
    Connected,
    Disconnected,
    Fitted,
    Idle,
    MotionChunk,
    Notified,
    Ruled,
    SampleChunk,
    Wish,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
RATE_HZ, FRAME = 50, 5
UPRIGHT = np.array([4096, 0, 0, 0, 0, 0])  # counts of 1 g at 8 g full scale
FULL = Path("/dev/full")
AXES = mounting_from_axes("+x", "-z")
BENT = replace(AXES, source="calibration")


def connected(at_ns=T0_NS):
    config = SensorConfig(1, 7, RATE_HZ * 1000, 8, 1000, FRAME)
    return [
        Connected(at_ns, "C0:00:00:00:00:01", "Back"),
        Notified(at_ns, gatt.CONFIG, encode_config(config)),
        Notified(at_ns, gatt.BATTERY_LEVEL, bytes([80])),
    ]


def frames(first_s, stop_s):
    """Of a sensor at rest, +x up; seconds since it was connected."""
    for first in range(first_s * RATE_HZ, stop_s * RATE_HZ, FRAME):
        noise = np.random.default_rng(first).normal(0, 5, (FRAME, 6))
        counts = np.round(noise + UPRIGHT).astype(np.int16)
        frame = ImuFrame(7, first, round(first / RATE_HZ * 1e6), counts)
        yield Notified(T0_NS + (first + FRAME) * NS_PER_S // RATE_HZ, gatt.IMU, encode_frame(frame))


def samples(events, mounting=AXES):
    """UTC of each sample that a pipeline gives live, and up, for these events."""
    pipeline = Pipeline(Interpret(PROFILES["desk"], mounting))
    times, up = [], []
    for event in events:
        step = pipeline.push(event)
        for chunk in step.samples:
            if isinstance(chunk, SampleChunk):
                times += [chunk.segment.time_ns(chunk.first + i) for i in range(len(chunk))]
        up += [item.up for item in step.motion if isinstance(item, MotionChunk)]
    return np.array(times), np.concatenate(up)


@pytest.fixture
def folder(tmp_path):
    return tapes_folder(tmp_path / "backwatch.db")


@pytest.fixture
def recorder(folder):
    return Recorder(folder, lambda: BENT, lambda: 0)


def test_a_tape_begun_amid_a_connection_is_read_by_itself(recorder):
    before, after = list(frames(0, 20)), list(frames(20, 40))
    for event in [*connected(), *before]:
        recorder.take(event)
    recorder.begin(after[0].at_ns)
    for event in after:
        recorder.take(event)
    recorder.end()
    (tape,) = recorder.tapes()
    events = list(read_tape(tape.path))
    live, _ = samples([*connected(), *before, *after])
    again, _ = samples(events)

    start_ns = after[0].at_ns
    assert [type(event) for event in events[:5]] == [
        Connected, Fitted, Notified, Notified, Notified,
    ]  # fmt: skip
    assert {event.at_ns for event in events[:5]} == {start_ns}
    assert events[1].mounting == BENT
    assert (tape.name, tape.address) == ("Back", "C0:00:00:00:00:01")
    assert (tape.start_ns, tape.stop_ns) == (start_ns, after[-1].at_ns)
    assert tape.size == tape.path.stat().st_size
    assert len(again) == len(live) - 20 * RATE_HZ
    assert np.abs(again - live[-len(again) :]).max() < 0.02 * NS_PER_S


def test_a_tape_begun_before_a_connection_is_what_the_link_said(recorder):
    recorder.begin(T0_NS - NS_PER_S)
    said = [Idle(T0_NS - 1), *connected(), *frames(0, 2), Disconnected(T0_NS + 9, "gone")]
    for event in said:
        recorder.take(event)
    recorder.end()
    (tape,) = recorder.tapes()
    events = list(read_tape(tape.path))

    assert events == [*said[:2], Fitted(T0_NS, BENT), *said[2:]]


def test_the_end_of_a_connection_of_before_is_not_on_the_tape(recorder):
    for event in connected():
        recorder.take(event)
    recorder.begin(T0_NS)
    recorder.take(Disconnected(T0_NS + 1, "gone"))
    recorder.end()
    (tape,) = recorder.tapes()

    assert list(read_tape(tape.path)) == []
    assert tape.problem == "nothing is on it yet"


def test_without_a_calibration_none_is_put_on_the_tape(folder):
    recorder = Recorder(folder, lambda: None, lambda: 0)
    for event in connected():
        recorder.take(event)
    recorder.begin(T0_NS)
    recorder.take(next(frames(0, 1)))
    recorder.end()

    kinds = [type(event) for event in read_tape(recorder.tapes()[0].path)]
    assert kinds == [Connected, Notified, Notified, Notified]


def test_while_nothing_may_be_kept_no_tape_is_recorded(folder):
    kept = True
    recorder = Recorder(folder, lambda: None, lambda: 0 if kept else None)
    recorder.begin(T0_NS)
    for event in connected():
        recorder.take(event)
    size = recorder.now().size
    kept = False
    recorder.take(next(frames(0, 1)))

    assert recorder.now().path is None
    assert "paused" in recorder.now().problem
    assert recorder.tapes()[0].size == size
    with pytest.raises(TapeError, match="end the pause"):
        recorder.begin(T0_NS)


def test_a_tape_that_grows_too_long_ends_by_itself(recorder, monkeypatch):
    monkeypatch.setattr(tapes, "MOST_BYTES", 2000)
    recorder.begin(T0_NS)
    for event in [*connected(), *frames(0, 10)]:
        recorder.take(event)

    (tape,) = recorder.tapes()
    assert recorder.now().path is None
    assert "ended by itself" in recorder.now().problem
    assert 2000 <= tape.size < 2500
    assert tape.problem == ""


def test_what_is_left_of_a_full_disk_is_for_the_days(recorder, monkeypatch):
    recorder.begin(T0_NS)
    recorder.take(connected()[0])
    monkeypatch.setattr(tapes, "LEAST_FREE", 2**63)
    recorder.take(connected()[1])

    assert "make room" in recorder.now().problem
    assert len(list(read_tape(recorder.tapes()[0].path))) == 3
    with pytest.raises(TapeError, match="make room"):
        recorder.begin(T0_NS + NS_PER_S)


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_ends_the_tape_and_not_the_link(recorder, monkeypatch):
    recorder.begin(T0_NS)
    recorder._tape.close()

    async def heard():
        return [event async for event in recorder.heard(Played(connected()))]

    with FULL.open("ab", buffering=0) as full:
        monkeypatch.setattr(recorder._tape, "_file", full)

        assert asyncio.run(heard()) == connected()
        assert "could not be written" in recorder.now().problem


class Played:
    def __init__(self, events):
        self.events, self.closed = events, False

    def close(self):
        self.closed = True

    async def __aiter__(self):
        for event in self.events:
            yield event


def test_the_end_of_the_link_ends_the_tape(recorder):
    recorder.begin(T0_NS)
    link = Played(connected())

    async def heard():
        return [event async for event in recorder.heard(link)]

    assert asyncio.run(heard()) == connected()
    assert link.closed
    assert recorder.now().path is None
    assert len(list(read_tape(recorder.tapes()[0].path))) == 4


def test_what_is_no_tape_is_listed_with_the_reason(recorder, folder):
    folder.mkdir()
    (folder / "empty.tape").touch()
    (folder / "garbage.tape").write_bytes(bytes(range(256)))
    (folder / "other.txt").write_text("not looked at")
    with TapeWriter(folder / "cut.tape") as tape:
        for event in connected():
            tape.write(event)
    with (folder / "cut.tape").open("ab") as file:
        file.write(b'{"event":"not')
    (folder / "away.tape").symlink_to(folder / "cut.tape")

    found = {tape.path.name: tape.problem for tape in recorder.tapes()}
    assert found.keys() == {"empty.tape", "garbage.tape", "cut.tape"}
    assert "not a tape" in found["empty.tape"]
    assert "not a tape" in found["garbage.tape"]
    assert found["cut.tape"] == ""


def test_a_tape_that_ends_in_garbage_says_so(folder):
    folder.mkdir()
    path = folder / "x.tape"
    with TapeWriter(path) as tape:
        for event in [*connected(), *frames(0, 10)]:  # more than is looked at in its head
            tape.write(event)
    with path.open("ab") as file:
        file.write(b"garbage\n")

    assert "no event" in describe_tape(path).problem
    with pytest.raises(TapeError):
        last_event(path)


def test_tapes_that_touch_a_stretch_are_deleted_with_it_the_present_one_too(recorder):
    for start_s in (0, 100):
        recorder.begin(T0_NS + start_s * NS_PER_S)
        for event in connected(T0_NS + start_s * NS_PER_S):
            recorder.take(event)
        recorder.end()
    recorder.begin(T0_NS + 200 * NS_PER_S)
    for event in connected(T0_NS + 200 * NS_PER_S):
        recorder.take(event)

    recorder.forget((T0_NS + 50 * NS_PER_S, T0_NS + 150 * NS_PER_S))
    left = [tape.start_ns - T0_NS for tape in recorder.tapes()]
    assert left == [200 * NS_PER_S, 0]
    assert recorder.now().path is not None
    with pytest.raises(TapeError, match="being recorded"):
        recorder.delete(recorder.now().path)
    recorder.forget()
    assert recorder.tapes() == []
    assert recorder.now().path is None


def test_a_tape_begins_with_the_thresholds_that_hold(recorder):
    ruled = Ruled(1, "manual", (("slouch_s", 30.0),))
    for event in [ruled, *connected()]:
        recorder.take(event)
    recorder.begin(T0_NS)
    recorder.take(next(frames(0, 1)))
    recorder.end()
    recorder.take(Asked(T0_NS, Wish.FORGET, Asker.PAGE))
    recorder.begin(T0_NS + 5 * NS_PER_S)
    recorder.take(next(frames(0, 1)))
    recorder.end()
    after, before = (list(read_tape(tape.path)) for tape in recorder.tapes())

    assert before[1] == replace(ruled, at_ns=before[0].at_ns)
    assert not any(isinstance(event, Ruled) for event in after)


ERASED_S = 30  # since the connection
ERASED_NS = T0_NS + ERASED_S * NS_PER_S


def sent_again(first_s, stop_s, late_s):
    """The same samples as `frames`, out of the sensor's memory."""
    for event in frames(first_s, stop_s):
        yield replace(event, characteristic=gatt.BACKFILL, at_ns=event.at_ns + late_s * NS_PER_S)


def test_what_was_measured_before_an_erasure_is_on_no_tape_begun_after_it(folder):
    recorder = Recorder(folder, lambda: BENT, lambda: ERASED_NS)
    for event in [*connected(), *frames(0, ERASED_S)]:
        recorder.take(event)
    recorder.begin(ERASED_NS)
    settled = ERASED_S + tapes.SETTLED_S
    pressed = Event(1, 5, 7, 20_000_000, 0)
    later = replace(pressed, device_us=(settled + 5) * 1_000_000)
    unknown = replace(pressed, boot_id=9)
    said = [
        Notified(ERASED_NS + 1, gatt.EVENTS, encode_message(one))
        for one in (pressed, later, unknown)
    ]
    for event in [
        *sent_again(5, 10, 26),
        *frames(ERASED_S, settled + 20),
        *sent_again(5, 10, 60),
        *sent_again(settled + 2, settled + 4, 20),
        *said,
        Notified(ERASED_NS + 2, gatt.BACKFILL, b"garbage"),
        Notified(ERASED_NS + 3, gatt.BATTERY_LEVEL, bytes([70])),
    ]:
        recorder.take(event)
    recorder.end()
    (tape,) = recorder.tapes()
    events = [event for event in read_tape(tape.path) if isinstance(event, Notified)]
    measured = [
        decode_frame(event.payload).sequence / RATE_HZ
        for event in events
        if event.characteristic in (gatt.IMU, gatt.BACKFILL)
    ]

    assert min(measured) >= settled - FRAME / RATE_HZ
    assert len([event for event in events if event.characteristic == gatt.BACKFILL]) == 20
    assert [event for event in events if event.characteristic == gatt.EVENTS] == said[1:2]
    assert events[-1].payload == bytes([70])


@pytest.mark.parametrize(("anchored_s", "passes"), [(10, False), (ERASED_S + 15, True)])
def test_compact_frames_are_as_old_as_their_anchor(anchored_s, passes):
    guard = Guard(ERASED_NS)
    for event in frames(ERASED_S, ERASED_S + 20):
        guard.passes(event)
    anchor = Anchor(7, anchored_s * RATE_HZ, anchored_s * 1_000_000)
    compact = CompactFrame(7, anchored_s * RATE_HZ % 2**16, 1, 2, 3, 4, 5, 6)
    again = [
        Notified(ERASED_NS, gatt.BACKFILL, encode_message(one))
        for one in (compact, anchor, compact)
    ]

    assert [guard.passes(event) for event in again] == [False, passes, passes]
    guard.passes(Disconnected(ERASED_NS, "gone"))
    assert not guard.passes(again[0])


def test_without_an_erasure_all_is_on_the_tape(recorder):
    recorder.begin(T0_NS)
    said = [*connected(), *sent_again(0, 1, 60), *frames(60, 61)]
    for event in said:
        recorder.take(event)
    recorder.end()

    assert [e for e in read_tape(recorder.tapes()[0].path) if not isinstance(e, Fitted)] == said


def test_all_tapes_together_have_a_cap(recorder, monkeypatch):
    monkeypatch.setattr(tapes, "MOST_OF_ALL", 4000)
    for event in connected():
        recorder.take(event)
    recorder.begin(T0_NS)
    taken = 0
    for event in frames(0, 60):
        if recorder.now().path is None:
            break
        recorder.take(event)
        taken += 1
    with pytest.raises(TapeError, match="delete some first"):
        recorder.begin(T0_NS + 90 * NS_PER_S)

    assert "delete some first" in recorder.now().problem
    assert 5 < taken < 50


def test_a_tape_goes_with_the_samples_of_its_time_and_not_the_one_that_is_recorded(recorder):
    for first_s in (0, 20, 40):
        recorder.begin(T0_NS + first_s * NS_PER_S)
        for event in [*connected(T0_NS + first_s * NS_PER_S), *frames(first_s, first_s + 5)]:
            recorder.take(event)
        if first_s < 40:
            recorder.end()
    broken = recorder.folder / "broken.tape"
    broken.write_text("none\n")
    os.utime(broken, ns=(T0_NS, T0_NS))
    recorder.forget_before(T0_NS + 10 * NS_PER_S)
    first = [tape.start_ns for tape in recorder.tapes()]
    recorder.forget_before(T0_NS + 100 * NS_PER_S)
    last = [tape.start_ns for tape in recorder.tapes()]
    recorder.end()

    assert [start_ns - T0_NS for start_ns in first] == [40 * NS_PER_S, 20 * NS_PER_S]
    assert [start_ns - T0_NS for start_ns in last] == [40 * NS_PER_S]
