"""A sensor that slips is noticed while walking, and slouch alerts wait."""

import math
from dataclasses import replace

import numpy as np
import pytest

from monitor.alerts import Alerts
from monitor.calibration import Slip
from monitor.calibration.rotations import angle_rad
from monitor.calibration.slip import Params
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Asker,
    Beat,
    Posture,
    Refusal,
    Segment,
    StateChange,
    Trust,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES
from tests.calibration.people import chunks, felt

SLIPPED_S = 200.0  # s; the scenario says when
MOST_WALKED_S = 63  # s; of walking: three looks of 20 s, and the onset of a walk


def lived(
    seed: int, cut: int = 1000, neutral_s: float | None = 3.0
) -> tuple[Interpret, list[Trust], list[Alert], list[int]]:
    acc, gyr = felt("slip", seed)
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"), neutral_s)
    steps = [interpret.push([item]) for item in chunks(acc, gyr, cut=cut)]
    return (
        interpret,
        [one for step in steps for one in step.trust],
        [one for step in steps for one in step.alerts],
        [b.at_ns for step in steps for b in step.beats if b.activity is Activity.WALK],
    )


@pytest.mark.parametrize("neutral_s", [3.0, None], ids=["neutral taken", "axes alone"])
@pytest.mark.parametrize("seed", range(4))
def test_a_simulated_slip_is_noticed_within_a_minute_of_walking(seed, neutral_s):
    _, trust, alerts, walked = lived(seed, neutral_s=neutral_s)

    assert [one.trusted for one in trust] == [False]
    since = [at_ns for at_ns in walked if SLIPPED_S * NS_PER_S <= at_ns <= trust[0].at_ns]
    assert 0 < len(since) <= MOST_WALKED_S
    assert np.degrees(trust[0].moved_rad) == pytest.approx(20.0, abs=4.0)
    assert [one.rule for one in alerts if one.rule == "slipped"] == ["slipped"]


def test_the_correction_offered_puts_the_sensor_back():
    interpret, trust, _, _ = lived(1)
    right = interpret.mounting.matrix()
    step = interpret.mend(400 * NS_PER_S, Asker.PAGE)
    mended = interpret.mounting.matrix()
    tip = np.radians(20)
    slipped = np.array([[np.cos(tip), 0, np.sin(tip)], [0, 1, 0], [-np.sin(tip), 0, np.cos(tip)]])

    assert [(one.by, one.refused) for one in step.rezeroed] == [(Asker.PAGE, None)]
    assert [one.trusted for one in step.trust] == [True]
    assert interpret.mounting == trust[0].offered
    # What the sensor feels is turned by the slip; the correction turns it back.
    assert np.degrees(angle_rad((mended @ right.T @ slipped.T)[:, 2], np.eye(3)[2])) < 4.0


def test_a_correction_is_offered_once():
    interpret, _, _, _ = lived(1)
    interpret.mend(400 * NS_PER_S, Asker.PAGE)

    step = interpret.mend(401 * NS_PER_S, Asker.PAGE)

    assert [one.refused for one in step.rezeroed] == [Refusal.NOTHING_OFFERED]


def test_without_a_slip_nothing_is_said():
    acc, gyr = felt("slip", 2)
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"), 3.0)
    once = chunks(acc[:19900], gyr[:19900])
    again = chunks(acc[1000:19900], gyr[1000:19900], segment=Segment(1, 250 * NS_PER_S, 100.0))

    assert [one for item in [*once, *again] for one in interpret.push([item]).trust] == []


def test_how_samples_come_changes_nothing():
    assert repr(lived(0, 10)[1:]) == repr(lived(0, 4321)[1:])


def walking(slip: Slip, seconds: int, lean_deg: float, start_s: int = 0) -> list[Trust]:
    lean_rad = math.radians(lean_deg)
    total = -10.0 * math.sin(lean_rad), 0.0, 10.0 * math.cos(lean_rad)
    return [
        one
        for second in range(start_s, start_s + seconds)
        for one in slip._walked(second * NS_PER_S, total)
    ]


def test_a_sensor_that_is_put_right_is_trusted_again():
    slip = Slip()
    away = walking(slip, 70, 3.0) + walking(slip, 70, 22.0, 70)

    back = walking(slip, 70, 5.0, 140)

    assert [one.trusted for one in away] == [False]
    assert [one.trusted for one in back] == [True]


def test_a_flight_of_stairs_is_no_slip():
    slip = Slip()
    walking(slip, 90, 3.0)

    assert walking(slip, 25, 18.0, 90) + walking(slip, 120, 3.0, 115) == []


def test_a_lean_that_keeps_changing_is_no_slip():
    """Looks that do not agree with each other say nothing of the sensor."""
    slip = Slip()
    walking(slip, 70, 3.0)
    said = [walking(slip, 20, lean, 70 + 20 * n) for n, lean in enumerate((16, 26, 36, 46, 56))]

    assert said == [[]] * 5


def test_before_walking_is_known_only_the_zero_from_standing_can_tell():
    mounting = mounting_from_axes("+x", "-z")
    unknown, stood = Slip(mounting=mounting), Slip(mounting=replace(mounting, source="neutral"))

    assert walking(unknown, 59, 28.0) == []
    assert [one.trusted for one in walking(stood, 90, 28.0)] == [False]


def test_running_is_not_looked_at():
    assert Params().running_mps2 > 3.1  # m/s^2; fast walking in sisfall
    assert Params().running_mps2 < 7.5  # m/s^2; jogging there


# What waits while the angles are not trusted


def slouching(alerts: Alerts, start_s: int, stop_s: int) -> list[str]:
    at = start_s * NS_PER_S
    alerts.push(StateChange(at, Activity.SIT, Posture.SLOUCHED, 1.0, "desk/1"))
    return [
        alert.rule
        for second in range(start_s, stop_s)
        for alert in alerts.push(
            Beat(second * NS_PER_S, Activity.SIT, Posture.SLOUCHED, 0.3, None, 0.0)
        )
    ]


def test_slouch_alerts_wait_until_the_angles_are_trusted():
    alerts = Alerts(PROFILES["desk"].alerts)
    told = alerts.push(Trust(0, False, 0.3))
    waiting = slouching(alerts, 1, 200)
    alerts.push(Trust(200 * NS_PER_S, True, 0.0))

    assert [alert.rule for alert in told] == ["slipped"]
    assert waiting == []
    assert slouching(alerts, 201, 400) == ["slouch"]


def test_distrust_outlives_a_pause_in_the_data():
    alerts = Alerts(PROFILES["desk"].alerts)
    alerts.push(Trust(0, False, 0.3))

    assert slouching(alerts, 1000, 1200) == []
