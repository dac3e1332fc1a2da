"""Days as a report: for the page, a spreadsheet, or paper."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Response

from dashboard.person import Person
from dashboard.report import PhysioSchema, ReportSchema, physio_schema, report_schema
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import ProblemSchema
from monitor.report import (
    NoTypstError,
    Report,
    as_csv,
    as_pdf,
    chosen_parts,
    contents,
    for_physio,
    kind_of,
    make_report,
    week_of,
)

Span = Annotated[Literal["day", "week"], Query(description="Of the day alone, or its week.")]
Weeks = Annotated[int, Query(ge=1, le=13, description="So many weeks.")]


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on reports."""
    routes = APIRouter(
        tags=["reports"],
        responses={422: {"model": ProblemSchema, "description": "Not a date."}},
    )

    def of(date_text: str | None, span: str) -> Report:
        day = parse_date(date_text, lambda: person.queries.local_date(clock_ns()))
        return made(day, day) if span == "day" else made(*week_of(day))

    def made(first: date, last: date) -> Report:
        return make_report(
            person.queries,
            first,
            last,
            kind=kind_of(person.profile.name),
            simulated=person.simulated,
            slouch_seen=person.slouch_seen,
            today=person.queries.local_date(clock_ns()),
        )

    def named(report: Report, ending: str) -> dict[str, str]:
        return {"Content-Disposition": f'attachment; filename="backwatch-{report.first}.{ending}"'}

    @routes.get("/api/report", summary="The week of a day, or the day")
    def report(date_text: DateText = None, span: Span = "week") -> ReportSchema:
        """Summary, one suggestion, exposure, days, and what was not seen; in words."""
        return report_schema(of(date_text, span))

    @routes.get("/api/report.csv", summary="The same, a row a day", response_class=Response)
    def report_csv(date_text: DateText = None, span: Span = "week") -> Response:
        """Empty where nothing can be said."""
        found = of(date_text, span)
        return Response(as_csv(found), media_type="text/csv", headers=named(found, "csv"))

    @routes.get(
        "/api/report.pdf",
        summary="The same on paper",
        response_class=Response,
        responses={501: {"model": ProblemSchema, "description": "typst is not installed."}},
    )
    def report_pdf(date_text: DateText = None, span: Span = "week") -> Response:
        """To hand over by choice; nothing is sent anywhere."""
        found = of(date_text, span)
        try:
            content = as_pdf(found)
        except NoTypstError as error:
            raise HTTPException(501, str(error)) from error
        return Response(content, media_type="application/pdf", headers=named(found, "pdf"))

    def stretch(date_text: str | None, weeks: int) -> tuple[date, date]:
        last = parse_date(date_text, lambda: person.queries.local_date(clock_ns()))
        return last - timedelta(days=7 * weeks - 1), last

    @routes.get("/api/physio", summary="What a file for a physiotherapist could hold")
    def physio(date_text: DateText = None, weeks: Weeks = 4) -> PhysioSchema:
        """Part by part, of so many weeks up to a day; to choose from before it is made."""
        first, last = stretch(date_text, weeks)
        return physio_schema(first, last, contents(person.queries, person.journal, first, last))

    @routes.get("/api/physio.zip", summary="The file itself", response_class=Response)
    def physio_file(
        date_text: DateText = None,
        weeks: Weeks = 4,
        part: Annotated[
            list[str] | None, Query(description="These parts; left out: those in it unasked.")
        ] = None,
    ) -> Response:
        """CSV, JSON, PDF and what each column is; to hand over by choice."""
        first, last = stretch(date_text, weeks)
        try:
            chosen = chosen_parts(part)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        found = made(first, last)
        content = for_physio(found, person.queries, person.journal, chosen)
        named = f'attachment; filename="backwatch-{first}-{last}.zip"'
        return Response(
            content, media_type="application/zip", headers={"Content-Disposition": named}
        )

    return routes
