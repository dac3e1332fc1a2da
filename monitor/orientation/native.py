"""observer.c, if this installation has it compiled for this machine."""

import ctypes
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from monitor.orientation.layout import ABI

LIBRARY = "observer.native"  # one name everywhere; hatch_build.py writes it

Array = NDArray[np.float64]


def _load() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(str(files(__package__) / LIBRARY))
        abi = int(library.observer_abi())
    except (OSError, AttributeError):
        return None
    if abi != ABI:
        return None
    at, number, count = ctypes.c_void_p, ctypes.c_double, ctypes.c_ssize_t
    library.observe.argtypes = [at, at, at, number, count, at, at, at, at, at, at, at]
    library.feel.argtypes = [at, at, at, number, count, at, at, at, at]
    library.observe.restype = library.feel.restype = None
    return library


_library = _load()
COMPILED = _library is not None


def observe(
    memory: Array,
    params: Array,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    gyr: Array,
    origin: NDArray[np.uint8],
    out: tuple[Array, Array, Array, Array],
) -> None:
    """plain.observe, compiled; every array contiguous."""
    assert _library is not None
    _library.observe(
        _at(memory),
        _at(params),
        _at(rotation),
        rate_hz,
        len(acc),
        _at(acc),
        _at(gyr),
        _at(origin),
        *map(_at, out),
    )


def feel(
    memory: Array,
    params: Array,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    out: tuple[Array, Array, Array],
) -> None:
    """plain.feel, compiled; every array contiguous."""
    assert _library is not None
    _library.feel(
        _at(memory), _at(params), _at(rotation), rate_hz, len(acc), _at(acc), *map(_at, out)
    )


def _at(array: NDArray[np.generic]) -> int:
    """Where an array's memory begins."""
    address: int = array.__array_interface__["data"][0]
    return address
