"""A fault as people write it, `NAME[:ARGUMENTS]`, to a fault with typed values."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.errors import SimulatorError

UNITS = {  # unit of the argument -> what may be written after a number, and its worth
    "s": {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0},
    "share": {"": 1.0, "%": 0.01},
    "%": {"": 1.0, "%": 1.0},
    "deg": {"": 1.0, "deg": 1.0},
    "ppm": {"": 1.0, "ppm": 1.0},
}


class FaultError(SimulatorError):
    """A fault that is not known, does not make sense, or cannot be had here."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One value of a fault.

    Attributes:
        default: a number, or one of `choices`.
        unit: "s", "share" (of 1), "%", "deg", "ppm", or what is counted; empty for a choice.
        low, high: the least and the greatest number.
        whole: only whole numbers.
        choices: words to choose from; empty for a number.
    """

    name: str
    default: float | str
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    choices: tuple[str, ...] = ()

    def read(self, text: str, fault: str) -> float | str:
        """The value that `text` stands for.

        Raises:
            FaultError: none, or one out of bounds.
        """
        if self.choices:
            if text not in self.choices:
                raise FaultError(
                    f"fault {fault}: {self.name} is {text!r}; {near(text, self.choices)}"
                )
            return text
        factors = UNITS.get(self.unit, {"": 1.0})
        number = text.rstrip("abcdefghijklmnopqrstuvwxyz%")
        try:
            value = float(number) * factors[text[len(number) :]]
        except (ValueError, KeyError):
            value = math.nan
        if not self.low <= value <= self.high or value == math.inf or self._is_broken(value):
            raise FaultError(f"fault {fault}: {self.name} is {text!r}; give {self.allowed()}")
        return value

    def allowed(self) -> str:
        """What may be given, for people."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        kind = "a whole number" if self.whole else "a number"
        unit = ", or per cent as in 2%" if self.unit == "share" else f" [{self.unit}]"
        bounds = f"from {self.low:g}" + ("" if self.high == math.inf else f" to {self.high:g}")
        return f"{kind} {bounds}{unit}"

    def _is_broken(self, value: float) -> bool:
        return self.whole and value != int(value)


def share(default: float) -> Argument:
    """How many of all."""
    return Argument("share", default, "share", 0.0, 1.0)


def seconds(name: str, default: float) -> Argument:
    """A length of time, up to a week."""
    return Argument(name, default, "s", 0.0, 7 * 86_400.0)


AT = seconds("at", 10.0)
EVERY = seconds("every", 0.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its values: what was asked for, not yet anything that happens."""

    name: str
    values: Mapping[str, float | str]

    def number(self, argument: str) -> float:
        value = self.values[argument]
        assert isinstance(value, float | int)
        return float(value)

    def word(self, argument: str) -> str:
        value = self.values[argument]
        assert isinstance(value, str)
        return value

    def __str__(self) -> str:
        """As `parse_fault` reads it, with every value."""
        values = ",".join(
            f"{name}={value if isinstance(value, str) else format(value, 'g')}"
            for name, value in self.values.items()
        )
        return f"{self.name}:{values}" if values else self.name


def read(text: str, arguments: tuple[Argument, ...]) -> Fault:
    """`NAME:VALUE,NAME=VALUE,...`; values without a name come in the order of the arguments.

    Raises:
        FaultError: an argument that is not known, is given twice, or makes no sense.
    """
    name, _, rest = text.partition(":")
    known = {argument.name: argument for argument in arguments}
    given: dict[str, float | str] = {}
    for place, part in enumerate(part.strip() for part in rest.split(",") if rest):
        key, equals, value = part.partition("=")
        if not equals:
            if place >= len(arguments):
                raise FaultError(f"fault {name}: {part!r} is too much; {taken(arguments)}")
            key, value = arguments[place].name, part
        key = key.strip()
        if key not in known:
            raise FaultError(f"fault {name} has no argument {key!r}; {taken(arguments)}")
        if key in given:
            raise FaultError(f"fault {name}: {key} is given twice; give it once")
        given[key] = known[key].read(value.strip(), name)
    return Fault(name, {a.name: given.get(a.name, a.default) for a in arguments})


def taken(arguments: tuple[Argument, ...]) -> str:
    """What a fault takes, for people."""
    if not arguments:
        return "it takes no arguments"
    return "it takes " + ", ".join(argument.name for argument in arguments)


def near(text: str, known: tuple[str, ...]) -> str:
    """What may have been meant, for people."""
    matches = difflib.get_close_matches(text, known, n=2, cutoff=0.7)
    if not matches:
        # "lost" is far from "lost-frames" by letters.
        matches = [name for name in known if set(text.split("-")) & set(name.split("-"))][:3]
    return f"did you mean {' or '.join(matches)}?" if matches else f"use one of {', '.join(known)}"
