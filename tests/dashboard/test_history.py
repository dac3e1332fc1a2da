"""Days in columns, rows for a spreadsheet, and what the person said of a stretch."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from dashboard import Access
from dashboard.history import DaysSchema, WeekSchema
from dashboard.schemas import AlertsSchema, DaySchema, EventsSchema, Schema
from monitor.model import Activity, Asked, Asker, Connected, Posture, StateChange, Wish
from monitor.pipeline import Step
from monitor.service import Fitting
from monitor.store import Store
from tests.dashboard.conftest import NOW_NS, T0_NS, browser
from tests.dashboard.test_fitting import AXES, Wishes

T0_MS = T0_NS // 1_000_000
DAY = {"date": "2026-09-21"}
MINUTE_MS = 60_000


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
def wishes() -> Wishes:
    return Wishes()


@pytest.fixture
def fitting(store: Store, wishes: Wishes) -> Fitting:
    return Fitting(wishes, store.fittings(), marked=AXES, clock_ns=lambda: NOW_NS)


@pytest.fixture
async def worn(
    make_app: Callable[..., ASGIApp], access: Access, fitting: Fitting
) -> AsyncIterator[httpx.AsyncClient]:
    """A page while a sensor is connected."""
    async with browser(make_app(fitting=fitting)) as client:
        await client.get("/login", params={"token": access.new_link_token()})
        await fitting.take(Connected(0, "AA:BB", "Back"), Step())
        yield client


async def test_days_are_columns_and_null_where_nothing_was_measured(
    page: httpx.AsyncClient,
) -> None:
    answer = await page.get("/api/days", params={"from": "2026-09-20", "to": "2026-09-22"})
    found = answer.json()

    assert found["date"] == ["2026-09-20", "2026-09-21", "2026-09-22"]
    assert (found["first_date"], found["last_date"]) == ("2026-09-21", "2026-09-21")
    assert found["sit_s"] == [None, 600.0, None]
    assert found["walk_s"] == [None, 300.0, None]
    assert found["slouched_s"] == [None, 600.0, None]
    assert found["no_data_s"] == [None, 100.0, None]
    assert found["length_s"] == [None, 1000.0, None]
    assert found["measured_s"] == [None, 60.0, None]
    assert found["over_20_s"] == [None, 30.0, None]
    assert found["bends"] == [None, 2, None]
    assert {len(column) for column in found.values() if isinstance(column, list)} == {3}


@pytest.mark.parametrize(
    ("path", "described"),
    [
        ("/api/day", DaySchema),
        ("/api/events", EventsSchema),
        ("/api/alerts", AlertsSchema),
        ("/api/week", WeekSchema),
        ("/api/days", DaysSchema),
    ],
)
async def test_what_is_written_without_its_schema_is_what_that_says(
    page: httpx.AsyncClient, path: str, described: type[Schema]
) -> None:
    answer = (await page.get(path, params={} if path == "/api/days" else DAY)).json()

    assert described.model_validate(answer, strict=False).model_dump(mode="json") == answer


@pytest.mark.parametrize(
    ("asked", "first", "count"),
    [
        ({}, "2025-08-18", 400),
        ({"to": "2026-01-31"}, "2024-12-28", 400),
        ({"from": "2026-01-01"}, "2026-01-01", 400),
    ],
)
async def test_as_many_days_as_may_be_where_an_end_is_left_out(
    page: httpx.AsyncClient, asked: dict[str, str], first: str, count: int
) -> None:
    found = (await page.get("/api/days", params=asked)).json()

    assert (found["date"][0], len(found["date"])) == (first, count)


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"from": "yesterday"},
        {"to": "2500-01-01"},
    ],
)
async def test_days_that_make_no_sense_are_refused(
    page: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    answer = await page.get("/api/days", params=asked)

    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


async def test_a_week_begins_on_monday_and_tells_hours(page: httpx.AsyncClient) -> None:
    found = (await page.get("/api/week", params={"date": "2026-09-24"})).json()

    assert found["days"]["date"][0] == "2026-09-21"
    assert found["days"]["start_ms"][1] == found["days"]["stop_ms"][0]
    assert found["spans"]["activity"] == ["sit", "walk"]
    assert found["spans"]["start_ms"] == [T0_MS, T0_MS + 700_000]
    assert found["hours"] == {  # 14:13:20 to 14:23:20, and 14:25 to 14:30
        "date": ["2026-09-21"],
        "hour": [14],
        "worn_s": [900.0],
        "seated_s": [600.0],
        "up_s": [300.0],
        "slouched_s": [600.0],
        "measured_s": [60.0],
        "over_20_s": [30.0],
    }


async def test_every_view_has_its_rows(page: httpx.AsyncClient) -> None:
    day = rows(await page.get("/api/day.csv", params=DAY))
    days = rows(await page.get("/api/days.csv", params={"from": "2026-09-20", "to": "2026-09-21"}))
    week = rows(await page.get("/api/week.csv", params=DAY))
    numbers = rows(await page.get("/api/exposure.csv", params=DAY))

    assert [(row["activity"], row["corrected"]) for row in day] == [
        ("sit", "False"),
        ("walk", "False"),
    ]
    assert [(row["date"], row["sit_s"]) for row in days] == [
        ("2026-09-20", ""),
        ("2026-09-21", "600"),
    ]
    assert [(row["hour"], row["seated_s"]) for row in week] == [("14", "600.0")]
    assert {"what": "lean_over_s.over_20_deg", "value": "0.0", "date": "2026-09-21"} in numbers


async def test_what_is_said_stands_in_the_day_and_can_be_taken_back(
    page: httpx.AsyncClient,
) -> None:
    stretch = {"start_ms": T0_MS + MINUTE_MS, "stop_ms": T0_MS + 2 * MINUTE_MS}

    said = (await page.post("/api/corrections", json={"activity": "stand", **stretch})).json()
    day = (await page.get("/api/day", params=DAY)).json()
    listed = (await page.get("/api/corrections", params=DAY)).json()["corrections"]
    gone = await page.delete(f"/api/corrections/{said['correction']['id']}")
    again = await page.delete(f"/api/corrections/{said['correction']['id']}")
    after = (await page.get("/api/day", params=DAY)).json()

    assert listed == [said["correction"]]
    assert said["learned"] is False  # no sensor is connected
    assert [(span["activity"], span["corrected"]) for span in day["spans"]] == [
        ("sit", False),
        ("stand", True),
        ("sit", False),
        ("walk", False),
    ]
    assert day["totals_s"]["stand"] == 60.0
    assert (gone.status_code, again.status_code) == (204, 404)
    assert after["totals_s"]["stand"] == 0.0


async def test_what_is_said_of_now_is_told_to_the_filter(
    worn: httpx.AsyncClient, wishes: Wishes
) -> None:
    stretch = {"start_ms": T0_MS, "stop_ms": NOW_NS // 1_000_000 + 2000}  # a clock that is ahead

    said = (await worn.post("/api/corrections", json={"activity": "stand", **stretch})).json()
    off = (await worn.post("/api/corrections", json={"activity": "not_worn", **stretch})).json()

    assert said["learned"] is True
    assert off["learned"] is False
    assert wishes.asked == [Asked(NOW_NS, Wish.STANDING, Asker.PAGE, (T0_NS, NOW_NS))]


async def test_without_a_stretch_it_is_of_the_present_state(
    worn: httpx.AsyncClient, source: Any
) -> None:
    unknown = await worn.post("/api/corrections", json={"activity": "sit"})
    change = StateChange(T0_NS, Activity.UPRIGHT, Posture.NEUTRAL, 0.6, "desk/1")
    source.now.take(Connected(T0_NS, "AA:BB", "Back"), Step(changes=[change]))

    said = (await worn.post("/api/corrections", json={"activity": "sit"})).json()["correction"]

    assert unknown.status_code == 409
    assert (said["start_ms"], said["stop_ms"]) == (T0_MS, NOW_NS // 1_000_000)


async def test_a_state_of_a_moment_ago_is_corrected_before_its_first_second_is_stored(
    worn: httpx.AsyncClient, source: Any
) -> None:
    since_ns = NOW_NS - 10**9
    await source.erase((since_ns, NOW_NS))  # as if it were still to be stored
    change = StateChange(since_ns, Activity.UPRIGHT, Posture.NEUTRAL, 0.6, "desk/1")
    source.now.take(Connected(T0_NS, "AA:BB", "Back"), Step(changes=[change]))

    stretch = {"start_ms": since_ns // 10**6, "stop_ms": NOW_NS // 10**6}
    past = await worn.post("/api/corrections", json={"activity": "sit", **stretch})

    assert past.status_code == 422
    assert (await worn.post("/api/corrections", json={"activity": "sit"})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"activity": "fly"},
        {"activity": "sit", "start_ms": T0_MS},
        {"activity": "sit", "start_ms": T0_MS, "stop_ms": T0_MS},
        {"activity": "sit", "start_ms": T0_MS, "stop_ms": NOW_NS // 1_000_000 + 60_000},
        {"activity": "sit", "start_ms": 0, "stop_ms": T0_MS},
        {"activity": "sit", "start_ms": -1, "stop_ms": 10**30},
        {"activity": "sit", "start_ms": "soon", "stop_ms": None},
    ],
)
async def test_what_cannot_be_said_is_refused(
    page: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await page.post("/api/corrections", json=body)

    assert answer.status_code == 422
    listed = (await page.get("/api/corrections", params=DAY)).json()
    assert listed == {"corrections": [], "not_in_exposure": []}


@pytest.mark.parametrize(
    ("start_s", "stop_s", "status"),
    [(600, 700, 422), (-90, -30, 422), (599, 601, 200), (650, 701, 200)],
)
async def test_a_stretch_without_anything_measured_is_refused_in_words(
    page: httpx.AsyncClient, start_s: int, stop_s: int, status: int
) -> None:
    """Ten minutes were measured, then none, then five minutes."""
    stretch = {"start_ms": T0_MS + 1000 * start_s, "stop_ms": T0_MS + 1000 * stop_s}
    answer = await page.post("/api/corrections", json={"activity": "sit", **stretch})
    kept = (await page.get("/api/corrections", params=DAY)).json()["corrections"]

    assert answer.status_code == status
    assert len(kept) == (status == 200)
    assert status == 200 or "nothing to correct" in answer.json()["detail"]


async def test_the_answer_keeps_what_the_description_promises(page: httpx.AsyncClient) -> None:
    document = (await page.get("/api/openapi.json")).json()["components"]["schemas"]

    for path, name in (("/api/days", "DaysSchema"), ("/api/week", "WeekSchema")):
        found = (await page.get(path, params=DAY if "week" in path else {})).json()
        assert set(found) == set(document[name]["properties"])


async def test_a_stranger_changes_nothing(stranger: httpx.AsyncClient) -> None:
    stretch = {"start_ms": T0_MS, "stop_ms": T0_MS + MINUTE_MS}

    said = await stranger.post("/api/corrections", json={"activity": "sit", **stretch})

    assert said.status_code == 401
