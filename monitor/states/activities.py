"""What the person does, as a belief that abstains rather than guesses."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from monitor.model import Activity, Correction, Posture
from monitor.states import belief
from monitor.states import gait as steps
from monitor.states.gait import acc_deviation_mps2, halt, onset
from monitor.states.history import (
    BLOCK,
    GYR_SQ,
    INCLINATION,
    LEAN_MAX,
    SAGITTAL,
    UP,
    History,
    mean,
)
from monitor.states.layout import Sight
from monitor.states.transitions import Transition

G_MPS2 = 9.80665


@dataclass(frozen=True, slots=True)
class Params:
    """Definitions; what is marked ours has no published threshold."""

    window_s: float = 5.0  # s; over which quiet and mean angles are taken. Ours
    valid_share: float = 0.5  # of the window; less measured and settled data is unknown. Ours
    valid_s: float = 2.0  # s; the window of that. Ours
    quiet_radps: float = 0.0873  # 5 deg/s; gyroscope RMS over the window. Ours
    lie_rad: float = 1.1345  # 65 deg; Vaha-Ypya 2018: 64.9 deg at the hip
    lie_leave_rad: float = 0.9599  # 55 deg. Ours
    lie_s: float = 10.0  # s; the bouts of hapt_waist last 15 to 20 s. Ours
    lie_prone_s: float = 60.0  # s; face down: else somebody works bent over, no one lies so. Ours
    lie_prone_rad: float = 0.7854  # 45 deg forward from which lying would be face down. Ours
    lie_fallen_s: float = 1.5  # s; after a fall, face down or not; SisFall. Ours
    lie_landed_s: float = 1.0  # s; of landing before that; the same
    lie_quiet_mps2: float = 0.8  # m/s^2; standard deviation of |a|; lying people turn over. Ours
    recline_rad: float = -0.1745  # -10 deg; Ours
    recline_leave_rad: float = -0.1047  # -6 deg. Ours
    recline_s: float = 30.0  # s; Ours
    decided: float = 0.7  # belief from which a posture is named; else upright. Ours
    not_worn_gyro_radps: float = 0.00349  # 0.2 deg/s; Ours
    not_worn_acc_mps2: float = 0.049  # 5 mg; rules for wrists have 13 mg. Ours
    not_worn_epoch_s: float = 30.0  # s; Ours
    not_worn_s: float = 600.0  # s; 5 to 60 min are plausible. Ours
    picked_up_radps: float = 0.0349  # 2 deg/s; ends not worn within half a second. Ours
    slouch_on_rad: float = 0.2094  # 12 deg over sitting tall; 5 to 30 are plausible. Ours
    slouch_off_rad: float = 0.1396  # 8 deg; Ours
    slouch_most_rad: float = 0.6109  # 35 deg; leaning further is reaching or bending. Ours
    slouch_s: float = 10.0  # s; an episode. Ours
    slouch_gap_s: float = 3.0  # s; shorter interruptions do not end it. Ours
    sit_tall_rad: float = 0.0  # rad; sagittal angle of sitting tall, from calibration
    bent_rad: float = 0.5236  # 30 deg; as a bend by its lean
    bent_leave_rad: float = 0.3491  # 20 deg; the same
    bent_s: float = 4.0  # s; ISO 11226: static from 4 s, shorter ones are bend events
    stood_rad: float = 0.2618  # 15 deg; .98 of those who leave a chair lean ahead so far. SisFall
    sit_s: float = 6.0  # s; sitting down is named after; squats stay down 3.3 or less. SisFall D15
    after_bend: float = 0.9  # belief in standing; a bend that is told ended on the feet. Ours
    stood_sure: float = 0.95  # of having stood before such steps; .975 right. lowback_gait
    walk_sure: float = 0.98  # of the time told walking; hapt_waist 1.00, lowback_gait .98
    lie_sure: float = 0.98  # of the time told lying; hapt_waist 1.00, 16 min
    upright_sure: float = 0.95  # that who is upright sits or stands; lowback_gait 1, chest_desk .94
    recline_sure: float = 0.9  # no recording has people recline. Ours
    not_worn_sure: float = 0.9  # none has a sensor put down. Ours
    steps_s: float = 1.0  # s; of steps that make a walk. Ours
    # s; the same of one who sits, was not seen to rise and whose posture says nothing: a car
    # shakes, people fidget. Ours
    seated_steps_s: float = 3.0
    stood_s: float = 60.0  # s; longest doubt that such steps end backwards. Ours
    believing: belief.Params = field(default_factory=belief.Params)
    walking: steps.Params = field(default_factory=steps.Params)


@dataclass(slots=True)
class State:
    """The belief and the timers; hop indices refer to the present segment."""

    believed: belief.State = field(default_factory=belief.State)
    named: Activity | None = None  # the last verdict's
    stand: float = 0.5  # P(standing) then, given sitting or standing
    stepped: int = 0  # blocks in a row that had steps
    lie_since: int | None = None
    lying: bool = False
    lies_down: bool = False  # it may be lying, and not somebody bent over; not known yet
    fallen: int | None = None  # hop at which a fall ended, until upright again
    recline_since: int | None = None
    reclining: bool = False
    still_epochs: int = 0
    not_worn: bool = False
    slouch_since: int | None = None
    slouch_gap: int | None = None
    slouching: bool = False
    bent_since: int | None = None
    bent: bool = False


class Verdict:
    """What holds at the end of a block, and since which hop it can be said to hold.

    `standing` is P(standing) of one who sits or stands, None where neither is believed.
    """

    __slots__ = ("activity", "confidence", "posture", "since", "standing")

    def __init__(
        self,
        activity: Activity,
        posture: Posture,
        confidence: float,
        since: int,
        standing: float | None = None,
    ) -> None:
        self.activity = activity
        self.posture = posture
        self.confidence = confidence
        self.since = since
        self.standing = standing


BEND_ENDS_S = 1.0  # s; a movement and the bend it belongs to end so near each other. Ours
LEAVING_S = (2.5, 1.0)  # s; before the first step and after it: rising into a walk takes 2. Ours


def stood(params: Params, history: History, start: int, onset: int, stop: int) -> bool:
    """Whether one who sat or stood from hop `start`, and walks from `onset` to `stop`, stood.

    Who leaves a chair leans ahead first; who walks off without leaning was on their feet.
    """
    if not 0 <= (onset - start) * history.hop_s <= params.stood_s:
        return False
    leaving = max(start, onset - history.hops(LEAVING_S[0]))
    still = history.window(max(start, leaving - history.hops(params.window_s)), leaving)
    rows = history.window(leaving, min(stop, onset + history.hops(LEAVING_S[1])))
    if len(rows) == 0:
        return False
    level = mean(still[:, SAGITTAL]) if len(still) else float(rows[0, SAGITTAL])
    return float(rows[:, LEAN_MAX].max()) - level < params.stood_rad


def bent(params: Params, state: State, history: History, start: int, stop: int) -> bool:
    """Take a bend over hops `[start, stop)` that began and ended on the feet.

    Returns whether one who stood was believed to sit down in it: that was the bend.
    """
    believed = state.believed
    sat_down = believed.prior < 0.5 <= believed.before
    if not (sat_down and start <= believed.bout <= stop + history.hops(BEND_ENDS_S)):
        return False
    believed.prior = params.after_bend
    return True


def begin(params: Params, state: State, history: History) -> None:
    """Start on a segment; only the belief may outlive one."""
    _assign(state, State(believed=state.believed))
    belief.begin(params.believing, state.believed, history)
    state.stand = state.believed.prior


def _assign(state: State, fresh: State) -> None:
    for name in [one.name for one in fields(State)]:
        setattr(state, name, getattr(fresh, name))


def correct(params: Params, state: State, correction: Correction, now_ns: int | None) -> None:
    """Take what the person says of themselves; `now_ns` is None before any data."""
    belief.correct(params.believing, state.believed, correction, now_ns)


def advance(
    params: Params,
    state: State,
    history: History,
    sight: Sight,
    *,
    transitions: Sequence[Transition],
) -> Verdict:
    """Decide for a block of hops."""
    walks = False
    if sight.walking > 0:
        state.stepped += 1
        guarded = state.named is Activity.SIT and not params.believing.looking.features
        needed_s = params.seated_steps_s if guarded else params.steps_s
        walks = state.stepped * (sight.stop - sight.start) * history.hop_s >= needed_s - 1e-9
    else:
        state.stepped = 0
    verdict = _decide(params, state, history, sight, gait=walks, transitions=transitions)
    state.named = verdict.activity
    return verdict


def _decide(
    params: Params,
    state: State,
    history: History,
    sight: Sight,
    *,
    gait: bool,
    transitions: Sequence[Transition],
) -> Verdict:
    start, stop = sight.start, sight.stop
    if sight.valid < params.valid_share:
        state.lies_down = False
        return Verdict(Activity.UNKNOWN, Posture.NONE, 1.0, start)
    # Most half seconds change none of the timers below: that is seen before asking each.
    believed = belief.advance(
        params.believing, state.believed, history, start, stop, gait=gait, transitions=transitions
    )
    state.stand = believed.stand
    epoch = history.hops(params.not_worn_epoch_s) // BLOCK * BLOCK
    if (state.still_epochs or state.not_worn or stop % epoch == 0) and _not_worn(
        params, state, history, sight, epoch
    ):
        since = stop - history.hops(params.not_worn_s)
        belief.restart(state.believed, 0.5, stop)
        fresh = State(state.believed, not_worn=True, still_epochs=state.still_epochs)
        _assign(state, fresh)
        return Verdict(Activity.NOT_WORN, Posture.NONE, params.not_worn_sure, since)
    if gait:
        state.lying = state.lies_down = state.reclining = False
        state.lie_since = state.recline_since = None
    else:
        if sight.inclination < params.lie_leave_rad:
            state.lying = state.lies_down = False
            state.lie_since = state.fallen = None
        elif _lying(params, state, history, sight):
            belief.restart(state.believed, params.believing.after_lying, stop)
            state.believed.assumed = True
            since = start if state.lie_since is None else state.lie_since
            return Verdict(Activity.LIE, Posture.NONE, params.lie_sure, since)
        if (
            history.forward_known
            and (state.recline_since is not None or sight.lean_long <= params.recline_rad)
            and _reclining(params, state, history, sight)
        ):
            belief.restart(state.believed, params.believing.after_recline, stop)
            since = state.recline_since or start
            return Verdict(Activity.RECLINE, Posture.NEUTRAL, params.recline_sure, since)

    activity, confidence, since, standing = _named(
        params, state, history, believed, start, stop, gait=gait
    )
    lean = sight.lean
    if lean < params.bent_rad and not state.bent:
        state.bent_since = None
    elif _bent(params, state, history, lean, start, stop):
        since = max(since, state.bent_since or start)
        return Verdict(activity, Posture.BENT, confidence, since, standing)
    seated = activity is Activity.SIT or activity is Activity.UPRIGHT
    if state.slouch_since is not None or (
        seated and lean - params.sit_tall_rad >= params.slouch_on_rad
    ):
        quiet = seated and _is_quiet(params, sight) and history.forward_known
        if _slouching(params, state, history, lean, start, stop, seated=seated, quiet=quiet):
            since = state.slouch_since or start
            return Verdict(activity, Posture.SLOUCHED, confidence, since, standing)
    return Verdict(activity, Posture.NEUTRAL, confidence, since, standing)


def end(state: State, stop_ns: int) -> None:
    """Note when a segment ended."""
    belief.end(state.believed, stop_ns)


def _named(
    params: Params,
    state: State,
    history: History,
    believed: belief.Belief,
    start: int,
    stop: int,
    *,
    gait: bool,
) -> tuple[Activity, float, int, float | None]:
    """What stands upright does, how sure that is, since which hop, and P(standing)."""
    if gait:
        since = start if state.named is Activity.WALK else onset(params.walking, history, stop)
        return Activity.WALK, params.walk_sure, since, None
    since, stand = believed.since, believed.stand
    if state.named is Activity.WALK:
        since = state.believed.bout = halt(params.walking, history, stop)
    unseen = not state.believed.seen.looks
    if stand >= params.decided:
        return Activity.STAND, stand, since, stand
    if stand <= 1.0 - params.decided and not (unseen and state.believed.assumed):
        down_s = (stop - state.believed.bout) * history.hop_s
        if down_s < params.sit_s and state.named in (Activity.STAND, Activity.WALK):
            return Activity.STAND, params.decided, since, params.decided
        if down_s >= params.sit_s or not (unseen and state.named is Activity.UPRIGHT):
            return Activity.SIT, 1.0 - stand, since, stand
    if state.named in (Activity.SIT, Activity.STAND):
        since = start  # a doubt that comes now says nothing of what was sure before
    return Activity.UPRIGHT, params.upright_sure, since, stand


def _is_quiet(params: Params, sight: Sight) -> bool:
    return math.sqrt(sight.gyr_sq) < params.quiet_radps


def _not_worn(params: Params, state: State, history: History, sight: Sight, epoch: int) -> bool:
    """Whether nobody wears it; `epoch`: hops between looks."""
    stop = sight.stop
    if math.sqrt(sight.gyr_sq_max) > params.picked_up_radps:
        state.still_epochs, state.not_worn = 0, False
    if stop % epoch == 0 and stop - history.first >= epoch:
        rows = history.window(stop - epoch, stop)
        still = (
            math.sqrt(mean(rows[:, GYR_SQ])) < params.not_worn_gyro_radps
            and acc_deviation_mps2(history, stop - epoch, stop) < params.not_worn_acc_mps2
        )
        state.still_epochs = state.still_epochs + 1 if still else 0
        state.not_worn = state.still_epochs * params.not_worn_epoch_s >= params.not_worn_s
    return state.not_worn


def _lying(params: Params, state: State, history: History, sight: Sight) -> bool:
    """Whether one tipped so far lies."""
    start, stop = sight.start, sight.stop
    state.lies_down = False
    if state.lie_since is None:
        state.lie_since = start
    if not state.lying:
        since = state.lie_since
        if state.fallen is not None:
            since = max(since, state.fallen + history.hops(params.lie_landed_s))
        rows = history.window(max(since, stop - history.hops(params.lie_s)), stop)
        if len(rows) == 0:
            return False
        # How far the chest faces the floor, 1 wholly.
        down = -float(np.add.reduce(rows[:, UP])[0]) / len(rows)
        prone = history.forward_known and down > math.sin(params.lie_prone_rad)
        needed_s = params.lie_prone_s if prone else params.lie_s
        if state.fallen is not None:
            needed_s = params.lie_fallen_s
        state.lying = (
            (stop - since) * history.hop_s >= needed_s
            and mean(rows[:, INCLINATION]) >= params.lie_rad
            and acc_deviation_mps2(history, stop - len(rows), stop) < params.lie_quiet_mps2
        )
        state.lies_down = not state.lying and not prone
    return state.lying


def _reclining(params: Params, state: State, history: History, sight: Sight) -> bool:
    sagittal, stop = sight.lean_long, sight.stop
    if state.reclining:
        if sagittal > params.recline_leave_rad:
            state.reclining, state.recline_since = False, None
        return state.reclining
    if sagittal <= params.recline_rad and _is_quiet(params, sight):
        if state.recline_since is None:
            state.recline_since = max(history.first, stop - history.hops(params.window_s))
        state.reclining = (stop - state.recline_since) * history.hop_s >= params.recline_s
    else:
        state.recline_since = None
    return state.reclining


def _bent(
    params: Params, state: State, history: History, lean: float, start: int, stop: int
) -> bool:
    if lean >= (params.bent_leave_rad if state.bent else params.bent_rad):
        if state.bent_since is None:
            state.bent_since = start
        state.bent = state.bent or (stop - state.bent_since) * history.hop_s >= params.bent_s
    else:
        state.bent, state.bent_since = False, None
    return state.bent


def _slouching(
    params: Params,
    state: State,
    history: History,
    lean: float,
    start: int,
    stop: int,
    *,
    seated: bool,
    quiet: bool,
) -> bool:
    slouch = lean - params.sit_tall_rad
    within = params.slouch_off_rad if state.slouching else params.slouch_on_rad
    if seated and within <= slouch < params.slouch_most_rad and (quiet or state.slouching):
        state.slouch_gap = None
        if state.slouch_since is None:
            state.slouch_since = start
        held_s = (stop - state.slouch_since) * history.hop_s
        state.slouching = state.slouching or held_s >= params.slouch_s
    elif state.slouch_since is not None:
        if state.slouch_gap is None:
            state.slouch_gap = start
        if not seated or (stop - state.slouch_gap) * history.hop_s >= params.slouch_gap_s:
            state.slouching, state.slouch_since, state.slouch_gap = False, None, None
    return state.slouching
