"""A plan and what was seen of its half-days, turned into an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from monitor.trial.effect import LEAST_PAIRS, Effect, paired_effect
from monitor.trial.habits import HABITS, Habit
from monitor.trial.plan import HalfDay, Phase, Plan


class Answer(StrEnum):
    """What can be said of one habit."""

    TOO_EARLY = "too_early"
    CANNOT_TELL = "cannot_tell"
    WANTED = "wanted"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class PhaseMean:
    """The mean of a habit over the half-days of one phase; silent ones or others.

    Attributes:
        mean: None where no half-day was seen for long enough.
        half_days: how many were.
    """

    phase: Phase
    silent: bool
    mean: float | None
    half_days: int


@dataclass(frozen=True, slots=True)
class HabitResult:
    """One habit.

    Attributes:
        first: the habit that was named beforehand; the answer is about this one.
        effect: None as long as it must not be looked at, or where too few pairs are complete.
        lost_pairs: pairs of the feedback phase with a half-day that was not seen long enough.
        means: by phase, for the eye: nothing was drawn between phases, so they prove nothing.
            Empty as long as the effect must not be looked at.
    """

    habit: Habit
    first: bool
    answer: Answer
    effect: Effect | None
    lost_pairs: int
    means: tuple[PhaseMean, ...]


Seen = Mapping[tuple[int, str], float | None]
"""By start of the half-day and name of the habit."""


def results(plan: Plan, seen: Seen, now_ns: int) -> tuple[HabitResult, ...]:
    """The answer for each habit, the one named beforehand first.

    Nothing is computed before the feedback phase is over: whoever looks again and again, and
    stops when it pleases, finds an effect sooner or later where there is none.
    """
    names = [plan.habit, *(name for name in HABITS if name != plan.habit)]
    return tuple(_result(plan, HABITS[name], seen, now_ns) for name in names)


def _result(plan: Plan, habit: Habit, seen: Seen, now_ns: int) -> HabitResult:
    first = habit.name == plan.habit
    if now_ns < plan.known_ns:
        return HabitResult(habit, first, Answer.TOO_EARLY, None, 0, ())
    differences, lost = _differences(plan, habit, seen)
    effect = paired_effect(differences, plan.seed)
    return HabitResult(
        habit, first, _answer(habit, effect), effect, lost, _means(plan, habit, seen)
    )


def _answer(habit: Habit, effect: Effect | None) -> Answer:
    if effect is None or effect.low <= 0.0 <= effect.high:
        return Answer.CANNOT_TELL
    return Answer.WANTED if (effect.mean < 0.0) == habit.less else Answer.UNWANTED


def _differences(plan: Plan, habit: Habit, seen: Seen) -> tuple[list[float], int]:
    pairs: dict[int, dict[bool, HalfDay]] = {}
    for unit in plan.half_days:
        if unit.pair is not None:
            pairs.setdefault(unit.pair, {})[unit.silent] = unit
    differences = []
    for units in pairs.values():
        silent, heard = (seen.get((units[which].start_ns, habit.name)) for which in (True, False))
        if silent is not None and heard is not None:
            differences.append(heard - silent)
    return differences, len(pairs) - len(differences)


def _means(plan: Plan, habit: Habit, seen: Seen) -> tuple[PhaseMean, ...]:
    groups: dict[tuple[Phase, bool], list[float]] = {}
    for unit in plan.half_days:
        values = groups.setdefault((unit.phase, unit.silent), [])
        value = seen.get((unit.start_ns, habit.name))
        if value is not None:
            values.append(value)
    return tuple(
        PhaseMean(phase, silent, fmean(values) if values else None, len(values))
        for (phase, silent), values in groups.items()
    )


def words(result: HabitResult) -> str:
    """The answer in a sentence."""
    habit, effect = result.habit, result.effect
    match result.answer:
        case Answer.TOO_EARLY:
            return (
                f"Cannot tell yet: your {habit.words} is compared once the weeks with alerts "
                "are over, and not before."
            )
        case Answer.CANNOT_TELL if effect is None:
            needed = f"{LEAST_PAIRS} pairs of half-days"
            return f"Cannot tell: fewer than {needed} were worn for two hours or more each."
        case Answer.CANNOT_TELL:
            assert effect is not None
            return (
                f"Cannot tell: with alerts your {habit.words} changed by between "
                f"{_between(effect, habit)}; no change at all is among that."
            )
        case _:
            assert effect is not None
            way = "lower" if effect.mean < 0.0 else "higher"
            return (
                f"With alerts your {habit.words} was {way} by {abs(effect.mean):.1f} {habit.unit} "
                f"(between {_between(effect, habit)})."
            )


def _between(effect: Effect, habit: Habit) -> str:
    return f"{effect.low:+.1f} and {effect.high:+.1f} {habit.unit}"


ASSUMPTIONS = (
    "Only half-days drawn against each other are compared: two mornings, or two afternoons, "
    "of neighbouring days, one with alerts and one silent.",
    "You notice that it is silent. What you would do differently for knowing it is part of the "
    "result.",
    "What alerts teach may last into the silent half-days. The difference is then smaller than "
    "what they did for you in all.",
    "Half-days worn for less than two hours are left out with their partner. If you leave the "
    "sensor off on bad days, the result speaks for the others.",
    "One habit was named before the first day. The other three are shown too; among several, one "
    "in twenty shows a change by chance.",
)
