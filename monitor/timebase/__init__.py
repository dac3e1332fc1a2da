"""Raw chunks on the device's clock turned into uniform samples in UTC."""

from monitor.timebase.bridge import bridge
from monitor.timebase.clock import Clock, ClockParams
from monitor.timebase.dating import Dating
from monitor.timebase.past import Past
from monitor.timebase.timebase import Params, State, Statistics, Timebase

__all__ = [
    "Clock",
    "ClockParams",
    "Dating",
    "Params",
    "Past",
    "State",
    "Statistics",
    "Timebase",
    "bridge",
]
