"""A threshold set on the page holds at once, in the process that runs; its tape reads the same."""

import asyncio

import httpx

from backwatch.session import Told, make_pipeline, session
from monitor.config import Config
from monitor.link import read_tape
from monitor.model import Connected, Ruled, SegmentEnd, StateChange
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.service import StateNow, Subscription
from monitor.store import Store

ADDRESS = "C0:00:00:00:00:01"
DESK, MANUAL = PROFILES["desk"].key, PROFILES["manual"].key


def changes(steps: list[Step]) -> list[StateChange]:
    return [change for step in steps for change in step.changes]


async def told_by(key: str, steps: list[Step], news: Subscription) -> None:
    async with asyncio.timeout(15):
        while not any(change.profile == key for change in changes(steps)):
            await news.get()


async def test_a_threshold_holds_at_once_and_a_tape_of_it_reads_as_it_was_read(
    power_up, air, tmp_path
) -> None:
    db = tmp_path / "days.db"
    await power_up(number=1)
    config = Config(db=db, port=0, sensor=ADDRESS, adapter=f"virtual:127.0.0.1:{air.port}")
    steps: list[Step] = []
    told = Told(words=lambda step: iter(steps.append(step) or ()), tape=tmp_path / "day.tape")

    async with session(config, simulated=False, told=told) as running:
        with running.monitor.subscribe() as news:
            async with asyncio.timeout(15):
                while not isinstance(await news.get(), StateNow):
                    pass
            base = running.link.partition("login")[0]
            async with httpx.AsyncClient(base_url=base, follow_redirects=True, timeout=20) as page:
                await page.get(running.link)
                answer = await page.put("api/settings/slouch_s", json={"value": 30})
                await told_by(f"{DESK}+slouch_s=30", steps, news)
                phase = (
                    await page.put("api/phase", json={"label": "3", "profile": "manual"})
                ).json()
                await told_by(f"{MANUAL}+slouch_s=30", steps, news)
                journal = await asyncio.to_thread(lambda: Store(db).journal())  # as a command does
                await asyncio.to_thread(journal.set_wish, "slouch_s", None, 1)
                await asyncio.to_thread(journal.close)
                await told_by(MANUAL, steps, news)
                seen = len(steps)
    events = await asyncio.to_thread(lambda: list(read_tape(tmp_path / "day.tape")))
    pipeline = make_pipeline(config)
    replayed = [pipeline.push(event) for event in events]
    ruled = [(e.profile, e.own) for e in events if isinstance(e, Ruled)]

    assert answer.is_success
    assert (phase["in_force"], phase["at_start"]) == (MANUAL, False)
    assert ruled == [
        (None, (("slouch_s", 30.0),)),
        ("manual", (("slouch_s", 30.0),)),
        ("manual", ()),
    ]
    assert changes(steps) == changes(replayed)
    assert sum(isinstance(event, Connected) for event in events) == 1
    assert not [
        item for step in steps[:seen] for item in step.samples if isinstance(item, SegmentEnd)
    ]


async def test_thresholds_of_before_hold_from_the_first_sample_and_are_on_the_tape(
    power_up, air, tmp_path
) -> None:
    db = tmp_path / "days.db"
    journal = await asyncio.to_thread(lambda: Store(db).journal())
    await asyncio.to_thread(journal.set_wish, "slouch_s", 30, 1)
    await asyncio.to_thread(journal.close)
    await power_up(number=1)
    config = Config(db=db, port=0, sensor=ADDRESS, adapter=f"virtual:127.0.0.1:{air.port}")
    steps: list[Step] = []
    told = Told(words=lambda step: iter(steps.append(step) or ()), tape=tmp_path / "day.tape")

    async with session(config, simulated=False, told=told, page=False) as running:
        with running.monitor.subscribe() as news:
            async with asyncio.timeout(15):
                while not isinstance(await news.get(), StateNow):
                    pass
    events = await asyncio.to_thread(lambda: list(read_tape(tmp_path / "day.tape")))

    assert {change.profile for change in changes(steps)} == {f"{DESK}+slouch_s=30"}
    assert [type(event) for event in events[:2]] == [Ruled, Connected]
    assert sum(isinstance(event, Ruled) for event in events) == 1
