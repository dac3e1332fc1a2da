"""Samples of a sensor that shakes itself turned into those of one that does not.

A motor runs at 100 to 250 Hz. Sampled at 100 Hz, what is left of it after the sensor's own filter
may appear at any frequency, a slow sway included, and looks like rising from a chair.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.model import SampleChunk, SegmentEnd

Floats = NDArray[np.float64]
Shaken = Callable[[int, int], Sequence[tuple[int, int]]]

G_MPS2 = 9.80665


@dataclass(frozen=True, slots=True)
class Params:
    """All values chosen by us."""

    before_s: float = 0.5  # s; of samples ahead of the shaking, whose mean is taken for gravity
    gyro_cutoff_hz: float = 2.0  # Hz; what is left of the gyroscope: the turning of a trunk


@dataclass(slots=True)
class State:
    """The last samples, and while it shakes what stands for them.

    Attributes:
        before: acc and gyr of the last unshaken samples in parts, at least `before_s` of them.
        held: gravity in sensor axes, and the slow part of the rate; None while nothing shakes.
    """

    before: list[tuple[Floats, Floats]] = field(default_factory=list)
    held: tuple[list[float], list[float]] | None = None


class Blanking:
    """Put gravity, turned as the slow part of the gyroscope says, in place of shaken samples.

    What the person does in that second or two is followed as far as
    it is turning; a step or a lift in it is not seen.
    """

    def __init__(self, shaken: Shaken, params: Params | None = None) -> None:
        """`shaken` gives the stretches that touch one of UTC in which the motor runs."""
        self.params = params or Params()
        self.state = State()
        self._shaken = shaken

    def push(self, item: SampleChunk | SegmentEnd, /) -> list[SampleChunk | SegmentEnd]:
        if isinstance(item, SegmentEnd):
            self.state = State()
            return [item]
        if len(item) == 0:
            return [item]
        segment = item.segment
        start_ns, stop_ns = (
            segment.time_ns(index) for index in (item.first, item.first + len(item))
        )
        stretches = self._shaken(start_ns, stop_ns)
        if not stretches and self.state.held is None:
            self._remember(item.acc_mps2, item.gyr_radps, segment.rate_hz)
            return [item]
        t_ns = [segment.time_ns(item.first + row) for row in range(len(item))]
        marked = np.array([any(a <= at < b for a, b in stretches) for at in t_ns])
        return [self._blank(item, marked)]

    def _blank(self, item: SampleChunk, marked: NDArray[np.bool_]) -> SampleChunk:
        acc, gyr = item.acc_mps2.copy(), item.gyr_radps.copy()
        edges = [0, *(np.flatnonzero(np.diff(marked)) + 1).tolist(), len(item)]
        for start, stop in pairwise(edges):
            rows = slice(start, stop)
            if not marked[start]:
                self.state.held = None
                self._remember(acc[rows], gyr[rows], item.segment.rate_hz)
                continue
            for row in range(start, stop):
                acc[row], gyr[row] = self._stand_in(acc[row], gyr[row], item.segment.rate_hz)
        return SampleChunk(item.segment, item.first, acc, gyr, item.origin.copy())

    def _remember(self, acc: Floats, gyr: Floats, rate_hz: float) -> None:
        before = self.state.before
        before.append((acc, gyr))
        while len(before) > 1 and sum(len(later) for later, _ in before[1:]) >= self._n(rate_hz):
            del before[0]

    def _n(self, rate_hz: float) -> int:
        return max(1, round(self.params.before_s * rate_hz))

    def _stand_in(
        self, acc: Floats, gyr: Floats, rate_hz: float
    ) -> tuple[list[float], list[float]]:
        """One sample in place of a shaken one."""
        state = self.state
        if state.held is None:
            before, turning = acc, np.zeros(3)
            if state.before:
                parts = (
                    np.concatenate(part)[-self._n(rate_hz) :]
                    for part in zip(*state.before, strict=True)
                )
                before, turning = (part.mean(axis=0) for part in parts)
            size = float(np.linalg.norm(before))
            gravity = before * (G_MPS2 / size) if size > 0 else before
            state.held = (gravity.tolist(), turning.tolist())
        (ax, ay, az), slow = state.held
        share = 1.0 - math.exp(-2.0 * math.pi * self.params.gyro_cutoff_hz / rate_hz)
        wx, wy, wz = (w + share * (now - w) for w, now in zip(slow, gyr.tolist(), strict=True))
        if not math.isnan(wx):
            # What stands still in the world turns against the sensor: a' = a x w.
            dt = 1.0 / rate_hz
            ax, ay, az = (
                ax + (ay * wz - az * wy) * dt,
                ay + (az * wx - ax * wz) * dt,
                az + (ax * wy - ay * wx) * dt,
            )
            size = math.sqrt(ax * ax + ay * ay + az * az)
            scale = G_MPS2 / size if size > 0 else 1.0
            ax, ay, az = ax * scale, ay * scale, az * scale
        state.held = ([ax, ay, az], [wx, wy, wz])
        return state.held
