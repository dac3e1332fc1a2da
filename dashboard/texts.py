"""A rule and its numbers turned into a sentence and one small action.

Neutral wording: what was measured, never what it does to a back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class AlertText:
    """What is said: `title` the fact, `action` one small thing to do."""

    title: str
    action: str


def alert_text(rule: str, values: Values) -> AlertText:
    """The words for an alert; a rule of a newer version is named as it is."""
    if rule not in _TITLES:
        return AlertText(f"Noticed: {rule.replace('_', ' ')}", "Take a moment to change position.")
    return AlertText(_TITLES[rule](values), _ACTIONS[rule])


def duration_words(seconds: float) -> str:
    """ "45 s", "14 min", "1 h 10 min"; never more than has passed."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _slouch(values: Values) -> str:
    lasted_s, threshold_s = values.get("duration_s"), values.get("threshold_s", 0.0)
    if lasted_s is None or lasted_s < threshold_s:
        return "Leaning forward for most of the last minutes"
    return f"Leaning forward for {duration_words(lasted_s)}"


def _for(what: str) -> Callable[[Values], str]:
    def title(values: Values) -> str:
        lasted_s = values.get("duration_s")
        return f"{what} for {'a while' if lasted_s is None else duration_words(lasted_s)}"

    return title


def _lift(values: Values) -> str:
    peak_deg = values.get("peak_sagittal_deg")
    turned = values.get("turn_deg", 0.0) >= TURNED_DEG
    title = "A demanding bend" if peak_deg is None else f"A demanding bend: {peak_deg:.0f}° forward"
    return f"{title}, turned while bent" if turned else title


def _repetitive(values: Values) -> str:
    per_min = values.get("per_min")
    return "Many deep bends" if per_min is None else f"{per_min:.1f} deep bends a minute"


def _hold(values: Values) -> str:
    angle_deg = values.get("angle_deg")
    return "Staying bent forward" if angle_deg is None else f"Staying bent at {angle_deg:.0f}°"


def _jolt(values: Values) -> str:
    peak_g = values.get("peak_g")
    return "A jolt" if peak_g is None else f"A jolt of {peak_g:.1f} g"


def _slipped(values: Values) -> str:
    moved_deg = values.get("moved_deg")
    by = "" if moved_deg is None else f" by about {moved_deg:.0f}°"
    return f"The sensor seems to have moved{by}"


def _limit(values: Values) -> str:
    angle_deg, limit_deg = values.get("angle_deg"), values.get("limit_deg")
    if angle_deg is None or limit_deg is None:
        return "Near the limit you set"
    return f"Leaning {angle_deg:.0f}°: near the limit you set, {limit_deg:.0f}°"


TURNED_DEG = 30.0  # deg; as `monitor.states.bends`, from which on turning is worth a word

_TITLES: Mapping[str, Callable[[Values], str]] = {
    "slouch": _slouch,
    "static": _for("In one position"),
    "sitting": _for("Seated or standing still"),
    "standing": _for("Standing"),
    "lift": _lift,
    "repetitive": _repetitive,
    "hold": _hold,
    "limit": _limit,
    "fall": lambda _: "A movement like a fall",
    "jolt": _jolt,
    "slipped": _slipped,
}

_ACTIONS: Mapping[str, str] = {
    "slouch": "Sit back or stand up for a moment.",
    "static": "Shift your position, or take a few steps.",
    "sitting": "Stand up and walk a few steps.",
    "standing": "Walk a few steps, or sit down for a while.",
    "lift": "Next time, step closer and turn with your feet.",
    "repetitive": "Pause for a moment, or bring the work higher.",
    "hold": "Straighten up for a moment.",
    "limit": "Come back a little, if you like.",
    "fall": "Are you all right? Call someone if you are not.",
    "jolt": "Take a moment before you go on.",
    "slipped": "Put it right, or stand still and set the zero anew.",
}
