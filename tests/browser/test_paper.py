"""What is printed says by itself what it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.store import Store
from tests.browser.day import store_day

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def live(store: Store, now_ns: int) -> None:
    """A day."""
    store_day(store, now_ns)


def test_a_printed_page_is_named_marked_as_simulated_and_no_medical_device(
    open_page: OpenPage,
) -> None:
    page = open_page()
    head = page.locator(".on-paper")
    expect(head).to_be_hidden()
    page.emulate_media(media="print")

    for name in ("history", ""):
        page.evaluate(f"location.hash = '#/{name}'")
        expect(head).to_be_visible()
        expect(head).to_have_text(
            "Backwatch · Simulated: These values come from the simulator,"
            " not from a sensor on a person. Backwatch helps you notice how your back spends the"
            " day. It is not a medical device and gives no medical advice."
        )
    box = head.bounding_box()
    heading = page.get_by_role("heading", name="Today", exact=True).bounding_box()
    assert box is not None
    assert heading is not None
    assert box["y"] < heading["y"]
