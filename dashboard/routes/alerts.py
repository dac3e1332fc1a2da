"""What the person was told, and has seen."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from dashboard.history import json_bytes
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import AlertSchema, AlertsSchema, ProblemSchema, alert_schema, plain_alert
from dashboard.source import Source
from monitor.coaching import Decision
from monitor.store import Journal, Queries, StoredAlert

LAST_ID = 2**63 - 1  # what SQLite can count to
MOST = 500  # alerts on a page. Ours


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
        responses={422: {"model": ProblemSchema, "description": "Not a date, or no such cursor."}},
    )
    def alerts(
        date_text: DateText = None,
        limit: Annotated[
            int | None,
            Query(ge=1, le=MOST, description="So many at most; all of the day where left out."),
        ] = None,
        cursor: Annotated[
            str | None,
            Query(
                pattern=r"^[0-9]{1,19}-[0-9]{1,19}$",
                description="`next_cursor` of the answer that these follow; "
                "the newest where left out.",
            ),
        ] = None,
    ) -> Response:
        """In words, each with one small action, the numbers behind it and what became of it.

        A page that is asked for again by its cursor begins at the same alert, whatever has come
        meanwhile.
        """
        day = parse_date(date_text, today)
        before = _place(cursor)
        if limit is None and before is None:
            stored, more = queries.alerts(day), False
            total = len(stored)
        else:
            most = MOST if limit is None else limit
            stored = queries.alerts_before(day, before, most + 1)
            stored, more = stored[:most], len(stored) > most
            total = queries.alert_count(day)
        decided = _decisions(journal, stored)
        found = {
            "date": day.isoformat(),
            "total": total,
            "alerts": [
                plain_alert(one, decided.get((one.alert.rule, one.alert.at_ns), ()))
                for one in stored
            ],
            "next_cursor": f"{stored[-1].alert.at_ns}-{stored[-1].id}" if more else None,
        }
        return Response(json_bytes(found), media_type="application/json")

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


def _place(cursor: str | None) -> tuple[int, int] | None:
    """Instant and key of the alert that a page follows; HTTPException 422 where none can be."""
    if cursor is None:
        return None
    at_ns, _, alert_id = cursor.partition("-")
    place = int(at_ns), int(alert_id)
    if max(place) > LAST_ID:
        raise HTTPException(422, f"cursor {cursor!r} is none; use `next_cursor` of an answer")
    return place


def _decisions(
    journal: Journal | None, stored: Sequence[StoredAlert]
) -> Mapping[tuple[str, int], Sequence[Decision]]:
    """Those about alerts, newest first, by rule and instant, in the order of decision."""
    if journal is None or not stored:
        return {}
    found: dict[tuple[str, int], list[Decision]] = {}
    for decision in journal.decisions(stored[-1].alert.at_ns, stored[0].alert.at_ns + 1):
        found.setdefault((decision.alert.rule, decision.alert.at_ns), []).append(decision)
    return found
