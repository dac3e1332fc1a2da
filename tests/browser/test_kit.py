"""A code on a shared sensor leads to its form: taken, brought back, handed over, erased."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES
from tests.browser.running import Running
from tests.browser.test_now import at_work, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def coached() -> bool:
    return True


def scan(page: Page, running: Running, rest: str = "AA%3ABB") -> None:
    """As a phone's camera does."""
    page.goto(f"{running.url}#/kit/{rest}")


def test_a_shift_goes_round_and_nothing_is_erased_before_the_file_was_made(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    scan(page, running)
    expect(page.get_by_text("Not for discipline, pay, hiring")).to_be_visible()
    page.get_by_role("button", name="Take this kit").click()
    expect(page.get_by_text("A number or a word is needed.")).to_be_visible()
    page.get_by_label("Number or word").fill("<b>17</b>")
    page.get_by_role("button", name="Take this kit").click()
    expect(page.get_by_text("Lent to <b>17</b>")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Erase it here").click()
    expect(page.get_by_text("was not made yet")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save all of it").click()
    taken = Path(download.value.path()).read_bytes()
    page.get_by_role("button", name="Erase it here").click()
    expect(page.get_by_text("say that the file is saved")).to_be_visible()
    page.get_by_label("I have the file").check()
    page.get_by_role("button", name="Erase it here").click()
    expect(page.get_by_text("It is erased here.")).to_be_visible()

    assert "README.txt" in zipfile.ZipFile(io.BytesIO(taken)).namelist()
    expect(page.get_by_role("button", name="Take this kit")).to_be_visible()


def test_the_form_is_accessible_in_each_of_its_states(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page("phone", bypass_csp=True)
    scan(page, running)
    found = []
    for name in ("Take this kit", "Bring it back", "Erase it here, for good"):
        button = page.get_by_role("button", name=name)
        expect(button).to_be_visible()
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]
        if name == "Take this kit":
            page.get_by_label("Number or word").fill("17")
        button.click()

    assert found == []


def test_a_code_that_cannot_be_read_leads_to_the_list(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    scan(page, running, "%E0%A4%A")

    expect(page.get_by_text("No sensor was lent yet.")).to_be_visible()
