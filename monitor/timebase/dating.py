"""Events on the sensor's own clock given their time."""

from collections.abc import Sequence

from monitor.model import (
    DeviceEvent,
    DeviceNotice,
    Disconnected,
    Idle,
    LinkEvent,
    RawEvent,
    RawNotice,
    RoundTrip,
)
from monitor.timebase.timebase import Timebase


class Dating:
    """Tell when events happened, by the clock that the live samples have taught.

    Beside the `Timebase` of the same sensor, to which round trips are handed. An event waits
    for live samples of its connection; where none come, its arrival is all that is known.
    A sensor forgets events when it restarts, so what it tells belongs to its present clock.
    """

    def __init__(self, timebase: Timebase) -> None:
        self._timebase = timebase
        self._waiting: list[RawEvent] = []

    def push(self, item: RawNotice, /) -> Sequence[DeviceNotice]:
        """What can be told of it now."""
        if isinstance(item, RoundTrip):
            self._timebase.compare(item)
            return []
        if isinstance(item, RawEvent):
            self._waiting.append(item)
            return []
        return [item]

    def after(self, event: LinkEvent) -> list[DeviceEvent]:
        """The events whose time is settled, once the samples of `event` have been taken in."""
        if not self._waiting:
            return []
        heard = self._timebase.state.segment is not None
        if not heard and not isinstance(event, Idle | Disconnected):
            return []
        waiting, self._waiting = self._waiting, []
        return [self._dated(raw, heard=heard) for raw in waiting]

    def _dated(self, raw: RawEvent, *, heard: bool) -> DeviceEvent:
        at_ns = raw.at_ns
        if heard:  # nothing arrives before it has happened
            at_ns = min(at_ns, self._timebase.utc_ns(raw.device_us))
        trusted = heard and self._timebase.doubt.trusted
        return DeviceEvent(at_ns, raw.kind, raw.value, raw.boot_id, raw.number, trusted)


__all__ = ["Dating"]
