"""Recorded figures, floors, and what counts as stale."""

import math
from dataclasses import replace

import pytest

from backwatch.evaluation.figures import Band, Beside, Better, Figure, Reliability
from backwatch.evaluation.likeness import Likeness, Spread
from backwatch.evaluation.record import (
    Record,
    below,
    changed,
    changed_subjects,
    merged,
    raised,
    read_record,
    write_record,
)

SHARE = Figure(
    "set.share",
    "a share",
    "share",
    Better.MORE,
    0.95,
    0.9,
    math.nan,
    0.9,
    0.0,
    {"a": 0.9, "b": 1.0, "c": math.nan},
    "3 files",
    (Beside("other", 0.5, here=True),),
)
RATE = replace(SHARE, key="set.rate", unit="per h", better=Better.LESS, value=2.0, reach=None)


def test_a_record_survives_being_written(tmp_path):
    alike = Likeness("walking", "set", "rate", Spread(1, 2, 3, 4), Spread(2, 3, 4, 5))
    path = tmp_path / "recorded.json"
    sure = Reliability("set.share", "a share", (Band(0.9, 0.8, 0.7, 0.95, 1.0),), 0.1, "3 files")
    write_record(Record({"set": [SHARE, RATE]}, [alike], {"set": [sure]}, "c0de"), path)
    again = read_record(path)

    assert again.code == "c0de"
    assert again.likenesses == [alike]
    assert again.reliabilities == {"set": [sure]}
    assert [figure.key for figure in again.figures["set"]] == ["set.share", "set.rate"]
    assert again.figures["set"][0].beside == SHARE.beside
    assert math.isnan(again.figures["set"][0].subjects["c"])


def test_sets_not_scored_again_keep_their_figures():
    before = Record({"a": [SHARE], "b": [RATE]}, [])
    better = replace(RATE, value=1.0)
    whole = merged(before, Record({"b": [better]}, []), ("b", "a"))

    assert list(whole.figures) == ["b", "a"]
    assert whole.figures["a"] == [SHARE]
    assert whole.figures["b"] == [better]


def test_figures_of_two_states_of_the_path_are_of_neither():
    before = Record({"a": [SHARE], "b": [RATE]}, [], code="old")
    order = ("a", "b")

    assert merged(before, Record({"b": [RATE]}, [], code="new"), order).code == ""
    assert merged(before, Record({"b": [RATE]}, [], code="old"), order).code == "old"
    assert merged(before, Record({"a": [SHARE], "b": [RATE]}, [], code="new"), order).code == "new"


def test_a_floor_stands_a_margin_below_the_figure():
    floors = raised({}, Record({"set": [SHARE, RATE]}, []))

    assert floors["set.share"] == pytest.approx(0.94)
    assert floors["set.rate"] == pytest.approx(2.06)


def test_a_reached_target_is_a_floor():
    floors = raised({}, Record({"set": [replace(SHARE, value=0.902)]}, []))

    assert floors["set.share"] == 0.9


def test_a_floor_lets_one_trial_go_the_other_way():
    few = replace(SHARE, value=1.0, step=0.1, reach=None)
    floor = raised({}, Record({"set": [few]}, []))["set.share"]

    assert below([replace(few, value=0.9)], {"set.share": floor}) == []
    assert below([replace(few, value=0.8)], {"set.share": floor}) != []


def test_floors_are_never_lowered():
    worse = Record({"set": [replace(SHARE, value=0.5), replace(RATE, value=9.0)]}, [])
    floors = raised({"set.share": 0.94, "set.rate": 2.06}, worse)

    assert floors == {"set.share": 0.94, "set.rate": 2.06}


def test_a_figure_below_its_floor_is_named_with_both_numbers():
    [sentence] = below([replace(SHARE, value=0.93)], {"set.share": 0.94})

    assert sentence == "set.share is 0.93, worse than its floor 0.94"


def test_a_rate_above_its_floor_is_named():
    assert below([replace(RATE, value=2.5)], {"set.rate": 2.06})
    assert not below([RATE], {"set.rate": 2.06})


def test_a_figure_without_a_floor_is_named():
    [sentence] = below([SHARE], {})

    assert "has no floor" in sentence


def test_a_figure_is_stale_beyond_rounding():
    assert not changed(replace(SHARE, value=0.953), SHARE)
    assert changed(replace(SHARE, value=0.96), SHARE)
    assert changed(replace(SHARE, value=math.nan), SHARE)


def test_one_subject_on_the_edge_does_not_make_a_record_stale():
    many = {f"p{n}": 0.5 for n in range(40)}
    recorded = replace(SHARE, subjects=many)

    assert not changed_subjects([replace(SHARE, subjects={**many, "p0": 0.6})], [recorded])
    moved = dict.fromkeys(many, 0.6)
    assert len(changed_subjects([replace(SHARE, subjects=moved)], [recorded])) == 40


def test_a_figure_nobody_recorded_is_stale():
    assert changed_subjects([SHARE], []) == [f"set.share of {name}" for name in "abc"]
