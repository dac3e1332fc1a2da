"""Weights fitted to ever more people to what they reach on one who was not among them."""

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backwatch.errors import UserError
from backwatch.evaluation.left_out import training_command
from backwatch.evaluation.sets import by_subject, folder
from monitor.states import evidence

Floats = NDArray[np.float64]
Say = Callable[[str], None]

LEARNING = Path(__file__).with_name("learning.json")
COMMAND = "backwatch evaluate --learn"
TEAMS = 12  # of each size, for everybody left out
SEED = 13  # of the teams; any would do
SURE = math.log(0.75 / 0.25)  # odds (ln) from which a posture is told at the chest
WHAT = {
    "hapt_waist": "sitting or standing, waist (hapt_waist)",
    "chest_desk": "sitting or standing, chest (chest_desk)",
}


@dataclass(frozen=True, slots=True)
class Point:
    """What weights fitted to some people reach on others, each look at a bout for itself.

    Attributes:
        of_all: the likelier of the two right, mean of sitting and standing.
        when_decided: the same of looks that are sure enough to be told, which are `decided`.
    """

    people: int
    of_all: float
    when_decided: float
    decided: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What more people bring."""

    what: str
    points: tuple[Point, ...]


def read_curves(path: Path = LEARNING) -> list[Curve]:
    """Every curve that was written; none where none was."""
    if not path.exists():
        return []
    known: dict[str, list[dict[str, Any]]] = json.loads(path.read_text("utf-8"))["curves"]
    return [
        Curve(
            WHAT.get(name, name),
            tuple(
                Point(row["people"], row["of_all"], row["when_decided"], row["decided"])
                for row in rows
            ),
        )
        for name, rows in known.items()
    ]


def learn(datasets: Path, say: Say) -> dict[str, list[Point]]:
    """A curve for each fitted part, by its data set.

    Raises:
        UserError: the training command is not there, or a folder is missing.
    """
    command = training_command()
    if command is None:
        raise UserError(
            "tools/train_activity.py is not here: it is no part of the installed package; run "
            "this in a checkout of the repository"
        )
    out = {}
    for course in command.COURSES:
        looks: dict[str, list[Any]] = {}
        for person, paths in by_subject(folder(datasets, course.folder), None):
            say(f"learning: {course.folder} {person}")
            looks[person] = [command.read(course, path) for path in paths]
        out[course.folder] = curve(command, course, looks)
    return out


def curve(command: ModuleType, course: Any, looks: dict[str, list[Any]]) -> list[Point]:
    """Figures of people left out against how many of the others were fitted to."""
    rng = np.random.default_rng(SEED)
    points = []
    for size in range(1, len(looks)):
        counts = np.zeros((2, 4))
        for name, mine in looks.items():
            others = [other for other in looks if other != name]
            possible = list(itertools.combinations(others, size))
            # Everybody left out meets as many teams, so nobody weighs more for that.
            for index in sorted(rng.permutation(len(possible))[:TEAMS].tolist()):
                params = command.fit(course, [one for o in possible[index] for one in looks[o]])
                for one in mine:
                    rows = one.straight
                    counts += judged(params, one.looks[rows], one.trust[rows], one.standing[rows])
        seen, right, told, right_told = counts.T
        points.append(
            Point(
                size,
                round(float((right / seen).mean()), 3),
                round(float((right_told / np.maximum(told, 1)).mean()), 3),
                round(float(told.sum() / seen.sum()), 3),
            )
        )
    return points


def judged(
    params: evidence.Params, looks: Floats, trust: Floats, standing: NDArray[np.int64]
) -> Floats:
    """Looks at sitting, then standing: all, right, sure enough to be told, right among these.

    Args:
        looks: shape (n, features); trust: share of their odds that counts, shape (n,).
        standing: 1 for standing, 0 for sitting, shape (n,).
    """
    odds = (looks @ np.array(params.weights) + params.bias) * trust
    if params.within:
        low, high = np.array(params.within).T
        odds[((looks < low) | (looks > high)).any(axis=1)] = 0.0
    counts = []
    for label, side in ((0, -1.0), (1, 1.0)):
        toward = side * odds[standing == label]
        sure = np.abs(toward) >= SURE
        counts.append((len(toward), (toward > 0).sum(), sure.sum(), (toward[sure] > 0).sum()))
    return np.array(counts, np.float64)


def write_curves(curves: dict[str, list[Point]], path: Path = LEARNING) -> None:
    """Replace the curves."""
    plain = {name: [asdict(point) for point in points] for name, points in curves.items()}
    text = json.dumps({"command": COMMAND, "curves": plain}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
