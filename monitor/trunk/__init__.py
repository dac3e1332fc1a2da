"""Motion of chest and pelvis to how the trunk bends between them."""

from monitor.trunk.factors import Factor, FourFactors, four_factors
from monitor.trunk.grid import GRID_HZ
from monitor.trunk.measures import TrunkLift
from monitor.trunk.stage import Felt, Level, Params, Trunk, TrunkChunk

__all__ = [
    "GRID_HZ",
    "Factor",
    "Felt",
    "FourFactors",
    "Level",
    "Params",
    "Trunk",
    "TrunkChunk",
    "TrunkLift",
    "four_factors",
]
