"""The stage that runs every detector over the same half seconds, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from monitor.states import (
    activities,
    bends,
    crossings,
    gait,
    holds,
    impacts,
    layout,
    native,
    senses,
    transitions,
)
from monitor.states.activities import Verdict
from monitor.states.history import BLOCK, History
from monitor.states.layout import Sight
from monitor.states.plain import Sought
from monitor.states.transitions import Transition

Out = StateChange | MotionEvent | Beat

BLOCKS_PER_SECOND = 2
HELPING = 160 * BLOCK  # hops; more at a time would cost memory and gain nothing
BEND_ENDS_S = activities.BEND_ENDS_S
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
    crossing: crossings.Params = field(default_factory=crossings.Params)
    holding: holds.Params = field(default_factory=holds.Params)

    def sought(self) -> Sought:
        """What is looked for in the hops."""
        activity, bending = self.activity, self.bending
        return Sought(
            self.walking,
            self.rising,
            bending.moving,
            activity.window_s,
            activity.valid_s,
            bending.level_s,
        )


@dataclass(slots=True)
class State:
    """All memory of all detectors; only the belief in `activity` outlives a segment."""

    history: History | None = None
    told: layout.Array | None = None  # thresholds, and windows in hops of this segment
    sensed: layout.Array = field(default_factory=layout.new_memory)
    decided: int = 0  # hop up to which blocks have been decided
    blocks: int = 0
    explained: list[tuple[int, int]] = field(default_factory=list)
    bending: bends.State = field(default_factory=bends.State)
    impact: impacts.State = field(default_factory=impacts.State)
    holding: holds.State = field(default_factory=holds.State)
    activity: activities.State = field(default_factory=activities.State)
    crossing: crossings.State = field(default_factory=crossings.State)
    said: StateChange | None = None


class States:
    """Name what the person does each half second; speak only when it changes.

    A bend is reported `bends.confirm_s` after it ends, an impact `impacts.settle_s` after;
    a state can be back-dated by its own dwell, never before the previous change.
    """

    def __init__(self, params: Params, *, compiled: bool = native.COMPILED) -> None:
        self.state = State()
        self.params = params
        self._compiled = compiled

    @property
    def params(self) -> Params:
        """The thresholds in use; others may be put in their place between two pushes."""
        return self._params

    @params.setter
    def params(self, params: Params) -> None:
        self._params, self._sought = params, params.sought()
        if self.state.history is not None:
            self.state.told = senses.numbers(self._sought, self.state.history)

    @property
    def decided_ns(self) -> int | None:
        """Up to when it was decided [ns since the epoch, UTC]; None outside of a segment."""
        history = self.state.history
        return None if history is None else history.time_ns(self.state.decided)

    def push(self, item: FeatureChunk | SegmentEnd | Correction, /) -> list[Out]:
        state = self.state
        if isinstance(item, Correction):
            activities.correct(self.params.activity, state.activity, item, self.decided_ns)
            return []
        if isinstance(item, SegmentEnd):
            return self._end(item)
        if len(item) == 0:
            return []
        if state.history is None or state.told is None:
            state.history = History(item.segment, item.hop, item.forward_known)
            state.told = senses.numbers(self._sought, state.history)
            activities.begin(self.params.activity, state.activity, state.history)
        out: list[Out] = []
        for first in range(0, len(item), HELPING):
            state.history.append(item, first, first + HELPING)
            blocks = (state.history.stop - state.decided) // BLOCK
            if blocks == 0:
                continue
            for sight in senses.look(
                self._sought,
                state.told,
                state.sensed,
                state.history,
                state.decided,
                blocks,
                compiled=self._compiled,
            ):
                state.history.look_from(sight.stop)
                self._block(state.history, sight, out)
                state.decided = sight.stop
        return out

    def _block(self, history: History, sight: Sight, out: list[Out]) -> None:
        params, state, stop = self.params, self.state, sight.stop
        moved: Sequence[Transition] = ()
        if sight.bursts:
            moved = [transitions.judge(params.rising, history, *burst) for burst in sight.bursts]
            crossings.see(state.crossing, moved, state.activity.named, state.activity.stand)
        for impact in impacts.advance(params.impact, state.impact, history, sight):
            if impact.kind is EventKind.FALL:
                up_again = impact.stop + history.hops(AFTER_FALL_S)
                state.explained.append((impact.start, up_again))
                state.activity.fallen = impact.stop
            values = {"peak_g": impact.peak_g, "posture_change_deg": impact.change_deg}
            out.append(
                self._event(
                    history, impact.kind, impact.start, impact.stop, stop, impact.confidence, values
                )
            )
        verdict = activities.advance(
            params.activity, state.activity, history, sight, transitions=moved
        )
        if verdict.activity is Activity.LIE:
            state.explained.append((verdict.since, stop))
        said = state.said
        if (
            said is not None
            and said.activity is Activity.UPRIGHT
            and said.posture is not Posture.SLOUCHED
            and verdict.activity is Activity.WALK
            and activities.stood(
                params.activity, history, history.hop_at(said.at_ns), verdict.since, stop
            )
        ):
            sure = params.activity.stood_sure
            out.append(self._say(said.at_ns, Verdict(Activity.STAND, said.posture, sure, 0)))
        if state.crossing.seen:
            out += self._crossed(history, verdict, stop)
        said = state.said
        if said is None or (
            (said.activity is not verdict.activity or said.posture is not verdict.posture)
            and not state.activity.lies_down  # what is said meanwhile, lying cannot begin before
        ):
            since = verdict.since
            if (
                said is not None
                and said.activity is verdict.activity
                and verdict.posture is Posture.NEUTRAL
            ):
                since = sight.start  # a posture has lasted until now, however young its bout is
            out.append(self._say(history.time_ns(max(since, 0)), verdict))
        if state.explained:
            memory = history.hops(EXPLAINED_S)
            state.explained = [past for past in state.explained if past[1] > stop - memory]
        for bend in bends.advance(
            params.bending,
            state.bending,
            history,
            sight,
            seated=verdict.activity is Activity.SIT,
            explained=state.explained,
        ):
            out.append(self._bend(history, bend, stop))
            if activities.bent(params.activity, state.activity, history, bend.start, bend.stop):
                out += self._stood_up_again(history, bend)
            crossings.bent(state.crossing, bend.start, bend.stop + history.hops(BEND_ENDS_S))
        state.blocks += 1
        if state.blocks % BLOCKS_PER_SECOND == 0:
            known_ns = history.time_ns(stop)
            holds.second(params.holding, state.holding, sight, known_ns, verdict.activity)
            out.append(
                Beat(
                    known_ns,
                    verdict.activity,
                    verdict.posture,
                    sight.lean_pair,
                    state.holding.since_ns,
                    state.holding.dose,
                    standing=verdict.standing,
                    held_s=float(state.holding.flexed_s),
                )
            )

    def _crossed(
        self, history: History, verdict: Verdict, stop: int, *, ends: bool = False
    ) -> list[Out]:
        """Tell sittings-down and risings that the state has followed."""
        params, state = self.params, self.state
        out: list[Out] = []
        for crossing in crossings.settle(
            params.crossing,
            state.crossing,
            history,
            verdict.activity,
            verdict.confidence,
            stop,
            ends=ends,
        ):
            movement, kind = crossing.movement, crossing.movement.kind
            if kind is None:
                continue
            values = {"peak_vertical_speed_mps": movement.speed_mps}
            out.append(
                self._event(
                    history, kind, movement.start, movement.stop, stop, crossing.confidence, values
                )
            )
        return out

    def _stood_up_again(self, history: History, bend: bends.Bend) -> list[Out]:
        """Name standing what was taken for sitting since a bend."""
        said = self.state.said
        if said is None or said.activity is not Activity.SIT:
            return []
        if said.at_ns < history.time_ns(max(bend.start, 0)):
            return []
        sure = self.params.activity.after_bend
        return [self._say(said.at_ns, Verdict(Activity.STAND, Posture.NEUTRAL, sure, 0))]

    def _bend(self, history: History, bend: bends.Bend, known: int) -> MotionEvent:
        kind = EventKind.LIFT if bend.lift else EventKind.BEND
        return self._event(
            history,
            kind,
            bend.start,
            bend.stop,
            known,
            bend.confidence,
            bend.values,
            bend.flags,
            bend.technique,
        )

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
        technique: str = "",
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
            technique,
        )

    def _say(self, at_ns: int, verdict: Verdict) -> StateChange:
        said = self.state.said
        if said is not None:
            at_ns = max(at_ns, said.at_ns)
        self.state.said = StateChange(
            at_ns, verdict.activity, verdict.posture, verdict.confidence, self.params.profile
        )
        return self.state.said

    def _end(self, item: SegmentEnd) -> list[Out]:
        stop_ns = item.segment.time_ns(item.stop)
        out: list[Out] = []
        history, said = self.state.history, self.state.said
        nothing = Verdict(Activity.UNKNOWN, Posture.NONE, 1.0, 0)
        if history is not None:
            history.look_from(history.stop)
            out += self._crossed(history, nothing, history.stop, ends=True)
            # Nobody can fall any more: what waited for that is decided now.
            for bend in bends.flush(
                self.params.bending, self.state.bending, history, explained=self.state.explained
            ):
                out.append(self._bend(history, bend, history.stop))
        if said is None or (said.activity, said.posture) != (nothing.activity, nothing.posture):
            out.append(self._say(stop_ns, nothing))
        activities.end(self.state.activity, stop_ns)
        self.state = State(activity=self.state.activity)
        return out
