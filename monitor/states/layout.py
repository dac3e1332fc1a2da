"""What senses.c remembers and shows, field by field."""

import numpy as np
from numpy.typing import NDArray

ABI = 2  # senses.c has the same number; raise both when a layout changes

Array = NDArray[np.float64]


# What is shown of a block, in the order of senses.c
NAMES = (
    "walking", "valid", "gyr_sq", "gyr_sq_max", "inclination", "lean", "lean_long", "lean_max",
    "norm_max", "level_inclination", "level_lean", "lean_pair", "lean_second", "x", "y", "z",
    "moving", "rested",
)  # fmt: skip
SHOWN = len(NAMES)


class Sight:
    """What the block of hops `[start, stop)` shows.

    Attributes:
        bursts: hops [start, stop) over which |a| swung, that are over now.
        moved: first hop, end, and hop when known, of movements from rest to rest.
        walking: 1 or 0.
        valid: share of data measured and settled, mean over `Sought.valid_s`.
        gyr_sq, gyr_sq_max: mean over `Sought.window_s` [(rad/s)^2], and the largest of the
            block's hops.
        inclination, lean: means of the block [rad].
        lean_long: mean over `Sought.window_s` [rad].
        lean_max: the largest of the block and the two hops before [rad].
        norm_max: the largest |a| of the block [m/s^2].
        level_inclination, level_lean: means over `Sought.level_s` while walking, else over
            `Sought.first_level_s` [rad].
        lean_pair: mean of this block and the one before [rad].
        lean_second, x, y, z: means of a second; the direction of up is no unit vector.
        moving: hop at which the present movement began; NaN for none.
        rested: whether a rest has been seen, 1 or 0.
    """

    def __init__(self, start: int, stop: int, shown: list[float]) -> None:
        """`shown` has a number for each of `NAMES`."""
        self.start = start
        self.stop = stop
        self.bursts: list[tuple[int, int]] = []
        self.moved: list[tuple[int, int, int]] = []
        # One by one: compiled, this takes a tenth of what unpacking does.
        self.walking = shown[0]
        self.valid = shown[1]
        self.gyr_sq = shown[2]
        self.gyr_sq_max = shown[3]
        self.inclination = shown[4]
        self.lean = shown[5]
        self.lean_long = shown[6]
        self.lean_max = shown[7]
        self.norm_max = shown[8]
        self.level_inclination = shown[9]
        self.level_lean = shown[10]
        self.lean_pair = shown[11]
        self.lean_second = shown[12]
        self.x = shown[13]
        self.y = shown[14]
        self.z = shown[15]
        self.moving = shown[16]
        self.rested = shown[17]


# Columns of what was found within a block, and kinds of that
KIND, BLOCK_INDEX, START, STOP, KNOWN = range(5)
FOUND = 5
BURST, MOVEMENT = 0.0, 1.0

# Memory, all doubles; NaN: none
WALKING, QUIET_MPS2, OPENED, CALM, QUIET, LEVEL_MPS2 = range(6)
REST_UP = slice(6, 9)
RESTED, MOVING = 9, 10
MEMORY = 11

# What the figures of a movement are: `movements.Movement` has meanings and units
BEFORE, AFTER = slice(0, 3), slice(3, 6)
FIGURES = 19

# What the speed of a burst does: its extremes [m/s], and how many peaks it has
TOP, BOTTOM, PEAKS = range(3)


def new_memory() -> Array:
    """At the start of a segment."""
    memory = np.zeros(MEMORY)
    memory[[QUIET_MPS2, OPENED, MOVING]] = np.nan
    memory[REST_UP] = 0.0, 0.0, 1.0
    return memory
