"""What a person said of alerts, turned into a threshold they may take or leave."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Alert
from monitor.model.journal import Verdict

LEAST = 8  # verdicts; chosen by us: fewer are moods
BETTER = 3  # so many fewer misjudged alerts make a change worth proposing; chosen by us
MOSTLY = 0.6  # share of "wrong" from which a delay is proposed to grow; chosen by us
LONGER = 1.25  # by how much; chosen by us
DELAYS: Mapping[str, str] = {
    "sitting": "sitting_s",
    "standing": "standing_s",
    "static": "static_s",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A threshold to try; nothing changes unless the person says so.

    Attributes:
        name: as in `monitor.profiles.THRESHOLDS`.
        value: proposed; `now` is in force.
        why: one sentence.
    """

    name: str
    now: float
    value: float
    why: str


RIGHT = Verdict.RIGHT
Judged = Sequence[tuple[Alert, Verdict]]


def advise(judged: Judged, thresholds: Mapping[str, tuple[float, float]]) -> list[Advice]:
    """What the verdicts suggest; most often nothing.

    Args:
        judged: alerts with what was said of them. "Had to" counts for neither side.
        thresholds: value in force and largest allowed, by name.
    """
    found = [_angle(judged, *thresholds["slouch_on_deg"])]
    for rule, name in DELAYS.items():
        found.append(_delay(judged, rule, name, *thresholds[name]))
    return [advice for advice in found if advice is not None]


def _angle(judged: Judged, now: float, most: float) -> Advice | None:
    """The angle over which fewest alerts are misjudged, as far as it is above that in force."""
    said = [
        (alert.values["angle_deg"] - alert.values.get("sit_tall_deg", 0.0), verdict is RIGHT)
        for alert, verdict in judged
        if alert.rule == "slouch" and verdict is not Verdict.HAD_TO and "angle_deg" in alert.values
    ]
    if len(said) < LEAST:
        return None

    def misjudged(threshold: float) -> int:
        return sum((angle >= threshold) is not right for angle, right in said)

    candidates = [now, *(float(deg) for deg in range(math.floor(now) + 1, math.floor(most) + 1))]
    best = min(candidates, key=misjudged)
    if misjudged(now) - misjudged(best) < BETTER:
        return None
    wrong = sum(not right for _, right in said)
    return Advice(
        "slouch_on_deg",
        now,
        best,
        f"You called {wrong} of {len(said)} wrong; from {best:.0f}° on it would have been "
        f"{sum(not right and angle >= best for angle, right in said)}.",
    )


def _delay(judged: Judged, rule: str, name: str, now: float, most: float) -> Advice | None:
    said = [
        verdict is Verdict.WRONG
        for alert, verdict in judged
        if alert.rule == rule and verdict is not Verdict.HAD_TO
    ]
    if len(said) < LEAST or sum(said) < MOSTLY * len(said):
        return None
    longer = min(most, 60.0 * math.ceil(now * LONGER / 60.0))
    if longer <= now:
        return None
    return Advice(
        name,
        now,
        longer,
        f"You called {sum(said)} of {len(said)} wrong; it could wait {longer / 60:.0f} min.",
    )
