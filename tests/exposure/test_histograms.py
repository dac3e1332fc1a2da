"""Time by angle and speed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exposure.histograms import (
    lean_histogram,
    lean_quantile_deg,
    seconds_below,
    seconds_from,
    speed_edges_degps,
    speed_histogram,
    speed_quantile_degps,
    sum_histograms,
)
from monitor.model.exposure import Histogram

leans = st.lists(st.floats(-179, 179), min_size=1, max_size=300)


@given(leans, st.sampled_from([0.10, 0.50, 0.90, 0.95, 0.99]))
def test_a_percentile_of_lean_is_right_within_a_degree(values: list[float], share: float) -> None:
    lean = np.array(values)
    found = lean_quantile_deg(lean_histogram(lean, 0.1), share)
    wanted = np.quantile(lean, share, method="inverted_cdf")

    assert abs(found - wanted) <= 1.0


@given(st.lists(st.floats(0.5, 1000), min_size=1, max_size=300), st.sampled_from([0.5, 0.9]))
def test_a_percentile_of_speed_is_right_within_a_bin(values: list[float], share: float) -> None:
    speed = np.array(values)
    found = speed_quantile_degps(speed_histogram(speed, 0.1), share)
    wanted = np.quantile(speed, share, method="inverted_cdf")

    assert 1 / 1.13 <= found / wanted <= 1.13


@given(leans, leans)
def test_histograms_add_up_exactly(one: list[float], other: list[float]) -> None:
    whole = lean_histogram(np.array(one + other), 0.1)
    parts = [lean_histogram(np.array(part), 0.1) for part in (one, other)]

    assert sum_histograms(parts) == whole


@given(leans, st.integers(-180, 180))
def test_every_moment_is_either_below_or_from_an_angle_on(values: list[float], deg: int) -> None:
    found = lean_histogram(np.array(values), 0.1)
    above = sum(value >= deg for value in values) * 0.1

    assert seconds_from(found, deg) == pytest.approx(above, abs=1e-6)
    assert seconds_below(found, deg) + seconds_from(found, deg) == pytest.approx(found.total_s)


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(lean_quantile_deg(Histogram(), 0.5))
    assert sum_histograms([]) == lean_histogram(np.empty(0), 0.1) == Histogram()


def test_the_bins_of_speed_stay_as_they_are() -> None:
    """Stored days are in these bins; changing them would mix what cannot be mixed."""
    edges = speed_edges_degps()

    assert (edges[0], edges[1], edges[7], edges[13]) == (0.0, 0.5, 1.0, 2.0)
    assert len(edges) == 68
    assert edges[-1] == pytest.approx(0.5 * 2**11)
