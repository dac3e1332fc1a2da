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


# Asking numpy for an address costs microseconds, of which a packet of ten samples has few:
# less is copied sooner than asked for.
SMALL = 4096  # bytes

_address_of, _view_of = ctypes.addressof, ctypes.c_char.from_buffer


def given(array: NDArray[np.generic]) -> bytes | int:
    """An argument that is read, in C order, in place or as a copy; keep the array meanwhile."""
    if array.nbytes <= SMALL or not array.flags.c_contiguous:
        return array.tobytes()
    at: int = array.__array_interface__["data"][0]
    return at


def room(array: NDArray[np.generic]) -> int | None:
    """An argument that is written to: a writeable C-contiguous array; keep it meanwhile."""
    return _address_of(_view_of(array.data)) if array.nbytes else None
