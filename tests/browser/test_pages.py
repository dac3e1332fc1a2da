"""The pages beside Now, in front of a real monitor, coach and store."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import AXE, SIZES, ZONE
from tests.browser.day import store_day, store_journal
from tests.browser.running import Running
from tests.browser.test_now import at_work, every_look, every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
PAGES = {"alerts": "Alerts", "settings": "Settings"}


@pytest.fixture
def coached() -> bool:
    return True


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day with what became of it, made once; each test has its own copy."""
    path = tmp_path_factory.mktemp("lived") / "backwatch.db"
    store, now_ns = Store(path, ZONE), time.time_ns()
    store_day(store, now_ns)
    store_journal(store, now_ns)
    return path


@pytest.fixture
def store(lived: Path, tmp_path: Path) -> Store:
    for part in lived.parent.iterdir():
        shutil.copy(part, tmp_path)
    return Store(tmp_path / lived.name, ZONE)


def go(page: Page, name: str) -> None:
    """By the navigation, as a person does."""
    page.get_by_role("navigation").get_by_role("link", name=PAGES[name]).click()
    expect(page.get_by_role("heading", name=PAGES[name], exact=True)).to_be_visible()


@every_size
def test_every_page_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, size: str
) -> None:
    at_work(running)
    page = open_page(size)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    for name in PAGES:
        go(page, name)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], name
        pressed = page.locator("button:visible, summary:visible, a[href]:visible:not(.skip)")
        boxes = [(one.inner_text(), one.bounding_box()) for one in pressed.all()]
        small = [b for b in boxes if b[1] is None or min(b[1]["height"], b[1]["width"]) < 43.9]
        assert small == [], name

    assert complaints == []
    assert hosts == {urlsplit(running.url).netloc}


@every_look
@every_size
def test_every_page_is_accessible(
    open_page: OpenPage, running: Running, theme: str, size: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: python hatch_build.py --test")
    at_work(running)
    page = open_page(size, theme, bypass_csp=True)
    page.add_script_tag(path=AXE)
    found = {}

    for name in PAGES:
        go(page, name)
        page.wait_for_load_state("networkidle")
        if name == "alerts":
            page.get_by_role("button", name=re.compile(r"^Why\? ")).nth(1).click()
        found[name] = violations(page)

    assert found == {name: [] for name in PAGES}


def test_an_alert_says_why_and_hears_what_is_said_of_it(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "alerts")

    page.get_by_role("button", name=re.compile(r"^Why\? Leaning forward")).nth(1).click()
    expect(page.get_by_role("img", name=re.compile("between 8° and 2.° forward"))).to_be_visible()
    expect(page.get_by_text("Held: in a call.")).to_be_visible()
    page.get_by_role("button", name="Right, but I had to").click()
    page.reload()
    page.get_by_role("button", name=re.compile(r"^Why\? Leaning forward")).nth(1).click()

    pressed = page.get_by_role("button", name="Right, but I had to", pressed=True)
    expect(pressed).to_be_visible()


def test_a_snooze_and_a_call_are_in_force_and_end_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="Alerts").focus()
    page.keyboard.press("Enter")

    page.get_by_role("button", name="15 min").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^Snoozed until "))).to_be_visible()
    page.get_by_role("button", name="End the snooze").press("Enter")
    page.get_by_role("switch", name="I am in a call").press("Space")
    expect(page.get_by_text("In a call: reminders wait")).to_be_visible()
    page.get_by_role("switch", name="I am in a call").press("Space")

    expect(page.get_by_text("Reminders are on.")).to_be_visible()


def test_a_setting_is_refused_beside_its_field_kept_and_put_back(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "settings")
    field = page.get_by_label("Seated without a break for", exact=True)
    expect(field).to_have_value("1800")

    field.fill("60")
    field.press("Enter")
    expect(page.get_by_text("60 is not allowed; use 1200 to 3600 s.")).to_be_visible()
    field.fill("1500")
    field.press("Enter")
    expect(page.get_by_text("Kept. It is used from the next start on.")).to_be_visible()
    page.reload()
    expect(field).to_have_value("1500")
    page.get_by_role("button", name="Back to the default: Seated without a break for").click()

    expect(field).to_have_value("1800")
