"""Takes the pictures in docs/pictures: `python -m tests.browser.pictures FOLDER [developer]`."""

import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from monitor.model import Activity, Posture
from monitor.store import Store
from tests.browser.conftest import FLAGS, SIZES
from tests.browser.day import (
    afternoon_zone,
    store_day,
    store_doses,
    store_journal,
    store_misjudged,
    store_trial,
    zone_name,
)
from tests.browser.demo import running_demo
from tests.browser.running import Running
from tests.browser.shift import store_lifts
from tests.browser.year import store_year

TRACE_POINTS = 300
PAGES = (
    *("alerts", "history", "history/week", "history/month", "history/year", "lifts"),
    *("check-in", "trial", "report", "sensors", "settings", "privacy"),
)
LOOKS = (("desktop", "light"), ("phone", "dark"))  # of the pages beside Now
PAUSE_MS = 900  # for what a page asks for after it is there
PATIENT_MS = 60_000  # for what a whole demo takes on a busy machine


def leaning(seed: int = 4) -> list[float]:
    """Half a minute of a slouched back that reaches forward once [deg]."""
    generator = np.random.default_rng(seed)
    steps = np.arange(TRACE_POINTS)
    sway = np.convolve(generator.normal(0, 6, TRACE_POINTS + 40), np.hanning(40) / 20, "same")
    reach = 33 * np.exp(-(((steps - 165) / 14) ** 2))
    angles: list[float] = (15 + sway[:TRACE_POINTS] + reach).tolist()
    return angles


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


def take(browser: Browser, folder: Path) -> None:
    """Pictures of Now for each size and theme, of the others in `LOOKS`."""
    zone = afternoon_zone(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch) / "backwatch.db", zone)
        now_ns = time.time_ns()
        store_year(store, now_ns, zone)
        store_day(store, now_ns)
        store_lifts(store, now_ns)
        store_journal(store, now_ns)
        store_doses(store, now_ns)
        store_trial(store, now_ns, zone)
        store_misjudged(store, now_ns, zone)
        running = Running(store, Path(scratch) / "page.key", coached=True)
        running.start()
        try:
            running.connect("Backwatch 01")
            running.battery(82)
            running.state(Activity.SIT, Posture.SLOUCHED, since_s=14 * 60)
            running.lean_before(leaning())
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=theme,
                        timezone_id=zone_name(zone),
                        locale="en-GB",
                    )
                    page = context.new_page()
                    page.goto(running.new_link())
                    page.get_by_text("Sitting, slouched", exact=True).wait_for()
                    page.get_by_role("button", name="I have read this").click()
                    page.wait_for_timeout(700)
                    running.lean(leaning())
                    page.wait_for_timeout(200)
                    shoot(page, folder / f"now-{size}-{theme}.png")
                    for name in PAGES if (size, theme) in LOOKS else ():
                        page.goto(f"{running.url}#/{name}")
                        page.wait_for_timeout(PAUSE_MS)
                        why = page.get_by_role("button", name=re.compile(r"^Why\? Leaning"))
                        if name == "alerts":
                            why.nth(1).click()
                        if name == "check-in":
                            page.get_by_role("button", name="Stiffness 3").click()
                            for card in ("Child's pose", "Glute bridge", "Cat and cow"):
                                page.get_by_text(card, exact=True).click()
                        if name == "history":
                            page.get_by_role("application").focus()
                            for _ in range(3):
                                page.keyboard.press("ArrowRight")
                        shoot(page, folder / f"{name.replace('/', '-')}-{size}-{theme}.png")
                    context.close()
        finally:
            running.stop()


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
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        executable = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        if sys.argv[2:] != ["developer"]:
            take(browser, folder)
        take_developer(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
