"""The shell: runs a link, the path and the store, and tells whoever watches."""

from monitor.service.live import (
    AlertRaised,
    AnglePoints,
    Away,
    DayChanged,
    DeviceNow,
    EventSeen,
    LinkNow,
    LiveMessage,
    Pressed,
    SensorNow,
    SensorsNow,
    StateNow,
    Subscription,
)
from monitor.service.meeting import Meeting, TrunkNow
from monitor.service.now import AngleNow, Snapshot
from monitor.service.shell import Monitor, MonitorStatistics, Retention
from monitor.service.worn import Path, Worn

__all__ = [
    "AlertRaised",
    "AngleNow",
    "AnglePoints",
    "Away",
    "DayChanged",
    "DeviceNow",
    "EventSeen",
    "LinkNow",
    "LiveMessage",
    "Meeting",
    "Monitor",
    "MonitorStatistics",
    "Path",
    "Pressed",
    "Retention",
    "SensorNow",
    "SensorsNow",
    "Snapshot",
    "StateNow",
    "Subscription",
    "TrunkNow",
    "Worn",
]
