"""Simulated wearers as chunks, with the sensor mounted any way."""

import itertools
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.model import Placement, SampleChunk, Segment
from simulator.imu import draw_imu
from simulator.scenarios import simulate

RATE_HZ = 100.0
NS = 1_000_000_000
SEGMENT = Segment(0, 0, RATE_HZ)

AS_MARKED = np.eye(3)
UPSIDE_DOWN = np.diag([-1.0, -1.0, 1.0])
ON_ITS_SIDE = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
ASKEW = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])


@cache
def felt(
    scenario: str, seed: int, placement: Placement = Placement.UPPER_BACK
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Acceleration [m/s^2] and rate [rad/s] of a whole scenario, shape (n, 3), as marked."""
    blocks = list(simulate(scenario, seed=seed, rate_hz=RATE_HZ, placement=placement))
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


def true_rows(seed: int, turned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Body from sensor of that wearer, with the sensor turned against how it is marked."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5)]
    rows: NDArray[np.float64] = draw_imu(streams[3], Placement.UPPER_BACK).body_from_sensor
    return rows @ turned.T


def chunks(
    acc: NDArray[np.float64],
    gyr: NDArray[np.float64],
    *,
    cut: int | list[int] = 1000,
    turned: NDArray[np.float64] = AS_MARKED,
    segment: Segment = SEGMENT,
) -> list[SampleChunk]:
    """Samples in chunks of `cut`, or with borders there."""
    borders = cut if isinstance(cut, list) else list(range(cut, len(acc), cut))
    edges = [0, *sorted(borders), len(acc)]
    return [
        SampleChunk(
            segment,
            a,
            acc[a:b] @ turned.T,
            gyr[a:b] @ turned.T,
            np.zeros(b - a, np.uint8),
        )
        for a, b in itertools.pairwise(edges)
    ]
