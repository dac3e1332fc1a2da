"""What the person is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How loudly to say it."""

    INFO = "info"
    CAUTION = "caution"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by; nothing else is known."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to the person, with everything needed to say why.

    Attributes:
        at_ns: when it was raised [ns since the epoch, UTC].
        rule: key of the rule, e.g. "slouch", "static", "sitting", "lift".
        since_ns: when the condition began.
        values: the numbers behind it by name, the unit in the name, e.g. angle_deg,
            duration_s, threshold_deg.
        profile: name and version of the threshold profile.
    """

    at_ns: int
    rule: str
    severity: Severity
    since_ns: int
    profile: str
    values: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
