"""Stooped or squatted: how much of a bend came from the knees."""

import math
from dataclasses import dataclass

STOOP, SQUAT, UNKNOWN = "stoop", "squat", "unknown"


@dataclass(frozen=True, slots=True)
class Params:
    """How deep the sensor must sink, beyond what leaning explains, to be a squat."""

    squat_m: float = 0.22  # m; SisFall waist: .98 of stoops sink by .21 at most, squats more
    spread_m: float = 0.05  # m; over which confidence falls to a half at `squat_m`. SisFall
    arc_m: float = 0.42  # m; hip to sensor: leaning by a sinks it by arc (1 - cos a). Hypothesis
    arc_spread_m: float = 0.05  # m; added to `spread_m` where there is an arc to take off. Ours


def at_the_pelvis(params: Params) -> Params:
    """The same for a sensor that does not swing on the trunk: it sinks with the knees alone."""
    return Params(params.squat_m, params.spread_m, 0.0, 0.0)


def knee_depth_m(params: Params, sunk_m: float, lean_rad: float) -> float:
    """What is left of a sinking once the arc of a lean is taken off [m]."""
    return sunk_m - params.arc_m * (1.0 - math.cos(max(0.0, lean_rad)))


def judge(params: Params, depth_m: float, blur_m: float = 0.0) -> tuple[str, float]:
    """Stoop or squat from the depth beyond leaning, and confidence from .5 to 1.

    `blur_m` is what the depth may be wrong by more than after a movement between two rests.
    Nobody rises in a bend: a depth below zero is an error, and no surer than zero.
    """
    spread = params.spread_m + params.arc_spread_m + blur_m
    technique = SQUAT if depth_m > params.squat_m else STOOP
    beyond_m = abs(max(0.0, depth_m) - params.squat_m)
    return technique, 1.0 / (1.0 + math.exp(-2.0 * beyond_m / spread))
