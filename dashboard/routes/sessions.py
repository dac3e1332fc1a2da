"""Recorded sessions, and one of them played again."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path

from dashboard.replay import (
    NoSuchSessionError,
    PlaySchema,
    ReplayRefusedError,
    ReplaySchema,
    Sessions,
    SessionsSchema,
    SteerSchema,
    TapeWishSchema,
    sessions_schema,
)
from dashboard.schemas import ProblemSchema

NONE_HERE = "Nothing is recorded here, and so nothing can be played again."


def router(kept: Sessions | None) -> APIRouter:
    """Routes on recorded sessions; a replay is shown and kept nowhere."""
    routes = APIRouter(
        tags=["developer"],
        responses={
            404: {"model": ProblemSchema, "description": "No such session."},
            409: {"model": ProblemSchema, "description": "Not here, or not now; says why."},
        },
    )

    def those() -> Sessions:
        if kept is None:
            raise HTTPException(409, NONE_HERE)
        return kept

    def refusal(error: ReplayRefusedError) -> HTTPException:
        return HTTPException(404 if isinstance(error, NoSuchSessionError) else 409, str(error))

    @routes.get("/api/sessions", summary="Recorded sessions")
    async def sessions() -> SessionsSchema:
        """Tapes, and recordings of which the samples are kept."""
        if kept is None:
            return SessionsSchema(refused=NONE_HERE, problem="", recording=None, sessions=[])
        await kept.ready()
        return await asyncio.to_thread(sessions_schema, kept)

    @routes.post("/api/tapes", summary="Record a tape, or end it")
    async def record(body: TapeWishSchema) -> SessionsSchema:
        """Of what the radio says of each connected sensor; not while recording is paused."""
        try:
            await asyncio.to_thread(partial(those().record, on=body.on))
        except ReplayRefusedError as error:
            raise refusal(error) from error
        return await sessions()

    @routes.delete("/api/sessions/{session}", summary="Delete a tape for good")
    async def delete(
        session: Annotated[str, Path(max_length=200, description="Its key in the list.")],
    ) -> SessionsSchema:
        """Samples of days are erased on the page Privacy."""
        try:
            await asyncio.to_thread(those().delete, session)
        except ReplayRefusedError as error:
            raise refusal(error) from error
        return await sessions()

    @routes.get("/api/replay", summary="What is played again")
    async def replay() -> ReplaySchema:
        """Cheap to ask for, while it lasts."""
        if kept is None:
            return ReplaySchema(state="none", session=None, speed=None)
        return kept.replay()

    @routes.post("/api/replay", summary="Play a recorded session through the path")
    async def play(body: PlaySchema) -> ReplaySchema:
        """Shown here and kept nowhere; what was played before ends."""
        try:
            await those().play(body.session, body.speed)
        except ReplayRefusedError as error:
            raise refusal(error) from error
        return await replay()

    @routes.post("/api/replay/steer", summary="Set the speed of what is played, or pause it")
    async def steer(body: SteerSchema) -> ReplaySchema:
        """Takes effect at once."""
        try:
            await those().steer(speed=body.speed, paused=body.paused)
        except ReplayRefusedError as error:
            raise refusal(error) from error
        return await replay()

    @routes.post("/api/replay/stop", summary="End what is played")
    async def stop() -> ReplaySchema:
        """May be asked again."""
        await asyncio.shield(those().stop())
        return await replay()

    return routes
