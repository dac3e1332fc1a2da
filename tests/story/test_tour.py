"""The tour: each state, lift and alert comes in every round of it, once."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from backwatch.tour import PACE
from monitor.coaching import RULES, Broker, Outcome
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    EventKind,
    Origin,
    Placement,
    Posture,
    SampleChunk,
    Segment,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import placed
from simulator.imu import marked_axes
from simulator.scenarios import simulate

RATE_HZ = 50.0
ROUND_S, ROUNDS = 180, 2
START_NS = 1_790_000_000 * NS_PER_S
NEUTRAL_S = 3.0  # s; as the demo has it
PLANNED = {"plan"}  # comes of what a person writes down, not of motion


@dataclass
class Round:
    """What was told in three minutes, and how often."""

    alerts: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    doubted: int = 0


@pytest.fixture(scope="module")
def rounds() -> list[Round]:
    """Two rounds through path and coach; the first is of standing up from nowhere."""
    profile = placed(PACE.profile, Placement.UPPER_BACK, calibrated=True)
    mounting = mounting_from_axes(*marked_axes(Placement.UPPER_BACK))
    path = Interpret(profile, mounting, NEUTRAL_S, standing=profile)
    broker = Broker(PACE.manners, lambda at_ns: datetime.fromtimestamp(at_ns / NS_PER_S, UTC))
    segment = Segment(1, START_NS, RATE_HZ)
    found = [Round() for _ in range(ROUNDS)]
    length_s = ROUNDS * ROUND_S - 1

    def of(at_ns: int) -> Round:
        return found[int((at_ns - START_NS) / NS_PER_S // ROUND_S)]

    for block in simulate("demo", seconds=length_s, seed=0, rate_hz=RATE_HZ):  # as `backwatch demo`
        measured = np.full(len(block), Origin.MEASURED, np.uint8)
        chunk = SampleChunk(segment, block.first, block.acc_mps2, block.gyr_radps, measured)
        step = path.push([chunk])
        for change in step.changes:
            of(change.at_ns).states[change.activity] += 1
            of(change.at_ns).states[change.posture] += 1
        for event in step.events:
            of(event.known_ns).events[event.kind] += 1
            if event.kind is EventKind.LIFT:
                demanding = "demanding" if "demanding" in event.flags else "ordinary"
                of(event.known_ns).events[f"{demanding} {event.technique}"] += 1
        for trust in step.trust:
            of(trust.at_ns).doubted += not trust.trusted
        items = sorted(
            [*step.beats, *step.alerts], key=lambda one: (one.at_ns, isinstance(one, Alert))
        )
        for item in items:
            for decision in broker.push(item):
                if decision.outcome is Outcome.TOLD:
                    of(decision.at_ns).alerts[decision.alert.rule] += 1
    assert path.trusted
    return found


def test_every_round_of_the_tour_has_each_alert_once(rounds: list[Round]) -> None:
    for found in rounds:
        assert found.alerts == dict.fromkeys(RULES.keys() - PLANNED, 1)


def test_every_round_has_each_kind_of_lift_and_other_event_once(rounds: list[Round]) -> None:
    for found in rounds:
        lifts = {"demanding stoop": 1, "ordinary squat": 1, EventKind.LIFT: 2}
        bends = {EventKind.BEND: 3}  # the alert on many of them needs as many
        once = (EventKind.JOLT, EventKind.FALL, EventKind.SIT_TO_STAND, EventKind.STAND_TO_SIT)

        assert found.events == {**lifts, **bends, **dict.fromkeys(once, 1)}


def test_every_round_has_each_state_and_those_of_one_act_once(rounds: list[Round]) -> None:
    """People stand, walk and sit upright between the acts."""
    once = (Activity.RECLINE, Activity.LIE, Activity.NOT_WORN, Posture.SLOUCHED)
    for found in rounds:
        assert {state: found.states[state] for state in once} == dict.fromkeys(once, 1)
        assert found.states.keys() >= {*Activity, *Posture} - {Activity.UNKNOWN}
        assert found.doubted == 1


def test_results_of_the_tour_are_not_taken_for_those_of_a_usual_profile() -> None:
    profile = PACE.profile

    assert {profile.key, profile.states.profile, profile.alerts.profile} == {"tour/2"}
