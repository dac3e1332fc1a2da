"""A lift described by a person turned into the revised NIOSH lifting equation.

Waters, Putz-Anderson and Garg, "Applications Manual for the Revised NIOSH Lifting Equation",
DHHS (NIOSH) publication 94-110 (1994). The formulas and the table were compared in four public
implementations; the manual itself was not opened. Every number is entered: no sensor on a back
knows load, grip or reach. Only the frequency may come from a measured rate.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from monitor.calculators.errors import CalculatorError, NotValidError

LOAD_CONSTANT_KG = 23.0  # kg; 94-110, equation 1
WAIST_CM = 75.0  # cm, 30 inches; 94-110: where tables and VM turn
REACH_CM = (25.0, 63.0)  # cm; nearer counts as 25, further is not recommended at all
REACHABLE_CM = 175.0  # cm; higher, or moved further, is not recommended at all
TRAVEL_CM = 25.0  # cm; less counts as 25
TURN_DEG = 135.0  # deg; turned further is not recommended at all
LONGEST_H = 8.0  # h; longer days are outside the method

# Frequency multipliers, 94-110, table 5: lifts a minute, then up to 1, 2 and 8 hours.
RATES_PER_MIN = (0.2, 0.5, *(float(rate) for rate in range(1, 16)))
FREQUENCY = {
    1.0: (1, 0.97, 0.94, 0.91, 0.88, 0.84, 0.80, 0.75, 0.70, 0.60, 0.52, 0.45, 0.41, 0.37,
          0.34, 0.31, 0.28),
    2.0: (0.95, 0.92, 0.88, 0.84, 0.79, 0.72, 0.60, 0.50, 0.42, 0.35, 0.30, 0.26, 0.23, 0.21,
          0, 0, 0),
    8.0: (0.85, 0.81, 0.75, 0.65, 0.55, 0.45, 0.35, 0.27, 0.22, 0.18, 0.15, 0.13, 0, 0, 0, 0, 0),
}  # fmt: skip
# Below the waist the multiplier is nought from so many lifts a minute; the same table.
TOO_OFTEN_LOW_PER_MIN = {1.0: 13.0, 2.0: 11.0, 8.0: 9.0}


class Coupling(StrEnum):
    """How well the hands hold."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


# Coupling multipliers below the waist, and from it on; 94-110, table 7.
COUPLING = {
    Coupling.GOOD: (1.0, 1.0),
    Coupling.FAIR: (0.95, 1.0),
    Coupling.POOR: (0.90, 0.90),
}


class Band(StrEnum):
    """Where a lifting index lies; Fox et al. 2019, ISO 11228-1:2021."""

    VERY_LOW = "very_low"  # up to 1
    LOW = "low"  # up to 1.5
    MODERATE = "moderate"  # up to 2
    HIGH = "high"  # up to 3
    VERY_HIGH = "very_high"  # over 3


BANDS = ((1.0, Band.VERY_LOW), (1.5, Band.LOW), (2.0, Band.MODERATE), (3.0, Band.HIGH))


@dataclass(frozen=True, slots=True)
class Lift:
    """A two-handed lift as the person describes it, at its origin.

    Attributes:
        load_kg: what is lifted [kg].
        horizontal_cm: hands ahead of the ankles [cm].
        vertical_cm: hands above the floor [cm].
        distance_cm: how far up or down it is moved [cm].
        asymmetry_deg: how far the load stands to the side of straight ahead [deg].
        duration_h: how long such lifting goes on [h].
        rate_per_min: lifts a minute over a quarter of an hour [1/min].
        one_handed, seated_or_kneeling, unstable: any of these, and the method has no answer.
    """

    load_kg: float
    horizontal_cm: float
    vertical_cm: float
    distance_cm: float
    asymmetry_deg: float
    coupling: Coupling
    duration_h: float
    rate_per_min: float
    one_handed: bool = False
    seated_or_kneeling: bool = False
    unstable: bool = False


@dataclass(frozen=True, slots=True)
class LiftingIndex:
    """The answer, with all that was multiplied.

    Attributes:
        horizontal .. coupling: multipliers HM, VM, DM, AM, FM and CM, 0 to 1.
        recommended_kg: the recommended weight limit RWL; 0 where no load is [kg].
        index: load over limit; None where the limit is 0.
    """

    horizontal: float
    vertical: float
    distance: float
    asymmetry: float
    frequency: float
    coupling: float
    recommended_kg: float
    index: float | None
    band: Band


def lifting_index(lift: Lift) -> LiftingIndex:
    """The recommended weight limit and the lifting index of one lift.

    Raises:
        NotValidError: the equation was not made for such a lift.
        CalculatorError: a number cannot be meant.
    """
    _check(lift)
    low = lift.vertical_cm < WAIST_CM
    nearest_cm, furthest_cm = REACH_CM
    horizontal = nearest_cm / max(lift.horizontal_cm, nearest_cm)
    vertical = 1.0 - 0.003 * abs(lift.vertical_cm - WAIST_CM)
    distance = 0.82 + 4.5 / max(lift.distance_cm, TRAVEL_CM)
    asymmetry = 1.0 - 0.0032 * lift.asymmetry_deg
    horizontal = 0.0 if lift.horizontal_cm > furthest_cm else horizontal
    vertical = 0.0 if lift.vertical_cm > REACHABLE_CM else vertical
    distance = 0.0 if lift.distance_cm > REACHABLE_CM else distance
    asymmetry = 0.0 if lift.asymmetry_deg > TURN_DEG else asymmetry
    frequency = frequency_multiplier(lift.rate_per_min, lift.duration_h, low=low)
    coupling = COUPLING[lift.coupling][0 if low else 1]
    multiplied = horizontal * vertical * distance * asymmetry * frequency * coupling
    recommended_kg = LOAD_CONSTANT_KG * multiplied
    index = lift.load_kg / recommended_kg if recommended_kg > 0 else None
    return LiftingIndex(
        horizontal, vertical, distance, asymmetry, frequency, coupling,
        recommended_kg, index, band(index),
    )  # fmt: skip


def frequency_multiplier(rate_per_min: float, duration_h: float, *, low: bool) -> float:
    """FM; between two rates of the table on the straight line, which is ours.

    Args:
        low: the hands begin below the waist.
    """
    hours = next(hours for hours in FREQUENCY if duration_h <= hours)
    stop = TOO_OFTEN_LOW_PER_MIN[hours]
    table = [
        0.0 if low and rate >= stop else value
        for rate, value in zip(RATES_PER_MIN, FREQUENCY[hours], strict=True)
    ]
    if rate_per_min > RATES_PER_MIN[-1]:
        return 0.0
    if rate_per_min <= RATES_PER_MIN[0]:
        return table[0]
    above = bisect_left(RATES_PER_MIN, rate_per_min)
    (start, end), (first, last) = (
        list(pairwise(column))[above - 1] for column in (RATES_PER_MIN, table)
    )
    return first + (last - first) * (rate_per_min - start) / (end - start)


def band(index: float | None) -> Band:
    """The band of a lifting index; None, where no load is recommended, is the last."""
    if index is None:
        return Band.VERY_HIGH
    return next((name for top, name in BANDS if index <= top), Band.VERY_HIGH)


_RANGES = {
    "load_kg": ("load", "kg", 0.0, 500.0),
    "horizontal_cm": ("horizontal distance", "cm", 0.0, 300.0),
    "vertical_cm": ("height of the hands", "cm", 0.0, 300.0),
    "distance_cm": ("vertical travel", "cm", 0.0, 300.0),
    "asymmetry_deg": ("asymmetry", "deg", 0.0, 180.0),
    "duration_h": ("duration", "h", 0.0, 24.0),
    "rate_per_min": ("rate", "a minute", 0.0, 60.0),
}


def _check(lift: Lift) -> None:
    for name, (word, unit, least, most) in _RANGES.items():
        value = getattr(lift, name)
        if not (math.isfinite(value) and least <= value <= most):
            raise CalculatorError(f"{word} {value:g} {unit} is not {least:g} to {most:g} {unit}")
    for name in ("load_kg", "duration_h"):
        if getattr(lift, name) == 0:
            raise CalculatorError(f"{_RANGES[name][0]} 0: there is nothing to judge")
    reasons = {
        "lifting with one hand": lift.one_handed,
        "lifting while seated or kneeling": lift.seated_or_kneeling,
        "an unstable load": lift.unstable,
        f"more than {LONGEST_H:g} hours a day (this is {lift.duration_h:g})": lift.duration_h
        > LONGEST_H,
    }
    for reason, holds in reasons.items():
        if holds:
            raise NotValidError(
                f"the NIOSH equation is not valid for {reason}; it was made for lifting a stable "
                f"load with both hands while standing, up to {LONGEST_H:g} hours a day"
            )
