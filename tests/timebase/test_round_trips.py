"""Round trips tell the least delay, which arrivals cannot; events get their time."""

from dataclasses import replace

import numpy as np
import pytest

from monitor.model import (
    DeviceEvent,
    DeviceEventKind,
    Disconnected,
    Idle,
    Notified,
    RawEnd,
    RawEvent,
    RoundTrip,
    SampleChunk,
    TimeDoubt,
)
from monitor.stage import feed
from monitor.timebase import Dating, Timebase
from tests.timebase.arrivals import EPOCH_NS, LEAST_DELAY_S, Device, stream

DEVICE = Device()
MORE_S = 0.030  # on top of arrivals.LEAST_DELAY_S, so that it is worth taking off


def late(seconds, rng=None, first=0, device=DEVICE):
    more_ns = round(MORE_S * 1e9)
    chunks = stream(device, seconds, rng, first=first)
    return [replace(chunk, at_ns=chunk.at_ns + more_ns) for chunk in chunks]


def round_trip(at_s, there_s, back_s, device=DEVICE):
    """A request written at true time `at_s`."""
    device_s = (at_s + there_s) * (1 + device.drift_ppm * 1e-6) + device.booted_s
    asked_ns = EPOCH_NS + round(at_s * 1e9)
    answered_ns = asked_ns + round((there_s + back_s) * 1e9)
    return RoundTrip(asked_ns, answered_ns, device.boot_id, round(device_s * 1e6))


def first_error_s(out, device=DEVICE):
    """Time of the first sample of the last segment less its true time [s]."""
    last = [item for item in out if isinstance(item, SampleChunk)][-1]
    begun = next(i for i in out if isinstance(i, SampleChunk) and i.segment == last.segment)
    true_s = device.true_s(begun.acc_mps2[0, 0])
    return (begun.segment.time_ns(0) - EPOCH_NS) / 1e9 - true_s


def test_without_round_trips_times_are_late_by_the_least_delay():
    timebase = Timebase()

    out = feed(timebase, late(90))

    assert first_error_s(out) == pytest.approx(MORE_S + LEAST_DELAY_S, abs=1e-4)


@pytest.mark.parametrize(("there_s", "back_s"), [(0.010, 0.010), (0.004, 0.016), (0.03, 0.004)])
def test_the_shortest_round_trip_takes_the_least_delay_off_the_next_segment(there_s, back_s):
    timebase = Timebase()
    rng = np.random.default_rng(1)

    feed(timebase, late(90, rng))
    for _ in range(8):
        timebase.compare(round_trip(90, there_s + rng.uniform(0.02, 0.2), back_s + 0.02))
    timebase.compare(round_trip(90.5, there_s, back_s))
    out = feed(timebase, [*late(1, first=9500)])

    # Wrong by half of the way that is not known, at most.
    assert abs(first_error_s(out)) <= (there_s + back_s) / 2
    assert timebase.statistics().least_delay_s == pytest.approx(
        MORE_S + LEAST_DELAY_S, abs=(there_s + back_s) / 2
    )


def test_a_segment_that_is_open_is_not_moved():
    timebase = Timebase()

    before = feed(timebase, late(60))
    timebase.compare(round_trip(60, 0.01, 0.01))
    after = feed(timebase, late(10, first=6000))

    assert {item.segment for item in [*before, *after]} == {before[0].segment}


@pytest.mark.parametrize(
    "trip",
    [
        replace(round_trip(10, 0.01, 0.01), boot_id=99),
        round_trip(10, 0.6, 0.6),
        replace(round_trip(10, 0.01, 0.01), answered_ns=0),
    ],
    ids=["another run", "a second long", "answered before it was asked"],
)
def test_a_round_trip_that_tells_nothing_is_left_out(trip):
    timebase = Timebase()

    feed(timebase, late(10))
    timebase.compare(trip)
    feed(timebase, [RawEnd(0, "gone"), *late(2, first=1200)])

    assert timebase.statistics().least_delay_s == 0


def test_a_device_stamp_before_the_request_means_that_a_clock_was_set():
    timebase = Timebase()
    impossible = round_trip(10, 0.01, 0.01)

    feed(timebase, late(10))
    timebase.compare(replace(impossible, received_us=impossible.received_us - 100_000))
    feed(timebase, [RawEnd(0, "gone"), *late(2, first=1200)])

    assert timebase.statistics().least_delay_s == 0


def test_the_delay_holds_on_the_next_connection_until_it_is_measured_again():
    timebase = Timebase()
    feed(timebase, late(90))
    timebase.compare(round_trip(90, 0.01, 0.01))
    timebase.utc_ns(0)

    out = feed(timebase, [RawEnd(0, "gone"), *late(2, first=12_000)])

    assert abs(first_error_s(out)) <= 0.01


def test_times_are_in_doubt_until_a_drift_is_known():
    timebase = Timebase()

    feed(timebase, late(1))
    assert timebase.doubt is TimeDoubt.UNSETTLED
    feed(timebase, late(70, first=100))

    assert timebase.doubt is TimeDoubt.NONE


def test_times_are_in_doubt_again_for_a_minute_after_a_clock_was_set_at_the_host():
    timebase = Timebase()
    feed(timebase, late(70))

    feed(timebase, (replace(c, at_ns=c.at_ns - 10**10) for c in late(1, first=7000)))
    doubted = timebase.doubt
    feed(timebase, (replace(c, at_ns=c.at_ns - 10**10) for c in late(70, first=7100)))

    assert doubted is TimeDoubt.UNSETTLED
    assert timebase.doubt is TimeDoubt.NONE


def test_a_clock_that_begins_anew_without_a_new_boot_id_is_not_trusted_until_the_next_boot():
    timebase = Timebase()
    reset = Device(booted_s=-100)

    out = feed(timebase, [*late(1), *late(1, first=100, device=reset)])
    doubted = timebase.doubt
    feed(timebase, late(1, device=Device(boot_id=2)))

    assert out[-1].segment.doubt is TimeDoubt.RESET
    assert doubted is TimeDoubt.RESET
    assert not doubted.trusted
    assert timebase.doubt is TimeDoubt.UNSETTLED


def test_a_clock_that_jumps_is_not_trusted():
    timebase = Timebase()

    out = feed(timebase, [*late(1), *late(1, first=100, device=Device(booted_s=200))])

    assert out[-1].segment.doubt is TimeDoubt.JUMPED


def raw_event(number, true_s, at_s, device=DEVICE):
    device_s = true_s * (1 + device.drift_ppm * 1e-6) + device.booted_s
    at_ns = EPOCH_NS + round(at_s * 1e9)
    return RawEvent(at_ns, DeviceEventKind.MARK, 1, number, round(device_s * 1e6), 0)


def test_an_event_of_an_hour_ago_is_where_it_belongs():
    timebase = Timebase()
    dating = Dating(timebase)
    feed(timebase, late(120, first=360_000))
    timebase.compare(round_trip(3720, 0.01, 0.01))

    assert dating.push(raw_event(0, 100.0, 3720.5)) == []
    [event] = dating.after(Notified(0, "", b""))

    assert (event.at_ns - EPOCH_NS) / 1e9 == pytest.approx(100.0, abs=0.015)
    assert event.time_trusted
    assert dating.after(Idle(0)) == []


def test_an_event_waits_for_live_samples_and_without_any_only_its_arrival_is_known():
    timebase = Timebase()
    dating = Dating(timebase)

    dating.push(raw_event(0, 1.0, 5.0))
    waiting = dating.after(Notified(0, "", b""))
    told = dating.after(Disconnected(0, "gone"))

    assert waiting == []
    assert told == [
        DeviceEvent(EPOCH_NS + 5_000_000_000, DeviceEventKind.MARK, 0, 1, 0, time_trusted=False)
    ]


def test_nothing_arrives_before_it_has_happened():
    timebase = Timebase()
    dating = Dating(timebase)
    feed(timebase, late(2))

    dating.push(raw_event(0, 60.0, 2.0))
    [event] = dating.after(Notified(0, "", b""))

    assert event.at_ns == EPOCH_NS + 2_000_000_000
