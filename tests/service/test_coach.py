"""Alerts of the path, what the person has set, and what they hear."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.coaching import Broker, Channel, Decision, Manners, Outcome, Reason
from monitor.drill import Drill
from monitor.model import NS_PER_S, Activity, Alert, Beat, Posture, Severity
from monitor.model.journal import Movement, Trace
from monitor.movements import Capture
from monitor.pipeline import Step
from monitor.service.channels import Browser, Notice
from monitor.service.coach import Coach
from monitor.service.live import AnglePoints, NoticeNow, Subscribers
from monitor.service.surroundings import Surroundings
from monitor.store import Journal, RecordingStart, Store, StoredAlert
from monitor.trial import Design, draw

T0 = int(datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp()) * NS_PER_S


def local(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / NS_PER_S, UTC)


class Ear:
    """A channel that remembers; it may be out of order."""

    def __init__(self, *, works: bool = True) -> None:
        self.heard: list[str] = []
        self.cleared: list[str] = []
        self.works = works
        self.news = asyncio.Event()

    async def say(self, notice: Notice) -> bool:
        self.heard.append(notice.title)
        self.news.set()
        return self.works

    async def clear(self, notice: Notice) -> None:
        self.cleared.append(notice.rule)
        self.news.set()

    async def forget(self) -> None:
        self.cleared.append("all")
        self.news.set()


class Keeping(Journal):
    """A journal that says when decisions were kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.kept, self.traced = threading.Event(), threading.Event()

    def add_decisions(self, decisions: Iterable[Decision]) -> None:
        super().add_decisions(decisions)
        self.kept.set()

    def add_trace(self, trace: Trace) -> None:
        super().add_trace(trace)
        self.traced.set()


class Day:
    """A coach with a clock that the test moves."""

    def __init__(self, store: Store, ear: Ear, **options: object) -> None:
        self.now_ns = T0
        self.ear = ear
        self.store = store
        self.journal = Keeping(store.path)
        self.coach = Coach(
            Broker(Manners(baseline=False), local),
            self.journal,
            speakers={Channel.DESKTOP: ear},
            words=lambda alert: (f"About {alert.rule}", "Do this."),
            clock_ns=lambda: self.now_ns,
            simulated=True,
            **options,  # type: ignore[arg-type]
        )

    async def kept(self) -> list[Decision]:
        """The decisions in the journal, once there are some."""
        assert await asyncio.to_thread(self.journal.kept.wait, 5.0)
        return await asyncio.to_thread(self.journal.decisions, T0, T0 + 60 * NS_PER_S)

    def second(self, *rules: str, slouched: bool = True) -> list[Alert]:
        """One second goes by; alerts are raised in it."""
        self.now_ns += NS_PER_S
        posture = Posture.SLOUCHED if slouched else Posture.NEUTRAL
        beat = Beat(self.now_ns, Activity.SIT, posture, 0.2, T0, 0.0)
        alerts = [Alert(self.now_ns, name, Severity.INFO, T0, "desk/1") for name in rules]
        self.coach.take(Step(beats=[beat], alerts=alerts))
        return alerts


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Callable[..., Day]]:
    store = await asyncio.to_thread(Store, tmp_path / "backwatch.db", UTC)
    async with contextlib.AsyncExitStack() as stack:

        async def begin(**options: object) -> Day:
            ear = Ear(works=bool(options.pop("works", True)))
            made = await asyncio.to_thread(Day, store, ear, **options)
            await made.coach.refresh()
            running = asyncio.create_task(made.coach.run())

            async def end() -> None:
                running.cancel()
                await asyncio.wait([running])
                await asyncio.to_thread(made.journal.close)

            stack.push_async_callback(end)
            return made

        yield begin


async def until(condition: Callable[[], bool], news: asyncio.Event) -> None:
    async with asyncio.timeout(5.0):
        while not condition():
            news.clear()
            await news.wait()


async def test_an_alert_is_said_and_taken_back_when_its_cause_ends(day: Callable) -> None:
    now = await day()
    now.second("slouch")
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)
    now.second(slouched=False)
    await until(lambda: now.ear.cleared == ["slouch"], now.ear.news)


async def test_what_a_command_sets_takes_effect(day: Callable) -> None:
    now = await day()
    other = await asyncio.to_thread(now.store.journal)  # as another process would
    await asyncio.to_thread(other.set_wish, "in_call", True, T0)
    await now.coach.refresh()
    now.second("slouch")
    held = now.coach.now()
    await asyncio.to_thread(other.set_wish, "in_call", None, T0)
    await asyncio.to_thread(other.close)
    await now.coach.refresh()
    for _ in range(4):
        now.second()

    assert [(d.alert.rule, d.reason) for d in held.held] == [("slouch", Reason.IN_CALL)]
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)
    assert now.coach.now().held == ()


async def test_decisions_are_kept_with_their_reasons(day: Callable) -> None:
    now = await day()
    await asyncio.to_thread(now.journal.set_wish, "snoozed_until_ns", T0 + 10**15, T0)
    await now.coach.refresh()
    now.second("sitting")
    found = await now.kept()

    assert [(d.alert.rule, d.outcome, d.reason) for d in found] == [
        ("sitting", Outcome.HELD, Reason.SNOOZED)
    ]


async def test_a_page_hears_of_an_alert_once_it_is_stored_and_told(day: Callable) -> None:
    now = await day()
    told: list[int] = []
    now.coach.on_told = lambda stored: told.append(stored.id)
    (first,) = now.second("slouch")
    now.coach.stored([StoredAlert(1, first, None)])
    (second,) = now.second("static")  # too soon after the first: held
    now.coach.stored([StoredAlert(2, second, None)])
    before = list(told)
    now.second(slouched=False)
    for _ in range(310):
        now.second(slouched=False)

    assert before == [1]
    assert told == [1, 2]


async def test_a_channel_that_fails_is_counted_and_ends_nothing(day: Callable) -> None:
    now = await day(works=False)
    now.second("slouch")
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)
    await asyncio.sleep(0)

    assert now.coach.now().undelivered == {Channel.DESKTOP: 1}


@pytest.mark.parametrize("there", [True, False])
async def test_where_no_sensor_can_vibrate_the_desktop_says_it(day: Callable, there: bool) -> None:
    now = await day()
    motor = Ear(works=False)
    if there:
        now.coach._speakers[Channel.VIBRATION] = motor
    await asyncio.to_thread(now.journal.set_wish, "channels", ["vibration"], T0)
    await now.coach.refresh()
    now.second("slouch")
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)
    (told,) = await now.kept()

    assert motor.heard == (["About slouch"] if there else [])
    assert told.channels == ((Channel.VIBRATION,) if there else (Channel.DESKTOP,))


async def test_a_desktop_that_is_told_anyway_is_not_told_twice(day: Callable) -> None:
    now = await day()
    now.coach._speakers[Channel.VIBRATION] = Ear(works=False)
    now.second("slouch")
    await until(lambda: now.ear.heard != [], now.ear.news)
    now.second("fall")
    await until(lambda: len(now.ear.heard) > 1, now.ear.news)

    assert now.ear.heard == ["About slouch", "About fall"]


async def test_a_browser_that_may_tells_in_place_of_the_desktop_to_one_page(day: Callable) -> None:
    now = await day()
    pages = Subscribers()
    now.coach.browser = Browser(pages)
    with pages.subscribe() as seen, pages.subscribe() as hidden, pages.subscribe() as other:
        hidden.notifies = other.notifies = True
        now.second("slouch")
        decided = await now.kept()
        message = await next(one for one in (hidden, other) if one.waiting).get()
        waits = [one.waiting for one in (seen, hidden, other)]

    assert set(decided[0].channels) == {Channel.PAGE, Channel.BROWSER}
    assert (message.title, message.action) == ("About slouch", "Do this.")
    assert waits == [0, 0, 0]
    assert now.ear.heard == []


async def test_where_no_page_is_out_of_sight_the_desktop_tells(day: Callable) -> None:
    now = await day()
    pages = Subscribers()
    now.coach.browser = Browser(pages)
    with pages.subscribe() as seen:
        now.second("slouch")
        decided = await now.kept()
        await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)

        assert set(decided[0].channels) == {Channel.PAGE, Channel.DESKTOP}
        assert seen.waiting == 0


async def test_what_a_browser_has_shown_is_taken_away_once_the_person_moved(day: Callable) -> None:
    now = await day()
    pages = Subscribers()
    now.coach.browser = Browser(pages)
    with pages.subscribe() as page:
        page.notifies = True
        now.second("slouch")
        told = await page.get()
        page.notifies = False  # looked at meanwhile
        now.second(slouched=False)
        taken = await page.get()

    assert taken == NoticeNow(told.key)


async def test_a_call_that_the_system_shows_holds_alerts(day: Callable) -> None:
    looked = asyncio.Event()

    async def look() -> Surroundings:
        asyncio.get_running_loop().call_soon(looked.set)
        return Surroundings(do_not_disturb=None, microphone=True)

    now = await day(look=look)
    await asyncio.wait_for(looked.wait(), 5.0)
    await now.coach.refresh()
    now.second("slouch")

    assert [d.reason for d in now.coach.now().held] == [Reason.IN_CALL]


async def test_a_silent_half_day_of_a_trial_drops_alerts(day: Callable) -> None:
    now = await day()
    plan = draw(Design(), "slouch", 7, date(2026, 3, 2) + timedelta(days=1), UTC)
    await asyncio.to_thread(now.journal.start_trial, plan, T0)
    unit = next(u for u in plan.half_days if u.silent)
    heard = next(u for u in plan.half_days if not u.silent)
    now.now_ns = unit.start_ns
    await now.coach.refresh()
    now.second("slouch")
    silent = now.coach.now()
    now.now_ns = heard.start_ns
    await now.coach.refresh()
    now.second("slouch")

    assert silent.silent_until_ns == unit.stop_ns
    assert now.coach.now().silent_until_ns is None
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)


async def test_a_setting_that_cannot_be_used_is_told_and_changes_nothing(day: Callable) -> None:
    now = await day()
    await asyncio.to_thread(now.journal.set_wish, "apart_s", "long", T0)
    await now.coach.refresh()

    assert "apart_s" in now.coach.now().problem
    now.second("slouch")
    await until(lambda: now.ear.heard == ["About slouch"], now.ear.news)


async def test_what_was_decided_last_is_kept_at_the_end(tmp_path: Path) -> None:
    store = await asyncio.to_thread(Store, tmp_path / "backwatch.db", UTC)
    with await asyncio.to_thread(store.writer) as writer:
        await asyncio.to_thread(writer.write, [RecordingStart(T0, "AA", "Back", True, "axes")])
        await asyncio.to_thread(writer.close)
    now = await asyncio.to_thread(Day, store, Ear())
    running = asyncio.create_task(now.coach.run())
    await asyncio.sleep(0)
    now.second("slouch")
    running.cancel()
    await asyncio.wait([running])

    assert len(await asyncio.to_thread(now.journal.decisions, T0, T0 + 10 * NS_PER_S)) == 1
    await asyncio.to_thread(now.journal.close)


async def test_half_a_minute_around_an_alert_is_kept(day: Callable) -> None:
    now = await day()
    (alert,) = now.second("slouch")
    for tenth in range(-300, 60):
        t_ns = alert.at_ns + tenth * NS_PER_S // 10
        lean = None if tenth == -10 else 20.0 + tenth / 100
        now.coach.see(AnglePoints((t_ns,), (lean,), (0.0,), (lean,)))
    assert await asyncio.to_thread(now.journal.traced.wait, 5.0)
    trace = await asyncio.to_thread(now.journal.trace, "slouch", alert.at_ns)

    assert trace is not None
    assert len(trace.t_ns) == 300
    assert trace.t_ns[0] == alert.at_ns - 25 * NS_PER_S
    assert trace.sagittal_deg[240] is None
    assert trace.sagittal_deg[250] == 20.0


async def test_a_plan_reminds_once_at_its_minute(day: Callable) -> None:
    now = await day()
    await asyncio.to_thread(now.journal.set_wish, "plan", ["10:05 Ten bridges"], T0)
    now.now_ns = T0 + 299 * NS_PER_S
    now.second()  # somebody is there to be reminded
    await until(lambda: now.ear.heard == ["Ten bridges"], now.ear.news)
    now.second()
    await now.coach.refresh()

    assert now.ear.heard == ["Ten bridges"]


async def test_of_a_person_who_is_gone_nothing_is_held_told_or_under_way(day: Callable) -> None:
    now = await day(renew=lambda: Broker(Manners(baseline=False), local))
    await asyncio.to_thread(now.journal.set_wish, "in_call", True, T0)
    await now.coach.refresh()
    now.second("slouch")
    now.coach.follow(Capture(Movement.FLEXION))
    now.coach.drill = Drill(T0)
    held = now.coach.now().held
    await now.coach.forget()
    await asyncio.to_thread(now.journal.set_wish, "in_call", None, T0)
    await now.coach.refresh()
    for _ in range(5):
        now.second()
    left = now.coach.now()
    now.second("fall")
    await until(lambda: now.ear.heard != [], now.ear.news)

    assert len(held) == 1
    assert left.held == ()
    assert (now.coach.followed, now.coach.drill) == ((None, ""), None)
    assert now.ear.heard == ["About fall"]


async def test_what_is_shown_is_taken_back_also_what_is_being_shown_just_then(
    day: Callable,
) -> None:
    now = await day()
    showing, go_on = asyncio.Event(), asyncio.Event()
    say = now.ear.say

    async def slowly(notice: Notice) -> bool:
        showing.set()
        await go_on.wait()
        return await say(notice)

    now.ear.say = slowly
    now.second("fall")
    now.second("jolt")
    await showing.wait()
    await now.coach.take_back()
    go_on.set()
    await until(lambda: "fall" in now.ear.cleared, now.ear.news)

    assert now.ear.heard == ["About fall"]
    assert now.ear.cleared == ["all", "fall"]


async def test_who_reads_and_alerts_is_told_of_thresholds_that_were_set_by_a_command(
    day: Callable,
) -> None:
    now = await day()
    told: list[int] = []

    async def ruled() -> None:
        told.append(1)

    now.coach.on_ruled = ruled
    await now.coach.refresh()
    first = len(told)
    await now.coach.refresh()
    again = len(told)
    with contextlib.closing(await asyncio.to_thread(now.store.journal)) as command:
        await asyncio.to_thread(command.set_wish, "pain", True, T0)
        await now.coach.refresh()
        manner = len(told)
        await asyncio.to_thread(command.set_wish, "slouch_s", 30.0, T0)
        await now.coach.refresh()

    assert (first, again, manner, len(told)) == (1, 1, 1, 2)
