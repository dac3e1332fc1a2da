"""What is measured of real and simulated signals, on signals whose measures are known."""

import numpy as np
import pytest

from backwatch.evaluation.left_out import looking
from backwatch.evaluation.likeness import (
    Likeness,
    Spread,
    _fall,
    _move,
    _noise,
    _Signal,
    _steady,
)
from monitor import profiles
from monitor.model import Placement
from monitor.states import evidence

RATE_HZ = 100.0
G_MPS2 = 9.80665


def leaning(peak_deg: float) -> _Signal:
    """Three seconds at rest, forward in two, back in two, at rest again; about the y axis."""
    time_s = np.arange(0, 10, 1 / RATE_HZ)
    share = np.clip((time_s - 3) / 2, 0, 1) - np.clip((time_s - 5) / 2, 0, 1)
    angle = np.radians(peak_deg) * (1 - np.cos(np.pi * share)) / 2
    acc = G_MPS2 * np.stack([-np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    gyr = np.stack([0 * angle, np.gradient(angle, time_s), 0 * angle], axis=1)
    return _Signal(acc, gyr, RATE_HZ)


def test_a_lean_of_known_size_and_speed_is_measured_so():
    found = _move(leaning(40.0))

    assert found["lean"] == pytest.approx(40.0, abs=0.5)
    assert found["rate"] == pytest.approx(40.0 / 2 * np.pi / 2, rel=0.03)
    # Over 15 deg/s it is from 0.317 s after the start to as long before the end.
    assert found["duration"] == pytest.approx(4.0 - 2 * 0.317, abs=0.1)
    assert found["vertical acceleration"] < 0.1


def test_a_swing_of_known_frequency_is_measured_so():
    time_s = np.arange(0, 5, 1 / RATE_HZ)
    bob = 2.0 * np.sin(2 * np.pi * 1.8 * time_s) + 0.5 * np.sin(2 * np.pi * 7.2 * time_s)
    acc = np.stack([0 * bob, 0 * bob, G_MPS2 + bob], axis=1)
    found = _steady(_Signal(acc, np.full_like(acc, np.nan), RATE_HZ))

    assert found["strongest frequency"] == pytest.approx(1.8, abs=0.11)
    assert found["RMS of three axes"] == pytest.approx(np.hypot(2.0, 0.5) / np.sqrt(2), rel=0.01)
    assert found["share above 5 Hz"] == pytest.approx(0.25 / 4.25, rel=0.05)
    assert np.isnan(found["turning about up"])


def test_white_noise_of_known_density_is_measured_so():
    rng = np.random.default_rng(3)
    density_g, density_dps = 0.0003, 0.01
    white = rng.normal(0.0, np.sqrt(RATE_HZ / 2), (500, 6))
    acc = white[:, :3] * density_g * G_MPS2 + [0, 0, G_MPS2]
    gyr = white[:, 3:] * np.radians(density_dps)
    found = _noise(_Signal(acc, gyr, RATE_HZ))

    assert found["accelerometer noise"] == pytest.approx(0.3, rel=0.15)
    assert found["gyroscope noise"] == pytest.approx(10.0, rel=0.15)


def test_a_fall_is_measured_about_its_peak():
    acc = np.tile([0.0, 0.0, G_MPS2], (1000, 1))
    acc[480:500] *= 0.3
    acc[500] = [5.0 * G_MPS2, 0.0, 0.0]
    acc[501:] = [G_MPS2, 0.0, 0.0]
    gyr = np.zeros((1000, 3))
    gyr[470:500, 1] = np.radians(300.0)
    found = _fall(_Signal(acc, gyr, RATE_HZ))

    assert found["peak"] == pytest.approx(5.0)
    assert found["least before the peak"] == pytest.approx(0.3)
    assert found["rate"] == pytest.approx(300.0)
    assert found["change of posture"] == pytest.approx(90.0, abs=0.1)


def test_alike_means_the_middle_lies_in_the_middle_of_the_real():
    real = Spread(1.0, 2.0, 3.0, 10)

    assert Likeness("", "", "", real, Spread(0.0, 2.9, 9.0, 10)).alike
    assert not Likeness("", "", "", real, Spread(2.0, 3.1, 9.0, 10)).alike


def test_weights_fitted_without_a_person_are_used_only_within():
    shipped = profiles.LOOKS[Placement.WAIST]
    other = evidence.Params()
    with looking(Placement.WAIST, other):
        assert profiles.LOOKS[Placement.WAIST] is other

    assert profiles.LOOKS[Placement.WAIST] is shipped
