"""Days that have been, and the one that is."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Response

from dashboard.history import (
    DaysSchema,
    WeekSchema,
    day_csv,
    day_of_spans,
    days_columns,
    days_csv,
    events_of_day,
    exposure_csv,
    json_bytes,
    week_columns,
    week_csv,
)
from dashboard.routes.dates import DateText, FromText, ToText, parse_date, parse_dates
from dashboard.schemas import (
    DayExposureSchema,
    DaySchema,
    DaysExposureSchema,
    EventsSchema,
    ProblemSchema,
    day_exposure_schema,
    days_exposure_schema,
)
from dashboard.source import Source
from monitor.exposure import Exposure, exposure
from monitor.link.port import Phase
from monitor.store import Queries
from monitor.store.days import FIRST_DATE, LAST_DATE

MOST_DAYS = 400  # a page of days: a year with some to spare; chosen by us
WEEK = timedelta(days=7)


def router(
    source: Source,
    queries: Queries,
    *,
    clock_ns: Callable[[], int],
    slouch_seen: bool = True,
) -> APIRouter:
    """Routes on the stored days; each runs in a thread, because the disk may be slow.

    Args:
        slouch_seen: whether the sensor sits where a slouch can be told.
    """
    routes = APIRouter(responses={422: {"model": ProblemSchema, "description": "Not a date."}})

    def today() -> date:
        return queries.local_date(clock_ns())

    def exposure_of(first: date, last: date) -> tuple[int, Exposure]:
        """How many days it is of, and what it is."""
        runs = source.snapshot().link.phase is not Phase.CLOSED
        found = queries.together(first, last, now_ns=clock_ns() if runs else None)
        return found.days, exposure(found.dose, due_s=found.due_s, slouch_seen=slouch_seen)

    def columns_of_days(from_text: str | None, to_text: str | None) -> dict[str, Any]:
        first, last = parse_dates(from_text, to_text, today, most=MOST_DAYS)
        return days_columns(queries.columns(first, last), queries.first_and_last())

    def columns_of_week(date_text: str | None) -> tuple[date, dict[str, Any]]:
        wanted = parse_date(date_text, today)
        first = max(wanted - timedelta(days=wanted.weekday()), FIRST_DATE)
        last = min(first + WEEK - timedelta(days=1), LAST_DATE)
        return first, week_columns(queries.stretch(first, last))

    @routes.get("/api/day", summary="One local day", tags=["history"], response_model=DaySchema)
    def day(date_text: DateText = None) -> Response:
        """Spans, totals and exposure of a day; what is missing is counted as missing.

        Exposure has the minute begun, too.
        """
        wanted = parse_date(date_text, today)
        now = source.snapshot()
        runs = now.link.phase is not Phase.CLOSED
        found = queries.day(wanted, now_ns=clock_ns() if runs else None, unstored=now.minutes)
        return _json(day_of_spans(found, queries.doubts(wanted)))

    @routes.get(
        "/api/exposure", summary="Exposure and habit scores of a local day", tags=["history"]
    )
    def day_exposure(date_text: DateText = None) -> DayExposureSchema:
        """Seconds are what was seen; what would speak for a day seen too little is null."""
        wanted = parse_date(date_text, today)
        return day_exposure_schema(wanted, exposure_of(wanted, wanted)[1])

    @routes.get("/api/exposure/days", summary="Exposure of some days together", tags=["history"])
    def days_exposure(from_text: FromText = None, to_text: ToText = None) -> DaysExposureSchema:
        """Of up to 400 days as if they were one; kept as long as days are."""
        first, last = parse_dates(from_text, to_text, today, most=MOST_DAYS)
        days, found = exposure_of(first, last)
        return days_exposure_schema(first, last, days, found)

    @routes.get(
        "/api/events",
        summary="Events of a local day",
        tags=["history"],
        response_model=EventsSchema,
    )
    def events(date_text: DateText = None) -> Response:
        """Bends, lifts, falls, jolts, changes between sitting and standing; button presses."""
        wanted = parse_date(date_text, today)
        return _json(events_of_day(queries.event_columns(wanted), queries.device_events(wanted)))

    @routes.get(
        "/api/days", summary="Some days in a row", tags=["history"], response_model=DaysSchema
    )
    def days(from_text: FromText = None, to_text: ToText = None) -> Response:
        """Totals of up to 400 days, one number a day; days without data are null."""
        return _json(columns_of_days(from_text, to_text))

    @routes.get(
        "/api/week",
        summary="The week of a day, Monday first",
        tags=["history"],
        response_model=WeekSchema,
    )
    def week(date_text: DateText = None) -> Response:
        """Spans and hours of seven days; where there is no data there is nothing."""
        return _json(columns_of_week(date_text)[1])

    @routes.get(
        "/api/day.csv",
        summary="One local day, a row a span",
        tags=["history"],
        response_class=Response,
    )
    def day_rows(date_text: DateText = None) -> Response:
        """With what the person said in place of what was measured."""
        wanted = parse_date(date_text, today)
        return _csv(day_csv(queries.day(wanted)), f"day-{wanted}")

    @routes.get(
        "/api/days.csv", summary="Some days, a row a day", tags=["history"], response_class=Response
    )
    def days_rows(from_text: FromText = None, to_text: ToText = None) -> Response:
        """Empty where nothing was measured."""
        columns = columns_of_days(from_text, to_text)
        name = f"days-{columns['date'][0]}-to-{columns['date'][-1]}"
        return _csv(days_csv(columns), name)

    @routes.get(
        "/api/week.csv", summary="A week, a row an hour", tags=["history"], response_class=Response
    )
    def week_rows(date_text: DateText = None) -> Response:
        """Hours without data are left out."""
        first, columns = columns_of_week(date_text)
        return _csv(week_csv(columns), f"week-{first}")

    @routes.get(
        "/api/exposure.csv", summary="Exposure of a day", tags=["history"], response_class=Response
    )
    def exposure_rows(date_text: DateText = None) -> Response:
        """A row a number; empty where nothing can be said."""
        wanted = parse_date(date_text, today)
        return _csv(exposure_csv(f"{wanted}", exposure_of(wanted, wanted)[1]), f"exposure-{wanted}")

    @routes.get(
        "/api/exposure/days.csv",
        summary="Exposure of some days together, a row a number",
        tags=["history"],
        response_class=Response,
    )
    def days_exposure_rows(from_text: FromText = None, to_text: ToText = None) -> Response:
        """Of up to 400 days; empty where nothing can be said."""
        first, last = parse_dates(from_text, to_text, today, most=MOST_DAYS)
        name = f"exposure-{first}-to-{last}"
        return _csv(exposure_csv(f"{first}/{last}", exposure_of(first, last)[1]), name)

    return routes


def _json(columns: dict[str, Any]) -> Response:
    return Response(json_bytes(columns), media_type="application/json")


def _csv(text: str, name: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="backwatch-{name}.csv"'}
    return Response(text, media_type="text/csv", headers=named)
