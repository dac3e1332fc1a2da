"""Stretches of which nothing is kept: recording was paused, or the person erased them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from monitor.store.tables import Table

_withheld = Table.metadata.tables["withheld"]


class Why(StrEnum):
    """What the person wanted."""

    PAUSED = "paused"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A stretch, [start_ns, stop_ns); without an end it lasts."""

    why: Why
    start_ns: int
    stop_ns: int | None

    def touches(self, start_ns: int, stop_ns: int) -> bool:
        """Whether something from `start_ns` to `stop_ns`, both included, has a part in it."""
        return stop_ns >= self.start_ns and (self.stop_ns is None or start_ns < self.stop_ns)


def read(connection: Connection) -> list[Withheld]:
    """All of them, the oldest first."""
    rows = connection.execute(select(_withheld).order_by(_withheld.c.start_ns))
    return [Withheld(Why(row.kind), row.start_ns, row.stop_ns) for row in rows]


def add(connection: Connection, stretch: Withheld) -> None:
    """Remember one."""
    connection.execute(
        insert(_withheld).values(
            kind=stretch.why.value, start_ns=stretch.start_ns, stop_ns=stretch.stop_ns
        )
    )


def end_pause(connection: Connection, at_ns: int) -> None:
    """A pause that lasts ends here."""
    connection.execute(
        update(_withheld)
        .where(_withheld.c.kind == Why.PAUSED.value, _withheld.c.stop_ns.is_(None))
        .values(stop_ns=at_ns)
    )


def paused_since_ns(stretches: Iterable[Withheld]) -> int | None:
    """Since when recording is paused; None where it is not."""
    return next(
        (one.start_ns for one in stretches if one.why is Why.PAUSED and one.stop_ns is None), None
    )
