"""Samples to what simpler methods would say; they stand beside every figure."""

import numpy as np
from numpy.typing import NDArray
from vqf import VQF

Floats = NDArray[np.float64]


def up_by_accelerometer(acc_mps2: Floats) -> Floats:
    """Up as the direction of each sample of the accelerometer, sensor axes, shape (n, 3)."""
    norm = np.linalg.norm(acc_mps2, axis=1, keepdims=True)
    return np.asarray(acc_mps2 / np.maximum(norm, 1e-9))


def up_by_vqf(acc_mps2: Floats, gyr_radps: Floats, rate_hz: float) -> Floats:
    """Up by VQF with the settings it comes with (Laidig, Seel 2023), sensor axes, shape (n, 3)."""
    found = VQF(1 / rate_hz).updateBatch(
        np.ascontiguousarray(gyr_radps), np.ascontiguousarray(acc_mps2)
    )
    w, x, y, z = found["quat6D"].T
    return np.stack(
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z], axis=1
    )


def angle_deg(a: Floats, b: Floats) -> Floats:
    """Angle between directions, shapes (n, 3) or (3,), to shape (n,)."""
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (a * b).sum(axis=-1))))


def split_at(values: Floats, positive: NDArray[np.bool_]) -> float:
    """The threshold on one number that best tells positive (above) from negative, by balance."""
    order = np.unique(values[np.isfinite(values)])
    cuts = (order[1:] + order[:-1]) / 2 if len(order) > 1 else order
    if len(cuts) > 400:
        cuts = cuts[np.linspace(0, len(cuts) - 1, 400).astype(int)]
    above = values[None, :] > cuts[:, None]
    hit = (above & positive).sum(axis=1) / max(int(positive.sum()), 1)
    rest = (~above & ~positive).sum(axis=1) / max(int((~positive).sum()), 1)
    return float(cuts[int((hit + rest).argmax())])


def left_out(
    values: Floats, positive: NDArray[np.bool_], subject: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Whether each value is above the threshold that is best on the other subjects."""
    said = np.zeros(len(values), dtype=np.bool_)
    for name in np.unique(subject):
        mine = subject == name
        others = values[~mine], positive[~mine]
        said[mine] = values[mine] > split_at(*(others if (~mine).any() else (values, positive)))
    return said
