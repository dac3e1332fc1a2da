"""Sensors and calibration in a real browser: a real path, and a real radio for pairing."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, TimeoutError, expect

from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.store import Store
from simulator.scenarios import simulate
from tests.browser.conftest import SIZES, go_to, too_small
from tests.browser.running import RATE_HZ, Floats, Running
from tests.browser.test_now import every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
HOSTILE = "<img src=x onerror=alert(1)>"  # as long as an advertisement may be


@pytest.fixture
def running(store: Store, tmp_path: Path, virtual_air: Any) -> Iterator[Running]:
    """With a path that reads samples, and a radio to pair with; a sensor is connected."""
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
    running = Running(
        store,
        tmp_path / "page.key",
        pipeline=Pipeline(interpret),
        adapter=virtual_air.adapter,
    )
    running.start()
    running.stand_still(1, since_s=1)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def wearer() -> tuple[Floats, Floats]:
    """Someone who does what a calibration asks: stands, bows three times, sits tall, slumps."""
    blocks = list(simulate("calibration", seed=1, rate_hz=RATE_HZ))
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


def seconds(wearer: tuple[Floats, Floats], start: int, stop: int) -> tuple[Floats, Floats]:
    rows = slice(round(start * RATE_HZ), round(stop * RATE_HZ))
    return wearer[0][rows], wearer[1][rows]


def go(page: Page) -> None:
    go_to(page, "Sensors")
    expect(page.get_by_role("heading", name="How it sits")).to_be_visible()


def step(page: Page, name: str) -> None:
    """Waits until the wizard asks for this."""
    expect(page.locator("[aria-current=step]")).to_have_text(name)


@every_size
def test_the_page_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, virtual_sensor: Any, size: str
) -> None:
    virtual_sensor("short", name=HOSTILE)
    page = open_page(size)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    go(page)
    page.get_by_role("button", name="Search for sensors").click()
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    page.get_by_role("button", name=f"Pair with {HOSTILE}").click()
    page.get_by_role("button", name="Pair", exact=True).click()
    expect(page.get_by_text(f"{HOSTILE} is paired.")).to_be_visible()

    assert too_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert complaints == []
    assert hosts == {urlsplit(running.url).netloc}


def test_the_page_and_the_wizard_are_accessible(open_page: OpenPage) -> None:
    page = open_page(bypass_csp=True)
    go(page)
    found = violations(page)
    page.get_by_role("button", name="Car").click()
    page.get_by_role("button", name="Calibrate", exact=True).click()
    step(page, "Stand still")

    assert found + violations(page) == []


def test_a_calibration_leads_from_step_to_step_and_is_used(
    open_page: OpenPage, running: Running, wearer: tuple[Floats, Floats]
) -> None:
    page = open_page()
    go(page)
    page.get_by_label("Where will you wear it?").fill("<b>Desk</b> by the window")
    page.keyboard.press("Enter")
    step(page, "Stand still")
    heading = page.get_by_role("heading", name="Calibrating for <b>Desk</b> by the window")
    expect(heading).to_be_focused()

    running.wear(*seconds(wearer, 0, 20))
    step(page, "Bow")
    running.wear(*seconds(wearer, 20, 37))
    step(page, "Slump")
    running.wear(*seconds(wearer, 37, 55))
    step(page, "Done")
    expect(page.get_by_text("Bows about one axis")).to_be_visible()
    page.get_by_label(re.compile("Call it a slouch from 1.*°")).check()
    page.get_by_role("button", name="Use it from now on").click()

    expect(page.get_by_text("by the window is in use now.")).to_be_visible()
    place = page.get_by_role("listitem").filter(has_text="by the window")
    expect(place).to_contain_text(re.compile("In use.*slouch from 1"))


def test_a_poor_calibration_is_refused_with_its_reason_and_given_up(
    open_page: OpenPage, running: Running, wearer: tuple[Floats, Floats]
) -> None:
    page = open_page()
    go(page)
    page.get_by_role("button", name="Desk", exact=True).click()
    page.get_by_role("button", name="Calibrate", exact=True).press("Enter")
    step(page, "Stand still")
    shaking = np.random.default_rng(1)
    acc, gyr = seconds(wearer, 0, 8)
    running.wear(acc + shaking.normal(0, 2, acc.shape), gyr + shaking.normal(0, 0.5, gyr.shape))
    expect(page.get_by_text("There is some movement. Hold still for a moment.")).to_be_visible()

    page.get_by_role("button", name="Give up").press("Enter")

    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    expect(page.get_by_text("Nothing was calibrated yet.")).to_be_visible()
    expect(page.get_by_role("heading", name="How it sits")).to_be_focused()


def test_two_browsers_see_the_same_calibration_and_only_one_can_run(
    open_page: OpenPage,
) -> None:
    page, other = open_page(), open_page("phone")
    go(page)
    go(other)
    other.get_by_label("Where will you wear it?").fill("Car")
    page.get_by_role("button", name="Desk", exact=True).click()
    page.get_by_role("button", name="Calibrate", exact=True).click()
    step(other, "Stand still")
    other.get_by_role("button", name="Give up").click()

    expect(page.get_by_role("heading", name="How it sits")).to_be_visible()


def test_a_zero_is_taken_or_refused_in_words(open_page: OpenPage, running: Running) -> None:
    page = open_page()
    go(page)
    zero = page.get_by_role("button", name="Set zero here")
    zero.press("Enter")
    taken = page.get_by_text(re.compile("This posture is the zero now"))
    for _ in range(40):  # stands still until it is answered
        running.stand_still(1)
        with suppress(TimeoutError):
            taken.wait_for(timeout=250)
            break
    expect(taken).to_be_visible()
    expect(zero).to_be_focused()
    running.lose()

    expect(page.get_by_text("Connect a sensor first")).to_be_visible()
    expect(zero).to_be_disabled()


def test_a_sensor_is_paired_by_its_passkey_and_forgotten_by_keyboard(
    open_page: OpenPage, virtual_sensor: Any
) -> None:
    virtual_sensor("short", name="Mine", passkey=123456)
    page = open_page()
    go(page)
    expect(page.get_by_text("No sensor is paired yet.")).to_be_visible()
    page.get_by_role("button", name="Search for sensors").press("Enter")
    page.get_by_role("button", name="Pair with Mine").press("Enter")
    expect(page.get_by_label("Passkey on its label")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("wants the passkey on its label"))).to_be_visible()
    page.get_by_label("Passkey on its label").fill("123 456")
    page.keyboard.press("Enter")
    mine = page.get_by_role("listitem").filter(has_text="checked by passkey")
    expect(mine).to_contain_text("Mine")
    page.get_by_role("button", name="Forget Mine").press("Enter")
    expect(page.get_by_role("button", name="Keep it", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Forget Mine")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget it", exact=True).press("Enter")

    expect(page.get_by_text("No sensor is paired yet.")).to_be_visible()
    expect(page.get_by_role("heading", name="Your sensors")).to_be_focused()


def test_the_page_is_walked_through_by_tab_alone(open_page: OpenPage) -> None:
    page = open_page()
    go(page)
    page.get_by_role("heading", name="Your sensors").focus()
    seen = []
    for _ in itertools.repeat(None, 8):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()"
            )
        )

    assert seen[:6] == [
        "Search for sensors",
        "Where will you wear it?",
        "Desk",
        "Standing desk",
        "Car",
        "Also slump once, for a threshold of your own (can be left out)",
    ]
