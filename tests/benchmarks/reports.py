"""A report of a week of the desk and of the warehouse: how long it takes, how large it is."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC
from functools import partial
from pathlib import Path

from monitor.report import as_csv, as_pdf, make_report, week_of
from monitor.store import Store
from tests.benchmarks.figures import Figure, Subject, percentile
from tests.benchmarks.year import DESK, HOUR_S, LAST, store_year

DAYS = 21  # both weeks, and one before the earlier, which it is compared with
TIMES = 10
MOST_MS = 1000.0  # of a PDF; who asks for one waits for it. Ours
QUICK_HOUR_S = 60


def measure(quick: bool) -> Iterator[Figure]:
    """In this process; the first PDF of all also loads what draws it."""
    times = 2 if quick else TIMES
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "weeks.db", UTC)
        store_year(store, DAYS, hour_s=QUICK_HOUR_S if quick else HOUR_S)
        with closing(store.queries()) as queries:
            for name, kind, day in (("desk", "desk", DESK), ("warehouse", "manual", LAST)):
                made = partial(make_report, queries, *week_of(day), kind=kind)
                yield _took(f"{name}, from the store", made, times)
                report = made()
                drawn = partial(as_pdf, report)
                yield _took(f"{name}, PDF, the first", drawn, 1)
                yield _took(f"{name}, PDF", drawn, times, MOST_MS)
                yield Figure(f"{name}, PDF, size", len(drawn()) / 1e3, "kB")
                yield Figure(f"{name}, CSV, size", len(as_csv(report).encode()) / 1e3, "kB")


def _took(name: str, work: Callable[[], object], times: int, most: float | None = None) -> Figure:
    """Of the processor, which others at work on the machine do not change much."""
    cpu_ms, wall_ms = [], []
    for _ in range(times):
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        work()
        cpu_ms.append(1e3 * (time.process_time() - cpu_s))
        wall_ms.append(1e3 * (time.perf_counter() - wall_s))
    said = f"p50 of {times}; wall {percentile(wall_ms, 50):.0f}"
    return Figure(name, percentile(cpu_ms, 50), "ms CPU", most, note=said)


SUBJECT = Subject("reports", "A week as a report", measure)
