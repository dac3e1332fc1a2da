"""What half seconds show, compiled and plain; and how far back detectors see."""

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import compiled
from monitor.features import Features
from monitor.model import Activity, Beat, FeatureChunk, Placement, SampleChunk, Segment
from monitor.orientation import Orientation
from monitor.profiles import PROFILES
from monitor.stage import feed
from monitor.states import States, layout, movements, native, senses, transitions
from monitor.states.history import BLOCK, COLUMNS, KEEP, NORM, STRIDE, UP, History
from simulator.scenarios import simulate

needs_compiled = pytest.mark.skipif(not native.COMPILED, reason="senses.c is not compiled here")
PARAMS = PROFILES["manual"].states


def life(scenario: str, seconds: float, rate_hz: float = 100.0) -> FeatureChunk:
    """The hops of a simulated back, in one chunk."""
    segment = Segment(0, 1_700_000_000_000_000_000, rate_hz)
    blocks = list(
        simulate(scenario, seconds=seconds, seed=3, rate_hz=rate_hz, placement=Placement.UPPER_BACK)
    )
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks])
    chunk = SampleChunk(segment, 0, acc, gyr, np.zeros(len(acc), np.uint8))
    [features] = feed(Features(), feed(Orientation(), [chunk]))
    assert isinstance(features, FeatureChunk)
    return features


def part(chunk: FeatureChunk, start: int, stop: int) -> FeatureChunk:
    arrays = {
        field.name: value[start:stop].copy()
        for field in fields(chunk)
        if isinstance(value := getattr(chunk, field.name), np.ndarray)
    }
    return replace(chunk, first=chunk.first + start, **arrays)


def sights(chunk: FeatureChunk, *, compiled: bool) -> list[senses.Sight]:
    history = History(chunk.segment, chunk.hop, chunk.forward_known)
    history.append(chunk, 0, len(chunk))
    sought = PARAMS.sought()
    told = senses.numbers(sought, history)
    blocks = len(chunk) // BLOCK
    memory = layout.new_memory()
    return list(senses.look(sought, told, memory, history, 0, blocks, compiled=compiled))


def figures(sight: layout.Sight) -> list[object]:
    return [getattr(sight, name) for name in ("start", "stop", "bursts", "moved", *layout.NAMES)]


def test_what_is_shown_has_the_names_that_senses_c_has_in_its_order():
    sight = layout.Sight(5, 10, [float(at) for at in range(layout.SHOWN)])

    assert [getattr(sight, name) for name in layout.NAMES] == list(range(layout.SHOWN))


@needs_compiled
@pytest.mark.parametrize("rate_hz", [14.0, 52.0, 100.0])
@pytest.mark.parametrize("scenario", ["short", "confusers", "falls"])
def test_compiled_and_plain_show_the_same_bits(scenario, rate_hz):
    chunk = life(scenario, 90.0, rate_hz)

    one, other = sights(chunk, compiled=True), sights(chunk, compiled=False)

    assert repr([figures(sight) for sight in one]) == repr([figures(sight) for sight in other])


@needs_compiled
@given(cuts=st.lists(st.integers(0, 1800), max_size=6))
@settings(max_examples=10, deadline=None)
def test_one_goes_on_where_the_other_left_off(cuts):
    chunk = life("demo", 180.0)
    edges = [0, *sorted(cuts), len(chunk)]
    both = [States(PARAMS, compiled=True), States(PARAMS, compiled=False)]
    said = []
    for number, (start, stop) in enumerate(itertools.pairwise(edges)):
        stage, other = both[number % 2], both[(number + 1) % 2]
        said += stage.push(part(chunk, start, stop))
        other.state = stage.state
    whole = States(PARAMS).push(chunk)

    assert len(whole) > 180
    assert repr(said) == repr(whole)


def test_the_history_forgets_by_where_it_is_looked_at_from():
    history = History(Segment(0, 0, 100.0), 10, True)
    chunk = life("short", 60.0)
    for start in range(0, 600, 3):
        history.append(chunk, start, start + 3)
        history.look_from(start)

    assert history.first == 600 - STRIDE - KEEP
    assert history.stop == 600
    assert history.window(0, 1000).shape == (KEEP + STRIDE, COLUMNS)
    assert history.window(590, 600)[:, 0].tolist() == chunk.sagittal[590:].tolist()
    assert history.window(0, 5).shape == (0, COLUMNS)
    assert history.rows.nbytes < 60_000


def test_a_library_of_another_layout_or_none_is_not_used():
    assert compiled.load("monitor.states", "not-there.native", layout.ABI) is None
    assert compiled.load("monitor.states", "senses.native", -1) is None


@pytest.mark.parametrize("compiled", [native.COMPILED, False])
def test_thresholds_put_in_place_between_two_pushes_hold_from_then_on(compiled):
    chunk = life("demo", 180.0)
    stage = States(PARAMS, compiled=compiled)
    said = stage.push(part(chunk, 0, 600))
    stage.params = replace(PARAMS, walking=replace(PARAMS.walking, deviation_mps2=np.inf))
    later = stage.push(part(chunk, 600, len(chunk)))
    walks = [
        [item for item in items if isinstance(item, Beat) and item.activity is Activity.WALK]
        for items in (said, later, States(PARAMS).push(chunk))
    ]

    assert len(walks[2]) > len(walks[0])
    assert not walks[1]


def tumbling(count: int, seed: int) -> np.ndarray:
    """Rows of hops in which everything moves, and little where the seed is even."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, COLUMNS)) * (3.0 if seed % 2 else 0.05)
    rows[:, UP] += [0.0, 0.0, 1.0]
    rows[:, NORM] += 9.81
    return rows


@needs_compiled
@pytest.mark.parametrize("flat", [True, False], ids=["long", "short"])
@pytest.mark.parametrize(("lead", "n", "tail"), [(0, 1, 0), (3, 2, 3), (3, 41, 0), (1, 130, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_the_figures_of_a_movement_are_the_same_to_the_bit(lead, n, tail, flat, seed):
    rows = tumbling(lead + n + tail, seed)

    fast = native.movement(rows, lead, n, 0.1, 0.85, flat=flat)

    assert repr(fast) == repr(movements.figures(rows, lead, n, 0.1, 0.85, flat=flat))


@needs_compiled
@pytest.mark.parametrize("count", [2, 3, 8, 31, 150])
@pytest.mark.parametrize("seed", range(4))
def test_the_figures_of_a_burst_are_the_same_to_the_bit(count, seed):
    rows = tumbling(count, seed)

    assert native.rise(rows, 0.1) == transitions.figures(rows, 0.1)
