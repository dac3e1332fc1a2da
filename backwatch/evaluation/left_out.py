"""Fitted parts of the path, fitted again without the person who is scored."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from backwatch.evaluation.sets import by_subject
from monitor import profiles
from monitor.model import Placement
from monitor.states import evidence

TRAINING = Path(__file__).parents[2] / "tools" / "train_activity.py"


def fitted_without_each(datasets: Path, name: str) -> Mapping[str, evidence.Params]:
    """What the training command fits to everybody else, by the person left out.

    Empty where the training command is not there: it is no part of the installed package.
    """
    command = training_command()
    if command is None:
        return {}
    [course] = [course for course in command.COURSES if course.folder == name]
    people = {
        person: [command.read(course, path) for path in paths]
        for person, paths in by_subject(datasets / name, None)
    }
    return {
        person: command.fit(
            course, [one for other, files in people.items() if other != person for one in files]
        )
        for person in people
    }


@contextmanager
def looking(placement: Placement, params: evidence.Params) -> Iterator[None]:
    """Within it the path reads posture at this placement with these weights."""
    shipped = profiles.LOOKS[placement]
    profiles.LOOKS[placement] = params
    try:
        yield
    finally:
        profiles.LOOKS[placement] = shipped


def training_command() -> ModuleType | None:
    """The training command's module; None where it is not, as in the installed package."""
    return _loaded(TRAINING) if TRAINING.exists() else None


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module
