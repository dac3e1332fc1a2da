"""Thresholds that change while the path reads: what holds from when on, and what goes on."""

from pathlib import Path

import numpy as np
import pytest

from backwatch.session import make_pipeline
from monitor.alerts import Alerts, Params
from monitor.config import Config
from monitor.link import TapeWriter, read_tape
from monitor.model import (
    NS_PER_S,
    Activity,
    Asked,
    Asker,
    Beat,
    LinkEvent,
    MotionChunk,
    Posture,
    Ruled,
    SampleChunk,
    StateChange,
    Wish,
)
from monitor.pipeline import Step
from monitor.profiles import PROFILES
from monitor.service.seated import SeatedClock
from tests.replay.test_replaying import T0_NS, play_of_short

DESK = PROFILES["desk"].key
AT_NS = T0_NS + 70 * NS_PER_S
OWN = (("slouch_on_deg", 5.0), ("slouch_s", 5.0))
OWN_KEY = f"{DESK}+slouch_on_deg=5,slouch_s=5"


def play(*asked: LinkEvent) -> list[LinkEvent]:
    """The simulated person with something asked at AT_NS, sitting by then."""
    events = list(play_of_short(120))
    at = next(n for n, event in enumerate(events) if event.at_ns >= AT_NS)
    return [*events[:at], *asked, *events[at:]]


def steps(events: list[LinkEvent]) -> list[Step]:
    pipeline = make_pipeline(Config())
    return [pipeline.push(event) for event in events]


def changes(made: list[Step]) -> list[StateChange]:
    return [change for step in made for change in step.changes]


def up(made: list[Step]) -> np.ndarray:
    return np.concatenate(
        [chunk.up for step in made for chunk in step.motion if isinstance(chunk, MotionChunk)]
    )


@pytest.fixture(scope="module")
def before() -> list[Step]:
    return steps(play())


def test_motion_and_states_go_on_and_what_is_told_names_what_it_was_told_by(before):
    ruled = Ruled(AT_NS, None, (("static_s", 900.0),))
    after = steps(play(ruled))
    said, told = changes(before), changes(after)
    again = next(change for change in told if change.profile != DESK)
    decided_ns = max(
        chunk.segment.time_ns(chunk.first + len(chunk))
        for step in after[: next(n for n, event in enumerate(play(ruled)) if event is ruled)]
        for chunk in step.samples
        if isinstance(chunk, SampleChunk)
    )

    assert np.array_equal(up(before), up(after))
    assert [(c.at_ns, c.activity, c.posture) for c in told if c is not again] == [
        (c.at_ns, c.activity, c.posture) for c in said
    ]
    assert decided_ns - NS_PER_S < again.at_ns <= decided_ns
    assert all((c.profile == DESK) == (c.at_ns < again.at_ns) for c in told)
    assert {c.profile for c in told if c.at_ns >= again.at_ns} == {f"{DESK}+static_s=900"}


def test_a_smaller_angle_and_a_shorter_time_speak_that_would_not_have(before):
    after = steps(play(Ruled(AT_NS, None, OWN)))
    alerts = [alert for step in after for alert in step.alerts if alert.rule == "slouch"]

    assert not [alert for step in before for alert in step.alerts if alert.rule == "slouch"]
    assert {alert.profile for alert in alerts} == {OWN_KEY}
    assert alerts[0].values["threshold_s"] == 5.0
    assert alerts[0].at_ns > AT_NS


def test_a_phase_brings_its_profile_and_no_threshold_brings_back_the_usual():
    phase, none = Ruled(AT_NS, "manual", ()), Ruled(AT_NS + 1, None, ())
    after = steps(play(phase, none))
    keys = [change.profile for change in changes(after)]

    assert PROFILES["manual"].key in keys
    assert keys[-1] == DESK


def test_a_tape_of_it_reads_as_it_was_read(tmp_path: Path):
    events = play(Ruled(AT_NS, None, OWN))
    with TapeWriter(tmp_path / "day.tape") as tape:
        for event in events:
            tape.write(event)
    live, again = steps(events), steps(list(read_tape(tmp_path / "day.tape")))

    assert changes(live) == changes(again)
    assert [step.alerts for step in live] == [step.alerts for step in again]


def test_who_is_forgotten_takes_their_thresholds_along():
    forget = Asked(AT_NS + 1, Wish.FORGET, Asker.PAGE)
    after = steps(play(Ruled(AT_NS, "manual", OWN), forget))
    late = [change for change in changes(after) if change.at_ns > AT_NS + NS_PER_S]

    assert late
    assert {change.profile for change in late} == {DESK}


def test_the_time_seated_goes_on_and_is_told_at_once_where_it_is_too_long_by_now():
    alerts, clock = Alerts(Params(DESK)), SeatedClock(Params(DESK))
    told = []
    for second in range(1, 1502):
        if second == 1500:
            alerts.params = clock.params = Params("mine", sitting_s=1200.0)
        beat = Beat(second * NS_PER_S, Activity.SIT, Posture.NEUTRAL, 0.1, None, 0.0)
        told += alerts.push(beat)
        clock.beat(beat)
    [sitting] = [alert for alert in told if alert.rule == "sitting"]

    assert sitting.at_ns == 1500 * NS_PER_S
    assert sitting.values["duration_s"] == 1499.0
    assert sitting.profile == "mine"
    assert clock.since_ns == NS_PER_S
    assert clock.break_due_ns == 1201 * NS_PER_S
