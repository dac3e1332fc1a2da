"""Published tables turned into answers, from what a person enters."""

from monitor.calculators.errors import CalculatorError, NotValidError
from monitor.calculators.niosh import Band, Coupling, Lift, LiftingIndex, lifting_index
from monitor.calculators.reba import TrunkScore, trunk_score

__all__ = [
    "Band",
    "CalculatorError",
    "Coupling",
    "Lift",
    "LiftingIndex",
    "NotValidError",
    "TrunkScore",
    "lifting_index",
    "trunk_score",
]
