"""Getting up and sitting down, from the rise and fall of the body."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.model import EventKind
from monitor.states import native
from monitor.states.history import NORM, UP, History, mean

Direction = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Params:
    """Figures tried on hapt_waist and chest_desk."""

    open_mps2: float = 0.35  # m/s^2; 0.6 s RMS of |a| about its quiet level
    close_mps2: float = 0.22  # m/s^2; the same
    rms_s: float = 0.6  # s
    calm_s: float = 1.0  # s; over which a new level of rest is found. Ours
    calm_mps2: float = 0.12  # m/s^2; standard deviation of |a| that is calm. Ours
    longest_s: float = 10.0  # s; a movement this long is closed as it stands
    pad_s: float = 0.5  # s; added at both ends
    shortest_move_s: float = 0.8  # s
    longest_move_s: float = 6.0  # s
    turn_rad: float = 1.134  # 65 deg; more than this between before and after is another thing
    rise_mps: float = 0.35  # m/s; least upward speed of getting up
    rise_excess_mps: float = 0.25  # m/s; by which up must outweigh down
    # s; with the pad: .98 of those who rise take as long, steps on stairs and jumps 1.3 to 1.6.
    # SisFall D05 to D10, D19
    rise_s: float = 1.9
    sink_mps: float = -0.28  # m/s; least downward speed of sitting down
    sink_excess_mps: float = -0.18  # m/s
    # s; with the pad: quick people sit down in 1.4 s (SisFall D08), stops are less
    sink_s: float = 1.9
    # rad; 7 deg by which the trunk leaves both its ends on the way: .98 of those who use a
    # chair (SisFall D07 to D10, hapt_waist); braking and steps stay within 3 to 6 (lowback_gait)
    swing_rad: float = 0.1222
    most_peaks: int = 5  # of the speed while getting up; more is some other activity
    quiet_gain: float = 0.02  # per hop; how fast the quiet level of |a| follows


@dataclass(slots=True)
class State:
    """The movement under way."""

    quiet_mps2: float | None = None  # level of |a| at rest: takes the sensor's scale error out
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One movement over hops `[start, stop)`: getting up, sitting down, or (None) neither seen."""

    kind: EventKind | None
    start: int
    stop: int
    speed_mps: float


def follow(
    params: Params, state: State, history: History, start: int, stop: int, *, gait: bool
) -> list[tuple[int, int]]:
    """Movements [start, stop) that are over with hops `[start, stop)`, by the swing of |a|.

    While walking, a movement starts anew each block.
    """
    found = []
    length, calm = history.hops(params.rms_s), history.hops(params.calm_s)
    for hop in range(start, stop):
        norms = history.window(hop + 1 - calm, hop + 1)[:, NORM].tolist()
        norm = norms[-1]
        if state.quiet_mps2 is None:
            state.quiet_mps2 = norm
        level = total(norms) / len(norms)
        spread = total((value - level) * (value - level) for value in norms) / len(norms)
        if len(norms) == calm and spread < params.calm_mps2**2:
            state.quiet_mps2 = level  # a level that holds still is the level of rest
        offs = [value - state.quiet_mps2 for value in norms[-length:]]
        rms = math.sqrt(total(off * off for off in offs) / len(offs))
        if state.opened is None:
            if rms > params.open_mps2:
                state.opened = hop + 1 - length
            else:
                state.quiet_mps2 += params.quiet_gain * (norm - state.quiet_mps2)
        elif rms < params.close_mps2 or (hop - state.opened) * history.hop_s >= params.longest_s:
            found.append((state.opened, hop + 1))
            state.opened = None
    if gait and state.opened is not None:
        state.opened = stop - length
    return found


def total(values: Iterable[float]) -> float:
    """Added up from left to right; since Python 3.12 `sum` corrects what is rounded away."""
    found = 0.0
    for value in values:
        found += value
    return found


def judge(
    params: Params,
    history: History,
    start: int,
    stop: int,
    *,
    compiled: bool = native.COMPILED,
) -> Transition:
    """What a movement over hops `[start, stop)` was."""
    pad = history.hops(params.pad_s)
    begin, end = max(start - pad, history.first), min(stop, history.stop)
    duration_s = (end - begin) * history.hop_s
    if not params.shortest_move_s <= duration_s <= params.longest_move_s + 2 * params.pad_s:
        return Transition(None, begin, end, 0.0)
    rows = history.window(begin, end)
    top, bottom, peaks = (native.rise if compiled else figures)(rows, history.hop_s)
    kind, speed_mps = None, 0.0
    if (
        top >= params.rise_mps
        and top + bottom >= params.rise_excess_mps
        and duration_s >= params.rise_s
        and peaks <= params.most_peaks
    ):
        kind, speed_mps = EventKind.SIT_TO_STAND, top
    elif (
        bottom <= params.sink_mps
        and top + bottom <= params.sink_excess_mps
        and duration_s >= params.sink_s
    ):
        kind, speed_mps = EventKind.STAND_TO_SIT, bottom
    if kind is not None:
        before, after = _up(rows[:3]), _up(rows[-3:])
        cosine = total(x * y for x, y in zip(before, after, strict=True))
        turned = math.acos(min(1.0, max(-1.0, cosine)))
        if turned > params.turn_rad or _swing_rad(rows, before, after) < params.swing_rad:
            kind, speed_mps = None, 0.0
    return Transition(kind, begin, end, speed_mps)


def figures(rows: NDArray[np.float64], hop_s: float) -> tuple[float, float, int]:
    """Of the speed that |a| adds up to: its extremes [m/s], and how many peaks it has."""
    speed = vertical_speed_mps(rows[:, NORM], hop_s)
    return float(speed.max()), float(speed.min()), _peaks(speed)


def _up(rows: NDArray[np.float64]) -> Direction:
    """Mean direction of up."""
    x, y, z = (total(column) for column in zip(*rows[:, UP].tolist(), strict=True))
    size = math.hypot(x, y, z)
    return x / size, y / size, z / size


def _swing_rad(rows: NDArray[np.float64], before: Direction, after: Direction) -> float:
    """How far the direction of up has been from both its ends at once."""
    (bx, by, bz), (ax, ay, az) = before, after
    nearest = 1.0
    for x, y, z in rows[:, UP].tolist():
        end = max(x * bx + y * by + z * bz, x * ax + y * ay + z * az)
        nearest = min(nearest, end / math.hypot(x, y, z))
    return math.acos(max(-1.0, nearest))


def vertical_speed_mps(acc: NDArray[np.float64], hop_s: float) -> NDArray[np.float64]:
    """Speed from an acceleration, shape (n,), that begins and ends at rest [m/s].

    The line through the ends takes out offsets; the linear ramp closes the speed at zero.
    """
    n = len(acc)
    ramp = _ramp(n)
    first, last = mean(acc[: min(3, n)]), mean(acc[-min(3, n) :])
    speed = np.cumsum(acc - (first + (last - first) * ramp)) * hop_s
    out: NDArray[np.float64] = speed - speed[-1] * ramp
    return out


@lru_cache(maxsize=64)  # most bends last 1 to 7 s
def _ramp(n: int) -> NDArray[np.float64]:
    """From 0 to 1, shape (n,)."""
    return np.linspace(0.0, 1.0, n)


def _peaks(speed: NDArray[np.float64]) -> int:
    """Local maxima of the speed that stand out from zero."""
    inner = speed[1:-1]
    return int(((inner > speed[:-2]) & (inner >= speed[2:]) & (np.abs(inner) > 0.05)).sum())
