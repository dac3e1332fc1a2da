"""Where up is, from gyroscope and accelerometer together."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.model import MotionChunk, Mounting, SampleChunk, SegmentEnd
from monitor.orientation import layout
from monitor.orientation.mounting import WORN_AS_MARKED, mounting_from_axes
from monitor.orientation.observer import (
    Observed,
    feel,
    new_gravity_memory,
    new_memory,
    observe,
)

Item = SampleChunk | SegmentEnd


@dataclass(frozen=True, slots=True)
class Params:
    """What the orientation filter assumes."""

    mounting: Mounting = field(default_factory=lambda: mounting_from_axes(*WORN_AS_MARKED))
    settle_s: float = 1.5  # s; after a start, until angles count. Chosen by us, ADR 2
    observer: layout.Params = field(default_factory=layout.Params)
    gravity: layout.GravityParams = field(default_factory=layout.GravityParams)


@dataclass(slots=True)
class State:
    """Memory of the observer with and without gyroscope; None between segments."""

    observer: NDArray[np.float64] | None = None
    gravity: NDArray[np.float64] | None = None


class Orientation:
    """Turn samples into body axes and say where up is, without delay.

    With a gyroscope by the observer of ADR 6; where a chunk's gyroscope is NaN, by averaged
    gravity, which is wrong by tens of degrees while the body accelerates. `up_sigma_rad`
    says how wrong.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    @property
    def params(self) -> Params:
        """What is assumed now; something else may be put in its place between two pushes."""
        return self._params

    @params.setter
    def params(self, params: Params) -> None:
        self._params, self._rotation = params, params.mounting.matrix()

    def push(self, item: Item, /) -> list[MotionChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return []
        seen = self._observe(item)
        settling = round(self.params.settle_s * item.segment.rate_hz) - item.first
        settling = max(0, min(settling, len(item)))
        return [
            MotionChunk(
                item.segment,
                item.first,
                seen.up,
                seen.acc_mps2,
                seen.gyr_radps,
                _settled(len(item), settling),
                item.origin,
                self.params.mounting.forward_known,
                seen.sigma_rad,
            )
        ]

    def _observe(self, item: SampleChunk) -> Observed:
        rate_hz, state = item.segment.rate_hz, self.state
        acc, gyr = item.acc_mps2, item.gyr_radps
        if state.observer is None:
            state.observer = new_memory()
        seen = observe(
            state.observer, self.params.observer, self._rotation, rate_hz, acc, gyr, item.origin
        )
        if seen is not None:
            return seen
        if state.gravity is None:
            state.gravity = new_gravity_memory()
        return feel(state.gravity, self.params.gravity, self._rotation, rate_hz, acc)


@lru_cache(8)  # chunks of a recording or of a sensor are as long as each other
def _settled(count: int, settling: int) -> NDArray[np.bool_]:
    """All but the first `settling` samples, shape (count,)."""
    found = np.empty(count, bool)
    found[:settling] = False
    found[settling:] = True
    return found
