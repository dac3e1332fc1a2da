"""How a held posture looks to the sensor: odds of standing against sitting."""

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.states.history import BLOCK, NORM, NORM_SQ, UP, VALID, History

Array = NDArray[np.float64]

# Bands of sway. Shares of all motion in them need no calibration of a sensor's gain, and tell
# more of a chest than tilt does. chest_desk, ADR 13.
BANDS_HZ = (0.1, 0.3, 0.7, 1.5, 2.9, 5.3)  # Hz; between the bins of five seconds. Ours

TILT = "tilt_deg"  # of the mean direction of up from standing, see `State.zero`
ALONG = "along_deg"  # its part in the direction in which this wearer tips far, `State.toward`
BACK = "back_deg"  # its part backward, as the pelvis goes in sitting down
# ln of the share of the motion, i.e. of the power of the acceleration about its mean, that is
FORE = tuple(f"fore_{low}" for low in BANDS_HZ[:-1])  # fore-and-aft sway, from that frequency on
SIDE = tuple(f"side_{low}" for low in BANDS_HZ[:-1])  # sideways sway
BOUNCE = "bounce"  # change of |a|
BUZZ = "buzz"  # change of |a| within a tenth of a second

SPECTRAL = (*FORE, *SIDE, BOUNCE, BUZZ)
TILTS = (TILT, ALONG, BACK)
FEATURES = (*TILTS, *SPECTRAL)

STEEPEST_DEG = 90.0  # deg; parts of the tilt are clipped here
FLOOR_POWER = 1e-5  # (m/s^2)^2; below the noise of any sensor
RECALL_S = 30.0  # s; so far back it is asked what had been seen; over the longest movement. Ours


@dataclass(frozen=True, slots=True)
class Params:
    """Which features speak, and how much; made by tools/train_activity.py, see weights.py."""

    features: tuple[str, ...] = ()  # names of FEATURES; none: posture tells nothing here
    weights: tuple[float, ...] = ()  # odds (ln) of standing per unit of each feature
    within: tuple[tuple[float, float], ...] = ()  # the range of each feature that was learnt from
    bias: float = 0.0  # odds (ln) of standing with every feature at zero
    window_s: float = 5.0  # s; one look; tried on hapt_waist. Ours
    least_s: float = 2.0  # s; of a posture before a first look, if no feature is spectral. Ours
    fades_s: float = 3.0  # s; time constant with which looks of a bout are forgotten
    trust_s: float = 2.0  # s; of looking that make half of the longest look's odds. Ours
    dates_s: float = 15.0  # s; a posture named so soon is named since its bout began. Ours
    most: float = 5.0  # odds (ln); no posture is surer than this. Ours
    every: int = 1  # blocks of half a second between looks
    far_deg: tuple[float, float] = (15.0, 60.0)  # deg; only sitting tips a pelvis so. hapt_waist
    ahead: float = -0.3  # of the tilt, backward; less is leaning ahead, however named. Ours
    toward_s: float = 900.0  # s; memory of that direction. Ours
    zero_s: float = 15.0  # s; of standing with which a clip that moved is followed. Ours
    zero_from: float = 0.95  # belief in standing from which it is. Ours
    zero_most_deg: float = 12.0  # deg; at most so far; sitting tips further. hapt_waist


@dataclass(frozen=True, slots=True)
class Look:
    """What a bout has looked like up to hop `stop`, the last `fades_s` counting most.

    Attributes:
        seen_s: time looked at, as far as it is remembered.
        values: mean features; those of TILTS are zero, being told by `tilt`.
        tilt: mean direction of up from the calibrated standing [deg]: back, side.
    """

    stop: int
    seen_s: float
    values: tuple[float, ...]
    tilt: tuple[float, float]


@dataclass(slots=True)
class State:
    """Looks at the present bout, oldest first, and what is known of this wearer.

    Attributes:
        toward: sum of the far tilts of this wearer [deg s]: back, side. A sensor at the waist
            may be clipped anywhere from the belly to the hip and be named by either axis, so
            the direction in which sitting tips it is learnt. It outlives the bout.
        zero: how standing tilts it by now [deg]: back, side. Clips move. It outlives the bout.
    """

    looks: list[Look] = field(default_factory=list)
    toward: tuple[float, float] = (0.0, 0.0)
    zero: tuple[float, float] = (0.0, 0.0)


def look(params: Params, state: State, history: History, bout: int, stop: int) -> None:
    """Look at what has been seen of the bout that began at hop `bout`, if it is time to."""
    if not params.features or not history.forward_known or stop % (params.every * BLOCK) != 0:
        return
    start = max(bout, stop - history.hops(params.window_s))
    found = describe(params, history, start, stop)
    if found is None:
        return
    values, tilt = found
    step_s = params.every * BLOCK * history.hop_s
    if ALONG in params.features:
        back, side = tilt[0] - state.zero[0], tilt[1] - state.zero[1]
        state.toward = learnt(params, state.toward, (back, side), step_s)
    if state.looks:
        last = state.looks[-1]
        kept_s = last.seen_s * math.exp((last.stop - stop) * history.hop_s / params.fades_s)
        seen_s = kept_s + step_s
        old, new = kept_s / seen_s, step_s / seen_s
        values = tuple(old * a + new * b for a, b in zip(last.values, values, strict=True))
        tilt = (old * last.tilt[0] + new * tilt[0], old * last.tilt[1] + new * tilt[1])
    else:
        seen_s = (stop - start) * history.hop_s
    oldest = stop - history.hops(RECALL_S)
    state.looks = [one for one in state.looks if one.stop >= oldest]
    state.looks.append(Look(stop, seen_s, values, tilt))


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


def stood(params: Params, state: State, stand: float, block_s: float) -> None:
    """Follow a clip that moves, while the belief in standing is `stand`."""
    if stand < params.zero_from or not state.looks or ALONG not in params.features:
        return
    share = 1.0 - math.exp(-block_s / params.zero_s)
    back, side = (
        zero + share * (now - zero)
        for zero, now in zip(state.zero, state.looks[-1].tilt, strict=True)
    )
    shrink = min(1.0, params.zero_most_deg / max(math.hypot(back, side), 1e-9))
    state.zero = (back * shrink, side * shrink)


def odds(params: Params, state: State, history: History, stop: int) -> float:
    """Odds (ln) of standing from the looks up to hop `stop`; 0 when nothing speaks.

    Looks at one bout resemble each other, so their mean counts once, not each of them.
    """
    looks = state.looks
    while looks and looks[-1].stop > stop:
        looks.pop()
    if not looks:
        return 0.0
    last = looks[-1]
    found = params.bias
    values = features(params, state, last)
    for index, weight in enumerate(params.weights):
        if (
            params.within
            and not params.within[index][0] <= values[index] <= params.within[index][1]
        ):
            return 0.0  # unlike anything learnt from: another sensor, or another way to wear it
        found += weight * values[index]
    seen_s = last.seen_s * math.exp((last.stop - stop) * history.hop_s / params.fades_s)
    found *= trust(params, seen_s)
    return min(params.most, max(-params.most, found))


def trust(params: Params, seen_s: float) -> float:
    """How much of the odds counts after a while of looking, at most 1."""
    return min(1.0, seen_s / (seen_s + params.trust_s) * (1.0 + params.trust_s / params.fades_s))


def features(params: Params, state: State, seen: Look) -> tuple[float, ...]:
    """The mean features of a bout, as this wearer stands and sits."""
    if params.features[0] not in TILTS:
        return seen.values
    tilt = (seen.tilt[0] - state.zero[0], seen.tilt[1] - state.zero[1])
    found = {TILT: math.hypot(*tilt), ALONG: along_deg(state.toward, tilt), BACK: tilt[0]}
    return tuple(
        found.get(name, value) for name, value in zip(params.features, seen.values, strict=True)
    )


def describe(
    params: Params, history: History, start: int, stop: int
) -> tuple[tuple[float, ...], tuple[float, float]] | None:
    """Features and tilt (back, side) [deg] of hops `[start, stop)`; None: too little to see."""
    spectral = any(name in SPECTRAL for name in params.features)
    rows = history.window(start, stop)
    needed_s = params.window_s if spectral else params.least_s
    if len(rows) < history.hops(needed_s) or float(rows[:, VALID].min()) < 0.5:
        return None
    # Gravity's direction times the measured size: the slow part of the acceleration, from
    # sensors with and without a gyroscope alike.
    slow = rows[:, UP] * rows[:, NORM, None]
    x, y, z = (float(value) for value in slow.mean(axis=0))
    tilt = (_clipped_deg(x, z), _clipped_deg(y, z))
    if not spectral:
        return (0.0,) * len(params.features), tilt
    power = float(rows[:, NORM_SQ].mean())
    level = float(rows[:, NORM].mean())
    motion = power - (x * x + y * y + z * z)
    within_hop = power - float((rows[:, NORM] ** 2).mean())
    parts = np.log(np.maximum(_powers(slow[:, :2], history.hop_s), 0.0) + FLOOR_POWER)
    found = dict(zip((*FORE, *SIDE), parts.T.ravel().tolist(), strict=True))
    found[BOUNCE] = math.log(max(0.0, power - level * level) + FLOOR_POWER)
    found[BUZZ] = math.log(max(0.0, within_hop) + FLOOR_POWER)
    whole = math.log(max(0.0, motion) + FLOOR_POWER)
    return tuple(found[name] - whole if name in found else 0.0 for name in params.features), tilt


def _clipped_deg(part: float, up: float) -> float:
    angle = math.degrees(math.atan2(part, up))
    return min(STEEPEST_DEG, max(-STEEPEST_DEG, angle))


def _powers(columns: Array, hop_s: float) -> Array:
    """Power of columns within the bands, Hann window, shape (bands, columns)."""
    n = len(columns)
    window = _hann(n)
    spectrum = np.abs(np.fft.rfft((columns - columns.mean(axis=0)) * window, axis=0)) ** 2
    total = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(spectrum, axis=0)])
    edges = [min(len(spectrum), math.ceil(edge * n * hop_s - 1e-6)) for edge in BANDS_HZ]
    scale = 2.0 / (n * float((window * window).sum()))
    return np.asarray(np.diff(total[edges], axis=0) * scale)


@cache
def _hann(n: int) -> Array:
    """Periodic, shape (n, 1)."""
    return np.hanning(n + 1)[:-1, None]
