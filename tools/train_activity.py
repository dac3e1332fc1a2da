"""Recordings of sitting and standing to monitor/states/weights.py.

    python tools/train_activity.py --recordings DIR

DIR holds hapt_waist and chest_desk as Parquet files with a column `label`; the first is trained
on for the waist, the second for the chest. Both are CC BY 4.0; weights.py cites them. Nothing is
drawn at random, so the same recordings give the same file.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.features import Features
from monitor.model import NS_PER_S, FeatureChunk
from monitor.orientation import Orientation, mounting_from_axes, with_neutral
from monitor.orientation import Params as OrientationParams
from monitor.recording import read_recording
from monitor.stage import feed
from monitor.states import evidence
from monitor.states.history import BLOCK, History

MARGIN = 0.1  # of the range seen; people not met yet may go a little beyond it
OUT = Path(__file__).parents[1] / "monitor" / "states" / "weights.py"


@dataclass(frozen=True)
class Course:
    """What one placement learns from.

    Attributes:
        name: of the constant in weights.py.
        up: sensor axis of the recordings.
        forward: axes that may be named so; each recording is read once with each.
        neutral_s: length of the first standing that calibrates.
        labels: to 0 (sitting) or 1 (standing).
        params: features and windows; the weights are found.
        ridge: of the weights of features with unit variance.
    """

    name: str
    folder: str
    up: str
    forward: tuple[str, ...]
    neutral_s: float
    labels: dict[str, int]
    params: evidence.Params
    ridge: float
    origin: str


COURSES = (
    Course(
        "WAIST",
        "hapt_waist",
        "+x",
        ("+z", "+y"),
        3.0,
        {"sitting": 0, "standing": 1},
        evidence.Params(features=("tilt_deg", "along_deg"), span_s=7.0, trust_s=2.0),
        1e-2,
        "hapt_waist: Reyes-Ortiz et al., Neurocomputing 171:754-767, 2016; UCI 341, CC BY 4.0",
    ),
    Course(
        "CHEST",
        "chest_desk",
        "+y",
        ("+z",),
        10.0,
        {"sitting_at_computer": 0, "standing": 1, "standing_talking": 1},
        evidence.Params(
            features=("sway", "shake"), least_s=5.0, span_s=120.0, trust_s=60.0, every=5
        ),
        1e-3,
        "chest_desk: Casale et al., Pers. Ubiquit. Comput. 16(5):563-580, 2012; UCI 287, CC BY 4.0",
    ),
)


@dataclass(frozen=True, eq=False)
class Told:
    """Mean looks at one person's bouts, shape (n, features), and what the bouts were, (n,)."""

    subject: str
    looks: NDArray[np.float64]
    standing: NDArray[np.int64]


def read(course: Course, path: Path) -> Told:
    """Looks over the longest span, within stretches of one label."""
    table = pq.read_table(path)
    time_s = table["time"].to_numpy()
    labels = np.array(table["label"].to_pylist())
    truth = np.array([course.labels.get(label, -1) for label in labels])
    recording = read_recording(path)
    first = int(np.flatnonzero(labels == "standing")[0])
    calibrated = (time_s >= time_s[first]) & (time_s < time_s[first] + course.neutral_s)
    neutral = recording.pieces[0].acc_mps2[calibrated].mean(axis=0)
    looks: list[NDArray[np.float64]] = []
    standing: list[int] = []
    for forward in course.forward:
        mounting = with_neutral(mounting_from_axes(course.up, forward), neutral)
        motion = feed(
            Orientation(OrientationParams(mounting=mounting)),
            recording.pieces[0].samples(len(labels)),
        )
        for chunk in feed(Features(), motion):
            if isinstance(chunk, FeatureChunk):
                at_s = [chunk.time_ns(hop) / NS_PER_S for hop in range(len(chunk))]
                rows = np.searchsorted(time_s, at_s).clip(0, len(truth) - 1)
                _look(course.params, chunk, truth[rows], looks, standing)
    return Told(path.stem.split("_")[0], np.array(looks), np.array(standing))


def _look(
    params: evidence.Params,
    chunk: FeatureChunk,
    truth: NDArray[np.int64],
    looks: list[NDArray[np.float64]],
    standing: list[int],
) -> None:
    """Means of `span_s` of looks at stretches of one label; truth has one row a hop."""
    history = History(chunk.segment, chunk.hop, chunk.forward_known)
    window = history.hops(params.window_s)
    most = max(1, round(params.span_s / params.window_s))
    recent: list[tuple[float, ...]] = []
    toward = (0.0, 0.0)
    for start in range(0, len(chunk) - BLOCK + 1, BLOCK):
        stop = start + BLOCK
        history.append(chunk, start, stop)
        if stop < window or stop % window >= BLOCK:
            continue
        bout = truth[stop - window : stop]
        pure = bout[0] >= 0 and bool((bout == bout[0]).all())
        seen = evidence.describe(params, history, stop - window, stop) if pure else None
        if seen is None:
            recent = []
            continue
        toward = evidence.learnt(params, toward, seen.tilt, window * history.hop_s)
        values = tuple(
            evidence.along_deg(toward, seen.tilt) if name == evidence.ALONG else value
            for name, value in zip(params.features, seen.values, strict=True)
        )
        recent = [*recent, values][-most:]
        if len(recent) == most:
            looks.append(np.mean(recent, axis=0))
            standing.append(int(bout[0]))


def fit(course: Course, people: list[Told]) -> evidence.Params:
    """Logistic regression, each person's sitting and standing weighing the same."""
    x = np.concatenate([one.looks for one in people])
    y = np.concatenate([one.standing for one in people])
    weight = np.concatenate(
        [
            1.0 / np.array([(one.standing == label).sum() for label in one.standing])
            for one in people
        ]
    )
    weight = weight / weight.sum()
    mean, scale = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = z @ theta
        chance = 1.0 / (1.0 + np.exp(-odds))
        cost = np.logaddexp(0.0, odds) - y * odds
        penalty = np.append(theta[:-1], 0.0) * course.ridge
        return (
            float(weight @ cost + 0.5 * course.ridge * theta[:-1] @ theta[:-1]),
            z.T @ ((chance - y) * weight) + penalty,
        )

    spectral = bool(set(course.params.features) & set(evidence.SPECTRAL))
    low, high = x.min(axis=0), x.max(axis=0)
    margin = MARGIN * (high - low)
    theta = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    weights = theta[:-1] / scale
    return replace(
        course.params,
        weights=tuple(round(float(value), 5) for value in weights),
        within=tuple(
            (round(float(a), 3), round(float(b), 3))
            for a, b in zip(low - margin, high + margin, strict=True)
        )
        if spectral
        else (),
        bias=round(float(theta[-1] - weights @ mean), 5),
    )


def write(courses: list[tuple[Course, evidence.Params, int]]) -> str:
    """The module as text."""
    lines = [
        "# Generated by tools/train_activity.py; do not edit.",
        '"""How sitting and standing look at each placement with labelled recordings."""',
        "",
        "from monitor.states import evidence",
    ]
    for course, params, people in courses:
        lines += ["", f"# Trained on {people} people of", f"# {course.origin}."]
        lines += [f"{course.name} = evidence.Params("]
        for name in evidence.Params.__slots__:
            value = getattr(params, name)
            shown = repr(value).replace("'", '"')
            lines += [f"    {name}={shown},"]
        lines += [")"]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=Path, required=True)
    folder = parser.parse_args().recordings
    done = []
    for course in COURSES:
        people = [read(course, path) for path in sorted((folder / course.folder).glob("*.parquet"))]
        subjects = {one.subject for one in people}
        done.append((course, fit(course, people), len(subjects)))
    OUT.write_text(write(done), encoding="utf-8")


if __name__ == "__main__":
    main()
