"""Lift cards in a real browser."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import SIZES, too_small, too_wide
from tests.browser.day import store_day
from tests.browser.running import Running
from tests.browser.shift import store_lifts
from tests.browser.test_now import every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
HOSTILE = '<img src=x onerror="window.hacked=1">'


def live(store: Store, now_ns: int) -> None:
    """A shift."""
    store_day(store, now_ns)
    store_lifts(store, now_ns)


def go(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Lifts").click()
    expect(page.get_by_text("5 of them demanding.", exact=False)).to_be_visible()


@every_size
def test_it_fits_is_accessible_and_asks_nobody_else(
    open_page: OpenPage, running: Running, size: str
) -> None:
    page = open_page(size, bypass_csp=True)
    hosts: set[str] = set()
    errors: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: errors.append(str(error)))
    go(page)
    page.locator("summary").get_by_text("Hour by hour").click()
    page.get_by_role("combobox", name="Show").select_option("all")
    expect(page.get_by_text("18, newest first.")).to_be_visible()
    page.locator("summary").get_by_text("Task and zone").first.click()

    found = violations(page) if size == "desktop" else []  # it looks at both sizes

    assert found == []
    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert too_wide(page) == []
    assert hosts == {urlsplit(running.url).netloc}
    assert errors == []


def test_a_card_draws_its_motion_marks_the_demanding_part_and_says_one_thing(
    open_page: OpenPage,
) -> None:
    page = open_page()
    go(page)

    card = page.get_by_role("region", name=re.compile("unloading, dock 3"))
    expect(card.get_by_role("img", name=re.compile("84° forward in 3.2 s"))).to_be_visible()
    expect(card.locator("path.demanding")).to_have_attribute("d", re.compile("^M.*L"))
    expect(card.get_by_text("Most of it is the lean: 84° forward.")).to_be_visible()
    expect(card.get_by_text("a step higher", exact=False)).to_be_visible()
    expect(card.get_by_text("48 of 100, higher is more demanding")).to_be_visible()
    expect(card.get_by_role("listitem")).to_have_count(4)

    untraced = page.get_by_text("The motion of this lift is not kept any more.")
    expect(untraced.first).to_be_visible()


def test_filters_stand_in_the_address_and_a_tag_is_kept_as_text(open_page: OpenPage) -> None:
    page = open_page()
    go(page)

    page.get_by_role("combobox", name="Task", exact=True).first.select_option("unloading")
    expect(page.get_by_text("1, newest first.")).to_be_visible()
    assert page.url == re.sub(r"\?.*", "?task=unloading", page.url)
    page.reload()
    expect(page.get_by_text("1, newest first.")).to_be_visible(timeout=10_000)
    page.locator("summary").get_by_text("Task and zone").click()
    card = page.get_by_role("region", name=re.compile("unloading"))
    card.get_by_label("Zone", exact=True).fill(HOSTILE)
    card.get_by_label("Zone", exact=True).press("Enter")
    expect(card.get_by_role("status").get_by_text("Kept.")).to_be_visible()
    expect(card.get_by_role("heading", name=HOSTILE)).to_be_visible()
    page.get_by_role("link", name="Clear these").click()
    with page.expect_download() as rows:
        page.get_by_role("link", name="Lifts as CSV").click()

    assert HOSTILE in rows.value.path().read_text("utf-8").replace('""', '"')
    assert page.evaluate("window.hacked") is None


def test_times_the_wrong_way_round_are_said_to_be_so(open_page: OpenPage) -> None:
    page = open_page()
    go(page)
    page.get_by_label("From", exact=True).fill("23:00")
    page.get_by_label("To", exact=True).fill("10:00")

    expect(page.get_by_text("The first time is not before the second")).to_be_visible()


def test_a_day_without_lifts_says_so(open_page: OpenPage, running: Running) -> None:
    page = open_page()

    page.goto(f"{running.url}#/lifts/2020-02-03?from=99:99&task=none")

    expect(page.get_by_text("No bend like a lift was seen on this day.")).to_be_visible()
    expect(page.get_by_text("Put the sensor on.", exact=False).first).to_be_visible()
