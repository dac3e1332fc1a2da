"""Faults by name: each one was a real bug of a real product."""

from simulator.faults.act import Act, Need, Patient
from simulator.faults.injection import FaultState, Injected, Injection
from simulator.faults.troubles import FAULTS, Troubles, listing, parse_fault
from simulator.faults.wording import Fault, FaultError

__all__ = [
    "FAULTS",
    "Act",
    "Fault",
    "FaultError",
    "FaultState",
    "Injected",
    "Injection",
    "Need",
    "Patient",
    "Troubles",
    "listing",
    "parse_fault",
]
