"""Days that have been, and the one that is."""

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter

from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import (
    DayExposureSchema,
    DaySchema,
    EventsSchema,
    ProblemSchema,
    day_exposure_schema,
    day_schema,
    event_schema,
    mark_schema,
)
from dashboard.source import Source
from monitor.exposure import add_up, exposure
from monitor.link.port import Phase
from monitor.model import Activity
from monitor.store import Queries


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

    @routes.get("/api/day", summary="One local day", tags=["history"])
    def day(date_text: DateText = None) -> DaySchema:
        """Spans, totals and exposure of a day; what is missing is counted as missing.

        Exposure has the minute begun, too.
        """
        wanted = parse_date(date_text, today)
        now = source.snapshot()
        runs = now.link.phase is not Phase.CLOSED
        return day_schema(
            queries.day(wanted, now_ns=clock_ns() if runs else None, unstored=now.minutes),
            queries.doubts(wanted),
        )

    @routes.get(
        "/api/exposure", summary="Exposure and habit scores of a local day", tags=["history"]
    )
    def day_exposure(date_text: DateText = None) -> DayExposureSchema:
        """Seconds are what was seen; what would speak for a day seen too little is null."""
        wanted = parse_date(date_text, today)
        runs = source.snapshot().link.phase is not Phase.CLOSED
        found = queries.day(wanted, now_ns=clock_ns() if runs else None)
        seconds = found.totals.activity_s
        due_s = found.length_s - seconds[Activity.LIE] - seconds[Activity.NOT_WORN]
        dose = add_up(queries.doses(wanted))
        return day_exposure_schema(wanted, exposure(dose, due_s=due_s, slouch_seen=slouch_seen))

    @routes.get("/api/events", summary="Events of a local day", tags=["history"])
    def events(date_text: DateText = None) -> EventsSchema:
        """Bends, lifts, falls, jolts, changes between sitting and standing; button presses."""
        wanted = parse_date(date_text, today)
        return EventsSchema(
            events=[event_schema(stored) for stored in queries.events(wanted)],
            marks=[mark_schema(event) for event in queries.device_events(wanted)],
        )

    return routes
