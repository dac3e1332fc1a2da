"""Whatever the MTU, every sample is stored once; below 35 in compact frames."""

import asyncio

import numpy as np
import pytest

from firmware_protocol import gatt
from firmware_protocol.layout import ANCHOR, COMPACT_FRAME
from monitor.link import BleLink
from monitor.model import Disconnected, Notified
from monitor.service import Monitor
from monitor.store import Store, read_raw
from tests.radio.test_backfill import ADDRESS, EAGER, has_been_up
from tests.radio.test_backfill_to_store import LSB_MPS2, MOUNTING, PROFILE, Watched


@pytest.mark.parametrize("mtu", [23, 185, 247, 517])
async def test_every_sample_is_stored_once_at_this_mtu(air, power_up, tmp_path, mtu):
    sensor = await power_up(mtu=mtu)
    has_been_up(sensor, 2)
    path = Watched()
    store = await asyncio.to_thread(Store, tmp_path / "day.db")
    link = BleLink(None, f"virtual:127.0.0.1:{air.port}", params=EAGER)
    monitor = Monitor(link, path, store, mounting=lambda: MOUNTING, alerts=PROFILE.alerts)
    running = asyncio.create_task(monitor.run())

    def is_whole():
        had = path.pipeline.acquire.ingest.state.had
        return (had.stop or 0) > 250 and had.holes(0, had.stop) == []

    await path.until(is_whole)
    air.set_in_range(ADDRESS, False)
    await path.until(lambda: any(isinstance(event, Disconnected) for event in path.events))
    air.set_in_range(ADDRESS, True)
    before = path.statistics().samples
    await path.until(lambda: is_whole() and path.statistics().samples > before + 50)
    monitor.close()
    await running

    chunks = await asyncio.to_thread(
        lambda: [s.samples.chunk for s in read_raw(store.path, 0, 2**63, simulated=False)]
    )
    stored = np.concatenate([np.rint(c.acc_mps2[:, 0] / LSB_MPS2).astype(int) for c in chunks])
    told = np.sort(stored[stored > 0])
    assert np.array_equal(told, np.arange(1, len(told) + 1))
    assert np.count_nonzero(stored == 0) == 201
    counted = path.statistics()
    assert counted.samples + counted.backfilled == len(stored)
    assert (counted.unanchored, counted.overwritten, counted.unplaced) == (0, 0, 0)
    kinds = {
        event.payload[0]
        for event in path.events
        if isinstance(event, Notified) and event.characteristic in (gatt.IMU, gatt.BACKFILL)
    }
    assert ({ANCHOR.code, COMPACT_FRAME.code} <= kinds) == (mtu < 35)
    longest = max(
        len(event.payload)
        for event in path.events
        if isinstance(event, Notified) and event.characteristic == gatt.BACKFILL
    )
    assert longest == {23: 19, 185: 176, 247: 236, 517: 512}[mtu]
