"""What became of an alert, in a sentence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from monitor.coaching.rules import rule

if TYPE_CHECKING:
    from monitor.coaching.broker import Decision

WHY: Mapping[str, str] = {
    "at_once": "at once",
    "held_before": "once it suited",
    "pain_mode": "pain mode is on",
    "first_day": "the first day is silent",
    "trial": "the trial has drawn silence",
    "hours": "outside the hours you set",
    "day_full": "the day had its share of reminders",
    "hour_full": "the hour had its share of reminders",
    "ignored": "the last ones changed nothing, so it asks less often",
    "snoozed": "snoozed",
    "in_call": "in a call",
    "do_not_disturb": "do not disturb is on",
    "walking": "while walking",
    "bending": "until the bend is over",
    "apart": "the last reminder was less than five minutes ago",
    "again": "one like it was told less than ten minutes ago",
    "same": "one of this kind was waiting already",
    "another": "another one was told in its place",
    "corrected": "it had passed before it could be told",
    "too_late": "it came too late to be of use",
}


def decision_words(decision: "Decision") -> str:
    """ "Told at once.", "Held: in a call.", "Not told: the trial has drawn silence." """
    why = WHY[decision.reason.value]
    match decision.outcome.value:
        case "told":
            return f"Told {why}."
        case "held":
            return f"Held: {why}."
        case "merged":
            return f'Not told: {why} ("{rule(decision.into).title}").'
        case "cleared":
            return "It has passed."
        case _:
            return f"Not told: {why}."
