"""What every link is: a source of events that can be closed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from monitor.link.distrust import Distrust
from monitor.model import LinkEvent


class Link(Protocol):
    """Events from one sensor, live or played back.

    A link is iterated once. However it ends, its last event is a `Disconnected`.
    """

    def __aiter__(self) -> AsyncIterator[LinkEvent]: ...

    def close(self) -> None:
        """Let the iteration end with a final `Disconnected`. May be called twice."""


class Phase(StrEnum):
    """Where a link stands."""

    SEARCHING = "searching"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Slots:
    """Connections of an adapter.

    Attributes:
        held: through us, now.
        limit: how many it was seen to hold at most; None until it has refused one more. Systems
            do not tell.
    """

    held: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class LinkStatistics:
    """Counters since the link was made.

    Attributes:
        notified: notifications received, battery included.
        dropped: events given up because the reader was too slow.
        stale: notifications of an earlier connection, ignored.
        connections: how often a sensor was connected.
        lost: connections that ended without being asked to.
        stalled: those of them that ended because the sensor fell silent.
        refused: devices turned away.
        waiting: events that wait for the reader now.
    """

    notified: int
    dropped: int
    stale: int
    connections: int
    lost: int
    stalled: int
    refused: int
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What a person may want to know of a link.

    Attributes:
        since_ns: when this phase began [ns since the epoch, UTC].
        name: the name the sensor advertises, text from a stranger; empty until known.
        address: its Bluetooth address; empty until known.
        battery_percent: None until known.
        reason: what went wrong last: why the sensor was lost or refused, why connecting to it
            failed, why the link closed; empty where nothing did.
        distrust: why the sensor is not used, where that is the reason.
        slots: of its adapter, at the moment of asking; None where that is not known.
        missing: samples of its present run that it has taken and not sent yet; None where it
            has not told what it keeps.
        firmware: the version it names, text from a stranger; empty where it names none.
        counts: what has passed the link, at the moment of asking; None where it does not count.
    """

    phase: Phase
    since_ns: int
    name: str = ""
    address: str = ""
    battery_percent: int | None = None
    reason: str = ""
    distrust: Distrust | None = None
    slots: Slots | None = None
    missing: int | None = None
    firmware: str = ""
    counts: LinkStatistics | None = field(default=None, compare=False)
