"""C libraries beside the code that calls them, where this installation has them compiled."""

import ctypes
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


def load(package: str, name: str, abi: int) -> ctypes.CDLL | None:
    """The library `name` in a package; None if it is not there or of another layout.

    hatch_build.py writes it; its function `abi` tells the layout of what it is given.
    """
    try:
        library = ctypes.CDLL(str(files(package) / name))
        found = int(library.abi())
    except (OSError, AttributeError):
        return None
    return library if found == abi else None


def address(array: NDArray[np.generic]) -> int:
    """Where the memory of a contiguous array begins."""
    at: int = array.__array_interface__["data"][0]
    return at
