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


def describe(
    memory: Array, item: MotionChunk, hop: int, lean: Array, out: Array, *, has_gyro: bool
) -> None:
    """Take samples whose low-passed lean is `lean`; `out`: a row for each hop that they end."""
    room = memory[HELD : HELD + hop * COLUMNS].reshape(hop, COLUMNS)
    held = room[: int(memory[layout.IN_HOP])]
    samples = _samples(item, lean, _lean_rate(memory, lean, item.segment.rate_hz), has_gyro)
    block = np.concatenate([held, samples])
    whole = len(block) // hop * hop
    rest = len(block) - whole
    room[:rest] = block[whole:]
    memory[layout.IN_HOP], memory[layout.BEGUN], memory[layout.LAST_LEAN] = rest, 1.0, lean[-1]
    if whole:
        _tell(block[:whole].reshape(-1, hop, COLUMNS), out)


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


def _tell(block: Array, out: Array) -> None:
    """Reduce hops, shape (k, hop, COLUMNS), to one row each; the angles are left out."""
    up = block[:, :, UP].mean(axis=1)
    rate, norm = block[:, :, RATE], block[:, :, NORM]
    out[:, features.UP] = up / np.maximum(np.sqrt((up**2).sum(axis=1)), 1e-9)[:, None]
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
