"""Alerts to decisions: told, held until it suits, merged with another, or dropped, and why."""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.coaching.manners import Closing, Manners, Wishes
from monitor.coaching.rules import ONCE_IN_A_WHILE, WHILE_BENT, Channel, Kind, Rule, rule
from monitor.model import NS_PER_S, Activity, Alert, Beat, Tick

HOUR_NS = 3600 * NS_PER_S
UNSEEN_S = 5.0  # s without a beat, after which nothing that was held is told. Ours


class Outcome(StrEnum):
    """What became of an alert."""

    TOLD = "told"
    HELD = "held"
    MERGED = "merged"
    DROPPED = "dropped"
    CLEARED = "cleared"  # told before; its condition has ended, so what is shown goes away


class Reason(StrEnum):
    """Why."""

    AT_ONCE = "at_once"
    HELD_BEFORE = "held_before"
    PAIN_MODE = "pain_mode"
    FIRST_DAY = "first_day"
    TRIAL = "trial"
    HOURS = "hours"
    DAY_FULL = "day_full"
    HOUR_FULL = "hour_full"
    IGNORED = "ignored"
    SNOOZED = "snoozed"
    IN_CALL = "in_call"
    DO_NOT_DISTURB = "do_not_disturb"
    WALKING = "walking"
    BENDING = "bending"
    APART = "apart"
    AGAIN = "again"  # a jolt; one was told a moment ago
    SAME = "same"  # one of this rule is held already
    ANOTHER = "another"  # a more important one was told in its place
    CORRECTED = "corrected"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one alert now; a held one gets another decision later.

    Attributes:
        at_ns: when it was decided [ns since the epoch, UTC].
        channels: where it sounds; empty unless told.
        into: the rule it was merged into; else empty.
    """

    at_ns: int
    alert: Alert
    outcome: Outcome
    reason: Reason
    channels: tuple[Channel, ...] = ()
    into: str = ""


@dataclass(slots=True)
class _Told:
    """A posture reminder whose answer by the body is awaited."""

    alert: Alert
    at_ns: int


@dataclass(slots=True)
class State:
    """What the broker remembers; `told` outlives a restart through the store."""

    told: deque[tuple[str, int]] = field(default_factory=deque)
    held: dict[str, Alert] = field(default_factory=dict)
    awaited: dict[str, _Told] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    beat: Beat | None = None
    bent: bool = False
    moved_ns: int = 0


class Broker:
    """Decides about each alert of one person, in the order of time.

    Args:
        manners: caps, hours and channels.
        local: an instant as local time.
        first_day: the local date on which the person wore a sensor first; None: none yet.
        told: rule and instant of what was told in the last day.
    """

    def __init__(
        self,
        manners: Manners,
        local: Callable[[int], datetime],
        *,
        first_day: date | None = None,
        told: Iterable[tuple[str, int]] = (),
    ) -> None:
        self.manners = manners
        self.wishes = Wishes()
        self.local = local
        self._first_day = first_day
        self.state = State(told=deque(sorted(told, key=lambda one: one[1])))

    def push(self, item: Alert | Beat | Tick, /) -> list[Decision]:
        """An alert is decided; a beat or the passing of time may free what is held."""
        match item:
            case Alert():
                return [self._decide(item)]
            case Beat():
                if self._first_day is None and item.activity is not Activity.NOT_WORN:
                    self._first_day = self.local(item.at_ns).date()
                self._look(item)
                return [*self._answered(item), *self._free(item.at_ns)]
            case Tick():
                return self._free(item.at_ns)

    def hours(self, now_ns: int) -> tuple[Closing, int | None] | None:
        """Which hours keep alerts silent, and until when; None: none do.

        The end is None where none comes within a week [ns since the epoch, UTC].
        """
        local = self.local(now_ns)
        closing = self.manners.closed_by(local.weekday(), local.time())
        if closing is None:
            return None
        opens = self.manners.opens(local)
        return closing, None if opens is None else round(opens.timestamp()) * NS_PER_S

    def only_looks(self, now_ns: int) -> bool:
        """Whether it is the first day, on which nothing is told but what is urgent."""
        return self.manners.baseline and self.local(now_ns).date() == self._first_day

    def held(self) -> tuple[Alert, ...]:
        """What waits for a better moment."""
        return tuple(self.state.held.values())

    def _decide(self, alert: Alert) -> Decision:
        found = rule(alert.rule)
        now_ns = alert.at_ns
        never = self._never(found, now_ns)
        if never is not None:
            return Decision(now_ns, alert, Outcome.DROPPED, never)
        if alert.rule in self.state.held:
            return Decision(now_ns, alert, Outcome.MERGED, Reason.SAME, into=alert.rule)
        later = self._later(found, now_ns)
        if later is None:
            return self._tell(alert, found, now_ns, Reason.AT_ONCE)
        if found.kind is Kind.NOTICE:
            return Decision(now_ns, alert, Outcome.DROPPED, later)
        self.state.held[alert.rule] = alert
        return Decision(now_ns, alert, Outcome.HELD, later)

    def _never(self, found: Rule, now_ns: int) -> Reason | None:
        """Why an alert of this rule is not to be told at all."""
        if found.kind is Kind.SAFETY:
            return self._again(found, now_ns)
        local = self.local(now_ns)
        if found.kind is not Kind.SERVICE:
            if self.wishes.pain:
                return Reason.PAIN_MODE
            if self.wishes.trial_silent:
                return Reason.TRIAL
            if self.only_looks(now_ns):
                return Reason.FIRST_DAY
        if not self.manners.open_at(local.weekday(), local.time()):
            return Reason.HOURS
        return self._full(found, now_ns)

    def _again(self, found: Rule, now_ns: int) -> Reason | None:
        if found.name not in ONCE_IN_A_WHILE:
            return None
        last_ns = next((at for name, at in reversed(self.state.told) if name == found.name), None)
        apart_ns = round(self.manners.jolts_apart_s * NS_PER_S)
        return None if last_ns is None or now_ns - last_ns >= apart_ns else Reason.AGAIN

    def _full(self, found: Rule, now_ns: int) -> Reason | None:
        manners, told = self.manners, self.state.told
        while told and now_ns - told[0][1] >= 24 * HOUR_NS:
            told.popleft()
        match found.kind:
            case Kind.POSTURE:
                an_hour, a_day = manners.most_per_hour, manners.most_per_day
            case Kind.LIFT:
                an_hour, a_day = manners.lifts_per_hour, manners.lifts_per_day
            case _:
                return None
        alike = [at for name, at in told if rule(name).kind is found.kind]
        today = self.local(now_ns).date()
        if sum(self.local(at).date() == today for at in alike) >= a_day:
            return Reason.DAY_FULL
        if sum(now_ns - at < HOUR_NS for at in alike) >= an_hour:
            return Reason.HOUR_FULL
        last_ns = next((at for name, at in reversed(told) if name == found.name), None)
        apart_s = found.again_s * self._backoff(found.name)
        if last_ns is not None and apart_s > found.again_s:
            # A tenth of slack: the rule asks again on a beat, not on the dot.
            return Reason.IGNORED if (now_ns - last_ns) / NS_PER_S < 0.9 * apart_s else None
        return None

    def _backoff(self, name: str) -> int:
        times = self.state.ignored.get(name, 0) // self.manners.ignored
        return min(1 << min(times, 8), self.manners.most_backoff)

    def _later(self, found: Rule, now_ns: int) -> Reason | None:
        """Why it does not suit at this moment."""
        if found.kind is Kind.SAFETY:
            return None
        wishes, state = self.wishes, self.state
        if now_ns < wishes.snoozed_until_ns:
            return Reason.SNOOZED
        if wishes.in_call:
            return Reason.IN_CALL
        if wishes.do_not_disturb:
            return Reason.DO_NOT_DISTURB
        if state.beat is not None and state.beat.activity is Activity.WALK:
            return Reason.WALKING
        if state.bent and found.name not in WHILE_BENT:
            return Reason.BENDING
        if found.kind is Kind.POSTURE and self._too_close(now_ns):
            return Reason.APART
        return None

    def _too_close(self, now_ns: int) -> bool:
        last_ns = next(
            (at for name, at in reversed(self.state.told) if rule(name).kind is Kind.POSTURE), None
        )
        return last_ns is not None and (now_ns - last_ns) / NS_PER_S < self.manners.apart_s

    def _tell(self, alert: Alert, found: Rule, now_ns: int, reason: Reason) -> Decision:
        self.state.told.append((alert.rule, now_ns))
        if found.kind is Kind.POSTURE:
            self.state.awaited[alert.rule] = _Told(alert, now_ns)
        channels = tuple(c for c in found.channels if c in self.manners.channels)
        return Decision(now_ns, alert, Outcome.TOLD, reason, channels)

    def _look(self, beat: Beat) -> None:
        state, manners = self.state, self.manners
        state.beat = beat
        bound_deg = manners.straight_deg if state.bent else manners.bent_deg
        state.bent = beat.lean_rad >= math.radians(bound_deg)
        if state.bent or beat.activity is Activity.WALK:
            state.moved_ns = beat.at_ns

    def _answered(self, beat: Beat) -> list[Decision]:
        """What the body said to the reminders told: changed, or not."""
        state, decisions = self.state, []
        for name, told in list(state.awaited.items()):
            if beat.activity is not Activity.UNKNOWN and not rule(name).holds(told.alert, beat):
                del state.awaited[name]
                state.ignored[name] = 0
                decisions.append(
                    Decision(beat.at_ns, told.alert, Outcome.CLEARED, Reason.CORRECTED)
                )
            elif (beat.at_ns - told.at_ns) / NS_PER_S >= self.manners.react_s:
                del state.awaited[name]
                state.ignored[name] = state.ignored.get(name, 0) + 1
        return decisions

    def _free(self, now_ns: int) -> list[Decision]:
        """Drop what is of no more use; tell the most important of what may be told now."""
        state, decisions = self.state, []
        for name, alert in list(state.held.items()):
            useless = self._useless(alert, now_ns) or self._never(rule(name), now_ns)
            if useless is not None:
                del state.held[name]
                decisions.append(Decision(now_ns, alert, Outcome.DROPPED, useless))
        seen = state.beat is not None and (now_ns - state.beat.at_ns) / NS_PER_S <= UNSEEN_S
        calm = (now_ns - state.moved_ns) / NS_PER_S >= self.manners.calm_s
        ready = [
            alert
            for name, alert in state.held.items()
            if self._later(rule(name), now_ns) is None and calm and seen
        ]
        if not ready:
            return decisions
        ready.sort(key=lambda alert: -rule(alert.rule).priority)
        first, *others = ready
        for alert in ready:
            del state.held[alert.rule]
        decisions.append(self._tell(first, rule(first.rule), now_ns, Reason.HELD_BEFORE))
        decisions += (
            Decision(now_ns, alert, Outcome.MERGED, Reason.ANOTHER, into=first.rule)
            for alert in others
        )
        return decisions

    def _useless(self, alert: Alert, now_ns: int) -> Reason | None:
        found = rule(alert.rule)
        beat = self.state.beat
        if (
            beat is not None
            and beat.activity is not Activity.UNKNOWN
            and beat.at_ns > alert.at_ns
            and not found.holds(alert, beat)
        ):
            return Reason.CORRECTED
        if (now_ns - alert.at_ns) / NS_PER_S > found.keep_s:
            return Reason.TOO_LATE
        return None
