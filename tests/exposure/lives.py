"""Hand-made features, states and beats of a person who does as written."""

import math
from itertools import pairwise

import numpy as np

from monitor.features import Features
from monitor.model import (
    NS_PER_S,
    Activity,
    Beat,
    EventKind,
    MotionChunk,
    MotionEvent,
    Posture,
    Segment,
    SegmentEnd,
    StateChange,
)
from monitor.stage import feed

RATE_HZ = 20.0
START_NS = 1_700_000_040 * NS_PER_S  # a full minute of UTC
HOP_S = 0.1

# (seconds, lean in deg, activity, posture)
Act = tuple[int, float, Activity, Posture]


def second_ns(second: float, start_ns: int = START_NS) -> int:
    return start_ns + round(second * NS_PER_S)


def motion(acts: list[Act], *, start_ns: int = START_NS, forward: bool = True) -> list:
    """Features of the leans, and their segment's end."""
    lean = np.radians(np.concatenate([np.full(int(s * RATE_HZ), deg) for s, deg, *_ in acts]))
    n = len(lean)
    segment = Segment(0, start_ns, RATE_HZ)
    up = np.stack([-np.sin(lean), np.zeros(n), np.cos(lean)], axis=1)
    chunk = MotionChunk(
        segment, 0, up, up * 9.80665, np.zeros((n, 3)), np.ones(n, bool), np.zeros(n, np.uint8),
        forward,
    )  # fmt: skip
    return feed(Features(), [chunk, SegmentEnd(segment, n, "end of file")])


def told(acts: list[Act], *, start_ns: int = START_NS, **marks: dict[int, object]) -> list:
    """Features and what is said of them, in order; `statics` and `holds` by second of the beat."""
    statics, holds = marks.get("statics", {}), marks.get("holds", {})
    features, end = motion(acts, start_ns=start_ns)
    edges = np.cumsum([0, *(act[0] for act in acts)]).tolist()
    said: list = []
    for (start, stop), (_, deg, activity, posture) in zip(pairwise(edges), acts, strict=True):
        said.append(StateChange(second_ns(start, start_ns), activity, posture, 0.9, "desk/1"))
        for second in range(start + 1, stop + 1):
            said.append(
                Beat(
                    second_ns(second, start_ns), activity, posture, math.radians(deg),
                    statics.get(second), holds.get(second, 0.0),
                )
            )  # fmt: skip
    said.append(
        StateChange(second_ns(edges[-1], start_ns), Activity.UNKNOWN, Posture.NONE, 1, "desk/1")
    )
    return [features, *said, end]


def bend(
    at_s: float, peak_deg: float, kind: EventKind = EventKind.BEND, *flags: str
) -> MotionEvent:
    return MotionEvent(
        kind, second_ns(at_s), second_ns(at_s + 2), second_ns(at_s + 5), 0.8, "desk/1",
        {"peak_sagittal_deg": peak_deg}, flags,
    )  # fmt: skip
