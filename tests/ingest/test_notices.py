"""What a sensor says beside its samples, from bytes to notices."""

from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import gatt
from firmware_protocol.codes import Capability, ConditionFlag, EventKind, Fault, Status
from firmware_protocol.control import (
    SCHEMA_HASH,
    Condition,
    Counters,
    Event,
    HelloReply,
    TimeReply,
    encode_message,
)
from monitor.ingest import Ingest, Notices
from monitor.model import (
    Connected,
    DeviceCondition,
    DeviceCounters,
    DeviceEventKind,
    DeviceFault,
    Notified,
    RawEvent,
    RoundTrip,
)

NOW_NS = 1_790_000_000_123_456_000
ALL = Capability.WEAR | Capability.CHARGER | Capability.BUTTON | Capability.HAPTIC


def hello(boot_id=7, capabilities=ALL):
    reply = HelloReply(1, Status.OK, 2, SCHEMA_HASH, boot_id, capabilities, 100)
    return Notified(NOW_NS, gatt.CONTROL, encode_message(reply))


def event(number, kind=EventKind.MARK, boot_id=7, device_us=5_000_000, value=0):
    said = Event(kind, number, boot_id, device_us, value)
    return Notified(NOW_NS, gatt.EVENTS, encode_message(said))


def condition(flags=0, percent=80, self_test=0, muted_s=0, number=0):
    said = Condition(number, flags, percent, 3900, self_test, muted_s, 1234, 56)
    return Notified(NOW_NS, gatt.EVENTS, encode_message(said))


def play(*events):
    """Notices and the counts."""
    ingest = Ingest()
    notices = Notices(ingest)
    told = [notice for event in events for notice in notices.push(event)]
    return told, ingest.statistics()


def test_an_event_keeps_its_name_its_clock_and_its_value():
    [told], counted = play(event(3, EventKind.RULE, value=2))

    assert told == RawEvent(NOW_NS, DeviceEventKind.RULE, 7, 3, 5_000_000, 2)
    assert counted.events == 1


def test_every_kind_of_event_has_a_name():
    told, _ = play(*(event(kind, kind) for kind in EventKind))

    assert [one.kind for one in told] == list(DeviceEventKind)


def test_events_that_are_sent_again_on_the_next_connection_count_once():
    told, counted = play(event(0), event(1), Connected(0, "C0", ""), event(0), event(1), event(2))

    assert [one.number for one in told] == [0, 1, 2]
    assert (counted.events, counted.events_doubled, counted.events_lost) == (3, 2, 0)


def test_events_that_found_no_place_in_the_sensor_are_counted():
    _, counted = play(event(4), event(9))

    assert counted.events_lost == 4


def test_numbers_of_events_wrap():
    told, counted = play(event(2**16 - 1), event(0))

    assert len(told) == 2
    assert counted.events_lost == 0


def test_a_restart_counts_events_anew_and_nothing_is_lost_or_doubled():
    told, counted = play(event(5), event(0, boot_id=8), event(1, boot_id=8))

    assert len(told) == 3
    assert (counted.events_doubled, counted.events_lost) == (0, 0)


def test_a_condition_says_what_its_bits_mean():
    flags = (
        ConditionFlag.CHARGING | ConditionFlag.WEAR_KNOWN | ConditionFlag.MUTED
        | ConditionFlag.SESSION | ConditionFlag.PLAYING
    )  # fmt: skip

    [told], _ = play(hello(), condition(flags, 20, Fault.CLOCK | Fault.NOT_RUN, 90))

    assert told == DeviceCondition(
        at_ns=NOW_NS,
        boot_id=7,
        battery_percent=20,
        charging=True,
        worn=False,
        muted_s=90,
        session=True,
        playing=True,
        faults=(DeviceFault.CLOCK, DeviceFault.NOT_RUN),
        next=1234,
        unsaved=56,
    )


def test_what_the_sensor_does_not_know_is_not_made_up():
    no_bit, _ = play(hello(), condition(ConditionFlag.WORN, percent=255))
    no_part, _ = play(
        hello(capabilities=0), condition(ConditionFlag.WORN | ConditionFlag.WEAR_KNOWN)
    )

    assert (no_bit[0].worn, no_bit[0].battery_percent) == (None, None)
    assert no_part[0].worn is None


def test_capabilities_are_those_of_the_present_connection():
    told, _ = play(hello(), Connected(0, "C0", ""), condition(ConditionFlag.WEAR_KNOWN))

    assert told[0].worn is None
    assert told[0].boot_id is None


def test_counters_are_passed_on():
    said = Notified(NOW_NS, gatt.CONTROL, encode_message(Counters(9, 1, 2, 3, 4, 5)))

    told, _ = play(said)

    assert told == [DeviceCounters(NOW_NS, 1, 2, 3, 4, 5)]


def test_a_round_trip_is_told_by_the_reply_alone():
    asked_us = NOW_NS // 1000 - 31_000
    reply = TimeReply(2, asked_us % 2**32, 5_000_000, 1_500)

    told, _ = play(hello(), Notified(NOW_NS, gatt.CONTROL, encode_message(reply)))

    assert told == [RoundTrip(asked_us * 1000, NOW_NS - 1_500_000, 7, 5_000_000)]


def test_a_round_trip_of_an_unknown_run_tells_nothing():
    reply = encode_message(TimeReply(2, 1, 5_000_000, 1_500))

    told, _ = play(Notified(NOW_NS, gatt.CONTROL, reply))

    assert told == []


@given(st.sampled_from([gatt.CONTROL, gatt.EVENTS]), st.binary(max_size=24))
def test_any_bytes_are_understood_or_counted(characteristic, payload):
    told, counted = play(Notified(0, characteristic, payload))

    refused = counted.truncated + counted.trailing_bytes + counted.checksum
    refused += counted.unknown_message + counted.field
    assert told == []
    assert refused == 1
