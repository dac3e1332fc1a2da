"""Samples in sensor axes to body axes and the direction of up."""

from monitor.orientation.gravity import gravity
from monitor.orientation.mounting import (
    AXES,
    FoundMounting,
    MountingError,
    find_mounting,
    mounting_from_axes,
    with_neutral,
)
from monitor.orientation.named import NamedAxes, look_at_axes
from monitor.orientation.stage import Orientation, Params

__all__ = [
    "AXES",
    "FoundMounting",
    "MountingError",
    "NamedAxes",
    "Orientation",
    "Params",
    "find_mounting",
    "gravity",
    "look_at_axes",
    "mounting_from_axes",
    "with_neutral",
]
