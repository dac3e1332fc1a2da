"""Faults where a user meets them: on the command line, in real time, and with other makes."""

import asyncio
import json
import subprocess
import sys

from monitor.ingest import Ingest
from monitor.link import BleLink
from monitor.model import Connected, RawChunk
from simulator.air import Air
from simulator.faults import parse_fault
from simulator.scenarios import count_stream
from simulator.vendors import Movesense
from simulator.vendors.peripheral import VendorPeripheral


async def _hear(ready, enough):
    ingest, chunks = Ingest(), []
    link = BleLink(ready["address"], ready["adapter"])
    async with asyncio.timeout(60):
        async for event in link:
            chunks += [chunk for chunk in ingest.push(event) if isinstance(chunk, RawChunk)]
            if enough(ingest.statistics()):
                link.close()
    return ingest.statistics(), chunks


def test_a_sensor_with_faults_is_started_from_the_command_line():
    faults = ["--fault", "lost-frames:30%", "--fault", "doubled-frames:50%", "--fault", "same-name"]
    command = [sys.executable, "-m", "backwatch", "simulate-device", "--port", "0", *faults]
    with subprocess.Popen(
        [*command, "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as device:
        try:
            ready = json.loads(device.stdout.readline())
            counted, chunks = asyncio.run(
                _hear(ready, lambda s: s.missing_samples >= 20 and s.doubled >= 2)
            )
        finally:
            _, told = device.communicate("", timeout=20)

    assert device.returncode == 0
    assert "Beside it: 'Backwatch" in told
    assert counted.checksum == 0
    numbers = [chunk.sequence for chunk in chunks]
    assert numbers == sorted(set(numbers))


async def test_a_sensor_of_another_make_loses_what_is_not_heard_and_it_is_counted():
    async with Air() as air:
        sensor = VendorPeripheral(
            f"tcp-client:127.0.0.1:{air.port}",
            Movesense(),
            count_stream("short", 0, Movesense.NATIVE_HZ),
            name="Movesense 1",
            address="C0:00:00:00:00:01",
            faults=[parse_fault("lost-frames:10%"), parse_fault("supervision-timeout:at=5")],
            air=air,
        )
        async with sensor:
            ingest = Ingest()
            link = BleLink("movesense:", f"virtual:127.0.0.1:{air.port}")
            asyncio.get_running_loop().call_later(30, link.close)
            connections = 0
            async for event in link:
                ingest.push(event)
                connections += isinstance(event, Connected)

    counted = ingest.statistics()
    assert connections == 2
    rate_hz = 52  # what is asked for
    assert counted.missing_samples > 4 * rate_hz  # the timeout lasts 4 s
    measured = 30 * rate_hz
    assert 0.9 * measured < counted.samples + counted.missing_samples <= measured


def test_faults_are_begun_and_cleared_by_lines_while_the_sensor_runs():
    command = [sys.executable, "-m", "backwatch", "simulate-device", "--port", "0", "--commands"]
    with subprocess.Popen(
        [*command, "--exit-with-stdin", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as device:

        def answer(line):
            device.stdin.write(line + b"\n")
            device.stdin.flush()
            while "answer" not in (said := json.loads(device.stdout.readline())):
                pass
            return said

        try:
            json.loads(device.stdout.readline())
            begun = answer(b"start lost-frames:50%")
            refused = [
                answer(line)["answer"]
                for line in (
                    b"start lost-frames",
                    b"start clock-drift",
                    b"clear 7",
                    b"\xff\x00",
                    b"x",
                )
            ]
            very_long = answer(b"start " + b"x" * 100_000)["answer"]
            cleared = answer(b"clear 1")
        finally:
            device.stdin.close()
            device.wait(20)

    assert device.returncode == 0
    assert begun == {
        "answer": "",
        "faults": [{"number": 1, "fault": "lost-frames:share=0.5", "state": "on", "why": ""}],
    }
    for said, why in zip(
        refused,
        ("on already", "--fault clock-drift", "number 7", "no command", "no command"),
        strict=True,
    ):
        assert why in said
    assert "no fault" in very_long
    assert [fault["state"] for fault in cleared["faults"]] == ["cleared"]
