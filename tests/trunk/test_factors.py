"""Four factors of the lumbar motion monitor, always a range, never a probability."""

import pytest

from monitor.trunk import four_factors

LOW = {
    "lifts_per_h": 119.0,
    "max_lateral_velocity_degps": 35.5,
    "average_twist_velocity_degps": 5.5,
    "max_flexion_deg": 10.4,
}
HIGH = {
    "lifts_per_h": 176.0,
    "max_lateral_velocity_degps": 46.4,
    "average_twist_velocity_degps": 8.7,
    "max_flexion_deg": 17.9,
}


def test_at_the_lower_means_only_the_unknown_load_is_left():
    found = four_factors(**LOW)

    assert (found.least, found.most) == pytest.approx((0.0, 0.2))


def test_at_the_higher_means_the_load_alone_could_lower_the_place():
    found = four_factors(**HIGH)

    assert (found.least, found.most) == pytest.approx((0.8, 1.0))


def test_a_factor_halfway_counts_half_a_fifth():
    found = four_factors(**{**LOW, "max_flexion_deg": (10.4 + 17.9) / 2})

    assert (found.least, found.most) == pytest.approx((0.1, 0.3))


@pytest.mark.parametrize("name", LOW)
@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_what_is_not_known_widens_the_range(name, unknown):
    found = four_factors(**{**LOW, name: unknown})

    assert (found.least, found.most) == pytest.approx((0.0, 0.4))
    assert [factor.place for factor in found.factors if factor.name == name] == [None]


def test_beyond_the_means_a_place_stays_within_bounds():
    found = four_factors(
        lifts_per_h=0.0,
        max_lateral_velocity_degps=400.0,
        average_twist_velocity_degps=0.0,
        max_flexion_deg=-20.0,
    )

    assert (found.least, found.most) == pytest.approx((0.2, 0.4))
