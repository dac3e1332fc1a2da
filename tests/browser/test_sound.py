"""The optional sound of an alert: only where it was switched on."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.model import Alert, Severity
from tests.browser.running import Running
from tests.browser.test_now import at_work

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]

# Every tone that a page starts, with whether it can be heard.
LISTEN = """() => {
  const said = document.documentElement.dataset;
  said.tones = "";
  const start = AudioScheduledSourceNode.prototype.start;
  AudioScheduledSourceNode.prototype.start = function (...when) {
    said.tones += `${this.context.state} `;
    return start.apply(this, when);
  };
}"""


@pytest.fixture
def coached() -> bool:
    return True


def fall(page: Page, running: Running) -> None:
    """An alert that is told whatever is set; the page asks whether a sound is wanted."""
    now_ns = time.time_ns()
    with page.expect_response("**/api/settings"):
        running.alert(Alert(now_ns, "fall", Severity.HIGH, now_ns, "desk/1", {"peak_g": 3.0}))


def heard(page: Page, states: str) -> None:
    """Each tone so far, with the state of what plays it."""
    expect(page.locator("html")).to_have_attribute("data-tones", states)


def switch_sound(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Settings").click()
    with page.expect_response("**/api/settings/page_sound"):
        page.get_by_role("switch", name="Sound on the page").click()


def test_an_alert_sounds_once_where_that_was_switched_on_and_else_not(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    page.evaluate(LISTEN)
    fall(page, running)
    switch_sound(page)
    fall(page, running)
    heard(page, "running ")
    switch_sound(page)
    fall(page, running)
    switch_sound(page)
    fall(page, running)
    heard(page, "running running ")
