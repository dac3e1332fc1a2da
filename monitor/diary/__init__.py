"""What a person notes of how they are, beside what was measured; nothing is concluded."""

from monitor.diary.cards import FIRST_RUN, RED_FLAGS, STRETCHES, Card, cards
from monitor.diary.entries import BEFORE_S, Beside, Entry, entries
from monitor.diary.trend import SEE_SOMEONE, gone_up

__all__ = [
    "BEFORE_S",
    "FIRST_RUN",
    "RED_FLAGS",
    "SEE_SOMEONE",
    "STRETCHES",
    "Beside",
    "Card",
    "Entry",
    "cards",
    "entries",
    "gone_up",
]
