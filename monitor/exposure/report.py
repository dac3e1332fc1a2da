"""Doses added up to the exposure of a day, as far as the day was seen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

from monitor.exposure.histograms import (
    lean_quantile_deg,
    seconds_below,
    seconds_from,
    speed_quantile_degps,
    sum_histograms,
)
from monitor.exposure.minutes import LEANS_DEG
from monitor.model import Activity
from monitor.model.exposure import Bout, Dose, Histogram, Zone

LEAST_S = 7200.0  # s; of worn time, under which nothing is extrapolated. Ours
BACK_DEG = -10  # deg; where a recline begins. Ours
QUANTILES = (10, 50, 90, 95, 99)  # %; as of an amplitude probability distribution, Jonsson 1982
SPEED_QUANTILES = (50, 90)  # %; as Arvidsson 2021 has the arm's
BENDS_DEG = (30, 60)  # deg; Gupta 2022
HOLDS = (
    "holding times of ISO 11226 are of a trunk held bent without support; whether a desk, a hand "
    "or a backrest carried it is not seen"
)
# Lengths of bouts, s; the last class is open. Ours: five from a fidget to a film.
BOUT_EDGES_S = (5.0, 15.0, 60.0, 300.0, 1200.0)


@dataclass(frozen=True, slots=True)
class VariationCell:
    """One cell of the posture variation matrix: bouts of one activity, zone and length."""

    activity: Activity
    zone: Zone
    from_s: float
    to_s: float | None  # None: or longer
    bouts: int
    total_s: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a stretch of time was spent. Seconds and counts are what was seen; whatever speaks
    for the whole (a share, a rate, a percentile) is None under two hours of worn time.

    Attributes:
        coverage: share of the time that should count (neither lying nor not worn) that was
            seen, 0 to 1; it goes with every number here.
        why_none: the reason, where anything is None; else empty.
        dose: the sums.
        over_s: seconds leaning over 20, 30, 45, 60 and 90 deg, by angle.
        over_share, up_over_share: share of worn time, and of time up, 0 to 1, by angle.
        back_s, back_share: leaning back by more than 10 deg; None where forward is unknown.
        lean_deg: percentiles of the lean, by per cent.
        speed_degps: percentiles of the speed of the lean, by per cent.
        bends_per_h: by least peak, 30 and 60 deg; of worn time.
        lifts_per_h, flagged_lifts_per_h: of worn time.
        breaks_per_h, shifts_per_h, slouch_share: of seated time; None under two hours of that.
            Of slouching, time after a slip is left out.
        seated_beyond_share: of seated time, after minute 30 of a sitting bout; the same.
        variation: the posture variation matrix, without empty cells.
    """

    coverage: float
    why_none: str
    dose: Dose
    over_s: dict[int, float]
    up_over_s: dict[int, float]
    over_share: dict[int, float] | None
    up_over_share: dict[int, float] | None
    back_s: float | None
    back_share: float | None
    lean_deg: dict[int, float] | None
    speed_degps: dict[int, float] | None
    bends_per_h: dict[int, float] | None
    lifts_per_h: float | None
    flagged_lifts_per_h: float | None
    breaks_per_h: float | None
    shifts_per_h: float | None
    slouch_share: float | None
    seated_beyond_share: float | None
    variation: tuple[VariationCell, ...]


def add_up(doses: Iterable[Dose]) -> Dose:
    """The dose of all of them; it begins with the first."""
    found = list(doses)
    if not found:
        return Dose(start_ns=0)
    summed: dict[str, object] = {"start_ns": min(dose.start_ns for dose in found)}
    for column in fields(Dose)[1:]:
        if column.name == "course":
            continue
        values = [getattr(dose, column.name) for dose in found]
        if isinstance(values[0], Histogram):
            summed[column.name] = sum_histograms(values)
        elif isinstance(values[0], tuple):
            summed[column.name] = tuple(bout for bouts in values for bout in bouts)
        elif column.name.startswith("longest_"):
            summed[column.name] = max(values)
        else:
            summed[column.name] = math.fsum(values) if isinstance(values[0], float) else sum(values)
    return Dose(**summed)  # type: ignore[arg-type]  # each field is the sum of its own type


def exposure(dose: Dose, *, due_s: float, slouch_seen: bool = True) -> Exposure:
    """What the sums say.

    Args:
        due_s: recorded or missed time that should count: neither lying nor not worn [s].
        slouch_seen: whether the sensor sits where a slouch can be told.
    """
    enough = dose.worn_s >= LEAST_S
    seated = dose.seated_s >= LEAST_S
    forward = dose.forward_s > dose.worn_s / 2
    angles = [int(angle) for angle in LEANS_DEG]
    over = {angle: seconds_from(dose.lean, angle) for angle in angles}
    up_over = {angle: seconds_from(dose.up_lean, angle) for angle in angles}
    back_s = seconds_below(dose.lean, BACK_DEG) if forward else None
    worn_h, seated_h = dose.worn_s / 3600, dose.seated_s / 3600
    told_s = dose.seated_s - dose.seated_doubted_s
    slouch = told_s >= LEAST_S and forward and slouch_seen
    return Exposure(
        coverage=min(1.0, dose.worn_s / due_s) if due_s > 0 else 0.0,
        why_none=_why(dose, enough, seated, forward, slouch_seen),
        dose=dose,
        over_s=over,
        up_over_s=up_over,
        over_share={a: s / dose.worn_s for a, s in over.items()} if enough else None,
        up_over_share={a: s / dose.up_s for a, s in up_over.items()}
        if dose.up_s >= LEAST_S
        else None,
        back_s=back_s,
        back_share=back_s / dose.worn_s if enough and back_s is not None else None,
        lean_deg={p: lean_quantile_deg(dose.lean, p / 100) for p in QUANTILES} if enough else None,
        speed_degps={p: speed_quantile_degps(dose.speed, p / 100) for p in SPEED_QUANTILES}
        if enough and dose.speed.ms
        else None,
        bends_per_h=dict(zip(BENDS_DEG, (dose.bends_30 / worn_h, dose.bends_60 / worn_h),
                             strict=True)) if enough else None,
        lifts_per_h=dose.lifts / worn_h if enough else None,
        flagged_lifts_per_h=dose.flagged_lifts / worn_h if enough else None,
        breaks_per_h=dose.breaks / seated_h if seated else None,
        shifts_per_h=dose.shifts / seated_h if seated else None,
        slouch_share=dose.slouched_s / told_s if slouch else None,
        seated_beyond_share=dose.seated_beyond_s / dose.seated_s if seated else None,
        variation=variation(dose.bouts),
    )  # fmt: skip


def variation(bouts: Iterable[Bout]) -> tuple[VariationCell, ...]:
    """The posture variation matrix, after Mathiassen and Winkel (1991): activity by zone by
    length of bout; cells in order, empty ones left out."""
    return tuple(
        VariationCell(
            bout.activity,
            bout.zone,
            BOUT_EDGES_S[number],
            BOUT_EDGES_S[number + 1] if number + 1 < len(BOUT_EDGES_S) else None,
            bout.count,
            bout.length_s,
        )
        for bout in gathered(bouts)
        for number in [length_class(bout)]
    )


def gathered(bouts: Iterable[Bout]) -> tuple[Bout, ...]:
    """Bouts of one activity, zone and class of length made one, in the order of these."""
    cells: dict[tuple[Activity, Zone, int], list[Bout]] = {}
    for bout in bouts:
        cells.setdefault((bout.activity, bout.zone, length_class(bout)), []).append(bout)
    return tuple(
        Bout(
            activity,
            zone,
            math.fsum(bout.length_s for bout in alike),
            sum(bout.count for bout in alike),
        )
        for (activity, zone, _), alike in sorted(
            cells.items(), key=lambda cell: (_ORDER[cell[0][0]], _ORDER[cell[0][1]], cell[0][2])
        )
    )


def length_class(bout: Bout) -> int:
    """Number of the class of length; several that were gathered have the class of each."""
    each_s = bout.length_s / bout.count
    return sum(each_s >= edge for edge in BOUT_EDGES_S[1:])


_ORDER = {member: i for kind in (Activity, Zone) for i, member in enumerate(kind)}


def _why(dose: Dose, enough: bool, seated: bool, forward: bool, slouch_seen: bool) -> str:
    """Why something is None, for people."""
    reasons = []
    if not enough:
        reasons.append(f"only {_hours(dose.worn_s)} of worn time was seen, and nothing is "
                       "said of the whole under 2 h")  # fmt: skip
    if not seated:
        reasons.append(f"only {_hours(dose.seated_s)} seated, so breaks, shifts and slouching "
                       "are not put per seated hour")  # fmt: skip
    if not forward and dose.worn_s > 0:
        reasons.append("forward is not known, so leaning back and slouching are not")
    elif not slouch_seen:
        reasons.append("a sensor worn there does not see slouching")
    elif seated and dose.seated_s - dose.seated_doubted_s < LEAST_S:
        reasons.append(f"the sensor had slipped for {_hours(dose.seated_doubted_s)} of sitting, so "
                       "slouching is not told")  # fmt: skip
    if enough and dose.up_s < LEAST_S:
        reasons.append(f"only {_hours(dose.up_s)} standing or walking, so bending then is not "
                       "put as a share, and manual work has no score")  # fmt: skip
    return "; ".join(reasons)


def _hours(seconds: float) -> str:
    minutes = int(seconds // 60)  # rounded down: "only 2 h" would be enough
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
