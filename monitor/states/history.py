"""The last half minute of features, as one table that every detector looks at."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model import FeatureChunk, Segment

# Columns of a row; meanings and units are those of `FeatureChunk`.
SAGITTAL, LEAN_MIN, LEAN_MAX, LATERAL, INCLINATION = range(5)
UP = slice(5, 8)
LEAN_RATE, TURN_RATE, ACC_VERTICAL = 8, 9, 10
NORM, NORM_SQ, NORM_MIN, NORM_MAX = 11, 12, 13, 14
GYR_SQ, GYR_MAX, VALID = 15, 16, 17
COLUMNS = 18

BLOCK = 5  # hops; decisions fall each half second, as the recipes in the design were tried
KEEP = 320  # hops; the longest look back is a bend of 25 s with its surroundings


@dataclass(slots=True)
class History:
    """Rows of hops `[first, stop)` of the present segment."""

    segment: Segment
    hop: int
    forward_known: bool
    first: int = 0
    rows: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, COLUMNS)))

    @property
    def stop(self) -> int:
        return self.first + len(self.rows)

    @property
    def hop_s(self) -> float:
        """Duration of a hop [s]."""
        return self.hop / self.segment.rate_hz

    def hops(self, seconds: float) -> int:
        """The number of hops nearest to a duration, at least one."""
        return max(1, round(seconds / self.hop_s))

    def time_ns(self, hop_index: int) -> int:
        """UTC at which a hop begins [ns since the epoch]."""
        return self.segment.time_ns(hop_index * self.hop)

    def append(self, chunk: FeatureChunk, start: int, stop: int) -> None:
        """Add rows `[start, stop)` of `chunk`, dropping what nobody looks back at any more."""
        part = slice(start, stop)
        new = np.empty((len(chunk.sagittal[part]), COLUMNS))
        new[:, SAGITTAL] = chunk.sagittal[part]
        new[:, LEAN_MIN] = chunk.sagittal_min[part]
        new[:, LEAN_MAX] = chunk.sagittal_max[part]
        new[:, LATERAL] = chunk.lateral[part]
        new[:, INCLINATION] = chunk.inclination[part]
        new[:, UP] = chunk.up[part]
        new[:, LEAN_RATE] = chunk.lean_rate[part]
        new[:, TURN_RATE] = chunk.turn_rate[part]
        new[:, ACC_VERTICAL] = chunk.acc_vertical[part]
        new[:, NORM] = chunk.acc_norm[part]
        new[:, NORM_SQ] = chunk.acc_norm_sq[part]
        new[:, NORM_MIN] = chunk.acc_norm_min[part]
        new[:, NORM_MAX] = chunk.acc_norm_max[part]
        new[:, GYR_SQ] = chunk.gyr_sq[part]
        new[:, GYR_MAX] = chunk.gyr_max[part]
        new[:, VALID] = chunk.settled[part] * chunk.measured[part]
        drop = max(0, len(self.rows) - KEEP)
        self.rows = np.concatenate([self.rows[drop:], new])
        self.first += drop

    def window(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows `[start, stop)`, as far as they are kept; a view, shape (n, COLUMNS)."""
        return self.rows[max(0, start - self.first) : max(0, stop - self.first)]
