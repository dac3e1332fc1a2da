"""What the person says of themselves, as it goes over HTTP; times are ms since the epoch, UTC."""

from typing import Literal

from pydantic import Field

from dashboard.schemas import Said, Schema, ms_from_ns
from monitor.diary import Beside, Card, Entry
from monitor.model.journal import MovementRecord
from monitor.movements import CLEAR_DEG, change

MovementName = Literal["flexion", "extension", "side_left", "side_right", "turn_left", "turn_right"]


class CheckInSchema(Schema):
    """How the person is; at least one thing is said."""

    pain: int | None = Field(
        None, ge=0, le=10, description="0 is none, 10 the most; null was not said."
    )
    stiffness: int | None = Field(
        None, ge=0, le=10, description="0 is none, 10 the most; null was not said."
    )
    spasm: bool = Field(False, description="Now.")
    triggers: list[Said] = Field(
        default=[], max_length=20, description="What went before, in the words of the person."
    )
    note: Said = Field("", description="Anything else.")


class NoteSchema(CheckInSchema):
    """A check-in to keep."""

    at_ms: int | None = Field(
        None,
        ge=0,
        le=2**43,
        description="When it was so [ms since the epoch, UTC], not in the future; null is now.",
    )


class BesideSchema(Schema):
    """What was measured in a stretch before an entry. It came before; no more is said."""

    length_s: float = Field(description="How long the stretch is [s].")
    worn_s: float = Field(description="Of it measured [s].")
    seated_s: float = Field(description="Seated [s].")
    longest_sitting_s: float = Field(description="Longest sitting bout so far [s].")
    slouched_s: float = Field(description="Leaning forward while seated [s].")
    bend_dose_s: float = Field(description="Integral of the sine of forward lean [s].")
    bends_30: int = Field(description="Bends of 30 deg or more.")
    bends_60: int = Field(description="Bends of 60 deg or more.")
    lifts: int = Field(description="Bends that look like a lift.")


class EntrySchema(Schema):
    """A check-in with what was measured before it."""

    id: int = Field(description="Its key; it is taken back by it.")
    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    said: CheckInSchema = Field(description="What was said.")
    before: BesideSchema = Field(description="The two hours before.")
    day: BesideSchema = Field(description="The day up to then.")


class DiarySchema(Schema):
    """Entries, oldest first."""

    entries: list[EntrySchema] = Field(description="Oldest first.")
    see_someone: str = Field(description="A sentence where entries have gone up; else empty.")


class CardSchema(Schema):
    """A card to open."""

    name: str = Field(description="Its key, and that of its drawing.")
    title: str = Field(description="What it is about.")
    steps: list[str] = Field(description="A sentence each.")


class CardsSchema(Schema):
    """Cards."""

    cards: list[CardSchema] = Field(description="Those to show now.")


class MovementSchema(Schema):
    """A movement to follow."""

    movement: MovementName = Field(description="Which one.")


class MovementNowSchema(Schema):
    """A movement that is being followed."""

    movement: MovementName = Field(description="Which one.")
    how: str = Field(description="What to do.")
    stop: str = Field(description="When to stop.")
    ready: bool = Field(description="The start was taken: move.")
    angle_deg: float = Field(description="The largest so far [deg].")
    problem: str = Field(description="Why it cannot be followed; empty: it can.")


class MovementDoneSchema(Schema):
    """The movement is over."""

    pain: bool | None = Field(description="Whether it hurt; null is not said.")
    stopped: bool = Field(False, description="Ended early by the person.")


class MovementRecordSchema(Schema):
    """A recorded movement, beside the one before it."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    movement: MovementName = Field(description="Which one.")
    peak_deg: float | None = Field(
        description="The largest angle from the start [deg]; null: stopped."
    )
    pain: bool | None = Field(description="Whether it hurt; null was not said.")
    stopped: bool = Field(description="Ended early.")
    change: str = Field(description="Against the one before, in words; empty: there is none.")


class MovementsSchema(Schema):
    """Movements recorded."""

    movements: list[MovementRecordSchema] = Field(description="Newest first.")
    on: bool = Field(description="Whether the check is switched on: setting movement_check.")


def entry_schema(entry: Entry) -> EntrySchema:
    said = entry.said
    return EntrySchema(
        id=said.number,
        at_ms=ms_from_ns(said.at_ns),
        said=CheckInSchema(
            pain=said.pain,
            stiffness=said.stiffness,
            spasm=said.spasm,
            triggers=list(said.triggers),
            note=said.note,
        ),
        before=_beside(entry.before),
        day=_beside(entry.day),
    )


def _beside(beside: Beside) -> BesideSchema:
    return BesideSchema.model_validate(beside, from_attributes=True)


def card_schema(card: Card) -> CardSchema:
    return CardSchema(name=card.name, title=card.title, steps=list(card.steps))


def movements_schema(records: list[MovementRecord], *, on: bool) -> MovementsSchema:
    """Newest first, each with the change against the one before of its kind."""
    before: dict[str, MovementRecord] = {}
    found = []
    for record in records:
        found.append(
            MovementRecordSchema(
                at_ms=ms_from_ns(record.at_ns),
                movement=record.movement.value,
                peak_deg=None if record.peak_deg is None else round(record.peak_deg, 1),
                pain=record.pain,
                stopped=record.stopped,
                change=_change(record, before.get(record.movement)),
            )
        )
        if record.peak_deg is not None:
            before[record.movement] = record
    return MovementsSchema(movements=found[::-1], on=on)


def _change(record: MovementRecord, before: MovementRecord | None) -> str:
    found = None if before is None else change(record, before)
    if found is None:
        return ""
    if not found.clear:
        return f"No clear change: less than {CLEAR_DEG:.0f}° apart."
    more = "more" if found.difference_deg > 0 else "less"
    return f"{abs(found.difference_deg):.0f}° {more} than before."
