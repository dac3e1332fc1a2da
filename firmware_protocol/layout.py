"""The one field table: every byte of every message.

The codec, the C header, the tables in spec.md and the golden vectors all come from here
(`python -m firmware_protocol.generate`).
"""

import dataclasses
import struct
from dataclasses import dataclass
from enum import Enum


class Scalar(Enum):
    """A number on the air; little endian, no padding."""

    U8 = ("u8", "B", "uint8_t")
    U16 = ("u16", "H", "uint16_t")
    U32 = ("u32", "I", "uint32_t")
    U64 = ("u64", "Q", "uint64_t")
    I16 = ("i16", "h", "int16_t")

    def __init__(self, label: str, code: str, c_type: str) -> None:
        self.label = label
        self.code = code  # of Python's struct module
        self.c_type = c_type
        self.size = struct.calcsize("<" + code)

    @property
    def maximum(self) -> int:
        """The largest value."""
        bits = 8 * self.size - (self is Scalar.I16)
        return int(2**bits - 1)


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a message.

    Attributes:
        unit: as written in the specification; "1" for a plain number.
        minimum, maximum: what a sender may send; by default all that the type holds upwards of 0.
    """

    name: str
    type: Scalar
    unit: str
    description: str
    minimum: int = 0
    maximum: int | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest value allowed."""
        return self.minimum, self.type.maximum if self.maximum is None else self.maximum


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that follow one another without padding.

    Attributes:
        format: for Python's struct module.
        size: number of bytes.
    """

    fields: tuple[Field, ...]
    format: str = dataclasses.field(init=False)
    size: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        form = "<" + "".join(field.type.code for field in self.fields)
        object.__setattr__(self, "format", form)
        object.__setattr__(self, "size", struct.calcsize(form))

    def offset(self, name: str) -> int:
        """Byte at which the field `name` begins, from the start of the block."""
        at = 0
        for field in self.fields:
            if field.name == name:
                return at
            at += field.type.size
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Layout:
    """One message: a head, `count` repetitions of a record, and the CRC of all before it.

    Attributes:
        name: as the C structs and the sections of spec.md are called.
        code: value of its first byte.
        record: what is repeated as often as the head's field `count` says; empty if nothing is.
    """

    name: str
    code: int
    head: Block
    record: Block
    tail: Block

    def size(self, count: int = 0) -> int:
        """Number of bytes with `count` records."""
        return self.head.size + count * self.record.size + self.tail.size


_CRC = Block(
    (
        Field(
            "crc",
            Scalar.U16,
            "1",
            "CRC-16/CCITT-FALSE of all bytes before it (section 4)",
        ),
    )
)

IMU_FRAME = Layout(
    name="imu_frame",
    code=0x01,
    head=Block(
        (
            Field("type", Scalar.U8, "1", "0x01"),
            Field("count", Scalar.U8, "samples", "number of samples `n` that follow", 1),
            Field("boot_id", Scalar.U32, "1", "drawn at random at each power-up (section 5.1)"),
            Field("sequence", Scalar.U32, "samples", "samples since boot of sample 0, modulo 2^32"),
            Field("device_us", Scalar.U64, "us", "device clock since boot at sample 0"),
        )
    ),
    record=Block(
        (
            Field("acc_x", Scalar.I16, "LSB", "specific force along x"),
            Field("acc_y", Scalar.I16, "LSB", "specific force along y"),
            Field("acc_z", Scalar.I16, "LSB", "specific force along z"),
            Field("gyr_x", Scalar.I16, "LSB", "angular rate about x"),
            Field("gyr_y", Scalar.I16, "LSB", "angular rate about y"),
            Field("gyr_z", Scalar.I16, "LSB", "angular rate about z"),
        )
    ),
    tail=_CRC,
)

SENSOR_CONFIG = Layout(
    name="sensor_config",
    code=0x02,
    head=Block(
        (
            Field("type", Scalar.U8, "1", "0x02"),
            Field("version", Scalar.U8, "1", "protocol version, 1"),
            Field("boot_id", Scalar.U32, "1", "as in the frames that follow"),
            Field(
                "rate_mhz",
                Scalar.U32,
                "mHz",
                "nominal sampling rate; 100000 is 100 Hz",
                minimum=10_000,  # slower misses a fall
                maximum=2_000_000,  # the fastest sensors of the market give 1666 Hz
            ),
            Field("acc_range_g", Scalar.U16, "g", "accelerometer full scale: 32768 LSB", 1),
            Field("gyr_range_dps", Scalar.U16, "deg/s", "gyroscope full scale: 32768 LSB", 1),
            Field(
                "samples_per_frame",
                Scalar.U8,
                "samples",
                "most samples a frame holds at the present MTU; 0 if none fits",
            ),
        )
    ),
    record=Block(()),
    tail=_CRC,
)

LAYOUTS = (IMU_FRAME, SENSOR_CONFIG)

NOTIFICATION_OVERHEAD = 3  # B; ATT opcode and handle (Bluetooth Core 5.4, Vol 3, Part F, 3.4.7.1)
VALUE_MAXIMUM = 512  # B; longest attribute value (Bluetooth Core 5.4, Vol 3, Part F, 3.2.9)
