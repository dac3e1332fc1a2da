"""The sensors that are worn, and those that are the person's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, HTTPException

from dashboard.device_texts import distrust_text
from dashboard.roster import (
    KnownSensorsSchema,
    PairSchema,
    ScanSchema,
    SensorAddressSchema,
    forgotten_text,
    known_schema,
    scan_schema,
)
from dashboard.schemas import ProblemSchema, SensorsSchema, sensors_schema
from dashboard.source import Source
from monitor.link import LinkError, UntrustedError
from monitor.service import Roster
from monitor.store import Queries

NO_RADIO = "This page has no Bluetooth to look with: it shows stored days."
NO_PASSKEY = "000000 cannot be used; a label has another number."
NOT_NOW: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemSchema, "description": "Not now; the text says what to do."}
}


def router(
    source: Source, queries: Queries, roster: Roster | None, *, clock_ns: Callable[[], int]
) -> APIRouter:
    """Routes on the sensors; what they saw today is read in a thread."""
    routes = APIRouter()

    @routes.get("/api/sensors", summary="The sensors worn now", tags=["now"])
    def sensors() -> SensorsSchema:
        """The first is the one the day is counted from; the others are kept beside it."""
        seen = queries.sensors(queries.local_date(clock_ns()))
        return sensors_schema(source.sensors(), source.trunk(), seen)

    @routes.get(
        "/api/sensors/known", summary="Sensors that are paired", tags=["sensors"], responses=NOT_NOW
    )
    async def known() -> KnownSensorsSchema:
        """Those alone are used once there are any."""
        with _explained():
            return known_schema(await granted().listed())

    @routes.post(
        "/api/sensors/scan", summary="Look for sensors", tags=["sensors"], responses=NOT_NOW
    )
    async def scan() -> ScanSchema:
        """Takes some seconds; a sensor that has a connection is not heard."""
        with _explained():
            return scan_schema(await granted().scan())

    @routes.post(
        "/api/sensors/pair", summary="Pair with a sensor", tags=["sensors"], responses=NOT_NOW
    )
    async def pair(body: PairSchema) -> KnownSensorsSchema:
        """Switch its pairing on first; takes up to half a minute. The passkey is not kept."""
        passkey = None if body.passkey is None else int(body.passkey)
        if passkey == 0:
            raise HTTPException(409, NO_PASSKEY)
        with _explained():
            await granted().pair(body.address, passkey)
            return known_schema(await granted().listed())

    @routes.post(
        "/api/sensors/forget",
        summary="Forget a paired sensor and its key",
        tags=["sensors"],
        responses={**NOT_NOW, 404: {"model": ProblemSchema, "description": "It is not paired."}},
    )
    async def forget(body: SensorAddressSchema) -> KnownSensorsSchema:
        """What it measured stays; `said` tells what is left of the pairing."""
        with _explained():
            gone = await granted().forget(body.address)
            if gone is None:
                raise HTTPException(404, "there is no such sensor on the list")
            return known_schema(await granted().listed(), forgotten_text(gone))

    def granted() -> Roster:
        if roster is None:
            raise HTTPException(409, NO_RADIO)
        return roster

    return routes


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except UntrustedError as error:
        raise HTTPException(409, distrust_text(error.why)) from error
    except LinkError as error:
        raise HTTPException(409, str(error)) from error
