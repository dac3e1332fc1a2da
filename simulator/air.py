"""A virtual piece of air: Bluetooth hosts connect to one TCP port and can hear each other."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from bumble import core, hci, ll
from bumble.controller import Connection, Controller
from bumble.link import LocalLink
from bumble.transport.common import StreamPacketSink, StreamPacketSource

log = logging.getLogger(__name__)

SUPERVISION_TIMEOUT_S = 4.0  # chosen by us: what phones commonly ask for is 2 to 6 s
LEGACY_ADVERTISING_BYTES = 31  # Bluetooth Core 5.4, Vol 6 Part B, 2.3.1.1
LEGACY_PDUS = 0x10  # advertising event property; Bluetooth Core 5.4, Vol 4 Part E, 7.8.53
RSSI_DBM = -55  # what every listener reports; chosen by us


class Air:
    """One TCP port on loopback; every connection to it owns a virtual controller.

    A Bluetooth host reaches it with the bumble transport `tcp-client:127.0.0.1:PORT`.
    It behaves as radio does where bumble's own virtual controllers do not: a peer that is killed
    or out of range is lost at the supervision timeout, a connection attempt can be cancelled,
    scan responses are sent, legacy advertising is limited to 31 bytes, packets hold 251 bytes.

        async with Air() as air:
            ...  # air.port
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        supervision_timeout_s: float = SUPERVISION_TIMEOUT_S,
    ) -> None:
        """`port` 0 takes any free port.

        Attributes:
            port: TCP port; the real one once entered.
            supervision_timeout_s: so long after the last packet a connection is lost.
        """
        self.port = port
        self.supervision_timeout_s = supervision_timeout_s
        self._host = host
        self._medium = _Medium(supervision_timeout_s)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _HciServer(self._medium), self._host, self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._medium.close()
            await self._server.wait_closed()
            self._server = None

    def set_in_range(self, address: str, in_range: bool) -> None:
        """Take a device away, or bring it back.

        What is sent meanwhile waits, as link-layer retransmission makes it; when the supervision
        timeout passes first, both ends lose the connection.
        """
        self._medium.set_in_range(address.upper(), in_range)

    def unplug(self, address: str) -> None:
        """Close the TCP connection of the host at `address`, as if its power were cut."""
        self._medium.unplug(address.upper())

    def pull_adapters(self, out: bool) -> None:
        """Pull out the adapters of all hosts that are not sensors, or put them in again.

        Meanwhile nobody else can connect to the port, except within `letting_in`.
        """
        self._medium.pulled = out
        if out:
            for host in list(self._medium.hosts):
                if not host.controller.advertising_sets:
                    host.abort()

    @contextlib.contextmanager
    def letting_in(self) -> Iterator[None]:
        """Let a sensor connect to the port while the adapters are out."""
        pulled, self._medium.pulled = self._medium.pulled, False
        try:
            yield
        finally:
            self._medium.pulled = pulled

    @property
    def slots(self) -> int | None:
        """How many connections each host may open; None for any number."""
        return self._medium.slots

    @slots.setter
    def slots(self, slots: int | None) -> None:
        self._medium.slots = slots

    @property
    def addresses(self) -> frozenset[str]:
        """Addresses of the hosts present."""
        return frozenset(controller.address for controller in self._medium.present())


class _Medium(LocalLink):
    """What the controllers share."""

    def __init__(self, supervision_timeout_s: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        self.supervision_timeout_s = supervision_timeout_s
        self.slots: int | None = None
        self.pulled = False
        self.hosts: set[_HciServer] = set()
        self._away: dict[str, asyncio.TimerHandle] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def present(self) -> list["_AirController"]:
        return [c for c in self.controllers if isinstance(c, _AirController)]

    def reachable(self, *addresses: str) -> bool:
        return not any(address in self._away for address in addresses)

    def set_in_range(self, address: str, in_range: bool) -> None:
        if timer := self._away.pop(address, None):
            timer.cancel()
        if not in_range:
            loop = asyncio.get_running_loop()
            self._away[address] = loop.call_later(
                self.supervision_timeout_s, self._lose_everywhere, address
            )
            return
        for controller in self.present():
            controller.send_held()

    def lose_later(self, controller: "_AirController", connection: Connection) -> None:
        """`controller` hears nothing more on `connection`."""
        self._timers = {t for t in self._timers if t.when() > asyncio.get_running_loop().time()}
        self._timers.add(
            asyncio.get_running_loop().call_later(
                self.supervision_timeout_s, controller.lose, connection
            )
        )

    def unplug(self, address: str) -> None:
        for host in list(self.hosts):
            if host.controller.address == address:
                host.abort()

    async def close(self) -> None:
        for timer in (*self._timers, *self._away.values()):
            timer.cancel()
        hosts = list(self.hosts)
        for host in hosts:
            host.abort()
        await asyncio.gather(*(host.terminated for host in hosts))

    def _lose_everywhere(self, address: str) -> None:
        for controller in self.present():
            for connection in list(controller.le_connections.values()):
                if address in (_text(connection.self_address), _text(connection.peer_address)):
                    controller.lose(connection)

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        if not isinstance(sender_controller, _AirController):
            return
        loop = asyncio.get_running_loop()
        for controller in self.present():
            if controller is not sender_controller and self.reachable(
                controller.address, sender_controller.address
            ):
                loop.call_soon(controller.hear, packet, sender_controller)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        if not self.reachable(_text(sender_address), _text(receiver_address)):
            return
        try:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)
        except core.InvalidArgumentError:
            log.debug("%s has left the air", receiver_address)


class _AirController(Controller):
    """One host's controller."""

    le_acl_data_packet_length = 251
    acl_data_packet_length = 251
    total_num_le_acl_data_packets = 12
    supported_max_tx_octets = 251
    supported_max_rx_octets = 251
    suggested_max_tx_octets = 251

    def __init__(self, name: str, medium: _Medium, server: "_HciServer", sink: StreamPacketSink):
        super().__init__(name, host_source=server, host_sink=sink, link=medium)
        self._medium = medium
        self._held: deque[hci.HCI_AclDataPacket] = deque()

    @property
    def address(self) -> str:
        return _text(self.random_address)

    # Advertising and scanning

    def on_hci_le_set_extended_advertising_data_command(
        self, command: hci.HCI_LE_Set_Extended_Advertising_Data_Command
    ) -> hci.HCI_StatusReturnParameters:
        if self._is_too_long(command.advertising_handle, command.advertising_data):
            return _status(hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
        return super().on_hci_le_set_extended_advertising_data_command(command)

    def on_hci_le_set_extended_scan_response_data_command(
        self, command: hci.HCI_LE_Set_Extended_Scan_Response_Data_Command
    ) -> hci.HCI_StatusReturnParameters:
        if self._is_too_long(command.advertising_handle, command.scan_response_data):
            return _status(hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
        return super().on_hci_le_set_extended_scan_response_data_command(command)

    def hear(self, packet: ll.AdvertisingPdu, sender: "_AirController") -> None:
        """An advertisement, or a wish to connect, came through the air."""
        if isinstance(packet, ll.ConnectInd):
            self.on_le_connect_ind(packet)
            return
        if not isinstance(packet, ll.AdvInd | ll.AdvExtInd):
            return
        if self.le_scan_enable:
            self._report(packet, sender)
        pending = self.pending_le_connection
        if pending and pending.peer_address == packet.advertiser_address:
            self.create_le_connection(packet.advertiser_address)

    def _report(self, packet: ll.AdvInd | ll.AdvExtInd, sender: "_AirController") -> None:
        kind = hci.HCI_LE_Extended_Advertising_Report_Event.EventType
        advertisement = (
            kind.CONNECTABLE_ADVERTISING
            | kind.SCANNABLE_ADVERTISING
            | kind.LEGACY_ADVERTISING_PDU_USED
        )
        response = b"".join(
            bytes(s.scan_response_data)
            for s in sender.advertising_sets.values()
            if s.address == packet.advertiser_address
        )
        for event_type, data in (
            (advertisement, bytes(packet.data)),
            (advertisement | kind.SCAN_RESPONSE, response),
        ):
            report = hci.HCI_LE_Extended_Advertising_Report_Event.Report(
                event_type=event_type,
                address_type=packet.advertiser_address.address_type,
                address=packet.advertiser_address,
                primary_phy=hci.Phy.LE_1M,
                secondary_phy=0,
                advertising_sid=0xFF,  # none
                tx_power=0x7F,  # not known
                rssi=RSSI_DBM,
                periodic_advertising_interval=0,
                direct_address_type=0,
                direct_address=hci.Address.ANY,
                data=data,
            )
            self.send_hci_packet(hci.HCI_LE_Extended_Advertising_Report_Event([report]))

    def _is_too_long(self, handle: int, data: bytes) -> bool:
        known = self.advertising_sets.get(handle)
        legacy = (
            known is not None
            and known.parameters is not None
            and bool(known.parameters.advertising_event_properties & LEGACY_PDUS)
        )
        return legacy and len(data) > LEGACY_ADVERTISING_BYTES

    # Connections

    def on_hci_le_set_random_address_command(
        self, command: hci.HCI_LE_Set_Random_Address_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Two hosts at one address would get each other's packets; the second is refused."""
        for other in self._medium.present():
            same = other is not self and other.random_address == command.random_address
            if same and not other.advertising_sets:
                return _status(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        return super().on_hci_le_set_random_address_command(command)

    def on_hci_le_create_connection_command(
        self, command: hci.HCI_LE_Create_Connection_Command
    ) -> None:
        if self._has_a_slot(command.op_code):
            super().on_hci_le_create_connection_command(command)

    def on_hci_le_extended_create_connection_command(
        self, command: hci.HCI_LE_Extended_Create_Connection_Command
    ) -> None:
        if self._has_a_slot(command.op_code):
            super().on_hci_le_extended_create_connection_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        pending = self.pending_le_connection
        if pending is None:
            return _status(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address.address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return _status(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        if self._held or not self._can_send(packet):
            self._held.append(packet)
        else:
            super().on_hci_acl_data_packet(packet)

    def send_held(self) -> None:
        """Send what waited for a device to come back into range."""
        held, self._held = self._held, deque()
        for packet in held:
            if self.find_connection_by_handle(packet.connection_handle) is not None:
                self.on_hci_acl_data_packet(packet)

    def lose(self, connection: Connection) -> None:
        """The supervision timeout has passed on `connection`, if it is still there."""
        if self.le_connections.get(connection.peer_address) is connection:
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            self._held = deque(p for p in self._held if p.connection_handle != connection.handle)

    def leave(self) -> None:
        """The host is gone: fall silent, and let the peers notice in their own time."""
        for advertising in self.advertising_sets.values():
            advertising.stop()
        self.le_legacy_advertiser.stop()
        self.host = None
        self._medium.controllers.discard(self)
        for mine in self.le_connections.values():
            for peer in self._medium.present():
                theirs = peer.le_connections.get(mine.self_address)
                if theirs is not None and theirs.self_address == mine.peer_address:
                    self._medium.lose_later(peer, theirs)

    def _has_a_slot(self, op_code: int) -> bool:
        """Refuses the command where there is none."""
        slots = self._medium.slots
        mine = sum(c.role == hci.Role.CENTRAL for c in self.le_connections.values())
        if slots is None or mine < slots:
            return True
        self._send_hci_command_status(hci.HCI_ErrorCode.CONNECTION_LIMIT_EXCEEDED_ERROR, op_code)
        return False

    def _can_send(self, packet: hci.HCI_AclDataPacket) -> bool:
        connection = self.find_connection_by_handle(packet.connection_handle)
        return connection is None or self._medium.reachable(
            _text(connection.self_address), _text(connection.peer_address)
        )


class _HciServer(StreamPacketSource):
    """A TCP connection from a host."""

    controller: _AirController

    def __init__(self, medium: _Medium) -> None:
        super().__init__()
        self._medium = medium
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # No public address: bumble then files bonds under the host's static address.
        self.controller = _AirController(
            f"host {len(self._medium.hosts)}", self._medium, self, StreamPacketSink(transport)
        )
        self._medium.hosts.add(self)
        if self._medium.pulled:
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        log.debug("%s has gone: %s", self.controller.address, error)
        self._medium.hosts.discard(self)
        self.controller.leave()
        if not self.terminated.done():
            self.terminated.set_result(None)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _status(code: hci.HCI_ErrorCode) -> hci.HCI_StatusReturnParameters:
    return hci.HCI_StatusReturnParameters(code)


def _text(address: hci.Address) -> str:
    return str(address).split("/")[0].upper()
