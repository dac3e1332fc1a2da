"""An alert turned into the numbers that decided it, with their thresholds as of then.

What the alert has kept comes first, then the profile it was read with; where neither is known,
nothing is said in its place.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from dashboard.lifts import LiftPartSchema, lift_parts
from dashboard.schemas import Schema
from dashboard.texts import duration_words
from monitor.model import Alert, EventKind, MotionEvent
from monitor.profiles import Profile
from monitor.states.bends import INDEX_PARTS, technique_index
from monitor.states.holds import holding_time_min

POINTS = 0.01  # of 100; far over what storing a lift rounds

Unit = Literal["deg", "s", "g", "1/min", "%", "of 100"]
Bound = Literal["least", "most"]


class ReasonSchema(Schema):
    """A number that an alert was about."""

    title: str = Field(description="What was measured, in words.")
    measured: float | None = Field(description="In `unit`; null: not kept.")
    threshold: float | None = Field(description="In `unit`, as of then; null: none, or not known.")
    unit: Unit = Field(description="Of both.")
    bound: Bound = Field(description="Least: told from the threshold on; most: up to it.")
    decided: bool = Field(description="The alert was raised for it; else it had to hold as well.")


class LineSchema(Schema):
    """A threshold to draw."""

    title: str = Field(description="What it means.")
    deg: float = Field(description="Where to draw it [deg].")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an alert was raised.

    Attributes:
        numbers: those that decided first.
        parts: of the lift index, for an alert about a lift; else empty.
        lines: thresholds of angles, to draw.
    """

    numbers: tuple[ReasonSchema, ...]
    parts: tuple[LiftPartSchema, ...]
    lines: tuple[LineSchema, ...]


def reasons_for(alert: Alert, profile: Profile | None) -> Reasons:
    """Why it was raised; `profile` is the one it was read with, None where that is not known."""
    about = _ABOUT.get(alert.rule, _lasting)(alert.values, profile)
    return Reasons(
        tuple(sorted(about, key=lambda one: not one.decided)),
        _parts(alert, profile) if alert.rule == "lift" else (),
        tuple(_lines(alert, profile)),
    )


Values = Mapping[str, float]


def _one(
    title: str,
    measured: float | None,
    threshold: float | None,
    unit: Unit,
    *,
    decided: bool = False,
    bound: Bound = "least",
) -> ReasonSchema:
    return ReasonSchema(
        title=title,
        measured=None if measured is None else round(measured, 1),
        threshold=None if threshold is None else round(threshold, 1),
        unit=unit,
        bound=bound,
        decided=decided,
    )


def _lasting(values: Values, _: Profile | None) -> list[ReasonSchema]:
    if "duration_s" not in values:
        return []
    lasted_s, told_s = values["duration_s"], values.get("threshold_s")
    return [_one("Lasted", lasted_s, told_s, "s", decided=told_s is not None)]


def _slouch(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    told_s = values.get("threshold_s")
    lasted_s, share = values.get("duration_s"), values.get("share_of_window")
    told_share = values.get("threshold_share")
    if told_share is None and profile is not None:
        told_share = profile.alerts.slouch_share
    by_length = lasted_s is not None and told_s is not None and lasted_s >= told_s
    window = (
        "the last minutes"
        if profile is None
        else f"the last {duration_words(profile.alerts.slouch_window_s)}"
    )
    found = [
        _one("Lasted", lasted_s, told_s, "s", decided=by_length),
        _one(
            f"Share of {window}",
            None if share is None else 100.0 * share,
            None if told_share is None else 100.0 * told_share,
            "%",
            decided=share is not None and told_share is not None and share >= told_share,
        ),
    ]
    if "threshold_deg" in values:
        found.append(_one("Lean", values.get("angle_deg"), values["threshold_deg"], "deg"))
    elif "angle_deg" in values:
        on_deg = None if profile is None else math.degrees(profile.states.activity.slouch_on_rad)
        title = "Lean" if on_deg is None else f"Lean; {on_deg:.0f}° over sitting tall counts"
        found.append(_one(title, values["angle_deg"], None, "deg"))
    return found


def _break_soon(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    notice_s = None if profile is None else profile.alerts.notice_s
    return [
        _one("Until the break is due", values.get("due_s"), notice_s, "s", decided=True,
             bound="most")
    ]  # fmt: skip


def _hold(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    dose, lean_deg = values.get("dose"), values.get("angle_deg")
    told = values.get("threshold_dose")
    title = "Of the longest hold that ISO 11226 accepts at such a lean"
    flexed_deg = None
    if profile is not None:
        holding = profile.states.holding
        flexed_deg = math.degrees(holding.flexed_rad)
        told = profile.alerts.hold_dose if told is None else told
        if lean_deg is not None and lean_deg >= flexed_deg:
            most_s = 60.0 * holding_time_min(math.radians(lean_deg), holding)
            title = f"Of the {duration_words(most_s)} that ISO 11226 accepts at this lean"
    return [
        _one(
            title,
            None if dose is None else 100.0 * dose,
            None if told is None else 100.0 * told,
            "%",
            decided=True,
        ),
        _one("Held without coming back", values.get("duration_s"), None, "s"),
        _one("Lean", lean_deg, flexed_deg, "deg"),
    ]


def _limit(values: Values, _: Profile | None) -> list[ReasonSchema]:
    limit_deg = values.get("limit_deg")
    title = "Lean" if limit_deg is None else f"Lean; your limit is {limit_deg:.0f}°"
    return [_one(title, values.get("angle_deg"), values.get("threshold_deg"), "deg", decided=True)]


def _repetitive(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    deep_deg, window_s = values.get("threshold_deg"), values.get("window_s")
    if profile is not None:
        deep_deg = profile.alerts.repetitive_deg if deep_deg is None else deep_deg
        window_s = profile.alerts.repetitive_window_s if window_s is None else window_s
    title = "Deep bends a minute"
    if deep_deg is not None and window_s is not None:
        title = f"Bends of {deep_deg:.0f}° and more a minute, over {duration_words(window_s)}"
    told = values.get("threshold_per_min")
    return [_one(title, values.get("per_min"), told, "1/min", decided=True)]


def _lift(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    index, turn_deg = values.get("index"), values.get("turn_deg")
    peak_deg = values.get("peak_sagittal_deg")
    if profile is None:
        found = [
            _one("Lift index", index, None, "of 100"),
            _one("Turned while bent", turn_deg, None, "deg"),
            _one("Lean", peak_deg, None, "deg"),
        ]
        return [one for one in found if one.measured is not None]
    bending = profile.states.bending
    return [
        _one(
            "Lift index",
            index,
            bending.index_flag,
            "of 100",
            decided=index is not None and index >= bending.index_flag,
        ),
        _one(
            f"Turned while bent by more than {math.degrees(bending.turned_peak_rad):.0f}°",
            turn_deg,
            math.degrees(bending.turned_rad),
            "deg",
            decided=_turned(values, profile),
        ),
    ]


def _turned(values: Values, profile: Profile) -> bool:
    """Whether turning while bent alone made a lift demanding."""
    bending = profile.states.bending
    turned_deg, bent_deg = map(math.degrees, (bending.turned_rad, bending.turned_peak_rad))
    return (
        values.get("turn_deg", 0.0) > turned_deg and values.get("peak_sagittal_deg", 0.0) > bent_deg
    )


def _jolt(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    impact = None if profile is None else profile.states.impact
    return [
        _one(
            "Peak",
            values.get("peak_g"),
            None if impact is None else impact.jolt_g,
            "g",
            decided=True,
        ),
        _one(
            "Trunk turned by it; more would be a fall",
            values.get("posture_change_deg"),
            None if impact is None else math.degrees(impact.change_rad),
            "deg",
            bound="most",
        ),
    ]


def _fall(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    peak_g, turned_deg = values.get("peak_g"), values.get("posture_change_deg")
    if profile is None or peak_g is None:
        return [
            _one("Peak", peak_g, None, "g", decided=True),
            _one("Trunk turned by it", turned_deg, None, "deg", decided=True),
        ]
    impact = profile.states.impact
    soft = peak_g < impact.peak_g  # then a fast turn has to come with it
    least_rad = max(impact.change_rad, impact.change_with_turn_rad) if soft else impact.change_rad
    fast = f" with a turn of {math.degrees(impact.turn_rate_radps):.0f}° a second" if soft else ""
    return [
        _one(
            f"Peak{fast}",
            peak_g,
            impact.peak_with_turn_g if soft else impact.peak_g,
            "g",
            decided=True,
        ),
        _one("Trunk turned by it", turned_deg, math.degrees(least_rad), "deg", decided=True),
    ]


def _slipped(values: Values, profile: Profile | None) -> list[ReasonSchema]:
    title = "Moved"
    if profile is not None:
        own_deg, first_deg = map(math.degrees, (profile.slip.slip_rad, profile.slip.first_rad))
        title = (
            f"Moved; told from {own_deg:.0f}° where your own walking is known, "
            f"else from {first_deg:.0f}°"
        )
    return [_one(title, values.get("moved_deg"), None, "deg", decided=True)]


_ABOUT: Mapping[str, Callable[[Values, Profile | None], list[ReasonSchema]]] = {
    "slouch": _slouch,
    "break_soon": _break_soon,
    "hold": _hold,
    "limit": _limit,
    "repetitive": _repetitive,
    "lift": _lift,
    "jolt": _jolt,
    "fall": _fall,
    "slipped": _slipped,
}


def _parts(alert: Alert, profile: Profile | None) -> tuple[LiftPartSchema, ...]:
    """As on the card of the lift; none where its points were given otherwise than now."""
    at_ns, values = alert.at_ns, alert.values
    flags = ("turned_while_bent",) if profile is not None and _turned(values, profile) else ()
    lift = MotionEvent(
        EventKind.LIFT, alert.since_ns, at_ns, at_ns, 0.0, alert.profile, values, flags
    )
    measured = {part.measure for part in INDEX_PARTS}
    if not measured <= set(values):
        return ()
    now = technique_index(dict(values))
    same = all(abs(now[name] - values.get(name, math.inf)) < POINTS for name in now)
    return lift_parts(lift) if same else ()


def _lines(alert: Alert, profile: Profile | None) -> list[LineSchema]:
    values = alert.values
    titles: list[tuple[str, float | None]] = []
    bending = None if profile is None else profile.states.bending
    match alert.rule:
        case "slouch":
            tall_deg = values.get("sit_tall_deg") or None  # nought is drawn already
            titles = [
                ("sitting tall, as calibrated", tall_deg),
                ("counts as leaning forward", values.get("threshold_deg")),
            ]
        case "limit":
            titles = [
                ("the cue, at 90 % of it", values.get("threshold_deg")),
                ("the limit you set", values.get("limit_deg")),
            ]
        case "hold" if profile is not None:
            flexed_deg = math.degrees(profile.states.holding.flexed_rad)
            titles = [("holding counts (ISO 11226, without support)", flexed_deg)]
        case "lift" if bending is not None:
            titles = [
                ("a bend", math.degrees(bending.enter_rad)),
                ("turning counts", math.degrees(bending.turned_peak_rad)),
            ]
        case "repetitive":
            then_deg = None if profile is None else profile.alerts.repetitive_deg
            titles = [("a deep bend", values.get("threshold_deg", then_deg))]
    return [LineSchema(title=title, deg=round(deg, 1)) for title, deg in titles if deg is not None]
