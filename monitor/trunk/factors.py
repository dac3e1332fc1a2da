"""Measures of lifts to the four motion factors of the lumbar motion monitor, without load.

Marras et al., Spine 18(5):617-628, 1993: jobs of low and of high low-back risk differed most in
five factors. Four are motion of the thorax against the pelvis and can be had from two sensors;
the fifth, the largest load moment, cannot, and each index here is therefore a range. The
paper's probabilities are not used: their coefficients could not be read. A factor's place is
where it lies between the means of both groups of jobs. It is no probability and no risk.
"""

import math
from dataclasses import dataclass

# Mean of the low-risk and of the high-risk group of jobs. Marras et al. 1993, at second hand,
# where they are marked uncertain: the paper itself was not opened.
GROUP_MEANS = {
    "lifts_per_h": (119.0, 176.0),
    "max_lateral_velocity_degps": (35.5, 46.4),
    "average_twist_velocity_degps": (5.5, 8.7),
    "max_flexion_deg": (10.4, 17.9),
}
MISSING = "max_load_moment_nm"  # 23.6 and 73.7 Nm; needs the load and its distance
FACTORS = len(GROUP_MEANS) + 1


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the factors.

    Attributes:
        name: with its unit; a key of GROUP_MEANS.
        value: None where it is not known.
        low, high: means of the groups of jobs it is held against.
    """

    name: str
    value: float | None
    low: float
    high: float

    @property
    def place(self) -> float | None:
        """0 at the lower mean and below, 1 at the higher and above; None where not known."""
        if self.value is None:
            return None
        return min(1.0, max(0.0, (self.value - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True)
class FourFactors:
    """The factors, and the mean place of all five, without load, as a range.

    Attributes:
        least, most: the mean with every factor that is not known, the load first, at 0 and at 1.
    """

    factors: tuple[Factor, ...]
    least: float
    most: float


def four_factors(
    *,
    lifts_per_h: float | None,
    max_lateral_velocity_degps: float | None,
    average_twist_velocity_degps: float | None,
    max_flexion_deg: float | None,
) -> FourFactors:
    """The factors of one lift, or of a job by the means over its lifts; None: not known."""
    values = {
        "lifts_per_h": lifts_per_h,
        "max_lateral_velocity_degps": max_lateral_velocity_degps,
        "average_twist_velocity_degps": average_twist_velocity_degps,
        "max_flexion_deg": max_flexion_deg,
    }
    factors = tuple(
        Factor(name, _finite(values[name]), low, high) for name, (low, high) in GROUP_MEANS.items()
    )
    places = [place for factor in factors if (place := factor.place) is not None]
    return FourFactors(
        factors, sum(places) / FACTORS, (sum(places) + FACTORS - len(places)) / FACTORS
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
