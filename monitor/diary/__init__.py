"""What a person notes of how they are, beside what was measured; nothing is concluded."""

from monitor.diary.cards import FIRST_RUN, RED_FLAGS, STRETCHES, Card, cards
from monitor.diary.entries import BEFORE_S, Beside, Entry, entries
from monitor.diary.movements import CLEAR_DEG, HOW, STOP, Capture, Change, UnableError, change
from monitor.diary.trend import SEE_SOMEONE, gone_up

__all__ = [
    "BEFORE_S",
    "CLEAR_DEG",
    "FIRST_RUN",
    "HOW",
    "RED_FLAGS",
    "SEE_SOMEONE",
    "STOP",
    "STRETCHES",
    "Beside",
    "Capture",
    "Card",
    "Change",
    "Entry",
    "UnableError",
    "cards",
    "change",
    "entries",
    "gone_up",
]
