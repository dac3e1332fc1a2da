"""An exposure and its scores as plain values, spelt alike in files and over HTTP."""

import math
from collections.abc import Mapping

from monitor.exposure.report import Exposure
from monitor.exposure.score import Score

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain_exposure(found: Exposure) -> dict[str, Plain]:
    """Names and units: docs/analysis.md."""
    dose = found.dose
    return {
        "coverage": _round(found.coverage),
        "why_null": found.why_none,
        "worn_s": _round(dose.worn_s),
        "doubted_s": _round(dose.doubted_s),
        "lean_over_s": _by_angle(found.over_s),
        "lean_over_share": _by_angle(found.over_share),
        "lean_back_over_10_deg_s": _round(found.back_s),
        "lean_back_over_10_deg_share": _round(found.back_share),
        "lean_percentiles_deg": _by_percent(found.lean_deg),
        "speed_percentiles_degps": _by_percent(found.speed_degps),
        "bend_dose_s": _round(dose.bend_dose_s),
        "up_s": _round(dose.up_s),
        "up_lean_over_s": _by_angle(found.up_over_s),
        "up_lean_over_share": _by_angle(found.up_over_share),
        "up_bend_dose_s": _round(dose.up_bend_dose_s),
        "bends": {"over_30_deg": dose.bends_30, "over_60_deg": dose.bends_60},
        "bends_per_h": _by_angle(found.bends_per_h),
        "lifts": dose.lifts,
        "lifts_per_h": _round(found.lifts_per_h),
        "flagged_lifts": dose.flagged_lifts,
        "flagged_lifts_per_h": _round(found.flagged_lifts_per_h),
        "seated_s": _round(dose.seated_s),
        "seated_beyond_30_min_s": _round(dose.seated_beyond_s),
        "seated_beyond_30_min_share": _round(found.seated_beyond_share),
        "slouched_s": _round(dose.slouched_s),
        "slouch_share": _round(found.slouch_share),
        "breaks": dose.breaks,
        "breaks_per_seated_h": _round(found.breaks_per_h),
        "shifts": dose.shifts,
        "shifts_per_seated_h": _round(found.shifts_per_h),
        "longest_static_s": _round(dose.longest_static_s),
        "longest_sitting_s": _round(dose.longest_sitting_s),
        "hold_exceedances": dose.hold_exceedances,
        "variation": [
            {
                "activity": cell.activity.value,
                "zone": cell.zone.value,
                "from_s": cell.from_s,
                "to_s": cell.to_s,
                "bouts": cell.bouts,
                "total_s": _round(cell.total_s),
            }
            for cell in found.variation
        ],
    }


def plain_score(score: Score) -> dict[str, Plain]:
    """The same for a score."""
    return {
        "kind": score.kind,
        "label": score.label,
        "points": _round(score.points),
        "why_null": score.why_none,
        "coverage": _round(score.coverage),
        "lines": [
            {
                "name": line.name,
                "value": _round(line.value),
                "full": line.full,
                "zero": line.zero,
                "weight": line.weight,
                "lost": _round(line.lost),
            }
            for line in score.lines
        ],
    }


def _by_angle(values: Mapping[int, float] | None) -> Plain:
    if values is None:
        return None
    return {f"over_{angle}_deg": _round(value) for angle, value in values.items()}


def _by_percent(values: Mapping[int, float] | None) -> Plain:
    if values is None:
        return None
    return {f"p{percent}": _round(value) for percent, value in values.items()}


def _round(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 3)
