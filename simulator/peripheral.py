"""A simulated sensor on the air: the firmware core behind a real GATT server."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from bumble.att import ATT_Error
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Connection, DeviceConfiguration
from bumble.device import Device as BluetoothDevice
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address, HCI_Error
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.transport import open_transport
from bumble.transport.common import Transport
from numpy.typing import NDArray

from firmware_protocol import PROTOCOL_VERSION, gatt
from firmware_protocol.control import CONTROL_VERSION
from simulator.core import CHANNELS, BoardCondition, CoreStatistics
from simulator.device import Device
from simulator.faults import Fault, Troubles
from simulator.security import JUST_WORKS, Gate, Security

if TYPE_CHECKING:
    from simulator.air import Air

MTU = 247  # bytes: one 251-byte packet of the link layer; Bluetooth Core 5.4, Vol 6 Part B, 2.4
ADVERTISING_INTERVAL_MS = 100  # chosen by us: found within a second, also on a bad scanner
NAME_BYTES = 29  # 31-byte scan response less its length and type bytes
QUEUE_PACKETS = 8  # chosen by us, as small stacks have; what does not fit waits in the ring
AGAIN_S = 0.5  # s until advertising is tried again; chosen by us
TICK_S = 0.02  # chosen by us: how often the firmware is fed and polled


@dataclass(frozen=True, slots=True)
class PeripheralStatistics:
    """Counters.

    Attributes:
        sent: notifications handed to the Bluetooth stack since power-up.
        core: what the firmware counts; anew at each reboot.
    """

    sent: int
    core: CoreStatistics


class Peripheral:
    """A sensor that samples from power-up on, whether or not anybody listens.

        async with Peripheral("tcp-client:127.0.0.1:7300", device, counts, ...) as peripheral:
            await peripheral.ended()

    Attributes:
        address: Bluetooth address.
        name: advertised name.
        device: the sensor behind the radio.
        gate: its security; None where there is none.
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
        control: bool = True,
        security: Security | None = JUST_WORKS,
        faults: Sequence[Fault] = (),
        seed: int = 0,
        air: "Air | None" = None,
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
            control: False leaves out what version 2 adds: a version 1 device, without security.
            security: how it is paired and protected; None leaves everything open, which version 2
                forbids.
            faults: what is wrong with it, or with the world around it.
            seed: of what these faults draw.
            air: the air that `transport` leads to, where it is in this process; for faults.

        Raises:
            ValueError: the name is too long to advertise.
            FaultError: a fault that cannot act here.
        """
        self._troubles = Troubles(faults, seed)
        self._troubles.check(own_air=air is not None, transport=transport, firmware=True)
        self.air = air
        self.address = address.upper()
        self.name = name = self._troubles.name(name)
        self.repeats = 1
        self.silent = False
        self._name_bytes = name.encode("utf-8", "surrogateescape")
        if len(self._name_bytes) > NAME_BYTES:
            raise ValueError(
                f"name {name!r} takes {len(self._name_bytes)} bytes, at most {NAME_BYTES} fit"
            )
        self.transport = transport
        self.device = device
        device.params = self._troubles.params(device.params)
        device.distort = self._troubles.clock
        self._counts = counts
        self._battery_percent = battery_percent
        self._mtu = self._troubles.mtu(mtu)
        self._control = control
        security = self._troubles.security(security)
        self.gate = Gate(self.address, security) if control and security is not None else None
        self._sent = 0
        self._booted_s = 0.0
        self._connection: Connection | None = None
        self._due = asyncio.Event()
        self._heard = asyncio.Event()
        self._powered = asyncio.Event()
        self._over = False
        self._transport: Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._radio: asyncio.Task[None] | None = None
        self._fate: asyncio.Task[None] | None = None
        self._again: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Power up.

        Raises:
            OSError: nothing answers at the transport.
            bumble.core.BaseBumbleError: the transport or the controller refused.
        """
        await asyncio.to_thread(self.device.power_up)
        self._tell_condition()
        await self._go_on_air()
        self._booted_s = asyncio.get_running_loop().time()
        self._powered.set()
        self._task = asyncio.create_task(self._sample(), name=f"sample {self.address}")
        self._radio = asyncio.create_task(self._notify(), name=f"notify {self.address}")
        self._fate = asyncio.create_task(self._troubles.run(self), name=f"faults {self.address}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        assert self._radio is not None
        assert self._fate is not None
        self._over = True
        for task in (self._fate, self._task, self._radio, self._again):
            if task is None:
                continue
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._transport is not None:
            await self._transport.close()

    async def ended(self) -> str:
        """Wait until there is nothing more to send; returns why, for people."""
        assert self._task is not None
        assert self._radio is not None
        assert self._fate is not None
        tasks = (self._task, self._radio, self._fate)
        while True:
            await self._powered.wait()
            assert self._transport is not None
            done, _ = await asyncio.wait(
                [*tasks, self._transport.source.terminated], return_when=asyncio.FIRST_COMPLETED
            )
            for task in (self._radio, self._fate):
                if task in done:
                    task.result()
            if self._task in done:
                self._task.result()
                return "the motion has come to its end"
            if self._powered.is_set():
                return f"the Bluetooth transport {self.transport} is gone"

    async def set_battery(self, percent: int) -> None:
        """Change the charge and notify whoever subscribed."""
        self._battery_percent = percent
        self._tell_condition()
        if not self._powered.is_set():
            return
        for connection in list(self._bluetooth.connections.values()):
            await self._bluetooth.notify_subscriber(connection, self._battery, bytes([percent]))

    async def reboot(self, boot_id: int) -> None:
        """Power off and on again: the connection is gone, and what the ring held.

        Nothing happens without power.
        """
        if not self._powered.is_set():
            return
        self._boot(boot_id)
        for connection in list(self._bluetooth.connections.values()):
            await connection.disconnect()

    async def power_off(self) -> None:
        """Cut the power, where there is any: nothing is sampled, and nobody is told."""
        if self._transport is None:
            return
        self._powered.clear()
        self._connection = None
        for advertised in self._bluetooth.extended_advertising_sets.values():
            advertised.auto_restart = False  # or it is done when the transport closes
        transport, self._transport = self._transport, None
        await transport.close()

    async def power_on(self, boot_id: int) -> None:
        """Give it power again, where there is none and its life is not over.

        Raises:
            OSError, bumble.core.BaseBumbleError: as when it is entered.
        """
        if self._powered.is_set() or self._over:
            return
        with contextlib.nullcontext() if self.air is None else self.air.letting_in():
            await self._go_on_air()
        self._boot(boot_id)
        self._powered.set()

    async def forget_bonds(self) -> None:
        """Clear what it remembers of its pairings; whoever is connected is sent away."""
        if self.gate is not None and self._powered.is_set():
            await self.gate.forget()
            for connection in list(self._bluetooth.connections.values()):
                await connection.disconnect()

    async def heard(self) -> None:
        """Wait until a host has first turned on the notifications with samples."""
        await self._heard.wait()

    def having(
        self, fault: Fault, seed: int = 0
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """One fault more for as long as the context lasts, and until it has struck.

        Gives what happens by itself; entering raises FaultError where it cannot act here.
        """
        return self._troubles.more(fault, self, self.device.params, seed)

    @property
    def board(self) -> Self:
        """What faults of the firmware act on."""
        return self

    @property
    def others(self) -> list[str]:
        """What else its faults have put on the air, for people."""
        return self._troubles.others(self)

    def statistics(self) -> PeripheralStatistics:
        return PeripheralStatistics(self._sent, self.device.core.statistics())

    def _boot(self, boot_id: int) -> None:
        self.device.reboot(boot_id)
        self._troubles.booted()
        self._booted_s = asyncio.get_running_loop().time()
        self._tell_condition()

    async def _go_on_air(self) -> None:
        transport = await open_transport(self.transport)
        try:
            await self._power_on(transport)
        except BaseException:
            await transport.close()
            raise
        self._transport = transport

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
        self._channels = {uuid: self._channel(uuid) for uuid in self._offered()}
        if self.gate is not None:
            await self.gate.power_up(bluetooth)
            for channel in self._channels.values():
                self.gate.protect(channel, bluetooth)
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
            _computed(lambda _: self.device.core.config_bytes()),
        )
        version = CONTROL_VERSION if self._control else PROTOCOL_VERSION
        bluetooth.add_services(
            [
                Service(gatt.SERVICE, [*self._channels.values(), config]),
                Service(gatt.BATTERY_SERVICE, [self._battery]),
                DeviceInformationService(
                    manufacturer_name="Backwatch",
                    model_number="Simulated sensor",
                    serial_number=self.address.replace(":", ""),
                    firmware_revision=f"{version}.0 (simulated)",
                ),
            ]
        )
        bluetooth.on(bluetooth.EVENT_CONNECTION, self._connected)
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

    def _offered(self) -> tuple[str, ...]:
        return CHANNELS if self._control else (gatt.IMU,)

    def _channel(self, uuid: str) -> Characteristic[bytes]:
        properties = Characteristic.Properties.NOTIFY
        if uuid == gatt.CONTROL:
            properties |= Characteristic.Properties.WRITE
        channel: Characteristic[bytes] = Characteristic(
            uuid,
            properties,
            Characteristic.READABLE | Characteristic.WRITEABLE,
            CharacteristicValue(write=functools.partial(self._written, uuid)),
        )
        subscribed = functools.partial(self._subscribed, uuid)
        channel.on(Characteristic.EVENT_SUBSCRIPTION, subscribed)
        return channel

    def _connected(self, connection: Connection) -> None:
        core = self.device.core
        self._connection = connection
        self._troubles.connected()
        core.on_connect(connection.att_mtu)
        connection.on(
            Connection.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: core.on_mtu(connection.att_mtu)
        )
        connection.on(Connection.EVENT_DISCONNECTION, lambda _: self._disconnected(connection))
        connection.on("error", self._stumbled)  # of what bumble does by itself upon events

    def _stumbled(self, error: Exception) -> None:
        """bumble could not advertise again, as where this process stood still meanwhile."""
        if not isinstance(error, (BaseBumbleError, HCI_Error)):
            raise error
        if self._again is None or self._again.done():
            name = f"advertise {self.address}"
            self._again = asyncio.create_task(self._advertise_again(self._bluetooth), name=name)

    async def _advertise_again(self, bluetooth: BluetoothDevice) -> None:
        transport = self._transport
        while transport is not None and transport is self._transport:
            if transport.source.terminated.done():
                return
            try:
                for advertised in bluetooth.extended_advertising_sets.values():
                    await advertised.start()
            except (BaseBumbleError, HCI_Error):
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def _disconnected(self, connection: Connection) -> None:
        if connection is self._connection:
            self._connection = None
            self.device.core.on_disconnect()

    def _subscribed(self, uuid: str, connection: Connection, notify: bool, _: bool) -> None:
        if connection is self._connection:
            self.device.core.on_subscribe(uuid, notify)
            if uuid == gatt.IMU and notify:
                self._heard.set()
            self._due.set()

    def _written(self, uuid: str, connection: Connection, payload: bytes) -> None:
        if connection is not self._connection:
            return
        if self.gate is not None:
            self.gate.check(connection)
        code = self.device.core.on_write(uuid, payload, self._clock_us())
        self._due.set()
        if code:
            raise ATT_Error(code)

    def _tell_condition(self) -> None:
        condition = BoardCondition(battery_percent=self._battery_percent, worn=True)
        self.device.core.set_condition(condition)

    def _clock_us(self) -> int:
        return self.device.clock_us(asyncio.get_running_loop().time() - self._booted_s)

    async def _sample(self) -> None:
        size = max(1, round(TICK_S / self.device.params.period_s))
        while (block := await asyncio.to_thread(next, self._counts, None)) is not None:
            for start in range(0, len(block), size):
                part = block[start : start + size]
                await self._wait(len(part))
                part = self._troubles.counts(part, self.device.params.rate_hz)
                for delivered, run in _runs(part, self._troubles.delivers(len(part))):
                    if delivered:
                        self.device.sample(run)
                    else:
                        self.device.lose(len(run))
                self._due.set()

    async def _wait(self, count: int) -> None:
        """Until the last of the next `count` samples is taken; a reboot sets their times anew."""
        loop = asyncio.get_running_loop()
        while True:
            await self._powered.wait()
            taken_s = self._booted_s + self.device.taken_s(self.device.sampled + count - 1)
            if loop.time() < taken_s:
                await asyncio.sleep(taken_s - loop.time())
            elif self._powered.is_set():
                return

    async def _notify(self) -> None:
        """Send what the firmware has to say, as far as the stack has room."""
        while True:
            await self._due.wait()
            self._due.clear()
            connection = self._connection
            queue = None if connection is None else connection.data_packet_queue
            quiet = queue is None or self.silent or self._troubles.silent
            room = 0 if queue is None or quiet else max(0, QUEUE_PACKETS - queue.pending)
            for uuid, payload in self.device.core.poll(self._clock_us(), room):
                assert connection is not None  # or there was no room
                samples = uuid in (gatt.IMU, gatt.BACKFILL)
                for told in self._troubles.send(uuid, payload) if samples else [payload]:
                    for _ in range(self.repeats):
                        await self._bluetooth.notify_subscriber(
                            connection, self._channels[uuid], told
                        )
                        self._sent += 1


def _runs(
    counts: NDArray[np.int16], there: NDArray[np.bool_]
) -> Iterator[tuple[bool, NDArray[np.int16]]]:
    """The counts cut where samples begin or cease to be there."""
    if there.all():
        yield True, counts
        return
    cuts = np.flatnonzero(np.diff(there)) + 1
    for part, is_there in zip(np.split(counts, cuts), np.split(there, cuts), strict=True):
        yield bool(is_there[0]), part


def _computed(read: Callable[[Connection], bytes]) -> CharacteristicValue[bytes]:
    return CharacteristicValue(read=read)
