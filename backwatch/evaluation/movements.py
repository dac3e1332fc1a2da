"""sisfall, umafall: bends and falls told in trials of which one thing is known to happen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, left_out, up_by_vqf
from backwatch.evaluation.figures import Beside, Better, Counts, Figure, measure, missing, ratio
from backwatch.evaluation.sets import by_subject, folder
from backwatch.evaluation.told import Said, Worn, tell
from monitor.model import Placement
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
        bends: bends and lifts told; falls: how many.
        peak_g: largest magnitude of the accelerometer [g].
        lean_deg: largest angle from the posture of the first half second, by plain VQF.
    """

    subject: str
    code: str
    minutes: float
    bends: tuple[Said, ...]
    falls: int
    peak_g: float
    lean_deg: float


def sisfall(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Squats, stoops, sitting down, walking and falls at the waist."""
    trials: list[Trial] = []
    for person, [path] in by_subject(folder(datasets, "sisfall"), few):
        say(f"sisfall {person}")
        trials += _trials(person, read_recording(path), SISFALL, "code")
    out = _bends(trials)
    out += _falls("sisfall", "waist", trials, reach=0.985, rate_reach=2.0)
    return out


def umafall(datasets: Path, few: int | None, say: Say) -> list[Figure]:
    """Falls and daily activities at 20 Hz, waist and chest."""
    trials: dict[str, list[Trial]] = {"waist": [], "chest": []}
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
    out = [
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
    ]
    for sensor, rows in trials.items():
        reach = 0.96 if sensor == "waist" else None
        out += _falls("umafall", sensor, rows, reach=reach, rate_reach=None)
        bending = [trial for trial in rows if trial.code == "ADL_Bending"]
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
    return out


def _trials(subject: str, recording: Recording, worn: Worn, named: str) -> list[Trial]:
    said = tell(recording, worn)
    out = []
    for piece in recording.pieces:
        words = dict(word.split("=", 1) for word in piece.label.split(" "))
        start_s, stop_s = float(piece.time_s[0]), float(piece.time_s[-1])
        out.append(
            Trial(
                subject,
                words[named],
                (stop_s - start_s) / 60,
                tuple(said.within(start_s, stop_s + 0.5, ("bend", "lift"))),
                len(said.within(start_s, stop_s + 0.5, ("fall",))),
                float(np.linalg.norm(piece.acc_mps2, axis=1).max()) / G_MPS2,
                _lean_deg(piece),
            )
        )
    return out


def _lean_deg(piece: Piece) -> float:
    if not piece.has_gyro:
        return float("nan")
    rate_hz = (len(piece.time_s) - 1) / float(piece.time_s[-1] - piece.time_s[0])
    up = up_by_vqf(piece.acc_mps2, piece.gyr_radps, rate_hz)
    return float(angle_deg(up, up[: round(rate_hz / 2)].mean(axis=0)).max())


def _bends(trials: list[Trial]) -> list[Figure]:
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
            "sisfall.bend_found",
            "squats and stoops: a bend told, of all trials",
            "share",
            Better.MORE,
            _shares(asked, lambda trial: bool(trial.bends)),
            ratio,
            counted=f"{len(asked)} trials",
            events=True,
            reach=0.95,
            beside=(_tilted("tilt over 60°", asked),),
        )
    ]
    for code, name in ((SQUAT, "squat"), (STOOP, "stoop")):
        some = [trial for trial in asked if trial.code == code]
        out.append(
            measure(
                f"sisfall.{name}_found",
                f"{name}s alone: a bend told",
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
                "sisfall.technique",
                "stoop or squat told rightly, of the bends found; 'unknown' counts as wrong",
                "share",
                Better.MORE,
                _shares(found, lambda trial: _technique(trial) == _true_technique(trial)),
                ratio,
                counted=f"{len(found)} trials",
                events=True,
                reach=0.98,
                beside=(
                    Beside(
                        "peak tilt, threshold one left out, all trials",
                        float(np.mean(tilt_right)),
                        here=True,
                    ),
                    Beside("random forest, one left out", 0.929, here=False),
                    Beside("tilt logistic, one left out", 0.789, here=False),
                ),
            ),
            measure(
                "sisfall.technique_decided",
                "of the bends found: share with a technique named",
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
            "sisfall.sitting_called_bend",
            "sitting down and rising: trials in which a bend is told",
            "share",
            Better.LESS,
            _shares(sitting, lambda trial: bool(trial.bends)),
            ratio,
            counted=f"{len(sitting)} trials",
            events=True,
            reach=0.08,
            beside=(_tilted("tilt over 60°", sitting),),
        ),
        measure(
            "sisfall.false_bends",
            "bends told while walking, jogging and on stairs",
            "per min",
            Better.LESS,
            _rates(on_foot, lambda trial: len(trial.bends), lambda trial: trial.minutes),
            ratio,
            counted=f"{minutes:.0f} min",
            reach=0.05,
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
    key: str, where: str, trials: list[Trial], *, reach: float | None, rate_reach: float | None
) -> list[Figure]:
    fell = [trial for trial in trials if _is_fall(trial)]
    daily = [trial for trial in trials if not _is_fall(trial)]
    if not fell or not daily:
        return []
    prefix = f"{key}.fall" if key == "sisfall" else f"{key}.{where}_fall"
    hours = sum(trial.minutes for trial in daily) / 60
    said = left_out(
        np.array([trial.peak_g for trial in trials]),
        np.array([_is_fall(trial) for trial in trials]),
        _names(trials),
    )
    truth = np.array([_is_fall(trial) for trial in trials])
    return [
        measure(
            f"{prefix}_sensitivity",
            f"{where}: falls told, of trials with a fall",
            "share",
            Better.MORE,
            _shares(fell, lambda trial: trial.falls > 0),
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
            f"{prefix}_specificity",
            f"{where}: no fall told, of trials without",
            "share",
            Better.MORE,
            _shares(daily, lambda trial: trial.falls > 0),
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
            f"{prefix}s_false_per_hour",
            f"{where}: falls told in trials without, an hour of such scripted trials",
            "per h",
            Better.LESS,
            _rates(daily, lambda trial: trial.falls, lambda trial: trial.minutes / 60),
            ratio,
            counted=f"{hours:.1f} h",
            reach=rate_reach,
            events=True,
        ),
    ]


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
    """Of the longest bend told in the trial."""
    return max(trial.bends, key=lambda bend: bend.stop_s - bend.start_s).technique


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
