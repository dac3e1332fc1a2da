"""What the page is told of several sensors."""

import re
from typing import Any

import httpx
import pytest

from dashboard.live import live_schema
from dashboard.schemas import link_schema
from dashboard.sensor_text import away_text
from monitor.link import Distrust, Phase, Slots
from monitor.model import Placement
from monitor.service import Away, LinkNow, SensorNow, SensorsNow, TrunkNow
from tests.dashboard.conftest import T0_NS, FakeSource


def beside(phase: Phase = Phase.CONNECTED, away: Away | None = None) -> SensorNow:
    link = LinkNow(phase, "Pelvis", "CC:DD", 60, T0_NS, "")
    return SensorNow(Placement.LOW_BACK, False, link, away, Slots(2, 5), "2.1.0")


async def sensors(page: httpx.AsyncClient) -> Any:
    answer = await page.get("/api/sensors")
    assert answer.status_code == 200
    return answer.json()


async def test_a_single_sensor_has_its_coverage_and_no_notice(page: httpx.AsyncClient) -> None:
    found = await sensors(page)

    [sensor] = found["sensors"]
    assert (sensor["placement"], sensor["counts"], sensor["away"]) == ("upper_back", True, None)
    assert (sensor["covered_s"], sensor["worn_s"]) == (900.0, 900.0)
    assert sensor["link"]["address"] == "AA:BB"
    assert (found["notice"], found["trunk"]) == ("", None)


async def test_each_of_several_is_told_with_slots_and_the_trunk_between(
    page: httpx.AsyncClient, source: FakeSource
) -> None:
    source.beside = (beside(),)
    source.trunk_now = TrunkNow(T0_NS, 12.34, -1.0, zeroed=True)

    found = await sensors(page)

    other = found["sensors"][1]
    assert (other["placement"], other["counts"], other["covered_s"]) == ("low_back", False, 0.0)
    assert (other["slots_held"], other["slots_limit"]) == (2, 5)
    assert [one["firmware"] for one in found["sensors"]] == [None, "2.1.0"]
    assert found["trunk"]["flexion_deg"] == 12.3


async def test_a_stranger_is_told_nothing_of_sensors(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/api/sensors")).status_code == 401


@pytest.mark.parametrize("why", Distrust, ids=lambda why: why.name)
def test_why_a_sensor_is_not_used_is_said_without_a_command(why: Distrust) -> None:
    link = LinkNow(Phase.LOST, "Back", "AA:BB", 60, T0_NS, str(why.value), distrust=why)

    said = link_schema(link)

    assert said.to_pair
    assert re.fullmatch(r"(The|This|After|A|Somebody) [^`]+\.", said.detail)
    assert not re.search("backwatch|bluetoothctl|--", said.detail)


def test_news_of_the_sensors_says_only_that_there_is_some() -> None:
    assert live_schema(SensorsNow((beside(),))).model_dump() == {"kind": "sensors"}


@pytest.mark.parametrize("away", Away)
def test_every_way_of_being_away_has_words_and_nobody_stands_in(away: Away) -> None:
    alone, others = away_text(away, others_on=False), away_text(away, others_on=True)

    assert alone.startswith("The day is counted from the first sensor. It")
    assert others == f"{alone} The other one does not stand in for it."


def test_where_the_first_is_worn_there_is_nothing_to_say() -> None:
    assert away_text(None, others_on=True) == ""
