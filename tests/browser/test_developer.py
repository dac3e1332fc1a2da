"""The page for developers, in front of a real monitor and pipeline, and of a whole demo."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.store import Store
from tests.browser.conftest import AXE, SIZES, too_small, too_wide
from tests.browser.demo import Demo, running_demo
from tests.browser.running import Running
from tests.browser.test_keyboard import walked
from tests.browser.test_now import violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def running(store: Store, tmp_path: Path) -> Iterator[Running]:
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
    running = Running(store, tmp_path / "page.key", coached=True, pipeline=Pipeline(interpret))
    running.start()
    running.stand_still(20, since_s=20)
    yield running
    running.stop()


def go(page: Page) -> None:
    """By the settings, with the keyboard."""
    page.get_by_role("navigation").get_by_role("link", name="Settings").press("Enter")
    page.get_by_role("link", name="For developers").press("Enter")
    expect(page.get_by_role("heading", name="Stages:")).to_be_visible()


def test_stages_stand_in_the_order_of_the_path_and_follow_it(
    open_page: OpenPage, running: Running
) -> None:
    page = open_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    go(page)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="timebase"))
    expect(row.get_by_role("cell").nth(1)).to_have_text("1000 samples")
    running.stand_still(5)

    expect(row.get_by_role("cell").nth(1)).to_have_text("1250 samples")
    expect(row.get_by_role("cell").nth(2)).to_have_text(re.compile(r"^\d+ ms"))
    assert page.get_by_role("rowheader").all_inner_texts() == [
        "link", "ingest", "timebase", "orientation", "features", "states", "exposure", "alerts",
    ]  # fmt: skip
    assert complaints == []


def test_all_of_it_is_copied_as_json(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    go(page)
    page.get_by_role("button", name="Copy as JSON").press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()

    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert copied["sensors"][0]["name"] == "Back"
    assert [one["stage"] for one in copied["sensors"][0]["stages"]][:2] == ["link", "ingest"]


def test_it_is_loaded_and_asked_for_only_where_it_is_seen(open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []

    def heard(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page.on("request", heard)
    page.get_by_role("navigation").get_by_role("link", name="Alerts").click()
    page.wait_for_load_state("networkidle")
    before = list(asked)
    go(page)
    with page.expect_request("**/api/pipeline"):
        pass  # it goes on by itself

    assert not [path for path in before if "Developer" in path or path == "/api/pipeline"]
    assert [path for path in asked if path.startswith("/assets/DeveloperPage")]


def test_with_no_simulator_of_its_own_the_page_says_where_faults_are(open_page: OpenPage) -> None:
    page = open_page()
    go(page)
    page.get_by_role("link", name="Faults").press("Enter")

    expect(page.get_by_text("backwatch simulate-device --commands")).to_be_visible()
    expect(page.get_by_role("button", name="Begin")).to_have_count(0)
    page.get_by_role("link", name="Recorded").press("Enter")
    expect(page.get_by_text("Nothing is recorded here")).to_be_visible()


# The demo: a simulated sensor in a process of its own, heard, kept and shown.

VIEWS = {
    "": "Stages:",
    "/recorded": "Recorded sessions",
    "/faults": "Begin a fault",
}
PATIENT_MS = 30_000  # for what takes seconds on a busy machine: lost, found, a process begun


@pytest.fixture(scope="module")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo"), chromium) as demo:
        yield demo


@pytest.fixture
def page(demo: Demo) -> Iterator[Page]:
    context = demo.look()
    page = context.new_page()
    page.set_default_timeout(PATIENT_MS)
    expect.set_options(timeout=PATIENT_MS)
    yield page
    expect.set_options(timeout=5_000)
    context.close()


def link_of(page: Page) -> Locator:
    """How things stand with the sensor, at the top of each page."""
    return page.get_by_role("banner")


def test_a_session_is_recorded_played_at_any_speed_and_deleted(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/#/developer/recorded")
    record = page.get_by_role("switch", name="Record")
    record.press("Enter")
    expect(record).to_have_attribute("aria-checked", "true")
    expect(
        page.get_by_text(re.compile(r"Recording to \S+\.tape, [2-9]\d kB so far"))
    ).to_be_visible()
    record.press("Enter")
    expect(record).to_have_attribute("aria-checked", "false")
    kept = {path.name for path in demo.folder.glob("*.tapes/*")}
    before = (demo.folder / "demo.db").stat().st_ino
    card = page.get_by_role("region", name=re.compile("^Replay"))
    page.get_by_role("button", name=re.compile("^Play the tape")).press("Enter")
    expect(card.get_by_role("heading", name="Replay: tape of")).to_be_focused()

    expect(card.get_by_text("Playing.")).to_be_visible()
    expect(card.get_by_role("rowheader").first).to_have_text("link")
    progress = card.get_by_role("progressbar")
    expect(progress).not_to_have_attribute("value", "0")
    card.get_by_role("button", name="Pause").press("Enter")
    expect(card.get_by_text("Paused.")).to_be_visible()
    share = progress.get_attribute("value")
    assert share is not None
    assert 0 < float(share) < 1
    card.get_by_role("button", name="As fast as possible").press("Enter")
    expect(card.get_by_text("Paused.")).to_be_visible()  # the speed lets nothing go on
    card.get_by_role("button", name="Go on").press("Enter")
    expect(card.get_by_text("Played to its end.")).to_be_visible()
    expect(card.get_by_role("button", name="Pause")).to_have_count(0)
    expect(card.get_by_text("100 % played")).to_be_visible()
    assert too_wide(page) == []

    card.get_by_role("button", name=re.compile("^1 ")).press("Enter")
    page.get_by_role("button", name=re.compile("^Play the tape")).press("Enter")
    card.get_by_role("button", name="Stop").press("Enter")
    expect(card.get_by_text("Stopped.")).to_be_visible()
    expect(card.get_by_role("heading", name="Replay: tape of")).to_be_focused()
    assert {path.name for path in demo.folder.glob("*.tapes/*")} == kept
    assert (demo.folder / "demo.db").stat().st_ino == before
    (name,) = kept
    page.get_by_role("button", name=f"Delete {name}", exact=True).press("Enter")
    page.get_by_role("button", name=f"Really delete {name}?").press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Play the tape"))).to_have_count(0)
    expect(page.get_by_role("heading", name="Recorded sessions")).to_be_focused()
    assert list(demo.folder.glob("*.tapes/*")) == []


def test_a_fault_takes_the_sensor_away_and_clearing_it_brings_it_back(
    page: Page, demo: Demo
) -> None:
    page.goto(f"{demo.url}/#/developer/faults")
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.get_by_text("Choose a fault first.")).to_be_visible()
    fault = page.get_by_label("Fault", exact=True)
    assert fault.get_by_role("option", name="clock-drift (only from the start)").is_disabled()
    fault.select_option("out-of-range")
    expect(page.get_by_label("at [s]", exact=True)).to_have_value("0")
    page.get_by_label("lasting [s]").fill("3600")
    page.get_by_role("button", name="Begin").press("Enter")

    expect(page.get_by_text("One fault is on.")).to_be_visible()
    expect(link_of(page)).to_contain_text(re.compile("lost", re.I))
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.get_by_text("out-of-range is on already")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Clear out-of-range")).press("Enter")
    expect(page.get_by_text("None.", exact=True)).to_be_visible()
    expect(page.get_by_text("cleared", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="On now")).to_be_focused()
    expect(link_of(page)).to_contain_text("Connected")

    fault.select_option("lost-frames")
    page.get_by_label("share").fill("7")
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.get_by_text("give a number from 0 to 1")).to_be_visible()


def test_a_reboot_is_over_by_itself(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/#/developer/faults")
    page.get_by_label("Fault", exact=True).select_option("reboot")
    page.get_by_role("button", name="Begin").press("Enter")

    expect(page.get_by_text("over", exact=True)).to_be_visible()


def test_each_view_is_accessible_fits_and_asks_nobody_else(demo: Demo) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: python hatch_build.py --test")
    context = demo.look(bypass_csp=True)
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{demo.url}/#/developer")
    page.add_script_tag(path=AXE)
    found: dict[str, list[object]] = {}
    for view, heading in VIEWS.items():
        page.goto(f"{demo.url}/#/developer{view}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        if view == "/faults":
            page.get_by_label("Fault", exact=True).select_option("slipped")
        found[view] = [*violations(page)]
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            found[view] += too_small(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[view].append(f"wider than {width}")
    context.close()

    assert found == {view: [] for view in VIEWS}
    assert hosts == {urlsplit(demo.url).netloc}


@pytest.mark.parametrize("size", SIZES)
def test_each_view_is_walked_through_by_keyboard_and_left_again(demo: Demo, size: str) -> None:
    context = demo.look(size)
    page = context.new_page()
    wrong = {}
    for view, heading in VIEWS.items():
        page.goto(f"{demo.url}/#/developer{view}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        stops = walked(page)
        wrong[view] = [
            stop
            for stop in stops
            if not (stop["name"] and stop["inSight"] and stop["outlined"]) or stop["covered"]
        ]
        assert len(stops) > 4, stops
    context.close()

    assert wrong == {view: [] for view in VIEWS}
