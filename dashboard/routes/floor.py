"""For the floor: what a lift belonged to, and who wears which sensor of a shared kit."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.floor import (
    HandOutSchema,
    HandoversSchema,
    TagSchema,
    handover_schema,
    tag_schema,
)
from dashboard.person import Person
from dashboard.routes.alerts import LAST_ID
from dashboard.schemas import ProblemSchema
from monitor.model.journal import Tag


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on tags and kits."""
    routes = APIRouter(
        tags=["floor"],
        responses={409: {"model": ProblemSchema, "description": "Not now; says why."}},
    )
    journal = person.journal

    @routes.put("/api/events/{event_id}/tag", summary="What a bend or lift belonged to")
    def tag(
        event_id: Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the event.")],
        body: TagSchema,
    ) -> TagSchema:
        """Words of the person."""
        try:
            said = Tag(event_id, clock_ns(), body.task, body.zone)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        if not journal.add_tag(said):
            raise HTTPException(404, f"there is no event {event_id}")
        return tag_schema(said)

    @routes.get("/api/tags", summary="All tags, by event")
    def tags() -> dict[int, TagSchema]:
        """Bends and lifts that were given a task or a zone."""
        return {number: tag_schema(one) for number, one in journal.tags().items()}

    def handovers() -> HandoversSchema:
        return HandoversSchema(handovers=[handover_schema(one) for one in journal.handovers()])

    @routes.get("/api/kit", summary="Who has which sensor")
    def kit() -> HandoversSchema:
        """Oldest first; those without an end are out."""
        return handovers()

    @routes.post("/api/kit/hand-out", summary="Lend a sensor for a shift")
    def hand_out(body: HandOutSchema) -> HandoversSchema:
        """To a number or word the person chose; no name is asked for."""
        try:
            journal.hand_out(body.address, body.person, clock_ns())
        except ValueError as error:
            raise HTTPException(409, str(error)) from error
        return handovers()

    @routes.post("/api/kit/take-back", summary="It is back")
    def take_back(body: HandOutSchema) -> HandoversSchema:
        """The person's number stays with the shift, nothing else."""
        if journal.take_back(body.address, clock_ns()) is None:
            raise HTTPException(409, f"sensor {body.address} is not out")
        return handovers()

    return routes
