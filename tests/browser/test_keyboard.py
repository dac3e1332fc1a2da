"""Every page by keyboard alone: each thing to press is reached, seen and named, and left again."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import SIZES
from tests.browser.day import store_day, store_doses, store_journal
from tests.browser.running import Running
from tests.browser.test_now import at_work

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
MOST_STOPS = 150  # of a page; more is a trap, or too many to walk through
FOCUSED = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const box = at.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + Math.min(box.height, 20) / 2;
  const top = document.elementFromPoint(x, y);
  const labels = [...(at.labels ?? [])].map((label) => label.innerText).join(" ");
  const by = document.getElementById(at.getAttribute("aria-labelledby"))?.innerText ?? "";
  return {
    name: (at.ariaLabel || labels || by || at.innerText || at.title || "").trim(),
    what: at.outerHTML.slice(0, 120),
    covered: top !== null && ![at, ...(at.labels ?? [])].some((one) => one.contains(top)),
    inSight: x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight,
    outlined: getComputedStyle(at).outlineStyle !== "none" || at.id === "content",
  };
}"""
READY = {  # what is there once a page has heard from the server
    "Now": "Today's alerts",
    "Alerts": "Reminders are on.",
    "History": "Say what it was",
    "Lifts": "like a lift",
    "Check-in": "What you noted",
    "Trial": "Start a trial",
    "Report": "Day by day",
    "Sensors": "How it sits",
    "Settings": "Thresholds",
    "Privacy": "What is in the database",
}
TO_PRESS = "main :is(button:enabled, a[href], input:enabled, select, summary):visible"


@pytest.fixture
def coached() -> bool:
    return True


def live(store: Store, now_ns: int) -> None:
    """A day."""
    store_day(store, now_ns)
    store_journal(store, now_ns)
    store_doses(store, now_ns)


def walked(page: Page) -> list[dict[str, Any]]:
    """What Tab leads to from the content on, until the page is left."""
    page.locator("#content").focus()
    stops: list[dict[str, Any]] = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"after {MOST_STOPS} stops the page is not left: {stops[-3:]}")


def settled(page: Page) -> list[dict[str, Any]]:
    """As `walked`, once nothing was added to the page on the way and it grew no longer."""
    pressable = page.locator(TO_PRESS)

    def laid_out() -> tuple[int, int]:
        return pressable.count(), page.evaluate("document.documentElement.scrollHeight")

    for _ in range(5):
        before, stops = laid_out(), walked(page)
        if before[0] and laid_out() == before:
            break
    return stops


@pytest.mark.parametrize("zoom", [1, 2])  # with 2 it has the layout of a phone, and less height
def test_every_page_is_walked_through_and_left_again(
    open_page: OpenPage, running: Running, zoom: int
) -> None:
    at_work(running)
    page = open_page()
    width, height = SIZES["desktop"]
    page.set_viewport_size({"width": width // zoom, "height": height // zoom})
    links = page.locator("nav a")
    wrong: dict[str, list[object]] = {}

    for number in range(links.count()):
        link = links.nth(number)
        name = (link.text_content() or "").strip()
        if not link.is_visible():
            page.get_by_role("button", name="More").press("Enter")
        link.press("Enter")
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.get_by_text(READY[name]).first).to_be_visible()
        stops = settled(page)
        found: list[object] = [
            stop
            for stop in stops
            if not (stop["name"] and stop["inSight"] and stop["outlined"]) or stop["covered"]
        ]
        # Of a group of radio buttons one is a stop; links of the footer are stops, too.
        radios = page.locator("main input[type=radio]:visible").count()
        wanted = page.locator(TO_PRESS).count() - max(0, radios - 1)
        if len(stops) < wanted:
            found.append(f"{len(stops)} stops for {wanted} things to press")
        if found:
            wrong[name] = found

    assert wrong == {}
