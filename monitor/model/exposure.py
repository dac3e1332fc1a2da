"""What the back was exposed to, in sums that add up."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.states import Activity, Posture


@dataclass(frozen=True, slots=True)
class Histogram:
    """Time by bins of one width or another; which, says whoever made it.

    Attributes:
        first: number of the first bin that is not empty; 0 where all are.
        ms: time in bins first, first + 1, ... [ms]; whole numbers, so that sums are exact.
    """

    first: int = 0
    ms: tuple[int, ...] = ()

    @property
    def total_s(self) -> float:
        """All of it [s]."""
        return sum(self.ms) / 1000.0


class Zone(StrEnum):
    """Where the trunk was; the cuts are those of ISO 11226 and EN 1005-4."""

    UNDER_20 = "under_20"
    FROM_20_TO_60 = "20_to_60"
    OVER_60 = "over_60"
    RECLINE = "recline"
    LIE = "lie"


@dataclass(frozen=True, slots=True)
class Bout:
    """A stretch of 5 s or more in one activity and zone, or several of about a length.

    Attributes:
        length_s: of all of them together.
        count: how many they are.
    """

    activity: Activity
    zone: Zone
    length_s: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds in a row that were alike, `[start_ms, stop_ms)` from the beginning of a minute [ms].

    Attributes:
        activity, posture, trusted: the state they were in.
        zone: of the lean alone: one of the first three.
        hold: 1 where the holding time of ISO 11226 was exceeded, -1 where it was recovered enough
            to be exceeded anew, 0 between.
        static_since_ms: since when the trunk had held one orientation, from the beginning of the
            minute too [ms]; None: it moved.
    """

    start_ms: int
    stop_ms: int
    activity: Activity
    posture: Posture
    trusted: bool
    zone: Zone
    hold: int
    static_since_ms: int | None


@dataclass(frozen=True, slots=True)
class RunBend:
    """A bend that counts in a dose.

    Attributes:
        start_ms: from the beginning of the minute [ms].
        over_30, over_60: whether its peak was of so many degrees or more.
    """

    start_ms: int
    over_30: bool
    over_60: bool
    lift: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Aside:
    """What was measured while the person lay or nobody wore the sensor; names as in `Dose`."""

    worn_s: float
    forward_s: float
    lean: Histogram
    speed: Histogram
    bend_dose_s: float


@dataclass(frozen=True, slots=True)
class Course:
    """What a dose was added up from, so that it can be added up anew from other states.

    Attributes:
        runs: in order; between two there may be a gap.
        ended: whether the segment ended with it.
        aside: None: nothing was left out.
    """

    runs: tuple[Run, ...]
    bends: tuple[RunBend, ...] = ()
    ended: bool = False
    aside: Aside | None = None


@dataclass(frozen=True, slots=True)
class Dose:
    """Exposure of (a part of) one minute of UTC, once it is known who wore the sensor.

    Counts and durations add up over any stretch; what is `longest_` is the largest.
    Worn means: measured, settled, on the body and not lying, with the sensor not known to have
    slipped. Angles are sagittal where forward is known, else inclination. Seated counts "sitting
    or standing still, cannot tell" in.

    Attributes:
        start_ns: the full minute it belongs to [ns since the epoch, UTC].
        worn_s, forward_s: worn time; of it with forward known.
        doubted_s: as worn, but after the sensor is known to have slipped; not part of `worn_s`.
        lean: worn time by lean; bin n is [n, n + 1) deg.
        speed: worn time by speed of the lean; bins of `monitor.exposure.speed_edges_degps`.
        bend_dose_s: integral of the sine of forward lean over worn time: seconds spent
            horizontal would count the same. A stand-in; no load is known.
        up_s, up_lean, up_bend_dose_s: the same while standing or walking only.
        seated_s, seated_beyond_s: seated; of it after minute 30 of a sitting bout.
        slouched_s: slouched while seated.
        seated_doubted_s: seated while the sensor is known to have slipped, so that slouching
            could not be told; part of `seated_s`.
        breaks: sitting bouts ended by a minute of standing or walking.
        shifts: times the seated trunk took another orientation, 10 deg away or more.
        longest_static_s, longest_sitting_s: as they had grown by then.
        hold_exceedances: times a flexed hold used up the holding time of ISO 11226.
        bends_30, bends_60: bends with a peak of so many degrees or more; lifts are bends too.
        lifts, flagged_lifts: lift-like bends; the demanding ones among them.
        bouts: those that ended.
        course: what it was added up from; None where that is not known, as of several minutes.
    """

    start_ns: int
    worn_s: float = 0.0
    forward_s: float = 0.0
    lean: Histogram = Histogram()
    speed: Histogram = Histogram()
    bend_dose_s: float = 0.0
    up_s: float = 0.0
    up_lean: Histogram = Histogram()
    up_bend_dose_s: float = 0.0
    seated_s: float = 0.0
    seated_beyond_s: float = 0.0
    slouched_s: float = 0.0
    breaks: int = 0
    shifts: int = 0
    longest_static_s: float = 0.0
    longest_sitting_s: float = 0.0
    hold_exceedances: int = 0
    bends_30: int = 0
    bends_60: int = 0
    lifts: int = 0
    flagged_lifts: int = 0
    bouts: tuple[Bout, ...] = ()
    doubted_s: float = 0.0
    seated_doubted_s: float = 0.0
    course: Course | None = None
