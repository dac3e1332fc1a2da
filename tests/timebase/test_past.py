"""Samples that were sent again find their place in time by the clock the live ones taught."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from monitor.model import (
    NS_PER_S,
    Numbered,
    Origin,
    RawChunk,
    RawEnd,
    SampleChunk,
    SegmentEnd,
    TimeDoubt,
)
from monitor.stage import feed
from monitor.timebase import Past, Timebase
from monitor.timebase.past import PastParams

T0_NS = 1_790_000_000 * NS_PER_S
DELAY_NS = 20_000_000
DRIFT = 40e-6


def raw(first, n=10, *, at_ns=None, boot_id=1):
    """Samples whose first axis is their number; the device clock is slow by DRIFT."""
    device_us = round(first * 10_000)
    number = np.arange(first, first + n, dtype=np.float64)
    return RawChunk(
        at_ns=utc_ns(first + n - 1) + DELAY_NS if at_ns is None else at_ns,
        boot_id=boot_id,
        sequence=first,
        device_us=device_us,
        rate_hz=100.0,
        acc_mps2=np.stack([number, number, number], axis=1),
        gyr_radps=np.zeros((n, 3)),
        saturated=np.zeros(n, np.bool_),
    )


def utc_ns(number):
    return T0_NS + round(number * 0.01 * (1 + DRIFT) * NS_PER_S)


def taught(first=100_000, seconds=120):
    """A timebase that has heard live samples."""
    timebase = Timebase()
    feed(timebase, (raw(number) for number in range(first, first + 100 * seconds, 10)))
    return timebase


def test_the_past_is_placed_by_the_fit_of_the_live_samples():
    past = Past(taught())

    chunk, end = feed(past, [*(raw(n, at_ns=0) for n in range(50_000, 50_100, 10)), RawEnd(0, "x")])

    assert isinstance(end, SegmentEnd)
    assert end.stop == len(chunk) == 100
    # 500 s before anything was heard live, late by the delay of the link as live samples are.
    error_ns = chunk.segment.time_ns(0) - utc_ns(50_000) - DELAY_NS
    assert abs(error_ns) < 1_000_000
    assert abs(chunk.segment.rate_hz * (1 + DRIFT) - 100) < 1e-3
    assert np.array_equal(chunk.acc_mps2[:, 0], np.arange(50_000, 50_100))
    assert set(chunk.origin) == {Origin.MEASURED}


def test_stretches_are_gathered_into_long_chunks():
    past = Past(taught(), PastParams(gather_s=1.0))

    out = feed(past, (raw(n, at_ns=0) for n in range(0, 250, 10)))

    assert [(chunk.first, len(chunk)) for chunk in out] == [(0, 100), (100, 100)]
    last, _ = past.push(RawEnd(0, "gone"))
    assert (last.first, len(last)) == (200, 50)


def test_a_break_in_the_numbers_begins_another_segment():
    past = Past(taught())

    out = feed(past, [raw(0, at_ns=0), raw(10, at_ns=0), raw(500, at_ns=0), RawEnd(0, "gone")])

    assert [type(item) for item in out] == [SampleChunk, SegmentEnd, SampleChunk, SegmentEnd]
    assert [len(item) for item in out if isinstance(item, SampleChunk)] == [20, 10]


def test_no_segment_of_the_past_has_the_number_of_a_live_one():
    timebase = taught()
    past = Past(timebase)

    (old, _) = feed(past, [raw(0, at_ns=0), RawEnd(0, "gone")])
    timebase.push(RawEnd(0, "gone"))
    (new,) = timebase.push(raw(200_000))

    assert len({0, old.segment.id, new.segment.id}) == 3


def test_the_live_clock_learns_nothing_from_the_past():
    timebase = taught()
    before = timebase.statistics()

    feed(Past(timebase), [raw(0, at_ns=0), raw(10, at_ns=0)])

    assert timebase.statistics() == before


def test_an_end_without_samples_is_nothing():
    assert Past(taught()).push(RawEnd(0, "gone")) == []


def test_what_is_given_out_is_told_by_its_numbers_when_it_is():
    past = Past(taught())

    past.push(raw(500, at_ns=0))
    past.push(raw(510, at_ns=0))
    before = past.given_out()
    past.push(raw(900, at_ns=0))

    assert before == []
    assert past.given_out() == [Numbered(1, 500, 520)]
    past.push(RawEnd(0, "gone"))
    assert past.given_out() == [Numbered(1, 900, 910)]


def jumped(chunk, by_s):
    """The same, measured after the device's clock was set."""
    return replace(chunk, device_us=chunk.device_us + round(by_s * 1e6))


def again(first, stop, by_s=0.0, at=None):
    """Samples sent again; from number `at` on the clock had been set by so much."""
    at = stop if at is None else at
    return [
        jumped(raw(n, at_ns=0), by_s if n >= at else 0.0) for n in range(first, stop, 10)
    ]  # fmt: skip


def exact(out):
    """What compares bit by bit."""
    return [
        (item.segment, item.first, item.acc_mps2.tobytes(), item.origin.tobytes())
        if isinstance(item, SampleChunk)
        else item
        for item in out
    ]


def errors_s(out):
    """Of each sample of these, by its number [s]."""
    late_s = [
        (chunk.segment.time_ns(chunk.first + i) - utc_ns(number) - DELAY_NS) / NS_PER_S
        for chunk in out
        if isinstance(chunk, SampleChunk)
        for i, number in enumerate(chunk.acc_mps2[:, 0])
    ]
    return np.abs(late_s)


@pytest.mark.parametrize("by_s", [37.7, -3.0, 0.6])
def test_samples_from_before_a_clock_was_set_unheard_are_placed_by_their_number(by_s):
    timebase = Timebase()
    feed(timebase, (jumped(raw(n), by_s) for n in range(3000, 3100, 10)))

    out = feed(Past(timebase), [*again(1000, 3000, by_s, at=2000), RawEnd(0, "met")])

    doubts = [chunk.segment.doubt for chunk in out if isinstance(chunk, SampleChunk)]
    assert errors_s(out).max() < 0.01
    assert len(errors_s(out)) == 2000
    assert doubts == [TimeDoubt.JUMPED, TimeDoubt.UNSETTLED]


@pytest.mark.parametrize("by_s", [20.0, -2.0, 0.8])
def test_a_clock_set_at_the_far_end_of_the_past_is_seen_by_the_rate_the_past_tells(by_s):
    timebase = Timebase()
    feed(timebase, (jumped(raw(n), by_s) for n in range(60_000, 60_100, 10)))

    out = feed(Past(timebase), [*again(0, 60_000, by_s, at=4000), RawEnd(0, "met")])

    assert errors_s(out).max() < 0.03  # no drift is known: 40 ppm of 600 s
    assert out[0].segment.doubt is TimeDoubt.JUMPED
    assert out[-1].segment.doubt is TimeDoubt.UNSETTLED


def test_the_past_of_a_sensor_that_samples_at_another_rate_is_placed_by_its_clock():
    fast = 1 / 1.01

    def quick(n, **options):
        told = raw(n, **options)
        return replace(
            told,
            device_us=round(told.device_us * fast),
            at_ns=T0_NS + DELAY_NS + round((n + 9) * 0.01 * fast * (1 + DRIFT) * NS_PER_S),
        )

    timebase = Timebase()
    feed(timebase, (quick(n) for n in range(60_000, 60_100, 10)))

    out = feed(Past(timebase), [*(quick(n) for n in range(0, 60_000, 10)), RawEnd(0, "met")])

    (chunk, *_, end) = out
    true_ns = T0_NS + DELAY_NS
    assert abs(chunk.segment.time_ns(0) - true_ns) < 0.03 * NS_PER_S
    assert end.segment == chunk.segment
    assert end.segment.doubt is TimeDoubt.UNSETTLED


def test_what_was_measured_before_a_jump_that_was_heard_is_placed_where_it_belongs():
    timebase = taught(first=0)
    feed(timebase, (jumped(raw(n), 5.0) for n in range(14_000, 15_000, 10)))

    out = feed(Past(timebase), [*again(12_000, 14_000, 5.0, at=13_000), RawEnd(0, "met")])

    assert errors_s(out).max() < 0.01
    assert {chunk.segment.doubt for chunk in out} == {TimeDoubt.JUMPED}


def test_a_segment_of_the_past_ends_where_doubt_begins():
    timebase = taught(first=0)
    past = Past(timebase, PastParams(gather_s=1.0))

    before = feed(past, again(15_000, 15_100))
    timebase.state.fault = TimeDoubt.RESET
    after = feed(past, again(15_100, 15_200))

    assert [item.segment.doubt for item in before] == [TimeDoubt.NONE]
    assert [item.segment.doubt for item in after] == [TimeDoubt.NONE, TimeDoubt.RESET]
    assert after[0].cause == "times in doubt: reset"


@pytest.mark.parametrize("at", [1, 99, 150, 399, 400])
def test_the_same_past_gives_the_same_samples_and_a_copied_state_carries_on(at):
    timebase = Timebase()
    feed(timebase, (jumped(raw(n), 2.0) for n in range(6000, 6100, 10)))
    past = Past(timebase)
    items = [*again(1000, 6000, 2.0, at=2500), RawEnd(0, "met")]

    whole = feed(copy.deepcopy(past), items)
    first = feed(past, items[:at])
    rest = feed(copy.deepcopy(past), items[at:])

    assert exact(first + rest) == exact(whole)
    assert len({item.segment.id for item in whole}) == 2
