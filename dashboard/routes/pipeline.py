"""The path of a sample at work."""

from collections.abc import Callable

from fastapi import APIRouter

from dashboard.pipeline import PipelineSchema, pipeline_schema
from dashboard.source import Source


def router(source: Source, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on what passes the running monitor."""
    routes = APIRouter(tags=["developer"])

    @routes.get("/api/pipeline", summary="What passes each stage now")
    async def pipeline() -> PipelineSchema:
        """Rates, last values, queues, delays and the fit of the clocks; cheap to ask for."""
        return pipeline_schema(source.flow(), server_ns=clock_ns())

    return routes
