"""A whole run with two sensors on a virtual air: what is stored, and what the page is told."""

import asyncio
import contextlib
import sqlite3

import httpx
import pytest

from backwatch.errors import UserError
from backwatch.session import Told, session
from monitor.config import Config, SensorConfig
from monitor.model import Placement
from monitor.service import SensorsNow
from monitor.store import Store, read_raw
from simulator.air import Air

FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"


@pytest.fixture
def config(tmp_path, air):
    return Config(
        db=tmp_path / "days.db",
        port=0,
        sensor=FIRST,
        adapter=f"virtual:127.0.0.1:{air.port}",
        beside=(SensorConfig(SECOND, Placement.LOW_BACK),),
    )


async def until(running, condition):
    """Wait until the sensors are as wanted."""
    with running.monitor.subscribe() as subscription:
        async with asyncio.timeout(15):
            while not condition(running.monitor.sensors()):
                while not isinstance(await subscription.get(), SensorsNow):
                    pass


def rows(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


async def test_a_run_with_two_sensors_keeps_both_and_counts_the_first(
    power_up, config, tmp_path, air
):
    for number in (1, 2):
        await power_up(name=f"Back {number}", number=number, boot_id=number)
    told = Told(tell=lambda _: None, tape=tmp_path / "day.tape")

    async with session(config, simulated=False, told=told) as running:
        await until(running, lambda now: all(one.away is None for one in now.sensors))
        async with httpx.AsyncClient(follow_redirects=True) as page:
            await page.get(running.link)
            base = running.link.partition("login")[0]
            found = (await page.get(f"{base}api/sensors")).json()
            air.set_in_range(FIRST, False)
            await until(running, lambda now: now.away is not None)
            away = (await page.get(f"{base}api/sensors")).json()

    assert [(one["placement"], one["counts"]) for one in found["sensors"]] == [
        ("upper_back", True),
        ("low_back", False),
    ]
    assert [one["link"]["address"] for one in found["sensors"]] == [FIRST, SECOND]
    assert found["notice"] == ""
    assert [(one["slots_held"], one["slots_limit"]) for one in found["sensors"]] == [(2, None)] * 2
    assert [one["away"] for one in away["sensors"]] == ["lost", None]
    assert away["notice"] == (
        "The day is counted from the first sensor. It is lost and is being searched for. "
        "The other one does not stand in for it."
    )
    recordings = await asyncio.to_thread(
        rows,
        config.db,
        "SELECT DISTINCT address, counts FROM recordings JOIN sensors ON sensor_id = sensors.id",
    )
    assert sorted(recordings) == [(FIRST, 1), (SECOND, 0)]
    for counts, address in ((True, FIRST), (False, SECOND)):
        origins = await asyncio.to_thread(
            lambda counts=counts: {
                one.origin.address
                for one in read_raw(config.db, 0, 2**62, simulated=False, counts=counts)
            }
        )
        assert origins == {address}
    assert await asyncio.to_thread(lambda: sorted(p.name for p in tmp_path.glob("*.tape"))) == [
        "day-2.tape",
        "day.tape",
    ]


async def test_without_an_adapter_no_page_is_opened(tmp_path):
    async with Air() as air:
        gone = f"virtual:127.0.0.1:{air.port}"
    config = Config(db=tmp_path / "days.db", port=0, adapter=gone)

    with pytest.raises(UserError, match="no virtual air answers there"):
        async with session(config, simulated=True, told=Told()):
            pytest.fail("it says that it runs")


async def test_while_another_records_no_page_is_opened(power_up, config):
    await power_up()
    other = await asyncio.to_thread(lambda: Store(config.db).writer())
    try:
        with pytest.raises(UserError, match="another Backwatch is recording"):
            async with session(config, simulated=True, told=Told()):
                pytest.fail("it says that it runs")
    finally:
        await asyncio.to_thread(other.close)
