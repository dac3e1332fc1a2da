"""Modules of the path that were compiled ahead of time, taken in place of their sources.

`tools/compile_path.py` puts them into `built`, beside a digest of the sources they were made
from. They call each other directly, so they hold together or not at all: one edit of any of
these sources, and Python runs all of the sources again until they are compiled anew.
"""

import copyreg
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILT = Path(__file__).resolve().parent / "built"
MADE_FROM = "sources.sha256"  # a digest, and the sources it is of, a line each
CHOICE = "BACKWATCH_COMPILED"  # "no" runs the sources, whatever was compiled


def digest(sources: Iterable[str], root: Path = ROOT) -> str:
    """Of files by their names and contents; names as they are below `root`.

    Raises:
        OSError: one of them is not there.
    """
    found = sha256()
    for name in sources:
        found.update(f"{name}\0".encode())
        found.update(sha256((root / name).read_bytes()).digest())
    return found.hexdigest()


def modules(root: Path = ROOT, built: Path = BUILT) -> dict[str, Path]:
    """The libraries to take, by the full name of the module; empty where sources are to be run."""
    if os.environ.get(CHOICE) == "no":
        return {}
    try:
        made_from, *sources = (built / MADE_FROM).read_text().split()
        if digest(sources, root) != made_from:
            return {}
    except (OSError, ValueError):
        return {}
    suffix = EXTENSION_SUFFIXES[0]  # names this Python and this kind of machine
    found = {path.name.removesuffix(suffix): path for path in built.glob(f"*{suffix}")}
    wanted = {source.removesuffix(".py").replace("/", ".") for source in sources}
    return found if wanted <= found.keys() else {}


class _Loader(ExtensionFileLoader):
    """Loads a library as if it were the source that it was made from."""

    def __init__(self, name: str, library: Path, names: Collection[str]) -> None:
        super().__init__(name, str(library))
        self._names = names  # of all modules that are taken so

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for name in self._names:  # libraries import each other without asking for a loader
            if (loaded := sys.modules.get(name)) is not None:
                _adopt(loaded)


def _adopt(module: ModuleType) -> None:
    source = str(ROOT / f"{module.__name__.replace('.', '/')}.py")
    if module.__file__ == source:
        return
    module.__file__ = source  # where `inspect` and people look for the code
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__ and _frozen(kind):
            # mypyc restores such a copy by assigning to it, which it refuses.
            copyreg.pickle(kind, _by_fields)


def _frozen(kind: type) -> bool:
    return is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _by_fields(one: Any) -> tuple[type, tuple[object, ...]]:
    """How copies and pickles make another."""
    return type(one), tuple(getattr(one, field.name) for field in fields(one) if field.init)


class _Finder(MetaPathFinder):
    """Finds libraries by the full name of the module."""

    def __init__(self, libraries: Mapping[str, Path]) -> None:
        self._libraries = libraries

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        library = self._libraries.get(fullname)
        if library is None:
            return None
        loader = _Loader(fullname, library, self._libraries.keys())
        return spec_from_file_location(fullname, library, loader=loader)


def prefer() -> None:
    """Let later imports of these modules take the libraries."""
    if libraries := modules():
        sys.meta_path.insert(0, _Finder(libraries))
