"""A simulated sensor of another make on the air: its firmware behind a real GATT server."""

import asyncio
import contextlib
import functools
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, DeviceConfiguration
from bumble.device import Device as BluetoothDevice
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.transport import open_transport
from bumble.transport.common import Transport
from numpy.typing import NDArray

from simulator.device import DeviceParams
from simulator.faults import Fault, Troubles
from simulator.imu import acc_mps2, gyr_radps
from simulator.vendors.model import Access, Model, Notification

if TYPE_CHECKING:
    from simulator.air import Air

MTU = 247  # bytes: one packet of the link layer; Bluetooth Core 5.4, Vol 6 Part B, 2.4
ADVERTISING_INTERVAL_MS = 100  # chosen by us: found within a second
QUEUE_PACKETS = 64  # chosen by us: beyond this the firmware drops

_PROPERTIES = {
    Access.READ: Characteristic.Properties.READ,
    Access.WRITE: Characteristic.Properties.WRITE,
    Access.NOTIFY: Characteristic.Properties.NOTIFY,
}


class VendorPeripheral:
    """A sensor that samples from power-up on and sends what its host has asked for.

    Attributes:
        address: Bluetooth address.
        name: advertised name.
        silent: connected, but sends nothing.
        repeats: how often each notification is sent; 2 imitates a host stack that doubles them.
        dropped: notifications given up because the link did not take them.
    """

    def __init__(
        self,
        transport: str,
        model: Model,
        counts: Iterator[NDArray[np.int16]],
        *,
        name: str,
        address: str,
        mtu: int = MTU,
        faults: Sequence[Fault] = (),
        seed: int = 0,
        air: "Air | None" = None,
    ) -> None:
        """Nothing happens before it is entered.

        Args:
            transport: any bumble transport, such as "tcp-client:127.0.0.1:7300" or "usb:0".
            model: the firmware.
            counts: what `simulator.imu` measures at the model's NATIVE_HZ, blocks of shape (n, 6).
            name: at most 29 bytes.
            address: static random address.
            mtu: the largest ATT MTU it agrees to.
            faults: what is wrong with it, or with the world around it.
            seed: of what these faults draw.
            air: the air that `transport` leads to, where it is in this process; for faults.

        Raises:
            ValueError: the name is too long to advertise.
            FaultError: a fault that cannot act here.
        """
        self._troubles = Troubles(faults, seed)
        self._troubles.check(own_air=air is not None, transport=transport, firmware=False)
        self.air = air
        if len(name.encode()) > 29:
            raise ValueError(f"name {name!r} takes {len(name.encode())} bytes, at most 29 fit")
        self.address = address.upper()
        self.name = name
        self.silent = False
        self.repeats = 1
        self.dropped = 0
        self.transport = transport
        self._model = model
        self._counts = counts
        self._mtu = self._troubles.mtu(mtu)
        self._heard = asyncio.Event()
        self._transport: Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._fate: asyncio.Task[None] | None = None
        self._notified: dict[str, Characteristic[bytes]] = {}
        self._answers: list[Notification] = []

    async def __aenter__(self) -> Self:
        """Power up.

        Raises:
            OSError: nothing answers at the transport.
            bumble.core.BaseBumbleError: the transport or the controller refused.
        """
        self._transport = await open_transport(self.transport)
        try:
            await self._power_on(self._transport)
        except BaseException:
            await self._transport.close()
            raise
        self._task = asyncio.create_task(self._sample(), name=f"sample {self.address}")
        self._fate = asyncio.create_task(self._troubles.run(self), name=f"faults {self.address}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        assert self._fate is not None
        assert self._transport is not None
        for task in (self._fate, self._task):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._transport.close()

    async def ended(self) -> str:
        """Wait until there is nothing more to send; returns why, for people."""
        assert self._task is not None
        assert self._fate is not None
        assert self._transport is not None
        done, _ = await asyncio.wait(
            [self._task, self._fate, self._transport.source.terminated],
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._fate in done:
            self._fate.result()
        if self._task in done:
            self._task.result()
            return "the motion has come to its end"
        return f"the Bluetooth transport {self.transport} is gone"

    async def heard(self) -> None:
        """Wait until a host has first turned on notifications."""
        await self._heard.wait()

    def having(
        self, fault: Fault, seed: int = 0
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """One fault more for as long as the context lasts, and until it has struck.

        Gives what happens by itself; entering raises FaultError where it cannot act here.
        """
        params = DeviceParams(rate_hz=self._model.NATIVE_HZ)
        return self._troubles.more(fault, self, params, seed)

    @property
    def board(self) -> None:
        """Faults of our own firmware do not act on this one."""

    @property
    def others(self) -> list[str]:
        """What else its faults have put on the air, for people."""
        return self._troubles.others(self)

    async def _power_on(self, transport: Transport) -> None:
        self._bluetooth = bluetooth = BluetoothDevice.from_config_with_hci(
            DeviceConfiguration(
                name=self.name,
                address=Address(self.address),
                advertising_interval_min=ADVERTISING_INTERVAL_MS,
                advertising_interval_max=ADVERTISING_INTERVAL_MS,
            ),
            transport.source,
            transport.sink,
        )
        bluetooth.gatt_server.max_mtu = self._mtu
        bluetooth.add_services(
            [
                Service(
                    service, [self._characteristic(*found) for found in characteristics.items()]
                )
                for service, characteristics in self._model.SERVICES.items()
            ]
        )
        bluetooth.on(BluetoothDevice.EVENT_CONNECTION, self._on_connection)
        await bluetooth.power_on()
        flags = (
            AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
            | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        )
        structures = [(AdvertisingData.Type.FLAGS, bytes([flags]))]
        for service in self._model.ADVERTISED:
            uuid = UUID(service).to_bytes()
            structures.append(
                (AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, uuid)
            )
        await bluetooth.start_advertising(
            auto_restart=True,
            advertising_data=bytes(AdvertisingData(structures)),
            scan_response_data=bytes(
                AdvertisingData([(AdvertisingData.Type.COMPLETE_LOCAL_NAME, self.name.encode())])
            ),
        )

    def _characteristic(self, uuid: str, access: Access) -> Characteristic[bytes]:
        properties = Characteristic.Properties(0)
        for kind in access:
            properties |= _PROPERTIES[kind]
        found: Characteristic[bytes] = Characteristic(
            uuid,
            properties,
            Characteristic.READABLE | Characteristic.WRITEABLE,
            CharacteristicValue(
                read=lambda _: self._model.read(uuid), write=functools.partial(self._write, uuid)
            ),
        )
        if Access.NOTIFY in access:
            found.on(Characteristic.EVENT_SUBSCRIPTION, self._subscribed)
            self._notified[uuid] = found
        return found

    def _subscribed(self, _: Connection, notify: bool, __: bool) -> None:
        if notify:
            self._heard.set()

    def _on_connection(self, connection: Connection) -> None:
        self._troubles.connected()
        connection.on(connection.EVENT_DISCONNECTION, lambda _: self._model.disconnected())

    def _write(self, uuid: str, _: Connection, payload: bytes) -> None:
        self._answers += self._model.write(uuid, payload)

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        booted = loop.time()
        sampled, stride = 0, self._model.STRIDE
        pending = np.empty((0, 6), np.int16)
        while (block := await asyncio.to_thread(next, self._counts, None)) is not None:
            pending = np.concatenate([pending, block])
            while len(pending) >= stride:
                part, pending = pending[:stride], pending[stride:]
                sampled += stride
                due = booted + sampled / self._model.NATIVE_HZ
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._measure(self._troubles.counts(part, self._model.NATIVE_HZ))

    async def _measure(self, counts: NDArray[np.int16]) -> None:
        connections = list(self._bluetooth.connections.values())
        mtu = min((connection.att_mtu for connection in connections), default=self._mtu)
        said, self._answers = self._answers, []
        for measured in self._model.sample(acc_mps2(counts), gyr_radps(counts), mtu):
            uuid = measured.characteristic
            said += [
                Notification(uuid, told) for told in self._troubles.send(uuid, measured.payload)
            ]
        if self.silent or self._troubles.silent:
            return
        for connection in connections:
            queue = connection.data_packet_queue
            for notification in said:
                if queue is not None and queue.pending > QUEUE_PACKETS:
                    self.dropped += 1
                    continue
                for _ in range(self.repeats):
                    await self._bluetooth.notify_subscriber(
                        connection,
                        self._notified[notification.characteristic],
                        notification.payload,
                    )
