"""hapt_waist, chest_desk, lowback_gait: what state is told against what the person did."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, split_at
from backwatch.evaluation.baselines import read
from backwatch.evaluation.choosing import chosen, with_values
from backwatch.evaluation.figures import (
    Beside,
    Better,
    Counts,
    Figure,
    Reliability,
    Statistic,
    balanced,
    measure,
    ratio,
    reliability,
)
from backwatch.evaluation.grids import WALKING
from backwatch.evaluation.left_out import fitted_without_each, looking
from backwatch.evaluation.sets import Labelled, by_subject, folder, labelled, stretches
from backwatch.evaluation.told import Told, Worn, one_piece, tell
from monitor.model import Placement
from monitor.profiles import PROFILES, Profile
from monitor.recording import Piece, Recording

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Words = NDArray[np.str_]
Say = Callable[[str], None]

STEP_S = 0.1  # s; states are read off so often
# What an answer counts as. A recline is a way of sitting; "upright", "unknown" decide nothing.
ANSWERS = {"sit": "sit", "recline": "sit", "stand": "stand", "walk": "walk", "lie": "lie"}
UNDECIDED = ""

HAPT = Worn(Placement.WAIST, "+x", "+y")
HAPT_ASIDE = Worn(Placement.WAIST, "+x", "+z")
# The set does not say which axis is forward; sitting down and lying show +y, so that is judged.
# Worn turned by a quarter, as far as the path knows, it is the same phone named by +z.
HAPT_WAYS = (
    ("_left_out", "+y named forward, weights fitted without the person", HAPT),
    ("_z_left_out", "+z named forward, weights fitted without the person", HAPT_ASIDE),
    ("", "+y named forward", HAPT),
)
WINDOW_S = 5.0  # s; the baselines of hapt_waist and chest_desk count such windows
HAPT_TRUTH = {
    "standing": "stand",
    "sitting": "sit",
    "lying": "lie",
    "walking": "walk",
    "walking_upstairs": "walk",
    "walking_downstairs": "walk",
}
HAPT_CALIBRATION_S = 3.0
CHEST = Worn(Placement.CHEST, "+y", "+z")
CHEST_TRUTH = {
    "sitting_at_computer": "sit",
    "standing": "stand",
    "standing_talking": "stand",
    "walking": "walk",
    "walking_talking": "walk",
    "stairs": "walk",
}
CHEST_CALIBRATION_S = 10.0
CHEST_SPLICES = 3  # random orders of the bouts of each person
CHEST_WAYS = (
    ("spliced_left_out", f"bouts in {CHEST_SPLICES} random orders, {{}}"),
    ("recorded_left_out", "recorded order, {}"),
    ("alone_left_out", "each bout on its own, so evidence alone, {}"),
    ("spliced", f"bouts in {CHEST_SPLICES} random orders"),
    ("recorded", "recorded order"),
    ("alone", "each bout on its own, so evidence alone"),
)
WITHOUT = "weights fitted without the person"
GAIT = Worn(Placement.LOW_BACK, "+x", "-z")
# Every file begins with standing. Told so, the path knows; from the axes alone it is known once
# the person walks off.
GAIT_WAYS: tuple[tuple[str, str, tuple[float, float] | None], ...] = (
    ("_left_out", "axes alone, thresholds chosen without the person", None),
    ("", "axes alone", None),
    ("_calibrated", "calibrated by 3 s of standing, left out", (0.0, 3.0)),
)
GAIT_WINDOW_S = 2.0
GAIT_TRUTH = {"standing": "stand", "walking": "walk", "turning": "walk"}


@dataclass(slots=True)
class Tally:
    """Instants of each subject by truth and answer."""

    counts: dict[str, dict[tuple[str, str], int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def add(self, subject: str, truth: Words, answer: Words) -> None:
        """Count pairs; instants whose truth is empty are left out."""
        pairs, numbers = np.unique(
            np.stack([truth[truth != ""], answer[truth != ""]]), axis=1, return_counts=True
        )
        for (true, said), number in zip(pairs.T.tolist(), numbers.tolist(), strict=True):
            self.counts[subject][true, said] += number

    def right(self, classes: Iterable[str], *, decided: bool = False) -> Counts:
        """Instants told rightly and instants, of these true classes."""
        pairs = self.each(classes, decided=decided)
        return {s: (sum(row[0::2]), sum(row[1::2])) for s, row in pairs.items()}

    def each(self, classes: Iterable[str], *, decided: bool = False) -> Counts:
        """The same for each class in turn: right, all, right, all."""
        wanted = list(classes)
        return {
            subject: tuple(
                float(number)
                for name in wanted
                for number in (
                    pairs.get((name, name), 0),
                    sum(
                        n
                        for (true, said), n in pairs.items()
                        if true == name and (said != UNDECIDED or not decided)
                    ),
                )
            )
            for subject, pairs in self.counts.items()
        }

    def decided(self, classes: Iterable[str]) -> Counts:
        """Instants decided and instants, of these true classes."""
        wanted = set(classes)
        return {
            subject: (
                float(
                    sum(n for (t, said), n in pairs.items() if t in wanted and said != UNDECIDED)
                ),
                float(sum(n for (t, _), n in pairs.items() if t in wanted)),
            )
            for subject, pairs in self.counts.items()
        }

    def hours(self) -> float:
        """Time scored."""
        return sum(sum(pairs.values()) for pairs in self.counts.values()) * STEP_S / 3600


@dataclass(slots=True)
class Answers:
    """What was told of each person at instants that count: answers, and how sure of them."""

    by_time: Tally = field(default_factory=Tally)
    windows: Tally = field(default_factory=Tally)
    likelier: Tally = field(default_factory=Tally)
    likelier_windows: Tally = field(default_factory=Tally)
    sure: dict[str, list[tuple[Floats, Bools]]] = field(default_factory=lambda: defaultdict(list))
    weighed: bool = False  # whether undecided answers said which was likelier

    def add(self, person: str, true: Words, said: Told, time_s: Floats, window_s: float) -> None:
        """Count what was told at these instants, and over windows of one label."""
        answer, likelier = _answers(said, time_s), likelier_of_two(said, time_s)
        self.weighed |= bool((likelier != answer).any())
        self.by_time.add(person, true, answer)
        self.windows.add(person, *_windows(true, answer, window_s))
        self.likelier.add(person, true, likelier)
        self.likelier_windows.add(person, *_windows(true, likelier, window_s))
        two = ("sit", "stand")
        asked = np.isin(true, two) & np.isin(answer, two)
        self.sure[person].append(
            (said.confidence_at(time_s)[asked], np.asarray(true[asked] == answer[asked]))
        )

    def reliability(self, key: str, what: str) -> Reliability:
        """Of sitting and standing told, whether they are right as often as they say."""
        answers = {
            person: (np.concatenate([a for a, _ in rows]), np.concatenate([b for _, b in rows]))
            for person, rows in self.sure.items()
        }
        minutes = sum(len(said) for said, _ in answers.values()) * STEP_S / 60
        return reliability(key, what, answers, counted=f"{minutes:.0f} min decided")


def hapt_waist(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Sitting, standing, walking and lying at the waist after 3 s of standing.

    Weights fitted without each person take every person, so a run of few goes without them.
    """
    path = folder(datasets, "hapt_waist")
    fitted = fitted_without_each(datasets, "hapt_waist") if few is None else {}
    found = {suffix: Answers() for suffix, _, _ in HAPT_WAYS}
    seen: list[tuple[str, _Tilts, Words, Floats]] = []
    for person, paths in by_subject(path, few):
        say(f"hapt_waist {person}")
        for one in paths:
            file = labelled(one, label="label")
            truth, neutral_s = _truth(file, HAPT_TRUTH, "standing", HAPT_CALIBRATION_S)
            time_s = _instants(file.recording)
            true = _label_at(file, truth, time_s)
            seen.append((person, _tilts(file.recording, neutral_s), true, time_s))
            for suffix, _, worn in HAPT_WAYS:
                if suffix.endswith("left_out"):
                    if person not in fitted:
                        continue
                    with looking(worn.placement, fitted[person]):
                        said = tell(file.recording, worn, neutral_s)
                else:
                    said = tell(file.recording, worn, neutral_s)
                found[suffix].add(person, true, said, time_s, WINDOW_S)
    tilt_by_time, tilt_windows = _by_tilt(seen)
    out: list[Figure | Reliability] = []
    for suffix, what, _ in HAPT_WAYS:
        if found[suffix].by_time.counts:
            out += _hapt(datasets, suffix, what, found[suffix], tilt_by_time, tilt_windows)
    if found["_left_out"].sure:
        what = "sitting or standing, waist (hapt_waist), " + WITHOUT
        out.append(found["_left_out"].reliability("hapt_waist.sit_vs_stand", what))
    return out


def _splices(file: Labelled, truth: Words, person: str, count: int) -> Iterator["_Splice"]:
    """The bouts of a recording in random orders."""
    runs = stretches(file.labels)
    for number in range(count):
        order = np.random.default_rng([number, *person.encode()]).permutation(len(runs))
        rows = np.concatenate([np.arange(runs[i][1], runs[i][2]) for i in order])
        yield _Splice.of(file, truth, rows)


def _hapt(
    datasets: Path, suffix: str, what: str, found: Answers, tilt: Tally, tilt_windows: Tally
) -> list[Figure]:
    four, two = ("sit", "stand", "walk", "lie"), ("sit", "stand")
    out = []
    for key, words, classes, reach, published in (
        (
            "accuracy",
            "sit, stand, walk, lie",
            four,
            0.99,
            (("rf_calibrated_acc", "random forest, one left out"),),
        ),
        (
            "sit_vs_stand",
            "of sitting and standing",
            two,
            0.97,
            (
                ("sit_vs_stand", "random forest, one left out"),
                ("rf_uncalibrated_sit_vs_stand", "the same, uncalibrated"),
                ("tilt_intensity_uncalibrated_sit_vs_stand", "its tilt and intensity alone"),
            ),
        ),
    ):
        out += [
            measure(
                f"hapt_waist.{key}_windows{suffix}",
                f"{words}: share of 5 s windows of one label told rightly; {what}",
                "share",
                Better.MORE,
                found.windows.right(classes),
                ratio,
                counted=f"{found.by_time.hours() * 60:.0f} min",
                reach=reach if suffix == "_left_out" else None,
                beside=(
                    _here("unsigned tilt", tilt_windows.right(classes)),
                    *read(datasets, "hapt_waist", *published),
                ),
            ),
            measure(
                f"hapt_waist.{key}{suffix}",
                f"{words}: share of time told rightly; {what}",
                "share",
                Better.MORE,
                found.by_time.right(classes),
                ratio,
                counted=f"{found.by_time.hours() * 60:.0f} min",
                beside=(_here("unsigned tilt", tilt.right(classes)),),
            ),
        ]
    out.append(
        measure(
            f"hapt_waist.decided{suffix}",
            f"of sitting and standing: share of time decided; {what}",
            "share",
            Better.MORE,
            found.by_time.decided(two),
            ratio,
            counted=f"{found.by_time.hours() * 60:.0f} min",
        )
    )
    return out


def chest_desk(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Desk work against standing and talking, at the chest, accelerometer alone."""
    path = folder(datasets, "chest_desk")
    fitted = fitted_without_each(datasets, "chest_desk") if few is None else {}
    found = {key: Answers() for key, _ in CHEST_WAYS}
    seen: list[tuple[str, _Tilts, Words, Floats]] = []
    for person, [one] in by_subject(path, few):
        say(f"chest_desk {person}")
        file = labelled(one, label="label")
        truth, neutral_s = _truth(file, CHEST_TRUTH, "standing", CHEST_CALIBRATION_S)
        time_s = _instants(file.recording)
        tilts = _tilts(file.recording, neutral_s)
        seen.append((person, tilts, _label_at(file, truth, time_s), time_s))
        _add_chest(found, "", file, truth, person)
        if person in fitted:
            with looking(CHEST.placement, fitted[person]):
                _add_chest(found, "_left_out", file, truth, person)
    tilt, tilt_windows = _by_tilt(seen)
    out: list[Figure | Reliability] = []
    for key, what in CHEST_WAYS:
        if found[key].by_time.counts:
            how = what.format(WITHOUT)
            out += _chest(datasets, key, how, found[key], tilt, tilt_windows)
    for key in ("recorded_left_out", "recorded"):
        if found[key].by_time.counts:
            out += _chest_walking(datasets, key, found[key])
    if found["spliced_left_out"].sure:
        what = "sitting or standing, chest (chest_desk, random orders), " + WITHOUT
        out.append(found["spliced_left_out"].reliability("chest_desk.sit_vs_stand", what))
    return out


def _add_chest(
    found: Mapping[str, Answers], suffix: str, file: Labelled, truth: Words, person: str
) -> None:
    """Score the recording as it is, its bouts in random orders, and each bout on its own."""
    whole = _Splice.of(file, truth, np.arange(len(truth)))
    _add_splice(found[f"recorded{suffix}"], person, whole)
    for splice in _splices(file, truth, person, CHEST_SPLICES):
        _add_splice(found[f"spliced{suffix}"], person, splice)
    _add_bouts(found[f"alone{suffix}"], file, truth, person)


def _chest(
    datasets: Path, key: str, what: str, found: Answers, tilt: Tally, tilt_windows: Tally
) -> list[Figure]:
    """Figures by windows, and of people left out by time as well."""
    two = ("sit", "stand")
    counted = f"{len(found.by_time.counts)} people, {found.by_time.hours():.1f} h"
    aims = key in ("spliced_left_out", "recorded_left_out")
    forests = read(
        datasets,
        "chest_desk",
        ("sit_vs_stand_balanced", "random forest, one left out"),
        ("calibrated_sit_vs_stand_balanced", "the same, calibrated"),
    )
    out = []
    for end, of, strict, likelier, tilted in (
        ("_windows", "5 s windows", found.windows, found.likelier_windows, tilt_windows),
        ("", "time", found.by_time, found.likelier, tilt),
    ):
        if end == "" and not key.endswith("left_out"):
            continue
        by_tilt = (_here("unsigned tilt", tilted.each(two)),) if "recorded" in key else ()
        reach = aims and end == "_windows"
        published = forests if end == "_windows" else ()
        parts: list[tuple[str, str, Counts, Statistic, float | None, tuple[Beside, ...]]] = [
            (
                f"{key}{end}",
                f"sit against stand, balanced, of all {of}, undecided counted as wrong",
                strict.each(two),
                balanced,
                0.85 if reach and not found.weighed else None,
                (*by_tilt, *published),
            ),
            (
                f"{key}_when_decided{end}",
                f"sit against stand, balanced, of the {of} decided",
                strict.each(two, decided=True),
                balanced,
                0.90 if reach else None,
                (),
            ),
            (
                f"{key}_decided{end}",
                f"sit against stand, share of the {of} decided",
                strict.decided(two),
                ratio,
                0.75 if reach else None,
                (),
            ),
        ]
        if found.weighed:
            parts.insert(
                0,
                (
                    f"{key}_likelier{end}",
                    f"sit against stand, balanced, of all {of}, the likelier where undecided",
                    likelier.each(two),
                    balanced,
                    0.85 if reach else None,
                    (*by_tilt, *published),
                ),
            )
        for name, words, counts, statistic, target, beside in parts:
            out.append(
                measure(
                    f"chest_desk.{name}",
                    f"{words}; {what}",
                    "share",
                    Better.MORE,
                    counts,
                    statistic,
                    counted=counted,
                    reach=target,
                    beside=beside,
                )
            )
    return out


def _chest_walking(datasets: Path, key: str, found: Answers) -> list[Figure]:
    suffix = "_left_out" if key.endswith("left_out") else ""
    how = f"; {WITHOUT}" if suffix else ""
    counted = f"{len(found.by_time.counts)} people"
    return [
        measure(
            f"chest_desk.walk{suffix}",
            f"walking and stairs: share of time told rightly{how}",
            "share",
            Better.MORE,
            found.by_time.right(("walk",)),
            ratio,
            counted=counted,
            beside=(Beside("random forest, one left out, 5 s windows", 0.82, here=False),),
        ),
        measure(
            f"chest_desk.accuracy_windows{suffix}",
            f"sit, stand, walk: share of 5 s windows told rightly, recorded order{how}",
            "share",
            Better.MORE,
            found.likelier_windows.right(("sit", "stand", "walk")),
            ratio,
            counted=counted,
            beside=read(datasets, "chest_desk", ("rf_acc", "random forest, one left out")),
        ),
    ]


def lowback_gait(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Standing and walking at the low back, in trials of half a minute; bends that are none."""
    thresholds = chosen(WALKING)
    found = {suffix: Answers() for suffix, _, _ in GAIT_WAYS}
    still = Answers()
    shaking: list[tuple[str, Floats, Words]] = []
    bends: dict[str, tuple[float, ...]] = {}
    for person, paths in by_subject(folder(datasets, "lowback_gait"), few):
        say(f"lowback_gait {person}")
        count, minutes = 0, 0.0
        for path in paths:
            trial = read_gait(path)
            recording, time_s = trial.file.recording, trial.time_s
            for suffix, _, neutral_s in GAIT_WAYS:
                profile = PROFILES["desk"]
                if suffix == "_left_out":
                    if person not in thresholds:
                        continue
                    profile = with_values(thresholds[person])
                said = tell(recording, GAIT, neutral_s, profile=profile)
                true = trial.true.copy()
                if neutral_s is not None:
                    true[time_s < neutral_s[1]] = ""
                found[suffix].add(person, true, said, time_s, GAIT_WINDOW_S)
                if suffix == "":
                    walks = np.where(_answers(said, time_s) == "walk", "walk", "stand")
                    still.by_time.add(person, true, walks)
                    still.windows.add(person, *_windows(true, walks, GAIT_WINDOW_S))
                    count += len(said.within(0.0, float("inf"), ("bend", "lift")))
                    minutes += float(time_s[-1] - time_s[0]) / 60
            shakes = _tilts(recording, (0.0, 1.0))
            index = np.searchsorted(shakes.time_s, time_s, side="right") - 1
            shaking.append((person, shakes.deviation_mps2[index], trial.true))
        bends[person] = (float(count), minutes)
    shaken = _by_shaking(shaking)
    out: list[Figure | Reliability] = []
    for suffix, what, _ in GAIT_WAYS:
        if found[suffix].by_time.counts:
            out += _gait(datasets, suffix, what, found[suffix], shaken)
    out += _gait(datasets, "_or_not", "walking or not, any other answer being still", still, shaken)
    out.append(
        measure(
            "lowback_gait.false_bends",
            "bends told while standing and walking",
            "per min",
            Better.LESS,
            bends,
            ratio,
            counted=f"{sum(row[1] for row in bends.values()):.0f} min",
            reach=0.05,
            events=True,
        )
    )
    return out


def _by_shaking(seen: list[tuple[str, Floats, Words]]) -> Answers:
    """Walking by the deviation of |a| over 2 s alone, its threshold the best on the others."""
    values = np.concatenate([deviation for _, deviation, _ in seen])
    labels = np.concatenate([true for _, _, true in seen])
    people = np.concatenate([np.full(len(true), person) for person, _, true in seen])
    out = Answers()
    for person, deviation, true in seen:
        asked = (labels != "") & ((people != person) | (len(set(people.tolist())) == 1))
        threshold = split_at(values[asked], labels[asked] == "walk")
        answer = np.where(deviation > threshold, "walk", "stand")
        out.by_time.add(person, true, answer)
        out.windows.add(person, *_windows(true, answer, GAIT_WINDOW_S))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Gait:
    """A trial of lowback_gait: the truth at instants, empty where not scored."""

    file: Labelled
    time_s: Floats
    true: Words


def read_gait(path: Path) -> Gait:
    """With its labels as classes."""
    file = labelled(path, label="label")
    time_s = _instants(file.recording)
    return Gait(file, time_s, _label_at(file, _classes(file.labels, GAIT_TRUTH), time_s))


def gait_windows(trials: Iterable[Gait], profile: Profile) -> tuple[float, ...]:
    """Windows of 2 s told rightly, from the axes alone, and windows."""
    tally = Tally()
    for trial in trials:
        answer = _answers(tell(trial.file.recording, GAIT, profile=profile), trial.time_s)
        tally.add("", *_windows(trial.true, answer, GAIT_WINDOW_S))
    return tally.right(("stand", "walk"))[""]


def _gait(datasets: Path, suffix: str, what: str, found: Answers, shaken: Answers) -> list[Figure]:
    two = ("stand", "walk")
    return [
        measure(
            f"lowback_gait.{key}{suffix}",
            f"stand and walk: share of {of} told rightly; {what}",
            "share",
            Better.MORE,
            tally.right(two),
            ratio,
            counted=f"{found.by_time.hours() * 60:.0f} min",
            reach=0.98 if suffix == "_left_out" and published else None,
            beside=(
                _here("shaking alone, threshold one left out", alternative.right(two)),
                *read(datasets, "lowback_gait", *published),
            ),
        )
        for key, of, tally, alternative, published in (
            (
                "accuracy_windows",
                "2 s windows of one label",
                found.windows,
                shaken.windows,
                (("rf_acc", "random forest, one left out"),),
            ),
            ("accuracy", "time", found.by_time, shaken.by_time, ()),
        )
    ]


def _classes(labels: Words, names: Mapping[str, str]) -> Words:
    return np.array([names.get(label, "") for label in labels], dtype=np.str_)


def _truth(
    file: Labelled, names: Mapping[str, str], calibrate: str, seconds: float
) -> tuple[Words, tuple[float, float]]:
    """Class of each row, empty where not scored, and the stretch that calibrates."""
    [piece] = file.recording.pieces
    truth = _classes(file.labels, names)
    first = int((file.labels == calibrate).argmax())
    start_s = float(piece.time_s[first])
    inside = (piece.time_s >= start_s) & (piece.time_s < start_s + seconds)
    truth[inside] = ""
    return truth, (start_s, start_s + seconds)


def _instants(recording: Recording) -> Floats:
    [piece] = recording.pieces
    return np.arange(float(piece.time_s[0]), float(piece.time_s[-1]), STEP_S)


def _label_at(file: Labelled, truth: Words, time_s: Floats) -> Words:
    [piece] = file.recording.pieces
    return np.asarray(truth[np.searchsorted(piece.time_s, time_s, side="right") - 1])


def _answers(said: Told, time_s: Floats) -> Words:
    names = said.activity_at(time_s)
    return np.array([ANSWERS.get(name, UNDECIDED) for name in names.tolist()], dtype="<U8")


def likelier_of_two(said: Told, time_s: Floats) -> Words:
    """Answers, with the likelier of sitting and standing where the activity is undecided."""
    answer, stand = _answers(said, time_s), said.standing_at(time_s)
    open_ = (answer == UNDECIDED) & ~np.isnan(stand)
    return np.where(open_, np.where(stand > 0.5, "stand", "sit"), answer)


def _windows(truth: Words, answer: Words, length_s: float) -> tuple[Words, Words]:
    """Windows of one true class, half overlapping, and the answer that fills most of each."""
    size = round(length_s / STEP_S)
    true, said = [], []
    for label, start, stop in stretches(truth):
        for first in range(start, stop - size + 1, size // 2):
            names, counts = np.unique(answer[first : first + size], return_counts=True)
            true.append(label)
            said.append(str(names[counts.argmax()]))
    return np.array(true, dtype="<U8"), np.array(said, dtype="<U8")


@dataclass(frozen=True, slots=True, eq=False)
class _Splice:
    """Rows of a recording put together as if recorded so, and the stretch that calibrates."""

    recording: Recording
    truth: Words
    neutral_s: tuple[float, float]

    @staticmethod
    def of(file: Labelled, truth: Words, rows: NDArray[np.int64]) -> "_Splice":
        [piece] = file.recording.pieces
        rate_hz = (len(rows) - 1) / float(piece.time_s[-1] - piece.time_s[0])
        time_s = np.arange(len(rows)) / rate_hz
        start_s = float(time_s[(rows == int((file.labels == "standing").argmax())).argmax()])
        return _Splice(
            one_piece(
                file.recording.path.name, time_s, piece.acc_mps2[rows], piece.gyr_radps[rows]
            ),
            truth[rows],
            (start_s, start_s + CHEST_CALIBRATION_S),
        )


def _add_splice(found: Answers, person: str, splice: _Splice) -> None:
    [piece] = splice.recording.pieces
    at_s = _instants(splice.recording)
    true = splice.truth[np.searchsorted(piece.time_s, at_s, side="right") - 1]
    found.add(person, true, tell(splice.recording, CHEST, splice.neutral_s), at_s, WINDOW_S)


def _add_bouts(found: Answers, file: Labelled, truth: Words, person: str) -> None:
    """Score each bout as a piece of its own: nothing is carried into it."""
    [whole] = file.recording.pieces
    runs = [run for run in stretches(file.labels) if run[2] - run[1] > 10]
    start_row = int((file.labels == "standing").argmax())
    runs.sort(key=lambda run: run[1] != start_row)  # the one that calibrates first
    pieces, true, at_s, offset_s = [], [], [], 0.0
    for label, start, stop in runs:
        time_s = whole.time_s[start:stop] - whole.time_s[start] + offset_s
        pieces.append(
            Piece(label, offset_s, time_s, whole.acc_mps2[start:stop], whole.gyr_radps[start:stop])
        )
        instants = np.arange(offset_s, float(time_s[-1]), STEP_S)
        true.append(truth[start:stop][np.searchsorted(time_s, instants, side="right") - 1])
        at_s.append(instants)
        offset_s = float(time_s[-1]) + 1.0
    recording = Recording(file.recording.path, pieces)
    said = tell(recording, CHEST, (0.0, CHEST_CALIBRATION_S))
    found.add(person, np.concatenate(true), said, np.concatenate(at_s), WINDOW_S)


@dataclass(frozen=True, slots=True, eq=False)
class _Tilts:
    """Trailing 2 s of a recording: tilt from the calibration, and how much it shakes."""

    time_s: Floats
    tilt_deg: Floats
    deviation_mps2: Floats


def _tilts(recording: Recording, neutral_s: tuple[float, float]) -> _Tilts:
    [piece] = recording.pieces
    inside = (piece.time_s >= neutral_s[0]) & (piece.time_s < neutral_s[1])
    up = piece.acc_mps2[inside].mean(axis=0)
    n = round(2.0 / float(np.median(np.diff(piece.time_s))))
    norm = np.linalg.norm(piece.acc_mps2, axis=1)
    mean = np.stack([_trailing(axis, n) for axis in piece.acc_mps2.T], axis=1)
    square = _trailing(norm**2, n) - _trailing(norm, n) ** 2
    return _Tilts(piece.time_s, angle_deg(mean, up), np.sqrt(np.maximum(square, 0)))


def _trailing(values: Floats, n: int) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(values)])
    stop = np.arange(1, len(values) + 1)
    start = np.maximum(stop - n, 0)
    return np.asarray((total[stop] - total[start]) / (stop - start))


def _by_tilt(seen: list[tuple[str, _Tilts, Words, Floats]]) -> tuple[Tally, Tally]:
    """Unsigned tilt alone, its threshold the best on the other people; by time, by window.

    Walking by the deviation of |a| (0.8 m/s^2), lying from 65 deg.
    """
    by_time, windows = Tally(), Tally()
    tilts = []
    for subject, tilt, true, time_s in seen:
        index = np.searchsorted(tilt.time_s, time_s, side="right") - 1
        tilts.append((subject, tilt.tilt_deg[index], tilt.deviation_mps2[index], true))
    for subject, degrees, deviation, true in tilts:
        others = [row for row in tilts if row[0] != subject] or tilts
        value = np.concatenate([row[1] for row in others])
        label = np.concatenate([row[3] for row in others])
        asked = (label == "sit") | (label == "stand")
        threshold = split_at(value[asked], label[asked] == "sit")
        answer = np.where(degrees > threshold, "sit", "stand").astype("<U8")
        answer[degrees > 65] = "lie"
        answer[deviation > 0.8] = "walk"
        by_time.add(subject, true, answer)
        windows.add(subject, *_windows(true, answer, WINDOW_S))
    return by_time, windows


def _here(name: str, counts: Counts) -> Beside:
    sums = np.array(list(counts.values())).sum(axis=0)
    return Beside(name, float(balanced(sums) if len(sums) > 2 else ratio(sums)), here=True)
