"""What the sensor says of itself counts as a hint, and no further."""

from dataclasses import replace

import numpy as np

from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from firmware_protocol.codes import EventKind as Pressed
from firmware_protocol.control import Event, encode_message
from monitor.model import (
    NS_PER_S,
    Activity,
    Asker,
    Connected,
    DeviceCondition,
    DeviceEvent,
    DeviceEventKind,
    EventKind,
    Mounting,
    Notified,
    SampleChunk,
    Segment,
)
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES

MOUNTING = Mounting((0, 0, -1, 0, 1, 0, 1, 0, 0), forward_known=True, source="axes")
SEGMENT = Segment(0, 0, 100.0)
G = 9.80665
QUIET = DeviceCondition(
    at_ns=0,
    boot_id=7,
    battery_percent=80,
    charging=False,
    worn=True,
    muted_s=0,
    session=False,
    playing=False,
    faults=(),
    next=0,
    unsaved=0,
)


def second(index, *, knock=False, seconds=1):
    """A sensor upright and at rest from a second on; with a knock in its middle."""
    n = 100 * seconds
    acc = np.zeros((n, 3))
    acc[:, 0] = G
    if knock:
        acc[45:50, 0] = 5 * G
    return SampleChunk(SEGMENT, index * 100, acc, np.zeros((n, 3)), np.zeros(n, np.uint8))


def make():
    return Interpret(PROFILES["desk"], MOUNTING)


def at(seconds, **said):
    return replace(QUIET, at_ns=round(seconds * NS_PER_S), **said)


def not_worn_after(interpret, seconds=700):
    for index in range(0, seconds, 10):
        for change in interpret.push([second(index, seconds=10)]).changes:
            if change.activity is Activity.NOT_WORN:
                return index
    return None


def test_lying_about_is_not_worn_sooner_where_the_sensor_believes_so_too():
    hinted = make()
    hinted.hear(at(0, worn=False))

    assert not_worn_after(make(), 590) is None
    assert not_worn_after(hinted) <= 91


def test_a_sensor_that_believes_to_be_worn_or_does_not_know_changes_nothing():
    worn, unknown = make(), make()
    worn.hear(at(0, worn=True))
    unknown.hear(at(0, worn=None))

    assert not_worn_after(worn) == not_worn_after(unknown) == not_worn_after(make())


def test_the_hint_of_a_sensor_that_is_gone_no_longer_counts():
    interpret = make()
    interpret.hear(at(0, worn=False))
    interpret.lose()

    assert not_worn_after(interpret, 300) is None


def jolts(interpret, *, before=(), after=()):
    """Events of a knock at 20.5 s, with what the sensor says before and after it."""
    events = []
    for index in range(30):
        if index == 20:
            for said in before:
                interpret.hear(said)
        events += interpret.push([second(index, knock=index == 20)]).events
        if index == 20:
            for said in after:
                interpret.hear(said)
    shaken = (EventKind.FALL, EventKind.JOLT)
    return [event.kind for event in events if event.kind in shaken]


def test_a_knock_is_a_jolt():
    assert jolts(make()) == [EventKind.JOLT]


def test_a_knock_while_the_sensor_vibrates_is_its_own():
    done = jolts(make(), before=[at(20.2, playing=True)], after=[at(20.6)])
    still = jolts(make(), before=[at(20.2, playing=True)])

    assert done == still == []


def test_a_rule_that_was_played_out_of_range_is_a_vibration_too():
    rule = DeviceEvent(20 * NS_PER_S, DeviceEventKind.RULE, 0, 7, 3)

    assert jolts(make(), after=[rule]) == []


def test_a_knock_some_seconds_after_a_vibration_counts():
    assert jolts(make(), before=[at(15, playing=True), at(16)]) == [EventKind.JOLT]


def test_a_vibration_ends_with_the_connection_after_half_a_minute_at_most():
    interpret = make()
    interpret.hear(at(-40, playing=True))
    interpret.lose()

    assert jolts(interpret) == [EventKind.JOLT]


def frames(first_s, last_s):
    counts = np.zeros((10, 6), np.int16)
    counts[:, 0] = 4096  # 1 g along +x at 8 g
    for number in range(round(first_s * 100), round(last_s * 100), 10):
        frame = encode_frame(ImuFrame(7, number, number * 10_000, counts))
        yield Notified(1_790_000_000 * NS_PER_S + number * 10_000_000, gatt.IMU, frame)


def press(at_s, arrives_s, kind=Pressed.REZERO):
    said = encode_message(Event(kind, 0, 7, round(at_s * 1e6), 1))
    arrival_ns = 1_790_000_000 * NS_PER_S + round(arrives_s * NS_PER_S)
    return Notified(arrival_ns, gatt.EVENTS, said)


def answers(at_s, arrives_s):
    pipeline = Pipeline(make(), past=make)
    config = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 18))
    events = [
        Connected(0, "C0", ""),
        Notified(0, gatt.CONFIG, config),
        *frames(0, 30),
        press(at_s, arrives_s),
        *frames(30, 50),
    ]
    return [answer for event in events for answer in pipeline.push(event).rezeroed]


def test_the_button_asks_for_a_new_zero():
    [answer] = answers(29.9, 30.0)

    assert answer.by is Asker.BUTTON


def test_a_zero_asked_for_out_of_range_is_no_longer_that_of_now():
    assert answers(12.0, 30.0) == []
