"""Which half-days of the coming weeks are silent, drawn before any of them is seen."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

import numpy as np

NS_PER_S = 1_000_000_000
NOON = time(12, 30)  # local time at which a half-day ends; chosen by us
MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


class Phase(StrEnum):
    """The four parts of a trial, in this order."""

    BASELINE = "baseline"
    FEEDBACK = "feedback"
    FADED = "faded"
    WASHOUT = "washout"


class Half(StrEnum):
    """Which half of a day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True)
class Design:
    """How long each part lasts; all values chosen by us, ADR 20.

    Attributes:
        baseline_days: silent; how the person is without us.
        feedback_days: an even number; half of all half-days silent. Each two days give two pairs,
            one of mornings and one of afternoons.
        faded_days: an even number; three quarters of the half-days silent.
        washout_days: silent.
        weekdays: days of the week that count, Monday is 0.
        noon: local time at which the afternoon begins.
    """

    baseline_days: int = 5
    feedback_days: int = 20
    faded_days: int = 6
    washout_days: int = 5
    weekdays: tuple[int, ...] = MONDAY_TO_FRIDAY
    noon: time = NOON

    def __post_init__(self) -> None:
        days = (self.baseline_days, self.feedback_days, self.faded_days, self.washout_days)
        if min(days) < 0 or max(days) > MOST_DAYS:
            raise ValueError(f"days {days}: each part takes 0 to {MOST_DAYS} days")
        if self.feedback_days < LEAST_FEEDBACK_DAYS or self.feedback_days % 2:
            raise ValueError(
                f"{self.feedback_days} days of feedback: an even number, "
                f"{LEAST_FEEDBACK_DAYS} or more, is needed to tell anything"
            )
        if self.faded_days % 2:
            raise ValueError(f"{self.faded_days} days of faded feedback: not an even number")
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise ValueError(f"weekdays {self.weekdays}: numbers from 0, Monday, to 6, Sunday")


LEAST_FEEDBACK_DAYS = 6  # six pairs: with fewer no interval of 95 % has an end
MOST_DAYS = 60  # a quarter of a year of working days; chosen by us


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One unit of the trial.

    Attributes:
        start_ns, stop_ns: half-open, from the plan's time zone [ns since the epoch, UTC].
        silent: no alert reaches the person.
        pair: units with the same number were drawn against each other: one is silent, the other
            is not. None outside the feedback phase.
    """

    phase: Phase
    day: date
    half: Half
    start_ns: int
    stop_ns: int
    silent: bool
    pair: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial as it was fixed on the day it was started.

    Attributes:
        seed: everything random in the plan, and in its analysis, comes from it.
        habit: the one outcome named beforehand; the others are told, but prove nothing.
    """

    seed: int
    habit: str
    design: Design
    half_days: tuple[HalfDay, ...]

    @property
    def start_ns(self) -> int:
        return self.half_days[0].start_ns

    @property
    def stop_ns(self) -> int:
        return self.half_days[-1].stop_ns

    @property
    def known_ns(self) -> int:
        """When the feedback phase is over and its effect may be looked at."""
        return max(unit.stop_ns for unit in self.half_days if unit.pair is not None)

    def at(self, at_ns: int) -> HalfDay | None:
        """The unit in which an instant lies; None before, after, and on days that do not count."""
        for unit in self.half_days:
            if unit.start_ns <= at_ns < unit.stop_ns:
                return unit
        return None


def draw(design: Design, habit: str, seed: int, first: date, zone: tzinfo | None = None) -> Plan:
    """Fix a plan that begins on `first`, or on the first day after it that counts.

    In the feedback phase the days are taken by twos. A coin decides which of the two mornings is
    silent, another which of the two afternoons: time of day and slow change cannot side with
    either.

    Args:
        zone: where the person lives; None is this computer's own time zone.
    """
    generator = np.random.default_rng(seed)
    days = _days(design, first)
    units: list[HalfDay] = []

    def add(phase: Phase, count: int, heard: set[tuple[int, Half]]) -> None:
        for index in range(count):
            day = next(days)
            for number, half in enumerate(Half):
                start_ns, stop_ns = _bounds(day, half, design.noon, zone)
                pair = 2 * (index // 2) + number if phase is Phase.FEEDBACK else None
                silent = (index, half) not in heard
                units.append(HalfDay(phase, day, half, start_ns, stop_ns, silent, pair))

    add(Phase.BASELINE, design.baseline_days, set())
    coins = {
        (two + int(generator.integers(2)), half)
        for two in range(0, design.feedback_days, 2)
        for half in Half
    }
    add(Phase.FEEDBACK, design.feedback_days, coins)
    one_of_four = {
        (two + int(generator.integers(2)), list(Half)[generator.integers(2)])
        for two in range(0, design.faded_days, 2)
    }
    add(Phase.FADED, design.faded_days, one_of_four)
    add(Phase.WASHOUT, design.washout_days, set())
    return Plan(seed, habit, design, tuple(units))


def plan_to_json(plan: Plan) -> str:
    """The whole plan as text; nothing has to be drawn again to read it."""
    design = {**asdict(plan.design), "noon": plan.design.noon.isoformat()}
    units = [{**asdict(unit), "day": unit.day.isoformat()} for unit in plan.half_days]
    return json.dumps(
        {"seed": plan.seed, "habit": plan.habit, "design": design, "half_days": units}
    )


@lru_cache(maxsize=4)  # a running trial is looked at each second
def plan_from_json(text: str) -> Plan:
    """The plan that `plan_to_json` wrote."""
    found = json.loads(text)
    design = found["design"]
    return Plan(
        found["seed"],
        found["habit"],
        Design(
            **{
                **design,
                "noon": time.fromisoformat(design["noon"]),
                "weekdays": tuple(design["weekdays"]),
            }
        ),
        tuple(
            HalfDay(
                **{
                    **unit,
                    "phase": Phase(unit["phase"]),
                    "half": Half(unit["half"]),
                    "day": date.fromisoformat(unit["day"]),
                }
            )
            for unit in found["half_days"]
        ),
    )


def _days(design: Design, first: date) -> Iterator[date]:
    day = first
    while True:
        if day.weekday() in design.weekdays:
            yield day
        day += timedelta(days=1)


def _bounds(day: date, half: Half, noon: time, zone: tzinfo | None) -> tuple[int, int]:
    middle = datetime.combine(day, noon, tzinfo=zone)
    if half is Half.MORNING:
        edges = datetime.combine(day, time.min, tzinfo=zone), middle
    else:
        edges = middle, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    start, stop = (round(edge.timestamp()) * NS_PER_S for edge in edges)
    return start, stop
