"""Whether alerts change the wearer's habits: a trial of one person, drawn beforehand."""

from monitor.trial.effect import LEAST_PAIRS, LEVEL, Effect, paired_effect
from monitor.trial.habits import HABITS, Habit
from monitor.trial.plan import (
    Design,
    Half,
    HalfDay,
    Phase,
    Plan,
    draw,
    plan_from_json,
    plan_to_json,
)
from monitor.trial.result import ASSUMPTIONS, Answer, HabitResult, PhaseMean, results, words

__all__ = [
    "ASSUMPTIONS",
    "HABITS",
    "LEAST_PAIRS",
    "LEVEL",
    "Answer",
    "Design",
    "Effect",
    "Habit",
    "HabitResult",
    "Half",
    "HalfDay",
    "Phase",
    "PhaseMean",
    "Plan",
    "draw",
    "paired_effect",
    "plan_from_json",
    "plan_to_json",
    "results",
    "words",
]
