"""How the sensor sits: guided calibration, places, a new zero."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from fastapi import APIRouter, HTTPException

from dashboard.fitting import (
    AcceptSchema,
    CalibrationProgressSchema,
    FittingSchema,
    PlaceNameSchema,
    PlaceSchema,
    RezeroSchema,
    StartSchema,
    ZerosSchema,
    places_schema,
    progress_schema,
    rezero_schema,
    zero_schema,
)
from dashboard.fitting_text import MISFITS
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import ProblemSchema
from monitor.model import Asker
from monitor.service import Fitting, FittingError, Misfit
from monitor.store import Queries


def router(fitting: Fitting | None, queries: Queries, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the calibration of the sensor that the day is counted from."""
    routes = APIRouter(
        tags=["calibration"],
        responses={409: {"model": ProblemSchema, "description": "Not now; the text says why."}},
    )

    def granted() -> Fitting:
        if fitting is None:
            raise FittingError(Misfit.NO_SENSOR)
        return fitting

    def today() -> date:
        return queries.local_date(clock_ns())

    @routes.get("/api/calibration", summary="Calibration under way, and places")
    async def calibration() -> FittingSchema:
        """What is asked for, how far it is, what was measured; and what is kept."""
        with _explained():
            running = granted().calibrating()
            return FittingSchema(
                running=None if running is None else progress_schema(running),
                places=places_schema(await granted().places()),
            )

    @routes.post("/api/calibration/start", summary="Begin a guided calibration")
    async def start(body: StartSchema) -> CalibrationProgressSchema:
        """The sensor is worn and the person stands; nothing changes until it is accepted."""
        with _explained():
            return progress_schema(granted().start(body.place, slump=body.slump))

    @routes.post("/api/calibration/skip", summary="Leave the slump out")
    async def skip() -> CalibrationProgressSchema:
        """Only while the slump is asked for."""
        with _explained():
            granted().skip()
            running = granted().calibrating()
            assert running is not None
            return progress_schema(running)

    @routes.post("/api/calibration/cancel", summary="Give the calibration up")
    async def cancel() -> FittingSchema:
        """Nothing is changed."""
        with _explained():
            granted().cancel()
            return FittingSchema(running=None, places=places_schema(await granted().places()))

    @routes.post("/api/calibration/accept", summary="Use what was found")
    async def accept(body: AcceptSchema) -> PlaceSchema:
        """Kept for this sensor and place, and used from now on."""
        with _explained():
            found = await granted().accept(slouch=body.use_advised_slouch)
            return places_schema([found])[0]

    @routes.post("/api/places/choose", summary="Use the calibration of a place")
    async def choose(body: PlaceNameSchema) -> PlaceSchema:
        """From now on, and in later runs."""
        with _explained():
            return places_schema([await granted().choose(body.place)])[0]

    @routes.post("/api/places/forget", summary="Let go of the calibration of a place")
    async def forget(body: PlaceNameSchema) -> FittingSchema:
        """Where it is in use, the place chosen before it is from now on, or the sensor's axes."""
        with _explained():
            await granted().forget(body.place)
            return FittingSchema(running=None, places=places_schema(await granted().places()))

    @routes.post("/api/rezero", summary="Take the present posture as the zero")
    async def rezero() -> RezeroSchema:
        """Waits up to ten seconds for a still moment; refused with the reason."""
        with _explained():
            return rezero_schema(await granted().rezero(Asker.PAGE))

    @routes.post("/api/slip/accept", summary="Accept the correction that is offered")
    async def mend() -> RezeroSchema:
        """After a slip was noticed while walking."""
        with _explained():
            return rezero_schema(await granted().mend(Asker.PAGE))

    @routes.get(
        "/api/zeros",
        summary="Zeros taken and refused, and slips, of a local day",
        responses={422: {"model": ProblemSchema, "description": "Not a date."}},
    )
    async def zeros(date_text: DateText = None) -> ZerosSchema:
        """With who asked, and why one was refused."""
        bounds = queries.bounds(parse_date(date_text, today))
        with _explained():
            notes = await granted().notes(bounds.start_ns, bounds.stop_ns)
            return ZerosSchema(zeros=[zero_schema(note) for note in notes])

    return routes


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except FittingError as error:
        raise HTTPException(409, MISFITS[error.misfit]) from error
