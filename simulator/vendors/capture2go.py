"""A Capture2Go IMU: packages of eight samples through a send buffer.

Source: SensorStim Neurotechnology, "Capture2Go Communication Protocol".
"""

import struct
import zlib
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.vendors.model import Access, Notification

SERVICE = "80030001-e629-4c98-9324-aa7fc0c66de7"
RX = "80030002-e629-4c98-9324-aa7fc0c66de7"
TX = "80030003-e629-4c98-9324-aa7fc0c66de7"

_RATES_HZ = {1: 200, 2: 100, 3: 50, 4: 25, 5: 10, 6: 1}
_MODE_FIELDS = "<q?BBBBBBBHBQ???"
_CMD_SET_MODE, _DATA_MODE = 0x0120, 0x0122
_CMD_START, _ACK_START = 0x0150, 0x0151
_CMD_STOP_AND_CLEAR, _ACK_STOP_AND_CLEAR = 0x0158, 0x0159
_DATA_STATUS = 0x0201
_DATA_PACKED, _DATA_PACKED_6D = 0x0220, 0x0230
_NO_REAL_TIME = b"\xff"
_SAMPLES = 8
_UNIT_QUATERNION = 0xFFFFF // 2 * (1 + 2**20 + 2**40)  # three components of about 0


class Capture2Go:
    """Time stamps count nanoseconds since `booted_ns` before power-up."""

    NATIVE_HZ: ClassVar[float] = 200.0
    STRIDE: ClassVar[int] = 8
    NAME: ClassVar[str] = "IMU_"
    ADVERTISED: ClassVar[tuple[str, ...]] = (SERVICE,)
    SERVICES: ClassVar[dict[str, dict[str, Access]]] = {
        SERVICE: {RX: Access.WRITE, TX: Access.NOTIFY}
    }

    def __init__(self, booted_ns: int = 0, battery_percent: int = 87) -> None:
        self._booted_ns = booted_ns
        self._battery_percent = battery_percent
        self._measured = 0
        self._mode = struct.pack(_MODE_FIELDS, *([0] * 15))
        self._streaming = False
        self._gathered: list[tuple[int, list[int], list[int]]] = []
        self._buffer = b""

    def read(self, characteristic: str) -> bytes:
        raise KeyError(characteristic)

    def write(self, characteristic: str, payload: bytes) -> list[Notification]:
        del characteristic  # there is only one
        if len(payload) < 8 or zlib.crc32(payload[6:]) != int.from_bytes(payload[1:5], "little"):
            return []
        header, body = int.from_bytes(payload[6:8], "little"), payload[8:]
        match header:
            case c if c == _CMD_SET_MODE and len(body) == struct.calcsize(_MODE_FIELDS):
                self._mode = body
                self._buffer += _package(_DATA_MODE, body)
            case c if c == _CMD_START:
                self._streaming = True
                self._buffer += _package(_ACK_START)
            case c if c == _CMD_STOP_AND_CLEAR:
                self._streaming = False
                self._gathered.clear()
                self._buffer = _package(_ACK_STOP_AND_CLEAR)
        return []

    def sample(
        self, acc_mps2: NDArray[np.float64], gyr_radps: NDArray[np.float64], mtu: int
    ) -> list[Notification]:
        fields = struct.unpack(_MODE_FIELDS, self._mode)
        rate_hz, status_s, no_magnetometer = _RATES_HZ.get(fields[3]), fields[7], fields[14]
        for acc, gyr in zip(acc_mps2, gyr_radps, strict=True):
            if self._streaming and rate_hz and self._measured % (200 // rate_hz) == 0:
                counts = _counts(acc / (16 * 9.81)), _counts(np.degrees(gyr) / 2000)
                self._gathered.append((self._now_ns(), *counts))
                if len(self._gathered) == _SAMPLES:
                    self._pack(fields[3], no_magnetometer)
            if self._streaming and status_s and self._measured % (200 * status_s) == 0:
                self._status()
            self._measured += 1
        return self._send(mtu)

    def disconnected(self) -> None:
        """It streams on, as the command to stop and clear suggests of a real one."""

    def _now_ns(self) -> int:
        return self._booted_ns + self._measured * 5_000_000

    def _pack(self, mode: int, no_magnetometer: bool) -> None:
        gyr = [count for _, _, counts in self._gathered for count in counts]
        acc = [count for _, counts, _ in self._gathered for count in counts]
        magnetometer = [] if no_magnetometer else [0] * 24
        counts = [*gyr, *acc, *magnetometer]
        body = struct.pack(f"<q{len(counts)}hQhB", self._gathered[0][0], *counts,
                           _UNIT_QUATERNION, 0, 0)  # fmt: skip
        self._buffer += _package(
            (_DATA_PACKED_6D if no_magnetometer else _DATA_PACKED) + mode, body
        )
        self._gathered.clear()

    def _status(self) -> None:
        body = struct.pack("<qBB3h?BB", self._now_ns(), 0, 0, 0, 0, 0, False,
                           self._battery_percent, 99)  # fmt: skip
        self._buffer += _package(_DATA_STATUS, body)

    def _send(self, mtu: int) -> list[Notification]:
        """All of the buffer, without regard to where packages end."""
        size = mtu - 3 - len(_NO_REAL_TIME)
        data, self._buffer = self._buffer, b""
        return [
            Notification(TX, _NO_REAL_TIME + data[at : at + size])
            for at in range(0, len(data), size)
        ]


def _package(header: int, body: bytes = b"") -> bytes:
    checked = struct.pack("<H", header) + body
    return struct.pack("<BIB", 0x02, zlib.crc32(checked), len(body)) + checked


def _counts(shares: NDArray[np.float64]) -> list[int]:
    return [int(count) for count in np.clip(np.rint(shares * 32_768), -32_768, 32_767)]
