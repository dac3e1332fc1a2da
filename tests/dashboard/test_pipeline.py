"""What passes each stage, as the API tells it."""

from math import nan, radians

import httpx
import numpy as np
import pytest

from dashboard.pipeline import pipeline_schema
from firmware_protocol import gatt
from monitor.ingest import Ingest
from monitor.link import LinkStatistics
from monitor.model import (
    NS_PER_S,
    Connected,
    Disconnected,
    FeatureChunk,
    Notified,
    Placement,
    Segment,
)
from monitor.model.features import FEATURES
from monitor.pipeline import PathStatistics
from monitor.service import DelayNow, FlowNow, SensorFlow, Stage, StageNow
from monitor.service.flow import LastItem
from monitor.service.live import LinkNow
from monitor.timebase import Statistics as ClockStatistics
from tests.dashboard.conftest import HOSTILE, NOW_NS, FakeSource

SEGMENT = Segment(0, NOW_NS, 100.0)
NO_DELAY = DelayNow(0, None, None, None)


def hop(lean_deg: float, rate: float) -> FeatureChunk:
    rows = np.zeros((1, FEATURES))
    rows[0, 0], rows[0, 7] = radians(lean_deg), rate
    return FeatureChunk(SEGMENT, 0, 10, rows, True, True)


def flow(link: LinkNow, last: LastItem | None = None) -> FlowNow:
    sensor = SensorFlow(
        placement=Placement.UPPER_BACK,
        counts=True,
        link=link,
        link_counts=LinkStatistics(70, 1, 0, 2, 1, 1, 0, waiting=3),
        path=PathStatistics(
            Ingest().statistics(),
            ClockStatistics(2, 30, 0, 1, -12.345, 0.0021, 0.004, NOW_NS - NS_PER_S),
        ),
        stages=(StageNow(Stage.FEATURES, 600, 10.0, last),),
        worked=DelayNow(600, 0.0005, 0.0012, 0.0123456),
        told=NO_DELAY,
        stored=NO_DELAY,
    )
    return FlowNow((sensor,), 4, 256, 900, 11.5, 1, 2)


async def test_nobody_without_a_session_sees_it(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/api/pipeline")

    assert answer.status_code == 401


async def test_queues_delays_counters_and_the_clock_are_told(
    page: httpx.AsyncClient, source: FakeSource
) -> None:
    source.flow_now = flow(source.now.link, hop(31.25, nan))
    told = (await page.get("/api/pipeline")).json()

    (sensor,) = told["sensors"]
    assert told["server_ms"] == NOW_NS // 1_000_000
    assert (told["waiting"], told["room"], told["stored_per_s"]) == (4, 256, 11.5)
    assert sensor["name"] == HOSTILE
    assert sensor["link"]["waiting"] == 3
    assert sensor["ingest"]["truncated"] == 0
    assert sensor["clock"]["drift_ppm"] == -12.35
    assert sensor["clock"]["zero_ms"] == (NOW_NS - NS_PER_S) // 1_000_000
    assert sensor["worked"] == {"count": 600, "p50_ms": 0.5, "p99_ms": 1.2, "most_ms": 12.35}
    assert sensor["told"]["p99_ms"] is None
    (stage,) = sensor["stages"]
    assert (stage["stage"], stage["per_s"]) == ("features", 10.0)
    assert stage["last"]["sagittal_deg"] == 31.25
    assert "lean_rate_degps" not in stage["last"]  # JSON has no NaN


@pytest.mark.parametrize(
    ("last", "values"),
    [
        (None, {}),
        (Notified(NOW_NS, gatt.IMU, b"123"), {"event": "samples", "bytes": 3}),
        (Notified(NOW_NS, "of nobody", b""), {"event": "of nobody", "bytes": 0}),
        (Connected(NOW_NS, "AA:BB", HOSTILE), {"event": "connected", "address": "AA:BB"}),
        (Disconnected(NOW_NS, "gone"), {"event": "disconnected", "reason": "gone"}),
    ],
)
def test_the_last_item_is_told_by_its_values(
    source: FakeSource, last: LastItem | None, values: dict[str, object]
) -> None:
    told = pipeline_schema(flow(source.now.link, last), server_ns=NOW_NS)

    last_told = told.sensors[0].stages[0].last
    assert last_told == values
    assert [type(one) for one in last_told.values()] == [type(one) for one in values.values()]
