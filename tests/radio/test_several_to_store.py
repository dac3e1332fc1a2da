"""The law for two sensors at once: each sample of either is stored once, under its own name."""

import asyncio

import numpy as np

from monitor.link import BleLink, Radio
from monitor.model import Disconnected, Placement
from monitor.service import Monitor, Worn
from monitor.store import Store, read_raw
from tests.radio.test_backfill import EAGER, has_been_up
from tests.radio.test_backfill_to_store import LSB_MPS2, MOUNTING, PROFILE, Watched

FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"


def is_whole(path, least):
    state = path.pipeline.acquire.ingest.state.had
    counted = path.statistics()
    return counted.backfilled >= least and state.holes(0, state.stop or 0) == []


async def test_what_two_sensors_measured_is_stored_once_though_one_was_away(
    air, power_up, tmp_path
):
    for number in (1, 2):
        sensor = await power_up(name=f"Back {number}", number=number, boot_id=number)
        has_been_up(sensor, 3)
    store = await asyncio.to_thread(Store, tmp_path / "day.db")
    radio = Radio(f"virtual:127.0.0.1:{air.port}")
    paths = [Watched(), Watched()]
    links = [BleLink(sensor, params=EAGER, radio=radio) for sensor in (FIRST, SECOND)]
    monitor = Monitor(
        links[0],
        paths[0],
        store,
        mounting=lambda: MOUNTING,
        alerts=PROFILE.alerts,
        beside=[Worn(links[1], paths[1], lambda: MOUNTING, Placement.LOW_BACK)],
    )
    running = asyncio.create_task(monitor.run())
    for path in paths:
        await path.until(lambda path=path: is_whole(path, 280))

    air.set_in_range(SECOND, False)
    await paths[1].until(lambda: any(isinstance(e, Disconnected) for e in paths[1].events))
    await asyncio.sleep(0.7)  # what it measures meanwhile has to be fetched
    air.set_in_range(SECOND, True)
    await paths[1].until(lambda: is_whole(paths[1], 330))
    monitor.close()
    await running
    await radio.close()

    for path, address, counts in ((paths[0], FIRST, True), (paths[1], SECOND, False)):
        kept = await asyncio.to_thread(
            lambda counts=counts: list(
                read_raw(store.path, 0, 2**63, simulated=False, counts=counts)
            )
        )
        assert {one.origin.address for one in kept} == {address}
        chunks = [one.samples.chunk for one in kept]
        axis = np.concatenate([np.rint(c.acc_mps2[:, 0] / LSB_MPS2).astype(int) for c in chunks])
        # The first 300 samples were given as zeros; of the others the first axis tells the number.
        told = np.sort(axis[axis > 0])
        assert np.array_equal(told, np.arange(1, len(told) + 1))
        assert np.count_nonzero(axis == 0) == 301
        assert path.statistics().samples + path.statistics().backfilled == len(axis)
