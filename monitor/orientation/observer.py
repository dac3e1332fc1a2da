"""Samples in sensor axes to body axes and the direction of up, compiled where that is possible."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.orientation import native, plain
from monitor.orientation.layout import (
    GRAVITY_MEMORY,
    MEMORY,
    GravityParams,
    Params,
    as_array,
)

Array = NDArray[np.float64]


class Observed(NamedTuple):
    """What n samples say.

    Attributes:
        up: unit vector against gravity in body axes, shape (n, 3).
        acc_mps2: specific force in body axes, shape (n, 3).
        gyr_radps: angular rate in body axes without bias, shape (n, 3); NaN without gyroscope.
        sigma_rad: standard deviation of the direction of up, shape (n,).
    """

    up: Array
    acc_mps2: Array
    gyr_radps: Array
    sigma_rad: Array


def new_memory() -> Array:
    """What an observer with a gyroscope remembers, at the start of a segment."""
    return np.zeros(MEMORY.itemsize // 8)


def new_gravity_memory() -> Array:
    """The same without a gyroscope."""
    return np.zeros(GRAVITY_MEMORY.itemsize // 8)


def observe(
    memory: Array,
    params: Params,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    gyr: Array,
    origin: NDArray[np.uint8],
    *,
    compiled: bool = native.COMPILED,
) -> Observed | None:
    """Take samples, shape (n, 3), into the memory; n may be anything, the results are the same.

    None, and nothing is taken, where some rate is no number: see `feel`.

    Args:
        memory: from `new_memory`; changed.
        rotation: body from sensor, shape (3, 3).
        acc, gyr: [m/s^2], [rad/s] in sensor axes.
        origin: an `Origin` per sample, shape (n,), uint8.
    """
    n, acc, gyr = len(acc), _doubles(acc), _doubles(gyr)
    out = np.empty(10 * n)
    found = _parts(out, n)
    if compiled:
        values = as_array(params)
        taken = native.observe(memory, values, rotation, rate_hz, acc, gyr, origin, out)
        return Observed(*found) if taken else None
    if np.isnan(gyr).any():
        return None
    plain.observe(memory.view(MEMORY)[0], params, rotation, rate_hz, acc, gyr, origin, found)
    return Observed(*found)


def feel(
    memory: Array,
    params: GravityParams,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    *,
    compiled: bool = native.COMPILED,
) -> Observed:
    """The same without a gyroscope; `memory` from `new_gravity_memory`."""
    n, acc = len(acc), _doubles(acc)
    out = np.empty(10 * n)
    up, acc_body, none, sigma = _parts(out, n)
    if compiled:
        native.feel(memory, as_array(params), rotation, rate_hz, acc, out)
    else:
        record = memory.view(GRAVITY_MEMORY)[0]
        plain.feel(record, params, rotation, rate_hz, acc, (up, acc_body, sigma))
    none[:] = np.nan
    return Observed(up, acc_body, none, sigma)


def _parts(out: Array, n: int) -> tuple[Array, Array, Array, Array]:
    """Room for three results of shape (n, 3) and one of shape (n,), one behind the other."""
    return (
        out[: 3 * n].reshape(n, 3),
        out[3 * n : 6 * n].reshape(n, 3),
        out[6 * n : 9 * n].reshape(n, 3),
        out[9 * n :],
    )


def _doubles(array: Array) -> Array:
    return np.asarray(array, dtype=np.float64)
