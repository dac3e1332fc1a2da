"""Names of data sets to figures, one process each if wished."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from backwatch.evaluation import days, inclination, likeness, movements, postures
from backwatch.evaluation.figures import Figure
from backwatch.evaluation.likeness import Likeness

Say = Callable[[str], None]
FEW = 3  # subjects of each set in a quick run: enough to see a change


def silent(what: str) -> None:
    """Progress nobody reads."""
    del what


_REAL: dict[str, Callable[[Path, int | None, Say], list[Figure]]] = {
    "wc_trunk": inclination.wc_trunk,
    "broad": inclination.broad,
    "hapt_waist": postures.hapt_waist,
    "chest_desk": postures.chest_desk,
    "lowback_gait": postures.lowback_gait,
    "sisfall": movements.sisfall,
    "umafall": movements.umafall,
}
SIMULATED = "simulated"
LIKENESS = "likeness"
LONG = (SIMULATED, "chest_desk", "sisfall")
SETS = (*_REAL, SIMULATED, LIKENESS)  # in the order they are reported


def evaluate(
    names: Iterable[str], datasets: Path, *, quick: bool, jobs: int, say: Say
) -> tuple[dict[str, list[Figure]], list[Likeness]]:
    """Figures of each named set, in the order of SETS, and the simulator against reality.

    Args:
        datasets: the folder with one folder for each set; not looked at for simulated people.
        quick: few subjects of each set.
        jobs: processes to spread the sets over.

    Raises:
        UserError: a folder is missing.
        RecordingError: a file in it cannot be read.
    """
    asked = set(names)
    wanted = [name for name in (*_REAL, SIMULATED) if name in asked]
    few = FEW if quick else None
    if jobs == 1:
        found = {name: score(name, datasets, few, say) for name in wanted}
        alike = likeness.likeness(datasets, few, say) if LIKENESS in asked else []
        return found, alike
    # The longest first, so that none is waited for alone at the end.
    wanted_first = sorted(wanted, key=lambda name: name not in LONG)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = {name: pool.submit(score, name, datasets, few) for name in wanted_first}
        compared = pool.submit(likeness.likeness, datasets, few) if LIKENESS in asked else None
        found = {}
        for name in wanted:
            found[name] = tasks[name].result()
            say(f"{name} done")
        return found, [] if compared is None else compared.result()


def score(name: str, datasets: Path, few: int | None, say: Say = silent) -> list[Figure]:
    """Figures of one set, over few subjects or all."""
    return days.days(few, say) if name == SIMULATED else _REAL[name](datasets, few, say)
