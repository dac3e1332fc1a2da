"""How a held posture looks to the sensor: odds of standing against sitting."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.states.history import BLOCK, NORM, NORM_SQ, UP, VALID, History

FEATURES = (
    "tilt_deg",  # of the mean direction of up from standing
    "back_deg",  # its part backward, as the pelvis goes in sitting down
    "side_deg",  # its part to the right
    "along_deg",  # its part in the direction in which this wearer tips far, see `State.toward`
    "unrest",  # ln of the RMS of the acceleration about its mean [m/s^2]
    "bounce",  # ln of the standard deviation of |a| [m/s^2]
    "sway",  # ln of the share of that RMS, squared, in fore-and-aft sway at 0.3 to 0.8 Hz
    "shake",  # ln of the share of the variance of |a| at 0.8 to 3 Hz
)
SPECTRAL = ("sway", "shake")
ALONG = "along_deg"
SWAY_HZ = (0.3, 0.8)  # Hz; tried on chest_desk. Ours
SHAKE_HZ = (0.8, 3.0)  # Hz; tried on chest_desk. Ours
STEEPEST_DEG = 90.0  # deg; parts of the tilt are clipped here
FLOOR_MPS2 = 0.01  # m/s^2; below any sensor's noise
FLOOR_POWER = 1e-5  # (m/s^2)^2; the same for shares of power


@dataclass(frozen=True, slots=True)
class Params:
    """Which features speak, and how much; made by tools/train_activity.py, see weights.py."""

    features: tuple[str, ...] = ()  # names of FEATURES; none: posture tells nothing here
    weights: tuple[float, ...] = ()  # odds (ln) of standing per unit of each feature
    within: tuple[tuple[float, float], ...] = ()  # the range of each feature that was learnt from
    bias: float = 0.0  # odds (ln) of standing with every feature at zero
    window_s: float = 5.0  # s; one look; tried on hapt_waist. Ours
    least_s: float = 2.0  # s; of a posture before a first look, if no feature is spectral. Ours
    span_s: float = 15.0  # s; looks further back than this are forgotten
    trust_s: float = 2.0  # s; of looking that make half of the longest look's odds. Ours
    most: float = 5.0  # odds (ln); no posture is surer than this. Ours
    every: int = 1  # blocks of half a second between looks
    far_deg: tuple[float, float] = (15.0, 60.0)  # deg; only sitting tips a pelvis so. hapt_waist
    ahead: float = -0.3  # of the tilt, backward; less is leaning ahead, however named. Ours
    toward_s: float = 900.0  # s; memory of that direction. Ours


@dataclass(frozen=True, slots=True)
class Look:
    """What hops `[start, stop)` of a bout looked like, and its tilt [deg]: back, side."""

    start: int
    stop: int
    values: tuple[float, ...]
    tilt: tuple[float, float]


@dataclass(slots=True)
class State:
    """Looks at the present bout, oldest first.

    Attributes:
        toward: sum of the far tilts of this wearer [deg s]: back, side. A sensor at the waist
            may be clipped anywhere from the belly to the hip and be named by either axis, so
            the direction in which sitting tips it is learnt. It outlives the bout.
    """

    looks: list[Look] = field(default_factory=list)
    toward: tuple[float, float] = (0.0, 0.0)


def look(params: Params, state: State, history: History, bout: int, stop: int) -> None:
    """Look at what has been seen of the bout that began at hop `bout`, if it is time to."""
    if not params.features or not history.forward_known or stop % (params.every * BLOCK) != 0:
        return
    start = max(bout, stop - history.hops(params.window_s))
    found = describe(params, history, start, stop)
    if found is None:
        return
    if ALONG in params.features:
        length_s = params.every * BLOCK * history.hop_s
        state.toward = learnt(params, state.toward, found.tilt, length_s)
    state.looks.append(found)


def learnt(
    params: Params, toward: tuple[float, float], tilt: tuple[float, float], length_s: float
) -> tuple[float, float]:
    """The direction of far tilts once one more, back and side [deg], has lasted for a while."""
    back, side = tilt
    far = math.hypot(back, side)
    if not params.far_deg[0] < far < params.far_deg[1] or back < params.ahead * far:
        return toward
    kept = math.exp(-length_s / params.toward_s)
    return kept * toward[0] + length_s * back, kept * toward[1] + length_s * side


def along_deg(toward: tuple[float, float], tilt: tuple[float, float]) -> float:
    """The part of a tilt in the direction learnt; all of it before there is one."""
    length = math.hypot(*toward)
    if length == 0.0:
        return math.hypot(*tilt)
    return (tilt[0] * toward[0] + tilt[1] * toward[1]) / length


def odds(params: Params, state: State, history: History, stop: int) -> float:
    """Odds (ln) of standing from the looks up to hop `stop`; 0 when nothing speaks.

    Looks at one bout resemble each other, so their mean counts once, not each of them.
    """
    oldest = stop - history.hops(params.span_s)
    state.looks = [one for one in state.looks if one.start >= oldest and one.stop <= stop]
    if not state.looks:
        return 0.0
    found = params.bias
    for index, weight in enumerate(params.weights):
        if params.features[index] == ALONG:
            total = sum(along_deg(state.toward, one.tilt) for one in state.looks)
        else:
            total = sum(one.values[index] for one in state.looks)
        mean = total / len(state.looks)
        if params.within and not params.within[index][0] <= mean <= params.within[index][1]:
            return 0.0  # unlike anything learnt from: another sensor, or another way to wear it
        found += weight * mean
    seen_s = (state.looks[-1].stop - state.looks[0].start) * history.hop_s
    trust = seen_s / (seen_s + params.trust_s) * (params.span_s + params.trust_s) / params.span_s
    return min(params.most, max(-params.most, found * min(1.0, trust)))


def describe(params: Params, history: History, start: int, stop: int) -> Look | None:
    """The features of hops `[start, stop)`; None where there is too little to see.

    What has to be learnt of the wearer first is zero, see `odds`.
    """
    spectral = any(name in SPECTRAL for name in params.features)
    rows = history.window(start, stop)
    needed_s = params.window_s if spectral else params.least_s
    if len(rows) < history.hops(needed_s) or float(rows[:, VALID].min()) < 0.5:
        return None
    norm, up = rows[:, NORM], rows[:, UP]
    # Gravity's direction times the measured size: the slow part of the acceleration, from
    # sensors with and without a gyroscope alike.
    slow = up * norm[:, None]
    mean = slow.mean(axis=0)
    level = float(norm.mean())
    power = float(rows[:, NORM_SQ].mean())
    unrest = max(0.0, power - float((mean * mean).sum()))
    bounce = max(0.0, power - level * level)
    x, y, z = (float(value) for value in mean)
    tilt = (_clipped_deg(x, z), _clipped_deg(y, z))
    found = {
        "tilt_deg": math.degrees(math.atan2(math.hypot(x, y), z)),
        "back_deg": tilt[0],
        "side_deg": tilt[1],
        ALONG: 0.0,
        "unrest": math.log(math.sqrt(unrest) + FLOOR_MPS2),
        "bounce": math.log(math.sqrt(bounce) + FLOOR_MPS2),
    }
    if spectral:
        sway = _power(slow[:, 0], history.hop_s, SWAY_HZ)
        shake = _power(norm, history.hop_s, SHAKE_HZ)
        found["sway"] = math.log((sway + FLOOR_POWER) / (unrest + FLOOR_POWER))
        found["shake"] = math.log((shake + FLOOR_POWER) / (bounce + FLOOR_POWER))
    return Look(start, stop, tuple(found[name] for name in params.features), tilt)


def _clipped_deg(part: float, up: float) -> float:
    angle = math.degrees(math.atan2(part, up))
    return min(STEEPEST_DEG, max(-STEEPEST_DEG, angle))


def _power(x: NDArray[np.float64], hop_s: float, band_hz: tuple[float, float]) -> float:
    """Power of a column within a band, Hann window [unit of x squared]."""
    n = len(x)
    window = np.hanning(n + 1)[:-1]
    spectrum = np.abs(np.fft.rfft((x - x.mean()) * window)) ** 2
    low, high = (math.ceil(edge * n * hop_s - 1e-6) for edge in band_hz)
    return float(spectrum[low:high].sum()) * 2.0 / (n * float((window * window).sum()))
