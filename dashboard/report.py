"""A report as it goes over HTTP."""

from collections.abc import Iterable
from datetime import date

from pydantic import Field

from dashboard.schemas import Schema
from monitor.report import DAY_COLUMNS, DAYS_ABOUT, Content, Report, sheet


class ReportSchema(Schema):
    """A week in words; the numbers are in the CSV."""

    title: str = Field(description="What it is a report of.")
    period: str = Field(description="From when to when.")
    points: float | None = Field(description="Of 100; null where no day was seen for two hours.")
    points_before: float | None = Field(description="Of the week before.")
    notes: list[str] = Field(description='What must be said first, such as "simulated".')
    summary: list[str] = Field(description="Sentences.")
    suggestion: str = Field(description="One thing to try; empty: none.")
    lines: list[list[str]] = Field(description="Of the score: what, how much, points lost.")
    exposure: list[list[str]] = Field(description="What, time, share of worn time.")
    columns: list[str] = Field(description="Of the days.")
    days: list[list[str]] = Field(description="A row a day.")
    days_about: str = Field(description="What stands under the columns of the days.")
    unknown: list[list[str]] = Field(description="What was not seen, and for how long.")
    small_print: str = Field(description="What the points are not.")


class PhysioPartSchema(Schema):
    """Something that can be in the file for a physiotherapist, or be left out."""

    name: str = Field(description="Its key.")
    about: str = Field(description="What it is.")
    unasked: bool = Field(description="In the file unless the person says otherwise.")
    files: list[str] = Field(description="Its names in the file.")
    rows: int = Field(description="How many there are.")


class PhysioSchema(Schema):
    """What a file for a physiotherapist could hold, before it is made."""

    first: date = Field(description="First day.")
    last: date = Field(description="Last day.")
    parts: list[PhysioPartSchema] = Field(description="To choose from.")


def physio_schema(first: date, last: date, found: Iterable[Content]) -> PhysioSchema:
    """What there is, part by part."""
    return PhysioSchema(
        first=first,
        last=last,
        parts=[
            PhysioPartSchema(
                name=one.part.name,
                about=one.part.about,
                unasked=one.part.unasked,
                files=list(one.files),
                rows=one.rows,
            )
            for one in found
        ],
    )


def report_schema(report: Report) -> ReportSchema:
    words = sheet(report)
    return ReportSchema(
        title=words.title,
        period=words.period,
        points=report.points,
        points_before=report.before,
        notes=list(words.notes),
        summary=list(words.summary),
        suggestion=words.suggestion,
        lines=[list(row) for row in words.lines],
        exposure=[list(row) for row in words.exposure],
        columns=list(DAY_COLUMNS),
        days=[list(row) for row in words.days],
        days_about=DAYS_ABOUT,
        unknown=[list(row) for row in words.unknown],
        small_print=words.small_print,
    )
