"""Simulated days of one person through the whole path, told to whoever started this process.

Run as `python -m backwatch.earlier_days` with a `Wanted` as JSON on its command line; it writes
a `Progress` or a `DayMade` at a time to standard output, as `backwatch.story` reads them, and ends
when its standard input does.
"""

import copyreg
import json
import os
import pickle
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from monitor.coaching import Broker, Channel, Decision, Kind, Manners, rule
from monitor.model import (
    NS_PER_S,
    Alert,
    Beat,
    MotionChunk,
    Mounting,
    Origin,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.model.journal import Trace
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Step
from monitor.profiles import PROFILES, placed
from monitor.store import Covered, RawSamples, RecordingEnd, RecordingStart
from monitor.store.records import LaneItem
from simulator.imu import acc_mps2, draw_imu, gyr_radps, marked_axes
from simulator.motion import Actor, Involuntary, Phrase, draw_person
from simulator.plays import commute, desk_day, warehouse_shift
from simulator.truth import render

RATE_HZ = 100.0  # Hz; the rate of a Backwatch sensor
WORN = Placement.UPPER_BACK
PROFILE = "desk"
NEUTRAL_S = 3.0  # s; every play begins with more than that of standing still
PIECE = 1_000  # samples pushed at once; ten seconds. Ours
POINT_S = 0.1  # s; from one point of a trace to the next, as live
BEFORE_S, AFTER_S = 25.0, 5.0  # s; of an alert, in its trace, as live
ADDRESS, NAME = "simulated", "Simulated sensor"
LENGTH = struct.Struct("<Q")  # before each message: its bytes
FIRST_BEGINS = time(8, 30)
AFTERNOON = time(13, 30)

HOUR_S = 3600.0
Play = Callable[[Actor, np.random.Generator, float], Iterator[Phrase]]
Part = tuple[time, Play, float]  # begins, what is done, for how long [s]
Plan = tuple[Part, ...]  # of a day

_DESK: Plan = ((FIRST_BEGINS, desk_day, 8 * HOUR_S),)
_BOTH: Plan = (
    (FIRST_BEGINS, desk_day, 4 * HOUR_S),
    (AFTERNOON, warehouse_shift, 3 * HOUR_S),
)
_ERRANDS: Plan = (
    (time(10), commute, 0.5 * HOUR_S),
    (time(11), warehouse_shift, 1 * HOUR_S),
)
WEEK: tuple[Plan, ...] = (
    _DESK,
    _BOTH,
    _DESK,
    _BOTH,
    _DESK,
    _ERRANDS,
    (),
)  # from Monday


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days to make.

    Attributes:
        dates: in this order.
        seed: whose days; the same seed and date give the same day.
        scale: of the lengths in `WEEK`; below 1 for tests.
    """

    dates: tuple[date, ...]
    seed: int
    scale: float = 1.0

    def text(self) -> str:
        """As JSON, for a command line."""
        days = [day.isoformat() for day in self.dates]
        return json.dumps({"dates": days, "seed": self.seed, "scale": self.scale})


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a day is done, 0 to 1."""

    day: date
    share: float


@dataclass(frozen=True, slots=True)
class DayMade:
    """All that is kept of a day: recordings that have ended, and what became of their alerts."""

    day: date
    items: tuple[LaneItem, ...]
    decisions: tuple[Decision, ...]
    traces: tuple[Trace, ...]


Message = Progress | DayMade


def make_day(
    day: date,
    seed: int,
    scale: float = 1.0,
    say: Callable[[Progress], None] = lambda _: None,
    *,
    plan: Plan | None = None,
    samples: bool = False,
) -> DayMade:
    """One day of the person, in local time.

    Args:
        plan: what is done; None: what `WEEK` has for the day.
        samples: keep them, too.
    """
    plan = WEEK[day.weekday()] if plan is None else plan
    total_s = sum(length_s for _, _, length_s in plan)
    kept = _Kept(samples=samples)
    done_s = 0.0
    for number, (begins, play, length_s) in enumerate(plan):
        start_ns = round(datetime.combine(day, begins).timestamp()) * NS_PER_S
        own = np.random.SeedSequence([seed, day.toordinal(), number])
        for share in kept.record(start_ns, _samples(play, length_s * scale, seed, own)):
            said_s = done_s + min(length_s, share / scale)
            say(Progress(day, said_s / total_s))
        done_s += length_s
    return DayMade(day, tuple(kept.items), tuple(kept.decisions), tuple(kept.traces))


def _samples(
    play: Play, length_s: float, seed: int, own: np.random.SeedSequence
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Accelerometer [m/s^2] and gyroscope [rad/s], shapes (n, 3); person and sensor by `seed`."""
    person_rng, imu_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2)
    )
    actor_rng, play_rng, body_rng, noise_rng = (
        np.random.default_rng(child) for child in own.spawn(4)
    )
    person = draw_person(person_rng, WORN)
    imu = draw_imu(imu_rng, WORN)
    phrases = play(Actor(person, actor_rng), play_rng, length_s)
    for block in render(phrases, Involuntary(person, body_rng), person.lever, RATE_HZ):
        counts = imu.counts(block.motion, block.time_s, RATE_HZ, noise_rng)
        acc, gyr = acc_mps2(counts), gyr_radps(counts)
        for first in range(0, len(acc), PIECE):
            yield acc[first : first + PIECE], gyr[first : first + PIECE]


class _Kept:
    """What the path makes of the samples of a day, as a running monitor would keep it."""

    def __init__(self, *, samples: bool = False) -> None:
        self._samples = samples
        self.items: list[LaneItem] = []
        self.decisions: list[Decision] = []
        self.traces: list[Trace] = []
        self._broker = Broker(Manners(baseline=False), _local)
        self._points: deque[tuple[int, float | None, float | None, float]] = deque()
        self._to_trace: deque[Alert] = deque()

    def record(
        self,
        start_ns: int,
        samples: Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]],
    ) -> Iterator[float]:
        """A recording from `start_ns` on; yields how many seconds of it there are by now."""
        profile = placed(PROFILES[PROFILE], WORN, calibrated=True)
        mounting = mounting_from_axes(*marked_axes(WORN))
        path = Interpret(profile, mounting, NEUTRAL_S, standing=profile)
        segment = Segment(0, start_ns, RATE_HZ)
        self._start(start_ns, mounting)
        first = 0
        for acc, gyr in samples:
            origin = np.full(len(acc), Origin.MEASURED, np.uint8)
            chunk = SampleChunk(segment, first, acc, gyr, origin)
            first += len(chunk)
            self.items.append(
                Covered(
                    segment.time_ns(chunk.first), segment.time_ns(first), RATE_HZ, segment.doubt
                )
            )
            if self._samples:
                self.items.append(RawSamples(chunk, path.mounting))
            self._keep(path.push([chunk]))
            yield first / RATE_HZ
        end = "the simulated person took it off"
        self._keep(path.push([SegmentEnd(segment, first, end)]))
        while self._to_trace:
            self._trace(self._to_trace.popleft())
        self._points.clear()
        self.items.append(RecordingEnd(end))

    def _start(self, at_ns: int, mounting: Mounting) -> None:
        self.items.append(
            RecordingStart(at_ns, ADDRESS, NAME, True, mounting.source, placement=WORN.value)
        )

    def _keep(self, step: Step) -> None:
        self.items += [*step.changes, *step.events, *step.minutes, *step.doses]
        alerts = [one for one in step.alerts if rule(one.rule).kind is not Kind.NOTICE]
        self.items += alerts
        heard: list[Alert | Beat] = [*step.beats, *alerts]
        # A beat first: an alert is judged by what the person does at that second.
        for item in sorted(heard, key=lambda one: (one.at_ns, isinstance(one, Alert))):
            for decided in self._broker.push(item):
                self.decisions.append(_on_page(decided))
        self._to_trace += alerts
        for chunk in step.motion:
            if isinstance(chunk, MotionChunk):
                self._see(chunk)

    def _see(self, chunk: MotionChunk) -> None:
        stride = round(POINT_S * chunk.segment.rate_hz)
        rows = np.arange(-chunk.first % stride, len(chunk.up), stride)
        sagittal, lateral = np.degrees(chunk.sagittal_rad()), np.degrees(chunk.lateral_rad())
        inclination = np.degrees(chunk.inclination_rad())
        for row in rows.tolist():
            at_ns = chunk.segment.time_ns(chunk.first + row)
            self._points.append(
                (at_ns, float(sagittal[row]), float(lateral[row]), float(inclination[row]))
            )
            while self._to_trace and at_ns >= self._to_trace[0].at_ns + AFTER_S * NS_PER_S:
                self._trace(self._to_trace.popleft())
            while at_ns - self._points[0][0] > 3 * BEFORE_S * NS_PER_S and not self._to_trace:
                self._points.popleft()

    def _trace(self, alert: Alert) -> None:
        start_ns = alert.at_ns - round(BEFORE_S * NS_PER_S)
        stop_ns = alert.at_ns + round(AFTER_S * NS_PER_S)
        points = [point for point in self._points if start_ns <= point[0] < stop_ns]
        if points:
            self.traces.append(Trace(alert.rule, alert.at_ns, *zip(*points, strict=True)))


def _on_page(decision: Decision) -> Decision:
    """The only channel that a day of the past could have had."""
    return replace(decision, channels=tuple(c for c in decision.channels if c is Channel.PAGE))


def _local(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / NS_PER_S)


def worn_before(today: date, days: int) -> tuple[date, ...]:
    """The dates of so many days before `today` on which the sensor is worn, the latest first."""
    found = (today - timedelta(days=back) for back in range(1, days + 1))
    return tuple(day for day in found if WEEK[day.weekday()])


def read_only(values: dict[str, float]) -> Mapping[str, float]:
    """The values of an event or alert as the path gives them; pickle asks for a function."""
    return MappingProxyType(values)


def _plain(values: Mapping[str, float]) -> tuple[object, tuple[dict[str, float]]]:
    return read_only, (dict(values),)


def _end_with_stdin() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)  # in the middle of a day, of which nobody wants to know any more


def main(text: str) -> int:
    if hasattr(os, "nice"):
        os.nice(19)  # the sensor and the page come first
    said = json.loads(text)
    wanted = Wanted(
        tuple(date.fromisoformat(day) for day in said["dates"]), said["seed"], said["scale"]
    )
    copyreg.pickle(MappingProxyType, _plain)  # type: ignore[arg-type]  # typeshed knows no generic
    threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    out = os.fdopen(os.dup(1), "wb")

    def tell(message: Message) -> None:
        data = pickle.dumps(message)
        out.write(LENGTH.pack(len(data)) + data)
        out.flush()

    for day in wanted.dates:
        told = -1.0

        def progress(now: Progress) -> None:
            nonlocal told
            if now.share >= told + 0.02:
                told = now.share
                tell(now)

        tell(make_day(day, wanted.seed, wanted.scale, progress))
    out.close()
    return 0


if __name__ == "__main__":
    # Under its own name, so that what is pickled is found again by whoever reads it.
    from backwatch import earlier_days

    with suppress(BrokenPipeError):
        sys.exit(earlier_days.main(sys.argv[1]))
