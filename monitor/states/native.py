"""senses.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np

from monitor.compiled import given, load, room
from monitor.states.history import BLOCK, History
from monitor.states.layout import ABI, FOUND, SHOWN, Array

GAIT_WINDOW = 2  # of what senses.c is told

_library = load(__package__, "senses.native", ABI)
COMPILED = _library is not None
if _library is not None:
    _at, _count = ctypes.c_void_p, ctypes.c_ssize_t
    _library.sense.argtypes = [_at, _at, _at, _count, _count, _count, _at, _at, _at]
    _library.sense.restype = _count


def sense(
    told: Array, memory: Array, history: History, start: int, blocks: int
) -> tuple[Array, Array]:
    """plain.sense, compiled; `told` from `senses.numbers`."""
    assert _library is not None
    first, rows = history.kept()
    scratch = np.empty(2 * int(told[GAIT_WINDOW]))
    shown, found = np.empty((blocks, SHOWN)), np.empty((2 * BLOCK * blocks, FOUND))
    count = _library.sense(
        room(memory),
        given(told),
        given(rows),
        first,
        start,
        blocks,
        room(scratch),
        room(shown),
        room(found),
    )
    return shown, found[:count]
