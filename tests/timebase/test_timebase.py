"""From raw chunks on the device's clock to segments of uniform samples in UTC."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Origin, RawEnd, SampleChunk, SegmentEnd, TimeDoubt
from monitor.stage import feed
from monitor.timebase import Params, Timebase, bridge
from tests.timebase.arrivals import EPOCH_NS, LEAST_DELAY_S, RATE_HZ, Device, stream

DEVICE = Device()


def chunks_of(out):
    return [item for item in out if isinstance(item, SampleChunk)]


def ends_of(out):
    return [item for item in out if isinstance(item, SegmentEnd)]


def without(chunks, *lost):
    return [chunk for i, chunk in enumerate(chunks) if i not in lost]


def flat(out):
    """Every number that came out, for comparison."""
    rows = []
    for item in out:
        if isinstance(item, SegmentEnd):
            rows.append(item)
        else:
            rows += [
                (item.segment, item.first + i, *acc, *gyr, origin)
                for i, (acc, gyr, origin) in enumerate(
                    zip(
                        item.acc_mps2.tolist(),
                        item.gyr_radps.tolist(),
                        item.origin.tolist(),
                        strict=True,
                    )
                )
            ]
    return rows


def error_s(item, device=DEVICE):
    """Segment time less true time of the last sample, which names itself [s]."""
    index = item.first + len(item) - 1
    true_s = device.true_s(item.acc_mps2[-1, 0])
    return (item.segment.time_ns(index) - EPOCH_NS) / 1e9 - true_s


def assert_time_moves_forward(out):
    """Chunks are gapless within a segment, and no segment begins before the last one stops."""
    end_ns, open_segment, stop = None, None, 0
    for item in out:
        if isinstance(item, SegmentEnd):
            assert (item.segment, item.stop) == (open_segment, stop)
            end_ns, open_segment = item.segment.time_ns(item.stop), None
            continue
        if open_segment is None:
            open_segment, stop = item.segment, 0
            assert end_ns is None or item.segment.t0_ns >= end_ns
        assert (item.segment, item.first) == (open_segment, stop)
        stop += len(item)


def test_unbroken_chunks_make_one_segment():
    out = feed(Timebase(), stream(DEVICE, 10))

    assert not ends_of(out)
    assert {chunk.segment.id for chunk in out} == {0}
    assert [chunk.first for chunk in out] == list(range(0, 1000, 10))
    assert np.concatenate([c.acc_mps2[:, 0] for c in out]).tolist() == list(range(1000))
    assert out[0].segment.rate_hz == RATE_HZ
    assert all((chunk.origin == Origin.MEASURED).all() for chunk in out)


def test_the_first_sample_is_dated_by_the_arrival_of_the_last():
    (chunk,) = feed(Timebase(), stream(DEVICE, 0.1))

    # The last of ten samples was taken 90 ms after the first and arrived 4 ms later.
    assert (chunk.segment.t0_ns - EPOCH_NS) / 1e9 == pytest.approx(LEAST_DELAY_S, abs=1e-5)


def test_arrays_are_float64_c_contiguous_and_read_only():
    out = feed(Timebase(), without(stream(DEVICE, 1), 3))

    for chunk in chunks_of(out):
        for array in (chunk.acc_mps2, chunk.gyr_radps):
            assert array.dtype == np.float64
            assert array.flags.c_contiguous
            assert not array.flags.writeable
        assert chunk.origin.dtype == np.uint8


def test_saturated_samples_are_marked():
    (chunk,) = stream(DEVICE, 0.1)
    saturated = np.arange(10) == 4

    (got,) = feed(Timebase(), [replace(chunk, saturated=saturated)])

    assert got.origin.tolist() == [2 if i == 4 else 0 for i in range(10)]


@pytest.mark.parametrize("frames", [1, 2])
def test_up_to_a_fifth_of_a_second_is_bridged_and_marked(frames):
    chunks = stream(DEVICE, 2)

    out = feed(Timebase(), without(chunks, *range(5, 5 + frames)))

    assert not ends_of(out)
    (bridged,) = [chunk for chunk in out if chunk.first == 50]
    missing = 10 * frames
    assert len(bridged) == missing + 10
    assert bridged.origin.tolist() == [Origin.BRIDGED] * missing + [Origin.MEASURED] * 10
    # Values count samples, so the straight line over a gap is the true one.
    assert bridged.acc_mps2[:, 0] == pytest.approx(np.arange(50, 60 + missing))
    assert_time_moves_forward(out)


def test_a_bridge_is_not_taken_for_drift():
    chunks = stream(DEVICE, 100)

    out = feed(Timebase(Params(tolerance_s=0.05)), without(chunks, *range(5, 1000, 50)))

    assert not ends_of(out)


def test_a_longer_gap_ends_the_segment_and_says_how_long_it_was():
    chunks = stream(DEVICE, 10)
    timebase = Timebase()

    out = feed(timebase, without(chunks, *range(20, 41)))

    (end,) = ends_of(out)
    assert (end.stop, end.cause) == (200, "gap of 2.1 s")
    after = out[out.index(end) + 1]
    assert (after.segment.id, after.first) == (1, 0)
    assert after.acc_mps2[0, 0] == 410
    assert after.segment.t0_ns - end.segment.time_ns(end.stop) == pytest.approx(2.1e9, abs=2e6)
    assert timebase.statistics().bridged == 0


def test_three_lost_frames_are_one_gap_and_not_bridged():
    out = feed(Timebase(), without(stream(DEVICE, 2), 5, 6, 7))

    assert [end.cause for end in ends_of(out)] == ["gap of 0.3 s"]
    assert not any((chunk.origin == Origin.BRIDGED).any() for chunk in chunks_of(out))


def test_the_end_of_the_connection_ends_the_segment_once():
    timebase = Timebase()
    end = RawEnd(EPOCH_NS, "supervision timeout")

    out = feed(timebase, [*stream(DEVICE, 1), end, end])

    assert [(e.stop, e.cause) for e in ends_of(out)] == [(100, "supervision timeout")]


def test_a_new_boot_ends_the_segment_and_forgets_the_clock():
    other = Device(boot_id=2, booted_s=0.0, drift_ppm=-20.0)
    timebase = Timebase()

    out = feed(timebase, stream(DEVICE, 100))
    restarted = [replace(c, at_ns=c.at_ns + 100_500_000_000) for c in stream(other, 1)]
    out += feed(timebase, restarted)

    (end,) = ends_of(out)
    assert end.cause == "device restarted"
    assert timebase.state.clock.drift == 0.0
    assert timebase.statistics().clock_restarts == 1
    assert_time_moves_forward(out)


@pytest.mark.parametrize(
    ("shift_us", "cause"),
    [
        (-50_000_000, "device clock went back by 50.0 s"),
        (9_000_000, "device clock jumped by +9.0 s"),
        (2**63, "device clock jumped by"),
    ],
)
def test_a_device_clock_that_is_set_ends_the_segment_and_time_goes_on(shift_us, cause):
    chunks = stream(DEVICE, 120)
    faulty = [replace(c, device_us=c.device_us + shift_us) for c in chunks[900:]]

    out = feed(Timebase(), chunks[:900] + faulty)

    (end,) = ends_of(out)
    assert end.cause.startswith(cause)
    assert all(abs(error_s(chunk)) < 0.02 for chunk in chunks_of(out))
    assert_time_moves_forward(out)


@pytest.mark.parametrize("by_s", [2.0, -2.0])
def test_a_clock_set_during_a_long_gap_is_seen_once_the_rate_is_known(by_s):
    timebase = Timebase()
    feed(timebase, stream(DEVICE, 90))

    after = stream(DEVICE, 100, first=39_000)
    after = [replace(c, device_us=c.device_us + round(by_s * 1e6)) for c in after[:10]]
    out = feed(timebase, after)

    assert {chunk.segment.doubt for chunk in chunks_of(out)} == {TimeDoubt.JUMPED}
    assert all(abs(error_s(chunk)) < 0.02 for chunk in chunks_of(out))


def test_numbers_that_follow_from_the_clock_tell_nothing_of_it():
    fast = replace(DEVICE, sampling_ppm=10_000)
    chunks = [*stream(fast, 90), *stream(fast, 10, first=39_000)]
    # Who numbers by the clock and does not know the rate is off by 1 % of a gap.
    renumbered = [replace(c, sequence=c.sequence - 300 * (c.sequence >= 39_000)) for c in chunks]
    told, made = Timebase(), Timebase()

    feed(told, renumbered)
    feed(made, (replace(c, numbered=False) for c in renumbered))

    assert told.doubt is TimeDoubt.JUMPED
    assert made.doubt is TimeDoubt.NONE


def test_a_count_that_goes_back_ends_the_segment():
    later = replace(DEVICE.chunk(5000, 51.0), device_us=DEVICE.device_us(1100))

    out = feed(Timebase(), [DEVICE.chunk(10_000, 50.0), later, DEVICE.chunk(4000, 52.0)])

    assert [end.cause for end in ends_of(out)] == ["device counted backwards"] * 2


def test_another_rate_ends_the_segment():
    chunks = stream(DEVICE, 1)
    chunks[-1] = replace(chunks[-1], rate_hz=50.0)

    out = feed(Timebase(), chunks)

    assert [end.cause for end in ends_of(out)] == ["rate changed to 50 Hz"]
    assert out[-1].segment.rate_hz == 50.0


def test_a_segment_ends_when_the_clocks_have_drifted_apart_and_the_next_knows_the_rate():
    device = Device(drift_ppm=40.0, sampling_ppm=10_000.0)
    timebase = Timebase()

    out = feed(timebase, stream(device, 600, np.random.default_rng(4)))

    # One percent off is 0.25 s after 25 s. The rate learnt by then does for the rest.
    first, *rest = ends_of(out)
    assert first.cause.startswith("clock off by")
    assert first.stop / RATE_HZ == pytest.approx(25, abs=3)
    assert not rest
    true_hz = RATE_HZ * 1.01 * (1 + 40e-6)
    assert out[-1].segment.rate_hz == pytest.approx(true_hz, rel=60e-6)
    assert max(abs(error_s(chunk, device)) for chunk in chunks_of(out)) < 0.26
    assert_time_moves_forward(out)


def test_at_40_ppm_a_segment_lasts_for_more_than_an_hour_and_the_next_for_hours():
    device = Device(drift_ppm=40.0)
    timebase = Timebase()

    out = feed(timebase, stream(device, 4 * 3600, n=50))

    # 0.25 s at 40 ppm are 6250 s.
    (end,) = ends_of(out)
    assert end.stop / RATE_HZ == pytest.approx(6250, rel=0.02)
    assert error_s(out[-1], device) == pytest.approx(LEAST_DELAY_S, abs=0.01)


def test_the_fit_survives_gaps_and_reconnections_of_one_boot():
    rng = np.random.default_rng(6)
    chunks = stream(DEVICE, 400, rng)
    timebase = Timebase()
    feed(timebase, chunks[:2000])
    drift_ppm = timebase.statistics().drift_ppm

    # The connection comes back after 100 s; the first frame had to wait for 1 s.
    held = replace(chunks[3000], at_ns=chunks[3000].at_ns + 10**9)
    out = feed(timebase, [RawEnd(chunks[2000].at_ns, "out of range"), held])

    assert drift_ppm == pytest.approx(-40, abs=10)
    assert timebase.statistics().drift_ppm == pytest.approx(drift_ppm, abs=2)
    assert error_s(out[-1]) == pytest.approx(LEAST_DELAY_S, abs=5e-3)
    assert timebase.statistics().clock_restarts == 0


def test_a_first_frame_that_was_held_up_is_corrected_without_time_running_back():
    chunks = stream(DEVICE, 10)
    chunks[0] = replace(chunks[0], at_ns=chunks[0].at_ns + 1_500_000_000)
    chunks[1:15] = [replace(c, at_ns=chunks[0].at_ns) for c in chunks[1:15]]
    timebase = Timebase()

    out = feed(timebase, chunks)

    assert_time_moves_forward(out)
    assert abs(error_s(out[-1])) < 0.3
    assert 0 < timebase.statistics().skipped < 200


def test_a_clock_that_cannot_be_believed_is_said_to_be_untrusted():
    device = Device(drift_ppm=3000.0)

    out = feed(Timebase(), stream(device, 300))

    assert chunks_of(out)[0].segment.doubt.trusted
    assert not chunks_of(out)[-1].segment.doubt.trusted


def test_segment_times_stay_near_the_truth_through_loss_and_stalls():
    rng = np.random.default_rng(8)
    chunks = stream(DEVICE, 900, rng)
    kept = [chunk for chunk in chunks if rng.random() > 0.1]
    timebase = Timebase()

    out = feed(timebase, kept)

    assert len(ends_of(out)) > 1
    assert timebase.statistics().bridged > 1000
    assert max(abs(error_s(chunk)) for chunk in chunks_of(out)) < 0.26
    assert np.median([abs(error_s(chunk)) for chunk in chunks_of(out)]) < 0.03
    assert_time_moves_forward(out)


RNG_CHUNKS = stream(DEVICE, 90, np.random.default_rng(9))
losses = st.sets(st.integers(0, 899), max_size=120)


@given(losses, st.integers(0, 900))
@settings(max_examples=15, deadline=None)
def test_the_same_events_give_the_same_samples_and_a_copied_state_carries_on(lost, at):
    events = without(RNG_CHUNKS, *lost)
    events.insert(len(events) // 2, RawEnd(EPOCH_NS, "lost"))
    whole, one, other = Timebase(), Timebase(), Timebase()
    head = feed(one, events[:at])
    other.state = copy.deepcopy(one.state)

    everything = flat(feed(whole, events))

    assert flat(head + feed(one, events[at:])) == everything
    assert flat(head + feed(other, events[at:])) == everything
    assert one.state.clock == other.state.clock == whole.state.clock


@given(losses)
@settings(max_examples=15, deadline=None)
def test_time_moves_forward_whatever_is_lost(lost):
    timebase = Timebase()

    pushes = [timebase.push(chunk) for chunk in without(RNG_CHUNKS, *lost)]

    assert_time_moves_forward([item for push in pushes for item in push])
    assert all(len(chunks_of(push)) <= 1 for push in pushes)


hostile = st.builds(
    lambda at_s, boot, sequence, device_us, rate, n: replace(
        Device(boot_id=boot).chunk(sequence, at_s, n), device_us=device_us, rate_hz=rate
    ),
    st.floats(-1e4, 1e4),
    st.integers(0, 1),
    st.integers(0, 2**33),
    st.integers(0, 2**64 - 1) | st.integers(0, 10**7),
    st.sampled_from([10.0, 100.0, 2000.0]),
    st.integers(0, 255),
)


@given(st.lists(hostile, max_size=40))
@settings(max_examples=50, deadline=None)
def test_no_clock_however_wild_makes_it_raise_or_lose_count(chunks):
    timebase = Timebase()

    out = feed(timebase, [*chunks, RawEnd(EPOCH_NS, "closed")])

    out_samples = sum(int((c.origin != Origin.BRIDGED).sum()) for c in chunks_of(out))
    assert out_samples + timebase.statistics().skipped == sum(map(len, chunks))
    assert [end.segment.id for end in ends_of(out)] == list(range(timebase.statistics().segments))
    for end in ends_of(out):
        run = [chunk for chunk in chunks_of(out) if chunk.segment == end.segment]
        assert end.stop == sum(map(len, run)) > 0
        assert np.isfinite(end.segment.rate_hz)


def test_inputs_are_left_as_they_were():
    chunks = without(stream(DEVICE, 1), 4)
    before = copy.deepcopy(chunks)

    feed(Timebase(), chunks)

    for was, chunk in zip(before, chunks, strict=True):
        assert np.array_equal(was.acc_mps2, chunk.acc_mps2)
        assert (was.at_ns, was.device_us) == (chunk.at_ns, chunk.device_us)


def test_a_missing_gyroscope_stays_missing_over_a_bridge():
    chunks = [replace(chunk, gyr_radps=np.full((10, 3), np.nan)) for chunk in stream(DEVICE, 1)]

    out = feed(Timebase(), without(chunks, 4))

    assert all(np.isnan(chunk.gyr_radps).all() for chunk in out)
    assert all(np.isfinite(chunk.acc_mps2).all() for chunk in out)


def test_what_is_bridged_can_be_set():
    out = feed(Timebase(Params(bridge_s=0.0)), without(stream(DEVICE, 1), 4))

    assert [end.cause for end in ends_of(out)] == ["gap of 0.1 s"]


def test_a_bridge_lies_on_the_straight_line_between():
    got = bridge(np.array([0.0, 8.0]), np.array([4.0, 0.0]), 3)

    assert got.tolist() == [[1, 6], [2, 4], [3, 2]]
    assert bridge(np.zeros(3), np.ones(3), 0).shape == (0, 3)
