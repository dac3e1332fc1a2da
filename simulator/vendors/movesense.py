"""A Movesense sensor: subscriptions to /Meas/IMU6 answered with notifications.

Its higher rates, up to 1666 Hz, are left out: how their data are split is not documented.

Source: Movesense Ltd., "GATT SensorData Protocol specification" (GD-77 1.0).
"""

import struct
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.vendors.model import Access, Notification

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA = "34800002-7185-4d5d-b431-630e7050e8f0"

_RATES_HZ = (13, 26, 52, 104)
_PER_SECOND = 13  # notifications; the device gathers rate / 13 samples
_PART_BYTES = 150
_OK, _BAD_REQUEST, _NOT_FOUND = 200, 400, 404


class Movesense:
    """Time stamps count milliseconds since `booted_ms` before power-up."""

    NATIVE_HZ: ClassVar[float] = 104.0
    STRIDE: ClassVar[int] = 8
    NAME: ClassVar[str] = "Movesense"
    ADVERTISED: ClassVar[tuple[str, ...]] = ("0000fdf3-0000-1000-8000-00805f9b34fb",)
    SERVICES: ClassVar[dict[str, dict[str, Access]]] = {
        SERVICE: {COMMAND: Access.WRITE, DATA: Access.NOTIFY}
    }

    def __init__(self, booted_ms: int = 0) -> None:
        self._booted_ms = booted_ms
        self._measured = 0
        self._streams: dict[int, int] = {}  # reference -> rate
        self._gathered: dict[int, list[tuple[int, NDArray[np.float64]]]] = {}

    def read(self, characteristic: str) -> bytes:
        raise KeyError(characteristic)

    def write(self, characteristic: str, payload: bytes) -> list[Notification]:
        del characteristic  # there is only one
        command, reference, argument = payload[0], payload[1], payload[2:]
        match command:
            case 0:
                return [Notification(DATA, bytes([1, reference]) + b"Hello")]
            case 1:
                status = self._subscribe(reference, argument)
            case 2:
                known = self._streams.pop(reference, None) is not None
                self._gathered.pop(reference, None)
                status = _OK if known else _NOT_FOUND
            case _:
                status = _BAD_REQUEST
        return [Notification(DATA, struct.pack("<BBH", 1, reference, status))]

    def sample(
        self, acc_mps2: NDArray[np.float64], gyr_radps: NDArray[np.float64], mtu: int
    ) -> list[Notification]:
        del mtu  # its notifications have their size
        out: list[Notification] = []
        for acc, gyr in zip(acc_mps2, gyr_radps, strict=True):
            for reference, rate_hz in self._streams.items():
                if self._measured % round(self.NATIVE_HZ / rate_hz) == 0:
                    gathered = self._gathered.setdefault(reference, [])
                    gathered.append((self._now_ms(), np.concatenate([acc, np.degrees(gyr)])))
                    if len(gathered) == rate_hz // _PER_SECOND:
                        out += _parts(reference, gathered)
                        gathered.clear()
            self._measured += 1
        return out

    def disconnected(self) -> None:
        self._streams.clear()
        self._gathered.clear()

    def _now_ms(self) -> int:
        return (self._booted_ms + round(self._measured * 1000 / self.NATIVE_HZ)) % 2**32

    def _subscribe(self, reference: int, path: bytes) -> int:
        known = {f"/Meas/IMU6/{rate_hz}".encode(): rate_hz for rate_hz in _RATES_HZ}
        if path not in known:
            return _NOT_FOUND
        self._streams[reference] = known[path]
        return _OK


def _parts(
    reference: int, gathered: list[tuple[int, NDArray[np.float64]]]
) -> Iterator[Notification]:
    """One notification, or two where one would be too long."""
    values = np.stack([sample for _, sample in gathered]).astype("<f4")
    body = struct.pack("<I", gathered[0][0]) + values[:, :3].tobytes() + values[:, 3:].tobytes()
    first = _PART_BYTES - 2
    yield Notification(DATA, bytes([2, reference]) + body[:first])
    if body[first:]:
        yield Notification(DATA, bytes([3, reference]) + body[first:])
