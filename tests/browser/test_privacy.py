"""Pausing, taking along and erasing, as a person would, in front of a real store."""

import time
import zipfile
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import SIZES, go_to, too_small
from tests.browser.day import store_day, store_journal
from tests.browser.running import Running
from tests.browser.test_now import every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def live(store: Store, now_ns: int) -> None:
    """A day."""
    store_day(store, now_ns)
    store_journal(store, now_ns)


def go(page: Page) -> None:
    go_to(page, "Privacy")
    expect(page.get_by_role("heading", name="What is stored, and where")).to_be_visible()


def entries(page: Page, about: str) -> str:
    """How many there are of a table of the database."""
    details = page.locator("details").filter(has_text="What is in the database")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    return details.get_by_role("row").filter(has_text=about).get_by_role("cell").nth(1).inner_text()


@every_size
def test_the_page_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, size: str
) -> None:
    page = open_page(size)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    go(page)
    page.get_by_label("Everything").check()

    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert complaints == []
    assert hosts == {urlsplit(running.url).netloc}


def test_the_page_is_accessible_also_while_paused(open_page: OpenPage) -> None:
    page = open_page(bypass_csp=True)
    go(page)
    page.get_by_text("What is in the database").click()
    page.get_by_role("button", name="Pause recording").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()

    assert violations(page) == []


def test_a_pause_is_seen_on_every_page_of_every_browser_and_after_a_restart(
    open_page: OpenPage, running: Running
) -> None:
    page, other = open_page(), open_page("phone")
    go(page)
    expect(other.get_by_text("Recording on", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause recording").press("Enter")
    expect(other.get_by_text("Paused", exact=True)).to_be_visible()
    running.stop()
    running.start()
    expect(other.get_by_text("Paused", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Record again").press("Enter")

    expect(other.get_by_text("Recording on", exact=True)).to_be_visible()


def test_all_is_saved_then_erased_once_it_is_typed_and_nothing_is_left(
    open_page: OpenPage, store: Store
) -> None:
    page, other, alerts = open_page(), open_page(), open_page()
    go_to(alerts, "Alerts")
    told = alerts.locator("main").get_by_text("Leaning forward for 10 min")
    expect(told.first).to_be_visible()
    go(page)
    assert entries(page, "how you said you were") != "0"
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save everything").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert archive.testzip() is None
        said = archive.read("check_ins.csv").decode().splitlines()[1]
    note = said.split(",")[5] or said
    page.get_by_label("Everything").focus()
    page.keyboard.press("Space")
    page.get_by_label("To erase it, type: erase everything").fill("erase")
    page.keyboard.press("Enter")
    expect(page.get_by_text("To erase it, type: erase everything.").last).to_be_visible()
    page.get_by_label("To erase it, type: erase everything").fill("erase everything")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything is erased.")).to_be_visible(timeout=20_000)

    assert entries(page, "how you said you were") == "0"
    expect(page.get_by_text("No day is stored.")).to_be_visible()
    expect(other.get_by_text("Nothing measured yet today.")).to_be_visible(timeout=10_000)
    expect(told).to_have_count(0)
    left = b"".join(one.read_bytes() for one in store.path.parent.rglob("*.db*") if one.is_file())
    assert note.encode() not in left


def test_a_day_is_erased_and_the_others_stay(open_page: OpenPage, store: Store) -> None:
    queries = store.queries(simulated=True)
    day = queries.local_date(time.time_ns()).isoformat()
    queries.close()
    page = open_page()
    go(page)
    check_ins = entries(page, "how you said you were")
    page.get_by_role("button", name="Erase it for good").click()
    expect(page.get_by_text("Choose a day first.")).to_be_visible()
    page.get_by_label("Which day?").fill(day)
    page.get_by_label(f"To erase it, type: {day}").fill(day)
    page.keyboard.press("Enter")
    expect(page.get_by_text("is erased.")).to_be_visible(timeout=20_000)

    assert entries(page, "alerts, told or not") == "0"
    assert int(entries(page, "how you said you were")) < int(check_ins)
    assert entries(page, "settings and thresholds") is not None
