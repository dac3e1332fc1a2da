"""A virtual air, sensors on it, and links that listen; all in one process unless a test says so."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from bumble.core import UUID, AdvertisingData
from bumble.device import Device as BluetoothDevice
from bumble.device import DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.transport import open_transport

from firmware_protocol import ImuFrame, decode_frame, gatt
from monitor.link import BleLink, LinkParams
from monitor.model import LinkEvent, Notified
from simulator.air import Air
from simulator.device import Device, DeviceParams
from simulator.peripheral import Peripheral
from simulator.security import Gate, Security

SUPERVISION_TIMEOUT_S = 0.5
QUICK = LinkParams(scan_s=1.0, connect_s=5.0, stall_s=1.2, idle_s=0.2)


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    async with Air(supervision_timeout_s=SUPERVISION_TIMEOUT_S) as air:
        yield air


def _numbered(index: np.ndarray) -> np.ndarray:
    """Counts in which every sample tells its own number, shape (n, 6)."""
    return np.stack([(index >> (4 * axis)) % 2**15 for axis in range(6)], axis=1).astype(np.int16)


@pytest.fixture
def numbered() -> Callable[[np.ndarray], np.ndarray]:
    """The counts of the samples with these numbers, as every sensor here measures them."""
    return _numbered


def _counts() -> Iterator[np.ndarray]:
    for first in itertools.count(0, 10):
        yield _numbered(np.arange(first, first + 10))


@pytest.fixture
async def power_up(air: Air, tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Start a sensor: `await power_up(name=..., number=...)`; it ends with the test.

    It keeps its bonds when it is started again.
    """
    flash = Security(bonds=tmp_path / "flash.json")
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            *,
            name: str = "Backwatch 1",
            number: int = 1,
            boot_id: int = 7,
            air: Air = air,
            params: DeviceParams | None = None,
            security: Security | None = flash,
            **options: object,
        ) -> Peripheral:
            return await stack.enter_async_context(
                Peripheral(
                    f"tcp-client:127.0.0.1:{air.port}",
                    Device(boot_id, params),
                    _counts(),
                    name=name,
                    address=f"C0:00:00:00:00:{number:02X}",
                    security=security,
                    **options,
                )
            )

        yield start


class Listener:
    """Collects what a link says, and waits for what a test expects of it."""

    def __init__(self, link: BleLink) -> None:
        self.link = link
        self.events: list[LinkEvent] = []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.link:
            async with self._news:
                self.events.append(event)
                self._news.notify_all()

    def frames(self) -> list[ImuFrame]:
        return [decode_frame(e.payload) for e in self.of(Notified) if e.characteristic == gatt.IMU]

    def of(self, kind: type[LinkEvent]) -> list[LinkEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool], within_s: float = 8.0) -> None:
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(condition)

    async def ended(self, within_s: float = 2.0) -> None:
        await asyncio.wait_for(asyncio.shield(self._task), within_s)

    async def cancel(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def stop(self) -> None:
        self.link.close()
        await asyncio.wait([self._task])


@pytest.fixture
async def listen(air: Air) -> AsyncIterator[Callable[..., Listener]]:
    """Start a link: `listen(sensor=..., params=...)`; it ends with the test."""
    listeners: list[Listener] = []

    def start(
        sensor: str | None = None,
        adapter: str = f"virtual:127.0.0.1:{air.port}",
        params: LinkParams = QUICK,
        **options: object,
    ) -> Listener:
        link = BleLink(sensor, adapter, params=params, **options)
        listeners.append(Listener(link))
        return listeners[-1]

    yield start
    for listener in listeners:
        await listener.stop()


@pytest.fixture
async def power_up_foreign(air: Air) -> AsyncIterator[Callable[..., object]]:
    """Start a device that has our service, but not our manners.

    What has a control characteristic is protected, as version 2 must be, unless told otherwise.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            characteristics: list[Characteristic[bytes]],
            *,
            number: int = 0x66,
            unprotected: bool = False,
        ) -> BluetoothDevice:
            transport = await stack.enter_async_context(
                await open_transport(f"tcp-client:127.0.0.1:{air.port}")
            )
            device = BluetoothDevice.from_config_with_hci(
                DeviceConfiguration(
                    name="stranger",
                    address=Address(f"C0:00:00:00:00:{number:02X}"),
                    advertising_interval_min=50,
                    advertising_interval_max=50,
                ),
                transport.source,
                transport.sink,
            )
            secret = [UUID(gatt.CONTROL), UUID(gatt.EVENTS), UUID(gatt.BACKFILL), UUID(gatt.IMU)]
            if UUID(gatt.CONTROL) in [found.uuid for found in characteristics] and not unprotected:
                gate = Gate(str(device.random_address).partition("/")[0], Security())
                await gate.power_up(device)
                for found in characteristics:
                    if found.uuid in secret:
                        gate.protect(found, device)
            device.add_services([Service(gatt.SERVICE, characteristics)])
            await device.power_on()
            listed = AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
            await device.start_advertising(
                auto_restart=True,
                advertising_data=bytes(AdvertisingData([(listed, UUID(gatt.SERVICE).to_bytes())])),
                scan_response_data=bytes(
                    AdvertisingData([(AdvertisingData.Type.COMPLETE_LOCAL_NAME, b"stranger")])
                ),
            )
            return device

        yield start
