"""Everything a person may set, by name: manners of alerts, and thresholds of their own."""

from monitor.coaching import settings as manners
from monitor.profiles import THRESHOLDS

NAMES = tuple(sorted((*manners.NAMES, *THRESHOLDS)))
LISTS = manners.LISTS
SWITCHES = manners.SWITCHES


def check(name: str, value: object) -> None:
    """Whether a value may be kept under a name; None puts the default back.

    Raises:
        ValueError: there is no such setting, or the value is not allowed; the message says what is.
    """
    if name not in NAMES:
        raise ValueError(f"{name}: not a setting; known are {', '.join(NAMES)}")
    if value is None:
        return
    if name in THRESHOLDS:
        THRESHOLDS[name].check(value)
    else:
        manners.check(name, value)
