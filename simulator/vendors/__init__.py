"""Sensors of other makers, simulated: each speaks the protocol its maker has published."""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.vendors.capture2go import Capture2Go
from simulator.vendors.model import Model
from simulator.vendors.movella import Movella
from simulator.vendors.movesense import Movesense
from simulator.vendors.witmotion import WitMotion

MODELS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "movesense": Movesense,
        "movella": Movella,
        "witmotion": WitMotion,
        "capture2go": Capture2Go,
    }
)

__all__ = ["MODELS", "Capture2Go", "Model", "Movella", "Movesense", "WitMotion"]
