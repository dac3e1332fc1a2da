"""A Movella DOT: real-time streaming of rate quantities.

Source: Movella, "Movella DOT BLE Service Specification", XD0506P revision C, July 2023.
"""

import struct
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.vendors.model import Access, Notification

_BASE = "-4947-11e9-8646-d663bd873d93"
CONFIGURATION_SERVICE = "15171000" + _BASE
DEVICE_CONTROL = "15171002" + _BASE
MEASUREMENT_SERVICE = "15172000" + _BASE
CONTROL = "15172001" + _BASE
MEDIUM_PAYLOAD = "15172003" + _BASE
BATTERY_SERVICE = "15173000" + _BASE
BATTERY = "15173001" + _BASE

_RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
_RATE_QUANTITIES = 21


class Movella:
    """Time stamps count microseconds since `booted_us` before power-up."""

    NATIVE_HZ: ClassVar[float] = 60.0
    STRIDE: ClassVar[int] = 1
    NAME: ClassVar[str] = "Movella DOT"
    ADVERTISED: ClassVar[tuple[str, ...]] = ()
    SERVICES: ClassVar[dict[str, dict[str, Access]]] = {
        CONFIGURATION_SERVICE: {DEVICE_CONTROL: Access.READ | Access.WRITE},
        MEASUREMENT_SERVICE: {
            CONTROL: Access.READ | Access.WRITE,
            MEDIUM_PAYLOAD: Access.NOTIFY,
        },
        BATTERY_SERVICE: {BATTERY: Access.READ | Access.NOTIFY},
    }

    def __init__(self, booted_us: int = 0, battery_percent: int = 87) -> None:
        self._booted_us = booted_us
        self._battery_percent = battery_percent
        self._measured = 0
        self._rate_hz = 60
        self._mode = _RATE_QUANTITIES
        self._measuring = False

    def read(self, characteristic: str) -> bytes:
        match characteristic:
            case c if c == CONTROL:
                return bytes([1, self._measuring, self._mode])
            case c if c == BATTERY:
                return bytes([self._battery_percent, 0])
        # Table 7: visit index, identify, power, time-outs X and Y, tag length, tag, rate,
        # filter profile, reserved.
        tag = b"Movella DOT"
        return struct.pack(
            "<3x4BB16sHB5x", 10, 0, 30, 0, len(tag), tag, self._rate_hz, 0
        )  # fmt: skip

    def write(self, characteristic: str, payload: bytes) -> list[Notification]:
        if characteristic == CONTROL and len(payload) == 3 and payload[0] == 1:
            self._measuring = payload[1] == 1
            if self._measuring:
                self._mode = payload[2]
        elif characteristic == DEVICE_CONTROL and len(payload) == 32:
            rate_hz = int.from_bytes(payload[24:26], "little")
            if payload[0] & 1 << 4 and not self._measuring and rate_hz in _RATES_HZ:
                self._rate_hz = rate_hz
        return []

    def sample(
        self, acc_mps2: NDArray[np.float64], gyr_radps: NDArray[np.float64], mtu: int
    ) -> list[Notification]:
        del mtu  # its notifications have their size
        out: list[Notification] = []
        for acc, gyr in zip(acc_mps2, gyr_radps, strict=True):
            due = self._measured % round(self.NATIVE_HZ / self._rate_hz) == 0
            if self._measuring and self._mode == _RATE_QUANTITIES and due:
                payload = struct.pack("<I6f", self._now_us(), *acc, *np.degrees(gyr))
                out.append(Notification(MEDIUM_PAYLOAD, payload))
            self._measured += 1
        return out

    def disconnected(self) -> None:
        """It measures on; whether a real one does is not documented."""

    def _now_us(self) -> int:
        return (self._booted_us + round(self._measured * 1e6 / self.NATIVE_HZ)) % 2**32
