"""The sentences of the protocol's specification, checked on a device from outside."""

from backwatch.conformance.bench import Bench, Line, Patience
from backwatch.conformance.check import Check, Level, Outcome
from backwatch.conformance.checks import CHECKS
from backwatch.conformance.suite import Verdict, choose, conforms, protocol_of, run_checks

__all__ = [
    "CHECKS",
    "Bench",
    "Check",
    "Level",
    "Line",
    "Outcome",
    "Patience",
    "Verdict",
    "choose",
    "conforms",
    "protocol_of",
    "run_checks",
]
