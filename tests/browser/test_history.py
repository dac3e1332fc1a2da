"""Days, weeks, months and years in a real browser, and what a person says of a stretch."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.store import Store
from tests.browser.conftest import SIZES, ZONE, too_small
from tests.browser.day import store_day, store_doses
from tests.browser.running import Running
from tests.browser.test_now import every_size, violations
from tests.browser.year import store_year

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
READY = {  # what is there once a view has heard from the server
    "day": "Posture variation",
    "week": "When does it happen?",
    "month": "The month",
    "year": "Month by month",
}


def live(store: Store, now_ns: int) -> None:
    """A year."""
    store_year(store, now_ns, ZONE)
    store_day(store, now_ns)
    store_doses(store, now_ns)


def go(page: Page, view: str = "day") -> None:
    page.get_by_role("navigation").get_by_role("link", name="History").click()
    if view != "day":
        page.get_by_role("link", name=view.capitalize(), exact=True).click()
    expect(page.get_by_role("heading", name=READY[view], exact=True).first).to_be_visible()


def chosen_by_drag(page: Page, start: float, stop: float) -> None:
    """From one share of the ribbon's width to another."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + stop * box["width"], y, steps=4)
    page.mouse.up()


@every_size
def test_every_view_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, size: str
) -> None:
    page = open_page(size)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    for view in READY:
        go(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], view
        assert too_small(page) == [], view

    assert complaints == []
    assert hosts == {urlsplit(running.url).netloc}


def test_a_day_of_the_week_to_come_is_no_day_without_data(open_page: OpenPage) -> None:
    today = datetime.now(ZONE)
    page = open_page()
    go(page, "week")

    # Beside its ribbon and in the table.
    expect(page.get_by_text("to come", exact=True)).to_have_count(2 * (6 - today.weekday()))
    expect(page.get_by_role("img", name="This day is still to come.")).to_have_count(
        6 - today.weekday()
    )
    expect(page.get_by_role("row").filter(has_text="to come")).to_have_count(6 - today.weekday())


def test_every_view_is_accessible(open_page: OpenPage) -> None:
    page = open_page(bypass_csp=True)
    found = {}

    for view in READY:
        go(page, view)
        if view == "day":
            chosen_by_drag(page, 0.2, 0.4)
            page.get_by_role("button", name="I was standing", exact=True).click()
            expect(page.get_by_text("What you said", exact=True)).to_be_visible()
            page.get_by_text("Show as a table").click()
        found[view] = violations(page)

    assert found == {view: [] for view in READY}


def test_a_stretch_is_corrected_by_drag_shown_as_said_and_undone(open_page: OpenPage) -> None:
    page = open_page()
    go(page)
    standing = page.get_by_role("listitem").filter(has_text=re.compile("^Standing"))
    measured = standing.inner_text()
    habits = page.get_by_role("table", name="Habits")
    seated = habits.get_by_role("row", name=re.compile("^Seated,")).get_by_role("cell")
    seated_as_measured = seated.inner_text()

    chosen_by_drag(page, 0.2, 0.45)
    page.get_by_role("button", name="I was standing", exact=True).click()
    expect(page.get_by_text("Kept. The day counts it.")).to_be_visible()
    expect(standing).not_to_have_text(measured)
    expect(seated).not_to_have_text(seated_as_measured)
    page.get_by_text("Show as a table").click()
    expect(page.get_by_text("you said so").first).to_be_visible()
    with page.expect_download() as rows:
        page.get_by_role("link", name=re.compile(r"as CSV$")).first.click()
    said = [
        row["activity"]
        for row in csv.DictReader(rows.value.path().read_text("utf-8").splitlines())
        if row["corrected"] == "True"
    ]
    assert said
    assert set(said) == {"stand"}
    page.get_by_role("button", name=re.compile("^Undo: I was standing")).click()

    expect(standing).to_have_text(measured)
    expect(seated).to_have_text(seated_as_measured)
    expect(page.get_by_text("What you said", exact=True)).to_have_count(0)


def test_a_stretch_is_corrected_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("navigation").get_by_role("link", name="History").press("Enter")
    ribbon = page.get_by_role("application")
    ribbon.focus()
    axis = page.locator(".axis").first
    whole = axis.text_content() or ""

    ribbon.press("ArrowRight")
    ribbon.press("ArrowRight")
    expect(page.locator("p[role=status].spoken")).to_contain_text("Sitting upright, ")
    ribbon.press("+")
    ribbon.press("+")
    expect(axis).not_to_have_text(whole)
    ribbon.press("Home")
    expect(axis).to_have_text(whole)
    for _ in range(40):
        if page.evaluate("document.activeElement.textContent.trim()") == "I was not wearing it":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("I was not wearing it, ", exact=False)).to_be_visible()
    expect(page.locator("i.not_worn").first).to_be_visible()


def test_times_that_are_none_of_the_day_are_refused_in_words(open_page: OpenPage) -> None:
    page = open_page()
    go(page)

    page.get_by_role("button", name="I was sitting", exact=True).click()
    expect(page.get_by_text("Give two times of this day, the earlier one first.")).to_be_visible()
    page.get_by_label("From", exact=True).fill("23:50")
    page.get_by_label("From", exact=True).press("Tab")
    page.get_by_label("To", exact=True).fill("23:58")
    page.get_by_label("To", exact=True).press("Tab")
    page.get_by_role("button", name="I was sitting", exact=True).click()

    expect(page.get_by_text("it ends in the future", exact=False)).to_be_visible()


def test_hours_of_a_week_are_a_table_and_what_was_not_seen_is_no_zero(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "week")
    page.get_by_role("link", name="The week before").click()
    table = page.get_by_role("table", name=re.compile("^Slouched, share of each hour"))

    expect(table.get_by_role("columnheader", name="Day")).to_be_visible()
    expect(table.get_by_role("rowheader")).to_have_count(7)
    sunday = table.get_by_role("row", name=re.compile("^Sun"))
    cells = sunday.get_by_role("cell")
    assert set(cells.all_inner_texts()) == {"no data"}
    assert "heat-none" in (cells.first.get_attribute("class") or "")
    page.get_by_label("Show", exact=True).select_option("feet")

    expect(page.get_by_text("Standing or walking, share of each hour.").first).to_be_visible()


def test_every_view_has_an_address_and_leads_back(open_page: OpenPage, running: Running) -> None:
    page = open_page()
    today = datetime.now(ZONE).date()
    go(page, "month")
    assert page.url == f"{running.url}#/history/month"  # of today, whichever day that is
    with page.expect_download() as rows:
        page.get_by_role("link", name=re.compile(r"\d as CSV$")).click()
    listed = rows.value.path().read_text("utf-8").splitlines()

    page.get_by_role("link", name="The month before").click()
    before = (today.replace(day=1) - timedelta(days=1)).strftime("%B %Y")
    expect(page.get_by_role("heading", name=before, exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=before, exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=today.strftime("%B %Y"), exact=True)).to_be_visible()
    page.goto(f"{running.url}#/history/year/2019-01-01")
    expect(page.get_by_text("Nothing was measured in this year.")).to_be_visible()
    page.get_by_role("link", name="Go there").click()

    expect(page.get_by_role("heading", name="Month by month")).to_be_visible()
    assert listed[0].startswith("date,")
    assert len(listed) > 28


def test_a_year_has_percentiles_and_its_exposure_as_rows(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "year")
    percentiles = page.get_by_role("table", name="Percentiles")

    expect(percentiles.get_by_role("row", name=re.compile(r"^50 %.*°"))).to_be_visible()
    with page.expect_download() as rows:
        page.get_by_role("link", name="Exposure as CSV").click()

    found = csv.DictReader(rows.value.path().read_text("utf-8").splitlines())
    listed = {row["what"]: row for row in found}
    assert float(listed["lean_percentiles_deg.p50"]["value"]) > 0
    assert "/" in listed["worn_s"]["date"]


def test_each_view_asks_once_for_what_it_shows(open_page: OpenPage) -> None:
    page = open_page()
    go(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))

    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.get_by_role("heading", name=READY["week"], exact=True)).to_be_visible()

    assert asked.count("/api/week") == 1


def test_an_address_that_means_nothing_is_today(open_page: OpenPage, running: Running) -> None:
    page = open_page()

    page.goto(f"{running.url}#/history/<img src=x onerror=alert(1)>/2026-99-99")

    expect(page.get_by_role("application")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


class TestLearning:
    """In front of the real path."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return Store(tmp_path / "backwatch.db", ZONE)

    @pytest.fixture
    def running(self, store: Store, tmp_path: Path) -> Iterator[Running]:
        interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
        running = Running(store, tmp_path / "page.key", pipeline=Pipeline(interpret))
        running.start()
        yield running
        running.stop()

    def test_the_filter_learns_from_what_was_said_of_the_last_minutes(
        self, open_page: OpenPage, running: Running
    ) -> None:
        running.stand_still(100, since_s=130)
        page = open_page()
        expect(page.get_by_text("Upright and still", exact=True)).to_be_visible()
        page.get_by_role("navigation").get_by_role("link", name="History").click()
        page.get_by_role("application").focus()

        page.keyboard.press("ArrowLeft")
        page.get_by_role("button", name="I was standing", exact=True).click()
        expect(page.get_by_text("What Backwatch sees now takes it into account.")).to_be_visible()
        running.stand_still(20)
        page.get_by_role("navigation").get_by_role("link", name="Now").click()

        expect(page.get_by_text("Standing", exact=True).first).to_be_visible()
