"""Chromium, and a Backwatch for it to look at."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from monitor.store import Store
from tests.browser.day import afternoon_zone, store_day, store_sitting, zone_name
from tests.browser.running import Running

ROOT = Path(__file__).parents[2]
AXE = ROOT / "dashboard/ui/node_modules/axe-core/axe.min.js"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PRESSED = "button:visible, summary:visible, a[href]:visible:not(.skip)"
ZONE = afternoon_zone(datetime.now(UTC))

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session", autouse=True)
def _built_page() -> None:
    """The page of the sources that are here."""
    subprocess.run([sys.executable, "hatch_build.py"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")  # its event loop would be in the way of asynchronous tests
def chromium(_built_page: None) -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """What the module's `live` stores, made once; each test has its own copy."""
    live: Callable[[Store, int], None] | None = getattr(request.module, "live", None)
    if live is None:
        return None
    path = tmp_path_factory.mktemp("lived") / "backwatch.db"
    live(Store(path, ZONE), time.time_ns())
    return path


@pytest.fixture
def store(lived: Path | None, tmp_path: Path) -> Store:
    if lived is not None:
        for part in lived.parent.iterdir():
            shutil.copy(part, tmp_path)
    return Store(tmp_path / "backwatch.db", ZONE)


@pytest.fixture
def working_day(store: Store) -> None:
    """Today's data so far; asked for with `usefixtures`, which comes before `running`."""
    store_day(store, time.time_ns())


@pytest.fixture
def still_morning(store: Store) -> None:
    """Ten minutes of sitting without a lean, to be asked for in the same way."""
    store_sitting(store, time.time_ns())


@pytest.fixture
def coached() -> bool:
    """Whether a coach decides about alerts."""
    return False


@pytest.fixture
def running(store: Store, tmp_path: Path, coached: bool) -> Iterator[Running]:
    running = Running(store, tmp_path / "page.key", coached=coached)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def open_page(chromium: Browser, running: Running) -> Iterator[OpenPage]:
    """Opens the page with a session; options are those of a browser context."""
    contexts: list[BrowserContext] = []

    def open_page(size: str = "desktop", theme: str = "light", **options: object) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            timezone_id=zone_name(ZONE),
            locale="en-GB",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(running.new_link())
        page.get_by_role("heading", name="Today", exact=True).wait_for()
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:  # a request that a test answers may be on its way
            page.unroute_all(behavior="ignoreErrors")
        context.close()


def go_to(page: Page, name: str) -> None:
    """By the navigation, as a person does; on a phone some pages are behind a button."""
    pages = page.get_by_role("navigation")
    # The list is there at once, whatever else of the page is still to come.
    if not pages.get_by_role("link", name=name, exact=True).is_visible():
        pages.get_by_role("button", name="More").click()
    pages.get_by_role("link", name=name, exact=True).click()


def too_wide(page: Page) -> list[int]:
    """Widths at which the page scrolls sideways: 1280 px at 200 % and 400 % (WCAG 2.2, 1.4.10)."""
    before = page.viewport_size
    assert before is not None
    found = []
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 400})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    page.set_viewport_size(before)
    return found


def too_small(page: Page) -> list[object]:
    """What can be pressed and is no 44 px each way, with where it is."""
    boxes = [(one.inner_text(), one.bounding_box()) for one in page.locator(PRESSED).all()]
    return [b for b in boxes if b[1] is None or min(b[1]["height"], b[1]["width"]) < 43.9]
