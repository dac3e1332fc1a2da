"""WitMotion WT901BLE: its 20-byte frames turned into samples.

Source: WitMotion, "WT901BLECL Datasheet" v20-0707, chapter 6, and the maker's
"Bluetooth 5.0 communication protocol"; see docs/sensors/witmotion.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firmware_protocol import FieldError, ProtocolError, UnknownMessageError
from monitor.ingest.vendors.decoder import G_MPS2, Samples

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"  # 9a, not the 9b of the Bluetooth SIG
DATA = "0000ffe4-0000-1000-8000-00805f9a34fb"  # notify
COMMAND = "0000ffe9-0000-1000-8000-00805f9a34fb"  # write

RATE_REGISTER = 0x03
RATE_CODES = {
    1: 0.2,
    2: 0.5,
    3: 1.0,
    4: 2.0,
    5: 5.0,
    6: 10.0,
    7: 20.0,
    8: 50.0,
    9: 100.0,
    11: 200.0,
}
RATE_CODE = 8  # 50 Hz: the fastest every data sheet of the family promises over the air

UNLOCK = bytes([0xFF, 0xAA, 0x69, 0x88, 0xB5])  # settings are refused without it

_FRAME_BYTES = 20
_HEADER = 0x55
_MOTION, _REGISTERS = 0x61, 0x71
_FULL_SCALE = 32_768
_ACC_RANGE_G = 16
_GYR_RANGE_DPS = 2000
_SATURATED = 32_767


def set_rate(code: int = RATE_CODE) -> bytes:
    """Set the return rate until the device is switched off; it is not saved."""
    return bytes([0xFF, 0xAA, RATE_REGISTER, code, 0x00])


def read_register(register: int = RATE_REGISTER) -> bytes:
    """Ask for eight registers from this one on; the answer is a notification."""
    return bytes([0xFF, 0xAA, 0x27, register, 0x00])


@dataclass(slots=True)
class WitMotion:
    """Decode frames of acceleration, angular rate and angle; the angle is not used.

    The frames carry no time, no number and no checksum: a damaged one is noticed only
    where its two first bytes are.

    Attributes:
        rate_hz: as the device said last; what it is asked for until then.
        held: the beginning of a frame that goes on in the next notification.
    """

    CHARACTERISTICS: ClassVar[tuple[str, ...]] = (DATA,)

    rate_hz: float = RATE_CODES[RATE_CODE]
    held: bytes = b""

    def push(self, characteristic: str, payload: bytes) -> Sequence[Samples | ProtocolError]:
        del characteristic  # there is only one
        out: list[Samples | ProtocolError] = []
        counts: list[bytes] = []
        data, self.held = self.held + payload, b""
        at = 0
        while at < len(data):
            start = _next_frame(data, at)
            if start > at:
                skipped = f"{start - at} bytes that belong to no frame: {data[at:start][:8].hex()}"
                out.append(UnknownMessageError(skipped, offset=at))
            if start + _FRAME_BYTES > len(data):
                self.held = data[start:]
                break
            frame = data[start : start + _FRAME_BYTES]
            at = start + _FRAME_BYTES
            if frame[1] == _MOTION:
                counts.append(frame[2:14])
            else:
                out += self._register(frame)
        if counts:
            out.append(self._samples(b"".join(counts)))
        return out

    def disconnected(self) -> None:
        self.held = b""

    def _register(self, frame: bytes) -> list[ProtocolError]:
        if frame[2] != RATE_REGISTER:
            return []
        if frame[4] not in RATE_CODES:
            return [FieldError(f"return rate code {frame[4]}", offset=4)]
        self.rate_hz = RATE_CODES[frame[4]]
        return []

    def _samples(self, data: bytes) -> Samples:
        counts = np.frombuffer(data, "<i2").reshape(-1, 6).astype(np.int32)
        return Samples(
            rate_hz=self.rate_hz,
            device_us=None,
            wrap_us=None,
            acc_mps2=counts[:, :3].astype(np.float64) * (_ACC_RANGE_G * G_MPS2 / _FULL_SCALE),
            gyr_radps=np.radians(counts[:, 3:] * (_GYR_RANGE_DPS / _FULL_SCALE)),
            saturated=np.abs(counts).max(axis=1) >= _SATURATED,
        )


def _next_frame(data: bytes, at: int) -> int:
    """Where the next frame begins, or may begin; the end of `data` where none does."""
    while at < len(data):
        if data[at] == _HEADER and (at + 1 == len(data) or data[at + 1] in (_MOTION, _REGISTERS)):
            return at
        at += 1
    return at
