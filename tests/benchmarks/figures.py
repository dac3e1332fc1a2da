"""A measured number beside what was promised, as a table or JSON."""

import math
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One number.

    Attributes:
        value: NaN where it could not be measured; `note` says why.
        most, least: the budget, if there is one.
        note: how it came about.
    """

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the budget holds; None without a budget or a value."""
        if math.isnan(self.value) or (self.most is None and self.least is None):
            return None
        above = self.most is not None and self.value > self.most
        below = self.least is not None and self.value < self.least
        return not (above or below)


@dataclass(frozen=True)
class Subject:
    """What `--only` names, and what measures it; `quick` is a smoke test without meaning."""

    name: str
    title: str
    measure: Callable[[bool], Iterable[Figure]]


def missing(name: str, unit: str, why: str) -> Figure:
    return Figure(name, math.nan, unit, note=why)


def percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(np.asarray(values, float), percent)) if len(values) else math.nan


def table(subject: Subject, figures: Sequence[Figure]) -> str:
    rows = [("", "", "budget", "")]
    for figure in figures:
        said = (
            "not measured" if math.isnan(figure.value) else f"{_short(figure.value)} {figure.unit}"
        )
        budget = ""
        if figure.most is not None:
            budget = f"<= {_short(figure.most)}"
        elif figure.least is not None:
            budget = f">= {_short(figure.least)}"
        if figure.kept is not None:
            budget += "  kept" if figure.kept else "  MISSED"
        rows.append((figure.name, said.strip(), budget, figure.note))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"\n{subject.title}"]
    for name, said, budget, note in rows:
        line = f"  {name:{widths[0]}}  {said:>{widths[1]}}  {budget:{widths[2]}}  {note}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def as_json(told: dict[str, list[Figure]]) -> dict[str, Any]:
    return {
        "machine": {
            "processors": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "python": platform.python_version(),
        },
        "subjects": {
            name: [
                {
                    **asdict(figure),
                    "value": None if math.isnan(figure.value) else figure.value,
                    "kept": figure.kept,
                }
                for figure in figures
            ]
            for name, figures in told.items()
        },
    }


def _short(value: float) -> str:
    if value and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"
