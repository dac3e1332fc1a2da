"""Whether the person walks: a strong and regular acceleration."""

from dataclasses import dataclass

import numpy as np

from monitor.states.history import NORM, NORM_SQ, History


@dataclass(frozen=True, slots=True)
class Params:
    """When a stretch counts as walking (design: algorithms.md section 0, hapt_waist)."""

    window_s: float = 4.0  # s; ergonomics.md C2: at least 4 s of steps
    deviation_mps2: float = 0.8  # m/s^2; algorithms.md section 0: standard deviation of |a|
    regularity: float = 0.4  # 0 to 1; algorithms.md section 0: autocorrelation of |a|
    recent_s: float = 1.0  # s; steps have stopped when this long is calm. Ours
    recent_deviation_mps2: float = 0.4  # m/s^2; half of `deviation_mps2`. Ours
    step_min_s: float = 0.35  # s; algorithms.md section 0: shortest step
    step_max_s: float = 1.2  # s; algorithms.md section 0: longest stride


def walking(params: Params, history: History, stop: int) -> bool:
    """Whether the window that ends at hop `stop` is walking."""
    rows = history.window(stop - history.hops(params.window_s), stop)
    if len(rows) < history.hops(params.window_s):
        return False
    recent = history.hops(params.recent_s)
    if acc_deviation_mps2(history, stop - recent, stop) < params.recent_deviation_mps2:
        return False
    norm = rows[:, NORM]
    mean = norm.mean()
    variance = rows[:, NORM_SQ].mean() - mean * mean
    if variance < params.deviation_mps2**2:
        return False
    x = norm - mean
    power = float((x * x).mean())
    if power <= 0.0:
        return False
    shortest, longest = history.hops(params.step_min_s), history.hops(params.step_max_s)
    best = max(float((x[:-lag] * x[lag:]).mean()) for lag in range(shortest, longest + 1))
    return best / power > params.regularity


def acc_deviation_mps2(history: History, start: int, stop: int) -> float:
    """Standard deviation of |a| at the full rate over hops `[start, stop)` [m/s^2]."""
    rows = history.window(start, stop)
    if len(rows) == 0:
        return 0.0
    mean = float(rows[:, NORM].mean())
    return float(np.sqrt(max(0.0, float(rows[:, NORM_SQ].mean()) - mean * mean)))
