"""The HTTP API and the commands to the tables of docs/hooks.md.

    python tools/hooks.py [--check]

With --check nothing is written, and it ends with 1 where the tables are not what there is.
"""

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from page_types import describe

from backwatch import commands

DOCUMENT = Path(__file__).parents[1] / "docs" / "hooks.md"
TABLE = re.compile(r"(<!-- (\w+): made by tools/hooks\.py -->\n).*?(<!-- end -->\n)", re.S)


def routes() -> Iterator[tuple[str, str, str]]:
    """Subject, what to ask for, and what it is, in the order of the document."""
    for path, methods in describe()["paths"].items():
        for method, operation in methods.items():
            (subject, *_) = operation.get("tags", ["server"])
            yield subject, f"{method.upper()} {path}", operation["summary"]


def names() -> Iterator[tuple[str, str]]:
    """Each command and what it does."""
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda one: one.name):
        module = importlib.import_module(f"{commands.__name__}.{found.name}")
        yield found.name.replace("_", "-"), module.HELP


def tables() -> dict[str, str]:
    """By name, as Markdown."""
    asked = sorted(routes(), key=lambda one: one[0])  # keeps the order within a subject
    api = [f"| {subject} | `{what}` | {about} |" for subject, what, about in asked]
    command = [f"| `backwatch {name}` | {about} |" for name, about in names()]
    return {
        "routes": _table("| about | request | what it is |\n| --- | --- | --- |", api),
        "commands": _table("| command | what it does |\n| --- | --- |", command),
    }


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def written(text: str) -> str:
    """The document with its tables as they are now."""
    made = tables()
    return TABLE.sub(lambda found: found[1] + made[found[2]] + found[3], text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the tables of docs/hooks.md.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    args = parser.parse_args()
    text = DOCUMENT.read_text("utf-8")
    new = written(text)
    if not args.check:
        DOCUMENT.write_text(new, "utf-8")
        return 0
    if new == text:
        return 0
    print("docs/hooks.md is not what there is; run: python tools/hooks.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
