"""The page in a real browser, in front of a real monitor and store."""

import math
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.model import NS_PER_S, Activity, Alert, Posture, Severity
from monitor.store import Store
from tests.browser.conftest import AXE, PRESSED, SIZES, ZONE, too_small
from tests.browser.running import Running
from tests.browser.year import store_year

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
HOSTILE = '<img src=x onerror="window.hacked=1">{{7*7}}\u202e‮'
SLOUCH = ("slouch", Severity.CAUTION)
# What a change of the size changes in turn, such as what scrolls now, is there after a frame.
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

every_look = pytest.mark.parametrize("theme", ["light", "dark"])
after_a_day = pytest.mark.usefixtures("working_day")
every_size = pytest.mark.parametrize("size", list(SIZES))


def at_work(running: Running, name: str = "Back") -> None:
    """A sensor on a slouching back, with half a minute of angles."""
    running.connect(name)
    running.battery(82)
    running.state(Activity.SIT, Posture.SLOUCHED, since_s=840)
    running.lean_before([14 + 40 * math.exp(-(((i - 150) / 12) ** 2)) for i in range(295)])
    running.lean([14.0])


def new_alert(rule: str = "slouch") -> Alert:
    now_ns = time.time_ns()
    return Alert(now_ns, rule, Severity.CAUTION, now_ns - 60 * NS_PER_S, "desk/1", {})


@after_a_day
@every_look
@every_size
def test_it_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, theme: str, size: str
) -> None:
    at_work(running)
    page = open_page(size, theme)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.add_init_script(
        "window.refused = [];"
        "addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective));"
    )

    page.reload()
    running.lean([15.0])
    expect(page.get_by_text("Sitting, slouched", exact=True)).to_be_visible()
    page.get_by_text("Show as a table").click()
    page.wait_for_timeout(300)

    assert complaints == []
    assert page.evaluate("window.refused") == []
    assert hosts == {urlsplit(running.url).netloc}
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@after_a_day
def test_it_is_accessible(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page(bypass_csp=True)
    expect(page.get_by_text("Sitting, slouched", exact=True)).to_be_visible()
    page.get_by_text("Show as a table").click()
    live = violations(page)

    running.stop()
    expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
    stale = violations(page)

    assert live == []
    assert stale == []


@after_a_day
@every_size
def test_everything_to_press_is_large_enough_for_a_thumb(
    open_page: OpenPage, running: Running, size: str
) -> None:
    at_work(running)
    page = open_page(size)
    page.get_by_role("button", name=re.compile("^Got it")).first.wait_for()

    assert page.locator(PRESSED).count() >= 4
    assert too_small(page) == []


def test_the_chart_starts_filled_from_before_the_page_was_opened(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()

    expect(page.get_by_text(re.compile("You leaned up to 5[34]° forward"))).to_be_visible()


def test_a_hostile_sensor_name_stays_text(open_page: OpenPage, running: Running) -> None:
    at_work(running, HOSTILE)
    page = open_page()

    expect(page.get_by_role("group", name="Sensor connection")).to_contain_text("onerror")
    shown = page.locator(".chip bdi").inner_text()
    assert "\u202e" not in shown
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.usefixtures("still_morning")
def test_a_lean_counts_for_today_before_its_minute_is_over(
    open_page: OpenPage, running: Running
) -> None:
    running.connect()
    running.state(Activity.SIT, Posture.SLOUCHED)
    running.lean([10.0])
    page = open_page()
    leaning = page.get_by_role("definition").first
    expect(leaning).to_have_text("0 s")

    running.lean_before([65.0] * 35)
    for _ in range(7):
        running.lean([10.0])
        page.wait_for_timeout(1000)

    expect(leaning).to_have_text("3 s")
    expect(page.get_by_text("3 s of it more than 60°")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Slouched")).to_be_visible()


def test_a_server_that_ends_without_values_calls_none_the_last(
    open_page: OpenPage, running: Running
) -> None:
    page = open_page()

    running.stop()

    expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
    expect(page.get_by_text("comes back when Backwatch runs again")).to_be_visible()
    expect(page.get_by_text("Last values", exact=False)).to_have_count(0)
    expect(page.get_by_text("sensor's signal", exact=False)).to_have_count(0)


@after_a_day
def test_a_new_alert_is_announced_and_takes_no_focus(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page()
    button = page.get_by_role("button", name=re.compile("^Got it")).first
    button.focus()
    focused = button.element_handle()

    running.alert(new_alert("sitting"))
    expect(page.locator("div[aria-live=polite].spoken")).to_contain_text("New alert: ")
    expect(page.get_by_role("listitem").filter(has_text="Got it")).to_have_count(4)

    assert focused is not None
    assert focused.evaluate("element => element === document.activeElement")


@after_a_day
def test_got_it_is_kept_and_leaves_the_focus(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page()
    page.get_by_role("button", name=re.compile("^Got it")).first.focus()

    page.keyboard.press("Enter")
    noted = page.get_by_role("button", name=re.compile("^Noted"))
    expect(noted).to_be_focused()
    page.reload()

    expect(noted).to_have_count(1)


@after_a_day
def test_repeats_are_one_line(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page()

    expect(page.get_by_text("3 times")).to_be_visible()


def test_a_lost_sensor_is_said_and_its_last_angle_is_not_shown_as_live(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    expect(page.get_by_text("14° forward")).to_be_visible()

    running.lose()

    expect(page.get_by_text("The sensor's signal is lost")).to_be_visible()
    expect(page.get_by_text("14° forward")).to_be_hidden()
    running.connect()
    running.state(Activity.STAND, Posture.NEUTRAL)
    running.lean([3.0])
    expect(page.get_by_text("The sensor's signal is lost")).to_be_hidden()
    expect(page.get_by_text("3° forward")).to_be_visible()


def test_a_slipped_sensor_tells_no_angle_and_says_what_to_do(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    expect(page.get_by_text("14° forward")).to_be_visible()

    running.slip(12.0)
    running.state(Activity.SIT, Posture.NEUTRAL)
    expect(page.get_by_text("The sensor has slipped", exact=True)).to_be_visible()
    expect(page.get_by_text("it sits differently by about 12°")).to_be_visible()
    expect(page.get_by_text("Angle left out: the sensor has slipped")).to_be_visible()
    expect(page.get_by_text("14° forward")).to_be_hidden()
    expect(page.get_by_text("may be off by about 12°", exact=False)).to_be_visible()
    page.get_by_role("button", name="Accept how it sits now").click()

    expect(page.get_by_text("No sensor is connected", exact=False)).to_be_visible()


@pytest.fixture
def days_before(store: Store) -> None:
    store_year(store, time.time_ns(), ZONE, days=10)


@pytest.mark.usefixtures("working_day", "days_before")
def test_today_is_compared_with_the_days_before(open_page: OpenPage) -> None:
    page = open_page()
    changed = page.get_by_role("region", name="What changed")

    expect(changed.get_by_role("columnheader")).to_have_text(
        ["What", "Today", re.compile("day$"), "Usual for you"]
    )
    expect(changed.get_by_role("row", name=re.compile("^Slouched"))).to_contain_text(
        re.compile(r"22 %\s*\d+ %\s*\d+ %")
    )
    changed.get_by_role("link", name="All of it in History").click()

    expect(page.get_by_role("heading", name="History", exact=True)).to_be_visible()


def test_a_sensor_without_a_known_direction_is_given_none(
    open_page: OpenPage, running: Running
) -> None:
    running.forward_known = False
    at_work(running)
    page = open_page()

    expect(page.get_by_text("Which way you lean is not known")).to_be_visible()
    expect(page.get_by_text("forward", exact=False)).to_have_count(0)


def test_a_killed_server_is_noticed_and_its_return_too(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    expect(page.get_by_text("Sitting, slouched", exact=True)).to_be_visible()

    running.stop()
    expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
    expect(page.get_by_text(re.compile(r"not live\. Trying again"))).to_be_visible()
    expect(page.get_by_text("14° forward")).to_be_hidden()

    running.start()
    at_work(running)
    expect(page.get_by_text("Backwatch is not answering")).to_be_hidden(timeout=15_000)
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()


def test_reloading_without_a_server_still_says_what_is_wrong(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)  # the worker keeps the page once it is active

    running.stop()
    page.reload()

    expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
    expect(page.get_by_text("There are no values to show.")).to_be_visible()


def test_an_ended_session_asks_for_the_link(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page()
    page.context.clear_cookies()

    running.stop()
    running.start()

    expect(page.get_by_text("Open the link again")).to_be_visible(timeout=15_000)


def test_the_chosen_theme_is_remembered(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page(theme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    toggle = page.get_by_role("button", name=re.compile("theme"))
    toggle.click()
    toggle.click()
    page.reload()

    expect(page.get_by_role("button", name=re.compile("^Dark theme"))).to_be_visible()
    assert page.evaluate(ground) != light


def test_an_empty_day_says_so(open_page: OpenPage) -> None:
    page = open_page()

    expect(page.get_by_text("Nothing measured yet today.")).to_be_visible()
    expect(page.get_by_text("No alerts today.")).to_be_visible()
    expect(page.get_by_text("Looking for the sensor")).to_be_visible()


def violations(page: Page, within: str = "html") -> list[str]:
    """What axe finds in either theme at either size, a line each."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run: python hatch_build.py --test")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    before = page.viewport_size
    assert before is not None
    found: list[str] = []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.evaluate(PAINTED)
            rules = page.evaluate("(within) => axe.run(within).then((it) => it.violations)", within)
            found += [
                f"{size}, {theme}: {rule['id']}: {node['html'][:160]} {node['failureSummary']}"
                for rule in rules
                for node in rule["nodes"]
            ]
    page.set_viewport_size(before)
    return found
