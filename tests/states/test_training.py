"""The command that finds the weights, on looks made up so that the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from monitor.states import evidence
from tools import train_activity as training
from tools.train_activity import COURSES, Choice, Told

CHEST = next(course for course in COURSES if course.name == "CHEST")
TWO = replace(CHEST, params=replace(CHEST.params, features=("fore_0.3", "buzz")), ridge=1e-6)


def person(name: str, seed: int, *, habit: float = 0.0, number: int = 2000) -> Told:
    """Odds of 2 for each unit of the first feature; the second is a habit of this person."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(0.0, 1.0, (number, 2))
    standing = (rng.random(number) < 1.0 / (1.0 + np.exp(-2.0 * looks[:, 0]))).astype(np.int64)
    looks[:, 1] = habit * (2 * standing - 1) + 0.3 * looks[:, 1]
    everything = np.ones(number, bool)
    return Told(name, looks, np.ones(number), standing, everything)


def test_the_weights_are_those_that_made_the_answers():
    found = training.fit(TWO, [person("a", 1), person("b", 2)])

    assert found.weights == pytest.approx((2.0, 0.0), abs=0.3)
    assert found.bias == pytest.approx(0.0, abs=0.1)


def test_who_was_seen_for_longer_weighs_no_more():
    short, long = person("a", 1, number=400), person("b", 2, habit=0.5, number=4000)
    longer = replace_looks(long, 3)

    assert training.fit(TWO, [short, long]).weights == pytest.approx(
        training.fit(TWO, [short, longer]).weights, abs=0.01
    )


def replace_looks(one: Told, times: int) -> Told:
    """The same person, looked at again and again."""
    return Told(
        one.subject,
        np.tile(one.looks, (times, 1)),
        np.tile(one.trust, times),
        np.tile(one.standing, times),
        np.tile(one.straight, times),
    )


def test_only_rare_looks_lie_outside_of_what_was_learnt_from():
    found = training.fit(TWO, [person("a", 1)])
    low, high = np.array(found.within).T
    looks = person("c", 3).looks

    inside = ((looks >= low) & (looks <= high)).all(axis=1)

    assert inside.mean() > 0.98


def test_what_is_a_habit_of_each_is_not_chosen_for_another():
    """Each of the others shows it the other way round, so it does not carry over."""
    people = [
        person(name, seed, habit=habit)
        for name, seed, habit in (("a", 1, 0.6), ("b", 2, -0.6), ("c", 3, 0.6), ("d", 4, -0.6))
    ]
    carried = replace(TWO, params=replace(TWO.params, features=("fore_0.3",)))
    habits = replace(TWO, params=replace(TWO.params, features=("buzz",)))
    first, second = (
        [
            Told(one.subject, one.looks[:, [column]], one.trust, one.standing, one.straight)
            for one in people
        ]
        for column in (0, 1)
    )

    chosen, counts = training.choose([Choice(habits, second), Choice(carried, first)])

    assert {choice.course.params.features for choice in chosen.values()} == {("fore_0.3",)}
    assert (counts[:, 1] / counts[:, 0]).mean() > 0.75


def test_a_sensor_turned_about_up_keeps_what_it_says_of_up():
    up = (0.0, 1.0, 0.0)
    turn = training._turn(up, 90.0)

    assert turn @ up == pytest.approx(up)
    assert np.abs(turn @ (0.0, 0.0, 1.0)) == pytest.approx((1.0, 0.0, 0.0))


def test_the_shipped_weights_are_of_the_courses():
    shipped = training.OUT.read_text(encoding="utf-8")

    for course in COURSES:
        assert f"{course.name} = evidence.Params(" in shipped
        assert course.origin in shipped
    assert set(CHEST.params.features) == set(evidence.SPECTRAL)
