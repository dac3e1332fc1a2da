"""Bytes with a known origin, and what they mean."""

import math
import struct

import numpy as np
import pytest

from monitor.ingest import Ingest
from monitor.ingest.vendors import capture2go, movella, movesense, witmotion
from monitor.link.vendors import VENDORS, Write
from monitor.model import Notified

G = 9.80665


def chunks(*notified):
    """What notifications (characteristic, hexadecimal) become, and the statistics."""
    stage = Ingest()
    out = []
    for number, (characteristic, text) in enumerate(notified):
        payload = bytes.fromhex(text)
        out += stage.push(Notified(number * 10_000_000, characteristic, payload))
    return out, stage.statistics()


def written(make):
    vendor = VENDORS[make]
    return [
        (step.characteristic, step.payload.hex())
        for step in (*vendor.prepare, *vendor.start)
        if isinstance(step, Write)
    ]


# Movesense: GD-77 names types, reference and path; the floats are chosen so that they can be
# read in hexadecimal: 1.0 is 0000803f, 2.0 is 00000040, -0.5 is 000000bf, 90.0 is 0000b442.
MOVESENSE = (
    "02 34 e8030000"  # data, reference 52, 1000 ms
    "0000803f 00000040 000000bf"  # first acceleration
    "000000bf 0000803f 00000040"  # second
    "0000b442 00000000 00000000"  # first rate
    "00000000 0000b442 000000bf"  # second
)


def test_a_movesense_notification_is_read_as_its_specification_says():
    (chunk,), _ = chunks((movesense.DATA, MOVESENSE))

    assert (chunk.device_us, chunk.rate_hz, chunk.clocked) == (1_000_000, 52.0, True)
    assert chunk.acc_mps2.tolist() == [[1.0, 2.0, -0.5], [-0.5, 1.0, 2.0]]
    assert chunk.gyr_radps[0] == pytest.approx([math.pi / 2, 0, 0])
    assert chunk.gyr_radps[1] == pytest.approx([0, math.pi / 2, math.radians(-0.5)])


def test_a_movesense_is_told_to_stream_as_its_specification_says():
    path = b"/Meas/IMU6/52".hex()

    assert written("movesense") == [(movesense.COMMAND, "0134" + path)]


def test_a_movesense_that_refuses_is_quoted():
    out, counted = chunks((movesense.DATA, "01 34 9401"))

    assert out == []
    assert "status 404" in counted.last_rejection


# Movella DOT: XD0506P C, tables 15 and 17, padded to the 40 bytes of the characteristic.
MOVELLA = "40420f00 0000803f 00000040 000000bf 0000b442 000000bf 00000000" + "00" * 12


def test_a_movella_payload_is_read_as_its_specification_says():
    (chunk,), _ = chunks((movella.MEDIUM_PAYLOAD, MOVELLA))

    assert (chunk.device_us, chunk.rate_hz) == (1_000_000, 60.0)
    assert chunk.acc_mps2.tolist() == [[1.0, 2.0, -0.5]]
    assert chunk.gyr_radps[0] == pytest.approx([math.pi / 2, math.radians(-0.5), 0])


def test_the_rate_of_a_movella_is_what_it_says():
    # Table 7: tag of 11 characters at byte 8, output rate 20 at byte 24.
    control = "00 00 00 0a00 1e00 0b" + b"Movella DOT".hex() + "00" * 5 + "1400 00" + "00" * 5

    (chunk,), _ = chunks((movella.DEVICE_CONTROL, control), (movella.MEDIUM_PAYLOAD, MOVELLA))

    assert chunk.rate_hz == 20.0


def test_a_movella_is_stopped_set_and_started_as_its_specification_says():
    set_rate = "10" + "00" * 23 + "3c00" + "00" * 6  # table 7: bit 4 alone, 60 Hz

    assert written("movella") == [
        (movella.CONTROL, "010000"),
        (movella.DEVICE_CONTROL, set_rate),
        (movella.CONTROL, "010115"),  # table 13: 21 is "rate quantities"
    ]


def test_a_frame_of_a_real_witmotion_is_read_as_its_data_sheet_says():
    # A frame of a sensor in motion, printed in a public article on decoding it: 85, 97, 119, 2,
    # 168, 254, 146, 254, 6, 2, 48, 254, 205, 255, 248, 240, 83, 252, 171, 196.
    (chunk,), _ = chunks(
        (witmotion.DATA, "55 61 7702 a8fe 92fe 0602 30fe cdff f8f0 53fc abc4"),
    )

    assert chunk.acc_mps2[0] == pytest.approx(np.array([631, -344, -366]) / 32768 * 16 * G)
    expected_dps = np.array([518, -464, -51]) / 32768 * 2000
    assert chunk.gyr_radps[0] == pytest.approx(np.radians(expected_dps))
    assert (chunk.rate_hz, chunk.clocked) == (50.0, False)


def test_the_register_reply_of_the_witmotion_data_sheet_is_passed_over():
    # Chapter 6.1.2.1: magnetic field 360, 105, 122 mG.
    out, counted = chunks(
        (witmotion.DATA, "55 71 3A 00 68 01 69 00 7A 00 00 00 00 00 00 00 00 00 00 00")
    )

    assert out == []
    assert counted.last_rejection == ""


def test_a_witmotion_is_unlocked_set_to_50_hz_and_asked():
    assert [text for _, text in written("witmotion")] == ["ffaa6988b5", "ffaa030800", "ffaa270300"]


def test_the_rate_of_a_witmotion_is_what_its_register_says():
    (chunk,), _ = chunks(
        (witmotion.DATA, "55 71 0300 0600" + "00" * 14), (witmotion.DATA, "55 61" + "00" * 18)
    )

    assert chunk.rate_hz == 10.0


# Capture2Go: packed by the maker's own Python SDK 1.0.1 from the values in the tests.
C2G_MODE = "0225b7fe3e1e2001000000000000000000000200000001000000000000000000000000000001"
C2G_STREAM = ("0235f5bc44005801", C2G_MODE, "023d7f658c005001")
C2G_6D = (
    "02de92303973320279df0d864870000020d108d5f0d8d8dcc0e0a8e490e878ec60f048f430f818fc0000e803"
    "d007b80ba00f88137017581b401f28231027f82a00089c073807d40670060c06a8054405e0047c041804b403"
    "5003ec0288022402c0015c01f80094003000ccff68ff04ff0000000000000000050004"
)
C2G_9D = (
    "02a52a3e83a32102881300000000000000000100020003000400050006000700080009000a000b000c000d00"
    "0e000f00100011001200130014001500160017000000fffffefffdfffcfffbfffafff9fff8fff7fff6fff5ff"
    "f4fff3fff2fff1fff0ffefffeeffedffecffebffeaffe9ff0700070007000700070007000700070007000700"
    "070007000700070007000700070007000700070007000700070007000000000000000000000000"
)
C2G_STATUS = "02d766a93f13010209000000000000000000000000000000005700"


def test_a_capture2go_package_is_read_as_its_maker_packs_it():
    (chunk,), _ = chunks((capture2go.DATA, "ff" + C2G_6D))

    ramp = np.arange(24).reshape(8, 3)
    assert (chunk.device_us, chunk.rate_hz) == (123_456_789_012, 100.0)
    assert chunk.gyr_radps == pytest.approx(np.radians((ramp - 12) * 1000 * 2000 / 32768))
    assert chunk.acc_mps2 == pytest.approx((2048 - ramp * 100) * 16 / 32768 * 9.81)
    assert chunk.saturated.all()  # error flag 4: the accelerometer was clipped


def test_a_capture2go_package_with_magnetometer_is_read_too():
    (chunk,), _ = chunks((capture2go.DATA, "ff" + C2G_9D))

    assert (chunk.device_us, chunk.rate_hz, len(chunk)) == (5, 200.0, 8)
    assert chunk.acc_mps2[7] == pytest.approx(np.array([-21, -22, -23]) * 16 / 32768 * 9.81)
    assert not chunk.saturated.any()


def test_a_capture2go_status_and_real_time_packages_are_passed_over():
    out, counted = chunks((capture2go.DATA, "fe" + C2G_STATUS + C2G_STATUS + C2G_6D))

    assert len(out) == 1
    assert counted.last_rejection == ""


def test_a_capture2go_is_told_to_stream_in_the_bytes_its_maker_would_send():
    assert tuple(text for _, text in written("capture2go")) == C2G_STREAM


def test_reserved_fields_of_the_capture2go_mode_are_zero():
    assert struct.unpack("<q", bytes.fromhex(C2G_MODE)[8:16]) == (0,)
