"""The trunk score of REBA."""

import dataclasses

import pytest

from monitor.calculators import CalculatorError, TrunkScore, trunk_score


@pytest.mark.parametrize(
    ("sagittal_deg", "score"),
    [(0, 1), (5, 1), (-5, 1), (6, 2), (20, 2), (-20, 2), (21, 3), (60, 3), (-21, 3), (-90, 3),
     (61, 4), (170, 4)],
)  # fmt: skip
def test_the_lean_alone_scores_one_to_four(sagittal_deg: float, score: int) -> None:
    assert trunk_score(sagittal_deg) == TrunkScore(score, score, 0)


def test_twist_and_side_lean_add_one_and_never_two() -> None:
    assert trunk_score(30.0, twist_deg=-16.0).score == 4
    assert trunk_score(30.0, lateral_deg=-11.0).score == 4
    assert trunk_score(30.0, lateral_deg=11.0, twist_deg=16.0).score == 4
    assert trunk_score(30.0, lateral_deg=10.0, twist_deg=15.0).score == 3


def test_there_is_no_total() -> None:
    assert {field.name for field in dataclasses.fields(TrunkScore)} == {
        "score", "lean", "twisted_or_aside",
    }  # fmt: skip


@pytest.mark.parametrize("angle", [181.0, float("nan")])
def test_an_angle_that_cannot_be_meant_is_named(angle: float) -> None:
    with pytest.raises(CalculatorError, match="lean"):
        trunk_score(angle)
