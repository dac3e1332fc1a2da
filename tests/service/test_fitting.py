"""What a person may ask of how the sensor sits, while it is worn."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.calibration import Task
from monitor.link import AskedLink, Link
from monitor.model import (
    NS_PER_S,
    Asked,
    Asker,
    Calibration,
    Connected,
    Disconnected,
    Fitted,
    Idle,
    LinkEvent,
    Mounting,
    Quality,
    Refusal,
    Rezeroed,
    Ruled,
    Wish,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Step
from monitor.profiles import PROFILES
from monitor.service import Fitting, FittingError, Misfit, place_name
from monitor.store import Fittings, Store, ZeroKind
from tests.calibration.people import chunks, felt

ADDRESS = "C0:FF:EE:00:00:01"
MARKED = mounting_from_axes("+x", "-z")
WORN = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), True, "calibration and neutral", 0.05, 0.2)
OTHER, ELSEWHERE = replace(WORN, sit_tall_rad=0.1), replace(WORN, sit_tall_rad=0.3)
QUALITY = Quality(0.8, 0.4, 9.79, 0.99, (48.0, 52.0, 50.0), 1.2, 0.4, 2.0, 3.5, 24.0)


class Wishes:
    """An `Asking` that keeps what it was asked."""

    def __init__(self) -> None:
        self.address: str | None = ADDRESS
        self.asked: list[Asked | Fitted] = []

    def ask(self, event: Asked | Fitted) -> None:
        self.asked.append(event)


@pytest.fixture
def fittings(tmp_path: Path) -> Iterator[Fittings]:
    found = Store(tmp_path / "day.db").fittings()
    yield found
    found.close()


class Wearer:
    """A simulated wearer, the path, and a `Fitting` that hears both."""

    def __init__(self, fittings: Fittings, scenario: str, seed: int, stop_s: float) -> None:
        acc, gyr = felt(scenario, seed)
        stop = int(stop_s * 100)
        self.items = chunks(acc[:stop], gyr[:stop], cut=10)
        self.wishes = Wishes()
        self.interpret = Interpret(PROFILES["desk"], MARKED)
        self.now_ns = 0
        self.fitting = Fitting(self.wishes, fittings, marked=MARKED, clock_ns=lambda: self.now_ns)

    async def live(self, stop_s: float) -> None:
        """Until then; what is asked comes between packets, as from an `AskedLink`."""
        if self.now_ns == 0:
            await self.fitting.take(Connected(0, ADDRESS, "Backwatch"), Step())
        while self.items and self.now_ns < stop_s * NS_PER_S:
            step = self.interpret.push([self.items.pop(0)])
            self.now_ns += NS_PER_S // 10
            await self.fitting.take(Idle(self.now_ns), step)
            for event in self.wishes.asked:
                await self._grant(event)
            self.wishes.asked.clear()

    async def _grant(self, event: Asked | Fitted) -> None:
        if isinstance(event, Fitted):
            self.interpret.mounting = event.mounting
        elif event.wish is Wish.REZERO:
            self.interpret.rezero(event.at_ns, event.by)
        else:
            await self.fitting.take(event, self.interpret.mend(event.at_ns, event.by))


async def test_a_calibration_from_start_to_use(fittings):
    wearer = Wearer(fittings, "calibration", 1, 50.0)
    await wearer.live(0.1)
    wearer.fitting.start(" my  desk ")
    await wearer.live(20.0)
    half = wearer.fitting.calibrating()
    await wearer.live(49.0)
    ready = wearer.fitting.calibrating()
    kept = await wearer.fitting.accept(slouch=True)
    await wearer.live(50.0)

    assert half is not None
    assert half.progress is not None
    assert half.progress.task is Task.BOW
    assert ready is not None
    assert ready.progress is not None
    assert ready.progress.task is Task.DONE
    assert (kept.sensor, kept.place) == (ADDRESS, "my desk")
    assert kept.mounting.slouch_on_rad == kept.slouch_rad
    assert wearer.interpret.mounting == kept.mounting
    worn = await asyncio.to_thread(fittings.worn, ADDRESS, wearer.now_ns)
    assert worn == kept.mounting
    assert wearer.fitting.calibrating() is None
    assert [one.place for one in await wearer.fitting.places()] == ["my desk"]


async def test_a_cancelled_calibration_changes_nothing(fittings):
    wearer = Wearer(fittings, "calibration", 1, 30.0)
    await wearer.live(0.1)
    before = wearer.interpret.mounting
    wearer.fitting.start("desk")
    await wearer.live(20.0)
    wearer.fitting.cancel()
    await wearer.live(30.0)

    assert wearer.interpret.mounting == before
    assert await wearer.fitting.places() == []
    assert wearer.fitting.calibrating() is None


async def test_the_slump_may_be_left_out(fittings):
    wearer = Wearer(fittings, "calibration", 1, 40.0)
    await wearer.live(0.1)
    wearer.fitting.start("desk")
    await wearer.live(37.0)
    wearer.fitting.skip()
    kept = await wearer.fitting.accept()

    assert kept.slouch_rad is None
    with pytest.raises(FittingError):
        await wearer.fitting.accept()


async def misfit(wish: object) -> Misfit:
    with pytest.raises(FittingError) as caught:
        await wish if asyncio.iscoroutine(wish) else wish()
    return caught.value.misfit


async def test_each_wish_out_of_turn_is_refused_with_the_reason(fittings):
    wearer = Wearer(fittings, "calibration", 1, 5.0)
    fitting = wearer.fitting

    assert await misfit(fitting.cancel) is Misfit.NOT_RUNNING
    assert await misfit(fitting.accept()) is Misfit.NOT_RUNNING
    assert await misfit(fitting.choose("moon")) is Misfit.NO_PLACE
    assert await misfit(fitting.forget("moon")) is Misfit.NO_PLACE
    assert await misfit(lambda: fitting.start("  ")) is Misfit.PLACE_NAME
    await wearer.live(0.1)
    fitting.start("desk")
    assert await misfit(lambda: fitting.start("car")) is Misfit.RUNNING
    assert await misfit(fitting.skip) is Misfit.NOT_DONE
    assert await misfit(fitting.accept()) is Misfit.NOT_DONE
    fitting.cancel()
    wearer.wishes.address = None
    assert await misfit(lambda: fitting.start("desk")) is Misfit.NO_SENSOR
    assert await misfit(fitting.choose("desk")) is Misfit.NO_SENSOR


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x07b", "none", "tur\u202en"])
def test_a_place_has_a_name_that_can_be_read(name):
    with pytest.raises(FittingError):
        place_name(name)


async def test_a_new_zero_is_answered_and_noted(fittings):
    wearer = Wearer(fittings, "slip", 1, 30.0)
    await wearer.live(4.0)
    asked = asyncio.create_task(wearer.fitting.rezero(Asker.PAGE))
    await asyncio.sleep(0)
    await wearer.live(10.0)
    answer = await asked
    await wearer.live(14.0)  # the walk has begun
    moving = asyncio.create_task(wearer.fitting.rezero(Asker.PAGE))
    await asyncio.sleep(0)
    await wearer.live(30.0)
    refused = await moving
    notes = await wearer.fitting.notes(0, 60 * NS_PER_S)

    assert answer.refused is None
    assert refused.refused is Refusal.MOVING
    assert [(one.kind, one.asker) for one in notes] == [
        (ZeroKind.REZEROED, "page"),
        (ZeroKind.REFUSED, "page"),
    ]


class AtPlaces:
    """A `Fitting` of a sensor with calibrations, and what it has put to use last."""

    def __init__(self, fittings: Fittings, place: str | None = None, **found: Mounting) -> None:
        for at_ns, (name, mounting) in enumerate(found.items(), 1):
            fittings.keep(Calibration(ADDRESS, name, at_ns, mounting, QUALITY, None))
        self.wishes, self._fittings = Wishes(), fittings
        self.fitting = Fitting(
            self.wishes, fittings, marked=MARKED, place=place, clock_ns=lambda: 100
        )

    @property
    def used(self) -> list[Mounting]:
        return [one.mounting for one in self.wishes.asked if isinstance(one, Fitted)]

    def zero(self, at_ns: int) -> None:
        answer = Rezeroed(at_ns, at_ns, Asker.PAGE, None, 0.1, ELSEWHERE)
        self._fittings.note(ADDRESS, answer)

    def later(self) -> Mounting | None:
        return self._fittings.worn(ADDRESS, 200)


async def test_without_its_only_calibration_a_sensor_is_read_by_its_axes(fittings):
    worn = await asyncio.to_thread(AtPlaces, fittings, desk=WORN)

    await worn.fitting.forget("desk")

    assert worn.used == [MARKED]
    assert await asyncio.to_thread(worn.later) is None


async def test_a_calibration_in_use_that_is_forgotten_gives_way_to_the_one_before_it(fittings):
    worn = await asyncio.to_thread(AtPlaces, fittings, car=WORN, desk=OTHER)
    await asyncio.to_thread(worn.zero, at_ns=50)  # of the desk

    await worn.fitting.forget("desk")

    assert worn.used == [WORN]
    assert await asyncio.to_thread(worn.later) == WORN


async def test_forgetting_another_place_changes_nothing_now(fittings):
    worn = await asyncio.to_thread(AtPlaces, fittings, car=WORN, desk=OTHER)

    await worn.fitting.forget("car")

    assert worn.used == []
    assert await asyncio.to_thread(worn.later) == OTHER


@pytest.mark.parametrize(("place", "used"), [("car", [OTHER]), ("none", [])])
async def test_a_place_named_at_the_start_is_the_one_in_use(fittings, place, used):
    worn = await asyncio.to_thread(AtPlaces, fittings, place, car=WORN, desk=OTHER)

    await worn.fitting.forget("car")

    assert worn.used == used


async def test_nobody_waits_for_a_sensor_that_is_gone(fittings):
    wearer = Wearer(fittings, "slip", 1, 5.0)
    await wearer.live(1.0)
    waiting = asyncio.create_task(wearer.fitting.rezero(Asker.PAGE))
    await asyncio.sleep(0)
    await wearer.fitting.take(Disconnected(wearer.now_ns, "out of range"), Step())
    wearer.wishes.address = None

    assert (await waiting).refused is Refusal.NO_DATA
    assert (await wearer.fitting.rezero(Asker.PAGE)).refused is Refusal.NO_DATA


async def test_without_a_slip_there_is_nothing_to_accept(fittings):
    wearer = Wearer(fittings, "slip", 1, 5.0)
    await wearer.live(1.0)
    asked = asyncio.create_task(wearer.fitting.mend(Asker.PAGE))
    await asyncio.sleep(0)
    await wearer.live(2.0)

    assert (await asked).refused is Refusal.NOTHING_OFFERED


# The link that carries what is asked


class Scripted:
    """A link that says what it is told to."""

    def __init__(self, *events: LinkEvent) -> None:
        self.events = events
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        for event in self.events:
            yield event


CONNECTED = Connected(1, ADDRESS, "Backwatch")


async def heard(link: Link) -> list[LinkEvent]:
    return [event async for event in link]


async def test_a_sensor_is_fitted_once_when_it_is_connected():
    inner = Scripted(CONNECTED, Idle(2), Disconnected(3, "lost"), CONNECTED, Idle(5))
    link = AskedLink(inner, {ADDRESS: WORN}.get)

    assert await heard(link) == [
        CONNECTED,
        Fitted(1, WORN),
        Idle(2),
        Disconnected(3, "lost"),
        CONNECTED,
        Idle(5),
    ]
    assert inner.closed


async def test_a_sensor_that_nobody_calibrated_is_left_as_it_is():
    assert await heard(AskedLink(Scripted(CONNECTED), lambda _: None)) == [CONNECTED]


async def test_forgetting_comes_before_the_next_event_and_asks_again_how_the_sensor_sits():
    sits: list[Mounting | None] = [WORN, None, WORN]
    lost = Disconnected(3, "lost")
    link = AskedLink(Scripted(CONNECTED, Idle(2), lost, CONNECTED, Idle(5)), lambda _: sits.pop(0))
    forget = Asked(2, Wish.FORGET, Asker.PAGE)
    out: list[LinkEvent] = []
    async for event in link:
        out.append(event)
        if event in (Fitted(1, WORN), Idle(2)) and sits:
            link.ask(forget)

    # While connected, then on the way to a loss: there is nothing to be fitted until the next.
    before, after = out[: out.index(lost)], out[out.index(lost) :]
    assert before == [CONNECTED, Fitted(1, WORN), forget, Idle(2), forget]
    assert after == [lost, CONNECTED, Fitted(1, WORN), Idle(5)]


async def test_what_is_asked_comes_behind_the_next_event_and_not_after_a_loss():
    link = AskedLink(Scripted(CONNECTED, Idle(2), Disconnected(3, "lost"), Idle(4)), lambda _: None)
    asked = Asked(2, Wish.REZERO, Asker.PAGE)
    out: list[LinkEvent] = []
    async for event in link:
        out.append(event)
        if event in (CONNECTED, Idle(2)):
            link.ask(asked)

    assert out == [CONNECTED, asked, Idle(2), asked, Disconnected(3, "lost"), Idle(4)]
    assert link.address is None


async def test_thresholds_come_before_the_next_event_the_last_ones_also_after_a_loss():
    first, last = Ruled(1, None, (("slouch_s", 20.0),)), Ruled(1, None, (("slouch_s", 30.0),))
    lost = Disconnected(3, "lost")
    link = AskedLink(Scripted(CONNECTED, lost, Idle(4)), lambda _: None)
    link.ask(first)
    seen = []
    async for event in link:
        seen.append(event)
        if event == CONNECTED:
            link.ask(first)
            link.ask(last)

    assert seen == [first, CONNECTED, last, lost, Idle(4)]


async def test_thresholds_of_who_is_forgotten_no_longer_come():
    forget = Asked(2, Wish.FORGET, Asker.PAGE)
    link = AskedLink(Scripted(CONNECTED), lambda _: None)
    link.ask(Ruled(1, None, (("slouch_s", 20.0),)))
    link.ask(forget)

    assert await heard(link) == [forget, CONNECTED]
