"""States, events and the passing of time to what the person is told."""

from monitor.alerts.stage import Alerts, Params

__all__ = ["Alerts", "Params"]
