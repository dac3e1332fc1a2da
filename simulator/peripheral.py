"""A simulated sensor on the air: frames to notifications of a real GATT server."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, DeviceConfiguration
from bumble.device import Device as BluetoothDevice
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.transport import open_transport
from bumble.transport.common import Transport
from numpy.typing import NDArray

from firmware_protocol import (
    PROTOCOL_VERSION,
    ImuFrame,
    encode_config,
    encode_frame,
    gatt,
    samples_per_frame,
)
from simulator.device import Device

MTU = 247  # bytes: one 251-byte packet of the link layer; Bluetooth Core 5.4, Vol 6 Part B, 2.4
ADVERTISING_INTERVAL_MS = 100  # chosen by us: found within a second, also on a bad scanner
NAME_BYTES = 29  # 31-byte scan response less its length and type bytes
QUEUE_PACKETS = 64  # chosen by us: 6 s of frames wait out a bad link, then the firmware drops


@dataclass(frozen=True, slots=True)
class PeripheralStatistics:
    """Counters since power-up.

    Attributes:
        frames: frames the firmware filled.
        sent: notifications handed to the Bluetooth stack.
        dropped: frames given up because the link did not take them.
        unsendable: frames given up because not one sample fits the MTU.
    """

    frames: int
    sent: int
    dropped: int
    unsendable: int


class Peripheral:
    """A sensor that samples from power-up on, whether or not anybody listens.

        async with Peripheral("tcp-client:127.0.0.1:7300", device, counts, ...) as peripheral:
            await peripheral.ended()

    Attributes:
        address: Bluetooth address.
        name: advertised name.
        repeats: how often each notification is sent; 2 imitates a host stack that doubles them.
        silent: connected, but sends nothing; imitates firmware that hangs.
    """

    def __init__(
        self,
        transport: str,
        device: Device,
        counts: Iterator[NDArray[np.int16]],
        *,
        name: str,
        address: str,
        battery_percent: int = 87,
        mtu: int = MTU,
    ) -> None:
        """Nothing happens before it is entered.

        Args:
            transport: any bumble transport, such as "tcp-client:127.0.0.1:7300" or "usb:0".
            device: the firmware.
            counts: what the sensor chip measures, blocks of shape (n, 6) at the device's rate.
            name: at most 29 bytes of UTF-8; lone surrogates stand for bytes that are not.
            address: static random address, "C0:00:00:00:00:00" and up.
            battery_percent: charge at power-up.
            mtu: the largest ATT MTU it agrees to.

        Raises:
            ValueError: the name is too long to advertise.
        """
        self.address = address.upper()
        self.name = name
        self.repeats = 1
        self.silent = False
        self._name_bytes = name.encode("utf-8", "surrogateescape")
        if len(self._name_bytes) > NAME_BYTES:
            raise ValueError(
                f"name {name!r} takes {len(self._name_bytes)} bytes, at most {NAME_BYTES} fit"
            )
        self._transport_name = transport
        self._device = device
        self._counts = counts
        self._battery_percent = battery_percent
        self._mtu = mtu
        self._frames = self._sent = self._dropped = self._unsendable = 0
        self._transport: Transport | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Power up.

        Raises:
            OSError: nothing answers at the transport.
            bumble.core.BaseBumbleError: the transport or the controller refused.
        """
        self._transport = await open_transport(self._transport_name)
        try:
            await self._power_on(self._transport)
        except BaseException:
            await self._transport.close()
            raise
        self._task = asyncio.create_task(self._sample(), name=f"sample {self.address}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        assert self._transport is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._transport.close()

    async def ended(self) -> str:
        """Wait until there is nothing more to send; returns why, for people."""
        assert self._task is not None
        assert self._transport is not None
        done, _ = await asyncio.wait(
            [self._task, self._transport.source.terminated], return_when=asyncio.FIRST_COMPLETED
        )
        if self._task in done:
            self._task.result()
            return "the motion has come to its end"
        return f"the Bluetooth transport {self._transport_name} is gone"

    async def set_battery(self, percent: int) -> None:
        """Change the charge and notify whoever subscribed."""
        self._battery_percent = percent
        for connection in list(self._bluetooth.connections.values()):
            await self._bluetooth.notify_subscriber(connection, self._battery, bytes([percent]))

    def statistics(self) -> PeripheralStatistics:
        return PeripheralStatistics(self._frames, self._sent, self._dropped, self._unsendable)

    async def _power_on(self, transport: Transport) -> None:
        self._bluetooth = bluetooth = BluetoothDevice.from_config_with_hci(
            DeviceConfiguration(
                name=self.name.encode("utf-8", "replace").decode(),
                address=Address(self.address),
                advertising_interval_min=ADVERTISING_INTERVAL_MS,
                advertising_interval_max=ADVERTISING_INTERVAL_MS,
            ),
            transport.source,
            transport.sink,
        )
        bluetooth.gatt_server.max_mtu = self._mtu
        self._imu: Characteristic[bytes] = Characteristic(
            gatt.IMU, Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        self._battery: Characteristic[bytes] = Characteristic(
            gatt.BATTERY_LEVEL,
            Characteristic.Properties.READ | Characteristic.Properties.NOTIFY,
            Characteristic.READABLE,
            _computed(lambda _: bytes([self._battery_percent])),
        )
        config: Characteristic[bytes] = Characteristic(
            gatt.CONFIG,
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            _computed(self._config),
        )
        bluetooth.add_services(
            [
                Service(gatt.SERVICE, [self._imu, config]),
                Service(gatt.BATTERY_SERVICE, [self._battery]),
                DeviceInformationService(
                    manufacturer_name="Backwatch",
                    model_number="Simulated sensor",
                    serial_number=self.address.replace(":", ""),
                    firmware_revision=f"protocol {PROTOCOL_VERSION}",
                ),
            ]
        )
        await bluetooth.power_on()
        await bluetooth.start_advertising(
            auto_restart=True,
            advertising_data=bytes(
                AdvertisingData(
                    [
                        (
                            AdvertisingData.Type.FLAGS,
                            bytes(
                                [
                                    AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
                                    | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
                                ]
                            ),
                        ),
                        (
                            AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                            UUID(gatt.SERVICE).to_bytes(),
                        ),
                    ]
                )
            ),
            scan_response_data=bytes(
                AdvertisingData([(AdvertisingData.Type.COMPLETE_LOCAL_NAME, self._name_bytes)])
            ),
        )

    def _config(self, connection: Connection) -> bytes:
        return encode_config(self._device.config(max(1, samples_per_frame(connection.att_mtu))))

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        booted = loop.time()
        sampled = 0
        while (block := await asyncio.to_thread(next, self._counts, None)) is not None:
            for frame in self._device.push(block):
                sampled += len(frame.counts)
                taken = booted + sampled * self._device.params.period_s
                await asyncio.sleep(max(0.0, taken - loop.time()))
                self._frames += 1
                await self._send(frame)

    async def _send(self, frame: ImuFrame) -> None:
        if self.silent:
            return
        for connection in list(self._bluetooth.connections.values()):
            queue = connection.data_packet_queue
            size = samples_per_frame(connection.att_mtu)
            if size == 0:
                self._unsendable += 1
            elif queue is not None and queue.pending > QUEUE_PACKETS:
                self._dropped += 1
            else:
                for part in self._device.split(frame, size):
                    payload = encode_frame(part)
                    for _ in range(self.repeats):
                        await self._bluetooth.notify_subscriber(connection, self._imu, payload)
                        self._sent += 1


def _computed(read: Callable[[Connection], bytes]) -> CharacteristicValue[bytes]:
    return CharacteristicValue(read=read)
