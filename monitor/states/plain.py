"""Hops to what each half second shows: the text that senses.c follows."""

import math
from dataclasses import dataclass

import numpy as np

from monitor.states import gait, movements, transitions
from monitor.states.history import (
    BLOCK,
    GYR_SQ,
    INCLINATION,
    NORM_MAX,
    SAGITTAL,
    UP,
    VALID,
    History,
)
from monitor.states.layout import (
    BURST,
    CALM,
    FOUND,
    LEVEL_MPS2,
    MOVEMENT,
    MOVING,
    NAMES,
    OPENED,
    QUIET,
    QUIET_MPS2,
    REST_UP,
    RESTED,
    WALKING,
    Array,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for, and the windows that means are taken over."""

    walking: gait.Params
    rising: transitions.Params
    moving: movements.Params
    window_s: float  # s; `activities.Params.window_s`
    valid_s: float  # s; `activities.Params.valid_s`
    level_s: float  # s; `bends.Params.level_s`
    first_level_s: float = 0.3  # s; until there is a level: one rest, `movements.Params.rest_s`
    second_s: float = 1.0  # s; `holds` counts seconds


def sense(
    params: Sought, memory: Array, history: History, start: int, blocks: int
) -> tuple[Array, Array]:
    """Look at blocks from hop `start`: what they show, (blocks, SHOWN), and found, (m, FOUND)."""
    rows, found = [], []
    for block in range(blocks):
        begin = start + block * BLOCK
        stop = begin + BLOCK
        walking = gait.walking(params.walking, history, stop, before=bool(memory[WALKING]))
        memory[WALKING] = walking
        for first, end in _bursts(params.rising, memory, history, begin, stop, gait=walking):
            found.append((BURST, block, first, end, end))
        for first, end, known in _moved(params.moving, memory, history, begin, stop):
            found.append((MOVEMENT, block, first, end, known))
        shown = _show(params, memory, history, begin, stop)
        rows.append([shown[name] for name in NAMES])
    return np.array(rows, np.float64), np.array(found, np.float64).reshape(-1, FOUND)


def _bursts(
    params: transitions.Params,
    memory: Array,
    history: History,
    start: int,
    stop: int,
    *,
    gait: bool,
) -> list[tuple[int, int]]:
    quiet, opened = float(memory[QUIET_MPS2]), _hop(memory[OPENED])
    state = transitions.State(None if math.isnan(quiet) else quiet, opened)
    found = transitions.follow(params, state, history, start, stop, gait=gait)
    memory[QUIET_MPS2] = state.quiet_mps2
    memory[OPENED] = math.nan if state.opened is None else state.opened
    return found


def _moved(
    params: movements.Params, memory: Array, history: History, start: int, stop: int
) -> list[tuple[int, int, int]]:
    x, y, z = memory[REST_UP].tolist()
    state = movements.State(
        int(memory[CALM]),
        int(memory[QUIET]),
        float(memory[LEVEL_MPS2]),
        (x, y, z),
        bool(memory[RESTED]),
        _hop(memory[MOVING]),
    )
    found = movements.follow(params, state, history, start, stop)
    memory[CALM], memory[QUIET], memory[LEVEL_MPS2] = state.calm, state.quiet, state.level_mps2
    memory[REST_UP], memory[RESTED] = state.up, state.rested
    memory[MOVING] = math.nan if state.moving is None else state.moving
    return found


def _show(
    params: Sought, memory: Array, history: History, start: int, stop: int
) -> dict[str, float]:
    def last(seconds: float) -> Array:
        return history.window(stop - history.hops(seconds), stop)

    block, rows, second = history.window(start, stop), last(params.window_s), last(params.second_s)
    level = last(params.level_s if memory[WALKING] else params.first_level_s)
    x, y, z = second[:, UP].mean(axis=0)
    return {
        "walking": memory[WALKING],
        "valid": last(params.valid_s)[:, VALID].mean(),
        "gyr_sq": rows[:, GYR_SQ].mean(),
        "gyr_sq_max": block[:, GYR_SQ].max(),
        "inclination": block[:, INCLINATION].mean(),
        "lean": block[:, SAGITTAL].mean(),
        "lean_long": rows[:, SAGITTAL].mean(),
        "lean_max": history.window(start - 2, stop)[:, SAGITTAL].max(),
        "norm_max": block[:, NORM_MAX].max(),
        "level_inclination": level[:, INCLINATION].mean(),
        "level_lean": level[:, SAGITTAL].mean(),
        "lean_pair": history.window(stop - 2 * BLOCK, stop)[:, SAGITTAL].mean(),
        "lean_second": second[:, SAGITTAL].mean(),
        "x": x,
        "y": y,
        "z": z,
        "moving": memory[MOVING],
        "rested": memory[RESTED],
    }


def _hop(value: float) -> int | None:
    return None if math.isnan(value) else int(value)
