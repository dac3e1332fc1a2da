"""One requirement of the specification, and what can become of checking it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from firmware_protocol.codes import Code

if TYPE_CHECKING:
    from backwatch.conformance.bench import Bench


class Level(StrEnum):
    """How binding a sentence of the specification is; as in RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Outcome(StrEnum):
    """What became of a check.

    An error is a check that could not be carried out: the device may be right or wrong.
    """

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class BreachError(Exception):
    """The device did otherwise than the sentence says; the message says what."""


class SkippedError(Exception):
    """The check does not apply, or cannot be made here; the message says why."""


Run = Callable[["Bench"], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Check:
    """A requirement.

    Attributes:
        name: stable, "group.what".
        section: of spec.md.
        sentence: its very words.
        control: only for devices with a control characteristic.
        destructive: erases samples or stored parameters of the device.
        run: returns a remark, or raises BreachError or SkippedError.
    """

    name: str
    section: str
    level: Level
    sentence: str
    control: bool
    destructive: bool
    run: Run


def must(
    name: str, section: str, sentence: str, *, control: bool = True, destructive: bool = False
) -> Callable[[Run], Check]:
    """Make a function the check of a sentence that binds."""
    return lambda run: Check(name, section, Level.MUST, sentence, control, destructive, run)


def should(
    name: str, section: str, sentence: str, *, control: bool = True
) -> Callable[[Run], Check]:
    """Make a function the check of a sentence that recommends."""
    return lambda run: Check(name, section, Level.SHOULD, sentence, control, False, run)


def require(holds: bool, breach: str) -> None:
    """Raise BreachError with these words, unless it holds."""
    if not holds:
        raise BreachError(breach)


def named(codes: type[Code], value: int) -> str:
    """The name of a value, or the value."""
    return next((code.name for code in codes if code == value), str(value))


__all__ = [
    "BreachError",
    "Check",
    "Level",
    "Outcome",
    "SkippedError",
    "must",
    "named",
    "require",
    "should",
]
