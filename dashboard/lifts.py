"""Lifts of a shift as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from dashboard.floor import TagSchema, tag_schema
from dashboard.schemas import Confidence, DateText, Profile, Schema, ms_from_ns, technique_name
from monitor.lifts import (
    Hour,
    LiftTrace,
    Part,
    demanding_part,
    demanding_stretch,
    is_flagged,
    parts_of,
)
from monitor.model import MotionEvent
from monitor.model.journal import Tag
from monitor.sheet import sheet_row
from monitor.store import StoredEvent

PartName = Literal["depth", "velocity", "turn", "side"]


class LiftPartSchema(Schema):
    """One of the four parts of the lift index."""

    name: PartName = Field(description="Its key.")
    title: str = Field(description="In words.")
    measured: float = Field(description="In `unit`; of `side`, to the left is negative.")
    unit: Literal["deg", "deg/s"] = Field(description="Of what was measured.")
    low: float = Field(description="Up to here, either way, no points; in `unit`.")
    high: float = Field(description="From here on all points; in `unit`.")
    points: float = Field(description="Of `most`; more is more demanding.")
    most: float = Field(description="The most there are for this part.")
    demanding: bool = Field(description="The part that made the lift demanding; of one at most.")


class LiftTraceSchema(Schema):
    """Motion from a second before a lift to a second after it, about ten points a second.

    Columns of one length; null marks what is not known.
    """

    t_ms: list[int] = Field(description="Ascending [ms since the epoch, UTC].")
    lean_deg: list[float | None] = Field(description="Forward lean [deg].")
    speed_degps: list[float | None] = Field(description="Of the lean; forward positive [deg/s].")
    side_deg: list[float | None] = Field(description="Lean to the right [deg].")
    turned_deg: list[float | None] = Field(
        description="Turned so far while leaning over 20 deg, to the left positive [deg]."
    )
    exact: bool = Field(
        description="Read from the samples; false: from the angles kept with its alert."
    )
    demanding_from_ms: int | None = Field(
        description="Where to begin the thick line [ms since the epoch, UTC]; null: nowhere."
    )
    demanding_to_ms: int | None = Field(
        description="Where to end it [ms since the epoch, UTC]; null with the one before."
    )


class LiftCardSchema(Schema):
    """A bend that looks like a lift; what was lifted cannot be known."""

    id: int = Field(description="Key of the event; its tag is put by it.")
    start_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    stop_ms: int = Field(description="Its end [ms since the epoch, UTC].")
    confidence: Confidence
    technique: Literal["stoop", "squat", "unknown", ""] = Field(
        description="Empty where it was not judged."
    )
    flagged: bool = Field(description="Demanding by its profile.")
    flags: list[str] = Field(description="What makes it demanding; empty is ordinary.")
    index: float | None = Field(
        description="0 to 100, higher is more demanding; null where none was stored."
    )
    parts: list[LiftPartSchema] = Field(description="The four parts; empty where index is null.")
    title: str = Field(description="What was seen, in a line.")
    cause: str = Field(description="The demanding part in a sentence; empty: there is none.")
    fix: str = Field(description="One thing to try; empty: there is none.")
    tag: TagSchema | None = Field(description="What it belonged to; null: not said.")
    trace: LiftTraceSchema | None = Field(
        description="Null where its motion is not kept (any more)."
    )
    profile: Profile


class LiftHourSchema(Schema):
    """An hour of the shift."""

    start_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    lifts: int = Field(description="Bends that look like a lift.")
    flagged: int = Field(description="Of these, the demanding ones.")
    worn_s: float = Field(description="Worn and settled [s]; late minutes are still to come.")
    per_worn_hour: float | None = Field(
        description="Lifts in an hour of worn time; null where under five minutes were worn."
    )


class LiftsSchema(Schema):
    """The lifts of a local day that were asked for, and the day they are of."""

    date: DateText
    total: int = Field(description="Of the day that pass the filters.")
    flagged: int = Field(description="Of these, the demanding ones.")
    offset: int = Field(description="Number of the first one here.")
    next_offset: int | None = Field(description="To ask on with; null: these are the last.")
    lifts: list[LiftCardSchema] = Field(description="Newest first.")
    hours: list[LiftHourSchema] = Field(
        description="Of all lifts of the day, whatever the filters; every hour from first to last."
    )
    tasks: list[str] = Field(description="Named on that day, to choose from.")
    zones: list[str] = Field(description="Named on that day, to choose from.")


def lift_card_schema(
    stored: StoredEvent, tag: Tag | None, trace: LiftTrace | None
) -> LiftCardSchema:
    """A lift, in numbers and words."""
    lift = stored.event
    parts, chosen = parts_of(lift), demanding_part(lift)
    flagged = is_flagged(lift)
    return LiftCardSchema(
        id=stored.id,
        start_ms=ms_from_ns(lift.start_ns),
        stop_ms=ms_from_ns(lift.stop_ns),
        confidence=lift.confidence,
        technique=technique_name(lift.technique),
        flagged=flagged,
        flags=list(lift.flags),
        index=_index(lift),
        parts=[_part_schema(part, demanding=flagged and part == chosen) for part in parts],
        title=_title(lift.values),
        cause=_cause(chosen) if flagged and chosen else "",
        fix=_FIXES[_name(chosen)] if flagged and chosen else "",
        tag=None if tag is None else tag_schema(tag),
        trace=None if trace is None else _trace_schema(stored, chosen if flagged else None, trace),
        profile=lift.profile,
    )


def lift_parts(lift: MotionEvent) -> tuple[LiftPartSchema, ...]:
    """The four parts of its index, as on its card; empty where none was stored."""
    chosen = demanding_part(lift)
    return tuple(_part_schema(part, demanding=part == chosen) for part in parts_of(lift))


def lifts_csv(lifts: Iterable[StoredEvent], tags: Mapping[int, Tag]) -> str:
    """A row a lift; of each part what was measured and its points, rounded as on its card."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = get_args(PartName)
    writer.writerow(
        ["id", "start_ms", "stop_ms", "confidence", "technique", "flagged", "index"]
        + [f"{name}_{what}" for name in names for what in ("measured", "points")]
        + ["task", "zone", "profile"]
    )
    for stored in lifts:
        lift, tag = stored.event, tags.get(stored.id)
        row: list[object] = [stored.id, ms_from_ns(lift.start_ns), ms_from_ns(lift.stop_ns)]
        row += [lift.confidence, technique_name(lift.technique), is_flagged(lift), _index(lift)]
        parts = {_name(part): part for part in parts_of(lift)}
        for name in names:
            part = parts.get(name)
            row += (None, None) if part is None else map(_rounded, (part.measured, part.points))
        row += ("", "") if tag is None else (tag.task, tag.zone)
        writer.writerow(sheet_row([*row, lift.profile]))
    return text.getvalue()


def lift_hour_schema(hour: Hour) -> LiftHourSchema:
    """An hour."""
    rate = hour.per_worn_hour
    return LiftHourSchema(
        start_ms=ms_from_ns(hour.start_ns),
        lifts=hour.lifts,
        flagged=hour.flagged,
        worn_s=round(hour.worn_s, 1),
        per_worn_hour=None if rate is None else round(rate, 1),
    )


_NAMES: Mapping[str, PartName] = {
    "index_depth": "depth",
    "index_velocity": "velocity",
    "index_turn": "turn",
    "index_side": "side",
}
_TITLES: Mapping[PartName, str] = {
    "depth": "How far forward",
    "velocity": "How fast on the way down",
    "turn": "Turned while bent",
    "side": "Leaning aside",
}
_UNITS: Mapping[PartName, Literal["deg", "deg/s"]] = {
    "depth": "deg",
    "velocity": "deg/s",
    "turn": "deg",
    "side": "deg",
}
_FIXES: Mapping[PartName, str] = {
    "depth": "Try it with the load a step higher, or with more from the knees.",
    "velocity": "Take a second longer on the way down.",
    "turn": "Point the feet where the load goes, then lift.",
    "side": "Face the load before you reach for it.",
}


def _name(part: Part) -> PartName:
    return _NAMES[part.of.name]


def _rounded(number: float) -> float:
    return round(number, 1)


def _index(lift: MotionEvent) -> float | None:
    return _rounded(lift.values["index"]) if "index" in lift.values else None


def _title(values: Mapping[str, float]) -> str:
    peak_deg, lasted_s = values.get("peak_sagittal_deg"), values.get("duration_s")
    title = "A bend like a lift" if peak_deg is None else f"{peak_deg:.0f}° forward"
    return title if lasted_s is None else f"{title} in {lasted_s:.1f} s"


def _cause(part: Part) -> str:
    size = abs(part.measured)
    match _name(part):
        case "depth":
            return f"Most of it is the lean: {size:.0f}° forward."
        case "velocity":
            return f"Most of it is the speed: {size:.0f}° a second on the way down."
        case "turn":
            return f"Most of it is the turn: {size:.0f}° while bent."
        case "side":
            side = "left" if part.measured < 0 else "right"
            return f"Most of it is the side: {size:.0f}° to the {side}."


def _part_schema(part: Part, *, demanding: bool) -> LiftPartSchema:
    name = _name(part)
    return LiftPartSchema(
        name=name,
        title=_TITLES[name],
        measured=_rounded(part.measured),
        unit=_UNITS[name],
        low=part.of.low,
        high=part.of.high,
        points=_rounded(part.points),
        most=part.of.most,
        demanding=demanding,
    )


def _trace_schema(stored: StoredEvent, part: Part | None, trace: LiftTrace) -> LiftTraceSchema:
    stretch = None if part is None else demanding_stretch(stored.event, part, trace)
    return LiftTraceSchema(
        t_ms=[ms_from_ns(int(t_ns)) for t_ns in trace.t_ns],
        lean_deg=_column(trace.lean_deg),
        speed_degps=_column(trace.speed_degps),
        side_deg=_column(trace.side_deg),
        turned_deg=_column(trace.turned_deg),
        exact=trace.exact,
        demanding_from_ms=None if stretch is None else ms_from_ns(stretch.start_ns),
        demanding_to_ms=None if stretch is None else ms_from_ns(stretch.stop_ns),
    )


def _column(values: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 1) for value in values.tolist()]
