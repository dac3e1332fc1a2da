"""Two directions to the smallest turn that brings one onto the other."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.model import Mounting

Vector = NDArray[np.float64]
Triple = tuple[float, float, float]


def unit(vector: Vector) -> Vector:
    """The same direction with length 1; shape (3,)."""
    length: float = float(np.sqrt(vector @ vector))
    return vector / length if length > 0.0 else vector


def angle_rad(one: Vector, other: Vector) -> float:
    """Between two directions of any length [rad]; exact for small angles too."""
    ax, ay, az = one.tolist()
    bx, by, bz = other.tolist()
    return between_rad((ax, ay, az), (bx, by, bz))


def between_rad(one: Triple, other: Triple) -> float:
    """`angle_rad` of what is no array."""
    (ax, ay, az), (bx, by, bz) = one, other
    across = math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return math.atan2(across, ax * bx + ay * by + az * bz)


def least_turn(start: Vector, stop: Vector) -> NDArray[np.float64]:
    """Rotation matrix, shape (3, 3), of the smallest turn that takes `start` to `stop`."""
    a, b = unit(start), unit(stop)
    cosine = float(a @ b)
    if cosine < -0.999999:  # opposite: about anything across
        across = unit(np.cross(a, np.eye(3)[int(np.abs(a).argmin())]))
        half: NDArray[np.float64] = 2.0 * np.outer(across, across) - np.eye(3)
        return half
    x, y, z = np.cross(a, b)
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    part: NDArray[np.float64] = k + k @ k / (1.0 + cosine)
    return np.eye(3) + part


def turned(mounting: Mounting, start: Vector, stop: Vector, source: str) -> Mounting:
    """The mounting under which what was `start` in body axes is `stop`."""
    rows = least_turn(start, stop) @ mounting.matrix()
    return replace(mounting, body_from_sensor=tuple(float(v) for v in rows.ravel()), source=source)


def leaning(sagittal_rad: float) -> Vector:
    """Up in body axes, shape (3,), of a trunk that leans forward so far."""
    return np.array([-np.sin(sagittal_rad), 0.0, np.cos(sagittal_rad)])
