"""The data path on one page, in the order the data takes it."""

from dataclasses import dataclass, field

from monitor.model import (
    Alert,
    FeatureChunk,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    SampleChunk,
    SegmentEnd,
    StateChange,
)


@dataclass(frozen=True, slots=True)
class Step:
    """Everything one push made possible, from samples to alerts."""

    samples: list[SampleChunk | SegmentEnd] = field(default_factory=list)
    motion: list[MotionChunk | SegmentEnd] = field(default_factory=list)
    features: list[FeatureChunk | SegmentEnd] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    events: list[MotionEvent] = field(default_factory=list)
    minutes: list[MinuteSummary] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
