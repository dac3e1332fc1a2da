"""Bytes on the air: round trips, hostile bytes, and layouts written out by hand."""

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_protocol import (
    ChecksumError,
    FieldError,
    ImuFrame,
    ProtocolError,
    SensorConfig,
    TrailingBytesError,
    TruncatedError,
    UnknownMessageError,
    VersionError,
    decode_config,
    decode_frame,
    encode_config,
    encode_frame,
    samples_per_frame,
)
from firmware_protocol.codec import crc16

U8, U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))

frames = st.builds(
    ImuFrame,
    boot_id=U32,
    sequence=U32,
    device_us=U64,
    counts=hnp.arrays(np.int16, st.tuples(st.integers(1, 255), st.just(6))),
)
configs = st.builds(
    SensorConfig,
    version=st.just(1),
    boot_id=U32,
    rate_mhz=st.integers(10_000, 2_000_000),
    acc_range_g=st.integers(1, 2**16 - 1),
    gyr_range_dps=st.integers(1, 2**16 - 1),
    samples_per_frame=U8,
)
FRAME = ImuFrame(0x11223344, 7, 1_000_000, np.arange(-6, 6, dtype=np.int16).reshape(2, 6))
CONFIG = SensorConfig(1, 0x11223344, 100_000, 8, 1000, 18)


@given(frames)
def test_a_frame_comes_back_as_it_was(frame):
    got = decode_frame(encode_frame(frame))

    assert (got.boot_id, got.sequence, got.device_us) == (
        frame.boot_id,
        frame.sequence,
        frame.device_us,
    )
    assert got.counts.dtype == np.int16
    assert np.array_equal(got.counts, frame.counts)


@given(configs)
def test_a_config_comes_back_as_it_was(config):
    assert decode_config(encode_config(config)) == config


@pytest.mark.parametrize("decode", [decode_frame, decode_config])
@given(payload=st.binary(max_size=200))
def test_any_bytes_decode_or_raise_a_protocol_error(decode, payload):
    with contextlib.suppress(ProtocolError):
        assert decode(payload)


@given(frames, st.data())
def test_a_mutilated_frame_raises_a_protocol_error(frame, data):
    payload = bytearray(encode_frame(frame))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(payload)))

    with pytest.raises(ProtocolError):
        decode_frame(bytes(payload))
    with pytest.raises(ProtocolError):
        decode_frame(bytes(payload[:cut]))


def test_a_frame_lies_on_the_air_as_the_specification_says():
    body = struct.pack("<BBIIQ", 1, 2, 0x11223344, 7, 1_000_000)
    body += struct.pack("<12h", *range(-6, 6))

    assert encode_frame(FRAME) == body + struct.pack("<H", crc16(body))


def test_a_config_lies_on_the_air_as_the_specification_says():
    body = struct.pack("<BBIIHHB", 2, 1, 0x11223344, 100_000, 8, 1000, 18)

    assert encode_config(CONFIG) == body + struct.pack("<H", crc16(body))


def test_the_crc_is_ccitt_false():
    # Check value of CRC-16/IBM-3740, alias CCITT-FALSE, in Greg Cook's CRC catalogue.
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    ("change", "error", "offset"),
    [
        (lambda b: b[:0], TruncatedError, 0),
        (lambda b: b[:10], TruncatedError, 10),
        (lambda b: b[:-1], TruncatedError, 43),
        (lambda b: b + b"\0", TrailingBytesError, 44),
        (lambda b: b[:20] + b"\x55" + b[21:], ChecksumError, 42),
        (lambda b: b"\x7f" + b[1:], UnknownMessageError, 0),
    ],
)
def test_a_broken_frame_is_told_apart_by_class_and_byte(change, error, offset):
    with pytest.raises(error, match=f"at byte {offset}") as caught:
        decode_frame(change(encode_frame(FRAME)))

    assert caught.value.offset == offset


def test_a_frame_without_samples_is_refused():
    body = struct.pack("<BBIIQ", 1, 0, 0, 0, 0)

    with pytest.raises(FieldError, match="count is 0"):
        decode_frame(body + struct.pack("<H", crc16(body)))


@pytest.mark.parametrize("rate_mhz", [0, 9_999, 2_000_001])
def test_a_rate_outside_the_limits_is_refused(rate_mhz):
    body = struct.pack("<BBIIHHB", 2, 1, 5, rate_mhz, 8, 1000, 18)

    with pytest.raises(FieldError, match="10000 to 2000000"):
        decode_config(body + struct.pack("<H", crc16(body)))


@pytest.mark.parametrize("length", [2, 17, 40])
def test_another_version_is_named_whatever_follows(length):
    payload = (b"\x02\x02" + bytes(40))[:length]

    with pytest.raises(VersionError, match="version 2"):
        decode_config(payload)


@pytest.mark.parametrize(
    "frame",
    [
        ImuFrame(2**32, 0, 0, FRAME.counts),
        ImuFrame(0, -1, 0, FRAME.counts),
        ImuFrame(0, 0, 2**64, FRAME.counts),
        ImuFrame(0, 0, 0, FRAME.counts[:0]),
        ImuFrame(0, 0, 0, FRAME.counts[:, :3]),
        ImuFrame(0, 0, 0, np.zeros((256, 6), np.int16)),
        ImuFrame(0, 0, 0, np.full((1, 6), 40_000)),
        ImuFrame(0, 0, 0, np.full((1, 6), 0.5)),
    ],
)
def test_a_frame_that_does_not_fit_its_fields_is_not_encoded(frame):
    with pytest.raises(FieldError):
        encode_frame(frame)


@pytest.mark.parametrize(
    ("mtu", "samples"), [(23, 0), (34, 0), (35, 1), (185, 13), (247, 18), (517, 41), (1000, 41)]
)
def test_a_full_frame_fits_the_mtu_and_one_sample_more_does_not(mtu, samples):
    assert samples_per_frame(mtu) == samples

    if samples:
        frame = ImuFrame(0, 0, 0, np.zeros((samples, 6), np.int16))
        assert len(encode_frame(frame)) <= min(mtu - 3, 512) < len(encode_frame(frame)) + 12
