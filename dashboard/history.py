"""Days, weeks and years as columns: the same numbers for the page and for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import orjson
from pydantic import Field

from dashboard.schemas import (
    NS_PER_MS,
    ActivityName,
    DateText,
    PostureName,
    Schema,
    day_schema,
    mark_schema,
    ms_from_ns,
    technique_name,
)
from monitor.exposure import Exposure as Exposures
from monitor.exposure import plain_exposure
from monitor.model import DeviceEvent, TimeDoubt
from monitor.store import (
    STATES,
    Day,
    DayColumns,
    EventColumns,
    Pieces,
    SaidStretch,
    Stretch,
    Timeline,
    timeline_from_spans,
)

LAST_MS = 7_258_118_400_000  # 2200-01-01; what can be stored ends soon after
SayableName = Literal["sit", "stand", "not_worn"]


class CorrectionSchema(Schema):
    """What the person says they did in [start_ms, stop_ms)."""

    id: int = Field(description="Its key; of two that overlap the higher counts.")
    said_ms: int = Field(description="When they said it [ms since the epoch, UTC].")
    start_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    stop_ms: int = Field(description="Its end [ms since the epoch, UTC].")
    activity: SayableName = Field(description="What they did; not_worn: nobody wore the sensor.")


class CorrectionsSchema(Schema):
    """What the person said of a day."""

    corrections: list[CorrectionSchema] = Field(description="In the order in which it was said.")
    not_in_exposure: list[int] = Field(
        description="Keys of those that seated, standing and slouched time of exposure cannot "
        "follow in all, since it was recorded by an earlier version."
    )


class CorrectionSaidSchema(Schema):
    """What was kept of what the person said."""

    correction: CorrectionSchema = Field(description="It, with its key.")
    learned: bool = Field(
        description="Whether what is seen now takes it into account: of the last half hour, "
        "sitting or standing, with a sensor connected."
    )


class SaySchema(Schema):
    """What the person says they did, in a stretch of a day or since the present state began."""

    activity: SayableName = Field(description="What they did; not_worn: nobody wore the sensor.")
    start_ms: int | None = Field(
        None,
        ge=0,
        le=LAST_MS,
        description="Its beginning [ms since the epoch, UTC]; with stop_ms, or neither.",
    )
    stop_ms: int | None = Field(
        None, ge=0, le=LAST_MS, description="Its end [ms since the epoch, UTC]."
    )


class SpansSchema(Schema):
    """Stretches in one state, [start_ms, stop_ms), as columns of one length."""

    start_ms: list[int] = Field(description="Their beginnings [ms since the epoch, UTC].")
    stop_ms: list[int] = Field(description="Their ends [ms since the epoch, UTC].")
    activity: list[ActivityName] = Field(description="What the body did.")
    posture: list[PostureName] = Field(description="What the trunk did within it.")
    corrected: list[bool] = Field(description="Whether the person said so.")


class MidnightsSchema(Schema):
    """Local days, as columns of one length."""

    date: list[DateText] = Field(description="Local dates, YYYY-MM-DD.")
    start_ms: list[int] = Field(description="Midnight [ms since the epoch, UTC].")
    stop_ms: list[int] = Field(description="The next midnight [ms since the epoch, UTC].")


class HoursSchema(Schema):
    """Hours of the clock with data, as columns of one length."""

    date: list[DateText] = Field(description="Local dates, YYYY-MM-DD.")
    hour: list[int] = Field(description="0 to 23, by the clock.")
    worn_s: list[float] = Field(description="Worn, in a known state [s].")
    seated_s: list[float] = Field(description="Of that, sitting or leaning back [s].")
    up_s: list[float] = Field(description="Of that, standing or walking [s].")
    slouched_s: list[float] = Field(description="Of that, slouched [s].")
    measured_s: list[float] = Field(description="With settled angles [s].")
    over_20_s: list[float] = Field(description="Of those, leaning more than 20 deg [s].")


class WeekSchema(Schema):
    """Monday to Sunday: what happened when."""

    days: MidnightsSchema = Field(description="The seven days.")
    spans: SpansSchema = Field(description="In order, cut at midnight; between: no data.")
    hours: HoursSchema = Field(description="In order; hours without data are left out.")
    corrections: list[CorrectionSchema] = Field(description="What the person said of it.")


Seconds = list[int | None]


class DaysSchema(Schema):
    """Days as columns of one length; null where nothing was measured on that day."""

    date: list[DateText] = Field(description="Local dates, YYYY-MM-DD, every one of them.")
    first_date: DateText | None = Field(description="First day with data; null: there is none.")
    last_date: DateText | None = Field(description="Last day with data.")
    length_s: Seconds = Field(description="From the first to the last data [s].")
    known_s: Seconds = Field(description="Worn, in a known state [s].")
    no_data_s: Seconds = Field(description="Between first and last data, without any [s].")
    sit_s: Seconds = Field(description="Sitting [s].")
    stand_s: Seconds = Field(description="Standing [s].")
    upright_s: Seconds = Field(description="Sitting or standing still, cannot tell which [s].")
    recline_s: Seconds = Field(description="Leaning back [s].")
    walk_s: Seconds = Field(description="Walking [s].")
    lie_s: Seconds = Field(description="Lying [s].")
    not_worn_s: Seconds = Field(description="The sensor was not worn [s].")
    unknown_s: Seconds = Field(description="Worn, but the state is not known [s].")
    slouched_s: Seconds = Field(description="Of all these, slouched [s].")
    measured_s: Seconds = Field(description="With settled angles [s].")
    over_20_s: Seconds = Field(description="Of those, leaning more than 20 deg [s].")
    over_30_s: Seconds = Field(description="More than 30 deg [s].")
    over_45_s: Seconds = Field(description="More than 45 deg [s].")
    over_60_s: Seconds = Field(description="More than 60 deg [s].")
    over_90_s: Seconds = Field(description="More than 90 deg [s].")
    bends: list[int | None] = Field(description="Bends, the lift-like ones among them.")
    lifts: list[int | None] = Field(description="Lift-like bends.")
    flagged_lifts: list[int | None] = Field(description="Of these, the demanding ones.")
    alerts: list[int | None] = Field(description="What the rules asked to tell.")


def correction_schema(said: SaidStretch) -> CorrectionSchema:
    """One correction."""
    return CorrectionSchema.model_validate(_correction(said))


def days_columns(found: DayColumns, known: tuple[date, date] | None) -> dict[str, Any]:
    """As `DaysSchema`, ready for JSON; thousands of numbers, so nothing is checked twice."""
    columns: dict[str, Any] = dict.fromkeys(DaysSchema.model_fields)
    for name, numbers in found.numbers.items():
        columns["measured_s" if name == "valid_s" else name] = [
            None if number is None else round(number) for number in numbers
        ]
    columns["date"] = [day.isoformat() for day in found.days]
    columns["first_date"] = known[0].isoformat() if known else None
    columns["last_date"] = known[1].isoformat() if known else None
    return columns


def day_of_spans(found: Day, doubts: Iterable[TimeDoubt]) -> dict[str, Any]:
    """As `DaySchema`, ready for JSON; a shift may have two thousand spans."""
    answer = day_schema(replace(found, spans=_NO_SPANS), doubts).model_dump(mode="json")
    spans = found.spans
    rows = zip(
        *_piece_columns(spans, found.said).values(),
        spans.confidence.tolist(),
        spans.trusted.tolist(),
        strict=True,
    )
    answer["spans"] = [
        {
            "start_ms": start_ms,
            "stop_ms": stop_ms,
            "activity": activity,
            "posture": posture,
            "confidence": confidence,
            "trusted": trusted,
            "corrected": said,
        }
        for start_ms, stop_ms, activity, posture, said, confidence, trusted in rows
    ]
    return answer


def events_of_day(found: EventColumns, marks: Iterable[DeviceEvent]) -> dict[str, Any]:
    """As `EventsSchema`, ready for JSON; a shift may have a thousand."""
    rows = zip(*(getattr(found, name) for name in _EVENT_COLUMNS), strict=True)
    return {
        "events": [
            {
                "id": id_,
                "kind": kind,
                "start_ms": start_ns // NS_PER_MS,
                "stop_ms": stop_ns // NS_PER_MS,
                "confidence": told_confidence,
                "event_confidence": confidence,
                "values": orjson.Fragment(values),
                "flags": orjson.Fragment(flags),
                "technique": technique_name(technique),
                "profile": profile,
            }
            for (
                id_,
                kind,
                start_ns,
                stop_ns,
                confidence,
                profile,
                values,
                flags,
                technique,
                told_confidence,
            ) in rows
        ],
        "marks": [mark_schema(mark).model_dump(mode="json") for mark in marks],
    }


def week_columns(found: Stretch) -> dict[str, Any]:
    """As `WeekSchema`, ready for JSON."""
    return {
        "days": {
            "date": [day.isoformat() for day in found.days],
            "start_ms": [ms_from_ns(bounds.start_ns) for bounds in found.bounds],
            "stop_ms": [ms_from_ns(bounds.stop_ns) for bounds in found.bounds],
        },
        "spans": _piece_columns(found.pieces, found.said),
        "hours": {
            "date": [hour.day.isoformat() for hour in found.hours],
            **{
                name: [getattr(hour, name) for hour in found.hours]
                for name in list(HoursSchema.model_fields)[1:]
            },
        },
        "corrections": [_correction(one) for one in found.said],
    }


def _piece_columns(pieces: Pieces | Timeline, said: Iterable[SaidStretch]) -> dict[str, Any]:
    corrected = np.zeros(len(pieces), np.bool_)
    for one in said:
        corrected |= pieces.within(one.start_ns, one.stop_ns)
    return {
        "start_ms": (pieces.start_ns // NS_PER_MS).tolist(),
        "stop_ms": (pieces.stop_ns // NS_PER_MS).tolist(),
        "activity": _ACTIVITY[pieces.state].tolist(),
        "posture": _POSTURE[pieces.state].tolist(),
        "corrected": corrected.tolist(),
    }


_EVENT_COLUMNS = tuple(field.name for field in fields(EventColumns))
_NO_SPANS = timeline_from_spans(())
_ACTIVITY, _POSTURE = (
    np.array([str(member) for member in members], object) for members in zip(*STATES, strict=True)
)


def _correction(said: SaidStretch) -> dict[str, Any]:
    return {
        "id": said.id,
        "said_ms": ms_from_ns(said.at_ns),
        "start_ms": ms_from_ns(said.start_ns),
        "stop_ms": ms_from_ns(said.stop_ns),
        "activity": said.activity.value,
    }


def json_bytes(columns: Mapping[str, Any]) -> bytes:
    """Columns as JSON."""
    return orjson.dumps(columns)


def day_csv(day: Day) -> str:
    """A row a span."""
    return _rows(_piece_columns(day.spans, day.said))


def days_csv(columns: Mapping[str, Any]) -> str:
    """A row a day; empty where nothing was measured."""
    return _rows({name: rows for name, rows in columns.items() if isinstance(rows, list)})


def week_csv(columns: Mapping[str, Any]) -> str:
    """A row an hour with data."""
    return _rows(columns["hours"])


def exposure_csv(when: str, found: Exposures) -> str:
    """A row a number; the variation matrix below, a row a cell.

    Args:
        when: a date, or two of them as ISO 8601 writes an interval.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["date", "what", "value"])
    plain = plain_exposure(found)
    for name, value in _flat("", plain):
        writer.writerow([when, name, value])
    return text.getvalue()


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [row for name, inner in value.items() for row in _flat(f"{prefix}{name}.", inner)]
    if isinstance(value, list):
        return [
            (
                ".".join(
                    (f"{prefix}{cell['activity']}", cell["zone"], f"{cell['from_s']:g}_s", name)
                ),
                cell[name],
            )
            for cell in value
            for name in ("bouts", "total_s")
        ]
    return [(prefix.rstrip("."), "" if value is None else value)]


def _rows(columns: Mapping[str, Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))  # None is empty
    return text.getvalue()
