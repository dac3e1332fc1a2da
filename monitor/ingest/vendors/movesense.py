"""Movesense: GATT SensorData Protocol notifications turned into samples.

Source: Movesense Ltd., "GATT SensorData Protocol specification" (GD-77 1.0),
movesense.com/docs/esw/gatt_sensordata_protocol; see docs/sensors/movesense.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firmware_protocol import FieldError, ProtocolError, TruncatedError, UnknownMessageError
from monitor.ingest.vendors.decoder import Samples

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"  # write
DATA = "34800002-7185-4d5d-b431-630e7050e8f0"  # notify

RATES_HZ = (13, 26, 52, 104)  # those of the device whose data fit into two notifications
RATE_HZ = 52  # chosen by us: the lowest that keeps a knock; one notification holds 4 samples

_HEADER_BYTES = 6  # type, reference, u32 time stamp
_SAMPLE_BYTES = 24  # 3 + 3 floats
# A longer message comes in two parts, split at 150 bytes; whether these include the header of
# two is not said. No whole message of ours is as long as that.
_FIRST_PART_BYTES = range(148, 153)
_WRAP_US = 2**32 * 1000  # u32 milliseconds


def subscribe(rate_hz: int = RATE_HZ) -> bytes:
    """The command that starts a stream; the rate is its reference, which all data carry."""
    return bytes([1, rate_hz]) + f"/Meas/IMU6/{rate_hz}".encode("ascii")


@dataclass(slots=True)
class Movesense:
    """Decode `/Meas/IMU6` streams whose reference is their rate.

    Attributes:
        held: the first of two notifications.
    """

    CHARACTERISTICS: ClassVar[tuple[str, ...]] = (DATA,)

    held: bytes = b""

    def push(self, characteristic: str, payload: bytes) -> Sequence[Samples | ProtocolError]:
        del characteristic  # there is only one
        if len(payload) < 2:
            return [TruncatedError(f"a notification of {len(payload)} bytes", offset=len(payload))]
        match payload[0]:
            case 1:
                return _refusal(payload)
            case 2:
                lost, self.held = self.held, b""
                out: list[Samples | ProtocolError] = []
                if lost:
                    out.append(TruncatedError("a first part without its second", offset=len(lost)))
                if len(payload) in _FIRST_PART_BYTES:
                    self.held = payload
                else:
                    out.append(_decode(payload))
                return out
            case 3:
                if self.held[1:2] != payload[1:2]:
                    self.held = b""
                    return [TruncatedError("a second part without its first", offset=0)]
                whole, self.held = self.held + payload[2:], b""
                return [_decode(whole)]
            case other:
                return [UnknownMessageError(f"notification type {other}", offset=0)]

    def disconnected(self) -> None:
        self.held = b""


def _refusal(payload: bytes) -> list[Samples | ProtocolError]:
    """An error where a response carries an HTTP status of 400 or more."""
    status = int.from_bytes(payload[2:4], "little")
    if len(payload) == 4 and status >= 400:
        return [FieldError(f"the sensor refused the subscription with status {status}", offset=2)]
    return []


def _decode(message: bytes) -> Samples | ProtocolError:
    n, odd = divmod(len(message) - _HEADER_BYTES, _SAMPLE_BYTES)
    if n < 1 or odd:
        return TruncatedError(f"{len(message)} bytes hold no whole samples", offset=len(message))
    rate_hz = message[1]
    if rate_hz not in RATES_HZ:
        return FieldError(f"reference {rate_hz} is of no stream of ours", offset=1)
    values = np.frombuffer(message, "<f4", 6 * n, _HEADER_BYTES).astype(np.float64)
    if not np.isfinite(values).all():
        return FieldError("a sample is not a number", offset=_HEADER_BYTES)
    return Samples(
        rate_hz=float(rate_hz),
        device_us=int.from_bytes(message[2:6], "little") * 1000,
        wrap_us=_WRAP_US,
        acc_mps2=values[: 3 * n].reshape(n, 3),
        gyr_radps=np.radians(values[3 * n :].reshape(n, 3)),
        saturated=np.zeros(n, np.bool_),
    )
