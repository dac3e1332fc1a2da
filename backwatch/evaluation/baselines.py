"""`baselines.json` of a folder of data sets to what stands beside our figures."""

import json
from pathlib import Path
from typing import Any

from backwatch.evaluation.figures import Beside


def read(datasets: Path, name: str, *wanted: tuple[str, str]) -> tuple[Beside, ...]:
    """What others reached on a data set: for each pair, its key in the file and our words."""
    path = datasets / "baselines.json"
    known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    found = known.get(name, {})
    return tuple(
        Beside(words, float(found[key]), here=False) for key, words in wanted if key in found
    )
