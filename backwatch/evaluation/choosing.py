"""Grids of thresholds to the values that are best for everybody but the person they judge."""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import monitor
from backwatch.evaluation.figures import Counts
from monitor.orientation.layout import Params as ObserverParams
from monitor.profiles import PROFILES, Profile

Floats = NDArray[np.float64]
Values = Mapping[str, float]  # thresholds by their path within `states.Params` or the observer's
Score = Callable[[Values], Counts]  # what each person's trials come to with them
Worth = Callable[[Floats], float]  # of the summed counts of some people; more is better

CHOSEN = Path(__file__).with_name("chosen.json")
COMMAND = "backwatch evaluate --leave-out"
NEAR_ERRORS = 0.5  # standard errors; as many people as there are cannot tell values so near. Ours
RULE = f"middle of the values within {NEAR_ERRORS} standard errors of the best"
ROUNDS = 2  # through all thresholds of a grid, or until nothing moves
EVERYBODY = "everybody"  # is left out of nothing; for people of another data set
NEAR = 1e-9  # values of a criterion that are the same
READS = ("orientation", "features", "states")  # packages that decide what the thresholds decide


@dataclass(frozen=True, slots=True)
class Grid:
    """Thresholds chosen together.

    Attributes:
        criterion: what the choice makes largest, in words.
        values: tried of each, in ascending order; the search starts in the middle of each.
        folds: groups of people that are left out together; 0 for everybody alone.
    """

    name: str
    criterion: str
    values: Mapping[str, tuple[float, ...]]
    folds: int = 0

    def start(self) -> dict[str, float]:
        """The middle of every threshold's values."""
        return {name: values[len(values) // 2] for name, values in self.values.items()}


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of one grid, by the person it was chosen without."""

    grid: Grid
    without: Mapping[str, Values]


def choose(grid: Grid, people: Collection[str], score: Score, worth: Worth) -> Choice:
    """The values that are good for the other people, and those good for everybody.

    One threshold after another takes, with the others as they are, the middle of the values
    about the best that these people cannot tell from it: less apart than half a standard error.
    The best itself differs from person to person; where it is flat around it does not.
    """
    seen: dict[tuple[float, ...], Counts] = {}

    def counts(values: Values) -> Counts:
        key = tuple(values[name] for name in grid.values)
        if key not in seen:
            seen[key] = score(dict(values))
        return seen[key]

    def best(others: Collection[str]) -> dict[str, float]:
        at = grid.start()
        for _ in range(ROUNDS):
            before = dict(at)
            for name, values in grid.values.items():
                rows = [counts({**at, name: v}) for v in values]
                at[name] = values[_middle([np.array([r[o] for o in others]) for r in rows], worth)]
            if at == before:
                break
        return at

    without: dict[str, Values] = {EVERYBODY: best(list(people))}
    for left_out in folds(list(people), grid.folds):
        values = best([person for person in people if person not in left_out])
        without.update(dict.fromkeys(left_out, values))
    return Choice(grid, without)


def _middle(rows: Sequence[Floats], worth: Worth) -> int:
    """Index of the middle of the rows about the best that are as good as it.

    Each row has the counts of one value, shape (people, counts). The standard error of a
    difference is the jackknife's: what leaving out each of the people in turn makes of it.
    """
    sums = [row.sum(axis=0) for row in rows]
    worths = [worth(one) for one in sums]
    top = [k for k, one in enumerate(worths) if one >= max(worths) - NEAR]
    best = top[len(top) // 2]
    fewer = [
        [worth(total - person) for person in row] for total, row in zip(sums, rows, strict=True)
    ]

    def as_good(k: int) -> bool:
        apart = np.subtract(fewer[best], fewer[k])
        error = float(np.std(apart)) * math.sqrt(len(apart) - 1)
        return worths[best] - worths[k] <= NEAR_ERRORS * error + NEAR

    low = high = best
    while low > 0 and as_good(low - 1):
        low -= 1
    while high < len(rows) - 1 and as_good(high + 1):
        high += 1
    return (low + high + 1) // 2


def folds(people: Sequence[str], count: int) -> list[list[str]]:
    """People dealt to so many groups in turn, in the order of their names; 0: each alone."""
    ordered = sorted(people)
    return [ordered[start :: count or len(ordered)] for start in range(count or len(ordered))]


def with_values(values: Values, profile: Profile = PROFILES["desk"]) -> Profile:
    """The profile with thresholds of its states replaced, by paths such as "impact.peak_g"."""
    states: Any = profile.states
    for path, value in values.items():
        states = _with(states, path.split("."), value)
    return replace(profile, states=states)


def _with(params: Any, path: list[str], value: float) -> Any:
    name, *rest = path
    inner = _with(getattr(params, name), rest, value) if rest else value
    return replace(params, **{name: inner})


def write_choices(choices: Sequence[Choice], path: Path = CHOSEN) -> None:
    """Replace the choices of these grids; those of others stay."""
    grids = dict(read_choices(path))
    for one in choices:
        grids[one.grid.name] = {
            "criterion": one.grid.criterion,
            "rule": RULE,
            "folds": one.grid.folds,
            "code": code(),
            "values": {name: list(values) for name, values in one.grid.values.items()},
            "without": {person: dict(values) for person, values in one.without.items()},
        }
    data = {"command": COMMAND, "grids": dict(sorted(grids.items()))}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_choices(path: Path = CHOSEN) -> Mapping[str, Any]:
    """Of each grid: criterion, rule, values tried, chosen without whom, hash of the code."""
    known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"grids": {}}
    grids: dict[str, Any] = known["grids"]
    return grids


def chosen(grid: Grid, path: Path = CHOSEN) -> Mapping[str, Values]:
    """What was chosen without each person; empty where nothing was, or from another grid."""
    found = read_choices(path).get(grid.name)
    if found is None or is_another(grid, found):
        return {}
    without: dict[str, Values] = found["without"]
    return without


def in_use(path: str) -> float | None:
    """The value of a threshold that the path has now; None where there is none of that name."""
    params: Any = PROFILES["desk"].states if "." in path else ObserverParams()
    for name in path.split("."):
        params = getattr(params, name, None)
    return params if isinstance(params, float) else None


def is_another(grid: Grid, found: Mapping[str, Any]) -> bool:
    """Whether what was chosen was chosen from another grid, or by another criterion or rule."""
    values = {name: list(tried) for name, tried in grid.values.items()}
    return (found["values"], found["criterion"], found["folds"], found.get("rule")) != (
        values,
        grid.criterion,
        grid.folds,
        RULE,
    )


def code() -> str:
    """Hash of the sources that read motion, as they are now; 12 hexadecimal digits."""
    root = Path(monitor.__file__).parent
    found = hashlib.sha256()
    for package in READS:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".c"):
                found.update(path.relative_to(root).as_posix().encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:12]
