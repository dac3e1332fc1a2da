"""What is on the air between sensor and host: bytes to messages, and back. No I/O, no clock."""

from firmware_protocol import codes, compact, control, gatt
from firmware_protocol.codec import (
    decode_config,
    decode_frame,
    encode_config,
    encode_frame,
    samples_per_frame,
)
from firmware_protocol.errors import (
    ChecksumError,
    FieldError,
    ProtocolError,
    TrailingBytesError,
    TruncatedError,
    UnknownMessageError,
    VersionError,
)
from firmware_protocol.messages import PROTOCOL_VERSION, ImuFrame, SensorConfig

__all__ = [
    "PROTOCOL_VERSION",
    "ChecksumError",
    "FieldError",
    "ImuFrame",
    "ProtocolError",
    "SensorConfig",
    "TrailingBytesError",
    "TruncatedError",
    "UnknownMessageError",
    "VersionError",
    "codes",
    "compact",
    "control",
    "decode_config",
    "decode_frame",
    "encode_config",
    "encode_frame",
    "gatt",
    "samples_per_frame",
]
