"""Alerts with manners: which are told, when, where, and why not."""

from monitor.coaching.broker import Broker, Decision, Outcome, Reason
from monitor.coaching.manners import Hours, Manners, Wishes
from monitor.coaching.rules import RULES, Channel, Kind, Pattern, Rule, rule
from monitor.coaching.settings import NUMBERS

__all__ = [
    "NUMBERS",
    "RULES",
    "Broker",
    "Channel",
    "Decision",
    "Hours",
    "Kind",
    "Manners",
    "Outcome",
    "Pattern",
    "Reason",
    "Rule",
    "Wishes",
    "rule",
]
