"""Samples and days in the store: size, and how soon an answer comes over HTTP."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

from monitor.model import SampleChunk
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Acquire
from monitor.store import Store, raw_folder
from monitor.store.raw import RawSamples, RawWriter
from tests.benchmarks.figures import Figure, Subject, percentile
from tests.benchmarks.interpretation import notifications
from tests.benchmarks.served import served
from tests.benchmarks.year import DESK, HOUR_S, LAST, store_year

ROUTES = (
    *("day", "week", "events", "exposure", "alerts", "lifts", "corrections"),
    *("day.csv", "week.csv", "exposure.csv", "lifts.csv"),
)
MOST_MS = 10.0  # asked for by the design
CLOCKS = ("cpu", "wall")
QUIET = 0.7  # load; above, the time of an answer is that of whoever else is at work. Ours
WARM = 5  # requests that are not counted: imports, the first pages of the file


def measure(quick: bool) -> Iterator[Figure]:
    for scenario, most in (("desk_day", 4.3), ("warehouse_shift", None)):
        yield _raw(60 if quick else 3600, scenario, most)
    yield from _history(9 if quick else 365, 120 if quick else HOUR_S, 3 if quick else 300)


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


def _history(days: int, hour_s: int, requests: int) -> Iterator[Figure]:
    """Every answer about the past; the server alone in a process, and one who asks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backwatch.db"
        store_year(Store(path, UTC), days, hour_s=hour_s)
        yield Figure("days in the store", path.stat().st_size / 1e6, "MB", note=f"{days} days")
        with served(Path(folder)) as server:
            for name, route in _asked():
                for _ in range(WARM):
                    server.get(route)
                load = os.getloadavg()[0]
                answers = [server.get(route) for _ in range(requests)]
                cpu_ms, wall_ms = ([getattr(one, f"{c}_ms") for one in answers] for c in CLOCKS)
                said = f"p50 {percentile(cpu_ms, 50):.1f}, {answers[0].length / 1000:.0f} kB"
                yield Figure(f"{name}, p99", percentile(cpu_ms, 99), "ms CPU", MOST_MS, note=said)
                said = f"p50 {percentile(wall_ms, 50):.1f}, load {load:.1f}"
                most = MOST_MS if load < QUIET else None  # else it is a figure of the others
                yield Figure(f"{name}, p99 wall", percentile(wall_ms, 99), "ms", most, note=said)


def _asked() -> Iterator[tuple[str, str]]:
    """Name and route."""
    for work, day in (("desk", DESK), ("warehouse", LAST)):
        for route in ROUTES:
            yield f"/api/{route}, {work}", f"/api/{route}?date={day}"
    for name, days in (("month", 30), ("year", 365)):
        first = LAST - timedelta(days=days - 1)
        for route in ("days", "days.csv", "exposure/days"):
            yield f"/api/{route}, a {name}", f"/api/{route}?from={first}&to={LAST}"


SUBJECT = Subject("storing", "Samples and days in the store", measure)
