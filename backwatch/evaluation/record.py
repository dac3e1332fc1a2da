"""Figures to the recorded ones beside this code, and what differs from them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from backwatch.evaluation.figures import Band, Beside, Better, Figure, Reliability
from backwatch.evaluation.likeness import Likeness, Spread

RECORDED = Path(__file__).with_name("recorded.json")
FLOORS = Path(__file__).with_name("floors.json")
DIGITS = 5  # kept of each number, after the point
SHARE_MARGIN = 0.01  # by which a share may fall before its floor is broken
OTHER_MARGIN = 0.03  # of its value, by which any other figure may get worse
LEAST_MARGIN = 0.02  # of such a figure, in its own unit
STEPS = 1.5  # trials or events that may go the other way, more than one and less than two
SAME_SHARE = 0.005  # a figure this near to the recorded one has not changed
SAME_OTHER = 0.01  # of its value, for figures that are no shares
FEW_DIFFER = 0.05  # of values of single subjects; more mean that the record is stale


@dataclass(frozen=True, slots=True)
class Record:
    """All that docs/validation.md shows.

    Attributes:
        code: hash of the sources the figures were taken with; empty where nobody noted it, or
            where they were taken with several.
    """

    figures: Mapping[str, list[Figure]]
    likenesses: list[Likeness]
    reliabilities: Mapping[str, list[Reliability]] = field(default_factory=dict)
    code: str = ""


def read_record(path: Path = RECORDED) -> Record:
    """The recorded figures; empty if there are none."""
    if not path.exists():
        return Record({}, [])
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        {name: [_figure(row) for row in rows] for name, rows in data["figures"].items()},
        [
            Likeness(
                row["movement"],
                row["source"],
                row["measure"],
                Spread(*row["real"]),
                Spread(*row["simulated"]),
            )
            for row in data["likenesses"]
        ],
        {
            name: [
                Reliability(
                    row["key"],
                    row["what"],
                    tuple(Band(*map(_float, band)) for band in row["bands"]),
                    row["off"],
                    row["counted"],
                )
                for row in rows
            ]
            for name, rows in data.get("reliabilities", {}).items()
        },
        data.get("code", ""),
    )


def as_data(record: Record) -> dict[str, Any]:
    """The record as JSON holds it; what is not a number is null."""
    return {
        "code": record.code,
        "figures": {
            name: [_row(figure) for figure in figures] for name, figures in record.figures.items()
        },
        "likenesses": [
            {
                "movement": one.movement,
                "source": one.source,
                "measure": one.measure,
                "real": _numbers(one.real),
                "simulated": _numbers(one.simulated),
            }
            for one in record.likenesses
        ],
        "reliabilities": {
            name: [
                {
                    "key": one.key,
                    "what": one.what,
                    "bands": [[_number(value) for value in astuple(band)] for band in one.bands],
                    "off": _number(one.off),
                    "counted": one.counted,
                }
                for one in rows
            ]
            for name, rows in record.reliabilities.items()
        },
    }


def write_record(record: Record, path: Path = RECORDED) -> None:
    """Replace the recorded figures."""
    path.write_text(json.dumps(as_data(record), indent=1) + "\n", encoding="utf-8")


def merged(before: Record, fresh: Record, order: Sequence[str]) -> Record:
    """Fresh figures, and those of before for the sets that were not scored again."""
    figures = {**before.figures, **fresh.figures}
    reliabilities = {**before.reliabilities, **fresh.reliabilities}
    kept = set(before.figures) - set(fresh.figures)
    return Record(
        {name: figures[name] for name in order if name in figures},
        fresh.likenesses or before.likenesses,
        {name: reliabilities[name] for name in order if name in reliabilities},
        fresh.code if not kept or before.code == fresh.code else "",
    )


def read_floors(path: Path = FLOORS) -> dict[str, float]:
    """The worst each figure may be, by its key; empty if there are none."""
    floors: dict[str, float] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return floors


def raised(floors: Mapping[str, float], record: Record) -> dict[str, float]:
    """Floors drawn after the figures: stricter ones where a figure got better, never laxer.

    The floor stands a margin below the figure, and never below a target that is reached.
    """
    out = {}
    for figure in _all(record):
        if not math.isfinite(figure.value):
            continue
        share = figure.unit == "share"
        margin = SHARE_MARGIN if share else max(OTHER_MARGIN * figure.value, LEAST_MARGIN)
        margin = max(margin, STEPS * figure.step)
        sign = 1 if figure.better is Better.LESS else -1
        floor = figure.value + sign * margin
        stricter = min if figure.better is Better.LESS else max
        if figure.reach is not None and figure.reached:
            floor = stricter(floor, figure.reach)
        if figure.key in floors:
            floor = stricter(floor, floors[figure.key])
        if share:
            floor = min(max(floor, 0.0), 1.0)
        out[figure.key] = round(floor, DIGITS)
    return out


def below(figures: list[Figure], floors: Mapping[str, float]) -> list[str]:
    """A sentence for each figure that is worse than its floor or has none."""
    out = []
    for figure in figures:
        if not math.isfinite(figure.value):
            continue
        floor = floors.get(figure.key)
        if floor is None:
            out.append(f"{figure.key} has no floor; add one with --raise-floors")
        elif (figure.value - floor) * (1 if figure.better is Better.LESS else -1) > 1e-9:
            out.append(f"{figure.key} is {figure.value:.4g}, worse than its floor {floor:.4g}")
    return out


def changed(fresh: Figure, recorded: Figure) -> bool:
    """Whether a figure is no longer what was recorded."""
    return not _same(fresh.value, recorded.value, fresh.unit)


def changed_subjects(fresh: list[Figure], recorded: list[Figure]) -> list[str]:
    """Values of single subjects that are not as recorded, e.g. "sisfall.technique of SA01".

    Empty also if only few differ: a trial on the edge may fall to the other side elsewhere.
    """
    known = {figure.key: figure for figure in recorded}
    differ, compared = [], 0
    for figure in fresh:
        for name, value in figure.subjects.items():
            compared += 1
            there = known[figure.key].subjects if figure.key in known else {}
            if name not in there or not _same(value, there[name], figure.unit):
                differ.append(f"{figure.key} of {name}")
    return differ if len(differ) > FEW_DIFFER * compared else []


def _same(a: float, b: float, unit: str) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return abs(a - b) <= (SAME_SHARE if unit == "share" else SAME_SHARE + SAME_OTHER * abs(b))


def _all(record: Record) -> list[Figure]:
    return [figure for figures in record.figures.values() for figure in figures]


def _row(figure: Figure) -> dict[str, Any]:
    return {
        "key": figure.key,
        "what": figure.what,
        "unit": figure.unit,
        "better": figure.better.value,
        "value": _number(figure.value),
        "interval": [_number(figure.low), _number(figure.high)],
        "reach": None if figure.reach is None else _number(figure.reach),
        "step": _number(figure.step),
        "counted": figure.counted,
        "beside": [
            {"name": other.name, "value": _number(other.value), "here": other.here}
            for other in figure.beside
        ],
        "reason": figure.reason,
        "subjects": {name: _number(value) for name, value in figure.subjects.items()},
    }


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(
        row["key"],
        row["what"],
        row["unit"],
        Better(row["better"]),
        _float(row["value"]),
        _float(row["interval"][0]),
        _float(row["interval"][1]),
        row["reach"],
        row["step"],
        {name: _float(value) for name, value in row["subjects"].items()},
        row["counted"],
        tuple(Beside(o["name"], _float(o["value"]), o["here"]) for o in row["beside"]),
        row["reason"],
    )


def _numbers(spread: Spread) -> list[float | None]:
    return [*map(_number, (spread.low, spread.middle, spread.high)), spread.count]


def _number(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None


def _float(value: float | None) -> float:
    return math.nan if value is None else value
