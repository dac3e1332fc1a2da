"""A file of thresholds turned into a profile.

    name = "mine"             # default: the name of the file
    version = 2               # default: 1
    base = "desk"             # what is not said is as there; default: desk

    [states.activity]
    slouch_on_deg = 9         # angles in degrees, or slouch_on_rad

Names are those of docs/thresholds.md. Trained weights and axes are not in it.
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from monitor.model import Mounting
from monitor.profiles import PROFILES, Profile

HEAD = ("name", "version", "base")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LARGEST_BYTES = 100_000  # all thresholds take a seventh of that. Ours
SURE = 0.999  # 1; of a share or belief: logarithms are taken of what is left. Ours
FACTOR = 10.0  # by which a number may differ from the usual: beyond, the unit is wrong. Ours
MOST_RAD = math.pi
UNITS = ("_s", "_m", "_g", "_hz", "_deg", "_degps", "_rad", "_radps", "_mps", "_mps2", "_min")
DEGREES = {"_rad": "_deg", "_radps": "_degps"}  # what a person may write in place of it
LEARNT = frozenset({"features", "weights", "within", "bias"})  # of `evidence.Params`


class ProfileFileError(Exception):
    """A file is no profile; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """A profile out of a file.

    Attributes:
        profile: as of a sensor worn anywhere.
        changed: paths of the thresholds that the file names, as in docs/thresholds.md.
    """

    profile: Profile
    changed: tuple[str, ...]

    def overruled(self, placed: Profile) -> list[str]:
        """Those of them that where the sensor is worn decides; `placed` is as it is worn."""
        return [path for path in self.changed if _at(placed, path) != _at(self.profile, path)]


def read_profile(path: Path) -> Supplied:
    """The profile that a file describes.

    Raises:
        ProfileFileError: it cannot be read, or what it says is no threshold or out of range.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise ProfileFileError(f"{path}: over {LARGEST_BYTES} bytes; that is no profile")
        said = tomllib.loads(content.decode())
    except OSError as error:
        raise ProfileFileError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileFileError(f"{path}: is no TOML ({error})") from error
    try:
        return _profile(said, path.stem.lower())
    except ProfileFileError as error:
        raise ProfileFileError(f"{path}: {error}") from error


def _profile(said: dict[str, Any], stem: str) -> Supplied:
    name, version, base = (said.get(key, usual) for key, usual in zip(
        HEAD, (re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:40] or "supplied", 1, "desk"),
        strict=True,
    ))  # fmt: skip
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ProfileFileError(f"name = {name!r}: use 1 to 40 of a to z, 0 to 9, - and _")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ProfileFileError(f"version = {version!r}: use a whole number from 1 on")
    if not isinstance(base, str) or base not in PROFILES:
        raise ProfileFileError(f"base = {base!r}: it is one of {', '.join(PROFILES)}")
    thresholds = {key: value for key, value in said.items() if key not in HEAD}
    changed: list[str] = []
    profile = _changed(PROFILES[base], thresholds, "", changed)
    assert isinstance(profile, Profile)
    key = f"{name}/{version}"
    return Supplied(
        replace(
            profile,
            name=name,
            version=version,
            states=replace(profile.states, profile=key),
            alerts=replace(profile.alerts, profile=key),
        ),
        tuple(changed),
    )


def _changed(params: Any, said: Mapping[str, Any], where: str, changed: list[str]) -> Any:
    """The parameters with what a table says of them; the paths are added to `changed`."""
    known = dict(_settable(params))
    found: dict[str, Any] = {}
    for word, value in said.items():
        name = next((n for n, d in _spelt(known) if word in (n, d)), None)
        if name is None:
            raise ProfileFileError(_unknown(f"{where}{word}", word, known))
        usual = known[name]
        if name in found:
            raise ProfileFileError(f"{where}{word}: said twice, as {name} too")
        if is_dataclass(usual):
            if not isinstance(value, dict):
                raise ProfileFileError(f"{where}{word} is a group: write [{where}{word}]")
            found[name] = _changed(usual, value, f"{where}{name}.", changed)
        else:
            scale = 1.0 if word == name else math.pi / 180
            found[name] = _value(f"{where}{word}", value, usual, _range(name, usual), scale)
            changed.append(f"{where}{name}")
    return replace(params, **found)


def _settable(params: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of what a file may say of a group."""
    for one in fields(params):
        value = getattr(params, one.name)
        group = is_dataclass(value) and not isinstance(value, Mounting)
        numbers = value if isinstance(value, tuple) else (value,)
        plain = bool(numbers) and all(isinstance(number, bool | int | float) for number in numbers)
        if group or (plain and one.name not in LEARNT | {"version"}):
            yield one.name, value


def _spelt(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each name, and the same in degrees."""
    for name in known:
        suffix = next((end for end in DEGREES if name.endswith(end)), "")
        yield name, name.removesuffix(suffix) + DEGREES.get(suffix, "")


def _unknown(path: str, word: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(word, [one for pair in _spelt(known) for one in pair], n=1)
    hint = f"; is {near[0]} meant?" if near else ""
    return f"{path} is no threshold{hint} (docs/thresholds.md lists them)"


Range = tuple[float, float]


def _range(name: str, usual: Any) -> Range:
    """What any number of a threshold may be, in its own unit."""
    numbers = usual if isinstance(usual, tuple) else (usual,)
    share = not isinstance(usual, int) and not name.endswith(UNITS)
    if share and all(0.0 <= number <= 1.0 for number in numbers):
        return 0.0, max(SURE, *numbers)
    low = min(min(number / FACTOR, number * FACTOR) for number in numbers)
    high = max(max(number / FACTOR, number * FACTOR) for number in numbers)
    if low == high == 0.0:
        low, high = -1.0, 1.0
    if name.endswith(tuple(DEGREES)):
        low, high = max(low, -MOST_RAD), min(high, MOST_RAD)
    return low, high


def _value(path: str, value: Any, usual: Any, allowed: Range, scale: float) -> Any:
    """A value of the kind of the usual one, in its range."""
    if isinstance(usual, bool):
        if not isinstance(value, bool):
            raise ProfileFileError(f"{path} = {value!r}: write true or false")
        return value
    if isinstance(usual, tuple):
        if not isinstance(value, list) or len(value) != len(usual):
            raise ProfileFileError(f"{path} = {value!r}: write {len(usual)} numbers in [ ]")
        numbers = tuple(
            _value(path, one, was, allowed, scale) for one, was in zip(value, usual, strict=True)
        )
        if list(numbers) != sorted(numbers) and list(usual) == sorted(usual):
            raise ProfileFileError(f"{path} = {value!r}: the smaller number comes first")
        return numbers
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ProfileFileError(f"{path} = {value!r}: write a number")
    if isinstance(usual, int) and value != int(value):
        raise ProfileFileError(f"{path} = {value!r}: write a whole number")
    number = float(value) * scale
    low, high = allowed
    if not low <= number <= high:
        raise ProfileFileError(
            f"{path} = {value:g}: out of range; use {low / scale:.4g} to {high / scale:.4g}, "
            f"the usual is {usual / scale:.4g}"
        )
    return int(number) if isinstance(usual, int) else number


def _at(profile: Profile, path: str) -> Any:
    found: Any = profile
    for name in path.split("."):
        found = getattr(found, name)
    return found
