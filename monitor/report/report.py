"""Stored days turned into a report of a stretch of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from monitor.exposure import Exposure, Line, Score, exposure, habit_scores
from monitor.model import Activity
from monitor.model.exposure import Dose
from monitor.model.motion import ZEROED
from monitor.store import Day, Queries

MOST_DAYS = 92  # a quarter; more belongs on a page with a zoom. Chosen by us


@dataclass(frozen=True, slots=True)
class Unknown:
    """Time between the first and the last data of each day of which little can be said [s].

    Attributes:
        no_data_s: the sensor was away, off or out of battery.
        not_worn_s: it lay somewhere.
        unknown_s: it was worn, but what was done cannot be told.
        undecided_s: upright and still: sitting or standing.
    """

    no_data_s: float = 0.0
    not_worn_s: float = 0.0
    unknown_s: float = 0.0
    undecided_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ReportDay:
    """One day of a report.

    Attributes:
        recorded: whether there is any data.
        found: sums, and rates where two hours were seen.
        score: of the kind of the report.
        profiles: keys of what its states were read with, in the order of their use.
    """

    date: date
    recorded: bool
    found: Exposure
    score: Score
    unknown: Unknown
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say of `[first, last]`.

    Attributes:
        kind: "desk" or "manual": which habits are scored.
        simulated: nobody wore the sensor.
        days: every day, recorded or not.
        found: all of them together.
        points: mean score of the days that have one; None: none has.
        before: the same of the stretch of the same length before; None: none had one.
        lines: each line of the score, with value and points lost as means over those days.
        top: the line that loses most; None where nothing is lost, or nothing is scored.
        unknown: what was not seen.
        zeroed: share of the recorded time in which angles counted from the wearer's own
            standing, not from how the sensor is marked; None: nothing was recorded.
        goes_on: the last of the days is not over, and its latest minutes are not added up yet.
    """

    first: date
    last: date
    kind: str
    simulated: bool
    days: tuple[ReportDay, ...]
    found: Exposure
    points: float | None
    before: float | None
    lines: tuple[Line, ...]
    top: Line | None
    unknown: Unknown
    zeroed: float | None
    goes_on: bool = False

    @property
    def profiles(self) -> tuple[str, ...]:
        """Of all days."""
        return tuple(dict.fromkeys(key for day in self.days for key in day.profiles))

    @property
    def scored_days(self) -> int:
        """Days seen for long enough."""
        return sum(day.score.points is not None for day in self.days)


def kind_of(profile: str) -> str:
    """Whose habits are scored under a profile: those of the floor for "manual", else of a desk."""
    return "manual" if profile == "manual" else "desk"


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week in which a day lies (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def make_report(
    queries: Queries,
    first: date,
    last: date,
    *,
    kind: str = "desk",
    simulated: bool = False,
    slouch_seen: bool = True,
    today: date | None = None,
) -> Report:
    """Read the days and add them up.

    Args:
        today: the day that is not over, where data may still come.
        slouch_seen: whether the sensor sits where a slouch can be told.

    Raises:
        ValueError: the dates are out of range or in the wrong order, or there are too many.
    """
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise ValueError(f"days {first} to {last}: a report takes 1 to {MOST_DAYS} days")
    read = [_read(queries, first + timedelta(days=i)) for i in range(count)]
    days = tuple(_day(day, dose, kind, slouch_seen) for day, dose in read)
    start = first - timedelta(days=count)
    earlier = (_read(queries, start + timedelta(days=i)) for i in range(count))
    before = _points([_day(day, dose, kind, slouch_seen) for day, dose in earlier])
    lines = _mean_lines([day.score.lines for day in days if day.score.points is not None])
    top = max(lines, key=lambda line: line.lost, default=None)
    return Report(
        first=first,
        last=last,
        kind=kind,
        simulated=simulated,
        days=days,
        found=exposure(
            queries.together(first, last).dose,
            due_s=sum(_due_s(day) for day, _ in read),
            slouch_seen=slouch_seen,
        ),
        points=_points(days),
        before=before,
        lines=lines,
        top=top if top is not None and top.lost > 0.0 else None,
        unknown=_all_unknown(days),
        zeroed=_zeroed(queries, [day for day, _ in read], simulated=simulated),
        goes_on=today is not None and first <= today <= last,
    )


def _read(queries: Queries, day: date) -> tuple[Day, Dose]:
    return queries.day(day), queries.together(day, day).dose


def _due_s(day: Day) -> float:
    """Recorded or missed time that should count: neither lying nor not worn."""
    seconds = day.totals.activity_s
    return day.length_s - seconds[Activity.LIE] - seconds[Activity.NOT_WORN]


def _day(day: Day, dose: Dose, kind: str, slouch_seen: bool) -> ReportDay:
    found = exposure(dose, due_s=_due_s(day), slouch_seen=slouch_seen)
    seconds = day.totals.activity_s
    return ReportDay(
        date=day.date,
        recorded=day.length_s > 0.0,
        found=found,
        score=next(score for score in habit_scores(found) if score.kind == kind),
        unknown=Unknown(
            day.no_data_s,
            seconds[Activity.NOT_WORN],
            seconds[Activity.UNKNOWN],
            seconds[Activity.UPRIGHT],
        ),
        profiles=tuple(dict.fromkeys(s.profile for s in day.spans if not day.is_said(s))),
    )


def _zeroed(queries: Queries, days: Sequence[Day], *, simulated: bool) -> float | None:
    """By the recordings that the days were counted from."""
    stretches = [(day.start_ns, day.stop_ns) for day in days if day.length_s > 0.0]
    all_ns = zeroed_ns = 0
    for one in queries.recordings():
        if one.simulated is not simulated or not one.counts:
            continue
        length_ns = sum(
            max(0, min(one.stop_ns, stop_ns) - max(one.start_ns, start_ns))
            for start_ns, stop_ns in stretches
        )
        all_ns += length_ns
        zeroed_ns += length_ns if any(word in one.mounting_source for word in ZEROED) else 0
    return zeroed_ns / all_ns if all_ns else None


def _points(days: Sequence[ReportDay]) -> float | None:
    points = [day.score.points for day in days if day.score.points is not None]
    return fmean(points) if points else None


def _mean_lines(days: Sequence[tuple[Line, ...]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            same[0].name,
            fmean(line.value for line in same),
            same[0].full,
            same[0].zero,
            same[0].weight,
            fmean(line.lost for line in same),
        )
        for same in zip(*days, strict=True)
    )


def _all_unknown(days: Sequence[ReportDay]) -> Unknown:
    return Unknown(
        sum(day.unknown.no_data_s for day in days),
        sum(day.unknown.not_worn_s for day in days),
        sum(day.unknown.unknown_s for day in days),
        sum(day.unknown.undecided_s for day in days),
    )
