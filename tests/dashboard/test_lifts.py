"""The lifts of a shift over HTTP."""

import asyncio
import csv
import io
from types import MappingProxyType

import httpx
import pytest

from dashboard import Person
from monitor.model import NS_PER_S, EventKind, MotionEvent
from monitor.model.journal import Trace
from monitor.store import RecordingStart, Store
from tests.dashboard.conftest import T0_NS

VALUES = MappingProxyType(
    {
        "peak_sagittal_deg": 84.0, "index_depth": 36.0,
        "peak_bend_velocity_degps": 60.0, "index_velocity": 8.3,
        "turn_deg": 52.0, "index_turn": 20.0,
        "peak_lateral_deg": -12.0, "index_side": 1.5,
        "index": 65.8, "duration_s": 3.2,
    }
)  # fmt: skip


def a_lift(at_s: float, *flags: str) -> MotionEvent:
    at_ns = T0_NS + round(at_s * NS_PER_S)
    return MotionEvent(
        EventKind.LIFT, at_ns, at_ns + 3 * NS_PER_S, at_ns + 6 * NS_PER_S, 0.9, "manual/6",
        VALUES, flags, "stoop",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def shift(store: Store) -> None:
    """Six lifts from 14:16:40 on, a minute apart, two of them demanding; one more is there."""
    with store.writer() as writer:
        writer.write([RecordingStart(T0_NS, "AA:BB", "Back", False, "axes")])
        for number in range(6):
            flags = {1: ("demanding",), 4: ("turned_while_bent", "demanding")}.get(number, ())
            writer.write([a_lift(200 + 60 * number, *flags)])


async def lifts(page: httpx.AsyncClient, **params: object) -> dict:
    answer = await page.get("/api/lifts", params={k.rstrip("_"): v for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_shift_shows_its_demanding_lifts_newest_first(page: httpx.AsyncClient) -> None:
    found = await lifts(page)

    assert (found["total"], found["flagged"], found["next_offset"]) == (3, 3, None)
    newest, middle, oldest = found["lifts"]
    assert newest["start_ms"] > middle["start_ms"] > oldest["start_ms"]
    assert oldest["index"] is None  # an event of before there was one
    assert oldest["parts"] == []
    assert (newest["title"], newest["technique"]) == ("84° forward in 3.2 s", "stoop")
    assert found["hours"] == [
        {
            "start_ms": (T0_NS // (3600 * NS_PER_S)) * 3_600_000,
            "lifts": 7,
            "flagged": 3,
            "worn_s": 0.0,
            "per_worn_hour": None,
        }
    ]


async def test_a_card_marks_one_part_and_says_its_cause_and_one_thing_to_try(
    page: httpx.AsyncClient,
) -> None:
    by_turn, by_depth, _ = (await lifts(page))["lifts"]
    ordinary = (await lifts(page, flagged="false"))["lifts"][0]

    assert [part["name"] for part in by_depth["parts"] if part["demanding"]] == ["depth"]
    assert by_depth["cause"] == "Most of it is the lean: 84° forward."
    assert [part["name"] for part in by_turn["parts"] if part["demanding"]] == ["turn"]
    assert by_turn["cause"] == "Most of it is the turn: 52° while bent."
    assert by_turn["fix"]
    assert sum(part["points"] for part in by_turn["parts"]) == pytest.approx(65.8)
    assert not any(part["demanding"] for part in ordinary["parts"])
    assert (ordinary["flagged"], ordinary["cause"], ordinary["fix"]) == (False, "", "")


async def test_lifts_are_told_by_page(page: httpx.AsyncClient) -> None:
    first = await lifts(page, flagged="false", limit=3)
    second = await lifts(page, flagged="false", limit=3, offset=first["next_offset"])
    last = await lifts(page, flagged="false", limit=3, offset=second["next_offset"])
    beyond = await lifts(page, flagged="false", offset=99)

    assert first["total"] == 7
    assert last["next_offset"] is None
    ids = [one["id"] for some in (first, second, last) for one in some["lifts"]]
    assert len(ids) == len(set(ids)) == 7
    assert (beyond["lifts"], beyond["next_offset"]) == ([], None)


async def test_a_tag_keeps_nothing_that_turns_a_line_around(page: httpx.AsyncClient) -> None:
    [one, *_] = (await page.get("/api/lifts", params={"flagged": False})).json()["lifts"]
    said = {"task": "un\u202egnidaol\u2066\n", "zone": "  dock\t3\u200f"}

    kept = (await page.put(f"/api/events/{one['id']}/tag", json=said)).json()

    assert kept == {"task": "ungnidaol", "zone": "dock 3"}


async def test_lifts_are_chosen_by_time_and_tag(page: httpx.AsyncClient) -> None:
    every = (await lifts(page, flagged="false"))["lifts"]
    await page.put(f"/api/events/{every[0]['id']}/tag", json={"task": "unloading", "zone": "dock"})
    await page.put(f"/api/events/{every[1]['id']}/tag", json={"task": "picking"})
    by_task = await lifts(page, flagged="false", task="unloading")
    by_zone = await lifts(page, flagged="false", zone="dock")
    by_time = await lifts(page, flagged="false", from_="14:18", to="14:20")
    none = await lifts(page, task="picking", zone="dock")

    assert [one["id"] for one in by_task["lifts"]] == [every[0]["id"]]
    assert by_zone["lifts"][0]["tag"] == {"task": "unloading", "zone": "dock"}
    assert by_task["tasks"] == ["picking", "unloading"]
    assert by_task["zones"] == ["dock"]
    assert [one["start_ms"] for one in by_time["lifts"]] == [
        (T0_NS + s * NS_PER_S) // 10**6 for s in (380, 320)
    ]
    assert none["lifts"] == []


async def test_motion_comes_from_the_alert_where_samples_are_not_kept(
    page: httpx.AsyncClient, person: Person
) -> None:
    event = a_lift(200 + 60, "demanding")
    t_ns = tuple(event.start_ns + i * NS_PER_S // 10 for i in range(-10, 40))
    lean = tuple(float(max(0, 84 - 4 * abs(15 - i))) for i in range(-10, 40))
    kept = Trace("lift", event.known_ns, t_ns, lean, (0.0,) * 50, lean)
    await asyncio.to_thread(person.journal.add_trace, kept)
    without, with_motion, _ = (await lifts(page))["lifts"]

    assert without["trace"] is None
    trace = with_motion["trace"]
    assert trace["exact"] is False
    assert len({len(trace[name]) for name in ("t_ms", "lean_deg", "speed_degps", "side_deg")}) == 1
    assert trace["turned_deg"] == [None] * len(trace["t_ms"])
    assert with_motion["start_ms"] < trace["demanding_from_ms"] < trace["demanding_to_ms"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "7"},
        {"to": "25:00"},
        {"offset": -1},
        {"limit": 51},
        {"limit": 0},
        {"task": "x" * 61},
        {"date": "yesterday"},
        {"flagged": "perhaps"},
    ],
)
async def test_a_wrong_question_is_refused(page: httpx.AsyncClient, wrong: dict) -> None:
    assert (await page.get("/api/lifts", params=wrong)).status_code == 422


async def test_the_rows_of_a_spreadsheet_are_those_that_pass_the_filters(
    page: httpx.AsyncClient,
) -> None:
    newest = (await lifts(page))["lifts"][0]["id"]
    tag = {"task": "=SUM(A1)", "zone": "dock 3"}
    await page.put(f"/api/events/{newest}/tag", json=tag)

    answer = await page.get("/api/lifts.csv", params={"flagged": "true"})
    other = await page.get("/api/lifts.csv", params={"flagged": "false", "task": "none"})

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["index"] for row in rows] == ["65.8", "65.8", ""]
    assert (rows[0]["turn_measured"], rows[0]["turn_points"]) == ("52.0", "20.0")
    assert (rows[0]["task"], rows[0]["zone"]) == ("'=SUM(A1)", "dock 3")  # no formula
    assert rows[2]["depth_points"] == ""
    assert len(other.text.splitlines()) == 1
