"""The revised NIOSH lifting equation: its golden case, its tables, and where it ends."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calculators import (
    Band,
    CalculatorError,
    Coupling,
    Lift,
    NotValidError,
    lifting_index,
)
from monitor.calculators.niosh import frequency_multiplier

# The task at which everything is 1 but the frequency, 0.94 at one lift a minute.
IDEAL = Lift(10.0, 25.0, 75.0, 25.0, 0.0, Coupling.GOOD, 1.0, 1.0)
# Computed by hand from the formulas: 23 x .625 x .835 x .87625 x .904 x .75 x .95.
GOLDEN = Lift(12.0, 40.0, 20.0, 80.0, 30.0, Coupling.FAIR, 8.0, 1.0)


def test_the_golden_case() -> None:
    found = lifting_index(GOLDEN)

    assert found.horizontal == pytest.approx(0.625)
    assert found.vertical == pytest.approx(0.835)
    assert found.distance == pytest.approx(0.87625)
    assert found.asymmetry == pytest.approx(0.904)
    assert (found.frequency, found.coupling) == (0.75, 0.95)
    assert round(found.recommended_kg, 2) == 6.77
    assert found.index is not None
    assert round(found.index, 2) == 1.77
    assert found.band is Band.MODERATE


def test_at_its_best_the_limit_is_the_load_constant() -> None:
    assert lifting_index(replace(IDEAL, rate_per_min=0.2)).recommended_kg == pytest.approx(23.0)


# Mistakes found in public implementations; each of these fails where one is made.


@pytest.mark.parametrize("vertical_cm", [31.0, 50.0, 74.9])
def test_the_waist_is_at_75_cm_and_not_at_30(vertical_cm: float) -> None:
    """30 is inches in the original; with 30 cm these heights count as above the waist."""
    low = replace(IDEAL, vertical_cm=vertical_cm, coupling=Coupling.FAIR, rate_per_min=13.0)

    assert lifting_index(low).coupling == 0.95
    assert lifting_index(low).frequency == 0.0
    assert lifting_index(replace(low, vertical_cm=75.0)).coupling == 1.0
    assert lifting_index(replace(low, vertical_cm=75.0)).frequency == 0.34


def test_longer_work_never_gets_the_greater_multiplier() -> None:
    """With the duration rows swapped a whole day of lifting would be easier than an hour."""
    assert [frequency_multiplier(3.0, hours, low=False) for hours in (1.0, 2.0, 8.0)] == [
        0.88,
        0.79,
        0.55,
    ]
    for rate in range(1, 16):
        short, medium, long = (
            frequency_multiplier(float(rate), hours, low=False) for hours in (0.5, 1.5, 7.0)
        )
        assert short >= medium >= long


@pytest.mark.parametrize("distance_cm", [0.0, 10.0, 24.0, 25.0])
def test_a_short_travel_costs_nothing(distance_cm: float) -> None:
    """Not 0.87, as in one implementation."""
    assert lifting_index(replace(IDEAL, distance_cm=distance_cm)).distance == 1.0


TABLE = [
    # hours, lifts a minute, from the waist on, below it
    (1.0, 0.2, 1.00, 1.00),
    (1.0, 0.5, 0.97, 0.97),
    (1.0, 6.0, 0.75, 0.75),
    (1.0, 12.0, 0.37, 0.37),
    (1.0, 13.0, 0.34, 0.0),
    (1.0, 15.0, 0.28, 0.0),
    (1.0, 15.1, 0.0, 0.0),
    (2.0, 0.2, 0.95, 0.95),
    (2.0, 10.0, 0.26, 0.26),
    (2.0, 11.0, 0.23, 0.0),
    (2.0, 12.0, 0.21, 0.0),
    (2.0, 13.0, 0.0, 0.0),
    (8.0, 0.2, 0.85, 0.85),
    (8.0, 8.0, 0.18, 0.18),
    (8.0, 9.0, 0.15, 0.0),
    (8.0, 10.0, 0.13, 0.0),
    (8.0, 11.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("hours", "rate", "high", "low"), TABLE)
def test_the_frequency_multiplier_is_that_of_the_table(
    hours: float, rate: float, high: float, low: float
) -> None:
    assert frequency_multiplier(rate, hours, low=False) == high
    assert frequency_multiplier(rate, hours, low=True) == low


def test_between_two_rates_the_multiplier_lies_between_theirs() -> None:
    assert frequency_multiplier(1.5, 1.0, low=False) == pytest.approx(0.925)
    assert frequency_multiplier(0.05, 1.0, low=False) == 1.0


@pytest.mark.parametrize(
    ("coupling", "low", "high"),
    [(Coupling.GOOD, 1.0, 1.0), (Coupling.FAIR, 0.95, 1.0), (Coupling.POOR, 0.9, 0.9)],
)
def test_the_coupling_multiplier_is_that_of_the_table(
    coupling: Coupling, low: float, high: float
) -> None:
    task = replace(IDEAL, coupling=coupling)

    assert lifting_index(replace(task, vertical_cm=40.0)).coupling == low
    assert lifting_index(task).coupling == high


@pytest.mark.parametrize(
    "change",
    [
        {"horizontal_cm": 63.1},
        {"vertical_cm": 175.1},
        {"distance_cm": 175.1},
        {"asymmetry_deg": 135.1},
        {"rate_per_min": 15.1},
    ],
    ids=str,
)
def test_beyond_a_limit_no_load_is_recommended(change: dict[str, float]) -> None:
    found = lifting_index(replace(IDEAL, **change))

    assert (found.recommended_kg, found.index, found.band) == (0.0, None, Band.VERY_HIGH)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"one_handed": True}, "one hand"),
        ({"seated_or_kneeling": True}, "seated or kneeling"),
        ({"unstable": True}, "unstable load"),
        ({"duration_h": 8.5}, r"more than 8 hours a day \(this is 8.5\)"),
    ],
)
def test_what_the_equation_was_not_made_for_is_refused_with_the_reason(
    change: dict[str, float], reason: str
) -> None:
    with pytest.raises(NotValidError, match=f"not valid for .*{reason}"):
        lifting_index(replace(IDEAL, **change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"load_kg": 0.0}, "nothing to judge"),
        ({"load_kg": float("nan")}, "load nan kg"),
        ({"horizontal_cm": -1.0}, "horizontal distance -1 cm"),
        ({"duration_h": 0.0}, "nothing to judge"),
        ({"asymmetry_deg": 181.0}, "asymmetry 181 deg"),
        ({"rate_per_min": float("inf")}, "rate inf"),
    ],
    ids=str,
)
def test_a_number_that_cannot_be_meant_is_named(change: dict[str, float], message: str) -> None:
    with pytest.raises(CalculatorError, match=message):
        lifting_index(replace(IDEAL, **change))


@pytest.mark.parametrize(
    ("index", "band"),
    [(1.0, "very_low"), (1.01, "low"), (1.5, "low"), (2.0, "moderate"), (3.0, "high"),
     (3.01, "very_high")],
)  # fmt: skip
def test_an_index_lies_in_its_band(index: float, band: str) -> None:
    limit = lifting_index(IDEAL).recommended_kg

    assert lifting_index(replace(IDEAL, load_kg=index * limit * (1 - 1e-12))).band == band


@given(
    st.floats(0, 100), st.floats(0, 200), st.floats(0, 200), st.floats(0, 180),
    st.sampled_from(Coupling), st.floats(0.01, 8), st.floats(0, 30),
)  # fmt: skip
def test_nothing_ever_raises_the_limit_over_the_load_constant(
    horizontal: float, vertical: float, distance: float, asymmetry: float,
    coupling: Coupling, hours: float, rate: float,
) -> None:  # fmt: skip
    found = lifting_index(
        Lift(1.0, horizontal, vertical, distance, asymmetry, coupling, hours, rate)
    )

    assert 0.0 <= found.recommended_kg <= 23.0
    assert all(0 <= m <= 1 for m in (found.vertical, found.distance, found.asymmetry))
