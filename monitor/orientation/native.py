"""observer.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from monitor.compiled import given, load, room
from monitor.orientation.layout import ABI

LIBRARY = "observer.native"  # one name everywhere; hatch_build.py writes it

Array = NDArray[np.float64]


_library = load(__package__, LIBRARY, ABI)
COMPILED: bool = _library is not None
if _library is not None:
    _at, _number, _count = ctypes.c_void_p, ctypes.c_double, ctypes.c_ssize_t
    _library.observe.argtypes = [_at, _at, _at, _number, _count, _at, _at, _at, _at]
    _library.observe.restype = ctypes.c_int
    _library.feel.argtypes = [_at, _at, _at, _number, _count, _at, _at]
    _library.halves.argtypes = [_at, _count, _count, _at, _at]
    _library.crowd.argtypes = [_at, _count, _at, _count, _number, _at]
    _library.feel.restype = _library.halves.restype = _library.crowd.restype = None


def observe(
    memory: Array,
    params: Array,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    gyr: Array,
    origin: NDArray[np.uint8],
    out: Array,
) -> bool:
    """plain.observe, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    taken: int = _library.observe(
        room(memory),
        given(params),
        given(rotation),
        rate_hz,
        len(acc),
        given(acc),
        given(gyr),
        given(origin),
        room(out),
    )
    return taken != 0


def feel(
    memory: Array, params: Array, rotation: Array, rate_hz: float, acc: Array, out: Array
) -> None:
    """plain.feel, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    _library.feel(
        room(memory), given(params), given(rotation), rate_hz, len(acc), given(acc), room(out)
    )


def halves(rows: Array, count: int, hop: int, means: Array, deviations: Array) -> None:
    """halves.plain, compiled; the last two contiguous, shape (count, 3)."""
    assert _library is not None
    _library.halves(given(rows), count, hop, room(means), room(deviations))


def crowd(vectors: Array, along: Array, least: float, counts: Array) -> None:
    """Adds to `counts`, shape (m,), for `along`, shape (3, m)."""
    assert _library is not None
    _library.crowd(given(vectors), len(vectors), given(along), len(counts), least, room(counts))
