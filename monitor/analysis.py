"""A recording to what the person did; docs/analysis.md has the schema."""

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from monitor.calibration import Neutral, NeutralQuality
from monitor.exposure import (
    HOLDS,
    LEANS_DEG,
    Exposure,
    add_up,
    exposure,
    habit_scores,
    plain_exposure,
    plain_score,
)
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Beat,
    Correction,
    EventKind,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    Mounting,
    Origin,
    Placement,
    Posture,
    SegmentEnd,
    StateChange,
    StateSpan,
    Trust,
)
from monitor.model.exposure import Dose
from monitor.orientation import (
    FoundMounting,
    NamedAxes,
    Orientation,
    find_mounting,
    gravity,
    look_at_axes,
    mounting_from_axes,
    with_neutral,
)
from monitor.pipeline import Interpret, Step
from monitor.profiles import SEES_THE_CHEST, Profile, placed
from monitor.recording import Piece, Recording, RecordingError

SCHEMA = 1  # of the JSON object; docs/analysis.md
WATCHED = 1_000  # samples a step where somebody watches; half a minute at 35 Hz. Ours

Watch = Callable[[int, Step], None]  # is told the number of the piece and each step of it


@dataclass(frozen=True, slots=True)
class Options:
    """What is known of the recording beyond its samples.

    Attributes:
        up, forward: sensor axes, e.g. "+x"; None where unknown.
        neutral_s: stretch of the file's own clock whose mean posture is the zero.
        neutral_checked: refuse a stretch that is not one of standing or sitting still.
        axes_checked: refuse a named up that walking speaks against.
    """

    profile: Profile
    placement: Placement = Placement.UPPER_BACK
    up: str | None = None
    forward: str | None = None
    neutral_s: tuple[float, float] | None = None
    neutral_checked: bool = True
    axes_checked: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """How the sensor sat.

    Attributes:
        found: how far the recording bears that out; None where the axes were named.
        neutral: what was measured of the neutral posture; None without one.
        objection: what speaks against that all the same; empty where nothing does.
        named: what the recording shows of the axes; None where they were found.
        doubts: what speaks against them, sentence by sentence.
    """

    mounting: Mounting
    found: FoundMounting | None = None
    neutral: NeutralQuality | None = None
    objection: str = ""
    named: NamedAxes | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Angles at the rate of the input; sagittal and lateral NaN where forward is unknown."""

    time_s: NDArray[np.float64]
    sagittal_deg: NDArray[np.float64]
    lateral_deg: NDArray[np.float64]
    inclination_deg: NDArray[np.float64]


@dataclass(slots=True)
class Analysis:
    """What was found in one recording; instants are ns of the file's own clock."""

    recording: Recording
    profile: Profile
    placement: Placement
    worn: Worn
    duration_s: float
    spans: list[StateSpan] = field(default_factory=list)
    events: list[MotionEvent] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    minutes: list[MinuteSummary] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    trust: list[Trust] = field(default_factory=list)
    within_rad: list[NDArray[np.float64]] = field(default_factory=list)  # one a second

    @property
    def mounting(self) -> Mounting:
        """How the sensor sat at first; a zero is never taken anew in a file."""
        return self.worn.mounting


def analyze(
    recording: Recording,
    options: Options,
    series: list[Series] | None = None,
    watch: Watch | None = None,
) -> Analysis:
    """Interpret every piece of a recording afresh; with `series`, append the angles to it."""
    worn = worn_in(recording, options)
    duration_s = sum(float(piece.time_s[-1] - piece.time_s[0]) for piece in recording.pieces)
    profile = placed(options.profile, options.placement, calibrated=options.neutral_s is not None)
    analysis = Analysis(recording, profile, options.placement, worn, duration_s)
    for number, piece in enumerate(recording.pieces):
        watching = None if watch is None else partial(watch, number)
        stood_s = options.neutral_s if number == 0 else None
        _interpret(analysis, piece, series, stood_s, watching)
    _say_unknown(analysis, options)
    return analysis


def _interpret(
    analysis: Analysis,
    piece: Piece,
    series: list[Series] | None,
    stood_s: tuple[float, float] | None,
    watch: Callable[[Step], None] | None,
) -> None:
    """Interpret one piece; the neutral posture is that of standing, from and to `stood_s`."""
    interpret = Interpret(analysis.profile, analysis.mounting)
    if stood_s is not None:
        start_ns, stop_ns = (round(at_s * NS_PER_S) for at_s in stood_s)
        interpret.correct(Correction(start_ns, stop_ns, Activity.STAND))
    changes: list[StateChange] = []
    first_beat = len(analysis.beats)
    for item in piece.samples() if watch is None else piece.samples(WATCHED):
        step = interpret.push([item])
        if watch is not None:
            watch(step)
        changes += step.changes
        analysis.events += step.events
        analysis.alerts += step.alerts
        analysis.minutes += step.minutes
        analysis.doses += step.doses
        analysis.beats += step.beats
        analysis.trust += step.trust
        analysis.within_rad += _within(step.motion)
        if series is not None:
            series += _series(step.motion)
    start_ns, stop_ns = (round(float(piece.time_s[row]) * NS_PER_S) for row in (0, -1))
    nothing = StateChange(start_ns, Activity.UNKNOWN, Posture.NONE, 1.0, analysis.profile.key)
    end = replace(nothing, at_ns=max(stop_ns, *(change.at_ns for change in [*changes, nothing])))
    analysis.spans += _believed(joined([nothing, *changes, end]), analysis.beats[first_beat:])


def joined(changes: Iterable[StateChange]) -> list[StateSpan]:
    """Spans between changes, neighbours alike made one; the last change only closes."""
    spans: list[StateSpan] = []
    for change, following in itertools.pairwise(changes):
        if following.at_ns <= change.at_ns:
            continue
        last = spans[-1] if spans else None
        if last is not None and (last.activity, last.posture, last.trusted) == (
            change.activity,
            change.posture,
            change.trusted,
        ):
            length, more = last.stop_ns - last.start_ns, following.at_ns - change.at_ns
            confidence = (last.confidence * length + change.confidence * more) / (length + more)
            spans[-1] = replace(last, stop_ns=following.at_ns, confidence=confidence)
        else:
            spans.append(
                StateSpan(
                    change.at_ns,
                    following.at_ns,
                    change.activity,
                    change.posture,
                    change.confidence,
                    change.profile,
                    change.trusted,
                )
            )
    return spans


def _believed(spans: Iterable[StateSpan], beats: list[Beat]) -> Iterator[StateSpan]:
    """The spans with what was believed each second, on average; as told where that came later."""
    ends_ns = [beat.at_ns for beat in beats]
    for span in spans:
        first, stop = (bisect_right(ends_ns, at_ns) for at_ns in (span.start_ns, span.stop_ns))
        said = [
            beat.standing
            for beat in beats[first:stop]
            if beat.activity is span.activity and beat.standing is not None
        ]
        mean = sum(said) / len(said) if said else None
        match span.activity:
            case Activity.STAND:
                sure = span.confidence if mean is None else mean
                yield replace(span, confidence=sure, standing=sure)
            case Activity.SIT:
                sure = span.confidence if mean is None else 1.0 - mean
                yield replace(span, confidence=sure, standing=1.0 - sure)
            case _:
                yield replace(span, standing=mean)


def _within(motion: list[MotionChunk | SegmentEnd]) -> Iterator[NDArray[np.float64]]:
    """Half widths about the angles, once a second where the filter is settled [rad]."""
    for item in motion:
        if isinstance(item, SegmentEnd) or (within_rad := item.within_rad()) is None:
            continue
        second = max(1, round(item.segment.rate_hz))
        rows = slice(-item.first % second, None, second)
        yield within_rad[rows][item.settled[rows]]


def uncertainty_deg(analysis: Analysis) -> dict[str, float] | None:
    """Half widths that hold 95 % of the errors of the angles [deg]: usual, and at its widest.

    Of the direction of up in the sensor; of the zero, which is how the sensor sits; of both.
    """
    within = np.concatenate([np.empty(0), *analysis.within_rad])
    if len(within) == 0:
        return None
    usual, widest = np.degrees(np.percentile(within, [50, 95])).tolist()
    zero = analysis.mounting.zero_within_deg()
    neutral = analysis.worn.neutral
    if neutral is not None:  # what moved while it was taken
        zero = math.hypot(zero, neutral.spread_deg or 0.0, neutral.off_deg or 0.0)
    return {
        "median": usual,
        "p95": widest,
        "zero": zero,
        "with_zero_median": math.hypot(usual, zero),
        "with_zero_p95": math.hypot(widest, zero),
    }


def _series(motion: list[MotionChunk | SegmentEnd]) -> Iterator[Series]:
    for item in motion:
        if isinstance(item, SegmentEnd):
            continue
        measured = item.origin != Origin.BRIDGED
        index = np.arange(item.first, item.first + len(item))[measured]
        unknown = np.full(len(index), np.nan)
        yield Series(
            item.segment.t0_ns / NS_PER_S + index / item.segment.rate_hz,
            np.degrees(item.sagittal_rad())[measured] if item.forward_known else unknown,
            np.degrees(item.lateral_rad())[measured] if item.forward_known else unknown,
            np.degrees(item.inclination_rad())[measured],
        )


def worn_in(recording: Recording, options: Options, option: str = "--") -> Worn:
    """How the sensor sat: as named, else as found, with the neutral posture as its zero.

    Args:
        option: how the options that name its axes begin, before "up" and "forward".

    Raises:
        MountingError: that cannot be told; the message says what to name.
        RecordingError: the axes named or the stretch named neutral cannot be right.
    """
    found, named = None, None
    doubts: tuple[str, ...] = ()
    if options.up is not None:
        mounting = mounting_from_axes(options.up, options.forward)
        named = look_at_axes(
            [gravity(piece.acc, piece.rate_hz) for piece in recording.pieces],
            options.up,
            options.forward,
        )
        refusal = named.refusal(option)
        if refusal and options.axes_checked:
            raise RecordingError(
                f"{recording.path}: {refusal}. To read it all the same, add --axes-unchecked"
            )
        doubts = (*([refusal] if refusal else []), *named.objections(option).values())
    elif options.forward is not None:
        raise RecordingError("--forward without --up says too little; name both axes")
    else:
        longest = max(recording.pieces, key=lambda piece: len(piece.time_s))
        found = find_mounting(longest.acc, longest.rate_hz)
        mounting = found.mounting
    if options.neutral_s is None:
        return Worn(mounting, found, named=named, doubts=doubts)
    start_s, stop_s = options.neutral_s
    neutral = _neutral(recording, mounting, options.profile, start_s, stop_s)
    objection = neutral.objection()
    if objection and options.neutral_checked:
        raise RecordingError(
            f"{recording.path}: {start_s:.3f} to {stop_s:.3f} s cannot be the neutral posture: "
            f"{objection}. Name seconds of standing still with --neutral, or take these all the "
            "same with --neutral-unchecked"
        )
    up = mounting.matrix().T @ neutral.up
    return Worn(with_neutral(mounting, up), found, neutral.quality(), objection, named, doubts)


def _neutral(
    recording: Recording, mounting: Mounting, profile: Profile, start_s: float, stop_s: float
) -> Neutral:
    """What there is between two instants of the first piece."""
    piece = recording.pieces[0]
    orientation = Orientation(replace(profile.orientation, mounting=mounting))
    neutral = Neutral(stop_s - start_s, profile.neutral)
    for motion in (told for item in piece.samples() for told in orientation.push(item)):
        if isinstance(motion, SegmentEnd):
            continue
        index = np.arange(motion.first, motion.first + len(motion))
        time_s = motion.segment.t0_ns / NS_PER_S + index / motion.segment.rate_hz
        neutral.add(motion, (time_s >= start_s) & (time_s < stop_s))
        if time_s[-1] >= stop_s:
            break
    if neutral.quality() is None:
        raise RecordingError(
            f"{recording.path}: no data between {start_s:.3f} and {stop_s:.3f} s for the neutral "
            f"posture; by its own clock the file runs from {piece.time_s[0]:.3f} to "
            f"{piece.time_s[-1]:.3f} s"
        )
    return neutral


def _say_unknown(analysis: Analysis, options: Options) -> None:
    if options.up is None:
        found = analysis.worn.found
        borne_out = found is not None and found.walked_deg is not None
        analysis.unknown.append(
            "how the sensor sat: up, which walking bears out, and forward where it is told are "
            "guessed from the recording (name them with --up and --forward)"
            if borne_out
            else "how the sensor sat: up, and forward where it is told, are guessed from the "
            "recording in which nobody walks long enough to show what is upright, and whoever "
            "mostly lay or leaned is misread (name them with --up and --forward)"
        )
    elif options.neutral_s is None:
        analysis.unknown.append(
            "the zero of the angles: they include how the sensor tilts on the body, often 10° and "
            "more (name a stretch of standing still with --neutral)"
        )
    analysis.unknown += [
        f"whether the axes are named right: {doubt}; all states and angles may be wrong"
        for doubt in analysis.worn.doubts
    ]
    if analysis.worn.objection:
        analysis.unknown.append(
            f"whether the neutral posture is one: {analysis.worn.objection}; all states and angles "
            "may be wrong"
        )
    if not analysis.mounting.forward_known:
        analysis.unknown.append(
            "which way is forward: sagittal and lateral angles, slouching and reclining are not "
            "told; bends count leaning in any direction (name it with --forward)"
        )
    if analysis.placement not in SEES_THE_CHEST:
        analysis.unknown.append(
            f"slouching and reclining: a sensor at the {analysis.placement.replace('_', ' ')} "
            "feels the pelvis, not the chest"
        )
    if analysis.recording.doubt:
        analysis.unknown.append(
            f"whether the gyroscope is right: {analysis.recording.doubt}; angles while moving, and "
            "all that rests on them, may be wrong"
        )
    if any(beat.hold_dose >= 1.0 for beat in analysis.beats):
        analysis.unknown.append(f"whether the trunk was supported while it was held bent: {HOLDS}")
    if not all(piece.has_gyro for piece in analysis.recording.pieces):
        analysis.unknown.append("turning, and angles during fast movement: there is no gyroscope")


def seconds_by_activity(analysis: Analysis) -> dict[str, float]:
    """Seconds in each activity, and slouched."""
    seconds = {activity.value: 0.0 for activity in Activity}
    seconds["slouched"] = 0.0
    for span in analysis.spans:
        length_s = (span.stop_ns - span.start_ns) / NS_PER_S
        seconds[span.activity.value] += length_s
        if span.posture is Posture.SLOUCHED:
            seconds["slouched"] += length_s
    return seconds


def metrics(analysis: Analysis) -> dict[str, float | dict[str, float] | None]:
    """Exposure of the whole recording; docs/analysis.md gives each name and unit."""
    valid_s = sum(minute.valid_s for minute in analysis.minutes)
    bends = [e for e in analysis.events if e.kind in (EventKind.BEND, EventKind.LIFT)]
    lifts = [event for event in bends if event.kind is EventKind.LIFT]
    over = {
        f"over_{threshold:.0f}_deg": sum(
            getattr(minute, f"over_{threshold:.0f}_s") for minute in analysis.minutes
        )
        for threshold in LEANS_DEG
    }
    still_s = [
        (beat.at_ns - beat.static_since_ns) / NS_PER_S
        for beat in analysis.beats
        if beat.static_since_ns is not None
    ]
    return {
        "valid_s": valid_s,
        "seconds": seconds_by_activity(analysis),
        "lean_over_s": over,
        "lean_mean_deg": sum(m.lean_mean_deg * m.valid_s for m in analysis.minutes) / valid_s
        if valid_s > 0
        else None,
        "lean_max_deg": max(
            (m.lean_max_deg for m in analysis.minutes if m.valid_s > 0), default=None
        ),
        "longest_static_s": max(still_s, default=0.0),
        "flexed_hold_dose_max": max((beat.hold_dose for beat in analysis.beats), default=0.0),
        "bends": len(bends),
        "bends_over_60_deg": sum(e.values["peak_sagittal_deg"] >= 60 for e in bends),
        "lifts": len(lifts),
        "demanding_lifts": sum("demanding" in event.flags for event in lifts),
        "falls": sum(event.kind is EventKind.FALL for event in analysis.events),
        "jolts": sum(event.kind is EventKind.JOLT for event in analysis.events),
    }


def exposure_of(analysis: Analysis) -> Exposure:
    """Exposure of the time worn and not lying, put against the whole recording."""
    seconds = seconds_by_activity(analysis)
    away_s = seconds[Activity.LIE.value] + seconds[Activity.NOT_WORN.value]
    return exposure(
        add_up(analysis.doses),
        due_s=analysis.duration_s - away_s,
        slouch_seen=analysis.placement in SEES_THE_CHEST,
    )


def coverage(analysis: Analysis) -> float:
    """Share of the recording with measured data and a settled orientation, 0 to 1."""
    valid_s = sum(minute.valid_s for minute in analysis.minutes)
    return min(1.0, valid_s / analysis.duration_s) if analysis.duration_s > 0 else 0.0


def as_json(analysis: Analysis) -> dict[str, object]:
    """The documented JSON object; times are seconds of the file's own clock."""
    exposed = exposure_of(analysis)
    out: dict[str, object] = {
        "schema": SCHEMA,
        "file": str(analysis.recording.path),
        "profile": analysis.profile.key,
        "placement": analysis.placement.value,
        "duration_s": _rounded(analysis.duration_s),
        "coverage": _rounded(coverage(analysis)),
        "mounting": {
            "source": analysis.mounting.source,
            "forward_known": analysis.mounting.forward_known,
            "found": _measured(analysis.worn.found),
            "neutral": _measured(analysis.worn.neutral),
            "named": _measured(analysis.worn.named),
        },
        "uncertainty_deg": _rounded(uncertainty_deg(analysis)),
        "slips": [
            {
                "at_s": _seconds(trust.at_ns),
                "trusted": trust.trusted,
                "moved_deg": _rounded(math.degrees(trust.moved_rad)),
            }
            for trust in analysis.trust
        ],
        "unknown": analysis.unknown,
        "states": [
            {
                "start_s": _seconds(span.start_ns),
                "stop_s": _seconds(span.stop_ns),
                "activity": span.activity.value,
                "posture": span.posture.value,
                "confidence": _rounded(span.confidence),
                "standing": None if span.standing is None else _rounded(span.standing),
                "trusted": span.trusted,
            }
            for span in analysis.spans
        ],
        "events": [
            {
                "kind": event.kind.value,
                "start_s": _seconds(event.start_ns),
                "stop_s": _seconds(event.stop_ns),
                "confidence": _rounded(event.told_confidence),
                "event_confidence": _rounded(event.confidence),
                "flags": list(event.flags),
                **({"technique": event.technique} if event.technique else {}),
                **{name: _rounded(value) for name, value in event.values.items()},
            }
            for event in sorted(analysis.events, key=lambda event: event.start_ns)
        ],
        "metrics": {
            **{name: _rounded(value) for name, value in metrics(analysis).items()},
            "exposure": plain_exposure(exposed),
            "scores": [plain_score(score) for score in habit_scores(exposed)],
        },
    }
    if len(analysis.recording.pieces) > 1:
        out["pieces"] = [
            {
                "label": piece.label,
                "start_s": _rounded(float(piece.time_s[0])),
                "stop_s": _rounded(float(piece.time_s[-1])),
                "offset_s": _rounded(piece.offset_s),
            }
            for piece in analysis.recording.pieces
        ]
    return out


def _measured(
    quality: FoundMounting | NeutralQuality | NamedAxes | None,
) -> dict[str, float | str | None] | None:
    """What was measured of a mounting, by name."""
    if quality is None:
        return None
    values = {one.name: getattr(quality, one.name) for one in fields(quality)}
    values.pop("mounting", None)
    return {
        name: value if value is None or isinstance(value, str) else round(float(value), 3)
        for name, value in values.items()
    }


def _seconds(at_ns: int) -> float:
    return round(at_ns / NS_PER_S, 3)


def _rounded(value: float | dict[str, float] | None) -> float | dict[str, float] | None:
    if isinstance(value, dict):
        return {name: round(number, 3) for name, number in value.items()}
    if value is None or isinstance(value, int):
        return value
    return None if math.isnan(value) else round(value, 3)
