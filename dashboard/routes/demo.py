"""How far the demo is with its story."""

from collections.abc import Callable

from fastapi import APIRouter

from dashboard.demo import Demo, DemoSchema, demo_schema


def router(demo: Demo | None, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the demo; where there is none they say so."""
    routes = APIRouter(tags=["demo"])

    @routes.get("/api/demo", summary="How far the demo is")
    async def story() -> DemoSchema:
        """Simulated days that are being made, and the acts of the live tour."""
        return demo_schema(demo, clock_ns())

    return routes
