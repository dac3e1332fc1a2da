"""Courses of minutes added up anew, with other states in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.exposure.clocks import AWAY, UP, ZONES, Clocks, Params, Seconds
from monitor.model import NS_PER_S, Activity, Posture
from monitor.model.exposure import Aside, Course, Dose, Histogram, Run

MINUTE_NS = 60 * NS_PER_S
NS_PER_MS = 10**6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stretch, `[start_ns, stop_ns)`, in one state.

    Attributes:
        said: whether the state is another than the one that was measured.
    """

    start_ns: int
    stop_ns: int
    activity: Activity
    posture: Posture
    said: bool


# The parts of a stretch that was measured to be in one state, in order.
Said = Callable[[int, int, Activity, Posture], Sequence[Part]]

_UP, _REST, _AWAY = range(3)  # what the lean is kept apart by
_CLASSES = (_UP, _REST, _AWAY)


def added_anew(told: Iterable[Dose], said: Said, params: Params | None = None) -> list[Dose]:
    """The dose that each would have been with other states.

    What lasts longer than a minute begins anew with the first dose, so let there be some before
    those that matter. Seconds follow to the millisecond. Of a minute of which a part only has
    another state, lean, speed and bend dose are divided by time, as if it had been leaned alike
    through all of its standing, of its sitting and of its lying.
    A dose without its course stays as it is, unless nobody wore the sensor in the middle of it.

    Args:
        told: in order.
    """
    params, clocks = params or Params(), Clocks()
    found = []
    for dose in told:
        if dose.course is None:
            found.append(_whole(dose, said))
        else:
            found.append(_anew(dose, dose.course, said, params, clocks))
    return found


def _whole(dose: Dose, said: Said) -> Dose:
    away = _middle(dose, said) == _AWAY
    return Dose(dose.start_ns) if away else dose


def _middle(dose: Dose, said: Said) -> int | None:
    """What the middle of the minute is said to have been; None: nothing is said of it."""
    at_ns = dose.start_ns + MINUTE_NS // 2
    (part,) = said(at_ns, at_ns + 1, Activity.UNKNOWN, Posture.NONE)
    return _class(part.activity) if part.said else None


def _anew(dose: Dose, course: Course, said: Said, params: Params, clocks: Clocks) -> Dose:
    seconds, moved = Seconds(), _Moved()
    for run in course.runs:
        since_ns = run.static_since_ms
        for part in _parts(dose, run, said):
            clocks.take(
                params,
                seconds,
                part.start_ns,
                part.stop_ns,
                part.activity,
                part.posture,
                run.trusted,
                ZONES.index(run.zone),
                None if since_ns is None else dose.start_ns + since_ns * NS_PER_MS,
                run.hold,
            )
            moved.take(run, part)
    if course.ended:
        clocks.end(params, seconds)
    counted = replace(
        dose,
        seated_s=seconds.seated_s,
        seated_beyond_s=seconds.beyond_s,
        slouched_s=seconds.slouched_s,
        seated_doubted_s=seconds.doubted_s,
        breaks=seconds.breaks,
        shifts=seconds.shifts,
        longest_static_s=seconds.longest_static_s,
        longest_sitting_s=seconds.longest_sitting_s,
        hold_exceedances=seconds.exceedances,
        bouts=tuple(seconds.bouts),
        course=None,
    )
    if not moved.any and course.runs:
        return counted
    return _leaning(_bends(counted, course, said), course.aside, moved, _middle(dose, said))


def _parts(dose: Dose, run: Run, said: Said) -> Sequence[Part]:
    start_ns = dose.start_ns + run.start_ms * NS_PER_MS
    stop_ns = dose.start_ns + run.stop_ms * NS_PER_MS
    return said(start_ns, stop_ns, run.activity, run.posture)


class _Moved:
    """Seconds of a minute by what they were measured to be and what they are now."""

    def __init__(self) -> None:
        self.any = False
        self.trusted = [[0.0] * 3 for _ in _CLASSES]
        self.doubted = [[0.0] * 3 for _ in _CLASSES]

    def take(self, run: Run, part: Part) -> None:
        self.any |= part.said
        table = self.trusted if run.trusted else self.doubted
        length_s = (part.stop_ns - part.start_ns) / NS_PER_S
        table[_class(run.activity)][_class(part.activity)] += length_s

    def shares(self, was: Iterable[int], middle: int | None) -> tuple[float, float, float]:
        """What became of the time that was of some classes, by class; together 1.

        Hops and seconds differ by a part of a second: where there are hops of a class without
        its seconds, they are what is said of the middle of the minute.
        """
        classes = list(was)
        sums = [sum(self.trusted[old][new] for old in classes) for new in _CLASSES]
        whole = sum(sums)
        if not whole:
            stays = classes[0] if middle is None else middle
            sums, whole = [float(new == stays) for new in _CLASSES], 1.0
        return sums[_UP] / whole, sums[_REST] / whole, sums[_AWAY] / whole


def _class(activity: Activity) -> int:
    return _AWAY if activity in AWAY else _UP if activity in UP else _REST


def _bends(dose: Dose, course: Course, said: Said) -> Dose:
    """Those count that began when somebody is said to have worn it, or nothing is said."""
    counted = []
    for bend in course.bends:
        at_ns = dose.start_ns + bend.start_ms * NS_PER_MS
        (part,) = said(at_ns, at_ns + 1, Activity.UNKNOWN, Posture.NONE)
        if part.activity not in AWAY:
            counted.append(bend)
    return replace(
        dose,
        bends_30=sum(bend.over_30 for bend in counted),
        bends_60=sum(bend.over_60 for bend in counted),
        lifts=sum(bend.lift for bend in counted),
        flagged_lifts=sum(bend.flagged for bend in counted),
    )


def _leaning(dose: Dose, aside: Aside | None, moved: _Moved, middle: int | None) -> Dose:
    """With time, lean, speed and bend dose where they belong now."""
    left = aside or Aside(0.0, 0.0, Histogram(), Histogram(), 0.0)
    shares = [moved.shares([was], middle) for was in _CLASSES]
    to_up = [share[_UP] for share in shares]
    to_worn = [1.0 - share[_AWAY] for share in shares]
    speed_to_worn = [1.0 - moved.shares([_REST, _UP], middle)[_AWAY], to_worn[_AWAY]]

    def now(to: Sequence[float], up: float, all_worn: float, away: float) -> float:
        return up * to[_UP] + (all_worn - up) * to[_REST] + away * to[_AWAY]

    first, (up, lean, away) = _side_by_side(dose.up_lean, dose.lean, left.lean)
    leans = np.stack([up, lean - up, away])
    speed_first, speeds = _side_by_side(dose.speed, left.speed)
    worn_s = now(to_worn, dose.up_s, dose.worn_s, left.worn_s)
    forward = dose.forward_s / dose.worn_s if dose.worn_s else 0.0
    return replace(
        dose,
        worn_s=worn_s,
        forward_s=now(to_worn, dose.up_s * forward, dose.forward_s, left.forward_s),
        doubted_s=_doubted_s(dose, moved),
        lean=_histogram(first, np.array(to_worn) @ leans),
        speed=_histogram(speed_first, np.array(speed_to_worn) @ np.stack(speeds)),
        bend_dose_s=now(to_worn, dose.up_bend_dose_s, dose.bend_dose_s, left.bend_dose_s),
        up_s=now(to_up, dose.up_s, dose.worn_s, left.worn_s),
        up_lean=_histogram(first, np.array(to_up) @ leans),
        up_bend_dose_s=now(to_up, dose.up_bend_dose_s, dose.bend_dose_s, left.bend_dose_s),
    )


def _side_by_side(*histograms: Histogram) -> tuple[int, list[NDArray[np.int64]]]:
    """Their first bin of all, and the time in each from there on [ms]; all of one length."""
    filled = [one for one in histograms if one.ms]
    first = min((one.first for one in filled), default=0)
    stop = max((one.first + len(one.ms) for one in filled), default=0)
    found = []
    for one in histograms:
        row = np.zeros(stop - first, np.int64)
        if one.ms:
            begin = one.first - first
            row[begin : begin + len(one.ms)] = one.ms
        found.append(row)
    return first, found


def _histogram(first: int, ms: NDArray[np.float64]) -> Histogram:
    whole = np.rint(ms).astype(np.int64)
    (filled,) = np.nonzero(whole)
    if not len(filled):
        return Histogram()
    low, high = int(filled[0]), int(filled[-1])
    return Histogram(first + low, tuple(whole[low : high + 1].tolist()))


def _doubted_s(dose: Dose, moved: _Moved) -> float:
    table = moved.doubted
    was_s = sum(table[_UP]) + sum(table[_REST])
    gone_s = table[_UP][_AWAY] + table[_REST][_AWAY]
    kept_s = dose.doubted_s * (1 - gone_s / was_s) if was_s else dose.doubted_s
    return kept_s + table[_AWAY][_UP] + table[_AWAY][_REST]
