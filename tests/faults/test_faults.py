"""Each fault of docs/faults.md: what the user sees, what is stored, what is counted."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from monitor.link import LinkParams, Phase, Radio
from monitor.link.pairing import UntrustedError, pair
from monitor.model import Activity, Connected, Disconnected, Origin, Posture, TimeDoubt
from simulator.imu import named_mounting
from simulator.scenarios import count_stream
from simulator.security import Security
from tests.faults.scene import ADDRESS, NAME, Account, Scene, scene

WORN = named_mounting("+x", "-z")


@dataclass(frozen=True)
class Case:
    """Faults, how long, and what shows that they struck."""

    faults: str
    struck: Callable[[Scene, Account], bool]
    seconds: float = 8.0


NOTHING_IS_LOST = [
    Case("lost-frames:0.1", lambda s, _: s.counted().missing_samples > 50),
    Case("doubled-frames:0.3", lambda s, _: s.counted().doubled > 20),
    Case("reordered-frames:0.1", lambda s, _: s.counted().late > 2),
    Case("truncated-frames:0.1", lambda s, _: s.counted().truncated > 2),
    Case("corrupted-frames:0.1", lambda s, _: s.counted().checksum > 2),
    Case("flood:100", lambda s, _: s.counted().doubled > 1000, seconds=3.0),
    Case(
        "doubled-after-reconnect supervision-timeout:at=2",
        lambda s, _: s.counted().doubled > 20 and s.link.statistics().connections == 2,
        seconds=12.0,
    ),
    Case(
        "silent-after-reconnect supervision-timeout:at=2",
        lambda s, _: s.link.statistics().stalled == 1,
        seconds=16.0,
    ),
    Case("sequence-wrap:after=5", lambda s, _: s.ingest.state.expected > 2**32),
    Case("clock-drift:200", lambda _, a: 1e-6 < a.worst_doubted_s < 0.01),
    Case("clock-drift:-2000", lambda _, a: 1e-6 < a.worst_doubted_s < 0.1),
    Case("out-of-range:2,at=3", lambda s, _: s.link.statistics().lost == 0),
    Case("out-of-range:30,at=3", lambda s, _: s.counted().missing_samples > 2500, seconds=40.0),
    Case("out-of-range:3min,at=3", lambda s, _: s.counted().missing_samples > 17500, seconds=195.0),
    Case("supervision-timeout:at=3", lambda s, _: s.link.statistics().lost == 1),
    Case("adapter-loss:5,at=3", lambda s, _: s.link.statistics().connections == 2, seconds=25.0),
    Case("no-slots:lasting=15", lambda s, _: s.counted().backfilled > 1500, seconds=45.0),
    Case("small-mtu:35", lambda s, _: s.counted().frames == s.counted().samples, seconds=4.0),
    Case("small-mtu:23", lambda s, _: s.sensor.statistics().core.compact_frames > 300, seconds=4.0),
    Case("same-name", lambda s, _: len(s.sensor.others) == 1),
    Case("two-started-one-found", lambda s, _: len(s.sensor.others) == 1),
]


@pytest.mark.parametrize("case", NOTHING_IS_LOST, ids=lambda case: case.faults)
async def test_every_sample_is_stored_once_and_in_order(tmp_path, case):
    async with scene(tmp_path, *case.faults.split(), want=ADDRESS, interpret=False) as here:
        await asyncio.sleep(case.seconds)
        await here.whole()
        account = await here.account()

    assert account.broken == []
    assert account.lost == {}
    assert account.skipped == 0
    assert account.measured - account.stored == account.pending < 100
    assert case.struck(here, account), (here.counted(), here.link.statistics(), account)


CLOCK_FAULTS = [
    ("tick-wrap:after=8", "went back"),
    ("clock-reset:at=5", "went back"),
    ("clock-jump:by=5,at=5", "jumped by +5.0 s"),
    ("clock-jump:by=-3,at=5", "went back by 3.0 s"),
]


@pytest.mark.parametrize(("fault", "cause"), CLOCK_FAULTS)
async def test_a_clock_that_is_set_ends_the_segment_and_times_stay_right(tmp_path, fault, cause):
    async with scene(tmp_path, fault) as here:
        await asyncio.sleep(15)
        await here.whole()
        account = await here.account()
        doubts = {chunk.segment.doubt for chunk in await here.chunks()}

    assert doubts & {TimeDoubt.JUMPED, TimeDoubt.RESET}
    causes = [end.cause for end in here.path.ends]
    assert [text for text in causes if cause in text], causes
    assert here.path.pipeline.acquire.timebase.statistics().clock_restarts == 1
    assert (account.broken, account.lost, account.skipped) == ([], {}, 0)
    assert account.worst_doubted_s < 0.05


@pytest.mark.parametrize(
    ("faults", "wait_s"),
    [
        ("out-of-range:100,at=70 clock-jump:by=-1.5,at=120", 190.0),
        ("out-of-range:40,at=5 clock-jump:by=37.7,at=20", 60.0),
        ("out-of-range:40,at=5 reboot:at=10 clock-jump:by=37.7,at=20", 60.0),
        ("out-of-range:40,at=5 clock-jump:by=20,at=20 clock-reset:at=30", 60.0),
    ],
)
async def test_samples_from_before_a_clock_was_set_out_of_range_are_dated_right_and_in_doubt(
    tmp_path, faults, wait_s
):
    async with scene(tmp_path, *faults.split(), interpret=False) as here:
        await asyncio.sleep(wait_s)
        await here.whole()
        account = await here.account()
        chunks = await here.chunks()

    assert account.broken == []
    assert account.worst_doubted_s < 0.3
    assert {chunk.segment.doubt for chunk in chunks} & {TimeDoubt.JUMPED, TimeDoubt.RESET}
    assert here.counted().backfilled > 2000


@pytest.mark.parametrize("percent", [1, -1])
async def test_a_sensor_that_samples_at_another_rate_gives_more_and_its_times_are_right(
    tmp_path, percent
):
    async with scene(tmp_path, f"unequal-counts:{percent}", interpret=False) as here:
        await asyncio.sleep(40)
        await here.whole()
        account = await here.account()

    assert account.measured == pytest.approx(4000 * (1 + percent / 100), abs=15)
    assert (account.broken, account.lost) == ([], {})
    # Until its rate is learnt, a fast sensor's time runs ahead by what the timebase tolerates.
    assert account.skipped <= 30


async def test_a_restart_loses_only_what_was_not_sent(tmp_path):
    async with scene(tmp_path, "reboot:at=5,every=5") as here:
        await asyncio.sleep(18)
        await here.whole()
        account = await here.account()

    assert account.broken == []
    assert set(account.lost) <= {"rebooted"}
    assert sum(account.lost.values()) <= 3 * 10  # a frame at each restart
    assert here.counted().boots == 4
    assert here.counted().rebooted == 3
    assert [event.reason for event in here.path.of(Disconnected)][:3] == ["connection lost"] * 3


async def test_what_a_restart_away_from_the_host_loses_is_counted_as_such(tmp_path):
    async with scene(tmp_path, "out-of-range:20,at=3", "reboot:at=13", interpret=False) as here:
        await asyncio.sleep(40)
        await here.whole()
        account = await here.account()

    assert account.broken == []
    assert account.lost.keys() == {"rebooted"}
    assert 900 <= account.lost["rebooted"] <= 1020  # 10 s out of range before the restart


async def test_a_flat_battery_is_seen_coming_and_the_sensor_is_found_again(tmp_path):
    async with scene(tmp_path, "battery-flat:off=30,at=3") as here:
        await asyncio.sleep(60)
        await here.whole()
        account = await here.account()

    shown = [status.battery_percent for status in here.statuses]
    assert [percent for percent in (87, 5, 1, 0, 100) if percent in shown] == [87, 5, 1, 0, 100]
    assert [type(event) for event in here.path.told if isinstance(event, Connected | Disconnected)][
        :3
    ] == [Connected, Disconnected, Connected]
    assert (account.broken, set(account.lost) <= {"rebooted"}) == ([], True)
    assert here.counted().rebooted == 1


async def test_samples_the_motion_sensor_missed_are_told_as_never_sampled(tmp_path):
    async with scene(tmp_path, "missed-samples:60") as here:
        await asyncio.sleep(20)
        await here.whole()
        account = await here.account()

    core = here.sensor.statistics().core
    assert account.broken == []
    assert account.lost == {}
    assert core.never_sampled > 100
    assert 0 <= core.never_sampled - here.counted().never_sampled < 30  # the newest are not told


async def test_what_a_small_memory_could_not_hold_is_told_as_overwritten(tmp_path):
    async with scene(tmp_path, "small-ring:5", "out-of-range:20,at=2", interpret=False) as here:
        await asyncio.sleep(35)
        await here.whole()
        account = await here.account()

    assert account.broken == []
    assert account.lost == {"overwritten": here.counted().overwritten}
    assert 1400 <= account.lost["overwritten"] <= 1700  # away for 20 s, of which it holds 5


async def test_silence_is_noticed_told_and_ended_by_connecting_anew(tmp_path):
    async with scene(
        tmp_path, "silent-after-reconnect:connections=2", "supervision-timeout:at=2"
    ) as here:
        await asyncio.sleep(40)

    reasons = [event.reason for event in here.path.of(Disconnected)]
    assert reasons[:3] == ["connection lost", *["connected, but no data for 5 s"] * 2]
    assert len(here.path.of(Connected)) == 4


async def test_a_full_adapter_is_told_in_one_line_and_used_once_it_has_room(tmp_path):
    async with scene(tmp_path, "no-slots:lasting=20") as here:
        await asyncio.sleep(10)
        assert "no free slot" in here.link.status.reason
        await asyncio.sleep(30)

        assert here.link.status.phase is Phase.CONNECTED


async def test_a_pulled_adapter_is_told_and_opened_again(tmp_path):
    async with scene(tmp_path, "adapter-loss:20,at=3") as here:
        await here.until(lambda: here.path.of(Disconnected))
        await asyncio.sleep(10)
        assert "no virtual air answers" in here.link.status.reason
        await asyncio.sleep(40)

        assert here.link.status.phase is Phase.CONNECTED


async def test_two_sensors_with_one_name_are_told_apart_by_address(tmp_path):
    async with scene(tmp_path, "same-name", "supervision-timeout:at=2,every=10", want=NAME) as here:
        await asyncio.sleep(40)

    assert len({event.address for event in here.path.of(Connected)}) == 1
    assert len(here.path.of(Connected)) >= 3


@pytest.mark.parametrize(
    "kind",
    ["markup", "terminal", "right-to-left", "newline", "not-utf8"],
)
async def test_a_hostile_name_is_stored_as_harmless_text(tmp_path, kind):
    async with scene(tmp_path, f"hostile-name:{kind}") as here:
        await asyncio.sleep(4)
        await here.whole()
        account = await here.account()
        name = here.monitor.snapshot().link.name

    assert account.broken == []
    assert name == "".join(c for c in name if c.isprintable())
    assert "\u202e" not in name


@pytest.mark.parametrize("kind", ["garbage", "mute"])
async def test_a_foreign_device_is_refused_and_our_sensor_is_used(tmp_path, kind):
    patience = LinkParams(connect_s=5.0)
    async with scene(
        tmp_path, f"foreign-device:{kind}", patience=patience, interpret=False
    ) as here:
        here.air.set_in_range(ADDRESS, False)
        await asyncio.sleep(30)
        told = here.link.status.reason
        here.air.set_in_range(ADDRESS, True)
        await asyncio.sleep(20)
        await here.whole()
        account = await here.account()

    assert "C0:00:00:00:00:03" in told
    assert account.broken == []
    assert {event.address for event in here.path.of(Connected)} == {ADDRESS}


async def test_a_sensor_that_forgot_its_pairing_is_refused_until_a_person_decides(tmp_path):
    async with scene(tmp_path, "bond-forgotten:at=3", interpret=False) as here:
        await here.until(lambda: here.path.of(Disconnected))
        await asyncio.sleep(60)
        told, connections = here.link.status.reason, len(here.path.of(Connected))
        tries = here.link.statistics().refused
        bonds = here.link._radio.bonds
        for sensor in await asyncio.to_thread(bonds.known):
            await asyncio.to_thread(bonds.forget, sensor)
        await asyncio.sleep(60)
        unasked = len(here.path.of(Connected))
        await pair(here.link._radio, ADDRESS)
        await here.until(lambda: len(here.path.of(Connected)) == 2, within_s=300)
        await here.whole()
        account = await here.account()

    assert f"backwatch forget {ADDRESS}, then backwatch pair --sensor {ADDRESS}" in told
    assert connections == unasked == 1
    assert 1 <= tries <= 6
    assert (account.broken, account.lost) == ([], {})


async def test_a_host_that_forgot_its_key_says_so_and_does_not_pair_by_itself(tmp_path):
    async with scene(tmp_path, "supervision-timeout:at=3") as here:
        await here.until(lambda: here.path.of(Connected))
        here.link._radio.bonds._memory.bonds.clear()
        await asyncio.sleep(60)

    assert "this computer no longer has the key" in here.statuses[-2].reason
    assert len(here.path.of(Connected)) == 1


async def test_a_sensor_with_a_passkey_is_left_alone_until_it_is_given(tmp_path):
    async with scene(tmp_path, "wrong-passkey") as here:
        await asyncio.sleep(120)
        told, gate = here.link.status.reason, here.sensor.gate

    assert f"backwatch pair --sensor {ADDRESS} --passkey NUMBER" in told
    assert not here.path.of(Connected)
    assert gate.turned_away == 1


async def test_a_wrong_passkey_is_told_and_not_tried_again(tmp_path):
    async with scene(tmp_path, "wrong-passkey", security=Security(passkey=123456)) as here:
        await here.close()
        radio = Radio(f"virtual:127.0.0.1:{here.air.port}")
        try:
            with pytest.raises(UntrustedError, match="the passkey is not that of its label"):
                await pair(radio, ADDRESS, passkey=123456)
            known = await asyncio.to_thread(radio.bonds.known, radio.kind)
        finally:
            await radio.close()

    assert known == ()


# What is wrong with the motion sensor or its place changes what is measured: the samples are
# stored as they came, so here the states are looked at.


async def states(here: Scene, seconds: float = 57.0) -> list[tuple[Activity, Posture]]:
    await here.until(lambda: here.path.of(Connected))
    await asyncio.sleep(seconds)
    return [(change.activity, change.posture) for change in here.path.changes]


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("right")


@pytest.fixture
async def as_it_should_be(folder):
    counts = count_stream("short", 0, 100.0)
    async with scene(folder, counts=counts, mounting=WORN) as here:
        return await states(here)


@pytest.mark.parametrize(("fault", "up"), [("upside-down", "-x"), ("mounted-sideways", "-y")])
async def test_a_sensor_worn_otherwise_reads_right_once_its_axes_are_named(
    tmp_path, as_it_should_be, fault, up
):
    counts = count_stream("short", 0, 100.0)
    async with scene(tmp_path, fault, counts=counts, mounting=named_mounting(up, "-z")) as here:
        found = await states(here)

    assert found == as_it_should_be
    assert len({posture for _, posture in found}) > 2


@pytest.mark.parametrize("fault", ["upside-down", "mounted-sideways"])
async def test_a_sensor_worn_otherwise_unsaid_reads_as_lying(tmp_path, fault):
    counts = count_stream("short", 0, 100.0)
    async with scene(tmp_path, fault, counts=counts, mounting=WORN) as here:
        found = await states(here, 12.0)

    assert found[-1][0] is Activity.LIE


async def test_a_sensor_that_slipped_with_tilt_reads_as_bent_from_then_on(tmp_path):
    counts = count_stream("short", 0, 100.0)
    async with scene(tmp_path, "slipped:30,tilt,at=10", counts=counts, mounting=WORN) as here:
        found = await states(here, 21.0)

    assert (Activity.WALK, Posture.BENT) in found
    assert found[-1][1] is Posture.BENT


async def test_a_sensor_that_slipped_sideways_reads_the_same_states(tmp_path, as_it_should_be):
    counts = count_stream("short", 0, 100.0)
    async with scene(tmp_path, "slipped:20,at=10", counts=counts, mounting=WORN) as here:
        found = await states(here)

    assert found == as_it_should_be


async def test_a_saturated_axis_is_marked_in_every_sample(tmp_path):
    async with scene(tmp_path, "saturated-axis:gyr-y,at=5") as here:
        await asyncio.sleep(15)
        await here.whole()
        await here.close()
        chunks = await here.chunks()

    origin = np.concatenate([chunk.origin for chunk in chunks])
    assert np.count_nonzero(origin == Origin.SATURATED) == pytest.approx(1000, abs=60)
    assert set(np.unique(origin)) == {Origin.MEASURED, Origin.SATURATED}


async def test_a_stuck_axis_is_stored_as_it_came(tmp_path):
    counts = count_stream("short", 0, 100.0)
    async with scene(tmp_path, "stuck-axis:acc-y,at=5", counts=counts) as here:
        await asyncio.sleep(15)
        await here.whole()
        await here.close()
        chunks = await here.chunks()

    chunks.sort(key=lambda chunk: chunk.segment.time_ns(chunk.first))
    last = np.concatenate([chunk.acc_mps2 for chunk in chunks])[-900:]
    assert np.ptp(last[:, 1]) == 0.0
    assert np.all(np.ptp(last[:, [0, 2]], axis=0) > 0.0)
