"""Falls and jolts: prompts to ask how the person is, never an alarm."""

from dataclasses import dataclass, field

import numpy as np

from monitor.model import EventKind
from monitor.states.gait import acc_deviation_mps2
from monitor.states.history import (
    ACC_VERTICAL,
    GYR_MAX,
    INCLINATION,
    NORM,
    NORM_MAX,
    UP,
    History,
)
from monitor.states.layout import Sight
from monitor.states.transitions import total

G_MPS2 = 9.80665


@dataclass(frozen=True, slots=True)
class Params:
    """Figures set on SisFall and UMAFall, after Bourke 2008."""

    group_g: float = 1.5  # g; hops above it belong to one impact
    group_gap_s: float = 0.5  # s; between hops of one impact
    group_longest_s: float = 2.0  # s
    peak_g: float = 2.2  # g; a fall by its peak alone
    peak_with_turn_g: float = 1.7  # g; a fall when the trunk also turned fast. SisFall
    turn_rate_radps: float = 3.840  # 220 deg/s; SisFall
    upright_before_rad: float = 0.960  # 55 deg; smallest inclination in [-4, -0.6] s
    # 8.5 m/s, a drop of 3.7 m; who seems to have gained more upright has no up. SisFall: falls 4.2
    # and less, broken gyroscopes 10 and more
    lost_mps: float = 8.5
    change_rad: float = 0.785  # 45 deg; from then to [+1, +2.5] s. Bourke 2008: 34 deg; who drops
    # into a chair tips the pelvis by 36 to 40 (SisFall D11), falls turn it by 55 and more
    # 60 deg; the same where the peak alone is none: soft falls turn the body by 70 and more, who
    # sits down hard by up to 50. SisFall
    change_with_turn_rad: float = 1.047
    still_after_g: float = 0.2  # g; standard deviation of |a| in [+1, +2.5] s
    settle_s: float = 2.5  # s; after the last hop of the impact, until it is judged
    fall_cooldown_s: float = 10.0  # s; knocks while lying and getting up belong to the fall. Ours
    # Confidence: of the falls told in scripted trials, of which four in ten are falls, how many
    # were. In life, where falls are rarer, fewer are.
    fall_sure: float = 0.98  # .99 of 916; SisFall, UMAFall
    doubtful_sure: float = 0.8  # .78 of 51 softer or smaller ones; SisFall, UMAFall
    doubtful_g: float = 2.6  # g; a softer one is doubtful; SisFall
    doubtful_rad: float = 1.047  # 60 deg; one that turned the body less is, too; SisFall
    jolt_sure: float = 0.95  # the peak is measured; 1 of 300 was a fall; SisFall
    jolt_g: float = 2.5  # g; 2 to 4 are plausible. Ours
    jolt_cooldown_s: float = 5.0  # s; Ours


@dataclass(slots=True)
class State:
    """The impact under way and those waiting to be judged."""

    opened: int | None = None
    last: int = 0
    peak_mps2: float = 0.0  # of the impact under way
    waiting: list[tuple[int, int, float]] = field(default_factory=list)  # with their peaks
    jolt_free: int = 0  # hop from which a jolt is counted again
    fall_free: int = 0  # hop from which a fall is


@dataclass(frozen=True, slots=True)
class Impact:
    """A fall or jolt over hops `[start, stop)`."""

    kind: EventKind
    start: int
    stop: int
    peak_g: float
    change_deg: float
    confidence: float


def advance(params: Params, state: State, history: History, sight: Sight) -> list[Impact]:
    """Look at a block of hops; while walking, steps are not jolts."""
    limit = params.group_g * G_MPS2
    hard = sight.norm_max > limit
    if (
        not hard
        and state.opened is None
        and (
            not state.waiting
            # Those that wait, wait for this.
            or state.waiting[0][1] > sight.stop - history.hops(params.settle_s)
        )
    ):
        return []
    start, stop, gait = sight.start, sight.stop, sight.walking > 0
    norms = history.column(start, stop, NORM_MAX) if hard else []
    for hop, norm in enumerate(norms, start):
        if norm <= limit:
            continue
        if state.opened is not None and (hop - state.last) * history.hop_s > params.group_gap_s:
            _close(state)
        if state.opened is None:
            state.opened, state.peak_mps2 = hop, norm
        state.last, state.peak_mps2 = hop, max(norm, state.peak_mps2)
        if (hop - state.opened) * history.hop_s >= params.group_longest_s:
            _close(state)
    if state.opened is not None and (stop - state.last) * history.hop_s > params.group_gap_s:
        _close(state)

    found = []
    ready = stop - history.hops(params.settle_s)
    while state.waiting and state.waiting[0][1] <= ready:
        begin, end, peak_mps2 = state.waiting.pop(0)
        impact = _judge(params, state, history, begin, end, peak_mps2 / G_MPS2, gait=gait)
        if impact is not None:
            found.append(impact)
    return found


def _close(state: State) -> None:
    if state.opened is not None:
        state.waiting.append((state.opened, state.last + 1, state.peak_mps2))
        state.opened = None


def _judge(
    params: Params,
    state: State,
    history: History,
    begin: int,
    end: int,
    peak: float,
    *,
    gait: bool,
) -> Impact | None:
    soft = peak < params.peak_g
    hit = not soft or (
        peak >= params.peak_with_turn_g
        and _turn_radps(history, begin, end) >= params.turn_rate_radps
    )
    may_fall = hit and begin >= state.fall_free
    may_jolt = peak >= params.jolt_g and not gait and begin >= state.jolt_free
    if not may_fall and not may_jolt:
        return None
    before = history.window(begin - history.hops(4.0), begin - history.hops(0.6))
    after_at = (end + history.hops(1.0), end + history.hops(2.5))
    after = history.window(*after_at)
    if len(before) == 0 or len(after) == 0:
        return None
    upright = before[int(before[:, INCLINATION].argmin())]
    later = after[:, UP].mean(axis=0)
    cosine = float((upright[UP] * later).sum() / max(float(np.linalg.norm(later)), 1e-9))
    # An impact shakes the filter. Who lies still feels gravity alone, so the angle between it
    # and the filter's up is what the filter still lacks.
    gravity = after[:, ACC_VERTICAL] + G_MPS2
    lacking = float((gravity / np.maximum(after[:, NORM], 1e-9)).mean())
    change = float(np.arccos(np.clip([cosine, lacking], -1.0, 1.0)).sum())
    least = max(params.change_rad, params.change_with_turn_rad) if soft else params.change_rad
    gained_mps = total(before[:, ACC_VERTICAL].tolist()) * history.hop_s
    if (
        may_fall
        and abs(gained_mps) <= params.lost_mps
        and float(upright[INCLINATION]) <= params.upright_before_rad
        and change >= least
        and acc_deviation_mps2(history, *after_at) <= params.still_after_g * G_MPS2
    ):
        state.fall_free = end + history.hops(params.fall_cooldown_s)
        doubtful = peak < params.doubtful_g or change < params.doubtful_rad
        sure = params.doubtful_sure if doubtful else params.fall_sure
        return Impact(EventKind.FALL, begin, end, peak, float(np.degrees(change)), sure)
    if may_jolt and change < params.change_rad:
        state.jolt_free = begin + history.hops(params.jolt_cooldown_s)
        sure = params.jolt_sure
        return Impact(EventKind.JOLT, begin, end, peak, float(np.degrees(change)), sure)
    return None


def _turn_radps(history: History, begin: int, end: int) -> float:
    """How fast the trunk turned about an impact."""
    rows = history.window(begin - history.hops(1.0), end + history.hops(0.3))
    return float(rows[:, GYR_MAX].max())
