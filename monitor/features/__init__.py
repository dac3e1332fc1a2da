"""Motion to what is said of each tenth of a second."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi

from monitor.model import FeatureChunk, MotionChunk, Origin, SegmentEnd
from monitor.model.motion import inclination_rad, lateral_rad, sagittal_rad

__all__ = ["Features", "Params", "State"]

STANDARD_GRAVITY_MPS2 = 9.80665  # m/s^2; CGPM 1901
HOP_S = 0.1  # s; chosen by us, ADR 2: peaks are kept at the full rate, decisions need no more


@dataclass(frozen=True, slots=True)
class Params:
    """How motion is cut and smoothed."""

    hop_s: float = HOP_S  # s; see HOP_S
    peak_cutoff_hz: float = 5.0  # Hz; low-pass for peak angles, ergonomics.md C1


@dataclass(slots=True)
class State:
    """Samples of an unfinished hop, as columns, and filter memory."""

    held: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, COLUMNS)))
    first_hop: int = 0
    zi: NDArray[np.float64] | None = None
    last_lean: float | None = None


# Columns of the held block
UP = slice(0, 3)
LEAN = 3  # low-passed sagittal, or inclination where forward is unknown
LEAN_RATE = 4
TURN_RATE = 5
ACC_VERTICAL = 6
ACC_NORM = 7
GYR_SQ = 8
SETTLED = 9
MEASURED = 10
COLUMNS = 11


@cache
def hop_samples(hop_s: float, rate_hz: float) -> int:
    """Samples in a hop, at least one."""
    return max(1, round(hop_s * rate_hz))


@cache
def _low_pass(cutoff_hz: float, rate_hz: float) -> NDArray[np.float64]:
    sections: NDArray[np.float64] = butter(2, min(cutoff_hz, rate_hz / 4), fs=rate_hz, output="sos")
    return sections


class Features:
    """Describe each hop of a segment; the last unfinished hop is dropped at its end."""

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: MotionChunk | SegmentEnd, /) -> list[FeatureChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return []
        hop = hop_samples(self.params.hop_s, item.segment.rate_hz)
        block = np.concatenate([self.state.held, self._columns(item)])
        count = len(block) // hop
        self.state.held = block[count * hop :].copy()
        if count == 0:
            return []
        first, self.state.first_hop = self.state.first_hop, self.state.first_hop + count
        return [_describe(item, first, hop, block[: count * hop].reshape(count, hop, COLUMNS))]

    def _columns(self, item: MotionChunk) -> NDArray[np.float64]:
        rate_hz = item.segment.rate_hz
        sos = _low_pass(self.params.peak_cutoff_hz, rate_hz)
        if self.state.zi is None:
            self.state.zi = sosfilt_zi(sos)[:, :, None] * item.up[0]
        smooth, self.state.zi = sosfilt(sos, item.up, axis=0, zi=self.state.zi)
        lean = sagittal_rad(smooth) if item.forward_known else inclination_rad(smooth)
        before = lean[0] if self.state.last_lean is None else self.state.last_lean
        step = np.diff(lean, prepend=before)
        self.state.last_lean = float(lean[-1])
        lean_rate = ((step + np.pi) % (2 * np.pi) - np.pi) * rate_hz

        acc, up, gyr = item.acc_mps2, item.up, item.gyr_radps
        has_gyro = not bool(np.isnan(gyr[0, 0]))
        out = np.empty((len(item), COLUMNS))
        out[:, UP] = up
        out[:, LEAN] = lean
        out[:, LEAN_RATE] = lean_rate
        out[:, ACC_VERTICAL] = (
            acc[:, 0] * up[:, 0] + acc[:, 1] * up[:, 1] + acc[:, 2] * up[:, 2]
        ) - STANDARD_GRAVITY_MPS2
        out[:, ACC_NORM] = np.sqrt(acc[:, 0] ** 2 + acc[:, 1] ** 2 + acc[:, 2] ** 2)
        if has_gyro:
            out[:, TURN_RATE] = gyr[:, 0] * up[:, 0] + gyr[:, 1] * up[:, 1] + gyr[:, 2] * up[:, 2]
            out[:, GYR_SQ] = gyr[:, 0] ** 2 + gyr[:, 1] ** 2 + gyr[:, 2] ** 2
        else:
            out[:, TURN_RATE] = 0.0
            out[:, GYR_SQ] = lean_rate**2
        out[:, SETTLED] = item.settled
        out[:, MEASURED] = item.origin != Origin.BRIDGED
        return out


def _describe(item: MotionChunk, first: int, hop: int, block: NDArray[np.float64]) -> FeatureChunk:
    """Reduce blocks, shape (k, hop, COLUMNS), to one row each."""
    rows = np.arange(len(block))
    up = block[:, :, UP].mean(axis=1)
    up = up / np.maximum(np.sqrt((up**2).sum(axis=1)), 1e-9)[:, None]
    inclination = inclination_rad(up)
    rate = block[:, :, LEAN_RATE]
    norm = block[:, :, ACC_NORM]
    return FeatureChunk(
        segment=item.segment,
        first=first,
        hop=hop,
        sagittal=sagittal_rad(up) if item.forward_known else inclination,
        sagittal_min=block[:, :, LEAN].min(axis=1),
        sagittal_max=block[:, :, LEAN].max(axis=1),
        lateral=lateral_rad(up) if item.forward_known else np.zeros(len(block)),
        inclination=inclination,
        up=up,
        lean_rate=rate[rows, np.abs(rate).argmax(axis=1)],
        turn_rate=block[:, :, TURN_RATE].mean(axis=1),
        acc_vertical=block[:, :, ACC_VERTICAL].mean(axis=1),
        acc_norm=norm.mean(axis=1),
        acc_norm_sq=(norm**2).mean(axis=1),
        acc_norm_min=norm.min(axis=1),
        acc_norm_max=norm.max(axis=1),
        gyr_sq=block[:, :, GYR_SQ].mean(axis=1),
        gyr_max=np.sqrt(block[:, :, GYR_SQ].max(axis=1)),
        settled=block[:, :, SETTLED].min(axis=1) > 0,
        measured=block[:, :, MEASURED].mean(axis=1),
        forward_known=item.forward_known,
        has_gyro=not bool(np.isnan(item.gyr_radps[0, 0])),
    )
