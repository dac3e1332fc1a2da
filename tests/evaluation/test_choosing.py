"""Thresholds chosen without the person they judge."""

from dataclasses import replace

import numpy as np
import pytest

from backwatch.evaluation.choosing import (
    EVERYBODY,
    RULE,
    Choice,
    Grid,
    choose,
    chosen,
    folds,
    in_use,
    with_values,
    write_choices,
)
from backwatch.evaluation.grids import GRIDS
from backwatch.evaluation.simulated import live
from backwatch.evaluation.told import told
from backwatch.evaluation.trying import _LOOSEST, _STRICTEST, _fallen, events, felt
from monitor.analysis import Options, analyze
from monitor.model import EventKind, Placement
from monitor.profiles import PROFILES, placed

GRID = Grid("some", "most right", {"a": (1.0, 2.0, 3.0), "b": (0.0, 0.5, 1.0, 1.5)})
BEST = {"x": (3.0, 1.5), "y": (3.0, 1.5), "z": (1.0, 0.0)}  # of a and b, for each person


def right(values):
    """Nearer to a person's best is more right, for that person."""
    return {
        person: (10.0 - abs(values["a"] - a) - abs(values["b"] - b), 10.0)
        for person, (a, b) in BEST.items()
    }


def share(sums):
    return float(sums[0] / sums[1])


def test_a_value_is_never_chosen_on_the_person_it_judges():
    found = choose(GRID, BEST, right, share).without

    assert found["z"] == {"a": 3.0, "b": 1.5}
    # Who is left with one like them and one not gets what lies between, not their own best.
    assert found["x"] == found["y"]
    assert found["x"] != {"a": 3.0, "b": 1.5}


def test_what_most_people_want_is_taken_and_what_they_differ_in_is_not():
    many = {**BEST, **dict.fromkeys("uvw", BEST["x"]), **dict.fromkeys("pq", BEST["y"])}

    def score(values):
        three = right(values)
        return {person: three["z" if person == "z" else "x"] for person in many}

    assert choose(GRID, many, score, share).without[EVERYBODY] == {"a": 3.0, "b": 1.5}
    assert choose(GRID, BEST, right, share).without[EVERYBODY] == {"a": 2.0, "b": 1.0}


def test_what_people_pull_apart_does_not_move_a_choice_within_a_flat_part():
    """All values are as good but the first: better for one person, nearly as much worse for one."""
    flat = Grid("flat", "most right", {"a": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)})
    people = [f"p{k}" for k in range(20)]

    def score(values):
        first = values["a"] == 1.0
        others = dict.fromkeys(people, (10.0, 10.0))
        return {
            **others,
            "p3": (10.0 if first else 9.0, 10.0),
            "p4": (9.4 if first else 10.0, 10.0),
        }

    assert choose(flat, people, score, share).without[EVERYBODY] == {"a": 4.0}


def test_of_values_that_are_equally_good_the_middle_one_is_taken():
    found = choose(GRID, BEST, lambda _: dict.fromkeys(BEST, (1.0, 1.0)), share).without

    assert found[EVERYBODY] == {"a": 2.0, "b": 1.0}


def test_each_combination_is_tried_once():
    tried = []

    def score(values):
        tried.append(tuple(values.values()))
        return right(values)

    choose(GRID, BEST, score, share)

    assert len(tried) == len(set(tried))


def test_people_are_left_out_alone_or_in_groups():
    assert folds(["b", "a", "c"], 0) == [["a"], ["b"], ["c"]]
    assert folds(["b", "a", "c"], 2) == [["a", "c"], ["b"]]


def test_thresholds_are_replaced_where_their_path_says():
    profile = with_values({"bending.knees.squat_m": 0.3, "impact.peak_g": 2.6})

    assert profile.states.bending.knees.squat_m == 0.3
    assert profile.states.impact.peak_g == 2.6
    assert PROFILES["desk"].states.impact.peak_g != 2.6


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_every_threshold_of_a_grid_is_one_of_the_path(grid):
    for path, values in grid.values.items():
        now = in_use(path)
        assert now is not None, path
        assert list(values) == sorted(values)
        assert min(values) <= now <= max(values)


def test_the_search_does_not_start_at_what_is_in_use():
    for grid in GRIDS.values():
        apart = [
            abs(value - (in_use(path) or 0.0)) > 1e-3 * value
            for path, value in grid.start().items()
        ]
        assert np.mean(apart) > 0.5


def test_choices_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "chosen.json"
    write_choices([Choice(GRID, {"x": {"a": 1.0, "b": 0.5}})], path)
    write_choices([Choice(replace(GRID, name="other"), {"y": {"a": 3.0, "b": 0.0}})], path)

    assert chosen(GRID, path) == {"x": {"a": 1.0, "b": 0.5}}
    assert chosen(replace(GRID, name="other"), path) == {"y": {"a": 3.0, "b": 0.0}}


def test_choices_from_another_grid_do_not_count(tmp_path):
    path = tmp_path / "chosen.json"
    write_choices([Choice(GRID, {"x": {"a": 1.0, "b": 0.5}})], path)

    assert chosen(replace(GRID, criterion="least wrong"), path) == {}
    assert chosen(replace(GRID, values={"a": (1.0, 2.0)}), path) == {}
    assert chosen(GRID, path) != {}
    path.write_text(path.read_text().replace(RULE, "the best"))
    assert chosen(GRID, path) == {}
    assert chosen(GRID, tmp_path / "none.json") == {}


def a_day():
    def play(actor, rng, marks):
        del rng, marks
        yield from actor.stand(6.0, still=True)
        yield from actor.squat_lift()
        yield from actor.stand(5.0, still=True)
        yield from actor.stoop_lift()
        yield from actor.walk(6.0)
        yield from actor.fall("forward")
        yield from actor.lie(8.0)

    return live(play, 11, Placement.WAIST)


def test_a_trial_tried_over_and_over_is_told_as_the_whole_path_tells_it():
    life = a_day()
    [piece] = life.recording().pieces
    trial = felt(piece, "F01", life.worn)
    profile = with_values({"bending.lowered_m": 0.12})
    tried = events(trial, placed(profile, Placement.WAIST).states)
    options = Options(profile, Placement.WAIST, life.worn.up, life.worn.forward)
    whole = told(analyze(life.recording(), options)).events

    assert {event.kind for event in tried} >= {EventKind.LIFT, EventKind.FALL}
    assert sorted((e.kind.value, e.start_ns / 1e9, e.technique) for e in tried) == [
        (kind, pytest.approx(start_s, abs=1e-3), technique)
        for kind, start_s, technique in sorted((e.kind, e.start_s, e.technique) for e in whole)
    ]


def test_the_loosest_thresholds_tell_a_fall_wherever_the_strictest_do():
    life = a_day()
    [piece] = life.recording().pieces
    trial = felt(piece, "F01", life.worn)
    loosest, strictest = (
        placed(with_values(values), Placement.WAIST).states for values in (_LOOSEST, _STRICTEST)
    )

    assert _fallen(trial, loosest) >= _fallen(trial, strictest)
    assert _fallen(trial, loosest) == 1
