"""Rows of three axes to what half seconds, or any other stretches, have in common."""

import numpy as np
from numpy.typing import NDArray

from monitor.orientation import native

Array = NDArray[np.float64]


def halves(rows: Array, hop: int, *, compiled: bool = native.COMPILED) -> tuple[Array, Array]:
    """Means and standard deviations of every `hop` rows, shape (n, 3) to twice (n // hop, 3)."""
    rows = np.asarray(rows, dtype=np.float64)
    count = len(rows) // hop
    if not compiled or count == 0:
        return plain(rows[: count * hop], count, hop)
    means, deviations = np.empty((2, count, 3))
    native.halves(rows, count, hop, means, deviations)
    return means, deviations


def plain(rows: Array, count: int, hop: int) -> tuple[Array, Array]:
    """The same as numpy has it, to the bit."""
    parts = rows.reshape(count, hop, 3)
    return parts.mean(axis=1), parts.std(axis=1)


def crowd(vectors: Array, along: Array, least: float, *, compiled: bool = native.COMPILED) -> Array:
    """How many of `vectors` have a product of more than `least` with each of `along`.

    Shapes (n, 3) and (m, 3) to (m,); spelt out, as BLAS rounds by the machine.
    """
    counts = np.zeros(len(along))
    if compiled:
        native.crowd(vectors, along.T.copy(), least, counts)
        return counts
    for x, y, z in vectors.tolist():
        counts += along[:, 0] * x + along[:, 1] * y + along[:, 2] * z > least
    return counts
