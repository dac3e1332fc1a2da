"""What a bend or lift belonged to."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.floor import TagSchema, tag_schema
from dashboard.person import Person
from dashboard.routes.alerts import LAST_ID
from dashboard.schemas import ProblemSchema
from monitor.model.journal import Tag


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on tags."""
    routes = APIRouter(
        tags=["floor"],
        responses={404: {"model": ProblemSchema, "description": "There is no such event."}},
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

    return routes
