"""Standing, bowing, sitting and slumping as asked for turned into how the sensor sits."""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import degrees, radians

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.bows import Bow, read_bow
from monitor.calibration.cells import cell_samples, cut
from monitor.calibration.heights import net_mps, nets_mps
from monitor.calibration.rotations import angle_rad, unit
from monitor.model import Mounting, Quality, SampleChunk, SegmentEnd

G_MPS2 = 9.80665
HINT_S = 1.0  # s; of stillness until "hold still" is no longer said. Ours
SOURCE = "calibration and neutral"  # of the mounting; see `rezero.NEUTRAL`

Array = NDArray[np.float64]


class Task(StrEnum):
    """What is asked of the person now, in this order."""

    STAND = "stand"  # upright and still
    BOW = "bow"  # forward and back up, three times
    SIT = "sit"  # down, tall and still
    SLUMP = "slump"  # let go, and still
    DONE = "done"


class Problem(StrEnum):
    """Why it has to be done again, or what is in the way."""

    MOVING = "moving"
    GRAVITY = "gravity"  # the accelerometer shows another gravity
    BIAS = "bias"  # the gyroscope turns while the person stands
    NOT_WORN = "not_worn"  # stiller than anybody stands
    GYRO = "gyro"  # the gyroscope turns otherwise than gravity does
    WALKED = "walked"  # away, where a bow was asked for, or far before sitting
    LATE = "late"  # too long since the last bow, or since standing
    SHALLOW = "shallow"
    LONG = "long"  # down for too long
    DEEP = "deep"
    TWISTED = "twisted"  # about more than one axis
    UNLIKE = "unlike"  # bows in different directions
    SLANTED = "slanted"  # about an axis that is not level
    NOT_STOOD = "not_stood"  # what was taken for standing was another posture
    NOT_BACK = "not_back"  # standing otherwise than before the bow
    SAT = "sat"  # sat down where a bow was asked for
    NOT_SEATED = "not_seated"  # no movement since asked to sit, or slump
    NO_SEAT = "no_seat"  # moved, but neither went down nor came to another posture
    FAR = "far"  # sitting too far from standing
    FORWARD = "forward"  # sitting far forward
    ASIDE = "aside"  # sitting to one side
    NO_SLUMP = "no_slump"  # hardly further forward than sitting tall
    GAP = "gap"  # the signal broke off


@dataclass(frozen=True, slots=True)
class Params:
    """What is accepted."""

    still_s: float = 5.0  # s; Ours
    still_radps: float = radians(3.0)  # rad/s; RMS about the mean rate. Ours
    sway_rad: float = radians(5.0)  # rad; from the mean; chest_desk: standing 0.8 deg RMS
    swing_mps2: float = 0.3  # m/s^2; standard deviation of |a|; hapt_waist: standing has 0.12
    # 1; 3 sigma of a BMI270's offset of 20 mg (data sheet). Of 132 files of nine public sets 22
    # are off by 3 % and more, 2 by 6
    gravity_off: float = 0.06
    table_radps: float = radians(0.1)  # rad/s; with the next: stiller than a person, as a new zero
    table_mps2: float = 0.03  # m/s^2; standard deviation of |a|
    bias_radps: float = radians(10.0)  # rad/s; mean rate while still; sisfall has 4 deg/s. Ours
    bows: int = 3  # 1; Ours
    bow_begins_rad: float = radians(12.0)  # rad; from standing. Ours
    bow_ends_rad: float = radians(8.0)  # rad; the same. Ours
    bow_ends_s: float = 0.5  # s; back within that for so long. Ours
    bow_before_s: float = 1.0  # s; before it begins, taken into it. Ours
    bow_longest_s: float = 12.0  # s; from beginning to end. Ours
    bow_least_rad: float = radians(25.0)  # rad; shallower ones say little of their axis. Ours
    bow_most_rad: float = radians(110.0)  # rad; 90 deg is a deep bend. Ours
    bow_share: float = 0.8  # 1; of the squared rate about one axis. Ours, ADR 18
    bow_spread_rad: float = radians(12.0)  # rad; between a bow's axis and the mean. Ours, ADR 18
    bow_slant_rad: float = radians(20.0)  # rad; of that mean from level. Ours
    back_rad: float = radians(8.0)  # rad; standing after a bow against before. Ours
    # 1; of the depth of a bow, the gyroscope's over gravity's: 0.78 to 1.00 in 75 of sisfall D16
    gyro_gain: tuple[float, float] = (0.6, 1.5)
    gyro_against: float = 0.5  # 1; of that depth, turned the other way: 0.1 there
    gyro_askew_rad: float = radians(30.0)  # rad; between both axes: up to 8.5 deg there
    walk_mps2: float = 1.0  # m/s^2; standard deviation of |a| over a second of steps; hapt_waist
    walk_bowing_s: float = 4.0  # s; of such seconds in a row before the last bow. Ours
    walk_sitting_s: float = 12.0  # s; of them in all, on the way to the chair. Ours
    late_s: float = 90.0  # s; from standing or a bow to the next bow, and to sitting. Ours
    # m/s; by which sinking outweighs rising in what was no bow: 0 of 73 stoops, sisfall D16
    bow_sink_mps: float = -0.25
    bow_rise_mps: float = 0.4  # m/s; the other way round: 1 of those 73
    moved_radps: float = radians(10.0)  # rad/s; RMS of a tenth of a second that counts as moving
    moved_s: float = 0.5  # s; of such moving before sitting, or slumping, is believed. Ours
    sit_change_rad: float = radians(45.0)  # rad; Ours
    # m/s; as above, of a lean where sitting was asked for: what sinks less is a bow too many.
    # Simulated: bows -0.24 and up, sitting down -0.23 and down
    sit_lean_mps: float = -0.2
    # m/s; as above, of other movements there. With it 372 of 400 who sit down in sisfall D07 to
    # D10 are seen, all 21 of hapt_waist, and 19 of 100 stoops in D16 pass for it
    sit_sink_mps: float = -0.1
    sit_turn_rad: float = radians(12.0)  # rad; from standing: who does that sits; hapt_waist: 12-34
    sit_before_s: float = 60.0  # s; of movements that are looked at. Ours
    # rad; sitting tall against standing: forward up to 22 deg in chest_desk, and slumped in part
    sit_forward_rad: float = radians(20.0)
    sit_aside_rad: float = radians(15.0)  # rad; sitting tall against standing, sideways. Ours
    slump_least_rad: float = radians(5.0)  # rad; from sitting tall; the accuracy claimed. Ours
    slouch_share: float = 0.4  # 1; of the slump. Ours
    slouch_least_rad: float = radians(8.0)  # rad; Ours
    slouch_most_rad: float = radians(20.0)  # rad; Ours


@dataclass(frozen=True, slots=True)
class Progress:
    """How the calibration stands.

    Attributes:
        at_ns: of the data [ns since the epoch, UTC].
        task: what is asked for now.
        share: of that task, 0 to 1.
        hint: what is in the way now.
        again: why the last try was refused; None after one that was accepted.
        measured_deg: the angle behind `hint` or `again`, where there is one [deg].
    """

    at_ns: int
    task: Task
    share: float
    hint: Problem | None = None
    again: Problem | None = None
    measured_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a calibration found; `monitor.model.Calibration` says of whom.

    Attributes:
        at_ns: when it was complete [ns since the epoch, UTC].
        slouch_rad: advised threshold over sitting tall; None without a slump.
    """

    at_ns: int
    mounting: Mounting
    quality: Quality
    slouch_rad: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Still:
    """A still stretch: direction of the acceleration, and what was measured on the way."""

    up: Array
    sway_radps: float
    bias: Array  # rad/s, shape (3,); zeros without a gyroscope
    gravity_mps2: float
    swing_mps2: float  # standard deviation of |a|


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A tenth of a second, sensor axes; gyr NaN without a gyroscope."""

    acc: Array
    gyr: Array


@dataclass(slots=True)
class State:
    """What has been accepted, and the try under way."""

    task: Task = Task.STAND
    parts: list[SampleChunk] = field(default_factory=list)  # of an unfinished cell
    cells: deque[_Cell] = field(default_factory=deque)  # the stillness, or the bow, so far
    last: deque[Array] = field(default_factory=deque)  # mean accelerations of 0.3 s
    moved_s: float = 0.0
    means: deque[tuple[float, Array]] = field(default_factory=deque)  # of tenths, see `_seat`
    retried: bool = False  # sitting was refused before: who rises now goes to sit down again
    known: bool = False  # `expect` said that what comes is sitting
    second: list[Array] = field(default_factory=list)  # magnitudes of the present second
    walked_s: float = 0.0
    waited_s: float = 0.0  # since standing, or since the last bow
    bowing: bool = False
    long: bool = False  # the bow has taken too long
    upright_s: float = 0.0  # back upright at the end of a bow
    stood: _Still | None = None
    sat: _Still | None = None
    bows: list[Bow] = field(default_factory=list)
    said: Progress | None = None
    again: Problem | None = None
    again_deg: float | None = None
    finding: Finding | None = None


class Guide:
    """Take samples and say how far the calibration is; `finding` is there in the end.

    The sensor may be mounted in any orientation: up comes from standing still, left from the
    axis of the bows, forward from both and from bowing forward. Nothing is decided on less than
    whole tenths of a second, so that results do not depend on how samples come.
    """

    def __init__(self, params: Params | None = None, *, slump: bool = True) -> None:
        self.params = params or Params()
        self.state = State()
        self._slump = slump

    @property
    def finding(self) -> Finding | None:
        """What was found so far: something once sitting is accepted, all once done."""
        return self.state.finding

    def skip(self) -> None:
        """Leave the slump out; nothing else can be left out."""
        if self.state.task is Task.SLUMP and self.finding is not None:
            self.state.task = Task.DONE

    def expect(self, task: Task) -> None:
        """The next samples are known to show `task`: no movement has to be seen before it."""
        if self.state.task is task:
            self._anew()
            self.state.moved_s = self.params.moved_s
            self.state.known = True

    def push(self, item: SampleChunk | SegmentEnd, /) -> list[Progress]:
        """What changed; of progress no more than ten steps a task."""
        if isinstance(item, SegmentEnd):
            self.state.parts = []
            if self.state.task is Task.DONE:
                return []
            self._anew()
            self._again(Problem.GAP)
            return self._say(item.segment.time_ns(item.stop), 0.0)
        out: list[Progress] = []
        for part in cut([item]):
            assert isinstance(part, SampleChunk)
            out += self._part(part)
        return out

    def _part(self, part: SampleChunk) -> list[Progress]:
        state = self.state
        size = cell_samples(part.segment.rate_hz)
        if state.task is Task.DONE or (not state.parts and part.first % size):
            return []
        state.parts.append(part)
        if (part.first + len(part)) % size:
            return []
        parts, state.parts = state.parts, []
        cell = _Cell(
            np.concatenate([one.acc_mps2 for one in parts]),
            np.concatenate([one.gyr_radps for one in parts]),
        )
        at_ns = part.segment.time_ns(part.first + len(part))
        gone = self._gone(cell, part.segment.rate_hz)
        if gone is not None:
            return self._stand_anew(at_ns, gone)
        if state.task is Task.BOW:
            return self._bow(at_ns, cell, part.segment.rate_hz)
        return self._hold(at_ns, cell, part.segment.rate_hz)

    def _gone(self, cell: _Cell, rate_hz: float) -> Problem | None:
        """Whether the person has turned to something else between standing and sitting."""
        params, state = self.params, self.state
        if state.task not in (Task.BOW, Task.SIT) or state.known:
            return None
        hop_s = len(cell.acc) / rate_hz
        state.waited_s += hop_s
        if state.waited_s > params.late_s and not state.bowing:
            return Problem.LATE
        state.second.append(np.sqrt((cell.acc**2).sum(axis=1)))
        if len(state.second) * hop_s < 1.0:
            return None
        swing_mps2 = float(np.concatenate(state.second).std())
        state.second.clear()
        if swing_mps2 > params.walk_mps2:
            state.walked_s += 1.0
        elif state.task is Task.BOW:
            state.walked_s = 0.0  # a quick bow has some such seconds, too
        longest_s = params.walk_bowing_s if state.task is Task.BOW else params.walk_sitting_s
        return Problem.WALKED if state.walked_s >= longest_s else None

    # Holding still: standing, sitting, slumped

    def _hold(self, at_ns: int, cell: _Cell, rate_hz: float) -> list[Progress]:
        params, state = self.params, self.state
        hop_s = len(cell.acc) / rate_hz
        if state.task is Task.SIT:
            state.means.append((_norm(cell), cell.acc.mean(axis=0)))
            while len(state.means) * hop_s > params.sit_before_s:
                state.means.popleft()
        if state.task is not Task.STAND and state.moved_s < params.moved_s:
            state.moved_s += hop_s if self._moves(cell) else 0.0
            if state.moved_s < params.moved_s:
                return self._say(at_ns, 0.0, Problem.NOT_SEATED)
        state.cells.append(cell)
        if not self._steady():
            state.cells.clear()
            return self._say(at_ns, 0.0, Problem.MOVING)
        held_s = len(state.cells) * hop_s
        if held_s < params.still_s - hop_s / 2:
            fidgets = held_s < HINT_S and state.said is not None and state.said.hint is not None
            return self._say(at_ns, held_s / params.still_s, Problem.MOVING if fidgets else None)
        still = self._stillness()
        state.cells.clear()
        problem, measured_deg = self._judge(still)
        if problem is None and state.task is Task.SIT and not state.known:
            problem = self._seat(still, hop_s)
        if problem is Problem.NOT_STOOD:
            return self._stand_anew(at_ns, problem)
        if problem is not None:
            state.retried = state.task is Task.SIT
            state.means.clear()
            self._again(problem, measured_deg)
            if state.task is not Task.STAND:
                state.moved_s = 0.0
            return self._say(at_ns, 0.0)
        state.again = state.again_deg = None
        return self._accept(at_ns, still)

    def _moves(self, cell: _Cell) -> bool:
        bias = np.zeros(3) if self.state.stood is None else self.state.stood.bias
        if np.isnan(cell.gyr).any():
            last = self.state.last
            last.append(cell.acc.mean(axis=0))
            if len(last) > 3:
                last.popleft()
            # Half of that rate: gravity's direction follows a slow movement with a lag.
            turned_rad = angle_rad(last[0], last[-1])
            return turned_rad > self.params.moved_radps * 0.1 * (len(last) - 1) / 2 > 0.0
        rate_sq = float(((cell.gyr - bias) ** 2).sum(axis=1).mean())
        return rate_sq > self.params.moved_radps**2

    def _steady(self) -> bool:
        """Whether the cells held so far are of one stillness."""
        still = self._stillness()
        # Means of tenths: a tilt shows there, and the noise of the sensor does not.
        means = np.array([unit(cell.acc.mean(axis=0)) for cell in self.state.cells])
        swept = float(np.sqrt(((means - means.mean(axis=0)) ** 2).sum(axis=1).max()))
        return (
            still.sway_radps <= self.params.still_radps
            and still.swing_mps2 <= self.params.swing_mps2
            and swept <= self.params.sway_rad
        )

    def _stillness(self) -> _Still:
        acc = np.concatenate([cell.acc for cell in self.state.cells])
        gyr = np.concatenate([cell.gyr for cell in self.state.cells])
        mean = acc.mean(axis=0)
        bias, sway = np.zeros(3), 0.0
        if not np.isnan(gyr).any():
            bias = gyr.mean(axis=0)
            sway = float(np.sqrt(((gyr - bias) ** 2).sum(axis=1).mean()))
        swing_mps2 = float(np.sqrt((acc**2).sum(axis=1)).std())
        return _Still(unit(mean), sway, bias, float(np.sqrt(mean @ mean)), swing_mps2)

    def _judge(self, still: _Still) -> tuple[Problem | None, float | None]:
        """What speaks against a stillness, with the angle that says so [deg]."""
        params, state = self.params, self.state
        if abs(still.gravity_mps2 / G_MPS2 - 1.0) > params.gravity_off:
            return Problem.GRAVITY, None
        if state.task is Task.STAND:
            # Without a gyroscope there is no sway, and that is not told.
            calm = 0.0 < still.sway_radps < params.table_radps
            if calm and still.swing_mps2 < params.table_mps2:
                return Problem.NOT_WORN, None
            bias_radps = float(np.sqrt(still.bias @ still.bias))
            return (Problem.BIAS, degrees(bias_radps)) if bias_radps > params.bias_radps else NONE
        assert state.stood is not None
        change_rad = angle_rad(state.stood.up, still.up)
        sagittal_rad, lateral_rad = self._angles(still.up)
        if state.task is Task.SIT:
            if change_rad > params.sit_change_rad:
                return Problem.FAR, degrees(change_rad)
            if abs(lateral_rad) > params.sit_aside_rad:
                return Problem.ASIDE, degrees(abs(lateral_rad))
            if sagittal_rad > params.sit_forward_rad:
                return Problem.FORWARD, degrees(sagittal_rad)
            return NONE
        assert state.sat is not None
        slump_rad = sagittal_rad - self._angles(state.sat.up)[0]
        if slump_rad < params.slump_least_rad:
            return Problem.NO_SLUMP, degrees(slump_rad)
        return NONE

    def _seat(self, still: _Still, hop_s: float) -> Problem | None:
        """Whether the person went down before this stillness, as far as that can be told."""
        params, state = self.params, self.state
        assert state.stood is not None
        sank, rose = params.sit_sink_mps, params.bow_rise_mps
        norms, leans = self._without_bows(hop_s)
        found = [
            leans,
            *(
                [net > 0.0 for net in nets if not sank < net < rose]
                for nets in nets_mps(norms, hop_s)
            ),
        ]
        if any(rises and not rises[-1] for rises in found):
            return None
        if any(found):
            # Up before anything else: the standing and the bows were done on the chair.
            seated = all(map(all, found)) and not state.retried
            return Problem.NOT_STOOD if seated else Problem.NO_SEAT
        turned_rad = angle_rad(state.stood.up, still.up)
        return None if turned_rad >= params.sit_turn_rad else Problem.NO_SEAT

    def _without_bows(self, hop_s: float) -> tuple[Array, list[bool]]:
        """Magnitudes of the tenths since sitting was asked for, but for bows too many.

        And of each time the trunk leaned and came back and was no bow: whether it rose.
        """
        params, state = self.params, self.state
        assert state.stood is not None
        norms = np.array([norm for norm, _ in state.means])
        means = np.array([mean for _, mean in state.means])
        means[1:-1] = (means[:-2] + means[1:-1] + means[2:]) / 3.0
        tilts = [angle_rad(state.stood.up, mean) for mean in means]
        before, after = (round(s / hop_s) for s in (params.bow_before_s, params.bow_ends_s))
        kept = np.ones(len(norms), dtype=np.bool_)
        leans: list[bool] = []
        begun: int | None = None
        back = 0
        for hop, tilt_rad in enumerate(tilts):
            if begun is None:
                begun, back = (hop, 0) if tilt_rad > params.bow_begins_rad else (None, 0)
                continue
            back = back + 1 if tilt_rad < params.bow_ends_rad else 0
            if back < after:
                continue
            start, stop, begun = max(0, begun - before), hop + 1, None
            net = net_mps(norms[start:stop], hop_s)
            if not params.sit_lean_mps < net < params.bow_rise_mps:
                leans.append(net > 0.0)
            elif max(tilts[start:stop]) >= params.bow_least_rad:
                kept[start:stop] = False
        return norms[kept], leans

    def _accept(self, at_ns: int, still: _Still) -> list[Progress]:
        state = self.state
        if state.task is Task.STAND:
            state.stood, state.task = still, Task.BOW
        elif state.task is Task.SIT:
            state.sat = still
            state.finding = self._find(at_ns, None)
            state.task = Task.SLUMP if self._slump else Task.DONE
        else:
            state.finding = self._find(at_ns, still)
            state.task = Task.DONE
        state.moved_s = state.waited_s = state.walked_s = 0.0
        return self._say(at_ns, 1.0 if state.task is Task.DONE else 0.0)

    # Bowing

    def _bow(self, at_ns: int, cell: _Cell, rate_hz: float) -> list[Progress]:
        params, state = self.params, self.state
        assert state.stood is not None
        hop_s = len(cell.acc) / rate_hz
        state.last.append(cell.acc.mean(axis=0))
        if len(state.last) > 3:
            state.last.popleft()
        tilt_rad = angle_rad(state.stood.up, np.sum(list(state.last), axis=0))
        state.cells.append(cell)
        share = len(state.bows) / params.bows
        if not state.bowing:
            if tilt_rad > params.bow_begins_rad:
                state.bowing, state.long, state.upright_s = True, False, 0.0
            while len(state.cells) * hop_s > params.bow_before_s:
                state.cells.popleft()
            return self._say(at_ns, share)
        if state.long:
            if self._stays(hop_s):
                return self._stand_anew(at_ns, Problem.NOT_STOOD)
        elif len(state.cells) * hop_s > params.bow_longest_s + params.bow_before_s:
            state.long = True
            state.cells.clear()
            self._again(Problem.LONG)
        state.upright_s = state.upright_s + hop_s if tilt_rad < params.bow_ends_rad else 0.0
        if state.upright_s < params.bow_ends_s:
            return self._say(at_ns, share)
        return self._bowed(at_ns, rate_hz)

    def _stays(self, hop_s: float) -> bool:
        """Whether the person stays still where they are: then it was no bow."""
        if not self._steady():
            self.state.cells.clear()
        return len(self.state.cells) * hop_s >= self.params.still_s - hop_s / 2

    def _stand_anew(self, at_ns: int, problem: Problem) -> list[Progress]:
        """What was taken for standing, or for a bow, was something else."""
        self._anew()
        self.state.bows.clear()
        self.state.task, self.state.stood = Task.STAND, None
        self._again(problem)
        return self._say(at_ns, 0.0)

    def _bowed(self, at_ns: int, rate_hz: float) -> list[Progress]:
        params, state = self.params, self.state
        assert state.stood is not None
        cells = list(state.cells)
        state.cells.clear()
        state.bowing = False
        share = len(state.bows) / params.bows
        if state.long:
            return self._say(at_ns, share)
        acc = np.concatenate([cell.acc for cell in cells])
        gyr = np.concatenate([cell.gyr for cell in cells]) - state.stood.bias
        bow = read_bow(acc, gyr, rate_hz, state.stood.up)
        back_rad = angle_rad(state.stood.up, np.sum(list(state.last), axis=0))
        net = net_mps(np.array([_norm(cell) for cell in cells]), len(cells[0].acc) / rate_hz)
        if net <= params.bow_sink_mps:
            return self._stand_anew(at_ns, Problem.SAT)
        if net >= params.bow_rise_mps:
            return self._stand_anew(at_ns, Problem.NOT_STOOD)
        problem, angle = None, None
        if self._disagrees(bow):
            problem = Problem.GYRO
        elif bow.depth_rad < params.bow_least_rad:
            problem, angle = Problem.SHALLOW, bow.depth_rad
        elif bow.depth_rad > params.bow_most_rad:
            problem, angle = Problem.DEEP, bow.depth_rad
        elif bow.share < params.bow_share:
            problem = Problem.TWISTED
        elif back_rad > params.back_rad:
            problem, angle = Problem.NOT_BACK, back_rad
        if problem is not None:
            self._again(problem, None if angle is None else degrees(angle))
            return self._say(at_ns, share)
        state.again = state.again_deg = None
        state.bows.append(replace(bow, return_rad=back_rad))
        state.waited_s = 0.0
        if len(state.bows) < params.bows:
            return self._say(at_ns, len(state.bows) / params.bows)
        spread_rad, slant_rad = self._agreement()
        if spread_rad > params.bow_spread_rad:
            self._again(Problem.UNLIKE, degrees(spread_rad))
        elif slant_rad > params.bow_slant_rad:
            self._again(Problem.SLANTED, degrees(slant_rad))
        else:
            state.task, state.moved_s, state.walked_s = Task.SIT, 0.0, 0.0
            state.retried = state.known = False
            state.last.clear()
            state.means.clear()
            return self._say(at_ns, 0.0)
        state.bows.clear()
        return self._say(at_ns, 0.0)

    def _disagrees(self, bow: Bow) -> bool:
        """Whether the gyroscope cannot have turned as gravity did: signs, axes or unit."""
        params = self.params
        if bow.felt_rad < params.bow_least_rad or bow.share < params.bow_share:
            return False
        low, high = params.gyro_gain
        gain = bow.depth_rad / bow.felt_rad
        return (
            bow.against_rad > params.gyro_against * bow.felt_rad
            or bow.askew_rad > params.gyro_askew_rad
            or not low <= gain <= high
        )

    def _left(self) -> Array:
        return unit(np.sum([bow.left for bow in self.state.bows], axis=0))

    def _agreement(self) -> tuple[float, float]:
        """How far the bows' axes lie apart, and their mean from level [rad]."""
        assert self.state.stood is not None
        left = self._left()
        spread_rad = max(angle_rad(left, bow.left) for bow in self.state.bows)
        return spread_rad, abs(float(np.arcsin(np.clip(left @ self.state.stood.up, -1.0, 1.0))))

    # What was found

    def _rows(self) -> Array:
        """Body from sensor, shape (3, 3)."""
        assert self.state.stood is not None
        z = self.state.stood.up
        left = self._left()
        y = unit(left - (left @ z) * z)
        return np.stack([np.cross(y, z), y, z])

    def _angles(self, up_sensor: Array) -> tuple[float, float]:
        """Sagittal and lateral angle of a direction of up [rad]; docs/frames.md."""
        x, y, z = self._rows() @ up_sensor
        return float(np.arctan2(-x, z)), float(np.arctan2(y, np.hypot(x, z)))

    def _find(self, at_ns: int, slumped: _Still | None) -> Finding:
        params, state = self.params, self.state
        assert state.stood is not None
        assert state.sat is not None
        sit_rad = self._angles(state.sat.up)[0]
        slump_rad = slouch_rad = None
        if slumped is not None:
            slump_rad = self._angles(slumped.up)[0] - sit_rad
            advised_rad = params.slouch_share * slump_rad
            slouch_rad = min(max(advised_rad, params.slouch_least_rad), params.slouch_most_rad)
        spread_rad, slant_rad = self._agreement()
        bias = state.stood.bias
        quality = Quality(
            sway_dps=degrees(state.stood.sway_radps),
            bias_dps=degrees(float(np.sqrt(bias @ bias))),
            gravity_mps2=state.stood.gravity_mps2,
            bow_share=min(bow.share for bow in state.bows),
            bow_depths_deg=tuple(degrees(bow.depth_rad) for bow in state.bows),
            bow_spread_deg=degrees(spread_rad),
            bow_slant_deg=degrees(slant_rad),
            return_deg=degrees(max(bow.return_rad for bow in state.bows)),
            sit_change_deg=degrees(angle_rad(state.stood.up, state.sat.up)),
            slump_deg=None if slump_rad is None else degrees(slump_rad),
        )
        rows = tuple(float(value) for value in self._rows().ravel())
        return Finding(at_ns, Mounting(rows, True, SOURCE, sit_rad), quality, slouch_rad)

    # What is said

    def _anew(self) -> None:
        state = self.state
        state.cells.clear()
        state.last.clear()
        state.means.clear()
        state.second.clear()
        state.bowing, state.upright_s, state.moved_s = False, 0.0, 0.0
        state.walked_s = state.waited_s = 0.0

    def _again(self, problem: Problem, measured_deg: float | None = None) -> None:
        self.state.again, self.state.again_deg = problem, measured_deg
        self.state.waited_s = 0.0

    def _say(self, at_ns: int, share: float, hint: Problem | None = None) -> list[Progress]:
        state = self.state
        share = int(share * 10 + 1e-6) / 10
        new = Progress(at_ns, state.task, share, hint, state.again, state.again_deg)
        if state.said is not None and replace(state.said, at_ns=at_ns) == new:
            return []
        state.said = new
        return [new]


def _norm(cell: _Cell) -> float:
    return float(np.sqrt((cell.acc**2).sum(axis=1)).mean())


NONE: tuple[None, None] = (None, None)
