"""Days and clock times are those of where Backwatch runs, not those of a browser elsewhere."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from monitor.store import Store
from tests.browser.conftest import ZONE
from tests.browser.day import store_day
from tests.browser.running import Running

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
# Hours from where the store keeps its days; it is afternoon there, so the date is another one.
FAR_H = -15 if ZONE.utcoffset(None) > timedelta(0) else 12


def live(store: Store, now_ns: int) -> None:
    """A day."""
    store_day(store, now_ns)


def zone_h() -> int:
    return round(ZONE.utcoffset(None) / timedelta(hours=1))


@pytest.fixture
def far_page(chromium: Browser, running: Running) -> Iterator[Page]:
    """In a browser of another zone and another language."""
    far = f"Etc/GMT{-(zone_h() + FAR_H):+d}"
    context = chromium.new_context(timezone_id=far, locale="fa-IR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(running.new_link())
    yield page
    context.close()


def test_a_browser_in_another_zone_shows_the_day_of_the_server(far_page: Page) -> None:
    here = datetime.now(ZONE)
    far_page.get_by_role("heading", name="Today", exact=True).wait_for()
    now = far_page.get_by_text(re.compile(r"^\d\d:\d\d to \d\d:\d\d$")).inner_text()

    assert far_page.evaluate("new Date().getDate()") != here.day
    for name in ("history", "lifts"):
        far_page.evaluate(f"location.hash = '#/{name}'")
        expect(far_page.locator("input[type=date]")).to_have_value(here.date().isoformat())
        title = f"{here:%a} {here.day} {here:%b %Y}"
        expect(far_page.get_by_role("heading", name=title)).to_be_visible()
    far_page.evaluate("location.hash = '#/history'")
    expect(far_page.get_by_role("application")).to_be_visible()

    assert re.fullmatch(rf"\d\d:\d\d to {here.hour:02}:\d\d", now)


def test_a_correction_is_kept_at_the_times_of_the_server(far_page: Page, store: Store) -> None:
    far_page.evaluate("location.hash = '#/history'")
    at = datetime.now(ZONE) - timedelta(minutes=30)
    far_page.get_by_label("From").fill(f"{at - timedelta(minutes=10):%H:%M}")
    far_page.get_by_label("To", exact=True).fill(f"{at:%H:%M}")

    far_page.get_by_role("button", name="I was standing", exact=True).click()

    expect(far_page.get_by_text("Kept. The day counts it.")).to_be_visible()
    queries = store.queries(simulated=True)
    [said] = queries.corrections(queries.local_date(time.time_ns()))
    queries.close()
    assert said.stop_ns == round(at.replace(second=0, microsecond=0).timestamp()) * 10**9


@pytest.mark.parametrize("page_name", ["history", "lifts", "report"])
def test_a_page_left_open_over_midnight_goes_on_with_the_new_day(
    open_page: OpenPage, running: Running, page_name: str
) -> None:
    page = open_page()
    page.evaluate(f"location.hash = '#/{page_name}'")
    here = datetime.now(ZONE)
    expect(page.locator("main")).to_contain_text(re.compile(rf"\b{here.day}\b"))
    running.connect()

    def twelve_hours_on(route: Route) -> None:
        told = route.fetch().json()
        told["time_zone"] = f"{'+' if zone_h() + 12 >= 0 else '-'}{abs(zone_h() + 12):02}:00"
        route.fulfill(body=json.dumps(told), content_type="application/json")

    page.route("**/api/now", twelve_hours_on)
    asked = page.expect_request(re.compile(rf"date={(here + timedelta(hours=12)).date()}"))
    with asked:
        running.lose()

    if page_name != "report":
        tomorrow = (here + timedelta(hours=12)).date().isoformat()
        expect(page.locator("input[type=date]")).to_have_value(tomorrow)


def test_a_report_is_the_same_after_reloading(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("location.hash = '#/report'")
    page.get_by_role("button", name="A day", exact=True).click()
    page.get_by_role("button", name="Day before").click()
    told = page.locator("section p[role=status]")
    yesterday = datetime.now(ZONE) - timedelta(days=1)
    expect(told).to_contain_text(re.compile(rf"\b{yesterday.day}\b"))
    before = told.inner_text()

    page.reload()

    expect(told).to_have_text(before)
    expect(page.get_by_role("button", name="A day", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
