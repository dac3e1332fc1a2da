"""What the person says of stretches of their day, and takes back."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.history import (
    CorrectionSaidSchema,
    CorrectionsSchema,
    SaySchema,
    correction_schema,
)
from dashboard.person import Person
from dashboard.routes.alerts import LAST_ID
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import NS_PER_MS, ProblemSchema
from dashboard.source import Source
from monitor.link.port import Phase
from monitor.model import Activity
from monitor.service import Fitting

LEEWAY_NS = 5_000 * NS_PER_MS  # a browser's clock may be ahead by so much. Ours


def router(
    person: Person, source: Source, fitting: Fitting | None, *, clock_ns: Callable[[], int]
) -> APIRouter:
    """Routes on corrections of stored days."""
    routes = APIRouter(
        tags=["history"],
        responses={422: {"model": ProblemSchema, "description": "Cannot be said; says why."}},
    )
    journal, queries = person.journal, person.queries

    def today() -> date:
        return queries.local_date(clock_ns())

    def present(now_ns: int) -> tuple[int, int]:
        """Since the present state began."""
        now = source.snapshot()
        if now.state is None or now.link.phase is not Phase.CONNECTED:
            raise HTTPException(
                409, "no state is known now; say from when to when, as start_ms and stop_ms"
            )
        return now.state.since_ns, now_ns

    @routes.get("/api/corrections", summary="What was said of a local day")
    def corrections(date_text: DateText = None) -> CorrectionsSchema:
        """It stands in the day's spans, totals and exposure already."""
        said = queries.corrections(parse_date(date_text, today))
        return CorrectionsSchema(
            corrections=[correction_schema(one) for one in said],
            not_in_exposure=queries.not_followed(said),
        )

    @routes.post(
        "/api/corrections",
        summary="I was sitting, standing, or not wearing it",
        responses={409: {"model": ProblemSchema, "description": "No state is known now."}},
    )
    async def correct(body: SaySchema) -> CorrectionSaidSchema:
        """Stands in the day and its exposure from now on; what is seen now learns from it where it
        is recent."""
        now_ns = clock_ns()
        if (body.start_ms is None) != (body.stop_ms is None):
            raise HTTPException(422, "start_ms and stop_ms belong together; give both, or neither")
        if body.start_ms is None or body.stop_ms is None:
            start_ns, stop_ns = present(now_ns)
        else:
            start_ns, stop_ns = body.start_ms * NS_PER_MS, body.stop_ms * NS_PER_MS
            if now_ns < stop_ns < now_ns + LEEWAY_NS:
                stop_ns = now_ns
        activity = Activity(body.activity)
        # Ends the wrong way round, or to come, are refused by what keeps them; of the present state
        # there is data, though its last second may not be stored yet.
        may_be = body.start_ms is not None and 0 < start_ns < stop_ns <= now_ns
        if may_be and not await asyncio.to_thread(queries.measured, start_ns, stop_ns):
            raise HTTPException(
                422,
                "nothing that was measured then is here, so there is nothing to correct; "
                "choose times at which the sensor was heard",
            )
        try:
            said = await asyncio.to_thread(
                journal.add_correction,
                now_ns,
                start_ns,
                stop_ns,
                activity,
                simulated=person.simulated,
            )
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        learned = (
            fitting is not None
            and activity is not Activity.NOT_WORN
            and fitting.say(activity, said.start_ns, said.stop_ns)
        )
        return CorrectionSaidSchema(correction=correction_schema(said), learned=learned)

    @routes.delete(
        "/api/corrections/{number}",
        summary="Take it back",
        status_code=204,
        responses={404: {"model": ProblemSchema, "description": "There is no such correction."}},
    )
    def take_back(
        number: Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the correction.")],
    ) -> None:
        """What was measured counts again; what is seen now goes on as it is."""
        if not journal.take_back_correction(number, simulated=person.simulated):
            raise HTTPException(404, f"there is no correction {number}")

    return routes
