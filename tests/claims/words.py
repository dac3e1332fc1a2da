"""Every word a person can meet, with the place it stands."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("backwatch", "dashboard", "monitor", "simulator", "firmware_protocol")
PAGE = ROOT / "dashboard" / "ui"
DOCUMENTS = ("docs", "firmware_protocol", "dashboard", "simulator", "monitor", "backwatch")
POLICY = ROOT / "docs" / "claims.md"  # names what is forbidden


@dataclass(frozen=True, slots=True)
class Words:
    """A text and where it was found."""

    place: str
    text: str


def all_words() -> list[Words]:
    return [*python_words(), *page_words(), *document_words()]


def python_words() -> Iterator[Words]:
    """String literals and docstrings of all packages.

    Docstrings count: those of the HTTP API are published, and a rule without exception is simpler.
    """
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield from words_of_python(path.read_text("utf-8"), _place(path))


def words_of_python(source: str, place: str) -> Iterator[Words]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield Words(f"{place}:{node.lineno}", "".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Words(f"{place}:{node.lineno}", node.value)


def page_words() -> Iterator[Words]:
    """The front end's source, tests left out; comments count, markup does not."""
    paths = [*(PAGE / "src").rglob("*"), *PAGE.glob("*.html"), *(PAGE / "public").rglob("*")]
    for path in sorted(paths):
        if path.suffix in (".ts", ".svelte", ".html", ".json", ".js", ".webmanifest") and (
            ".test." not in path.name
        ):
            yield Words(_place(path), re.sub(r"<[^<>]*>", " ", path.read_text("utf-8")))


def document_words() -> Iterator[Words]:
    paths = [
        *ROOT.glob("*.md"),
        *(p for folder in DOCUMENTS for p in (ROOT / folder).rglob("*.md")),
    ]
    for path in sorted(paths):
        if path != POLICY and "node_modules" not in path.parts:
            yield Words(_place(path), path.read_text("utf-8"))


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n\s*[-*|#]|\|")
DENIAL = re.compile(r"\b(not|no|never|nothing|none|nor|neither|cannot|without)\b|n't\b", re.I)


def claims(text: str, patterns: list[re.Pattern[str]]) -> Iterator[str]:
    """The sentences that claim what they must not."""
    for sentence in SENTENCE_END.split(text):
        flat = " ".join(sentence.split())
        if not DENIAL.search(flat) and any(pattern.search(flat) for pattern in patterns):
            yield flat


def policy() -> dict[str, re.Pattern[str]]:
    """What is never said, as docs/claims.md lists it."""
    rows = re.findall(r"^\| (?!never \||---)(.+?) \| `(.+)` \|$", POLICY.read_text("utf-8"), re.M)
    return {name: re.compile(pattern.replace(r"\|", "|"), re.I) for name, pattern in rows}
