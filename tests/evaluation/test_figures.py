"""Counts of subjects to figures."""

import math

import numpy as np
import pytest

from backwatch.evaluation.figures import (
    Better,
    Figure,
    balanced,
    interval,
    measure,
    missing,
    ratio,
    reliability,
)


def a_figure(counts, statistic=ratio, **more) -> Figure:
    return measure("set.what", "what", "share", Better.MORE, counts, statistic, counted="", **more)


def test_subjects_are_pooled_before_the_ratio_is_taken():
    figure = a_figure({"a": (1.0, 2.0), "b": (9.0, 10.0)})

    assert figure.value == pytest.approx(10 / 12)
    assert figure.subjects == {"a": 0.5, "b": 0.9}


def test_balance_weighs_both_classes_the_same():
    assert balanced(np.array([90.0, 100.0, 1.0, 10.0])) == pytest.approx(0.5)


def test_what_is_missing_is_one_less_the_share():
    assert missing(np.array([1.0, 4.0])) == pytest.approx(0.75)


def test_the_interval_covers_a_known_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(200):
        low, high = interval(np.stack([rng.normal(3.0, 1.0, 25), np.ones(25)], axis=1), ratio)
        hits += low <= 3.0 <= high

    assert 0.89 <= hits / 200 <= 0.98


def test_the_interval_is_the_same_each_time():
    table = np.random.default_rng(1).uniform(1, 2, (9, 2))

    assert interval(table, ratio) == interval(table, ratio)


def test_two_subjects_have_no_interval():
    figure = a_figure({"a": (1.0, 2.0), "b": (1.0, 4.0)})

    assert math.isnan(figure.low)
    assert math.isnan(figure.high)


def test_none_of_a_rare_event_still_leaves_room_for_some():
    # Exact Poisson: with none seen, 3.689 are compatible at 97.5 %.
    counts = dict.fromkeys("abc", (0.0, 10.0))
    figure = measure("s.w", "", "per h", Better.LESS, counts, ratio, counted="", events=True)

    assert (figure.value, figure.low) == (0, 0)
    assert figure.high == pytest.approx(3.689 / 30, rel=1e-3)
    assert figure.step == pytest.approx(1 / 30)


def test_all_of_few_trials_still_leaves_room_for_a_miss():
    # Clopper and Pearson: with 30 of 30, at least 0.025 ** (1 / 30).
    figure = a_figure(dict.fromkeys("abc", (10.0, 10.0)), events=True)

    assert figure.high == 1
    assert figure.low == pytest.approx(0.025 ** (1 / 30), rel=1e-6)


def test_lengths_of_time_have_no_step():
    assert a_figure(dict.fromkeys("abc", (10.0, 10.0))).step == 0


def test_a_target_is_reached_in_the_direction_that_is_better():
    counts = {"a": (1.0, 2.0)}
    more = a_figure(counts, reach=0.4)
    less = measure("s.w", "", "share", Better.LESS, counts, ratio, counted="", reach=0.4)

    assert more.reached is True
    assert less.reached is False
    assert a_figure(counts).reached is None


def test_no_subjects_is_our_own_mistake():
    with pytest.raises(ValueError, match=r"set\.what: no subjects"):
        a_figure({})


def test_answers_as_sure_as_they_are_right_are_not_off():
    rng = np.random.default_rng(5)
    answers = {}
    for person in "abcde":
        said = rng.uniform(0.5, 1.0, 4000)
        answers[person] = (said, rng.uniform(size=4000) < said)
    found = reliability("key", "what", answers, counted="")

    assert found.off < 0.02
    assert sum(band.share for band in found.bands) == pytest.approx(1.0)
    assert all(band.low <= band.right <= band.high for band in found.bands)


def test_answers_surer_than_right_are_off_by_as_much():
    answers = {name: (np.full(100, 0.97), np.arange(100) < 70) for name in "abc"}
    found = reliability("key", "what", answers, counted="")

    [band] = found.bands
    assert (band.said, band.right) == pytest.approx((0.97, 0.7))
    assert found.off == pytest.approx(0.27)
