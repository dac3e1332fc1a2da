"""A report in words: neutral, and never more than was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor
from types import MappingProxyType

from monitor.exposure import LABEL, Line
from monitor.exposure.clocks import Params
from monitor.report.report import Report, ReportDay

SAME_POINTS = 5.0  # points under which two weeks count as alike; chosen by us


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report as text: what every form of it shows.

    Attributes:
        notes: what must be said before anything else, such as "simulated".
        summary: sentences.
        lines: of the score: what, how much, points lost of how many.
        exposure: what, time, share of worn time.
        days: a row a day; `DAY_COLUMNS` heads it, `DAYS_ABOUT` says what stands under it.
        unknown: what was not seen: what, time.
    """

    title: str
    period: str
    notes: tuple[str, ...]
    summary: tuple[str, ...]
    suggestion: str
    lines: tuple[tuple[str, str, str], ...]
    exposure: tuple[tuple[str, str, str], ...]
    days: tuple[tuple[str, ...], ...]
    unknown: tuple[tuple[str, str], ...]
    small_print: str


DAY_COLUMNS = (
    *("Day", "Worn", "Seen", "Seated", "Breaks an hour", "Forward"),
    *("Bends", "Deep bends", "Lifts", "Demanding lifts", "Points"),
)
DAYS_ABOUT = (
    "Seen: share of the time that counts. Breaks an hour and Forward: of the time seated. "
    "Bends: 30° or more; deep ones among them: 60° or more. "
    "Lifts: all that look like one; demanding ones among them. Points: of 100."
)
NONE = "\u2013"


def percent(share: float) -> str:
    """ "26 %", and "under 1 %" for what is not nothing; as the page writes it."""
    if 0.0 < share < 0.005:
        return "under 1 %"
    return f"{floor(100.0 * share + 0.5)} %"


_LINES: Mapping[str, tuple[str, Callable[[float], str]]] = MappingProxyType(
    {
        "slouch_share": ("Leaning forward while seated", percent),
        "seated_beyond_30_min_share": ("Seated time after minute 30", percent),
        "breaks_per_seated_h": ("Breaks per seated hour", lambda v: f"{v:.1f}"),
        "longest_static_min": ("Longest time in one position", lambda v: f"{v:.0f} min"),
        "over_60_deg_share": ("Time bent 60° or more", percent),
        "over_30_deg_share": ("Time bent 30° or more", percent),
        "bends_over_60_deg_per_min": ("Deep bends per minute", lambda v: f"{v:.2f}"),
        "flagged_lifts_per_h": ("Demanding lifts per hour", lambda v: f"{v:.1f}"),
        "hold_exceedances": (
            "Bent holds past the ISO 11226 time, which is without support",
            lambda v: f"{v:.0f}",
        ),
    }
)

_SUGGESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "slouch_share": "Move the screen or the chair so that looking straight ahead "
        "is the easy way to sit.",
        "seated_beyond_30_min_share": "Stand up for a minute about every half hour.",
        "breaks_per_seated_h": "Take one short walk more in each seated hour.",
        "longest_static_min": "Change how you sit or stand every twenty minutes.",
        "over_60_deg_share": "See whether what is picked up low can stand higher.",
        "over_30_deg_share": "See whether the work can be brought up to hip height.",
        "bends_over_60_deg_per_min": "See whether deep bends can be spread over the shift, "
        "or the load stand higher.",
        "flagged_lifts_per_h": "Step closer and turn with the feet.",
        "hold_exceedances": "Straighten up between tasks that are done bent.",
    }
)


def sheet(report: Report) -> Sheet:
    """All texts of a report."""
    dose = report.found.dose
    worn = dose.worn_s
    return Sheet(
        title="Your week" if len(report.days) == 7 else "Your day" if len(report.days) == 1
        else "Your days",
        period=f"{report.first:%d %B %Y}" if report.first == report.last
        else f"{report.first:%d %B} to {report.last:%d %B %Y}",
        notes=tuple(_notes(report)),
        summary=tuple(_summary(report)),
        suggestion=_suggestion(report),
        lines=tuple(_line(line) for line in report.lines),
        exposure=(
            *(
                (f"Leaning over {angle}°", duration(seconds), _share(seconds, worn))
                for angle, seconds in report.found.over_s.items()
            ),
            ("Worn, not lying", duration(worn), _share(worn, worn)),
        ),
        days=tuple(_day(day) for day in report.days),
        unknown=(
            ("No data between first and last", duration(report.unknown.no_data_s)),
            ("Not worn", duration(report.unknown.not_worn_s)),
            ("Worn, activity unknown", duration(report.unknown.unknown_s)),
            ("Sitting or standing, cannot tell", duration(report.unknown.undecided_s)),
        ),
        small_print=f"Points are a {LABEL}; compare them with your own only. "
        "No points for a day of under two hours. Backwatch is not a medical device."
        + "".join(f" {said}" for said in _read_with(report)),
    )  # fmt: skip


def _notes(report: Report) -> list[str]:
    said = ["Simulated: nobody wore this sensor."] if report.simulated else []
    if report.goes_on:
        minutes = round(Params().settle_s / 60)
        said.append(
            f"The last {minutes} minutes of today are still being added up; they are not lost."
        )
    return said


def _read_with(report: Report) -> list[str]:
    said = []
    if report.profiles:
        said.append(f"Read with {', '.join(report.profiles)} (profile/version+own thresholds).")
    match report.zeroed:
        case None:
            pass
        case 1.0:
            said.append("Angles count from the wearer's own standing.")
        case 0.0:
            said.append("Angles count from how the sensor is marked: it was not calibrated.")
        case share:
            said.append(
                f"For {percent(share)} of the recorded time angles count from the wearer's own "
                "standing, else from how the sensor is marked."
            )
    return said


def line_words(line: Line) -> tuple[str, str]:
    """What a line of a score measures, and how much of it there was."""
    title, value = _LINES[line.name]
    return title, value(line.value)


def duration(seconds: float) -> str:
    """ "40 s", "14 min", "3 h 5 min", "8 h"; rounded down, as the page writes it."""
    if seconds < 60.0:
        return f"{int(seconds)} s"
    hours, minutes = divmod(int(seconds) // 60, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _summary(report: Report) -> list[str]:
    worn = duration(report.found.dose.worn_s)
    seen = [day for day in report.days if day.recorded]
    if not seen:
        return ["Nothing was recorded."]
    one = len(report.days) == 1
    when = "" if one else f" on {len(seen)} of {len(report.days)} days"
    seen_share = percent(report.found.coverage)
    said = [f"Worn for {worn}{when}; {seen_share} of the time that counts was seen."]
    if report.goes_on and one:  # a share of a day that goes on is of its minutes to come, too
        said = [f"Worn for {worn} so far."]
    if report.points is None:
        who = "It was not" if one else "No day was"
        said.append(f"{who} worn for two hours, so there are no points.")
        return said
    mean = f"the mean of {report.scored_days} {'day' if report.scored_days == 1 else 'days'}"
    said.append(f"{report.points:.0f} points of 100{'' if one else f', {mean}'}.")
    if report.before is None:
        said.append("There is nothing before to compare with.")
    elif abs(report.points - report.before) < SAME_POINTS:
        said.append(f"About the same as before ({report.before:.0f}).")
    else:
        way = "more" if report.points > report.before else "fewer"
        said.append(
            f"{abs(report.points - report.before):.0f} points {way} than before "
            f"({report.before:.0f})."
        )
    if report.top is not None:
        title, value = line_words(report.top)
        said.append(f"Most points went to: {title[0].lower()}{title[1:]} ({value}).")
    return said


def _suggestion(report: Report) -> str:
    return "" if report.top is None else _SUGGESTIONS[report.top.name]


def _line(line: Line) -> tuple[str, str, str]:
    title, value = line_words(line)
    return title, value, f"{line.lost:.0f} of {line.weight:.0f}"


def _share(seconds: float, worn_s: float) -> str:
    return percent(seconds / worn_s) if worn_s > 0.0 else NONE


def _day(day: ReportDay) -> tuple[str, ...]:
    name = f"{day.date:%a %d %b}"
    if not day.recorded:
        return (name, "no data", *(NONE,) * (len(DAY_COLUMNS) - 2))
    found, dose = day.found, day.found.dose
    return (
        name,
        duration(dose.worn_s),
        percent(found.coverage),
        duration(dose.seated_s),
        NONE if found.breaks_per_h is None else f"{found.breaks_per_h:.1f}",
        NONE if found.slouch_share is None else percent(found.slouch_share),
        str(dose.bends_30),
        str(dose.bends_60),
        str(dose.lifts),
        str(dose.flagged_lifts),
        NONE if day.score.points is None else f"{day.score.points:.0f}",
    )
