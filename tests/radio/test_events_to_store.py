"""Button and rules of a sensor, in and out of range, from the press to the day they belong to."""

import asyncio
import time
from dataclasses import replace

import pytest

from firmware_protocol.codes import EventKind, Pattern, RuleKind
from firmware_protocol.control import SetRule
from monitor.link import BleLink, RecordedLink, TapeWriter, read_tape
from monitor.model import (
    Connected,
    DeviceCondition,
    DeviceEvent,
    DeviceEventKind,
    Disconnected,
    TimeDoubt,
)
from monitor.service import Monitor
from monitor.store import Store
from simulator.core import BoardCondition
from tests.radio.test_backfill import ADDRESS, EAGER
from tests.radio.test_backfill_to_store import MOUNTING, PROFILE, Watched

PARAMS = replace(EAGER, control=replace(EAGER.control, keep_events_s=0.5))
# The counts of these sensors grow along all axes, so they lean and turn soon enough.
AT_ONCE = SetRule(0, 0, RuleKind.INCLINATION, 1, 0, 0, 1, 0, Pattern.EVENT, 1, 0)


class Running:
    """A monitor on a simulated radio, its path, store and tape."""

    def __init__(self, air, store, tape):
        self.path = Watched()
        self.store = store
        self.link = BleLink(None, f"virtual:127.0.0.1:{air.port}", params=PARAMS)
        self.monitor = Monitor(
            RecordedLink(self.link, tape),
            self.path,
            store,
            mounting=lambda: MOUNTING,
            alerts=PROFILE.alerts,
        )
        self.task = asyncio.create_task(self.monitor.run())

    def events(self):
        return [n for s in self.path.steps for n in s.device if isinstance(n, DeviceEvent)]

    def conditions(self):
        return [n for s in self.path.steps for n in s.device if isinstance(n, DeviceCondition)]

    async def stop(self):
        self.monitor.close()
        await self.task

    async def kept(self):
        def read():
            queries = self.store.queries()
            found = queries.device_events(queries.local_date(time.time_ns()))
            queries.close()
            return found[::-1]

        return await asyncio.to_thread(read)


@pytest.fixture
async def run(air, tmp_path):
    """Start a monitor: `await run()`."""
    tapes = []

    async def start(name="day"):
        store = await asyncio.to_thread(Store, tmp_path / "day.db")
        tape = await asyncio.to_thread(TapeWriter, tmp_path / f"{name}.tape")
        tapes.append(tape)
        return Running(air, store, tape)

    yield start
    for tape in tapes:
        await asyncio.to_thread(tape.close)


async def test_moments_marked_in_and_out_of_range_are_kept_once_where_they_belong(
    air, power_up, run, tmp_path
):
    sensor = await power_up()
    running = await run()
    await running.path.until(lambda: running.conditions())

    def press(kind):
        sensor.device.core.press(kind, sensor._clock_us())
        return time.time_ns()

    near_ns = press(EventKind.MARK)
    await running.path.until(lambda: len(running.events()) == 1)
    air.set_in_range(ADDRESS, False)
    await running.path.until(lambda: any(isinstance(e, Disconnected) for e in running.path.events))
    away_ns = press(EventKind.MARK)
    await asyncio.sleep(0.6)
    air.set_in_range(ADDRESS, True)
    await running.path.until(lambda: len(running.events()) == 2)
    await running.stop()
    again = await run(
        "again"
    )  # nothing was forgotten, so the sensor tells all that is not acknowledged
    again_press_ns = press(EventKind.SESSION)
    await again.path.until(lambda: any(e.kind is DeviceEventKind.SESSION for e in again.events()))
    await again.stop()

    kept = await again.kept()

    assert [event.kind for event in kept] == [
        *(DeviceEventKind.MARK, DeviceEventKind.MARK, DeviceEventKind.SESSION)
    ]
    assert [event.number for event in kept] == [0, 1, 2]
    for event, pressed_ns in zip(kept, (near_ns, away_ns, again_press_ns), strict=True):
        assert abs(event.at_ns - pressed_ns) < 0.15e9
        assert event.time_trusted

    events = await asyncio.to_thread(lambda: list(read_tape(tmp_path / "day.tape")))
    replayed = Watched()
    for event in events:
        replayed.push(event)
    assert [s.device for s in replayed.steps] == [s.device for s in running.path.steps]
    assert [s.doubt for s in replayed.steps] == [s.doubt for s in running.path.steps]


async def test_a_rule_plays_out_of_range_and_the_host_hears_of_it(air, power_up, run):
    sensor = await power_up()
    running = await run()
    running.link.orders.set_rules([AT_ONCE])
    await running.path.until(lambda: running.conditions())
    await running.path.until(lambda: not running.link.orders.differing())

    played_near = sensor.statistics().core.cues
    air.set_in_range(ADDRESS, False)
    await running.path.until(lambda: sensor.statistics().core.cues > played_near)
    air.set_in_range(ADDRESS, True)
    await running.path.until(lambda: any(e.kind is DeviceEventKind.RULE for e in running.events()))
    await running.stop()

    assert played_near == 0
    assert {(e.kind, e.value) for e in await running.kept()} == {(DeviceEventKind.RULE, 0)}


async def test_what_the_sensor_says_of_itself_is_shown_as_it_changes(power_up, run):
    sensor = await power_up()
    running = await run()
    await running.path.until(lambda: running.conditions())

    sensor.device.core.set_condition(
        BoardCondition(battery_percent=41, charging=True, worn=False, self_test=4)
    )
    await running.path.until(lambda: running.conditions()[-1].charging)
    await running.path.until(lambda: running.path.statistics().frames > 1)
    shown = running.monitor.snapshot().link
    await running.stop()

    assert shown.battery_percent == 41
    assert (shown.device.overwritten, shown.device.lost_events) == (0, 0)
    assert (shown.device.charging, shown.device.worn) == (True, False)
    assert [fault.value for fault in shown.device.faults] == ["clock"]
    assert shown.doubt is TimeDoubt.UNSETTLED


async def test_a_new_connection_knows_nothing_of_the_sensor_until_it_speaks(air, power_up, run):
    await power_up()
    running = await run()
    await running.path.until(lambda: running.conditions())

    air.set_in_range(ADDRESS, False)
    await running.path.until(lambda: any(isinstance(e, Disconnected) for e in running.path.events))
    air.set_in_range(ADDRESS, True)
    await running.path.until(
        lambda: sum(isinstance(e, Connected) for e in running.path.events) == 2
    )
    before = len(running.conditions())
    await running.path.until(lambda: len(running.conditions()) > before)
    await running.stop()

    assert running.conditions()[-1].boot_id == 7
