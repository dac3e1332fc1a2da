"""What every stage of the path promises, checked on every stage."""

import copy
import dataclasses
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import monitor.alerts
import monitor.calibration
import monitor.exposure
import monitor.features
import monitor.ingest
import monitor.orientation
import monitor.states
import monitor.timebase
import monitor.trunk
from monitor.alerts import Alerts
from monitor.calibration import Doubt, Slip
from monitor.calibration.slip import Params as SlipParams
from monitor.exposure import Doses, Minutes
from monitor.exposure.clocks import Params as DoseParams
from monitor.features import Features
from monitor.model import (
    NS_PER_S,
    FeatureChunk,
    MotionChunk,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.orientation import Orientation
from monitor.pipeline import Telling, Watching
from monitor.profiles import PROFILES
from monitor.stage import feed
from monitor.states import Blanking, States
from monitor.trunk import Felt, Level, Trunk
from simulator.scenarios import simulate

RATE_HZ = 100.0
LENGTH_S = 60.0  # the whole of the scenario "short": a lift, a walk, a sitting down
NS_PER_HOUR = 3_600_000_000_000


@cache
def motion() -> tuple[np.ndarray, np.ndarray]:
    """A simulated minute in which every detector has something to do."""
    blocks = list(
        simulate("short", seconds=LENGTH_S, seed=3, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


def samples(cuts: list[int], segment: Segment, *, gyro: bool) -> list[SampleChunk]:
    """The simulated minute as chunks with borders at `cuts`."""
    acc, gyr = motion()
    edges = [0, *sorted(cuts), len(acc)]
    return [
        SampleChunk(
            segment,
            a,
            acc[a:b].copy(),
            gyr[a:b].copy() if gyro else np.full((b - a, 3), np.nan),
            np.zeros(b - a, np.uint8),
        )
        for a, b in itertools.pairwise(edges)
    ]


@dataclass(frozen=True)
class Subject:
    """A stage, and what turns samples into its input."""

    make: Callable[[], object]
    upstream: tuple[Callable[[], object], ...]


def states() -> States:
    return States(PROFILES["manual"].states)


class SecondSensor:
    """Motion as of a chest, and as of a pelvis with the same gravity and none of the turning."""

    def push(self, item: MotionChunk | SegmentEnd, /) -> list[Felt]:
        second = item
        if isinstance(item, MotionChunk):
            up = item.up * [0.5, 0.5, 1.0]
            up = up / np.linalg.norm(up, axis=1, keepdims=True)
            second = dataclasses.replace(item, up=up, gyr_radps=0.1 * item.gyr_radps)
        return [Felt(Level.CHEST, item, True), Felt(Level.PELVIS, second, True)]


def blanking() -> Blanking:
    """Two vibrations, one of them from the beginning on."""
    t0_ns = SEGMENT.t0_ns
    stretches = [(t0_ns, t0_ns + NS_PER_S), (t0_ns + 3 * NS_PER_S, t0_ns + 5 * NS_PER_S)]
    return Blanking(lambda start, stop: [s for s in stretches if s[0] < stop and start < s[1]])


SUBJECTS = {
    "blanking": Subject(blanking, ()),
    "orientation": Subject(Orientation, ()),
    "features": Subject(Features, (Orientation,)),
    "states": Subject(states, (Orientation, Features)),
    "minutes": Subject(Minutes, (Orientation, Features)),
    "doses": Subject(
        lambda: Doses(DoseParams(settle_s=5.0)), (Orientation, Features, lambda: Telling(states()))
    ),
    "trunk": Subject(Trunk, (Orientation, SecondSensor)),
    "alerts": Subject(lambda: Alerts(PROFILES["manual"].alerts), (Orientation, Features, states)),
    "slip": Subject(
        lambda: Slip(SlipParams(look_s=2, looks=2, learn_s=2, slip_rad=0.001, back_rad=3.0)),
        (Orientation, Features, lambda: Telling(states())),
    ),
}


class DoubtToldApart:
    """Without the chunks it hands on: where they come between states depends on the cuts."""

    def __init__(self) -> None:
        self._doubt = Doubt()

    @property
    def state(self):
        return self._doubt.state

    @state.setter
    def state(self, state) -> None:
        self._doubt.state = state

    def push(self, item, /):
        return [told for told in self._doubt.push(item) if not isinstance(told, FeatureChunk)]


SUBJECTS["doubt"] = Subject(
    DoubtToldApart,
    (*SUBJECTS["slip"].upstream, lambda: Watching(SUBJECTS["slip"].make())),
)
# Ingest and Timebase take link events, whose arrival is data: their cuts are the frames the
# device chose. They keep the other promises in tests/ingest and tests/timebase.


def inputs(subject: Subject, cuts: list[int], segment: Segment, *, gyro: bool = True) -> list:
    items: list = [*samples(cuts, segment, gyro=gyro)]
    items.append(SegmentEnd(segment, len(motion()[0]), "end of file"))
    for make in subject.upstream:
        items = feed(make(), items)
    return items


def plain(value: object) -> object:
    """A value that compares by content."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def flat(items: list) -> list:
    """Outputs without their chunking: row by row, everything else as it is."""
    out = []
    for item in items:
        names = [f.name for f in dataclasses.fields(item)] if dataclasses.is_dataclass(item) else []
        arrays = {n: getattr(item, n) for n in names if isinstance(getattr(item, n), np.ndarray)}
        if not arrays:
            out.append(plain(item))
            continue
        for row in range(len(item)):
            out.append((item.first + row, {n: a[row].tolist() for n, a in arrays.items()}))
    return out


def same(left: list, right: list) -> bool:
    """Equal bit for bit, with NaN equal to itself."""
    return repr(flat(left)) == repr(flat(right))


SEGMENT = Segment(0, 1_700_000_000_000_000_000, RATE_HZ)
cuts = st.lists(st.integers(0, int(LENGTH_S * RATE_HZ)), max_size=40)
every_stage = pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
few = settings(max_examples=12, deadline=None)


@every_stage
@pytest.mark.parametrize("gyro", [True, False], ids=["gyro", "no gyro"])
@given(cuts=cuts)
@few
def test_outputs_do_not_depend_on_the_cuts(subject, gyro, cuts):
    whole = feed(subject.make(), inputs(subject, [], SEGMENT, gyro=gyro))

    assert same(feed(subject.make(), inputs(subject, cuts, SEGMENT, gyro=gyro)), whole)


@pytest.mark.parametrize("gyro", [True, False], ids=["gyro", "no gyro"])
def test_packets_of_ten_give_what_one_block_gives(gyro):
    """The live path against the batch, through every stage."""
    subject = Subject(lambda: Alerts(PROFILES["manual"].alerts), (Orientation, Features, states))
    packets = list(range(0, int(LENGTH_S * RATE_HZ), 10))

    assert same(
        inputs(subject, packets, SEGMENT, gyro=gyro), inputs(subject, [], SEGMENT, gyro=gyro)
    )


@every_stage
@given(cuts=cuts, at=st.integers(0, 20))
@few
def test_a_copied_state_carries_on_identically(subject, cuts, at):
    items = inputs(subject, cuts, SEGMENT)
    one, other = subject.make(), subject.make()
    feed(one, items[:at])
    other.state = copy.deepcopy(one.state)

    assert same(feed(one, items[at:]), feed(other, items[at:]))


@every_stage
def test_a_segment_end_forgets_everything(subject):
    later = Segment(0, SEGMENT.t0_ns + 12 * NS_PER_HOUR, RATE_HZ)
    used = subject.make()
    feed(used, inputs(subject, [1000], SEGMENT))

    assert same(
        feed(used, inputs(subject, [], later)), feed(subject.make(), inputs(subject, [], later))
    )


@every_stage
def test_inputs_are_left_as_they_were(subject):
    items = inputs(subject, [777], SEGMENT)
    before = repr(flat(items))

    feed(subject.make(), items)

    assert repr(flat(items)) == before


@every_stage
def test_time_moves_forward(subject):
    """Rows count up; what is said comes in the order in which it was known."""
    out = feed(subject.make(), inputs(subject, [], SEGMENT))
    firsts = [item.first for item in out if hasattr(item, "first")]
    for kind in {type(item) for item in out}:
        name = next((n for n in ("known_ns", "at_ns", "start_ns") if hasattr(kind, n)), None)
        if name is not None:
            instants = [getattr(item, name) for item in out if type(item) is kind]
            assert instants == sorted(instants)

    assert firsts == sorted(firsts)


@every_stage
@given(scale=st.sampled_from([0.0, 1e-6, 1.0, 50.0, 1e4]))
@few
def test_no_nan_comes_out_of_finite_input(subject, scale):
    rng = np.random.default_rng(1)
    chunk = SampleChunk(
        SEGMENT,
        0,
        rng.normal(size=(1500, 3)) * scale,
        rng.normal(size=(1500, 3)) * scale,
        np.zeros(1500, np.uint8),
    )
    items: list = [chunk, SegmentEnd(SEGMENT, 1500, "end of file")]
    for make in subject.upstream:
        items = feed(make(), items)

    assert "nan" not in repr(flat(feed(subject.make(), items)))


PACKAGES = [
    monitor.ingest,
    monitor.timebase,
    monitor.orientation,
    monitor.features,
    monitor.states,
    monitor.exposure,
    monitor.calibration,
    monitor.alerts,
    monitor.trunk,
]


def parameter_classes() -> list[type]:
    """Every `Params` of the core, the detectors' included."""
    found: dict[str, type] = {}
    for package in PACKAGES:
        modules = [package, *(m for _, m in inspect.getmembers(package, inspect.ismodule))]
        for module in modules:
            params = getattr(module, "Params", None)
            if params is not None and params.__module__.startswith("monitor."):
                found[params.__module__] = params
    return list(found.values())


@pytest.mark.parametrize("params", parameter_classes(), ids=lambda params: params.__module__)
def test_every_threshold_says_its_unit_and_why(params):
    """Each line of a Params class carries a comment, or is itself a Params or a mounting."""
    source = [line.strip() for line in inspect.getsource(params).splitlines()]
    fields = {field.name for field in dataclasses.fields(params)}
    for before, line in itertools.pairwise(source):
        name = line.partition(":")[0]
        if name in fields and "field(default_factory=" not in line:
            said = "#" in line or before.startswith("#")
            assert said, f"{params.__module__}.Params.{name} says not where it comes from"


def test_a_motion_chunk_refuses_the_wrong_shape():
    with pytest.raises(ValueError, match="gyr_radps"):
        MotionChunk(
            SEGMENT,
            0,
            np.zeros((3, 3)),
            np.zeros((3, 3)),
            np.zeros((2, 3)),
            np.zeros(3, bool),
            np.zeros(3, np.uint8),
            True,
        )
