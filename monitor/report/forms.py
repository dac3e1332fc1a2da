"""A report as JSON, CSV and PDF."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from types import MappingProxyType

from monitor.exposure import Plain, plain_exposure, plain_score
from monitor.report.report import Report
from monitor.report.words import DAY_COLUMNS, DAYS_ABOUT, sheet


class NoTypstError(Exception):
    """The package that sets a PDF is not installed."""

    def __init__(self) -> None:
        super().__init__("a PDF needs typst: pip install 'backwatch[report]'")


def as_object(report: Report) -> dict[str, Plain]:
    """Numbers with their units in the name, and the words."""
    words = sheet(report)
    return {
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "kind": report.kind,
        "simulated": report.simulated,
        "points": None if report.points is None else round(report.points, 1),
        "points_before": None if report.before is None else round(report.before, 1),
        "scored_days": report.scored_days,
        "profiles": list(report.profiles),
        "zeroed_share": None if report.zeroed is None else round(report.zeroed, 3),
        "summary": list(words.summary),
        "suggestion": words.suggestion,
        "exposure": plain_exposure(report.found),
        "unknown": {name: round(seconds, 1) for name, seconds in asdict(report.unknown).items()},
        "days": [
            {
                "date": day.date.isoformat(),
                "recorded": day.recorded,
                "exposure": plain_exposure(day.found),
                "score": plain_score(day.score),
                "profiles": list(day.profiles),
                "unknown": {n: round(s, 1) for n, s in asdict(day.unknown).items()},
            }
            for day in report.days
        ],
    }


CSV_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "date": "local date",
        "recorded": "1: there is data; the rest is empty where there is none",
        "worn_s": "measured, worn and not lying [s]",
        "coverage": "share of the time that should count that was seen, 0 to 1",
        "seated_s": "seated, or upright and still where nobody can tell [s]",
        "slouched_s": "leaning forward while seated [s]",
        "breaks": "sitting bouts ended by a minute of standing or walking",
        "longest_sitting_s": "longest sitting bout [s]",
        "longest_static_s": "longest within 10 deg of one orientation [s]",
        "over_30_deg_s": "leaning by more than 30 deg [s]",
        "over_60_deg_s": "leaning by more than 60 deg [s]",
        "bends_over_30_deg": "bends of 30 deg or more",
        "bends_over_60_deg": "bends of 60 deg or more",
        "lifts": "bends that look like a lift",
        "flagged_lifts": "the demanding ones among them",
        "no_data_s": "between first and last data, without any [s]",
        "not_worn_s": "the sensor was not worn [s]",
        "unknown_s": "worn, but what was done is not known [s]",
        "undecided_s": "upright and still: sitting or standing [s]",
        "points": "habit score, 0 to 100; not an injury risk",
        "profiles": "read with: profile/version+own thresholds; spaces between",
    }
)


def as_csv(report: Report) -> str:
    """A row a day; empty where nothing can be said (RFC 4180)."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(CSV_COLUMNS)
    for day in report.days:
        dose, unknown = day.found.dose, day.unknown
        measured = (
            dose.worn_s, day.found.coverage, dose.seated_s, dose.slouched_s, dose.breaks,
            dose.longest_sitting_s, dose.longest_static_s, day.found.over_s[30],
            day.found.over_s[60], dose.bends_30, dose.bends_60, dose.lifts, dose.flagged_lifts,
            unknown.no_data_s, unknown.not_worn_s, unknown.unknown_s, unknown.undecided_s,
            day.score.points,
        )  # fmt: skip
        rows.writerow(
            [day.date.isoformat(), int(day.recorded)]
            + ["" if value is None or not day.recorded else round(value, 3) for value in measured]
            + [" ".join(day.profiles)]
        )
    return text.getvalue()


def as_pdf(report: Report) -> bytes:
    """Two pages of A4 at most for a week.

    Raises:
        NoTypstError: it is not installed.
    """
    try:
        import typst
    except ModuleNotFoundError as error:
        raise NoTypstError from error
    # All texts reach the page as data, so that none can be taken for markup.
    data = {**asdict(sheet(report)), "columns": DAY_COLUMNS, "days_about": DAYS_ABOUT}
    template = resources.files(__package__).joinpath("report.typ").read_bytes()
    return bytes(typst.compile(template, sys_inputs={"data": json.dumps(data)}))
