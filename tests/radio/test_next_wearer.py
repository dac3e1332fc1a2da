"""What was set and found of one wearer is gone for the next, in the process that goes on."""

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

import httpx
import pytest

from backwatch.session import Told, make_pipeline, session
from monitor.config import Config
from monitor.link import read_tape
from monitor.model import (
    NS_PER_S,
    Asked,
    Calibration,
    Connected,
    StateChange,
    Wish,
)
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.service import StateNow
from monitor.store import Store
from tests.radio.test_fitting import ADDRESS, QUALITY, WORN

DESK, MANUAL = PROFILES["desk"].key, PROFILES["manual"].key
SET = {
    "slouch_on_deg": 5.0,
    "limit_deg": 40.0,
    "phase": {"label": "3", "profile": "manual", "since_ns": 1},
    "in_call": True,
    "plan": ["15:00 Ten bridges"],
}
OF_SOMEBODY = ("slouch_on_deg", "limit_deg", "bridges")


def live(db: Path) -> None:
    """A shift that has begun, and what its wearer has set and found."""
    now_ns = time.time_ns()
    store = Store(db)
    with (
        contextlib.closing(store.journal()) as journal,
        contextlib.closing(store.fittings()) as fittings,
    ):
        journal.hand_out(ADDRESS, "17", now_ns - 60 * NS_PER_S)
        for name, value in SET.items():
            journal.set_wish(name, value, now_ns)
        fittings.keep(Calibration(ADDRESS, "desk", now_ns, WORN, QUALITY, 0.19))


def stored(db: Path) -> str:
    """All that the database says."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        return "\n".join(connection.iterdump())


def changes(steps: list[Step]) -> list[StateChange]:
    return [change for step in steps for change in step.changes]


async def shift_over(page: httpx.AsyncClient) -> None:
    (await page.post("api/kit/take-back", json={"address": ADDRESS})).raise_for_status()
    (await page.post("api/kit/1/erase", json={"without_export": True})).raise_for_status()


async def all_erased(page: httpx.AsyncClient) -> None:
    words = (await page.get("api/privacy")).json()["confirm_all"]
    (
        await page.post("api/privacy/erase", json={"what": "everything", "confirm": words})
    ).raise_for_status()


async def under_way(page: httpx.AsyncClient) -> tuple[int, int]:
    """Of a drill and of a calibration; both may be asked for while they last."""
    drill = await page.get("api/drill/now")
    calibration = (await page.get("api/calibration")).json()
    return drill.status_code, len(calibration["places"]) + (calibration["running"] is not None)


@pytest.mark.parametrize("over", [shift_over, all_erased])
async def test_nothing_set_or_found_of_a_wearer_holds_for_the_next(
    over, power_up, air, tmp_path
) -> None:
    db = tmp_path / "days.db"
    await asyncio.to_thread(live, db)
    await power_up(number=1)
    config = Config(db=db, port=0, sensor=ADDRESS, adapter=f"virtual:127.0.0.1:{air.port}")
    steps: list[Step] = []
    told = Told(words=lambda step: iter(steps.append(step) or ()), tape=tmp_path / "day.tape")

    async with session(config, simulated=False, told=told) as running:
        with running.monitor.subscribe() as subscription:
            async with asyncio.timeout(15):
                while not isinstance(await subscription.get(), StateNow):
                    pass
            base = running.link.partition("login")[0]
            async with httpx.AsyncClient(base_url=base, follow_redirects=True, timeout=20) as page:
                await page.get(running.link)
                before = (await page.get("api/phase")).json()["in_force"]
                worn = (await page.get("api/now")).json()["mounting"]["source"]
                await page.post("api/drill/start")
                await page.post("api/calibration/start", json={"place": "desk"})
                was_under_way = await under_way(page)
                at_ns, first = time.time_ns(), len(steps)
                await over(page)
                since = len(steps)
                phase = (await page.get("api/phase")).json()
                coaching = (await page.get("api/coaching")).json()
                kept = (await page.get("api/settings")).json()["settings"]
                now = (await page.get("api/now")).json()
                is_under_way = await under_way(page)
            async with asyncio.timeout(15):
                while not any(change.profile == DESK for change in changes(steps[first:])):
                    await subscription.get()
    events = await asyncio.to_thread(lambda: list(read_tape(tmp_path / "day.tape")))
    forgotten = [n for n, e in enumerate(events) if isinstance(e, Asked) and e.wish is Wish.FORGET]
    pipeline = make_pipeline(config)
    replayed = [pipeline.push(event) for event in events]
    anew = [change for change in changes(steps[first:]) if change.profile == DESK]

    assert before == MANUAL
    assert {change.profile for change in changes(steps[:first])} == {
        f"{MANUAL}+limit_deg=40,slouch_on_deg=5"
    }
    assert worn == WORN.source
    assert was_under_way == (200, 2)
    assert (phase["in_force"], phase["phase"]) == (DESK, None)
    assert not coaching["in_call"]
    assert [one["name"] for one in kept if one["value"] is not None] == []
    assert len(forgotten) == 1
    assert now["mounting"]["source"] == "axes"
    assert is_under_way == (409, 0)
    assert {change.profile for change in changes(steps[since:])} <= {DESK}
    assert anew[0].at_ns > at_ns - NS_PER_S
    assert changes(replayed[forgotten[0] :]) == anew
    assert not any(isinstance(event, Connected) for event in events[forgotten[0] :])
    said = await asyncio.to_thread(stored, db)
    assert [word for word in OF_SOMEBODY if word in said] == []
