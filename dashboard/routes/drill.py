"""Ten slow bends, one after the other."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, HTTPException

from dashboard.drill import DrillNowSchema, DrillsSchema, drill_now_schema, drills_schema
from dashboard.person import Person
from dashboard.schemas import ProblemSchema
from monitor.drill import Drill
from monitor.service import Coach


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the drill."""
    routes = APIRouter(
        tags=["diary"],
        responses={409: {"model": ProblemSchema, "description": "Not now; says why."}},
    )
    journal = person.journal

    def coach() -> Coach:
        if person.coach is None:
            raise HTTPException(409, "no sensor is connected, so no bend can be followed")
        return person.coach

    def drill() -> Drill:
        found = coach().drill
        if found is None:
            raise HTTPException(409, "no drill is on; start one first")
        return found

    @routes.get("/api/drills", summary="Drills that were kept")
    def drills() -> DrillsSchema:
        """Newest first, bend by bend."""
        return drills_schema(journal.drills())

    @routes.post("/api/drill/start", summary="Begin ten slow bends")
    async def start() -> DrillNowSchema:
        """Bends that begin from now on count; not in pain mode."""
        if (await asyncio.to_thread(journal.wishes)).get("pain"):
            raise HTTPException(409, "pain mode is on; switch it off first")
        coach().drill = Drill(clock_ns())
        return drill_now_schema(drill())

    @routes.get("/api/drill/now", summary="The drill that is on")
    async def now() -> DrillNowSchema:
        """Ask again and again while it lasts."""
        return drill_now_schema(drill())

    @routes.post("/api/drill/done", summary="End it")
    async def done() -> DrillsSchema:
        """Kept as far as it came; without a single bend nothing is kept."""
        record = drill().record()
        coach().drill = None
        if record.bends:
            await asyncio.to_thread(journal.add_drill, record)
        return await asyncio.to_thread(drills)

    return routes
