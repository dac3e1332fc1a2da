"""Stored days turned into a report: on a page, on paper, as numbers."""

from monitor.report.forms import NoTypstError, as_csv, as_object, as_pdf
from monitor.report.half_days import trial_values
from monitor.report.physio import PARTS, Content, Part, chosen_parts, contents, for_physio
from monitor.report.report import (
    MOST_DAYS,
    Report,
    ReportDay,
    Unknown,
    kind_of,
    make_report,
    week_of,
)
from monitor.report.words import DAY_COLUMNS, DAYS_ABOUT, Sheet, sheet

__all__ = [
    "DAYS_ABOUT",
    "DAY_COLUMNS",
    "MOST_DAYS",
    "PARTS",
    "Content",
    "NoTypstError",
    "Part",
    "Report",
    "ReportDay",
    "Sheet",
    "Unknown",
    "as_csv",
    "as_object",
    "as_pdf",
    "chosen_parts",
    "contents",
    "for_physio",
    "kind_of",
    "make_report",
    "sheet",
    "trial_values",
    "week_of",
]
