"""Every threshold of a profile with its meaning and source, read from the code that uses it.

Name and value come from the profile, meaning and source from the comment beside the field.
"""

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import degrees

from monitor.model import Mounting
from monitor.profiles import Profile

LEARNT = ("features", "weights", "within", "bias")  # of `evidence.Params`: trained, not set
BARE = ("s", "m", "m/s", "m/s^2", "1", "Hz")  # units with nothing said beside them
UNITS = {
    "radps": "°/s", "rad": "°", "degps": "°/s", "deg": "°", "mps2": "m/s²", "mps": "m/s",
    "min": "min", "hz": "Hz", "g": "g", "m": "m", "s": "s",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number that decides: where it is, what it is, and why.

    Attributes:
        group: the part of the path it belongs to, e.g. "states.bending".
        title: what that part decides.
        said: the comment beside it in the source: unit, meaning, source.
    """

    group: str
    title: str
    name: str
    value: object
    said: str

    @property
    def ours(self) -> bool:
        """Whether nobody published it."""
        everything = re.search(r"all (values )?(ours|chosen by us)", self.title)
        return bool(everything or re.search(r"\bours\b|chosen by us", self.said, re.IGNORECASE))

    @property
    def shown(self) -> str:
        """Its value with its unit, angles in degrees."""
        suffix = self.name.rsplit("_", 1)[-1]
        unit = UNITS.get(suffix, "")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        shown = []
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | float):
                shown.append({True: "yes", False: "no"}.get(value, str(value)))
            else:
                angle = suffix in ("rad", "radps")
                shown.append(f"{round(degrees(value), 2) if angle else value:.6g}")
        return " to ".join(shown) + (f" {unit}" if unit and unit != "°" else unit)

    @property
    def meaning(self) -> str:
        """What it does and its source, without the unit that `shown` has already."""
        unit, semicolon, rest = self.said.partition(";")
        said = rest.strip() if semicolon and len(unit) <= 24 else self.said
        return "" if said in BARE else said


def thresholds(profile: Profile) -> list[Threshold]:
    """Every threshold of a profile, in order."""
    return [
        row
        for field in dataclasses.fields(profile)
        if dataclasses.is_dataclass(getattr(profile, field.name))
        for row in _rows(field.name, getattr(profile, field.name))
    ]


def _rows(group: str, params: object) -> Iterator[Threshold]:
    assert dataclasses.is_dataclass(params)
    comments = _comments(type(params))
    title = " ".join(_described(type(params)).split("\n\n")[0].split())
    below = []
    for field in dataclasses.fields(params):
        value = getattr(params, field.name)
        if isinstance(value, Mounting) or field.name == "profile":
            continue
        if dataclasses.is_dataclass(value):
            below.append((f"{group}.{field.name}", value))
        elif not (field.name in LEARNT and group.endswith("looking")):
            yield Threshold(group, title, field.name, value, comments.get(field.name, ""))
    for name, value in below:
        yield from _rows(name, value)


def _described(kind: type) -> str:
    """The docstring, of the source: what is compiled may have kept none."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    return ast.get_docstring(definition) or ""


def _comments(kind: type) -> dict[str, str]:
    """What is said beside each field, or in the lines before it."""
    found: dict[str, str] = {}
    before: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        text = line.strip()
        if text.startswith("#"):
            before.append(text[1:].strip())
            continue
        field = re.match(r"(\w+)\s*:\s*[^#]+?(?:#\s*(.*))?$", text)
        if field is not None and line.startswith("    "):
            found[field[1]] = field[2] or " ".join(before)
        before = []
    return found
