"""What the path makes, as lines: JSON for programs, words for people."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import degrees

from dashboard.device_texts import device_event_text
from dashboard.fitting_text import rezero_text, standing_text
from dashboard.texts import alert_text
from monitor.calibration.guide import SOURCE as CALIBRATED
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Asked,
    Asker,
    Connected,
    DeviceEvent,
    EventKind,
    LinkEvent,
    MotionEvent,
    Objection,
    Posture,
    SampleChunk,
    SegmentEnd,
    StateChange,
    Wish,
)
from monitor.pipeline import PathStatistics, Pipeline, Step
from monitor.plausible import Plausible

ACTIVITY_WORDS = {
    Activity.SIT: "Sitting",
    Activity.STAND: "Standing",
    Activity.UPRIGHT: "Sitting or standing still",
    Activity.RECLINE: "Leaning back",
    Activity.WALK: "Walking",
    Activity.LIE: "Lying",
    Activity.NOT_WORN: "Not worn",
    Activity.UNKNOWN: "Not known",
}
POSTURE_WORDS = {
    Posture.NEUTRAL: "",
    Posture.SLOUCHED: ", slouched",
    Posture.BENT: ", bent forward",
    Posture.NONE: "",
}
EVENT_WORDS = {
    EventKind.BEND: "Bend",
    EventKind.LIFT: "Lift-like bend",
    EventKind.FALL: "Something like a fall",
    EventKind.JOLT: "Jolt",
    EventKind.SIT_TO_STAND: "Stood up",
    EventKind.STAND_TO_SIT: "Sat down",
}


class Telling:
    """A pipeline whose results are also told, a line each."""

    def __init__(
        self,
        pipeline: Pipeline,
        words: Callable[[Step], Iterator[str]],
        tell: Callable[[str], object],
        axes: Plausible | None = None,
    ) -> None:
        """`axes` hears the samples while the sensor sits as its axes were named."""
        self._pipeline = pipeline
        self._words = words
        self._tell = tell
        self._axes = axes
        self._address: str | None = None  # of the sensor that is heard

    def push(self, event: LinkEvent, /) -> Step:
        named = CALIBRATED not in self._pipeline.interpret.mounting.source
        step = self._pipeline.push(event)
        for line in self._words(step):
            self._tell(line)
        if self._axes is not None:
            if not named or self._is_another(event):
                self._axes.forget()
            if named and step.samples:
                for doubt in self._axes.push(step.samples):
                    self._tell(_doubt(doubt, step.samples, plain=self._words is json_lines))
        return step

    def objections(self) -> tuple[Objection, ...]:
        """What motion says now against the axes named for the sensor, and its gyroscope."""
        return () if self._axes is None else self._axes.objections

    def _is_another(self, event: LinkEvent) -> bool:
        """Whether what follows is of another sensor, or of somebody else."""
        if isinstance(event, Asked):
            return event.wish is Wish.FORGET
        if not isinstance(event, Connected):
            return False
        before, self._address = self._address, event.address
        return before not in (None, event.address)

    def statistics(self) -> PathStatistics:
        """As of the pipeline."""
        return self._pipeline.statistics()


def json_lines(step: Step) -> Iterator[str]:
    """States, events, alerts and button presses of one step; the same step gives the same bytes."""
    for change in step.changes:
        yield _json("state", change, at_ns=change.at_ns, activity=change.activity.value,
                    posture=change.posture.value, confidence=change.confidence,
                    trusted=change.trusted)  # fmt: skip
    for event in step.events:
        yield _json("event", event, kind=event.kind.value, start_ns=event.start_ns,
                    stop_ns=event.stop_ns, known_ns=event.known_ns,
                    confidence=event.told_confidence, event_confidence=event.confidence,
                    flags=list(event.flags),
                    **({"technique": event.technique} if event.technique else {}),
                    values=dict(event.values))  # fmt: skip
    for answer in step.rezeroed:
        yield json.dumps({"what": "zero", "at_ns": answer.at_ns, "by": answer.by.value,
                          "refused": answer.refused,
                          "moved_deg": degrees(answer.moved_rad)})  # fmt: skip
    for trust in step.trust:
        yield json.dumps({"what": "trust", "at_ns": trust.at_ns, "trusted": trust.trusted,
                          "moved_deg": degrees(trust.moved_rad)})  # fmt: skip
    for alert in step.alerts:
        yield _json("alert", alert, at_ns=alert.at_ns, rule=alert.rule,
                    severity=alert.severity.value, since_ns=alert.since_ns,
                    values=dict(alert.values))  # fmt: skip
    for mark in _marks(step):
        yield json.dumps({"what": "mark", "kind": mark.kind.value, "at_ns": mark.at_ns,
                          "value": mark.value, "time_trusted": mark.time_trusted})  # fmt: skip


def _marks(step: Step) -> Iterator[DeviceEvent]:
    return (told for told in step.device if isinstance(told, DeviceEvent))


def _json(what: str, item: StateChange | MotionEvent | Alert, **fields: object) -> str:
    return json.dumps({"what": what, **fields, "profile": item.profile})


def word_lines(step: Step) -> Iterator[str]:
    """The same for a person, with the time of day here."""
    for change in step.changes:
        words = ACTIVITY_WORDS[change.activity] + POSTURE_WORDS[change.posture]
        yield f"{_clock(change.at_ns)}  {words}"
    for event in step.events:
        peak = event.values.get("peak_sagittal_deg")
        lean = "" if peak is None else f", {peak:.0f}° forward"
        flags = "".join(f", {flag.replace('_', ' ')}" for flag in event.flags)
        yield f"{_clock(event.start_ns)}    {EVENT_WORDS[event.kind]}{lean}{flags}"
    for answer in step.rezeroed:
        tell = standing_text if answer.by is Asker.START else rezero_text
        yield f"{_clock(answer.at_ns)}  {tell(answer.refused, degrees(answer.moved_rad))}"
    for trust in step.trust:
        if trust.trusted:
            yield f"{_clock(trust.at_ns)}  The sensor sits where it should again."
    for alert in step.alerts:
        text = alert_text(alert.rule, alert.values)
        yield f"{_clock(alert.at_ns)}  ! {text.title}. {text.action}"
    for mark in _marks(step):
        yield f"{_clock(mark.at_ns)}  * {device_event_text(mark)}"


def _doubt(doubt: Objection, samples: Sequence[SampleChunk | SegmentEnd], *, plain: bool) -> str:
    last = samples[-1]
    stop = last.stop if isinstance(last, SegmentEnd) else last.first + len(last)
    at_ns = last.segment.time_ns(stop)
    command = " (backwatch calibrate)" if doubt.of_axes else ""
    text = f"{doubt.text}{command}. {doubt.effect}"
    if plain:
        return json.dumps({"what": "doubt", "at_ns": at_ns, "text": text})
    return f"{_clock(at_ns)}  ! {text[0].upper()}{text[1:]}."


def _clock(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / NS_PER_S).astimezone().strftime("%H:%M:%S")
