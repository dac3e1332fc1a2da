"""The page for developers, in front of a real monitor and pipeline."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.store import Store
from tests.browser.conftest import AXE, SIZES
from tests.browser.running import Running
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


@pytest.mark.parametrize(("size", "theme"), [("desktop", "dark"), ("phone", "light")])
def test_the_page_fits_is_accessible_and_asks_nobody_else(
    open_page: OpenPage, running: Running, size: str, theme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: python hatch_build.py --test")
    page = open_page(size, theme, bypass_csp=True)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.add_script_tag(path=AXE)
    go(page)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert hosts == {urlsplit(running.url).netloc}


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
