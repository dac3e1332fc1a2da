"""Rows of trunk motion within a bend to its measures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model import EventKind, MotionEvent
from monitor.trunk.factors import FourFactors, four_factors

Floats = NDArray[np.float64]

# Columns of a row of trunk motion, angles of the chest against the pelvis
FLEXION, LATERAL, FLEXION_RATE, LATERAL_RATE, TWIST_RATE, KNOWN, GYRO, ZEROED = range(8)
COLUMNS = 8


@dataclass(frozen=True, slots=True)
class TrunkLift:
    """A bend or lift as both sensors saw it.

    Attributes:
        event: what the sensor on the chest told.
        coverage: share of it that both sensors saw, 0 to 1.
        values: measures by name, unit in the name (docs/analysis.md); what is not known is
            left out.
    """

    event: MotionEvent
    coverage: float
    values: Mapping[str, float]

    def factors(self, lifts_per_h: float | None) -> FourFactors | None:
        """The four factors, without load; None of a bend that is not like a lift."""
        if self.event.kind is not EventKind.LIFT:
            return None
        return four_factors(
            lifts_per_h=lifts_per_h,
            max_lateral_velocity_degps=self.values.get("max_lateral_velocity_degps"),
            average_twist_velocity_degps=self.values.get("average_twist_velocity_degps"),
            max_flexion_deg=self.values.get("max_flexion_deg"),
        )


def measured(rows: Floats, step_s: float, twist_longest_s: float) -> dict[str, float]:
    """Measures of the rows of one bend, shape (n, COLUMNS), n > 0, all of them known.

    Angles from standing need both zeros; twisting needs both gyroscopes, and its angle counts
    from the beginning of the bend, as two sensors without a compass share no heading.
    """
    flexion, lateral = np.degrees(rows[:, FLEXION]), np.degrees(rows[:, LATERAL])
    flexion_rate, lateral_rate = (
        np.degrees(rows[:, FLEXION_RATE]),
        np.degrees(rows[:, LATERAL_RATE]),
    )
    out = {
        "flexion_range_deg": float(flexion.max() - flexion.min()),
        "max_flexion_velocity_degps": float(np.abs(flexion_rate).max()),
        "max_lateral_velocity_degps": float(np.abs(lateral_rate).max()),
    }
    if rows[:, ZEROED].all():
        out["max_flexion_deg"] = float(flexion.max())
        out["max_lateral_deg"] = _largest(lateral)
    if rows[:, GYRO].all():
        twist_rate = np.degrees(rows[:, TWIST_RATE])
        out["max_twist_velocity_degps"] = float(np.abs(twist_rate).max())
        out["average_twist_velocity_degps"] = float(np.abs(twist_rate).mean())
        if len(rows) * step_s <= twist_longest_s:
            out["twist_deg"] = _largest(np.cumsum(twist_rate) * step_s)
    return out


def _largest(values: Floats) -> float:
    """The value of largest magnitude, with its sign."""
    return float(values[int(np.abs(values).argmax())])
