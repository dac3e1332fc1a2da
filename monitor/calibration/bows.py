"""The samples of one bow turned into its axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.rotations import angle_rad, unit

Array = NDArray[np.float64]

DEEP_SHARE = 0.5  # of the depth; without a gyroscope, the direction is that of the deeper part


@dataclass(frozen=True, slots=True, eq=False)
class Bow:
    """A bend forward and back.

    Attributes:
        left: its axis, unit, sensor axes: turning about it by a positive angle leans forward.
        share: of the motion that was about it, 0 to 1.
        depth_rad: how far it went.
        return_rad: how far standing after it is from standing before it.
        felt_rad: how far it went by gravity alone.
        against_rad: how far the gyroscope turned backward, from where gravity began forward.
        askew_rad: between the gyroscope's axis and gravity's.
    """

    left: Array
    share: float
    depth_rad: float
    return_rad: float = 0.0
    felt_rad: float = 0.0
    against_rad: float = 0.0
    askew_rad: float = 0.0


def read_bow(acc_mps2: Array, gyr_radps: Array, rate_hz: float, up: Array) -> Bow:
    """The axis of a bow that began upright and went forward.

    Args:
        acc_mps2, gyr_radps: sensor axes, shape (n, 3); rates without bias, NaN without gyroscope.
        up: against gravity while standing before it, unit, sensor axes.
    """
    felt = _read_without_gyroscope(acc_mps2, rate_hz, up)
    if np.isnan(gyr_radps).any():
        return felt
    energies, axes = np.linalg.eigh(gyr_radps.T @ gyr_radps)
    axis = axes[:, -1]
    # Gravity says which way it went: a sum of rates drifts by what is left of the bias.
    left = axis * (1.0 if axis @ felt.left >= 0.0 else -1.0)
    turned_rad = np.cumsum(gyr_radps @ left) / rate_hz
    turned_rad -= turned_rad[-1] * np.arange(1, len(turned_rad) + 1) / len(turned_rad)
    share = float(energies[-1] / max(float(energies.sum()), 1e-12))
    return Bow(
        left,
        share,
        max(0.0, float(turned_rad.max())),
        felt_rad=felt.depth_rad,
        against_rad=max(0.0, float(-turned_rad.min())),
        askew_rad=angle_rad(left, felt.left),
    )


def _read_without_gyroscope(acc_mps2: Array, rate_hz: float, up: Array) -> Bow:
    """The same from where gravity went, as far as the bow was slow."""
    size = max(1, round(0.3 * rate_hz))  # three tenths of a second: shorter than any bow
    count = len(acc_mps2) // size
    means = acc_mps2[: count * size].reshape(count, size, 3).mean(axis=1)
    ups = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    across = ups - np.outer(ups @ up, up)
    energies, _ = np.linalg.eigh(across.T @ across)
    share = float(energies[-1] / max(float(energies.sum()), 1e-12))
    tilts = np.array([angle_rad(up, one) for one in ups])
    depth_rad = float(tilts.max())
    # Up goes towards the back of the body as the trunk leans forward.
    forward = -across[tilts >= DEEP_SHARE * depth_rad].sum(axis=0)
    return Bow(unit(np.cross(up, forward)), share, depth_rad, felt_rad=depth_rad)
