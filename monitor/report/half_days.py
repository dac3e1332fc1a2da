"""Stored days turned into what a trial compares: a number a half-day and habit."""

from datetime import date

from monitor.exposure import add_up, exposure
from monitor.model import NS_PER_S
from monitor.model.exposure import Dose
from monitor.store import Queries
from monitor.trial import HABITS, Plan


def trial_values(
    queries: Queries, plan: Plan, *, until_ns: int | None = None, slouch_seen: bool = True
) -> dict[tuple[int, str], float | None]:
    """The habits of each half-day of a plan; None where it was not seen for two hours.

    Args:
        until_ns: half-days that end later are left out: the trial was ended then.
    """
    days: dict[date, list[Dose]] = {}
    values: dict[tuple[int, str], float | None] = {}
    for unit in plan.half_days:
        if until_ns is not None and unit.stop_ns > until_ns:
            continue
        if unit.day not in days:
            days[unit.day] = queries.doses(unit.day)
        dose = add_up(one for one in days[unit.day] if unit.start_ns <= one.start_ns < unit.stop_ns)
        seen = exposure(
            dose, due_s=(unit.stop_ns - unit.start_ns) / NS_PER_S, slouch_seen=slouch_seen
        )
        for name, habit in HABITS.items():
            values[unit.start_ns, name] = habit.read(seen)
    return values
