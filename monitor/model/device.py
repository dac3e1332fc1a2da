"""What a sensor says beside its samples: button, condition, errors, clock."""

from dataclasses import dataclass
from enum import StrEnum


class DeviceEventKind(StrEnum):
    """What happened at the sensor (firmware_protocol/spec.md, section 14)."""

    MARK = "mark"  # button: this moment
    REZERO = "rezero"  # button: this is my neutral posture; value 1 if the sensor took it
    MUTE = "mute"  # button: value 1 muted, 0 no longer
    SESSION = "session"  # button: value 1 a session begins, 0 it ends
    RULE = "rule"  # the sensor has vibrated by itself; value is the index of its rule


class DeviceFault(StrEnum):
    """What a sensor found wrong with itself (spec.md section 14)."""

    ACCELEROMETER = "accelerometer"
    GYROSCOPE = "gyroscope"
    CLOCK = "clock"
    MEMORY = "memory"
    HAPTIC = "haptic"
    NOT_RUN = "not_run"  # the self-test has not been run


class Haptics(StrEnum):
    """When a sensor may vibrate."""

    OFF = "off"  # never
    ALERTS = "alerts"  # for alerts, while this computer hears it
    OUT_OF_RANGE = "out_of_range"  # that, and by a coarse rule of its own while none does


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event still on the sensor's own clock.

    Attributes:
        at_ns: host arrival [ns since the epoch, UTC].
        boot_id, number: name it for ever.
        device_us: device clock when it happened [us].
    """

    at_ns: int
    kind: DeviceEventKind
    boot_id: int
    number: int
    device_us: int
    value: int


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A request that the sensor stamped with its clock (spec.md section 13).

    Attributes:
        asked_ns: host clock before the request was written [ns since the epoch, UTC].
        answered_ns: host clock when the reply came, less the time the sensor held it back.
        boot_id: of the run of that time.
        received_us: device clock when the request arrived, between the two [us].
    """

    asked_ns: int
    answered_ns: int
    boot_id: int
    received_us: int


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something happened at the sensor.

    Attributes:
        at_ns: when [ns since the epoch, UTC].
        boot_id, number: name it for ever.
        time_trusted: False where only its arrival is known, which may be much later.
    """

    at_ns: int
    kind: DeviceEventKind
    value: int
    boot_id: int
    number: int
    time_trusted: bool = True


@dataclass(frozen=True, slots=True)
class DeviceCondition:
    """How the sensor is.

    Attributes:
        at_ns: when it said so [ns since the epoch, UTC].
        boot_id: of the run of that time; None where it has not told.
        battery_percent: None where it does not know.
        worn: a hint, not a measurement; None where it cannot tell.
        muted_s: time left muted [s].
        faults: what is wrong; empty is sound.
        next: number of the next sample, modulo 2**32.
        unsaved: samples it keeps for want of an acknowledgement.
    """

    at_ns: int
    boot_id: int | None
    battery_percent: int | None
    charging: bool
    worn: bool | None
    muted_s: int
    session: bool
    playing: bool
    faults: tuple[DeviceFault, ...]
    next: int
    unsaved: int


@dataclass(frozen=True, slots=True)
class DeviceCounters:
    """What went wrong in the sensor since its power-up.

    Attributes:
        overwritten: samples that no host had acknowledged when the ring was full.
        never_sampled: samples the motion sensor did not deliver.
        refused_notifications: times its radio had no room.
        refused_commands: commands answered otherwise than OK.
        lost_events: events that found no place.
    """

    at_ns: int
    overwritten: int
    never_sampled: int
    refused_notifications: int
    refused_commands: int
    lost_events: int


RawNotice = RawEvent | RoundTrip | DeviceCondition | DeviceCounters
DeviceNotice = DeviceEvent | DeviceCondition | DeviceCounters
