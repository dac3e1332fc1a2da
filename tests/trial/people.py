"""Simulated people of whom the effect of alerts is known: half-day after half-day.

python -m tests.trial.people            the table of docs/trial.md
"""

from dataclasses import dataclass
from datetime import date
from math import inf

import numpy as np

from monitor.trial import Design, Plan, draw, paired_effect

PEOPLE = 1000
FIRST = date(2026, 3, 2)

# Effect of alerts on a half-day, in points of the slouch share: on the first day of feedback, and
# the days in which it halves.
EFFECTS: dict[str, tuple[float, float]] = {
    "none": (0.0, inf),
    "small": (-5.0, inf),
    "fading": (-12.0, 7.0),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one person.

    Attributes:
        truth: mean effect over the half-days of complete pairs.
    """

    truth: float
    mean: float
    low: float
    high: float


def live(
    effect: tuple[float, float], generator: np.random.Generator, design: Design
) -> Trial | None:
    """One person lives through a plan.

    Days follow each other (an autoregressive process), afternoons differ from mornings, the level
    drifts, single half-days are far off, and one in twelve is not worn. None where too few pairs
    are left.
    """
    plan = draw(design, "slouch", int(generator.integers(2**31)), FIRST)
    values, effects = _half_days(plan, effect, generator)
    pairs: dict[int, list[int]] = {}
    for index, unit in enumerate(plan.half_days):
        if unit.pair is not None:
            pairs.setdefault(unit.pair, []).append(index)
    worn = generator.random(len(values)) > 1 / 12
    complete = [pair for pair in pairs.values() if worn[pair].all()]
    differences = [
        sum(values[i] * (-1.0 if plan.half_days[i].silent else 1.0) for i in pair)
        for pair in complete
    ]
    found = paired_effect(differences, seed=1)
    if found is None:
        return None
    truth = float(np.mean([effects[i] for pair in complete for i in pair]))
    return Trial(truth, found.mean, found.low, found.high)


def _half_days(
    plan: Plan, effect: tuple[float, float], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    units = plan.half_days
    follows = generator.uniform(0.2, 0.8)
    level, drift = generator.uniform(20.0, 60.0), generator.uniform(-0.4, 0.4)
    afternoon = generator.normal(0.0, 5.0)
    day_sd, half_sd = generator.uniform(3.0, 8.0), generator.uniform(3.0, 8.0)
    days = np.zeros(len(units) // 2)
    for index in range(1, len(days)):
        days[index] = follows * days[index - 1] + generator.normal(0.0, day_sd)
    noise = generator.standard_t(4, len(units)) * half_sd / np.sqrt(2.0)
    start = next(i for i, unit in enumerate(units) if unit.pair is not None)
    first, halves_in_days = effect
    effects = first * 0.5 ** ((np.arange(len(units)) - start) / 2.0 / halves_in_days)
    heard = np.array([not unit.silent for unit in units])
    halves = np.arange(len(units)) % 2
    values = level + drift * np.arange(len(units)) / 2.0 + afternoon * halves
    return values + np.repeat(days, 2) + noise + effects * heard, effects


def many(
    name: str, seed: int = 20, people: int = PEOPLE, design: Design | None = None
) -> np.ndarray:
    """Columns truth, mean, low, high; one row a person."""
    generator = np.random.default_rng(seed)
    chosen = design or Design()
    trials = [live(EFFECTS[name], generator, chosen) for _ in range(people)]
    return np.array([[t.truth, t.mean, t.low, t.high] for t in trials if t is not None])


def table() -> str:
    """Markdown, as in docs/trial.md."""
    rows = [
        "| effect | days of feedback | true mean | interval holds it | median width "
        "| told apart from 0 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for days in (10, 20):
        for name in EFFECTS:
            truth, _, low, high = many(name, design=Design(feedback_days=days)).T
            holds, apart = (low <= truth) & (truth <= high), (low > 0.0) | (high < 0.0)
            rows.append(
                f"| {name} | {days} | {truth.mean():+.1f} | {holds.mean():.1%} "
                f"| {np.median(high - low):.1f} | {apart.mean():.0%} |"
            )
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
