"""The threshold profiles to docs/thresholds.md.

    python tools/thresholds.py [--check]

With --check nothing is written, and it ends with 1 where the file is not what the profiles say.
Name and value come from a profile, meaning and source from the comment beside the field.
"""

import argparse
import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import degrees
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.model import Mounting, Placement
from monitor.profiles import PROFILES, Profile, placed

OUT = Path(__file__).parents[1] / "docs" / "thresholds.md"
LEARNT = ("features", "weights", "within", "bias")  # of `evidence.Params`: trained, not set
BARE = ("s", "m", "m/s", "m/s^2", "1", "Hz")  # units with nothing said beside them
UNITS = {
    "radps": "°/s", "rad": "°", "degps": "°/s", "deg": "°", "mps2": "m/s²", "mps": "m/s",
    "min": "min", "hz": "Hz", "g": "g", "m": "m", "s": "s",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One threshold: where it is, what it is, and why."""

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


def rows(profile: Profile) -> list[Row]:
    """Every threshold of a profile, in order."""
    return [
        row
        for field in dataclasses.fields(profile)
        if dataclasses.is_dataclass(getattr(profile, field.name))
        for row in _rows(field.name, getattr(profile, field.name))
    ]


def _rows(group: str, params: object) -> Iterator[Row]:
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
            yield Row(group, title, field.name, value, comments.get(field.name, ""))
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


def _value(row: Row) -> str:
    """With its unit, angles in degrees."""
    suffix = row.name.rsplit("_", 1)[-1]
    unit = UNITS.get(suffix, "")
    values = row.value if isinstance(row.value, tuple) else (row.value,)
    shown = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            shown.append({True: "yes", False: "no"}.get(value, str(value)))  # type: ignore[call-overload]  # of any value
        else:
            angle = suffix in ("rad", "radps")
            shown.append(f"{round(degrees(value), 2) if angle else value:.6g}")
    return " to ".join(shown) + (f" {unit}" if unit and unit != "°" else unit)


def _said(row: Row) -> str:
    """Meaning and source, without the unit that the value has already."""
    unit, semicolon, rest = row.said.partition(";")
    said = rest.strip() if semicolon and len(unit) <= 24 else row.said
    said = "" if said in BARE else said
    return said.replace("|", "\\|")


def _differing(profiles: dict[str, Profile]) -> Iterator[str]:
    """A table of what is not the same in all of them."""
    yield "| threshold | " + " | ".join(f"`{name}`" for name in profiles) + " |"
    yield "|---|" + "---|" * len(profiles)
    for cells in zip(*(rows(profile) for profile in profiles.values()), strict=True):
        if any(cell.value != cells[0].value for cell in cells):
            shown = " | ".join(_value(cell) for cell in cells)
            yield f"| `{cells[0].group}.{cells[0].name}` | {shown} |"


def text() -> str:
    """The whole document."""
    desk = PROFILES["desk"]
    found = rows(desk)
    ours = sum(row.ours for row in found)
    lines = [
        "<!-- Generated by tools/thresholds.py from monitor/profiles.py; not to be edited. -->",
        "# Thresholds",
        "",
        f"All {len(found)} numbers of the profile `{desk.key}` that decide results and alerts.",
        f"{ours} of them are ours: chosen by us, with no published threshold behind them; where a "
        "data set is named they were tried on it.",
        "None of them says what is good for anybody's back.",
        "Every stored state, event and alert carries name and version of its profile; the version "
        "goes up when any of these numbers changes.",
        "Weights learnt from data are not listed: `monitor/states/weights.py`, made by "
        "`tools/train_activity.py`.",
        "",
        "## Profiles",
        "`--profile NAME` or `profile` in backwatch.toml. They differ in this:",
        "",
        *_differing(PROFILES),
        "",
        "`desk`: a desk may carry the trunk, so flexed holding is shown and not spoken of.",
        "`manual`: for work on one's feet; flexed holding is spoken of.",
        "`training`: as `desk`, for practising: leaning forward is told of after ten seconds. "
        "The limits on how often anything is told hold all the same (docs/coaching.md).",
        "",
        "## Placement",
        "Where the sensor is worn changes these, beside the weights; the placement is stored with "
        "every recording. With its zero taken from standing:",
        "",
        *_differing({place.value: placed(desk, place, calibrated=True) for place in Placement}),
    ]
    group = ""
    for row in found:
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", row.title, "", "| name | value | meaning, source |",
                      "|---|---|---|"]  # fmt: skip
        lines.append(f"| `{row.name}` | {_value(row)} | {_said(row)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        same = OUT.is_file() and OUT.read_text(encoding="utf-8") == text()
        if not same:
            print(f"{OUT.name} is stale: run python tools/thresholds.py", file=sys.stderr)
        return 0 if same else 1
    OUT.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
