"""senses.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np

from monitor.compiled import given, load, room
from monitor.states.history import BLOCK, History
from monitor.states.layout import ABI, FIGURES, FOUND, SHOWN, Array

GAIT_WINDOW = 2  # of what senses.c is told

_library = load(__package__, "senses.native", ABI)
COMPILED: bool = _library is not None
if _library is not None:
    _at, _count = ctypes.c_void_p, ctypes.c_ssize_t
    _library.sense.argtypes = [_at, _at, _at, _count, _count, _count, _at, _at, _at]
    _library.sense.restype = _count
    _number = ctypes.c_double
    _library.movement.argtypes = [
        _at, _count, _count, _count, ctypes.c_int, _number, _number, _at, _at,
    ]  # fmt: skip
    _library.rise.argtypes = [_at, _count, _number, _at, _at]
    _library.movement.restype = _library.rise.restype = None


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


def movement(
    rows: Array, lead: int, n: int, hop_s: float, landed: float, *, flat: bool
) -> list[float]:
    """movements.figures, compiled; `rows` contiguous."""
    assert _library is not None
    scratch = np.empty(FIGURES + 2 * n)
    at, tail = room(scratch), len(rows) - lead - n
    assert at is not None
    rest = at + FIGURES * scratch.itemsize
    _library.movement(given(rows), lead, n, tail, flat, hop_s, landed, rest, at)
    figures: list[float] = scratch[:FIGURES].tolist()
    return figures


def rise(rows: Array, hop_s: float) -> tuple[float, float, int]:
    """transitions.figures, compiled; `rows` contiguous, two or more."""
    assert _library is not None
    n = len(rows)
    scratch = np.empty(3 + n)
    at = room(scratch)
    assert at is not None
    _library.rise(given(rows), n, hop_s, at + 3 * scratch.itemsize, at)
    top, bottom, peaks = scratch[:3].tolist()
    return top, bottom, int(peaks)
