"""Data sets to thresholds chosen without each of their people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import up_by_vqf
from backwatch.evaluation.choosing import Choice, Values, choose, with_values
from backwatch.evaluation.figures import Counts
from backwatch.evaluation.grids import BENDS, FALLS, OBSERVER, WALKING
from backwatch.evaluation.inclination import HAND_KEY, optical, rms_deg, up_by_observer
from backwatch.evaluation.movements import ON_FOOT, SISFALL, SITTING, SQUAT, STOOP
from backwatch.evaluation.postures import gait_windows, read_gait
from backwatch.evaluation.sets import by_subject, folder
from backwatch.evaluation.told import Worn
from monitor.features import Features
from monitor.model import EventKind, FeatureChunk, MotionEvent, SegmentEnd
from monitor.orientation import Orientation, mounting_from_axes
from monitor.orientation import Params as OrientationParams
from monitor.orientation.layout import Params as ObserverParams
from monitor.profiles import placed
from monitor.recording import Piece, read_recording
from monitor.stage import feed
from monitor.states import States
from monitor.states.stage import Params as StatesParams

Floats = NDArray[np.float64]
Say = Callable[[str], None]

FALSE_AN_HOUR = 0.0075  # of a share; so 2 false falls an hour weigh as a share of 0.985


def choices(datasets: Path, names: Iterable[str], say: Say) -> Iterator[Choice]:
    """What is chosen of each named grid."""
    for name in names:
        yield _CHOOSERS[name](datasets, say)


# Bends and falls


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """One trial as the states see it, so that they can be tried over and over."""

    code: str
    minutes: float
    features: list[FeatureChunk | SegmentEnd]


def felt(piece: Piece, code: str, worn: Worn) -> Felt:
    """Orientation and features of a piece, with its axes as named."""
    assert worn.forward is not None
    mounting = mounting_from_axes(worn.up, worn.forward)
    motion = feed(Orientation(OrientationParams(mounting=mounting)), piece.samples())
    minutes = float(piece.time_s[-1] - piece.time_s[0]) / 60
    return Felt(code, minutes, feed(Features(), motion))


def events(trial: Felt, params: StatesParams) -> list[MotionEvent]:
    """What is told of a trial with these thresholds."""
    return [one for one in feed(States(params), trial.features) if isinstance(one, MotionEvent)]


def _code(piece: Piece) -> str:
    return dict(word.split("=", 1) for word in piece.label.split(" "))["code"]


def _bends(datasets: Path, say: Say) -> Choice:
    wanted = (SQUAT, STOOP, *SITTING, *ON_FOOT)
    people = {
        person: [
            felt(piece, _code(piece), SISFALL)
            for piece in read_recording(path).pieces
            if _code(piece) in wanted
        ]
        for person, [path] in by_subject(folder(datasets, "sisfall"), None)
    }
    tried = 0

    def score(values: Values) -> Counts:
        nonlocal tried
        tried += 1
        say(f"bends {tried}: {_shown(values)}")
        params = placed(with_values(values), SISFALL.placement).states
        return {person: _bend_counts(trials, params) for person, trials in people.items()}

    return choose(BENDS, people, score, _bend_worth)


def _bend_counts(trials: list[Felt], params: StatesParams) -> tuple[float, ...]:
    """Found of asked, right of found, called bends of sitting, false of minutes on foot."""
    counts = [0.0] * 8
    for trial in trials:
        told = [
            one for one in events(trial, params) if one.kind in (EventKind.BEND, EventKind.LIFT)
        ]
        if trial.code in (SQUAT, STOOP):
            counts[1] += 1
            if told:
                longest = max(told, key=lambda one: one.stop_ns - one.start_ns)
                counts[0] += 1
                counts[3] += 1
                counts[2] += longest.technique == ("squat" if trial.code == SQUAT else "stoop")
        elif trial.code in SITTING:
            counts[4] += bool(told)
            counts[5] += 1
        elif trial.code in ON_FOOT:
            counts[6] += len(told)
            counts[7] += trial.minutes
    return tuple(counts)


def _bend_worth(sums: Floats) -> float:
    found, right, sitting, false = (sums[k] / max(sums[k + 1], 1e-9) for k in (0, 2, 4, 6))
    return float(found + right - sitting - false)


# Values that tell most and least: whoever is not told a fall with the first never is, and
# whoever is with the second always is.
_LOOSEST: Values = {
    "impact.peak_g": min(FALLS.values["impact.peak_g"]),
    "impact.peak_with_turn_g": min(FALLS.values["impact.peak_with_turn_g"]),
    "impact.turn_rate_radps": min(FALLS.values["impact.turn_rate_radps"]),
    "impact.upright_before_rad": max(FALLS.values["impact.upright_before_rad"]),
    "impact.change_rad": min(FALLS.values["impact.change_rad"]),
    "impact.still_after_g": max(FALLS.values["impact.still_after_g"]),
}
_STRICTEST: Values = {
    "impact.peak_g": max(FALLS.values["impact.peak_g"]),
    "impact.peak_with_turn_g": max(FALLS.values["impact.peak_with_turn_g"]),
    "impact.turn_rate_radps": max(FALLS.values["impact.turn_rate_radps"]),
    "impact.upright_before_rad": min(FALLS.values["impact.upright_before_rad"]),
    "impact.change_rad": max(FALLS.values["impact.change_rad"]),
    "impact.still_after_g": min(FALLS.values["impact.still_after_g"]),
}


def _falls(datasets: Path, say: Say) -> Choice:
    loosest, strictest = (
        placed(with_values(values), SISFALL.placement).states for values in (_LOOSEST, _STRICTEST)
    )
    open_: dict[str, list[Felt]] = {}  # trials that the thresholds decide
    sure: dict[str, Floats] = {}  # falls seen, falls, quiet others, others, false, hours
    for person, [path] in by_subject(folder(datasets, "sisfall"), None):
        say(f"falls: {person} is read")
        open_[person], sure[person] = [], np.zeros(6)
        for piece in read_recording(path).pieces:
            trial = felt(piece, _code(piece), SISFALL)
            fell = trial.code.startswith("F")
            sure[person][[1] if fell else [3, 5]] += 1 if fell else [1, trial.minutes / 60]
            if not _fallen(trial, loosest):
                sure[person][2] += not fell
            elif fell and _fallen(trial, strictest):
                sure[person][0] += 1
            else:
                open_[person].append(trial)
    tried = 0

    def score(values: Values) -> Counts:
        nonlocal tried
        tried += 1
        say(f"falls {tried}: {_shown(values)}")
        params = placed(with_values(values), SISFALL.placement).states
        out = {}
        for person, trials in open_.items():
            counts = sure[person].copy()
            for trial in trials:
                told = _fallen(trial, params)
                if trial.code.startswith("F"):
                    counts[0] += told > 0
                else:
                    counts[2] += told == 0
                    counts[4] += told
            out[person] = tuple(counts.tolist())
        return out

    return choose(FALLS, open_, score, _fall_worth)


def _fallen(trial: Felt, params: StatesParams) -> int:
    return sum(one.kind is EventKind.FALL for one in events(trial, params))


def _fall_worth(sums: Floats) -> float:
    seen, quiet, false = (sums[k] / max(sums[k + 1], 1e-9) for k in (0, 2, 4))
    parts = (seen, quiet, 1.0 - FALSE_AN_HOUR * false)
    return float(min(parts) + 0.1 * np.mean(parts))


# Walking


def _walking(datasets: Path, say: Say) -> Choice:

    people = {
        person: [read_gait(path) for path in paths]
        for person, paths in by_subject(folder(datasets, "lowback_gait"), None)
    }
    tried = 0

    def score(values: Values) -> Counts:
        nonlocal tried
        tried += 1
        say(f"walking {tried}: {_shown(values)}")
        profile = with_values(values)
        return {person: gait_windows(files, profile) for person, files in people.items()}

    return choose(WALKING, people, score, lambda sums: float(sums[0] / sums[1]))


# The observer


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A file with the direction of up by optics, and the error of plain VQF [deg]."""

    piece: Piece
    mounting: NDArray[np.float64]
    worn: Worn
    truth: Floats
    scored: NDArray[np.bool_]
    vqf_deg: float


def held(piece: Piece, worn: Worn, truth: Floats, scored: NDArray[np.bool_]) -> Held:
    """With plain VQF run over it."""
    assert worn.forward is not None
    rate_hz = (len(piece.time_s) - 1) / float(piece.time_s[-1] - piece.time_s[0])
    vqf = up_by_vqf(piece.acc_mps2, piece.gyr_radps, rate_hz)
    matrix = mounting_from_axes(worn.up, worn.forward).matrix()
    return Held(piece, matrix, worn, truth, scored, rms_deg(vqf, truth, scored))


def _observer(datasets: Path, say: Say) -> Choice:

    people: dict[str, list[Held]] = {}
    for name in ("wc_trunk", "broad"):
        for person, file, worn, truth, scored in optical(datasets, name):
            [piece] = file.recording.pieces
            who = HAND_KEY if name == "broad" else person
            people.setdefault(who, []).append(held(piece, worn, truth, scored))
    tried = 0

    def score(values: Values) -> Counts:
        nonlocal tried
        tried += 1
        say(f"observer {tried}: {_shown(values)}")
        params = replace(ObserverParams(), **values)
        out = {}
        for person, files in people.items():
            ours = sum(
                rms_deg(up_by_observer(one.piece, one.worn, params), one.truth, one.scored)
                for one in files
            )
            vqf = sum(one.vqf_deg for one in files)
            out[person] = (0.0, 0.0, ours, vqf) if person == HAND_KEY else (ours, vqf, 0.0, 0.0)
        return out

    return choose(OBSERVER, people, score, _observer_worth)


def _observer_worth(sums: Floats) -> float:
    parts = [sums[k] / sums[k + 1] for k in (0, 2) if sums[k + 1] > 0]
    return -float(np.mean(parts))


def _shown(values: Values) -> str:
    return ", ".join(f"{name.rsplit('.', 1)[-1]} {value:g}" for name, value in values.items())


_CHOOSERS: Mapping[str, Callable[[Path, Say], Choice]] = {
    "bends": _bends,
    "falls": _falls,
    "walking": _walking,
    "observer": _observer,
}
