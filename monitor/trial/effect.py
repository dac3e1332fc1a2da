"""Pairs of half-days, one silent and one not, to an effect with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95  # of the interval; a convention
LEAST_PAIRS = 6  # 2 / 2**6 < 1 - LEVEL: with fewer no interval has an end
EXACT_PAIRS = 14  # up to so many pairs every assignment is gone through; chosen by us
DRAWN = 16_383  # assignments drawn beyond that; chosen by us: p is then known to 0.002 at 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean difference, feedback less silence, within pairs; in the unit of the habit.

    Attributes:
        low, high: the interval; its share of trials that hold the truth is LEVEL or more.
        p: how often a coin alone would give a difference as large.
        pairs: how many pairs were complete.
    """

    mean: float
    low: float
    high: float
    p: float
    pairs: int


def paired_effect(differences: Sequence[float], seed: int) -> Effect | None:
    """The effect that a sign-flip randomisation test finds, and the interval it inverts to.

    The coin that made one half-day of a pair silent could as well have fallen the other way; then
    the pair's difference would have had the other sign. The test compares the mean with the means
    under all such assignments, so it rests on our own coins and on nothing about the person:
    days may follow each other as they like (Fisher, The Design of Experiments, 1935, section 21).
    The interval holds each effect that the test would not reject; it is found from the means of
    all subsets of the differences (Hartigan 1969, doi:10.1080/01621459.1969.10501057).

    Args:
        differences: feedback less silence, one for each complete pair.
        seed: for the assignments drawn where there are too many for all.

    Returns:
        None for fewer pairs than LEAST_PAIRS: nothing can be told.
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < LEAST_PAIRS:
        return None
    chosen = _subsets(len(values), seed)
    sums = chosen @ values
    means = np.sort(sums / chosen.sum(axis=1))
    # The subset means cut the line into equally likely pieces; as many are left at either end.
    outside = int((1.0 - LEVEL) / 2.0 * (len(means) + 1))
    flipped = np.abs(values.sum() - 2.0 * sums)  # the sum, had the subset's coins fallen otherwise
    as_large = int(np.sum(flipped >= abs(values.sum()) * (1.0 - 1e-12)))
    return Effect(
        mean=float(values.mean()),
        low=float(means[outside - 1]),
        high=float(means[-outside]),
        p=(as_large + 1) / (len(means) + 1),
        pairs=len(values),
    )


@lru_cache(maxsize=1)  # the four habits of a trial have as many pairs, mostly
def _subsets(count: int, seed: int) -> NDArray[np.float64]:
    """Subsets of so many pairs that are not empty, ones and zeros of shape (m, count).

    All of them, or where these are too many, some drawn evenly.
    """
    if count <= EXACT_PAIRS:
        numbers = np.arange(1, 2**count)
        return np.asarray((numbers[:, None] >> np.arange(count)) & 1, dtype=np.float64)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, 2, size=(DRAWN, count)).astype(np.float64)
    return drawn[drawn.any(axis=1)]
