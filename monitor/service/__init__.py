"""The shell: runs a link, the path and the store, and tells whoever watches."""

from monitor.service.channels import Desktop, Notice, Speaker, Vibration, Webhook
from monitor.service.coach import Coach, CoachNow
from monitor.service.fitting import (
    NO_PLACE,
    CalibrationNow,
    Fitting,
    FittingError,
    Misfit,
    calibrated,
    place_name,
)
from monitor.service.flow import DelayNow, FlowNow, SensorFlow, Stage, StageNow
from monitor.service.haptics import brief, vibrate
from monitor.service.live import (
    AlertRaised,
    AnglePoints,
    Away,
    DayChanged,
    DeviceNow,
    Erased,
    EventSeen,
    LinkNow,
    LiveMessage,
    MountingNow,
    NoticeNow,
    ObjectionsNow,
    Pressed,
    RecordingNow,
    SensorNow,
    SensorsNow,
    StateNow,
    Subscription,
)
from monitor.service.meeting import Meeting, TrunkNow
from monitor.service.now import AngleNow, Snapshot
from monitor.service.roster import Forgotten, Heard, Listed, Roster
from monitor.service.shell import Monitor, MonitorStatistics, Retention
from monitor.service.surroundings import Surroundings, look
from monitor.service.worn import Path, Rules, Worn

__all__ = [
    "NO_PLACE",
    "AlertRaised",
    "AngleNow",
    "AnglePoints",
    "Away",
    "CalibrationNow",
    "Coach",
    "CoachNow",
    "DayChanged",
    "DelayNow",
    "Desktop",
    "DeviceNow",
    "Erased",
    "EventSeen",
    "Fitting",
    "FittingError",
    "FlowNow",
    "Forgotten",
    "Heard",
    "LinkNow",
    "Listed",
    "LiveMessage",
    "Meeting",
    "Misfit",
    "Monitor",
    "MonitorStatistics",
    "MountingNow",
    "Notice",
    "NoticeNow",
    "ObjectionsNow",
    "Path",
    "Pressed",
    "RecordingNow",
    "Retention",
    "Roster",
    "Rules",
    "SensorFlow",
    "SensorNow",
    "SensorsNow",
    "Snapshot",
    "Speaker",
    "Stage",
    "StageNow",
    "StateNow",
    "Subscription",
    "Surroundings",
    "TrunkNow",
    "Vibration",
    "Webhook",
    "Worn",
    "brief",
    "calibrated",
    "look",
    "place_name",
    "vibrate",
]
