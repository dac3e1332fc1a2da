"""How the sensor sits on its wearer: found with guidance, taken anew, and watched."""

from monitor.calibration.cells import Cells, cut
from monitor.calibration.doubt import Doubt
from monitor.calibration.guide import Finding, Guide, Problem, Progress, Task
from monitor.calibration.neutral import Neutral, NeutralQuality
from monitor.calibration.rezero import NEUTRAL, STOOD, Rezeroing
from monitor.calibration.rezero import Params as RezeroParams
from monitor.calibration.slip import Slip

__all__ = [
    "NEUTRAL",
    "STOOD",
    "Cells",
    "Doubt",
    "Finding",
    "Guide",
    "Neutral",
    "NeutralQuality",
    "Problem",
    "Progress",
    "RezeroParams",
    "Rezeroing",
    "Slip",
    "Task",
    "cut",
]
