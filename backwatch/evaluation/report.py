"""Recorded figures to docs/validation.md."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from backwatch.evaluation.choosing import in_use
from backwatch.evaluation.figures import Better, Figure
from backwatch.evaluation.learning import Curve
from backwatch.evaluation.likeness import UNITS, Likeness, Spread
from backwatch.evaluation.record import Record
from backwatch.evaluation.training import Trained

ABOUT = {
    "wc_trunk": (
        "Direction of up: trunk in a wheelchair",
        "Trunk motion seated in a sports wheelchair against optical motion capture, upper back and "
        "low back; development half, 8 people. No licence is stated, so no weights come from it. "
        "About 1° of the error is markers, skin and alignment.",
    ),
    "broad": (
        "Direction of up: by hand",
        "BROAD (Laidig et al. 2021, CC BY 4.0), development half. Error while the authors say the "
        "sensor moves.",
    ),
    "hapt_waist": (
        "Sitting, standing, walking, lying: waist",
        "HAPT (Reyes-Ortiz et al. 2016, CC BY 4.0), accelerometer only, development half. "
        "Calibrated with the first 3 s labelled standing, which are then left out, as are "
        "transitions and what is not labelled. Stairs are walking.",
    ),
    "chest_desk": (
        "Sitting and standing: desk work at the chest",
        "Casale et al. 2012 (CC BY 4.0), one uncalibrated accelerometer, development half. "
        "Calibrated with the first 10 s labelled standing. In the recorded order everybody sits "
        "once, first, so 'sitting until the first walk' is nearly right there: the orders drawn at "
        "random and each bout on its own are the honest figures.",
    ),
    "lowback_gait": (
        "Standing and walking: low back",
        "Voisard et al. 2023, trials of half a minute: stand, walk, turn, walk, stand; "
        "development half. Turning counts as walking. From the axes alone the standing at the "
        "beginning is named backwards, once the person walks off without leaning ahead; "
        "calibrated by it, the path knows at once.",
    ),
    "sisfall": (
        "Bends and falls: waist",
        "SisFall (Sucerquia et al. 2017), development half: D15 squats, D16 stoops, D07 to D10 "
        "sitting down and rising, D01 to D06 walking, jogging and stairs, F01 to F15 falls. No "
        "licence is stated, so no weights come from it; some thresholds do. Labels are per trial; "
        "nothing is lifted.",
    ),
    "umafall": (
        "Falls and bends: another set, not wholly unseen",
        "UMAFall (Casilari et al. 2017), 20 Hz, waist and chest, development half. The rule for "
        "falls began from figures that had seen this set beside sisfall (`monitor/states/"
        "impacts.py`); where it says so its thresholds come from sisfall alone, its form does not. "
        "Bends were set without it.",
    ),
    "simulated": (
        "Simulated days and confusers",
        "Six simulated people, drawn at random, with the errors of a cheap sensor. They are ours: "
        "a good figure here shows only that nothing is grossly wrong. Calibrated with 6 s of "
        "standing, as in the other sets; slouching is measured from there, not from sitting tall.",
    ),
    "wearing": (
        "Simulated wearers: calibration, new zero, slip, not worn",
        "Ten simulated people with the sensor on the upper back. A slip is a turn of the "
        "sensor under the strap. 'Refused' means that the guide did not end with "
        "a calibration.",
    ),
}

# Sentences with figures, by the marks that `_filled` knows; left out where one is not known.
Sentence = tuple[str, tuple[str, ...]]
_TILT = "|tilt of 12 to 35°"
_PEAK = "|peak acceleration, threshold one left out"
WEAK: tuple[Sentence, ...] = (
    (
        "**Bends on another set.** Of the bends in umafall {0} of {1} are told at the waist and "
        "{2} of {3} at the chest, where sisfall has {4} at the waist. Worst of its people: {5} "
        "and {6}.",
        (
            "umafall.waist_bend_found",
            "umafall.waist_bend_found#over",
            "umafall.chest_bend_found",
            "umafall.chest_bend_found#over",
            "sisfall.bend_found_left_out",
            "umafall.waist_bend_found#worst",
            "umafall.chest_bend_found#worst",
        ),
    ),
    (
        "**Falls at the chest.** In umafall {0} of {1} are told there, of the worst person {2}, "
        "and {3} are told falsely in scripted activity, of the worst person {4}. A threshold on "
        "the peak alone tells {5}; of trials without a fall it leaves {6} alone, ours {7}.",
        (
            "umafall.chest_fall_sensitivity_left_out",
            "umafall.chest_fall_sensitivity_left_out#over",
            "umafall.chest_fall_sensitivity_left_out#worst",
            "umafall.chest_falls_false_per_hour_left_out",
            "umafall.chest_falls_false_per_hour_left_out#worst",
            f"umafall.chest_fall_sensitivity_left_out{_PEAK}",
            f"umafall.chest_fall_specificity_left_out{_PEAK}",
            "umafall.chest_fall_specificity_left_out",
        ),
    ),
    (
        "**Counts of lifts.** Of the simulated lifts that are found as bends, {0} are called lifts "
        "at the upper back and {1} at the low back; the others are counted as plain bends. So a "
        "count of lifts is low, at the low back by far.",
        ("simulated.shift_upper_back_lifts", "simulated.shift_low_back_lifts"),
    ),
    (
        "**Squats.** Of the simulated squats of a shift {0} are found at the upper back and {1} of "
        "these told to be squats; at the low back {2} and {3}. A figure over stoops and squats "
        "together hides this.",
        (
            "simulated.shift_upper_back_squat_found",
            "simulated.shift_upper_back_squat_technique",
            "simulated.shift_low_back_squat_found",
            "simulated.shift_low_back_squat_technique",
        ),
    ),
    (
        "**Slouch or lean.** Of the time told as slouched {0} is, of a tilt of 12 to 35° alone "
        "{1}; of the time slouched {2} is told, by the tilt {3}. Leaning on the desk with a "
        "straight back passes for a slouch or a bend in {4}. Alerts of a slouch that is none come "
        "to {5}, once the sensor has slipped by 14° to {6}. All simulated.",
        (
            "simulated.slouch_precision",
            f"simulated.slouch_precision{_TILT}",
            "simulated.slouch_recall",
            f"simulated.slouch_recall{_TILT}",
            "simulated.confuser_desk_lean",
            "simulated.slouch_alerts",
            "simulated.slip_alerts",
        ),
    ),
    (
        "**Driving.** Of simulated driving {0} of the time is told as sitting; of the worst person "
        "{1}.",
        ("simulated.commute_sit", "simulated.commute_sit#worst"),
    ),
)

NOT_VALIDATED = (
    "**Slouching.** There are no independent recordings of people slouching with a known truth, "
    "so the slouch figures below are simulated and nothing else. One set of 2 s clips exists "
    "without people named and without a licence; it is used for smoke tests only.",
    "**Sitting and standing at the upper back.** No set has labels there. What is known comes from "
    "the waist and the chest, and does not carry over.",
    "**Loads.** Nothing is lifted in any of these sets. A 'lift' is a bend that looks like one; "
    "the technique index is a definition of ours, not a measured quantity.",
    "**Stoop and squat anywhere but at the waist.** At the upper back they are simulated.",
    "**Working days.** Every real recording is scripted and short, 10 s to an hour. Nobody wore a "
    "sensor through a day of work with a truth beside it. False alarms an hour of scripted "
    "movements say little about an hour of life.",
    "**The people.** Mostly young, healthy adults; the elderly of SisFall fell in no trial here. "
    "Falls are acted, onto mats.",
    "**The sensor.** None of the recordings is of a Backwatch sensor. Reclining, driving, a sensor "
    "that slips, and lost radio are simulated only.",
    "**Two sensors.** Trunk flexion and side bend are held against optics in people seated in a "
    "wheelchair, not standing, lifting or with anything in their hands. Twisting is not validated: "
    "there the gyroscopes and the markers of one and the same place disagree by 5 to 28 deg/s. The "
    "four motion factors without load are a definition; no outcome stands behind them here.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of the tables on top.

    Attributes:
        what: short, for people.
        keys: of the figure that answers; of several, the first that there is.
        why: said where it is missed: what was tried, and where that is told.
    """

    what: str
    keys: tuple[str, ...]
    why: str = ""


_ADR_6 = "[ADR 6](adr/0006-observer-of-gravity-and-velocity.md)"
_ADR_10 = "[ADR 10](adr/0010-bends-lie-between-rests.md)"
_ADR_13 = "[ADR 13](adr/0013-a-bout-is-seen-once.md)"
# Of a row that says nothing of its own: where it stands what was tried.
TRIED = {
    "wc_trunk": _ADR_6,
    "hapt_waist": _ADR_13,
    "chest_desk": _ADR_13,
    "lowback_gait": _ADR_13,
    "sisfall": _ADR_10,
    "umafall": _ADR_10,
}
_CHEST_WHY = (
    "Posture is partly confounded there with what people did: computer work against talking. "
    f"Many combinations of features were tried ({_ADR_13})."
)
ASKED = (
    Asked("Direction of up, trunk: error over plain VQF's", ("wc_trunk.rmse_over_vqf_left_out",)),
    Asked("the same, upper back alone", ("wc_trunk.rmse_back_over_vqf_left_out",)),
    Asked(
        "Direction of up, by hand; plain VQF's is the target",
        ("broad.rmse_left_out",),
        "Other filters, other time constants and the same observer at every sample were tried "
        f"({_ADR_6}).",
    ),
    Asked(
        "Sit, stand, walk, lie; waist",
        ("hapt_waist.accuracy_windows_left_out",),
    ),
    Asked(
        "Sit against stand; waist",
        ("hapt_waist.sit_vs_stand_windows_left_out",),
    ),
    *(
        Asked(f"{what}; chest, {order}", keys, _CHEST_WHY)
        for order, key in (
            ("bouts in random order", "chest_desk.spliced_left_out"),
            ("recorded order", "chest_desk.recorded_left_out"),
        )
        for what, keys in (
            (
                "Sit against stand, of all windows",
                (f"{key}_likelier_windows", f"{key}_windows"),
            ),
            ("the same, of windows decided", (f"{key}_when_decided_windows",)),
            ("share of windows decided", (f"{key}_decided_windows",)),
        )
    ),
    Asked("Stand and walk; low back", ("lowback_gait.accuracy_windows_left_out",)),
    Asked(
        "Squats and stoops found",
        ("sisfall.bend_found_left_out",),
        "Rests of other lengths, and other limits on shaking and turning, were tried; among those "
        "missed are stoops of one person by 10 to 17° "
        f"({_ADR_10}).",
    ),
    Asked("Stoop or squat, of those found", ("sisfall.technique_left_out",)),
    Asked("Sitting down called a bend", ("sisfall.sitting_called_bend_left_out",)),
    Asked("False bends on foot, waist", ("sisfall.false_bends_left_out",)),
    Asked("False bends on foot, low back", ("lowback_gait.false_bends",)),
    Asked(
        "Falls told",
        ("sisfall.fall_sensitivity_left_out",),
        "A softer peak where the trunk turned fast, and the angle between still gravity and the "
        "filter's up, were tried and are in use "
        f"({_ADR_10}).",
    ),
    Asked("No fall told without one", ("sisfall.fall_specificity_left_out",)),
    Asked("Falls told falsely", ("sisfall.falls_false_per_hour_left_out",)),
    Asked("Falls told, another set*", ("umafall.waist_fall_sensitivity_left_out",)),
    Asked("No fall told without one, another set*", ("umafall.waist_fall_specificity_left_out",)),
)
# Figures that matter and that no target was set for.
UNASKED = (
    Asked("Bends told, another set; waist", ("umafall.waist_bend_found",)),
    Asked("Bends told, another set; chest", ("umafall.chest_bend_found",)),
    Asked("Falls told, another set*; chest", ("umafall.chest_fall_sensitivity_left_out",)),
    Asked("No fall told without one, the same", ("umafall.chest_fall_specificity_left_out",)),
    Asked("Falls told falsely, the same", ("umafall.chest_falls_false_per_hour_left_out",)),
    Asked(
        "Falls told falsely, another set*; waist",
        ("umafall.waist_falls_false_per_hour_left_out",),
    ),
    *(
        Asked(f"{what}; {name}, simulated", (f"simulated.shift_{place}_{key}",))
        for place, name in (("upper_back", "upper back"), ("low_back", "low back"))
        for what, key in (
            ("Lifts told as lifts, of those over 30° found", "lifts"),
            ("Squats found", "squat_found"),
            ("Told to be squats, of squats found", "squat_technique"),
        )
    ),
    Asked("Slouching: of the time told, true; simulated", ("simulated.slouch_precision",)),
    Asked("Slouching: of the true time, told; simulated", ("simulated.slouch_recall",)),
    Asked(
        "Straight lean on the desk taken for a slouch or bend; simulated",
        ("simulated.confuser_desk_lean",),
    ),
    Asked("Slouch alerts without a slouch; simulated", ("simulated.slouch_alerts",)),
    Asked("the same after a slip of 14°; simulated", ("simulated.slip_alerts",)),
    Asked("Driving told as sitting, of the time; simulated", ("simulated.commute_sit",)),
)


def render(
    record: Record,
    floors: dict[str, float],
    trained: list[Trained],
    choices: Mapping[str, Mapping[str, Any]],
    curves: list[Curve],
) -> str:
    """The whole document."""
    lines = [
        "<!-- Generated by `backwatch evaluate --write docs/validation.md`; do not edit. -->",
        "# How far it can be trusted",
        "",
        "Every figure comes from what `backwatch analyze` says of recordings of real people, or of "
        "simulated ones where it says so: same path, default profile, axes named as each set "
        "documents them.",
        "",
        *_in_short(record),
        "## What was asked, and what is reached",
        *_asked(record, _before(record, choices)),
        *_unasked(record),
        "",
        "## Where not to trust it",
        *_filled(record, WEAK),
        *(f"- {line}" for line in NOT_VALIDATED),
        "",
        "## How sure it says it is",
        *_reliabilities(record),
        "",
        "## Would more people help",
        *_curves(curves),
        "",
        "## What was fitted or chosen on whom",
        *_training(trained),
        "",
        *_choices(choices, _before(record, choices), _were(record)),
        "",
        "## Data set by data set",
        "Intervals are 95 %, from drawing people with replacement; for trials and events at least "
        "the exact interval of Poisson or of Clopper and Pearson.",
        "*In italics*: simpler methods run in the same call on the same data. In plain type beside "
        "them: figures read elsewhere.",
        "A figure worse than its floor fails the build.",
    ]
    for name, (title, about) in ABOUT.items():
        figures = record.figures.get(name)
        if figures:
            lines += ["", f"<details><summary>{title}</summary>", "", about, ""]
            lines += [*_table(figures, floors), "", *_people(_apart(figures)), "", "</details>"]
    if record.likenesses:
        lines += ["", "## The simulator against reality", *_likeness(record.likenesses)]
    return "\n".join(lines) + "\n"


# On top, what is weakest first.
IN_SHORT: tuple[Sentence, ...] = (
    (
        "**Slouching** rests on simulated people alone: {0} of the time told is true, of a simple "
        "tilt {1}, and a straight lean on the desk passes for it in {2}.",
        (
            "simulated.slouch_precision",
            f"simulated.slouch_precision{_TILT}",
            "simulated.confuser_desk_lean",
        ),
    ),
    (
        "**Lifts**: of simulated ones found, {0} are called lifts at the upper back and {1} at the "
        "low back, so their number is low.",
        ("simulated.shift_upper_back_lifts", "simulated.shift_low_back_lifts"),
    ),
    (
        "**Squats**, simulated: {0} are found at the upper back, of the worst person {1}, and {2} "
        "of those found are told to be squats.",
        (
            "simulated.shift_upper_back_squat_found",
            "simulated.shift_upper_back_squat_found#worst",
            "simulated.shift_upper_back_squat_technique",
        ),
    ),
    (
        "**Another set than the rules were made on**: {0} of its bends are told at the waist and "
        "{1} at the chest, and at the chest {2} of its falls.",
        (
            "umafall.waist_bend_found",
            "umafall.chest_bend_found",
            "umafall.chest_fall_sensitivity_left_out",
        ),
    ),
    (
        "**Angles** of a moving trunk are off by {0}, {1} of the error of plain VQF.",
        ("wc_trunk.rmse_left_out", "wc_trunk.rmse_over_vqf_left_out"),
    ),
    (
        "**Sitting and standing** are told rightly in {0} of the windows at the waist, after three "
        "seconds of standing, and in {1} of those decided at the chest, which are {2}. On the "
        "upper back nobody has checked.",
        (
            "hapt_waist.sit_vs_stand_windows_left_out",
            "chest_desk.spliced_left_out_when_decided_windows",
            "chest_desk.spliced_left_out_decided_windows",
        ),
    ),
    (
        "**Bends**: {0} of squats and stoops are found at the waist, which of the two is right in "
        "{1} of them, and {2} of sittings down pass for a bend.",
        (
            "sisfall.bend_found_left_out",
            "sisfall.technique_left_out",
            "sisfall.sitting_called_bend_left_out",
        ),
    ),
    (
        "**Falls**, acted: {0} are told; of scripted activity {1} are told falsely. A prompt, no "
        "alarm.",
        ("sisfall.fall_sensitivity_left_out", "sisfall.falls_false_per_hour_left_out"),
    ),
)


def _were(record: Record) -> str:
    """Sure only where it was noted which state of the path the figures are of."""
    return "were" if record.code else "may have been"


def _in_short(record: Record) -> list[str]:
    lines = _filled(record, IN_SHORT)
    return [*lines, ""] if lines else []


def _filled(record: Record, sentences: Iterable[Sentence]) -> list[str]:
    """Sentences with their figures, those of which every figure is known.

    "KEY" is a figure's value, "KEY#worst" that of the worst person, "KEY#over" what it rests on,
    "KEY|NAME" what that other method reaches.
    """
    known = _known(record)
    lines = []
    for sentence, marks in sentences:
        values = [_value(known, mark) for mark in marks]
        if None not in values:
            lines.append("- " + sentence.format(*values))
    return lines


def _value(known: Mapping[str, Figure], mark: str) -> str | None:
    key, _, other = mark.partition("|")
    key, _, aspect = key.partition("#")
    figure = known.get(key)
    if figure is None:
        return None
    if aspect == "over":
        return figure.counted
    if aspect == "worst":
        return _worst_person(figure) or None
    found = figure.value
    if other:
        there = [beside.value for beside in figure.beside if beside.name == other]
        if not there:
            return None
        found = there[0]
    return f"{_number(found, figure.unit)}{_suffix(figure.unit)}"


def _known(record: Record) -> dict[str, Figure]:
    return {figure.key: figure for figures in record.figures.values() for figure in figures}


def _worst_person(figure: Figure) -> str:
    """The worst value of one alone, and whose it is; empty where nobody has any."""
    alone = {name: value for name, value in figure.subjects.items() if math.isfinite(value)}
    if not alone:
        return ""
    worst = (max if figure.better is Better.LESS else min)(alone.values())
    names = [name for name, value in alone.items() if value == worst]
    whose = f"{len(names)} of {len(alone)}"
    if len(names) in (1, len(alone)):
        whose = names[0] if len(names) == 1 else "all"
    return f"{_number(worst, figure.unit)} ({whose})"


def _before(record: Record, choices: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Grids chosen from by another state of the path than the figures were taken with."""
    return [name for name, one in choices.items() if one["code"] != record.code]


def _asked(record: Record, before: list[str]) -> list[str]:
    """One line for each asked figure: of people not seen, the worst of them, the target, of all."""
    known = _known(record)
    lines = [
        "*People not seen*: weights fitted, or thresholds chosen, without the person who is "
        "scored; for the hand on wc_trunk alone. That is the figure that counts.",
        "\\* Not wholly unseen: the thresholds come from sisfall alone, but the rule for falls "
        "began from figures that had seen umafall too.",
        *(
            [
                f"Thresholds without the person ({', '.join(before)}) {_were(record)} chosen by an "
                "earlier state of the path than these figures are of."
            ]
            if before
            else []
        ),
        "Features, memory and ridge of the weights were chosen with everybody in sight; "
        "`python tools/train_activity.py --recordings DIR --choose` says what choosing them "
        "without the person comes to.",
        "*Worst person*: the worst value of one alone, of the hand that of one trial.",
        "*As shipped*: weights and thresholds in use, which have seen these people.",
        "Where the published baselines count windows of one label, so do we, and that alone is "
        "held against the target; the same by time stands below.",
        "",
        "| | people not seen | asked | | worst person | as shipped | over |",
        "|---|---|---|---|---|---|---|",
    ]
    missed: list[str] = []
    reached = unsure = rows = 0
    for asked in ASKED:
        figure = next((known[key] for key in asked.keys if key in known), None)
        if figure is None or figure.reach is None:
            continue
        shipped = known.get(figure.key.replace("_left_out", ""))
        sign = "≤" if figure.better.value == "less" else "≥"
        rows += 1
        reached += bool(figure.reached)
        lines.append(
            f"| {asked.what} | {_shown(figure)} | {sign} {_number(figure.reach, figure.unit)} "
            f"| {_verdict(figure)} | {_worst_person(figure)} "
            f"| {'' if shipped in (None, figure) else _number(shipped.value, figure.unit)} "
            f"| {figure.counted} |"
        )
        if not figure.reached:
            as_shipped = shipped not in (None, figure) and replace(shipped, reach=figure.reach)
            kept = " As shipped it is reached." if as_shipped and as_shipped.reached else ""
            missed.append(f"- {asked.what}: {_worst(figure)}{kept} {_tried(asked, figure)}")
        unsure += bool(figure.reached) and _straddles(figure)
    lines += [
        "",
        f"{reached} of {rows} are reached"
        + (
            f", {unsure} of them not surely: their interval also holds figures beyond the target."
            if unsure
            else "."
        ),
        *(["", "Missed:", *missed] if missed else []),
    ]
    return lines


def _tried(asked: Asked, figure: Figure) -> str:
    return asked.why or f"What was tried: {TRIED[figure.key.split('.')[0]]}."


def _verdict(figure: Figure) -> str:
    if not figure.reached:
        return "**missed**"
    return "reached, not surely" if _straddles(figure) else "reached"


def _straddles(figure: Figure) -> bool:
    """Whether the interval reaches beyond the target of a figure that is reached."""
    assert figure.reach is not None
    if figure.better is Better.LESS:
        return figure.high > figure.reach
    return figure.low < figure.reach


def _unasked(record: Record) -> list[str]:
    """What no target was set for, with what a simpler method reaches on the same data."""
    known = _known(record)
    found = [(one.what, known[key]) for one in UNASKED for key in one.keys if key in known]
    if not found:
        return []
    lines = [
        "",
        "No target was set for these:",
        "",
        "| | measured | worst person | simpler, same data | over |",
        "|---|---|---|---|---|",
    ]
    for what, figure in found:
        simpler = "; ".join(
            f"{other.name} {_number(other.value, figure.unit)}"
            for other in figure.beside
            if other.here
        )
        lines.append(
            f"| {what} | {_shown(figure)} | {_worst_person(figure)} | {simpler} "
            f"| {figure.counted} |"
        )
    return lines


def _worst(figure: Figure) -> str:
    """How many people are beyond the target, and the furthest of them."""
    assert figure.reach is not None
    sign = 1 if figure.better is Better.LESS else -1
    beyond = sorted(
        ((sign * (value - figure.reach), name) for name, value in figure.subjects.items()),
        reverse=True,
    )
    beyond = [one for one in beyond if one[0] > 0]
    named = ", ".join(
        f"{name} {_number(figure.subjects[name], figure.unit)}" for _, name in beyond[:3]
    )
    return f"{len(beyond)} of {len(figure.subjects)} are beyond the target alone, first {named}."


def _reliabilities(record: Record) -> list[str]:
    rows = [one for group in record.reliabilities.values() for one in group]
    if not rows:
        return ["Not measured."]
    lines = [
        "Answers put together by how sure they say they are, and the share of them that is right.",
        "",
        "| | said | right | share of answers |",
        "|---|---|---|---|",
    ]
    for one in rows:
        for index, band in enumerate(one.bands):
            title = f"{one.what}; {one.counted}, {one.off:.2f} off on average"
            interval = "" if math.isnan(band.low) else f" [{band.low:.2f}, {band.high:.2f}]"
            lines.append(
                f"| {title if index == 0 else ''} | {band.said:.2f} "
                f"| {band.right:.2f}{interval} | {band.share:.2f} |"
            )
    return lines


def _curves(curves: list[Curve]) -> list[str]:
    if not curves:
        return ["Not measured."]
    numbers = sorted({point.people for curve in curves for point in curve.points})
    lines = [
        "What the weights reach on a person left out, fitted to so many of the others, each look "
        "at a bout for itself, without the filter: the likelier of the two right, balanced; and "
        "of those sure enough to be told, with their share.",
        "By `backwatch evaluate --learn`.",
        "",
        "| people fitted to | " + " | ".join(str(number) for number in numbers) + " |",
        "|---" * (len(numbers) + 1) + "|",
    ]
    for curve in curves:
        found = {point.people: point for point in curve.points}
        of_all = [f"{found[n].of_all:.3f}" if n in found else "" for n in numbers]
        decided = [
            f"{found[n].when_decided:.3f} of {found[n].decided:.2f}" if n in found else ""
            for n in numbers
        ]
        lines += [
            f"| {curve.what}: of all | " + " | ".join(of_all) + " |",
            f"| {curve.what}: when decided | " + " | ".join(decided) + " |",
        ]
    return lines


def _training(trained: list[Trained]) -> list[str]:
    if not trained:
        return ["No part is trained; thresholds cite their sources beside the code."]
    lines = [
        "Weights are fitted to these people. For 'weights fitted without the person' the training "
        "command is run once for everybody left out, and the path with what it gives.",
        "",
    ]
    return [*lines, *(f"- `{one.where}`: {one.what}" for one in trained)]


def _choices(choices: Mapping[str, Mapping[str, Any]], before: list[str], was: str) -> list[str]:
    lines = [
        "Everything else is thresholds, each with its source beside it; many of those in use were "
        "chosen looking at these very people of wc_trunk, broad, hapt_waist, chest_desk and "
        "sisfall.",
        "For 'thresholds chosen without the person' those below are chosen anew for everybody left "
        "out, or for every fifth of the people, from the middle of a fixed grid, one after another "
        "and twice over, by a stated criterion on the others: not the best value, but the middle "
        "of those about it that are no more than half a standard error worse, since the best is "
        "another for every few people.",
        "What is left of hindsight is the rules themselves, the thresholds that are not in a grid, "
        "and the constants beside the weights.",
        *(
            [
                f"{', '.join(before)}: {was} chosen by an earlier state of the path than the "
                "figures are of; `backwatch evaluate --leave-out` chooses anew."
            ]
            if before
            else []
        ),
        "",
    ]
    for name, one in choices.items():
        lines += [
            f"<details><summary>{name}: {one['criterion']}</summary>",
            "",
            "| threshold | tried | chosen | in use |",
            "|---|---|---|---|",
        ]
        for path, tried in one["values"].items():
            picked = sorted({values[path] for values in one["without"].values()})
            lines.append(
                f"| `{path}` | {_listed(tried)} | {_listed(picked)} "
                f"| {'' if (now := in_use(path)) is None else f'{now:.4g}'} |"
            )
        lines += ["", "</details>", ""]
    return lines[:-1]


def _listed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _table(figures: list[Figure], floors: dict[str, float]) -> list[str]:
    lines = ["| figure | measured | floor | beside it | over |", "|---|---|---|---|---|"]
    notes = []
    for figure in figures:
        floor = floors.get(figure.key)
        beside = "; ".join(
            f"*{other.name} {_number(other.value, figure.unit)}*"
            if other.here
            else f"{other.name} {_number(other.value, figure.unit)}"
            for other in figure.beside
        )
        lines.append(
            f"| {figure.what} | {_shown(figure)} "
            f"| {'' if floor is None else _number(floor, figure.unit)} | {beside} "
            f"| {figure.counted} |"
        )
        if figure.reason:
            notes.append(f"- {figure.what}: {figure.reason}")
    return [*lines, *([""] if notes else []), *notes]


def _apart(figures: list[Figure]) -> list[Figure]:
    """Without those of which there is one of people not seen."""
    twins = {figure.key.replace("_left_out", "") for figure in figures if "_left_out" in figure.key}
    return [figure for figure in figures if figure.key not in twins]


def _people(figures: list[Figure]) -> list[str]:
    """Subject by subject, one column a figure."""
    names = list(dict.fromkeys(name for figure in figures for name in figure.subjects))
    lines = ["<details><summary>Person by person</summary>", ""]
    for start in range(0, len(figures), 8):
        some = figures[start : start + 8]
        lines += [
            "| | "
            + " | ".join(figure.key.split(".")[1].replace("_", " ") for figure in some)
            + " |",
            "|---" * (len(some) + 1) + "|",
        ]
        for name in names:
            values = [
                _number(figure.subjects[name], figure.unit) if name in figure.subjects else ""
                for figure in some
            ]
            lines.append(f"| {name} | " + " | ".join(values) + " |")
        lines.append("")
    return [*lines, "</details>"]


def _likeness(rows: list[Likeness]) -> list[str]:
    differ = [row for row in rows if not row.alike]
    uniform = [row for row in rows if row.too_uniform]
    lines = [
        "The same measures taken in the same way from real and from simulated signals, median "
        "(10-90 %). 'Alike' means no more than that the middle of the simulated lies within the "
        "middle 80 % of the real; in bold where it does not. 'Too uniform' means that the middle "
        "80 % of the simulated is less than half as wide as that of the real; marked †. In sitting "
        "down and rising the pause on the seat, 2.5 s, is ours.",
        "",
        "<details><summary>Measure by measure</summary>",
        "",
        "| | | unit | real | simulated |",
        "|---|---|---|---|---|",
    ]
    for (movement, source), group in groupby(rows, key=lambda row: (row.movement, row.source)):
        for index, row in enumerate(group):
            title = f"{movement} ({source}, {row.real.count})" if index == 0 else ""
            simulated = _spread(row.simulated)
            lines.append(
                f"| {title} | {row.measure} | {UNITS[row.measure]} | {_spread(row.real)} "
                f"| {simulated if row.alike else f'**{simulated}**'}"
                f"{' †' if row.too_uniform else ''} |"
            )
    lines += ["", "</details>", ""]
    lines += [
        f"{len(rows) - len(differ)} of {len(rows)} measures are alike. "
        + ("What differs in the middle:" if differ else "None differs in the middle.")
    ]
    for measure, group in groupby(
        sorted(differ, key=lambda row: list(UNITS).index(row.measure)), key=lambda row: row.measure
    ):
        each = "; ".join(f"{row.movement} {_of(row)}" for row in group)
        lines.append(f"- {measure}: {each}.")
    lines += [
        "",
        f"{len(uniform)} of {len(rows)} measures are too uniform"
        + (", with the width of the simulated over that of the real:" if uniform else "."),
    ]
    for movement, group in groupby(uniform, key=lambda row: row.movement):
        each = "; ".join(f"{row.measure} {row.width:.2f}" for row in group)
        lines.append(f"- {movement}: {each}.")
    lines += [
        "",
        "What that means: amplitudes and frequencies of the simulator were fitted to these same "
        "sets ([how](simulator.md)), so that the middles are alike is no test of it.",
        "The upper back and the chest are compared with nothing.",
    ]
    if uniform or differ:
        weak = list(dict.fromkeys(row.movement for row in rows if row in uniform or row in differ))
        lines.append(
            "Figures of simulated people that rest on how these vary, or on what differs, are "
            f"likely too good and count only on recordings: {'; '.join(weak)}."
        )
    return lines


def _of(row: Likeness) -> str:
    if row.real.middle == 0:
        return "more than none"
    return f"{row.simulated.middle / row.real.middle:.2g} of the real"


def _spread(spread: Spread) -> str:
    def shown(value: float) -> str:
        return f"{value:.0f}" if abs(value) >= 20 else f"{value:.3g}"

    return f"{shown(spread.middle)} ({shown(spread.low)}-{shown(spread.high)})"


def _shown(figure: Figure) -> str:
    value = _number(figure.value, figure.unit)
    if math.isnan(figure.low):
        return f"{value}{_suffix(figure.unit)}"
    low, high = _number(figure.low, figure.unit), _number(figure.high, figure.unit)
    return f"{value}{_suffix(figure.unit)} [{low}, {high}]"


def _suffix(unit: str) -> str:
    return {"share": "", "ratio": "", "deg": "°"}.get(unit, f" {unit}")


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "-"
    if unit in ("share", "ratio"):
        return f"{value:.3f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def is_stale(document: Path, text: str) -> bool:
    """Whether the document on disk is not this text."""
    return not document.exists() or document.read_text(encoding="utf-8") != text
