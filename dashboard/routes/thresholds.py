"""Every number that decides, to be read."""

from fastapi import APIRouter
from pydantic import Field

from dashboard.person import Person
from dashboard.schemas import Schema
from monitor.thresholds import thresholds


class ThresholdSchema(Schema):
    """One number that decides."""

    name: str = Field(description="Its name in the source.")
    value: str = Field(description="With its unit.")
    meaning: str = Field(description="What it does and where it comes from; empty: see its group.")


class ThresholdGroupSchema(Schema):
    """What decides one thing."""

    name: str = Field(description='Its part of the path, e.g. "states.bending".')
    title: str = Field(description="What is decided.")
    thresholds: list[ThresholdSchema] = Field(description="In the order of the source.")


class ThresholdsSchema(Schema):
    """All of them."""

    profile: str = Field(description="Name and version of the profile they are of.")
    groups: list[ThresholdGroupSchema] = Field(description="In the order of the path.")


def router(person: Person) -> APIRouter:
    """The route on thresholds."""
    routes = APIRouter(tags=["coaching"])

    @routes.get("/api/thresholds", summary="Every number that decides")
    def all_thresholds() -> ThresholdsSchema:
        """Of the profile in force. A few can be set (`/api/settings`); the others are read."""
        groups: dict[str, ThresholdGroupSchema] = {}
        for one in thresholds(person.profile):
            group = groups.setdefault(
                one.group, ThresholdGroupSchema(name=one.group, title=one.title, thresholds=[])
            )
            group.thresholds.append(
                ThresholdSchema(name=one.name, value=one.shown, meaning=one.meaning)
            )
        return ThresholdsSchema(profile=person.profile.key, groups=list(groups.values()))

    return routes
