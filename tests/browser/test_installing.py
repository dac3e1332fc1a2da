"""The page as something to install: its manifest, and icons of the sizes that it names."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
LOOK = """async (address) => {
  const image = await createImageBitmap(await (await fetch(address)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawn = canvas.getContext("2d");
  drawn.drawImage(image, 0, 0);
  const at = (x, y) => [...drawn.getImageData(x * image.width, y * image.height, 1, 1).data];
  return { width: image.width, height: image.height, corner: at(0, 0), ground: at(0.5, 0.5),
           strokes: [at(0.6, 0.22), at(0.55, 0.41), at(0.5, 0.6)] };
}"""
GROUND, AMBER, WHITE = [11, 74, 115, 255], [244, 180, 0, 255], [255, 255, 255, 255]


def test_chromium_has_nothing_against_installing_it(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    chrome = page.context.new_cdp_session(page)

    manifest = chrome.send("Page.getAppManifest")
    against = chrome.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["errors"] == []
    # A window of a test is a private one, which nothing is ever installed from.
    assert [error for error in against if error["errorId"] != "in-incognito"] == []


def test_each_icon_has_the_size_it_is_named_with_and_is_drawn(open_page: OpenPage) -> None:
    page = open_page()
    manifest = page.evaluate("async () => (await fetch('/manifest.webmanifest')).json()")
    apple = page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    named = {icon["src"]: icon for icon in manifest["icons"] if icon["type"] == "image/png"}

    drawn: dict[str, Any] = {src: page.evaluate(LOOK, src) for src in [*named, apple]}

    for src, icon in named.items():
        assert f"{drawn[src]['width']}x{drawn[src]['height']}" == icon["sizes"], src
    assert {icon["purpose"] for icon in named.values()} == {"any", "maskable"}
    assert drawn[apple]["width"] == 180
    for src, seen in drawn.items():
        assert seen["ground"] == GROUND, src
        maskable = src != apple and named[src]["purpose"] == "maskable"
        assert seen["corner"] == (GROUND if maskable or src == apple else [0, 0, 0, 0]), src
        if not maskable:  # there the strokes are drawn smaller
            assert seen["strokes"] == [WHITE, AMBER, WHITE], src
