"""What is stored: shown, handed over, erased; and recording paused."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from dashboard.auth import KEY_NAME
from dashboard.person import Person
from dashboard.privacy import (
    ALL_WORDS,
    STAYS_OF_A_DAY,
    STAYS_OF_ALL,
    KeptSchema,
    PauseSchema,
    PrivacySchema,
    TableSchema,
    WipeSchema,
)
from dashboard.replay import Sessions
from dashboard.routes.dates import parse_date
from dashboard.schemas import ProblemSchema, ms_from_ns
from dashboard.source import Source
from monitor.everything import everything
from monitor.link import SENSORS_NAME, forget_tapes, tapes_folder
from monitor.link.tapes import MOST_OF_ALL
from monitor.store import Holdings, StoreError, raw_folder
from monitor.takeout import shift_file, shifts_folder


def router(
    person: Person,
    source: Source,
    sessions: Sessions | None = None,
    *,
    clock_ns: Callable[[], int],
) -> APIRouter:
    """Routes on what is stored; files are looked at in a thread."""
    routes = APIRouter(tags=["privacy"])
    database = person.queries.path
    shifts = shifts_folder(database)
    tapes = tapes_folder(database)

    @routes.get("/api/privacy", summary="What is stored, and where")
    def privacy() -> PrivacySchema:
        """Sizes as they are now; simulated days count too."""
        return shown()

    def shown() -> PrivacySchema:
        keeps = source.retention
        paused_ns = source.recording().paused_since_ns
        days = person.queries.first_and_last()
        kept = [
            (
                "details of days and alerts; what you said has no limit",
                database,
                keeps.details_days,
            ),
            ("what the sensor measured", raw_folder(database), keeps.raw_days),
            (
                f"tapes of what the radio said, {MOST_OF_ALL // 10**9} GB at most",
                tapes,
                keeps.raw_days,
            ),
            ("files of shifts with a shared sensor", shifts, None),
            ("paired sensors and their keys", database.with_name(SENSORS_NAME), None),
            ("the key of this page", database.with_name(KEY_NAME), None),
        ]
        with closing(Holdings(database)) as holdings:
            tables = holdings.tables()
        return PrivacySchema(
            paused_since_ms=None if paused_ns is None else ms_from_ns(paused_ns),
            kept=[
                KeptSchema(about=about, where=str(path), bytes=_size(path), days=kept_days)
                for about, path, kept_days in kept
                if path.exists()
            ],
            tables=[TableSchema(name=one.name, about=one.about, rows=one.rows) for one in tables],
            summaries_days=keeps.summaries_days,
            first_date=None if days is None else days[0].isoformat(),
            last_date=None if days is None else days[1].isoformat(),
            confirm_all=ALL_WORDS,
            stays_of_all=STAYS_OF_ALL,
            stays_of_day=STAYS_OF_A_DAY,
        )

    @routes.post("/api/privacy/pause", summary="Pause recording, or go on")
    async def pause(body: PauseSchema) -> PrivacySchema:
        """While it is paused the page goes on showing what is now; nothing is kept, no alert told.

        It holds until it is ended, also when Backwatch is started anew.
        """
        await source.pause(on=body.on)
        return await asyncio.to_thread(shown)

    @routes.get(
        "/api/privacy/export.zip",
        summary="Everything that is stored",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/zip": {}}, "description": "A zip file."}},
    )
    async def export(
        samples: Annotated[
            bool, Query(description="With what the sensor measured, in Parquet files.")
        ] = True,
    ) -> StreamingResponse:
        """Tables as CSV; made while it is sent, so that it may be of any size."""
        await source.flush()
        today = person.queries.local_date(clock_ns())
        return StreamingResponse(
            _pieces(database, samples=samples),
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="backwatch-{today}.zip"',
                "Cache-Control": "no-store",
            },
        )

    @routes.post(
        "/api/privacy/erase",
        summary="Erase a day, or everything",
        responses={
            409: {"model": ProblemSchema, "description": "It could not be done; says why."},
            422: {"model": ProblemSchema, "description": "Not confirmed, or not a date."},
        },
    )
    async def erase(body: WipeSchema) -> PrivacySchema:
        """For good; recording goes on with what is measured from now on."""
        bounds: tuple[int, int] | None = None
        wanted = ALL_WORDS
        if body.what == "day":
            day = parse_date(body.date or "", lambda: date.min)
            found = person.queries.bounds(day)
            bounds, wanted = (found.start_ns, found.stop_ns), day.isoformat()
            if found.start_ns >= clock_ns():
                raise HTTPException(422, f"{day} has not come yet; there is nothing to erase")
        if body.confirm.strip().lower() != wanted:
            raise HTTPException(422, f"to erase it, type: {wanted}")
        try:
            await source.erase(bounds)
            await asyncio.to_thread(remove_shifts, bounds)
            await forget_sessions(sessions, database, bounds)
        except (StoreError, OSError) as error:
            raise HTTPException(409, str(error)) from error
        if person.coach is not None:
            await person.coach.refresh()
        return await asyncio.to_thread(shown)

    def remove_shifts(bounds: tuple[int, int] | None) -> None:
        """Files of shifts that touch a stretch, or all; they can be made again of what is left."""
        if bounds is None:
            if shifts.exists():
                shutil.rmtree(shifts)
            return
        for one in person.journal.handovers():
            if one.start_ns < bounds[1] and (one.stop_ns or bounds[1]) > bounds[0]:
                shift_file(database, one.id).unlink(missing_ok=True)

    return routes


async def forget_sessions(
    sessions: Sessions | None, database: Path, bounds: tuple[int, int] | None
) -> None:
    """Delete the tapes that touch a stretch [start_ns, stop_ns), or all, and end what is played.

    Raises:
        OSError: a tape cannot be deleted.
    """
    if sessions is not None:
        await sessions.forget(bounds)
    else:
        await asyncio.to_thread(forget_tapes, database, bounds)


def _pieces(database: Path, *, samples: bool) -> Iterator[bytes]:
    with closing(Holdings(database)) as holdings:
        yield from everything(database, holdings, samples=samples)


def _size(path: Path) -> int:
    """Of a file with its log, or of a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    logs = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    return sum(one.stat().st_size for one in (path, *logs) if one.exists())
