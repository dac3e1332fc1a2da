"""Motion to what is said of each tenth of a second."""

from monitor.features.stage import Features, Params, State

__all__ = ["Features", "Params", "State"]
