"""Everything in a database: counted table by table, and read out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from monitor.store.database import connect
from monitor.store.rows import numbers_packed
from monitor.store.tables import Table

ABOUT: Mapping[str, str] = {
    "sensors": "which sensors were heard",
    "recordings": "when a sensor was connected",
    "spans": "what you were seen to do",
    "events": "bends, lifts, falls and jolts",
    "alerts": "alerts, told or not",
    "device_events": "button presses and vibrations of the sensor",
    "sample_numbers": "which samples of a sensor have been read, as numbers",
    "minutes": "leaning, by minute",
    "doses": "exposure, by minute; rows that stand count",
    "days": "days added up",
    "day_doses": "exposure of days added up",
    "calibrations": "how the sensor sat",
    "zeros": "zeros that were taken",
    "wishes": "settings and thresholds",
    "decisions": "what became of each alert",
    "feedback": "what you said of alerts",
    "check_ins": "how you said you were",
    "movements": "movements of the guided check",
    "drills": "slow bends that were practised",
    "tags": "tasks and zones of bends and lifts",
    "trials": "trials that were drawn",
    "handovers": "who was lent which sensor",
    "traces": "angles around alerts",
    "corrections": "what you said you did",
    "withheld": "when recording was paused, and what was erased",
}  # in the order of the tables
READ = 1000  # rows at a time


@dataclass(frozen=True, slots=True)
class Holding:
    """A table.

    Attributes:
        about: what it holds, for people.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    rows: int


class Holdings:
    """What a database holds, of simulated days too. Safe from several threads."""

    def __init__(self, path: Path) -> None:
        self._engine: Engine = connect(path, read_only=True)

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._engine.dispose()

    def tables(self) -> list[Holding]:
        """Each table, with how much it holds now."""
        with self._engine.connect() as connection:
            return _tables(connection)

    @contextmanager
    def reading(self) -> Iterator["Reading"]:
        """All tables as they are at one moment."""
        with self._engine.connect() as connection:
            yield Reading(connection)


class Reading:
    """A view of a database at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tables = _tables(connection)

    def rows(self, name: str) -> Iterator[tuple[object, ...]]:
        """Of a table, as its columns stand; what is packed as a list of its numbers."""
        found = self._connection.execution_options(yield_per=READ).execute(
            select(Table.metadata.tables[name])
        )
        for row in found:
            yield tuple(
                str(numbers_packed(value)) if isinstance(value, bytes) else value for value in row
            )


def _tables(connection: Connection) -> list[Holding]:
    found = Table.metadata.tables
    return [
        Holding(
            name,
            about,
            tuple(column.name for column in found[name].columns),
            connection.scalar(select(func.count()).select_from(found[name])) or 0,
        )
        for name, about in ABOUT.items()
    ]
