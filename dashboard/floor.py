"""Tags and shared kits as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dashboard.schemas import Said, Schema, ms_from_ns
from monitor.model.journal import PERSON_CHARACTERS, Handover, Tag
from monitor.service import legible_text
from monitor.store import Personal

Word = Annotated[Said, AfterValidator(legible_text)]


class TagSchema(Schema):
    """What a bend or lift belonged to, on one line and without what cannot be seen."""

    task: Word = Field("", description="Such as unloading.")
    zone: Word = Field("", description="Such as dock 3.")


class HandoverSchema(Schema):
    """A sensor lent for a shift."""

    id: int = Field(description="Its key.")
    address: str = Field(description="Of the sensor.")
    person: str = Field(description="Number or word that the person chose.")
    start_ms: int = Field(description="When it was lent [ms since the epoch, UTC].")
    stop_ms: int | None = Field(
        description="When it came back [ms since the epoch, UTC]; null: it is out."
    )
    state: Literal["out", "back", "erased"] = Field(
        description="Back: what it saw is still here, and it cannot be lent."
    )
    exported_ms: int | None = Field(
        description="When the person's file was last made [ms since the epoch, UTC]; null: never."
    )
    erased_ms: int | None = Field(
        description="When it was erased here [ms since the epoch, UTC]; null: not yet."
    )


class HandoversSchema(Schema):
    """Who has, and had, which sensor."""

    handovers: list[HandoverSchema] = Field(description="Oldest first.")
    what_stays: str = Field(description="What is kept when a shift is erased, in words.")


class TakeBackSchema(Schema):
    """A sensor that is back."""

    address: str = Field(min_length=1, max_length=60, description="Of the sensor.")


class EraseSchema(Schema):
    """A shift to be erased."""

    without_export: bool = Field(
        False, description="The person wants no file; else one has to be made before."
    )
    saved: bool = Field(
        False,
        description="The person has their file where they want it; whether a browser has kept "
        "it, only they can see. Needed unless they want none.",
    )


class ContentSchema(Schema):
    """A part of what is kept of a shift."""

    name: str = Field(description="Of the table in the file.")
    about: str = Field(description="In words.")
    rows: int = Field(description="How many.")


class ContentsSchema(Schema):
    """What is kept of a shift, and would be in the person's file; samples come on top."""

    tables: list[ContentSchema] = Field(description="Those with nothing in them too.")


class HandOutSchema(Schema):
    """A sensor and who takes it."""

    address: str = Field(min_length=1, max_length=60, description="Of the sensor.")
    person: str = Field(
        min_length=1, max_length=PERSON_CHARACTERS, description="A number or word, not a name."
    )


def handover_schema(handover: Handover) -> HandoverSchema:
    """A handover, and where it stands."""
    stop_ns, exported_ns, erased_ns = handover.stop_ns, handover.exported_ns, handover.erased_ns
    return HandoverSchema(
        id=handover.id,
        address=handover.address,
        person=handover.person,
        start_ms=ms_from_ns(handover.start_ns),
        stop_ms=None if stop_ns is None else ms_from_ns(stop_ns),
        state="out" if stop_ns is None else "back" if erased_ns is None else "erased",
        exported_ms=None if exported_ns is None else ms_from_ns(exported_ns),
        erased_ms=None if erased_ns is None else ms_from_ns(erased_ns),
    )


def contents_schema(tables: Iterable[Personal]) -> ContentsSchema:
    """What is kept, counted."""
    return ContentsSchema(
        tables=[ContentSchema(name=one.name, about=one.about, rows=len(one.rows)) for one in tables]
    )


def tag_schema(tag: Tag) -> TagSchema:
    return TagSchema(task=tag.task, zone=tag.zone)
