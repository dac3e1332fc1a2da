"""The shell: runs a link, the path and the store, and tells whoever watches."""

from monitor.service.live import (
    AlertRaised,
    AnglePoints,
    DayChanged,
    EventSeen,
    LinkNow,
    LiveMessage,
    StateNow,
    Subscription,
)
from monitor.service.now import AngleNow, Snapshot
from monitor.service.shell import Monitor, MonitorStatistics, Path, Retention

__all__ = [
    "AlertRaised",
    "AngleNow",
    "AnglePoints",
    "DayChanged",
    "EventSeen",
    "LinkNow",
    "LiveMessage",
    "Monitor",
    "MonitorStatistics",
    "Path",
    "Retention",
    "Snapshot",
    "StateNow",
    "Subscription",
]
