"""The last half minute of features, as one table that every detector looks at."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model import NS_PER_S, FeatureChunk, Segment

# The first columns of a `FeatureChunk`, under shorter names. senses.c has the same.
SAGITTAL, LEAN_MAX, LATERAL, INCLINATION = range(4)
UP = slice(4, 7)
LEAN_RATE, TURN_RATE, ACC_VERTICAL = 7, 8, 9
NORM, NORM_SQ, NORM_MAX = 10, 11, 12
GYR_SQ, GYR_MAX, VALID = 13, 14, 15
COLUMNS = 16

BLOCK = 5  # hops; decisions fall each half second, as the recipes in the design were tried
KEEP = 320  # hops; the longest look back is a bend of 25 s with its surroundings
STRIDE = 40  # hops; by so many at a time the oldest are forgotten
SPARE = 8  # hops; that can be appended before rows are moved


@dataclass(slots=True)
class History:
    """Rows of hops `[first, stop)` of the present segment; what is older is forgotten.

    How far back detectors can look depends on where they are, not on how the data is cut:
    `look_from` says where they are.
    """

    segment: Segment
    hop: int
    forward_known: bool
    first: int = 0
    rows: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, COLUMNS)))
    hop_s: float = field(init=False)  # duration of a hop [s]
    stop: int = field(init=False)
    _until: int = field(init=False, default=0)  # hop up to which `first` need not move
    _base: int = field(init=False)  # hop of the first of `rows`, which has room for more
    _hops: dict[float, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.hop_s = self.hop / self.segment.rate_hz
        self.stop = self.first + len(self.rows)
        self._base = self.first

    def hops(self, seconds: float) -> int:
        """The number of hops nearest to a duration, at least one."""
        found = self._hops.get(seconds)
        if found is None:
            found = self._hops[seconds] = max(1, round(seconds / self.hop_s))
        return found

    def time_ns(self, hop_index: int) -> int:
        """UTC at which a hop begins [ns since the epoch]."""
        return self.segment.time_ns(hop_index * self.hop)

    def hop_at(self, at_ns: int) -> int:
        """The hop that begins nearest to an instant, which may lie before the segment."""
        seconds = (at_ns - self.segment.t0_ns) / NS_PER_S
        return round(seconds / self.hop_s)

    def append(self, chunk: FeatureChunk, start: int, stop: int) -> None:
        """Add rows `[start, stop)` of `chunk`."""
        new = chunk.rows[start:stop, :COLUMNS]
        self._room(len(new))[:] = new
        self.stop += len(new)

    def _room(self, count: int) -> NDArray[np.float64]:
        """Where the next rows go, shape (count, COLUMNS)."""
        used = self.stop - self._base
        if used + count > len(self.rows):
            kept = self.rows[self.first - self._base : used]
            room = max(KEEP + STRIDE + SPARE, len(kept) + count)
            rows = self.rows if room <= len(self.rows) else np.empty((room, COLUMNS))
            rows[: len(kept)] = kept.copy()
            self.rows, self._base = rows, self.first
            used = len(kept)
        return self.rows[used : used + count]

    def look_from(self, stop: int) -> None:
        """Forget what is too old for what is decided at hop `stop`."""
        if stop > self._until:
            self._until = -(-stop // STRIDE) * STRIDE
            self.first = max(self.first, self._until - KEEP - STRIDE)

    def window(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows `[start, stop)`, as far as they are kept; a view, shape (n, COLUMNS)."""
        return self.rows[
            max(start, self.first) - self._base : max(min(stop, self.stop) - self._base, 0)
        ]

    def column(self, start: int, stop: int, column: int) -> list[float]:
        """One column of `window`."""
        base = self._base
        found: list[float] = self.rows[
            max(start, self.first) - base : max(min(stop, self.stop) - base, 0), column
        ].tolist()
        return found

    def kept(self) -> tuple[int, NDArray[np.float64]]:
        """All rows that are kept, contiguous, and the hop of the first of them."""
        return self._base, self.rows[: self.stop - self._base]


def mean(column: NDArray[np.float64]) -> float:
    """`column.mean()`, shape (n,), to the bit and in half the time."""
    return float(np.add.reduce(column)) / len(column)
