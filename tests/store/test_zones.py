"""What the zone of the days is called."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.model import NS_PER_S
from monitor.store import zones
from monitor.store.zones import zone_name

SUMMER_NS = round(datetime(2026, 7, 1, tzinfo=UTC).timestamp()) * NS_PER_S


@pytest.fixture
def tz(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "said", ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"]
)
def test_a_computer_that_is_told_its_zone_names_it(tz: pytest.MonkeyPatch, said: str) -> None:
    tz.setenv("TZ", said)
    time.tzset()

    assert zone_name(SUMMER_NS) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("said", "offset"),
    [("CET-1CEST,M3.5.0,M10.5.0/3", "+02:00"), ("NST3:30", "-03:30"), ("<+0545>-5:45", "+05:45")],
)
def test_a_zone_of_rules_alone_is_told_by_how_far_it_is_ahead(
    tz: pytest.MonkeyPatch, said: str, offset: str
) -> None:
    tz.setenv("TZ", said)
    time.tzset()

    assert zone_name(SUMMER_NS) == offset


def test_the_file_the_clock_is_read_from_tells_the_name(
    tz: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    berlin = tmp_path / "zoneinfo/Europe/Berlin"
    berlin.parent.mkdir(parents=True)
    berlin.touch()
    (tmp_path / "localtime").symlink_to(berlin)
    tz.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    tz.setenv("TZ", "")  # the clock stays; nothing but the file names it
    tz.setattr(zones, "LOCALTIME", tmp_path / "localtime")

    assert zones._found() == "Europe/Berlin"


def test_a_name_whose_clock_is_another_is_not_told(tz: pytest.MonkeyPatch) -> None:
    tz.setenv("TZ", "Europe/Nowhere")  # the system takes UTC
    time.tzset()

    assert zone_name(SUMMER_NS) == "+00:00"


def test_a_zone_that_is_given_is_named_or_counted() -> None:
    ahead = timezone(timedelta(hours=-9, minutes=-30))

    assert zone_name(SUMMER_NS, ZoneInfo("Asia/Tokyo")) == "Asia/Tokyo"
    assert zone_name(SUMMER_NS, ahead) == "-09:30"
