"""The tour: each alert that can come of three minutes comes in every round of it, once."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from backwatch.tour import PACE
from monitor.coaching import Broker, Outcome
from monitor.model import NS_PER_S, Alert, Origin, Placement, SampleChunk, Segment
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import placed
from simulator.imu import marked_axes
from simulator.scenarios import simulate

RATE_HZ = 50.0
ROUND_S, ROUNDS = 180, 2
START_NS = 1_790_000_000 * NS_PER_S
NEUTRAL_S = 3.0  # s; as the demo has it
IN_EACH = {
    *("lift", "slouch", "static", "break_soon", "sitting", "hold", "jolt", "fall", "standing"),
}


def told(seed: int) -> list[Counter[str]]:
    """Rules by round that reached the person; the first is of standing up from nowhere."""
    profile = placed(PACE.profile, Placement.UPPER_BACK, calibrated=True)
    mounting = mounting_from_axes(*marked_axes(Placement.UPPER_BACK))
    path = Interpret(profile, mounting, NEUTRAL_S, standing=profile)
    broker = Broker(PACE.manners, lambda at_ns: datetime.fromtimestamp(at_ns / NS_PER_S, UTC))
    segment = Segment(1, START_NS, RATE_HZ)
    rounds: list[Counter[str]] = [Counter() for _ in range(ROUNDS)]
    length_s = ROUNDS * ROUND_S - 1
    for block in simulate("demo", seconds=length_s, seed=seed, rate_hz=RATE_HZ):
        measured = np.full(len(block), Origin.MEASURED, np.uint8)
        chunk = SampleChunk(segment, block.first, block.acc_mps2, block.gyr_radps, measured)
        step = path.push([chunk])
        items = sorted(
            [*step.beats, *step.alerts], key=lambda one: (one.at_ns, isinstance(one, Alert))
        )
        for item in items:
            for decision in broker.push(item):
                if decision.outcome is Outcome.TOLD:
                    at_s = (decision.at_ns - START_NS) / NS_PER_S
                    rounds[int(at_s // ROUND_S)][decision.alert.rule] += 1
    return rounds


@pytest.mark.parametrize("seed", [0])  # that of `backwatch demo`
def test_every_round_of_the_tour_has_each_alert_once(seed: int) -> None:
    for found in told(seed):
        assert found == dict.fromkeys(IN_EACH, 1)


def test_results_of_the_tour_are_not_taken_for_those_of_a_usual_profile() -> None:
    profile = PACE.profile

    assert {profile.key, profile.states.profile, profile.alerts.profile} == {"tour/1"}
