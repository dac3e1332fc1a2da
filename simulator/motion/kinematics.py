"""Coordinates of the trunk turned into what an ideal sensor on it would measure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.motion.channels import Channel

GRAVITY_MPS2 = 9.80665  # m/s^2; CGPM 1901, standard gravity


@dataclass(frozen=True, slots=True)
class Lever:
    """Where the sensor sits, seen from the hip, with the trunk upright [m].

    Attributes:
        forward_m: negative behind the hip.
        up_m: along the trunk.
    """

    forward_m: float
    up_m: float


@dataclass(frozen=True, slots=True, eq=False)
class IdealMotion:
    """The sensor's motion in body axes, free of error.

    Attributes:
        up: against gravity, unit, body axes, shape (n, 3).
        acc_mps2: specific force [m/s^2], body axes, shape (n, 3).
        gyr_radps: angular rate [rad/s], body axes, shape (n, 3).
        height_m: height of the sensor relative to the hip of the standing person, shape (n,).
    """

    up: NDArray[np.float64]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    height_m: NDArray[np.float64]


def ideal_motion(jets: NDArray[np.float64], lever: Lever) -> IdealMotion:
    """Rates and specific force from `jets`, shape (channels, 3, n), by exact differentiation.

    The body is turned about the vertical by the yaw, then about its forward axis by the
    lateral angle, then about its left axis by the sagittal angle: so the angles of
    docs/frames.md come back exactly, |lateral| < 90 deg.
    The sensor is rigidly joined to the hip by its lever; one that has tipped on the trunk feels
    the same in other axes, and `up` stays that of the trunk.
    """
    sag, sag1, sag2 = jets[Channel.SAGITTAL]
    lat, lat1, lat2 = jets[Channel.LATERAL]
    _, yaw1, yaw2 = jets[Channel.YAW]
    sin_s, cos_s = np.sin(sag), np.cos(sag)
    sin_l, cos_l = np.sin(lat), np.cos(lat)
    up = np.stack([-sin_s * cos_l, sin_l, cos_s * cos_l], axis=1)

    gyr = yaw1[:, None] * up
    gyr[:, 0] += lat1 * cos_s
    gyr[:, 1] += sag1
    gyr[:, 2] += lat1 * sin_s

    # The lever turned by the sagittal angle (a forward, b up), then by the lateral one.
    a = lever.forward_m * cos_s + lever.up_m * sin_s
    b = lever.up_m * cos_s - lever.forward_m * sin_s
    a1, b1 = sag1 * b, -sag1 * a
    a2, b2 = sag2 * b - sag1**2 * a, -sag2 * a - sag1**2 * b
    sin1, cos1 = lat1 * cos_l, -lat1 * sin_l
    sin2 = lat2 * cos_l - lat1**2 * sin_l
    cos2 = -lat2 * sin_l - lat1**2 * cos_l
    forward = jets[Channel.HIP_FORWARD] + np.stack([a, a1, a2])
    left = jets[Channel.HIP_LEFT] - np.stack(
        [b * sin_l, b1 * sin_l + b * sin1, b2 * sin_l + 2 * b1 * sin1 + b * sin2]
    )
    upward = jets[Channel.HIP_UP] + np.stack(
        [b * cos_l, b1 * cos_l + b * cos1, b2 * cos_l + 2 * b1 * cos1 + b * cos2]
    )

    # Acceleration along the heading's own axes, which turn with the yaw.
    speed, speed1, _ = jets[Channel.SPEED]
    acc_forward = forward[2] - 2 * yaw1 * left[1] - yaw2 * left[0] - yaw1**2 * forward[0] + speed1
    acc_left = (
        left[2] + 2 * yaw1 * forward[1] + yaw2 * forward[0] - yaw1**2 * left[0] + speed * yaw1
    )
    acc_up = upward[2] + GRAVITY_MPS2

    # Back through the lateral, then the sagittal angle.
    y = cos_l * acc_left + sin_l * acc_up
    z = -sin_l * acc_left + cos_l * acc_up
    acc = np.stack([cos_s * acc_forward - sin_s * z, y, sin_s * acc_forward + cos_s * z], axis=1)
    tip, tip1, _ = jets[Channel.STRAP]
    if tip.any():
        acc, gyr = tipped(acc, gyr, tip, tip1)
    return IdealMotion(up=up, acc_mps2=acc, gyr_radps=gyr, height_m=upward[0])


def tipped(
    acc: NDArray[np.float64],
    gyr: NDArray[np.float64],
    tip_rad: NDArray[np.float64],
    tip_radps: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a sensor feels that is tipped about its y axis, and tips on at that rate.

    Units and axes are those given, shapes (n, 3) and (n,); the gyroscope feels the tipping itself.
    """
    cos, sin = np.cos(tip_rad)[:, None], np.sin(tip_rad)[:, None]

    def turned(values: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y, z = values[:, :1], values[:, 1:2], values[:, 2:]
        return np.hstack([cos * x - sin * z, y, sin * x + cos * z])

    return turned(acc), turned(gyr) + np.outer(tip_radps, [0.0, 1.0, 0.0])
