"""The interval holds the truth as often as it says, on people whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from monitor.trial import LEVEL
from tests.trial.people import EFFECTS, many

DOCUMENT = Path(__file__).parents[2] / "docs" / "trial.md"
PEOPLE = 500
# Four standard deviations of a share of 500: a right interval fails once in 30,000 runs.
SLACK = 4.0 * (LEVEL * (1.0 - LEVEL) / PEOPLE) ** 0.5


@pytest.mark.parametrize("name", EFFECTS)
def test_the_interval_holds_the_truth_at_its_stated_rate(name: str) -> None:
    truth, _, low, high = many(name, seed=41, people=PEOPLE).T
    holds = np.mean((low <= truth) & (truth <= high))

    assert holds >= LEVEL - SLACK
    assert np.median(high - low) < 12.0  # wide enough to hold all would be no art


def test_where_alerts_do_nothing_few_are_told_otherwise() -> None:
    _, _, low, high = many("none", seed=42, people=PEOPLE).T
    told = np.mean((low > 0.0) | (high < 0.0))

    assert told <= 1.0 - LEVEL + SLACK


def test_a_comparison_with_the_weeks_before_would_not_hold_the_truth() -> None:
    """Why the coins: the same people, judged by before and after, which drift fools."""
    generator = np.random.default_rng(3)
    held = []
    for _ in range(PEOPLE):
        drift = generator.uniform(-0.4, 0.4)
        days = np.arange(25)
        values = 40.0 + drift * days + generator.normal(0.0, 4.0, 25)
        before, during = values[:5], values[5:]
        error = np.sqrt(before.var(ddof=1) / 5 + during.var(ddof=1) / 20)
        held.append(abs(during.mean() - before.mean()) <= 2.1 * error)

    assert np.mean(held) < LEVEL - SLACK


def test_the_document_shows_the_figures_of_this_code() -> None:
    generator_rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    truth, _, low, high = many("small").T
    row = next(line for line in generator_rows if line.startswith("| small | 20 |"))

    assert f"{np.mean((low <= truth) & (truth <= high)):.1%}" in row
    assert f"{np.median(high - low):.1f}" in row
