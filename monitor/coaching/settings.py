"""What a person has set, as kept, turned into manners and wishes."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import time

from monitor.coaching.manners import WEEK, Hours, Manners, Wishes
from monitor.coaching.rules import Channel

Kept = Mapping[str, object]
PLAN_CHARACTERS = 60  # of one reminder; chosen by us

NUMBERS: Mapping[str, tuple[float, float, str]] = {
    "apart_s": (60.0, 3600.0, "s"),
    "most_per_hour": (0, 60, ""),
    "most_per_day": (0, 500, ""),
    "lifts_per_hour": (0, 60, ""),
    "lifts_per_day": (0, 500, ""),
    "ignored": (1, 20, ""),
    "most_backoff": (1, 64, ""),
    "react_s": (30.0, 1800.0, "s"),
}
SWITCHES = ("page_sound", "movement_check")  # off unless switched on; no manners
WHOLE = (
    *("most_per_hour", "most_per_day", "lifts_per_hour", "lifts_per_day"),
    *("ignored", "most_backoff"),
)


class SettingError(ValueError):
    """A value cannot be used; the message says which, and what is allowed."""


def read_manners(kept: Kept, *, simulated: bool = False, base: Manners | None = None) -> Manners:
    """Manners of the person; what is not set stands as it is by default.

    Args:
        simulated: nobody has a first day, so none is silent.
        base: what holds where nothing is set; None: the usual.

    Raises:
        SettingError: a value cannot be used.
    """
    chosen: dict[str, object] = {"baseline": not simulated}
    for name, value in kept.items():
        if name in _READ:
            chosen[name] = _READ[name](name, value)
    # Each value was read as its own type.
    return replace(base or Manners(), **chosen)  # type: ignore[arg-type]


def read_wishes(kept: Kept, *, trial_silent: bool, seen: Wishes | None = None) -> Wishes:
    """What is wished now; a call or silence that the system shows counts as one that is wished."""
    seen = seen or Wishes()
    until = kept.get("snoozed_until_ns", 0)
    return Wishes(
        snoozed_until_ns=until if isinstance(until, int) else 0,
        in_call=bool(kept.get("in_call")) or seen.in_call,
        do_not_disturb=seen.do_not_disturb,
        pain=bool(kept.get("pain")),
        trial_silent=trial_silent,
    )


def check(name: str, value: object) -> None:
    """Whether a value may be kept under a name; raises SettingError."""
    if name not in _CHECK:
        raise SettingError(f"{name}: not a setting; known are {', '.join(NAMES)}")
    _CHECK[name](name, value)


def hours_text(hours: Hours) -> str:
    """As it is set: "22:00-06:30" or "Mon,Tue 09:00-17:00"."""
    days = "" if hours.weekdays == WEEK else ",".join(DAYS[day] for day in hours.weekdays) + " "
    return f"{days}{hours.start:%H:%M}-{hours.stop:%H:%M}"


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def read_hours(name: str, text: object) -> Hours:
    """A stretch as `hours_text` writes it; raises SettingError."""
    wrong = SettingError(f"{name}: {text!r} is not hours like 22:00-06:30 or Mon,Tue 09:00-17:00")
    if not isinstance(text, str):
        raise wrong
    days, _, clock = text.strip().rpartition(" ")
    start, dash, stop = clock.partition("-")
    names = [day.strip().capitalize() for day in days.split(",")] if days else list(DAYS)
    try:
        weekdays = tuple(sorted({DAYS.index(day) for day in names}))
        found = Hours(time.fromisoformat(start), time.fromisoformat(stop), weekdays)
    except ValueError:
        raise wrong from None
    if not dash or found.start == found.stop:
        raise wrong
    return found


def _number(name: str, value: object) -> float | int:
    low, high, unit = NUMBERS[name]
    whole = name in WHOLE
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise SettingError(f"{name}: {value!r} is not a {'whole ' if whole else ''}number")
    if not low <= value <= high:
        raise SettingError(
            f"{name}: {value} is not allowed; use {low:g} to {high:g} {unit}".strip()
        )
    return value if whole else float(value)


def _all_hours(name: str, value: object) -> tuple[Hours, ...]:
    if not isinstance(value, list):
        raise SettingError(f"{name}: a list of hours is needed")
    return tuple(read_hours(name, one) for one in value)


def _channels(name: str, value: object) -> frozenset[Channel]:
    known = {channel.value: channel for channel in Channel}
    if not isinstance(value, list) or not all(one in known for one in value):
        raise SettingError(f"{name}: {value!r} is not a list of {', '.join(known)}")
    return frozenset(known[one] for one in value)


_READ: dict[str, Callable[[str, object], object]] = {
    **dict.fromkeys(NUMBERS, _number),
    "quiet": _all_hours,
    "working": _all_hours,
    "channels": _channels,
}


def read_plan(name: str, value: object) -> tuple[tuple[time, str], ...]:
    """Reminders of the person's own plan, as "15:00 Ten bridges"; raises SettingError."""
    found = []
    for one in value if isinstance(value, list) else [None]:
        clock, _, words = str(one).partition(" ")
        try:
            at = time.fromisoformat(clock)
        except ValueError:
            at = None
        if at is None or not words.strip() or len(words) > PLAN_CHARACTERS:
            raise SettingError(
                f"{name}: {one!r} is not a time and words, such as 15:00 Ten bridges"
            )
        found.append((at.replace(second=0), words.strip()))
    return tuple(found)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingError(f"{name}: {value!r} is neither true nor false")
    return value


_CHECK = {**_READ, "plan": read_plan, **dict.fromkeys(SWITCHES, _switch)}
NAMES = tuple(sorted(_CHECK))
LISTS = ("quiet", "working", "channels", "plan")
assert set(_READ) <= {field.name for field in fields(Manners)}
