"""hapt_waist, chest_desk, lowback_gait: what state is told against what the person did."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, split_at
from backwatch.evaluation.figures import Beside, Better, Counts, Figure, balanced, measure, ratio
from backwatch.evaluation.left_out import fitted_without_each, looking
from backwatch.evaluation.sets import Labelled, by_subject, folder, labelled, stretches
from backwatch.evaluation.told import Told, Worn, one_piece, tell
from monitor.model import Placement
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
    ("", "+y named forward", HAPT),
    ("_left_out", "+y named forward, weights fitted without the person", HAPT),
    ("_z", "+z named forward", HAPT_ASIDE),
    ("_z_left_out", "+z named forward, weights fitted without the person", HAPT_ASIDE),
)
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
    ("recorded", "recorded order", True),
    ("recorded_left_out", "recorded order, weights fitted without the person", True),
    ("spliced", f"bouts in {CHEST_SPLICES} random orders", True),
    (
        "spliced_left_out",
        f"bouts in {CHEST_SPLICES} random orders, weights fitted without the person",
        True,
    ),
    ("alone", "each bout on its own, so evidence alone", False),
    ("alone_left_out", "each bout on its own, weights fitted without the person", False),
)
GAIT = Worn(Placement.LOW_BACK, "+x", "-z")
# Every file begins with standing. Told so, the path knows; from the axes alone it is known once
# the person walks off.
GAIT_WAYS: tuple[tuple[str, str, tuple[float, float] | None], ...] = (
    ("", "axes alone", None),
    ("_calibrated", "calibrated by 3 s of standing, left out", (0.0, 3.0)),
)
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

    def with_decided(self, classes: Iterable[str]) -> Counts:
        """For each class in turn: right, all, decided."""
        wanted = list(classes)
        whole, some = self.each(wanted), self.each(wanted, decided=True)
        return {
            name: tuple(
                count
                for k in range(len(wanted))
                for count in (row[2 * k], row[2 * k + 1], some[name][2 * k + 1])
            )
            for name, row in whole.items()
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


def hapt_waist(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Sitting, standing, walking and lying at the waist after 3 s of standing.

    Weights fitted without each person take every person, so a run of few goes without them.
    """
    path = folder(datasets, "hapt_waist")
    fitted = fitted_without_each(datasets, "hapt_waist") if few is None else {}
    tallies = {suffix: (Tally(), Tally()) for suffix, _, _ in HAPT_WAYS}
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
                answer = _answers(said, time_s)
                by_time, windows = tallies[suffix]
                by_time.add(person, true, answer)
                windows.add(person, *_windows(true, answer, 5.0))
    tilt_by_time, tilt_windows = _by_tilt(seen)
    out = []
    for suffix, what, _ in HAPT_WAYS:
        by_time, windows = tallies[suffix]
        if by_time.counts:
            out += _hapt(suffix, what, by_time, windows, tilt_by_time, tilt_windows)
    return out


def _hapt(
    suffix: str, what: str, by_time: Tally, windows: Tally, tilt: Tally, tilt_windows: Tally
) -> list[Figure]:
    four, two = ("sit", "stand", "walk", "lie"), ("sit", "stand")
    out = []
    for key, words, classes, reach, forest in (
        ("accuracy", "sit, stand, walk, lie", four, 0.99, 0.980),
        ("sit_vs_stand", "of sitting and standing", two, 0.97, 0.948),
    ):
        out += [
            measure(
                f"hapt_waist.{key}{suffix}",
                f"{words}: share of time told rightly; {what}",
                "share",
                Better.MORE,
                by_time.right(classes),
                ratio,
                counted=f"{by_time.hours() * 60:.0f} min",
                reach=reach,
                beside=(_here("unsigned tilt", tilt.right(classes)),),
            ),
            measure(
                f"hapt_waist.{key}_windows{suffix}",
                f"{words}: share of 5 s windows of one label, as the baselines count; {what}",
                "share",
                Better.MORE,
                windows.right(classes),
                ratio,
                counted=f"{by_time.hours() * 60:.0f} min",
                reach=reach,
                beside=(
                    _here("unsigned tilt", tilt_windows.right(classes)),
                    Beside("random forest, one left out", forest, here=False),
                ),
            ),
        ]
    out.append(
        measure(
            f"hapt_waist.decided{suffix}",
            f"of sitting and standing: share of time decided; {what}",
            "share",
            Better.MORE,
            by_time.decided(two),
            ratio,
            counted=f"{by_time.hours() * 60:.0f} min",
        )
    )
    return out


def chest_desk(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Desk work against standing and talking, at the chest, accelerometer alone."""
    path = folder(datasets, "chest_desk")
    fitted = fitted_without_each(datasets, "chest_desk") if few is None else {}
    tallies = {suffix: Tally() for suffix, _, _ in CHEST_WAYS}
    likelier = {suffix: Tally() for suffix, _, _ in CHEST_WAYS}
    seen: list[tuple[str, _Tilts, Words, Floats]] = []
    for person, [one] in by_subject(path, few):
        say(f"chest_desk {person}")
        file = labelled(one, label="label")
        truth, neutral_s = _truth(file, CHEST_TRUTH, "standing", CHEST_CALIBRATION_S)
        time_s = _instants(file.recording)
        tilts = _tilts(file.recording, neutral_s)
        seen.append((person, tilts, _label_at(file, truth, time_s), time_s))
        _add_chest(tallies, likelier, "", file, truth, person)
        if person in fitted:
            with looking(CHEST.placement, fitted[person]):
                _add_chest(tallies, likelier, "_left_out", file, truth, person)
    tilt, _ = _by_tilt(seen)
    out = []
    for key, what, target in CHEST_WAYS:
        if tallies[key].counts:
            beside = (_here("unsigned tilt", tilt.each(("sit", "stand"))),)
            shown = beside if key == "recorded" else ()
            out += _chest(key, what, tallies[key], likelier[key], shown, target)
    recorded = tallies["recorded"]
    out.append(
        measure(
            "chest_desk.walk",
            "walking and stairs: share of time told rightly",
            "share",
            Better.MORE,
            recorded.right(("walk",)),
            ratio,
            counted=f"{len(recorded.counts)} people",
            beside=(Beside("random forest, one left out, 5 s windows", 0.82, here=False),),
        )
    )
    return out


def _add_chest(
    tallies: Mapping[str, Tally],
    likelier: Mapping[str, Tally],
    suffix: str,
    file: Labelled,
    truth: Words,
    person: str,
) -> None:
    """Score the recording as it is, its bouts in random orders, and each bout on its own."""
    whole = _Splice.of(file, truth, np.arange(len(truth)))
    key = f"recorded{suffix}"
    _add_splice(tallies[key], likelier[key], person, whole)
    runs = stretches(file.labels)
    for number in range(CHEST_SPLICES):
        order = np.random.default_rng([number, *person.encode()]).permutation(len(runs))
        rows = np.concatenate([np.arange(runs[i][1], runs[i][2]) for i in order])
        splice, key = _Splice.of(file, truth, rows), f"spliced{suffix}"
        _add_splice(tallies[key], likelier[key], person, splice)
    key = f"alone{suffix}"
    _add_bouts(tallies[key], likelier[key], file, truth, person)


def _coin(sums: Floats) -> Floats:
    """Balanced, half of what is undecided counted as right: right, all, decided, twice over."""
    right, total, decided = sums[..., 0::3], sums[..., 1::3], sums[..., 2::3]
    return np.asarray(((right + (total - decided) / 2) / total).mean(axis=-1))


def _chest(
    key: str,
    what: str,
    tally: Tally,
    likelier: Tally,
    beside: tuple[Beside, ...],
    target: bool,
) -> list[Figure]:
    two = ("sit", "stand")
    counted = f"{len(tally.counts)} people, {tally.hours():.1f} h"
    return [
        measure(
            f"chest_desk.{key}",
            f"sit against stand, balanced, of all time, undecided counted as wrong; {what}",
            "share",
            Better.MORE,
            tally.each(two),
            balanced,
            counted=counted,
            reach=0.85 if target else None,
            beside=(*beside, Beside("random forest, one left out", 0.636, here=False)),
        ),
        measure(
            f"chest_desk.{key}_likelier",
            f"the same, the likelier of the two for what is undecided; {what}",
            "share",
            Better.MORE,
            likelier.each(two),
            balanced,
            counted=counted,
            reach=0.85 if target else None,
            beside=(Beside("random forest, one left out", 0.636, here=False),),
        ),
        measure(
            f"chest_desk.{key}_with_coin",
            f"the same, a coin thrown for what is undecided; {what}",
            "share",
            Better.MORE,
            tally.with_decided(two),
            _coin,
            counted=counted,
        ),
        measure(
            f"chest_desk.{key}_when_decided",
            f"the same of the time decided; {what}",
            "share",
            Better.MORE,
            tally.each(two, decided=True),
            balanced,
            counted=counted,
            reach=0.90 if target else None,
        ),
        measure(
            f"chest_desk.{key}_decided",
            f"share of that time decided; {what}",
            "share",
            Better.MORE,
            tally.decided(two),
            ratio,
            counted=counted,
            reach=0.75 if target else None,
        ),
    ]


def lowback_gait(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Standing and walking at the low back, in trials of half a minute; bends that are none."""
    tallies = {suffix: (Tally(), Tally()) for suffix, _, _ in GAIT_WAYS}
    still, still_windows = Tally(), Tally()
    bends: dict[str, tuple[float, ...]] = {}
    files = 0
    for person, paths in by_subject(folder(datasets, "lowback_gait"), few):
        say(f"lowback_gait {person}")
        count, minutes = 0, 0.0
        for path in paths:
            files += 1
            file = labelled(path, label="label")
            time_s = _instants(file.recording)
            for suffix, _, neutral_s in GAIT_WAYS:
                true = _label_at(file, _classes(file.labels, GAIT_TRUTH), time_s)
                if neutral_s is not None:
                    true[time_s < neutral_s[1]] = ""
                said = tell(file.recording, GAIT, neutral_s)
                answer = _answers(said, time_s)
                by_time, windows = tallies[suffix]
                by_time.add(person, true, answer)
                windows.add(person, *_windows(true, answer, 2.0))
                if neutral_s is None:
                    walks = np.where(answer == "walk", "walk", "stand")
                    still.add(person, true, walks)
                    still_windows.add(person, *_windows(true, walks, 2.0))
                    count += len(said.within(0.0, float("inf"), ("bend", "lift")))
                    minutes += float(time_s[-1] - time_s[0]) / 60
        bends[person] = (float(count), minutes)
    out = []
    for suffix, what, _ in GAIT_WAYS:
        out += _gait(suffix, what, *tallies[suffix], reach=0.98)
    out += _gait("_or_not", "walking or not, any other answer being still", still, still_windows)
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


def _gait(
    suffix: str, what: str, by_time: Tally, windows: Tally, reach: float | None = None
) -> list[Figure]:
    forest = Beside("random forest, one left out, 2 s windows", 0.977, here=False)
    return [
        measure(
            f"lowback_gait.{key}{suffix}",
            f"stand and walk: share of {of}; {what}",
            "share",
            Better.MORE,
            tally.right(("stand", "walk")),
            ratio,
            counted=f"{by_time.hours() * 60:.0f} min",
            reach=reach,
            beside=(forest,),
        )
        for key, of, tally in (
            ("accuracy", "time told rightly", by_time),
            ("accuracy_windows", "2 s windows of one label", windows),
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


def _add_splice(tally: Tally, likelier: Tally, person: str, splice: _Splice) -> None:
    [piece] = splice.recording.pieces
    at_s = _instants(splice.recording)
    true = splice.truth[np.searchsorted(piece.time_s, at_s, side="right") - 1]
    said = tell(splice.recording, CHEST, splice.neutral_s)
    tally.add(person, true, _answers(said, at_s))
    likelier.add(person, true, likelier_of_two(said, at_s))


def _add_bouts(tally: Tally, likelier: Tally, file: Labelled, truth: Words, person: str) -> None:
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
    at = np.concatenate(at_s)
    tally.add(person, np.concatenate(true), _answers(said, at))
    likelier.add(person, np.concatenate(true), likelier_of_two(said, at))


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
        windows.add(subject, *_windows(true, answer, 5.0))
    return by_time, windows


def _here(name: str, counts: Counts) -> Beside:
    sums = np.array(list(counts.values())).sum(axis=0)
    return Beside(name, float(balanced(sums) if len(sums) > 2 else ratio(sums)), here=True)
