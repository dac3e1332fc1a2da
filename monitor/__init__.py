"""The path: from what a sensor on the back says to states, events and alerts."""

from monitor import ahead

ahead.prefer()
