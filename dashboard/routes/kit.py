"""Who wears which sensor of a shared kit, and what is left of each shift."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse

from dashboard.floor import (
    ContentsSchema,
    EraseSchema,
    HandOutSchema,
    HandoversSchema,
    TakeBackSchema,
    contents_schema,
    handover_schema,
)
from dashboard.person import Person
from dashboard.qr import kit_svg
from dashboard.replay import Sessions
from dashboard.routes.alerts import LAST_ID
from dashboard.routes.privacy import forget_sessions
from dashboard.schemas import ProblemSchema
from dashboard.source import Source
from monitor.model.journal import Handover
from monitor.store import StoreError
from monitor.takeout import (
    WHAT_STAYS,
    Taken,
    TakenError,
    prove,
    shift_file,
    shifts_folder,
    take_out,
)

ShiftId = Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the shift.")]
NO_SHIFT: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemSchema, "description": "There is no such shift."}
}


def router(
    person: Person,
    source: Source,
    sessions: Sessions | None = None,
    *,
    clock_ns: Callable[[], int],
) -> APIRouter:
    """Routes on kits."""
    routes = APIRouter(
        tags=["floor"],
        responses={409: {"model": ProblemSchema, "description": "Not now; says why."}},
    )
    journal, queries = person.journal, person.queries

    def handovers() -> HandoversSchema:
        found = [handover_schema(one) for one in journal.handovers()]
        return HandoversSchema(handovers=found, what_stays=WHAT_STAYS)

    def shift(number: int) -> Handover:
        found = next((one for one in journal.handovers() if one.id == number), None)
        if found is None:
            raise HTTPException(404, f"there is no shift {number}")
        return found

    def still_here(number: int) -> Handover:
        found = shift(number)
        if found.stop_ns is None:
            raise HTTPException(409, f"sensor {found.address} is still out; take it back first")
        if found.erased_ns is not None:
            raise HTTPException(409, "this shift was erased; nothing is left of it")
        return found

    def file(number: int) -> FilePath:
        shifts_folder(queries.path).mkdir(mode=0o700, exist_ok=True)
        return shift_file(queries.path, number)

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
    def take_back(body: TakeBackSchema) -> HandoversSchema:
        """What it saw stays until it is erased; until then it cannot be lent again."""
        if journal.take_back(body.address, clock_ns()) is None:
            raise HTTPException(409, f"sensor {body.address} is not out")
        return handovers()

    @routes.get(
        "/api/kit/qr.svg",
        summary="A QR code that opens the form of a sensor",
        response_class=Response,
        responses={422: {"model": ProblemSchema, "description": "Too long for a code."}},
    )
    def qr(
        request: Request,
        address: Annotated[str, Query(min_length=1, max_length=60, description="Of the sensor.")],
    ) -> Response:
        """An image to print; it holds the address of this page and of the sensor, no key."""
        try:
            image = kit_svg(str(request.base_url), address)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return Response(image, media_type="image/svg+xml")

    @routes.get("/api/kit/{shift_id}/contents", summary="What is kept of it", responses=NO_SHIFT)
    def contents(shift_id: ShiftId) -> ContentsSchema:
        """What the person's file would hold, before it is made."""
        found = shift(shift_id)
        return contents_schema(journal.personal(found, found.stop_ns or clock_ns()))

    @routes.get(
        "/api/kit/{shift_id}/export.zip",
        summary="All of a shift, for the person to take",
        response_class=FileResponse,
        responses=NO_SHIFT,
    )
    async def export(shift_id: ShiftId) -> FileResponse:
        """The same file again, until more has come of the shift or it is erased."""
        found = await asyncio.to_thread(still_here, shift_id)
        await source.flush()
        path = await asyncio.to_thread(made, found)
        return FileResponse(path, media_type="application/zip", filename=path.name)

    def made(found: Handover) -> FilePath:
        assert found.stop_ns is not None
        path = file(found.id)
        try:
            if path.exists():
                with suppress(TakenError):
                    proved(found)
                    return path
                path.unlink()  # more has come since, or it was cut short
            taken = take_out(queries.path, journal, found, path, stop_ns=found.stop_ns)
        except (TakenError, StoreError) as error:
            raise HTTPException(409, str(error)) from error
        journal.note_export(found.id, clock_ns(), taken.digest)
        return path

    def proved(found: Handover) -> None:
        assert found.stop_ns is not None
        taken = Taken(file(found.id), found.digest or "", written=False)
        prove(queries.path, journal, found, taken, stop_ns=found.stop_ns)

    @routes.post("/api/kit/{shift_id}/erase", summary="Erase a shift here", responses=NO_SHIFT)
    async def erase(shift_id: ShiftId, body: EraseSchema) -> HandoversSchema:
        """For good, and the person's file with it; `what_stays` says what is kept.

        Not before the file was read back and holds all that is kept, and the person says that
        they have it; or that they want none.
        """
        found = await asyncio.to_thread(still_here, shift_id)
        if found.exported_ns is None and not body.without_export:
            raise HTTPException(409, "the person's file was not made yet; make it, or say without")
        if not (body.saved or body.without_export):
            raise HTTPException(409, "say that the file is saved, or that you want none")
        try:
            await source.wipe(found, None if body.without_export else partial(proved, found))
        except TakenError as error:
            raise HTTPException(
                409, "the file does not hold all that is here by now; save it again"
            ) from error
        except (StoreError, OSError) as error:
            raise HTTPException(409, str(error)) from error
        if person.coach is not None:
            await person.coach.refresh()
        try:
            await asyncio.to_thread(lambda: file(found.id).unlink(missing_ok=True))
            # One that began after it was back holds how the sensor sat, and what it sent late.
            await forget_sessions(sessions, queries.path, (found.start_ns, clock_ns()))
        except OSError as error:
            raise HTTPException(
                409, f"it is erased here but for a file; delete that yourself: {error}"
            ) from error
        return await asyncio.to_thread(handovers)

    return routes
