"""What goes into the store, and what comes back with its key."""

from dataclasses import dataclass

from monitor.model import (
    Alert,
    DeviceEvent,
    MinuteSummary,
    MotionEvent,
    Numbered,
    StateChange,
)
from monitor.model.exposure import Dose
from monitor.store.raw import RawSamples
from monitor.store.spans import Covered


@dataclass(frozen=True, slots=True)
class RecordingStart:
    """A sensor was connected.

    Attributes:
        at_ns: when [ns since the epoch, UTC].
        address: the key of the sensor.
        name: what it calls itself; text from a stranger.
        simulated: nobody wears it. Simulated days are never mixed with real ones.
        mounting_source: how the mounting was found (`Mounting.source`).
        counts: the day is counted from it; False for a sensor worn beside that one.
        placement: where on the trunk it is read as (`monitor.model.Placement`); empty: not said.
    """

    at_ns: int
    address: str
    name: str
    simulated: bool
    mounting_source: str
    counts: bool = True
    placement: str = ""


@dataclass(frozen=True, slots=True)
class RecordingEnd:
    """The connection is over; `cause` is for people."""

    cause: str


@dataclass(frozen=True, slots=True)
class SentAgain:
    """An item that samples made which the sensor sent later than they were taken.

    They make recordings of their own, of the sensor that is or was connected, each ended by a
    `RecordingEnd`; so they are in no order with live items.
    """

    item: Covered | RawSamples | StateChange | MotionEvent | MinuteSummary | Dose | RecordingEnd


LaneItem = (
    RecordingStart
    | Covered
    | RawSamples
    | StateChange
    | MotionEvent
    | MinuteSummary
    | Dose
    | Alert
    | DeviceEvent
    | Numbered
    | RecordingEnd
    | SentAgain
)


@dataclass(frozen=True, slots=True)
class Beside:
    """An item of a sensor that is worn beside the one the day is counted from.

    Attributes:
        sensor: its number among those worn, from 1 on. Each has recordings of its own, in no
            order with those of another.
    """

    sensor: int
    item: LaneItem


StoreItem = LaneItem | Beside


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with its key, and when the person said "got it" (None: not yet)."""

    id: int
    alert: Alert
    acknowledged_ns: int | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its key."""

    id: int
    event: MotionEvent


@dataclass(frozen=True, slots=True)
class Stored:
    """What one write made.

    Attributes:
        device_events: those that were not there yet.
        day_changed: a span began, ended or became another; growth of the last one is none.
    """

    alerts: tuple[StoredAlert, ...] = ()
    events: tuple[StoredEvent, ...] = ()
    day_changed: bool = False
    device_events: tuple[DeviceEvent, ...] = ()
