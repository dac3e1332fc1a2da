"""The list of sensors and their keys survives what happens to files."""

import json
import os
import stat
import threading
import time
from dataclasses import replace

import pytest

from monitor.link import Bonds, BondsError, KnownSensor, RadioKind
from monitor.link.bonds import FORGOTTEN, Bond

KEY = bytes(range(100, 116))
SENSOR = KnownSensor("backwatch", "C0:00:00:00:00:01", "back", RadioKind.VIRTUAL, 7, True, False)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "sensors.json"


def with_key(path):
    bonds = Bonds(path)
    bonds.hold(RadioKind.VIRTUAL, SENSOR.address, Bond(KEY, False))
    bonds.add(SENSOR)
    return bonds


def test_a_sensor_and_its_key_are_there_for_the_next_process(path):
    identity = with_key(path).identity()

    again = Bonds(path)

    assert again.known() == (SENSOR,)
    assert again.bond(RadioKind.VIRTUAL, "c0:00:00:00:00:01") == Bond(KEY, False)
    assert again.identity() == identity


def test_only_the_owner_may_read_the_file_and_the_folder_made_for_it(path):
    with_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["sensors.json"]


def test_a_file_that_others_could_read_is_closed_to_them_and_spoken_of(path, caplog):
    with_key(path)
    path.chmod(0o644)

    bonds = Bonds(path)
    bonds.known()
    bonds.known()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [record] = caplog.records
    assert "could be read by others" in record.getMessage()
    assert "backwatch forget --all" in record.getMessage()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_trusted(path):
    with_key(path)
    os.chown(path, 4321, 4321)

    with pytest.raises(BondsError, match="another user"):
        Bonds(path).known()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"format": 2, "identity": "C0:00:00:00:00:01", "sensors": []}',
        b'{"format": 1, "identity": "nobody", "sensors": []}',
        b'{"format": 1, "identity": "C0:00:00:00:00:01", "sensors": [{"make": 3}]}',
        b'{"format": 1, "identity": "C0:00:00:00:00:01", "sensors": [], "forgotten": [["x"]]}',
    ],
)
def test_a_file_that_is_none_of_ours_is_left_as_it_is(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)

    bonds = Bonds(path)
    with pytest.raises(BondsError, match="move it away"):
        bonds.known()
    with pytest.raises(BondsError, match="move it away"):
        bonds.add(SENSOR)

    assert path.read_bytes() == content


def test_a_damaged_key_is_refused_without_being_quoted(path):
    with_key(path)
    whole = json.loads(path.read_text())
    whole["sensors"][0]["bond"]["key"] = KEY.hex()[:-1] + "x"
    path.write_text(json.dumps(whole))

    with pytest.raises(BondsError) as told:
        Bonds(path).known()

    assert KEY.hex()[:-1] not in str(told.value)


def test_a_key_is_not_in_the_representation_of_anything(path):
    bonds = with_key(path)

    assert KEY.hex() not in repr(bonds.known())
    assert repr(KEY) not in repr(bonds.bond(RadioKind.VIRTUAL, SENSOR.address))


def test_a_new_key_is_kept_only_with_its_sensor(path):
    bonds = Bonds(path)
    bonds.hold(RadioKind.VIRTUAL, SENSOR.address, Bond(KEY, True))

    assert bonds.bond(RadioKind.VIRTUAL, SENSOR.address) is None
    bonds.add(SENSOR)
    assert bonds.bond(RadioKind.VIRTUAL, SENSOR.address) == Bond(KEY, True)


def test_a_forgotten_sensor_leaves_no_key_in_the_file(path):
    bonds = with_key(path)

    bonds.forget(SENSOR)

    assert bonds.known() == ()
    assert KEY.hex() not in path.read_text()


def test_what_was_forgotten_is_remembered_until_it_is_paired_again(path):
    bonds = Bonds(path)
    bonds.add(SENSOR)
    bonds.forget(SENSOR)
    forgotten = Bonds(path).forgotten(SENSOR.radio)
    bonds.forget(SENSOR)
    bonds.add(SENSOR)

    assert list(forgotten) == [SENSOR.address]
    assert 0 <= time.time_ns() - forgotten[SENSOR.address] < 60e9
    assert Bonds(path).forgotten(SENSOR.radio) == {}


def test_so_many_are_remembered_as_forgotten_and_no_more():
    bonds = Bonds()
    for number in range(FORGOTTEN + 1):
        sensor = replace(SENSOR, address=f"C0:00:00:00:{number // 256:02X}:{number % 256:02X}")
        bonds.add(sensor)
        bonds.forget(sensor)

    remembered = bonds.forgotten(SENSOR.radio)
    assert len(remembered) == FORGOTTEN
    assert "C0:00:00:00:00:00" not in remembered


def test_a_pairing_counts_for_the_kind_of_adapter_it_was_made_with(path):
    bonds = with_key(path)

    assert bonds.known(RadioKind.SYSTEM) == ()
    assert bonds.find(RadioKind.BUMBLE, SENSOR.address) is None


def test_what_was_seen_is_noted_of_known_sensors_only(path):
    bonds = with_key(path)

    bonds.seen(RadioKind.VIRTUAL, SENSOR.address, "new name", 9, 55)
    bonds.seen(RadioKind.VIRTUAL, SENSOR.address, "", 10, None)
    bonds.seen(RadioKind.VIRTUAL, "C0:00:00:00:00:02", "stranger", 9, 55)

    assert bonds.known() == (replace(SENSOR, name="new name", seen_ns=10, battery_percent=55),)
    assert bonds.bond(RadioKind.VIRTUAL, SENSOR.address) == Bond(KEY, False)


def test_processes_that_write_at_once_lose_nothing_of_each_other(path):
    def add(first):
        bonds = Bonds(path)  # as another process has it
        for number in range(first, first + 10):
            bonds.add(replace(SENSOR, address=f"C0:00:00:00:00:{number:02X}"))

    threads = [threading.Thread(target=add, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(Bonds(path).known()) == 30


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(BondsError, match=r"file/sensors\.json"):
        Bonds(tmp_path / "file" / "sensors.json").identity()


def test_without_a_file_it_lasts_as_long_as_the_object():
    bonds = Bonds()
    bonds.hold(RadioKind.VIRTUAL, SENSOR.address, Bond(KEY, False))
    bonds.add(SENSOR)

    assert bonds.known() == (SENSOR,)
    assert bonds.identity() == bonds.identity()
    assert Bonds().known() == ()
