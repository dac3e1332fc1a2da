"""Samples that were sent again find their place in time by the clock the live ones taught."""

import numpy as np

from monitor.model import NS_PER_S, Numbered, Origin, RawChunk, RawEnd, SampleChunk, SegmentEnd
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
