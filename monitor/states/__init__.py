"""Features to what the person does and what happened."""

from monitor.states.stage import Params, States

__all__ = ["Params", "States"]
