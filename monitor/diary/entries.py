"""Check-ins with what was measured before them: side by side, and nothing concluded."""

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.exposure import add_up
from monitor.model import NS_PER_S
from monitor.model.exposure import Dose
from monitor.model.journal import CheckIn
from monitor.store import Journal, Queries

BEFORE_S = 7200  # s; two hours. Ours


@dataclass(frozen=True, slots=True)
class Beside:
    """Sums of a stretch that ends with an entry.

    Attributes:
        length_s: how long the stretch is.
        worn_s: of it measured; the rest is not known.
        seated_s, longest_sitting_s, slouched_s, bend_dose_s, bends_30, bends_60, lifts: as in
            `Dose`.
    """

    length_s: float
    worn_s: float
    seated_s: float
    longest_sitting_s: float
    slouched_s: float
    bend_dose_s: float
    bends_30: int
    bends_60: int
    lifts: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What the person said, and what had been measured.

    Attributes:
        before: of the two hours before.
        day: of the day up to then.
    """

    said: CheckIn
    before: Beside
    day: Beside


def entries(queries: Queries, journal: Journal, first: date, last: date) -> list[Entry]:
    """The entries of the days `[first, last]`, oldest first.

    Raises:
        ValueError: a date is out of range.
    """
    start_ns, stop_ns = queries.bounds(first).start_ns, queries.bounds(last).stop_ns
    days: dict[date, list[Dose]] = {}

    def doses(day: date) -> list[Dose]:
        if day not in days:
            days[day] = queries.doses(day)
        return days[day]

    found = []
    for said in journal.check_ins(start_ns, stop_ns):
        day = queries.local_date(said.at_ns)
        nearby = [*doses(day - timedelta(days=1)), *doses(day)]
        found.append(
            Entry(
                said,
                _beside(nearby, said.at_ns - BEFORE_S * NS_PER_S, said.at_ns),
                _beside(nearby, queries.bounds(day).start_ns, said.at_ns),
            )
        )
    return found


def _beside(doses: list[Dose], start_ns: int, stop_ns: int) -> Beside:
    """Whole minutes count, by their start."""
    dose = add_up(one for one in doses if start_ns <= one.start_ns < stop_ns)
    return Beside(
        length_s=(stop_ns - start_ns) / NS_PER_S,
        worn_s=dose.worn_s,
        seated_s=dose.seated_s,
        longest_sitting_s=dose.longest_sitting_s,
        slouched_s=dose.slouched_s,
        bend_dose_s=dose.bend_dose_s,
        bends_30=dose.bends_30,
        bends_60=dose.bends_60,
        lifts=dose.lifts,
    )
