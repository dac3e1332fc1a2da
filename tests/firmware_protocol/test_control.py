"""Commands, replies and notices: round trips, hostile bytes, golden vectors, compact frames."""

import contextlib
import dataclasses
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_protocol
from firmware_protocol import errors, layout
from firmware_protocol.codec import crc16
from firmware_protocol.codes import CODES
from firmware_protocol.compact import Unwrapper
from firmware_protocol.control import (
    LAYOUT_OF,
    SCHEMA_HASH,
    Anchor,
    CompactFrame,
    Hello,
    SetPattern,
    SetRule,
    Step,
    decode_message,
    encode_message,
)
from firmware_protocol.errors import FieldError, ProtocolError

PACKAGE = Path(firmware_protocol.__file__).parent
VECTORS = json.loads((PACKAGE / "vectors.json").read_text(encoding="utf-8"))
BY_NAME = {found.name: cls for cls, found in LAYOUT_OF.items()}


def named(found):
    """The fields of the head that a message carries as such."""
    implied = {"type", "count"} if found.record.fields else {"type"}
    return [field for field in found.head.fields if field.name not in implied]


def within(field):
    least, most = field.limits
    return st.integers(least, most)


def messages(cls):
    found = LAYOUT_OF[cls]
    fields = {field.name: within(field) for field in named(found)}
    if cls is SetPattern:
        step = st.builds(Step, **{f.name: within(f) for f in layout.STEP.fields})
        fields["steps"] = st.lists(step, min_size=1, max_size=8).map(tuple)
    built = st.builds(cls, **fields)
    return built.filter(lambda m: m.off_ddeg <= m.on_ddeg) if cls is SetRule else built


@pytest.mark.parametrize("cls", LAYOUT_OF, ids=lambda cls: cls.__name__)
@given(st.data())
def test_a_message_comes_back_as_it_was(cls, data):
    message = data.draw(messages(cls))

    assert decode_message(encode_message(message)) == message


@given(st.binary(max_size=40))
def test_any_bytes_decode_or_raise_a_protocol_error(payload):
    with contextlib.suppress(ProtocolError):
        assert encode_message(decode_message(payload)) == payload


@pytest.mark.parametrize("code", [found.code for found in LAYOUT_OF.values()])
@given(body=st.binary(max_size=40))
def test_any_bytes_with_a_good_checksum_decode_or_raise_a_protocol_error(code, body):
    sealed = bytes([code]) + body
    sealed += struct.pack("<H", crc16(sealed))

    with contextlib.suppress(ProtocolError):
        assert encode_message(decode_message(sealed)) == sealed


@pytest.mark.parametrize("cls", LAYOUT_OF, ids=lambda cls: cls.__name__)
def test_a_message_has_the_fields_of_its_layout(cls):
    found = LAYOUT_OF[cls]
    names = [field.name for field in dataclasses.fields(cls)]
    want = [field.name for field in named(found)]

    assert names == want + (["steps"] if found.record.fields else [])


def test_every_message_without_repeated_part_fits_an_mtu_of_23():
    for found in layout.LAYOUTS:
        assert found is layout.IMU_FRAME or found.size() <= 20
    assert len(encode_message(SetPattern(1, 1, (Step(1, 1, 1),) * 4))) <= 20


def test_no_two_messages_share_a_type():
    codes = [found.code for found in layout.LAYOUTS]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("row", VECTORS["control"], ids=lambda row: row["name"])
def test_a_golden_message_is_read_and_written_to_the_letter(row):
    fields = {k: v for k, v in row.items() if k not in ("name", "message", "hex")}
    if "steps" in fields:
        fields["steps"] = tuple(Step(**step) for step in fields["steps"])
    message = BY_NAME[row["message"]](**fields)

    assert encode_message(message).hex() == row["hex"]
    assert decode_message(bytes.fromhex(row["hex"])) == message


def test_the_golden_messages_are_of_every_kind():
    assert {row["message"] for row in VECTORS["control"]} == set(BY_NAME)


@pytest.mark.parametrize("row", VECTORS["control_refused"], ids=lambda row: row["name"])
def test_a_golden_fault_is_refused_for_its_reason(row):
    with pytest.raises(getattr(errors, row["reason"] + "Error")) as caught:
        decode_message(bytes.fromhex(row["hex"]))

    assert caught.value.offset == row["offset"]


def test_hello_lies_on_the_air_as_the_specification_says():
    body = struct.pack("<BBBBI", 0x10, 7, 2, 2, SCHEMA_HASH)

    assert encode_message(Hello(7)) == body + struct.pack("<H", crc16(body))


def test_the_schema_hash_covers_every_field_and_code():
    text = layout.schema_text()

    for found in layout.LAYOUTS:
        for field in found.head.fields + found.record.fields + found.tail.fields:
            assert f"{field.name}:{field.type.label}" in text
    for codes in CODES:
        for code in codes:
            assert f"{code.name}:{code.value}" in text
    assert text == (PACKAGE / "schema.txt").read_text(encoding="utf-8")


def test_the_specification_sends_each_type_once_and_names_every_code():
    spec = (PACKAGE / "spec.md").read_text(encoding="utf-8")

    for found in layout.LAYOUTS:
        assert len(re.findall(rf"^\| 0x{found.code:02x} \|", spec, re.MULTILINE)) == 1
    for codes in CODES:
        for code in codes:
            assert f"| {code.value} | {code.name} | {code.meaning} |" in spec


def test_a_rule_that_ends_above_its_beginning_is_not_encoded():
    with pytest.raises(FieldError, match="off_ddeg is 401"):
        encode_message(SetRule(1, 0, 1, 400, 401, 0, 0, 0, 1, 1, 0))


@given(
    first=st.integers(0, 2**32 - 1),
    start_us=st.integers(2**33, 2**40),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=60),
    lost=st.sets(st.integers(1, 59)),
)
def test_compact_frames_unwrap_though_anchors_are_lost(first, start_us, steps, lost):
    unwrapper = Unwrapper(100_000)
    sequence = first
    for index, step in enumerate(steps):
        if index not in lost:
            us = start_us + (sequence - first) * 10_000
            assert unwrapper.push(Anchor(0xABCD1234, sequence % 2**32, us)) is None
        frame = unwrapper.push(CompactFrame(0x1234, sequence % 2**16, 1, 2, 3, 4, 5, 6))

        assert frame is not None
        assert (frame.boot_id, frame.sequence) == (0xABCD1234, sequence % 2**32)
        assert frame.device_us == start_us + (sequence - first) * 10_000
        assert np.array_equal(frame.counts, [[1, 2, 3, 4, 5, 6]])
        sequence += step


def test_a_compact_frame_without_an_anchor_of_its_run_is_dropped_and_counted():
    unwrapper = Unwrapper(100_000)
    frame = CompactFrame(0x1234, 5, 0, 0, 0, 0, 0, 0)

    assert unwrapper.push(frame) is None
    unwrapper.push(Anchor(0x00009999, 5, 50_000))
    assert unwrapper.push(frame) is None
    assert unwrapper.statistics().unanchored == 2
