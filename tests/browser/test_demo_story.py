"""The demo's story in a real browser, beside the real server."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backwatch.tour import PACE
from dashboard.demo import Act, Demo, Earlier
from monitor.store import Store
from tests.browser.running import Running
from tests.browser.test_now import every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@dataclass
class Told:
    """What the demo tells, as the test has it; the act lasts."""

    earlier: Earlier = field(default_factory=lambda: Earlier(12, 4, 0.5))
    act: str = "walk"

    def tour(self) -> list[Act]:
        now_ms = time.time_ns() // 1_000_000
        return [
            Act("stand", now_ms - 20_000, now_ms - 5_000),
            Act(self.act, now_ms - 5_000, now_ms + 9_000),
            Act("sit", now_ms + 9_000, now_ms + 20_000),
        ]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def running(store: Store, tmp_path: Path, told: Told) -> Iterator[Running]:
    demo = Demo(lambda: told.earlier, told.tour, PACE)
    running = Running(store, tmp_path / "page.key", demo=demo)
    running.start()
    yield running
    running.stop()


@every_size
def test_the_page_follows_the_tour_and_the_days_that_are_made(
    open_page: OpenPage, told: Told, size: str
) -> None:
    page = open_page(size, bypass_csp=True)
    card = page.get_by_role("region", name="Demo: a simulated person")
    expect(card).to_contain_text("Steps are told from the motion alone.")
    expect(card.get_by_role("progressbar")).to_have_attribute("value", "0.375")
    expect(card).to_contain_text("4 of 12 made")
    card.locator("summary", has_text="Told sooner in this tour").click()
    expect(card.get_by_role("row", name="Leaning forward for")).to_contain_text("12 s")
    expect(card.get_by_role("row", name="Leaning forward for")).to_contain_text("1 min")
    found = violations(page) if size == "desktop" else []  # it looks at both sizes
    told.act, told.earlier = "slouch", Earlier(12, 12, 0.0)

    expect(card.locator("[aria-current=step]")).to_contain_text("Slouching for a while")
    expect(card).to_contain_text("12 simulated days lie before today.")
    expect(card.get_by_role("progressbar")).to_have_count(0)
    card.get_by_role("link", name="Look at them in History").click()
    expect(page.get_by_role("navigation").locator("[aria-current=page]")).to_have_text("History")
    assert found == []


def test_days_that_are_not_made_any_more_are_said_so(open_page: OpenPage, told: Told) -> None:
    told.earlier = Earlier(12, 3, 0.0, stopped=True)
    page = open_page()

    card = page.get_by_role("region", name="Demo: a simulated person")
    expect(card).to_contain_text("3 of 12 made. The rest follow at the next start.")
