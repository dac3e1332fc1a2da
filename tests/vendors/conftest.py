"""A virtual air, simulated sensors of other makes on it, and links that listen to them."""

import contextlib

import numpy as np
import pytest

from monitor.link import BleLink
from simulator.air import Air
from simulator.scenarios import count_stream
from simulator.vendors import MODELS
from simulator.vendors.peripheral import VendorPeripheral
from tests.radio.conftest import QUICK, Listener


@pytest.fixture
async def air():
    async with Air(supervision_timeout_s=0.5) as air:
        yield air


@pytest.fixture
async def power_up(air):
    """Start a sensor: `await power_up("movesense")`; it ends with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(make, *, model=None, name=None, number=1, **options):
            kind = MODELS[make]
            counts = count_stream("short", 0, kind.NATIVE_HZ)
            return await stack.enter_async_context(
                VendorPeripheral(
                    f"tcp-client:127.0.0.1:{air.port}",
                    model or kind(),
                    counts,
                    name=name or kind.NAME + " 1",
                    address=f"C0:00:00:00:00:{number:02X}",
                    **options,
                )
            )

        yield start


@pytest.fixture
async def listen(air):
    """Start a link: `listen("movesense:")`; it ends with the test."""
    listeners = []

    def start(sensor):
        link = BleLink(sensor, f"virtual:127.0.0.1:{air.port}", params=QUICK)
        listeners.append(Listener(link))
        return listeners[-1]

    yield start
    for listener in listeners:
        await listener.stop()


def measured(make, n):
    """What a simulated sensor measures first, in counts of our own, shape (n, 6)."""
    stream = count_stream("short", 0, MODELS[make].NATIVE_HZ)
    blocks = []
    while sum(map(len, blocks)) < n:
        blocks.append(next(stream))
    return np.concatenate(blocks)[:n]
