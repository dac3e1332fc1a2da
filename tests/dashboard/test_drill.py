"""Slow bends and phases over HTTP."""

import asyncio

import httpx
import pytest

from dashboard import Person
from monitor.model import NS_PER_S, Alert, Severity
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.store import Store
from tests.dashboard.conftest import NOW_NS, T0_NS
from tests.drill.test_drill import T0, bend


async def test_a_drill_is_begun_followed_and_kept(page: httpx.AsyncClient, person: Person) -> None:
    assert T0 == T0_NS
    early = await page.get("/api/drill/now")
    begun = (await page.post("/api/drill/start")).json()
    assert person.coach is not None
    person.coach.take(Step(events=[bend(1001), bend(1011, down=90.0, depth_m=0.21)]))
    seen = (await page.get("/api/drill/now")).json()
    kept = (await page.post("/api/drill/done")).json()["drills"]
    over = await page.get("/api/drill/now")

    assert early.status_code == over.status_code == 409
    assert (begun["wanted"], begun["bends"], begun["done"]) == (10, [], False)
    assert "hurts" in begun["stop"]
    assert [one["slow"] for one in seen["bends"]] == [True, False]
    assert seen["bends"][1]["knees_share"] == 0.5
    assert [(one["at_ms"], one["slow"], one["stopped"]) for one in kept] == [
        (NOW_NS // 10**6, 1, True)
    ]
    assert (await page.get("/api/drills")).json()["drills"] == kept


async def test_a_drill_without_a_bend_is_not_kept(page: httpx.AsyncClient) -> None:
    await page.post("/api/drill/start")

    assert (await page.post("/api/drill/done")).json() == {"drills": []}


async def test_there_is_no_drill_in_pain_mode(page: httpx.AsyncClient) -> None:
    await page.post("/api/coaching/pain", json={"on": True})
    answer = await page.post("/api/drill/start")

    assert answer.status_code == 409
    assert "pain mode" in answer.json()["detail"]


async def test_a_phase_is_set_says_when_it_counts_and_is_ended(page: httpx.AsyncClient) -> None:
    none = (await page.get("/api/phase")).json()
    same = (await page.put("/api/phase", json={"label": "3", "profile": "desk"})).json()
    other = (await page.put("/api/phase", json={"label": "<b>4</b>", "profile": "manual"})).json()
    ended = (await page.delete("/api/phase")).json()

    assert (none["phase"], none["since_ms"]) == (None, None)
    assert (same["at_start"], same["in_force"]) == (False, PROFILES["desk"].key)
    assert other["at_start"]
    assert other["since_ms"] == NOW_NS // 10**6
    assert other["phase"] == {"label": "<b>4</b>", "profile": "manual"}
    assert "from the next start" in other["words"]
    assert ended == none


@pytest.mark.parametrize(
    "wrong", [{}, {"label": ""}, {"label": "x" * 61}, {"label": "3", "profile": "yoga"}]
)
async def test_a_phase_that_says_nothing_is_refused(page: httpx.AsyncClient, wrong: dict) -> None:
    assert (await page.put("/api/phase", json=wrong)).status_code == 422
    assert (await page.get("/api/phase")).json()["phase"] is None


@pytest.mark.parametrize("kept", [3, "x", {"label": 4}, {"label": "x", "profile": 5}])
async def test_a_phase_that_was_kept_otherwise_breaks_nothing(
    page: httpx.AsyncClient, person: Person, kept: object
) -> None:
    await asyncio.to_thread(person.journal.set_wish, "phase", kept, NOW_NS)  # type: ignore[arg-type]

    assert (await page.get("/api/phase")).status_code == 200


async def test_an_alert_near_the_own_limit_draws_both_lines(
    page: httpx.AsyncClient, store: Store
) -> None:
    near = Alert(
        T0_NS + 500 * NS_PER_S, "limit", Severity.CAUTION, T0_NS, "desk/6",
        {"angle_deg": 37.2, "threshold_deg": 36.0, "limit_deg": 40.0},
    )  # fmt: skip

    def keep() -> None:
        with store.writer() as writer:
            writer.write([near])

    await asyncio.to_thread(keep)
    alert = (await page.get("/api/alerts")).json()["alerts"][0]
    why = (await page.get(f"/api/alerts/{alert['id']}/why")).json()

    assert alert["title"] == "Leaning 37°: near the limit you set, 40°"
    assert [line["deg"] for line in why["lines"]] == [36.0, 40.0]
