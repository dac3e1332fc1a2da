"""One simulated person with a sensor at the chest and one at the pelvis."""

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np

from monitor.model import (
    NS_PER_S,
    Beat,
    MotionChunk,
    MotionEvent,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.orientation import Orientation, mounting_from_axes, with_neutral
from monitor.orientation import Params as OrientationParams
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES
from monitor.stage import feed
from monitor.trunk import Felt, Level, Trunk, TrunkChunk, TrunkLift
from simulator.scenarios import simulate

T0_NS = 1_700_000_000_000_000_000
SEED = 3
STOOD_S = (2.0, 6.0)  # "short" begins with 8 s of standing


@dataclass(frozen=True)
class Worn:
    """What one sensor of the pair felt, and the truth at its samples."""

    acc_mps2: np.ndarray
    gyr_radps: np.ndarray
    rate_hz: float
    sagittal_deg: np.ndarray
    lateral_deg: np.ndarray
    events: tuple

    def samples(self, cuts=(), t0_ns=T0_NS, gyro=True):
        """SampleChunks with borders at `cuts`, and the end."""
        segment = Segment(0, t0_ns, self.rate_hz)
        edges = [0, *sorted(cuts), len(self.acc_mps2)]
        for a, b in itertools.pairwise(edges):
            gyr = self.gyr_radps[a:b].copy() if gyro else np.full((b - a, 3), np.nan)
            origin = np.zeros(b - a, np.uint8)
            yield SampleChunk(segment, a, self.acc_mps2[a:b].copy(), gyr, origin)
        yield SegmentEnd(segment, len(self.acc_mps2), "end of file")


@cache
def worn(placement: Placement, rate_hz: float = 100.0, scenario: str = "short") -> Worn:
    specimen = 0 if placement is Placement.UPPER_BACK else 1
    blocks = list(
        simulate(
            scenario,
            seconds=60.0,
            seed=SEED,
            rate_hz=rate_hz,
            placement=placement,
            specimen=specimen,
        )
    )
    return Worn(
        np.concatenate([block.acc_mps2 for block in blocks]),
        np.concatenate([block.gyr_radps for block in blocks]),
        rate_hz,
        np.degrees(np.concatenate([block.sagittal_rad for block in blocks])),
        np.degrees(np.concatenate([block.lateral_rad for block in blocks])),
        tuple(event for block in blocks for event in block.finished),
    )


@cache
def mounting(sensor_placement: Placement):
    """Axes as marked, zero from standing."""
    axes = mounting_from_axes("+x", "-z")
    one = worn(sensor_placement)
    start, stop = (round(at_s * one.rate_hz) for at_s in STOOD_S)
    orientation = Orientation(OrientationParams(mounting=axes))
    chunks = [item for item in feed(orientation, one.samples()) if isinstance(item, MotionChunk)]
    up = np.concatenate([chunk.up for chunk in chunks])[start:stop].mean(axis=0)
    return with_neutral(axes, axes.matrix().T @ up)


def motion(placement: Placement, cuts=(), rate_hz=100.0, gyro=True) -> list:
    """MotionChunks of a sensor."""
    orientation = Orientation(OrientationParams(mounting=mounting(placement)))
    return feed(orientation, worn(placement, rate_hz).samples(cuts, gyro=gyro))


@cache
def told(gyro: bool = True) -> tuple[MotionEvent | Beat, ...]:
    """What the chest's sensor tells, in order."""
    interpret = Interpret(PROFILES["manual"], mounting(Placement.UPPER_BACK))
    out: list[MotionEvent | Beat] = []
    for item in worn(Placement.UPPER_BACK).samples(range(100, 6000, 100), gyro=gyro):
        step = interpret.push([item])
        out += [*step.events, *step.beats]
    return tuple(out)


def felt(level: Level, items: list, zeroed: bool = True) -> list[Felt]:
    return [Felt(level, item, zeroed) for item in items]


def in_turn(*streams: list) -> list:
    """One item of each stream after the other."""
    out = []
    for place in range(max(map(len, streams))):
        out += [stream[place] for stream in streams if place < len(stream)]
    return out


@dataclass(frozen=True)
class Seen:
    """All that a `Trunk` gave, rows put together."""

    time_s: np.ndarray
    flexion_deg: np.ndarray
    lateral_deg: np.ndarray
    twist_degps: np.ndarray
    known: np.ndarray
    lifts: list[TrunkLift]


def seen(items: list, trunk: Trunk | None = None) -> Seen:
    out = feed(trunk or Trunk(), items)
    chunks = [item for item in out if isinstance(item, TrunkChunk)]

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(chunk, name) for chunk in chunks] or [np.zeros(0)])

    times = [chunk.time_ns() - T0_NS for chunk in chunks]
    return Seen(
        np.concatenate(times or [np.zeros(0)]) / NS_PER_S,
        np.degrees(column("flexion_rad")),
        np.degrees(column("lateral_rad")),
        np.degrees(column("twist_radps")),
        column("known").astype(bool),
        [item for item in out if isinstance(item, TrunkLift)],
    )
