"""Motion at the full rate to one row for each hop: the text that hops.c follows."""

import numpy as np
from numpy.typing import NDArray

from monitor.features import layout
from monitor.features.layout import (
    COLUMNS,
    GYR_SQ,
    HELD,
    LEAN,
    MEASURED,
    NORM,
    RATE,
    SETTLED,
    TURN,
    UP,
    VERTICAL,
)
from monitor.model import MotionChunk, Origin, features

Array = NDArray[np.float64]


# atan(r) / r as a polynomial in r^2 for r up to tan(pi/8): through its values at the Chebyshev
# nodes, in exact arithmetic, wrong by less than 4e-18. Ours: libraries differ in the last bit.
ATAN = (
    1.0,
    -0.3333333333333312,
    0.19999999999940893,
    -0.14285714279250245,
    0.11111110744919658,
    -0.09090896809064027,
    0.07692045330902225,
    -0.06662951813629191,
    0.05846878297330872,
    -0.05035102456601552,
    0.03796525745386593,
    -0.017805397205419446,
)
TAN_PI_8 = 0.41421356237309503


def angle(y: Array, x: Array) -> Array:
    """atan2 by operations that round alike on every machine [rad], shape (n,)."""
    a, b = np.abs(y), np.abs(x)
    least, most = np.minimum(a, b), np.maximum(a, b)
    steep = least > TAN_PI_8 * most
    under = np.where(steep, least + most, most)
    r = np.where(steep, least - most, least) / np.where(under > 0.0, under, 1.0)
    t, found = r * r, np.zeros_like(r)
    for coefficient in reversed(ATAN):
        found = found * t + coefficient
    found = found * r + np.where(steep, np.pi / 4.0, 0.0)
    found = np.where(a > b, np.pi / 2.0 - found, found)
    found = np.where(x < 0.0, np.pi - found, found)
    signed: Array = np.copysign(found, y)
    return signed


def describe(
    memory: Array, sections: Array, hop: int, item: MotionChunk, out: Array, *, has_gyro: bool
) -> None:
    """Take samples; `out`: a row for each hop that they end.

    `sections`: b0 b1 b2 a1 a2 of the low-pass of peaks.
    """
    low = np.empty((len(item), 3))
    smooth(memory, sections, item.up, low)
    lean = _sagittal(low) if item.forward_known else _inclination(low)
    room = memory[HELD : HELD + hop * COLUMNS].reshape(hop, COLUMNS)
    held = room[: int(memory[layout.IN_HOP])]
    samples = _samples(item, lean, _lean_rate(memory, lean, item.segment.rate_hz), has_gyro)
    block = np.concatenate([held, samples])
    whole = len(block) // hop * hop
    rest = len(block) - whole
    room[:rest] = block[whole:]
    memory[layout.IN_HOP], memory[layout.BEGUN], memory[layout.LAST_LEAN] = rest, 1.0, lean[-1]
    if whole:
        _tell(block[:whole].reshape(-1, hop, COLUMNS), item.forward_known, out)


def smooth(memory: Array, sections: Array, up: Array, out: Array) -> None:
    """Low-pass `up`, shape (n, 3), into `out`; `sections`: b0 b1 b2 a1 a2."""
    b0, b1, b2, a1, a2 = sections.tolist()
    states = memory[layout.Z].tolist()
    for axis in range(3):
        z0, z1 = states[2 * axis : 2 * axis + 2]
        column = []
        for x in up[:, axis].tolist():
            y = b0 * x + z0
            z0 = b1 * x - a1 * y + z1
            z1 = b2 * x - a2 * y
            column.append(y)
        out[:, axis] = column
        states[2 * axis : 2 * axis + 2] = z0, z1
    memory[layout.Z] = states


def _sagittal(up: Array) -> Array:
    return angle(-up[:, 0], up[:, 2])


def _lateral(up: Array) -> Array:
    return angle(up[:, 1], np.sqrt(up[:, 0] * up[:, 0] + up[:, 2] * up[:, 2]))


def _inclination(up: Array) -> Array:
    return angle(np.sqrt(up[:, 0] * up[:, 0] + up[:, 1] * up[:, 1]), up[:, 2])


def _lean_rate(memory: Array, lean: Array, rate_hz: float) -> Array:
    before = memory[layout.LAST_LEAN] if memory[layout.BEGUN] else lean[0]
    step = np.diff(lean, prepend=before)
    rate: Array = ((step + np.pi) % (2 * np.pi) - np.pi) * rate_hz
    return rate


def _samples(item: MotionChunk, lean: Array, lean_rate: Array, has_gyro: bool) -> Array:
    acc, up, gyr = item.acc_mps2, item.up, item.gyr_radps
    out = np.empty((len(item), COLUMNS))
    out[:, UP] = up
    out[:, LEAN] = lean
    out[:, RATE] = lean_rate
    out[:, VERTICAL] = (
        acc[:, 0] * up[:, 0] + acc[:, 1] * up[:, 1] + acc[:, 2] * up[:, 2]
    ) - layout.STANDARD_GRAVITY_MPS2
    out[:, NORM] = np.sqrt(acc[:, 0] ** 2 + acc[:, 1] ** 2 + acc[:, 2] ** 2)
    if has_gyro:
        out[:, TURN] = gyr[:, 0] * up[:, 0] + gyr[:, 1] * up[:, 1] + gyr[:, 2] * up[:, 2]
        out[:, GYR_SQ] = gyr[:, 0] ** 2 + gyr[:, 1] ** 2 + gyr[:, 2] ** 2
    else:
        out[:, TURN] = 0.0
        out[:, GYR_SQ] = lean_rate**2
    out[:, SETTLED] = item.settled
    out[:, MEASURED] = item.origin != Origin.BRIDGED
    return out


def _tell(block: Array, forward_known: bool, out: Array) -> None:
    """Reduce hops, shape (k, hop, COLUMNS), to one row each."""
    up = block[:, :, UP].mean(axis=1)
    rate, norm = block[:, :, RATE], block[:, :, NORM]
    up = up / np.maximum(np.sqrt((up**2).sum(axis=1)), 1e-9)[:, None]
    out[:, features.UP] = up
    out[:, features.INCLINATION] = inclination = _inclination(up)
    out[:, features.SAGITTAL] = _sagittal(up) if forward_known else inclination
    out[:, features.LATERAL] = _lateral(up) if forward_known else 0.0
    out[:, features.SAGITTAL_MIN] = block[:, :, LEAN].min(axis=1)
    out[:, features.SAGITTAL_MAX] = block[:, :, LEAN].max(axis=1)
    out[:, features.LEAN_RATE] = rate[np.arange(len(block)), np.abs(rate).argmax(axis=1)]
    out[:, features.TURN_RATE] = block[:, :, TURN].mean(axis=1)
    out[:, features.ACC_VERTICAL] = block[:, :, VERTICAL].mean(axis=1)
    out[:, features.ACC_NORM] = norm.mean(axis=1)
    out[:, features.ACC_NORM_SQ] = (norm**2).mean(axis=1)
    out[:, features.ACC_NORM_MIN] = norm.min(axis=1)
    out[:, features.ACC_NORM_MAX] = norm.max(axis=1)
    out[:, features.GYR_SQ] = block[:, :, GYR_SQ].mean(axis=1)
    out[:, features.GYR_MAX] = np.sqrt(block[:, :, GYR_SQ].max(axis=1))
    out[:, features.SETTLED] = block[:, :, SETTLED].min(axis=1)
    out[:, features.MEASURED] = block[:, :, MEASURED].mean(axis=1)
    out[:, features.VALID] = out[:, features.SETTLED] * out[:, features.MEASURED]
