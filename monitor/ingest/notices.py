"""Control and events of a sensor turned into notices, each event once."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware_protocol import ProtocolError, gatt
from firmware_protocol.codes import Capability, ConditionFlag, EventKind, Fault
from firmware_protocol.control import (
    Condition,
    Counters,
    Event,
    HelloReply,
    Message,
    RingState,
    TimeReply,
    decode_message,
)
from monitor.ingest.ingest import Ingest
from monitor.model import (
    Connected,
    DeviceCondition,
    DeviceCounters,
    DeviceEventKind,
    DeviceFault,
    LinkEvent,
    Notified,
    RawEvent,
    RawNotice,
    RoundTrip,
)

NUMBER_WRAP = 2**16  # events; spec.md section 14
TOKEN_WRAP_US = 2**32  # us; spec.md section 13: the host's clock, as our link writes it
SEEN_EVENTS = 256  # events; more than any sensor keeps to repeat. Ours
NS_PER_US = 1000


@dataclass(slots=True)
class NoticesState:
    """All that `Notices` remembers.

    Attributes:
        boot_id: of the present run, told on this connection; None before.
        capabilities: bits of `Capability`, told on this connection.
        seen: (boot id, number) of the last events, oldest first.
    """

    boot_id: int | None = None
    capabilities: int = 0
    seen: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=SEEN_EVENTS))


_KINDS = {kind.value: DeviceEventKind(kind.name.lower()) for kind in EventKind}


class Notices:
    """Decode what a version 2 sensor says beside its samples.

    Beside the `Ingest` of the same sensor, whose counts it shares. The sensor repeats events
    until they are acknowledged; those that came before are dropped by boot id and number.
    """

    def __init__(self, ingest: Ingest) -> None:
        self.state = NoticesState()
        self._ingest = ingest

    def push(self, item: LinkEvent, /) -> Sequence[RawNotice]:
        """At most one notice."""
        if isinstance(item, Connected):
            self.state.boot_id, self.state.capabilities = None, 0
            return []
        if not isinstance(item, Notified):
            return []
        if item.characteristic not in (gatt.CONTROL, gatt.EVENTS):
            return []
        try:
            notice = self._notice(item.at_ns, decode_message(item.payload))
        except ProtocolError as error:
            self._ingest.reject(error)
            return []
        return [] if notice is None else [notice]

    def _notice(self, at_ns: int, message: Message) -> RawNotice | None:
        state = self.state
        match message:
            case HelloReply():
                state.boot_id, state.capabilities = message.boot_id, message.capabilities
            case RingState():
                state.boot_id = message.boot_id
            case TimeReply() if state.boot_id is not None:
                return round_trip(at_ns, state.boot_id, message)
            case Event():
                return self._event(at_ns, message)
            case Condition():
                return condition(at_ns, state.boot_id, state.capabilities, message)
            case Counters():
                return DeviceCounters(
                    at_ns=at_ns,
                    overwritten=message.overwritten,
                    never_sampled=message.never_sampled,
                    refused_notifications=message.refused_notifications,
                    refused_commands=message.refused_commands,
                    lost_events=message.lost_events,
                )
        return None

    def _event(self, at_ns: int, event: Event) -> RawEvent | None:
        """The event, unless it has come before; events lost between two are counted."""
        state, tally = self.state, self._ingest.state.tally
        name = event.boot_id, event.number
        if name in state.seen:
            tally["events_doubled"] += 1
            return None
        if state.seen and state.seen[-1][0] == event.boot_id:
            ahead = (event.number - state.seen[-1][1] - 1) % NUMBER_WRAP
            tally["events_lost"] += ahead if ahead < NUMBER_WRAP // 2 else 0
        state.seen.append(name)
        tally["events"] += 1
        return RawEvent(
            at_ns, _KINDS[event.kind], event.boot_id, event.number, event.device_us, event.value
        )


def round_trip(at_ns: int, boot_id: int, reply: TimeReply) -> RoundTrip:
    """The two instants of the host, and the one of the device between them."""
    answered_us = at_ns // NS_PER_US
    asked_us = answered_us - (answered_us - reply.token) % TOKEN_WRAP_US
    return RoundTrip(
        asked_ns=asked_us * NS_PER_US,
        answered_ns=at_ns - reply.held_us * NS_PER_US,
        boot_id=boot_id,
        received_us=reply.received_us,
    )


def condition(
    at_ns: int, boot_id: int | None, capabilities: int, said: Condition
) -> DeviceCondition:
    """What bits mean; where the sensor lacks the part, it does not know."""
    flags = said.flags
    tells_wear = capabilities & Capability.WEAR and flags & ConditionFlag.WEAR_KNOWN
    return DeviceCondition(
        at_ns=at_ns,
        boot_id=boot_id,
        battery_percent=said.battery_percent if said.battery_percent <= 100 else None,
        charging=bool(flags & ConditionFlag.CHARGING),
        worn=bool(flags & ConditionFlag.WORN) if tells_wear else None,
        muted_s=said.muted_s if flags & ConditionFlag.MUTED else 0,
        session=bool(flags & ConditionFlag.SESSION),
        playing=bool(flags & ConditionFlag.PLAYING),
        faults=tuple(DeviceFault(fault.name.lower()) for fault in Fault if said.self_test & fault),
        next=said.next,
        unsaved=said.unsaved,
    )


__all__ = ["Notices", "NoticesState"]
