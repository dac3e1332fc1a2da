"""hapt_waist, chest_desk, lowback_gait: what state is told against what the person did."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, split_at
from backwatch.evaluation.figures import Beside, Better, Counts, Figure, balanced, measure, ratio
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
GAIT = Worn(Placement.LOW_BACK, "+x", "-z")
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


def hapt_waist(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Sitting, standing, walking and lying at the waist after 3 s of standing."""
    by_time, windows, aside = Tally(), Tally(), Tally()
    seen: list[tuple[str, _Tilts, Words, Floats]] = []
    for person, paths in by_subject(folder(datasets, "hapt_waist"), few):
        say(f"hapt_waist {person}")
        for path in paths:
            file = labelled(path, label="label")
            truth, neutral_s = _truth(file, HAPT_TRUTH, "standing", HAPT_CALIBRATION_S)
            time_s = _instants(file.recording)
            true = _label_at(file, truth, time_s)
            answer = _answers(tell(file.recording, HAPT, neutral_s), time_s)
            by_time.add(person, true, answer)
            windows.add(person, *_windows(true, answer, 5.0))
            other = tell(file.recording, HAPT_ASIDE, neutral_s)
            aside.add(person, true, _answers(other, time_s))
            seen.append((person, _tilts(file.recording, neutral_s), true, time_s))
    tilt_by_time, tilt_windows = _by_tilt(seen)
    four, two = ("sit", "stand", "walk", "lie"), ("sit", "stand")
    files = f"{len(seen)} files, {by_time.hours() * 60:.0f} min"
    return [
        measure(
            "hapt_waist.accuracy",
            "sit, stand, walk, lie: share of time told rightly",
            "share",
            Better.MORE,
            by_time.right(four),
            ratio,
            counted=files,
            reach=0.99,
            beside=(_here("unsigned tilt", tilt_by_time.right(four)),),
        ),
        measure(
            "hapt_waist.sit_vs_stand",
            "of sitting and standing: share of time told rightly",
            "share",
            Better.MORE,
            by_time.right(two),
            ratio,
            counted=files,
            reach=0.97,
            beside=(_here("unsigned tilt", tilt_by_time.right(two)),),
        ),
        measure(
            "hapt_waist.decided",
            "of sitting and standing: share of time decided",
            "share",
            Better.MORE,
            by_time.decided(two),
            ratio,
            counted=files,
        ),
        measure(
            "hapt_waist.accuracy_windows",
            "sit, stand, walk, lie: share of 5 s windows of one label, as the baselines count",
            "share",
            Better.MORE,
            windows.right(four),
            ratio,
            counted=files,
            reach=0.99,
            beside=(
                _here("unsigned tilt", tilt_windows.right(four)),
                Beside("random forest, one left out", 0.980, here=False),
            ),
        ),
        measure(
            "hapt_waist.sit_vs_stand_windows",
            "of sitting and standing: share of such windows",
            "share",
            Better.MORE,
            windows.right(two),
            ratio,
            counted=files,
            reach=0.97,
            beside=(
                _here("unsigned tilt", tilt_windows.right(two)),
                Beside("random forest, one left out", 0.948, here=False),
            ),
        ),
        measure(
            "hapt_waist.sit_vs_stand_other_axis",
            "the same of time with +z named forward instead of +y",
            "share",
            Better.MORE,
            aside.right(two),
            ratio,
            counted=files,
            reason="The set does not say which axis is forward; +y is what sitting and lying show.",
        ),
    ]


def chest_desk(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Desk work against standing and talking, at the chest, accelerometer alone."""
    recorded, spliced, alone = Tally(), Tally(), Tally()
    seen: list[tuple[str, _Tilts, Words, Floats]] = []
    for person, paths in by_subject(folder(datasets, "chest_desk"), few):
        say(f"chest_desk {person}")
        [path] = paths
        file = labelled(path, label="label")
        truth, neutral_s = _truth(file, CHEST_TRUTH, "standing", CHEST_CALIBRATION_S)
        time_s = _instants(file.recording)
        true = _label_at(file, truth, time_s)
        answer = _answers(tell(file.recording, CHEST, neutral_s), time_s)
        recorded.add(person, true, answer)
        seen.append((person, _tilts(file.recording, neutral_s), true, time_s))
        for number in range(CHEST_SPLICES):
            _add_splice(spliced, file, truth, person, number)
        _add_bouts(alone, file, truth, person)
    tilt, _ = _by_tilt(seen)
    two = ("sit", "stand")
    people = f"{len(recorded.counts)} people, {recorded.hours():.1f} h"
    out = []
    for key, what, tally, extra in (
        ("recorded", "recorded order", recorded, (_here("unsigned tilt", tilt.each(two)),)),
        ("spliced", f"bouts in {CHEST_SPLICES} random orders", spliced, ()),
        ("alone", "each bout on its own, so evidence alone", alone, ()),
    ):
        out += [
            measure(
                f"chest_desk.{key}",
                f"sit against stand, balanced, of all time: {what}",
                "share",
                Better.MORE,
                tally.each(two),
                balanced,
                counted=people,
                reach=None if tally is alone else 0.85,
                beside=(
                    *extra,
                    Beside("random forest, one left out", 0.636, here=False),
                ),
                reason="Time left undecided counts as wrong.",
            ),
            measure(
                f"chest_desk.{key}_when_decided",
                f"the same of the time decided: {what}",
                "share",
                Better.MORE,
                tally.each(two, decided=True),
                balanced,
                counted=people,
                reach=None if tally is alone else 0.90,
            ),
            measure(
                f"chest_desk.{key}_decided",
                f"share of that time decided: {what}",
                "share",
                Better.MORE,
                tally.decided(two),
                ratio,
                counted=people,
                reach=None if tally is alone else 0.75,
            ),
        ]
    out.append(
        measure(
            "chest_desk.walk",
            "walking and stairs: share of time told rightly",
            "share",
            Better.MORE,
            recorded.right(("walk",)),
            ratio,
            counted=people,
            beside=(Beside("random forest, one left out, 5 s windows", 0.82, here=False),),
        )
    )
    return out


def lowback_gait(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Standing and walking at the low back, in trials of half a minute; bends that are none."""
    by_time, windows, still = Tally(), Tally(), Tally()
    bends: dict[str, tuple[float, ...]] = {}
    files = 0
    for person, paths in by_subject(folder(datasets, "lowback_gait"), few):
        say(f"lowback_gait {person}")
        count, minutes = 0, 0.0
        for path in paths:
            files += 1
            file = labelled(path, label="label")
            truth = np.array([GAIT_TRUTH.get(label, "") for label in file.labels], dtype=np.str_)
            time_s = _instants(file.recording)
            true = _label_at(file, truth, time_s)
            said = tell(file.recording, GAIT)
            answer = _answers(said, time_s)
            by_time.add(person, true, answer)
            windows.add(person, *_windows(true, answer, 2.0))
            still.add(person, true, np.where(answer == "walk", "walk", "stand"))
            count += len(said.within(0.0, float("inf"), ("bend", "lift")))
            minutes += float(time_s[-1] - time_s[0]) / 60
        bends[person] = (float(count), minutes)
    both = ("stand", "walk")
    counted = f"{files} files, {by_time.hours() * 60:.0f} min"
    forest = Beside("random forest, one left out, 2 s windows", 0.977, here=False)
    return [
        measure(
            "lowback_gait.accuracy",
            "stand and walk: share of time told rightly",
            "share",
            Better.MORE,
            by_time.right(both),
            ratio,
            counted=counted,
            reach=0.98,
            beside=(forest,),
            reason=(
                "Each file begins with 5 s of standing before any step; from such a beginning "
                "alone nothing can tell standing from sitting, and the answer is 'upright'."
            ),
        ),
        measure(
            "lowback_gait.accuracy_windows",
            "stand and walk: share of 2 s windows of one label",
            "share",
            Better.MORE,
            windows.right(both),
            ratio,
            counted=counted,
            reach=0.98,
            beside=(forest,),
        ),
        measure(
            "lowback_gait.walk_or_not",
            "walking or not: share of time, every other answer counted as still",
            "share",
            Better.MORE,
            still.right(both),
            ratio,
            counted=counted,
            beside=(forest,),
        ),
        measure(
            "lowback_gait.false_bends",
            "bends told while standing and walking",
            "per min",
            Better.LESS,
            bends,
            ratio,
            counted=f"{sum(row[1] for row in bends.values()):.0f} min",
            reach=0.05,
            rare=1 / sum(row[1] for row in bends.values()),
        ),
    ]


def _truth(
    file: Labelled, names: Mapping[str, str], calibrate: str, seconds: float
) -> tuple[Words, tuple[float, float]]:
    """Class of each row, empty where not scored, and the stretch that calibrates."""
    [piece] = file.recording.pieces
    truth = np.array([names.get(label, "") for label in file.labels], dtype=np.str_)
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


def _add_splice(tally: Tally, file: Labelled, truth: Words, person: str, number: int) -> None:
    """Score one random order of the bouts, put together as if recorded so."""
    [piece] = file.recording.pieces
    runs = stretches(file.labels)
    seed = [number, *person.encode()]
    order = np.random.default_rng(seed).permutation(len(runs))
    rows = np.concatenate([np.arange(runs[i][1], runs[i][2]) for i in order])
    rate_hz = (len(rows) - 1) / float(piece.time_s[-1] - piece.time_s[0])
    time_s = np.arange(len(rows)) / rate_hz
    first = int((rows == int((file.labels == "standing").argmax())).argmax())
    neutral_s = (float(time_s[first]), float(time_s[first]) + CHEST_CALIBRATION_S)
    recording = one_piece(
        file.recording.path.name, time_s, piece.acc_mps2[rows], piece.gyr_radps[rows]
    )
    at_s = _instants(recording)
    true = truth[rows][np.searchsorted(time_s, at_s, side="right") - 1]
    tally.add(person, true, _answers(tell(recording, CHEST, neutral_s), at_s))


def _add_bouts(tally: Tally, file: Labelled, truth: Words, person: str) -> None:
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
    tally.add(person, np.concatenate(true), _answers(said, np.concatenate(at_s)))


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
