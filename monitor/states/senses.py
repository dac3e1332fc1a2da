"""Hops to what each half second shows before anything is decided."""

import math
from collections.abc import Iterator

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
    Sight,
)
from monitor.states.plain import Sought


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
) -> Iterator[Sight]:
    """Look at blocks from hop `start`; `told` is what `numbers` gives, `memory` is changed."""
    if blocks <= 0:
        return
    if compiled:
        shown, found = native.sense(told, memory, history, start, blocks)
    else:
        shown, found = plain.sense(params, memory, history, start, blocks)
    over, at = found.tolist(), 0
    for block, row in enumerate(shown.tolist()):
        sight = Sight(start + block * BLOCK, start + (block + 1) * BLOCK, row)
        while at < len(over) and over[at][BLOCK_INDEX] == block:
            first, stop = int(over[at][START]), int(over[at][STOP])
            if over[at][KIND] == BURST:
                sight.bursts.append((first, stop))
            else:
                sight.moved.append((first, stop, int(over[at][KNOWN])))
            at += 1
        yield sight


def moving_since(sight: Sight) -> int | None:
    """Hop at which the present movement began; None at rest."""
    moving = sight.moving
    return None if math.isnan(moving) else int(moving)
