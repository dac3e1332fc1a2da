"""Every number that decides, as the page shows it."""

from dataclasses import replace

import httpx

from dashboard import Person
from monitor.profiles import PROFILES
from monitor.thresholds import thresholds

COUNT = len(thresholds(PROFILES["desk"]))  # reads the sources, which no asynchronous test may


async def test_each_is_told_with_unit_meaning_and_source(page: httpx.AsyncClient) -> None:
    told = (await page.get("/api/thresholds")).json()

    groups = {group["name"]: group for group in told["groups"]}
    rows = {
        f"{group}.{row['name']}": row for group in groups for row in groups[group]["thresholds"]
    }
    assert told["profile"] == PROFILES["desk"].key
    assert len(rows) == COUNT
    assert rows["alerts.slouch_s"]["value"] == "60 s"
    assert rows["states.activity.slouch_on_rad"]["value"] == "12°"
    assert rows["states.holding.flexed_rad"]["meaning"] == "ISO 11226"


async def test_they_are_those_in_force(page: httpx.AsyncClient, person: Person) -> None:
    person.profile = replace(person.profile, alerts=replace(person.profile.alerts, slouch_s=75.0))
    told = (await page.get("/api/thresholds")).json()

    alerts = next(group for group in told["groups"] if group["name"] == "alerts")
    assert {"name": "slouch_s", "value": "75 s"}.items() <= next(
        row.items() for row in alerts["thresholds"] if row["name"] == "slouch_s"
    )
