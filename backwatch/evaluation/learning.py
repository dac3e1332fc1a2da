"""What the training command found of ever more people, beside this code, to learning curves."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEARNING = Path(__file__).with_name("learning.json")  # tools/train_activity.py --curve
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
    """Every curve that the training command wrote; none where it has not."""
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
