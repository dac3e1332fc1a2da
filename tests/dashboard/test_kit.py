"""A shared kit over HTTP: lent, taken back, handed over, erased."""

import asyncio
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dashboard import Person
from dashboard.qr import kit_address
from monitor.model.journal import CheckIn
from tests.dashboard.conftest import NOW_NS, T0_NS

SENSOR = {"address": "AA:BB"}


@pytest.fixture
async def back(page: httpx.AsyncClient, person: Person) -> int:
    """A shift over what the store holds; the sensor is back."""
    await asyncio.to_thread(person.journal.hand_out, "AA:BB", "17", T0_NS)
    await asyncio.to_thread(person.journal.add_check_in, CheckIn(T0_NS + 1, note="in the shift"))
    answer = (await page.post("/api/kit/take-back", json=SENSOR)).json()
    return int(answer["handovers"][0]["id"])


def folder(person: Person) -> Path:
    return person.queries.path.with_name(person.queries.path.name + ".shifts")


def files(person: Person) -> list[str]:
    return [path.name for path in folder(person).iterdir()]


async def state(page: httpx.AsyncClient) -> str:
    return str((await page.get("/api/kit")).json()["handovers"][-1]["state"])


async def test_a_sensor_is_lent_and_comes_back(page: httpx.AsyncClient) -> None:
    body = {**SENSOR, "person": "17"}
    out = (await page.post("/api/kit/hand-out", json=body)).json()["handovers"]
    twice = await page.post("/api/kit/hand-out", json={**body, "person": "18"})
    returned = (await page.post("/api/kit/take-back", json=SENSOR)).json()["handovers"]
    again = await page.post("/api/kit/take-back", json=SENSOR)
    too_soon = await page.post("/api/kit/hand-out", json={**body, "person": "18"})

    assert (out[0]["state"], out[0]["stop_ms"]) == ("out", None)
    assert [one.status_code for one in (twice, again, too_soon)] == [409, 409, 409]
    assert "still here" in too_soon.json()["detail"]
    assert (returned[0]["state"], returned[0]["stop_ms"]) == ("back", NOW_NS // 10**6)


async def test_what_is_in_the_file_is_said_before_it_is_made(
    page: httpx.AsyncClient, back: int
) -> None:
    tables = (await page.get(f"/api/kit/{back}/contents")).json()["tables"]
    rows = {one["name"]: one["rows"] for one in tables}

    assert rows["alerts"] == rows["events"] == 2
    assert rows["check_ins"] == 1
    assert all(one["about"] for one in tables)


async def test_a_shift_is_taken_then_erased(page: httpx.AsyncClient, back: int) -> None:
    early = await page.post(f"/api/kit/{back}/erase", json={"saved": True})
    first = await page.get(f"/api/kit/{back}/export.zip")
    second = await page.get(f"/api/kit/{back}/export.zip")
    unsaid = await page.post(f"/api/kit/{back}/erase", json={})
    taken = await state(page)
    erased = await page.post(f"/api/kit/{back}/erase", json={"saved": True})
    gone = await page.get(f"/api/kit/{back}/export.zip")
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        check_ins = archive.read("check_ins.csv").decode()

    assert early.status_code == 409
    assert "not made yet" in early.json()["detail"]
    assert first.content == second.content
    assert "in the shift" in check_ins
    assert unsaid.status_code == 409
    assert "say that the file is saved" in unsaid.json()["detail"]
    assert taken == "back"
    assert erased.json()["handovers"][0]["state"] == "erased"
    assert "calibrated anew" in erased.json()["what_stays"]
    assert (await page.get("/api/alerts")).json()["alerts"] == []
    assert (await page.get("/api/check-ins")).json()["entries"] == []
    assert gone.status_code == 409


async def test_the_persons_file_goes_with_the_shift(
    page: httpx.AsyncClient, person: Person, back: int
) -> None:
    await page.get(f"/api/kit/{back}/export.zip")
    before = await asyncio.to_thread(files, person)
    await page.post(f"/api/kit/{back}/erase", json={"saved": True})

    assert before == [f"shift-{back}.zip"]
    assert await asyncio.to_thread(files, person) == []


async def test_a_file_that_was_cut_short_is_made_again(
    page: httpx.AsyncClient, person: Person, back: int
) -> None:
    def cut_short() -> None:
        folder(person).mkdir()
        (folder(person) / f"shift-{back}.zip").write_bytes(b"PK")

    await asyncio.to_thread(cut_short)
    answer = await page.get(f"/api/kit/{back}/export.zip")

    assert zipfile.is_zipfile(io.BytesIO(answer.content))


async def test_what_was_added_since_the_file_was_made_is_not_erased_unseen(
    page: httpx.AsyncClient, person: Person, back: int
) -> None:
    first = await page.get(f"/api/kit/{back}/export.zip")
    late = CheckIn(T0_NS + 2, note="in the last minute")
    await asyncio.to_thread(person.journal.add_check_in, late)
    refused = await page.post(f"/api/kit/{back}/erase", json={"saved": True})
    second = await page.get(f"/api/kit/{back}/export.zip")
    erased = await page.post(f"/api/kit/{back}/erase", json={"saved": True})

    assert refused.status_code == 409
    assert "save it again" in refused.json()["detail"]
    assert b"last minute" not in zipfile.ZipFile(io.BytesIO(first.content)).read("check_ins.csv")
    assert b"last minute" in zipfile.ZipFile(io.BytesIO(second.content)).read("check_ins.csv")
    assert erased.json()["handovers"][0]["state"] == "erased"


async def test_a_file_that_was_spoilt_or_lost_is_noticed_before_anything_is_erased(
    page: httpx.AsyncClient, person: Person, back: int
) -> None:
    def spoil() -> None:
        path = folder(person) / f"shift-{back}.zip"
        content = path.read_bytes()
        path.write_bytes(content[:-30] + b"x" + content[-29:])

    await page.get(f"/api/kit/{back}/export.zip")
    await asyncio.to_thread(spoil)
    spoilt = await page.post(f"/api/kit/{back}/erase", json={"saved": True})
    await asyncio.to_thread((folder(person) / f"shift-{back}.zip").unlink)
    lost = await page.post(f"/api/kit/{back}/erase", json={"saved": True})

    assert (spoilt.status_code, lost.status_code) == (409, 409)
    assert await state(page) == "back"


async def test_who_wants_no_file_says_so(page: httpx.AsyncClient, back: int) -> None:
    erased = await page.post(f"/api/kit/{back}/erase", json={"without_export": True})

    assert erased.json()["handovers"][0]["state"] == "erased"


async def test_a_shift_that_lasts_or_is_not_there_is_not_erased(page: httpx.AsyncClient) -> None:
    await page.post("/api/kit/hand-out", json={**SENSOR, "person": "17"})
    for path in ("export.zip", "contents"):
        assert (await page.get(f"/api/kit/99/{path}")).status_code == 404
    out = await page.post("/api/kit/1/erase", json={"without_export": True})

    assert (await page.post("/api/kit/99/erase", json={})).status_code == 404
    assert out.status_code == 409
    assert "still out" in out.json()["detail"]
    assert await state(page) == "out"


async def test_a_code_is_an_image_of_this_page_and_the_sensor(page: httpx.AsyncClient) -> None:
    answer = await page.get("/api/kit/qr.svg", params={"address": "AA:BB"})
    hostile = await page.get("/api/kit/qr.svg", params={"address": "<script>x</script>"})

    assert answer.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(answer.text).tag.endswith("svg")
    assert b"<script>" not in hostile.content
    assert (await page.get("/api/kit/qr.svg")).status_code == 422


def test_the_code_leads_to_the_form_of_the_sensor() -> None:
    assert kit_address("http://127.0.0.1:8765/", "AA:BB") == "http://127.0.0.1:8765/#/kit/AA%3ABB"
    with pytest.raises(ValueError, match="not the address"):
        kit_address("127.0.0.1", "AA:BB")
    with pytest.raises(ValueError, match="too many"):
        kit_address("http://" + "x" * 300, "AA:BB")


async def test_without_a_coach_a_shift_is_erased_all_the_same(
    make_app: Callable[..., object],
    new_browser: Callable[..., httpx.AsyncClient],
    access: object,
    person: Person,
) -> None:
    await asyncio.to_thread(person.journal.hand_out, "AA:BB", "17", T0_NS)
    async with new_browser(make_app(person=replace(person, coach=None))) as client:
        await client.get("/login", params={"token": access.new_link_token()})  # type: ignore[attr-defined]
        await client.post("/api/kit/take-back", json=SENSOR)
        erased = await client.post("/api/kit/1/erase", json={"without_export": True})

    assert erased.json()["handovers"][0]["state"] == "erased"
