"""Features, states, beats and events to doses, minute by minute."""

import math
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.exposure.clocks import AWAY, UP, ZONES, Clocks, Params, Seconds
from monitor.exposure.histograms import lean_histogram, speed_histogram
from monitor.exposure.minutes import MINUTE_NS
from monitor.model import (
    NS_PER_S,
    Activity,
    Beat,
    EventKind,
    FeatureChunk,
    MotionEvent,
    Posture,
    Segment,
    SegmentEnd,
    StateChange,
    Trust,
)
from monitor.model.exposure import Aside, Course, Dose, Histogram, Run, RunBend
from monitor.model.features import SAGITTAL, VALID
from monitor.model.states import SLIPPED

Item = FeatureChunk | StateChange | MotionEvent | Beat | SegmentEnd | Trust

BEND_DEG, DEEP_BEND_DEG = 30.0, 60.0  # deg; 60: EN 1005-4, Hoogendoorn 2000. 30: Gupta 2022
NS_PER_MS = 10**6
NEVER = -(2**63)  # ns; an instant that no clock tells stands for none
FEW = 4  # hops; so many are sooner taken one by one
HALF_HOP = 0.5  # of a hop's samples measured; fewer do not count, as in `minutes`


@dataclass(frozen=True, slots=True)
class _Label:
    """The state from `at_ns` on."""

    at_ns: int
    activity: Activity
    posture: Posture
    trusted: bool


class _Beat:
    """What counts of a `Beat`."""

    __slots__ = ("at_ns", "hold", "static_since_ns", "zone")

    def __init__(self, at_ns: int, zone: int, static_since_ns: int | None, hold: int) -> None:
        """`zone`: index into ZONES, of the lean alone. `hold` is 1 where the holding time is
        exceeded, -1 where it is recovered enough, 0 between."""
        self.at_ns = at_ns
        self.zone = zone
        self.static_since_ns = static_since_ns
        self.hold = hold


@dataclass(slots=True)
class _Beats:
    """Beats in time order, as columns: eleven minutes of them stay in memory."""

    at_ns: "array[int]" = field(default_factory=lambda: array("q"))
    zone: "array[int]" = field(default_factory=lambda: array("b"))
    static_since_ns: "array[int]" = field(default_factory=lambda: array("q"))
    hold: "array[int]" = field(default_factory=lambda: array("b"))

    def append(self, at_ns: int, zone: int, static_since_ns: int | None, hold: int) -> None:
        self.at_ns.append(at_ns)
        self.zone.append(zone)
        self.static_since_ns.append(NEVER if static_since_ns is None else static_since_ns)
        self.hold.append(hold)

    def take(self, stop_ns: int) -> list[_Beat]:
        """Take those up to the first that is later than `stop_ns`."""
        n = 0
        while n < len(self.at_ns) and self.at_ns[n] <= stop_ns:
            n += 1
        columns = (self.at_ns, self.zone, self.static_since_ns, self.hold)
        taken = [
            _Beat(at_ns, zone, None if since_ns == NEVER else since_ns, hold)
            for at_ns, zone, since_ns, hold in zip(*(c[:n].tolist() for c in columns), strict=True)
        ]
        for column in columns:
            del column[:n]
        return taken


@dataclass(frozen=True, slots=True)
class _Bend:
    """What counts of a bend."""

    start_ns: int
    peak_deg: float
    lift: bool
    demanding: bool


@dataclass(slots=True)
class State:
    """What is not settled yet, and the clocks of what is.

    Attributes:
        lean_deg: of hops `first_hop` and following of `segment`, NaN where they do not count.
        labels: states in force, oldest first.
        beats, bends: not settled.
        clocks: what lasts longer than a minute.
    """

    segment: Segment | None = None
    hop: int = 1
    forward_known: bool = False
    first_hop: int = 0
    lean_deg: "array[float]" = field(default_factory=lambda: array("f"))
    before_deg: float = math.nan  # lean of the hop before the first, NaN where it does not count
    labels: list[_Label] = field(default_factory=list)
    beats: _Beats = field(default_factory=_Beats)
    bends: list[_Bend] = field(default_factory=list)
    due_ns: int | None = None  # instant by which a beat settles a minute, once it is known
    clocks: Clocks = field(default_factory=Clocks)


@dataclass(slots=True)
class _Hops:
    """What the tenths of seconds of one minute add up to.

    Attributes:
        lean, speed: of the worn ones that can be trusted [deg], [deg/s]; shape (n,).
        up: whether the person was up; shape (n,).
        hop_s: how long each is.
        doubted_s: how long the worn ones are that cannot be trusted.
        aside: what could be trusted of those left out.
    """

    lean: NDArray[np.float64]
    speed: NDArray[np.float64]
    up: NDArray[np.bool_]
    hop_s: float
    doubted_s: float
    aside: Aside | None


class Doses:
    """Tell the dose of each minute once no state can be back-dated into it any more.

    Takes what `States` said of a chunk after the chunk, and before the segment's end.
    A segment's end tells all minutes begun; the rest of the last one may follow from the next
    segment: readers add rows of one minute up. Clocks of sitting outlive a short gap.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()
        self._settle_ns = round(self.params.settle_s * NS_PER_S)
        self._unbroken_ns = round(self.params.unbroken_s * NS_PER_S)

    def push(self, item: Item, /) -> list[Dose]:
        match item:
            case Beat():
                return self._beat(item)
            case FeatureChunk():
                self._hops(item)
            case StateChange():
                self._label(item)
            case MotionEvent():
                if item.kind in (EventKind.BEND, EventKind.LIFT):
                    self._bend(item)
            case SegmentEnd():
                return self._end()
        return []

    def _beat(self, beat: Beat) -> list[Dose]:
        state, params = self.state, self.params
        zone = (beat.lean_rad >= params.cut_rad[0]) + (beat.lean_rad >= params.cut_rad[1])
        hold = (beat.hold_dose >= params.exceeded) - (beat.hold_dose < params.rearmed)
        state.beats.append(beat.at_ns, zone, beat.static_since_ns, hold)
        if state.due_ns is None:
            first_ns = self._first_ns()
            if first_ns is None:
                return []
            state.due_ns = _minute(first_ns) + MINUTE_NS + self._settle_ns
        if beat.at_ns < state.due_ns:
            return []
        settled_ns = beat.at_ns - self._settle_ns
        return self._settle(settled_ns - settled_ns % MINUTE_NS)

    def _bend(self, event: MotionEvent) -> None:
        if SLIPPED in event.flags:
            return
        self.state.bends.append(
            _Bend(
                event.start_ns,
                event.values.get("peak_sagittal_deg", 0.0),
                event.kind is EventKind.LIFT,
                "demanding" in event.flags,
            )
        )

    def _hops(self, chunk: FeatureChunk) -> None:
        state = self.state
        if state.segment is None:
            state.due_ns = None  # these hops may be earlier than the first beat
            state.segment, state.hop, state.first_hop = chunk.segment, chunk.hop, chunk.first
            state.forward_known = chunk.forward_known
        if len(chunk) <= FEW:
            for row in chunk.rows.tolist():
                lean_deg = math.degrees(row[SAGITTAL]) if row[VALID] > HALF_HOP else math.nan
                state.lean_deg.append(lean_deg)
            return
        leans_deg = np.where(chunk.valid > HALF_HOP, np.degrees(chunk.sagittal), np.nan)
        state.lean_deg.frombytes(leans_deg.astype(np.float32).tobytes())

    def _label(self, change: StateChange) -> None:
        labels = self.state.labels
        while labels and labels[-1].at_ns >= change.at_ns:
            labels.pop()
        labels.append(_Label(change.at_ns, change.activity, change.posture, change.trusted))

    def _first_ns(self) -> int | None:
        """When what is not settled begins [ns since the epoch]."""
        state = self.state
        starts = [state.beats.at_ns[0] - 1] if state.beats.at_ns else []
        if state.segment is not None and state.lean_deg:
            starts.append(state.segment.time_ns(state.first_hop * state.hop))
        return min(starts, default=None)

    def _settle(self, until_ns: int) -> list[Dose]:
        """The doses of all minutes that end by `until_ns`."""
        out: list[Dose] = []
        self.state.due_ns = None
        while (first_ns := self._first_ns()) is not None:
            start_ns = _minute(first_ns)
            if start_ns + MINUTE_NS > until_ns:
                break
            out.append(self._dose(start_ns))
        labels = self.state.labels
        del labels[: max(0, bisect_right(labels, until_ns, key=lambda label: label.at_ns) - 1)]
        return out

    def _dose(self, start_ns: int) -> Dose:
        """Take one minute out of what is kept, and add it up."""
        state, stop_ns = self.state, start_ns + MINUTE_NS
        seconds, runs = self._seconds(start_ns, stop_ns)
        bends = [bend for bend in state.bends if bend.start_ns < stop_ns]
        state.bends = [bend for bend in state.bends if bend.start_ns >= stop_ns]
        hops = self._worn(stop_ns)
        lean, up, hop_s = hops.lean, hops.up, hops.hop_s
        sine = _sine(lean)
        worn_s = len(lean) * hop_s
        return Dose(
            start_ns=start_ns,
            worn_s=worn_s,
            forward_s=worn_s if state.forward_known else 0.0,
            doubted_s=hops.doubted_s,
            lean=lean_histogram(lean, hop_s),
            speed=_speeds(hops.speed, hop_s),
            bend_dose_s=float(sine.sum()) * hop_s,
            up_s=int(up.sum()) * hop_s,
            up_lean=lean_histogram(lean[up], hop_s),
            up_bend_dose_s=float(sine[up].sum()) * hop_s,
            seated_s=seconds.seated_s,
            seated_beyond_s=seconds.beyond_s,
            slouched_s=seconds.slouched_s,
            seated_doubted_s=seconds.doubted_s,
            breaks=seconds.breaks,
            shifts=seconds.shifts,
            longest_static_s=seconds.longest_static_s,
            longest_sitting_s=seconds.longest_sitting_s,
            hold_exceedances=seconds.exceedances,
            bends_30=sum(bend.peak_deg >= BEND_DEG for bend in bends),
            bends_60=sum(bend.peak_deg >= DEEP_BEND_DEG for bend in bends),
            lifts=sum(bend.lift for bend in bends),
            flagged_lifts=sum(bend.lift and bend.demanding for bend in bends),
            bouts=tuple(seconds.bouts),
            course=Course(
                tuple(runs),
                tuple(_run_bend(bend, start_ns) for bend in bends),
                aside=hops.aside,
            ),
        )

    def _labels(self, stop_ns: int) -> list[_Label]:
        """The states that have begun before an instant, oldest first."""
        labels = self.state.labels
        count = len(labels)
        while count and labels[count - 1].at_ns >= stop_ns:
            count -= 1
        return labels[:count]

    def _worn(self, stop_ns: int) -> _Hops:
        """Take the hops before `stop_ns`."""
        state = self.state
        if state.segment is None:
            return _Hops(np.empty(0), np.empty(0), np.empty(0, bool), 0.0, 0.0, None)
        hop_s = state.hop / state.segment.rate_hz
        t0_ns, rate_hz = state.segment.t0_ns, state.segment.rate_hz
        # To the nanosecond what `Segment.time_ns` says: a hop must not fall between minutes.
        due = math.ceil((stop_ns - t0_ns) / NS_PER_S / hop_s) + 1 - state.first_hop
        samples = (state.first_hop + np.arange(min(max(due, 0), len(state.lean_deg)))) * state.hop
        times_ns = t0_ns + np.rint(samples * NS_PER_S / rate_hz).astype(np.int64)
        n = int(np.searchsorted(times_ns, stop_ns))
        lean = np.frombuffer(state.lean_deg, np.float32)[:n].astype(np.float64)
        valid = ~np.isnan(lean)
        del state.lean_deg[:n]
        state.first_hop += n
        step = np.diff(lean, prepend=state.before_deg)
        speed = np.abs((step + 180.0) % 360.0 - 180.0) / hop_s
        state.before_deg = float(lean[-1]) if n else state.before_deg
        labels = self._labels(stop_ns)
        starts = np.array([label.at_ns for label in labels], dtype=np.int64)
        index = np.searchsorted(starts, times_ns[:n], side="right") - 1
        # Before the first label the index is -1: not known.
        away = np.array([label.activity in AWAY for label in labels] + [False])
        stands = np.array([label.activity in UP for label in labels] + [False])
        trusts = [label.trusted for label in labels] + [True]
        worn = valid & ~away[index]
        left = valid & ~worn
        doubted_s = 0.0
        if False in trusts:
            trusted = np.array(trusts)[index]
            doubted_s = int((worn & ~trusted).sum()) * hop_s
            worn &= trusted
            left &= trusted
        aside = self._aside(lean[left], speed[left], hop_s) if left.any() else None
        return _Hops(lean[worn], speed[worn], stands[index][worn], hop_s, doubted_s, aside)

    def _aside(self, lean: NDArray[np.float64], speed: NDArray[np.float64], hop_s: float) -> Aside:
        left_s = len(lean) * hop_s
        return Aside(
            worn_s=left_s,
            forward_s=left_s if self.state.forward_known else 0.0,
            lean=lean_histogram(lean, hop_s),
            speed=_speeds(speed, hop_s),
            bend_dose_s=float(_sine(lean).sum()) * hop_s,
        )

    def _seconds(self, start_ns: int, stop_ns: int) -> tuple[Seconds, list[Run]]:
        """Take the seconds that end by `stop_ns`; what they add up to, and how they went."""
        state, found, runs = self.state, Seconds(), _Runs(start_ns)
        clocks = state.clocks
        labels = self._labels(stop_ns)
        starts = [label.at_ns for label in labels]
        for beat in state.beats.take(stop_ns):
            index = bisect_right(starts, beat.at_ns - 1) - 1
            label = labels[index] if index >= 0 else _UNKNOWN
            begin_ns = beat.at_ns - NS_PER_S
            if clocks.stop_ns is not None and 0 < beat.at_ns - clocks.stop_ns <= self._unbroken_ns:
                begin_ns = clocks.stop_ns
            clocks.take(
                self.params,
                found,
                begin_ns,
                beat.at_ns,
                label.activity,
                label.posture,
                label.trusted,
                beat.zone,
                beat.static_since_ns,
                beat.hold,
            )
            runs.take(begin_ns, label, beat)
        return found, runs.end()

    def _end(self) -> list[Dose]:
        out: list[Dose] = []
        while (first_ns := self._first_ns()) is not None:
            out.append(self._dose(_minute(first_ns)))
        found, clocks = Seconds(), self.state.clocks
        clocks.end(self.params, found)
        if out:
            last = out[-1]
            course = None if last.course is None else replace(last.course, ended=True)
            out[-1] = replace(last, bouts=(*last.bouts, *found.bouts), course=course)
        self.state = State(clocks=clocks)
        return out


_UNKNOWN = _Label(NEVER, Activity.UNKNOWN, Posture.NONE, True)


class _Runs:
    """Beats of one minute, those alike made one."""

    __slots__ = ("begin_ns", "found", "label", "last", "minute_ns")

    def __init__(self, minute_ns: int) -> None:
        self.minute_ns = minute_ns
        self.found: list[Run] = []
        self.begin_ns = 0
        self.label = _UNKNOWN
        self.last: _Beat | None = None

    def take(self, begin_ns: int, label: _Label, beat: _Beat) -> None:
        last = self.last
        if (
            last is None
            or begin_ns != last.at_ns
            or label.activity is not self.label.activity
            or label.posture is not self.label.posture
            or label.trusted is not self.label.trusted
            or beat.zone != last.zone
            or beat.hold != last.hold
            or beat.static_since_ns != last.static_since_ns
        ):
            self._close()
            self.begin_ns, self.label = begin_ns, label
        self.last = beat

    def end(self) -> list[Run]:
        self._close()
        return self.found

    def _close(self) -> None:
        last, label = self.last, self.label
        if last is None:
            return
        since_ns = last.static_since_ns
        self.found.append(
            Run(
                self._ms(self.begin_ns),
                self._ms(last.at_ns),
                label.activity,
                label.posture,
                label.trusted,
                ZONES[last.zone],
                last.hold,
                None if since_ns is None else self._ms(since_ns),
            )
        )

    def _ms(self, at_ns: int) -> int:
        return (at_ns - self.minute_ns + NS_PER_MS // 2) // NS_PER_MS


def _run_bend(bend: _Bend, minute_ns: int) -> RunBend:
    return RunBend(
        (bend.start_ns - minute_ns) // NS_PER_MS,
        bend.peak_deg >= BEND_DEG,
        bend.peak_deg >= DEEP_BEND_DEG,
        bend.lift,
        bend.lift and bend.demanding,
    )


def _sine(lean_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(0.0, np.sin(np.radians(lean_deg)))


def _speeds(speed_degps: NDArray[np.float64], hop_s: float) -> Histogram:
    return speed_histogram(speed_degps[~np.isnan(speed_degps)], hop_s)


def _minute(at_ns: int) -> int:
    return at_ns - at_ns % MINUTE_NS
