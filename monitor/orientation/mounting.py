"""From what is known of how the sensor sits to the rotation into body axes."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model import Mounting
from monitor.orientation.halves import crowd, halves

AXES = {
    f"{sign}{axis}": tuple(
        (1.0 if sign == "+" else -1.0) if axis == other else 0.0 for other in "xyz"
    )
    for sign in "+-"
    for axis in "xyz"
}

WORN_AS_MARKED = ("+x", "-z")  # up and forward of a Backwatch sensor; firmware_protocol/spec.md

# Without named axes. Chosen by us, ADR 3, from what bending people do in the data of SisFall:
STILL_DEVIATION_MPS2 = 0.5  # a stretch counts as still below this standard deviation
DEEP_RAD = math.radians(30)  # leans from up that count as bends
FEWEST_DEEP = 20  # deep half-seconds before a direction is believed
HALVES = 1000  # half-seconds looked at at a time, to spare memory
LEAST_AGREEMENT = 0.7  # resultant length of their directions, 0 to 1


class MountingError(ValueError):
    """The mounting cannot be had from what was given; the message says what to give."""


def mounting_from_axes(up: str, forward: str | None) -> Mounting:
    """Mounting from the sensor axes that point up and out of the chest, e.g. "+x", "-z"."""
    for name, axis in (("up", up), ("forward", forward)):
        if axis is not None and axis not in AXES:
            raise MountingError(f"{name} axis {axis!r} is not one of {', '.join(AXES)}")
    if forward is None:
        return _mounting(np.array(AXES[up]), None, "up axis given, forward unknown")
    if up[1] == forward[1]:
        raise MountingError(
            f"up {up} and forward {forward} lie on one axis; they must be perpendicular"
        )
    return _mounting(np.array(AXES[up]), np.array(AXES[forward]), "axes")


def with_neutral(mounting: Mounting, up_sensor: NDArray[np.float64]) -> Mounting:
    """The same mounting with `up_sensor`, shape (3,), as the zero of all angles."""
    forward = mounting.matrix()[0] if mounting.forward_known else None
    return _mounting(up_sensor, forward, f"{mounting.source} and neutral")


class Rows(Protocol):
    """An array of shape (n, 3), or what reads one from a file when a slice is taken."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> NDArray[np.float64]: ...


def find_mounting(acc_mps2: Rows, rate_hz: float) -> Mounting:
    """The likeliest mounting from a whole recording, shape (n, 3), for want of named axes.

    Up is the direction gravity has most often while the sensor is nearly still.
    Forward is where the trunk goes when it leans deeply, if it mostly goes one way:
    people bend forward far more than back or aside. Otherwise forward stays unknown.
    """
    hop = max(1, round(rate_hz / 2))
    count = len(acc_mps2) // hop
    if count == 0:
        raise MountingError(
            "less than half a second of data; name the axes with --up and --forward"
        )
    parts = []
    for first in range(0, count, HALVES):
        rows = acc_mps2[first * hop : min(first + HALVES, count) * hop]
        means, deviations = halves(rows, hop)
        parts.append((means, deviations.max(axis=1)))
    means, deviations = (np.concatenate(column) for column in zip(*parts, strict=True))
    norms = np.linalg.norm(means, axis=1)
    still = (deviations < STILL_DEVIATION_MPS2) & (norms > 1.0)
    if not still.any():
        still = norms > 1.0
    if not still.any():
        raise MountingError("the accelerometer shows no gravity; check its unit (m/s^2)")
    directions = means[norms > 1.0] / norms[norms > 1.0, None]
    up = _densest(means[still] / norms[still, None])
    across = directions - np.outer(directions @ up, up)
    deep = np.arccos(np.clip(directions @ up, -1, 1)) > DEEP_RAD
    forward = None
    if int(deep.sum()) >= FEWEST_DEEP:
        unit = across[deep] / np.maximum(np.linalg.norm(across[deep], axis=1, keepdims=True), 1e-9)
        mean = unit.mean(axis=0)
        if float(np.linalg.norm(mean)) >= LEAST_AGREEMENT:
            # Up moves towards the back of the body as the trunk leans forward.
            forward = -mean
    return _mounting(up, forward, "found" if forward is not None else "up found, forward unknown")


def _densest(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction with most others within 15 deg, averaged over those, shape (3,)."""
    sample = directions[:: max(1, len(directions) // 500)]
    within = math.cos(math.radians(15))
    counts = crowd(directions, sample, within)
    best = directions @ sample[int(counts.argmax())] > within
    mean: NDArray[np.float64] = directions[best].mean(axis=0)
    return mean / np.linalg.norm(mean)


def _mounting(
    up: NDArray[np.float64], forward: NDArray[np.float64] | None, source: str
) -> Mounting:
    """Body axes with z exactly along `up`; any x across it where forward is unknown."""
    z = up / np.linalg.norm(up)
    hint = forward if forward is not None else np.eye(3)[int(np.abs(z).argmin())]
    x = hint - (hint @ z) * z
    length = float(np.linalg.norm(x))
    if length < math.sin(math.radians(15)):
        raise MountingError(
            "the neutral posture has the forward axis within 15 deg of up; "
            "check --up and --forward, or choose another --neutral"
        )
    x = x / length
    y = np.cross(z, x)
    rows = np.stack([x, y, z])
    return Mounting(tuple(float(v) for v in rows.ravel()), forward is not None, source)
