"""What is said of each tenth of a second."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model.samples import Segment, read_only

# Columns of a row. The first 16 are kept for half a minute: `monitor.states.history`
# and senses.c have them; hops.c has all but the angles.
SAGITTAL, SAGITTAL_MAX, LATERAL, INCLINATION = range(4)
UP = slice(4, 7)
LEAN_RATE, TURN_RATE, ACC_VERTICAL = 7, 8, 9
ACC_NORM, ACC_NORM_SQ, ACC_NORM_MAX = 10, 11, 12
GYR_SQ, GYR_MAX, VALID = 13, 14, 15
SAGITTAL_MIN, ACC_NORM_MIN, SETTLED, MEASURED = 16, 17, 18, 19
FEATURES = 20

NAMES: dict[str, int | slice] = {
    "sagittal": SAGITTAL,
    "sagittal_max": SAGITTAL_MAX,
    "lateral": LATERAL,
    "inclination": INCLINATION,
    "up": UP,
    "lean_rate": LEAN_RATE,
    "turn_rate": TURN_RATE,
    "acc_vertical": ACC_VERTICAL,
    "acc_norm": ACC_NORM,
    "acc_norm_sq": ACC_NORM_SQ,
    "acc_norm_max": ACC_NORM_MAX,
    "gyr_sq": GYR_SQ,
    "gyr_max": GYR_MAX,
    "sagittal_min": SAGITTAL_MIN,
    "acc_norm_min": ACC_NORM_MIN,
    "settled": SETTLED,
    "measured": MEASURED,
}

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureChunk:
    """Hops `[first, first + k)` of a segment; hop h covers `hop` samples from h * hop.

    Extremes are taken at the full rate within the hop, so a peak is not lost to the grid.
    Angles follow docs/frames.md; where forward is unknown, `sagittal` holds the
    inclination and `lateral` is zero (see `forward_known`).

    Attributes:
        hop: samples per hop, about 0.1 s.
        rows: one for each hop, shape (k, FEATURES); the columns have names below.
        forward_known: whether sagittal and lateral mean anything.
        has_gyro: whether a gyroscope spoke.
    """

    segment: Segment
    first: int
    hop: int
    rows: NDArray[np.float64]
    forward_known: bool
    has_gyro: bool

    @classmethod
    def of(
        cls,
        *,
        segment: Segment,
        first: int,
        hop: int,
        forward_known: bool,
        has_gyro: bool,
        **columns: NDArray[np.generic],
    ) -> "FeatureChunk":
        """From every column by its name but `valid`, which follows from two of them."""
        rows = np.empty((len(columns["sagittal"]), FEATURES))
        rows[:, VALID] = columns["settled"] * columns["measured"]  # type: ignore[operator]  # numbers
        for name, at in NAMES.items():
            rows[:, at] = columns.pop(name)
        if columns:
            raise TypeError(f"no columns of a FeatureChunk: {', '.join(columns)}")
        return cls(segment, first, hop, rows, forward_known, has_gyro)

    def __post_init__(self) -> None:
        read_only(self.rows, (len(self.rows), FEATURES), "rows")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sagittal(self) -> Column:
        """Forward lean, mean of the hop [rad], shape (k,)."""
        return self.rows[:, SAGITTAL]

    @property
    def sagittal_min(self) -> Column:
        """Its least, after a 5 Hz low-pass [rad]."""
        return self.rows[:, SAGITTAL_MIN]

    @property
    def sagittal_max(self) -> Column:
        """Its largest, after a 5 Hz low-pass [rad]."""
        return self.rows[:, SAGITTAL_MAX]

    @property
    def lateral(self) -> Column:
        """Rightward lean, mean [rad]."""
        return self.rows[:, LATERAL]

    @property
    def inclination(self) -> Column:
        """From upright, mean [rad]."""
        return self.rows[:, INCLINATION]

    @property
    def up(self) -> NDArray[np.float64]:
        """Mean up vector in body axes, unit, shape (k, 3)."""
        return self.rows[:, UP]

    @property
    def lean_rate(self) -> Column:
        """Rate of the 5 Hz low-passed lean: extreme by magnitude, signed [rad/s]."""
        return self.rows[:, LEAN_RATE]

    @property
    def turn_rate(self) -> Column:
        """Rate about the vertical, mean, left positive [rad/s]; 0 without a gyroscope."""
        return self.rows[:, TURN_RATE]

    @property
    def acc_vertical(self) -> Column:
        """Acceleration along up, gravity removed, mean [m/s^2]."""
        return self.rows[:, ACC_VERTICAL]

    @property
    def acc_norm(self) -> Column:
        """Specific force magnitude, mean [m/s^2]."""
        return self.rows[:, ACC_NORM]

    @property
    def acc_norm_sq(self) -> Column:
        """Its mean square [(m/s^2)^2]."""
        return self.rows[:, ACC_NORM_SQ]

    @property
    def acc_norm_min(self) -> Column:
        """Its least [m/s^2]."""
        return self.rows[:, ACC_NORM_MIN]

    @property
    def acc_norm_max(self) -> Column:
        """Its largest [m/s^2]."""
        return self.rows[:, ACC_NORM_MAX]

    @property
    def gyr_sq(self) -> Column:
        """Angular rate magnitude, mean square [(rad/s)^2]; NaN-free: the lean's own rate
        stands in where there is no gyroscope."""
        return self.rows[:, GYR_SQ]

    @property
    def gyr_max(self) -> Column:
        """Its largest magnitude [rad/s]."""
        return self.rows[:, GYR_MAX]

    @property
    def valid(self) -> Column:
        """Share of samples that were measured, 0 where any is not settled, shape (k,)."""
        return self.rows[:, VALID]

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Every sample of the hop is settled, shape (k,)."""
        return self.rows[:, SETTLED] > 0.0

    @property
    def measured(self) -> Column:
        """Share of samples that were measured, 0 to 1, shape (k,)."""
        return self.rows[:, MEASURED]

    @property
    def hop_s(self) -> float:
        """Duration of a hop [s]."""
        return self.hop / self.segment.rate_hz

    def time_ns(self, hop_index: int) -> int:
        """UTC at which hop `hop_index` begins [ns since the epoch]."""
        return self.segment.time_ns(hop_index * self.hop)
