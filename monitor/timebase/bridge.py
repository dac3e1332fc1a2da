"""Two samples turned into those missing between them."""

import numpy as np
from numpy.typing import NDArray


def bridge(before: NDArray[np.float64], after: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """`n` samples on the straight line between two, shape (n, k); mark them Origin.BRIDGED.

    Args:
        before: the last sample before the gap, shape (k,).
        after: the first sample after it, shape (k,).
        n: samples missing, at least 0.
    """
    weight = np.arange(1, n + 1, dtype=np.float64)[:, np.newaxis] / (n + 1)
    return np.ascontiguousarray(before + weight * (after - before))
