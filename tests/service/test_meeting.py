"""Where two worn sensors meet: the same as the pure stage says of both, and nothing of one."""

import math

import pytest

from monitor.model import NS_PER_S, Beat, MotionEvent, Placement
from monitor.pipeline import Step
from monitor.service.meeting import FRESH_S, Meeting
from monitor.trunk import Level, Params
from tests.trunk.wearing import felt, in_turn, motion, mounting, seen, told

CHEST, PELVIS = Placement.UPPER_BACK, Placement.LOW_BACK
CUTS = range(100, 6000, 100)


def steps(placement: Placement) -> list[Step]:
    """What the path of a sensor makes of each second."""
    out = [Step(motion=[item]) for item in motion(placement, CUTS)]
    if placement is CHEST:
        for item in told():
            kinds = {MotionEvent: "events", Beat: "beats"}
            out.append(Step(**{kinds[type(item)]: [item]}))
    return out


def met(placements: list[Placement], *worn: Placement, params: Params | None = None) -> Meeting:
    meeting = Meeting(placements, params)
    sensors = {placement: number for number, placement in enumerate(placements)}
    pushed = in_turn(*([(one, step) for step in steps(one)] for one in worn))
    for placement, step in pushed:
        meeting.push(sensors[placement], mounting(placement), step)
    return meeting


@pytest.mark.parametrize("placements", [[CHEST, PELVIS], [PELVIS, CHEST]])
def test_two_worn_sensors_say_what_the_stage_says_of_both(placements: list[Placement]) -> None:
    meeting = met(placements, CHEST, PELVIS)
    items = [*felt(Level.CHEST, motion(CHEST, CUTS)), *told()]
    pure = seen(in_turn(items, felt(Level.PELVIS, motion(PELVIS, CUTS))))

    assert [repr(lift) for lift in meeting.lifts] == [repr(lift) for lift in pure.lifts]
    assert len(meeting.lifts) == 1
    assert meeting.now is not None
    assert math.isclose(meeting.now.flexion_deg, pure.flexion_deg[pure.known][-1])
    assert meeting.now.zeroed


def test_what_is_no_longer_live_is_none_of_now() -> None:
    meeting = met([CHEST, PELVIS], CHEST, PELVIS)
    assert meeting.now is not None
    last_ns = meeting.now.at_ns

    assert meeting.fresh(last_ns + NS_PER_S) == meeting.now
    assert meeting.fresh(last_ns + round((FRESH_S + 1) * NS_PER_S)) is None


@pytest.mark.parametrize(
    ("placements", "worn"),
    [([CHEST, PELVIS], [CHEST]), ([CHEST], [CHEST]), ([CHEST, Placement.CHEST], [CHEST])],
)
def test_one_end_of_the_trunk_alone_says_nothing(
    placements: list[Placement], worn: list[Placement]
) -> None:
    meeting = met(placements, *worn)

    assert meeting.now is None
    assert all(math.isclose(lift.coverage, 0.0) for lift in meeting.lifts)


def test_the_trunk_is_read_by_the_thresholds_of_the_profile() -> None:
    usual = met([CHEST, PELVIS], CHEST, PELVIS)
    briefly = met([CHEST, PELVIS], CHEST, PELVIS, params=Params(twist_longest_s=0.1))

    assert ["twist_deg" in lift.values for lift in usual.lifts] == [True]
    assert ["twist_deg" in lift.values for lift in briefly.lifts] == [False]
