"""The sensors that are worn, one by one."""

from collections.abc import Callable

from fastapi import APIRouter

from dashboard.schemas import SensorsSchema, sensors_schema
from dashboard.source import Source
from monitor.store import Queries


def router(source: Source, queries: Queries, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the sensors; what they saw today is read in a thread."""
    routes = APIRouter()

    @routes.get("/api/sensors", summary="The sensors worn now", tags=["now"])
    def sensors() -> SensorsSchema:
        """The first is the one the day is counted from; the others are kept beside it."""
        seen = queries.sensors(queries.local_date(clock_ns()))
        return sensors_schema(source.sensors(), source.trunk(), seen)

    return routes
