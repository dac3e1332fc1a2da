"""Tags and shared kits as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from pydantic import Field

from dashboard.schemas import Schema, ms_from_ns
from monitor.model.journal import Handover, Tag


class TagSchema(Schema):
    """What a bend or lift belonged to."""

    task: str = Field("", description="Such as unloading.")
    zone: str = Field("", description="Such as dock 3.")


class HandoverSchema(Schema):
    """A sensor lent for a shift."""

    id: int = Field(description="Its key.")
    address: str = Field(description="Of the sensor.")
    person: str = Field(description="Number or word that the person chose.")
    start_ms: int = Field(description="When it was lent [ms since the epoch, UTC].")
    stop_ms: int | None = Field(
        description="When it came back [ms since the epoch, UTC]; null: it is out."
    )


class HandoversSchema(Schema):
    """Who has, and had, which sensor."""

    handovers: list[HandoverSchema] = Field(description="Oldest first.")


class HandOutSchema(Schema):
    """A sensor and who takes it."""

    address: str = Field(min_length=1, max_length=60, description="Of the sensor.")
    person: str = Field(min_length=1, max_length=20, description="A number or word, not a name.")


def handover_schema(handover: Handover) -> HandoverSchema:
    return HandoverSchema(
        id=handover.id,
        address=handover.address,
        person=handover.person,
        start_ms=ms_from_ns(handover.start_ns),
        stop_ms=None if handover.stop_ns is None else ms_from_ns(handover.stop_ns),
    )


def tag_schema(tag: Tag) -> TagSchema:
    return TagSchema(task=tag.task, zone=tag.zone)
