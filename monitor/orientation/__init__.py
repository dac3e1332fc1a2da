"""Samples in sensor axes to body axes and the direction of up."""

from monitor.orientation.mounting import (
    AXES,
    FoundMounting,
    MountingError,
    find_mounting,
    mounting_from_axes,
    with_neutral,
)
from monitor.orientation.stage import Orientation, Params

__all__ = [
    "AXES",
    "FoundMounting",
    "MountingError",
    "Orientation",
    "Params",
    "find_mounting",
    "mounting_from_axes",
    "with_neutral",
]
