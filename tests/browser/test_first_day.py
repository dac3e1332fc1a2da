"""From the first run to the first alert, through the whole path from samples on."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backwatch.tour import PACE
from monitor.model import Placement
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import placed
from monitor.store import Store
from simulator.imu import marked_axes
from simulator.scenarios import simulate
from tests.browser.running import RATE_HZ, Floats, Running

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
WORN_S = 62  # of the play: a lift, walking, another lift, sitting down, some seconds slouched
STILL_S = 5  # before it; the zero is taken from that


@pytest.fixture(scope="module")
def wearer() -> tuple[Floats, Floats]:
    blocks = list(simulate("demo", seconds=WORN_S, seed=0, rate_hz=RATE_HZ))
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


@pytest.fixture
def running(store: Store, tmp_path: Path) -> Iterator[Running]:
    """Read by the demo's tour, which tells after seconds; everything else is as every day."""
    profile = placed(PACE.profile, Placement.UPPER_BACK, calibrated=True)
    mounting = mounting_from_axes(*marked_axes(Placement.UPPER_BACK))
    interpret = Interpret(profile, mounting, float(STILL_S) - 2, standing=profile)
    running = Running(store, tmp_path / "page.key", coached=True, pipeline=Pipeline(interpret))
    running.start()
    yield running
    running.stop()


def test_from_the_first_run_to_the_first_alert_and_why(
    open_page: OpenPage, running: Running, wearer: tuple[Floats, Floats]
) -> None:
    page = open_page()
    expect(page.get_by_text("For people who want to notice")).to_be_visible()
    expect(page.get_by_text("Nothing measured yet today.")).to_be_visible()
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("heading", name="Before you begin")).to_have_count(0)

    running.stand_still(STILL_S, since_s=WORN_S + STILL_S)
    running.wear(*wearer)
    expect(page.get_by_text("Sitting, slouched", exact=True)).to_be_visible(timeout=20_000)
    alerts = page.get_by_role("region", name="Today's alerts")
    expect(alerts).to_contain_text(re.compile(r"A demanding bend: \d\d° forward"))
    page.get_by_role("navigation").get_by_role("link", name="Alerts").click()
    page.get_by_role("button", name=re.compile("^Why.*A demanding bend")).click()

    expect(page.get_by_text(re.compile("^The half minute around it: between"))).to_be_visible()
    expect(page.get_by_text(re.compile("^tour/2"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ % that it was what it is called$"))).to_be_visible()
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.get_by_role("button", name="Right", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
