"""A tab that sleeps, and wakes to a world that went on."""

import time
from collections.abc import Iterator

import pytest

from monitor.model import Activity, Posture
from tests.browser.running import Running
from tests.browser.tab import Tab, chromium_path, opened

STALE_S = 5.0  # from here on an angle is no longer live, as the page has it
WITHIN_S = 5.0  # by when the page shows what is now. Ours
NONE = -1  # no angle stands there
ANGLE = f"parseInt(document.querySelector('main .angle .value b')?.textContent ?? '{NONE}')"
NOTE_FRAMES = f"""
window.shown = [];
(function note() {{
  window.shown.push([Date.now(), {ANGLE}]);
  requestAnimationFrame(note);
}})();
"""


@pytest.fixture
def tab(_built_page: None) -> Iterator[Tab]:
    executable = chromium_path()
    if executable is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with opened(executable) as tab:
        yield tab


def worn(running: Running) -> None:
    running.connect()
    running.state(Activity.SIT, Posture.NEUTRAL)


def lean(running: Running, deg: float, until: str, tab: Tab) -> float:
    """Lean so until the page says something; how long that took [s]."""
    begun_s = time.monotonic()
    while not tab.value(until):
        assert time.monotonic() < begun_s + 20.0, tab.value("document.body.innerText")
        running.lean([deg])
        time.sleep(0.05)
    return time.monotonic() - begun_s


def test_a_tab_that_wakes_shows_what_is_now_and_never_what_was(tab: Tab, running: Running) -> None:
    worn(running)
    tab.go(running.new_link())
    lean(running, 10.0, f"{ANGLE} === 10", tab)
    tab.value(NOTE_FRAMES)

    asleep_s = time.monotonic()
    tab.freeze()
    running.stop()  # and the tab's socket with it
    running.start()
    worn(running)
    while time.monotonic() < asleep_s + STALE_S + 0.2:
        running.lean([30.0])
        time.sleep(0.2)
    tab.show()
    took_s = lean(running, 50.0, f"{ANGLE} === 50", tab)
    shown = tab.value("shown")

    woken = max(range(1, len(shown)), key=lambda i: shown[i][0] - shown[i - 1][0])
    assert shown[woken][0] - shown[woken - 1][0] > (STALE_S - 1.0) * 1000  # it did sleep
    assert {angle for _, angle in shown[:woken]} == {10}
    assert {angle for _, angle in shown[woken:]} <= {NONE, 50}
    assert took_s < WITHIN_S
