"""What is pressed by key may go or wait for its answer; the focus stays or goes to its heading."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import ZONE
from tests.browser.day import store_day, store_journal
from tests.browser.running import Running

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
TITLE = "h2.page-title"


@pytest.fixture
def coached() -> bool:
    return True


def live(store: Store, now_ns: int) -> None:
    """A day."""
    store_day(store, now_ns)
    store_journal(store, now_ns)


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    page.get_by_role(role, name=name, exact=True).first.press("Enter")


def at(page: Page, name: str) -> None:
    """On another page of the same."""
    page.evaluate(f"location.hash = '#/{name}'")


def test_the_focus_is_never_lost_to_what_was_pressed(open_page: OpenPage, running: Running) -> None:
    running.connect()
    page = open_page()
    focused = page.locator(":focus")

    at(page, "history")
    then = datetime.now(ZONE) - timedelta(minutes=30)
    page.get_by_label("From").fill(f"{then - timedelta(minutes=10):%H:%M}")
    page.get_by_label("To", exact=True).fill(f"{then:%H:%M}")
    press(page, "I was standing")
    expect(page.get_by_text("Kept. The day counts it.")).to_be_visible()
    expect(focused).to_have_text("I was standing")
    press(page, re.compile("^Undo: I was standing"))
    expect(page.get_by_text("What you said", exact=True)).to_have_count(0)
    expect(focused).to_have_id("correct-heading")
    press(page, "Zoom in")
    press(page, "Zoom out")
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()
    expect(focused).to_have_text("Zoom out")

    at(page, "alerts")
    press(page, "15 min")
    press(page, "End the snooze")
    expect(page.get_by_role("button", name="End the snooze")).to_have_count(0)
    expect(focused).to_have_id("reminders-heading")
    expect(focused).to_be_in_viewport()

    at(page, "settings")
    seated = page.get_by_label("Seated without a break for", exact=True)
    seated.fill("25")
    seated.press("Enter")
    press(page, re.compile("^Back to the default: Seated"))
    expect(seated).to_be_focused()

    at(page, "check-in")
    press(page, "Switch it on")
    expect(page.get_by_role("button", name="Switch it on")).to_have_count(0)
    expect(focused).to_have_id("movements-heading")
    press(page, "Bend forward")
    expect(page.get_by_role("button", name="Bend forward")).to_have_count(0)
    expect(focused).to_have_id("movements-heading")
    press(page, "Stop")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(focused).to_have_id("movements-heading")

    at(page, "trial")
    press(page, "Draw it and start")
    expect(page.get_by_role("button", name="Draw it and start")).to_have_count(0)
    expect(page.locator(TITLE)).to_be_focused()

    at(page, "report")
    press(page, "Week before")
    press(page, "Week after")
    expect(page.get_by_role("button", name="Week after")).to_be_disabled()
    expect(focused).to_have_text("Week after")

    at(page, "privacy")
    page.get_by_label("Everything", exact=True).check()
    wanted = (
        page.get_by_text("To erase it, type: ").inner_text().removeprefix("To erase it, type: ")
    )
    page.locator("#erase-word").fill(wanted)
    press(page, "Erase it for good")
    expect(page.get_by_text("is erased.")).to_be_visible()
    expect(focused).to_have_text("Erase it for good")


def test_the_focus_of_who_has_left_stays_where_they_went(open_page: OpenPage) -> None:
    page = open_page()
    at(page, "alerts")
    end = page.get_by_role("button", name="End the snooze")
    press(page, "15 min")
    end.focus()
    field = page.get_by_role("switch").first
    field.focus()

    page.request.post(
        page.url.split("#")[0] + "api/coaching/snooze",
        data={"minutes": 0},
        headers={"Origin": page.url.split("/#")[0]},
    )

    expect(end).to_have_count(0, timeout=8000)
    expect(field).to_be_focused()
