"""A simulated month through the whole path: what the rules raise, and what the person hears.

    python -m tests.coaching.month [--days N] [--json]     the tables of docs/coaching.md

Motion is drawn beforehand, so nobody in it answers a reminder: back-off is seen at its strongest.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import numpy as np

from monitor.coaching import Broker, Hours, Manners, Outcome, Wishes
from monitor.model import (
    NS_PER_S,
    Alert,
    Beat,
    EventKind,
    MotionEvent,
    Origin,
    Placement,
    Posture,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Step
from monitor.profiles import PROFILES, placed
from simulator.scenarios import simulate

RATE_HZ = 50.0
HOURS = 8.0
MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
WORKERS = {"desk": "desk_day", "manual": "warehouse_shift"}
CALL_S = 1800.0  # two a day, at a desk
SNOOZE_S = 900.0  # one a day


def days(count: int) -> Iterator[datetime]:
    """Working days."""
    day = MONDAY
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


def steps(worker: str, seed: int, start_ns: int, hours: float) -> Iterator[Step]:
    """A day of samples through the path."""
    profile = PROFILES[worker]
    interpret = Interpret(
        placed(profile, Placement.UPPER_BACK, calibrated=True), mounting_from_axes("+x", "-z")
    )
    segment = Segment(1, start_ns, RATE_HZ)
    stop = 0
    for block in simulate(WORKERS[worker], hours=hours, seed=seed, rate_hz=RATE_HZ):
        n = len(block)
        chunk = SampleChunk(
            segment,
            block.first,
            block.acc_mps2,
            block.gyr_radps,
            np.full(n, Origin.MEASURED, np.uint8),
        )
        stop = block.first + n
        yield interpret.push([chunk])
    yield interpret.push([SegmentEnd(segment, stop, "end of the day")])


def month(worker: str, count: int, hours: float = HOURS) -> dict[str, Counter[str]]:
    """What was raised, what became of it by outcome and reason, and what naive rules would send."""
    manners = replace(Manners(), quiet=(Hours(time(12, 0), time(12, 30)),))
    broker = Broker(manners, lambda at_ns: datetime.fromtimestamp(at_ns / NS_PER_S, UTC))
    raised: Counter[str] = Counter()
    became: Counter[str] = Counter()
    told: Counter[str] = Counter()
    naive: Counter[str] = Counter()
    last: dict[tuple[str, int], str] = {}
    generator = np.random.default_rng(5)
    for number, day in enumerate(days(count)):
        start_ns = int(day.timestamp()) * NS_PER_S
        busy = _busy(worker, generator, start_ns, hours)
        for step in steps(worker, number, start_ns, hours):
            raised.update(alert.rule for alert in step.alerts)
            naive.update(_naive(step))
            items: list[Alert | Beat] = [*step.beats, *step.alerts]
            for item in sorted(items, key=lambda one: (one.at_ns, isinstance(one, Alert))):
                broker.wishes = busy(item.at_ns)
                for decision in broker.push(item):
                    if decision.outcome is Outcome.CLEARED:
                        continue
                    key = (decision.alert.rule, decision.alert.at_ns)
                    last[key] = f"{decision.outcome.value}: {decision.reason.value}"
                    if decision.outcome is Outcome.HELD:
                        became[f"held on the way: {decision.reason.value}"] += 1
                    if decision.outcome is Outcome.TOLD:
                        told[decision.alert.rule] += 1
    became.update(last.values())
    return {"raised": raised, "became": became, "told": told, "naive": naive}


def _busy(
    worker: str, generator: np.random.Generator, start_ns: int, hours: float
) -> Callable[[int], Wishes]:
    """Calls at a desk, and a snooze."""
    length_ns = round(hours * 3600 * NS_PER_S)
    calls = start_ns + generator.integers(0, length_ns, 2 if worker == "desk" else 0)
    snooze_ns = start_ns + int(generator.integers(0, length_ns))

    def wishes(at_ns: int) -> Wishes:
        in_call = any(0 <= at_ns - call < CALL_S * NS_PER_S for call in calls)
        until_ns = round(snooze_ns + SNOOZE_S * NS_PER_S)
        snoozed = snooze_ns <= at_ns < until_ns
        return Wishes(snoozed_until_ns=until_ns if snoozed else 0, in_call=in_call)

    return wishes


def _naive(step: Step) -> Iterator[str]:
    """A buzz at each deep bend, and at each slouch of ten seconds."""
    for event in step.events:
        if _deep(event):
            yield "deep bends"
    for change in step.changes:
        if change.posture is Posture.SLOUCHED:
            yield "slouches"


def _deep(event: MotionEvent) -> bool:
    bends = (EventKind.BEND, EventKind.LIFT)
    return event.kind in bends and event.values["peak_sagittal_deg"] >= 60.0


def tables(count: int, hours: float = HOURS) -> str:
    """Markdown."""
    lines = []
    for worker in WORKERS:
        found = month(worker, count, hours)
        told = sum(found["told"].values())
        lines += [
            f"### {worker}: {count} days",
            "",
            f"Raised by the rules: {sum(found['raised'].values())}. Told: {told} "
            f"({told / count:.1f} a day). A naive gadget: {sum(found['naive'].values())} "
            f"({', '.join(f'{n} {what}' for what, n in sorted(found['naive'].items()))}).",
            "",
            "| what became of an alert | how many |",
            "| --- | --- |",
            *(f"| {name} | {n} |" for name, n in sorted(found["became"].items())),
            "",
            "| told | how many |",
            "| --- | --- |",
            *(f"| {name} | {n} |" for name, n in found["told"].most_common()),
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--hours", type=float, default=HOURS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if chosen.json:
        print(json.dumps({w: month(w, chosen.days, chosen.hours) for w in WORKERS}))
    else:
        print(tables(chosen.days, chosen.hours))
