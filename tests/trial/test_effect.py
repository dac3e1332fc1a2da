"""The randomisation test and its interval."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.trial import paired_effect

NINE = [-3.0, -1.5, 0.5, -2.0, -4.5, 1.0, -0.25, -6.0, -2.75]


def _p_of(differences: list[float], shift: float) -> float:
    """The test by the book: every way the coins could have fallen, one by one."""
    moved = np.array(differences) - shift
    flips = np.array(list(product((1.0, -1.0), repeat=len(moved))))
    return float(np.mean(np.abs(flips @ moved) >= abs(moved.sum()) - 1e-9))


def test_the_p_value_is_the_share_of_assignments_with_as_large_a_difference() -> None:
    effect = paired_effect(NINE, seed=1)

    assert effect is not None
    assert effect.p == pytest.approx(_p_of(NINE, 0.0))
    assert effect.mean == pytest.approx(np.mean(NINE))


def test_the_interval_holds_what_the_test_does_not_reject() -> None:
    effect = paired_effect(NINE, seed=1)

    assert effect is not None
    inside, outside = 1e-3, -1e-3
    for end, inwards in ((effect.low, 1.0), (effect.high, -1.0)):
        assert _p_of(NINE, end + inwards * inside) > 0.05
        assert _p_of(NINE, end + inwards * outside) <= 0.05 + 2 / 2**9


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-100.0, 100.0), min_size=6, max_size=24),
    st.floats(-50.0, 50.0),
)
def test_the_interval_moves_with_the_data_and_turns_with_their_sign(
    differences: list[float], shift: float
) -> None:
    effect = paired_effect(differences, seed=3)
    moved = paired_effect([value + shift for value in differences], seed=3)
    turned = paired_effect([-value for value in differences], seed=3)

    assert effect is not None
    assert moved is not None
    assert turned is not None
    assert effect.low <= effect.mean + 1e-9
    assert effect.mean <= effect.high + 1e-9
    assert (moved.low, moved.high) == pytest.approx((effect.low + shift, effect.high + shift))
    assert (turned.low, turned.high) == pytest.approx((-effect.high, -effect.low))


def test_where_all_agree_the_interval_is_a_point_but_the_p_value_stays_honest() -> None:
    effect = paired_effect([2.0] * 6, seed=1)

    assert effect is not None
    assert (effect.low, effect.high) == (2.0, 2.0)
    assert effect.p == pytest.approx(2 / 64)


def test_with_five_pairs_nothing_can_be_told() -> None:
    assert paired_effect([-9.0] * 5, seed=1) is None


def test_drawn_assignments_agree_with_all_of_them() -> None:
    generator = np.random.default_rng(5)
    differences = list(generator.normal(-1.0, 3.0, 15))  # one more than are gone through
    effect = paired_effect(differences, seed=1)

    assert effect is not None
    assert effect.p == pytest.approx(_p_of(differences, 0.0), abs=0.01)
    assert _p_of(differences, effect.low) == pytest.approx(0.05, abs=0.015)
