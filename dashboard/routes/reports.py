"""Days as a report: for the page, a spreadsheet, or paper."""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Response

from dashboard.person import Person
from dashboard.report import ReportSchema, report_schema
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import ProblemSchema
from monitor.report import NoTypstError, Report, as_csv, as_pdf, make_report, week_of


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on reports."""
    routes = APIRouter(
        tags=["reports"],
        responses={422: {"model": ProblemSchema, "description": "Not a date."}},
    )

    def week(date_text: str | None) -> Report:
        day = parse_date(date_text, lambda: person.queries.local_date(clock_ns()))
        first, last = week_of(day)
        return make_report(
            person.queries,
            first,
            last,
            kind=person.profile.name,
            simulated=person.simulated,
            slouch_seen=person.slouch_seen,
        )

    def named(report: Report, ending: str) -> dict[str, str]:
        return {"Content-Disposition": f'attachment; filename="backwatch-{report.first}.{ending}"'}

    @routes.get("/api/report", summary="The week of a day")
    def report(date_text: DateText = None) -> ReportSchema:
        """Summary, one suggestion, exposure, days, and what was not seen; in words."""
        return report_schema(week(date_text))

    @routes.get("/api/report.csv", summary="The same, a row a day", response_class=Response)
    def report_csv(date_text: DateText = None) -> Response:
        """Empty where nothing can be said."""
        found = week(date_text)
        return Response(as_csv(found), media_type="text/csv", headers=named(found, "csv"))

    @routes.get(
        "/api/report.pdf",
        summary="The same on paper",
        response_class=Response,
        responses={501: {"model": ProblemSchema, "description": "typst is not installed."}},
    )
    def report_pdf(date_text: DateText = None) -> Response:
        """To hand over by choice; nothing is sent anywhere."""
        found = week(date_text)
        try:
            content = as_pdf(found)
        except NoTypstError as error:
            raise HTTPException(501, str(error)) from error
        return Response(content, media_type="application/pdf", headers=named(found, "pdf"))

    return routes
