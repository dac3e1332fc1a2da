"""Link events and steps turned into how things stand at this moment."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from firmware_protocol import gatt
from monitor.alerts import Params
from monitor.exposure import Minutes
from monitor.ingest import SAMPLES
from monitor.link.port import LinkStatus, Phase
from monitor.model import (
    NS_PER_S,
    Connected,
    DeviceCondition,
    DeviceCounters,
    Disconnected,
    FeatureChunk,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionChunk,
    Mounting,
    Notified,
    Objection,
    StateChange,
    TimeDoubt,
    Trust,
)
from monitor.pipeline import Step
from monitor.service.live import (
    AnglePoints,
    DeviceNow,
    LinkNow,
    LiveMessage,
    ObjectionsNow,
    StateNow,
)
from monitor.service.seated import SeatedClock

TRACE_NS = 30 * NS_PER_S
QUIET_NS = 3 * NS_PER_S  # a connected sensor that says nothing for so long is worth a word

# t_ns, lean, sagittal, lateral, inclination [deg]; lean is the best there is of the others
_Point = tuple[int, float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class AngleNow:
    """The latest trunk angles [deg]; docs/frames.md.

    Sagittal and lateral are None where forward is not known. Errors are within
    `uncertainty_deg` 95 % of the time, as far as the filter knows; that of the zero comes on top.
    """

    at_ns: int
    sagittal_deg: float | None
    lateral_deg: float | None
    inclination_deg: float
    uncertainty_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a page needs to begin with.

    Attributes:
        state: None while it is not known, as when the link is lost.
        angle: None while there is no live and settled one.
        seated_since_ns: since when seated or standing still; None: not.
        break_due_ns: when a break is worth taking; None where `seated_since_ns` is.
        trace_t_ns, trace_lean_deg: the last 30 s, about ten points a second, None at gaps; the
            sagittal angle, or the inclination where forward is not known.
        minutes: exposure that the store does not have yet: the minute begun, and those over
            that wait for the disk.
        slip: that the sensor has slipped, and by how much; None while it is trusted.
        objections: what motion says against the axes named for the sensor.
        erasures: how often something was erased since the start.
    """

    link: LinkNow
    state: StateNow | None
    angle: AngleNow | None
    mounting: Mounting
    seated_since_ns: int | None
    break_due_ns: int | None
    trace_t_ns: tuple[int, ...]
    trace_lean_deg: tuple[float | None, ...]
    minutes: tuple[MinuteSummary, ...]
    slip: Trust | None = None
    objections: tuple[Objection, ...] = ()
    erasures: int = 0


class Now:
    """Keeps the latest of everything, and says what is new. No I/O, no clock."""

    def __init__(self, at_ns: int, alerts: Params) -> None:
        self.link = LinkNow(Phase.SEARCHING, None, None, None, at_ns, "")
        self.state: StateNow | None = None
        self._before: StateNow | None = None
        self.angle: AngleNow | None = None
        self.trust: Trust | None = None
        self.objections: tuple[Objection, ...] = ()
        self.seated = SeatedClock(alerts)
        self._minutes = Minutes()
        self._waiting: list[MinuteSummary] = []
        self._trace: deque[_Point] = deque()
        self._next_ns: int | None = None
        self._heard_ns = at_ns

    def take(self, event: LinkEvent, step: Step) -> list[LiveMessage]:
        """Take an event and what the path made of it; returns what a watcher should hear."""
        before = self.link, self.state
        messages: list[LiveMessage] = []
        if isinstance(event, Connected):
            self._connected(event)
        elif isinstance(event, Notified):
            self._notified(event)
        for change in step.changes:
            self._change(change)
        for trust in step.trust:
            self.trust = None if trust.trusted else trust
        if self.state is not None:
            self.state = replace(self.state, trusted=self.trust is None)
        for beat in step.beats:
            self.seated.beat(beat)
        for item in step.features:
            self._minutes.push(item)
        self._waiting += step.minutes
        points = [
            point
            for chunk in step.features
            if isinstance(chunk, FeatureChunk)
            for point in self._points(chunk)
        ]
        if self.angle is not None:
            self.angle = replace(self.angle, uncertainty_deg=_uncertainty_deg(step, self.angle))
        if points:
            t_ns, _, sagittal, lateral, inclination = zip(*points, strict=True)
            messages.append(AnglePoints(t_ns, sagittal, lateral, inclination))
        for notice in step.device:
            if isinstance(notice, DeviceCondition):
                self._condition(notice)
            elif isinstance(notice, DeviceCounters):
                self._counters(notice)
        if self.link.phase is Phase.CONNECTED and step.samples:
            self.link = replace(self.link, doubt=step.doubt)
        if isinstance(event, Idle):
            self._idle(event)
        elif isinstance(event, Disconnected):
            self.seated.pass_time(event.at_ns)
            self._away(Phase.LOST, event.at_ns, event.reason)
        if self.state is not None and self.state != before[1]:
            messages.append(self.state)
        if self.link != before[0]:
            messages.append(self.link)
        return messages

    def heard(self, status: LinkStatus) -> LinkNow | None:
        """What the link knows beside its events; returns the link where it is new."""
        link = self.link
        if link.battery_percent is None and status.battery_percent is not None:
            self.link = replace(self.link, battery_percent=status.battery_percent)
        trouble = status.reason if status.phase is Phase.CONNECTED else ""
        if link.phase is Phase.CONNECTED and link.trouble != trouble:
            self.link = replace(self.link, trouble=trouble)
        if link.phase in (Phase.SEARCHING, Phase.LOST) and status.reason:
            self.link = replace(self.link, detail=status.reason, distrust=status.distrust)
        return None if self.link == link else self.link

    def rule(self, alerts: Params) -> None:
        """Other rules hold; what has lasted goes on."""
        self.seated.params = alerts

    def object(self, objections: tuple[Objection, ...]) -> list[LiveMessage]:
        """Take what stands against the named axes; returns it where it is new."""
        if objections == self.objections:
            return []
        self.objections = objections
        return [ObjectionsNow(objections)]

    def stored(self, minutes: list[MinuteSummary]) -> None:
        """The store has these, so they no longer wait."""
        for minute in minutes:
            if minute in self._waiting:
                self._waiting.remove(minute)

    def closed(self, at_ns: int, detail: str) -> LinkNow:
        """Nothing more will come."""
        self._away(Phase.CLOSED, at_ns, detail or self.link.detail)
        return self.link

    def snapshot(self, mounting: Mounting) -> Snapshot:
        """How things stand."""
        begun = self._minutes.begun()
        return Snapshot(
            link=self.link,
            state=self.state,
            angle=self.angle,
            mounting=mounting,
            seated_since_ns=self.seated.since_ns,
            break_due_ns=self.seated.break_due_ns,
            trace_t_ns=tuple(point[0] for point in self._trace),
            trace_lean_deg=tuple(point[1] for point in self._trace),
            minutes=(*self._waiting, *(() if begun is None else (begun,))),
            slip=self.trust,
            objections=self.objections,
        )

    def _change(self, change: StateChange) -> None:
        """Take a change; a state that was doubted and then confirmed goes on from its start."""
        new = state_now(change)
        if self.state is None:
            self._before = None
        elif new.since_ns > self.state.since_ns:
            self._before = self.state
        # else the state believed up to now never was, and what was before it counts
        if self._before is not None and _same(self._before, new):
            new = replace(new, since_ns=self._before.since_ns)
        self.state = new

    def _connected(self, event: Connected) -> None:
        battery = self.link.battery_percent if self.link.address == event.address else None
        self.link = LinkNow(Phase.CONNECTED, event.name, event.address, battery, event.at_ns, "")
        self._heard_ns = event.at_ns

    def _condition(self, said: DeviceCondition) -> None:
        percent = said.battery_percent
        self.link = replace(
            self.link,
            battery_percent=self.link.battery_percent if percent is None else percent,
            device=replace(
                self.link.device or DeviceNow(),
                charging=said.charging,
                worn=said.worn,
                muted=said.muted_s > 0,
                session=said.session,
                faults=said.faults,
            ),
        )

    def _counters(self, said: DeviceCounters) -> None:
        device = replace(
            self.link.device or DeviceNow(),
            overwritten=said.overwritten,
            never_sampled=said.never_sampled,
            lost_events=said.lost_events,
        )
        self.link = replace(self.link, device=device)

    def _notified(self, event: Notified) -> None:
        if event.characteristic == gatt.BATTERY_LEVEL:
            percent = battery_percent(event.payload)
            if percent is not None:
                self.link = replace(self.link, battery_percent=percent)
        elif event.characteristic in SAMPLES:
            self._heard_ns = event.at_ns
            if self.link.detail:
                self.link = replace(self.link, detail="")

    def _idle(self, event: Idle) -> None:
        self.seated.pass_time(event.at_ns)
        quiet = event.at_ns - self._heard_ns >= QUIET_NS
        if self.link.phase is Phase.CONNECTED and quiet and not self.link.detail:
            self.angle = None
            self.link = replace(self.link, detail="Connected, but no data is coming.")

    def _away(self, phase: Phase, at_ns: int, detail: str) -> None:
        self.link = replace(
            self.link,
            phase=phase,
            since_ns=at_ns,
            detail=detail,
            device=None,
            doubt=TimeDoubt.NONE,
            trouble="",
            distrust=None,
        )
        self.state = None
        self.angle = None

    def _points(self, chunk: FeatureChunk) -> list[_Point]:
        points: list[_Point] = []
        hop_ns = round(chunk.hop_s * NS_PER_S)
        columns = zip(
            np.degrees(chunk.sagittal).tolist(),
            np.degrees(chunk.lateral).tolist(),
            np.degrees(chunk.inclination).tolist(),
            chunk.settled.tolist(),
            strict=True,
        )
        for index, (lean, lateral, inclination, settled) in enumerate(columns):
            t_ns = chunk.time_ns(chunk.first + index)
            if self._next_ns is not None:
                if t_ns < self._next_ns - hop_ns:  # the clock was set back between connections
                    self._trace.clear()
                elif t_ns > self._next_ns + hop_ns // 2:
                    points.append((self._next_ns, None, None, None, None))
            self._next_ns = t_ns + hop_ns
            if not settled:
                points.append((t_ns, None, None, None, None))
                continue
            known = chunk.forward_known
            angle = AngleNow(t_ns, lean if known else None, lateral if known else None, inclination)
            points.append(
                (t_ns, lean, angle.sagittal_deg, angle.lateral_deg, angle.inclination_deg)
            )
            self.angle = angle
        self._trace.extend(points)
        while self._trace and self._trace[0][0] <= self._trace[-1][0] - TRACE_NS:
            self._trace.popleft()
        return points


def _uncertainty_deg(step: Step, angle: AngleNow) -> float | None:
    """Of the latest motion of the step; of the angle before where there is none."""
    for item in reversed(step.motion):
        if not isinstance(item, MotionChunk) or not len(item):
            continue
        within_rad = item.within_rad()
        if within_rad is not None:
            return float(np.degrees(within_rad[-1]))
    return angle.uncertainty_deg


def state_now(change: StateChange) -> StateNow:
    """The state that a change begins."""
    return StateNow(change.activity, change.posture, float(change.confidence), change.at_ns)


def _same(one: StateNow, other: StateNow) -> bool:
    return (one.activity, one.posture) == (other.activity, other.posture)


def battery_percent(payload: bytes) -> int | None:
    """Battery Level, 0 to 100 (Bluetooth GATT Specification Supplement); None if malformed."""
    return payload[0] if len(payload) == 1 and payload[0] <= 100 else None
