"""How the person is, in their own words; cards; movements. Recorded, and nothing concluded."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.diary import (
    CardsSchema,
    DiarySchema,
    MovementDoneSchema,
    MovementNowSchema,
    MovementSchema,
    MovementsSchema,
    NoteSchema,
    card_schema,
    entry_schema,
    movements_schema,
)
from dashboard.person import Person
from dashboard.routes.alerts import LAST_ID
from dashboard.routes.corrections import LEEWAY_NS
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import NS_PER_MS, ProblemSchema
from monitor.diary import FIRST_RUN, SEE_SOMEONE, cards, entries, gone_up
from monitor.model.journal import CheckIn, Movement
from monitor.movements import HOW, STOP, Capture
from monitor.service import Coach

DAYS_BACK = timedelta(days=13)
DAY_NS = 86_400 * 10**9


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the diary."""
    routes = APIRouter(tags=["diary"])
    journal, queries = person.journal, person.queries

    def diary(from_text: str | None) -> DiarySchema:
        today = queries.local_date(clock_ns())
        first = parse_date(from_text, lambda: today - DAYS_BACK)
        now_ns = clock_ns()
        lately = journal.check_ins(now_ns - 40 * DAY_NS, now_ns + 1)
        return DiarySchema(
            entries=[entry_schema(one) for one in entries(queries, journal, first, today)],
            see_someone=SEE_SOMEONE if gone_up(lately, now_ns) else "",
        )

    @routes.get("/api/check-ins", summary="What was noted")
    def check_ins(date_text: DateText = None) -> DiarySchema:
        """From a day on (default: two weeks), each beside what was measured before it."""
        return diary(date_text)

    @routes.post(
        "/api/check-ins",
        summary="Note how you are",
        responses={422: {"model": ProblemSchema, "description": "Says nothing, or too much."}},
    )
    def check_in(body: NoteSchema) -> DiarySchema:
        """At least one thing: pain, stiffness, spasm or a note."""
        now_ns = clock_ns()
        at_ns = now_ns if body.at_ms is None else body.at_ms * NS_PER_MS
        if at_ns > now_ns + LEEWAY_NS:
            raise HTTPException(422, "at_ms is in the future; say what has been")
        try:
            said = CheckIn(
                min(at_ns, now_ns),
                body.pain,
                body.stiffness,
                body.spasm,
                tuple(body.triggers),
                body.note,
            )
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        journal.add_check_in(said)
        return diary(None)

    @routes.delete(
        "/api/check-ins/{number}",
        summary="Take a note back",
        responses={404: {"model": ProblemSchema, "description": "There is no such check-in."}},
    )
    def take_back(
        number: Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the check-in.")],
    ) -> DiarySchema:
        """As if nothing had been said: what was measured around a spasm is kept no longer than
        other data."""
        if not journal.take_back_check_in(number):
            raise HTTPException(404, f"there is no check-in {number}")
        return diary(None)

    @routes.get("/api/cards", summary="Cards to open")
    def show_cards() -> CardsSchema:
        """When to get help, and stretches; in pain mode without stretches."""
        pain = bool(journal.wishes().get("pain"))
        return CardsSchema(cards=[card_schema(card) for card in (FIRST_RUN, *cards(pain=pain))])

    def coach() -> Coach:
        if person.coach is None:
            raise HTTPException(409, "no sensor is connected, so no movement can be followed")
        return person.coach

    def switched_on() -> bool:
        return journal.wishes().get("movement_check") is True

    def shown() -> MovementsSchema:
        return movements_schema(journal.movements(), on=switched_on())

    def now() -> MovementNowSchema:
        capture, problem = coach().followed
        if capture is None:
            raise HTTPException(409, "no movement is followed; start one first")
        if capture.too_long and not problem:
            problem = "That took longer than a movement does. Start it again when you like."
        return MovementNowSchema(
            movement=capture.movement.value,
            how=HOW[capture.movement],
            stop=STOP,
            ready=capture.ready,
            angle_deg=round(capture.angle_deg, 1),
            problem=problem,
        )

    @routes.get("/api/movements", summary="Movements recorded")
    def movements() -> MovementsSchema:
        """Newest first; a change of under 15 degrees is no clear change."""
        return shown()

    @routes.post("/api/movements/start", summary="Follow one movement")
    async def start(body: MovementSchema) -> MovementNowSchema:
        """Stand still first; then move as far as is comfortable. Off unless switched on."""
        if not await asyncio.to_thread(switched_on):
            raise HTTPException(409, "the movement check is off; switch movement_check on first")
        coach().follow(Capture(Movement(body.movement)))
        return now()

    @routes.get("/api/movements/now", summary="The movement that is followed")
    async def followed() -> MovementNowSchema:
        """Ask again and again while it lasts."""
        return now()

    @routes.post("/api/movements/done", summary="Record or stop it")
    async def done(body: MovementDoneSchema) -> MovementsSchema:
        """Recorded as it was; nothing is read into it."""
        now()
        capture, _ = coach().followed
        assert capture is not None
        coach().follow(None)
        record = capture.record(clock_ns(), pain=body.pain, stopped=body.stopped)
        await asyncio.to_thread(journal.add_movement, record)
        return await asyncio.to_thread(shown)

    return routes
