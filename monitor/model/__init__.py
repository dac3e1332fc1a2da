"""The nouns that pass between stages; imports nothing of ours."""

from monitor.model.alerts import Alert, Severity, Tick
from monitor.model.features import FeatureChunk
from monitor.model.link import Connected, Disconnected, Idle, LinkEvent, Notified
from monitor.model.motion import MotionChunk, Mounting, Placement
from monitor.model.samples import (
    NS_PER_S,
    Origin,
    RawChunk,
    RawEnd,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.model.states import (
    Activity,
    Beat,
    Correction,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Posture,
    StateChange,
    StateSpan,
)

__all__ = [
    "NS_PER_S",
    "Activity",
    "Alert",
    "Beat",
    "Connected",
    "Correction",
    "Disconnected",
    "EventKind",
    "FeatureChunk",
    "Idle",
    "LinkEvent",
    "MinuteSummary",
    "MotionChunk",
    "MotionEvent",
    "Mounting",
    "Notified",
    "Origin",
    "Placement",
    "Posture",
    "RawChunk",
    "RawEnd",
    "SampleChunk",
    "Segment",
    "SegmentEnd",
    "Severity",
    "StateChange",
    "StateSpan",
    "Tick",
]
