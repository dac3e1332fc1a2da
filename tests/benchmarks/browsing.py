"""The page in a headless Chromium: how soon it is there, how soon it shows, what it costs."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.benchmarks.figures import Figure, Subject, missing, percentile
from tests.benchmarks.live import LiveServer, Stream, angle_deg, live_server, watching
from tests.benchmarks.processes import cpu_s
from tests.browser.conftest import FLAGS, SIZES
from tests.browser.tab import chromium_path, opened

HZ = 20.0  # twice what a sensor gives
SENSOR_HZ = 10.0  # what one gives
VALUE = ".angle .value b"
QUIET_S = 5.0  # without a task of 50 ms or more: what "time to interactive" waits for
ROUNDS = 3  # where others are at work, one of them may be undisturbed
WARM_S = 35.0  # by then the chart is full

# Of the first load; kB are asked for by the design, the others by us, for a computer at rest.
MOST_KB, MOST_PAINT_MS, MOST_INTERACTIVE_MS = 150.0, 500.0, 1000.0
MOST_SHOWN_MS = 50.0  # p99 from the sample to the changed page. Ours: one frame of three
MOST_SERVER, MOST_PAGE = 0.05, 0.10  # of a core, at 20 Hz with 10 pages; of a page at 10 Hz. Ours
MOST_HIDDEN = 0.02  # of a core, of a page at 10 Hz that nobody sees. Ours
MOST_GROWTH_KB = 1000.0  # of the page's heap in three minutes of 20 Hz; it sways by 300. Ours

# From the first moment: long tasks, and when the first angle stands on the page.
NOTE_LOADING = f"""
window.tasks = [0];
new PerformanceObserver((list) => {{
  for (const task of list.getEntries()) window.tasks.push(task.startTime + task.duration);
}}).observe({{ type: "longtask", buffered: true }});
const first = new MutationObserver(() => {{
  if (!document.querySelector("{VALUE}")) return;
  window.firstValue_ms = performance.now();
  first.disconnect();
}});
first.observe(document, {{ subtree: true, childList: true }});
"""
LOADED = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource").filter(
    ({ name }) => !new URL(name).pathname.startsWith("/api/"));
  const paint_ms = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return {
    kb: [navigation, ...files].reduce((sum, one) => sum + one.transferSize, 0) / 1000,
    files: 1 + files.length,
    paint_ms,
    value_ms: window.firstValue_ms,
    interactive_ms: Math.max(paint_ms, navigation.domContentLoadedEventEnd, ...window.tasks),
    quiet_ms: performance.now() - Math.max(...window.tasks),
  };
}"""
# From now on: each angle, when it is written and when the frame with it is drawn.
NOTE_ANGLES = """(selector) => {
  const main = document.querySelector("main");
  const drawn = new MessageChannel();
  const now = () => performance.now() / 1000;
  let last = null;
  let waiting = [];
  window.seen = [];
  drawn.port1.onmessage = () => {
    for (const one of waiting.splice(0)) one[2] = now();
  };
  new MutationObserver(() => {
    const text = main.querySelector(selector)?.textContent;
    if (!text || text === last) return;
    last = text;
    const one = [parseInt(text), now(), null];
    window.seen.push(one);
    if (waiting.push(one) === 1) requestAnimationFrame(() => drawn.port2.postMessage(null));
  }).observe(main, { subtree: true, childList: true, characterData: true });
}"""
TAKE_ANGLES = "() => window.seen.splice(0)"


def measure(quick: bool) -> Iterator[Figure]:
    executable = chromium_path()
    if executable is None:
        yield missing("the page in Chromium", "", "Chromium is not installed")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        live_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield from _loads(browser, server, 1 if quick else 5, 0.2 if quick else QUIET_S)
        seconds = 0.5 if quick else 20.0
        yield from _open(browser, server, seconds, quick)
        browser.close()
        yield _hidden(executable, server, seconds)


def _loads(browser: Browser, server: LiveServer, times: int, quiet_s: float) -> Iterator[Figure]:
    found = []
    for _ in range(times):
        with _opened(browser, server, quiet_s + 3.0) as page:
            last_s = time.monotonic() + 3 * quiet_s  # where others are at work it is never quiet
            while (loaded := page.evaluate(LOADED))["quiet_ms"] < quiet_s * 1000:
                if time.monotonic() > last_s:
                    break
                page.wait_for_timeout(100)
            found.append(loaded | {"cpu_ms": _renderer_s(browser) * 1000})
    note = f"median of {times} into an empty cache; load {os.getloadavg()[0]:.1f}"
    for name, key, unit, most in (
        ("first load", "kb", "kB", MOST_KB),
        ("requests of it", "files", "", None),
        ("first paint", "paint_ms", "ms", MOST_PAINT_MS),
        ("first live angle", "value_ms", "ms", None),
        ("time to interactive", "interactive_ms", "ms", MOST_INTERACTIVE_MS),
        ("CPU of the page till quiet", "cpu_ms", "ms CPU", None),
    ):
        yield Figure(name, percentile([one[key] for one in found], 50), unit, most, note=note)


def _open(browser: Browser, server: LiveServer, seconds: float, quick: bool) -> Iterator[Figure]:
    """What an open page costs, and how far behind it is."""
    yield Figure("server, no page", server.send(HZ, seconds).cpu, "of a core", note=f"{HZ:g} Hz")
    with _opened(browser, server, 1.0) as page:
        page.evaluate(NOTE_ANGLES, VALUE)
        for watchers in (0, 9):
            with watching(server, watchers):
                streams, rounds = [], []
                for _ in range(1 if quick else ROUNDS):
                    page.evaluate(TAKE_ANGLES)
                    streams.append(server.send(HZ, seconds))
                    page.wait_for_timeout(200)
                    seen = page.evaluate(TAKE_ANGLES)
                    with contextlib.suppress(ClocksDifferError):
                        rounds.append(late_ms(streams[-1], seen, _began_s(page)))
            load = f"load {os.getloadavg()[0]:.1f}"
            pages = f"{watchers + 1} page{'s' if watchers else ''}"
            cpu = percentile([stream.cpu for stream in streams], 50)
            most = MOST_SERVER if watchers else None
            yield Figure(f"server, {pages}", cpu, "of a core", most, note=f"{HZ:g} Hz, {load}")
            note = f"quietest of {len(rounds)} times {seconds:g} s, {load}"
            for number, what, limit in ((0, "changed", MOST_SHOWN_MS), (1, "drawn", None)):
                for percent, most in ((50, None), (99, limit)):
                    name = f"sample to page {what}, {pages}, p{percent}"
                    if not rounds:
                        yield missing(name, "ms", "the page's clock and ours differ")
                        continue
                    value = min(percentile([one[number] for one in r], percent) for r in rounds)
                    yield Figure(name, value, "ms", most, note=note)
        yield from _costs(browser, server, seconds)
        yield from _growth(server, page, 0.5 if quick else WARM_S, 0.5 if quick else 180.0)


class ClocksDifferError(Exception):
    """The page's clock is not the one that samples are sent by; nothing is told of its delay."""


def _began_s(page: Page) -> float:
    """When the page's own clock began, by the clock that is never set [s].

    That of Chromium's figures is ours, on Linux; raises ClocksDifferError where it is another.
    """
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    before_s = time.monotonic()
    told = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    after_s = time.monotonic()
    devtools.detach()
    if not before_s <= told["Timestamp"] <= after_s:
        raise ClocksDifferError(f"{told['Timestamp']} s is not within {before_s} to {after_s} s")
    return float(told["NavigationStart"])


def late_ms(stream: Stream, seen: Sequence[Any], began_s: float) -> list[tuple[float, float]]:
    """How long after its sample each angle was written and drawn [ms]; those that were.

    Args:
        seen: angle, and when it was written and drawn [s since `began_s`].

    Raises:
        ClocksDifferError: one was there before its sample.
    """
    number = 0
    found = []
    for angle, written_s, drawn_s in seen:
        begun = number
        while number < stream.count and angle_deg(number) != angle:
            number += 1
        if number == stream.count:
            number = begun  # of another stream
            continue
        at_s = stream.t0_s + number / stream.hz - began_s
        if written_s < at_s:
            raise ClocksDifferError(
                f"an angle was there {(at_s - written_s) * 1000:.1f} ms too soon"
            )
        if drawn_s is not None:
            found.append(((written_s - at_s) * 1000, (drawn_s - at_s) * 1000))
    return found


def _costs(browser: Browser, server: LiveServer, seconds: float) -> Iterator[Figure]:
    """CPU of the page that is looked at."""
    for what, most in (("still", MOST_PAGE), ("moving", None)):
        before_s = _renderer_s(browser)
        server.send(SENSOR_HZ, seconds, still=what == "still")
        share = (_renderer_s(browser) - before_s) / seconds
        note = f"its process, {SENSOR_HZ:g} Hz; load {os.getloadavg()[0]:.1f}"
        yield Figure(f"page of somebody {what}", share, "of a core", most, note=note)


def _hidden(executable: str, server: LiveServer, seconds: float) -> Figure:
    """CPU of the page while another tab is before it."""
    with opened(executable) as tab:
        link = server.link()
        server.begin(SENSOR_HZ, 3.0)
        tab.go(link)
        tab.wait(f"document.querySelector('{VALUE}')")
        tab.hide()
        server.wait()
        before_s = max(map(cpu_s, tab.renderers()))
        server.send(SENSOR_HZ, seconds)
        share = (max(map(cpu_s, tab.renderers())) - before_s) / seconds
    note = f"its process, {SENSOR_HZ:g} Hz; load {os.getloadavg()[0]:.1f}"
    return Figure("page out of sight", share, "of a core", MOST_HIDDEN, note=note)


def _growth(server: LiveServer, page: Page, warm_s: float, seconds: float) -> Iterator[Figure]:
    """Of an open page, after what lies about has been collected."""
    devtools = page.context.new_cdp_session(page)
    server.send(HZ, warm_s)
    before = _memory(devtools)
    server.send(HZ, seconds)
    after = _memory(devtools)
    note = f"in {seconds:g} s of {HZ:g} Hz"
    heap_kb = (after["JSHeapUsedSize"] - before["JSHeapUsedSize"]) / 1000
    yield Figure("page's heap", after["JSHeapUsedSize"] / 1e6, "MB", note="at the end")
    yield Figure("growth of the heap", heap_kb, "kB", MOST_GROWTH_KB, note=note)
    for name in ("Nodes", "JSEventListeners"):
        yield Figure(f"growth, {name}", after[name] - before[name], "", note=note)


def _memory(devtools: CDPSession) -> dict[str, float]:
    devtools.send("Performance.enable")
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    told = devtools.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in told}


def _renderer_s(browser: Browser) -> float:
    """CPU of the process that draws the page, up to now; of the busiest, where there are more."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return max(cpu_s(one["id"]) for one in told if one["type"] == "renderer")


@contextlib.contextmanager
def _opened(browser: Browser, server: LiveServer, seconds: float) -> Iterator[Page]:
    """The page in an empty browser, once it shows an angle; they go on for so long."""
    width, height = SIZES["desktop"]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(NOTE_LOADING)
    link = server.link()
    server.begin(HZ, seconds)
    page.goto(link)
    page.locator(VALUE).wait_for()
    yield page
    context.close()


SUBJECT = Subject("browsing", "The page in a browser", measure)
