"""Movella DOT: payloads of the measurement service turned into samples.

Source: Movella, "Movella DOT BLE Service Specification", XD0506P revision C, July 2023;
see docs/sensors/movella.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firmware_protocol import FieldError, ProtocolError, TruncatedError
from monitor.ingest.vendors.decoder import Samples

_BASE = "-4947-11e9-8646-d663bd873d93"
CONFIGURATION_SERVICE = "15171000" + _BASE
DEVICE_CONTROL = "15171002" + _BASE  # read, write: output rate and more (table 7)
MEASUREMENT_SERVICE = "15172000" + _BASE
CONTROL = "15172001" + _BASE  # read, write: start, stop, payload mode (table 13)
MEDIUM_PAYLOAD = "15172003" + _BASE  # notify: payloads of 21 to 40 bytes (table 15)
BATTERY = "15173001" + _BASE  # read, notify: percent, charging (table 21)

RATE_HZ = 60  # the highest it streams
RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)  # table 7; 120 is for recording only

START = bytes([1, 1, 21])  # table 13: measurement, start, rate quantities
STOP = bytes([1, 0, 0])

_DEVICE_CONTROL_BYTES = 32
_VISIT_OUTPUT_RATE = 1 << 4
_OUTPUT_RATE_AT = 24
_PAYLOAD_BYTES = 28  # u32 microseconds, 3 + 3 floats
_WRAP_US = 2**32


def set_rate(rate_hz: int = RATE_HZ) -> bytes:
    """What to write to DEVICE_CONTROL; all but the output rate is left as it is."""
    command = bytearray(_DEVICE_CONTROL_BYTES)
    command[0] = _VISIT_OUTPUT_RATE
    command[_OUTPUT_RATE_AT : _OUTPUT_RATE_AT + 2] = rate_hz.to_bytes(2, "little")
    return bytes(command)


@dataclass(slots=True)
class Movella:
    """Decode payload mode 21, "rate quantities".

    Attributes:
        rate_hz: as the device said last; its factory setting until then.
    """

    CHARACTERISTICS: ClassVar[tuple[str, ...]] = (DEVICE_CONTROL, MEDIUM_PAYLOAD)

    rate_hz: float = float(RATE_HZ)

    def push(self, characteristic: str, payload: bytes) -> Sequence[Samples | ProtocolError]:
        if characteristic == DEVICE_CONTROL:
            return self._configure(payload)
        return [self._decode(payload)]

    def disconnected(self) -> None:
        pass

    def _configure(self, payload: bytes) -> list[ProtocolError]:
        if len(payload) < _OUTPUT_RATE_AT + 2:
            reason = f"the device control holds {len(payload)} bytes"
            return [TruncatedError(reason, offset=len(payload))]
        rate_hz = int.from_bytes(payload[_OUTPUT_RATE_AT : _OUTPUT_RATE_AT + 2], "little")
        if rate_hz not in RATES_HZ:
            return [FieldError(f"an output rate of {rate_hz} Hz", offset=_OUTPUT_RATE_AT)]
        self.rate_hz = float(rate_hz)
        return []

    def _decode(self, payload: bytes) -> Samples | ProtocolError:
        if len(payload) < _PAYLOAD_BYTES:  # what follows is padding
            return TruncatedError(f"a payload of {len(payload)} bytes", offset=len(payload))
        values = np.frombuffer(payload, "<f4", 6, 4).astype(np.float64)
        if not np.isfinite(values).all():
            return FieldError("a sample is not a number", offset=4)
        return Samples(
            rate_hz=self.rate_hz,
            device_us=int.from_bytes(payload[:4], "little"),
            wrap_us=_WRAP_US,
            acc_mps2=values[np.newaxis, :3],
            gyr_radps=np.radians(values[np.newaxis, 3:]),
            saturated=np.zeros(1, np.bool_),
        )
