"""What a sensor sends later than it took it has recordings of its own."""

import numpy as np
import pytest

from monitor.model import NS_PER_S, Activity, Mounting, Origin, SampleChunk, Segment
from monitor.store import (
    RawSamples,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Store,
    read_raw,
)
from tests.store.test_writer import DAY, START, T0_NS, bend, change, seconds

MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")


def raw(segment_id, start_s, n, first=0):
    segment = Segment(segment_id, T0_NS + int(start_s * NS_PER_S), 100.0)
    acc = np.full((n, 3), segment_id * 9.80665 / 4096)
    origin = np.full(n, Origin.MEASURED, np.uint8)
    return RawSamples(SampleChunk(segment, first, acc, np.zeros((n, 3)), origin), MOUNTING)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "backwatch.db")


def test_the_past_fills_the_hole_it_left_while_now_goes_on(store):
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), change(0, Activity.SIT)])
        writer.write([seconds(60, 70), change(60, Activity.WALK)])
        writer.write(
            [
                SentAgain(seconds(10, 60)),
                SentAgain(change(10, Activity.STAND)),
                seconds(70, 80),
                SentAgain(RecordingEnd("sent again")),
                seconds(80, 90),
            ]
        )

    spans = store.queries().day(DAY).spans

    told = [
        ((s.start_ns - T0_NS) / NS_PER_S, (s.stop_ns - T0_NS) / NS_PER_S, s.activity) for s in spans
    ]
    assert sorted(told) == [
        (0, 10, Activity.SIT),
        (10, 60, Activity.STAND),
        (60, 90, Activity.WALK),
    ]


def test_each_stretch_is_a_recording_of_the_same_sensor(store):
    with store.writer() as writer:
        writer.write([START, seconds(100, 110)])
        for start_s in (20, 40):
            writer.write([SentAgain(seconds(start_s, start_s + 10))])
            writer.write([SentAgain(RecordingEnd("sent again"))])

    recordings = store.queries().recordings()

    starts = sorted((r.start_ns - T0_NS) // NS_PER_S for r in recordings)
    assert starts == [0, 20, 40]
    assert {r.address for r in recordings} == {"AA:BB"}


def test_a_stretch_that_is_not_ended_is_ended_with_the_writer(store):
    with store.writer() as writer:
        writer.write([START, SentAgain(seconds(-20, -10))])

    assert all(r.cause for r in store.queries().recordings())


def test_events_of_the_past_are_kept_and_no_news(store):
    with store.writer() as writer:
        stored = writer.write([START, SentAgain(seconds(-20, -10)), SentAgain(bend(-15)), bend(5)])

    assert [event.event for event in stored.events] == [bend(5)]
    kept = [event.event for event in store.queries().events(DAY)]
    assert sorted(kept, key=lambda event: event.start_ns) == [bend(-15), bend(5)]


def test_samples_of_the_past_do_not_cut_those_of_now(store):
    with store.writer() as writer:
        writer.write([START, seconds(0, 1), raw(1, 100, 100)])
        writer.write([SentAgain(seconds(20, 21)), SentAgain(raw(2, 20, 300))])
        writer.write([raw(1, 100, 100, first=100), SentAgain(RecordingEnd("sent again"))])

    stretch = T0_NS, T0_NS + 200 * NS_PER_S
    read = [stored.samples.chunk for stored in read_raw(store.path, *stretch, simulated=False)]

    assert [(chunk.segment.id, chunk.first, len(chunk)) for chunk in read] == [
        (1, 0, 200),
        (2, 0, 300),
    ]


def test_a_sensor_was_last_seen_when_it_was_last_connected(store):
    other = RecordingStart(T0_NS, "CC:DD", "Other", simulated=False, mounting_source="axes")
    with store.writer() as writer:
        writer.write([START, SentAgain(seconds(-500, -400)), other])

    import sqlite3

    with sqlite3.connect(store.path) as database:
        seen = database.execute("select last_seen_ns from sensors where address = 'AA:BB'")
        assert seen.fetchone() == (T0_NS,)
