"""sisfall, umafall: bends and falls told in trials of which one thing is known to happen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, left_out, up_by_vqf
from backwatch.evaluation.baselines import read
from backwatch.evaluation.choosing import EVERYBODY, chosen, with_values
from backwatch.evaluation.figures import (
    Beside,
    Better,
    Counts,
    Figure,
    Reliability,
    measure,
    missing,
    ratio,
    reliability,
)
from backwatch.evaluation.grids import BENDS, FALLS
from backwatch.evaluation.sets import by_subject, folder
from backwatch.evaluation.told import Said, Worn, tell
from monitor.model import Placement
from monitor.profiles import PROFILES, Profile
from monitor.recording import Piece, Recording, RecordingError, read_recording

Bools = NDArray[np.bool_]
Say = Callable[[str], None]

SISFALL = Worn(Placement.WAIST, "-y", "+z")
UMAFALL_WAIST = Worn(Placement.WAIST, "+x", "+z")
UMAFALL_CHEST = Worn(Placement.CHEST, "+x", "+z")
SQUAT, STOOP = "D15", "D16"
SITTING = ("D07", "D08", "D09", "D10")
ON_FOOT = ("D01", "D02", "D03", "D04", "D05", "D06")
TILT_DEG = 60.0  # what tilt-threshold lifting counts as a bend, EN 1005-4
G_MPS2 = 9.80665


@dataclass(frozen=True, slots=True)
class Trial:
    """What was told of one trial.

    Attributes:
        code: what the person did, as the set names it.
        bends: bends and lifts told; falls: falls told.
        peak_g: largest magnitude of the accelerometer [g].
        lean_deg: largest angle from the posture of the first half second, by plain VQF.
    """

    subject: str
    code: str
    minutes: float
    bends: tuple[Said, ...]
    falls: tuple[Said, ...]
    peak_g: float
    lean_deg: float


LEFT_OUT = "; thresholds chosen without the person"
UNSEEN = "; thresholds chosen on sisfall alone"


def sisfall(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Squats, stoops, sitting down, walking and falls at the waist.

    Each person is read twice: as everybody is, and with thresholds chosen without them.
    """
    trials: list[Trial] = []
    apart: list[Trial] = []
    bends, falls = chosen(BENDS), chosen(FALLS)
    for person, [path] in by_subject(folder(datasets, "sisfall"), few):
        say(f"sisfall {person}")
        recording = read_recording(path)
        trials += _trials(person, recording, SISFALL, "code")
        if person in bends and person in falls:
            profile = with_values({**bends[person], **falls[person]})
            apart += _trials(person, recording, SISFALL, "code", profile)
    out: list[Figure | Reliability] = []
    for some, suffix, how in ((apart, "_left_out", LEFT_OUT), (trials, "", "")):
        if some:
            aims = bool(suffix)
            out += _bends(datasets, some, suffix, how, aims=aims)
            out += _falls(datasets, "sisfall", "waist", some, suffix, how, aims=aims)
    return [*out, *_reliable(trials)]


def umafall(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Falls and daily activities at 20 Hz, waist and chest.

    Read twice: as everything is, and with thresholds of falls chosen on sisfall alone.
    """
    trials: dict[str, list[Trial]] = {"waist": [], "chest": []}
    apart: dict[str, list[Trial]] = {"waist": [], "chest": []}
    unseen = chosen(FALLS).get(EVERYBODY)
    refused: dict[str, tuple[float, ...]] = {}
    for person, [path] in by_subject(folder(datasets, "umafall"), few):
        say(f"umafall {person}")
        try:
            recording = read_recording(path)
        except RecordingError as error:
            say(f"umafall {person} cannot be read: {error}")
            refused[person] = (1.0, 1.0)
            continue
        refused[person] = (0.0, 1.0)
        for sensor, worn in (("waist", UMAFALL_WAIST), ("chest", UMAFALL_CHEST)):
            pieces = [p for p in recording.pieces if p.label.endswith(f"sensor={sensor}")]
            if pieces:
                part = Recording(recording.path, pieces)
                trials[sensor] += _trials(person, part, worn, "activity")
                if unseen is not None:
                    profile = with_values(unseen)
                    apart[sensor] += _trials(person, part, worn, "activity", profile)
    out: list[Figure | Reliability] = []
    for rows, suffix, how in ((apart, "_left_out", UNSEEN), (trials, "", "")):
        for sensor, some in rows.items():
            aims = bool(suffix) and sensor == "waist"
            out += _falls(datasets, "umafall", sensor, some, suffix, how, aims=aims)
    for sensor, some in trials.items():
        bending = [trial for trial in some if trial.code == "ADL_Bending"]
        if bending:
            out.append(
                measure(
                    f"umafall.{sensor}_bend_found",
                    f"{sensor}: a bend told, of trials with bending",
                    "share",
                    Better.MORE,
                    _shares(bending, lambda trial: bool(trial.bends)),
                    ratio,
                    counted=f"{len(bending)} trials",
                    events=True,
                )
            )
    out.append(
        measure(
            "umafall.refused",
            "files that `backwatch analyze` refuses to read",
            "share",
            Better.LESS,
            refused,
            ratio,
            counted=f"{len(refused)} files",
            events=True,
        )
    )
    return out


def _trials(
    subject: str,
    recording: Recording,
    worn: Worn,
    named: str,
    profile: Profile = PROFILES["desk"],
) -> list[Trial]:
    said = tell(recording, worn, profile=profile)
    out = []
    for piece in recording.pieces:
        words = dict(word.split("=", 1) for word in piece.label.split(" "))
        start_s, stop_s = float(piece.time_s[0]), float(piece.time_s[-1])
        falls = said.within(start_s, stop_s + 0.5, ("fall",))
        out.append(
            Trial(
                subject,
                words[named],
                (stop_s - start_s) / 60,
                tuple(said.within(start_s, stop_s + 0.5, ("bend", "lift"))),
                tuple(falls),
                float(np.linalg.norm(piece.acc_mps2, axis=1).max()) / G_MPS2,
                _lean_deg(piece),
            )
        )
    return out


def _reliable(trials: list[Trial]) -> list[Reliability]:
    """Whether techniques and falls are right as often as they say."""
    asked = [trial for trial in trials if trial.code in (SQUAT, STOOP) and trial.bends]
    named = [trial for trial in asked if _technique(trial) in ("stoop", "squat")]
    fallen = [trial for trial in trials if trial.falls]
    out = []
    if named:
        out.append(
            reliability(
                "sisfall.technique",
                "stoop or squat, waist (sisfall)",
                _answers(
                    named,
                    lambda t: _longest(t).technique_confidence,
                    lambda t: _technique(t) == _true_technique(t),
                ),
                counted=f"{len(named)} bends",
            )
        )
    if fallen:
        out.append(
            reliability(
                "sisfall.falls",
                "a fall, waist (sisfall)",
                _answers(fallen, lambda t: max(f.confidence for f in t.falls), _is_fall),
                counted=f"{len(fallen)} trials with a fall told",
            )
        )
    return out


def _answers(
    trials: list[Trial], said: Callable[[Trial], float], right: Callable[[Trial], bool]
) -> dict[str, tuple[NDArray[np.float64], Bools]]:
    return {
        person: (
            np.array([said(trial) for trial in trials if trial.subject == person]),
            np.array([right(trial) for trial in trials if trial.subject == person]),
        )
        for person in dict.fromkeys(trial.subject for trial in trials)
    }


def _lean_deg(piece: Piece) -> float:
    if not piece.has_gyro:
        return float("nan")
    rate_hz = (len(piece.time_s) - 1) / float(piece.time_s[-1] - piece.time_s[0])
    up = up_by_vqf(piece.acc_mps2, piece.gyr_radps, rate_hz)
    return float(angle_deg(up, up[: round(rate_hz / 2)].mean(axis=0)).max())


def _bends(
    datasets: Path, trials: list[Trial], suffix: str, how: str, *, aims: bool
) -> list[Figure]:
    asked = [trial for trial in trials if trial.code in (SQUAT, STOOP)]
    found = [trial for trial in asked if trial.bends]
    sitting = [trial for trial in trials if trial.code in SITTING]
    on_foot = [trial for trial in trials if trial.code in ON_FOOT]
    minutes = sum(trial.minutes for trial in on_foot)
    called = _names(t for t in asked)
    tilt_says_stoop = left_out(
        np.array([trial.lean_deg for trial in asked]),
        np.array([trial.code == STOOP for trial in asked]),
        called,
    )
    tilt_right = [
        said == (trial.code == STOOP) for said, trial in zip(tilt_says_stoop, asked, strict=True)
    ]
    out = [
        measure(
            f"sisfall.bend_found{suffix}",
            f"squats and stoops: a bend told, of all trials{how}",
            "share",
            Better.MORE,
            _shares(asked, lambda trial: bool(trial.bends)),
            ratio,
            counted=f"{len(asked)} trials",
            events=True,
            reach=0.95 if aims else None,
            beside=(_tilted("tilt over 60°", asked),),
        )
    ]
    for code, name in ((SQUAT, "squat"), (STOOP, "stoop")):
        some = [trial for trial in asked if trial.code == code]
        out.append(
            measure(
                f"sisfall.{name}_found{suffix}",
                f"{name}s alone: a bend told{how}",
                "share",
                Better.MORE,
                _shares(some, lambda trial: bool(trial.bends)),
                ratio,
                counted=f"{len(some)} trials",
                events=True,
                beside=(_tilted("tilt over 60°", some),),
            )
        )
    if found:
        out += [
            measure(
                f"sisfall.technique{suffix}",
                f"stoop or squat told rightly, of the bends found; 'unknown' counts as wrong{how}",
                "share",
                Better.MORE,
                _shares(found, lambda trial: _technique(trial) == _true_technique(trial)),
                ratio,
                counted=f"{len(found)} trials",
                events=True,
                reach=0.98 if aims else None,
                beside=(
                    Beside(
                        "peak tilt, threshold one left out, all trials",
                        float(np.mean(tilt_right)),
                        here=True,
                    ),
                    *read(
                        datasets,
                        "sisfall",
                        ("stoop_squat_rf", "random forest, one left out"),
                        ("stoop_squat_tilt_only", "tilt logistic, one left out"),
                    ),
                ),
            ),
            measure(
                f"sisfall.technique_decided{suffix}",
                f"of the bends found: share with a technique named{how}",
                "share",
                Better.MORE,
                _shares(found, lambda trial: _technique(trial) in ("stoop", "squat")),
                ratio,
                counted=f"{len(found)} trials",
                events=True,
            ),
        ]
    out += [
        measure(
            f"sisfall.sitting_called_bend{suffix}",
            f"sitting down and rising: trials in which a bend is told{how}",
            "share",
            Better.LESS,
            _shares(sitting, lambda trial: bool(trial.bends)),
            ratio,
            counted=f"{len(sitting)} trials",
            events=True,
            reach=0.08 if aims else None,
            beside=(_tilted("tilt over 60°", sitting),),
        ),
        measure(
            f"sisfall.false_bends{suffix}",
            f"bends told while walking, jogging and on stairs{how}",
            "per min",
            Better.LESS,
            _rates(on_foot, lambda trial: len(trial.bends), lambda trial: trial.minutes),
            ratio,
            counted=f"{minutes:.0f} min",
            reach=0.05 if aims else None,
            events=True,
            beside=(
                Beside(
                    "tilt over 60°",
                    sum(trial.lean_deg > TILT_DEG for trial in on_foot) / minutes,
                    here=True,
                ),
            ),
        ),
    ]
    return out


def _falls(
    datasets: Path,
    key: str,
    where: str,
    trials: list[Trial],
    suffix: str,
    how: str,
    *,
    aims: bool,
) -> list[Figure]:
    fell = [trial for trial in trials if _is_fall(trial)]
    daily = [trial for trial in trials if not _is_fall(trial)]
    if not fell or not daily:
        return []
    prefix = f"{key}.fall" if key == "sisfall" else f"{key}.{where}_fall"
    reach = {"sisfall": 0.985, "umafall": 0.96}[key] if aims else None
    hours = sum(trial.minutes for trial in daily) / 60
    said = left_out(
        np.array([trial.peak_g for trial in trials]),
        np.array([_is_fall(trial) for trial in trials]),
        _names(trials),
    )
    truth = np.array([_is_fall(trial) for trial in trials])
    return [
        measure(
            f"{prefix}_sensitivity{suffix}",
            f"{where}: falls told, of trials with a fall{how}",
            "share",
            Better.MORE,
            _shares(fell, lambda trial: bool(trial.falls)),
            ratio,
            counted=f"{len(fell)} trials",
            events=True,
            reach=reach,
            beside=(
                Beside(
                    "peak acceleration, threshold one left out",
                    float(said[truth].mean()),
                    here=True,
                ),
                *(_published(key, "sensitivity")),
            ),
        ),
        measure(
            f"{prefix}_specificity{suffix}",
            f"{where}: no fall told, of trials without{how}",
            "share",
            Better.MORE,
            _shares(daily, lambda trial: bool(trial.falls)),
            missing,
            counted=f"{len(daily)} trials",
            events=True,
            reach=reach,
            beside=(
                Beside(
                    "peak acceleration, threshold one left out",
                    float(1 - said[~truth].mean()),
                    here=True,
                ),
                *(_published(key, "specificity")),
            ),
        ),
        measure(
            f"{prefix}s_false_per_hour{suffix}",
            f"{where}: falls told in trials without, an hour of such scripted trials{how}",
            "per h",
            Better.LESS,
            _rates(daily, lambda trial: len(trial.falls), lambda trial: trial.minutes / 60),
            ratio,
            counted=f"{hours:.1f} h",
            reach=2.0 if aims and key == "sisfall" else None,
            events=True,
        ),
        measure(
            f"{prefix}_accuracy{suffix}",
            f"{where}: fall or none told rightly, of all trials{how}",
            "share",
            Better.MORE,
            _shares(trials, lambda trial: bool(trial.falls) == _is_fall(trial)),
            ratio,
            counted=f"{len(trials)} trials",
            events=True,
            beside=(
                Beside(
                    "peak acceleration, threshold one left out",
                    float((said == truth).mean()),
                    here=True,
                ),
                *read(datasets, key, *_ACCURACIES[key, where]),
            ),
        ),
    ]


_ACCURACIES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("sisfall", "waist"): (
        ("fall_peak_thr_acc", "peak acceleration (README)"),
        ("fall_rf_acc", "random forest, one left out"),
        ("published_threshold_best", "best published threshold"),
    ),
    ("umafall", "waist"): (("sisfall_to_waist_rf_acc", "random forest trained on sisfall"),),
    ("umafall", "chest"): (("sisfall_to_chest_rf_acc", "random forest trained on sisfall"),),
}


def _published(key: str, what: str) -> tuple[Beside, ...]:
    read = {
        ("sisfall", "sensitivity"): ("random forest, one left out", 0.985),
        ("sisfall", "specificity"): ("random forest, one left out", 0.993),
        ("umafall", "sensitivity"): ("random forest trained on sisfall, waist", 0.963),
        ("umafall", "specificity"): ("random forest trained on sisfall, waist", 0.995),
    }
    name, value = read[key, what]
    return (Beside(name, value, here=False),)


def _is_fall(trial: Trial) -> bool:
    return trial.code.startswith("F")  # F01 to F15, Fall_...; the rest are D01, ADL_...


def _true_technique(trial: Trial) -> str:
    return "squat" if trial.code == SQUAT else "stoop"


def _technique(trial: Trial) -> str:
    return _longest(trial).technique


def _longest(trial: Trial) -> Said:
    return max(trial.bends, key=lambda bend: bend.stop_s - bend.start_s)


def _tilted(name: str, trials: list[Trial]) -> Beside:
    return Beside(name, sum(t.lean_deg > TILT_DEG for t in trials) / len(trials), here=True)


def _names(trials: Iterable[Trial]) -> NDArray[np.str_]:
    return np.array([trial.subject for trial in trials], dtype=np.str_)


def _shares(trials: list[Trial], holds: Callable[[Trial], bool]) -> Counts:
    return _rates(trials, lambda trial: float(holds(trial)), lambda _: 1.0)


def _rates(
    trials: list[Trial], count: Callable[[Trial], float], size: Callable[[Trial], float]
) -> Counts:
    out: dict[str, tuple[float, ...]] = {}
    for trial in trials:
        seen, total = out.get(trial.subject, (0.0, 0.0))
        out[trial.subject] = (seen + count(trial), total + size(trial))
    return out
