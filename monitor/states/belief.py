"""Sitting or standing, as a two-state filter in which each bout's own look counts once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from monitor.model import NS_PER_S, Activity, Correction, EventKind, Placement
from monitor.states import evidence
from monitor.states.history import BLOCK, History
from monitor.states.transitions import Transition


@dataclass(frozen=True, slots=True)
class Params:
    """How signs move the belief in standing; ADR 13."""

    event_moves: float = 0.95  # of the other posture's belief; tried on hapt_waist. Ours
    event_ends: bool = True  # a transition ends a bout, and what was seen of it is spent. Ours
    other_moves: float = 0.0  # of each posture's, by a movement not understood. Ours
    walk_per_s: float = 0.7  # odds (ln) of standing a second of steps adds. Ours
    walk_most: float = 3.48  # odds (ln); 0.97: stopping may be sitting down. Ours
    stand_fades_s: float = 300.0  # s; time constant of standing towards undecided. Ours, ADR 5
    # s; of sitting: whoever rises is seen to rise or to walk off, so that somebody leaves a
    # chair unnoticed once in many hours. Ours, ADR 13
    sit_fades_s: float = 7200.0
    after_lying: float = 0.2  # belief in standing; people sit up before they rise. Ours
    after_recline: float = 0.1  # belief in standing; nobody reclines standing. Ours
    corrected: float = 0.95  # belief in what the person says. Ours
    stand_gone_s: float = 180.0  # s; of standing, in a gap in the data: bouts last so long. Ours
    sit_gone_s: float = 900.0  # s; of sitting, the same. Ours
    carry_s: float = 60.0  # s; a longer gap in the data forgets how this wearer sits. Ours
    replayed_s: float = 1800.0  # s; how far back a correction can still bear on now. Ours
    looking: evidence.Params = field(default_factory=evidence.Params)


def placed(params: Params, placement: Placement) -> Params:
    """What movements say at a placement, beside what is seen of the posture there."""
    if placement is Placement.WAIST and params.looking.features:
        # The look mends what a movement unsettles. hapt_waist
        return replace(params, other_moves=0.2)
    if placement is Placement.CHEST and params.looking.features:
        # A talking chest moves as if to sit down or walk off, again and again.
        return replace(
            params,
            event_moves=0.0,  # chest_desk: 4 to 6 false transitions an hour undo the looks
            event_ends=False,  # which go on through them
            walk_most=1.0,  # odds (ln); 0.73: chest_desk has bouts of sitting after walks. Ours
            stand_fades_s=60.0,  # s; the look takes over
            sit_fades_s=60.0,  # s; the same
        )
    return params


@dataclass(slots=True)
class State:
    """The belief when the bout began, and the bout; hops refer to the present segment."""

    prior: float = 0.5  # belief in standing without this bout's look
    before: float = 0.5  # belief in standing before what began the bout
    bout: int = 0  # hop at which it began
    told: bool = False  # the person has just named this bout
    assumed: bool = False  # the prior is what people mostly do; nothing of it has been seen
    doubt: float = 0.0  # odds (ln) of its looks against what the person said of it
    walked_s: float = 0.0  # how long steps have gone on
    set_out: float = 0.0  # odds (ln) of standing when they began
    seen: evidence.State = field(default_factory=evidence.State)
    signs: list[tuple[int, EventKind | None]] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    left_ns: int | None = None  # end of the last segment


class Belief:
    """P(standing), given sitting or standing; and since which hop that can be said."""

    __slots__ = ("since", "stand")

    def __init__(self, stand: float, since: int) -> None:
        self.stand = stand
        self.since = since


def begin(params: Params, state: State, history: History) -> None:
    """Start on a segment: the longer the gap before it, the less is still believed."""
    gap_s = math.inf if state.left_ns is None else (history.time_ns(0) - state.left_ns) / NS_PER_S
    if gap_s < 0:
        gap_s = math.inf  # a clock that was set back tells no gap
    gone_s = params.stand_gone_s if state.prior > 0.5 else params.sit_gone_s
    state.prior = _faded(state.prior, gap_s, gone_s)
    if gap_s > params.carry_s:
        state.signs, state.seen = [], evidence.State()
    restart(state, state.prior, 0)
    state.walked_s = 0.0


def correct(params: Params, state: State, correction: Correction, now_ns: int | None) -> None:
    """Take what the person says; of the past at once, of the future when it comes."""
    if now_ns is None or correction.stop_ns > now_ns:
        state.corrections.append(correction)
        return
    if (now_ns - correction.stop_ns) / NS_PER_S > params.replayed_s:
        return
    stand, told = _said(params, correction), True
    for at_ns, kind in state.signs:
        if at_ns >= correction.stop_ns:
            if kind is None:
                return  # steps taken since then say more
            stand, told = _moved(params, stand, kind), False
    state.prior, state.told, state.assumed = stand, told, False


def advance(
    params: Params,
    state: State,
    history: History,
    start: int,
    stop: int,
    *,
    gait: bool,
    transitions: Sequence[Transition],
) -> Belief:
    """Take the signs of hops `[start, stop)`."""
    block_s = (stop - start) * history.hop_s
    if gait:
        if state.walked_s == 0.0:
            state.set_out = _ln_odds(_believed(params, state, history, start))
        state.walked_s += block_s
        _walk(params, state, history, stop)
    else:
        state.walked_s = 0.0
        fades_s = params.stand_fades_s if state.prior > 0.5 else params.sit_fades_s
        state.prior = _faded(state.prior, block_s, fades_s)
        if params.looking.features:
            evidence.look(params.looking, state.seen, history, state.bout, stop)
    for transition in transitions:
        _turn(params, state, history, transition)
    if state.corrections:
        _hear(params, state, history, start, stop)
    stand = _believed(params, state, history, stop)
    if params.looking.features and not gait:
        evidence.stood(params.looking, state.seen, stand, block_s)
    whole = stop - state.bout <= history.hops(params.looking.dates_s)
    return Belief(stand, state.bout if whole else start)


def restart(state: State, stand: float, hop: int) -> None:
    """Begin a bout at a hop, with the belief that what came before it left behind."""
    state.prior, state.bout, state.told, state.doubt = stand, hop, False, 0.0
    state.before, state.assumed = stand, False
    if state.seen.looks:
        state.seen = evidence.State(toward=state.seen.toward, zero=state.seen.zero)


def end(state: State, stop_ns: int) -> None:
    """Note when a segment ended."""
    state.left_ns = stop_ns


def _turn(params: Params, state: State, history: History, transition: Transition) -> None:
    """A movement may have changed the posture."""
    if transition.kind is None and params.other_moves == 0.0:
        return
    if params.event_ends:
        stand = _believed(params, state, history, transition.start)
        restart(state, _moved(params, stand, transition.kind), transition.stop)
        state.before = stand
    else:
        state.prior = _moved(params, state.prior, transition.kind)
    if transition.kind is not None:
        _remember(params, state, history.time_ns(transition.stop), transition.kind)


def _walk(params: Params, state: State, history: History, stop: int) -> None:
    """Steps end a bout, and who walks does not sit."""
    if state.bout != stop - BLOCK:
        _remember(params, state, history.time_ns(stop), None)
    # A few steps without having been seen to rise may be the fidgeting of one who sits.
    odds = min(params.walk_most, state.set_out + params.walk_per_s * state.walked_s)
    restart(state, max(state.prior, _probability(odds)), stop)


def _believed(params: Params, state: State, history: History, stop: int) -> float:
    """P(standing) from the prior and what was seen of the bout up to hop `stop`."""
    looks = 0.0
    if state.seen.looks:
        looks = evidence.odds(params.looking, state.seen, history, stop)
    if state.told:
        # Looks that say otherwise are this person's way of doing what they say they do.
        state.doubt = min(0.0, looks) if state.prior > 0.5 else max(0.0, looks)
        state.told = False
    # The same as `_probability(_ln_odds(...))`, without two calls each half second.
    prior = state.prior
    return 1.0 / (1.0 + math.exp(-(math.log(prior / (1.0 - prior)) + looks - state.doubt)))


def _faded(stand: float, seconds: float, fades_s: float) -> float:
    """A belief that nothing has renewed for so long, with a time constant."""
    return 0.5 + (stand - 0.5) * math.exp(-seconds / fades_s)


def _moved(params: Params, stand: float, kind: EventKind | None) -> float:
    if kind is EventKind.SIT_TO_STAND:
        return stand + params.event_moves * (1.0 - stand)
    if kind is EventKind.STAND_TO_SIT:
        return stand - params.event_moves * stand
    return stand + params.other_moves * (1.0 - 2.0 * stand)


def _remember(params: Params, state: State, at_ns: int, kind: EventKind | None) -> None:
    oldest_ns = at_ns - round(params.replayed_s * NS_PER_S)
    state.signs = [sign for sign in state.signs if sign[0] >= oldest_ns]
    state.signs.append((at_ns, kind))


def _hear(params: Params, state: State, history: History, start: int, stop: int) -> None:
    """Hold to what the person said of this block."""
    start_ns, stop_ns = history.time_ns(start), history.time_ns(stop)
    for correction in state.corrections:
        if correction.start_ns < stop_ns and start_ns < correction.stop_ns:
            state.prior, state.told, state.assumed = _said(params, correction), True, False
    state.corrections = [one for one in state.corrections if one.stop_ns > stop_ns]


def _said(params: Params, correction: Correction) -> float:
    standing = correction.activity is Activity.STAND
    return params.corrected if standing else 1.0 - params.corrected


def _ln_odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _probability(ln_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-ln_odds))
