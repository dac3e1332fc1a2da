"""Each rule as a condition with a dwell, a distance to the next time, and the numbers that say why.

What of it reaches the person, and when, is decided in `monitor.coaching`.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Beat,
    EventKind,
    MotionEvent,
    Posture,
    Severity,
    StateChange,
    Tick,
    Trust,
)
from monitor.model.states import SLIPPED

Item = Beat | MotionEvent | StateChange | Tick | Trust


@dataclass(frozen=True, slots=True)
class Params:
    """Delays and what they are of; ours where no source is named."""

    profile: str  # name and version, e.g. "desk/1"
    slouch_s: float = 60.0  # s; products have 3 s to 10 min, Lumo Lift advises 2 min. Ours
    slouch_share: float = 0.7  # 1; of the last window. Ours
    slouch_window_s: int = 600  # s; Ours
    static_s: float = 1200.0  # s; 10 to 60 min are plausible. Ours
    sitting_s: float = 1800.0  # s; 20 to 60 min; after Waongenngarm 2018 and 2021. Ours
    standing_s: float = 2700.0  # s; Ours
    break_s: int = 60  # s; of standing or walking that end a sitting bout; 30 to 300 s. Ours
    forget_s: float = 300.0  # s; without data, after which the clocks start anew. Ours
    hold_dose: float = 1.0  # 1; of the holding time of ISO 11226:2000
    hold_speaks: bool = False  # yes or no; only where support by a desk can be ruled out. Ours
    repetitive_deg: float = 60.0  # deg; EN 1005-4
    repetitive_per_min: float = 2.0  # 1/min; EN 1005-4
    repetitive_window_s: float = 300.0  # s; over which the rate is taken. Ours
    again_s: float = 300.0  # s; after which a condition that lasts is told again. Ours
    notice_s: float = 30.0  # s; before a break is due: Stretchly's notice
    # deg; of leaning forward; 0 is none. The person's alone, so no profile shows it.
    limit_deg: float = field(default=0.0, repr=False)


@dataclass(slots=True)
class State:
    """Clocks and what has been said."""

    slouch_since_ns: int | None = None
    slouched: deque[bool] = field(default_factory=deque)
    slouched_s: int = 0  # of these
    seated_since_ns: int | None = None
    standing_since_ns: int | None = None
    up_s: int = 0
    last_beat_ns: int | None = None
    spoke_ns: dict[str, int] = field(default_factory=dict)
    deep_bends_ns: list[int] = field(default_factory=list)
    trusted: bool = True  # the angles, which a slouch is told by
    confidence: float = 0.0  # of the state that the beats show
    near_limit: bool = False


SEATED = (Activity.SIT, Activity.UPRIGHT, Activity.RECLINE)
UP = (Activity.STAND, Activity.WALK)
LIMIT_NEAR = 0.9  # of the person's own limit, from which on a cue comes. Ours
LIMIT_BACK = 0.75  # of it, below which the next cue may come. Ours
POSTURE_RULES = ("slouch", "static", "sitting", "standing", "hold", "repetitive")


class Alerts:
    """Watch the beats and events, and speak once for each condition that lasts."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self.state = State()
        self._slouch_deg: Mapping[str, float] = {}

    def know(self, sit_tall_rad: float, slouch_on_rad: float) -> None:
        """Tell with a slouch from where on it counted, and from where that is measured [rad].

        Nothing is decided by it: `monitor.states` has decided.
        """
        tall_deg, on_deg = math.degrees(sit_tall_rad), math.degrees(slouch_on_rad)
        self._slouch_deg = {"sit_tall_deg": tall_deg, "threshold_deg": tall_deg + on_deg}

    def push(self, item: Item, /) -> list[Alert]:
        if isinstance(item, Beat):
            return self._beat(item)
        if isinstance(item, MotionEvent):
            return self._event(item)
        if isinstance(item, StateChange):
            self._change(item)
        if isinstance(item, Tick):
            self._forget(item.at_ns)
        if isinstance(item, Trust):
            return self._trust(item)
        return []

    def _trust(self, trust: Trust) -> list[Alert]:
        told, self.state.trusted = self.state.trusted, trust.trusted
        if trust.trusted or not told:
            return []
        values = {"moved_deg": math.degrees(trust.moved_rad)}
        return self._speak("slipped", Severity.INFO, trust.at_ns, trust.at_ns, values)

    def _change(self, change: StateChange) -> None:
        self.state.confidence = change.confidence
        slouched = change.posture is Posture.SLOUCHED
        # Back-dated: the change knows better than the beat when slouching began.
        self.state.slouch_since_ns = change.at_ns if slouched else None

    def _forget(self, at_ns: int) -> None:
        last = self.state.last_beat_ns
        if last is not None and (at_ns - last) / NS_PER_S > self.params.forget_s:
            before = self.state
            self.state = State(
                spoke_ns=before.spoke_ns,
                trusted=before.trusted,
                confidence=before.confidence,
            )

    def _beat(self, beat: Beat) -> list[Alert]:
        self._forget(beat.at_ns)
        self.state.last_beat_ns = beat.at_ns
        self._clocks(beat)
        sure = {"confidence": self.state.confidence}
        said = [
            *self._slouch(beat),
            *self._lasting("static", beat, beat.static_since_ns, self.params.static_s),
            *self._break_soon(beat),
            *self._lasting("sitting", beat, self.state.seated_since_ns, self.params.sitting_s),
            *self._lasting("standing", beat, self.state.standing_since_ns, self.params.standing_s),
            *self._hold(beat),
            *self._limit(beat),
        ]
        return [replace(one, values=MappingProxyType({**one.values, **sure})) for one in said]

    def _clocks(self, beat: Beat) -> None:
        state = self.state
        state.up_s = state.up_s + 1 if beat.activity in UP else 0
        if beat.activity in SEATED and state.seated_since_ns is None:
            state.seated_since_ns = beat.at_ns
        if state.up_s >= self.params.break_s or beat.activity in (Activity.LIE, Activity.NOT_WORN):
            state.seated_since_ns = None
        if beat.activity is not Activity.STAND:
            state.standing_since_ns = None
        elif state.standing_since_ns is None:
            state.standing_since_ns = beat.at_ns

    def _slouch(self, beat: Beat) -> list[Alert]:
        state, params = self.state, self.params
        slouched = beat.posture is Posture.SLOUCHED and state.trusted
        state.slouched.append(slouched)
        state.slouched_s += slouched
        if len(state.slouched) > params.slouch_window_s:
            state.slouched_s -= state.slouched.popleft()
        if not slouched or state.slouch_since_ns is None:
            return []
        held_s = (beat.at_ns - state.slouch_since_ns) / NS_PER_S
        share = state.slouched_s / params.slouch_window_s
        if held_s < params.slouch_s and share < params.slouch_share:
            return []
        values = {
            "angle_deg": math.degrees(beat.lean_rad),
            "duration_s": held_s,
            "threshold_s": params.slouch_s,
            "share_of_window": share,
            "threshold_share": params.slouch_share,
            **self._slouch_deg,
        }
        return self._speak("slouch", Severity.CAUTION, beat.at_ns, state.slouch_since_ns, values)

    def _lasting(
        self, rule: str, beat: Beat, since_ns: int | None, threshold_s: float
    ) -> list[Alert]:
        if since_ns is None or (beat.at_ns - since_ns) / NS_PER_S < threshold_s:
            return []
        duration_s = (beat.at_ns - since_ns) / NS_PER_S
        values = {"duration_s": duration_s, "threshold_s": threshold_s}
        return self._speak(rule, Severity.INFO, beat.at_ns, since_ns, values, again_s=threshold_s)

    def _break_soon(self, beat: Beat) -> list[Alert]:
        since_ns, params = self.state.seated_since_ns, self.params
        if since_ns is None:
            return []
        due_s = params.sitting_s - (beat.at_ns - since_ns) / NS_PER_S % params.sitting_s
        if due_s > params.notice_s:
            return []
        return self._speak(
            "break_soon",
            Severity.INFO,
            beat.at_ns,
            since_ns,
            {"due_s": due_s},
            again_s=params.sitting_s / 2,
        )

    def _hold(self, beat: Beat) -> list[Alert]:
        if not self.params.hold_speaks or beat.hold_dose < self.params.hold_dose:
            return []
        values = {
            "angle_deg": math.degrees(beat.lean_rad),
            "dose": beat.hold_dose,
            "threshold_dose": self.params.hold_dose,
            "duration_s": beat.held_s,
        }
        since_ns = beat.at_ns - round(beat.held_s * NS_PER_S)
        return self._speak("hold", Severity.CAUTION, beat.at_ns, since_ns, values)

    def _limit(self, beat: Beat) -> list[Alert]:
        """Near the limit that the person has set, once each time."""
        params, state = self.params, self.state
        if params.limit_deg <= 0.0 or beat.activity in (Activity.LIE, Activity.NOT_WORN):
            return []
        angle_deg = math.degrees(beat.lean_rad)
        if angle_deg < LIMIT_BACK * params.limit_deg:
            state.near_limit = False
        threshold_deg = LIMIT_NEAR * params.limit_deg
        if state.near_limit or angle_deg < threshold_deg or not state.trusted:
            return []
        state.near_limit = True
        values = {
            "angle_deg": angle_deg,
            "threshold_deg": threshold_deg,
            "limit_deg": params.limit_deg,
        }
        return self._speak("limit", Severity.CAUTION, beat.at_ns, beat.at_ns, values)

    def _event(self, event: MotionEvent) -> list[Alert]:
        if event.kind is EventKind.FALL:
            return self._speak("fall", Severity.HIGH, event.known_ns, event.start_ns, _sure(event))
        if event.kind is EventKind.JOLT:
            return self._speak("jolt", Severity.INFO, event.known_ns, event.start_ns, _sure(event))
        if event.kind not in (EventKind.BEND, EventKind.LIFT) or SLIPPED in event.flags:
            return []
        alerts = self._repetitive(event)
        if "demanding" in event.flags:
            alerts += self._speak(
                "lift", Severity.HIGH, event.known_ns, event.start_ns, _sure(event)
            )
        return alerts

    def _repetitive(self, event: MotionEvent) -> list[Alert]:
        params, bends = self.params, self.state.deep_bends_ns
        if event.values["peak_sagittal_deg"] < params.repetitive_deg:
            return []
        bends.append(event.start_ns)
        while (event.known_ns - bends[0]) / NS_PER_S > params.repetitive_window_s:
            del bends[0]
        per_min = len(bends) * 60.0 / params.repetitive_window_s
        if per_min < params.repetitive_per_min:
            return []
        values = {
            "per_min": per_min,
            "threshold_per_min": params.repetitive_per_min,
            "threshold_deg": params.repetitive_deg,
            "window_s": params.repetitive_window_s,
            "confidence": event.confidence,
        }
        return self._speak("repetitive", Severity.CAUTION, event.known_ns, bends[0], values)

    def _speak(
        self,
        rule: str,
        severity: Severity,
        at_ns: int,
        since_ns: int,
        values: Mapping[str, float],
        again_s: float = 0.0,
    ) -> list[Alert]:
        state, params = self.state, self.params
        apart_s = max(again_s, params.again_s if rule in POSTURE_RULES else 0.0)
        spoke_ns = state.spoke_ns.get(rule)
        if spoke_ns is not None and (at_ns - spoke_ns) / NS_PER_S < apart_s:
            return []
        state.spoke_ns[rule] = at_ns
        return [
            Alert(at_ns, rule, severity, since_ns, params.profile, MappingProxyType(dict(values)))
        ]


def _sure(event: MotionEvent) -> Mapping[str, float]:
    """The numbers of an event, and how sure it is."""
    return {**event.values, "confidence": event.confidence}
