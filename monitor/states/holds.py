"""How long the trunk has been held: one orientation, and a flexed one."""

import math
from dataclasses import dataclass, field

from monitor.model import Activity
from monitor.states.layout import Sight


@dataclass(frozen=True, slots=True)
class Params:
    """When the trunk is held; holding times of ISO 11226:2000."""

    reference_s: int = 30  # s; the reference is the mean of the first 30 s
    tolerance_rad: float = 0.1745  # 10 deg; range 5 to 20
    leave_s: int = 5  # s; shorter excursions do not end a static bout
    flexed_rad: float = 0.3491  # 20 deg; ISO 11226
    flexed_after_s: int = 4  # s; static posture, ISO 11226
    beyond_rad: float = 1.0472  # 60 deg; ISO 11226: not recommended, counted as 1 minute
    beyond_min: float = 1.0  # min; over 60 deg, as at 60 deg. Ours


@dataclass(slots=True)
class State:
    """The static bout and the dose of flexed holding."""

    since_ns: int | None = None
    seconds: int = 0
    sum_up: tuple[float, float, float] = (0.0, 0.0, 0.0)
    away: int = 0
    flexed_s: int = 0
    dose: float = 0.0
    recent: list[float] = field(default_factory=list)


# Tuples: an enum's hash costs more than five comparisons.
KEPT = (Activity.SIT, Activity.STAND, Activity.UPRIGHT, Activity.RECLINE)  # one orientation
FLEXED = (Activity.SIT, Activity.STAND, Activity.UPRIGHT, Activity.UNKNOWN)


def holding_time_min(lean_rad: float, params: Params) -> float:
    """Longest acceptable hold of a flexed trunk, ISO 11226:2000 [min]."""
    if lean_rad > params.beyond_rad:
        return params.beyond_min
    return 4.0 - 0.075 * (math.degrees(lean_rad) - 20.0)


def second(params: Params, state: State, sight: Sight, at_ns: int, activity: Activity) -> None:
    """Count the second that ends at `at_ns`."""
    if activity in KEPT:
        _static(params, state, sight, at_ns)
    else:
        state.since_ns = None
    _flexed(params, state, sight.lean_second, activity)


def _static(params: Params, state: State, sight: Sight, at_ns: int) -> None:
    x, y, z = sight.x, sight.y, sight.z
    size = max(math.hypot(x, y, z), 1e-9)
    x, y, z = x / size, y / size, z / size
    if state.since_ns is None:
        state.since_ns, state.seconds, state.away, state.sum_up = at_ns, 0, 0, (0.0, 0.0, 0.0)
    total = state.sum_up
    if state.seconds >= 5:
        along = total[0] * x + total[1] * y + total[2] * z
        cosine = along / max(math.hypot(*total), 1e-9)
        away = math.acos(min(1.0, max(-1.0, cosine))) >= params.tolerance_rad
        state.away = state.away + 1 if away else 0
        if state.away >= params.leave_s:
            state.since_ns = None
            return
    if state.seconds < params.reference_s and state.away == 0:
        state.sum_up = (total[0] + x, total[1] + y, total[2] + z)
    state.seconds += 1


def _flexed(params: Params, state: State, lean_rad: float, activity: Activity) -> None:
    bent = lean_rad >= params.flexed_rad and activity in FLEXED
    state.flexed_s = state.flexed_s + 1 if bent else 0
    if state.flexed_s > params.flexed_after_s:
        state.dose += 1.0 / (60.0 * holding_time_min(lean_rad, params))
    elif not bent:
        # Recovery at the rate at which a 20 deg hold fills. Ours
        state.dose = max(0.0, state.dose - 1.0 / 240.0)
