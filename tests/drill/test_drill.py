"""Slow bends that are counted and not judged."""

import asyncio
import json
from argparse import Namespace
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from backwatch.commands.drill import _lines
from dashboard.drill import bend_words, record_words
from monitor.drill import BENDS, SLOW_DEGPS, Drill, how, judge, sum_up
from monitor.model import NS_PER_S, EventKind, MotionEvent, Placement, SampleChunk, Segment
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Step
from monitor.profiles import PROFILES, placed
from simulator.scenarios import simulate

T0 = 1_790_000_000 * NS_PER_S


def bend(
    at_s: float = 0.0, *, down: float = 40.0, up: float = 35.0, turn: float = 4.0, **more: float
) -> MotionEvent:
    at_ns = T0 + round(at_s * NS_PER_S)
    values = {
        "peak_sagittal_deg": 60.0,
        "peak_bend_velocity_degps": down,
        "peak_return_velocity_degps": up,
        "turn_deg": turn,
        **more,
    }
    return MotionEvent(
        EventKind.BEND, at_ns, at_ns + 6 * NS_PER_S, at_ns + 9 * NS_PER_S, 0.8, "desk/6",
        MappingProxyType(values),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("down", "up", "slow"), [(60.0, 60.0, True), (60.1, 20.0, False), (20.0, 61.0, False)]
)
def test_a_bend_is_slow_both_ways_or_it_is_not(down: float, up: float, slow: bool) -> None:
    assert judge(bend(down=down, up=up)).slow is slow


def test_a_turn_of_more_than_fifteen_degrees_is_one() -> None:
    assert judge(bend(turn=15.0)).straight
    assert not judge(bend(turn=15.1)).straight


def test_the_share_of_the_knees_is_what_leaning_does_not_explain() -> None:
    # Leaning by 60 deg sinks a sensor 0.42 m from the hip by 0.21 m.
    half = judge(bend(depth_m=0.21)).knees_share
    hinge = judge(bend(depth_m=-0.02)).knees_share
    unknown = judge(bend()).knees_share
    still = judge(replace(bend(depth_m=0.0), values={**bend().values, "peak_sagittal_deg": 0.0}))

    assert half == pytest.approx(0.5)
    assert hinge == 0.0
    assert unknown is None
    assert still.knees_share is None


def test_ten_bends_make_a_drill_and_an_eleventh_is_not_counted() -> None:
    drill = Drill(T0)
    before = drill.push(bend(-1))
    jolt = drill.push(replace(bend(), kind=EventKind.JOLT))
    for number in range(BENDS):
        assert not drill.done
        drill.push(bend(10 * number, down=40 + number))
    beyond = drill.push(bend(200))
    record = drill.record()

    assert before is jolt is beyond is None
    assert drill.done
    assert not record.stopped
    assert len(record.bends) == BENDS
    assert sum_up(record).evenness_degps == BENDS - 1


def test_a_drill_that_ends_early_says_so() -> None:
    drill = Drill(T0)
    drill.push(bend(down=84.0, turn=20.0))
    record = drill.record()

    assert record.stopped
    assert sum_up(record).evenness_degps is None
    assert record_words(record) == "0 of 1 slow, 0 turned by less than 15°."
    assert bend_words(record.bends[0], SLOW_DEGPS) == (
        "60° forward, 84°/s down and 35°/s up: faster than 60°/s, by 24. Turned 20°."
    )


def test_the_command_ends_with_the_last_of_the_bends_that_were_asked_for() -> None:
    drill, ended = Drill(T0, wanted=2), asyncio.Event()
    args = Namespace(json=True)
    first = list(_lines(drill, Step(events=[bend(1.0)]), ended, args))
    not_yet = ended.is_set()
    second = list(_lines(drill, Step(events=[bend(9.0), bend(17.0)]), ended, args))

    assert not not_yet
    assert ended.is_set()
    assert [json.loads(line)["at_ns"] for line in (*first, *second)] == [
        T0 + NS_PER_S,
        T0 + 9 * NS_PER_S,
    ]


@pytest.mark.parametrize(
    ("wanted", "times"), [(1, "slowly once,"), (2, "slowly twice,"), (10, "slowly ten times,")]
)
def test_how_many_are_asked_for_is_said_in_words(wanted: int, times: str) -> None:
    assert times in how(wanted)


def seen_by_the_path(scenario: str, seed: int, neutral_s: float | None, seconds: float) -> Drill:
    interpret = Interpret(
        placed(PROFILES["desk"], Placement.UPPER_BACK, calibrated=True),
        mounting_from_axes("+x", "-z"),
        neutral_s,
    )
    drill = Drill(T0)
    segment = Segment(0, T0, 50.0)
    for block in simulate(
        scenario, seconds=seconds, seed=seed, rate_hz=50.0, placement=Placement.UPPER_BACK
    ):
        marks = np.zeros(len(block), np.uint8)
        chunk = SampleChunk(
            segment, block.first, block.acc_mps2.copy(), block.gyr_radps.copy(), marks
        )
        for event in interpret.push([chunk]).events:
            drill.push(event)
    return drill


@pytest.mark.parametrize("seed", [1, 6])
def test_of_ten_bends_of_a_simulated_person_one_is_hurried_and_one_turns(seed: int) -> None:
    drill = seen_by_the_path("slow_bends", seed, None, 90)

    assert len(drill.bends) == 10
    assert [number for number, one in enumerate(drill.bends, 1) if not one.slow] == [4]
    assert [number for number, one in enumerate(drill.bends, 1) if not one.straight] == [7]
    assert all(40.0 < found.peak_deg < 65.0 for found in drill.bends)


def test_bows_of_a_simulated_person_are_seen_by_the_path() -> None:
    """Three bows of a calibration, as long as anybody takes; none in a hurry."""
    drill = seen_by_the_path("calibration", 2, 5.0, 60)

    assert len(drill.bends) == 3
    assert all(found.straight for found in drill.bends)
    assert all(40.0 < found.peak_deg < 65.0 for found in drill.bends)
