"""A WitMotion WT901BLE: frames of acceleration, angular rate and angle.

Source: WitMotion, "WT901BLECL Datasheet" v20-0707, chapter 6.
"""

import math
import struct
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.vendors.model import Access, Notification

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
DATA = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND = "0000ffe9-0000-1000-8000-00805f9a34fb"

_G_MPS2 = 9.80665
_RATE_REGISTER = 0x03
_PERIODS = {6: 20, 7: 10, 8: 4, 9: 2, 11: 1}  # rate code -> native samples between frames
_FACTORY_RATE = 6  # 10 Hz
_UNLOCK = bytes([0xFF, 0xAA, 0x69, 0x88, 0xB5])


class WitMotion:
    """It sends as soon as somebody listens, at 10 Hz until told otherwise.

    The angles of its own filter are left at 0: nothing of ours reads them.
    """

    NATIVE_HZ: ClassVar[float] = 200.0
    STRIDE: ClassVar[int] = 4
    NAME: ClassVar[str] = "WT901BLE"
    ADVERTISED: ClassVar[tuple[str, ...]] = ()
    SERVICES: ClassVar[dict[str, dict[str, Access]]] = {
        SERVICE: {COMMAND: Access.WRITE, DATA: Access.NOTIFY}
    }

    def __init__(self) -> None:
        self._registers = {_RATE_REGISTER: _FACTORY_RATE}
        self._measured = 0
        self._unlocked = False

    def read(self, characteristic: str) -> bytes:
        raise KeyError(characteristic)

    def write(self, characteristic: str, payload: bytes) -> list[Notification]:
        del characteristic  # there is only one
        if payload == _UNLOCK:
            self._unlocked = True
        elif len(payload) == 5 and payload[:2] == b"\xff\xaa":
            register, value = payload[2], int.from_bytes(payload[3:5], "little")
            if register == 0x27:
                values = [self._registers.get(value + i, 0) for i in range(8)]
                return [Notification(DATA, struct.pack("<BBH8H", 0x55, 0x71, value, *values))]
            if self._unlocked and (register != _RATE_REGISTER or value in _PERIODS):
                self._registers[register] = value
        return []

    def sample(
        self, acc_mps2: NDArray[np.float64], gyr_radps: NDArray[np.float64], mtu: int
    ) -> list[Notification]:
        del mtu  # its notifications have their size
        out: list[Notification] = []
        for acc, gyr in zip(acc_mps2, gyr_radps, strict=True):
            if self._measured % _PERIODS[self._registers[_RATE_REGISTER]] == 0:
                counts = [
                    *(_count(value / _G_MPS2 / 16) for value in acc),
                    *(_count(math.degrees(value) / 2000) for value in gyr),
                ]
                frame = struct.pack("<BB9h", 0x55, 0x61, *counts, 0, 0, 0)
                out.append(Notification(DATA, frame))
            self._measured += 1
        return out

    def disconnected(self) -> None:
        self._unlocked = False


def _count(share: float) -> int:
    return max(-32_768, min(32_767, round(share * 32_768)))
