"""What is opened while Backwatch is away is there once it is back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import Running

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
UNANSWERED = "Backwatch did not answer as it should. Try again."
# What each page says of what the server told it.
PAGES = {
    "settings": "Between two posture reminders",
    "report": "Day by day",
    "trial": "Draw it and start",
    "check-in": "Ten slow bends",
    "privacy": "Erase it for good",
    "developer": "Stages:",
}


def test_every_page_opened_while_the_server_was_away_is_filled_when_it_is_back(
    open_page: OpenPage, running: Running
) -> None:
    first = open_page()
    pages = {"settings": first}
    for name in list(PAGES)[1:]:
        pages[name] = first.context.new_page()
        pages[name].set_default_timeout(10_000)
        pages[name].goto(running.url)
        pages[name].get_by_role("heading", name="Today", exact=True).wait_for()
    running.stop()
    for name, page in pages.items():
        expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
        page.evaluate(f"location.hash = '#/{name}'")
        expect(page.locator("main").get_by_text(UNANSWERED).first).to_be_visible()

    running.start()
    for page in pages.values():
        page.evaluate("dispatchEvent(new Event('online'))")

    for name, page in pages.items():
        expect(page.locator("main")).to_contain_text(PAGES[name])
        expect(page.locator("main").get_by_text(UNANSWERED)).to_have_count(0)
        assert "did not answer" not in page.locator("main").inner_text(), name
