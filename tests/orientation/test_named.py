"""Axes that a person names wrongly are told from the walking and bending of the recording."""

import math
from itertools import pairwise

import numpy as np
import pytest

from monitor.orientation import AXES, NamedAxes, gravity, look_at_axes

G = 9.80665
RATE_HZ = 50.0


def leaning(deg: np.ndarray, up: str = "+y", forward: str = "+x") -> np.ndarray:
    """Accelerometer of somebody who leans forward by so much, sample by sample, [m/s^2]."""
    lean = np.radians(deg)[:, None]
    acc = np.cos(lean) * np.array(AXES[up]) - np.sin(lean) * np.array(AXES[forward])
    return acc * G + np.random.default_rng(5).normal(scale=0.05, size=acc.shape)


def still(deg: float, seconds: float, **axes: str) -> np.ndarray:
    return leaning(np.full(round(seconds * RATE_HZ), deg), **axes)


def steps(seconds: float, deg: float = 5.0, **axes: str) -> np.ndarray:
    """Two steps a second along whatever is up then."""
    acc = still(deg, seconds, **axes)
    beat = 3.0 * np.sin(2 * np.pi * 2 * np.arange(len(acc)) / RATE_HZ)
    return acc * (1 + beat[:, None] / G)


def bows(*deep_deg: float) -> np.ndarray:
    """Stands, and bows by each in turn: a second down, one held, one up, six upright."""
    knots = [(0.0, 0.0), (8.0, 0.0)]
    for deep in deep_deg:
        at_s = knots[-1][0]
        knots += [(at_s + 1, deep), (at_s + 2, deep), (at_s + 3, 0.0), (at_s + 9, 0.0)]
    assert all(later[0] > earlier[0] for earlier, later in pairwise(knots))
    time_s = np.arange(0.0, knots[-1][0], 1 / RATE_HZ)
    return leaning(np.interp(time_s, *zip(*knots, strict=True)))


def looked(acc: np.ndarray, up: str = "+y", forward: str | None = "+x") -> NamedAxes:
    return look_at_axes([gravity(acc, RATE_HZ)], up, forward)


@pytest.mark.parametrize("true_up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_only_the_axis_that_is_up_while_walking_is_taken_for_up(true_up):
    forward = "+z" if true_up[1] == "x" else "+x"
    acc = steps(20.0, up=true_up, forward=forward)
    refused = {up: look_at_axes([gravity(acc, RATE_HZ)], up, None).refusal() for up in AXES}

    assert [up for up, why in refused.items() if not why] == [true_up]
    assert all(f"name --up {true_up}" in why for why in refused.values() if why)


@pytest.mark.parametrize(
    ("tilt_deg", "refused", "doubted"),
    [(36.0, False, False), (50.0, False, True), (65.0, True, False)],
)
def test_how_far_walking_is_from_the_named_up_decides(tilt_deg, refused, doubted):
    named = looked(np.concatenate([still(tilt_deg, 10.0), steps(30.0, tilt_deg)]), "+y", None)

    assert named.walked_deg == pytest.approx(tilt_deg, abs=1.0)
    assert (bool(named.refusal()), bool(named.objections())) == (refused, doubted)


def test_nothing_is_said_of_up_where_nobody_walks_long_enough():
    """Whoever lies all the time is not told that up is wrong."""
    named = looked(np.concatenate([still(88.0, 600.0), steps(6.0)]))

    assert named.walked_deg is None
    assert named.refusal() == ""


def test_up_between_three_axes_is_called_none_of_them():
    corner = np.array([1.0, 1.0, 1.0]) / math.sqrt(3)
    beat = 3.0 * np.sin(2 * np.pi * 2 * np.arange(1500) / RATE_HZ)
    named = looked((G + beat)[:, None] * corner, "+x", None)

    assert named.walked_deg == pytest.approx(54.7, abs=0.1)
    assert named.likely_up is None
    assert "leave the axes out" in named.refusal()
    assert "--up" not in named.refusal()


@pytest.mark.parametrize(
    ("forward", "way", "astray"), [("+x", None, 0), ("-x", "backward", 4), ("+z", "aside", 4)]
)
def test_bends_show_which_way_is_forward(forward, way, astray):
    named = looked(bows(60, 50, 70, 60), forward=forward)
    said = list(named.objections().values())

    assert (named.bends, named.astray, named.refusal()) == (4, astray, "")
    if way is None:
        assert said == []
    else:
        [one] = said
        assert f"in 4 of 4 clear bends the trunk leans {way}" in one
        assert "name --forward +x" in one


@pytest.mark.parametrize(
    "deep_deg", [(-60, -60), (-60, -60, -60, 60), (-35, -35, -35, -35), ()], ids=str
)
def test_few_shallow_or_mixed_bends_speak_against_nothing(deep_deg):
    assert looked(bows(*deep_deg)).objections() == {}


@pytest.mark.parametrize(("gain", "doubted"), [(0.85, True), (0.93, False), (1.15, True)])
def test_gravity_at_rest_shows_the_scale(gain, doubted):
    said = looked(gain * still(0.0, 20.0)).objections()

    assert list(said) == (["scale"] if doubted else [])


def test_lying_back_for_a_moment_is_no_bend():
    """From sitting to lying on the back and up again, as in SisFall D12."""
    lain = np.concatenate([still(0.0, 6.0), still(-85.0, 4.0)] * 6 + [still(0.0, 6.0)])

    assert looked(lain).bends == 0


def test_falls_backward_are_no_bends():
    fallen = bows(-80, -80, -80, -80)
    for number in range(4):
        hit = round((8 + 9 * number + 1) * RATE_HZ)
        fallen[hit : hit + 5] *= 5.0

    assert looked(fallen).bends == 0


def test_each_piece_is_looked_at_on_its_own():
    """A bend that one piece ends in is not finished by the next."""
    cut = [still(0.0, 5.0), still(-60.0, 2.0)], [still(-60.0, 2.0), still(0.0, 5.0)]
    pieces = [gravity(np.concatenate(part), RATE_HZ) for part in cut * 4]

    assert look_at_axes(pieces, "+y", "+x").bends == 0


def test_noise_is_not_taken_for_motion():
    noise = np.random.default_rng(1).uniform(-10, 10, (5000, 3))
    named = looked(noise)

    assert named.gravity_share < 0.1
    assert "check its unit" in named.refusal()


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_hardly_any_data_is_no_reason_to_refuse(rows):
    named = looked(np.zeros((rows, 3)))

    assert (named.refusal(), named.objections()) == ("", {})
