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
    RESTLESS = 9  # RMS of small accelerations of the hip, upwards; more in the others [m/s^2]
    TURNING = 10  # RMS of small turns about the vertical; less about the others [rad/s]
    HEART = 11  # RMS of what the heartbeat adds to the acceleration upwards [m/s^2]
    ROAD = 12  # RMS of a vehicle's vibration, upwards; less in the others [m/s^2]
    STRAP = 13  # by how much the sensor has tipped forward on the trunk, about its left axis [rad]
