"""How one person wears one sensor at one place, and whether that still holds."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.motion import Mounting

CALIBRATION_VERSION = 1  # of the way a calibration is found; goes up when its meaning changes


class Asker(StrEnum):
    """Who asked for a new zero."""

    BUTTON = "button"  # on the sensor
    PAGE = "page"
    COMMAND = "command"
    START = "start"  # of a run with --neutral
    ALERT = "alert"  # that plays on the sensor's motor
    WALKING = "walking"  # the correction that a slip was met with, accepted by the person


class Refusal(StrEnum):
    """Why the present posture cannot be the zero."""

    MOVING = "moving"
    LYING = "lying"
    FAR = "far"  # further from the last zero than a slip goes
    NOT_WORN = "not_worn"
    NO_DATA = "no_data"
    GAVE_UP = "gave_up"  # nobody stood still for as long as is waited
    NOTHING_OFFERED = "nothing_offered"  # there is no correction to accept


@dataclass(frozen=True, slots=True)
class Rezeroed:
    """The answer to somebody who asked for a new zero.

    Attributes:
        at_ns: when it was answered; the zero holds from here on [ns since the epoch, UTC].
        asked_ns: when it was asked for.
        by: who asked.
        refused: why not; None where the zero was taken.
        moved_rad: between the old zero and the posture taken, or last seen [rad].
        mounting: in force from `at_ns` on.
    """

    at_ns: int
    asked_ns: int
    by: Asker
    refused: Refusal | None
    moved_rad: float
    mounting: Mounting


@dataclass(frozen=True, slots=True)
class Trust:
    """From `at_ns` on the angles against the zero can, or cannot, be believed.

    Attributes:
        at_ns: when it was known [ns since the epoch, UTC].
        trusted: False after the sensor has slipped.
        moved_rad: how far up while walking is from where it was [rad].
        offered: the mounting that would put it back; None where trusted.
    """

    at_ns: int
    trusted: bool
    moved_rad: float
    offered: Mounting | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """What a calibration measured of itself.

    Attributes:
        sway_dps: RMS rate while standing still, bias removed [deg/s].
        bias_dps: of the gyroscope [deg/s]; 0 without one.
        gravity_mps2: magnitude of the mean acceleration while standing.
        bow_share: of the bows' rotation about one axis, the least of the bows, 0 to 1.
        bow_depths_deg: of each bow.
        bow_spread_deg: largest angle between the axis of a bow and the mean of them.
        bow_slant_deg: angle of that mean from horizontal.
        return_deg: largest angle between standing before and after a bow.
        sit_change_deg: angle between standing and sitting tall.
        slump_deg: from sitting tall to slumped; None where that was left out.
    """

    sway_dps: float
    bias_dps: float
    gravity_mps2: float
    bow_share: float
    bow_depths_deg: tuple[float, ...]
    bow_spread_deg: float
    bow_slant_deg: float
    return_deg: float
    sit_change_deg: float
    slump_deg: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a sensor sits on a person at a place, found by a guided calibration.

    Attributes:
        sensor: its address.
        place: named by the person, e.g. "desk" or "car".
        at_ns: when it was found [ns since the epoch, UTC].
        mounting: body axes, and the angle of sitting tall.
        quality: what was measured on the way.
        slouch_rad: advised threshold over sitting tall; None without a slump. In force only
            where `mounting.slouch_on_rad` has it.
        version: CALIBRATION_VERSION of the program that found it.
    """

    sensor: str
    place: str
    at_ns: int
    mounting: Mounting
    quality: Quality
    slouch_rad: float | None
    version: int = CALIBRATION_VERSION
