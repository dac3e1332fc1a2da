"""Sensors of other makes over a virtual air: found, told to stream, decoded."""

import numpy as np
import pytest

from monitor.ingest import Ingest
from monitor.link import VENDORS, AdapterError, BleLink, Bonds, Phase, Radio, discover, pair
from monitor.link.vendors import split
from monitor.model import Connected, Disconnected, Idle, Notified, RawChunk
from monitor.stage import feed
from simulator.imu import acc_mps2, gyr_radps
from simulator.vendors import MODELS
from tests.radio.conftest import QUICK, Listener
from tests.vendors.conftest import measured

MAKES = list(MODELS)
SENT_HZ = {"movesense": 52, "movella": 60, "witmotion": 50, "capture2go": 100}
# Half a count of the coarsest: WitMotion and Capture2Go have 16 g and 2000 deg/s in 16 bits.
ACC_ERROR_MPS2, GYR_ERROR_RADPS = 0.0025, 0.0006

every_make = pytest.mark.parametrize("make", MAKES)


def samples(listener):
    return [item for item in feed(Ingest(), listener.events) if isinstance(item, RawChunk)]


def enough(listener, n):
    return lambda: sum(map(len, samples(listener))) >= n


@every_make
async def test_what_arrives_is_what_the_sensor_measured(power_up, listen, make):
    sensor = await power_up(make)
    listener = listen(f"{make}:")
    await listener.until(enough(listener, 100))

    chunks = samples(listener)
    acc = np.concatenate([chunk.acc_mps2 for chunk in chunks])
    gyr = np.concatenate([chunk.gyr_radps for chunk in chunks])
    every = round(MODELS[make].NATIVE_HZ / SENT_HZ[make])
    truth = measured(make, 4000)[::every]
    # Where in the motion it was heard first: the sensor measured before anybody listened.
    starts = np.abs(acc_mps2(truth)[: -len(acc)] - acc[0]).max(axis=1) < ACC_ERROR_MPS2
    fits = [
        start
        for start in np.flatnonzero(starts)
        if np.abs(acc_mps2(truth[start : start + len(acc)]) - acc).max() < ACC_ERROR_MPS2
        and np.abs(gyr_radps(truth[start : start + len(acc)]) - gyr).max() < GYR_ERROR_RADPS
    ]
    assert len(fits) == 1
    assert {chunk.rate_hz for chunk in chunks} == {float(SENT_HZ[make])}
    assert [chunk.sequence for chunk in chunks] == list(
        np.cumsum([0, *(len(chunk) for chunk in chunks[:-1])])
    )
    assert sensor.dropped == 0


@every_make
async def test_a_sensor_is_found_by_its_make_and_by_no_other(air, power_up, make):
    await power_up(make)

    found = {
        key: [f.address for f in await discover(f"virtual:127.0.0.1:{air.port}", 0.3, vendor)]
        for key, vendor in VENDORS.items()
    }

    assert found == {key: ["C0:00:00:00:00:01"] if key == make else [] for key in VENDORS}


@every_make
async def test_a_sensor_is_chosen_by_name_or_address(power_up, listen, make):
    await power_up(make, name="other", number=1)
    await power_up(make, name="wanted", number=2)
    by_name, by_address = listen(f"{make}:wanted"), listen(f"{make}:c0:00:00:00:00:01")

    await by_name.until(lambda: by_name.of(Connected))
    await by_address.until(lambda: by_address.of(Connected))

    assert by_name.of(Connected)[0].address == "C0:00:00:00:00:02"
    assert by_address.of(Connected)[0].name == "other"


@every_make
async def test_a_sensor_that_was_lost_streams_again(air, power_up, listen, make):
    await power_up(make)
    listener = listen(f"{make}:")
    await listener.until(enough(listener, 20))
    before = len(samples(listener))

    air.set_in_range("C0:00:00:00:00:01", False)
    await listener.until(lambda: listener.of(Disconnected))
    air.set_in_range("C0:00:00:00:00:01", True)
    await listener.until(lambda: len(samples(listener)) > before + 5, within_s=12)

    chunks = samples(listener)
    assert {chunk.boot_id for chunk in chunks} == {1}
    numbers = [chunk.sequence + i for chunk in chunks for i in range(len(chunk))]
    assert numbers == sorted(set(numbers))
    spans_s = (chunks[-1].at_ns - chunks[0].at_ns) / 1e9
    assert (numbers[-1] - numbers[0]) / SENT_HZ[make] == pytest.approx(spans_s, abs=0.3)


@every_make
async def test_a_sensor_that_falls_silent_is_let_go(power_up, listen, make):
    sensor = await power_up(make)
    listener = listen(f"{make}:")
    await listener.until(enough(listener, 5))

    sensor.silent = True
    await listener.until(lambda: listener.of(Disconnected))

    assert "no data" in listener.of(Disconnected)[0].reason


@every_make
async def test_the_tape_holds_the_maker_s_own_characteristics(power_up, listen, make):
    await power_up(make)
    listener = listen(f"{make}:")
    await listener.until(enough(listener, 5))

    uuids = {event.characteristic for event in listener.of(Notified)}

    assert VENDORS[make].data in uuids
    known = {c for group in MODELS[make].SERVICES.values() for c in group}
    assert uuids <= known


async def test_the_charge_of_a_movella_is_shown(power_up, listen):
    await power_up("movella")
    listener = listen("movella:")

    await listener.until(enough(listener, 1))

    assert listener.link.status.phase is Phase.CONNECTED
    assert listener.link.status.battery_percent == 87


async def test_a_device_that_lacks_the_service_is_refused_and_named(power_up, listen):
    await power_up("witmotion", name="Movesense 7")
    listener = listen("movesense:")

    await listener.until(lambda: listener.link.statistics().refused == 1)

    assert VENDORS["movesense"].data in listener.link.status.reason
    assert not listener.of(Connected)


@pytest.mark.parametrize(
    ("sensor", "key", "rest"),
    [
        (None, "backwatch", None),
        ("left", "backwatch", "left"),
        ("C0:00:00:00:00:01", "backwatch", "C0:00:00:00:00:01"),
        ("movesense:", "movesense", None),
        ("Movella:C0:00:00:00:00:01", "movella", "C0:00:00:00:00:01"),
        ("witmotion:WT901BLE 1", "witmotion", "WT901BLE 1"),
        ("backwatch:movesense:", "backwatch", "movesense:"),
        ("movesense", "backwatch", "movesense"),
    ],
)
def test_a_make_is_what_stands_before_the_first_colon(sensor, key, rest):
    vendor, wanted = split(sensor)

    assert (vendor.key, wanted) == (key, rest)


def test_a_link_to_another_make_wants_the_same_adapters():
    with pytest.raises(AdapterError, match="is not known"):
        BleLink("movesense:", "pigeon:1")


@every_make
async def test_one_that_was_paired_is_the_only_one_of_its_make_and_said_to_be_open(
    power_up, air, tmp_path, make
):
    first = await power_up(make)
    bonds = Bonds(tmp_path / "sensors.json")
    radio = Radio(f"virtual:127.0.0.1:{air.port}", bonds)
    known, _ = await pair(radio, f"{make}:", seconds=0.4)
    await first.__aexit__(None, None, None)
    await power_up(make, name=MODELS[make].NAME + " 2", number=2)
    listener = Listener(BleLink(f"{make}:", radio=radio, params=QUICK))
    await listener.until(lambda: len(listener.of(Idle)) >= 3)
    await listener.stop()
    await radio.close()

    assert (known.make, known.address) == (make, "C0:00:00:00:00:01")
    assert not known.encrypted
    assert not listener.of(Connected)
