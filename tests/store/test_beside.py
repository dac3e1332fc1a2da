"""A second sensor is kept beside the one the day is counted from, and changes no day."""

import dataclasses
import sqlite3
from datetime import UTC

import numpy as np
import pytest

from monitor.model import NS_PER_S, Activity, MinuteSummary, Mounting, Origin, SampleChunk, Segment
from monitor.model.exposure import Dose, Histogram
from monitor.store import (
    Beside,
    RawSamples,
    RecordingEnd,
    SentAgain,
    Store,
    read_raw,
)
from monitor.store.raw import RawOrigin
from tests.store.test_writer import DAY, START, T0_NS, alert, bend, change, seconds

MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")
LOWER = dataclasses.replace(START, address="CC:DD", name="Pelvis", counts=False)
STRETCH = T0_NS, T0_NS + 200 * NS_PER_S


def raw(first, n, mounting=MOUNTING):
    segment = Segment(1, T0_NS, 100.0)
    origin = np.full(n, Origin.MEASURED, np.uint8)
    zeros = np.zeros((n, 3))
    return RawSamples(SampleChunk(segment, first, zeros, zeros, origin), mounting)


def minute():
    return MinuteSummary(T0_NS, 60.0, 30.0, 20.0, 10.0, 5.0, 0.0, 21.0, 61.0)


def dose():
    numbers = {
        field.name: 0
        for field in dataclasses.fields(Dose)
        if field.name not in ("start_ns", "lean", "speed", "up_lean", "bouts", "course")
    }
    none = Histogram(0, ())
    return Dose(start_ns=T0_NS, **numbers, lean=none, speed=none, up_lean=none, bouts=())


def everything(bends=1):
    return [
        seconds(0, 60),
        change(0, Activity.SIT),
        *(bend(10 + n) for n in range(bends)),
        minute(),
        dose(),
        alert(30),
    ]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "backwatch.db", UTC)


def test_a_day_is_the_same_with_a_second_sensor_and_without(store, tmp_path):
    alone = Store(tmp_path / "alone.db", UTC)
    with alone.writer() as writer:
        writer.write([START, *everything()])
    with store.writer() as writer:
        for item, other in zip(everything(), everything(), strict=True):
            first = [START, Beside(1, LOWER)] if item == seconds(0, 60) else []
            writer.write([*first, item, Beside(1, other)])

    one, two = alone.queries(), store.queries()

    assert two.day(DAY) == one.day(DAY)
    assert two.days(DAY, DAY) == one.days(DAY, DAY)
    assert two.doses(DAY) == one.doses(DAY)
    assert [found.event for found in two.events(DAY)] == [bend(10)]
    assert [found.alert for found in two.alerts(DAY)] == [alert(30)]


def test_a_day_with_only_the_second_sensor_is_empty(store):
    with store.writer() as writer:
        writer.write([Beside(1, item) for item in (LOWER, *everything())])

    queries = store.queries()

    assert queries.day(DAY).totals.covered_s == 0
    assert queries.days(DAY, DAY)[0][1].covered_s == 0
    assert queries.doses(DAY) == queries.events(DAY) == queries.alerts(DAY) == []
    assert queries.day(DAY).spans == []


def test_each_recording_knows_its_sensor_and_whether_it_counts(store):
    with store.writer() as writer:
        writer.write([START, Beside(1, LOWER), seconds(0, 10), Beside(1, seconds(0, 20))])
        writer.write([Beside(1, RecordingEnd("lost"))])
        writer.write([seconds(10, 30)])

    found = {info.address: info for info in store.queries().recordings()}

    assert {address: info.counts for address, info in found.items()} == {
        "AA:BB": True,
        "CC:DD": False,
    }
    assert found["CC:DD"].cause == "lost"
    assert found["CC:DD"].stop_ns == T0_NS + 20 * NS_PER_S
    assert found["AA:BB"].stop_ns == T0_NS + 30 * NS_PER_S
    assert found["AA:BB"].cause == "the monitor was stopped"


def test_each_sensor_has_a_coverage_of_its_own(store):
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), change(0, Activity.SIT)])
        beside = [LOWER, seconds(0, 40), change(0, Activity.NOT_WORN), change(10, Activity.SIT)]
        writer.write([Beside(1, item) for item in beside])

    found = [dataclasses.astuple(seen) for seen in store.queries().sensors(DAY)]

    assert found == [("AA:BB", True, 10.0, 10.0), ("CC:DD", False, 40.0, 30.0)]


def test_samples_of_both_come_back_apart_and_by_recording(store):
    with store.writer() as writer:
        writer.write([START, Beside(1, LOWER)])
        for first in range(0, 400, 100):
            writer.write([seconds(0, 1), raw(first, 100), Beside(1, raw(first, 50))])

    counted = list(read_raw(store.path, *STRETCH, simulated=False))
    beside = list(read_raw(store.path, *STRETCH, simulated=False, counts=False))
    ids = {info.address: info.id for info in store.queries().recordings()}

    assert {read.origin.address for read in counted} == {"AA:BB"}
    assert {read.origin.address for read in beside} == {"CC:DD"}
    assert {read.origin.recording_id for read in counted} == {ids["AA:BB"]}
    assert {read.origin.recording_id for read in beside} == {ids["CC:DD"]}
    assert sum(len(read.samples.chunk) for read in counted) == 400
    assert sum(len(read.samples.chunk) for read in beside) == 200
    assert [(r.samples.chunk.first, len(r.samples.chunk)) for r in counted] == [(0, 400)]


def test_what_the_second_sensor_sends_again_is_its_own_and_counts_no_more(store):
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), Beside(1, LOWER), Beside(1, seconds(30, 40))])
        again = [seconds(10, 30), change(10, Activity.SIT), RecordingEnd("sent again")]
        writer.write([Beside(1, SentAgain(item)) for item in again])

    found = store.queries().recordings()

    assert sorted((info.address, info.counts) for info in found) == [
        ("AA:BB", True),
        ("CC:DD", False),
        ("CC:DD", False),
    ]
    assert store.queries().day(DAY).totals.covered_s == 0


def test_the_zero_that_was_taken_later_is_told_of_the_recording(store):
    zeroed = dataclasses.replace(MOUNTING, source="axes and neutral")
    with store.writer() as writer:
        writer.write([START, seconds(0, 1), raw(0, 100)])
        assert [info.mounting_source for info in store.queries().recordings()] == ["axes"]
        writer.write([raw(100, 100, zeroed)])

    assert [info.mounting_source for info in store.queries().recordings()] == ["axes and neutral"]


def test_recordings_of_before_there_were_several_count(store):
    with store.writer() as writer:
        writer.write([START, seconds(0, 10), change(0, Activity.SIT)])

    with sqlite3.connect(store.path) as connection:
        [column] = [
            row for row in connection.execute("PRAGMA table_info(recordings)") if row[1] == "counts"
        ]
    connection.close()

    assert column[4] == "1"  # the default
    assert RawOrigin(1, 2, "AA:BB", False).counts
