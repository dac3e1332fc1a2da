"""From what is known of how the sensor sits to the rotation into body axes."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model import Mounting
from monitor.orientation.gravity import STILL_DEVIATION_MPS2, Rows, gravity, walked_up
from monitor.orientation.halves import crowd

AXES = {
    f"{sign}{axis}": tuple(
        (1.0 if sign == "+" else -1.0) if axis == other else 0.0 for other in "xyz"
    )
    for sign in "+-"
    for axis in "xyz"
}

WORN_AS_MARKED = ("+x", "-z")  # up and forward of a Backwatch sensor; firmware_protocol/spec.md

# Without named axes. Chosen by us, ADR 3, from what bending people do in the data of SisFall:
DEEP_RAD = math.radians(30)  # leans from up that count as bends
FEWEST_DEEP = 20  # deep half-seconds before a direction is believed
LEAST_AGREEMENT = 0.7  # resultant length of their directions, 0 to 1
FAR_RAD = math.radians(45)  # rad; from walking, up to which up is looked for. Ours
LYING_RAD = math.radians(60)  # rad; a rest so far from up may be lying; 65 deg, Vaha-Ypya 2018
RIVAL_S = 5.0  # s; of such rest that make up doubtful. Ours
RIVAL_SHARE = 0.25  # 1; of the rest at up, the same. Ours


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


@dataclass(frozen=True, slots=True)
class FoundMounting:
    """A mounting, and how far the recording bears it out.

    Attributes:
        still_s: time nearly still, in which gravity's direction was looked for.
        up_share: of that, within 15 deg of up.
        rival_share: of that, within 15 deg of the next likeliest up, 60 deg and more away.
        rival_deg: how far away that is; 0 where there is none.
        walked_s: walking, which shows what is upright.
        walked_deg: of up from its mean while walking; None without any.
    """

    mounting: Mounting
    still_s: float
    up_share: float
    rival_share: float
    rival_deg: float
    walked_s: float
    walked_deg: float | None


def find_mounting(acc_mps2: Rows, rate_hz: float) -> FoundMounting:
    """The likeliest mounting from a whole recording, shape (n, 3), for want of named axes.

    Up is the direction gravity has most often while the sensor is nearly still, among those
    within 45 deg of its mean while walking, if anybody walks: nobody walks lying down.
    Forward is where the trunk goes when it leans deeply, if it mostly goes one way:
    people bend forward far more than back or aside. Otherwise forward stays unknown.

    Raises:
        MountingError: there are two likely directions of up and no walking that tells them apart,
            or hardly any data.
    """
    seen = gravity(acc_mps2, rate_hz)
    if len(seen.norms) == 0:
        raise MountingError(
            "less than half a second of data; name the axes with --up and --forward"
        )
    half_s, some = seen.half_s, seen.norms > 1.0
    if not some.any():
        raise MountingError("the accelerometer shows no gravity; check its unit (m/s^2)")
    still = (seen.deviations < STILL_DEVIATION_MPS2) & some
    if not still.any():
        still = some
    walked = walked_up([seen])
    directions = seen.directions(some)
    found = _up(seen.directions(still), walked, half_s)
    across = directions - np.outer(directions @ found.up, found.up)
    deep = np.arccos(np.clip(directions @ found.up, -1, 1)) > DEEP_RAD
    forward = None
    if int(deep.sum()) >= FEWEST_DEEP:
        unit = across[deep] / np.maximum(np.linalg.norm(across[deep], axis=1, keepdims=True), 1e-9)
        mean = unit.mean(axis=0)
        if float(np.linalg.norm(mean)) >= LEAST_AGREEMENT:
            # Up moves towards the back of the body as the trunk leans forward.
            forward = -mean
    source = "found" if forward is not None else "up found, forward unknown"
    return FoundMounting(
        mounting=_mounting(found.up, forward, source),
        still_s=float(still.sum()) * half_s,
        up_share=found.share,
        rival_share=found.rival_share,
        rival_deg=found.rival_deg,
        walked_s=float(seen.walking().sum()) * half_s,
        walked_deg=None if walked is None else angle_deg(found.up, walked),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Up:
    """The likeliest up, and the likeliest one far from it."""

    up: NDArray[np.float64]
    share: float
    rival_share: float
    rival_deg: float


def _up(directions: NDArray[np.float64], walked: NDArray[np.float64] | None, half_s: float) -> _Up:
    """Up among the directions of gravity while still; MountingError where two are as likely."""
    near = np.ones(len(directions), bool)
    if walked is not None:
        near = directions @ walked > math.cos(FAR_RAD)
        if not near.any():  # who walks and never rests upright
            return _Up(walked, 0.0, 1.0, angle_deg(walked, _densest(directions)[0]))
    up, times = _densest(directions[near])
    far = directions @ up < math.cos(LYING_RAD)
    if not far.any():
        return _Up(up, times / len(directions), 0.0, 0.0)
    rival, rivals = _densest(directions[far])
    rival_deg = angle_deg(up, rival)
    long = rivals * half_s >= RIVAL_S and rivals > RIVAL_SHARE * times
    if walked is None and long:
        raise MountingError(
            f"the sensor rested in two directions {rival_deg:.0f}° apart, {times * half_s:.0f} s "
            f"and {rivals * half_s:.0f} s, and nobody walks, so which of them is upright and "
            "which may be lying cannot be told; name the axes with --up and --forward"
        )
    return _Up(up, times / len(directions), rivals / len(directions), rival_deg)


def angle_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Between two unit vectors, shape (3,)."""
    return math.degrees(math.acos(max(-1.0, min(1.0, float(one @ other)))))


def _densest(directions: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """The direction with most others within 15 deg, averaged over those, shape (3,); how many."""
    sample = directions[:: max(1, len(directions) // 500)]
    within = math.cos(math.radians(15))
    counts = crowd(directions, sample, within)
    best = directions @ sample[int(counts.argmax())] > within
    mean: NDArray[np.float64] = directions[best].mean(axis=0)
    return mean / np.linalg.norm(mean), int(best.sum())


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
