"""Where up is, from gyroscope and accelerometer together."""

from dataclasses import dataclass, field

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

    def push(self, item: Item, /) -> list[MotionChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return []
        seen = self._observe(item)
        settled = np.ones(len(item), bool)
        settled[: max(0, round(self.params.settle_s * item.segment.rate_hz) - item.first)] = False
        return [
            MotionChunk(
                segment=item.segment,
                first=item.first,
                up=seen.up,
                acc_mps2=seen.acc_mps2,
                gyr_radps=seen.gyr_radps,
                settled=settled,
                origin=item.origin.copy(),
                forward_known=self.params.mounting.forward_known,
                up_sigma_rad=seen.sigma_rad,
            )
        ]

    def _observe(self, item: SampleChunk) -> Observed:
        rotation = self.params.mounting.matrix()
        rate_hz, state = item.segment.rate_hz, self.state
        if np.isnan(item.gyr_radps).any():
            if state.gravity is None:
                state.gravity = new_gravity_memory()
            return feel(state.gravity, self.params.gravity, rotation, rate_hz, item.acc_mps2)
        if state.observer is None:
            state.observer = new_memory()
        return observe(
            state.observer,
            self.params.observer,
            rotation,
            rate_hz,
            item.acc_mps2,
            item.gyr_radps,
            item.origin,
        )
