"""The stage that describes each tenth of a second, compiled where that is possible."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.features import layout, native, plain
from monitor.model import FeatureChunk, MotionChunk, SegmentEnd
from monitor.model.features import FEATURES

Array = NDArray[np.float64]

HOP_S = 0.1  # s; chosen by us, ADR 2: peaks are kept at the full rate, decisions need no more


@dataclass(frozen=True, slots=True)
class Params:
    """How motion is cut and smoothed."""

    hop_s: float = HOP_S  # s; see HOP_S
    peak_cutoff_hz: float = 5.0  # Hz; low-pass for peak angles: a trunk moves below 5 Hz. Ours


@dataclass(slots=True)
class State:
    """Filter memory with the samples of an unfinished hop; and the number of the next hop."""

    memory: Array | None = None
    next_hop: int = 0


@cache
def hop_samples(hop_s: float, rate_hz: float) -> int:
    """Samples in a hop, at least one."""
    return max(1, round(hop_s * rate_hz))


@cache
def low_pass(cutoff_hz: float, rate_hz: float) -> Array:
    """Butterworth low-pass of second order by the bilinear transform: b0 b1 b2 a1 a2."""
    k = math.tan(math.pi * min(cutoff_hz, rate_hz / 4) / rate_hz)
    scale = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    b0 = k * k * scale
    a1, a2 = 2.0 * (k * k - 1.0) * scale, (1.0 - math.sqrt(2.0) * k + k * k) * scale
    return np.array([b0, 2.0 * b0, b0, a1, a2])


def at_rest(sections: Array, up: Array, hop: int) -> Array:
    """Memory as if `up`, shape (3,), had always been there, for hops of `hop` samples."""
    memory = layout.new_memory(hop)
    b0, _, b2, _, a2 = sections.tolist()
    memory[layout.Z] = np.multiply.outer(up, [1.0 - b0, b2 - a2]).ravel()
    return memory


class Features:
    """Describe each hop of a segment; the last unfinished hop is dropped at its end."""

    def __init__(self, params: Params | None = None, *, compiled: bool = native.COMPILED) -> None:
        self.params = params or Params()
        self.state = State()
        self._code = native if compiled else plain

    def push(self, item: MotionChunk | SegmentEnd, /) -> list[FeatureChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return []
        state, hop = self.state, hop_samples(self.params.hop_s, item.segment.rate_hz)
        sections = low_pass(self.params.peak_cutoff_hz, item.segment.rate_hz)
        if state.memory is None:
            state.memory = at_rest(sections, item.up[0], hop)
        has_gyro = not math.isnan(item.gyr_radps[0, 0])
        rows = np.empty(((int(state.memory[layout.IN_HOP]) + len(item)) // hop, FEATURES))
        self._code.describe(state.memory, sections, hop, item, rows, has_gyro=has_gyro)
        if len(rows) == 0:
            return []
        first, state.next_hop = state.next_hop, state.next_hop + len(rows)
        return [FeatureChunk(item.segment, first, hop, rows, item.forward_known, has_gyro)]
