"""Motion of two sensors, in any interleaving, to motion of the chest against the pelvis."""

import itertools
import math
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from monitor.model import Beat, EventKind, MotionChunk, MotionEvent, SegmentEnd
from monitor.model.motion import lateral_rad, sagittal_rad
from monitor.model.samples import read_only
from monitor.trunk import grid, measures
from monitor.trunk.grid import GRID_HZ, STEP_NS, Rows, no_rows
from monitor.trunk.measures import TrunkLift

Floats = NDArray[np.float64]


class Level(Enum):
    """Which end of the trunk a sensor sits at."""

    CHEST = "chest"  # upper back or chest
    PELVIS = "pelvis"  # low back or waist


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """What one of the two sensors felt.

    Attributes:
        zeroed: its angles count from the wearer's own standing; else from the sensor's axes,
            and angles between the sensors hold how each sits on its back.
    """

    level: Level
    motion: MotionChunk | SegmentEnd
    zeroed: bool


Item = Felt | MotionEvent | Beat


@dataclass(frozen=True, slots=True)
class Params:
    """How two streams are put together."""

    cutoff_hz: float = 5.0  # Hz; low-pass of what is told: a trunk moves below 5 Hz. Ours
    least_upright: float = 0.34  # 1; beyond 70 deg aside a sagittal angle is noise. Ours
    hold_s: float = 30.0  # s; by which one stream may run ahead of the other. Ours
    keep_s: float = 45.0  # s; a bend of 25 s is told up to 10 s later (`bends.Params`). Ours
    keep_most_s: float = 120.0  # s; the same where nobody tells of bends. Ours
    least_coverage: float = 0.9  # of a bend; less seen by both is not measured. Ours
    twist_longest_s: float = 10.0  # s; longest bend whose turn is integrated: it drifts. Ours


@dataclass(frozen=True, slots=True, eq=False)
class TrunkChunk:
    """Chest against pelvis at instants `[first, first + n)` of the common grid.

    Angles are differences of the angles of docs/frames.md: how much further the chest leans
    than the pelvis, forward and to the right.

    Attributes:
        flexion_rad, lateral_rad: shape (n,).
        flexion_radps, lateral_radps: their rates.
        twist_radps: rate of turning against the pelvis about the chest's long axis, left
            positive; 0 without a gyroscope. Its integral drifts: there is no twist angle.
        known: both sensors measured, settled, with forward known and not lying aside.
        has_gyro: both gyroscopes spoke, shape (n,).
        zeroed: both angles count from standing, shape (n,).
    """

    first: int
    flexion_rad: Floats
    lateral_rad: Floats
    flexion_radps: Floats
    lateral_radps: Floats
    twist_radps: Floats
    known: NDArray[np.bool_]
    has_gyro: NDArray[np.bool_]
    zeroed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if name != "first":
                read_only(getattr(self, name), (len(self.flexion_rad),), name)

    def __len__(self) -> int:
        return len(self.flexion_rad)

    def time_ns(self) -> NDArray[np.int64]:
        """UTC of each row [ns since the epoch], shape (n,)."""
        return (self.first + np.arange(len(self), dtype=np.int64)) * STEP_NS


Out = TrunkChunk | TrunkLift


@dataclass(slots=True)
class State:
    """Rows of each sensor that wait for the other's; the low-pass; rows that bends may ask for."""

    grids: dict[Level, grid.State] = field(
        default_factory=lambda: {level: grid.State() for level in Level}
    )
    waiting: dict[Level, Rows] = field(
        default_factory=lambda: {level: no_rows() for level in Level}
    )
    begun: dict[Level, int | None] = field(
        default_factory=lambda: dict.fromkeys(Level)
    )  # the last instant before each one's latest chunk
    last: int | None = None  # instant of the last pair
    zi: Floats | None = None  # of the low-pass
    angles: Floats | None = None  # flexion and lateral at `last`
    kept_index: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    kept: Floats = field(default_factory=lambda: np.zeros((0, measures.COLUMNS)))
    told: int | None = None  # instant up to which all bends have been told
    bends: list[MotionEvent] = field(default_factory=list)


class Trunk:
    """Bring two streams together and measure the bends that the chest's sensor tells.

    How the streams are cut and interleaved changes neither the rows nor the bends, as long as
    none runs ahead of another by a chunk and more than `hold_s`. A bend follows once both
    streams have passed it, or one has by so much.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: Item, /) -> list[Out]:
        state, out = self.state, list[Out]()
        if isinstance(item, Felt):
            out += self._feel(item)
        elif isinstance(item, Beat):
            told = item.at_ns // STEP_NS
            state.told = told if state.told is None else max(state.told, told)
            self._forget()
        elif item.kind in (EventKind.BEND, EventKind.LIFT):
            state.bends.append(item)
        out += self._measure()
        return out

    def end(self) -> list[Out]:
        """Nothing follows from anyone: measure the bends that still wait."""
        bends, self.state.bends = self.state.bends, []
        return [self._measured(bend) for bend in bends]

    def _feel(self, item: Felt) -> list[Out]:
        state = self.state
        own = state.grids[item.level]
        state.begun[item.level] = own.done
        if isinstance(item.motion, SegmentEnd):
            grid.end(own, item.motion)
            return []
        rows = grid.advance(own, item.motion, zeroed=item.zeroed)
        if len(rows.index) == 0:
            return []
        held = state.waiting[item.level]
        state.waiting[item.level] = Rows(
            np.concatenate([held.index, rows.index]), np.concatenate([held.values, rows.values])
        )
        chest, pelvis = state.waiting[Level.CHEST], state.waiting[Level.PELVIS]
        index, first, second = np.intersect1d(
            chest.index, pelvis.index, assume_unique=True, return_indices=True
        )
        pair = (chest.values[first], pelvis.values[second])
        self._drop(int(index[-1]) if len(index) else None)
        breaks = np.flatnonzero(np.diff(index) > 1) + 1
        edges = [0, *breaks.tolist(), len(index)] if len(index) else [0]
        return [
            self._run(index[a:b], pair[0][a:b], pair[1][a:b]) for a, b in itertools.pairwise(edges)
        ]

    def _drop(self, paired: int | None) -> None:
        """Forget rows that no row of the other sensor can meet any more."""
        hold = round(self.params.hold_s * GRID_HZ)
        for level, other in ((Level.CHEST, Level.PELVIS), (Level.PELVIS, Level.CHEST)):
            rows, begun = self.state.waiting[level], self.state.begun[level]
            over = [index for index in (paired, self.state.grids[other].done) if index is not None]
            if begun is not None:
                over.append(begun - hold)
            start = int(np.searchsorted(rows.index, max(over, default=-1), side="right"))
            if start:
                self.state.waiting[level] = Rows(rows.index[start:], rows.values[start:])

    def _run(self, index: NDArray[np.int64], chest: Floats, pelvis: Floats) -> TrunkChunk:
        """Rows of consecutive instants, shape (n, grid.COLUMNS) each."""
        state = self.state
        signals = np.column_stack(
            [chest[:, grid.UP], pelvis[:, grid.UP], _twist_radps(chest, pelvis)]
        )
        # Half a second of imports, which one sensor alone need not wait for.
        from scipy.signal import butter, sosfilt, sosfilt_zi

        sos = butter(2, self.params.cutoff_hz, fs=GRID_HZ, output="sos")
        fresh = state.zi is None or state.last is None or int(index[0]) != state.last + 1
        if fresh:
            state.zi = sosfilt_zi(sos)[:, :, None] * signals[0]
        smooth, state.zi = sosfilt(sos, signals, axis=0, zi=state.zi)
        state.last = int(index[-1])
        up_chest, up_pelvis = smooth[:, 0:3], smooth[:, 3:6]
        angles = np.column_stack(
            [
                _wrapped(sagittal_rad(up_chest) - sagittal_rad(up_pelvis)),
                lateral_rad(up_chest) - lateral_rad(up_pelvis),
            ]
        )
        before = angles[0] if fresh or state.angles is None else state.angles
        state.angles = angles[-1].copy()
        rates = _wrapped(np.diff(angles, axis=0, prepend=before[None, :])) * GRID_HZ
        upright = (np.hypot(up_chest[:, 0], up_chest[:, 2]) > self.params.least_upright) & (
            np.hypot(up_pelvis[:, 0], up_pelvis[:, 2]) > self.params.least_upright
        )
        both = np.minimum(chest, pelvis)
        rows = np.empty((len(index), measures.COLUMNS))
        rows[:, [measures.FLEXION, measures.LATERAL]] = angles
        rows[:, [measures.FLEXION_RATE, measures.LATERAL_RATE]] = rates
        has_gyro = both[:, grid.GYRO] > 0
        rows[:, measures.TWIST_RATE] = np.where(has_gyro, smooth[:, 6], 0.0)
        rows[:, measures.KNOWN] = (both[:, grid.KNOWN] > 0) & upright
        rows[:, measures.GYRO] = has_gyro
        rows[:, measures.ZEROED] = both[:, grid.ZEROED]
        state.kept_index = np.concatenate([state.kept_index, index])
        state.kept = np.concatenate([state.kept, rows])
        self._forget()
        return TrunkChunk(
            int(index[0]),
            angles[:, 0].copy(),
            angles[:, 1].copy(),
            rates[:, 0].copy(),
            rates[:, 1].copy(),
            rows[:, measures.TWIST_RATE].copy(),
            rows[:, measures.KNOWN] > 0,
            has_gyro,
            rows[:, measures.ZEROED] > 0,
        )

    def _forget(self) -> None:
        state = self.state
        if len(state.kept_index) == 0:
            return
        oldest = int(state.kept_index[-1]) - round(self.params.keep_most_s * GRID_HZ)
        if state.told is not None:
            oldest = max(oldest, state.told - round(self.params.keep_s * GRID_HZ))
        oldest = min([oldest, *(bend.start_ns // STEP_NS for bend in state.bends)])
        start = int(np.searchsorted(state.kept_index, oldest))
        # Whole batches: shifting the arrays for every packet would cost more than it saves.
        if start > GRID_HZ:
            state.kept_index, state.kept = state.kept_index[start:], state.kept[start:]

    def _measure(self) -> list[Out]:
        """The bends, in the order they were told, that both streams have passed."""
        state, out = self.state, list[Out]()
        hold = round(self.params.hold_s * GRID_HZ)
        dones = [-1 if own.done is None else own.done for own in state.grids.values()]
        begun = [-1 if at is None else at for at in state.begun.values()]
        passed = max(min(dones), max(begun) - hold)
        while state.bends and -(-state.bends[0].stop_ns // STEP_NS) <= passed + 1:
            out.append(self._measured(state.bends.pop(0)))
        return out

    def _measured(self, bend: MotionEvent) -> TrunkLift:
        state = self.state
        start, stop = (-(-at_ns // STEP_NS) for at_ns in (bend.start_ns, bend.stop_ns))
        first, last = np.searchsorted(state.kept_index, [start, stop])
        rows = state.kept[first:last]
        rows = rows[rows[:, measures.KNOWN] > 0]
        coverage = len(rows) / max(1, stop - start)
        values: dict[str, float] = {}
        if len(rows) and coverage >= self.params.least_coverage:
            values = measures.measured(rows, 1.0 / GRID_HZ, self.params.twist_longest_s)
        return TrunkLift(bend, coverage, MappingProxyType(values))


def _twist_radps(chest: Floats, pelvis: Floats) -> Floats:
    """Rate of the chest about its own z, less that of the pelvis about the same line.

    Where that line lies in the pelvis's axes follows from both leans, but for the unknown
    difference of heading, which is taken to be small: people twist by less than they bend.
    """
    flexion = sagittal_rad(chest[:, grid.UP]) - sagittal_rad(pelvis[:, grid.UP])
    aside = lateral_rad(chest[:, grid.UP]) - lateral_rad(pelvis[:, grid.UP])
    turned = pelvis[:, grid.GYR]
    about = (
        turned[:, 0] * np.sin(flexion) * np.cos(aside)
        - turned[:, 1] * np.sin(aside)
        + turned[:, 2] * np.cos(flexion) * np.cos(aside)
    )
    out: Floats = chest[:, grid.GYR][:, 2] - about
    return out


def _wrapped(angle: Floats) -> Floats:
    """The same angles within half a turn of zero."""
    out: Floats = (angle + math.pi) % (2.0 * math.pi) - math.pi
    return out
