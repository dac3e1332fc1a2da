"""Where up is, from gyroscope and accelerometer together."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi
from vqf import VQF

from monitor.model import MotionChunk, Mounting, SampleChunk, SegmentEnd
from monitor.orientation.mounting import WORN_AS_MARKED, mounting_from_axes

Item = SampleChunk | SegmentEnd


@dataclass(frozen=True, slots=True)
class Params:
    """What the orientation filter assumes."""

    mounting: Mounting = field(default_factory=lambda: mounting_from_axes(*WORN_AS_MARKED))
    settle_s: float = 1.5  # s; after a start, until angles count. Chosen by us, ADR 2
    acc_only_cutoff_hz: float = 1.0  # Hz; gravity low-pass without gyroscope, ergonomics.md C1


class _Filter:
    """A VQF that can be copied; it keeps no Python state of its own.

    Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014, at its default parameters.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.vqf = VQF(1.0 / rate_hz)

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Filter":
        other = _Filter(self.rate_hz)
        other.vqf.state = self.vqf.state
        return other

    def update(
        self, gyr: NDArray[np.float64], acc: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Up in sensor axes and gyroscope bias [rad/s], both shape (n, 3)."""
        out = self.vqf.updateBatch(np.ascontiguousarray(gyr), np.ascontiguousarray(acc))
        w, x, y, z = out["quat6D"].T
        up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)
        return up, out["bias"]


@dataclass(slots=True)
class State:
    """Filter memory; None between segments."""

    filter: _Filter | None = None
    gravity_zi: NDArray[np.float64] | None = None


@cache
def _low_pass(cutoff_hz: float, rate_hz: float) -> NDArray[np.float64]:
    sections: NDArray[np.float64] = butter(2, min(cutoff_hz, rate_hz / 4), fs=rate_hz, output="sos")
    return sections


class Orientation:
    """Turn samples into body axes and say where up is.

    With a gyroscope by VQF; where a chunk's gyroscope is NaN, by low-passed gravity,
    which is wrong by tens of degrees while the body accelerates.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: Item, /) -> list[MotionChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return []
        up_sensor, gyr = self._up(item)
        rotation = self.params.mounting.matrix()
        settle = round(self.params.settle_s * item.segment.rate_hz)
        return [
            MotionChunk(
                segment=item.segment,
                first=item.first,
                up=rotate(rotation, up_sensor),
                acc_mps2=rotate(rotation, item.acc_mps2),
                gyr_radps=rotate(rotation, gyr),
                settled=np.arange(item.first, item.first + len(item)) >= settle,
                origin=item.origin.copy(),
                forward_known=self.params.mounting.forward_known,
            )
        ]

    def _up(self, item: SampleChunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if np.isnan(item.gyr_radps).any():
            return self._gravity(item), np.full_like(item.gyr_radps, np.nan)
        if self.state.filter is None:
            self.state.filter = _Filter(item.segment.rate_hz)
        up, bias = self.state.filter.update(item.gyr_radps, item.acc_mps2)
        return up, item.gyr_radps - bias

    def _gravity(self, item: SampleChunk) -> NDArray[np.float64]:
        sos = _low_pass(self.params.acc_only_cutoff_hz, item.segment.rate_hz)
        if self.state.gravity_zi is None:
            self.state.gravity_zi = sosfilt_zi(sos)[:, :, None] * item.acc_mps2[0]
        low, self.state.gravity_zi = sosfilt(sos, item.acc_mps2, axis=0, zi=self.state.gravity_zi)
        return unit(low)


def rotate(rotation: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotate vectors, shape (n, 3); spelt out because BLAS rounds by block size."""
    return (
        vectors[:, 0:1] * rotation[:, 0]
        + vectors[:, 1:2] * rotation[:, 1]
        + vectors[:, 2:3] * rotation[:, 2]
    )


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors, shape (n, 3), at length one; a zero vector becomes z."""
    norm = np.sqrt(vectors[:, 0] ** 2 + vectors[:, 1] ** 2 + vectors[:, 2] ** 2)
    safe = np.where(norm > 1e-9, norm, 1.0)
    return np.where((norm > 1e-9)[:, None], vectors / safe[:, None], [0.0, 0.0, 1.0])
