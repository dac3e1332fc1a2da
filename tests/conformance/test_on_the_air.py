"""The same checks through bleak, pairing and a virtual radio."""

import contextlib
import json
import subprocess
import sys

import pytest
from bumble.core import UUID, AdvertisingData
from bumble.device import Device as BluetoothDevice
from bumble.device import DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.transport import open_transport

from backwatch.__main__ import main
from backwatch.conformance import Bench, Outcome, Patience, choose, run_checks
from firmware_protocol import SensorConfig, encode_config, gatt
from monitor.link.probe import Probe
from simulator.air import Air
from simulator.device import Device
from simulator.faults import parse_fault
from simulator.peripheral import Peripheral
from simulator.security import Security
from tests.conformance.virtual import STILL

SHORT = Patience(listen_s=1.5, tell_s=11.0)
ADDRESS = "C0:00:00:00:00:01"


def counts():
    while True:
        for first in range(0, len(STILL), 10):
            yield STILL[first : first + 10]


async def check(only, *, passkey=None, **options):
    """Outcome and remark of each check named, for a simulated sensor with these options."""
    async with Air() as air:
        device = Device(7)
        transport = f"tcp-client:127.0.0.1:{air.port}"
        async with Peripheral(
            transport, device, counts(), name="Backwatch 1", address=ADDRESS, air=air, **options
        ):
            probe = Probe(None, f"virtual:127.0.0.1:{air.port}", passkey=passkey)
            checks = choose(only, destructive=False)
            found = {
                verdict.check.name: (verdict.outcome, verdict.remark)
                async for verdict in run_checks(Bench(probe, SHORT), checks)
            }
            await probe.close()
            return found


@pytest.fixture
def simulated():
    arguments = ["--port", "0", "--exit-with-stdin", "--json", "--scenario", "rest"]
    process = subprocess.Popen(
        [sys.executable, "-m", "backwatch", "simulate-device", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield json.loads(process.stdout.readline())
        process.kill()


QUICK = ["encryption", "hello", "commands", "backfill.resumed"]


def test_a_simulated_device_conforms_as_a_firmware_engineer_would_see_it(simulated, capsys):
    words = [word for name in QUICK for word in ("--only", name)]

    assert main(["conformance", "--adapter", simulated["adapter"], *words]) == 0
    text = capsys.readouterr().out
    assert main(["conformance", "--adapter", simulated["adapter"], "--only", "time", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)

    assert simulated["address"] in text
    assert "PASS  encryption.control: writing a command: 0x0F" in text
    assert "PASS  commands.field" in text
    assert text.splitlines()[-1].endswith("the device conforms, as far as it was checked.")
    assert report["conforms"] is True
    assert report["device"]["address"] == simulated["address"]
    assert {found["section"] for found in report["checks"]} == {"13"}
    assert all(found["outcome"] == "pass" for found in report["checks"])


async def test_a_device_that_encrypts_nothing_fails():
    found = await check(["encryption"], security=None)

    assert found["encryption.control"][0] is Outcome.FAIL
    assert found["encryption.notifications"][0] is Outcome.FAIL
    assert "before pairing was taken" in found["encryption.notifications"][1]


async def test_a_passkey_opens_the_device_and_a_wrong_one_does_not():
    label = Security(passkey=271828)

    right = await check(["encryption", "hello.accepted"], security=label, passkey=271828)
    wrong = await check(["encryption.pairing"], security=label, passkey=314159)

    assert {outcome for outcome, _ in right.values()} == {Outcome.PASS}
    assert wrong["encryption.pairing"][0] is Outcome.FAIL
    assert "passkey wrong" in wrong["encryption.pairing"][1]


async def test_a_version_1_device_is_checked_for_version_1_alone():
    found = await check(["surface", "encryption", "stream.frames", "12"], control=False)

    outcomes = {name: outcome for name, (outcome, _) in found.items()}
    assert outcomes["stream.frames"] is Outcome.PASS
    assert outcomes["surface.stream_characteristic"] is Outcome.PASS
    assert outcomes["encryption.control"] is Outcome.SKIP
    assert outcomes["backfill.whole"] is Outcome.SKIP
    assert Outcome.FAIL not in outcomes.values()


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("corrupted-frames:0.5", "stream.frames"),
        ("doubled-frames:0.5", "stream.no_repeats"),
        ("reordered-frames:0.5", "stream.sequence"),
    ],
)
async def test_a_fault_of_the_simulator_is_found(fault, name):
    found = await check([name], faults=[parse_fault(fault)])

    assert found[name][0] is Outcome.FAIL


async def test_a_stranger_with_our_service_fails_and_stops_nothing(air_with_stranger):
    probe = Probe(None, f"virtual:127.0.0.1:{air_with_stranger.port}")

    found = {
        verdict.check.name: verdict.outcome
        async for verdict in run_checks(
            Bench(probe, SHORT), choose(["surface", "config", "stream.frames"], destructive=False)
        )
    }
    await probe.close()

    assert found["surface.advertised"] is Outcome.PASS
    assert found["surface.stream_characteristic"] is Outcome.FAIL
    assert found["config.valid"] is Outcome.PASS
    assert found["stream.frames"] is Outcome.ERROR


@contextlib.asynccontextmanager
async def stranger(air, characteristics):
    """A device with our service, and not what belongs to it."""
    async with await open_transport(f"tcp-client:127.0.0.1:{air.port}") as transport:
        device = BluetoothDevice.from_config_with_hci(
            DeviceConfiguration(name="stranger", address=Address("C0:00:00:00:00:66")),
            transport.source,
            transport.sink,
        )
        device.add_services([Service(gatt.SERVICE, characteristics)])
        await device.power_on()
        uuids = AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
        told = bytes(AdvertisingData([(uuids, UUID(gatt.SERVICE).to_bytes())]))
        await device.start_advertising(auto_restart=True, advertising_data=told)
        yield


@pytest.fixture
async def air_with_stranger():
    config = encode_config(SensorConfig(1, 7, 100_000, 8, 1000, 10))
    readable = Characteristic(
        gatt.CONFIG, Characteristic.Properties.READ, Characteristic.READABLE, config
    )
    async with Air() as air, stranger(air, [readable]):
        yield air


def test_what_a_person_can_put_right_is_one_line(capsys):
    assert main(["conformance", "--only", "nonsense"]) == 2
    assert "see them with --list" in capsys.readouterr().err
    assert main(["conformance", "--passkey", "12"]) == 2
    assert "six digits" in capsys.readouterr().err
    assert main(["conformance", "--listen", "nan"]) == 2
    assert "at least 1 second" in capsys.readouterr().err
    assert main(["conformance", "--only", "rule.cue"]) == 2
    assert "--destructive" in capsys.readouterr().err
    assert main(["conformance", "--adapter", "virtual:127.0.0.1:1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_list_names_sections_and_sentences(capsys):
    assert main(["conformance", "--list"]) == 0

    text = capsys.readouterr().out
    assert "acknowledge.counts" in text
    assert "destructive" in text
    assert "“At rest the accelerometer shows +1 g along the axis that points up.”" in text
