"""hops.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from monitor.compiled import given, load, room
from monitor.features.layout import ABI
from monitor.model import MotionChunk

Array = NDArray[np.float64]

_library = load(__package__, "hops.native", ABI)
COMPILED = _library is not None
if _library is not None:
    _at, _count = ctypes.c_void_p, ctypes.c_ssize_t
    _library.smooth.argtypes = [_at, _at, _count, _at, _at]
    _library.describe.argtypes = [
        _at, _count, ctypes.c_double, _count, _at, _at, _at, _at, _at, _at, _at,
    ]  # fmt: skip
    _library.smooth.restype = _library.describe.restype = None


def smooth(memory: Array, sections: Array, up: Array, out: Array) -> None:
    """plain.smooth, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    up = np.ascontiguousarray(up)
    _library.smooth(room(memory), given(sections), len(up), given(up), room(out))


def describe(
    memory: Array, item: MotionChunk, hop: int, lean: Array, out: Array, *, has_gyro: bool
) -> None:
    """plain.describe, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    arrays = [item.up, item.acc_mps2, item.gyr_radps, item.settled, item.origin]
    up, acc, gyr, settled, origin = map(np.ascontiguousarray, arrays)
    _library.describe(
        room(memory),
        hop,
        item.segment.rate_hz,
        len(item),
        given(lean),
        given(up),
        given(acc),
        given(gyr) if has_gyro else None,
        given(settled),
        given(origin),
        room(out),
    )
