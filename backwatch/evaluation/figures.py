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
        step: what one trial or event more changes it by; 0 for lengths of time and angles.
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
    step: float
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


@dataclass(frozen=True, slots=True)
class Band:
    """Answers of about the same confidence.

    Attributes:
        said: their mean confidence.
        right: share of them that is true; low, high: its 95 % interval, NaN where there is none.
        share: of all answers.
    """

    said: float
    right: float
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether answers are right as often as they say.

    Attributes:
        off: mean distance between what is said and what is right, over all answers.
        counted: what it rests on.
    """

    key: str
    what: str
    bands: tuple[Band, ...]
    off: float
    counted: str


BANDS = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)  # confidences between which answers are put together
FEW = 1000  # answers; of fewer, each is a trial of its own and the exact interval counts
LEAST_SHARE = 0.005  # of all answers; bands with fewer are left out


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
    events: bool = False,
) -> Figure:
    """The figure of summed counts, and its interval by drawing subjects with replacement.

    Args:
        events: the counts are trials or events, not lengths of time. The interval is then at
            least the exact one of Poisson or of Clopper and Pearson, because drawing among
            subjects who all have none shows none.
    """
    if not counts:
        raise ValueError(f"{key}: no subjects")
    table = np.array([counts[name] for name in counts], dtype=np.float64)
    value = float(_quiet(statistic, table.sum(axis=0)))
    low, high = interval(table, statistic)
    step = 1 / float(table[:, 1::2].sum()) if events and table[:, 1::2].any() else 0.0
    if step and math.isfinite(value) and math.isfinite(low):
        exact = _binomial if unit == "share" else _poisson
        least, most = exact(round(value / step), 1 / step)
        low, high = min(low, least), max(high, most)
    return Figure(
        key,
        what,
        unit,
        better,
        value,
        low,
        high,
        reach,
        step,
        {name: float(_quiet(statistic, row)) for name, row in zip(counts, table, strict=True)},
        counted,
        beside,
        reason,
    )


def reliability(
    key: str,
    what: str,
    answers: Mapping[str, tuple[Floats, NDArray[np.bool_]]],
    *,
    counted: str,
) -> Reliability:
    """Confidence against truth, by bands of confidence.

    Args:
        answers: of each subject, confidences and whether they were right, shapes (n,).
    """
    edges = np.array(BANDS[1:-1])
    sums = np.zeros((len(answers), len(BANDS) - 1, 3))  # said, right, number
    for row, (said, right) in enumerate(answers.values()):
        band = np.searchsorted(edges, said, side="right")
        for column, value in enumerate((said, right.astype(np.float64), np.ones(len(said)))):
            sums[row, :, column] = np.bincount(band, value, len(BANDS) - 1)
    total = sums.sum(axis=0)
    number = max(float(total[:, 2].sum()), 1.0)
    bands = []
    for k, (said_sum, right_sum, count) in enumerate(total.tolist()):
        if count / number < LEAST_SHARE:
            continue
        low, high = interval(sums[:, k, 1:], ratio)
        least, most = _binomial(round(right_sum), count) if count < FEW else (low, high)
        bands.append(
            Band(
                said_sum / count,
                right_sum / count,
                float(np.nanmin([low, least])),
                float(np.nanmax([high, most])),
                count / number,
            )
        )
    off = sum(band.share * abs(band.said - band.right) for band in bands)
    return Reliability(key, what, tuple(bands), float(off), counted)


def _poisson(seen: int, size: float) -> tuple[float, float]:
    """Exact interval of a rate."""
    from scipy.stats import chi2

    tail = (1 - COVERAGE) / 2
    low = float(chi2.ppf(tail, 2 * seen)) / 2 if seen else 0.0
    return low / size, float(chi2.ppf(1 - tail, 2 * seen + 2)) / 2 / size


def _binomial(seen: int, size: float) -> tuple[float, float]:
    """Exact interval of a share (Clopper, Pearson 1934)."""
    from scipy.stats import beta

    tail = (1 - COVERAGE) / 2
    low = float(beta.ppf(tail, seen, size - seen + 1)) if seen else 0.0
    high = float(beta.ppf(1 - tail, seen + 1, size - seen)) if seen < size else 1.0
    return low, high


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
