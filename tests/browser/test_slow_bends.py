"""Ten slow bends on the page of the check-in."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from monitor.model import MotionEvent
from monitor.pipeline import Step
from tests.browser.conftest import go_to
from tests.browser.running import Running
from tests.drill.test_drill import bend

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def coached() -> bool:
    return True


def bent_now(**numbers: float) -> Step:
    event: MotionEvent = bend(**numbers)
    now_ns = time.time_ns()
    return Step(events=[replace(event, start_ns=now_ns, stop_ns=now_ns, known_ns=now_ns)])


def test_each_is_told_in_numbers_and_they_are_kept_when_all_were_seen(
    open_page: OpenPage, running: Running
) -> None:
    running.connect()
    page = open_page()
    go_to(page, "Check-in")
    card = page.get_by_role("region", name="Ten slow bends")

    card.get_by_role("button", name="Begin").click()
    expect(card.get_by_text("bend forward slowly ten times")).to_be_visible()
    running.hear(bent_now(down=41.0, up=38.0))
    expect(card.get_by_role("status").first).to_have_text(
        re.compile("^60° forward, 41°/s down.*slow")
    )
    expect(card.get_by_role("button", name="Stop")).to_be_focused()
    for _ in range(9):
        running.hear(bent_now(down=90.0))

    expect(card.get_by_role("status").first).to_have_text(re.compile("^Kept: 1 of 10 slow"))
    expect(card.get_by_role("button", name="Begin")).to_be_focused()
    card.get_by_text("Earlier ones").click()
    expect(card.get_by_role("listitem")).to_have_text([re.compile("1 of 10 slow")])


def test_stopped_before_the_first_bend_nothing_is_kept(
    open_page: OpenPage, running: Running
) -> None:
    running.connect()
    page = open_page()
    go_to(page, "Check-in")
    card = page.get_by_role("region", name="Ten slow bends")
    card.get_by_role("button", name="Begin").click()
    card.get_by_role("button", name="Stop").click()

    expect(card.get_by_role("status").first).to_have_text(re.compile("nothing is kept"))
    expect(card.get_by_text("Earlier ones")).to_have_count(0)


def test_in_pain_mode_it_says_why_it_does_not_begin(open_page: OpenPage, running: Running) -> None:
    running.connect()
    page = open_page()
    go_to(page, "Check-in")
    page.get_by_role("switch", name="Pain mode").click()
    card = page.get_by_role("region", name="Ten slow bends")
    card.get_by_role("button", name="Begin").click()

    expect(card.get_by_text(re.compile("[Pp]ain mode is on; switch it off first"))).to_be_visible()
