"""How things stand: link, state, angle, trace and the seated clock."""

import dataclasses
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.device_texts import remarks
from firmware_protocol import gatt
from monitor.alerts import Alerts, Params
from monitor.link import Distrust
from monitor.link.port import LinkStatus, Phase
from monitor.model import (
    NS_PER_S,
    Activity,
    Beat,
    Connected,
    DeviceCounters,
    Disconnected,
    FeatureChunk,
    Idle,
    Mounting,
    Notified,
    Posture,
    Segment,
    StateChange,
    Tick,
    TimeDoubt,
)
from monitor.pipeline import Step
from monitor.service import AnglePoints
from monitor.service.now import Now, battery_percent
from monitor.service.seated import SeatedClock

T0_NS = 1_790_000_000 * NS_PER_S
PARAMS = Params(profile="desk/1")
MOUNTING = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), forward_known=True, source="axes")
CONNECTED = Connected(T0_NS, "AA:BB", "Back")
FRAME = Notified(T0_NS, gatt.IMU, b"")


def hops(
    first: int,
    degrees: list[float],
    *,
    segment: Segment | None = None,
    settled: bool = True,
    forward_known: bool = True,
) -> FeatureChunk:
    k = len(degrees)
    some = np.zeros(k)
    return FeatureChunk.of(
        segment=segment or Segment(0, T0_NS, 100.0),
        first=first,
        hop=10,
        sagittal=np.radians(degrees),
        sagittal_min=some.copy(),
        sagittal_max=some.copy(),
        lateral=np.full(k, math.radians(-3.0)),
        inclination=np.abs(np.radians(degrees)),
        up=np.zeros((k, 3)),
        lean_rate=some.copy(),
        turn_rate=some.copy(),
        acc_vertical=some.copy(),
        acc_norm=some.copy(),
        acc_norm_sq=some.copy(),
        acc_norm_min=some.copy(),
        acc_norm_max=some.copy(),
        gyr_sq=some.copy(),
        gyr_max=some.copy(),
        settled=np.full(k, settled),
        measured=np.ones(k),
        forward_known=forward_known,
        has_gyro=True,
    )


def test_what_a_connected_sensor_cannot_do_is_told_while_it_is_so() -> None:
    found = now()
    refused = LinkStatus(Phase.CONNECTED, T0_NS, reason="no back-fill; update the firmware")

    told = found.heard(refused)
    again = found.heard(refused)
    over = found.heard(LinkStatus(Phase.CONNECTED, T0_NS))

    assert told is not None
    assert told.trouble == "no back-fill; update the firmware"
    assert remarks(told) == ["No back-fill; update the firmware."]
    assert told.detail == ""
    assert again is None
    assert over is not None
    assert over.trouble == ""


def test_why_a_sensor_is_not_used_is_told_until_it_is() -> None:
    found = now()
    why = Distrust.SENSOR_FORGOT
    found.take(Disconnected(T0_NS, "connection lost"), Step())

    told = found.heard(LinkStatus(Phase.LOST, T0_NS, reason="not used", distrust=why))
    far = found.heard(LinkStatus(Phase.LOST, T0_NS, reason="does not answer"))
    found.heard(LinkStatus(Phase.LOST, T0_NS, reason="not used", distrust=why))
    found.take(CONNECTED, Step())

    assert told is not None
    assert (told.detail, told.distrust) == ("not used", why)
    assert far is not None
    assert far.distrust is None
    assert found.link.distrust is None


def test_what_a_sensor_said_of_itself_is_not_told_of_one_that_is_lost() -> None:
    found = now()
    counters = DeviceCounters(T0_NS, 0, 0, 0, 0, 0)
    found.take(FRAME, Step(device=[counters], doubt=TimeDoubt.RESET))
    heard = found.link.device

    found.take(Disconnected(T0_NS, "out of range"), Step())

    assert heard is not None
    assert (found.link.device, found.link.doubt) == (None, TimeDoubt.NONE)


def now() -> Now:
    found = Now(T0_NS - 5, PARAMS)
    found.take(CONNECTED, Step())
    return found


def test_before_anything_is_heard_the_link_is_searching() -> None:
    snapshot = Now(T0_NS, PARAMS).snapshot(MOUNTING)

    assert (snapshot.link.phase, snapshot.link.since_ns) == ("searching", T0_NS)
    assert (snapshot.state, snapshot.angle, snapshot.trace_t_ns) == (None, None, ())


def test_the_angle_is_the_latest_in_degrees() -> None:
    found = now()

    found.take(FRAME, Step(features=[hops(0, [10.0, 20.0])]))

    angle = found.snapshot(MOUNTING).angle
    assert angle is not None
    assert angle.at_ns == T0_NS + NS_PER_S // 10
    assert math.isclose(angle.sagittal_deg, 20.0)
    assert math.isclose(angle.lateral_deg, -3.0)


def test_an_angle_that_has_not_settled_is_not_shown() -> None:
    found = now()

    [points] = found.take(FRAME, Step(features=[hops(0, [10.0], settled=False)]))

    assert points == AnglePoints((T0_NS,), (None,), (None,), (None,))
    assert found.snapshot(MOUNTING).angle is None


def test_without_a_known_forward_only_the_inclination_is_given() -> None:
    found = now()

    [points] = found.take(FRAME, Step(features=[hops(0, [10.0], forward_known=False)]))

    snapshot = found.snapshot(MOUNTING)
    assert (points.sagittal_deg, points.lateral_deg) == ((None,), (None,))
    assert snapshot.angle is not None
    assert (snapshot.angle.sagittal_deg, snapshot.angle.lateral_deg) == (None, None)
    assert math.isclose(snapshot.angle.inclination_deg, 10.0)
    assert math.isclose(snapshot.trace_lean_deg[0] or 0.0, 10.0)


def test_a_gap_is_marked_in_the_trace() -> None:
    found = now()

    found.take(FRAME, Step(features=[hops(0, [1.0, 2.0])]))
    later = Segment(1, T0_NS + 5 * NS_PER_S, 100.0)
    found.take(FRAME, Step(features=[hops(0, [3.0], segment=later)]))

    snapshot = found.snapshot(MOUNTING)
    marked = [None if deg is None else round(deg) for deg in snapshot.trace_lean_deg]
    assert marked == [1, 2, None, 3]
    assert [(t - T0_NS) // 100_000_000 for t in snapshot.trace_t_ns] == [0, 1, 2, 50]


def test_unbroken_hops_of_an_odd_rate_have_no_gap() -> None:
    found = now()
    odd = Segment(0, T0_NS, 103.9)

    for first in range(0, 300, 3):
        found.take(FRAME, Step(features=[hops(first, [1.0] * 3, segment=odd)]))

    assert None not in found.snapshot(MOUNTING).trace_lean_deg


def test_the_trace_is_thirty_seconds_long() -> None:
    found = now()

    for first in range(0, 500, 10):
        found.take(FRAME, Step(features=[hops(first, [1.0] * 10)]))

    t_ns = found.snapshot(MOUNTING).trace_t_ns
    assert len(t_ns) == 300
    assert t_ns[-1] == T0_NS + 499 * NS_PER_S // 10


def test_a_clock_that_was_set_back_starts_the_trace_anew() -> None:
    found = now()
    found.take(FRAME, Step(features=[hops(0, [1.0])]))

    earlier = Segment(1, T0_NS - 3600 * NS_PER_S, 100.0)
    found.take(FRAME, Step(features=[hops(0, [2.0], segment=earlier)]))

    assert found.snapshot(MOUNTING).trace_t_ns == (earlier.t0_ns,)


def test_nothing_stale_is_shown_once_the_sensor_is_lost() -> None:
    found = now()
    change = StateChange(T0_NS, Activity.SIT, Posture.SLOUCHED, 0.9, "desk/1")
    found.take(FRAME, Step(features=[hops(0, [1.0])], changes=[change]))
    assert found.snapshot(MOUNTING).state is not None

    found.take(Disconnected(T0_NS + 9, "out of range"), Step())

    snapshot = found.snapshot(MOUNTING)
    assert (snapshot.state, snapshot.angle) == (None, None)
    assert (snapshot.link.phase, snapshot.link.detail) == ("lost", "out of range")
    assert (snapshot.link.name, snapshot.link.since_ns) == ("Back", T0_NS + 9)


def test_a_state_that_was_doubted_and_confirmed_goes_on_from_its_start() -> None:
    found = now()
    said = [(0, Activity.SIT), (20, Activity.WALK), (20, Activity.SIT), (30, Activity.SIT)]

    since = []
    for at_s, activity in said:
        at_ns = T0_NS + at_s * NS_PER_S
        change = StateChange(at_ns, activity, Posture.NEUTRAL, 0.9, "desk/1")
        found.take(FRAME, Step(changes=[change]))
        assert found.state is not None
        since.append((found.state.since_ns - T0_NS) // NS_PER_S)

    assert since == [0, 20, 0, 0]


def test_a_state_after_the_sensor_was_lost_begins_anew() -> None:
    found = now()
    sitting = StateChange(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")
    found.take(FRAME, Step(changes=[sitting]))
    found.take(Disconnected(T0_NS + 9, "lost"), Step())

    found.take(FRAME, Step(changes=[dataclasses.replace(sitting, at_ns=T0_NS + 99)]))

    assert found.state is not None
    assert found.state.since_ns == T0_NS + 99


def test_a_connected_sensor_that_says_nothing_is_told_of_once_and_taken_back() -> None:
    found = now()
    quiet = [found.take(Idle(T0_NS + s * NS_PER_S), Step()) for s in range(1, 6)]

    assert [len(messages) for messages in quiet] == [0, 0, 1, 0, 0]
    assert "no data" in found.link.detail

    [back] = found.take(Notified(T0_NS + 9 * NS_PER_S, gatt.IMU, b""), Step())
    assert back.detail == ""


def test_the_battery_is_shown_and_kept_over_a_reconnection_of_the_same_sensor() -> None:
    found = now()
    found.take(Notified(T0_NS, gatt.BATTERY_LEVEL, b"\x49"), Step())
    found.take(Disconnected(T0_NS, "lost"), Step())
    found.take(CONNECTED, Step())
    assert found.link.battery_percent == 73

    found.take(Connected(T0_NS, "CC:DD", "Other"), Step())

    assert found.link.battery_percent is None


@given(st.binary(max_size=3))
def test_a_battery_level_is_a_percentage_or_nothing(payload: bytes) -> None:
    percent = battery_percent(payload)

    assert percent is None or 0 <= percent <= 100
    assert (percent is not None) == (len(payload) == 1 and payload[0] <= 100)


@given(
    st.lists(
        st.tuples(st.sampled_from(Activity), st.integers(1, 90), st.sampled_from([1, 1, 1, 400])),
        max_size=30,
    )
)
def test_the_seated_clock_agrees_with_the_sitting_alert(
    stretches: list[tuple[Activity, int, int]],
) -> None:
    clock, alerts = SeatedClock(PARAMS), Alerts(PARAMS)
    at_ns = T0_NS
    for activity, length_s, pause_s in stretches:
        at_ns += pause_s * NS_PER_S
        clock.pass_time(at_ns)
        alerts.push(Tick(at_ns))
        for _ in range(length_s):
            at_ns += NS_PER_S
            beat = Beat(at_ns, activity, Posture.NEUTRAL, 0.0, None, 0.0)
            clock.beat(beat)
            alerts.push(beat)

        assert clock.since_ns == alerts.state.seated_since_ns


def test_a_break_is_due_half_an_hour_after_sitting_down() -> None:
    clock = SeatedClock(PARAMS)

    clock.beat(Beat(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.0, None, 0.0))

    assert clock.break_due_ns == T0_NS + 30 * 60 * NS_PER_S
