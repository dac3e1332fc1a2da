"""What is fixed before the first day."""

from datetime import UTC, date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor.trial import Design, Half, Phase, draw

FRIDAY = date(2026, 3, 6)


def test_the_same_seed_draws_the_same_plan() -> None:
    first = draw(Design(), "slouch", 7, FRIDAY, UTC)

    assert draw(Design(), "slouch", 7, FRIDAY, UTC) == first
    assert draw(Design(), "slouch", 8, FRIDAY, UTC) != first


def test_of_each_pair_one_half_day_is_silent_and_both_are_mornings_or_afternoons() -> None:
    plan = draw(Design(), "slouch", 7, FRIDAY, UTC)
    pairs: dict[int, list] = {}
    for unit in plan.half_days:
        if unit.pair is not None:
            pairs.setdefault(unit.pair, []).append(unit)

    assert len(pairs) == 20
    for units in pairs.values():
        assert sorted(unit.silent for unit in units) == [False, True]
        assert len({unit.half for unit in units}) == 1
        assert (units[1].day - units[0].day).days in (1, 3)  # neighbours, or over a weekend


def test_every_coin_falls_both_ways() -> None:
    plans = [draw(Design(feedback_days=6), "slouch", seed, FRIDAY, UTC) for seed in range(200)]
    first_is_silent = [
        [unit.silent for unit in plan.half_days if unit.pair is not None] for plan in plans
    ]
    shares = [sum(column) / len(plans) for column in zip(*first_is_silent, strict=True)]

    assert all(0.35 < share < 0.65 for share in shares)  # 200 fair coins: 0.5 +- 0.035


def test_baseline_and_washout_are_silent_and_faded_feedback_is_one_in_four() -> None:
    plan = draw(Design(), "slouch", 7, FRIDAY, UTC)

    for phase in (Phase.BASELINE, Phase.WASHOUT):
        assert all(unit.silent for unit in plan.half_days if unit.phase is phase)
    faded = [unit for unit in plan.half_days if unit.phase is Phase.FADED]
    assert sum(not unit.silent for unit in faded) * 4 == len(faded)


def test_weekends_do_not_count_and_belong_to_no_half_day() -> None:
    plan = draw(Design(), "slouch", 7, FRIDAY, UTC)

    assert all(unit.day.weekday() < 5 for unit in plan.half_days)
    saturday_noon_ns = plan.half_days[1].stop_ns + 12 * 3600 * 10**9
    assert plan.at(saturday_noon_ns) is None


def test_half_days_follow_the_clock_on_the_wall_where_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    design = Design(weekdays=(5, 6, 0))
    plan = draw(design, "slouch", 7, date(2026, 3, 28), zone)  # clocks change on the 29th
    sunday = [unit for unit in plan.half_days if unit.day == date(2026, 3, 29)]

    assert [unit.half for unit in sunday] == list(Half)
    assert [(unit.stop_ns - unit.start_ns) / 3.6e12 for unit in sunday] == [11.5, 11.5]
    for one, other in pairwise(plan.half_days):
        assert one.stop_ns <= other.start_ns


def test_an_instant_finds_its_half_day() -> None:
    plan = draw(Design(), "slouch", 7, FRIDAY, UTC)
    unit = plan.half_days[3]

    assert plan.at(unit.start_ns) is unit
    assert plan.at(unit.stop_ns - 1) is unit
    assert plan.at(plan.start_ns - 1) is None
    assert plan.at(plan.stop_ns) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"feedback_days": 4},
        {"feedback_days": 7},
        {"faded_days": 3},
        {"baseline_days": -1},
        {"washout_days": 400},
        {"weekdays": ()},
        {"weekdays": (7,)},
    ],
)
def test_a_design_that_tells_nothing_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="days"):
        Design(**wrong)
