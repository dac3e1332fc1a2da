"""What the page has for developers beside the live path."""

from dataclasses import dataclass

from dashboard.faults import Faults
from dashboard.replay import Sessions


@dataclass(frozen=True, slots=True)
class Developer:
    """Tools of the page for developers; without one, the page says why.

    Attributes:
        faults: of the simulated sensor.
        sessions: recorded ones.
    """

    faults: Faults | None = None
    sessions: Sessions | None = None
