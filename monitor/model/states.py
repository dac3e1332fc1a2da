"""What a person is doing, and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

SLIPPED = "slipped"  # flag of a bend whose angles are not trusted


class Activity(StrEnum):
    """What the body as a whole does. UNKNOWN and NOT_WORN are answers, not failures."""

    SIT = "sit"
    STAND = "stand"
    UPRIGHT = "upright"  # sitting or standing still: cannot tell which
    RECLINE = "recline"
    WALK = "walk"
    LIE = "lie"
    NOT_WORN = "not_worn"
    UNKNOWN = "unknown"


class Posture(StrEnum):
    """What the trunk does within an activity."""

    NEUTRAL = "neutral"
    SLOUCHED = "slouched"
    BENT = "bent"
    NONE = "none"  # not a question here: lying, not worn, unknown


class EventKind(StrEnum):
    """What can happen at a moment."""

    BEND = "bend"
    LIFT = "lift"
    FALL = "fall"
    JOLT = "jolt"
    SIT_TO_STAND = "sit_to_stand"
    STAND_TO_SIT = "stand_to_sit"


@dataclass(frozen=True, slots=True)
class StateChange:
    """From `at_ns` on the person is in this state, until the next change.

    Attributes:
        at_ns: when it began, which may lie before it was known [ns since the epoch, UTC].
        confidence: that the activity is right, 0 to 1, as believed when this was said: of sitting
            or standing by the filter, of any other activity the share of such answers that were
            right on recordings (`states.activities.Params`). Of upright it is that the person sits
            or stands at all, not which; `Beat.standing` says that. It says nothing of the posture.
        profile: name and version of the threshold profile that decided it.
        trusted: False while the sensor is known to have slipped: what rests on the zero of the
            angles is left out.
    """

    at_ns: int
    activity: Activity
    posture: Posture
    confidence: float
    profile: str
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Correction:
    """What the person says they did in `[start_ns, stop_ns)`.

    It enters the path where it was said, among the samples, so that a replay repeats it.

    Attributes:
        activity: Activity.SIT or Activity.STAND.
    """

    start_ns: int
    stop_ns: int
    activity: Activity

    def __post_init__(self) -> None:
        if self.activity not in (Activity.SIT, Activity.STAND):
            raise ValueError(f"a correction says sit or stand, not {self.activity}")
        if self.stop_ns <= self.start_ns:
            raise ValueError(f"a correction of {self.start_ns} to {self.stop_ns} ns has no length")


@dataclass(frozen=True, slots=True)
class StateSpan:
    """The half-open stretch `[start_ns, stop_ns)` in one state; see `StateChange`.

    Attributes:
        confidence: as of the change; in what was read whole, of sitting and standing the mean of
            what was believed each second.
        standing: mean of `Beat.standing`; None where nothing tells.
    """

    start_ns: int
    stop_ns: int
    activity: Activity
    posture: Posture
    confidence: float
    profile: str
    trusted: bool = True
    standing: float | None = None


@dataclass(frozen=True, slots=True)
class MotionEvent:
    """Something that happened in `[start_ns, stop_ns)`.

    Attributes:
        known_ns: when the path could know it [ns since the epoch, UTC].
        confidence: that it happened, 0 to 1. Sitting down and getting up are told once the state
            has followed them, a sitting down 12 s later, and are as sure as that change.
        profile: name and version of the threshold profile that decided it.
        values: its measures by name, the unit in the name (docs/analysis.md).
        flags: what makes it demanding, e.g. "deep", "turned_while_bent"; empty is ordinary.
            "slipped": its angles are not trusted.
        technique: of a bend or lift: "stoop", "squat" or "unknown"; empty for anything else.
    """

    kind: EventKind
    start_ns: int
    stop_ns: int
    known_ns: int
    confidence: float
    profile: str
    values: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    flags: tuple[str, ...] = ()
    technique: str = ""

    @property
    def told_confidence(self) -> float:
        """What is told as "confidence": of a bend or lift, that of its technique; else its own."""
        return self.values.get("technique_confidence", self.confidence)


@dataclass(frozen=True, slots=True)
class MinuteSummary:
    """Exposure of one minute of UTC, from measured and settled data only.

    Durations in seconds, angles in degrees; sagittal where forward is known, else inclination.

    Attributes:
        start_ns: the full minute it belongs to [ns since the epoch, UTC].
        valid_s: seconds with measured data, a settled orientation and a trusted zero.
        over_20_s .. over_90_s: seconds of `valid_s` with the trunk leaning more than that.
        lean_mean_deg, lean_max_deg: of the valid seconds; 0 where there are none.
    """

    start_ns: int
    valid_s: float
    over_20_s: float
    over_30_s: float
    over_45_s: float
    over_60_s: float
    over_90_s: float
    lean_mean_deg: float
    lean_max_deg: float


class Beat(NamedTuple):
    """How things stand, once a second of data; what timers run on.

    Attributes:
        at_ns: end of the second it describes [ns since the epoch, UTC].
        activity, posture: the state believed now (a `StateChange` may back-date it).
        lean_rad: mean forward lean of the second, inclination where forward is unknown [rad].
        static_since_ns: since when the trunk has kept within the static tolerance of
            one orientation; None while moving about, walking, lying or not worn.
        hold_dose: flexed holding as a share of the holding time of ISO 11226; 1 is all of it.
        trusted: as of `StateChange`; `lean_rad` is as measured all the same.
        standing: P(standing) of one who sits or stands, 0 to 1, and so which of the two is
            likelier where the activity is upright; None where neither is believed.
        held_s: for how long the trunk has been bent forward by 20 deg and more; 0 where it is
            not [s].
    """

    at_ns: int
    activity: Activity
    posture: Posture
    lean_rad: float
    static_since_ns: int | None
    hold_dose: float
    trusted: bool = True
    standing: float | None = None
    held_s: float = 0.0
