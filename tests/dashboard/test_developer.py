"""Faults, recorded sessions and replays over HTTP; what is refused, and in which words."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from dashboard import Access, Person
from dashboard.developer import Developer
from dashboard.faults import FaultArgument, FaultKind, FaultNow, FaultRefusedError
from dashboard.privacy import ALL_WORDS
from dashboard.replay import (
    Listed,
    NoSuchSessionError,
    RecordedSession,
    Recording,
    ReplayRefusedError,
    ReplaySchema,
    session_schema,
)
from monitor.link import TapeWriter, tapes_folder
from monitor.model import Connected
from tests.dashboard.conftest import HOSTILE, NOW_NS, T0_NS

ASKED = [
    ("GET", "/api/faults", None),
    ("POST", "/api/faults", {"name": "lost-frames"}),
    ("POST", "/api/faults/clear", None),
    ("POST", "/api/faults/1/clear", None),
    ("GET", "/api/sessions", None),
    ("POST", "/api/tapes", {"on": True}),
    ("DELETE", "/api/sessions/tape:x.tape", None),
    ("GET", "/api/replay", None),
    ("POST", "/api/replay", {"session": "tape:x.tape"}),
    ("POST", "/api/replay/steer", {"speed": 2.0, "paused": False}),
    ("POST", "/api/replay/stop", None),
]
TAPE = RecordedSession(
    "tape:x.tape", "tape", HOSTILE, "AA:BB", T0_NS, NOW_NS, 1234, None, False, ""
)

Open = Callable[..., Any]


class FakeFaults:
    """Takes all but what is on already."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def kinds(self) -> list[FaultKind]:
        share = FaultArgument("share", 0.02, "share", 0.0, 1.0, False, ())
        lasting = FaultArgument("lasting", 30.0, "s", 0.0, inf, False, ())
        way = FaultArgument("way", "tilt", "", 0.0, inf, False, ("sideways", "tilt"))
        return [
            FaultKind("lost-frames", "some are lost", (share,), at_start_only=False),
            FaultKind("slipped", "it slips", (lasting, way), at_start_only=True),
        ]

    def now(self) -> list[FaultNow]:
        return [FaultNow(n + 1, text, "on", "") for n, text in enumerate(self.texts)]

    async def start(self, text: str) -> None:
        if text in self.texts:
            raise FaultRefusedError(f"fault {text} is on already")
        self.texts.append(text)

    async def clear(self, number: int | None = None) -> None:
        if number is None:
            self.texts.clear()
        elif not 0 < number <= len(self.texts):
            raise FaultRefusedError(f"no fault has the number {number}")
        else:
            del self.texts[number - 1]


class FakeSessions:
    """One tape, which can be played."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.on: str | None = None
        self.here = [TAPE]
        self.forgotten: list[tuple[int, int] | None] = []
        self.now = ReplaySchema(state="none", session=None)
        self.looked = 0

    def recording(self) -> Recording:
        return Recording(self.folder, self.on, NOW_NS, 40, "")

    def listed(self) -> Listed:
        return Listed(self.here, "")

    def record(self, *, on: bool) -> None:
        self.on = "new.tape" if on else None

    def delete(self, session_id: str) -> None:
        if session_id != TAPE.id:
            raise NoSuchSessionError(f"there is no recorded session {session_id!r}")
        self.here.clear()

    async def forget(self, bounds: tuple[int, int] | None) -> None:
        self.forgotten.append(bounds)

    async def ready(self) -> None:
        self.looked += 1

    def replay(self) -> ReplaySchema:
        return self.now

    async def play(self, session_id: str, speed: float | None) -> None:
        if session_id != TAPE.id:
            raise NoSuchSessionError(f"there is no recorded session {session_id!r}")
        self.now = ReplaySchema(state="playing", session=session_schema(TAPE), speed=speed)

    async def steer(self, *, speed: float | None, paused: bool) -> None:
        if self.now.state == "none":
            raise ReplayRefusedError("nothing is being played")
        state = "paused" if paused else "playing"
        self.now = self.now.model_copy(update={"state": state, "speed": speed})

    async def stop(self) -> None:
        self.now = self.now.model_copy(update={"state": "stopped"})


@pytest.fixture
def open_page(make_app: Callable[..., ASGIApp], new_browser: Any, access: Access) -> Open:
    @asynccontextmanager
    async def opened(**changes: object) -> AsyncIterator[httpx.AsyncClient]:
        app = make_app(**changes)
        async with new_browser(app) as client:
            await client.get("/login", params={"token": access.new_link_token()})
            yield client

    return opened


async def ask(client: httpx.AsyncClient, method: str, path: str, body: Any) -> httpx.Response:
    return await client.request(method, path, json=body)


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
async def test_strangers_and_other_sites_are_refused_by_each(
    open_page: Open, new_browser: Any, make_app: Any, tmp_path: Path, method: str, path: str,
    body: Any,
) -> None:  # fmt: skip
    faults, sessions = FakeFaults(), FakeSessions(tmp_path)
    changes = {"simulated": True, "developer": Developer(faults, sessions)}
    async with new_browser(make_app(**changes)) as stranger:
        unknown = await ask(stranger, method, path, body)
    async with open_page(**changes) as page:
        page.headers["origin"] = "http://evil.example"
        foreign = await ask(page, method, path, body)
        del page.headers["origin"]
        page.headers["host"] = "evil.example"
        misdirected = await ask(page, method, path, body)

    assert (unknown.status_code, foreign.status_code, misdirected.status_code) == (401, 403, 421)
    assert (faults.texts, sessions.on, sessions.now.state, sessions.here) == (
        [], None, "none", [TAPE],
    )  # fmt: skip


async def test_with_a_real_sensor_faults_are_refused_whoever_could_begin_them(
    open_page: Open,
) -> None:
    faults = FakeFaults()
    async with open_page(simulated=False, developer=Developer(faults, None)) as page:
        told = (await page.get("/api/faults")).json()
        answers = [await ask(page, *asked) for asked in ASKED[1:4]]

    assert told["kinds"] == []
    assert "real sensor" in told["refused"]
    for answer in answers:
        assert answer.status_code == 409
        assert answer.json()["detail"] == told["refused"]
    assert faults.texts == []


async def test_a_simulated_sensor_of_somebody_else_says_where_its_faults_are_begun(
    open_page: Open,
) -> None:
    async with open_page(simulated=True) as page:
        told = (await page.get("/api/faults")).json()
        answer = await ask(page, *ASKED[1])

    assert "--commands" in told["refused"]
    assert (answer.status_code, answer.json()["detail"]) == (409, told["refused"])


async def test_a_fault_is_begun_with_its_values_and_cleared(open_page: Open) -> None:
    faults = FakeFaults()
    async with open_page(simulated=True, developer=Developer(faults, None)) as page:
        kinds = (await page.get("/api/faults")).json()["kinds"]
        wish = {"name": "slipped", "values": {"lasting": 5, "way": "tilt"}}
        begun = (await page.post("/api/faults", json=wish)).json()
        again = await page.post("/api/faults", json=wish)
        wrong = await page.post("/api/faults/7/clear")
        await page.post("/api/faults", json={"name": "lost-frames"})
        one = (await page.post("/api/faults/1/clear")).json()
        none = (await page.post("/api/faults/clear")).json()

    assert kinds[1]["arguments"][0]["high"] is None
    assert kinds[1]["arguments"][1]["choices"] == ["sideways", "tilt"]
    assert [kind["at_start_only"] for kind in kinds] == [False, True]
    assert begun["now"] == [
        {"number": 1, "text": "slipped:lasting=5.0,way=tilt", "state": "on", "why": ""}
    ]
    assert (again.status_code, wrong.status_code) == (409, 409)
    assert [fault["text"] for fault in one["now"]] == ["lost-frames"]
    assert none["now"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "lost-frames\nstart flood"},
        {"name": "lost-frames:1"},
        {"name": "slipped", "values": {"way": "tilt,at=0"}},
        {"name": "slipped", "values": {"way": "tilt\nclear"}},
        {"name": "slipped", "values": {"a b": 1}},
        {"name": "slipped", "values": {"at=0,way": "tilt"}},
        {"name": "slipped", "values": {f"a{n}": 1 for n in range(11)}},
        {},
    ],
)
async def test_no_wish_can_say_more_than_one_fault(open_page: Open, wish: Any) -> None:
    faults = FakeFaults()
    async with open_page(simulated=True, developer=Developer(faults, None)) as page:
        answer = await page.post("/api/faults", json=wish)

    assert answer.status_code in (409, 422)
    assert faults.texts == []


async def test_sessions_are_listed_recorded_played_and_deleted(
    open_page: Open, tmp_path: Path
) -> None:
    sessions = FakeSessions(tmp_path)
    async with open_page(developer=Developer(None, sessions)) as page:
        listed = (await page.get("/api/sessions")).json()
        on = (await page.post("/api/tapes", json={"on": True})).json()
        off = (await page.post("/api/tapes", json={"on": False})).json()
        early = await page.post("/api/replay/steer", json={"speed": 2, "paused": True})
        unknown = await page.post("/api/replay", json={"session": "tape:../x"})
        playing = (await page.post("/api/replay", json={"session": TAPE.id, "speed": 5})).json()
        paused = await page.post("/api/replay/steer", json={"speed": None, "paused": True})
        stopped = (await page.post("/api/replay/stop")).json()
        gone = await page.delete("/api/sessions/nothing")
        left = (await page.delete(f"/api/sessions/{TAPE.id}")).json()

    assert listed["recording"]["folder"] == str(tmp_path)
    assert listed["sessions"][0] == {
        "id": TAPE.id, "kind": "tape", "name": HOSTILE, "address": "AA:BB",
        "start_ms": T0_NS // 10**6, "length_s": 1000.0, "bytes": 1234, "simulated": None,
        "going_on": False, "problem": "",
    }  # fmt: skip
    assert (on["recording"]["on"], on["recording"]["since_ms"]) == ("new.tape", NOW_NS // 10**6)
    assert (off["recording"]["on"], off["recording"]["since_ms"]) == (None, None)
    assert (early.status_code, unknown.status_code, gone.status_code) == (409, 404, 404)
    assert (playing["state"], playing["speed"]) == ("playing", 5.0)
    assert (paused.json()["state"], paused.json()["speed"]) == ("paused", None)
    assert stopped["state"] == "stopped"
    assert left["sessions"] == []


@pytest.mark.parametrize("speed", [0, -1, 1e9, "fast"])
async def test_a_speed_that_makes_no_sense_is_refused(
    open_page: Open, tmp_path: Path, speed: object
) -> None:
    sessions = FakeSessions(tmp_path)
    async with open_page(developer=Developer(None, sessions)) as page:
        answer = await page.post("/api/replay", json={"session": TAPE.id, "speed": speed})

    assert answer.status_code == 422
    assert sessions.now.state == "none"


async def test_a_page_that_records_nothing_says_so(open_page: Open) -> None:
    async with open_page() as page:
        listed = (await page.get("/api/sessions")).json()
        replay = (await page.get("/api/replay")).json()
        answers = [await ask(page, *asked) for asked in (*ASKED[5:7], *ASKED[8:])]

    assert listed["refused"]
    assert (listed["recording"], listed["sessions"], replay["state"]) == (None, [], "none")
    assert {answer.status_code for answer in answers} == {409}


# Privacy


async def test_tapes_are_erased_with_their_day_and_with_everything(
    open_page: Open, tmp_path: Path
) -> None:
    sessions = FakeSessions(tmp_path)
    async with open_page(developer=Developer(None, sessions)) as page:
        day = {"what": "day", "date": "2026-09-21", "confirm": "2026-09-21"}
        assert (await page.post("/api/privacy/erase", json=day)).status_code == 200
        all_of_it = {"what": "everything", "confirm": ALL_WORDS}
        assert (await page.post("/api/privacy/erase", json=all_of_it)).status_code == 200

    (bounds, none) = sessions.forgotten
    assert none is None
    assert bounds is not None
    assert bounds[0] <= T0_NS < bounds[1]


async def test_a_tape_that_cannot_be_deleted_is_named_and_all_else_is_erased(
    open_page: Open, tmp_path: Path, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = FakeSessions(tmp_path)

    async def refuse(_: tuple[int, int] | None) -> None:
        raise PermissionError(13, "Permission denied", "x.tape")

    monkeypatch.setattr(sessions, "forget", refuse)
    await asyncio.to_thread(person.journal.hand_out, "AA:BB", "17", T0_NS)
    async with open_page(developer=Developer(None, sessions)) as page:
        await page.post("/api/kit/take-back", json={"address": "AA:BB"})
        await page.get("/api/kit/1/export.zip")
        of_shift = await page.post("/api/kit/1/erase", json={"saved": True})
        folder = person.queries.path.with_name(person.queries.path.name + ".shifts")
        left = await asyncio.to_thread(lambda: list(folder.iterdir()))
        body = {"what": "everything", "confirm": ALL_WORDS}
        of_all = await page.post("/api/privacy/erase", json=body)

    assert (of_shift.status_code, of_all.status_code) == (409, 409)
    assert "x.tape" in of_shift.json()["detail"]
    assert "x.tape" in of_all.json()["detail"]
    assert left == []
    assert not await asyncio.to_thread(folder.exists)


async def test_tapes_are_shown_exported_and_erased_where_nothing_records(
    page: httpx.AsyncClient, person: Person
) -> None:
    folder = tapes_folder(person.queries.path)

    def taped() -> bytes:
        folder.mkdir()
        with TapeWriter(folder / "x.tape") as tape:
            tape.write(Connected(T0_NS, "AA:BB", "Back"))
        (folder / "elsewhere.tape").symlink_to(person.queries.path)
        return (folder / "x.tape").read_bytes()

    content = await asyncio.to_thread(taped)
    kept = (await page.get("/api/privacy")).json()["kept"]
    answer = await page.get("/api/privacy/export.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    body = {"what": "everything", "confirm": ALL_WORDS}
    await page.post("/api/privacy/erase", json=body)
    left = await asyncio.to_thread(lambda: [path.name for path in folder.iterdir()])

    assert str(folder) in [one["where"] for one in kept]
    assert archive.read("tapes/x.tape") == content
    assert [name for name in archive.namelist() if "tapes" in name] == ["tapes/x.tape"]
    assert left == ["elsewhere.tape"]
