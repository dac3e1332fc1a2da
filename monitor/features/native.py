"""hops.c, if this installation has it compiled for this machine."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from monitor.compiled import address, load
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
    _library.smooth(address(memory), address(sections), len(up), address(up), address(out))


def describe(
    memory: Array, item: MotionChunk, hop: int, lean: Array, out: Array, *, has_gyro: bool
) -> None:
    """plain.describe, compiled; `memory` and `out` contiguous."""
    assert _library is not None
    given = [item.up, item.acc_mps2, item.gyr_radps, item.settled, item.origin]
    up, acc, gyr, settled, origin = map(np.ascontiguousarray, given)
    _library.describe(
        address(memory),
        hop,
        item.segment.rate_hz,
        len(item),
        address(lean),
        address(up),
        address(acc),
        address(gyr) if has_gyro else None,
        address(settled),
        address(origin),
        address(out),
    )
