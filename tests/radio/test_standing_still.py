"""A process, ours or the sensor's, stood still: answers come late, or not at all."""

import asyncio

import pytest
from bumble import hci
from bumble.core import CommandTimeoutError

from monitor.link.bumble_backend import BumbleAdapter


async def test_an_answer_to_a_command_that_was_given_up_is_not_taken_for_another(air):
    adapter = BumbleAdapter(f"tcp-client:127.0.0.1:{air.port}")
    host = (await adapter.device()).host
    late = hci.HCI_Command_Status_Event(0, 1, hci.HCI_DISCONNECT_COMMAND)

    def after_a_late_one(packet):
        host.on_command_processed(late)
        send(packet)

    host.hci_sink.on_packet, send = after_a_late_one, host.hci_sink.on_packet
    answer = await host.send_sync_command(hci.HCI_LE_Rand_Command(), 5)
    await adapter.close()

    assert answer.status == hci.HCI_SUCCESS


async def test_an_adapter_that_does_not_answer_is_opened_anew(air):
    adapter = BumbleAdapter(f"tcp-client:127.0.0.1:{air.port}")
    first = await adapter.device()
    first.command_timeout = 0.05
    first.host.hci_sink.on_packet = lambda _: None
    with pytest.raises(CommandTimeoutError):
        await adapter.start_scanning(object(), active=True)
    closed = not adapter.is_open

    second = await adapter.device()
    await second.start_scanning()
    await adapter.close()

    assert closed
    assert second is not first


async def test_a_sensor_whose_adapter_did_not_answer_advertises_again(power_up, listen):
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    sensor = await power_up()
    listener = listen()
    await listener.until(lambda: listener.frames())
    host = sensor._bluetooth.host
    sensor._bluetooth.command_timeout = 0.05
    lost = []

    def lose_one(packet):
        if isinstance(packet, bytes) and packet[0] == hci.HCI_COMMAND_PACKET and not lost:
            lost.append(packet)
        else:
            send(packet)

    host.hci_sink.on_packet, send = lose_one, host.hci_sink.on_packet
    frames = len(listener.frames())
    listener.link._session.gone.set()  # the link lets go
    await listener.until(lambda: len(listener.frames()) > frames + 20, within_s=20)

    assert lost
    assert complaints == []
