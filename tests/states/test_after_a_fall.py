"""What is said of somebody who has fallen, against the simulator's truth."""

from functools import cache

import numpy as np
import pytest

from monitor.model import (
    Activity,
    EventKind,
    MotionEvent,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
    StateChange,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES, placed
from simulator.imu import marked_axes
from simulator.scenarios import simulate

SEGMENT = Segment(0, 0, 100.0)


@cache
def fallen(seed: int):
    """True falls, and what the path says of three minutes with one in each direction."""
    placement = Placement.WAIST
    profile = placed(PROFILES["desk"], placement)
    interpret = Interpret(profile, mounting_from_axes(*marked_axes(placement)), 5.0)
    truth, events, changes, first = [], [], [], 0
    for block in simulate("falls", seed=seed, placement=placement):
        nothing_lost = np.zeros(len(block), np.uint8)
        step = interpret.push(
            [
                SampleChunk(
                    SEGMENT, first, block.acc_mps2.copy(), block.gyr_radps.copy(), nothing_lost
                )
            ]
        )
        first += len(block)
        truth += block.finished
        events += step.events
        changes += step.changes
    step = interpret.push([SegmentEnd(SEGMENT, first, "end of file")])
    falls = [event for event in truth if event.kind is EventKind.FALL]
    return falls, events + step.events, changes + step.changes


def near(event: MotionEvent, truth) -> bool:
    return truth.start_s - 0.5 < event.start_ns / 1e9 < truth.stop_s + 0.5


@pytest.mark.parametrize("seed", [1, 2])
def test_each_fall_is_told_once_within_four_seconds_and_nothing_else_is_one(seed):
    truth, events, _ = fallen(seed)
    told = [event for event in events if event.kind is EventKind.FALL]

    assert len(told) == len(truth) == 4
    for event, true in zip(told, truth, strict=True):
        assert near(event, true)
        assert event.known_ns / 1e9 < true.stop_s + 4.0


@pytest.mark.parametrize("seed", [1, 2])
def test_who_has_fallen_is_said_to_lie_within_five_seconds_face_down_or_not(seed):
    truth, _, changes = fallen(seed)

    for true in truth:
        said = [c for c in changes if true.start_s <= c.at_ns / 1e9 <= true.stop_s + 5.0]
        assert Activity.LIE in {change.activity for change in said}


def lies(changes: list[StateChange], at_s: float) -> bool:
    return [c for c in changes if c.at_ns / 1e9 <= at_s][-1].activity is Activity.LIE


@pytest.mark.parametrize("seed", [1, 2])
def test_getting_up_ends_the_lying_and_is_no_bend(seed):
    truth, events, changes = fallen(seed)

    for following in truth[1:]:
        assert not lies(changes, following.start_s - 1.0)
    assert not [e for e in events if e.kind in (EventKind.BEND, EventKind.LIFT)]
