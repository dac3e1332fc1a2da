"""Messages to bytes, and back."""

import binascii
import struct
from collections.abc import Mapping

import numpy as np

from firmware_protocol.errors import (
    ChecksumError,
    FieldError,
    TrailingBytesError,
    TruncatedError,
    UnknownMessageError,
    VersionError,
)
from firmware_protocol.layout import (
    IMU_FRAME,
    NOTIFICATION_OVERHEAD,
    SENSOR_CONFIG,
    VALUE_MAXIMUM,
    Block,
    Layout,
)
from firmware_protocol.messages import PROTOCOL_VERSION, ImuFrame, SensorConfig

_AXES = len(IMU_FRAME.record.fields)
_COUNT_MAXIMUM = 255  # `count` is one byte
_VERSION_OFFSET = SENSOR_CONFIG.head.offset("version")


def encode_frame(frame: ImuFrame) -> bytes:
    """Bytes of a notification.

    Raises:
        FieldError: a number does not fit its field, or `counts` is not (n, 6) int16.
    """
    counts = _int16(frame)
    head = {
        "type": IMU_FRAME.code,
        "count": len(counts),
        "boot_id": frame.boot_id,
        "sequence": frame.sequence,
        "device_us": frame.device_us,
    }
    return seal(_pack(IMU_FRAME.head, head) + counts.tobytes())


def decode_frame(payload: bytes) -> ImuFrame:
    """The frame in a notification.

    Raises:
        ProtocolError: by class, what is wrong with the bytes.
    """
    _check_type(payload, IMU_FRAME)
    check_length(payload, IMU_FRAME.head.size, exact=False)
    head = _unpack(IMU_FRAME.head, payload)
    n = head["count"]
    check_length(payload, IMU_FRAME.size(n))
    check_seal(payload)
    check_fields(IMU_FRAME.head, head)
    counts = np.frombuffer(payload, "<i2", count=n * _AXES, offset=IMU_FRAME.head.size)
    return ImuFrame(
        boot_id=head["boot_id"],
        sequence=head["sequence"],
        device_us=head["device_us"],
        counts=counts.astype(np.int16).reshape(n, _AXES),
    )


def encode_config(config: SensorConfig) -> bytes:
    """Bytes of the config characteristic.

    Raises:
        VersionError: `config.version` is not the one written here.
        FieldError: a number does not fit its field.
    """
    _check_version(config.version)
    head = {
        "type": SENSOR_CONFIG.code,
        "version": config.version,
        "boot_id": config.boot_id,
        "rate_mhz": config.rate_mhz,
        "acc_range_g": config.acc_range_g,
        "gyr_range_dps": config.gyr_range_dps,
        "samples_per_frame": config.samples_per_frame,
    }
    return seal(_pack(SENSOR_CONFIG.head, head))


def decode_config(payload: bytes) -> SensorConfig:
    """What the config characteristic says.

    Raises:
        VersionError: the device speaks another version; nothing else in it was looked at.
        ProtocolError: by class, what is wrong with the bytes.
    """
    _check_type(payload, SENSOR_CONFIG)
    check_length(payload, _VERSION_OFFSET + 1, exact=False)
    _check_version(payload[_VERSION_OFFSET])
    check_length(payload, SENSOR_CONFIG.size())
    check_seal(payload)
    head = _unpack(SENSOR_CONFIG.head, payload)
    check_fields(SENSOR_CONFIG.head, head)
    return SensorConfig(
        version=head["version"],
        boot_id=head["boot_id"],
        rate_mhz=head["rate_mhz"],
        acc_range_g=head["acc_range_g"],
        gyr_range_dps=head["gyr_range_dps"],
        samples_per_frame=head["samples_per_frame"],
    )


def samples_per_frame(mtu: int) -> int:
    """The most samples that fit a notification at this ATT MTU [bytes]; 0 below an MTU of 35."""
    room = min(mtu - NOTIFICATION_OVERHEAD, VALUE_MAXIMUM) - IMU_FRAME.size(0)
    return max(0, min(_COUNT_MAXIMUM, room // IMU_FRAME.record.size))


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected, nothing xored."""
    return binascii.crc_hqx(data, 0xFFFF)


def _int16(frame: ImuFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The counts, little endian, checked."""
    counts = np.asarray(frame.counts)
    n = len(counts) if counts.ndim else 0
    if counts.shape != (n, _AXES) or not 1 <= n <= _COUNT_MAXIMUM:
        raise FieldError(
            f"counts have shape {counts.shape}, not (n, {_AXES}) with n from 1 to {_COUNT_MAXIMUM}",
            offset=IMU_FRAME.head.offset("count"),
        )
    small = counts.astype("<i2")
    if not np.array_equal(small, counts):
        raise FieldError("counts are not all int16", offset=IMU_FRAME.head.size)
    return small


def _pack(block: Block, values: Mapping[str, int]) -> bytes:
    check_fields(block, values)
    return struct.pack(block.format, *(values[field.name] for field in block.fields))


def _unpack(block: Block, payload: bytes) -> dict[str, int]:
    values = struct.unpack_from(block.format, payload)
    return dict(zip(block.names, values, strict=True))


def seal(body: bytes) -> bytes:
    """`body` and its CRC."""
    return body + struct.pack(IMU_FRAME.tail.format, crc16(body))


def _check_type(payload: bytes, layout: Layout) -> None:
    if not payload:
        raise TruncatedError("no bytes at all", offset=0)
    if payload[0] != layout.code:
        raise UnknownMessageError(
            f"message type 0x{payload[0]:02x}, expected 0x{layout.code:02x} ({layout.name})",
            offset=0,
        )


def check_length(payload: bytes, size: int, *, exact: bool = True) -> None:
    """Raise if there are fewer bytes than `size`, or, where `exact`, more."""
    if len(payload) < size:
        raise TruncatedError(f"{len(payload)} bytes of {size}", offset=len(payload))
    if exact and len(payload) > size:
        raise TrailingBytesError(f"{len(payload)} bytes where {size} were announced", offset=size)


def check_seal(payload: bytes) -> None:
    end = len(payload) - IMU_FRAME.tail.size
    (told,) = struct.unpack_from(IMU_FRAME.tail.format, payload, end)
    found = crc16(payload[:end])
    if told != found:
        raise ChecksumError(f"CRC 0x{told:04x}, computed 0x{found:04x}", offset=end)


def _check_version(version: int) -> None:
    if version != PROTOCOL_VERSION:
        raise VersionError(
            f"protocol version {version}; this host speaks {PROTOCOL_VERSION}: "
            "update the firmware or Backwatch, whichever is older",
            offset=_VERSION_OFFSET,
        )


def check_fields(block: Block, values: Mapping[str, int], start: int = 0) -> None:
    """Raise if a value is outside its field's limits; `block` begins at byte `start`."""
    for name, least, largest in block.limits:
        value = values[name]
        if not least <= value <= largest:
            raise FieldError(
                f"{name} is {value}, allowed is {least} to {largest}",
                offset=start + block.offset(name),
            )


__all__ = [
    "check_fields",
    "check_length",
    "check_seal",
    "crc16",
    "decode_config",
    "decode_frame",
    "encode_config",
    "encode_frame",
    "samples_per_frame",
    "seal",
]
