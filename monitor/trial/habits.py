"""What a trial can be about: one number for each half-day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.exposure import LEAST_S, Exposure


@dataclass(frozen=True, slots=True)
class Habit:
    """An outcome.

    Attributes:
        name: as in commands and API.
        words: as in a sentence: "your ... was lower".
        unit: of the number a person reads.
        less: whether less of it is what the alerts ask for.
        read: the number; None where the half-day was not seen for long enough.
    """

    name: str
    words: str
    unit: str
    less: bool
    read: Callable[[Exposure], float | None]


def _slouch_percent(seen: Exposure) -> float | None:
    return None if seen.slouch_share is None else 100.0 * seen.slouch_share


def _static_min(seen: Exposure) -> float | None:
    dose = seen.dose
    return dose.longest_static_s / 60.0 if dose.worn_s >= LEAST_S else None


def _deep_bends_per_h(seen: Exposure) -> float | None:
    return None if seen.bends_per_h is None else seen.bends_per_h[60]


HABITS: Mapping[str, Habit] = MappingProxyType(
    {
        habit.name: habit
        for habit in (
            Habit(
                "slouch",
                "share of seated time leaning forward",
                "percentage points",
                True,
                _slouch_percent,
            ),
            Habit("static", "longest time in one position", "min", True, _static_min),
            Habit("bends", "deep bends per hour", "per hour", True, _deep_bends_per_h),
            Habit(
                "breaks",
                "breaks per seated hour",
                "per hour",
                False,
                lambda seen: seen.breaks_per_h,
            ),
        )
    }
)
