"""Slow bends practised on purpose: each counted, none called good or bad."""

import math
from dataclasses import dataclass

from monitor.model import EventKind, MotionEvent
from monitor.model.journal import DrillBend, DrillRecord

BENDS = 10  # in a drill; chosen by us
SLOW_DEGPS = 60.0  # deg/s, either way; half of what ordinary stoops reach (SisFall). Ours
STRAIGHT_DEG = 15.0  # deg of turning while bent, up to which it is none. Ours
LEAST_SUNK_M = 0.05  # m; a sensor that sank less says nothing of knees. Ours
ARC_M = 0.42  # m; hip to sensor, as in `monitor.states.technique`

_HOW = (
    "Stand with your feet apart and bend forward slowly {}, past 30°, at your own pace. "
    "Each is told about three seconds after you are up again."
)
STOP = "Stop whenever you like, and at once if it hurts."


class Drill:
    """Counts bends as the path reports them, from when it began; push events until it is `done`.

    `wanted` says after how many.
    """

    def __init__(
        self, begun_ns: int, *, slow_degps: float = SLOW_DEGPS, wanted: int = BENDS
    ) -> None:
        self.begun_ns = begun_ns
        self.wanted = wanted
        self.slow_degps = slow_degps
        self.bends: list[DrillBend] = []

    @property
    def done(self) -> bool:
        """Whether all have been seen."""
        return len(self.bends) >= self.wanted

    def push(self, event: MotionEvent) -> DrillBend | None:
        """The bend that an event is; None where it is none, or not of this drill."""
        bends = event.kind in (EventKind.BEND, EventKind.LIFT)
        if not bends or event.start_ns < self.begun_ns or self.done:
            return None
        bend = judge(event, slow_degps=self.slow_degps)
        self.bends.append(bend)
        return bend

    def record(self) -> DrillRecord:
        """What to keep."""
        return DrillRecord(self.begun_ns, self.slow_degps, tuple(self.bends), not self.done)


def judge(event: MotionEvent, *, slow_degps: float = SLOW_DEGPS) -> DrillBend:
    """One bend in numbers, and whether it was slow and without a turn."""
    values = event.values
    down, up = values["peak_bend_velocity_degps"], values["peak_return_velocity_degps"]
    return DrillBend(
        at_ns=event.start_ns,
        peak_deg=values["peak_sagittal_deg"],
        down_degps=down,
        up_degps=up,
        turn_deg=values["turn_deg"],
        knees_share=_knees_share(values.get("depth_m"), values["peak_sagittal_deg"]),
        slow=max(down, up) <= slow_degps,
        straight=values["turn_deg"] <= STRAIGHT_DEG,
    )


def _knees_share(depth_m: float | None, lean_deg: float) -> float | None:
    """How much of the way down came from the knees, 0 to 1; the rest is hinging at the hips."""
    if depth_m is None:
        return None
    hinged_m = ARC_M * (1.0 - math.cos(math.radians(max(0.0, lean_deg))))
    sunk_m = depth_m + hinged_m
    return None if sunk_m < LEAST_SUNK_M else min(1.0, max(0.0, depth_m / sunk_m))


def how(wanted: int = BENDS) -> str:
    """What to do."""
    times = {1: "once", 2: "twice", BENDS: "ten times"}
    return _HOW.format(times.get(wanted, f"{wanted} times"))


@dataclass(frozen=True, slots=True)
class DrillSum:
    """A drill in a line.

    Attributes:
        slow, straight: how many were.
        evenness_degps: between the fastest and the slowest way down; None below two bends.
    """

    bends: int
    slow: int
    straight: int
    evenness_degps: float | None


def sum_up(record: DrillRecord) -> DrillSum:
    """Counts, and nothing concluded from them."""
    down = [bend.down_degps for bend in record.bends]
    return DrillSum(
        len(record.bends),
        sum(bend.slow for bend in record.bends),
        sum(bend.straight for bend in record.bends),
        max(down) - min(down) if len(down) > 1 else None,
    )
