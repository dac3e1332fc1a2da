"""Takes the pictures in docs/pictures: `python -m tests.browser.pictures FOLDER [developer]`.

They are of a session as `backwatch demo` runs it: a simulated sensor is heard now, and behind it
lies a year of simulated days. All of it was read by the path, so that all numbers agree.
"""

import argparse
import os
import re
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from monitor.store import Store
from tests.browser import lived
from tests.browser.conftest import FLAGS, SIZES
from tests.browser.day import afternoon_zone, zone_name
from tests.browser.demo import Demo, running_demo

PAGES = (
    *("alerts", "history", "history/week", "history/month", "history/year", "lifts"),
    *("check-in", "trial", "report", "sensors", "settings", "privacy"),
)
LOOKS = (("desktop", "light"), ("phone", "dark"))  # of the pages beside Now
PAUSE_MS = 900  # for what a page asks for after it is there
PATIENT_MS = 60_000  # for what a whole demo takes on a busy machine
SLOUCHED_MS = 180_000  # within which the simulated person slouches
SOME_LIFTS = "10:25"  # from when on those of today are shown
STAYS_MS = 130_000  # for which they have slouched when the first picture is taken


def shoot(page: Page, path: Path) -> None:
    """The whole page; in a window as tall, so that what is fixed to an edge lies over nothing."""
    for where in page.locator("td.path").all():  # the folder of these pictures is nobody's
        where.evaluate("cell => { cell.textContent = cell.textContent.replace(/^.*[/]/, '…/') }")
    assert page.viewport_size is not None
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, tall)})
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": height})


def take(browser: Browser, folder: Path, kept: Path) -> None:
    """Pictures of Now for each size and theme, of the others in `LOOKS`."""
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch) / "backwatch.db")
        today = datetime.now().astimezone().date()
        lived.live_before(store, kept, today)
        lived.speak(store, time.time_ns())
        end = datetime.now() + timedelta(seconds=lived.TO_MAKE_S)
        lived.live_today(store, end)
        time.sleep(max(0.0, end.timestamp() - time.time()))  # until then has come
        with lived.living(store, today) as now:
            demo = Demo(now.link, Path(scratch), browser)
            for size, theme in [(size, theme) for size in SIZES for theme in ("light", "dark")]:
                context = demo.look(size, theme)
                page = context.new_page()
                page.set_default_timeout(PATIENT_MS)
                page.goto(demo.url)
                page.get_by_role("button", name="I have read this").click()
                if (size, theme) == LOOKS[0]:
                    state = page.get_by_text("Sitting, slouched", exact=True)
                    state.wait_for(timeout=SLOUCHED_MS)
                    page.wait_for_timeout(STAYS_MS)
                page.get_by_text("Sitting, slouched", exact=True).wait_for()
                page.wait_for_timeout(PAUSE_MS)
                shoot(page, folder / f"now-{size}-{theme}.png")
                for name in PAGES if (size, theme) in LOOKS else ():
                    page.goto(f"{demo.url}/#/{name}")
                    page.wait_for_timeout(PAUSE_MS)
                    page.evaluate("document.activeElement.blur()")  # the heading, by now
                    prepare(page, name)
                    page.wait_for_timeout(PAUSE_MS)
                    shoot(page, folder / f"{name.replace('/', '-')}-{size}-{theme}.png")
                context.close()


def prepare(page: Page, name: str) -> None:
    """Open what a picture of the page is to show."""
    if name == "alerts":
        page.get_by_role("button", name=re.compile(r"^Why\? Leaning")).first.click()
    if name == "check-in":
        page.get_by_role("button", name="Stiffness 3").click()
        for card in ("Child's pose", "Glute bridge", "Cat and cow"):
            page.get_by_text(card, exact=True).click()
    if name == "lifts":
        page.get_by_label("From").fill(SOME_LIFTS)
        page.get_by_label("From").blur()
    if name == "history":
        page.get_by_role("application").focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")


def take_developer(browser: Browser, folder: Path) -> None:
    """The views for developers, of a whole demo in `LOOKS`: a tape is played, faults are on."""
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch), browser) as demo:
        for size, theme in LOOKS:
            context = demo.look(size, theme)
            page = context.new_page()
            page.set_default_timeout(PATIENT_MS)
            page.goto(f"{demo.url}/#/developer/recorded")
            if (size, theme) == LOOKS[0]:
                record = page.get_by_role("switch", name="Record")
                record.click()
                page.get_by_text(re.compile(r", [6-9]\d kB so far")).wait_for()
                record.click()
            page.get_by_role("button", name=re.compile("^5 ")).click()
            page.get_by_role("button", name=re.compile("^Play the tape")).first.click()
            page.get_by_text("Playing.").wait_for()
            page.wait_for_timeout(2 * PAUSE_MS)
            page.locator(".path").evaluate(
                "span => { span.textContent = span.textContent.replace(/^.*[/]/, '…/') }"
            )
            shoot(page, folder / f"developer-recorded-{size}-{theme}.png")
            page.goto(f"{demo.url}/#/developer/faults")
            for name in ("lost-frames", "slipped"):
                page.get_by_label("Fault", exact=True).select_option(name)
                if (size, theme) == LOOKS[0]:
                    page.get_by_role("button", name="Begin").click()
                    page.get_by_role("button", name=f"Clear {name}").wait_for()
            shoot(page, folder / f"developer-faults-{size}-{theme}.png")
            page.goto(f"{demo.url}/#/developer")
            page.get_by_role("heading", name="Stages:").wait_for()
            page.wait_for_timeout(2 * PAUSE_MS)
            shoot(page, folder / f"developer-{size}-{theme}.png")
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the pictures")
    parser.add_argument("which", nargs="?", choices=("all", "pages", "developer"), default="all")
    parser.add_argument("--kept", type=Path, help="where days that were made are kept")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    os.environ["TZ"] = zone_name(afternoon_zone(datetime.now(UTC)))  # so that today is long enough
    time.tzset()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        executable = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        if args.which != "developer":
            take(browser, args.folder, args.kept or Path(scratch))
        if args.which != "pages":
            take_developer(browser, args.folder)
        browser.close()


if __name__ == "__main__":
    main()
