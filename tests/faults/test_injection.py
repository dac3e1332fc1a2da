"""Faults that begin and are cleared while the sensor runs, as the demo's page has them."""

import asyncio

import pytest

from monitor.link import Phase
from simulator.faults import FAULTS, FaultError, FaultState, Injection, parse_fault
from simulator.faults.act import Act, Need, Timed
from simulator.faults.body import BODY as BODY_FAULTS
from tests.faults.scene import ADDRESS, scene

HOOKS = ("counts", "clock", "connected", "send", "delivers")


def states(injection):
    return [(one.number, one.fault.name, one.state) for one in injection.now()]


async def test_a_fault_acts_from_its_start_until_it_is_cleared_and_nothing_is_lost(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(3.0)
        before = here.counted().missing_samples
        async with Injection(here.sensor) as injection:
            number = await injection.start("lost-frames:0.5")
            await asyncio.sleep(5.0)
            during = here.counted().missing_samples
            await injection.clear(number)
            await here.whole()
            after = here.counted().missing_samples
            await asyncio.sleep(5.0)
            later = here.counted().missing_samples
        account = await here.account()

    assert before == 0
    assert during > 100
    assert later == after
    assert states(injection) == [(1, "lost-frames", FaultState.CLEARED)]
    assert (account.broken, account.lost) == ([], {})


async def test_who_was_taken_out_of_range_is_back_once_that_is_cleared(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(2.0)
        async with Injection(here.sensor) as injection:
            await injection.start("out-of-range:10min,at=0")
            await here.until(lambda: here.link.status.phase is Phase.LOST)
            await injection.clear()
            await here.until(lambda: here.link.status.phase is Phase.CONNECTED, within_s=30.0)
        account = await here.account()

    assert account.broken == []


async def test_a_flat_battery_that_is_cleared_is_charged_at_once(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(2.0)
        async with Injection(here.sensor) as injection:
            await injection.start("battery-flat:off=24h,at=0")
            await here.until(lambda: here.link.status.phase is Phase.LOST)
            await injection.clear()
            await here.until(lambda: here.link.status.phase is Phase.CONNECTED, within_s=30.0)

            assert here.sensor._battery_percent == 100


async def test_slots_that_were_taken_are_given_back(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        async with Injection(here.sensor) as injection:
            await injection.start("no-slots:lasting=1h")
            await asyncio.sleep(1.0)
            taken = here.air.slots
            await injection.clear()

        assert (taken, here.air.slots) == (0, None)


async def test_what_passes_by_itself_is_over_then(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(2.0)
        told = []
        async with Injection(here.sensor, changed=lambda: told.append(True)) as injection:
            await injection.start("reboot:at=0")
            await here.until(lambda: len(here.path.boots) == 2)
            await asyncio.sleep(1.0)

        assert states(injection) == [(1, "reboot", FaultState.OVER)]
        assert len(told) == 2


async def test_what_would_change_a_start_or_is_on_or_unknown_is_refused(tmp_path):
    refused = (
        ("flood:3", "on already"),
        ("clock-drift:100", "simulate-device --fault clock-drift"),
        ("lost", "lost-frames"),
        ("lost-frames:7", "share"),
    )
    async with scene(tmp_path, interpret=False) as here, Injection(here.sensor) as injection:
        await injection.start("flood:2")
        for text, why in refused:
            with pytest.raises(FaultError, match=why):
                await injection.start(text)
        with pytest.raises(FaultError, match="number 9"):
            await injection.clear(9)

        assert states(injection) == [(1, "flood", FaultState.ON)]


async def test_a_fault_that_fails_as_it_begins_is_refused_whatever_it_was():
    class Broken:
        def having(self, *_):
            raise OSError("no such radio")

    async with Injection(Broken()) as injection:
        with pytest.raises(FaultError, match="OSError: no such radio"):
            await injection.start("flood:2")

        assert injection.now() == ()


BODY = {act.NAME for act in BODY_FAULTS}  # what is measured is no longer what is counted here
LIVE = [
    name
    for name, act in FAULTS.items()
    if Need.START not in act.NEEDS and name not in {"bond-forgotten", *BODY}
]


async def test_whatever_was_begun_and_cleared_the_sensor_is_heard_again(tmp_path):
    async with scene(tmp_path, want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(2.0)
        async with Injection(here.sensor) as injection:
            for name in LIVE:
                at = ":at=0" if any(a.name == "at" for a in FAULTS[name].ARGUMENTS) else ""
                number = await injection.start(name + at)
                await asyncio.sleep(3.0)
                await injection.clear(number)
                await here.until(lambda: here.link.status.phase is Phase.CONNECTED)
        await here.whole()
        account = await here.account()

    assert len(LIVE) > 18
    assert {one.state for one in injection.now()} <= {FaultState.CLEARED, FaultState.OVER}
    assert account.broken == []
    assert set(account.lost) <= {"rebooted", "never_sampled", "unheard"}


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_fault_says_of_itself_is_what_it_does(name):
    act = FAULTS[name]
    own = {hook for hook in (*HOOKS, "run") if getattr(act, hook) is not getattr(Act, hook)}

    # Without a hook that acts while it runs, it can only change a start.
    assert bool(own) or Need.START in act.NEEDS
    # What acts on every sample or frame lasts.
    assert not (act.PASSES and own - {"run"})
    if issubclass(act, Timed) and not own - {"run"}:
        assert act.PASSES
    assert parse_fault(name).name == name
