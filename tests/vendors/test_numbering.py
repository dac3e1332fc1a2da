"""Numbers and times for samples that come without."""

import numpy as np
import pytest

from monitor.ingest import Ingest
from monitor.ingest.vendors import movella, movesense, witmotion
from monitor.model import Connected, Disconnected, Notified, RawChunk, SampleChunk, SegmentEnd
from monitor.stage import feed
from monitor.timebase import Timebase
from simulator.vendors import Movella, Movesense, WitMotion

EPOCH_NS = 1_700_000_000_000_000_000
DELAY_S = 0.02
NUMBER_MPS2 = 16 * 9.80665 / 32768  # a count of a WitMotion; samples tell their number in x


def stream(model, command, payloads, characteristic, seconds, *, fast=1.0, jitter_s=0.0):
    """Notifications of a model over `seconds`, and the true time of each last sample [s].

    `fast` is how much faster than nominal it samples.
    """
    for target, payload in zip(command, payloads, strict=True):
        model.write(target, payload)
    rng = np.random.default_rng(1)
    rate_hz = model.NATIVE_HZ * fast
    out = []
    for first in range(0, int(seconds * rate_hz), model.STRIDE):
        acc, gyr = np.zeros((model.STRIDE, 3)), np.zeros((model.STRIDE, 3))
        acc[:, 0] = (np.arange(first, first + model.STRIDE) // model.STRIDE) * NUMBER_MPS2
        taken_s = (first + model.STRIDE - 1) / rate_hz
        at_s = taken_s + DELAY_S + rng.uniform(0, jitter_s)
        for said in model.sample(acc, gyr, 247):
            if said.characteristic == characteristic:
                at_ns = EPOCH_NS + round(at_s * 1e9)
                out.append(Notified(at_ns, characteristic, said.payload))
    return out


def dots(seconds=10, booted_us=0, **options):
    return stream(
        Movella(booted_us), [movella.CONTROL], [movella.START], movella.MEDIUM_PAYLOAD, seconds,
        **options,
    )  # fmt: skip


def senses(seconds=10, booted_ms=0, **options):
    return stream(
        Movesense(booted_ms), [movesense.COMMAND], [movesense.subscribe()], movesense.DATA,
        seconds, **options,
    )  # fmt: skip


def wits(seconds=10, **options):
    commands = [witmotion.UNLOCK, witmotion.set_rate()]
    return stream(
        WitMotion(), [witmotion.COMMAND] * 2, commands, witmotion.DATA, seconds, **options
    )


def number_of(chunk):
    """Which sample of a WitMotion's stream the first of a chunk is."""
    return round(chunk.acc_mps2[0, 0] / NUMBER_MPS2)


def later(events, seconds):
    return [Notified(e.at_ns + round(seconds * 1e9), e.characteristic, e.payload) for e in events]


def numbered(chunks):
    return [(c.boot_id, c.sequence + i) for c in chunks for i in range(len(c))]


def unbroken(chunks):
    return numbered(chunks) == [(1, i) for i in range(sum(map(len, chunks)))]


@pytest.mark.parametrize("events", [dots(), senses(), wits()], ids=["dot", "movesense", "wit"])
def test_samples_of_an_unbroken_stream_are_counted_through(events):
    stage = Ingest()

    chunks = feed(stage, events)

    assert unbroken(chunks)
    assert stage.statistics().missing_samples == 0
    assert stage.statistics().boots == 1


@pytest.mark.parametrize(
    ("events", "per_second"),
    [
        (dots(booted_us=2**32 - 5_000_000), 60),
        (senses(booted_ms=2**32 - 5_000), 52),
    ],
    ids=["dot after 71.6 minutes", "movesense after 49.7 days"],
)
def test_a_clock_that_wraps_goes_on(events, per_second):
    stage = Ingest()

    chunks = feed(stage, events)

    assert unbroken(chunks)
    assert stage.statistics().restarts == 0
    assert chunks[-1].device_us - chunks[0].device_us == pytest.approx(
        (chunks[-1].sequence - chunks[0].sequence) * 1e6 / per_second, abs=1500
    )


def test_several_turns_of_the_clock_while_away_are_told_by_the_host():
    away_s = 3 * 2**32 / 1e6 + 100  # three and a bit
    first = dots(5)
    back = later(dots(5, booted_us=round((away_s + 5) * 1e6) % 2**32), away_s + 5)
    stage = Ingest()

    out = feed(stage, [*first, Disconnected(first[-1].at_ns, "away"), *back])

    data = [item for item in out if isinstance(item, RawChunk)]
    assert {c.boot_id for c in data} == {1}
    assert data[300].device_us - data[0].device_us == pytest.approx((away_s + 5) * 1e6, abs=100)
    assert stage.statistics().missing_samples == pytest.approx(away_s * 60, rel=1e-4)


@pytest.mark.parametrize("make", [dots, senses], ids=["dot", "movesense"])
def test_a_device_that_was_switched_off_and_on_is_a_new_boot(make):
    first, second = make(30), later(make(5), 40)
    stage = Ingest()

    out = feed(stage, [*first, Disconnected(0, "off"), *second])

    chunks = [item for item in out if isinstance(item, RawChunk)]
    assert sorted({c.boot_id for c in chunks}) == [1, 2]
    assert next(c.sequence for c in chunks if c.boot_id == 2) == 0
    assert stage.statistics().restarts == 1


def test_a_device_switched_off_and_on_is_known_where_its_clock_seems_to_have_wrapped():
    first = dots(30, booted_us=4_000_000_000)  # 265 s before the wrap
    stage = Ingest()

    feed(stage, [*first, Disconnected(0, "off"), *later(dots(5), 40)])

    assert stage.statistics().restarts == 1
    assert stage.statistics().missing_samples == 0


@pytest.mark.parametrize(("events", "per"), [(dots(), 1), (senses(), 4)], ids=["dot", "movesense"])
def test_a_lost_notification_is_seen_in_the_time_stamps(events, per):
    stage = Ingest()

    chunks = feed(stage, [*events[:20], *events[22:]])

    assert stage.statistics().missing_samples == 2 * per
    assert chunks[20].sequence == 22 * per


@pytest.mark.parametrize("events", [dots(), senses()], ids=["dot", "movesense"])
def test_doubled_notifications_are_dropped(events):
    stage = Ingest()

    chunks = feed(stage, [e for event in events for e in (event, event)])

    assert unbroken(chunks)
    assert stage.statistics().doubled == len(events)


def stretched(events, factor):
    """A Movesense whose stamps are this much further apart than its nominal rate would have."""
    return [
        Notified(
            e.at_ns,
            e.characteristic,
            e.payload[:2]
            + round(int.from_bytes(e.payload[2:6], "little") * factor).to_bytes(4, "little")
            + e.payload[6:],
        )
        for e in events
        if e.payload[0] == 2
    ]


@pytest.mark.parametrize("factor", [0.87, 0.99, 1.01, 1.13])
def test_a_rate_that_is_not_what_it_says_is_not_taken_for_loss(factor):
    stage = Ingest()

    chunks = feed(stage, stretched(senses(40), factor))

    assert unbroken(chunks)
    assert stage.statistics().missing_samples == 0


def test_what_is_missing_is_counted_by_the_rate_that_was_learnt():
    events = stretched(senses(700), 1.01)
    stage = Ingest()

    feed(stage, [*events[:800], *events[-100:]])

    assert stage.state.numbering.period_us == pytest.approx(1.01e6 / 52, rel=1e-4)
    assert stage.statistics().missing_samples == (len(events) - 900) * 4


def segments(events):
    """What the timebase makes of events: chunks by segment id, and the causes of ends."""
    out = feed(Timebase(), feed(Ingest(), events))
    chunks = [item for item in out if isinstance(item, SampleChunk)]
    return chunks, [item.cause for item in out if isinstance(item, SegmentEnd)]


def test_time_without_a_device_clock_is_not_trusted():
    chunks, _ = segments(wits())

    assert not any(chunk.segment.doubt.trusted for chunk in chunks)


def test_time_with_a_device_clock_is_trusted():
    for events in (dots(), senses()):
        chunks, causes = segments(events)

        assert all(chunk.segment.doubt.trusted for chunk in chunks)
        assert causes == []


@pytest.mark.parametrize("fast", [1.0, 1.01, 0.99, 1.03, 0.97])
def test_counted_time_stays_near_the_truth_though_the_rate_is_not_what_it_says(fast):
    chunks, _ = segments(wits(300, fast=fast, jitter_s=0.03))

    for chunk in chunks:
        truth_s = number_of(chunk) / (50 * fast)
        got_s = (chunk.segment.time_ns(chunk.first) - EPOCH_NS) / 1e9
        # 3 % of the twenty seconds it takes to learn, and of the time until it is put right.
        assert abs(got_s - truth_s) < (0.3 if truth_s > 60 else 0.7)
    assert number_of(chunks[-1]) == int(300 * 50 * fast) - 1
    # Samples whose time was given out already are dropped: less than a second of them.
    assert sum(map(len, chunks)) > 300 * 50 * fast - 50


def test_a_silence_without_a_device_clock_is_a_gap_of_that_length():
    events = wits(60)
    quiet = [e for i, e in enumerate(events) if not 1000 <= i < 1400]  # eight seconds
    stage = Ingest()

    feed(stage, quiet)
    chunks, causes = segments(quiet)

    assert stage.statistics().missing_samples == pytest.approx(400, abs=1)
    assert causes[0] == "gap of 8.0 s"
    late = chunks[-1]
    assert (late.segment.time_ns(late.first) - EPOCH_NS) / 1e9 == pytest.approx(59.98, abs=0.1)


def test_a_short_loss_without_a_device_clock_is_not_seen_at_once():
    events = wits(60)
    stage = Ingest()

    feed(stage, [e for i, e in enumerate(events) if not 1000 <= i < 1010])

    assert stage.statistics().missing_samples == 0


def test_a_loss_of_seconds_hidden_by_a_trickle_is_put_right_within_a_minute():
    events = wits(150)
    # From 20 s to 24 s three of four frames are lost: no silence, but three seconds missing.
    kept = [e for i, e in enumerate(events) if not 1000 <= i < 1200 or i % 4 == 0]

    chunks, causes = segments(kept)

    assert any("clock off" in cause for cause in causes)
    late = chunks[-1]
    assert (late.segment.time_ns(late.first) - EPOCH_NS) / 1e9 == pytest.approx(149.98, abs=0.3)


@pytest.mark.parametrize("away_s", [21.0, 100.0], ids=["a second", "eighty"])
def test_a_reconnection_without_a_device_clock_goes_on_where_the_host_clock_says(away_s):
    events = wits(20)
    back = later(wits(20), away_s)
    between = [
        Disconnected(events[-1].at_ns, "away"),
        Connected(back[0].at_ns - 1, "C0:00:00:00:00:01", "WT"),
    ]

    chunks, _ = segments([*events, *between, *back])

    again = [c for c in chunks if c.segment.id == 1]
    got_s = (again[0].segment.time_ns(0) - EPOCH_NS) / 1e9
    assert got_s == pytest.approx(away_s, abs=0.1)
