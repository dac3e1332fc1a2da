"""Counts of each subject to a figure with its interval."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]  # sums of counts, shape (..., k), to a figure, shape (...)

DRAWS = 2000  # bootstrap samples; the ends of the interval are then good to about 2 % of its width
SEED = 20  # of the bootstrap; any would do
COVERAGE = 0.95  # of the interval


class Better(StrEnum):
    """Which way a figure should go."""

    LESS = "less"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Beside:
    """What something else reaches on the same question.

    Attributes:
        name: what it is, for people.
        value: in the unit of the figure it stands beside.
        here: True where it was run in the same call on the same data, False where read.
    """

    name: str
    value: float
    here: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and all that is needed to judge it.

    Attributes:
        key: its name for machines, "dataset.what".
        what: its name for people.
        unit: "deg", "share", "ratio", "per min", "per h", "s/h".
        value: over all subjects; low, high: 95 % interval over subjects, NaN where there is none.
        reach: the target, or None.
        subjects: value of each alone, by name; NaN where the subject has nothing to count.
        counted: what it rests on, e.g. "82 files".
        beside: other methods and published baselines.
        reason: why the target is missed, or what to bear in mind; may be empty.
    """

    key: str
    what: str
    unit: str
    better: Better
    value: float
    low: float
    high: float
    reach: float | None
    subjects: Mapping[str, float]
    counted: str
    beside: tuple[Beside, ...] = ()
    reason: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.reach is None:
            return None
        return self.value <= self.reach if self.better is Better.LESS else self.value >= self.reach


Counts = Mapping[str, tuple[float, ...]]  # of each subject, k numbers


def measure(
    key: str,
    what: str,
    unit: str,
    better: Better,
    counts: Counts,
    statistic: Statistic,
    *,
    counted: str,
    reach: float | None = None,
    beside: tuple[Beside, ...] = (),
    reason: str = "",
    rare: float | None = None,
) -> Figure:
    """The figure of summed counts, and its interval by drawing subjects with replacement.

    Args:
        rare: where the figure counts rare things, how much one of them adds to it. The interval
            is then at least the exact Poisson one, since drawing subjects with none shows none.
    """
    if not counts:
        raise ValueError(f"{key}: no subjects")
    table = np.array([counts[name] for name in counts], dtype=np.float64)
    value = float(_quiet(statistic, table.sum(axis=0)))
    low, high = interval(table, statistic)
    if rare is not None and math.isfinite(value) and not math.isnan(low):
        from scipy.stats import chi2

        seen = round(value / rare)
        tail = (1 - COVERAGE) / 2
        low = min(low, rare * float(chi2.ppf(tail, 2 * seen)) / 2 if seen else 0.0)
        high = max(high, rare * float(chi2.ppf(1 - tail, 2 * seen + 2)) / 2)
    return Figure(
        key,
        what,
        unit,
        better,
        value,
        low,
        high,
        reach,
        {name: float(_quiet(statistic, row)) for name, row in zip(counts, table, strict=True)},
        counted,
        beside,
        reason,
    )


def interval(table: Floats, statistic: Statistic) -> tuple[float, float]:
    """Percentile bootstrap over the rows (subjects) of counts, shape (n, k); NaN for n < 3."""
    n = len(table)
    if n < 3:
        return math.nan, math.nan
    weights = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    drawn = _quiet(statistic, weights @ table)
    tail = 50 * (1 - COVERAGE)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return float(low), float(high)


def ratio(sums: Floats) -> Floats:
    """First count over the second: shares, rates and means."""
    return np.asarray(sums[..., 0] / sums[..., 1])


def missing(sums: Floats) -> Floats:
    """One less the first count over the second: specificity from false alarms."""
    return np.asarray(1 - sums[..., 0] / sums[..., 1])


def balanced(sums: Floats) -> Floats:
    """Mean of the shares 0 of 1, 2 of 3, ..."""
    return np.asarray((sums[..., 0::2] / sums[..., 1::2]).mean(axis=-1))


def _quiet(statistic: Statistic, sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return statistic(sums)
