"""Names of data sets to figures, one process each if wished."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from backwatch.evaluation import (
    days,
    inclination,
    likeness,
    movements,
    postures,
    wearing,
)
from backwatch.evaluation.choosing import code
from backwatch.evaluation.figures import Figure, Reliability
from backwatch.evaluation.record import Record

Say = Callable[[str], None]
FEW = 3  # subjects of each set in a quick run: enough to see a change


def silent(what: str) -> None:
    """Progress nobody reads."""
    del what


_REAL: dict[str, Callable[[Path, int | None, Say], list[Figure | Reliability]]] = {
    "wc_trunk": inclination.wc_trunk,
    "broad": inclination.broad,
    "hapt_waist": postures.hapt_waist,
    "chest_desk": postures.chest_desk,
    "lowback_gait": postures.lowback_gait,
    "sisfall": movements.sisfall,
    "umafall": movements.umafall,
}
_SIMULATED: dict[str, Callable[[int | None, Say], list[Figure]]] = {
    "simulated": days.days,
    "wearing": wearing.wearing,
}
SIMULATED, WEARING = _SIMULATED
LIKENESS = "likeness"
LONG = (SIMULATED, "chest_desk", "sisfall", LIKENESS)
SETS = (*_REAL, *_SIMULATED, LIKENESS)  # in the order they are reported


def evaluate(names: Iterable[str], datasets: Path, *, quick: bool, jobs: int, say: Say) -> Record:
    """What is found of each named set, in the order of SETS.

    Args:
        datasets: the folder with one folder for each set; not looked at for simulated people.
        quick: few subjects of each set.
        jobs: processes to spread the sets over.

    Raises:
        UserError: a folder is missing.
        RecordingError: a file in it cannot be read.
    """
    wanted = [name for name in SETS if name in set(names)]
    few = FEW if quick else None
    if jobs == 1:
        return _put_together([_part(name, datasets, few, say) for name in wanted])
    # The longest first, so that none is waited for alone at the end.
    wanted_first = sorted(wanted, key=lambda name: name not in LONG)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = {name: pool.submit(_part, name, datasets, few) for name in wanted_first}
        parts = []
        for name in wanted:
            parts.append(tasks[name].result())
            say(f"{name} done")
        return _put_together(parts)


def score(name: str, datasets: Path, few: int | None, say: Say = silent) -> list[Figure]:
    """Figures of one set, over few subjects or all."""
    return list(_part(name, datasets, few, say).figures[name])


def _part(name: str, datasets: Path, few: int | None, say: Say = silent) -> Record:
    if name == LIKENESS:
        return Record({}, likeness.likeness(datasets, few, say))
    if name in _SIMULATED:
        return Record({name: _SIMULATED[name](few, say)}, [])
    rows = _REAL[name](datasets, few, say)
    return Record(
        {name: [row for row in rows if isinstance(row, Figure)]},
        [],
        {name: [row for row in rows if isinstance(row, Reliability)]},
    )


def _put_together(parts: list[Record]) -> Record:
    return Record(
        {name: rows for part in parts for name, rows in part.figures.items()},
        [one for part in parts for one in part.likenesses],
        {name: rows for part in parts for name, rows in part.reliabilities.items()},
        code(),
    )
