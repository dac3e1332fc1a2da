"""What is told by angles, withheld from when the sensor is known to have slipped."""

from dataclasses import dataclass, replace

from monitor.model import (
    NS_PER_S,
    Activity,
    Beat,
    EventKind,
    FeatureChunk,
    MotionEvent,
    Posture,
    SegmentEnd,
    StateChange,
    Trust,
)
from monitor.model.states import SLIPPED

Item = FeatureChunk | Beat | SegmentEnd | StateChange | MotionEvent | Trust

BY_ANGLES = frozenset({"deep", "very_deep", "demanding"})  # flags of a bend


@dataclass(frozen=True, slots=True)
class Params:
    """How long what was decided with the old zero may still be said."""

    settle_s: float = 5.0  # s; twice what a posture takes to be left once the zero is right. Ours


@dataclass(slots=True)
class State:
    """Whether the zero is trusted; the present state as it was decided, and as it was told.

    Before `settled_ns` a posture may still be that of the old zero [ns since the epoch].
    """

    trusted: bool = True
    settled_ns: int = 0
    said: StateChange | None = None
    told: StateChange | None = None


class Doubt:
    """Pass everything on; while the zero is not trusted, leave out what rests on it.

    Then a posture is none, a recline is upright (which of the two cannot be told), a flexed hold
    counts nothing, and no bend is deep or demanding. Walking, lying, sitting down and standing up
    do not need the zero. What is passed on says whether it was trusted.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: Item, /) -> list[Item]:
        if isinstance(item, Trust):
            self._turn(item.at_ns, item.trusted)
            return [item, *self._tell(item.at_ns)]
        if isinstance(item, StateChange):
            self.state.said = item
            return [*self._tell(item.at_ns)]
        if isinstance(item, Beat):
            # The zero may have been put right between two beats, by a person.
            return [*self._tell(item.at_ns), item if self.state.trusted else _doubted_beat(item)]
        if isinstance(item, MotionEvent):
            return [item if self.state.trusted else _doubted_event(item)]
        if isinstance(item, SegmentEnd):
            self.state.said = self.state.told = None
        return [item]

    def named(self, profile: str, at_ns: int | None) -> list[StateChange]:
        """Have what lasts go on under another profile; gives it where something was told.

        Args:
            at_ns: up to when it was decided under the one before; None: nothing lasts.
        """
        state = self.state
        if state.said is not None:
            state.said = replace(state.said, profile=profile)
        if state.told is None or at_ns is None or state.told.profile == profile:
            return []
        state.told = replace(state.told, at_ns=max(at_ns, state.told.at_ns), profile=profile)
        return [state.told]

    def _turn(self, at_ns: int, trusted: bool) -> None:
        if trusted and not self.state.trusted:
            self.state.settled_ns = at_ns + round(self.params.settle_s * NS_PER_S)
        self.state.trusted = trusted

    def _tell(self, at_ns: int) -> list[StateChange]:
        """The state as it may be told, where that is news; never before what was told last."""
        if self.state.said is None:
            return []
        told = self.state.said
        if self.state.trusted and at_ns < self.state.settled_ns:
            told = replace(told, posture=Posture.NONE)
        if not self.state.trusted:
            told = replace(
                told,
                activity=_activity(told.activity),
                posture=Posture.NONE,
                trusted=False,
            )
        before = self.state.told
        if before is not None:
            if (before.activity, before.posture, before.trusted) == (
                told.activity,
                told.posture,
                told.trusted,
            ):
                return []
            at_ns = max(at_ns, before.at_ns)
        self.state.told = replace(told, at_ns=at_ns)
        return [self.state.told]


def _activity(activity: Activity) -> Activity:
    return Activity.UPRIGHT if activity is Activity.RECLINE else activity


def _doubted_beat(beat: Beat) -> Beat:
    return beat._replace(
        activity=_activity(beat.activity),
        posture=Posture.NONE,
        hold_dose=0.0,
        held_s=0.0,
        trusted=False,
    )


def _doubted_event(event: MotionEvent) -> MotionEvent:
    if event.kind not in (EventKind.BEND, EventKind.LIFT):
        return event
    flags = tuple(flag for flag in event.flags if flag not in BY_ANGLES)
    return replace(event, flags=(*flags, SLIPPED))
