"""Samples and days in the store: size, and how soon an answer comes over HTTP."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np

from dashboard import Access, create_app, serve
from monitor.model import (
    NS_PER_S,
    Activity,
    Connected,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Posture,
    SampleChunk,
    StateChange,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Acquire, Step
from monitor.store import Covered, RecordingEnd, RecordingStart, Store, raw_folder
from monitor.store.raw import RawSamples, RawWriter
from tests.benchmarks.figures import Figure, Subject, percentile
from tests.benchmarks.interpretation import notifications
from tests.dashboard.conftest import FakeSource

LAST = date(2026, 9, 20)
DAY_NS = 24 * 3600 * NS_PER_S
SHIFT_H = 8
SPAN_S = 180  # chosen by us: a state lasts three minutes
EVENTS = 400  # a day; chosen by us
WARM = 5  # requests that are not counted: imports, the first pages of the file


def measure(quick: bool) -> Iterator[Figure]:
    for scenario, most in (("desk_day", 4.3), ("warehouse_shift", None)):
        yield _raw(60 if quick else 3600, scenario, most)
    yield from asyncio.run(_history(3 if quick else 365, 20 if quick else 300))


def _raw(seconds: int, scenario: str, most: float | None) -> Figure:
    """Simulated motion through the decoder into files; the more motion, the larger."""
    path = Acquire()
    mounting = mounting_from_axes("+x", "-z")
    samples = 0
    with tempfile.TemporaryDirectory() as folder:
        kept = RawWriter(raw_folder(Path(folder) / "backwatch.db"), 1)
        for event in notifications(seconds, scenario):
            for item in path.push(event):
                if isinstance(item, SampleChunk) and len(item):
                    samples += len(item)
                    kept.push(
                        RawSamples(item, mounting),
                        connected_ns=1,
                        address="C0:00:00:00:00:01",
                        simulated=True,
                    )
        kept.close()
        size = sum(found.stat().st_size for found in Path(folder).rglob("*.parquet"))
    return Figure(f"raw data, {scenario}", size / samples, "B/sample", most, note=f"{seconds} s")


def _fill(store: Store, days: int) -> None:
    rng = np.random.default_rng(1)
    activities = (Activity.SIT, Activity.STAND, Activity.WALK)
    for number in range(days):
        day = datetime.combine(LAST - timedelta(days=days - 1 - number), datetime.min.time(), UTC)
        start_ns = round(day.timestamp()) * NS_PER_S + 8 * 3600 * NS_PER_S
        items = [RecordingStart(start_ns, "AA:BB", "Back", False, "axes")]
        for second in range(0, SHIFT_H * 3600, SPAN_S):
            at_ns = start_ns + second * NS_PER_S
            activity = activities[rng.integers(3)]
            items.append(StateChange(at_ns, activity, Posture.NEUTRAL, 0.9, "desk/1"))
            items.append(Covered(at_ns, at_ns + SPAN_S * NS_PER_S, 100.0))
            for minute in range(SPAN_S // 60):
                minute_ns = at_ns + minute * 60 * NS_PER_S
                items.append(MinuteSummary(minute_ns, 60, 30, 20, 10, 5, 1, 18, 95))
        for index in range(EVENTS):
            at_ns = start_ns + index * SHIFT_H * 3600 * NS_PER_S // EVENTS
            items.append(
                MotionEvent(
                    EventKind.BEND,
                    *(at_ns, at_ns + NS_PER_S, at_ns),
                    *(0.7, "desk/1", {"peak_sagittal_deg": 61.5}),
                )
            )
        with store.writer() as writer:
            writer.write([*items, RecordingEnd("closed")])


async def _history(days: int, requests: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        store = await asyncio.to_thread(Store, Path(folder) / "backwatch.db", UTC)
        await asyncio.to_thread(_fill, store, days)
        queries = await asyncio.to_thread(store.queries)
        source = FakeSource(store)
        source.now.take(Connected(1, "AA:BB", "Back"), Step())
        access = await asyncio.to_thread(Access, Path(folder) / "page.key")
        app = create_app(source, queries, access=access, clock_ns=time.time_ns)
        figures = []
        async with serve(app, "127.0.0.1", 0) as address:
            headers = {"authorization": f"Bearer {access.api_token}"}
            async with httpx.AsyncClient(base_url=address.url, headers=headers) as client:
                year, month = (LAST - timedelta(days=back) for back in (364, 29))
                for what, path in (
                    *((what, f"/api/{what}?date={LAST}") for what in ("day", "exposure", "events")),
                    ("week", f"/api/week?date={LAST}"),
                    ("days, a month", f"/api/days?from={month}&to={LAST}"),
                    ("days, a year", f"/api/days?from={year}&to={LAST}"),
                ):
                    took_ms = []
                    for _ in range(WARM + requests):
                        begin_s = time.perf_counter()
                        answer = await client.get(path)
                        took_ms.append((time.perf_counter() - begin_s) * 1000)
                        answer.raise_for_status()
                    said = f"over HTTP, {len(answer.content) / 1000:.0f} kB"
                    for percent, most in ((50, None), (99, 10.0)):
                        value = percentile(took_ms[WARM:], percent)
                        name = f"/api/{what}, p{percent}"
                        figures.append(Figure(name, value, "ms", most, note=said))
        await asyncio.to_thread(queries.close)
        return figures


SUBJECT = Subject("storing", "Samples and days in the store", measure)
