"""What the page needs of the person: what they said and set, and who carries it out."""

from dataclasses import dataclass

from monitor.profiles import Profile
from monitor.service import Coach
from monitor.store import Journal, Queries


@dataclass(slots=True)
class Person:
    """One person's journal and days.

    Attributes:
        coach: None where nobody decides about alerts, as for a page of stored days.
        profile: in force, with the person's own thresholds; another takes its place once what
            is kept of the person has been erased.
        usual: what holds where the person has set nothing, also in a demo that reads with shorter
            times; None: as `profile`.
        slouch_seen: whether the sensor sits where a slouch can be told.
        simulated: nobody wears it.
    """

    journal: Journal
    queries: Queries
    coach: Coach | None
    profile: Profile
    usual: Profile | None = None
    slouch_seen: bool = True
    simulated: bool = False
