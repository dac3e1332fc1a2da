"""Movements of sitting down and getting up, told once the state has followed them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from monitor.model import Activity, EventKind
from monitor.states.history import History
from monitor.states.transitions import Transition

INTO = {
    EventKind.SIT_TO_STAND: (Activity.STAND, Activity.WALK),
    EventKind.STAND_TO_SIT: (Activity.SIT, Activity.RECLINE),
}


@dataclass(frozen=True, slots=True)
class Params:
    """When a movement seen is told as a change of posture; all chosen by us."""

    follows_s: float = 60.0  # s; a state that follows later has nothing to do with it. Ours
    sits_s: float = 12.0  # s; after sitting down, in which it may yet turn out to be a bend. Ours
    least: float = 0.5  # confidence; what was likelier none is not told. Ours
    mistaken: float = 0.05  # of what looks so, as made by those there already. Ours


@dataclass(frozen=True, slots=True)
class Seen:
    """A movement that waits to be told.

    Attributes:
        stand: P(standing) when it began.
        sure: confidence once the state has followed; None before.
    """

    movement: Transition
    stand: float
    sure: float | None = None


@dataclass(slots=True)
class State:
    """Movements seen that have not been told yet, oldest first."""

    seen: list[Seen] = field(default_factory=list)


class Crossing(NamedTuple):
    """A change of posture, how sure it is, and P(standing) when it began."""

    movement: Transition
    confidence: float
    stand: float


def see(
    state: State, movements: Sequence[Transition], named: Activity | None, stand: float
) -> None:
    """Keep movements of one who was `named` so, and stood with probability `stand`."""
    for movement in movements:
        if movement.kind is None:
            continue
        same = movement.kind
        undone = [one for one in state.seen if one.movement.kind is not same and one.sure is None]
        state.seen = [one for one in state.seen if one not in undone]
        # Who is up again before being told to sit has squatted or bent: neither is told.
        if not undone and named not in INTO[same]:
            state.seen.append(Seen(movement, stand))


def settle(
    params: Params,
    state: State,
    history: History,
    named: Activity,
    confidence: float,
    stop: int,
    *,
    ends: bool = False,
) -> list[Crossing]:
    """What can be told at hop `stop`, the last one if it `ends`, of one who is `named` so."""
    found, left = [], []
    for one in state.seen:
        movement = one.movement
        passed_s = (stop - movement.stop) * history.hop_s
        if movement.kind is None or (one.sure is None and passed_s >= params.follows_s):
            continue
        if one.sure is None and named in INTO[movement.kind]:
            one = replace(one, sure=_changed(params, one) * confidence)
        seats = movement.kind is EventKind.STAND_TO_SIT
        if one.sure is None:
            if not (seats and named is Activity.WALK):  # who walks on did not sit down
                left.append(one)
        elif seats and passed_s < params.sits_s and not ends:
            left.append(one)
        elif one.sure >= params.least:
            found.append(Crossing(movement, one.sure, one.stand))
    state.seen = left
    return found


def bent(state: State, start: int, last: int) -> None:
    """Forget movements that ended over hops `[start, last]`: they belong to a bend."""
    state.seen = [one for one in state.seen if not start <= one.movement.stop <= last]


def _changed(params: Params, seen: Seen) -> float:
    """That the movement led there, and was not made by one who was there already."""
    rises = seen.movement.kind is EventKind.SIT_TO_STAND
    there = seen.stand if rises else 1.0 - seen.stand
    return (1.0 - there) / (1.0 - there + params.mistaken * there)
