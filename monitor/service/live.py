"""What happens now, as messages for whoever is watching."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.link.distrust import Distrust
from monitor.link.port import Phase, Slots
from monitor.model import (
    Activity,
    DeviceEvent,
    DeviceFault,
    Objection,
    Placement,
    Posture,
    TimeDoubt,
)
from monitor.store import StoredAlert, StoredEvent

QUEUE = 64  # messages; at 10 angle messages a second, six seconds of a page that stands still


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """What the sensor says of itself.

    Attributes:
        charging: on its charger.
        worn: whether it believes to be worn: a hint; None where it cannot tell.
        muted: its wearer wants no vibration for now.
        session: a session was begun at it.
        faults: what its self-test found.
        overwritten: samples it has lost for want of room since it was switched on; None before
            it has told.
        never_sampled: samples its motion sensor did not deliver; the same.
        lost_events: button presses and the like that found no place; the same.
    """

    charging: bool = False
    worn: bool | None = None
    muted: bool = False
    session: bool = False
    faults: tuple[DeviceFault, ...] = ()
    overwritten: int | None = None
    never_sampled: int | None = None
    lost_events: int | None = None


@dataclass(frozen=True, slots=True)
class LinkNow:
    """The link to the sensor.

    Attributes:
        name: what the sensor calls itself; text from a stranger, never markup.
        since_ns: since when it has been in this phase [ns since the epoch, UTC].
        detail: one sentence for people; empty where there is nothing to add.
        distrust: why the sensor is not used, where `detail` says so.
        device: what the sensor says of itself; None where it says nothing.
        doubt: why times are less than certain.
        trouble: what a connected sensor cannot do, and the remedy; empty where nothing is.
    """

    phase: Phase
    name: str | None
    address: str | None
    battery_percent: int | None
    since_ns: int
    detail: str
    device: DeviceNow | None = None
    doubt: TimeDoubt = TimeDoubt.NONE
    trouble: str = ""
    distrust: Distrust | None = None


@dataclass(frozen=True, slots=True)
class StateNow:
    """What the person does, and since when.

    Attributes:
        trusted: False after the sensor has slipped: what is told by the angles may be wrong.
    """

    activity: Activity
    posture: Posture
    confidence: float
    since_ns: int
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class AnglePoints:
    """Trunk angles, about ten points a second; None marks a gap.

    Attributes:
        t_ns: [ns since the epoch, UTC], ascending.
        sagittal_deg, lateral_deg, inclination_deg: docs/frames.md [deg], same length; the
            first two are None throughout where forward is not known.
    """

    t_ns: tuple[int, ...]
    sagittal_deg: tuple[float | None, ...]
    lateral_deg: tuple[float | None, ...]
    inclination_deg: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """An alert, stored a moment ago."""

    stored: StoredAlert


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event, stored a moment ago."""

    stored: StoredEvent


@dataclass(frozen=True, slots=True)
class Pressed:
    """Something happened at the sensor, and is stored since a moment ago."""

    event: DeviceEvent


@dataclass(frozen=True, slots=True)
class DayChanged:
    """A span of today began, ended or became another."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A stretch, a shift or everything was erased: nothing that was told before holds."""


@dataclass(frozen=True, slots=True)
class RecordingNow:
    """Whether what is measured is kept.

    Attributes:
        paused_since_ns: since when the person wants nothing kept [ns since the epoch, UTC]; None
            while it is kept.
        since_ns: what was measured before is not to be kept, however late it comes: it was
            erased, or recording was paused; 0: nothing was.
    """

    paused_since_ns: int | None = None
    since_ns: int = 0

    @property
    def kept_since_ns(self) -> int | None:
        """`since_ns`; None while nothing is kept."""
        return None if self.paused_since_ns is not None else self.since_ns


@dataclass(frozen=True, slots=True)
class ObjectionsNow:
    """What motion says against the axes named for the sensor that counts; empty: nothing."""

    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True)
class MountingNow:
    """Another calibration or zero holds for the sensor that counts, or none any more."""


class Away(StrEnum):
    """Why nothing is counted now."""

    SEARCHING = "searching"  # not found yet
    LOST = "lost"
    FLAT = "flat"  # lost, and its battery was nearly empty
    SILENT = "silent"  # connected, and no data
    NOT_WORN = "not_worn"
    CLOSED = "closed"  # its link has ended


@dataclass(frozen=True, slots=True)
class SensorNow:
    """How things stand with one of the sensors.

    Attributes:
        counts: the day is counted from it.
        away: why it says nothing of the person now; None where it does, or is about to.
        slots: of the adapter it is heard through; None where that is not known.
        firmware: the version it names, text from a stranger; empty where it names none.
        missing_s: what it has measured out of reach and not sent yet [s]; None where it does
            not tell. No news by itself: it changes with every packet of a back-fill.
    """

    placement: Placement
    counts: bool
    link: LinkNow
    away: Away | None
    slots: Slots | None
    firmware: str = ""
    missing_s: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SensorsNow:
    """All worn sensors, the one the day is counted from first."""

    sensors: tuple[SensorNow, ...]

    @property
    def away(self) -> Away | None:
        """Why the first says nothing of the person; nobody stands in for it."""
        return self.sensors[0].away

    @property
    def others_on(self) -> bool:
        """Whether another sensor is worn and heard meanwhile."""
        return any(sensor.away is None for sensor in self.sensors[1:])


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """A notification for the browser of one page to show, or to take away.

    Attributes:
        key: the same when it is taken away.
        title, action: the fact, and one small thing to do; empty: take it away.
    """

    key: str
    title: str = ""
    action: str = ""


LiveMessage = (
    SensorsNow
    | LinkNow
    | StateNow
    | AnglePoints
    | AlertRaised
    | EventSeen
    | Pressed
    | DayChanged
    | Erased
    | RecordingNow
    | ObjectionsNow
    | MountingNow
    | NoticeNow
)


# Each says how things stand, so that only the latest is worth reading.
_LATEST = (
    SensorsNow,
    LinkNow,
    StateNow,
    DayChanged,
    RecordingNow,
    ObjectionsNow,
    MountingNow,
)


class Subscription:
    """Messages for one client, oldest first; one that reads too slowly loses the oldest.

    Of link, state and day only the latest waits. Where the queue is full, angles go before
    alerts and events; `dropped` counts what went.

    Attributes:
        notifies: its page is out of sight and may show notifications of the browser.
    """

    def __init__(self, size: int) -> None:
        self.dropped = 0
        self.notifies = False
        self._size = size
        self._messages: deque[LiveMessage] = deque()
        self._filled = asyncio.Event()

    def put(self, message: LiveMessage) -> None:
        """Add a message; never waits."""
        if isinstance(message, Erased):
            self._messages.clear()
        if isinstance(message, _LATEST):
            for index, old in enumerate(self._messages):
                if type(old) is type(message):
                    del self._messages[index]
                    break
        if len(self._messages) >= self._size:
            angles = (i for i, old in enumerate(self._messages) if isinstance(old, AnglePoints))
            del self._messages[next(angles, 0)]
            self.dropped += 1
        self._messages.append(message)
        self._filled.set()

    @property
    def waiting(self) -> int:
        """Messages that are not taken yet."""
        return len(self._messages)

    async def get(self) -> LiveMessage:
        """The oldest message that is left; waits for one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        return self._messages.popleft()


class Subscribers:
    """Everyone who is watching."""

    def __init__(self) -> None:
        self._dropped = 0  # by those who have left
        self._subscriptions: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._subscriptions)

    @property
    def dropped(self) -> int:
        """Messages that slow clients have lost, those who have left included."""
        return self._dropped + sum(subscription.dropped for subscription in self._subscriptions)

    def publish(self, message: LiveMessage) -> None:
        """Give the message to each; never waits."""
        for subscription in self._subscriptions:
            subscription.put(message)

    def notifying(self) -> Subscription | None:
        """One whose page may show a notification; None where none may."""
        return next((one for one in self._subscriptions if one.notifies), None)

    @contextmanager
    def subscribe(self, size: int = QUEUE) -> Iterator[Subscription]:
        """A queue of its own for as long as the context lasts."""
        subscription = Subscription(size)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            self._dropped += subscription.dropped
