"""Bends of the trunk and bends that look like a lift.

Two paths find them (ADR 10). Between rests: a movement that lowers the body or tips it forward,
whatever follows, and the movement that brings it back make one cycle, judged as a whole; that
finds squats with little lean and tells them from sitting down. Without rests, while walking or
in a hurry: the trunk leaves the lean it has in walking by 30 deg and comes back.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.states import movements, technique
from monitor.states.history import (
    ACC_VERTICAL,
    LATERAL,
    LEAN_MAX,
    LEAN_RATE,
    SAGITTAL,
    TURN_RATE,
    History,
    mean,
)
from monitor.states.layout import Sight
from monitor.states.movements import Movement
from monitor.states.senses import moving_since
from monitor.states.transitions import vertical_speed_mps

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Params:
    """Definitions of ours, and figures of movements that SisFall shows at the waist."""

    enter_rad: float = 0.5236  # 30 deg; a bend by its lean, as Gupta 2022 counts. Ours
    leave_rad: float = 0.3491  # 20 deg; the cut of ISO 11226:2000 and EN 1005-4
    longest_s: float = 25.0  # s; longer is a held posture, counted as such. Ours, ADR 5
    confirm_s: float = 3.0  # s; waited for a fall that would explain it, `impacts.settle_s`
    confirm_small_s: float = 6.0  # s; waited for a rise that would show it was a squat. Ours
    lowered_m: float = 0.15  # m; sinking that opens a cycle; SisFall
    lowering_s: float = 4.5  # s; longer ones are steps; squats go down in 3.7 or less. SisFall
    tipped_rad: float = 0.2094  # 12 deg forward that opens one; the same
    pause_s: float = 1.5  # s; leaning on after a shorter pause is one movement. Ours
    onward_rad: float = 0.0698  # 4 deg; by which both parts lean forward. Ours
    turned_over_rad: float = 0.5236  # 30 deg in any direction that opens one; the same
    back_rad: float = 0.4363  # 25 deg; nearer than this to the start closes it; the same
    risen_m: float = 0.12  # m; a rise that closes it, with the share below; the same
    risen: float = 0.3  # of the depth; .2 to .3 find most squats of SisFall D15
    # 4 deg; by which the trunk tips on the way back: bends and squats do by 6.5 and more (SisFall
    # D15, D16), a car that speeds up by 2.4 (simulated)
    back_swing_rad: float = 0.0698
    upright_rad: float = 0.8727  # 50 deg; who starts further over was lying. Ours
    seat_rad: float = 0.3491  # 20 deg; settling back and leaning ahead: .98 of sittings-down do
    # so by 21 and more, .98 of squats by 18 and less. SisFall D07-D10, D15
    seat_fast_rad: float = 0.2443  # 14 deg; the same after dropping: .99 by 16. SisFall D08, D10
    dropped_mps2: float = 4.0  # m/s^2; downward or on landing: .98 of squats stay below. SisFall
    seat_shallow_rad: float = 0.4538  # 26 deg; of overshoot where no depth is seen; SisFall
    no_seat_rad: float = 0.1745  # 10 deg; .98 of those who leave a chair lean ahead 15. SisFall
    # 13.5 deg/s; every squat tips faster at some time: 19.5 and more (SisFall D15), braking 12
    # (simulated)
    squat_rate_radps: float = 0.2356
    rise_lean_rad: float = 0.0524  # 3 deg; least lean on rising from a squat. SisFall D15
    lie_back_rad: float = -0.7854  # -45 deg; further back is lying; SisFall
    lie_aside_rad: float = 0.6109  # 35 deg aside; SisFall
    seat_m: float = 0.3  # m; who ends so much higher began on a seat: .30 to .57, SisFall
    seated_s: float = 10.0  # s; who has been lower for so long without leaning sits. Ours
    seated_long_s: float = 30.0  # s; who is believed to have sat so long does not squat. Ours
    smallest_rad: float = 0.5236  # 30 deg; least lean of a bend that is no squat, as `enter_rad`
    dip_rad: float = 0.5236  # 30 deg; least lean of a bend within one movement, as `enter_rad`
    dip_m: float = 0.35  # m; least dip of a squat within one movement. SisFall
    dip_level_m: float = 0.15  # m; height between both ends of such a movement. SisFall
    dip_drift_mps2: float = 0.01  # m/s^2; of drift in that height, offset / 12. Ours
    dip_g: float = 1.8  # g; harder is something else; SisFall
    squat_lean_rad: float = 0.0  # rad; least lean of a squat; nobody squats leaning back. SisFall
    deepest_m: float = 0.9  # m; nobody squats deeper, vehicles brake. SisFall: .98 below .76
    small_longest_s: float = 12.0  # s; longer and under 30 deg is a posture. Ours
    level_s: float = 2.0  # s; of walking that the level is taken over. Ours
    swing_shortest_s: float = 1.0  # s; shorter is a stumble or a stair; SisFall D05
    swing_blur_m: float = 0.1  # m; by which a depth without rests may be wrong. Ours
    swing_margin_s: float = 1.0  # s; a bend without rests is levelled over, two steps. Ours
    swing_level_m: float = 0.25  # m; height gained or lost by more is a seat. Ours
    deep_rad: float = 1.0472  # 60 deg; ISO 11226 and EN 1005-4
    very_deep_rad: float = 1.5708  # 90 deg; Soter's hazard of 85 to 90 deg. Ours
    lift_peak_rad: float = 0.6981  # 40 deg; 30 to 60 are plausible. Ours
    lift_descent_s: tuple[float, float] = (0.3, 3.0)  # s; Ours
    lift_dwell_s: float = 4.0  # s; longer is static in ISO 11226:2000
    lift_return_s: tuple[float, float] = (0.3, 4.0)  # s; Ours
    lift_total_s: float = 10.0  # s; Ours
    lift_rise_mps: float = 0.2  # m/s; upward speed in the return: Adamowicz 2020, rising
    plateau: float = 0.9  # of the peak; where descent ends and return begins. Ours
    turned_peak_rad: float = 0.8727  # 50 deg; with the turn below, a demanding lift; Soter's hazard
    turned_rad: float = 0.5236  # 30 deg; turn while bent, as Soter's hazard. Ours
    index_flag: float = 60.0  # of 100; Ours
    moving: movements.Params = field(default_factory=movements.Params)
    knees: technique.Params = field(default_factory=technique.Params)


def at_the_pelvis(params: Params) -> Params:
    """The same for a sensor at the pelvis, which leans less than the trunk: stoops of SisFall
    D16 begin at 15 deg, and sitting down within one movement tips it by up to 40."""
    return replace(
        params,
        smallest_rad=params.tipped_rad,
        dip_rad=params.lift_peak_rad,
        knees=technique.at_the_pelvis(params.knees),
    )


ROUNDING_RAD = 1e-9  # rad; far over what adding up three angles rounds


@dataclass(slots=True)
class Cycle:
    """What has happened since the body left a rest upright; leans against that rest [rad]."""

    first: Movement
    height_m: float  # now
    depth_m: float  # greatest
    peak: float
    lowest: float  # least lean at a rest below
    bent: float  # greatest lean at a rest below
    aside: float  # greatest at a rest
    settle_back: float
    overshoot: float  # of the peak over the lean at the rest below, on the way down
    lean_ahead: float = 0.0
    lean_out: float = 0.0  # largest lean over the rest below on the way up
    risen_m: float = 0.0
    rise_seen: bool = False  # whether the way up was short enough to follow its height
    sinking: bool = False  # the rest below was none: the body went on down without turning
    # First and last hop of the last movement, and what had happened before it.
    begun: tuple[int, int, "Cycle"] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bend over hops `[start, stop)`, told at hop `due` unless something explains it."""

    start: int
    stop: int
    due: int
    level: float  # forward lean that it left and came back to [rad]
    sunk_m: float | None  # None where it cannot be known
    blur_m: float
    swing: bool  # found by its lean, without rests
    small: bool = False  # leans less than `enter_rad`


@dataclass(slots=True)
class State:
    """The cycle and the swing under way, and the bends that wait to be told."""

    moving: int | None = None  # hop at which the present movement began
    cycle: Cycle | None = None
    judged: list[tuple[int, int]] = field(default_factory=list)  # movements with rests, recently
    level: float | None = None  # forward lean of walking, or of the first rest [rad]
    low: int = 0  # the last hop below `leave_rad`
    opened: int | None = None
    waiting: list[Candidate] = field(default_factory=list)
    last: Movement | None = None  # the movement before, if no cycle came of it
    seated_from: int | None = None  # hop since which the person is believed to sit


@dataclass(frozen=True, slots=True)
class Bend:
    """One bend over hops `[start, stop)`, with its measures (docs/analysis.md)."""

    start: int
    stop: int
    lift: bool
    confidence: float
    values: dict[str, float]
    flags: tuple[str, ...]
    technique: str


def advance(
    params: Params,
    state: State,
    history: History,
    sight: Sight,
    *,
    seated: bool,
    explained: list[tuple[int, int]],
) -> list[Bend]:
    """Look at a block of hops.

    `seated`: the person is believed to sit.
    `explained`: recent hop ranges of lying or falling, whose leaning is no bend.
    """
    stop = sight.stop
    state.moving = moving_since(sight)
    for first, end, known in sight.moved:
        movement = movements.describe(params.moving, history, first, end, known)
        _between_rests(params, state, history, movement, known)
    if not seated:
        state.seated_from = None
    elif state.seated_from is None:
        state.seated_from = stop
    if state.cycle is not None:
        _walks_off(params, state, history, stop, gait=sight.walking > 0)
        _expire(params, state, history, stop)
    if sight.walking or (state.level is None and sight.rested):
        _know_level(params, state, sight)
    if state.level is not None:
        if state.opened is None and sight.lean_max - state.level < params.leave_rad:
            state.low = stop - 1
        else:
            _swings(params, state, history, sight, state.level)
    return _settle(params, state, history, stop, explained) if state.waiting else []


def flush(
    params: Params, state: State, history: History, *, explained: list[tuple[int, int]]
) -> list[Bend]:
    """Decide what still waits; a movement under way counts as over with the segment."""
    moving, end = state.moving, history.stop
    if moving is not None and (end - moving) * history.hop_s >= params.moving.shortest_s:
        movement = movements.describe(params.moving, history, moving, end, end)
        _between_rests(params, state, history, movement, end)
        state.moving = None
    longest = history.stop + history.hops(params.confirm_s + params.longest_s)
    return _settle(params, state, history, longest, explained)


# Between rests


def _between_rests(
    params: Params, state: State, history: History, movement: Movement, known: int
) -> None:
    earlier = state.judged[-1:]
    if not movement.long:
        state.judged = [*state.judged[-20:], (movement.start, movement.stop)]
    if state.cycle is None:
        movement = _joined(params, state.last, movement, history)
        state.last = movement
        if movement.long or float(movement.before[2]) < math.cos(params.upright_rad):
            return
        dips = _is_dip(params, movement, (movement.stop - movement.start) * history.hop_s)
        # Over so far a lean heights drift, and nobody sits down with it.
        bows = dips and movement.lean_peak - movement.lean_before > params.deep_rad
        if _leaves(params, state, history, movement) and not bows:
            state.cycle, state.last = _open(movement), None
        elif dips:
            _dipped(params, state, history, movement)
        elif _rises_from_squat(params, state, history, movement):
            _rose(params, state, history, movement, earlier)
        return
    cycle = state.cycle
    before = replace(cycle, begun=None)
    followed = (movement.stop - movement.start) * history.hop_s < params.lowering_s
    _follow(cycle, movement, params.deepest_m, followed=followed)
    if (
        cycle.height_m > params.seat_m
        and cycle.depth_m < 0.5 * cycle.risen_m
        and cycle.lean_ahead > params.no_seat_rad
    ):
        state.cycle = None  # it began on a seat
        return
    if cycle.bent < params.tipped_rad and -movement.rise_m > 2.0 * max(
        cycle.depth_m, params.lowered_m
    ):
        state.cycle = _open(movement)  # what went before was a step or a shift
        return
    if not _is_back(params, cycle, movement, followed=followed):
        whole = _in_parts(params, history, cycle, movement, known)
        if whole is None:
            _lower(cycle, movement)
            cycle.begun = movement.start, movement.stop, before
            return
        cycle = whole
    state.cycle = None
    state.judged = [*state.judged[-20:], (cycle.first.start, movement.stop)]
    _close(params, state, history, cycle, movement.stop)


def _close(params: Params, state: State, history: History, cycle: Cycle, stop: int) -> None:
    """Tell the bend that the cycle up to hop `stop` was, if it was one."""
    start, level = cycle.first.start, cycle.first.lean_before
    length_s = (stop - start) * history.hop_s
    # Held is what leans: on their way, people take seconds more.
    bent_from, bent_to = _bent_part(params, history, start, stop, level)
    held_s = (bent_to - bent_from) * history.hop_s
    if held_s > params.longest_s or _is_seat_or_bed(params, cycle):
        return
    sunk = _sunk_m(params, cycle)
    small = cycle.peak < params.enter_rad
    if small:
        squat = sunk > params.knees.squat_m
        least = params.squat_lean_rad if squat else params.smallest_rad
        # A squat is easily believed to be a sitting down; only long sitting speaks against one.
        sitting_s = params.seated_long_s if squat else 0.0
        seated = _seated_since(state, start - sitting_s / history.hop_s)
        if cycle.peak < least or seated or length_s > params.small_longest_s:
            return
    wait_s = params.confirm_small_s if small else params.confirm_s
    due = stop + history.hops(wait_s)
    # One way alone may have been cut short by a rest imagined halfway.
    blur_m = 0.0 if cycle.rise_seen else params.swing_blur_m
    known = None if cycle.sinking else sunk
    state.waiting.append(Candidate(start, stop, due, level, known, blur_m, False, small))


def _seated_since(state: State, hop: float) -> bool:
    return state.seated_from is not None and state.seated_from < hop


def _sunk_m(params: Params, cycle: Cycle) -> float:
    """How deep the cycle went: the larger of the ways down and up, as a rest imagined halfway
    makes one small; but further over their mean, as attitude errors make one large."""
    most, least = max(cycle.depth_m, cycle.risen_m), min(cycle.depth_m, cycle.risen_m)
    if not cycle.rise_seen:
        return most
    over = ramp(cycle.peak, params.enter_rad, params.deep_rad)
    return most - 0.5 * over * (most - least)


def _joined(
    params: Params, last: Movement | None, movement: Movement, history: History
) -> Movement:
    """The movement with the one before, if they lean on in the same way after a short pause."""
    if last is None or last.long or movement.long:
        return movement
    pause_s = (movement.start - last.stop) * history.hop_s
    length_s = (movement.stop - last.start) * history.hop_s
    onward = min(last.lean_after - last.lean_before, movement.lean_after - movement.lean_before)
    if pause_s > params.pause_s or length_s > params.lowering_s or onward < params.onward_rad:
        return movement
    return replace(
        movement,
        start=last.start,
        before=last.before,
        lean_before=last.lean_before,
        lateral_before=last.lateral_before,
        rise_m=last.rise_m + movement.rise_m,
        lowest_m=min(last.lowest_m, last.rise_m + movement.lowest_m),
    )


def _leaves(params: Params, state: State, history: History, movement: Movement) -> bool:
    """Whether the body has come to rest lower, further forward or turned over."""
    lean = movement.lean_after - movement.lean_before
    length_s = (movement.stop - movement.start) * history.hop_s
    lower = movement.rise_m < -params.lowered_m and length_s < params.lowering_s
    # Who sits up from leaning back has not bent forward.
    forward = state.level is None or movement.lean_after - state.level > 0.5 * params.tipped_rad
    tilt = _angle(movement.before, movement.after)
    over = tilt > params.turned_over_rad and float(movement.after[2]) < float(movement.before[2])
    return lower or (lean > params.tipped_rad and forward) or over


def _in_parts(
    params: Params, history: History, cycle: Cycle, movement: Movement, known: int
) -> Cycle | None:
    """The cycle as the last movement and this one close it, if they are one way back: who rises
    evenly shakes nothing halfway and seems to rest."""
    if cycle.begun is None:
        return None
    start, stop, before = cycle.begun
    pause_s = (movement.start - stop) * history.hop_s
    length_s = (movement.stop - start) * history.hop_s
    if pause_s > params.pause_s or length_s > params.lowering_s:
        return None
    whole = movements.describe(params.moving, history, start, movement.stop, known)
    _follow(before, whole, params.deepest_m, followed=True)
    risen = whole.rise_m > params.knees.squat_m
    return before if risen and _is_back(params, before, whole, followed=True) else None


def _open(movement: Movement) -> Cycle:
    lean = movement.lean_after - movement.lean_before
    return Cycle(
        first=movement,
        height_m=movement.rise_m,
        depth_m=max(0.0, -movement.rise_m),
        peak=movement.lean_peak - movement.lean_before,
        lowest=lean,
        bent=lean,
        aside=abs(movement.lateral_after - movement.lateral_before),
        settle_back=movement.settle_back,
        overshoot=movement.lean_peak - movement.lean_after,
    )


def _follow(cycle: Cycle, movement: Movement, deepest_m: float, *, followed: bool) -> None:
    cycle.peak = max(cycle.peak, movement.lean_peak - cycle.first.lean_before)
    cycle.lean_out = movement.lean_peak - movement.lean_before
    cycle.rise_seen = followed
    # Who still sank at the start seems to end higher than anybody rises: speed was not zero.
    cycle.sinking = cycle.sinking or (not followed and movement.rise_m > deepest_m)
    if followed:
        cycle.height_m += movement.rise_m
        if movement.rise_m >= cycle.risen_m:
            cycle.risen_m, cycle.lean_ahead = movement.rise_m, movement.lean_ahead


def _lower(cycle: Cycle, movement: Movement) -> None:
    """The movement has ended at another rest below."""
    lean = movement.lean_after - cycle.first.lean_before
    cycle.depth_m = max(cycle.depth_m, -cycle.height_m, -movement.rise_m)
    cycle.lowest, cycle.bent = min(cycle.lowest, lean), max(cycle.bent, lean)
    cycle.aside = max(cycle.aside, abs(movement.lateral_after - cycle.first.lateral_before))
    if -movement.rise_m > 0.5 * cycle.depth_m:
        cycle.settle_back = max(cycle.settle_back, movement.settle_back)


def _is_back(params: Params, cycle: Cycle, movement: Movement, *, followed: bool) -> bool:
    if _angle(cycle.first.before, movement.after) >= params.back_rad:
        return False
    if movement.lean_peak - min(movement.lean_before, movement.lean_after) < params.back_swing_rad:
        return False  # pushed, not risen
    lean = movement.lean_after - cycle.first.lean_before
    if cycle.depth_m < params.lowered_m:
        return lean < max(0.5 * cycle.bent, 0.0)
    # Of a longer one the height is known well enough if it is that of the way down.
    over = 0.5 * cycle.depth_m < movement.rise_m < 1.5 * cycle.depth_m
    rise_m = movement.rise_m if followed or over else 0.0
    risen = rise_m > max(params.risen_m, params.risen * cycle.depth_m)
    level = cycle.height_m > -0.5 * cycle.depth_m
    unbent = cycle.bent > params.tipped_rad and lean < 0.5 * cycle.bent
    return risen or level or (unbent and rise_m > -params.swing_level_m)


def _is_seat_or_bed(params: Params, cycle: Cycle) -> bool:
    """Whether the cycle was to a seat or bed and back, not a bend; tried on SisFall."""
    if cycle.aside > params.lie_aside_rad or cycle.lowest < params.lie_back_rad:
        return True
    sunk = max(cycle.depth_m, cycle.risen_m)
    # Leaning lowers a sensor on the chest, too.
    if technique.knee_depth_m(params.knees, sunk, cycle.peak) > params.deepest_m:
        return True
    if sunk < params.lowered_m:
        return 0.5 * (cycle.overshoot + cycle.lean_out) > params.seat_shallow_rad
    swings = []
    if cycle.depth_m > 0.5 * sunk:
        swings.append(cycle.settle_back)
    if cycle.risen_m > 0.5 * sunk:
        swings.append(cycle.lean_ahead)
    swung = sum(swings) / len(swings)
    first = cycle.first
    dropped = max(first.hardest_mps2, -first.lightest_mps2) > params.dropped_mps2
    return swung > (params.seat_fast_rad if dropped else params.seat_rad)


def _is_dip(params: Params, movement: Movement, length_s: float) -> bool:
    """Down and up again without a rest between."""
    lean = movement.lean_after - movement.lean_before
    level_m = params.dip_level_m + params.dip_drift_mps2 * length_s**2
    level = abs(movement.rise_m) < level_m
    lean_out = movement.lean_peak - movement.lean_before
    leant = lean_out > params.dip_rad
    deep = movement.dip_m > params.dip_m
    if movement.peak_g >= params.dip_g or abs(lean) >= params.tipped_rad:
        return False
    if lean_out > params.deep_rad:
        return True
    return (level and (leant or deep)) or (leant and length_s > params.lowering_s)


def _dipped(params: Params, state: State, history: History, movement: Movement) -> None:
    due = movement.stop + history.hops(params.confirm_s)
    length_s = (movement.stop - movement.start) * history.hop_s
    blur_m = params.dip_drift_mps2 * length_s**2
    # Drift deepens more dips than it fills, the more so the further over the sensor was.
    leant = ramp(movement.lean_peak - movement.lean_before, params.enter_rad, params.deep_rad)
    sunk_m = max(0.0, movement.dip_m - 0.5 * blur_m) * (1.0 - leant)
    state.waiting.append(
        Candidate(
            movement.start,
            movement.stop,
            due,
            movement.lean_before,
            sunk_m,
            blur_m,
            False,
        )
    )


def _rises_from_squat(params: Params, state: State, history: History, movement: Movement) -> bool:
    """Up to standing without leaning ahead, as nobody leaves a chair: the way down was missed."""
    recent = movement.start - history.hops(params.small_longest_s)
    level = movement.lean_after if state.level is None else state.level
    return (
        params.seat_m < movement.rise_m < params.deepest_m
        and movement.lean_ahead < params.no_seat_rad
        and (movement.stop - movement.start) * history.hop_s < params.lowering_s
        and movement.lean_peak - movement.lean_before > params.rise_lean_rad
        and abs(movement.lean_after - level) < params.tipped_rad
        and movement.peak_g < params.dip_g
        and not _seated_since(state, recent)
    )


def _rose(
    params: Params,
    state: State,
    history: History,
    movement: Movement,
    earlier: list[tuple[int, int]],
) -> None:
    """A squat begins with the movement before, which a smooth way down looks like a small bend."""
    recent = movement.start - history.hops(params.small_longest_s)
    start = next((begun for begun, _ in earlier if begun > recent), movement.start)
    for other in state.waiting:
        if other.small and other.stop <= movement.start:
            start = min(start, other.start)
            state.waiting.remove(other)
            break
    due = movement.stop + history.hops(params.confirm_s)
    level, blur_m = movement.lean_after, params.swing_blur_m
    state.waiting.append(
        Candidate(start, movement.stop, due, level, movement.rise_m, blur_m, False)
    )


def _walks_off(params: Params, state: State, history: History, stop: int, *, gait: bool) -> None:
    """Close a cycle that no rest closes: upright again and moving on."""
    cycle, moving = state.cycle, state.moving
    if cycle is None or moving is None:
        return
    if (stop - moving) * history.hop_s < params.lowering_s:
        return
    start = cycle.first.start
    lean = history.window(start, stop)[:, SAGITTAL] - cycle.first.lean_before
    recent = mean(lean[-history.hops(params.level_s) :])
    unbent = cycle.bent > params.back_rad and recent < 0.5 * cycle.bent
    deep = cycle.depth_m > params.knees.squat_m
    # Who has sunk so far and takes no step may as well sit in something that moves.
    if not (deep or unbent if gait else unbent and not deep):
        return
    state.cycle = None
    upright = np.flatnonzero(lean[moving - start :] < 0.5 * cycle.bent)
    end = moving + int(upright[0]) + 1 if len(upright) else moving
    state.judged = [*state.judged[-20:], (start, end)]
    _close(params, state, history, cycle, end)


def _expire(params: Params, state: State, history: History, stop: int) -> None:
    """Sitting and held postures are no bends: start afresh from where the body is."""
    cycle = state.cycle
    if cycle is None:
        return
    for_s = (stop - cycle.first.stop) * history.hop_s
    upright = cycle.bent < params.back_rad
    if for_s > (params.seated_s if upright else params.longest_s) and state.moving is None:
        state.judged = [*state.judged[-20:], (cycle.first.start, cycle.first.stop)]
        state.cycle = None


# Without rests


def _know_level(params: Params, state: State, sight: Sight) -> None:
    """Nobody walks bent over: the lean in walking is the level that bends start from."""
    if sight.level_inclination > params.upright_rad:
        return
    # On the way into a bend, steps are believed for a while.
    if abs(sight.lean - sight.level_lean) > params.tipped_rad:
        return
    if state.level is None or abs(sight.level_lean - state.level) > params.tipped_rad:
        state.opened, state.low = None, sight.stop - 1
    state.level = sight.level_lean


def _swings(params: Params, state: State, history: History, sight: Sight, level: float) -> None:
    start, stop = sight.start, sight.stop
    first = max(start - 2, history.first)
    lean = (history.window(first, stop)[:, SAGITTAL] - level).tolist()
    if state.opened is not None and min(lean) > params.leave_rad + ROUNDING_RAD:
        return  # no mean of three is less
    for hop in range(start, stop):
        recent = lean[max(0, hop - 2 - first) : hop + 1 - first]
        smooth = sum(recent) / len(recent)
        if state.opened is None:
            if smooth < params.leave_rad:
                state.low = hop
            elif smooth >= params.enter_rad:
                state.opened = state.low
        elif smooth < params.leave_rad:
            length_s = (hop - state.opened) * history.hop_s
            if params.swing_shortest_s <= length_s <= params.longest_s:
                due = hop + 1 + history.hops(params.confirm_s)
                state.waiting.append(
                    Candidate(state.opened, hop + 1, due, level, 0.0, params.swing_blur_m, True)
                )
            state.opened, state.low = None, hop


def _swing_heights(
    params: Params, history: History, start: int, stop: int
) -> tuple[float, float | None]:
    """Height gained, and depth below the line between both ends, of a swing [m].

    The depth is None where the segment begins with the swing, so that it has no level before.

    In walking the speed is zero on average over a stride, so both margins give a level.
    """
    margin = history.hops(params.swing_margin_s)
    first = max(start - margin, history.first)
    acc = history.window(first, stop + margin)[:, ACC_VERTICAL]
    head, tail = start - first, max(1, len(acc) - (stop - first))
    if head < 1:
        return 0.0, None
    n = np.arange(len(acc))
    speed = np.cumsum(acc) * history.hop_s
    early, late = mean(speed[:head]), mean(speed[-tail:])
    centre = (0.5 * (head - 1), len(acc) - 0.5 * (tail + 1))
    slope = (late - early) / (centre[1] - centre[0])
    height = np.cumsum(speed - early - slope * (n - centre[0])) * history.hop_s
    level = (mean(height[:head]), mean(height[-tail:]))
    along = np.minimum(np.maximum((n - head) / max(1, stop - start), 0.0), 1.0)
    chord = level[0] + (level[1] - level[0]) * along
    return level[1] - level[0], -float((height - chord).min())


# Telling


def _settle(
    params: Params, state: State, history: History, due: int, explained: list[tuple[int, int]]
) -> list[Bend]:
    found: list[Bend] = []
    left = []
    for candidate in state.waiting:
        if candidate.due > due or _undecided(params, state, history, candidate, due):
            left.append(candidate)
        elif not _overlaps(candidate, explained):
            bend = _tell(params, state, history, candidate)
            if bend is not None:
                found.append(bend)
    state.waiting = left
    return found


def _undecided(
    params: Params, state: State, history: History, candidate: Candidate, due: int
) -> bool:
    """Whether a swing may yet turn out to lie between two rests."""
    moving = state.moving
    return (
        candidate.swing
        and moving is not None
        and moving < candidate.stop
        and (due - moving) * history.hop_s <= params.moving.longest_s
    )


def _overlaps(candidate: Candidate, ranges: list[tuple[int, int]]) -> bool:
    return any(candidate.start < stop and start < candidate.stop for start, stop in ranges)


def _found_between_rests(state: State, swing: Candidate) -> bool:
    """Whether the movement that began a swing was judged there, or what came of it was found.

    Who fidgets while bent rests and moves, too: that says nothing of the bend.
    """
    cycle = state.cycle
    return (
        any(start <= swing.start < stop for start, stop in state.judged)
        or any(not other.swing and _overlaps(other, [(swing.start, swing.stop)])
               for other in state.waiting)
        or (cycle is not None and cycle.first.start <= swing.start)
    )  # fmt: skip


def _tell(params: Params, state: State, history: History, candidate: Candidate) -> Bend | None:
    sunk = candidate.sunk_m
    if candidate.swing:
        if _found_between_rests(state, candidate):
            return None
        if (candidate.stop - candidate.start) * history.hop_s > params.moving.longest_s:
            sunk = None  # as of movements: heights are lost to drift
            aside = history.window(candidate.start, candidate.stop)[:, LATERAL]
            if float(np.abs(aside).max()) > params.lie_aside_rad:
                return None
        else:
            gained, sunk = _swing_heights(params, history, candidate.start, candidate.stop)
            if abs(gained) > params.swing_level_m:
                return None
    bend = _measure(params, history, candidate, sunk)
    least_degps = math.degrees(params.squat_rate_radps)
    pushed = bend.values["peak_bend_velocity_degps"] < least_degps
    maybe_squat = bend.technique == technique.SQUAT or candidate.sunk_m is None
    return None if maybe_squat and pushed else bend


def _measure(params: Params, history: History, candidate: Candidate, sunk_m: float | None) -> Bend:
    start, stop = _bent_part(params, history, candidate.start, candidate.stop, candidate.level)
    rows, hop_s = history.window(start, stop), history.hop_s
    lean = rows[:, LEAN_MAX]
    peak = float(lean.max())
    high = np.flatnonzero(lean >= params.plateau * peak) if peak > 0 else np.array([lean.argmax()])
    descent_s = float(high[0]) * hop_s
    dwell_s = float(high[-1] - high[0] + 1) * hop_s
    return_s = float(len(rows) - 1 - high[-1]) * hop_s
    duration_s = len(rows) * hop_s
    rate = rows[:, LEAN_RATE]
    lean_acc = (rate[1:] - rate[:-1]) / hop_s
    bent = rows[:, SAGITTAL] > params.leave_rad
    turn = np.cumsum(rows[bent, TURN_RATE]) * hop_s
    turned = float(turn.max() - turn.min()) if len(turn) else 0.0
    rising = vertical_speed_mps(rows[:, ACC_VERTICAL], hop_s)[int(high[-1]) :]
    rise_mps = float(rising.max()) if len(rising) else 0.0
    lateral = rows[:, LATERAL]
    leant = float(rows[:, SAGITTAL].max()) - candidate.level
    how, sure = technique.UNKNOWN, 0.5
    depth = {}
    if sunk_m is not None:
        depth["depth_m"] = technique.knee_depth_m(params.knees, sunk_m, leant)
        how, sure = technique.judge(params.knees, depth["depth_m"], candidate.blur_m)
    values = {
        "peak_sagittal_deg": math.degrees(peak),
        "peak_lateral_deg": math.degrees(lateral[int(np.abs(lateral).argmax())]),
        "peak_bend_velocity_degps": math.degrees(rate.max()),
        "peak_return_velocity_degps": math.degrees(-rate.min()),
        "mean_velocity_degps": math.degrees(mean(np.abs(rate))),
        "peak_acceleration_degps2": math.degrees(np.abs(lean_acc).max()) if len(lean_acc) else 0.0,
        "turn_deg": math.degrees(turned),
        "peak_turn_rate_degps": math.degrees(np.abs(rows[:, TURN_RATE]).max()),
        "duration_s": duration_s,
        "descent_s": descent_s,
        "dwell_s": dwell_s,
        "return_s": return_s,
        "descent_return_ratio": descent_s / return_s if return_s > 0 else 0.0,
        "rise_mps": rise_mps,
        **depth,
        "technique_confidence": sure,
    }
    if how == technique.SQUAT:
        lift = duration_s <= params.lift_total_s
        confidence = sure
    else:
        lift, confidence = _lift(params, peak, descent_s, dwell_s, return_s, duration_s, rise_mps)
    parts = technique_index(values) if lift else {}
    values |= parts
    flags = []
    if peak >= params.very_deep_rad:
        flags.append("very_deep")
    elif peak >= params.deep_rad:
        flags.append("deep")
    turned_while_bent = peak > params.turned_peak_rad and turned > params.turned_rad
    if turned_while_bent:
        flags.append("turned_while_bent")
    if lift and (turned_while_bent or parts["index"] >= params.index_flag):
        flags.append("demanding")
    return Bend(start, stop, lift, confidence, values, tuple(flags), how)


def _bent_part(
    params: Params, history: History, start: int, stop: int, level: float
) -> tuple[int, int]:
    """Hops from and to 20 deg of a bend that leans further; else of the whole movement."""
    first = max(start, history.first)
    lean = history.window(first, stop)[:, LEAN_MAX] - level
    over = np.flatnonzero(lean >= params.leave_rad)
    if float(lean.max()) < params.enter_rad or len(over) < 2:
        return start, stop
    return first + int(over[0]), first + int(over[-1]) + 1


def _angle(one: Floats, other: Floats) -> float:
    """Between two vectors of shape (3,) [rad]."""
    a, b = one.tolist(), other.tolist()
    dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    size = math.hypot(*a) * math.hypot(*b)
    return math.acos(min(1.0, max(-1.0, dot / max(size, 1e-9))))


def _lift(
    params: Params,
    peak: float,
    descent_s: float,
    dwell_s: float,
    return_s: float,
    total_s: float,
    rise_mps: float,
) -> tuple[bool, float]:
    """Whether a bend looks like a lift, and how sure that it is what it is called."""
    lift = (
        peak >= params.lift_peak_rad
        and params.lift_descent_s[0] <= descent_s <= params.lift_descent_s[1]
        and dwell_s <= params.lift_dwell_s
        and params.lift_return_s[0] <= return_s <= params.lift_return_s[1]
        and total_s <= params.lift_total_s
        and rise_mps >= params.lift_rise_mps
    )
    if not lift:
        return False, 0.8
    # The upward speed is the only sign of a lift beyond a bend: twice the least is sure enough.
    return True, 0.5 + 0.4 * _within_one(rise_mps / params.lift_rise_mps - 1.0)


def ramp(value: float, low: float, high: float) -> float:
    """0 at `low` and below, 1 at `high` and above."""
    return _within_one((value - low) / (high - low))


def _within_one(value: float) -> float:
    """Clipped to 0 and 1; `np.clip` takes microseconds for a number."""
    return min(max(value, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class IndexPart:
    """A part of the lift technique index.

    Attributes:
        name: under which its points are kept.
        measure: what it is of, in `Bend.values`.
        most: points from `high` on; none up to `low`.
        sided: it counts alike to either side.
    """

    name: str
    measure: str
    most: float
    low: float
    high: float
    sided: bool = False


# Ours. It ramps velocity over the person's own baseline day; before there is
# one, over 30 to 120 deg/s, about the 10 to 90 % range of stoops in SisFall.
INDEX_PARTS = (
    IndexPart("index_depth", "peak_sagittal_deg", 40, 30, 90),
    IndexPart("index_velocity", "peak_bend_velocity_degps", 25, 30, 120),
    IndexPart("index_turn", "turn_deg", 20, 15, 45),
    IndexPart("index_side", "peak_lateral_deg", 15, 10, 30, sided=True),
)


def technique_index(values: dict[str, float]) -> dict[str, float]:
    """Lift technique index, 0 to 100, higher is more demanding, with its four parts."""
    parts = {}
    for part in INDEX_PARTS:
        value = values[part.measure]
        size = abs(value) if part.sided else value
        parts[part.name] = part.most * ramp(size, part.low, part.high)
    return {"index": sum(parts.values()), **parts}
