"""The checks, in the order in which a device is best looked at."""

from backwatch.conformance.check import Check
from backwatch.conformance.checks import clock, commands, haptics, samples, state, stream, surface

CHECKS: tuple[Check, ...] = tuple(
    found
    for module in (surface, stream, commands, clock, samples, state, haptics)
    for found in vars(module).values()
    if isinstance(found, Check)
)

__all__ = ["CHECKS"]
