"""Axes that a person named to what the recording shows of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.orientation.gravity import STILL_DEVIATION_MPS2, Gravity, walked_up
from monitor.orientation.mounting import AXES, LYING_RAD, angle_deg

Floats = NDArray[np.float64]

GRAVITY_MPS2 = (5.0, 15.0)  # m/s^2; magnitude of a mean that still says where gravity is. Ours
LEAST_GRAVITY = 0.5  # of half seconds in which it does. Ours
# Worn as described, up is within 42 deg of its mean while walking in 200 files of six public sets,
# 50 in one of a wheelchair (wc_trunk); where it is within 36, a wrong axis is 54 and more away.
NEAR_DEG = 45.0  # deg; further, the named up is doubted
FAR_DEG = 54.0  # deg; further, it is wrong
UPRIGHT_RAD = math.radians(20)  # rad; from standing, that a bend leaves and comes back to. Ours
BENT_RAD = math.radians(30)  # rad; from standing; as `monitor.states.bends.enter_rad`
DEEP_RAD = math.radians(40)  # rad; at its deepest: a loose sensor swings by 37 in chest_desk. Ours
SHORTEST_S = 1.0  # s; a stumble, a stair or a jolt is over sooner. Ours
GENTLE_MPS2 = 6.0  # m/s^2; largest standard deviation of an axis: a fall is harder. SisFall; ours
# of gravity; by which |a| at rest may differ: of 132 files of nine public sets by up to 7.5 %
SCALE_OFF = 0.1
REST_S = 1.0  # s; still, and tilted by more than LYING_RAD: lies. SisFall D12, D13; ours
LONGEST_S = 6.0  # s; of a bend; who lies down or leans back to rest stays longer. Ours
BESIDE_S = 3.0  # s; before and after it, in which somebody was upright. Ours
FEWEST_BENDS = 3  # Ours
FEWEST_STILL = 10  # half seconds at rest that show the scale. Ours
G_MPS2 = 9.80665
LEAVE_OUT = "leave the axes out to have them found"
ASTRAY_DEG = 60.0  # deg; from forward, that a bend goes where it is no bend forward. Ours
MOST_ASTRAY = 0.8  # of bends. Ours


@dataclass(frozen=True, slots=True)
class NamedAxes:
    """What the recording shows of named axes.

    Attributes:
        up, forward: as named; forward None where it was not.
        still_mps2: median magnitude of the acceleration at rest; None without any.
        gravity_share: of half seconds whose mean is about as long as gravity, 0 to 1.
        walked_s: walking, which shows what is upright.
        walked_deg: of the named up from its mean while walking; None without enough.
        likely_up: the axis nearest to that; None where none is near.
        bends: clear ones, out of standing and back.
        astray: of these, going more than 60 deg beside forward; 0 where that was not named.
        likely_forward: the axis they mostly go to; None where they do not agree.
    """

    up: str
    forward: str | None
    gravity_share: float
    walked_s: float
    walked_deg: float | None
    likely_up: str | None
    bends: int
    astray: int
    likely_forward: str | None
    still_mps2: float | None = None

    def refusal(self, option: str = "--", otherwise: str = LEAVE_OUT) -> str:
        """Why no angle can be right, and what to do about it; empty where nothing says so.

        Args:
            option: how the options that name axes begin, before "up" and "forward".
            otherwise: what else to do than to name other axes.
        """
        if self.gravity_share < LEAST_GRAVITY:
            low, high = GRAVITY_MPS2
            return (
                f"averaged over half seconds, the accelerometer shows gravity (within {low:.0f} to "
                f"{high:.0f} m/s^2) in {self.gravity_share:.0%} of the time only; check its unit, "
                "and that the columns are those of an accelerometer"
            )
        if self.walked_deg is None or self.walked_deg <= FAR_DEG:
            return ""
        return f"{self._up()}; {self._instead(option, otherwise)}"

    def objections(self, option: str = "--", otherwise: str = LEAVE_OUT) -> dict[str, str]:
        """What speaks against the axes all the same, by what it is about."""
        said = {}
        if self.gravity_share >= LEAST_GRAVITY and NEAR_DEG < (self.walked_deg or 0.0) <= FAR_DEG:
            said["up"] = f"{self._up()} ({self._instead(option, otherwise)})"
        astray = self.bends >= FEWEST_BENDS and self.astray > MOST_ASTRAY * self.bends
        if astray and self.forward is not None and self.likely_forward not in (None, self.forward):
            opposite = self.likely_forward is not None and self.likely_forward[1] == self.forward[1]
            said["forward"] = (
                f"in {self.astray} of {self.bends} clear bends the trunk leans "
                f"{'backward' if opposite else 'aside'} by the axis named forward, {self.forward}, "
                f"as if forward were about {self.likely_forward} (name {option}forward "
                f"{self.likely_forward}, or {otherwise})"
            )
        if self.still_mps2 is not None and abs(self.still_mps2 / G_MPS2 - 1.0) > SCALE_OFF:
            said["scale"] = (
                f"at rest the accelerometer shows {self.still_mps2:.1f} m/s^2 and should show 9.8: "
                "its scale is wrong"
            )
        return said

    def _up(self) -> str:
        about = "" if self.likely_up in (None, self.up) else f" and was about {self.likely_up}"
        return (
            f"in {self.walked_s:.0f} s of walking, up lay {self.walked_deg or 0.0:.0f}° from the "
            f"axis named up ({self.up}){about}"
        )

    def _instead(self, option: str, otherwise: str) -> str:
        if self.likely_up in (None, self.up):
            return otherwise
        return f"name {option}up {self.likely_up}, or {otherwise}"


def look_at_axes(pieces: Iterable[Gravity], up: str, forward: str | None) -> NamedAxes:
    """Hold the named axes against walking and bending; each piece has a clock of its own."""
    seen = list(pieces)
    named_up = np.array(AXES[up])
    walked = walked_up(seen)
    bends = np.concatenate(
        [np.empty((0, 3)), *_bends(seen, named_up if walked is None else walked)]
    )
    astray, likely_forward = 0, None
    if forward is not None and len(bends) > 0:
        least = math.cos(math.radians(ASTRAY_DEG))
        off = bends[bends @ np.array(AXES[forward]) < least]
        astray = len(off)
        others = [name for name in AXES if name[1] != up[1]]
        likely_forward = _nearest(off.mean(axis=0), others) if astray else None
    still = np.concatenate(
        [np.empty(0), *(one.norms[one.deviations < STILL_DEVIATION_MPS2] for one in seen)]
    )
    number = sum(len(one.norms) for one in seen)
    plain = sum(int(_settled(one).sum()) for one in seen)
    return NamedAxes(
        up,
        forward,
        plain / number if number else 1.0,
        sum(float(one.walking().sum()) * one.half_s for one in seen),
        None if walked is None else angle_deg(named_up, walked),
        None if walked is None else _nearest(walked, list(AXES)),
        len(bends),
        astray,
        likely_forward,
        float(np.median(still)) if len(still) >= FEWEST_STILL else None,
    )


def _settled(seen: Gravity) -> NDArray[np.bool_]:
    """In which half seconds the mean is about as long as gravity, shape (n,)."""
    return (seen.norms > GRAVITY_MPS2[0]) & (seen.norms < GRAVITY_MPS2[1])


def _bends(seen: list[Gravity], about: Floats) -> list[Floats]:
    """Where each clear bend went, level and in sensor axes, shape (1, 3) each."""
    rests = [
        one.directions(_settled(one) & (one.deviations < STILL_DEVIATION_MPS2)) for one in seen
    ]
    near = np.concatenate([np.empty((0, 3)), *rests])
    near = near[near @ about > math.cos(math.radians(NEAR_DEG))]
    if len(near) == 0:
        return []
    stood = near.mean(axis=0) / np.linalg.norm(near.mean(axis=0))
    out = []
    for one in seen:
        settled = _settled(one)
        tilt = np.zeros(len(one.norms))
        tilt[settled] = np.arccos(np.clip(one.directions(settled) @ stood, -1, 1))
        upright = settled & (tilt < UPRIGHT_RAD)
        beside = max(1, round(BESIDE_S / one.half_s))
        edges = np.flatnonzero(np.diff((tilt > BENT_RAD).astype(np.int8), prepend=0, append=0))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            peak = start + int(tilt[start:stop].argmax())
            if not SHORTEST_S <= (stop - start) * one.half_s <= LONGEST_S or tilt[peak] < DEEP_RAD:
                continue
            if one.deviations[max(0, start - beside) : stop + beside].max() > GENTLE_MPS2:
                continue
            lying = (one.deviations < STILL_DEVIATION_MPS2)[start:stop] & (
                tilt[start:stop] > LYING_RAD
            )
            if lying.sum() * one.half_s > REST_S:
                continue
            before, after = upright[max(0, start - beside) : start], upright[stop : stop + beside]
            if not (before.any() and after.any()):
                continue
            # Up moves towards the back of the body as the trunk leans forward.
            level = (one.means[peak] @ stood) * stood - one.means[peak]
            out.append(level[None, :] / np.linalg.norm(level))
    return out


def _nearest(direction: Floats, names: list[str]) -> str | None:
    """The axis within 45 deg of a direction, shape (3,), by name; None without any."""
    length = float(np.linalg.norm(direction))
    best = max(names, key=lambda name: float(np.dot(AXES[name], direction)))
    along = float(np.dot(AXES[best], direction))
    return best if along > length * math.cos(math.radians(NEAR_DEG)) else None
