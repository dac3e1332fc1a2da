"""Compiles the busy modules of the path with mypyc, into monitor/built; `monitor.ahead` takes them.

The sources stay what they are, and give the same results at half the speed where this has not
been run. It needs mypyc, a C compiler and Python's headers, and takes about a minute.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from monitor.ahead import BUILT, MADE_FROM, digest  # noqa: E402

# What runs for every packet or half second. What is rarer gains nothing and takes its time.
MODULES = {
    "": ["compiled", "pipeline", "stage"],
    "alerts": ["stage"],
    "calibration": ["doubt", "rotations", "slip"],
    "exposure": ["clocks", "doses", "histograms", "minutes"],
    "features": ["layout", "native", "stage"],
    "ingest": ["ingest", "numbering"],
    "model": ["features", "motion", "samples", "states"],
    "orientation": ["native", "observer", "stage"],
    "states": [
        "activities", "belief", "bends", "blanking", "crossings", "evidence", "gait", "hints",
        "history", "holds", "impacts", "layout", "movements", "native", "senses", "stage",
        "technique", "transitions",
    ],
    "timebase": ["bridge", "clock", "timebase"],
}  # fmt: skip
SOURCES = [
    "/".join(part for part in ("monitor", folder, f"{name}.py") if part)
    for folder, names in MODULES.items()
    for name in names
]
GROUP = "backwatch_path"  # what all of them share is a module of this name
# As for the C parts: contraction would round differently from machine to machine.
CFLAGS = ["-ffp-contract=off"]


def missing() -> str | None:
    """What it takes to compile and is not here."""
    if importlib.util.find_spec("mypyc") is None or importlib.util.find_spec("setuptools") is None:
        return "mypyc (pip install mypy[mypyc])"
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang", "cl")):
        return "a C compiler"
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return "Python's headers (Debian: python3-dev)"
    return None


def is_built() -> bool:
    """Whether monitor/built is of the sources that are here, by this Python."""
    made_from = BUILT / MADE_FROM
    return (
        made_from.is_file()
        and made_from.read_text().split() == [digest(SOURCES), *SOURCES]
        and any(BUILT.glob(f"{GROUP}*{sysconfig.get_config_var('EXT_SUFFIX')}"))
    )


def compile_path() -> bool:
    """Fill monitor/built, if it is not; False, with a word on stderr, where that cannot be."""
    if is_built():
        return True
    if (lacking := missing()) is not None:
        print(f"Backwatch: the path stays uncompiled, without {lacking}.", file=sys.stderr)
        return False
    made_from = digest(SOURCES)
    print("Compiling the path ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(Path(__file__).resolve()), "--into", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.stderr.write(done.stdout + done.stderr)
            print("Backwatch: the path stays uncompiled; mypyc failed, see above.", file=sys.stderr)
            return False
        fresh = Path(folder) / "fresh"
        fresh.mkdir()
        libraries = Path(folder) / "libraries"
        for library in libraries.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"):
            library.rename(fresh / ".".join(library.relative_to(libraries).parts))
        (fresh / MADE_FROM).write_text("\n".join([made_from, *SOURCES, ""]))
        beside = shutil.copytree(fresh, BUILT.with_name(f"{BUILT.name}.{os.getpid()}"))
        shutil.rmtree(BUILT, ignore_errors=True)  # a running process keeps the ones it has
        beside.rename(BUILT)
    return True


def _compile(into: Path) -> None:
    """Write libraries to `into`/libraries, below folders named as packages."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    extensions = mypycify(
        SOURCES, opt_level="1", debug_level="0", group_name=GROUP, target_dir=str(into / "c")
    )
    for extension in extensions:
        extension.extra_compile_args += CFLAGS
    distribution = Distribution({"name": "backwatch", "ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(into / "libraries"), str(into / "objects")
    command.parallel = 2
    command.ensure_finalized()
    command.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help="only say whether it is done")
    args = parser.parse_args()
    if args.into is not None:
        _compile(args.into)
    elif not (is_built() if args.check else compile_path()):
        sys.exit(1)


if __name__ == "__main__":
    main()
