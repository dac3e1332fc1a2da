"""Capture2Go: its stream of packages turned into samples.

Source: SensorStim Neurotechnology, "Capture2Go Communication Protocol",
capture2go.readthedocs.io/en/stable/protocol.html; see docs/sensors/capture2go.md.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firmware_protocol import ChecksumError, FieldError, ProtocolError, TruncatedError
from monitor.ingest.vendors.decoder import Samples

SERVICE = "80030001-e629-4c98-9324-aa7fc0c66de7"
COMMAND = "80030002-e629-4c98-9324-aa7fc0c66de7"  # RX, write: one package at a time
DATA = "80030003-e629-4c98-9324-aa7fc0c66de7"  # TX, notify

RATE_HZ = 100
_SAMPLING_MODES = {200: 1, 100: 2, 50: 3, 25: 4, 10: 5, 1: 6}

_SET_MEASUREMENT_MODE = 0x0120
_START_STREAMING = 0x0150
_STOP_STREAMING_AND_CLEAR_BUFFER = 0x0158
_ERROR = 0xFFFF
_PACKED = {0x0220 + mode: rate for rate, mode in _SAMPLING_MODES.items()}  # with magnetometer
_PACKED_6D = {0x0230 + mode: rate for rate, mode in _SAMPLING_MODES.items()}

_START = 0x02
_FRAME = struct.Struct("<BIBH")  # start, CRC-32 of what follows the size, size, header
_MOST_PAYLOAD = 236
_SAMPLES = 8
_PACKED_BYTES = 8 + 3 * 48 + 8 + 2 + 1
_PACKED_6D_BYTES = 8 + 2 * 48 + 8 + 2 + 1
_ACC_MPS2 = 16 * 9.81 / 32_768  # per count; the maker's g is 9.81
_GYR_DPS = 2000 / 32_768
_SATURATED = 32_767
_CLIPPED = 0x02 | 0x04  # error flags: gyroscope, accelerometer


def package(header: int, payload: bytes = b"") -> bytes:
    """A package, framed."""
    body = struct.pack("<H", header) + payload
    return struct.pack("<BIB", _START, zlib.crc32(body), len(payload)) + body


def stop() -> bytes:
    """End a stream that an earlier connection began, and drop what is left of it."""
    return package(_STOP_STREAMING_AND_CLEAR_BUFFER)


def set_mode(rate_hz: int = RATE_HZ) -> bytes:
    """Ask for packages of eight samples without magnetometer, and a status each second."""
    fields = struct.pack(
        "<q?BBBBBBBHBQ???",
        0, False, 0, _SAMPLING_MODES[rate_hz], 0, 0, 0, 1, 0, 0, 0, 0, False, False, True,
    )  # fmt: skip
    return package(_SET_MEASUREMENT_MODE, fields)


def start() -> bytes:
    return package(_START_STREAMING)


@dataclass(slots=True)
class Capture2Go:
    """Put packages together from notifications, check them, and decode those with samples.

    Attributes:
        held: the beginning of a package that goes on in the next notification.
        lost: bytes are skipped until a package is whole: one was damaged, or this is the
            beginning, where the rest of a dropped one is to be expected.
    """

    CHARACTERISTICS: ClassVar[tuple[str, ...]] = (DATA,)

    held: bytes = b""
    lost: bool = True

    def push(self, characteristic: str, payload: bytes) -> Sequence[Samples | ProtocolError]:
        del characteristic  # there is only one
        if not payload:
            return []
        out: list[Samples | ProtocolError] = []
        at = 1
        for _ in range(0xFF - payload[0]):  # packages of the real-time channel, always whole
            end = _end(payload, at)
            if end is None or end > len(payload):
                return [TruncatedError("a real-time package is not whole", offset=at)]
            at = end
        data, at = self.held + payload[at:], 0
        while at < len(data):
            end = _end(data, at)
            if end is None:  # no package begins here
                if not self.lost:
                    out.append(ChecksumError("no package where one should begin", offset=at))
                self.lost = True
                at += 1
            elif end > len(data):
                break
            elif _is_whole(data[at:end]):
                self.lost = False
                out += _decode(data[at:end])
                at = end
            else:
                if not self.lost:
                    out.append(ChecksumError("the CRC of a package is wrong", offset=at))
                self.lost = True
                at += 1
        self.held = data[at:]
        return out

    def disconnected(self) -> None:
        self.held, self.lost = b"", True


def _end(data: bytes, at: int) -> int | None:
    """Where the package at `at` ends, the least it can where its size is not known yet."""
    if data[at : at + 1] not in (b"", b"\x02"):
        return None
    if len(data) < at + _FRAME.size:
        return at + _FRAME.size
    size = data[at + 5]
    return at + _FRAME.size + size if size <= _MOST_PAYLOAD else None


def _is_whole(framed: bytes) -> bool:
    return int.from_bytes(framed[1:5], "little") == zlib.crc32(framed[6:])


def _decode(framed: bytes) -> list[Samples | ProtocolError]:
    header = int.from_bytes(framed[6:8], "little")
    payload = framed[_FRAME.size :]
    if header == _ERROR:
        return [FieldError(f"the sensor reports an error: {payload[:40]!r}", offset=6)]
    rate_hz = _PACKED.get(header) or _PACKED_6D.get(header)
    if rate_hz is None:
        return []  # a status, an acknowledgement
    size = _PACKED_BYTES if header in _PACKED else _PACKED_6D_BYTES
    if len(payload) != size:
        return [FieldError(f"a package of {len(payload)} bytes instead of {size}", offset=5)]
    counts = np.frombuffer(payload, "<i2", 6 * _SAMPLES, 8).reshape(2, _SAMPLES, 3)
    gyr, acc = counts.astype(np.int32)
    highest = np.maximum(np.abs(gyr).max(axis=1), np.abs(acc).max(axis=1))
    clipped = bool(payload[-1] & _CLIPPED)
    return [
        Samples(
            rate_hz=float(rate_hz),
            device_us=round(int.from_bytes(payload[:8], "little", signed=True) / 1000),
            wrap_us=None,
            acc_mps2=acc.astype(np.float64) * _ACC_MPS2,
            gyr_radps=np.radians(gyr * _GYR_DPS),
            saturated=(highest >= _SATURATED) | clipped,
        )
    ]
