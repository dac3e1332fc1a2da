"""How far the demo is, over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import ASGIApp

from dashboard import Access
from dashboard.demo import ACTS, USUAL, Act, Demo, Earlier, Pace
from monitor.coaching import Manners
from monitor.profiles import PROFILES
from tests.dashboard.conftest import NOW_NS

NOW_MS = NOW_NS // 1_000_000

Ask = Callable[[Demo | None], Awaitable[Any]]


@pytest.fixture
def ask(make_app: Callable[..., ASGIApp], new_browser: Any, access: Access) -> Ask:
    """Ask a page, with this demo or none, how far it is."""

    async def asked(demo: Demo | None) -> Any:
        app = make_app(demo=demo)
        async with new_browser(app, authorization=f"Bearer {access.api_token}") as client:
            return (await client.get("/api/demo")).json()

    return asked


async def test_a_page_that_is_no_demo_says_so(ask: Ask) -> None:
    told = await ask(None)

    assert told == {"earlier": None, "acts": [], "shortened": [], "server_ms": NOW_MS}


async def test_days_and_acts_are_told_as_they_are_now(ask: Ask) -> None:
    acts = [Act(name, NOW_MS + at, NOW_MS + at + 1) for at, name in enumerate(ACTS)]
    demo = Demo(lambda: Earlier(12, 3, 0.25), lambda: acts)
    told = await ask(demo)

    assert told["earlier"] == {
        "wanted": 12,
        "ready": 3,
        "share": 0.25,
        "stopped": False,
        "erased": 0,
    }
    assert [act["name"] for act in told["acts"]] == list(ACTS)
    assert told["shortened"] == []
    assert told["acts"][0] == {"name": "stand", "start_ms": NOW_MS, "stop_ms": NOW_MS + 1}


async def test_what_is_told_sooner_than_every_day_is_said_with_both_times(ask: Ask) -> None:
    usual = PROFILES[USUAL]
    tour = replace(usual, alerts=replace(usual.alerts, slouch_s=15.0))
    told = await ask(Demo(lambda: Earlier(0, 0, 0.0), list, Pace(tour, Manners())))

    assert told["shortened"] == [
        {"title": "Leaning forward for", "value": 15.0, "usual": 60.0, "unit": "s"}
    ]


async def test_a_limit_that_is_off_every_day_is_said_so(ask: Ask) -> None:
    usual = PROFILES[USUAL]
    tour = replace(usual, alerts=replace(usual.alerts, limit_deg=80.0))
    told = await ask(Demo(lambda: Earlier(0, 0, 0.0), list, Pace(tour, Manners())))

    [limit] = told["shortened"]
    assert (limit["value"], limit["usual"], limit["unit"]) == (80.0, None, "deg")
