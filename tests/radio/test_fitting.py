"""A calibration that is kept, put to use by a run on a virtual air, and a zero asked of it."""

import asyncio
import time

import httpx

from backwatch.session import Told, session
from monitor.config import Config
from monitor.link import read_tape
from monitor.model import Asked, Asker, Calibration, Fitted, Mounting, Quality, Wish
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Step
from monitor.service import MountingNow, StateNow
from monitor.store import Store

ADDRESS = "C0:00:00:00:00:01"
# Worn as marked (+x up, -z forward), with its own angles.
WORN = Mounting((0, 0, -1, 0, 1, 0, 1, 0, 0), True, "calibration and neutral", 0.02, 0.19)
QUALITY = Quality(0.8, 0.4, 9.79, 0.99, (48.0, 52.0, 50.0), 1.2, 0.4, 2.0, 3.5, 24.0)


async def test_a_run_uses_the_calibration_of_its_sensor_takes_a_new_zero_and_lets_go_of_both(
    power_up, air, tmp_path
):
    db = tmp_path / "days.db"

    def keep() -> None:
        fittings = Store(db).fittings()
        fittings.keep(Calibration(ADDRESS, "desk", time.time_ns(), WORN, QUALITY, 0.19))
        fittings.close()

    await asyncio.to_thread(keep)
    await power_up(number=1)
    config = Config(db=db, port=0, sensor=ADDRESS, adapter=f"virtual:127.0.0.1:{air.port}")
    steps: list[Step] = []
    told = Told(words=lambda step: iter(steps.append(step) or ()), tape=tmp_path / "day.tape")

    async with session(config, simulated=False, told=told) as running:
        with running.monitor.subscribe() as subscription:
            async with asyncio.timeout(15):
                while not isinstance(await subscription.get(), StateNow):
                    pass
        async with httpx.AsyncClient(follow_redirects=True, timeout=20) as page:
            await page.get(running.link)
            base = running.link.partition("login")[0]
            now = (await page.get(f"{base}api/now")).json()
            places = (await page.get(f"{base}api/calibration")).json()["places"]
            answer = (await page.post(f"{base}api/rezero")).json()
            kept = await asyncio.to_thread(
                lambda: Store(db).fittings().worn(ADDRESS, time.time_ns())
            )
            with running.monitor.subscribe() as subscription:
                await page.post(f"{base}api/places/forget", json={"place": "desk"})
                async with asyncio.timeout(15):
                    while not isinstance(await subscription.get(), MountingNow):
                        pass
            forgotten = (await page.get(f"{base}api/now")).json()
            gone = await asyncio.to_thread(
                lambda: Store(db).fittings().worn(ADDRESS, time.time_ns())
            )
    events = await asyncio.to_thread(lambda: list(read_tape(tmp_path / "day.tape")))

    assert now["mounting"]["source"] == "calibration and neutral"
    assert [(one["place"], one["in_use"]) for one in places] == [("desk", True)]
    assert answer["taken"], answer
    assert forgotten["mounting"]["source"] == "axes"
    assert gone is None
    marked = mounting_from_axes("+x", "-z")
    assert [one.mounting for one in events if isinstance(one, Fitted)] == [WORN, marked]
    assert [(one.wish, one.by) for one in events if isinstance(one, Asked)] == [
        (Wish.REZERO, Asker.PAGE)
    ]
    zero = next(one for step in steps for one in step.rezeroed)
    assert zero.mounting.slouch_on_rad == 0.19
    assert kept == zero.mounting
