"""The pages beside Now, in front of a real monitor, coach and store."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.conftest import SIZES, ZONE, go_to, too_small, too_wide
from tests.browser.day import (
    store_day,
    store_doses,
    store_journal,
    store_misjudged,
    store_trial,
)
from tests.browser.running import Running
from tests.browser.test_now import at_work, every_size, violations

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
PAGES = {
    "alerts": "Alerts",
    "check-in": "Check-in",
    "trial": "Trial",
    "report": "Report",
    "settings": "Settings",
}
READY = {  # what is there once a page has heard from the server
    "alerts": "Told once it suited.",
    "check-in": "What you noted",
    "trial": "Start a trial",
    "report": "Day by day",
    "settings": "Thresholds",
}
STRETCHES = ("Child's pose", "Glute bridge", "Cat and cow")


@pytest.fixture
def coached() -> bool:
    return True


def live(store: Store, now_ns: int) -> None:
    """A day with what became of it."""
    store_day(store, now_ns)
    store_journal(store, now_ns)
    store_doses(store, now_ns)
    store_trial(store, now_ns, ZONE)
    store_misjudged(store, now_ns, ZONE)


def go(page: Page, name: str) -> None:
    """By the navigation, as a person does."""
    go_to(page, PAGES[name])
    expect(page.get_by_role("heading", name=PAGES[name], exact=True)).to_be_visible()


@every_size
def test_every_page_fits_and_breaks_no_rule_of_its_own(
    open_page: OpenPage, running: Running, size: str
) -> None:
    at_work(running)
    page = open_page(size)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    for name in PAGES:
        go(page, name)
        expect(page.get_by_text(READY[name], exact=False).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], name
        assert too_small(page) == [], name
        assert size != "phone" or too_wide(page) == [], name

    assert complaints == []
    assert hosts == {urlsplit(running.url).netloc}


def test_every_page_is_accessible(open_page: OpenPage, running: Running) -> None:
    at_work(running)
    page = open_page(bypass_csp=True)
    found = {}

    for name in PAGES:
        go(page, name)
        expect(page.get_by_text(READY[name], exact=False).first).to_be_visible()
        if name == "alerts":
            page.get_by_role("button", name=re.compile(r"^Why\? ")).nth(1).click()
        if name == "check-in":
            for closed in ("What went before, and a note", "Recorded movements", *STRETCHES):
                page.get_by_text(closed, exact=True).click()
        found[name] = violations(page)

    assert found == {name: [] for name in PAGES}


def test_on_a_phone_the_other_pages_are_behind_a_button(open_page: OpenPage) -> None:
    page = open_page("phone", bypass_csp=True)
    pages = page.get_by_role("navigation")
    more, last = pages.get_by_role("button", name="More"), pages.get_by_role("link", name="Privacy")
    assert pages.get_by_role("link").all_inner_texts() == ["Now", "Alerts", "History", "Lifts"]
    assert pages.evaluate("bar => bar.scrollWidth") <= SIZES["phone"][0]

    more.press("Enter")
    page.keyboard.press("Tab")
    expect(pages.get_by_role("link", name="Check-in")).to_be_focused()
    assert too_small(page) == []
    found = violations(page, "nav")
    page.keyboard.press("Escape")
    expect(last).to_be_hidden()
    expect(more).to_be_focused()
    more.click()
    page.get_by_role("heading", name="Today", exact=True).click()
    expect(last).to_be_hidden()
    more.click()
    last.click()
    expect(page.get_by_role("heading", name="Privacy", exact=True)).to_be_visible()
    expect(last).to_be_hidden()

    expect(more).to_have_accessible_name("More (Privacy is shown)")
    assert found == []


def test_an_alert_says_why_and_hears_what_is_said_of_it(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "alerts")

    page.get_by_role("button", name=re.compile(r"^Why\? Leaning forward")).nth(1).click()
    expect(page.get_by_role("img", name=re.compile("between 8° and 2.° forward"))).to_be_visible()
    expect(page.get_by_text("Held: in a call.")).to_be_visible()
    page.get_by_role("button", name="Right, but I had to").click()
    page.reload()
    page.get_by_role("button", name=re.compile(r"^Why\? Leaning forward")).nth(1).click()

    pressed = page.get_by_role("button", name="Right, but I had to", pressed=True)
    expect(pressed).to_be_visible()


def test_alerts_of_a_past_day_are_found_by_its_date_and_judged(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "alerts")
    reasons: list[str] = []
    page.on("request", lambda request: reasons.append(request.url) if "/why" in request.url else 0)

    page.get_by_role("link", name="The day before").click()
    expect(page.get_by_role("region", name=re.compile("^Alerts of "))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Why\? Seated")).first.click()
    expect(page.get_by_role("button", name="Wrong", pressed=True)).to_be_visible()
    page.get_by_role("button", name="Right", exact=True).click()
    page.reload()
    page.get_by_role("button", name=re.compile(r"^Why\? Seated")).first.click()

    expect(page.get_by_role("button", name="Right", exact=True, pressed=True)).to_be_visible()
    assert len(reasons) == 2
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.get_by_role("region", name="Today's alerts")).to_be_visible()


def test_a_snooze_and_a_call_are_in_force_and_end_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="Alerts").focus()
    page.keyboard.press("Enter")

    page.get_by_role("button", name="15 min").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^Snoozed until "))).to_be_visible()
    page.get_by_role("button", name="End the snooze").press("Enter")
    page.get_by_role("switch", name="I am in a call").press("Space")
    expect(page.get_by_text("In a call: reminders wait")).to_be_visible()
    page.get_by_role("switch", name="I am in a call").press("Space")

    expect(page.get_by_text("Reminders are on.")).to_be_visible()


def test_advice_is_taken_at_once_or_left_for_good(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "alerts")
    advice = page.get_by_text("Seated without a break for: try 38 min instead of 30 min.")
    expect(page.get_by_text("You called 10 of 10 wrong")).to_be_visible()

    page.get_by_role("button", name="Take 38 min").click()
    expect(page.get_by_text("Kept. It is used from now on.")).to_be_visible()
    go(page, "settings")
    expect(page.get_by_label("Seated without a break for", exact=True)).to_have_value("38")
    go(page, "alerts")
    page.get_by_role("button", name="Leave it").click()
    expect(advice).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Reminders are on.")).to_be_visible()
    page.wait_for_load_state("networkidle")

    expect(advice).to_have_count(0)


def test_every_number_that_decides_is_found_by_a_word_of_it(open_page: OpenPage) -> None:
    page = open_page("phone", bypass_csp=True)
    go(page, "settings")

    page.get_by_text("Every number that decides").click()
    page.get_by_role("searchbox", name="Search").fill("iso 11226 flexed")
    row = page.get_by_role("row", name=re.compile("^flexed_rad"))
    expect(row).to_contain_text(re.compile("20°.*ISO 11226"))
    expect(page.get_by_text(re.compile(r"^\d numbers?$"))).to_be_visible()
    found = violations(page)

    assert found == []
    assert too_wide(page) == []


def test_a_setting_is_refused_beside_its_field_kept_and_put_back(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "settings")
    field = page.get_by_label("Seated without a break for", exact=True)
    expect(field).to_have_value("30")

    field.fill("6")
    field.press("Enter")
    expect(page.get_by_text("6 is not allowed; use 20 min to 60 min.")).to_be_visible()
    field.fill("25")
    field.press("Enter")
    expect(page.get_by_text("Kept.", exact=True)).to_be_visible()
    page.reload()
    expect(field).to_have_value("25")
    page.get_by_role("button", name="Back to the default: Seated without a break for").press(
        "Enter"
    )

    expect(field).to_have_value("30")
    expect(field).to_be_focused()


def test_a_check_in_is_two_taps_and_stands_beside_what_came_before(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "check-in")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A check-in says at least one thing")).to_be_visible()
    page.get_by_role("button", name="Pain 3").click()
    page.get_by_text("What went before, and a note").click()
    page.get_by_label("Note", exact=True).fill("<b onmouseover=alert(1)>lifting boxes</b>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Noted.", exact=True)).to_be_visible()
    page.reload()

    entry = page.get_by_role("listitem").filter(has_text="lifting boxes")
    expect(entry).to_contain_text("pain 3")
    expect(entry).to_contain_text("<b onmouseover")
    expect(entry).to_contain_text(re.compile(r"Two hours before: seated 1 h \d+ min"))
    expect(page.get_by_text("that does not make it the reason")).to_be_visible()


def test_a_tap_on_spasm_is_undone_and_put_back(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "check-in")
    spasm = page.get_by_role("listitem").filter(has_text="spasm")

    page.get_by_role("button", name="Spasm now").click()
    expect(spasm).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(spasm).to_be_hidden()
    page.get_by_role("button", name="Put it back").click()
    expect(spasm).to_be_visible()
    spasm.get_by_role("button", name=re.compile("^Take it back")).click()

    expect(page.get_by_text("it is not kept any more")).to_be_visible()
    page.reload()
    expect(page.get_by_text("What you noted")).to_be_visible()
    expect(spasm).to_be_hidden()


def test_pain_mode_takes_the_stretches_away_and_leaves_when_to_get_help(
    open_page: OpenPage,
) -> None:
    page = open_page()
    go(page, "check-in")
    expect(page.get_by_text("Cat and cow", exact=True)).to_be_visible()

    page.get_by_role("switch", name="Pain mode").click()
    expect(page.get_by_text("Cat and cow", exact=True)).to_have_count(0)
    expect(page.get_by_text("When to get help")).to_be_visible()
    page.get_by_role("switch", name="Pain mode").click()

    expect(page.get_by_text("Cat and cow", exact=True)).to_be_visible()


def test_a_movement_is_followed_live_and_recorded_or_stopped(
    open_page: OpenPage, running: Running
) -> None:
    running.connect()
    page = open_page()
    go(page, "check-in")

    expect(page.get_by_text("It is off until you want it")).to_be_visible()
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("button", name="Bend forward").click()
    expect(page.get_by_text("Stand still for a moment.")).to_be_visible()
    running.move([2.0] * 60)
    expect(page.get_by_text("Move now.")).to_be_visible()
    running.move([62.4] * 10)
    expect(page.get_by_text("60°", exact=True)).to_be_visible()
    page.get_by_role("group", name="Did it hurt?").get_by_role("button", name="No").click()
    page.get_by_role("button", name="Lean left").click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Recorded movements").click()

    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(re.compile("Lean left.*stopped.*not said"))
    expect(rows.nth(2)).to_contain_text(re.compile("Bend forward.*60°.*no.*18° less than before"))
    expect(rows.nth(4)).to_contain_text("No clear change")


def test_a_trial_that_is_over_is_answered_and_another_can_be_drawn_and_ended(
    open_page: OpenPage,
) -> None:
    page = open_page()
    go(page, "trial")
    drawn = page.get_by_role(
        "img", name=re.compile(r"interval of 95 % from \u22121.* to \u2212.* percentage points")
    )
    expect(drawn.first).to_be_visible()
    expect(page.get_by_text("With alerts your share of seated time")).to_be_visible()

    page.get_by_label("Which habit?").select_option("breaks")
    page.get_by_text("Days", exact=True).click()
    page.get_by_label("Days with half of them told").fill("3")
    page.get_by_role("button", name="Draw it and start").click()
    expect(page.get_by_text("3 days of feedback: an even number")).to_be_visible()
    page.get_by_label("Days with half of them told").fill("6")
    page.get_by_role("button", name="Draw it and start").click()
    expect(page.get_by_text(re.compile("^It begins on "))).to_be_visible()
    page.get_by_text("End it early").click()
    page.get_by_role("button", name="End this trial").click()

    expect(page.get_by_text("It was ended early.")).to_be_visible()


def test_a_week_is_told_gone_back_from_and_downloaded(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "report")
    expect(page.get_by_text("of 100 points", exact=False).first).to_be_visible()
    this_week = page.locator("section p[role=status]").inner_text()

    with page.expect_download() as rows:
        page.get_by_role("button", name="CSV").click()
    with page.expect_download() as paper:
        page.get_by_role("button", name="PDF").click()
    page.get_by_role("button", name="A day", exact=True).click()
    expect(page.get_by_role("heading", name="Your day")).to_be_visible()
    expect(page.get_by_role("button", name="Day before")).to_be_visible()
    page.get_by_role("button", name="A week", exact=True).click()
    page.get_by_role("button", name="Week before").click()

    expect(page.locator("section p[role=status]")).not_to_have_text(this_week)
    assert rows.value.path().read_text("utf-8").startswith("date,")
    assert paper.value.path().read_bytes().startswith(b"%PDF")
    assert paper.value.suggested_filename.endswith(".pdf")


def test_a_table_too_wide_for_a_phone_is_scrolled_by_key_and_keeps_its_days_in_sight(
    open_page: OpenPage,
) -> None:
    page = open_page()
    go(page, "report")
    table = page.get_by_role("group", name="Day by day")
    expect(page.get_by_role("columnheader", name="Demanding lifts")).to_be_visible()
    expect(table).to_have_count(0)  # nothing scrolls, so nothing stops a key

    page.set_viewport_size({"width": SIZES["phone"][0], "height": SIZES["phone"][1]})
    table.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("columnheader", name="Points", exact=True)).to_be_in_viewport()

    expect(page.get_by_role("columnheader", name="Day", exact=True)).to_be_in_viewport(ratio=1)


@every_size
def test_the_top_bar_leads_to_the_calibration_and_says_what_seen_means(
    open_page: OpenPage, running: Running, size: str
) -> None:
    at_work(running)
    page = open_page(size)
    share = page.get_by_role("button", name=re.compile("% seen$"))
    meaning = page.get_by_text(re.compile("^Since today.s first data, the sensor was worn"))
    expect(share).to_have_accessible_description(re.compile("never guessed"))

    share.press("Enter")
    expect(meaning).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    expect(share).to_be_focused()
    page.get_by_role("link", name="Not calibrated").press("Enter")
    expect(page.get_by_role("heading", name="How it sits")).to_be_focused()
    expect(page.get_by_role("heading", name="How it sits")).to_be_in_viewport()
    expect(page.get_by_text("This page has no Bluetooth to look with")).to_be_visible()

    assert page.locator(".problem").count() == 0  # nobody has asked for anything yet


def test_what_it_will_not_claim_is_read_once(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()

    page.get_by_role("button", name="I have read this").click()
    page.reload()
    page.get_by_role("heading", name="Today", exact=True).wait_for()
    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("heading", name="Before you begin")).to_have_count(0)


def test_the_address_names_the_page_back_leads_back_and_the_focus_goes_along(
    open_page: OpenPage, running: Running
) -> None:
    page = open_page()
    focused = "document.activeElement.id"
    go(page, "trial")
    assert page.url == f"{running.url}#/trial"
    assert page.evaluate(focused) == "content"
    expect(page).to_have_title("Trial · Backwatch")

    page.reload()
    expect(page.get_by_role("heading", name="Trial", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "content"
    assert page.url == f"{running.url}#/trial"
    page.go_back()

    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Now")).to_have_attribute("aria-current", "page")


def test_a_page_comes_back_with_the_server(open_page: OpenPage, running: Running) -> None:
    page = open_page()
    go(page, "alerts")
    expect(page.get_by_text("Reminders are on.")).to_be_visible()

    running.stop()
    expect(page.get_by_text("Backwatch is not answering")).to_be_visible()
    page.get_by_role("button", name="15 min").click()
    expect(page.get_by_text("Backwatch did not answer as it should.").first).to_be_visible()
    running.start()

    expect(page.get_by_text("Backwatch is not answering")).to_be_hidden(timeout=15_000)
    expect(page.get_by_text("Backwatch did not answer as it should.")).to_have_count(0)
    expect(page.get_by_text("Reminders are on.")).to_be_visible()


def test_in_the_colours_of_the_person_what_a_colour_tells_and_what_is_chosen_is_seen(
    open_page: OpenPage,
) -> None:
    page = open_page(forced_colors="active")
    ground = "at => getComputedStyle(at).backgroundColor"
    pages = page.get_by_role("navigation")

    legend = page.locator("li > i")
    expect(legend).not_to_have_count(0)
    shades = [one.evaluate("at => getComputedStyle(at).background") for one in legend.all()]
    chosen = pages.get_by_role("link", name="Now").evaluate(ground)
    other = pages.get_by_role("link", name="Alerts").evaluate(ground)
    go(page, "settings")
    track = page.get_by_role("switch", name="Sound on the page").locator("span").first

    assert len(set(shades)) == len(shades) > 3
    assert chosen != other
    assert track.evaluate(ground) != page.locator("body").evaluate(ground)


def test_on_paper_a_page_is_light_has_what_is_set_and_nothing_to_press(
    open_page: OpenPage, running: Running
) -> None:
    at_work(running)
    page = open_page(theme="dark")
    go(page, "settings")
    switch = page.get_by_role("switch", name="Sound on the page")
    expect(switch).to_be_visible()
    on_screen = page.get_by_role("button", name=re.compile("^Save")).count()

    page.emulate_media(media="print", color_scheme="dark")

    assert on_screen > 10
    for name in (re.compile("^Save"), re.compile("^Allow")):
        assert not any(one.is_visible() for one in page.get_by_role("button", name=name).all())
    expect(page.get_by_role("navigation")).to_be_hidden()
    field = page.get_by_role("textbox", name="Leaning forward for", exact=True)
    expect(field).to_have_value("60")
    expect(field).to_be_visible()
    expect(switch).to_be_visible()
    ink = page.get_by_text("Leaning forward for", exact=True).evaluate(
        "at => getComputedStyle(at).color"
    )
    assert ink == "rgb(20, 32, 43)"
    assert page.pdf(format="A4").startswith(b"%PDF")
