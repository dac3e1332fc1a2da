"""What senses.c remembers and shows, field by field."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ABI = 1  # senses.c has the same number; raise both when a layout changes

Array = NDArray[np.float64]


class Shown(NamedTuple):
    """What a block shows; means unless told otherwise. In the order of senses.c.

    Attributes:
        walking: 1 or 0.
        valid: share of data measured and settled, over `Sought.valid_s`.
        gyr_sq, gyr_sq_max: over `Sought.window_s` [(rad/s)^2], and the largest of the block's hops.
        inclination, lean: of the block [rad].
        lean_long: over `Sought.window_s` [rad].
        lean_max: the largest of the block and the two hops before [rad].
        norm_max: the largest |a| of the block [m/s^2].
        level_inclination, level_lean: over `Sought.level_s` while walking, else over
            `Sought.first_level_s` [rad].
        lean_pair: of this block and the one before [rad].
        lean_second, x, y, z: of a second; the direction of up is no unit vector.
        moving: hop at which the present movement began; NaN for none.
        rested: whether a rest has been seen, 1 or 0.
    """

    walking: float
    valid: float
    gyr_sq: float
    gyr_sq_max: float
    inclination: float
    lean: float
    lean_long: float
    lean_max: float
    norm_max: float
    level_inclination: float
    level_lean: float
    lean_pair: float
    lean_second: float
    x: float
    y: float
    z: float
    moving: float
    rested: float


SHOWN = len(Shown._fields)

# Columns of what was found within a block, and kinds of that
KIND, BLOCK_INDEX, START, STOP, KNOWN = range(5)
FOUND = 5
BURST, MOVEMENT = 0.0, 1.0

# Memory, all doubles; NaN: none
WALKING, QUIET_MPS2, OPENED, CALM, QUIET, LEVEL_MPS2 = range(6)
REST_UP = slice(6, 9)
RESTED, MOVING = 9, 10
MEMORY = 11


def new_memory() -> Array:
    """At the start of a segment."""
    memory = np.zeros(MEMORY)
    memory[[QUIET_MPS2, OPENED, MOVING]] = np.nan
    memory[REST_UP] = 0.0, 0.0, 1.0
    return memory
