"""What a radio does to the bytes, and what is made of it."""

import copy
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ingest import Ingest
from monitor.ingest.vendors import DECODERS, capture2go, movesense, witmotion
from monitor.model import Disconnected, Notified, RawChunk
from monitor.stage import feed
from simulator.vendors import MODELS, Capture2Go, Movesense

CHARACTERISTICS = st.sampled_from(sorted(DECODERS))


def rows(out):
    """The samples without their chunking."""
    return np.concatenate([np.hstack([c.acc_mps2, c.gyr_radps]) for c in out] or [np.empty((0, 6))])


def motion(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 5, (n, 3)), rng.normal(0, 2, (n, 3))


def streaming(model, command, *payloads):
    for payload in payloads:
        model.write(command, payload)
    return model


def spoken(model, n, mtu=247, seed=0):
    """Payloads a model sends while it measures `n` samples, and the samples."""
    acc, gyr = motion(n, seed)
    return [said.payload for said in model.sample(acc, gyr, mtu)], np.hstack([acc, gyr])


def notified(characteristic, payloads, every_ns=10_000_000):
    return [Notified(i * every_ns, characteristic, p) for i, p in enumerate(payloads)]


@given(st.lists(st.tuples(CHARACTERISTICS, st.binary(max_size=260)), max_size=30))
@settings(deadline=None)
def test_any_bytes_are_decoded_or_counted_and_never_raise(items):
    stage = Ingest()

    out = feed(stage, [Notified(i * 10**7, uuid, data) for i, (uuid, data) in enumerate(items)])

    for chunk in out:
        assert isinstance(chunk, RawChunk)
        assert np.isfinite(chunk.acc_mps2).all()
        assert np.isfinite(chunk.gyr_radps).all()
    assert stage.statistics().samples == sum(map(len, out))


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_copied_state_carries_on_alike(data):
    model = streaming(Capture2Go(), capture2go.COMMAND, capture2go.set_mode(), capture2go.start())
    payloads, _ = spoken(model, 400, mtu=data.draw(st.integers(23, 247)))
    at = data.draw(st.integers(0, len(payloads)))
    events = notified(capture2go.DATA, payloads)
    one = Ingest()
    feed(one, events[:at])
    other = Ingest()
    other.state = copy.deepcopy(one.state)

    assert np.array_equal(rows(feed(one, events[at:])), rows(feed(other, events[at:])))


@pytest.mark.parametrize("rate_hz", [13, 26, 52, 104])
def test_movesense_streams_of_every_rate_arrive_whole(rate_hz):
    model = streaming(Movesense(), movesense.COMMAND, movesense.subscribe(rate_hz))
    payloads, truth = spoken(model, 208)

    out = feed(Ingest(), notified(movesense.DATA, payloads, every_ns=76_923_077))

    sent = truth[:: 104 // rate_hz]
    got = rows(out)
    assert len(got) >= len(sent) - rate_hz // 13 * 2  # the last may wait for a second part
    assert got == pytest.approx(sent[: len(got)], rel=1e-6)
    assert {chunk.rate_hz for chunk in out} == {float(rate_hz)}
    assert max(map(len, payloads)) <= 150


def test_a_movesense_notification_without_its_second_part_is_counted_and_dropped():
    model = streaming(Movesense(), movesense.COMMAND, movesense.subscribe(104))
    payloads, truth = spoken(model, 24)
    assert [payload[0] for payload in payloads] == [2, 3] * 3
    stage = Ingest()

    out = feed(stage, notified(movesense.DATA, [*payloads[:3], *payloads[4:]]))

    assert rows(out) == pytest.approx(truth[[*range(8), *range(16, 24)]], rel=1e-6)
    assert stage.statistics().truncated == 1


def test_a_second_part_of_another_movesense_stream_is_not_joined():
    model = streaming(Movesense(), movesense.COMMAND, movesense.subscribe(104))
    (first, second), _ = spoken(model, 8)
    stage = Ingest()

    out = feed(stage, notified(movesense.DATA, [first, bytes([3, 13]) + second[2:]]))

    assert out == []
    assert stage.statistics().truncated == 1


@given(st.integers(23, 247))
@settings(max_examples=20, deadline=None)
def test_a_capture2go_stream_is_whole_however_notifications_cut_it(mtu):
    model = streaming(Capture2Go(), capture2go.COMMAND, capture2go.set_mode(), capture2go.start())
    payloads, truth = spoken(model, 800, mtu)
    stage = Ingest()

    got = rows(feed(stage, notified(capture2go.DATA, payloads)))

    assert got == pytest.approx(truth[::2], abs=0.005)  # a count is 4.8 mm/s^2, 1 mrad/s
    assert stage.statistics().checksum == 0


def test_a_damaged_capture2go_package_is_lost_alone():
    model = streaming(Capture2Go(), capture2go.COMMAND, capture2go.set_mode(), capture2go.start())
    payloads, _ = spoken(model, 1600)
    stream = bytearray(b"".join(p[1:] for p in payloads))
    packages = [
        i for i in range(len(stream) - 8) if stream[i] == 2 and stream[i + 6 : i + 8] == b"2\x02"
    ]
    stream[packages[3] + 20] ^= 1
    stage = Ingest()

    out = stage.push(Notified(0, capture2go.DATA, b"\xff" + bytes(stream)))

    assert len(out) == len(packages) - 1
    assert stage.statistics().checksum == 1
    assert out[3].sequence == out[2].sequence + 16  # eight samples are missing
    assert stage.statistics().missing_samples == 8


def test_bytes_of_a_package_end_with_the_connection():
    framed = capture2go.package(0x0201, bytes(19))
    stage = Ingest()

    stage.push(Notified(0, capture2go.DATA, b"\xff" + framed[:10]))
    stage.push(Disconnected(1, "lost"))
    stage.push(Notified(2, capture2go.DATA, b"\xff" + framed))

    assert stage.state.decoders["Capture2Go"].held == b""
    assert stage.statistics().checksum == 0


def test_an_error_a_capture2go_reports_is_quoted():
    stage = Ingest()

    stage.push(Notified(0, capture2go.DATA, b"\xff" + capture2go.package(0xFFFF, b"no storage")))

    assert "no storage" in stage.statistics().last_rejection


def test_several_witmotion_frames_in_one_notification_are_one_chunk():
    frames = b"".join(struct.pack("<BB9h", 0x55, 0x61, i, *([0] * 8)) for i in range(5))

    (chunk,) = Ingest().push(Notified(0, witmotion.DATA, frames))

    assert chunk.acc_mps2[:, 0] == pytest.approx(np.arange(5) * 16 * 9.80665 / 32768)


def test_witmotion_frames_that_begin_in_one_notification_may_end_in_the_next():
    frames = b"".join(struct.pack("<BB9h", 0x55, 0x61, i, *([0] * 8)) for i in range(4))
    parts = [b"\x00junk" + frames[:7], frames[7:33], frames[33:]]
    stage = Ingest()

    got = rows(feed(stage, notified(witmotion.DATA, parts)))

    assert got[:, 0] == pytest.approx(np.arange(4) * 16 * 9.80665 / 32768)
    assert stage.statistics().unknown_message == 1


def test_only_witmotion_samples_at_the_end_of_the_range_are_saturated():
    frames = b"".join(
        struct.pack("<BB9h", 0x55, 0x61, x, 0, 0, 0, y, 0, 0, 0, 0)
        for x, y in [(32767, 0), (0, -32768), (32766, -32766)]
    )

    (chunk,) = Ingest().push(Notified(0, witmotion.DATA, frames))

    assert chunk.saturated.tolist() == [True, True, False]


def test_the_crc_of_commands_covers_header_and_payload():
    framed = capture2go.set_mode(200)

    assert int.from_bytes(framed[1:5], "little") == zlib.crc32(framed[6:])


@pytest.mark.parametrize("make", MODELS)
def test_nothing_is_sent_before_it_is_asked_for_except_by_a_witmotion(make):
    model = MODELS[make]()

    payloads, _ = spoken(model, 400)

    assert bool(payloads) is (make == "witmotion")
