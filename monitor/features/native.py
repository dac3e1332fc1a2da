"""hops.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from monitor.compiled import given, load, room
from monitor.features.layout import ABI
from monitor.model import MotionChunk

Array = NDArray[np.float64]

_library = load(__package__, "hops.native", ABI)
COMPILED: bool = _library is not None
if _library is not None:
    _at, _count = ctypes.c_void_p, ctypes.c_ssize_t
    _library.describe.argtypes = [
        _at, _at, _count, ctypes.c_double, ctypes.c_int, _count, _at, _at, _at, _at, _at, _at,
    ]  # fmt: skip
    _library.describe.restype = None


def describe(
    memory: Array, sections: Array, hop: int, item: MotionChunk, out: Array, *, has_gyro: bool
) -> None:
    """plain.describe, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    _library.describe(
        room(memory),
        given(sections),
        hop,
        item.segment.rate_hz,
        item.forward_known,
        len(item),
        given(item.up),
        given(item.acc_mps2),
        given(item.gyr_radps) if has_gyro else None,
        given(item.settled),
        given(item.origin),
        room(out),
    )
