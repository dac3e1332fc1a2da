"""What a link can tell us; a raw recording is a list of these."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.motion import Mounting
from monitor.model.wearing import Asker

# Instants are UTC nanoseconds: UTC is read once per connection and advanced with the
# monotonic clock, so a step of the wall clock never enters the path.


@dataclass(frozen=True, slots=True)
class Connected:
    """A sensor answered and its notifications are on.

    Attributes:
        at_ns: when [ns since the epoch, UTC].
        address: its Bluetooth address, the key under which it is stored.
        name: the name it advertises; text from a stranger, never markup.
    """

    at_ns: int
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Notified:
    """Bytes arrived: a notification, or the answer to a read made on connecting.

    Attributes:
        at_ns: host arrival [ns since the epoch, UTC].
        characteristic: UUID, lower case (firmware_protocol.gatt).
        payload: the bytes, undecoded.
    """

    at_ns: int
    characteristic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is over; `reason` is for people and logs."""

    at_ns: int
    reason: str


@dataclass(frozen=True, slots=True)
class Idle:
    """A second went by without data; lets timers run on data alone."""

    at_ns: int


class Wish(StrEnum):
    """What a person can ask of the path."""

    REZERO = "rezero"  # take the present posture as the zero
    MEND = "mend"  # take the correction that a slip was met with
    SITTING = "sitting"  # "I have been sitting": in a stretch, or since the present state began
    STANDING = "standing"  # the same of standing
    FORGET = "forget"  # who wore it is gone: nothing set for, or learnt of, them holds any longer
    VIBRATE = "vibrate"  # not of the path: the sensor was asked to, and its samples will show it


@dataclass(frozen=True, slots=True)
class Fitted:
    """From here on the sensor sits like this: a stored calibration is put to use."""

    at_ns: int
    mounting: Mounting


@dataclass(frozen=True, slots=True)
class Asked:
    """The person asks for something, at this place among the samples.

    Attributes:
        stretch: `[start_ns, stop_ns)` of what is said of sitting or standing; None: since the
            present state began.
    """

    at_ns: int
    wish: Wish
    by: Asker
    stretch: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """From here on these thresholds hold.

    Attributes:
        profile: the name of the one that a phase selects; None: as configured.
        own: the person's own thresholds, by name and ascending by it.
    """

    at_ns: int
    profile: str | None
    own: tuple[tuple[str, float], ...]


# What the person says goes the way of the radio, so that a tape of it replays identically.
LinkEvent = Connected | Notified | Disconnected | Idle | Fitted | Asked | Ruled
