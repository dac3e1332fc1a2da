"""What the page needs of whatever runs the sensor."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from monitor.model.journal import Handover
from monitor.service import (
    FlowNow,
    RecordingNow,
    Retention,
    SensorsNow,
    Snapshot,
    Subscription,
    TrunkNow,
)
from monitor.store import StoredAlert


class Source(Protocol):
    """`monitor.service.Monitor`, as far as the page knows it."""

    def snapshot(self) -> Snapshot:
        """How things stand at this moment."""

    def sensors(self) -> SensorsNow:
        """How things stand with each sensor."""

    def trunk(self) -> TrunkNow | None:
        """The chest against the pelvis; None unless both are worn, and live."""

    def flow(self) -> FlowNow:
        """What passes each stage, and how long it takes."""

    def subscribe(self) -> AbstractContextManager[Subscription]:
        """Live messages from now on."""

    async def acknowledge(self, alert_id: int) -> StoredAlert | None:
        """Note that the person has seen an alert; None if there is no such alert."""

    async def flush(self) -> None:
        """Put on the disk what waits there."""

    @property
    def retention(self) -> Retention:
        """How long days are kept."""

    def recording(self) -> RecordingNow:
        """Whether what is measured is kept."""

    async def pause(self, *, on: bool) -> RecordingNow:
        """Keep nothing from now on, or keep it again."""

    async def erase(self, bounds: tuple[int, int] | None) -> None:
        """Erase for good a stretch, or all there is; raises StoreError."""

    async def wipe(self, shift: Handover, proved: Callable[[], None] | None = None) -> None:
        """Erase for good what was measured and said in a shift that is over.

        `proved` is called right before, and raises where it must not be erased.
        """
