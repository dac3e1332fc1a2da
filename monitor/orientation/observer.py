"""Samples in sensor axes to body axes and the direction of up, compiled where that is possible."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
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
) -> Observed:
    """Take samples, shape (n, 3), into the memory; n may be anything, the results are the same.

    Args:
        memory: from `new_memory`; changed.
        rotation: body from sensor, shape (3, 3).
        acc, gyr: [m/s^2], [rad/s] in sensor axes.
        origin: an `Origin` per sample, shape (n,), uint8.
    """
    acc, gyr, rotation = _doubles(acc), _doubles(gyr), _doubles(rotation)
    up, acc_body, gyr_body = np.empty((3, len(acc), 3))
    sigma = np.empty(len(acc))
    out = (up, acc_body, gyr_body, sigma)
    if compiled:
        origin = np.ascontiguousarray(origin)
        native.observe(memory, as_array(params), rotation, rate_hz, acc, gyr, origin, out)
    else:
        plain.observe(memory.view(MEMORY)[0], params, rotation, rate_hz, acc, gyr, origin, out)
    return Observed(*out)


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
    acc, rotation = _doubles(acc), _doubles(rotation)
    up, acc_body, sigma = np.empty_like(acc), np.empty_like(acc), np.empty(len(acc))
    if compiled:
        native.feel(memory, as_array(params), rotation, rate_hz, acc, (up, acc_body, sigma))
    else:
        plain.feel(
            memory.view(GRAVITY_MEMORY)[0], params, rotation, rate_hz, acc, (up, acc_body, sigma)
        )
    return Observed(up, acc_body, np.full_like(acc, np.nan), sigma)


def _doubles(array: Array) -> Array:
    return np.ascontiguousarray(array, dtype=np.float64)
