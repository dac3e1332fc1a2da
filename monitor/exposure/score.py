"""Exposure turned into a habit score, with the points lost on each line.

The lines, weights and ramps are ours but for two. Published are only the 5 % of time at
60 deg and more (Hoogendoorn 2000) and the 2 deep bends a minute (EN 1005-4); the rest is ours.
A score compares a person with themselves. It says nothing of health.
"""

from dataclasses import dataclass

from monitor.exposure.report import Exposure

LABEL = "habit score, not injury risk"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a score.

    Attributes:
        name: what was measured, the unit in the name.
        value: how much of it.
        full, zero: where nothing, and where everything is lost.
        weight: the most that can be lost here [points].
        lost: what was lost [points].
    """

    name: str
    value: float
    full: float
    zero: float
    weight: float
    lost: float


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100, and where the others went.

    Attributes:
        kind: "desk" or "manual".
        points: None where the day was not seen well enough.
        why_none: the reason; else empty.
        coverage: as in `Exposure`.
        lines: empty where there are no points.
    """

    kind: str
    points: float | None
    why_none: str
    coverage: float
    lines: tuple[Line, ...] = ()
    label: str = LABEL


def habit_scores(found: Exposure) -> tuple[Score, Score]:
    """The desk and the manual score of a stretch of time."""
    return _desk(found), _manual(found)


def desk_score(
    *,
    slouch_share: float,
    seated_beyond_share: float,
    breaks_per_h: float,
    longest_static_min: float,
    coverage: float = 1.0,
) -> Score:
    """Habits at a desk; shares 0 to 1 of seated time, breaks a seated hour."""
    return _score(
        "desk",
        coverage,
        _line("slouch_share", slouch_share, 0.10, 0.60, 35),
        _line("seated_beyond_30_min_share", seated_beyond_share, 0.0, 0.50, 35),
        _line("breaks_per_seated_h", breaks_per_h, 2.0, 0.0, 20),
        _line("longest_static_min", longest_static_min, 20.0, 60.0, 10),
    )


def manual_score(
    *,
    over_60_share: float,
    over_30_share: float,
    deep_bends_per_min: float,
    flagged_lifts_per_h: float,
    hold_exceedances: float,
    coverage: float = 1.0,
) -> Score:
    """Habits in manual work; shares 0 to 1 of worn time, exceedances counted."""
    return _score(
        "manual",
        coverage,
        _line("over_60_deg_share", over_60_share, 0.01, 0.05, 25),
        _line("over_30_deg_share", over_30_share, 0.05, 0.20, 15),
        _line("bends_over_60_deg_per_min", deep_bends_per_min, 0.2, 2.0, 20),
        _line("flagged_lifts_per_h", flagged_lifts_per_h, 0.0, 10.0, 25),
        _line("hold_exceedances", hold_exceedances, 0.0, 5.0, 15),
    )


def _desk(found: Exposure) -> Score:
    if (
        found.slouch_share is None
        or found.seated_beyond_share is None
        or found.breaks_per_h is None
        or found.over_share is None
    ):
        return Score("desk", None, found.why_none, found.coverage)
    return desk_score(
        slouch_share=found.slouch_share,
        seated_beyond_share=found.seated_beyond_share,
        breaks_per_h=found.breaks_per_h,
        longest_static_min=found.dose.longest_static_s / 60,
        coverage=found.coverage,
    )


def _manual(found: Exposure) -> Score:
    if (
        found.over_share is None
        or found.up_over_share is None  # who sat all day did no manual work to be scored
        or found.bends_per_h is None
        or found.flagged_lifts_per_h is None
    ):
        return Score("manual", None, found.why_none, found.coverage)
    return manual_score(
        over_60_share=found.over_share[60],
        over_30_share=found.over_share[30],
        deep_bends_per_min=found.bends_per_h[60] / 60,
        flagged_lifts_per_h=found.flagged_lifts_per_h,
        hold_exceedances=found.dose.hold_exceedances,
        coverage=found.coverage,
    )


def _score(kind: str, coverage: float, *lines: Line) -> Score:
    points = max(0.0, 100.0 - sum(line.lost for line in lines))
    return Score(kind, points, "", coverage, lines)


def _line(name: str, value: float, full: float, zero: float, weight: float) -> Line:
    """Nothing is lost up to `full`, everything from `zero` on, a straight line between."""
    part = min(1.0, max(0.0, (value - full) / (zero - full)))
    return Line(name, value, full, zero, weight, weight * part)
