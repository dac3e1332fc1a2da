"""When alerts may sound, as a person sets it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal

from monitor.coaching.rules import Channel

WEEK = (0, 1, 2, 3, 4, 5, 6)
Closing = Literal["quiet", "working"]


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily stretch of local time, `[start, stop)`; past midnight where stop is not later.

    Attributes:
        weekdays: on which it begins; Monday is 0.
    """

    start: time
    stop: time
    weekdays: tuple[int, ...] = WEEK

    def holds(self, weekday: int, at: time) -> bool:
        """Whether a local instant lies in it."""
        if self.start < self.stop:
            return weekday in self.weekdays and self.start <= at < self.stop
        if at >= self.start:
            return weekday in self.weekdays
        return at < self.stop and (weekday - 1) % 7 in self.weekdays


@dataclass(frozen=True, slots=True)
class Manners:
    """How often and when; all ours.

    Attributes:
        apart_s: between two posture reminders.
        most_per_hour, most_per_day: posture reminders.
        lifts_per_hour, lifts_per_day: lift cues, apart from those: a morning of lifting does not
            use up what the afternoon at a table would be told. Ours; the design caps neither.
        jolts_apart_s: between two jolts that are told; a fall is told whatever was before. Who
            strikes things all day knows. Ours.
        ignored: so many in a row without a change, then the rule asks half as often.
        most_backoff: it never asks less often than at this many times its own distance. Ours.
        react_s: a reminder whose condition still lasts after this was ignored. Ours.
        bent_deg, straight_deg: from this lean on the person is bending; until they are back,
            as `monitor.states.bends` has it.
        calm_s: so long without a step or a bend before a held reminder is told. Ours.
        baseline: the first day is silent.
        quiet: no alerts in these hours.
        working: alerts only in these; empty is always.
        channels: those that may be used.
    """

    apart_s: float = 300.0
    most_per_hour: int = 6
    most_per_day: int = 30
    lifts_per_hour: int = 6
    lifts_per_day: int = 30
    jolts_apart_s: float = 600.0
    ignored: int = 3
    most_backoff: int = 8
    react_s: float = 180.0
    bent_deg: float = 30.0
    straight_deg: float = 20.0
    calm_s: float = 3.0
    baseline: bool = True
    quiet: tuple[Hours, ...] = ()
    working: tuple[Hours, ...] = ()
    channels: frozenset[Channel] = field(default_factory=lambda: frozenset(Channel))

    def open_at(self, weekday: int, at: time) -> bool:
        """Whether alerts may sound at a local instant."""
        return self.closed_by(weekday, at) is None

    def closed_by(self, weekday: int, at: time) -> Closing | None:
        """Which hours keep alerts silent at a local instant; None: none do."""
        if _any(self.quiet, weekday, at):
            return "quiet"
        if self.working and not _any(self.working, weekday, at):
            return "working"
        return None

    def opens(self, local: datetime) -> datetime | None:
        """When alerts may sound again after a local instant; None: within a week they may not."""
        edges = {
            edge for hours in (*self.quiet, *self.working) for edge in (hours.start, hours.stop)
        }
        for day in (local.date() + timedelta(days=i) for i in range(9)):
            for edge in sorted(edges):
                found = datetime.combine(day, edge, local.tzinfo)
                if found > local and self.open_at(day.weekday(), edge):
                    return found
        return None


def _any(hours: Iterable[Hours], weekday: int, at: time) -> bool:
    return any(stretch.holds(weekday, at) for stretch in hours)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person, or their computer, says at this moment.

    Attributes:
        snoozed_until_ns: no reminders until then [ns since the epoch, UTC].
        in_call: a call is on, said by hand or by the system.
        do_not_disturb: the system asks for silence.
        pain: coaching is off until the person says otherwise.
        trial_silent: a running trial has drawn silence for this half-day.
    """

    snoozed_until_ns: int = 0
    in_call: bool = False
    do_not_disturb: bool = False
    pain: bool = False
    trial_silent: bool = False
