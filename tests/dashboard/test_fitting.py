"""Calibration, places and a new zero over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from dashboard.fitting_text import (
    INSTRUCTIONS,
    MISFITS,
    REFUSALS,
    problem_text,
    progress_text,
)
from monitor.calibration import Problem, Progress, Task
from monitor.model import (
    NS_PER_S,
    Activity,
    Asked,
    Asker,
    Connected,
    Fitted,
    Idle,
    Posture,
    Refusal,
    Rezeroed,
    StateChange,
    Trust,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Step
from monitor.service import Fitting, Misfit
from tests.calibration.people import chunks, felt
from tests.dashboard.conftest import NOW_NS, T0_NS, browser

ADDRESS = "AA:BB"
AXES = mounting_from_axes("+x", "-z")


class Wishes:
    """An `Asking` that keeps what it was asked."""

    def __init__(self) -> None:
        self.address: str | None = ADDRESS
        self.asked: list[Asked | Fitted] = []
        self.heard = asyncio.Event()

    def ask(self, event: Asked | Fitted) -> None:
        self.asked.append(event)
        self.heard.set()


@pytest.fixture
def wishes() -> Wishes:
    return Wishes()


@pytest.fixture
def fitting(store, wishes) -> Fitting:
    return Fitting(wishes, store.fittings(), marked=AXES, clock_ns=lambda: 0)


@pytest.fixture
async def fitted(make_app, access, fitting) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(make_app(fitting=fitting)) as client:
        await client.get("/login", params={"token": access.new_link_token()})
        await fitting.take(Connected(0, ADDRESS, "Back"), Step())
        yield client


async def worn(fitting: Fitting, start_s: float, stop_s: float) -> None:
    """A simulated wearer does what is asked."""
    acc, gyr = felt("calibration", 1)
    items = chunks(acc, gyr, cut=10)[int(start_s * 10) : int(stop_s * 10)]
    for item in items:
        await fitting.take(Idle(0), Step(samples=[item]))


async def test_a_calibration_is_started_watched_and_accepted(fitted, fitting, wishes):
    begun = await fitted.post("/api/calibration/start", json={"place": "desk"})
    await worn(fitting, 0, 20)
    half = (await fitted.get("/api/calibration")).json()["running"]
    early = await fitted.post("/api/calibration/accept", json={})
    await worn(fitting, 20, 50)
    done = (await fitted.get("/api/calibration")).json()["running"]
    kept = await fitted.post("/api/calibration/accept", json={"use_advised_slouch": True})
    after = (await fitted.get("/api/calibration")).json()

    assert begun.json()["instruction"] == INSTRUCTIONS[Task.STAND]
    assert (half["task"], half["done"], half["quality"]) == ("bow", False, None)
    assert early.status_code == 409
    assert early.json()["detail"] == MISFITS[Misfit.NOT_DONE]
    assert (done["task"], done["done"]) == ("done", True)
    assert done["quality"]["bow_share"] > 0.95
    assert kept.json()["slouch_deg"] == kept.json()["advised_slouch_deg"] == 11.1
    assert after["running"] is None
    assert [(one["place"], one["in_use"]) for one in after["places"]] == [("desk", True)]
    assert [type(one) for one in wishes.asked] == [Fitted]


async def test_a_calibration_can_be_given_up_and_the_slump_left_out(fitted, fitting):
    await fitted.post("/api/calibration/start", json={"place": "car"})
    await worn(fitting, 0, 37)
    skipped = await fitted.post("/api/calibration/skip")
    cancelled = await fitted.post("/api/calibration/cancel")

    assert skipped.json()["done"]
    assert cancelled.json() == {"running": None, "places": []}


async def test_a_place_is_chosen_and_forgotten(fitted, fitting, wishes):
    await fitted.post("/api/calibration/start", json={"place": "desk", "slump": False})
    await worn(fitting, 0, 40)
    await fitted.post("/api/calibration/accept", json={})
    wishes.asked.clear()
    chosen = await fitted.post("/api/places/choose", json={"place": "desk"})
    unknown = await fitted.post("/api/places/choose", json={"place": "moon"})
    forgotten = await fitted.post("/api/places/forget", json={"place": "desk"})

    assert chosen.json()["place"] == "desk"
    assert [one.mounting.source for one in wishes.asked] == ["calibration and neutral", "axes"]
    assert (unknown.status_code, unknown.json()["detail"]) == (409, MISFITS[Misfit.NO_PLACE])
    assert forgotten.json()["places"] == []


@pytest.mark.parametrize("refused", [None, Refusal.MOVING])
async def test_a_new_zero_is_answered_in_words(fitted, fitting, wishes, refused):
    waiting = asyncio.create_task(fitted.post("/api/rezero"))
    await wishes.heard.wait()
    answer = Rezeroed(NOW_NS, NOW_NS, Asker.PAGE, refused, 0.2, AXES)
    await fitting.take(Idle(0), Step(rezeroed=[answer]))
    said = (await waiting).json()
    zeros = (await fitted.get("/api/zeros")).json()["zeros"]

    assert said["taken"] is (refused is None)
    assert said["moved_deg"] == 11.5
    assert ("11°" in said["text"]) if refused is None else (said["text"] == REFUSALS[refused])
    assert [(one["asker"], one["refused"]) for one in zeros] == [("page", refused or "")]


async def test_without_a_sensor_each_wish_says_what_to_do(page):
    for path, body in (
        ("/api/calibration/start", {"place": "desk"}),
        ("/api/calibration/cancel", None),
        ("/api/rezero", None),
        ("/api/slip/accept", None),
    ):
        said = await page.post(path, json=body)
        assert (said.status_code, said.json()["detail"]) == (409, MISFITS[Misfit.NO_SENSOR])


async def test_wishes_need_a_session(stranger):
    assert (await stranger.post("/api/rezero")).status_code == 401
    assert (await stranger.get("/api/calibration")).status_code == 401


async def test_a_slip_marks_the_state_as_not_trusted(page, source):
    change = StateChange(T0_NS, Activity.SIT, Posture.SLOUCHED, 0.9, "desk/1")
    source.now.take(Idle(T0_NS), Step(changes=[change]))
    source.now.take(Idle(T0_NS), Step(trust=[Trust(T0_NS, False, 0.35, AXES)]))
    slipped = (await page.get("/api/now")).json()
    source.now.take(Idle(T0_NS + NS_PER_S), Step(trust=[Trust(T0_NS + NS_PER_S, True, 0.0)]))
    mended = (await page.get("/api/now")).json()

    assert slipped["state"]["trusted"] is False
    assert slipped["slip"]["moved_deg"] == 20.1
    assert slipped["slip"]["can_mend"] is True
    assert (mended["state"]["trusted"], mended["slip"]) == (True, None)


def test_everything_that_can_be_said_has_words():
    assert set(INSTRUCTIONS) == set(Task)
    assert set(REFUSALS) == set(Refusal)
    assert set(MISFITS) == set(Misfit)
    for problem in Problem:
        assert problem_text(problem).endswith(".")
    assert progress_text(Progress(0, Task.STAND, 0.5)) == ""
