"""Exposure and habit scores over HTTP."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from monitor.exposure import Doses
from monitor.model import NS_PER_S, Activity, Posture, StateChange
from monitor.model.exposure import Dose, Histogram
from monitor.stage import feed
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from tests.exposure.lives import Act, told

DAY_NS = 86_400 * NS_PER_S
T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = {"date": "2026-09-21"}


def write(store: Store, *doses: Dose) -> None:
    with store.writer() as writer:
        writer.write([RecordingStart(T0_NS, "AA:BB", "Back", False, "axes"), *doses])


def minute(number: int, **more: Any) -> Dose:
    lean = Histogram(5, (60_000,))
    return Dose(
        T0_NS + (40 + 60 * number) * NS_PER_S, worn_s=60.0, forward_s=60.0, lean=lean,
        speed=Histogram(0, (60_000,)), seated_s=60.0, **more,
    )  # fmt: skip


async def test_a_short_day_says_what_was_seen_and_why_nothing_more(
    page: httpx.AsyncClient, store: Store, source: Any
) -> None:
    source.now.closed(T0_NS, "")
    await asyncio.to_thread(write, store, *(minute(i, breaks=1) for i in range(9)))

    answer = (await page.get("/api/exposure", params=DAY)).json()

    table = answer["exposure"]
    assert (table["worn_s"], table["breaks"], table["coverage"]) == (540.0, 9, 0.54)
    assert table["lean_percentiles_deg"] is None
    assert "9 min of worn time" in table["why_null"]
    assert [(s["kind"], s["points"]) for s in answer["scores"]] == [
        ("desk", None),
        ("manual", None),
    ]


async def test_two_hours_have_percentiles_and_scores_with_points_lost(
    page: httpx.AsyncClient, store: Store
) -> None:
    await asyncio.to_thread(write, store, *(minute(i, slouched_s=30.0) for i in range(120)))

    answer = (await page.get("/api/exposure", params=DAY)).json()

    assert answer["exposure"]["lean_percentiles_deg"]["p50"] == 5.5
    desk, manual = answer["scores"]
    assert desk["label"] == "habit score, not injury risk"
    assert {line["name"]: line["lost"] for line in desk["lines"]} == {
        "slouch_share": 28.0,
        "seated_beyond_30_min_share": 0.0,
        "breaks_per_seated_h": 20.0,
        "longest_static_min": 0.0,
    }
    assert (desk["points"], manual["points"]) == (52.0, None)
    assert "0 min standing or walking" in manual["why_null"]


async def test_days_together_are_as_one_and_those_without_data_do_not_count(
    page: httpx.AsyncClient, store: Store, source: Any
) -> None:
    source.now.closed(T0_NS, "")
    before = [replace(one, start_ns=one.start_ns - DAY_NS) for one in map(minute, range(60))]
    steep = [replace(one, lean=Histogram(45, (60_000,))) for one in map(minute, range(60))]
    await asyncio.to_thread(write, store, *before, *steep)

    one = (await page.get("/api/exposure", params=DAY)).json()["exposure"]
    day = date.fromisoformat(DAY["date"])
    between = {"from": str(day - timedelta(days=20)), "to": str(day)}
    both = (await page.get("/api/exposure/days", params=between)).json()

    assert (one["worn_s"], one["lean_percentiles_deg"]) == (3600.0, None)
    assert (both["first"], both["last"], both["days"]) == (*between.values(), 2)
    assert both["exposure"]["worn_s"] == 7200.0
    assert both["exposure"]["lean_over_s"]["over_45_deg"] == 3600.0
    percentiles = both["exposure"]["lean_percentiles_deg"]
    assert percentiles["p10"] < 6
    assert percentiles["p90"] > 45


async def test_more_than_a_year_together_is_refused(page: httpx.AsyncClient) -> None:
    between = {"from": "2025-01-01", "to": "2026-12-31"}

    assert (await page.get("/api/exposure/days", params=between)).status_code == 422


async def test_a_day_without_data_is_no_error(page: httpx.AsyncClient) -> None:
    answer = await page.get("/api/exposure", params={"date": "2026-01-01"})

    assert answer.status_code == 200
    assert (answer.json()["exposure"]["worn_s"], answer.json()["exposure"]["coverage"]) == (0, 0)


async def test_a_date_that_is_none_is_refused(page: httpx.AsyncClient) -> None:
    assert (await page.get("/api/exposure", params={"date": "soon"})).status_code == 422


MORNING: list[Act] = [
    (7200, 12.0, Activity.SIT, Posture.SLOUCHED),
    (600, 3.0, Activity.STAND, Posture.NEUTRAL),
]


MORNING_NS = T0_NS + 40 * NS_PER_S - 3 * 3600 * NS_PER_S  # before the page's clock


SAT_S = 600.0  # in the store already, without exposure


def live(store: Store, start_ns: int = MORNING_NS) -> None:
    """As the path would have it stored."""
    items = told(MORNING, start_ns=start_ns)
    changes = [item for item in items if isinstance(item, StateChange)][:-1]
    covered = Covered(start_ns, start_ns + 7800 * NS_PER_S, 20.0)
    with store.writer() as writer:
        writer.write([RecordingStart(start_ns, "AA:BB", "Back", False, "axes")])
        writer.write([*changes, covered, *feed(Doses(), items), RecordingEnd("closed")])


async def test_exposure_scores_and_rows_follow_what_is_said_and_come_back(
    page: httpx.AsyncClient, store: Store, source: Any
) -> None:
    source.now.closed(T0_NS, "")
    await asyncio.to_thread(live, store)
    start_ms = MORNING_NS // 1_000_000
    before = (await page.get("/api/exposure", params=DAY)).json()
    stretch = {"start_ms": start_ms + 1_200_000, "stop_ms": start_ms + 2_400_000}

    told = await page.post("/api/corrections", json={"activity": "stand", **stretch})
    said = (await page.get("/api/exposure", params=DAY)).json()
    totals = (await page.get("/api/day", params=DAY)).json()["totals_s"]
    rows = (await page.get("/api/exposure.csv", params=DAY)).text
    together = {"from": DAY["date"], "to": DAY["date"]}
    month = (await page.get("/api/exposure/days", params=together)).json()
    listed = (await page.get("/api/corrections", params=DAY)).json()
    await page.delete(f"/api/corrections/{told.json()['correction']['id']}")
    after = (await page.get("/api/exposure", params=DAY)).json()

    table = said["exposure"]
    assert (table["seated_s"], totals["sit"] - SAT_S) == (6000.0, 6000.0)
    assert (table["slouched_s"], table["up_s"]) == (6000.0, pytest.approx(1800, abs=1))
    assert (before["exposure"]["breaks"], table["breaks"]) == (1, 2)
    assert table["seated_beyond_30_min_s"] < before["exposure"]["seated_beyond_30_min_s"]
    assert f"{DAY['date']},seated_s,6000.0" in rows
    assert month["exposure"] == table
    assert listed["not_in_exposure"] == []
    assert before == after != said


async def test_what_an_earlier_version_added_up_is_named(
    page: httpx.AsyncClient, store: Store
) -> None:
    await asyncio.to_thread(write, store, *(minute(i) for i in range(120)))
    start_ms = (T0_NS + 40 * NS_PER_S) // 1_000_000
    stretch = {"start_ms": start_ms, "stop_ms": start_ms + 240_000}

    keys = [
        (await page.post("/api/corrections", json={"activity": activity, **stretch})).json()[
            "correction"
        ]["id"]
        for activity in ("stand", "not_worn")
    ]
    listed = (await page.get("/api/corrections", params=DAY)).json()

    assert listed["not_in_exposure"] == keys[:1]


async def test_a_year_has_percentiles_and_rows(page: httpx.AsyncClient, store: Store) -> None:
    for back in (300, 200, 100, 0):
        lean = Histogram(5 + back // 10, (60_000,))
        found = [minute(i) for i in range(60)]
        await asyncio.to_thread(
            write,
            store,
            *(replace(one, start_ns=one.start_ns - back * DAY_NS, lean=lean) for one in found),
        )
    between = {"from": "2025-09-22", "to": "2026-09-21"}

    answer = (await page.get("/api/exposure/days", params=between)).json()
    rows = (await page.get("/api/exposure/days.csv", params=between)).text

    assert answer["days"] == 4
    assert answer["exposure"]["worn_s"] == 4 * 3600
    assert answer["exposure"]["lean_percentiles_deg"]["p90"] == pytest.approx(35.6)
    assert answer["exposure"]["lean_percentiles_deg"]["p10"] == pytest.approx(5.4)
    assert "2025-09-22/2026-09-21,lean_percentiles_deg.p90,35.6" in rows
