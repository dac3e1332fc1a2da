"""Faults of a simulated sensor."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.faults import (
    NOT_OURS,
    REAL,
    FaultRefusedError,
    Faults,
    FaultsSchema,
    FaultWishSchema,
    fault_text,
    faults_schema,
)
from dashboard.schemas import ProblemSchema


def router(faults: Faults | None, *, simulated: bool) -> APIRouter:
    """Routes on what goes wrong with the sensor; refused unless it is simulated."""
    routes = APIRouter(
        tags=["developer"],
        responses={409: {"model": ProblemSchema, "description": "Not here, or not now; says why."}},
    )

    def sensor() -> Faults:
        if not simulated:
            raise HTTPException(409, REAL)
        if faults is None:
            raise HTTPException(409, NOT_OURS)
        return faults

    @routes.get("/api/faults", summary="Faults of the simulated sensor")
    async def now() -> FaultsSchema:
        """What there is and what is on; with a real sensor, why there is nothing."""
        return faults_schema(faults, simulated=simulated)

    @routes.post("/api/faults", summary="Begin a fault of the simulated sensor")
    async def start(body: FaultWishSchema) -> FaultsSchema:
        """It lasts until it is over by itself, or is cleared."""
        try:
            await sensor().start(fault_text(body))
        except FaultRefusedError as error:
            raise HTTPException(409, str(error)) from error
        return await now()

    @routes.post("/api/faults/clear", summary="Clear all faults of the simulated sensor")
    async def clear_all() -> FaultsSchema:
        """What they have done to the air and the sensor is put right."""
        return await cleared(None)

    @routes.post("/api/faults/{number}/clear", summary="Clear a fault of the simulated sensor")
    async def clear(
        number: Annotated[int, Path(ge=1, le=999_999_999, description="Its number in the list.")],
    ) -> FaultsSchema:
        """As clearing all of them."""
        return await cleared(number)

    async def cleared(number: int | None) -> FaultsSchema:
        try:
            await sensor().clear(number)
        except FaultRefusedError as error:
            raise HTTPException(409, str(error)) from error
        return await now()

    return routes
