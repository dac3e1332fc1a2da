"""Numbers with a name: what single bytes of the messages can say."""

from enum import IntEnum
from typing import Self


class Code(IntEnum):
    """A value of a field, with what it means.

    Attributes:
        meaning: as written in the specification.
    """

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code


class Status(Code):
    """How the device answered a command."""

    OK = (0, "done")
    UNKNOWN_COMMAND = (1, "no command has this type")
    LENGTH = (2, "too few or too many bytes for this command")
    CHECKSUM = (3, "the CRC does not match")
    FIELD = (4, "a value is not allowed; `detail` is the byte at which it stands")
    NOT_NOW = (5, "hello has not been accepted on this connection")
    VERSION = (6, "no version in common")
    SCHEMA = (7, "same version, other field tables")
    UNSAVED = (8, "would erase `detail` samples that no host has acknowledged")
    STORE_FAILED = (9, "the device could not keep the parameters; nothing was changed")
    RANGE = (10, "these samples do not exist yet, or the boot id is not the present one")
    MUTED = (11, "nothing is played while the wearer has muted the device")
    UNABLE = (12, "this device lacks the part that would be needed")


class LossReason(Code):
    """Why samples cannot be had from the device."""

    OVERWRITTEN = (1, "the ring was full and newer samples took their place")
    REBOOTED = (2, "they belong to another boot id; their memory is gone")
    NEVER_SAMPLED = (3, "the motion sensor did not deliver them")
    ACKNOWLEDGED = (4, "a host said it had stored them, so they were erased")


class EventKind(Code):
    """What happened at the device."""

    MARK = (1, "button: mark this moment; `value` 0")
    REZERO = (2, "button: this is my neutral posture; `value` 1 if the device took it, else 0")
    MUTE = (3, "button: `value` 1 muted, 0 no longer muted")
    SESSION = (4, "button: `value` 1 session begins, 0 session ends")
    RULE = (5, "a rule of the device has played its pattern; `value` is the index of the rule")


class Pattern(Code):
    """A place for a haptic pattern."""

    EVENT = (1, "short: something happened")
    POSTURE = (2, "repeating: a posture has lasted")
    CUSTOM = (3, "empty until the host fills it")


class RuleKind(Code):
    """What a rule of the device watches."""

    OFF = (0, "nothing")
    INCLINATION = (1, "angle from neutral in any direction")
    FORWARD = (2, "sagittal angle, positive forwards")
    BACKWARD = (3, "sagittal angle, positive backwards")


class StreamMode(Code):
    """What the device sends on the IMU characteristic."""

    OFF = (0, "nothing; the ring fills")
    FRAMES = (1, "IMU frames; nothing where the MTU is too small for one")
    COMPACT = (2, "IMU frames; anchors and compact frames where the MTU is too small")


class RuleFlag(Code):
    """Bits of `flags` in a rule; the value is the bit's weight."""

    ON_RETURN = (1, "play after the return below `off`, not during the posture")
    CONNECTED = (2, "also while a host is connected and has said hello")


class Capability(Code):
    """Bits of `capabilities` in the reply to hello; the value is the bit's weight."""

    HAPTIC = (1, "has a vibration motor")
    BUTTON = (2, "has a button")
    WEAR = (4, "can tell whether it is worn")
    CHARGER = (8, "can tell whether it is charging")


class ConditionFlag(Code):
    """Bits of `flags` in a condition; the value is the bit's weight."""

    CHARGING = (1, "is charging")
    WEAR_KNOWN = (2, "bit 2 means something")
    WORN = (4, "is worn: a hint, not a measurement")
    MUTED = (8, "muted")
    SESSION = (16, "a session is running")
    PLAYING = (32, "a haptic pattern is being played")


class Fault(Code):
    """Bits of `self_test` in a condition; the value is the bit's weight."""

    ACCELEROMETER = (1, "accelerometer failed its self-test")
    GYROSCOPE = (2, "gyroscope failed its self-test")
    CLOCK = (4, "clock oscillator failed")
    MEMORY = (8, "memory for samples or parameters failed")
    HAPTIC = (16, "vibration motor failed")
    NOT_RUN = (128, "the self-test has not been run")


CODES: tuple[type[Code], ...] = (
    Status,
    LossReason,
    EventKind,
    Pattern,
    RuleKind,
    StreamMode,
    RuleFlag,
    Capability,
    ConditionFlag,
    Fault,
)

__all__ = [
    "CODES",
    "Capability",
    "Code",
    "ConditionFlag",
    "EventKind",
    "Fault",
    "LossReason",
    "Pattern",
    "RuleFlag",
    "RuleKind",
    "Status",
    "StreamMode",
]
