"""A running monitor turned into a guarded ASGI app."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dashboard.auth import Access
from dashboard.demo import Demo
from dashboard.developer import Developer
from dashboard.guard import MOST_BODY_BYTES, Guard
from dashboard.page import STATIC, Page
from dashboard.person import Person
from dashboard.routes import (
    alerts,
    calculators,
    coaching,
    corrections,
    diary,
    drill,
    floor,
    history,
    kit,
    lifts,
    now,
    pipeline,
    privacy,
    reports,
    sensors,
    sessions,
    thresholds,
    trial,
)
from dashboard.routes import demo as demo_routes
from dashboard.routes import faults as fault_routes
from dashboard.routes import fitting as fitting_routes
from dashboard.schemas import LIVE_SCHEMAS, HealthSchema, LoginLinkSchema
from dashboard.source import Source
from monitor.service import Fitting, Roster
from monitor.store import Queries

SECURITY: dict[str, Any] = {
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "backwatch_8765",
        "description": "Set by the link that opens the page; the number is the server's port.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "For programs on this computer: the API token.",
    },
}
REFUSALS = {
    "401": "No session, and no API token.",
    "403": "Asked by another site's page.",
    "421": "Asked under a name that this server does not go by.",
}
OPEN_PATHS = ("/healthz",)  # to everyone on this machine

API_VERSION = "1"  # of the API, not of the program: goes up when something is taken away


def create_app(
    source: Source,
    queries: Queries,
    *,
    access: Access,
    simulated: bool = False,
    hosts: Iterable[str] = (),
    static: Path = STATIC,
    slouch_seen: bool = True,
    fitting: Fitting | None = None,
    roster: Roster | None = None,
    person: Person | None = None,
    demo: Demo | None = None,
    developer: Developer | None = None,
    clock_ns: Callable[[], int] = time.time_ns,
) -> ASGIApp:
    """The page and its API, behind the guard.

    Args:
        source: the running monitor.
        queries: the stored days, of the same kind (simulated or real) as the source.
        access: who may see it; `access.new_link_token()` is for the link to print.
        simulated: nobody wears the sensor, and the page says so.
        hosts: names it answers to besides those of loopback, without a port.
        slouch_seen: whether the sensor sits where a slouch can be told.
        fitting: grants wishes to how the sensor sits; None: there are none.
        roster: which sensors are the person's; None: none can be paired here.
        person: what they say and set; None: a page without.
        demo: how far the demo is with its story; None: this is none.
        developer: recorded sessions and faults; None: there are none.
        static: folder with the built front end.
        clock_ns: UTC now [ns since the epoch].
    """
    app = FastAPI(
        title="Backwatch",
        version=API_VERSION,
        description="Awareness of how your back spends the day. Not a medical device.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
    )
    app.include_router(now.router(source, queries, simulated=simulated, clock_ns=clock_ns))
    app.include_router(sensors.router(source, queries, roster, clock_ns=clock_ns))
    app.include_router(history.router(source, queries, clock_ns=clock_ns, slouch_seen=slouch_seen))
    journal = None if person is None else person.journal
    app.include_router(alerts.router(source, queries, journal, clock_ns=clock_ns))
    app.include_router(fitting_routes.router(fitting, queries, clock_ns=clock_ns))
    app.include_router(calculators.router())
    app.include_router(pipeline.router(source, clock_ns=clock_ns))
    app.include_router(demo_routes.router(demo, clock_ns=clock_ns))
    developer = developer or Developer()
    app.include_router(sessions.router(developer.sessions))
    app.include_router(fault_routes.router(developer.faults, simulated=simulated))
    if person is not None:
        for routes in (coaching, diary, drill, trial, reports, floor, lifts):
            app.include_router(routes.router(person, clock_ns=clock_ns))
        app.include_router(thresholds.router(person))
        app.include_router(corrections.router(person, source, fitting, clock_ns=clock_ns))
        app.include_router(kit.router(person, source, developer.sessions, clock_ns=clock_ns))
        app.include_router(privacy.router(person, source, developer.sessions, clock_ns=clock_ns))

    @app.get("/healthz", summary="Is the server there", tags=["server"])
    async def healthz() -> HealthSchema:
        """Open to everyone on this machine; says nothing else."""
        return HealthSchema(ok=True)

    @app.post("/api/login-link", summary="A link for one more browser", tags=["server"])
    async def login_link() -> LoginLinkSchema:
        """The link opens the page once, until the server ends."""
        return LoginLinkSchema(path=f"/login?token={access.new_link_token()}")

    app.mount("/", Page(static), name="page")
    app.exception_handler(RequestValidationError)(_refused)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own recipe
    return Guard(app, access, hosts)


async def _refused(_: Request, error: Exception) -> Response:
    """What is wrong with a request, without what it said: not all of that can be said in JSON."""
    assert isinstance(error, RequestValidationError)
    said = [{name: one[name] for name in ("type", "loc", "msg")} for one in error.errors()]
    # Escaped, because a name may hold half of a pair of surrogates.
    content = json.dumps({"detail": said}, default=str)
    return Response(content, 422, media_type="application/json")


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, with what it leaves out: the live messages and the guard."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, live = models_json_schema(
            [(schema, "serialization") for schema in LIVE_SCHEMAS],
            ref_template="#/components/schemas/{model}",
        )
        found["components"]["schemas"] |= live["$defs"]
        found["components"]["securitySchemes"] = SECURITY
        found["security"] = [{name: []} for name in SECURITY]
        for path, methods in found["paths"].items():
            for operation in methods.values():
                _describe_guard(operation, is_open=path in OPEN_PATHS)
        app.openapi_schema = found
    return app.openapi_schema


def _describe_guard(operation: dict[str, Any], *, is_open: bool) -> None:
    """Add the answers of the guard to an operation of the description."""
    if is_open:
        operation["security"] = []
    for status, description in REFUSALS.items():
        if not (is_open and status == "401"):
            operation["responses"][status] = {
                "description": description,
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
    if "requestBody" in operation:
        operation["responses"]["413"] = {
            "description": f"More than {MOST_BODY_BYTES} bytes.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ProblemSchema"}}
            },
        }
