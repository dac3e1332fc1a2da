"""Sensors found, paired and forgotten from the page, over a real virtual radio."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from bleak import BleakClient
from starlette.types import ASGIApp

from dashboard import Access
from dashboard.roster import KEPT_CONNECTED
from dashboard.routes.sensors import NO_PASSKEY, NO_RADIO
from monitor.link import Bonds, Radio
from monitor.service import Roster
from tests.dashboard.conftest import browser

SCAN_S = 0.4


@pytest.fixture
async def radio(virtual_air: Any, tmp_path: Path) -> AsyncIterator[Radio]:
    found = Radio(virtual_air.adapter, Bonds(tmp_path / "sensors.json"))
    yield found
    await found.close()


@pytest.fixture
async def client(
    radio: Radio, make_app: Callable[..., ASGIApp], access: Access
) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(make_app(roster=Roster(radio, scan_s=SCAN_S))) as client:
        await client.get("/login", params={"token": access.new_link_token()})
        yield client


async def ask(client: httpx.AsyncClient, verb: str, **body: str) -> httpx.Response:
    return await client.post(f"/api/sensors/{verb}", json=body)


async def test_a_sensor_is_heard_paired_with_its_passkey_and_forgotten(
    client: httpx.AsyncClient, virtual_sensor: Any
) -> None:
    sensor = await virtual_sensor.start("short", name="<b>Back</b>", passkey=123456)
    heard = (await ask(client, "scan")).json()["heard"]
    without = await ask(client, "pair", address=sensor.address)
    wrong = await ask(client, "pair", address=sensor.address, passkey="654321")
    paired = await ask(client, "pair", address=sensor.address, passkey="123456")
    again = (await ask(client, "scan")).json()["heard"]
    gone = await ask(client, "forget", address=sensor.address.lower())
    unknown = await ask(client, "forget", address=sensor.address)

    assert [(one["address"], one["name"], one["known"]) for one in heard] == [
        (sensor.address, "<b>Back</b>", False)
    ]
    assert (without.status_code, wrong.status_code) == (409, 409)
    assert "passkey" in without.json()["detail"]
    assert "654321" not in wrong.text
    (listed,) = paired.json()["sensors"]
    assert (listed["encrypted"], listed["authenticated"], listed["simulated"]) == (True,) * 3
    assert listed["connected"] is False
    assert [one["known"] for one in again] == [True]
    assert gone.json() == {"sensors": [], "said": ""}
    assert unknown.status_code == 404


async def test_a_sensor_in_use_says_so_and_stays_until_its_connection_ends(
    client: httpx.AsyncClient, radio: Radio, virtual_sensor: Any
) -> None:
    sensor = await virtual_sensor.start("short")
    await ask(client, "pair", address=sensor.address)
    radio.take(sensor.address, object())  # a link looks for it
    away = (await client.get("/api/sensors/known")).json()["sensors"]
    held = BleakClient(sensor.address)
    async with radio.connecting(held):
        pass
    known = (await client.get("/api/sensors/known")).json()["sensors"]
    gone = (await ask(client, "forget", address=sensor.address)).json()
    radio.let_go(held)

    assert [one["connected"] for one in away] == [False]
    assert [one["connected"] for one in known] == [True]
    assert gone["said"] == KEPT_CONNECTED


async def test_what_is_not_there_or_no_passkey_is_refused_with_the_remedy(
    client: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    absent = await ask(client, "pair", address="C0:00:00:00:00:99")
    zeros = await ask(client, "pair", address="C0:00:00:00:00:99", passkey="000000")
    words = await ask(client, "pair", address="C0:00:00:00:00:99", passkey="12345six")
    without_radio = await page.post("/api/sensors/scan")

    assert "is it switched on, near" in absent.json()["detail"]
    assert (zeros.status_code, zeros.json()["detail"]) == (409, NO_PASSKEY)
    assert words.status_code == 422
    assert (without_radio.status_code, without_radio.json()["detail"]) == (409, NO_RADIO)


async def test_one_search_at_a_time(client: httpx.AsyncClient) -> None:
    import asyncio

    first, second = await asyncio.gather(ask(client, "scan"), ask(client, "scan"))

    assert sorted([first.status_code, second.status_code]) == [200, 409]
