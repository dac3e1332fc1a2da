"""Bleak over bumble: the same client code on a virtual radio, or on one without a system driver."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci, keys, pairing, smp
from bumble.device import (
    Advertisement,
    Connection,
    ConnectionParametersPreferences,
    Device,
    DeviceConfiguration,
    Peer,
)
from bumble.host import Host
from bumble.transport import open_transport
from bumble.transport.common import Transport

from monitor.link.bonds import Bond, Bonds, RadioKind
from monitor.link.errors import Cause, InUseError, PairingError

log = logging.getLogger(__name__)

# Its lines are for those who know HCI, and at DEBUG hold keys. What matters comes as an error.
if logging.getLogger("bumble").level == logging.NOTSET:
    logging.getLogger("bumble").setLevel(logging.CRITICAL)

MTU = 517  # bytes; what BlueZ asks for
SUPERVISION_TIMEOUT_MS = 4000  # chosen by us: a lost sensor is noticed in 4 s
PAIRING_S = 30.0  # s; Bluetooth Core 5.4, Vol 3 Part H, 3.4
GIVE_UP_S = 0.5  # s for a controller to cancel or to disconnect before we stop waiting

_T = TypeVar("_T")
_AD = core.AdvertisingData.Type
_UUID_BYTES = {
    _AD.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    _AD.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    _AD.INCOMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS: 4,
    _AD.COMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS: 4,
    _AD.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
    _AD.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
}
_SERVICE_DATA_UUID_BYTES = {
    _AD.SERVICE_DATA_16_BIT_UUID: 2,
    _AD.SERVICE_DATA_32_BIT_UUID: 4,
    _AD.SERVICE_DATA_128_BIT_UUID: 16,
}


class BumbleAdapter:
    """One Bluetooth host of our own, shared by the scanners and clients that are given it.

    It opens its transport when first needed, and again after the transport was lost.
    """

    def __init__(
        self, transport: str, bonds: Bonds | None = None, kind: RadioKind = RadioKind.BUMBLE
    ) -> None:
        """Open nothing yet.

        Args:
            transport: any bumble transport name, such as "usb:0".
            bonds: keys of the sensors, and our own address; None keeps them in memory.
            kind: under which the keys are kept.
        """
        self.bonds = bonds or Bonds()
        self.kind = kind
        self.passkeys: dict[Connection, int] = {}
        self.connect_lock = asyncio.Lock()  # a controller has one pending connection at a time
        self._name = transport
        self._open_lock = asyncio.Lock()
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._scanners: set[BumbleScanner] = set()

    @property
    def is_open(self) -> bool:
        """Whether the transport is there now."""
        return self._device is not None

    async def device(self) -> Device:
        """The powered-on host.

        Raises:
            BleakBluetoothNotAvailableError: nothing answers at the transport.
        """
        async with self._open_lock:
            if self._device is None:
                self._device = await self._open()
            return self._device

    async def start_scanning(self, scanner: "BumbleScanner", active: bool) -> None:
        device = await self.device()
        if not self._scanners:
            try:
                await device.start_scanning(active=active, filter_duplicates=False)
            except core.CommandTimeoutError:
                await self.close()  # what it has heard of us is not known; begin anew
                raise
        self._scanners.add(scanner)

    async def stop_scanning(self, scanner: "BumbleScanner") -> None:
        self._scanners.discard(scanner)
        if not self._scanners and self._device is not None:
            await self._device.stop_scanning()

    async def close(self) -> None:
        """Let go of the transport; connections over it are lost."""
        async with self._open_lock:
            transport, self._transport, self._device = self._transport, None, None
            if transport is not None:
                await transport.close()
                await asyncio.wait([transport.source.terminated], timeout=GIVE_UP_S)

    async def _open(self) -> Device:
        identity = await asyncio.to_thread(self.bonds.identity)
        try:
            transport = await open_transport(self._name)
        except (OSError, ValueError, ImportError, core.BaseBumbleError) as error:
            raise self._unavailable(error) from error
        device = Device.from_config_with_hci(
            DeviceConfiguration(name="Backwatch", address=hci.Address(identity)),
            transport.source,
            transport.sink,
        )
        _leave_out_late_answers(device.host)
        device.keystore = _Keys(self)
        device.pairing_config_factory = self._pairing_config
        device.smp_session_proxy = _PairingSession
        try:
            await device.power_on()
        except (core.BaseBumbleError, hci.HCI_Error, TimeoutError) as error:
            await transport.close()
            code = error.error_code if isinstance(error, core.ProtocolError) else None
            if code == hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR:
                raise InUseError(str(error)) from error
            raise self._unavailable(error) from error
        except BaseException:
            await transport.close()
            raise
        self._transport = transport
        device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        device.host.on("flush", self._on_lost)  # also what bumble emits when the transport is gone
        return device

    def _pairing_config(self, connection: Connection) -> pairing.PairingConfig:
        passkey = self.passkeys.get(connection)
        delegate = _PairingDelegate(passkey)
        return pairing.PairingConfig(mitm=passkey is not None, delegate=delegate)

    def _unavailable(self, error: Exception) -> BleakBluetoothNotAvailableError:
        return BleakBluetoothNotAvailableError(
            f"bumble transport {self._name}: {error}", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
        )

    def _on_lost(self) -> None:
        self._device = self._transport = None

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for scanner in list(self._scanners):
            scanner.on_advertisement(advertisement)


class BumbleScanner(BaseBleakScanner):
    """`BleakScanner(backend=BumbleScanner, bumble=BumbleAdapter(...))`."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        *,
        bumble: BumbleAdapter,
        **_: Any,  # what bleak passes for the sake of other backends
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        if self._service_uuids:
            self._service_uuids = [normalize_uuid_str(uuid) for uuid in self._service_uuids]
        self._active = scanning_mode == "active"
        self._bumble = bumble

    async def start(self) -> None:
        self.seen_devices = {}
        with _bleak_errors():
            await self._bumble.start_scanning(self, self._active)

    async def stop(self) -> None:
        with _bleak_errors():
            await self._bumble.stop_scanning(self)

    def on_advertisement(self, advertisement: Advertisement) -> None:
        """An advertisement or a scan response; bleak wants to see them as one."""
        address = _text(advertisement.address)
        data = _parse(advertisement)
        if known := self.seen_devices.get(address):
            data = _merge(known[1], data)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        device = self.create_or_update_device(
            address, address, data.local_name, {"address": advertisement.address}, data
        )
        self.call_detection_callbacks(device, data)


class BumbleClient(BaseBleakClient):
    """`BleakClient(device, backend=BumbleClient, bumble=BumbleAdapter(...))`.

    It connects to a `BLEDevice` from a `BumbleScanner`, never to a bare address.
    """

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        bumble: BumbleAdapter,
        services: set[str] | None = None,
        mtu: int = MTU,
        **_: Any,  # what bleak passes for the sake of other backends
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        self._bumble = bumble
        self._wanted = services
        self._mtu = mtu
        self._device = (
            address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        )
        self._connection: Connection | None = None
        self._gone_reason = 0  # HCI error code
        self._subscribed: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        known = self._device.name if self._device else None
        return known or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        if self._connection is not None:
            raise BleakError("the client is already connected")
        if self._device is None:
            raise BleakDeviceNotFoundError(self.address, f"{self.address}: not from a scan")
        adapter = await self._bumble.device()
        async with asyncio.timeout(self._timeout):
            async with self._bumble.connect_lock:
                connection = await _connect(adapter, self._device.details["address"])
            self._connection = connection
            connection.once(
                connection.EVENT_DISCONNECTION, lambda reason: self._on_gone(connection, reason)
            )
            try:
                self.services = await self._operation(self._discover(connection, pair))
            except BaseException:
                await asyncio.shield(self._drop(connection))
                raise

    async def disconnect(self) -> None:
        if self._connection is not None:
            await self._drop(self._connection)

    async def pair(self, *_: Any, passkey: int | None = None, **__: Any) -> None:
        """Encrypt: with the key that is kept for the device, else by pairing.

        A new key is only held, see `Bonds.hold`. Where the kept key does not fit, that is all.

        Raises:
            PairingError: the connection is not encrypted.
            BleakError: it is lost.
        """
        adapter, connection = self._bumble, self._need()
        if await asyncio.to_thread(adapter.bonds.bond, adapter.kind, self.address):
            await self._operation(self._encrypt(connection))
            return
        if passkey is not None:
            adapter.passkeys[connection] = passkey
        try:
            await self._operation(self._agree(connection))
        finally:
            adapter.passkeys.pop(connection, None)
        if adapter.bonds.held(adapter.kind, self.address) is None:
            raise PairingError(Cause.FAILED, "no key was agreed on")

    async def unpair(self) -> None:
        adapter = self._bumble
        await self.disconnect()
        sensor = await asyncio.to_thread(adapter.bonds.find, adapter.kind, self.address)
        if sensor is not None:
            await asyncio.to_thread(adapter.bonds.forget, sensor)

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        return await self._read(descriptor.handle)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        connection, value = self._need(), bytes(data)
        if not response and len(value) > self.mtu_size - 3:
            raise ValueError(f"{len(value)} bytes do not fit into one write command")
        await self._operation(
            connection.gatt_client.write_value(characteristic.handle, value, response)
        )

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        client = self._need().gatt_client
        await self._operation(client.write_value(descriptor.handle, bytes(data), True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any
    ) -> None:
        client = self._need().gatt_client
        if characteristic.handle in self._subscribed:
            raise BleakError(f"{characteristic.uuid}: notifications are already on")

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        self._subscribed[characteristic.handle] = on_value
        try:
            await self._operation(client.subscribe(characteristic.obj, on_value))
        except BaseException:
            self._subscribed.pop(characteristic.handle, None)
            # bumble keeps whom the device has refused, and would tell them twice after a retry.
            for subscribers in (client.notification_subscribers, client.indication_subscribers):
                subscribers.pop(characteristic.handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        client = self._need().gatt_client
        if on_value := self._subscribed.pop(characteristic.handle, None):
            await self._operation(client.unsubscribe(characteristic.obj, on_value))

    async def _discover(self, connection: Connection, pair: bool) -> BleakGATTServiceCollection:
        peer = Peer(connection)
        await peer.request_mtu(self._mtu)
        if pair:
            await self.pair()
        await peer.discover_all()  # type: ignore[no-untyped-call]  # bumble leaves it so
        found = BleakGATTServiceCollection()
        for service in peer.services:
            uuid = _uuid(service.uuid)
            if self._wanted and uuid not in self._wanted:
                continue
            ours = BleakGATTService(service, service.handle, uuid)
            found.add_service(ours)
            for characteristic in service.characteristics:
                known = BleakGATTCharacteristic(
                    characteristic,
                    characteristic.handle,
                    _uuid(characteristic.uuid),
                    list(gatt_char_props_to_strs(int(characteristic.properties))),
                    lambda: self.mtu_size - 3,
                    ours,
                )
                found.add_characteristic(known)
                for descriptor in characteristic.descriptors:
                    found.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor, descriptor.handle, _uuid(descriptor.type), known
                        )
                    )
        return found

    async def _encrypt(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(PAIRING_S):
                await connection.encrypt()
        except hci.HCI_Error as error:
            if error.error_code == hci.HCI_ErrorCode.PIN_OR_KEY_MISSING_ERROR:
                raise PairingError(Cause.KEY_UNKNOWN) from error
            raise PairingError(Cause.FAILED, str(error)) from error
        except asyncio.CancelledError:
            if self._gone_reason in _WRONG_KEY and not _is_cancelled():
                raise PairingError(Cause.KEY_DIFFERS) from None
            raise

    async def _agree(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(PAIRING_S):
                await connection.pair()
        except core.ProtocolError as error:
            cause = _CAUSES.get(error.error_code or 0, Cause.FAILED)
            raise PairingError(cause, str(error)) from error

    async def _read(self, handle: int) -> bytearray:
        return bytearray(await self._operation(self._need().gatt_client.read_value(handle)))

    def _need(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    async def _operation(self, awaitable: Awaitable[_T]) -> _T:
        """Await a request of bumble's, with bleak's errors.

        bumble cancels a pending request when the connection ends; to a caller that must not look
        as if its own task had been cancelled.
        """
        try:
            with _bleak_errors():
                return await awaitable
        except asyncio.CancelledError:
            if self._connection is None and not _is_cancelled():
                raise BleakError("disconnected") from None
            raise

    def _on_gone(self, connection: Connection, reason: int) -> None:
        if self._connection is not connection:
            return
        log.debug("%s disconnected, HCI reason 0x%02x", self.address, reason)
        self._connection = None
        self._gone_reason = reason
        self.services = None
        self._subscribed.clear()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def _drop(self, connection: Connection) -> None:
        with contextlib.suppress(TimeoutError, core.BaseBumbleError, hci.HCI_Error):
            async with asyncio.timeout(GIVE_UP_S):
                await connection.disconnect()
        self._on_gone(connection, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)


class _Keys(keys.KeyStore):
    """Bonds, as bumble asks for them."""

    def __init__(self, adapter: BumbleAdapter) -> None:
        self._adapter = adapter

    async def get(self, name: str) -> keys.PairingKeys | None:
        adapter = self._adapter
        bond = await asyncio.to_thread(adapter.bonds.bond, adapter.kind, _plain(name))
        if bond is None:
            return None
        return keys.PairingKeys(ltk=keys.PairingKeys.Key(bond.key, bond.authenticated))

    async def update(self, name: str, keys: keys.PairingKeys) -> None:
        if keys.ltk is not None:
            bond = Bond(keys.ltk.value, keys.ltk.authenticated)
            self._adapter.bonds.hold(self._adapter.kind, _plain(name), bond)


class _PairingDelegate(pairing.PairingDelegate):
    """Asks for no more than the key, and pairs only when we begin."""

    def __init__(self, passkey: int | None) -> None:
        only = self.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY
        # Without its identity key: a device could claim the address of another with it.
        # Without a passkey it says so, and a sensor that wants one refuses before it counts.
        has = self.NO_OUTPUT_NO_INPUT if passkey is None else self.KEYBOARD_INPUT_ONLY
        super().__init__(has, only, only)
        self.passkey = passkey

    async def accept(self) -> bool:
        return False

    async def get_number(self) -> int | None:
        return self.passkey


class _PairingSession(smp.Session):
    """Insists on what bumble leaves to the other side."""

    def on_smp_pairing_response_command(self, command: smp.SMP_Pairing_Response_Command) -> None:
        delegate = self.pairing_config.delegate
        wanted = isinstance(delegate, _PairingDelegate) and delegate.passkey is not None
        if not command.auth_req & smp.AuthReq.SC or command.maximum_encryption_key_size < 16:
            self._give_up(Cause.TOO_OLD, smp.ErrorCode.AUTHENTICATION_REQUIREMENTS)
        elif wanted and command.io_capability == smp.IoCapability.NO_INPUT_NO_OUTPUT:
            self._give_up(Cause.PASSKEY_UNUSED, smp.ErrorCode.AUTHENTICATION_REQUIREMENTS)
        else:
            super().on_smp_pairing_response_command(command)

    def on_smp_pairing_public_key_command(
        self, command: smp.SMP_Pairing_Public_Key_Command
    ) -> None:
        # Our own key sent back would pass the passkey check; Core 5.4, Vol 3 Part H, 2.3.5.6.1.
        if command.public_key_x == self.ecc_key.x[::-1]:
            self._give_up(Cause.TAMPERED, smp.ErrorCode.INVALID_PARAMETERS)
        else:
            super().on_smp_pairing_public_key_command(command)

    def _give_up(self, cause: Cause, code: smp.ErrorCode) -> None:
        if self.pairing_result is not None and not self.pairing_result.done():
            self.pairing_result.set_exception(PairingError(cause))
        self.send_pairing_failed(code)


_CAUSES: dict[int, Cause] = {
    smp.ErrorCode.PASSKEY_ENTRY_FAILED: Cause.PASSKEY_NEEDED,
    smp.ErrorCode.AUTHENTICATION_REQUIREMENTS: Cause.PASSKEY_NEEDED,
    smp.ErrorCode.CONFIRM_VALUE_FAILED: Cause.PASSKEY_WRONG,
    smp.ErrorCode.PAIRING_NOT_SUPPORTED: Cause.CLOSED,
    smp.ErrorCode.REPEATED_ATTEMPTS: Cause.TOO_OFTEN,
    smp.ErrorCode.DHKEY_CHECK_FAILED: Cause.TAMPERED,
}
# How a connection ends whose two ends have different keys.
_WRONG_KEY = (
    hci.HCI_ErrorCode.CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR,
    hci.HCI_ErrorCode.AUTHENTICATION_FAILURE_ERROR,
)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _connect(device: Device, address: hci.Address) -> Connection:
    """Connect, or leave no attempt behind in the controller."""
    attempt = asyncio.ensure_future(
        device.connect_le(
            address,
            connection_parameters_preferences={
                hci.Phy.LE_1M: ConnectionParametersPreferences(
                    supervision_timeout=SUPERVISION_TIMEOUT_MS
                )
            },
        )
    )
    try:
        with _bleak_errors():
            return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if attempt.cancelled() and task is not None and not task.cancelling():
            raise BleakError("the adapter was lost while connecting") from None
        with contextlib.suppress(
            TimeoutError, asyncio.CancelledError, core.BaseBumbleError, hci.HCI_Error
        ):
            async with asyncio.timeout(GIVE_UP_S):
                await device.cancel_connection()  # type: ignore[no-untyped-call]  # as above
                late = await attempt
                await late.disconnect()
        attempt.cancel()
        raise


@contextlib.contextmanager
def _bleak_errors() -> Iterator[None]:
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(int(error.error_code)) from error
    except core.TimeoutError as error:
        raise TimeoutError(str(error)) from error
    except (core.BaseBumbleError, hci.HCI_Error) as error:
        raise BleakError(str(error)) from error


def _leave_out_late_answers(host: Host) -> None:
    """Have bumble take an answer for that of its command only if it is.

    A controller that stood still answers commands, too, that were given up meanwhile.
    """
    take = host.on_command_processed

    def processed(
        event: hci.HCI_Command_Complete_Event[Any] | hci.HCI_Command_Status_Event,
    ) -> None:
        asked = host.pending_command
        if asked is None or asked.op_code == event.command_opcode:
            take(event)

    host.on_command_processed = processed  # type: ignore[method-assign]  # bumble has no hook


def _parse(advertisement: Advertisement) -> AdvertisementData:
    name: str | None = None
    tx_power: int | None = None
    uuids: list[str] = []
    manufacturer: dict[int, bytes] = {}
    service_data: dict[str, bytes] = {}
    for ad_type, data in advertisement.data.ad_structures:
        if size := _UUID_BYTES.get(ad_type):
            uuids += [
                _little_endian_uuid(data[i : i + size])
                for i in range(0, len(data) - size + 1, size)
            ]
        elif ad_type == _AD.COMPLETE_LOCAL_NAME or (
            ad_type == _AD.SHORTENED_LOCAL_NAME and name is None
        ):
            name = data.decode("utf-8", "replace")
        elif ad_type == _AD.TX_POWER_LEVEL and data:
            tx_power = int.from_bytes(data[:1], "little", signed=True)
        elif ad_type == _AD.MANUFACTURER_SPECIFIC_DATA and len(data) >= 2:
            manufacturer[int.from_bytes(data[:2], "little")] = bytes(data[2:])
        elif (size := _SERVICE_DATA_UUID_BYTES.get(ad_type)) and len(data) >= size:
            service_data[_little_endian_uuid(data[:size])] = bytes(data[size:])
    return AdvertisementData(
        name, manufacturer, service_data, uuids, tx_power, advertisement.rssi, (advertisement,)
    )


def _merge(old: AdvertisementData, new: AdvertisementData) -> AdvertisementData:
    return AdvertisementData(
        new.local_name or old.local_name,
        {**old.manufacturer_data, **new.manufacturer_data},
        {**old.service_data, **new.service_data},
        list(dict.fromkeys([*old.service_uuids, *new.service_uuids])),
        old.tx_power if new.tx_power is None else new.tx_power,
        new.rssi,
        new.platform_data,
    )


def _little_endian_uuid(data: bytes) -> str:
    text = data[::-1].hex()
    if len(data) == 16:
        text = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return normalize_uuid_str(text)


def _uuid(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))


def _text(address: hci.Address) -> str:
    return _plain(str(address))


def _plain(address: str) -> str:
    return address.split("/")[0].upper()
