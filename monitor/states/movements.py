"""Movements of the trunk from one rest to the next, and how far each raised or lowered it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.states import native
from monitor.states.history import (
    ACC_VERTICAL,
    GYR_SQ,
    LATERAL,
    NORM,
    NORM_MAX,
    NORM_SQ,
    SAGITTAL,
    UP,
    History,
    mean,
)
from monitor.states.layout import AFTER, BEFORE
from monitor.states.transitions import total

STANDARD_GRAVITY_MPS2 = 9.80665
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Params:
    """When the trunk rests, and what lies between two rests is one movement."""

    window_s: float = 0.4  # s; over which rest is judged; SisFall
    quiet_radps: float = 0.1396  # 8 deg/s; gyroscope RMS at rest; SisFall
    quiet_mps2: float = 0.25  # m/s^2; deviation of |a| at rest; .2 to .35 do the same on SisFall
    rest_s: float = 0.3  # s; shorter quiet is the turning point of a movement. SisFall D15
    on_level_mps2: float = 0.25  # m/s^2; by which |a| may differ from the rest before. Ours
    tilted_mps2: float = 1.5  # m/s^2 per rad; more, as offsets turn with the sensor. SisFall D16
    calm_s: float = 1.2  # s; after which a rest is one at whatever |a|. Ours
    level_s: float = 0.3  # s; of rest that the level before and after is taken from; SisFall
    shortest_s: float = 0.25  # s; anything shorter is a twitch; SisFall
    longest_s: float = 7.0  # s; heights of longer movements are lost to drift; SisFall
    landed: float = 0.85  # of a lowering or rise; before is on the way, after is there. SisFall


@dataclass(slots=True)
class State:
    """The run of quiet hops and the movement under way."""

    calm: int = 0  # consecutive hops without turning or shaking up to now
    quiet: int = 0  # of these, consecutive ones that feel as the rest before
    level_mps2: float = 0.0  # |a| at the rest before
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)  # then
    rested: bool = False  # whether a rest has been seen in this segment
    moving: int | None = None  # hop at which the present movement began


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """What happened over hops `[start, stop)`; angles [rad], heights [m].

    Attributes:
        long: longer than a height can be followed; `rise_m` and what depends on it are 0.
        before, after: mean up vector at rest at either end, shape (3,).
        lean_before, lean_after, lean_peak: forward lean at either end and its largest between.
        lateral_before, lateral_after: rightward lean at either end.
        rise_m: height at the end against the start.
        lowest_m: lowest height on the way, against the start.
        dip_m: depth below the straight line from the start to the end.
        settle_back: how far the trunk comes back up once `landed` of a lowering is done:
            people swing back onto a chair, and do not in a squat.
        lean_ahead: how far the trunk has leant forward by the time 1 - `landed` of a rise is
            done: people shift their weight to their feet before leaving a chair.
        hardest_mps2, lightest_mps2: extremes of the vertical acceleration.
        peak_g: largest specific force.
    """

    start: int
    stop: int
    long: bool
    before: Floats
    after: Floats
    lean_before: float
    lean_after: float
    lean_peak: float
    lateral_before: float
    lateral_after: float
    rise_m: float
    lowest_m: float
    dip_m: float
    settle_back: float
    lean_ahead: float
    hardest_mps2: float
    lightest_mps2: float
    peak_g: float


def follow(
    params: Params, state: State, history: History, start: int, stop: int
) -> list[tuple[int, int, int]]:
    """Movements known to be over with hops `[start, stop)`: first hop, end, and hop when known.

    Whether a hop is quiet is known half a window later: of hop k at hop k + window // 2 - 1.
    """
    found = []
    window = history.hops(params.window_s)
    ahead = max(0, (window + 1) // 2 - 1)
    needed = history.hops(params.rest_s)
    calm_enough = history.hops(params.calm_s)
    gyr_limit, acc_limit = params.quiet_radps**2, params.quiet_mps2**2
    for hop in range(start, stop):
        recent = history.window(hop + 1 - window, hop + 1)
        if len(recent) < window:
            continue
        turning = total(recent[:, GYR_SQ].tolist()) / window
        felt = total(recent[:, NORM].tolist()) / window
        square = total(recent[:, NORM_SQ].tolist()) / window
        up = recent[-1, UP].tolist()
        centre = hop - ahead
        if turning >= gyr_limit or square - felt * felt >= acc_limit:
            state.calm = state.quiet = 0
        else:
            state.calm += 1
            state.quiet = state.quiet + 1 if _on_level(params, state, felt, up) else 0
        resting = state.quiet if state.quiet >= needed else state.calm
        if state.quiet >= needed or state.calm >= calm_enough:
            if state.moving is not None:
                end = centre - resting + 1
                if (end - state.moving) * history.hop_s >= params.shortest_s:
                    found.append((state.moving, end, centre + 1))
                state.moving = None
                state.rested = False
            gain = 0.1 if state.rested else 1.0
            state.level_mps2 += gain * (felt - state.level_mps2)
            state.up = (up[0], up[1], up[2])
            state.rested = True
        elif state.moving is None and state.rested and state.quiet == 0:
            state.moving = centre
    return found


def _on_level(params: Params, state: State, mean_mps2: float, up: list[float]) -> bool:
    """Whether |a| is what it was at the rest before: in a smooth descent it is not."""
    if not state.rested:
        return True
    x, y, z = state.up
    tilt = math.acos(min(1.0, max(-1.0, x * up[0] + y * up[1] + z * up[2])))
    within = params.on_level_mps2 + params.tilted_mps2 * tilt
    return abs(mean_mps2 - state.level_mps2) < within


def describe(
    params: Params,
    history: History,
    start: int,
    stop: int,
    known: int,
    *,
    compiled: bool = native.COMPILED,
) -> Movement:
    """What happened over hops `[start, stop)`, at rest before and, up to hop `known`, after.

    Of a movement longer than the history only the end is described.
    """
    long = (stop - start) * history.hop_s > params.longest_s
    level = history.hops(params.level_s)
    start = max(start, history.first + level)  # who walked for minutes left where long ago
    first, last = max(start - level, history.first), max(stop, min(stop + level, known))
    rows = history.window(first, last)
    measure = native.movement if compiled else figures
    found = measure(rows, start - first, stop - start, history.hop_s, params.landed, flat=long)
    return Movement(
        start, stop, long, np.array(found[BEFORE]), np.array(found[AFTER]), *found[AFTER.stop :]
    )


def figures(
    rows: Floats, lead: int, n: int, hop_s: float, landed: float, *, flat: bool
) -> list[float]:
    """`Movement` from `before` on: `rows` has `lead` rows of rest before its `n`, others after."""
    ends = (rows[: max(lead, 1)], rows[lead + n :] if len(rows) > lead + n else rows[-1:])
    inside = rows[lead : lead + n]
    before, after = (end[:, UP].mean(axis=0) for end in ends)
    lean_before, lean_after = (mean(end[:, SAGITTAL]) for end in ends)
    lean = inside[:, SAGITTAL]
    acc, height = _height(inside, ends, before, after, hop_s, flat=flat)
    rise, lowest = float(height[-1]), float(height.min())
    settle_back = lean_ahead = 0.0
    if lowest < 0.0:
        at = int((height <= landed * lowest).argmax())
        settle_back = float(lean[at:].max()) - lean_after
    if rise > 0.0:
        leaving = int((height >= (1.0 - landed) * rise).argmax())
        lean_ahead = float(lean[leaving]) - lean_before
    return [
        *before.tolist(),
        *after.tolist(),
        lean_before,
        lean_after,
        float(lean.max()),
        mean(ends[0][:, LATERAL]),
        mean(ends[1][:, LATERAL]),
        rise,
        lowest,
        -float((height - rise * np.arange(1, n + 1) / n).min()),
        settle_back,
        lean_ahead,
        float(acc.max()),
        float(acc.min()),
        float(inside[:, NORM_MAX].max()) / STANDARD_GRAVITY_MPS2,
    ]


def _height(
    inside: Floats,
    ends: tuple[Floats, Floats],
    before: Floats,
    after: Floats,
    hop_s: float,
    *,
    flat: bool,
) -> tuple[Floats, Floats]:
    """Vertical acceleration [m/s^2] and height [m] of a movement that begins and ends at rest.

    What is left of the acceleration at rest is the sensor's offset seen through its attitude:
    it is taken off in proportion to how far the attitude has gone from one end to the other.
    What speed is then left at the end is drift, and taken off as a ramp.
    """
    n = len(inside)
    ramp = np.arange(1, n + 1) / n
    way = after - before
    x, y, z = way.tolist()
    length_sq = x * x + y * y + z * z
    if length_sq > 0.03:
        gone = inside[:, UP] - before  # spelt out below: BLAS may round by memory alignment
        share = np.clip((gone[:, 0] * x + gone[:, 1] * y + gone[:, 2] * z) / length_sq, -0.2, 1.2)
    else:
        share = ramp
    first, last = (mean(end[:, ACC_VERTICAL]) for end in ends)
    acc: Floats = inside[:, ACC_VERTICAL] - (first + (last - first) * share)
    if flat:
        return acc, np.zeros(n)
    speed = np.cumsum(acc) * hop_s
    height: Floats = np.cumsum(speed - speed[-1] * ramp) * hop_s
    return acc, height
