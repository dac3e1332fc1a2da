"""Hops to what each half second shows before anything is decided."""

import math
from dataclasses import dataclass

import numpy as np

from monitor.states import native, plain
from monitor.states.history import BLOCK, History
from monitor.states.layout import (
    BLOCK_INDEX,
    BURST,
    KIND,
    KNOWN,
    START,
    STOP,
    Array,
    Shown,
)
from monitor.states.plain import Sought


@dataclass(frozen=True, slots=True)
class Sight:
    """What the block of hops `[start, stop)` shows.

    Attributes:
        shown: its windows, and the movement under way.
        bursts: hops [start, stop) over which |a| swung, that are over now.
        moved: first hop, end, and hop when known, of movements from rest to rest.
    """

    start: int
    stop: int
    shown: Shown
    bursts: list[tuple[int, int]]
    moved: list[tuple[int, int, int]]


def numbers(params: Sought, history: History) -> Array:
    """Thresholds, and windows in hops, in the order of `Params` in senses.c."""
    walking, rising, moving, hops = params.walking, params.rising, params.moving, history.hops
    return np.array(
        [
            history.hop_s,
            BLOCK,
            hops(walking.window_s),
            hops(walking.recent_s),
            walking.recent_deviation_mps2,
            walking.deviation_mps2**2,
            walking.regularity,
            walking.regularity_on,
            hops(walking.step_min_s),
            hops(walking.step_max_s),
            hops(rising.rms_s),
            hops(rising.calm_s),
            rising.open_mps2,
            rising.close_mps2,
            rising.calm_mps2**2,
            rising.longest_s,
            rising.quiet_gain,
            hops(moving.window_s),
            hops(moving.rest_s),
            hops(moving.calm_s),
            moving.quiet_radps**2,
            moving.quiet_mps2**2,
            moving.on_level_mps2,
            moving.tilted_mps2,
            moving.shortest_s,
            hops(params.window_s),
            hops(params.valid_s),
            hops(params.level_s),
            hops(params.first_level_s),
            hops(params.second_s),
        ],
        dtype=np.float64,
    )


def look(
    params: Sought,
    told: Array,
    memory: Array,
    history: History,
    start: int,
    blocks: int,
    *,
    compiled: bool = native.COMPILED,
) -> list[Sight]:
    """Look at blocks from hop `start`; `told` is what `numbers` gives, `memory` is changed."""
    if blocks <= 0:
        return []
    if compiled:
        shown, found = native.sense(told, memory, history, start, blocks)
    else:
        shown, found = plain.sense(params, memory, history, start, blocks)
    starts = range(start, start + blocks * BLOCK, BLOCK)
    sights = [
        Sight(at, at + BLOCK, Shown._make(row), [], [])
        for at, row in zip(starts, shown.tolist(), strict=True)
    ]
    for row in found.tolist():
        sight = sights[int(row[BLOCK_INDEX])]
        first, stop, known = int(row[START]), int(row[STOP]), int(row[KNOWN])
        if row[KIND] == BURST:
            sight.bursts.append((first, stop))
        else:
            sight.moved.append((first, stop, known))
    return sights


def moving_since(shown: Shown) -> int | None:
    """Hop at which the present movement began; None at rest."""
    return None if math.isnan(shown.moving) else int(shown.moving)
