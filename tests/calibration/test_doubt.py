"""While a sensor is known to have slipped, nothing is counted that rests on its zero."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from monitor.analysis import Options, analyze, as_json
from monitor.calibration import Doubt
from monitor.exposure import add_up, exposure
from monitor.model import (
    NS_PER_S,
    Activity,
    Asker,
    Beat,
    EventKind,
    Fitted,
    MinuteSummary,
    MotionEvent,
    Posture,
    SegmentEnd,
    StateChange,
    Trust,
)
from monitor.model.exposure import Dose
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES
from monitor.recording import Piece, Recording
from simulator.scenarios import simulate
from tests.calibration.people import RATE_HZ, SEGMENT, chunks, felt

LENGTH_S = 700.0  # s
SEED = 1


@dataclass
class Lived:
    """All that was said of the scenario `slip`."""

    interpret: Interpret
    changes: list[StateChange] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    minutes: list[MinuteSummary] = field(default_factory=list)
    trust: list[Trust] = field(default_factory=list)


# What a sensor marked +x up, -z forward feels once it has tipped forward by 20 deg.
TIP = np.radians(20.0)
TIPPED = np.array(
    [[np.cos(TIP), 0.0, -np.sin(TIP)], [0.0, 1.0, 0.0], [np.sin(TIP), 0.0, np.cos(TIP)]]
)


@cache
def slipped_day() -> tuple[np.ndarray, np.ndarray]:
    """The scenario `slip`, and five minutes at a desk after it with the sensor as it slipped."""
    acc, gyr = felt("slip", SEED)
    desk = [
        block
        for block in simulate("desk_day", seconds=330.0, seed=SEED, rate_hz=RATE_HZ)
        if block.time_s[0] >= 30.0
    ]
    return (
        np.concatenate([acc, *(block.acc_mps2 @ TIPPED.T for block in desk)]),
        np.concatenate([gyr, *(block.gyr_radps @ TIPPED.T for block in desk)]),
    )


@cache
def lived(*, doubting: bool = True, cut: int = 1000, mended_s: float | None = None) -> Lived:
    acc, gyr = slipped_day()
    profile = PROFILES["desk"]
    if not doubting:
        profile = replace(profile, slip=replace(profile.slip, slip_rad=np.pi, first_rad=np.pi))
    found = Lived(Interpret(profile, mounting_from_axes("+x", "-z"), 3.0))
    steps = []
    for item in chunks(acc, gyr, cut=cut):
        if mended_s is not None and item.first >= mended_s * RATE_HZ:
            at_ns = SEGMENT.time_ns(item.first)
            steps.append(found.interpret.mend(at_ns, Asker.PAGE))
            mended_s = None
        steps.append(found.interpret.push([item]))
    steps.append(found.interpret.push([SegmentEnd(SEGMENT, len(acc), "end of file")]))
    for name in ("changes", "doses", "minutes", "trust"):
        setattr(found, name, [one for step in steps for one in getattr(step, name)])
    return found


def test_slouching_after_a_known_slip_is_neither_told_nor_counted():
    naive, honest = lived(doubting=False), lived()
    known_ns = honest.trust[0].at_ns
    told = [one for one in honest.changes if one.at_ns >= known_ns]

    # Without doubt, this wearer would have been told to slouch.
    assert Posture.SLOUCHED in [one.posture for one in naive.changes if one.at_ns >= known_ns]
    assert {one.posture for one in told} == {Posture.NONE}
    assert {one.trusted for one in told} == {False}
    assert {one.trusted for one in honest.changes if one.at_ns < known_ns} == {True}
    before, after = add_up(naive.doses), add_up(honest.doses)
    assert after.slouched_s < before.slouched_s - 30
    assert after.seated_s == pytest.approx(before.seated_s, abs=1.0)
    assert after.seated_doubted_s > 30


def test_doubted_time_counts_in_no_angle_but_is_told():
    naive, honest = lived(doubting=False), lived()
    known_s = honest.trust[0].at_ns / NS_PER_S
    before, after = add_up(naive.doses), add_up(honest.doses)

    assert after.worn_s + after.doubted_s == pytest.approx(before.worn_s, abs=0.11)
    assert after.doubted_s == pytest.approx(LENGTH_S - known_s, abs=1.0)
    assert after.lean.total_s == pytest.approx(after.worn_s, abs=0.01)
    valid_s = sum(minute.valid_s for minute in honest.minutes)
    assert valid_s == pytest.approx(known_s - 1.5, abs=1.0)
    assert exposure(after, due_s=LENGTH_S).coverage == pytest.approx(known_s / LENGTH_S, abs=0.01)


def test_how_samples_come_changes_nothing():
    one, other = lived(cut=130), lived()

    assert one.changes == other.changes
    assert one.minutes == other.minutes
    assert one.doses == other.doses


def test_the_correction_accepted_brings_trust_back():
    found = lived(mended_s=500.0)
    [slipped, mended] = found.trust
    told = [one for one in found.changes if one.at_ns >= mended.at_ns]

    assert (slipped.trusted, mended.trusted) == (False, True)
    assert told[0].at_ns == mended.at_ns
    assert all(one.trusted for one in told)
    # Seen with the old zero, the person would have slouched up to then.
    assert {one.posture for one in told} == {Posture.NONE, Posture.NEUTRAL}
    dose = add_up(found.doses)
    assert dose.doubted_s == pytest.approx((mended.at_ns - slipped.at_ns) / NS_PER_S, abs=1.0)


def test_a_calibration_put_to_use_ends_the_doubt():
    interpret = lived(cut=4321).interpret  # of this test alone
    pipeline = Pipeline(interpret)
    at_ns = 701 * NS_PER_S
    step = pipeline.push(Fitted(at_ns, mounting_from_axes("+x", "+z")))

    assert [one.trusted for one in step.trust] == [True]
    assert interpret.trusted
    assert interpret.alerts.state.trusted


def test_an_analysis_says_which_stretches_it_doubts():
    acc, gyr = slipped_day()
    time_s = np.arange(len(acc)) / RATE_HZ
    recording = Recording(Path("slip"), [Piece("", 0.0, time_s, acc, gyr)])
    options = Options(PROFILES["desk"], up="+x", forward="-z", neutral_s=(0.0, 3.0))
    said = as_json(analyze(recording, options))
    slip = said["slips"][0]["at_s"]

    assert {one["trusted"] for one in said["states"] if one["start_s"] >= slip} == {False}
    assert {one["trusted"] for one in said["states"] if one["stop_s"] <= slip} == {True}
    assert "slouched" not in {one["posture"] for one in said["states"] if one["start_s"] >= slip}


# What is withheld


def said(activity: Activity, posture: Posture, at_s: int) -> StateChange:
    return StateChange(at_s * NS_PER_S, activity, posture, 0.9, "desk/1")


def test_a_recline_that_is_not_trusted_is_upright():
    doubt = Doubt()
    doubt.push(Trust(0, False, 0.3))
    [told] = doubt.push(said(Activity.RECLINE, Posture.NONE, 5))

    assert (told.activity, told.trusted) == (Activity.UPRIGHT, False)
    # Sitting on from there is news; a change between two states that are told alike is not.
    assert doubt.push(said(Activity.UPRIGHT, Posture.SLOUCHED, 9)) == []


def test_what_is_said_late_is_told_no_earlier_than_the_slip():
    doubt = Doubt()
    doubt.push(said(Activity.WALK, Posture.NEUTRAL, 0))
    doubt.push(Trust(60 * NS_PER_S, False, 0.3))
    [told] = doubt.push(said(Activity.SIT, Posture.NEUTRAL, 50))

    assert told.at_ns == 60 * NS_PER_S


def test_a_bend_after_a_slip_is_not_called_demanding():
    doubt = Doubt()
    doubt.push(Trust(0, False, 0.3))
    bend = MotionEvent(EventKind.LIFT, 1, 2, 3, 0.9, "desk/1", flags=("deep", "demanding"))
    fall = MotionEvent(EventKind.FALL, 1, 2, 3, 0.9, "desk/1")

    assert doubt.push(bend)[0].flags == ("slipped",)
    assert doubt.push(fall) == [fall]


def test_a_flexed_hold_after_a_slip_uses_up_no_holding_time():
    doubt = Doubt()
    doubt.push(Trust(0, False, 0.3))
    [beat] = doubt.push(Beat(NS_PER_S, Activity.STAND, Posture.BENT, 0.6, 0, 1.4, held_s=90.0))

    assert (beat.hold_dose, beat.posture, beat.static_since_ns) == (0.0, Posture.NONE, 0)
    assert beat.held_s == 0.0
