"""Exposure and habit scores over HTTP."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx

from monitor.model import NS_PER_S
from monitor.model.exposure import Dose, Histogram
from monitor.store import RecordingStart, Store

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
