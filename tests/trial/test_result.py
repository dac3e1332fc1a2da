"""From half-days to an answer."""

from dataclasses import replace
from datetime import UTC, date

import pytest

from monitor.exposure import exposure
from monitor.model.exposure import Dose
from monitor.trial import HABITS, Answer, Design, Phase, Plan, draw, results, words

PLAN = draw(Design(feedback_days=10), "slouch", 7, date(2026, 3, 2), UTC)


def _seen(with_alerts: float, silent: float, habit: str = "slouch") -> dict:
    return {
        (unit.start_ns, habit): (silent if unit.silent else with_alerts) + index % 3
        for index, unit in enumerate(PLAN.half_days)
    }


def _of(name: str, seen: dict, plan: Plan = PLAN, now_ns: int = PLAN.stop_ns):
    return next(r for r in results(plan, seen, now_ns) if r.habit.name == name)


def test_nothing_is_computed_before_the_feedback_phase_is_over() -> None:
    early = _of("slouch", _seen(10.0, 40.0), now_ns=PLAN.known_ns - 1)

    assert early.answer is Answer.TOO_EARLY
    assert early.effect is None
    assert early.means == ()
    assert words(early).startswith("Cannot tell yet")


def test_a_clear_difference_is_told_with_its_interval() -> None:
    result = _of("slouch", _seen(20.0, 40.0))

    assert result.answer is Answer.WANTED
    assert result.effect is not None
    assert result.effect.low <= -20.0 <= result.effect.high
    assert "lower by" in words(result)
    assert "percentage points" in words(result)


@pytest.mark.parametrize(
    ("habit", "with_alerts", "answer"),
    [
        ("slouch", 60.0, Answer.UNWANTED),
        ("breaks", 60.0, Answer.WANTED),
        ("breaks", 20.0, Answer.UNWANTED),
        ("bends", 20.0, Answer.WANTED),
    ],
)
def test_which_way_is_wanted_depends_on_the_habit(
    habit: str, with_alerts: float, answer: Answer
) -> None:
    plan = replace(PLAN, habit=habit)

    assert _of(habit, _seen(with_alerts, 40.0, habit), plan).answer is answer


def test_an_interval_that_holds_zero_cannot_tell() -> None:
    seen = {
        (unit.start_ns, "slouch"): 30.0 + (5.0 if index % 4 < 2 else -5.0)
        for index, unit in enumerate(PLAN.half_days)
    }
    result = _of("slouch", seen)

    assert result.answer is Answer.CANNOT_TELL
    assert "no change at all" in words(result)


def test_a_half_day_not_seen_takes_its_partner_with_it() -> None:
    seen = _seen(20.0, 40.0)
    lost = next(unit for unit in PLAN.half_days if unit.pair == 3)
    seen[lost.start_ns, "slouch"] = None
    result = _of("slouch", seen)

    assert result.lost_pairs == 1
    assert result.effect is not None
    assert result.effect.pairs == 9


def test_too_few_pairs_cannot_tell_and_say_why() -> None:
    result = _of("slouch", {})

    assert result.answer is Answer.CANNOT_TELL
    assert result.lost_pairs == 10
    assert "two hours" in words(result)


def test_the_habit_named_beforehand_comes_first() -> None:
    plan = replace(PLAN, habit="breaks")
    told = results(plan, {}, PLAN.stop_ns)

    assert [result.first for result in told] == [True, False, False, False]
    assert told[0].habit.name == "breaks"
    assert {result.habit.name for result in told} == set(HABITS)


def test_means_of_the_phases_are_shown_beside() -> None:
    means = _of("slouch", _seen(20.0, 40.0)).means
    baseline = next(mean for mean in means if mean.phase is Phase.BASELINE)

    assert baseline.silent
    assert baseline.half_days == 10
    assert baseline.mean == pytest.approx(41.0, abs=1.0)


def test_a_half_day_of_less_than_two_hours_has_no_number() -> None:
    short = exposure(Dose(0, worn_s=7000.0, forward_s=7000.0, seated_s=7000.0), due_s=14400.0)
    long = exposure(
        Dose(
            0,
            worn_s=9000.0,
            forward_s=9000.0,
            seated_s=9000.0,
            slouched_s=900.0,
            longest_static_s=600.0,
            breaks=5,
            bends_60=10,
        ),
        due_s=14400.0,
    )

    assert {name: habit.read(short) for name, habit in HABITS.items()} == dict.fromkeys(HABITS)
    assert {name: habit.read(long) for name, habit in HABITS.items()} == pytest.approx(
        {"slouch": 10.0, "static": 10.0, "bends": 4.0, "breaks": 2.0}
    )
