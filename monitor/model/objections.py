"""What motion says against how a sensor was described."""

from dataclasses import dataclass
from enum import StrEnum


class Against(StrEnum):
    """What is spoken against."""

    UP = "up"  # the axis named up
    FORWARD = "forward"  # the axis named forward
    GRAVITY = "gravity"  # that there is an accelerometer in it
    SCALE = "scale"  # of the accelerometer
    GYROSCOPE = "gyroscope"


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that cannot be as it was named or sent.

    Attributes:
        text: what was seen and what to do; no capital, no stop.
        effect: what cannot be right until then; a sentence without its stop.
        total: no state and no angle can be right.
    """

    kind: Against
    text: str
    effect: str
    total: bool = False

    @property
    def of_axes(self) -> bool:
        """Whether a calibration, which needs no named axes, puts it right."""
        return self.kind in (Against.UP, Against.FORWARD)
