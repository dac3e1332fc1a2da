"""What speaks against the axes of a simulated sensor, from its bytes to the page."""

import asyncio
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from backwatch.session import make_pipeline
from backwatch.telling import Telling, word_lines
from dashboard.live import live_schema
from dashboard.schemas import now_schema
from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.config import Config
from monitor.model import NS_PER_S, Connected, Fitted, LinkEvent, Mounting, Notified, Placement
from monitor.plausible import Plausible
from monitor.service import Monitor, ObjectionsNow
from monitor.store import Store
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS, marked_axes
from simulator.scenarios import count_stream
from tests.service.conftest import FakeLink

T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
RATE_HZ, FRAME, SECONDS = 50, 25, 130
UP, FORWARD = marked_axes(Placement.UPPER_BACK)
CALIBRATED = Mounting((0, 0, -1, 0, 1, 0, 1, 0, 0), True, "calibration and neutral")


@cache
def counts() -> np.ndarray:
    """What a simulated sensor measures of a shift, shape (n, 6)."""
    held: list[np.ndarray] = []
    for block in count_stream("warehouse_shift", 2, RATE_HZ):
        held.append(block)
        if sum(map(len, held)) >= SECONDS * RATE_HZ:
            break
    return np.concatenate(held)


def events(gyroscope: float) -> Iterator[LinkEvent]:
    config = SensorConfig(1, 7, RATE_HZ * 1000, ACC_RANGE_G, GYR_RANGE_DPS, FRAME)
    yield Notified(T0_NS, gatt.CONFIG, encode_config(config))
    felt = counts() * np.array([1, 1, 1, gyroscope, gyroscope, gyroscope])
    for first in range(0, SECONDS * RATE_HZ, FRAME):
        part = np.rint(felt[first : first + FRAME]).astype(np.int16)
        frame = ImuFrame(7, first, round(first / RATE_HZ * 1e6), part)
        yield Notified(T0_NS + (first + FRAME) * NS_PER_S // RATE_HZ, gatt.IMU, encode_frame(frame))


async def shown(
    tmp_path: Path, up: str, gyroscope: float, *then: LinkEvent
) -> tuple[Monitor, list[list[str]]]:
    """The monitor when all has been heard, and the kinds that a page was told of, in turn."""
    telling = Telling(
        make_pipeline(Config(up=up, forward=FORWARD)), word_lines, lambda _: None,
        Plausible(up, FORWARD),
    )  # fmt: skip
    heard: list[LinkEvent] = [Connected(T0_NS - 1, "AA:BB", "Back"), *events(gyroscope), *then]
    link = FakeLink(heard)
    monitor = Monitor(
        link,
        telling,
        await asyncio.to_thread(Store, tmp_path / "backwatch.db"),
        mounting=lambda: telling._pipeline.interpret.mounting,
        objections=telling.objections,
        alerts=telling._pipeline.interpret.alerts.params,
        simulated=True,
        clock_ns=lambda: T0_NS,
    )
    told: list[list[str]] = []
    with monitor.subscribe() as subscription:

        async def follow() -> None:
            while True:
                message = await subscription.get()
                if isinstance(message, ObjectionsNow):
                    said = live_schema(message).model_dump()["objections"]
                    told.append([one["kind"] for one in said])

        following = asyncio.create_task(follow())
        running = asyncio.create_task(monitor.run())
        await link.played.wait()
        monitor.close()
        await running
        following.cancel()
    return monitor, told


async def test_a_sensor_with_wrong_axes_is_not_trusted_until_it_is_calibrated(tmp_path: Path):
    at_ns = T0_NS + SECONDS * NS_PER_S
    before, said = await shown(tmp_path / "a", "+y", 1.0)
    after, told = await shown(
        tmp_path / "b", "+y", 1.0, Fitted(at_ns, CALIBRATED), Notified(at_ns + 1, "battery", b"")
    )
    [one] = now_schema(
        before.snapshot(), server_ns=at_ns, date=date(2026, 9, 21), time_zone="UTC", simulated=True
    ).objections

    assert said == [["up"]]
    assert one.text.startswith("In ")
    assert f"name --up {UP}, or calibrate" in one.text
    assert one.text.endswith("no state and no angle can be right.")
    assert one.calibrate
    assert one.total
    assert told == [["up"], []]
    assert after.snapshot().objections == ()


async def test_a_sensor_as_it_should_be_is_trusted(tmp_path: Path):
    monitor, told = await shown(tmp_path, UP, 1.0)

    assert told == []
    assert monitor.snapshot().objections == ()


@pytest.mark.parametrize("gyroscope", [-1.0, 0.3])
async def test_a_gyroscope_that_turns_otherwise_is_told(tmp_path: Path, gyroscope: float):
    monitor, told = await shown(tmp_path, UP, gyroscope)

    assert told == [["gyroscope"]]
    [one] = monitor.snapshot().objections
    assert not one.of_axes
