"""Days that last: what the path said, kept in one SQLite file."""

from datetime import tzinfo
from pathlib import Path

from monitor.store.corrections import SAYABLE, SaidStretch, is_said
from monitor.store.days import DayTotals, Exposure
from monitor.store.errors import ForeignFileError, NewerStoreError, StoreError, StoreInUseError
from monitor.store.fittings import Fittings, ZeroKind, ZeroNote
from monitor.store.holdings import Holding, Holdings
from monitor.store.hours import Hour
from monitor.store.journal import Journal, WishValue
from monitor.store.pieces import STATES, Pieces
from monitor.store.queries import (
    Day,
    DayColumns,
    EventColumns,
    LiftMark,
    Queries,
    RecordingInfo,
    SensorDay,
    Stretch,
)
from monitor.store.raw import (
    RawKept,
    RawSamples,
    StoredSamples,
    raw_folder,
    raw_hours,
    raw_kept,
    raw_mountings,
    read_raw,
)
from monitor.store.records import (
    Beside,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Stored,
    StoredAlert,
    StoredEvent,
    StoreItem,
)
from monitor.store.schema import prepare
from monitor.store.shifts import Personal
from monitor.store.spans import Covered, Spans
from monitor.store.timeline import Timeline, timeline_from_spans
from monitor.store.writer import Writer

__all__ = [
    "SAYABLE",
    "STATES",
    "Beside",
    "Covered",
    "Day",
    "DayColumns",
    "DayTotals",
    "EventColumns",
    "Exposure",
    "Fittings",
    "ForeignFileError",
    "Holding",
    "Holdings",
    "Hour",
    "Journal",
    "LiftMark",
    "NewerStoreError",
    "Personal",
    "Pieces",
    "Queries",
    "RawKept",
    "RawSamples",
    "RecordingEnd",
    "RecordingInfo",
    "RecordingStart",
    "SaidStretch",
    "SensorDay",
    "SentAgain",
    "Spans",
    "Store",
    "StoreError",
    "StoreInUseError",
    "StoreItem",
    "Stored",
    "StoredAlert",
    "StoredEvent",
    "StoredSamples",
    "Stretch",
    "Timeline",
    "WishValue",
    "Writer",
    "ZeroKind",
    "ZeroNote",
    "is_said",
    "raw_folder",
    "raw_hours",
    "raw_kept",
    "raw_mountings",
    "read_raw",
    "timeline_from_spans",
]


class Store:
    """A database file of this version; made or upgraded on the way.

    Args:
        zone: where midnight is; None is this computer's own time.

    Raises:
        StoreError: the file cannot be used; the message says what to do.
    """

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        prepare(path)
        self.path = path
        self._zone = zone

    def writer(self) -> Writer:
        """The one writer; raises StoreInUseError where another process has it."""
        return Writer(self.path, self._zone)

    def journal(self) -> Journal:
        """What people say and set; several may be open, also beside a writer."""
        return Journal(self.path)

    def fittings(self) -> Fittings:
        """How sensors sit; several may be open, also beside a writer."""
        return Fittings(self.path)

    def holdings(self) -> Holdings:
        """Everything in it, to be counted and read out."""
        return Holdings(self.path)

    def queries(self, *, simulated: bool = False) -> Queries:
        """Answers about the real days, or about the simulated ones."""
        return Queries(self.path, simulated=simulated, zone=self._zone)
