"""How the sensor sits, and what the signs of the angles mean."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Mounting, SampleChunk, Segment
from monitor.model.motion import inclination_rad, lateral_rad, sagittal_rad
from monitor.orientation import (
    AXES,
    MountingError,
    Orientation,
    Params,
    find_mounting,
    mounting_from_axes,
    native,
    with_neutral,
)
from monitor.orientation.halves import crowd, halves

G = 9.80665
RATE_HZ = 100.0
perpendicular = [(up, forward) for up in AXES for forward in AXES if up[1] != forward[1]]


def held(up_sensor: np.ndarray, seconds: float = 4.0) -> SampleChunk:
    """A sensor lying still with `up_sensor` up."""
    n = int(seconds * RATE_HZ)
    acc = np.tile(np.asarray(up_sensor) * G, (n, 1))
    return SampleChunk(Segment(0, 0, RATE_HZ), 0, acc, np.zeros((n, 3)), np.zeros(n, np.uint8))


def angles_deg(mounting: Mounting, up_sensor: np.ndarray) -> tuple[float, float, float]:
    [motion] = Orientation(Params(mounting=mounting)).push(held(up_sensor))
    up = motion.up[-1:]
    return tuple(
        float(np.degrees(angle(up)[0])) for angle in (sagittal_rad, lateral_rad, inclination_rad)
    )


@pytest.mark.parametrize(("up", "forward"), perpendicular)
def test_upright_is_zero_for_every_named_mounting(up, forward):
    mounting = mounting_from_axes(up, forward)

    assert angles_deg(mounting, np.array(AXES[up])) == pytest.approx((0, 0, 0), abs=1e-2)


@pytest.mark.parametrize(("up", "forward"), perpendicular)
@pytest.mark.parametrize("lean_deg", [-40, 25, 70, 110])
def test_leaning_forward_is_positive_sagittal_for_every_named_mounting(up, forward, lean_deg):
    """Leaning forward turns the chest down: the forward axis sinks below the horizon."""
    lean = math.radians(lean_deg)
    leaning = math.cos(lean) * np.array(AXES[up]) - math.sin(lean) * np.array(AXES[forward])
    sagittal, lateral, inclination = angles_deg(mounting_from_axes(up, forward), leaning)

    assert (sagittal, lateral) == pytest.approx((lean_deg, 0), abs=1e-2)
    assert inclination == pytest.approx(abs(lean_deg), abs=1e-2)


@pytest.mark.parametrize(("up", "forward"), perpendicular)
def test_leaning_right_is_positive_lateral_for_every_named_mounting(up, forward):
    """Leaning right lifts the left side: the left axis, up x forward, rises."""
    left = np.cross(AXES[up], AXES[forward])
    lean = math.radians(30)
    leaning = math.cos(lean) * np.array(AXES[up]) + math.sin(lean) * left

    sagittal, lateral, _ = angles_deg(mounting_from_axes(up, forward), leaning)

    assert (sagittal, lateral) == pytest.approx((0, 30), abs=1e-2)


@given(st.integers(0, 10_000))
def test_a_mounting_is_a_rotation_whatever_the_neutral_posture(seed):
    rng = np.random.default_rng(seed)
    up = rng.normal(size=3)
    try:
        mounting = with_neutral(mounting_from_axes("+x", "-z"), up)
    except MountingError:
        forward_to_up = abs(up[2]) / np.linalg.norm(up)
        assert forward_to_up > math.cos(math.radians(15.1))
        return
    rows = mounting.matrix()

    np.testing.assert_allclose(rows @ rows.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rows) == pytest.approx(1.0)
    np.testing.assert_allclose(rows @ (up / np.linalg.norm(up)), [0, 0, 1], atol=1e-12)


def test_a_neutral_posture_becomes_the_zero():
    tilted = np.array([math.cos(0.3), 0.0, math.sin(0.3)])
    mounting = with_neutral(mounting_from_axes("+x", "-z"), tilted)

    assert angles_deg(mounting, tilted) == pytest.approx((0, 0, 0), abs=1e-2)
    assert angles_deg(mounting, np.array([1.0, 0, 0]))[0] == pytest.approx(
        -math.degrees(0.3), abs=1e-2
    )


@pytest.mark.parametrize("axes", [("+x", "-x"), ("up", None), ("+x", "forward")])
def test_axes_that_make_no_sense_are_refused_by_name(axes):
    with pytest.raises(MountingError, match=r"perpendicular|is not one of"):
        mounting_from_axes(*axes)


def leaning_person(deep: list[float]) -> np.ndarray:
    """Accelerometer at 50 Hz, +y up, forward +x: stands, and leans to `deep` degrees in turn."""
    rng = np.random.default_rng(5)
    angle = np.concatenate([np.zeros(600), *(np.repeat([d, 0.0], 150) for d in deep)])
    lean = np.radians(angle)
    up = np.stack([-np.sin(lean), np.cos(lean), np.zeros_like(lean)], axis=1)
    return up * G + rng.normal(scale=0.05, size=up.shape)


def test_up_and_forward_are_found_from_a_person_who_bends():
    mounting = find_mounting(leaning_person([50] * 8), 50.0).mounting

    assert mounting.forward_known
    np.testing.assert_allclose(mounting.matrix()[2], [0, 1, 0], atol=0.01)
    np.testing.assert_allclose(mounting.matrix()[0], [1, 0, 0], atol=0.01)


def test_forward_stays_unknown_when_leans_go_both_ways():
    assert not find_mounting(leaning_person([50, -50] * 4), 50.0).mounting.forward_known


def test_forward_stays_unknown_without_leans():
    mounting = find_mounting(leaning_person([]), 50.0).mounting

    assert not mounting.forward_known
    assert mounting.source == "up found, forward unknown"


def resting(up: tuple[float, float, float], seconds: float) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.array(up) * G + rng.normal(scale=0.05, size=(round(seconds * 50), 3))


def walking(seconds: float) -> np.ndarray:
    """Two steps a second, +y up."""
    time_s = np.arange(round(seconds * 50)) / 50
    acc = resting((0, 1, 0), seconds)
    acc[:, 1] += 3.0 * np.sin(2 * np.pi * 2 * time_s)
    return acc


UP, LYING = (0.0, 1.0, 0.0), (0.0, 0.2, -0.98)


@pytest.mark.parametrize(("stood_s", "lay_s"), [(60.0, 90.0), (60.0, 30.0)])
def test_standing_and_lying_are_not_told_apart_by_guessing(stood_s, lay_s):
    acc = np.concatenate([resting(UP, stood_s), resting(LYING, lay_s)])

    with pytest.raises(MountingError, match=r"two directions \d+° apart.* name the axes"):
        find_mounting(acc, 50.0)


def test_walking_shows_which_rest_is_upright():
    """Somebody who lies for most of the time, and walks for a quarter of a minute."""
    acc = np.concatenate([resting(UP, 20.0), walking(15.0), resting(LYING, 600.0)])
    found = find_mounting(acc, 50.0)

    np.testing.assert_allclose(found.mounting.matrix()[2], UP, atol=0.01)
    assert found.walked_s == pytest.approx(15.0, abs=1.0)
    assert found.walked_deg == pytest.approx(0.0, abs=1.0)
    assert found.rival_share == pytest.approx(600 / 635, abs=0.03)


def test_who_walks_and_rests_only_lying_is_upright_while_walking():
    acc = np.concatenate([walking(30.0), resting(LYING, 300.0)])

    np.testing.assert_allclose(find_mounting(acc, 50.0).mounting.matrix()[2], UP, atol=0.02)


def test_one_rest_is_believed_but_not_borne_out_by_walking():
    found = find_mounting(resting(LYING, 100.0), 50.0)

    assert (found.walked_deg, found.rival_share) == (None, 0.0)
    assert found.up_share == 1.0


def test_no_gravity_is_refused_with_what_to_check():
    with pytest.raises(MountingError, match="unit"):
        find_mounting(np.full((500, 3), 0.001), 50.0)


@pytest.mark.skipif(not native.COMPILED, reason="observer.c is not compiled here")
@pytest.mark.parametrize("hop", [1, 2, 18, 50, 119, 800])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_halves_are_numpys_to_the_bit(count, hop):
    rows = np.random.default_rng(hop).normal(9.81, 3.0, size=(count * hop + hop - 1, 3))

    fast, slow = halves(rows, hop, compiled=True), halves(rows, hop, compiled=False)

    assert [part.tolist() for part in fast] == [part.tolist() for part in slow]
    assert fast[0].shape == fast[1].shape == (count, 3)


@pytest.mark.skipif(not native.COMPILED, reason="observer.c is not compiled here")
def test_crowds_are_counted_alike_by_both():
    rng = np.random.default_rng(6)
    vectors, along = rng.normal(size=(301, 3)), rng.normal(size=(17, 3))

    fast, slow = (crowd(vectors, along, 0.8, compiled=compiled) for compiled in (True, False))

    assert fast.tolist() == slow.tolist() == (vectors @ along.T > 0.8).sum(axis=0).tolist()
