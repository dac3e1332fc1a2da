"""Named converters between the nouns of the path and rows."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Row

from monitor.exposure.histograms import sum_of_bins
from monitor.model import (
    Activity,
    Alert,
    DeviceEvent,
    DeviceEventKind,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Numbered,
    Posture,
    Severity,
    StateSpan,
)
from monitor.model.exposure import Bout, Dose, Histogram, Zone
from monitor.store.records import StoredAlert, StoredEvent

# Looking a member up costs a third of calling its class.
ACTIVITIES = {activity.value: activity for activity in Activity}
POSTURES = {posture.value: posture for posture in Posture}
_ZONES = {zone.value: zone for zone in Zone}
_EVENTS = {kind.value: kind for kind in EventKind}

# A row on its way into SQLAlchemy core, by column.
Columns = dict[str, int | float | str | bool | None]


SPAN_COLUMNS = ("activity", "posture", "confidence", "profile", "trusted")


def row_from_span(recording_id: int, span: StateSpan) -> Columns:
    """A row of `spans`."""
    return {
        "recording_id": recording_id,
        "start_ns": span.start_ns,
        "stop_ns": span.stop_ns,
        "activity": span.activity.value,
        "posture": span.posture.value,
        "confidence": float(span.confidence),
        "profile": span.profile,
        "trusted": span.trusted,
    }


def span_from_row(
    start_ns: int,
    stop_ns: int,
    activity: str,
    posture: str,
    confidence: float,
    profile: str,
    trusted: bool,
) -> StateSpan:
    """A span from the columns of `spans` in the order of `StateSpan`; thousands at a time."""
    return StateSpan(
        start_ns,
        stop_ns,
        ACTIVITIES[activity],
        POSTURES[posture],
        confidence,
        profile,
        bool(trusted),
    )


def row_from_event(recording_id: int, event: MotionEvent) -> Columns:
    """A row of `events`, its key still to come."""
    return {
        "recording_id": recording_id,
        "kind": event.kind.value,
        "start_ns": event.start_ns,
        "stop_ns": event.stop_ns,
        "known_ns": event.known_ns,
        "confidence": float(event.confidence),
        "profile": event.profile,
        "values_json": _text(event.values),
        "flags_json": json.dumps(list(event.flags)),
        "technique": event.technique,
    }


EVENT_COLUMNS = (
    *("id", "kind", "start_ns", "stop_ns", "known_ns", "confidence", "profile"),
    *("values_json", "flags_json", "technique"),
)


def event_from_row(id_: int, kind: str, *columns: Any) -> StoredEvent:
    """An event from EVENT_COLUMNS; hundreds at a time."""
    start_ns, stop_ns, known_ns, confidence, profile, values, flags, technique = columns
    return StoredEvent(
        id_,
        MotionEvent(
            kind=_EVENTS[kind],
            start_ns=start_ns,
            stop_ns=stop_ns,
            known_ns=known_ns,
            confidence=confidence,
            profile=profile,
            values=_values(values),
            flags=tuple(orjson.loads(flags)),
            technique=technique,
        ),
    )


def row_from_alert(recording_id: int, alert: Alert) -> Columns:
    """A row of `alerts`, its key still to come."""
    return {
        "recording_id": recording_id,
        "at_ns": alert.at_ns,
        "rule": alert.rule,
        "severity": alert.severity.value,
        "since_ns": alert.since_ns,
        "profile": alert.profile,
        "values_json": _text(alert.values),
        "acknowledged_at_ns": None,
    }


def alert_from_row(row: Row[Any]) -> StoredAlert:
    """An alert from a row of `alerts`."""
    return StoredAlert(
        row.id,
        Alert(
            at_ns=row.at_ns,
            rule=row.rule,
            severity=Severity(row.severity),
            since_ns=row.since_ns,
            profile=row.profile,
            values=_values(row.values_json),
        ),
        row.acknowledged_at_ns,
    )


def row_from_device_event(sensor_id: int, event: DeviceEvent, *, simulated: bool) -> Columns:
    """A row of `device_events`."""
    return {
        "sensor_id": sensor_id,
        "boot_id": event.boot_id,
        "number": event.number,
        "at_ns": event.at_ns,
        "kind": event.kind.value,
        "value": event.value,
        "time_trusted": event.time_trusted,
        "simulated": simulated,
    }


def device_event_from_row(row: Row[Any]) -> DeviceEvent:
    """An event from a row of `device_events`."""
    return DeviceEvent(
        at_ns=row.at_ns,
        kind=DeviceEventKind(row.kind),
        value=row.value,
        boot_id=row.boot_id,
        number=row.number,
        time_trusted=row.time_trusted,
    )


def row_from_numbers(recording_id: int, numbers: Numbered, at_ns: int) -> Columns:
    """A row of `sample_numbers`."""
    return {
        "recording_id": recording_id,
        "boot_id": numbers.boot_id,
        "start": numbers.start,
        "stop": numbers.stop,
        "at_ns": at_ns,
    }


def row_from_minute(recording_id: int, minute: MinuteSummary) -> Columns:
    """A row of `minutes`, its key still to come."""
    return {
        "recording_id": recording_id,
        "start_ns": minute.start_ns,
        "valid_s": float(minute.valid_s),
        "over_20_s": float(minute.over_20_s),
        "over_30_s": float(minute.over_30_s),
        "over_45_s": float(minute.over_45_s),
        "over_60_s": float(minute.over_60_s),
        "over_90_s": float(minute.over_90_s),
        "lean_mean_deg": float(minute.lean_mean_deg),
        "lean_max_deg": float(minute.lean_max_deg),
    }


DOSE_NUMBERS = (
    *("worn_s", "forward_s", "bend_dose_s", "up_s", "up_bend_dose_s", "seated_s"),
    *("seated_beyond_s", "slouched_s", "longest_static_s", "longest_sitting_s"),
    *("doubted_s", "seated_doubted_s"),
    *("breaks", "shifts", "hold_exceedances", "bends_30", "bends_60", "lifts", "flagged_lifts"),
)
DOSE_TEXTS = ("lean_json", "speed_json", "up_lean_json", "bouts_json")


def row_from_dose(recording_id: int, dose: Dose) -> Columns:
    """A row of `doses`, its key still to come."""
    return {
        "recording_id": recording_id,
        "start_ns": dose.start_ns,
        **{name: getattr(dose, name) for name in DOSE_NUMBERS},
        "lean_json": _histogram_text(dose.lean),
        "speed_json": _histogram_text(dose.speed),
        "up_lean_json": _histogram_text(dose.up_lean),
        "bouts_json": _compact(
            [[bout.activity.value, bout.zone.value, bout.length_s] for bout in dose.bouts]
        ),
    }


def doses_from_rows(rows: Sequence[tuple[Any, ...]]) -> list[Dose]:
    """Doses from `start_ns`, the columns DOSE_NUMBERS and DOSE_TEXTS; hundreds at a time."""
    first = 1 + len(DOSE_NUMBERS)
    texts = orjson.loads(_joined(chain.from_iterable(row[first:] for row in rows)))
    found = []
    each = zip(*[iter(texts)] * len(DOSE_TEXTS), strict=True)
    for row, (lean, speed, up_lean, bouts) in zip(rows, each, strict=True):
        found.append(
            Dose(
                row[0],
                **dict(zip(DOSE_NUMBERS, row[1:first], strict=True)),
                lean=_histogram(lean),
                speed=_histogram(speed),
                up_lean=_histogram(up_lean),
                bouts=tuple([_bout(*bout) for bout in bouts]),
            )
        )
    return found


def dose_from_rows(rows: Sequence[tuple[Any, ...]]) -> Dose:
    """`monitor.exposure.add_up` of the same, in a third of the time: no dose is made of each."""
    if not rows:
        return Dose(start_ns=0)
    start_ns, *columns = zip(*rows, strict=True)
    numbers = {
        name: _summed(name, values) for name, values in zip(DOSE_NUMBERS, columns, strict=False)
    }
    lean, speed, up_lean, bouts = columns[len(DOSE_NUMBERS) :]
    return Dose(
        min(start_ns),
        **numbers,
        lean=_sum(lean),
        speed=_sum(speed),
        up_lean=_sum(up_lean),
        bouts=tuple([_bout(*one) for ended in orjson.loads(_joined(bouts)) for one in ended]),
    )


def _sum(texts: Sequence[str]) -> Histogram:
    """Of histograms as `_histogram_text` writes them; no number becomes an object on the way."""
    plain = ",".join(texts).replace("[", "").replace("]", "")
    told = np.fromstring(plain, np.int64, sep=",")
    return sum_of_bins(told, np.array([text.count(",") + 1 for text in texts]))


def _joined(texts: Iterable[str]) -> str:
    """One list of them: one text is read sooner than a thousand."""
    return f"[{','.join(texts)}]"


def _summed(name: str, values: Sequence[Any]) -> Any:
    if name.startswith("longest_"):
        return max(values)
    return math.fsum(values) if isinstance(values[0], float) else sum(values)


def _bout(activity: str, zone: str, length_s: float) -> Bout:
    return Bout(ACTIVITIES[activity], _ZONES[zone], length_s)


def _histogram(told: list[int]) -> Histogram:
    return Histogram(told[0], tuple(told[1:]))


def _histogram_text(histogram: Histogram) -> str:
    return _compact([histogram.first, *histogram.ms])


def _compact(values: object) -> str:
    return json.dumps(values, separators=(",", ":"), allow_nan=False)


def _text(values: Mapping[str, float]) -> str:
    # NaN has no JSON and means a fault in a stage, so it is raised here and not stored.
    return json.dumps({name: float(value) for name, value in values.items()}, allow_nan=False)


def _values(text: str) -> Mapping[str, float]:
    return MappingProxyType(orjson.loads(text))  # `_text` wrote nothing but floats
