"""The coordinates that say how a trunk stands in space."""

from enum import IntEnum


class Channel(IntEnum):
    """One coordinate of the trunk or one strength of an involuntary movement.

    Angles follow docs/frames.md and are those of the trunk where the sensor sits.
    """

    SAGITTAL = 0  # forward lean [rad]
    LATERAL = 1  # lean to the right [rad]
    YAW = 2  # heading, left positive [rad]
    HIP_FORWARD = 3  # hip relative to where the person is, along the heading [m]
    HIP_LEFT = 4  # the same, to the left [m]
    HIP_UP = 5  # hip height relative to standing [m]
    SPEED = 6  # travel along the heading [m/s]
    SWAY = 7  # strength of postural sway: RMS of each angle [rad]
    BREATH = 8  # amplitude of breathing in the sagittal angle [rad]
    RESTLESS = 9  # RMS of small accelerations of the hip, each axis [m/s^2]
