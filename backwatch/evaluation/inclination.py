"""wc_trunk, broad: the direction of up against optical truth."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.alternatives import angle_deg, up_by_accelerometer, up_by_vqf
from backwatch.evaluation.baselines import read
from backwatch.evaluation.choosing import Values, chosen
from backwatch.evaluation.figures import (
    Beside,
    Better,
    Counts,
    Figure,
    Reliability,
    measure,
    ratio,
)
from backwatch.evaluation.grids import OBSERVER
from backwatch.evaluation.sets import Labelled, folder, labelled
from backwatch.evaluation.told import Worn, interpret
from backwatch.two_sensors import analyze_both
from monitor.analysis import Options, Series
from monitor.model import NS_PER_S, Placement, SegmentEnd
from monitor.model.motion import lateral_rad, sagittal_rad
from monitor.orientation import Orientation, mounting_from_axes
from monitor.orientation import Params as OrientationParams
from monitor.orientation.layout import Params as ObserverParams
from monitor.profiles import PROFILES
from monitor.recording import Piece
from monitor.stage import feed

Floats = NDArray[np.float64]
Say = Callable[[str], None]

METHODS = ("ours", "vqf", "accelerometer")
BACK = Worn(Placement.UPPER_BACK, "+x", "-z")
LOW_BACK = Worn(Placement.LOW_BACK, "+x", "-z")
HAND = Worn(Placement.UPPER_BACK, "+z", "+x")  # no trunk at all: sensor axes as body axes


def optical(
    datasets: Path, name: str
) -> Iterator[tuple[str, Labelled, Worn, Floats, NDArray[np.bool_]]]:
    """Person, file, how worn, true up in sensor axes and the rows that count, of each file."""
    for path in sorted(folder(datasets, name).glob("*.parquet")):
        yield path.stem.split("_")[0], *(_trunk(path) if name == "wc_trunk" else _hand(path))


def _trunk(path: Path) -> tuple[Labelled, Worn, Floats, NDArray[np.bool_]]:
    file = labelled(path, columns=("ref_upx", "ref_upy", "ref_upz"))
    truth = np.stack([file.columns[f"ref_up{axis}"] for axis in "xyz"], axis=1)
    worn = BACK if file.metadata["sensor"] == "back" else LOW_BACK
    return file, worn, truth, np.asarray(np.isfinite(truth).all(axis=1))


def _hand(path: Path) -> tuple[Labelled, Worn, Floats, NDArray[np.bool_]]:
    file = labelled(path, columns=("ref_qw", "ref_qx", "ref_qy", "ref_qz", "movement"))
    w, x, y, z = (file.columns[f"ref_q{axis}"] for axis in "wxyz")
    truth = np.stack(
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z], axis=1
    )
    scored = np.asarray(np.isfinite(truth).all(axis=1) & (file.columns["movement"] > 0))
    return file, HAND, truth, scored


WITHOUT_TRUNK = "; gains chosen without the person"
WITHOUT_HAND = "; gains chosen on wc_trunk alone"
HAND_KEY = "broad"  # stands for the hand of that set among the people of wc_trunk


def wc_trunk(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """Error of the direction of up on the trunk, mean over files of the RMSE of each."""
    files = sorted(folder(datasets, "wc_trunk").glob("*.parquet"))
    people = sorted({path.stem.split("_")[0] for path in files})
    if few is not None:
        people = people[:: max(1, len(people) // few)][:few]
    gains = chosen(OBSERVER)
    found: list[tuple[str, str, dict[str, float]]] = []
    for person in people:
        say(f"wc_trunk {person}")
        for path in files:
            if path.stem.split("_")[0] == person:
                file, worn, truth, scored = _trunk(path)
                errors = _errors(file, worn, truth, scored, gains.get(person))
                found.append((person, file.metadata["sensor"], errors))
    out: list[Figure | Reliability] = []
    for suffix, method, how in (("_left_out", "left_out", WITHOUT_TRUNK), ("", "ours", "")):
        if all(method in errors for _, _, errors in found):
            out += _trunk_figures(datasets, found, suffix, method, how, aims=bool(suffix))
    return [*out, *between_sensors(files, people)]


def _trunk_figures(
    datasets: Path,
    found: list[tuple[str, str, dict[str, float]]],
    suffix: str,
    method: str,
    how: str,
    *,
    aims: bool,
) -> list[Figure]:
    out = []
    for key, sensors, what in (
        ("rmse", ("back", "low_back"), "both sensors pooled"),
        ("rmse_back", ("back",), "upper back"),
        ("rmse_low_back", ("low_back",), "low back"),
    ):
        rows = [row for row in found if row[1] in sensors]
        sums = {name: _sums(rows, name) for name in (method, "vqf", "accelerometer")}
        others = [(f"{kind}_{one}", kind) for one in sensors for kind in ("vqf", "acc")]
        published = read(
            datasets,
            "wc_trunk",
            *(
                (key, "VQF, all files" if kind == "vqf" else "accelerometer, all files")
                for key, kind in others
                if len(sensors) == 1
            ),
        )
        out.append(
            measure(
                f"wc_trunk.{key}{suffix}",
                f"error of the direction of up, {what}{how}",
                "deg",
                Better.LESS,
                sums[method],
                ratio,
                counted=f"{len(rows)} files",
                beside=_beside(sums) + published,
            )
        )
        if sensors == ("low_back",):
            continue
        both = {
            person: (sums[method][person][0], sums["vqf"][person][0]) for person in sums[method]
        }
        out.append(
            measure(
                f"wc_trunk.{key}_over_vqf{suffix}",
                f"the same over plain VQF's, {what}{how}",
                "ratio",
                Better.LESS,
                both,
                ratio,
                counted=f"{len(rows)} files",
                reach=(0.9 if len(sensors) == 2 else 1.0) if aims else None,
            )
        )
    return out


def between_sensors(files: list[Path], people: list[str]) -> list[Figure]:
    """Error of the trunk's angles where both sensors recorded one test, mean over tests."""
    found: dict[str, list[tuple[str, str, dict[str, float]]]] = {"flexion": [], "lateral": []}
    for path in files:
        person = path.stem.split("_")[0]
        pelvis = path.with_name(path.name.replace("_back", "_low_back"))
        if person not in people or "_low_back" in path.name or not pelvis.exists():
            continue
        for angle, errors in _trunk_errors(path, pelvis).items():
            found[angle].append((person, "both", errors))
    out = []
    for angle, what in (("flexion", "forward"), ("lateral", "aside")):
        if not found[angle]:
            continue
        sums = {name: _sums(found[angle], name) for name in METHODS}
        out.append(
            measure(
                f"wc_trunk.between_{angle}",
                f"two sensors: error of how much further the upper back leans {what}",
                "deg",
                Better.LESS,
                sums["ours"],
                ratio,
                counted=f"{len(found[angle])} tests",
                beside=_beside(sums),
            )
        )
    return out


def _trunk_errors(chest_path: Path, pelvis_path: Path) -> dict[str, dict[str, float]]:
    """RMSE of each method [deg], by angle: of the upper back's lean less the low back's."""
    references = ("ref_upx", "ref_upy", "ref_upz")
    chest, pelvis = (labelled(path, columns=references) for path in (chest_path, pelvis_path))
    profile = PROFILES["desk"]
    both = analyze_both(
        chest.recording,
        Options(profile, BACK.placement, BACK.up, BACK.forward),
        pelvis.recording,
        Options(profile, LOW_BACK.placement, LOW_BACK.up, LOW_BACK.forward),
    )
    at_s = np.concatenate([chunk.time_ns() for chunk in both.rows]) / NS_PER_S
    body_from_sensor = mounting_from_axes(BACK.up, BACK.forward or "").matrix()

    def between(ups: list[Floats], angle: Callable[[Floats], Floats]) -> Floats:
        leans = [
            np.interp(at_s, file.recording.pieces[0].time_s, angle(up @ body_from_sensor.T))
            for file, up in zip((chest, pelvis), ups, strict=True)
        ]
        return np.asarray(np.degrees(leans[0] - leans[1]))

    truth, vqf, accelerometer = [], [], []
    for file in (chest, pelvis):
        [piece] = file.recording.pieces
        rate_hz = (len(piece.time_s) - 1) / float(piece.time_s[-1] - piece.time_s[0])
        truth.append(np.stack([file.columns[name] for name in references], axis=1))
        vqf.append(up_by_vqf(piece.acc_mps2, piece.gyr_radps, rate_hz))
        accelerometer.append(up_by_accelerometer(piece.acc_mps2))
    known = np.concatenate([chunk.known for chunk in both.rows])
    out = {}
    for name, angle, field in (
        ("flexion", sagittal_rad, "flexion_rad"),
        ("lateral", lateral_rad, "lateral_rad"),
    ):
        true = between(truth, angle)
        scored = known & np.isfinite(true)
        said = {
            "ours": np.degrees(np.concatenate([getattr(chunk, field) for chunk in both.rows])),
            "vqf": between(vqf, angle),
            "accelerometer": between(accelerometer, angle),
        }
        out[name] = {
            method: math.sqrt(float(((value - true)[scored] ** 2).mean()))
            for method, value in said.items()
        }
    return out


def broad(datasets: Path, few: int | None, say: Say) -> list[Figure | Reliability]:
    """6D inclination error where the authors say the sensor moves, mean over trials."""
    files = sorted(folder(datasets, "broad").glob("*.parquet"))
    if few is not None:
        files = files[:: max(1, len(files) // few)][:few]
    gains = chosen(OBSERVER).get(HAND_KEY)
    found: list[tuple[str, str, dict[str, float]]] = []
    for path in files:
        say(f"broad {path.stem}")
        found.append((path.stem, "hand", _errors(*_hand(path), gains)))
    out: list[Figure | Reliability] = []
    for suffix, method, how in (("_left_out", "left_out", WITHOUT_HAND), ("", "ours", "")):
        if not all(method in errors for _, _, errors in found):
            continue
        sums = {name: _sums(found, name) for name in (method, "vqf", "accelerometer")}
        vqf = sum(total for total, _ in sums["vqf"].values()) / len(found)
        out.append(
            measure(
                f"broad.rmse{suffix}",
                f"6D inclination error while moving{how}",
                "deg",
                Better.LESS,
                sums[method],
                ratio,
                counted=f"{len(found)} trials, one hand",
                reach=vqf if suffix else None,
                beside=(
                    *_beside(sums),
                    *read(
                        datasets,
                        "broad",
                        ("vqf_online_95hz", "VQF, all 30 trials"),
                        ("basicvqf", "BasicVQF, the same"),
                        ("vqf_offline", "VQF offline, the same"),
                        ("madgwick_published_same30", "Madgwick, published, 9D"),
                        ("mahony_published_same30", "Mahony, published, 9D"),
                    ),
                ),
                reason="The interval is over trials, since the set is one person's hand.",
            )
        )
    return out


def up_by_observer(piece: Piece, worn: Worn, params: ObserverParams) -> Floats:
    """Up as the path finds it with these gains, sensor axes, at each sample, shape (n, 3)."""
    mounting = mounting_from_axes(worn.up, worn.forward)
    stage = Orientation(OrientationParams(mounting=mounting, observer=params))
    chunks = [c for c in feed(stage, piece.samples()) if not isinstance(c, SegmentEnd)]
    at_s = np.concatenate(
        [
            c.segment.t0_ns / NS_PER_S + np.arange(c.first, c.first + len(c)) / c.segment.rate_hz
            for c in chunks
        ]
    )
    up = np.concatenate([chunk.up for chunk in chunks])
    nearest = np.searchsorted((at_s[1:] + at_s[:-1]) / 2, piece.time_s)
    return np.asarray(up[nearest] @ mounting.matrix())


def rms_deg(up: Floats, truth: Floats, scored: NDArray[np.bool_]) -> float:
    """RMS angle between directions, shapes (n, 3), over the scored rows [deg]."""
    unit = truth[scored] / np.linalg.norm(truth[scored], axis=1, keepdims=True)
    return float(np.sqrt((angle_deg(up[scored], unit) ** 2).mean()))


def _errors(
    file: Labelled,
    worn: Worn,
    truth: Floats,
    scored: NDArray[np.bool_],
    gains: Values | None,
) -> dict[str, float]:
    """RMSE of each method over the scored rows [deg]; with `gains` also of the path with them."""
    [piece] = file.recording.pieces
    series: list[Series] = []
    analysis = interpret(file.recording, worn, series=series)
    sagittal = np.radians(np.concatenate([part.sagittal_deg for part in series]))
    lateral = np.radians(np.concatenate([part.lateral_deg for part in series]))
    at_s = np.concatenate([part.time_s for part in series])
    up_body = np.stack(
        [
            -np.cos(lateral) * np.sin(sagittal),
            np.sin(lateral),
            np.cos(lateral) * np.cos(sagittal),
        ],
        axis=1,
    )
    nearest = np.searchsorted((at_s[1:] + at_s[:-1]) / 2, piece.time_s)
    rate_hz = (len(piece.time_s) - 1) / float(piece.time_s[-1] - piece.time_s[0])
    ups = {
        "ours": up_body[nearest] @ analysis.mounting.matrix(),
        "vqf": up_by_vqf(piece.acc_mps2, piece.gyr_radps, rate_hz),
        "accelerometer": up_by_accelerometer(piece.acc_mps2),
    }
    if gains is not None:
        ups["left_out"] = up_by_observer(piece, worn, replace(ObserverParams(), **gains))
    return {name: rms_deg(up, truth, scored) for name, up in ups.items()}


def _sums(rows: list[tuple[str, str, dict[str, float]]], method: str) -> Counts:
    """Sum and number of the errors of each subject."""
    out: dict[str, tuple[float, ...]] = {}
    for subject, _, errors in rows:
        total, count = out.get(subject, (0.0, 0.0))
        out[subject] = (total + errors[method], count + 1)
    return out


def _beside(sums: dict[str, Counts]) -> tuple[Beside, ...]:
    def mean(method: str) -> float:
        rows = sums[method].values()
        return sum(row[0] for row in rows) / sum(row[1] for row in rows)

    return (
        Beside("plain VQF", mean("vqf"), here=True),
        Beside("accelerometer alone", mean("accelerometer"), here=True),
    )
