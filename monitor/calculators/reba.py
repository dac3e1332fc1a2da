"""A trunk posture turned into the trunk score of REBA, and no more.

Hignett and McAtamney, "Rapid Entire Body Assessment (REBA)", Applied Ergonomics 31 (2000)
201-205. A total needs neck, legs, arms, load, coupling and activity, which nobody here can see,
so there is none.
"""

import math
from dataclasses import dataclass

from monitor.calculators.errors import CalculatorError

SLIGHT_DEG, DEEP_DEG = 20.0, 60.0  # deg; REBA, trunk
# The method says "upright", "twisted" and "side flexed" and gives no angles. These are what
# public software takes; chosen by us.
UPRIGHT_DEG = 5.0  # deg
TWISTED_DEG = 15.0  # deg
ASIDE_DEG = 10.0  # deg


@dataclass(frozen=True, slots=True)
class TrunkScore:
    """The trunk score, 1 to 5, and its two parts: 1 to 4 for the lean, 0 or 1 for the rest."""

    score: int
    lean: int
    twisted_or_aside: int


def trunk_score(
    sagittal_deg: float, *, lateral_deg: float = 0.0, twist_deg: float = 0.0
) -> TrunkScore:
    """The trunk score of one posture.

    Args:
        sagittal_deg: forward lean, backward negative [deg].
        lateral_deg: sideways lean, either sign [deg].
        twist_deg: shoulders against pelvis, either sign [deg]; one sensor cannot tell it.

    Raises:
        CalculatorError: an angle is not within 180 deg.
    """
    for name, angle in (("lean", sagittal_deg), ("side lean", lateral_deg), ("twist", twist_deg)):
        if not (math.isfinite(angle) and abs(angle) <= 180):
            raise CalculatorError(f"{name} {angle:g} deg is not -180 to 180 deg")
    if abs(sagittal_deg) <= UPRIGHT_DEG:
        lean = 1
    elif abs(sagittal_deg) <= SLIGHT_DEG:
        lean = 2
    elif sagittal_deg <= DEEP_DEG:  # leaning back further than slightly stays here
        lean = 3
    else:
        lean = 4
    more = int(abs(twist_deg) > TWISTED_DEG or abs(lateral_deg) > ASIDE_DEG)
    return TrunkScore(lean + more, lean, more)
