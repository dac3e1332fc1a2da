"""What people say of themselves: recorded, never interpreted."""

from dataclasses import dataclass, field
from enum import StrEnum

TEXT_CHARACTERS = 500  # of a note; chosen by us
WORD_CHARACTERS = 60  # of a trigger, task or zone; chosen by us
PERSON_CHARACTERS = 20  # of what a kit is lent under; chosen by us


class Verdict(StrEnum):
    """What the person says of an alert."""

    RIGHT = "right"
    WRONG = "wrong"
    HAD_TO = "had_to"  # right, but the work asked for it


class Movement(StrEnum):
    """One part of the guided movement check."""

    FLEXION = "flexion"
    EXTENSION = "extension"
    SIDE_LEFT = "side_left"
    SIDE_RIGHT = "side_right"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """How the person says they are at a moment.

    Attributes:
        pain, stiffness: 0 to 10; None was not said.
        spasm: one tap, "spasm now"; what surrounds it is kept longer than other data.
        triggers: what the person thinks went before, in their own words.
        number: its key once it is kept; 0 before.
    """

    at_ns: int
    pain: int | None = None
    stiffness: int | None = None
    spasm: bool = False
    triggers: tuple[str, ...] = ()
    note: str = ""
    number: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        for name in ("pain", "stiffness"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 10:
                raise ValueError(f"{name} {value}: a number from 0 to 10 is needed")
        if self.pain is None and self.stiffness is None and not (self.spasm or self.note):
            raise ValueError("a check-in says at least one thing: pain, stiffness, spasm or a note")
        for trigger in self.triggers:
            _check_length("trigger", trigger, WORD_CHARACTERS)
        _check_length("note", self.note, TEXT_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the person says of the alert with this number."""

    at_ns: int
    alert_id: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trace:
    """Angles around the alert of `rule` raised at `at_ns`, about ten points a second.

    Attributes:
        t_ns: [ns since the epoch, UTC], ascending.
        sagittal_deg, lateral_deg: docs/frames.md; None where forward is not known, or in a gap.
        inclination_deg: None in a gap.
    """

    rule: str
    at_ns: int
    t_ns: tuple[int, ...]
    sagittal_deg: tuple[float | None, ...]
    lateral_deg: tuple[float | None, ...]
    inclination_deg: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class MovementRecord:
    """One movement of one check.

    Attributes:
        peak_deg: the largest angle from the start, in the movement's direction; None: stopped.
        pain: what the person said; None was not said.
        stopped: the person ended it early.
    """

    at_ns: int
    movement: Movement
    peak_deg: float | None
    pain: bool | None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class DrillBend:
    """One bend of a drill.

    Attributes:
        down_degps, up_degps: largest speed of the lean on the way down and up.
        turn_deg: turned while bent.
        knees_share: of the way down, 0 to 1; None where that cannot be told.
        slow, straight: by the limits of the drill.
    """

    at_ns: int
    peak_deg: float
    down_degps: float
    up_degps: float
    turn_deg: float
    knees_share: float | None
    slow: bool
    straight: bool


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """Slow bends practised in a row.

    Attributes:
        slow_degps: speed up to which a bend was slow.
        stopped: ended before all were seen.
    """

    at_ns: int
    slow_degps: float
    bends: tuple[DrillBend, ...]
    stopped: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """What a bend or lift belonged to; words of the person."""

    event_id: int
    at_ns: int
    task: str = ""
    zone: str = ""

    def __post_init__(self) -> None:
        _check_length("task", self.task, WORD_CHARACTERS)
        _check_length("zone", self.zone, WORD_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Handover:
    """A sensor of a shared kit lent for a shift, `[start_ns, stop_ns)`.

    Attributes:
        person: a number or word the person chose; no name is asked for.
        stop_ns: None while it is out.
        exported_ns, digest: when all of it was last written to a file, and the file's SHA-256.
        erased_ns: since when nothing of it is left here; None: something is.
    """

    id: int
    address: str
    person: str
    start_ns: int
    stop_ns: int | None
    exported_ns: int | None = None
    digest: str = ""
    erased_ns: int | None = None


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ValueError(f"{name} of {len(text)} characters: at most {most} are kept")
