"""Time by angle and by speed, in bins that stay as they are so that any two days add up."""

import math
from collections.abc import Iterable
from functools import cache
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from monitor.model.exposure import Histogram

# Lean: bin n is [n, n + 1) deg. A percentile interpolated in its bin is right within 1 deg.
# Speed: bin 0 is [0, 0.5) deg/s, from there six bins to a doubling: 12 % wide. Ours.
SLOWEST_DEGPS = 0.5  # deg/s; under this a quiet trunk only sways and the sensor only drifts
PER_DOUBLING = 6
SPEED_BINS = 67  # the last begins at 1,000 deg/s: no trunk moves faster


@cache
def speed_edges_degps() -> tuple[float, ...]:
    """Lower edges of the bins of speed, and the upper edge of the last [deg/s]."""
    steps = (SLOWEST_DEGPS * 2 ** (k / PER_DOUBLING) for k in range(SPEED_BINS))
    return (0.0, *steps)


@cache
def _speed_edges() -> NDArray[np.float64]:
    return np.array(speed_edges_degps())


def lean_histogram(lean_deg: NDArray[np.float64], each_s: float) -> Histogram:
    """`each_s` seconds at each lean, shape (n,)."""
    return _histogram(np.floor(lean_deg).astype(np.int64), each_s)


def speed_histogram(speed_degps: NDArray[np.float64], each_s: float) -> Histogram:
    """`each_s` seconds at each speed, shape (n,); not negative."""
    bins = np.searchsorted(_speed_edges(), speed_degps, side="right") - 1
    return _histogram(np.minimum(bins, SPEED_BINS - 1), each_s)


def _histogram(bins: NDArray[np.int64], each_s: float) -> Histogram:
    if not len(bins):
        return Histogram()
    first = int(bins.min())
    counts = np.bincount(bins - first)
    return Histogram(first, tuple(np.rint(counts * each_s * 1000).astype(np.int64).tolist()))


def sum_histograms(histograms: Iterable[Histogram]) -> Histogram:
    """All added up."""
    told = [(histogram.first, *histogram.ms) for histogram in histograms]
    sizes = np.array([len(one) for one in told], np.int64)
    return sum_of_bins(np.fromiter(chain.from_iterable(told), np.int64, int(sizes.sum())), sizes)


def sum_of_bins(told: NDArray[np.int64], sizes: NDArray[np.int64]) -> Histogram:
    """The sum of histograms that are told as `first, *ms`, one after another.

    Args:
        told: all of them, shape (sum of `sizes`,).
        sizes: numbers of each, 1 or more, shape (n,).
    """
    begins = np.cumsum(sizes) - sizes
    # Each value's bin; what stands at `begins` is no time but the number of the next bin.
    bins = np.arange(len(told)) + np.repeat(told[begins] - begins - 1, sizes)
    ms = told.copy()
    ms[begins] = 0
    first = int(bins.min(initial=0))
    # Added as float64, which is exact below 2**53 ms.
    summed = np.bincount(bins - first, ms).astype(np.int64)
    (filled,) = np.nonzero(summed)
    if not len(filled):
        return Histogram()
    low, high = int(filled[0]), int(filled[-1])
    return Histogram(first + low, tuple(summed[low : high + 1].tolist()))


def seconds_from(lean: Histogram, deg: int) -> float:
    """Time leaning by `deg` or more [s]."""
    return sum(lean.ms[max(0, deg - lean.first) :]) / 1000.0


def seconds_below(lean: Histogram, deg: int) -> float:
    """Time leaning by less than `deg` [s]."""
    return sum(lean.ms[: max(0, deg - lean.first)]) / 1000.0


def lean_quantile_deg(lean: Histogram, share: float) -> float:
    """The lean below which `share` of the time was spent [deg]; NaN where there is none."""
    return quantile(lean, share, range(lean.first, lean.first + len(lean.ms) + 1))


def speed_quantile_degps(speed: Histogram, share: float) -> float:
    """The same for the speed of the lean [deg/s]."""
    return quantile(speed, share, speed_edges_degps()[speed.first :])


def quantile(histogram: Histogram, share: float, edges: Iterable[float]) -> float:
    """Where `share` (0 to 1) of the time lies below, on the straight line within a bin."""
    below = [0, *accumulate(histogram.ms)]
    if below[-1] == 0:
        return math.nan
    wanted = share * below[-1]
    found = list(edges)
    for number, value in enumerate(histogram.ms):
        if value and below[number + 1] >= wanted:
            part = (wanted - below[number]) / value
            return float(found[number] + part * (found[number + 1] - found[number]))
    return float(found[len(histogram.ms)])
