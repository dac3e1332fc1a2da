"""Recordings of chest and pelvis to what both say together: trunk flexion, lift by lift."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.analysis import Analysis, Options, Series, analyze, worn_in
from monitor.model import EventKind, MotionChunk, SegmentEnd
from monitor.orientation import Orientation
from monitor.pipeline import Step
from monitor.recording import Piece, Recording, RecordingError
from monitor.trunk import GRID_HZ, Felt, FourFactors, Level, Trunk, TrunkChunk, TrunkLift
from monitor.trunk.factors import MISSING, four_factors

LEAST_H = 2.0  # h; a rate is not drawn from less. Ours
WITHOUT_LOAD = "habit of movement without load: no probability and no risk of injury"


@dataclass(slots=True)
class Both:
    """What two recordings of one person say together.

    Attributes:
        chest: what the upper one says alone.
        rows: chest against pelvis wherever both were seen.
        lifts: its bends and lifts with what the pair adds, in the order they were told.
        zeroed: both recordings gave a neutral posture.
        has_gyro: both have a gyroscope.
    """

    chest: Analysis
    zeroed: bool
    has_gyro: bool
    pelvis: Recording
    rows: list[TrunkChunk] = field(default_factory=list)
    lifts: list[TrunkLift] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def known_s(self) -> float:
        """Seconds in which both sensors were seen and trusted."""
        return sum(int(chunk.known.sum()) for chunk in self.rows) / GRID_HZ

    @property
    def lifts_per_h(self) -> float | None:
        """Rate over the time both saw; None under two hours of it."""
        hours = self.known_s / 3600
        seen = [lift for lift in self._lifts() if lift.values]
        return len(seen) / hours if hours >= LEAST_H else None

    def factors(self) -> FourFactors | None:
        """Of all lifts together, by the means over those measured; None without any."""
        lifts = [lift for lift in self._lifts() if lift.values]
        if not lifts:
            return None

        def mean(name: str) -> float | None:
            values = [lift.values[name] for lift in lifts if name in lift.values]
            return float(np.mean(values)) if values else None

        return four_factors(
            lifts_per_h=self.lifts_per_h,
            max_lateral_velocity_degps=mean("max_lateral_velocity_degps"),
            average_twist_velocity_degps=mean("average_twist_velocity_degps"),
            max_flexion_deg=mean("max_flexion_deg"),
        )

    def _lifts(self) -> list[TrunkLift]:
        return [lift for lift in self.lifts if lift.event.kind is EventKind.LIFT]


def analyze_both(
    chest: Recording,
    options: Options,
    pelvis: Recording,
    pelvis_options: Options,
    *,
    later_s: float = 0.0,
    series: list[Series] | None = None,
) -> Both:
    """Interpret the chest's recording, and beside it the trunk between both.

    Pieces meet by label. `later_s` is added to the pelvis's clock to make it the chest's.

    Raises:
        RecordingError: the recordings share no time.
    """
    worn = worn_in(pelvis, pelvis_options, "--pelvis-")
    mounting = worn.mounting
    zeroed = options.neutral_s is not None and pelvis_options.neutral_s is not None
    pairs = _pairs(chest, pelvis, later_s)
    rows: list[TrunkChunk] = []
    lifts: list[TrunkLift] = []
    meeting: dict[int, _Meeting] = {}

    def watch(number: int, step: Step) -> None:
        if number not in pairs:
            return
        if number not in meeting:
            seen = Orientation(replace(options.profile.orientation, mounting=mounting))
            motion = _motion(pairs[number], seen)
            meeting[number] = _Meeting(Trunk(options.profile.trunk), motion, zeroed)
        for out in meeting[number].push(step):
            if isinstance(out, TrunkChunk):
                rows.append(out)
            else:
                lifts.append(out)

    analysis = analyze(chest, options, series, watch)
    for one in meeting.values():
        lifts += [lift for lift in one.trunk.end() if isinstance(lift, TrunkLift)]
    both = Both(
        analysis,
        zeroed,
        all(piece.has_gyro for piece in [*chest.pieces, *pelvis.pieces]),
        pelvis,
        rows,
        lifts,
    )
    both.unknown += [
        f"whether the axes of the second sensor are named right: {doubt}" for doubt in worn.doubts
    ]
    if not (analysis.mounting.forward_known and mounting.forward_known):
        both.unknown.append(
            "trunk flexion: which way is forward is not known of both sensors; name it with "
            "--forward and --pelvis-forward"
        )
    if not zeroed:
        both.unknown.append(
            "trunk flexion against standing: angles between the sensors hold how each sits on "
            "its back; name a stretch of standing with --neutral"
        )
    if not both.has_gyro:
        both.unknown.append("twisting of the trunk: it needs a gyroscope in both sensors")
    both.unknown.append(
        "the angle of twisting, beyond a single bend: two sensors without a compass share no "
        "heading; and the load, without which the lift index stays a range"
    )
    return both


@dataclass(slots=True)
class _Meeting:
    """The pelvis's motion, drawn along as the chest's goes on."""

    trunk: Trunk
    motion: Iterator[MotionChunk | SegmentEnd]
    zeroed: bool
    reached_ns: int = 0

    def push(self, step: Step) -> list[TrunkChunk | TrunkLift]:
        out: list[TrunkChunk | TrunkLift] = []
        for item in step.motion:
            out += self.trunk.push(Felt(Level.CHEST, item, self.zeroed))
            over = item.stop if isinstance(item, SegmentEnd) else item.first + len(item)
            while self.reached_ns < item.segment.time_ns(over):
                other = next(self.motion, None)
                if other is None:
                    break
                stop = other.stop if isinstance(other, SegmentEnd) else other.first + len(other)
                self.reached_ns = other.segment.time_ns(stop)
                out += self.trunk.push(Felt(Level.PELVIS, other, self.zeroed))
        for event in step.events:
            out += self.trunk.push(event)
        for beat in step.beats:
            out += self.trunk.push(beat)
        return out


def _motion(piece: Piece, orientation: Orientation) -> Iterator[MotionChunk | SegmentEnd]:
    for item in piece.samples(500):
        yield from orientation.push(item)


def _pairs(chest: Recording, pelvis: Recording, later_s: float) -> dict[int, Piece]:
    """The pelvis's piece for each of the chest's that it overlaps, on the chest's clock."""
    by_label = {piece.label: piece for piece in pelvis.pieces}
    out = {}
    for number, piece in enumerate(chest.pieces):
        other = by_label.get(piece.label)
        if len(chest.pieces) == len(pelvis.pieces) == 1:
            other = pelvis.pieces[0]
        if other is None:
            continue
        shift_s = piece.offset_s - other.offset_s + later_s
        time_s: NDArray[np.float64] = other.time_s + shift_s
        if time_s[0] < piece.time_s[-1] and piece.time_s[0] < time_s[-1]:
            moved = Piece(
                other.label, other.offset_s + shift_s, time_s, other.acc_mps2, other.gyr_radps
            )
            out[number] = moved
    if not out:
        one, two = chest.pieces[0].time_s, pelvis.pieces[0].time_s
        raise RecordingError(
            f"{pelvis.path}: shares no time with {chest.path}: from {two[0] + later_s:.3f} to "
            f"{two[-1] + later_s:.3f} s against {one[0]:.3f} to {one[-1]:.3f} s; both sensors "
            "must run on one clock, or say with --pelvis-later how many seconds to add"
        )
    return out


Plain = None | float | str | list["Plain"] | dict[str, "Plain"]


def as_json(both: Both) -> dict[str, Plain]:
    """The object `trunk` of docs/analysis.md."""
    known = np.concatenate([chunk.known for chunk in both.rows] or [np.zeros(0, np.bool_)])
    flexion = np.concatenate([chunk.flexion_rad for chunk in both.rows] or [np.zeros(0)])
    percentiles: Plain = None
    if both.zeroed and known.any():
        values = np.percentile(np.degrees(flexion[known]), (10, 50, 90, 95, 99))
        names = ("p10", "p50", "p90", "p95", "p99")
        percentiles = {
            name: _rounded(float(value)) for name, value in zip(names, values, strict=True)
        }
    job = both.factors()
    return {
        "pelvis_file": str(both.pelvis.path),
        "known_s": _rounded(both.known_s),
        "coverage": _rounded(
            min(1.0, both.known_s / both.chest.duration_s) if both.chest.duration_s > 0 else 0.0
        ),
        "flexion_percentiles_deg": percentiles,
        "unknown": list[Plain](both.unknown),
        "lift_index_without_load": None if job is None else _index(job),
        "bends": [_bend(lift, both.lifts_per_h) for lift in both.lifts],
    }


def _bend(lift: TrunkLift, lifts_per_h: float | None) -> Plain:
    factors = lift.factors(lifts_per_h)
    return {
        "kind": lift.event.kind.value,
        "start_s": round(lift.event.start_ns / 1e9, 3),
        "stop_s": round(lift.event.stop_ns / 1e9, 3),
        "coverage": _rounded(lift.coverage),
        **{name: _rounded(value) for name, value in lift.values.items()},
        "lift_index_without_load": None if factors is None else _index(factors),
    }


def _index(found: FourFactors) -> Plain:
    return {
        "label": WITHOUT_LOAD,
        "from": _rounded(found.least),
        "to": _rounded(found.most),
        "missing": MISSING,
        "factors": [
            {
                "name": factor.name,
                "value": None if factor.value is None else _rounded(factor.value),
                "place": None if factor.place is None else _rounded(factor.place),
                "group_means": [factor.low, factor.high],
            }
            for factor in found.factors
        ],
    }


def _rounded(value: float) -> float:
    return round(value, 3)
