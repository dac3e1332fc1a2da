"""What is remembered of motion between pushes, as hops.c has it."""

import numpy as np
from numpy.typing import NDArray

ABI = 3  # hops.c has the same number; raise both when a layout changes

STANDARD_GRAVITY_MPS2 = 9.80665  # m/s^2; CGPM 1901

# Memory, all doubles: two filter states for each axis, the last lean, whether there is one,
# samples of the unfinished hop, and these samples; then room for a column.
Z = slice(0, 6)
LAST_LEAN, BEGUN, IN_HOP, HELD = 6, 7, 8, 9

# Columns of a held sample
UP = slice(0, 3)
LEAN, RATE, TURN, VERTICAL, NORM, GYR_SQ, SETTLED, MEASURED = range(3, 11)
COLUMNS = 11


def new_memory(hop: int) -> NDArray[np.float64]:
    """At the start of a segment with `hop` samples to a hop."""
    return np.zeros(HELD + hop * (COLUMNS + 1))
