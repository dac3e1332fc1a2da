"""Recorded figures as docs/validation.md shows them."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from backwatch.evaluation.figures import Band, Beside, Better, Figure, Reliability
from backwatch.evaluation.learning import Curve, Point, judged, read_curves, write_curves
from backwatch.evaluation.likeness import Likeness, Spread
from backwatch.evaluation.record import Record
from backwatch.evaluation.report import ASKED, render
from monitor.states import evidence

DOCS = Path(__file__).parents[2] / "docs"
LEFT_OUT = Figure(
    "sisfall.bend_found_left_out",
    "squats and stoops: a bend told; thresholds chosen without the person",
    "share",
    Better.MORE,
    0.93,
    0.9,
    0.96,
    0.95,
    0.0,
    {"SA01": 0.96, "SA03": 0.90, "SA05": 0.80},
    "200 trials",
)
SHIPPED = replace(LEFT_OUT, key="sisfall.bend_found", what="as shipped", value=0.97, reach=None)


def the_document(*figures, curves=(), **more) -> str:
    return render(Record({"sisfall": list(figures)}, [], **more), {}, [], {}, list(curves))


def test_the_figure_of_people_not_seen_is_the_one_held_against_the_target():
    text = the_document(LEFT_OUT, SHIPPED)

    row = next(line for line in text.splitlines() if line.startswith("| Squats and stoops found"))
    assert [cell.strip() for cell in row.split("|")[2:7]] == [
        "0.930 [0.900, 0.960]",
        "≥ 0.950",
        "**missed**",
        "0.800 (SA05)",
        "0.970",
    ]


def test_a_missed_target_names_those_who_miss_it_most():
    text = the_document(LEFT_OUT, SHIPPED)

    assert "0 of 1 are reached.\n\nMissed:\n" in text
    assert "2 of 3 are beyond the target alone, first SA05 0.800, SA03 0.900." in text
    assert "As shipped it is reached. Rests of other lengths" in text
    assert "(adr/0010-bends-lie-between-rests.md)" in text


def test_a_reached_target_is_not_explained():
    text = the_document(replace(LEFT_OUT, value=0.96, low=0.955), SHIPPED)

    assert "1 of 1 are reached.\n" in text
    assert "Missed" not in text


def test_every_missed_row_links_to_what_was_tried():
    missed = [
        replace(LEFT_OUT, key=key, value=0.5, better=Better.MORE)
        for key in (asked.keys[0] for asked in ASKED)
    ]
    text = the_document(*missed)

    lines = text.split("\nMissed:\n")[1].split("\n\n")[0].splitlines()
    assert len(lines) == len(ASKED)
    for line in lines:
        [link] = re.findall(r"\]\((adr/[^)]+)\)", line)
        assert (DOCS / link).is_file()


def test_a_target_within_the_interval_is_not_surely_reached():
    text = the_document(replace(LEFT_OUT, value=0.96), SHIPPED)
    less = replace(LEFT_OUT, better=Better.LESS, value=0.94)

    assert "1 of 1 are reached, 1 of them not surely" in text
    assert "| reached, not surely |" in text
    assert "| reached, not surely |" in the_document(less)
    assert "| reached |" in the_document(replace(less, high=0.945))


def test_what_has_no_target_is_said_with_the_worst_person_and_the_simpler_method():
    bends = replace(
        LEFT_OUT,
        key="umafall.waist_bend_found",
        reach=None,
        subjects={"s1": 0.0, "s2": 0.0, "s3": 1.0, "s4": math.nan},
        beside=(Beside("tilt", 0.25, here=True), Beside("read", 0.5, here=False)),
    )
    text = the_document(bends)

    [row] = [line for line in text.splitlines() if line.startswith("| Bends told, another set")]
    assert [cell.strip() for cell in row.split("|")[2:6]] == [
        "0.930 [0.900, 0.960]",
        "0.000 (2 of 3)",
        "tilt 0.250",
        "200 trials",
    ]


def test_what_is_weak_is_said_with_its_figures_where_all_of_them_are_known():
    driving = replace(LEFT_OUT, key="simulated.commute_sit", value=0.83, subjects={"p3": 0.0})
    upper = replace(LEFT_OUT, key="simulated.shift_upper_back_lifts", value=0.676)
    text = the_document(driving, upper)

    assert "of the time is told as sitting; of the worst person 0.000 (p3)." in text
    assert "are called lifts" not in text
    assert "{" not in text
    low = replace(upper, key="simulated.shift_low_back_lifts", value=0.234)
    assert "0.676 are called lifts at the upper back and 0.234" in the_document(upper, low)


def test_thresholds_chosen_by_an_earlier_path_are_said_to_be():
    choices = {"walking": {"criterion": "c", "code": "old", "values": {}, "without": {}}}
    record = Record({"sisfall": [LEFT_OUT]}, [], code="new")
    [stale, fresh] = [
        render(one, {}, [], choices, []) for one in (record, replace(record, code="old"))
    ]

    assert "Thresholds without the person (walking) were chosen by an earlier state" in stale
    assert "walking: were chosen by an earlier state of the path" in stale
    assert "earlier state" not in fresh
    unknown = render(replace(record, code=""), {}, [], choices, [])
    assert "(walking) may have been chosen by an earlier state" in unknown


def a_likeness(measure: str, low: float, middle: float, high: float) -> Likeness:
    spread = Spread(low, middle, high, 10)
    return Likeness("standing, waist", "a set", measure, Spread(1.0, 2.0, 3.0, 10), spread)


def test_simulated_people_who_differ_too_little_are_listed():
    rows = [a_likeness("rate", 1.8, 2.0, 2.2), a_likeness("lean", 1.0, 2.0, 3.0)]
    text = render(Record({}, rows), {}, [], {}, [])

    assert "2 of 2 measures are alike. None differs in the middle." in text
    assert "1 of 2 measures are too uniform" in text
    assert "- standing, waist: rate 0.20." in text
    assert "count only on recordings: standing, waist." in text


def test_simulated_people_like_real_ones_leave_nothing_to_list():
    text = render(Record({}, [a_likeness("lean", 1.0, 2.0, 3.0)]), {}, [], {}, [])

    assert "0 of 1 measures are too uniform." in text
    assert "count only on recordings" not in text
    assert "What differs in the middle:\n- lean: standing, waist 2.5 of the real." in render(
        Record({}, [a_likeness("lean", 4.0, 5.0, 6.0)]), {}, [], {}, []
    )


def test_every_asked_figure_is_in_the_document_on_top():
    document = the_document(*(replace(LEFT_OUT, key=asked.keys[0]) for asked in ASKED))

    table = document.split("## Where not to trust it")[0]
    assert all(f"| {asked.what} |" in table for asked in ASKED)


def test_details_are_folded():
    text = the_document(LEFT_OUT, SHIPPED)

    assert text.index("<details>") > text.index("## Where not to trust it")
    assert text.count("<details>") == text.count("</details>")


def test_confidence_and_curves_stand_in_tables():
    sure = Reliability("k", "a fall", (Band(0.7, 0.9, 0.8, 0.95, 1.0),), 0.2, "30 trials")
    curve = Curve("sitting", (Point(1, 0.5, 0.6, 0.4), Point(3, 0.9, 0.95, 0.8)))
    text = the_document(LEFT_OUT, reliabilities={"sisfall": [sure]}, curves=[curve])

    assert "| a fall; 30 trials, 0.20 off on average | 0.70 | 0.90 [0.80, 0.95] | 1.00 |" in text
    assert "| people fitted to | 1 | 3 |" in text
    assert "| sitting: of all | 0.500 | 0.900 |" in text
    assert "| sitting: when decided | 0.600 of 0.40 | 0.950 of 0.80 |" in text


def test_what_matters_most_is_said_first_in_figures():
    falls = [
        replace(LEFT_OUT, key="sisfall.fall_sensitivity_left_out", value=0.977),
        replace(LEFT_OUT, key="sisfall.falls_false_per_hour_left_out", unit="per h", value=1.4),
    ]
    text = the_document(LEFT_OUT, SHIPPED, *falls)

    assert (
        "- **Falls**, acted: 0.977 are told; of scripted activity 1.40 per h are told falsely"
        in text
    )
    assert text.index("**Falls**") < text.index("## What was asked")
    assert "**Angles**" not in text


def test_curves_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "learning.json"
    write_curves({"hapt_waist": [Point(2, 0.7, 0.8, 0.5)]}, path)

    [curve] = read_curves(path)
    assert curve.what == "sitting or standing, waist (hapt_waist)"
    assert curve.points == (Point(2, 0.7, 0.8, 0.5),)
    assert read_curves(tmp_path / "none.json") == []


def test_looks_are_judged_by_the_weights_and_left_undecided_out_of_what_was_learnt_from():
    params = replace(evidence.Params(), weights=(1.0,), bias=0.0, within=((-5.0, 5.0),))
    looks = np.array([[-3.0], [1.0], [0.5], [3.0], [9.0]])
    counts = judged(params, looks, np.ones(5), np.array([0, 0, 1, 1, 1]))

    # Sitting: two, one right and sure, the other told wrongly but not surely.
    assert counts[0].tolist() == [2, 1, 1, 1]
    # Standing: three, two right, one of them sure; the last lies beyond.
    assert counts[1].tolist() == [3, 2, 1, 1]
