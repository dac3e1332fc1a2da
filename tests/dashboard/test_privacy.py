"""What is stored: shown, paused, handed over and erased over HTTP."""

import asyncio
import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from dashboard import Person
from dashboard.privacy import ALL_WORDS
from monitor.model import NS_PER_S
from monitor.model.journal import CheckIn
from monitor.takeout import shift_file, shifts_folder
from tests.dashboard.conftest import NOW_NS, T0_NS

DAY_NS = 86_400 * NS_PER_S
DAY = datetime.fromtimestamp(T0_NS / 1e9, UTC).date().isoformat()
NOTE = "=HYPERLINK(1)\n<b>late shift</b>"


async def shown(page: httpx.AsyncClient) -> Any:
    answer = await page.get("/api/privacy")
    assert answer.status_code == 200
    return answer.json()


async def erased(page: httpx.AsyncClient, **body: str) -> httpx.Response:
    return await page.post("/api/privacy/erase", json=body)


def rows(told: Any) -> dict[str, int]:
    return {one["name"]: one["rows"] for one in told["tables"]}


async def test_what_is_stored_is_told_with_place_and_size(
    page: httpx.AsyncClient, person: Person
) -> None:
    told = await shown(page)

    assert told["kept"][0]["where"] == str(person.queries.path)
    assert all(one["bytes"] > 0 and one["about"] for one in told["kept"])
    assert (told["kept"][0]["days"], told["summaries_days"]) == (90, 365)
    assert (told["first_date"], told["last_date"]) == (DAY, DAY)
    assert rows(told)["alerts"] == 2


async def test_recording_is_paused_for_every_page_until_it_goes_on(
    page: httpx.AsyncClient,
) -> None:
    paused = (await page.post("/api/privacy/pause", json={"on": True})).json()
    now = (await page.get("/api/now")).json()
    on = (await page.post("/api/privacy/pause", json={"on": False})).json()

    assert paused["paused_since_ms"] == now["paused_since_ms"] == NOW_NS // 10**6
    assert on["paused_since_ms"] is None
    assert (await page.get("/api/now")).json()["paused_since_ms"] is None


async def test_everything_is_exported_as_it_is_but_for_formulas(
    page: httpx.AsyncClient, person: Person
) -> None:
    await asyncio.to_thread(person.journal.add_check_in, CheckIn(T0_NS, note=NOTE))
    answer = await page.get("/api/privacy/export.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = set(archive.namelist())
    notes = list(csv.DictReader(io.StringIO(archive.read("check_ins.csv").decode(), newline="")))

    assert archive.testzip() is None
    assert {f"{one['name']}.csv" for one in (await shown(page))["tables"]} < names
    assert [one["note"] for one in notes] == [f"'{NOTE}"]  # no formula to a spreadsheet
    assert f'filename="backwatch-{DAY}.zip"' in answer.headers["content-disposition"]
    assert "alerts.csv: 2 rows" in archive.read("README.txt").decode()


async def test_a_day_is_erased_once_its_date_is_typed(page: httpx.AsyncClient) -> None:
    unsaid = await erased(page, what="day", date=DAY, confirm="yes")
    never = await erased(page, what="day", date="2026-13-01", confirm="2026-13-01")
    future = await erased(page, what="day", date="2999-01-01", confirm="2999-01-01")
    before = rows(await shown(page))
    done = (await erased(page, what="day", date=DAY, confirm=f" {DAY} ")).json()

    assert [one.status_code for one in (unsaid, never, future)] == [422, 422, 422]
    assert unsaid.json()["detail"] == f"to erase it, type: {DAY}"
    assert before["alerts"] == 2
    assert (rows(done)["alerts"], rows(done)["spans"], rows(done)["days"]) == (0, 0, 1)
    assert (await page.get("/api/alerts", params={"date": DAY})).json()["alerts"] == []


async def test_a_day_is_erased_out_of_files_of_shifts_too(
    page: httpx.AsyncClient, person: Person
) -> None:
    def make() -> list[Path]:
        shifts_folder(person.queries.path).mkdir()
        found = []
        for address, start_ns in (("AA:BB", T0_NS - 2 * DAY_NS), ("CC:DD", T0_NS)):
            shift = person.journal.hand_out(address, "17", start_ns)
            person.journal.take_back(address, start_ns + NS_PER_S)
            found.append(shift_file(person.queries.path, shift.id))
            found[-1].write_bytes(b"of a person")
        return found

    before, of_day = await asyncio.to_thread(make)
    await erased(page, what="day", date=DAY, confirm=DAY)

    assert await asyncio.to_thread(before.exists)
    assert not await asyncio.to_thread(of_day.exists)


async def test_everything_is_erased_with_what_was_made_for_others(
    page: httpx.AsyncClient, person: Person
) -> None:
    made = person.queries.path.with_name(person.queries.path.name + ".shifts")

    def make() -> None:
        made.mkdir()
        (made / "shift-1.zip").write_bytes(b"of a person")

    await asyncio.to_thread(make)
    wrong = await erased(page, what="everything", confirm="erase")
    done = (await erased(page, what="everything", confirm=ALL_WORDS.upper())).json()

    assert wrong.status_code == 422
    assert sum(count for name, count in rows(done).items() if name != "withheld") == 0
    assert not await asyncio.to_thread(made.exists)
    assert (done["first_date"], done["last_date"]) == (None, None)


async def test_a_stranger_gets_nothing_and_erases_nothing(
    stranger: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    asked = [
        await stranger.get("/api/privacy"),
        await stranger.get("/api/privacy/export.zip"),
        await erased(stranger, what="everything", confirm=ALL_WORDS),
        await stranger.post("/api/privacy/pause", json={"on": True}),
    ]

    assert [one.status_code for one in asked] == [401] * 4
    assert rows(await shown(page))["alerts"] == 2
