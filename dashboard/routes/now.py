"""How things stand at this moment, once and live."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, WebSocket

from dashboard.live import Encoder, watch
from dashboard.schemas import NowSchema, now_schema
from dashboard.source import Source
from monitor.store import Queries


def router(
    source: Source, queries: Queries, *, simulated: bool, clock_ns: Callable[[], int]
) -> APIRouter:
    """Routes on the running monitor."""
    routes = APIRouter()
    encoder = Encoder()

    @routes.get("/api/now", summary="How things stand", tags=["now"])
    async def now() -> NowSchema:
        """Link, state, angle, the last 30 s and the seated clock: all a page begins with."""
        zone = await asyncio.to_thread(queries.zone_name, clock_ns())  # reads links and files
        now_ns = clock_ns()
        return now_schema(
            source.snapshot(),
            server_ns=now_ns,
            date=queries.local_date(now_ns),
            time_zone=zone,
            simulated=simulated,
            paused_since_ns=source.recording().paused_since_ns,
        )

    @routes.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        """Messages of the schemas named Live...; a client that is slow loses the oldest."""
        await watch(socket, source, encoder, clock_ns)

    return routes
