"""At the waist the direction in which sitting tips the sensor is learnt, however it is named."""

import math

import pytest

from monitor.states.evidence import Params, along_deg, learnt

PARAMS = Params()
HALF_MINUTE = 60  # looks of half a second


def after(*tilts: tuple[float, float], looks: int = HALF_MINUTE) -> tuple[float, float]:
    """The direction learnt from tilts (back, side), each held for a while."""
    toward = (0.0, 0.0)
    for tilt in tilts:
        for _ in range(looks):
            toward = learnt(PARAMS, toward, tilt, 0.5)
    return toward


def turned(tilt: tuple[float, float], by_deg: float) -> tuple[float, float]:
    """The same tilt where another axis is named forward."""
    c, s = math.cos(math.radians(by_deg)), math.sin(math.radians(by_deg))
    return c * tilt[0] - s * tilt[1], s * tilt[0] + c * tilt[1]


def test_before_anyone_tipped_far_all_of_a_tilt_counts():
    assert along_deg((0.0, 0.0), (3.0, -4.0)) == pytest.approx(5.0)


@pytest.mark.parametrize("named_deg", [-90.0, -45.0, 0.0, 45.0, 90.0])
def test_what_axis_is_named_forward_changes_nothing(named_deg):
    sat, leaning = (24.0, 2.0), (-5.0, 1.0)
    plain = along_deg(after(sat), leaning)

    assert along_deg(after(turned(sat, named_deg)), turned(leaning, named_deg)) == pytest.approx(
        plain
    )
    assert plain < -4.0  # against the direction of sitting


def test_leaning_ahead_lying_and_small_tilts_teach_nothing():
    assert after((-30.0, 5.0), (85.0, 0.0), (10.0, 0.0)) == (0.0, 0.0)


def test_a_sensor_clipped_on_elsewhere_is_learnt_anew():
    elsewhere = (3.0, 25.0)
    toward = after((25.0, 0.0), *[elsewhere] * 20)

    assert along_deg(toward, elsewhere) > 24.0
