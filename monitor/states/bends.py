"""Bends of the trunk and bends that look like a lift."""

from dataclasses import dataclass, field

import numpy as np

from monitor.states.history import (
    ACC_VERTICAL,
    LATERAL,
    LEAN_MAX,
    LEAN_MIN,
    LEAN_RATE,
    SAGITTAL,
    TURN_RATE,
    History,
)
from monitor.states.transitions import vertical_speed_mps


@dataclass(frozen=True, slots=True)
class Params:
    """Definitions of ergonomics.md C3; those without a published source are ours."""

    enter_rad: float = 0.5236  # 30 deg; ergonomics.md C3
    leave_rad: float = 0.3491  # 20 deg; ergonomics.md C3, the 20 deg cut of ISO 11226
    shortest_s: float = 0.3  # s; ergonomics.md C3
    longest_s: float = 25.0  # s; longer is a held posture, counted as such. Ours, ADR 5
    confirm_s: float = 2.0  # s; waited for a sitting down that would explain the bend. Ours
    deep_rad: float = 1.0472  # 60 deg; ISO 11226 and EN 1005-4
    very_deep_rad: float = 1.5708  # 90 deg; ergonomics.md C3
    lift_peak_rad: float = 0.6981  # 40 deg; ergonomics.md C3, range 30 to 60
    lift_descent_s: tuple[float, float] = (0.3, 3.0)  # s; ergonomics.md C3
    lift_dwell_s: float = 4.0  # s; ergonomics.md C3
    lift_return_s: tuple[float, float] = (0.3, 4.0)  # s; ergonomics.md C3
    lift_total_s: float = 10.0  # s; ergonomics.md C3
    lift_rise_mps: float = 0.2  # m/s; upward speed in the return, ergonomics.md C3
    plateau: float = 0.9  # of the peak; where descent ends and return begins. Ours
    turned_peak_rad: float = 0.8727  # 50 deg; with the turn below, a demanding lift (C3)
    turned_rad: float = 0.5236  # 30 deg; turn while bent, ergonomics.md C3
    index_flag: float = 60.0  # of 100; ergonomics.md C3


@dataclass(slots=True)
class State:
    """The bend under way and those waiting for a sitting down."""

    low: int = 0  # the last hop below `leave_rad`
    opened: int | None = None
    waiting: list[tuple[int, int, int]] = field(default_factory=list)  # start, stop, due


@dataclass(frozen=True, slots=True)
class Bend:
    """One bend over hops `[start, stop)`, with its measures (docs/analysis.md)."""

    start: int
    stop: int
    lift: bool
    confidence: float
    values: dict[str, float]
    flags: tuple[str, ...]


def advance(
    params: Params,
    state: State,
    history: History,
    start: int,
    stop: int,
    *,
    explained: list[tuple[int, int]],
) -> list[Bend]:
    """Look at hops `[start, stop)`; `explained` are recent hop ranges of
    sitting down, lying or falling, whose leaning is no bend."""
    block = history.window(start, stop)
    if state.opened is not None or float(block[:, LEAN_MAX].max()) >= params.leave_rad:
        _follow(params, state, history, start, stop)
    else:
        state.low = stop - 1
    return _settle(params, state, history, stop, explained)


def flush(
    params: Params, state: State, history: History, *, explained: list[tuple[int, int]]
) -> list[Bend]:
    """Decide what still waits: nobody can sit down any more in this segment."""
    longest = history.stop + history.hops(params.confirm_s)
    return _settle(params, state, history, longest, explained)


def _settle(
    params: Params, state: State, history: History, due: int, explained: list[tuple[int, int]]
) -> list[Bend]:
    found = []
    while state.waiting and state.waiting[0][2] <= due:
        begin, end, _ = state.waiting.pop(0)
        if not any(begin < other_end and other_start < end for other_start, other_end in explained):
            found.append(_measure(params, history, begin, end))
    return found


def _follow(params: Params, state: State, history: History, start: int, stop: int) -> None:
    block = history.window(start, stop)
    low, high = block[:, LEAN_MIN].tolist(), block[:, LEAN_MAX].tolist()
    for offset in range(stop - start):
        hop = start + offset
        if state.opened is None:
            if low[offset] < params.leave_rad:
                state.low = hop
            if high[offset] >= params.enter_rad:
                state.opened = state.low
        if state.opened is not None and low[offset] < params.leave_rad and hop > state.opened:
            duration_s = (hop - state.opened) * history.hop_s
            peaked = float(history.window(state.opened, hop + 1)[:, LEAN_MAX].max())
            if peaked < params.enter_rad:
                continue
            if params.shortest_s <= duration_s <= params.longest_s:
                due = hop + 1 + history.hops(params.confirm_s)
                state.waiting.append((state.opened, hop + 1, due))
            state.opened, state.low = None, hop


def _measure(params: Params, history: History, start: int, stop: int) -> Bend:
    rows, hop_s = history.window(start, stop), history.hop_s
    lean = rows[:, LEAN_MAX]
    peak = float(lean.max())
    high = np.flatnonzero(lean >= params.plateau * peak)
    descent_s = float(high[0]) * hop_s
    dwell_s = float(high[-1] - high[0] + 1) * hop_s
    return_s = float(len(rows) - 1 - high[-1]) * hop_s
    duration_s = len(rows) * hop_s
    rate = rows[:, LEAN_RATE]
    lean_acc = np.diff(rate) / hop_s
    bent = rows[:, SAGITTAL] > params.leave_rad
    turn = np.cumsum(rows[bent, TURN_RATE]) * hop_s
    turned = float(turn.max() - turn.min()) if len(turn) else 0.0
    rising = vertical_speed_mps(rows[:, ACC_VERTICAL], hop_s)[int(high[-1]) :]
    rise_mps = float(rising.max()) if len(rising) else 0.0
    lateral = rows[:, LATERAL]
    values = {
        "peak_sagittal_deg": float(np.degrees(peak)),
        "peak_lateral_deg": float(np.degrees(lateral[int(np.abs(lateral).argmax())])),
        "peak_bend_velocity_degps": float(np.degrees(rate.max())),
        "peak_return_velocity_degps": float(np.degrees(-rate.min())),
        "mean_velocity_degps": float(np.degrees(np.abs(rate).mean())),
        "peak_acceleration_degps2": float(np.degrees(np.abs(lean_acc).max()))
        if len(lean_acc)
        else 0.0,
        "turn_deg": float(np.degrees(turned)),
        "peak_turn_rate_degps": float(np.degrees(np.abs(rows[:, TURN_RATE]).max())),
        "duration_s": duration_s,
        "descent_s": descent_s,
        "dwell_s": dwell_s,
        "return_s": return_s,
        "descent_return_ratio": descent_s / return_s if return_s > 0 else 0.0,
        "rise_mps": rise_mps,
    }
    lift, confidence = _lift(params, peak, descent_s, dwell_s, return_s, duration_s, rise_mps)
    parts = technique_index(values) if lift else {}
    values |= parts
    flags = []
    if peak >= params.very_deep_rad:
        flags.append("very_deep")
    elif peak >= params.deep_rad:
        flags.append("deep")
    turned_while_bent = peak > params.turned_peak_rad and turned > params.turned_rad
    if turned_while_bent:
        flags.append("turned_while_bent")
    if lift and (turned_while_bent or parts["index"] >= params.index_flag):
        flags.append("demanding")
    return Bend(start, stop, lift, confidence, values, tuple(flags))


def _lift(
    params: Params,
    peak: float,
    descent_s: float,
    dwell_s: float,
    return_s: float,
    total_s: float,
    rise_mps: float,
) -> tuple[bool, float]:
    """Whether a bend looks like a lift, and how sure that it is what it is called."""
    lift = (
        peak >= params.lift_peak_rad
        and params.lift_descent_s[0] <= descent_s <= params.lift_descent_s[1]
        and dwell_s <= params.lift_dwell_s
        and params.lift_return_s[0] <= return_s <= params.lift_return_s[1]
        and total_s <= params.lift_total_s
        and rise_mps >= params.lift_rise_mps
    )
    if not lift:
        return False, 0.8
    # The upward speed is the only sign of a lift beyond a bend: twice the least is sure enough.
    return True, 0.5 + 0.4 * float(np.clip(rise_mps / params.lift_rise_mps - 1.0, 0.0, 1.0))


def ramp(value: float, low: float, high: float) -> float:
    """0 at `low` and below, 1 at `high` and above."""
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def technique_index(values: dict[str, float]) -> dict[str, float]:
    """Lift technique index, 0 to 100, higher is more demanding, with its four parts.

    ergonomics.md C3. It ramps velocity over the person's own baseline day; before there is
    one, over 30 to 120 deg/s, about the 10 to 90 % range of stoops in algorithms.md section 4.
    """
    parts = {
        "index_depth": 40 * ramp(values["peak_sagittal_deg"], 30, 90),
        "index_velocity": 25 * ramp(values["peak_bend_velocity_degps"], 30, 120),
        "index_turn": 20 * ramp(values["turn_deg"], 15, 45),
        "index_side": 15 * ramp(abs(values["peak_lateral_deg"]), 10, 30),
    }
    return {"index": sum(parts.values()), **parts}
