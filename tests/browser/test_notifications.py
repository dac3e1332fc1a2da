"""Notifications of the browser: asked for on a click, shown only while the page is out of sight."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitor.model import NS_PER_S, Activity, Alert, Posture, Severity
from monitor.store import Store
from tests.browser.running import Running
from tests.browser.test_now import at_work

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body }) => [title, body]);
}"""
SIGHT = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def coached() -> bool:
    return True


def shown(page: Page, count: int) -> list[list[str]]:
    """The notifications on the screen, once there are so many."""
    found: list[list[str]] = []
    for _ in range(50):
        found = page.evaluate(SHOWN)
        if len(found) == count:
            break
        page.wait_for_timeout(100)
    return found


def raised(running: Running, rule: str = "lift") -> Alert:
    now_ns = time.time_ns()
    alert = Alert(now_ns, rule, Severity.HIGH, now_ns - NS_PER_S, "desk/1", {})
    running.alert(alert)
    return alert


def channels(page: Page) -> list[Any]:
    """Where each alert of today was told, the latest first."""
    found: list[Any] = page.evaluate(
        """async () => {
          const { alerts } = await (await fetch("/api/alerts")).json();
          const whys = alerts.map(async ({ id }) =>
            (await (await fetch(`/api/alerts/${id}/why`)).json()).decisions);
          return (await Promise.all(whys)).map((all) => all.at(-1)?.channels ?? []);
        }"""
    )
    return found


def test_they_come_while_the_page_is_out_of_sight_and_are_kept_as_told_there(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page(permissions=["notifications"])
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    raised(running)
    expect(page.get_by_text("A demanding bend").first).to_be_visible()
    in_sight = page.evaluate(SHOWN)

    page.evaluate(SIGHT, "hidden")
    page.wait_for_timeout(300)  # what it said of itself has arrived
    raised(running, "fall")
    out_of_sight = shown(page, 1)
    page.evaluate(SIGHT, "visible")
    back = shown(page, 0)
    page.wait_for_timeout(1200)  # decisions are kept once a second

    assert in_sight == []
    assert out_of_sight == [
        ["A movement like a fall", "Are you all right? Call someone if you are not."]
    ]
    assert back == []
    assert [sorted(one) for one in channels(page)] == [["browser", "page"], ["page"]]


def test_a_reminder_goes_away_once_the_person_has_moved(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page(permissions=["notifications"])
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    page.evaluate(SIGHT, "hidden")
    page.wait_for_timeout(300)

    raised(running, "slouch")
    told = shown(page, 1)
    running.state(Activity.STAND, Posture.NEUTRAL)
    after = shown(page, 0)

    assert [title for title, _ in told] == ["Leaning forward for most of the last minutes"]
    assert after == []


def test_what_is_shown_goes_away_once_all_is_erased(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page(permissions=["notifications"])
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    expect(page.get_by_text("Sitting").first).to_be_visible()
    page.evaluate(SIGHT, "hidden")
    page.wait_for_timeout(300)

    raised(running, "fall")
    told = shown(page, 1)
    expect(page.get_by_text("A movement like a fall").first).to_be_attached()
    page.evaluate(
        """async () => fetch("/api/privacy/erase", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ what: "everything", confirm: "erase everything" }),
        })"""
    )
    after = shown(page, 0)

    assert len(told) == 1
    assert after == []
    expect(page.get_by_text("A movement like a fall")).to_have_count(0)


def test_the_browser_is_asked_on_a_click_alone_and_what_it_answers_is_said(
    open_page: OpenPage, store: Store
) -> None:
    del store
    page = open_page()
    page.add_init_script(
        """window.asked = 0;
        window.answer = "default";
        Object.defineProperty(Notification, "permission", { get: () => window.answer });
        Notification.requestPermission = async () => {
          window.asked++;
          window.answer = "denied";
        };"""
    )
    page.reload()
    page.get_by_role("navigation").get_by_role("link", name="Settings").click()
    expect(page.get_by_text("Not allowed in this browser yet.")).to_be_visible()
    before = page.evaluate("window.asked")

    page.get_by_role("button", name="Allow in this browser").click()
    expect(page.get_by_text("This browser blocks them.")).to_be_visible()
    page.get_by_label("browser notification").uncheck()
    expect(page.get_by_text("None are shown by the browser.")).to_be_visible()

    assert (before, page.evaluate("window.asked")) == (0, 1)
