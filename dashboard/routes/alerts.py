"""What the person was told, and has seen."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import AlertSchema, AlertsSchema, ProblemSchema, alert_schema
from dashboard.source import Source
from monitor.coaching import Decision
from monitor.store import Journal, Queries
from monitor.store.days import DayBounds

LAST_ID = 2**63 - 1  # what SQLite can count to


def router(
    source: Source, queries: Queries, journal: Journal | None, *, clock_ns: Callable[[], int]
) -> APIRouter:
    """Routes on alerts; without a journal nobody knows what became of them."""
    routes = APIRouter(tags=["alerts"])

    def today() -> date:
        return queries.local_date(clock_ns())

    @routes.get(
        "/api/alerts",
        summary="Alerts of a local day",
        response_model=AlertsSchema,
        responses={422: {"model": ProblemSchema, "description": "Not a date."}},
    )
    def alerts(date_text: DateText = None) -> Response:
        """In words, each with one small action, the numbers behind it and what became of it."""
        day = parse_date(date_text, today)
        decided = _decisions(journal, queries.bounds(day))
        found = AlertsSchema(
            alerts=[
                alert_schema(stored, decided.get((stored.alert.rule, stored.alert.at_ns), ()))
                for stored in queries.alerts(day)
            ]
        )
        # Checked where it is made; not once more on its way out.
        return Response(found.model_dump_json(), media_type="application/json")

    @routes.post(
        "/api/alerts/{alert_id}/acknowledge",
        summary="Got it",
        responses={404: {"model": ProblemSchema, "description": "There is no such alert."}},
    )
    async def acknowledge(
        alert_id: Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the alert.")],
    ) -> AlertSchema:
        """The person has seen the alert; saying so again changes nothing."""
        stored = await source.acknowledge(alert_id)
        if stored is None:
            raise HTTPException(404, f"there is no alert {alert_id}")
        return alert_schema(stored)

    return routes


def _decisions(
    journal: Journal | None, bounds: DayBounds
) -> Mapping[tuple[str, int], Sequence[Decision]]:
    """Those about the alerts of a day, by rule and instant, in the order of decision."""
    found: dict[tuple[str, int], list[Decision]] = {}
    for decision in [] if journal is None else journal.decisions(bounds.start_ns, bounds.stop_ns):
        found.setdefault((decision.alert.rule, decision.alert.at_ns), []).append(decision)
    return found
