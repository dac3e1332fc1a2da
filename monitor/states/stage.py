"""The stage that runs every detector over the same half seconds, in one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from monitor.model import (
    Activity,
    Beat,
    Correction,
    EventKind,
    FeatureChunk,
    MotionEvent,
    Posture,
    SegmentEnd,
    StateChange,
)
from monitor.states import activities, bends, gait, holds, impacts, transitions
from monitor.states.history import BLOCK, SAGITTAL, History

Out = StateChange | MotionEvent | Beat

BLOCKS_PER_SECOND = 2
HELPING = 8 * BLOCK  # hops; `History` is filled by so many, whatever the size of the chunk
EXPLAINED_S = 30.0  # s; how long something may still explain a bend; over `bends.longest_s`
AFTER_FALL_S = 20.0  # s; getting up from a fall is no bend. Ours


@dataclass(frozen=True, slots=True)
class Params:
    """Thresholds of every detector, under the name they are stored with."""

    profile: str  # name and version, e.g. "desk/1"
    walking: gait.Params = field(default_factory=gait.Params)
    rising: transitions.Params = field(default_factory=transitions.Params)
    bending: bends.Params = field(default_factory=bends.Params)
    impact: impacts.Params = field(default_factory=impacts.Params)
    activity: activities.Params = field(default_factory=activities.Params)
    holding: holds.Params = field(default_factory=holds.Params)


@dataclass(slots=True)
class State:
    """All memory of all detectors; only the belief in `activity` outlives a segment."""

    history: History | None = None
    decided: int = 0  # hop up to which blocks have been decided
    blocks: int = 0
    explained: list[tuple[int, int]] = field(default_factory=list)
    rising: transitions.State = field(default_factory=transitions.State)
    bending: bends.State = field(default_factory=bends.State)
    impact: impacts.State = field(default_factory=impacts.State)
    holding: holds.State = field(default_factory=holds.State)
    activity: activities.State = field(default_factory=activities.State)
    said: StateChange | None = None
    walking: bool = False  # in the last block


class States:
    """Name what the person does each half second; speak only when it changes.

    A bend is reported `bends.confirm_s` after it ends, an impact `impacts.settle_s` after;
    a state can be back-dated by its own dwell, never before the previous change.
    """

    def __init__(self, params: Params) -> None:
        self.params = params
        self.state = State()

    def push(self, item: FeatureChunk | SegmentEnd | Correction, /) -> list[Out]:
        state = self.state
        if isinstance(item, Correction):
            now_ns = None if state.history is None else state.history.time_ns(state.decided)
            activities.correct(self.params.activity, state.activity, item, now_ns)
            return []
        if isinstance(item, SegmentEnd):
            return self._end(item)
        if len(item) == 0:
            return []
        if state.history is None:
            state.history = History(item.segment, item.hop, item.forward_known)
            activities.begin(self.params.activity, state.activity, state.history)
        out: list[Out] = []
        for first in range(0, len(item), HELPING):
            state.history.append(item, first, first + HELPING)
            while state.decided + BLOCK <= state.history.stop:
                out += self._block(state.history, state.decided, state.decided + BLOCK)
                state.decided += BLOCK
        return out

    def _block(self, history: History, start: int, stop: int) -> list[Out]:
        params, state = self.params, self.state
        known_ns = history.time_ns(stop)
        out: list[Out] = []
        walking = gait.walking(params.walking, history, stop, before=state.walking)
        state.walking = walking
        moved = transitions.advance(params.rising, state.rising, history, start, stop, gait=walking)
        for transition in moved:
            if transition.kind is None:
                continue
            values = {"peak_vertical_speed_mps": transition.speed_mps}
            out.append(
                self._event(
                    history, transition.kind, transition.start, transition.stop, stop, 0.8, values
                )
            )
        for impact in impacts.advance(
            params.impact, state.impact, history, start, stop, gait=walking
        ):
            if impact.kind is EventKind.FALL:
                up_again = impact.stop + history.hops(AFTER_FALL_S)
                state.explained.append((impact.start, up_again))
                state.activity.fallen = impact.stop
            values = {"peak_g": impact.peak_g, "posture_change_deg": impact.change_deg}
            out.append(
                self._event(history, impact.kind, impact.start, impact.stop, stop, 0.7, values)
            )
        verdict = activities.advance(
            params.activity, state.activity, history, start, stop, gait=walking, transitions=moved
        )
        if verdict.activity is Activity.LIE:
            state.explained.append((verdict.since, stop))
        out += self._say(
            history.time_ns(max(verdict.since, 0)),
            verdict.activity,
            verdict.posture,
            verdict.confidence,
        )
        memory = history.hops(EXPLAINED_S)
        state.explained = [past for past in state.explained if past[1] > stop - memory]
        for bend in bends.advance(
            params.bending,
            state.bending,
            history,
            start,
            stop,
            gait=walking,
            seated=verdict.activity is Activity.SIT,
            explained=state.explained,
        ):
            out.append(self._bend(history, bend, stop))
        state.blocks += 1
        if state.blocks % BLOCKS_PER_SECOND == 0:
            holds.second(params.holding, state.holding, history, stop, verdict.activity)
            lean = float(history.window(stop - 2 * BLOCK, stop)[:, SAGITTAL].mean())
            out.append(
                Beat(
                    known_ns,
                    verdict.activity,
                    verdict.posture,
                    lean,
                    state.holding.since_ns,
                    state.holding.dose,
                )
            )
        return out

    def _bend(self, history: History, bend: bends.Bend, known: int) -> MotionEvent:
        kind = EventKind.LIFT if bend.lift else EventKind.BEND
        event = self._event(
            history, kind, bend.start, bend.stop, known, bend.confidence, bend.values, bend.flags
        )
        return replace(event, technique=bend.technique)

    def _event(
        self,
        history: History,
        kind: EventKind,
        start: int,
        stop: int,
        known: int,
        confidence: float,
        values: Mapping[str, float],
        flags: tuple[str, ...] = (),
    ) -> MotionEvent:
        return MotionEvent(
            kind,
            history.time_ns(max(start, 0)),
            history.time_ns(stop),
            history.time_ns(known),
            confidence,
            self.params.profile,
            MappingProxyType(dict(values)),
            flags,
        )

    def _say(
        self, at_ns: int, activity: Activity, posture: Posture, confidence: float
    ) -> list[StateChange]:
        said = self.state.said
        if said is not None:
            if (said.activity, said.posture) == (activity, posture):
                return []
            at_ns = max(at_ns, said.at_ns)
        change = StateChange(at_ns, activity, posture, confidence, self.params.profile)
        self.state.said = change
        return [change]

    def _end(self, item: SegmentEnd) -> list[Out]:
        stop_ns = item.segment.time_ns(item.stop)
        out: list[Out] = []
        history = self.state.history
        if history is not None:
            # Nobody can fall any more: what waited for that is decided now.
            for bend in bends.flush(
                self.params.bending, self.state.bending, history, explained=self.state.explained
            ):
                out.append(self._bend(history, bend, history.stop))
        out += self._say(stop_ns, Activity.UNKNOWN, Posture.NONE, 1.0)
        activities.end(self.state.activity, stop_ns)
        self.state = State(activity=self.state.activity)
        return out
