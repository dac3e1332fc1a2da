"""Rates, delays and last items of what passes the stages."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol import gatt
from monitor.alerts import Params
from monitor.ingest import Statistics as IngestStatistics
from monitor.link import LinkStatistics, LinkStatus, Phase
from monitor.model import (
    NS_PER_S,
    Activity,
    Asked,
    Asker,
    Connected,
    LinkEvent,
    MinuteSummary,
    Mounting,
    Notified,
    Numbered,
    Posture,
    SampleChunk,
    Segment,
    StateChange,
    Wish,
)
from monitor.pipeline import Interpret, Pipeline, Step
from monitor.profiles import PROFILES
from monitor.service import Monitor, Stage
from monitor.service.flow import Delays, Gauges, Rate, Storing
from monitor.service.worn import Wearing, Worn
from monitor.store import Store
from tests.service.conftest import MOUNTING, FakeLink, ScriptedPath

S = NS_PER_S
T0_NS = 1_790_000_000 * S
SIT = StateChange(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")


def frame(at_ns: int) -> Notified:
    return Notified(at_ns, gatt.IMU, b"\0")


def test_a_rate_is_the_mean_of_ten_whole_seconds_and_falls_to_nothing() -> None:
    rate = Rate()
    for tenth in range(200):
        rate.add(10, tenth * S // 10)

    assert rate.total == 2000
    assert rate.per_s(20 * S) == 100.0
    assert rate.per_s(25 * S) == 50.0
    assert rate.per_s(31 * S) == 0.0


def test_the_second_under_way_makes_no_rate_fall() -> None:
    rate = Rate()
    for tenth in range(201):
        rate.add(10, tenth * S // 10)

    assert rate.per_s(20 * S + 1) == 100.0


def test_delays_are_told_by_nearest_rank_and_only_of_the_last_minute() -> None:
    delays = Delays()
    delays.add(50 * S, 0)
    for ms in range(100, 0, -1):
        delays.add(ms * 1_000_000, 61 * S)

    now = delays.now(62 * S)

    assert (now.count, now.p50_s, now.p99_s, now.most_s) == (100, 0.05, 0.099, 0.1)


@pytest.mark.parametrize("delay_ns", [-1, 61 * S])
def test_what_can_be_no_delay_is_left_out(delay_ns: int) -> None:
    delays = Delays()
    delays.add(delay_ns, S)

    now = delays.now(S)

    assert (now.count, now.p50_s, now.most_s) == (0, None, None)


def test_past_samples_count_and_are_not_the_last_of_now() -> None:
    gauges = Gauges()
    then = replace(SIT, at_ns=T0_NS - 900 * S)
    step = Step(changes=[SIT], numbers=[Numbered(1, 5, 15)], past=Step(changes=[then]))
    gauges.take(frame(T0_NS), step, S)

    stages = {one.stage: one for one in gauges.stages(2 * S)}

    assert list(stages) == list(Stage)
    assert (stages[Stage.STATES].total, stages[Stage.STATES].last) == (2, SIT)
    assert (stages[Stage.INGEST].total, stages[Stage.INGEST].per_s) == (10, 1.0)
    assert stages[Stage.ALERTS].last is None


def test_each_stage_says_how_far_its_latest_lies_behind_the_frame_that_gave_it() -> None:
    gauges = Gauges()
    chunk = SampleChunk(
        Segment(0, T0_NS, 100.0), 0, np.zeros((10, 3)), np.zeros((10, 3)), np.zeros(10, np.uint8)
    )
    minute = MinuteSummary(T0_NS, 60.0, 30.0, 20.0, 10.0, 5.0, 1.0, 18.0, 95.0)
    gauges.take(frame(T0_NS + 61 * S), Step(samples=[chunk], minutes=[minute]), 0)
    gauges.take(frame(T0_NS + 99 * S), Step(), S)

    behind_s = {one.stage: one.behind_s for one in gauges.stages(S)}
    assert behind_s[Stage.LINK] is None
    assert behind_s[Stage.TIMEBASE] == pytest.approx(60.9)
    assert behind_s[Stage.EXPOSURE] == 1.0
    assert behind_s[Stage.ALERTS] is None


def test_what_comes_from_no_link_counts_there_as_nothing() -> None:
    gauges = Gauges()
    gauges.take(None, Step(changes=[SIT]), 0)

    stages = {one.stage: one for one in gauges.stages(S)}
    assert (stages[Stage.LINK].total, stages[Stage.STATES].total) == (0, 1)
    assert stages[Stage.STATES].behind_s is None


def test_only_what_was_in_the_batch_is_stored() -> None:
    now_ns = T0_NS
    gauges = Gauges()
    storing = Storing(lambda: now_ns)
    for delay_s in (3, 2, 1):
        storing.handed(gauges, frame(T0_NS - delay_s * S))
    storing.handed(gauges, None)  # the end of its recording
    for _ in range(2):
        storing.taken()
    storing.stored(2, S)
    first = gauges.stored.now(S)
    for _ in range(2):
        storing.taken()
    now_ns += 4 * S
    storing.stored(2, 2 * S)

    assert (first.count, first.most_s) == (2, 3.0)
    assert (gauges.stored.now(2 * S).count, gauges.stored.now(2 * S).most_s) == (3, 5.0)
    assert storing.rate.total == 4


def test_of_who_is_forgotten_no_last_value_is_told() -> None:
    path = Pipeline(interpret := Interpret(PROFILES["desk"], MOUNTING), anew=lambda: interpret)
    wearing = Wearing(
        Worn(FakeLink([]), path, lambda: MOUNTING), 0, T0_NS, Params("desk/1"), simulated=True
    )
    wearing.gauges.take(frame(T0_NS), Step(changes=[SIT]), S)
    wearing.take(Asked(T0_NS, Wish.FORGET, Asker.PAGE))

    assert {stage.last for stage in wearing.gauges.stages(S)} == {None}
    assert wearing.gauges.stages(S)[0].total == 1


async def test_frames_are_followed_from_the_link_to_the_disk(
    make_link: Callable[..., FakeLink], store: Store
) -> None:
    events: list[LinkEvent] = [frame(T0_NS + n) for n in range(3)]
    link = make_link(events)
    changes = {event.at_ns: Step(changes=[replace(SIT, at_ns=event.at_ns)]) for event in events}
    monitor = Monitor(
        link,
        ScriptedPath({**changes}),
        store,
        mounting=lambda: MOUNTING,
        alerts=Params(profile="desk/1"),
        clock_ns=lambda: T0_NS + S,
    )
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(monitor.run())
        await link.played.wait()
        link.close()
        await running

    flow = monitor.flow()
    first = flow.sensors[0]
    stages = {one.stage: one for one in first.stages}

    assert stages[Stage.LINK].total == 5
    assert stages[Stage.STATES].total == 3
    assert (first.worked.count, first.told.count, first.stored.count) == (3, 3, 3)
    assert first.told.most_s == pytest.approx(1.0)
    assert flow.waiting == 0
    assert flow.stored == monitor.statistics().stored > 3
    assert first.path is None
    assert first.link_counts is None


async def test_what_link_and_path_count_is_told_beside(store: Store) -> None:
    profile = PROFILES["desk"]
    mounting = Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), True, "axes")
    pipeline = Pipeline(Interpret(profile, mounting))
    strange = Notified(T0_NS + 1, "of nobody", b"\0")
    link = FakeLink([Connected(T0_NS, "AA:BB", "Back"), strange, frame(T0_NS + 2)], stays=False)
    counts = LinkStatistics(7, 1, 0, 2, 1, 1, 0, waiting=3)
    monitor = Monitor(
        link,
        pipeline,
        store,
        mounting=lambda: mounting,
        alerts=profile.alerts,
        status=lambda: LinkStatus(Phase.CONNECTED, T0_NS, counts=counts),
    )
    async with asyncio.timeout(10):
        await monitor.run()

    first = monitor.flow().sensors[0]

    assert first.link_counts == counts
    assert first.path is not None
    assert isinstance(first.path.ingest, IngestStatistics)
    assert first.path.ingest.unknown_characteristic == 1
    assert first.path.timebase.zero_ns is None
    assert first.told.count == 0  # its instant is of long ago
