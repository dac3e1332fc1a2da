"""One device seen from outside: nothing is asked of it but what the caller asks."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakCharacteristicNotFoundError, BleakGATTProtocolError

from firmware_protocol import gatt
from monitor.link.bonds import KnownSensor
from monitor.link.errors import LinkError
from monitor.link.radio import RADIO_ERRORS, NoSlotError, Radio

CONNECT_S = 20.0  # chosen by us: as long as the link waits
LEAST_MTU, HEAD = 23, 3  # bytes; Bluetooth Core 5.4, Vol 3 Part F, 3.2.8 and 3.4.7.1
MTU_LOOKS, MTU_LOOK_S = 20, 0.1  # chosen by us: 2 s in all
NAME_WAIT_S = 0.5  # chosen by us: a scan response follows within milliseconds, if it is heard

_T = TypeVar("_T")


class ProbeError(LinkError):
    """The device is not there, not any more, or does not do what every device does."""


class AttError(ProbeError):
    """The device answered a request with an error of the attribute protocol.

    Attributes:
        code: Bluetooth Core 5.4, Vol 3, Part F, 3.4.1.1.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Advertised:
    """What a device says to everybody.

    Attributes:
        name: text from a stranger; empty where it gives none.
        services: 128-bit UUIDs, lower case.
    """

    address: str
    name: str
    services: frozenset[str]
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A characteristic.

    Attributes:
        properties: as bleak names them: "read", "write", "notify", ...
        descriptors: their UUIDs.
    """

    service: str
    uuid: str
    properties: frozenset[str]
    descriptors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification; `at_s` is of the clock of `Probe.now_s`."""

    at_s: float
    characteristic: str
    payload: bytes


class Probe:
    """A client without manners of its own.

    Attributes:
        heard: all notifications, in the order in which they came.
        pairs_itself: the system's Bluetooth encrypts when a device asks for it, so what the device
            answers before cannot be seen.
        passkey: the one on the label of the device, if it was given.
        chooses_mtu: `connect` can ask for a small MTU; the system's own Bluetooth cannot.
    """

    def __init__(
        self,
        sensor: str | None = None,
        adapter: str | None = None,
        *,
        passkey: int | None = None,
    ) -> None:
        """Name a device by address or advertised name, None for any with our service.

        `passkey` is the one on its label. The system's own Bluetooth asks for it itself.

        Raises:
            AdapterError: no such kind of adapter, or bumble is not installed.
        """
        self.heard: list[Heard] = []
        self._sensor = sensor
        self.passkey = passkey
        self._radio = Radio(adapter)
        self.pairs_itself = self._radio.pairs_itself
        self.chooses_mtu = not self.pairs_itself
        self._device: BLEDevice | None = None
        self._client: BleakClient | None = None
        self._news = asyncio.Event()

    @property
    def mtu(self) -> int:
        """Of this connection [bytes]."""
        # Not `mtu_size`: on BlueZ that is 23, whatever was agreed.
        sizes = [
            characteristic.max_write_without_response_size
            for characteristic in self._need().services.characteristics.values()
        ]
        return max(sizes, default=LEAST_MTU - HEAD) + HEAD

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    def now_s(self) -> float:
        """A clock that only goes on."""
        return time.monotonic()

    async def find(self, within_s: float) -> Advertised:
        """Look for the device.

        Raises:
            AdapterError: the adapter cannot be used.
            ProbeError: it was not heard.
        """
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()
        last: dict[str, AdvertisementData] = {}

        def on_found(device: BLEDevice, data: AdvertisementData) -> None:
            last[device.address] = data
            wanted = self._sensor
            mine = (
                gatt.SERVICE in data.service_uuids
                if wanted is None
                else wanted.upper() == device.address.upper() or wanted == data.local_name
            )
            if mine and not found.done():
                found.set_result(device)

        async with self._radio.scanning(on_found, ()):
            try:
                async with asyncio.timeout(within_s):
                    device = await found
            except TimeoutError:
                raise ProbeError(
                    f"{self._sensor or 'a Backwatch sensor'} was not heard in {within_s:g} s; "
                    "is it switched on, near, and not connected to something else?"
                ) from None
            if not last[device.address].local_name:
                await asyncio.sleep(NAME_WAIT_S)
        data = last[device.address]
        self._device = device
        return Advertised(
            device.address,
            data.local_name or "",
            frozenset(uuid.lower() for uuid in data.service_uuids),
            data.rssi,
        )

    async def connect(self, mtu: int | None = None) -> None:
        """Connect to what was found; `mtu` asks for that one, where `chooses_mtu`.

        Raises:
            ProbeError: it does not answer.
        """
        if self._device is None:
            raise ProbeError("nothing was found yet")
        await self.disconnect()
        client = self._radio.client(self._device, self._news.set, mtu=mtu)
        try:
            async with self._radio.connecting(client):
                await self._carry_out(client.connect())
        except NoSlotError as error:
            raise ProbeError(str(error)) from error
        self._client = client
        if self.pairs_itself:  # systems exchange the MTU in their own time
            for _ in range(MTU_LOOKS):
                if self.mtu > LEAST_MTU:
                    break
                await asyncio.sleep(MTU_LOOK_S)

    async def disconnect(self) -> None:
        """End the connection, if there is one."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*RADIO_ERRORS):
                await client.disconnect()
            self._radio.let_go(client)

    async def pair(self, *, entering: bool = True) -> None:
        """Encrypt the connection; not `entering` the passkey, as a host without a keyboard.

        Raises:
            ProbeError: the device or the adapter refused.
        """
        client = self._need()
        authenticated = await self._carry_out(
            self._radio.encrypt(client, self.passkey if entering else None)
        )
        radio, bonds = self._radio, self._radio.bonds
        if not radio.pairs_itself:
            sensor = KnownSensor(
                make="backwatch",
                address=client.address.upper(),
                name="",
                radio=radio.kind,
                paired_ns=time.time_ns(),
                encrypted=True,
                authenticated=authenticated,
            )
            await asyncio.to_thread(bonds.add, sensor)  # or the next connection would pair anew

    async def close(self) -> None:
        """Let go of everything."""
        await self.disconnect()
        await self._radio.close()

    def offered(self) -> tuple[Offered, ...]:
        """The characteristics of the device."""
        return tuple(
            Offered(
                service.uuid.lower(),
                characteristic.uuid.lower(),
                frozenset(characteristic.properties),
                frozenset(found.uuid.lower() for found in characteristic.descriptors),
            )
            for service in self._need().services
            for characteristic in service.characteristics
        )

    async def read(self, characteristic: str) -> bytes:
        """The value.

        Raises:
            AttError: the device refuses.
            ProbeError: no such characteristic, or no connection.
        """
        return bytes(await self._carry_out(self._need().read_gatt_char(characteristic)))

    async def write(self, characteristic: str, payload: bytes) -> None:
        """Write with response; raises as `read` does."""
        await self._carry_out(self._need().write_gatt_char(characteristic, payload, response=True))

    async def subscribe(self, characteristic: str) -> None:
        """Have notifications put into `heard`; raises as `read` does."""

        def receive(_: BleakGATTCharacteristic, data: bytearray) -> None:
            self.heard.append(Heard(self.now_s(), characteristic, bytes(data)))
            self._news.set()

        await self._carry_out(self._need().start_notify(characteristic, receive))

    async def unsubscribe(self, characteristic: str) -> None:
        """No more of them; raises as `read` does."""
        await self._carry_out(self._need().stop_notify(characteristic))

    async def until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Wait until `heard` or the connection makes the condition true; whether it came true."""
        deadline_s = self.now_s() + within_s
        while not condition():
            left_s = deadline_s - self.now_s()
            if left_s <= 0:
                return False
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._news.wait()
        return True

    async def _carry_out(self, request: Awaitable[_T], within_s: float = CONNECT_S) -> _T:
        try:
            async with asyncio.timeout(within_s):
                return await request
        except BleakGATTProtocolError as error:
            raise AttError(int(error.args[0])) from error
        except BleakCharacteristicNotFoundError as error:
            raise ProbeError(f"it has no characteristic {error.char_specifier}") from error
        except RADIO_ERRORS as error:
            raise ProbeError(str(error) or type(error).__name__) from error

    def _need(self) -> BleakClient:
        if self._client is None:
            raise ProbeError("not connected")
        return self._client


__all__ = ["Advertised", "AttError", "Heard", "Offered", "Probe", "ProbeError"]
