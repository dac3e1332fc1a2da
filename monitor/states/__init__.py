"""Features to what the person does and what happened."""

from monitor.states.blanking import Blanking
from monitor.states.hints import Hints
from monitor.states.stage import Params, States

__all__ = ["Blanking", "Hints", "Params", "States"]
