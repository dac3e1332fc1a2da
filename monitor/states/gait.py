"""Whether the person walks: a strong and regular acceleration."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.states.history import NORM, NORM_SQ, History, mean

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Params:
    """When a stretch counts as walking; tried on hapt_waist."""

    window_s: float = 3.0  # s; six steps of a walk at 1.8 Hz, hapt_waist
    deviation_mps2: float = 0.8  # m/s^2; standard deviation of |a|; hapt_waist
    regularity: float = 0.4  # 0 to 1; autocorrelation of |a|; hapt_waist
    regularity_on: float = 0.2  # 0 to 1; the same, once walking: turns and last steps. Ours
    recent_s: float = 1.0  # s; steps have stopped when this long is calm. Ours
    recent_deviation_mps2: float = 0.4  # m/s^2; half of `deviation_mps2`. Ours
    about_s: float = 0.5  # s; over which the first and last steps are placed. Ours
    edge_mps2: float = 0.3  # m/s^2; from which motion there belongs to them. lowback_gait
    step_min_s: float = 0.35  # s; shortest step; hapt_waist
    step_max_s: float = 1.2  # s; longest stride; hapt_waist


def walking(params: Params, history: History, stop: int, *, before: bool = False) -> bool:
    """Whether the window that ends at hop `stop` is walking; `onset` says since when.

    With `before`, the person walked until now, and it takes less to go on.
    """
    rows = history.window(stop - history.hops(params.window_s), stop)
    if len(rows) < history.hops(params.window_s):
        return False
    recent = history.hops(params.recent_s)
    if acc_deviation_mps2(history, stop - recent, stop) < params.recent_deviation_mps2:
        return False
    norm = rows[:, NORM]
    level = norm.mean()
    variance = rows[:, NORM_SQ].mean() - level * level
    if variance < params.deviation_mps2**2:
        return False
    regularity = params.regularity_on if before else params.regularity
    x = norm - level
    power = float((x * x).mean())
    if power <= 0.0:
        return False
    shortest, longest = history.hops(params.step_min_s), history.hops(params.step_max_s)
    best = max(float((x[:-lag] * x[lag:]).mean()) for lag in range(shortest, longest + 1))
    return best / power > regularity


def onset(params: Params, history: History, stop: int) -> int:
    """Hop since which the body has been in motion, as far as two windows back."""
    start, lively = _lively(params, history, stop)
    calm = np.flatnonzero(~lively)
    return start + int(calm[-1]) + 1 if len(calm) else start


def halt(params: Params, history: History, stop: int) -> int:
    """Hop at which the last motion before `stop` ended."""
    start, lively = _lively(params, history, stop)
    moving = np.flatnonzero(lively)
    return start + int(moving[-1]) + 1 if len(moving) else start


def _lively(params: Params, history: History, stop: int) -> tuple[int, NDArray[np.bool_]]:
    """First hop, and whether |a| varies about each hop as it does in walking, shape (n,)."""
    start = max(history.first, stop - 2 * history.hops(params.window_s))
    rows = history.window(start, stop)
    about, count = _about(history.hops(params.about_s), len(rows))
    mean = np.convolve(rows[:, NORM], about, "same") / count
    square = np.convolve(rows[:, NORM_SQ], about, "same") / count
    return start, square - mean * mean >= params.edge_mps2**2


@lru_cache(64)
def _about(hops: int, count: int) -> tuple[Floats, Floats]:
    """A window to sum over, and how many of `count` hops it then has, shapes (hops,) (count,)."""
    about = np.ones(hops)
    return about, np.convolve(np.ones(count), about, "same")


def acc_deviation_mps2(history: History, start: int, stop: int) -> float:
    """Standard deviation of |a| at the full rate over hops `[start, stop)` [m/s^2]."""
    rows = history.window(start, stop)
    if len(rows) == 0:
        return 0.0
    level = mean(rows[:, NORM])
    return math.sqrt(max(0.0, mean(rows[:, NORM_SQ]) - level * level))
