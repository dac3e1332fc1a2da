"""Sources of the path to what their fitted parts were trained on."""

import re
from dataclasses import dataclass
from pathlib import Path

import monitor

_STATEMENT = re.compile(r"^# (Trained on .*\n(?:# .*\n)*)(?:(\w+) = )?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted part: where it stands, and its own statement of what it was trained on."""

    where: str
    what: str


def trained_parts(package: Path | None = None) -> list[Trained]:
    """Every comment in the path that begins with "Trained on", with the name below it."""
    root = package or Path(monitor.__file__).parent
    out = []
    for path in sorted(root.rglob("*.py")):
        for statement, name in _STATEMENT.findall(path.read_text(encoding="utf-8")):
            words = " ".join(statement.replace("\n# ", " ").split())
            where = f"{root.name}/{path.relative_to(root).as_posix()}"
            out.append(Trained(f"{where} {name}".rstrip(), f"{words[0].lower()}{words[1:]}"))
    return out
