"""Lifts of today to look at, as the path would store them."""

import math
from collections.abc import Mapping

import numpy as np

from monitor.model import NS_PER_S, EventKind, MotionEvent
from monitor.model.journal import Tag, Trace
from monitor.store import RecordingEnd, RecordingStart, Store

MINUTE_NS = 60 * NS_PER_S
DEPTH, SPEED, TURN = (
    # measured, and points by part; of the index of manual profiles
    {"peak_sagittal_deg": 84.0, "index_depth": 36.0, "peak_bend_velocity_degps": 60.0,
     "index_velocity": 8.3, "turn_deg": 12.0, "index_turn": 2.0, "peak_lateral_deg": -12.0,
     "index_side": 1.5, "index": 47.8, "duration_s": 3.2},
    {"peak_sagittal_deg": 62.0, "index_depth": 14.0, "peak_bend_velocity_degps": 138.0,
     "index_velocity": 24.0, "turn_deg": 5.0, "index_turn": 0.0, "peak_lateral_deg": 4.0,
     "index_side": 0.0, "index": 38.0, "duration_s": 1.9},
    {"peak_sagittal_deg": 71.0, "index_depth": 12.0, "peak_bend_velocity_degps": 70.0,
     "index_velocity": 9.0, "turn_deg": 52.0, "index_turn": 20.0, "peak_lateral_deg": 18.0,
     "index_side": 6.0, "index": 47.0, "duration_s": 2.6},
)  # fmt: skip


def store_lifts(store: Store, now_ns: int) -> None:
    """Nine lifts in the last two hours, three of them demanding, one tagged and one untraced."""
    lifts = []
    for number in range(9):
        values: Mapping[str, float] = (DEPTH, SPEED, TURN)[number % 3]
        flags = ("deep", "demanding") if number % 3 == 0 else ()
        lifts.append(_lift(now_ns - (110 - 12 * number) * MINUTE_NS, values, flags))
    with store.writer() as writer:
        writer.write([RecordingStart(lifts[0].start_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")])
        stored = writer.write([*lifts]).events
        writer.write([RecordingEnd("the shift went on")])
    journal = store.journal()
    for lift in lifts[1:]:
        journal.add_trace(_trace(lift))
    journal.add_tag(Tag(stored[6].id, now_ns, "unloading", "dock 3"))
    journal.close()


def _lift(at_ns: int, values: Mapping[str, float], flags: tuple[str, ...]) -> MotionEvent:
    stop_ns = at_ns + round(values["duration_s"] * NS_PER_S)
    technique = "stoop" if flags else "squat"
    return MotionEvent(
        EventKind.LIFT, at_ns, stop_ns, stop_ns + 3 * NS_PER_S, 0.82, "manual/6", values, flags,
        technique,
    )  # fmt: skip


def _trace(lift: MotionEvent) -> Trace:
    """A bend as deep as the lift was, ten points a second."""
    lasted_s = lift.values["duration_s"]
    past_s = np.arange(-1.5, lasted_s + 1.5, 0.1)
    shape = np.sin(np.pi * np.clip(past_s / lasted_s, 0, 1)) ** 1.5
    lean = 5 + (lift.values["peak_sagittal_deg"] - 5) * shape
    return Trace(
        "lift",
        lift.known_ns,
        tuple(lift.start_ns + round(s * NS_PER_S) for s in past_s),
        tuple(round(float(deg), 1) for deg in lean),
        tuple(round(float(lift.values["peak_lateral_deg"] * share), 1) for share in shape),
        tuple(round(math.hypot(deg, 2), 1) for deg in lean),
    )
