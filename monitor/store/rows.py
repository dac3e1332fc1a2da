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
from monitor.exposure.report import gathered, length_class
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
from monitor.model.exposure import (
    Aside,
    Bout,
    Course,
    Dose,
    Histogram,
    Run,
    RunBend,
    Zone,
)
from monitor.store.records import StoredAlert, StoredEvent

# Looking a member up costs a third of calling its class.
ACTIVITIES = {activity.value: activity for activity in Activity}
POSTURES = {posture.value: posture for posture in Posture}
_ZONES = {zone.value: zone for zone in Zone}
_EVENTS = {kind.value: kind for kind in EventKind}
_SEVERITIES = {severity.value: severity for severity in Severity}

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

EVENT_TEXTS = tuple(name for name in EVENT_COLUMNS if name != "known_ns")
DEMANDING_TEXT = '"demanding"'  # what flags_json has of a lift that was flagged


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


def told_confidence(values_json: str, confidence: float) -> float:
    """`MotionEvent.told_confidence` of the columns of an event, which are not read whole."""
    _, name, after = values_json.partition('"technique_confidence": ')  # as `_text` writes it
    return float(after.partition(",")[0].rstrip("}")) if name else confidence


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


ALERT_COLUMNS = (
    *("id", "at_ns", "rule", "severity", "since_ns", "profile", "values_json"),
    "acknowledged_at_ns",
)


def alert_from_columns(
    id_: int,
    at_ns: int,
    rule: str,
    severity: str,
    since_ns: int,
    profile: str,
    values: str,
    acknowledged_ns: int | None,
) -> StoredAlert:
    """An alert from ALERT_COLUMNS; hundreds at a time."""
    kind = _SEVERITIES[severity]
    alert = Alert(at_ns, rule, kind, since_ns, profile, _values(values))
    return StoredAlert(id_, alert, acknowledged_ns)


def alert_from_row(row: Row[Any]) -> StoredAlert:
    """An alert from a row of `alerts`."""
    return alert_from_columns(*(getattr(row, name) for name in ALERT_COLUMNS))


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
        "course_json": "" if dose.course is None else _course_text(dose.course),
    }


# Numbers for names, since a shift has ten thousand runs. They are stored: add at the end only.
_RUN_ACTIVITIES = (
    *(Activity.SIT, Activity.STAND, Activity.UPRIGHT, Activity.RECLINE),
    *(Activity.WALK, Activity.LIE, Activity.NOT_WORN, Activity.UNKNOWN),
)
_RUN_POSTURES = (Posture.NEUTRAL, Posture.SLOUCHED, Posture.BENT, Posture.NONE)
_STATES = {
    8 * i + j: (activity, posture)
    for i, activity in enumerate(_RUN_ACTIVITIES)
    for j, posture in enumerate(_RUN_POSTURES)
}
_STATE_NUMBERS = {state: number for number, state in _STATES.items()}
_LEAN_ZONES = (Zone.UNDER_20, Zone.FROM_20_TO_60, Zone.OVER_60)


def _course_text(course: Course) -> str:
    """A JSON list: 1 where the segment ended, else 0; the runs; the bends; and what was left out,
    where anything was.

    A run is [length in ms, state, marks, static since in ms, where it was], [gap in ms] before it
    where it does not follow; bends are [start in ms, marks].
    """
    runs: list[list[int]] = []
    at_ms = 0
    for run in course.runs:
        if run.start_ms != at_ms:
            runs.append([run.start_ms - at_ms])
        at_ms = run.stop_ms
        marks = run.trusted + 2 * _LEAN_ZONES.index(run.zone) + 8 * (run.hold + 1)
        state = _STATE_NUMBERS[run.activity, run.posture]
        static = [] if run.static_since_ms is None else [run.static_since_ms]
        runs.append([run.stop_ms - run.start_ms, state, marks, *static])
    bends = [
        [bend.start_ms, bend.over_30 + 2 * bend.over_60 + 4 * bend.lift + 8 * bend.flagged]
        for bend in course.bends
    ]
    told: list[object] = [int(course.ended), runs, bends]
    if (aside := course.aside) is not None:
        told += [
            [aside.worn_s, aside.forward_s, aside.bend_dose_s],
            [aside.lean.first, *aside.lean.ms],
            [aside.speed.first, *aside.speed.ms],
        ]
    return _compact(told)


def course_from_text(text: str) -> Course | None:
    """A course from `course_json`; None where there is none."""
    if not text:
        return None
    ended, told, bends, *left = orjson.loads(text)
    runs, at_ms = [], 0
    for length_ms, *of in told:
        if not of:
            at_ms += length_ms
            continue
        state, marks, *static = of
        activity, posture = _STATES[state]
        runs.append(
            Run(
                at_ms,
                at_ms + length_ms,
                activity,
                posture,
                trusted=bool(marks & 1),
                zone=_LEAN_ZONES[marks >> 1 & 3],
                hold=(marks >> 3) - 1,
                static_since_ms=static[0] if static else None,
            )
        )
        at_ms += length_ms
    aside = None
    if left:
        (worn_s, forward_s, bend_dose_s), lean, speed = left
        aside = Aside(worn_s, forward_s, _histogram(lean), _histogram(speed), bend_dose_s)
    return Course(
        tuple(runs),
        tuple(
            RunBend(at, bool(marks & 1), bool(marks & 2), bool(marks & 4), bool(marks & 8))
            for at, marks in bends
        ),
        bool(ended),
        aside,
    )


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


_PACKED = np.dtype("<i4")  # ms of a day are fewer than 2**31
DOSE_PACKED = ("lean", "speed", "up_lean", "bouts")
_BOUT_ZONES = (Zone.UNDER_20, Zone.FROM_20_TO_60, Zone.OVER_60, Zone.RECLINE, Zone.LIE)
_LENGTHS = 6  # classes; more than there are is no harm


def row_from_day_dose(dose: Dose) -> dict[str, int | float | bytes]:
    """What a row of `day_doses` says of its day."""
    bouts = [
        number
        for bout in gathered(dose.bouts)
        # Rounded down, so that a bout of just under a class stays in its own.
        for number in (_cell(bout), bout.count, int(bout.length_s * 1000))
    ]
    return {
        "first_ns": dose.start_ns,
        **{name: getattr(dose, name) for name in DOSE_NUMBERS},
        **{
            name: np.array([one.first, *one.ms], _PACKED).tobytes()
            for name, one in (("lean", dose.lean), ("speed", dose.speed), ("up_lean", dose.up_lean))
        },
        "bouts": np.array(bouts, _PACKED).tobytes(),
    }


def dose_from_days(rows: Sequence[Sequence[Any]]) -> Dose:
    """The sum of days, from `first_ns`, the columns DOSE_NUMBERS and DOSE_PACKED."""
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
        lean=_sum_packed(lean),
        speed=_sum_packed(speed),
        up_lean=_sum_packed(up_lean),
        bouts=_bouts_packed(bouts),
    )


def numbers_packed(packed: bytes) -> list[int]:
    """What such a column holds."""
    return [int(number) for number in np.frombuffer(packed, _PACKED)]


def _sum_packed(packed: Sequence[bytes]) -> Histogram:
    told = np.frombuffer(b"".join(packed), _PACKED).astype(np.int64)
    return sum_of_bins(told, np.array([len(one) // _PACKED.itemsize for one in packed]))


def _bouts_packed(packed: Sequence[bytes]) -> tuple[Bout, ...]:
    told = np.frombuffer(b"".join(packed), _PACKED).reshape(-1, 3)
    cells, place = np.unique(told[:, 0], return_inverse=True)
    counts, ms = (np.bincount(place, told[:, column], len(cells)) for column in (1, 2))
    return gathered(
        Bout(
            _RUN_ACTIVITIES[cell // (_LENGTHS * len(_BOUT_ZONES))],
            _BOUT_ZONES[cell // _LENGTHS % len(_BOUT_ZONES)],
            float(length_ms) / 1000.0,
            int(count),
        )
        for cell, count, length_ms in zip(cells.tolist(), counts.tolist(), ms.tolist(), strict=True)
    )


def _cell(bout: Bout) -> int:
    where = _RUN_ACTIVITIES.index(bout.activity) * len(_BOUT_ZONES) + _BOUT_ZONES.index(bout.zone)
    return where * _LENGTHS + length_class(bout)


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
