"""The data path on one page, in the order the data takes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.alerts import Alerts
from monitor.exposure import Doses, Minutes
from monitor.features import Features
from monitor.ingest import Backfilled, Ingest, Notices
from monitor.model import (
    Alert,
    Beat,
    Correction,
    DeviceNotice,
    Disconnected,
    FeatureChunk,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    Mounting,
    Numbered,
    RawChunk,
    SampleChunk,
    SegmentEnd,
    StateChange,
    Tick,
    TimeDoubt,
)
from monitor.model.exposure import Dose
from monitor.orientation import Orientation, with_neutral
from monitor.orientation import Params as OrientationParams
from monitor.profiles import Profile
from monitor.stage import feed
from monitor.states import States
from monitor.timebase import Dating, Past, Timebase

Told = FeatureChunk | SegmentEnd | StateChange | MotionEvent | Beat


@dataclass(frozen=True, slots=True)
class Step:
    """Everything one push made possible, from samples to alerts, each list in time order.

    Attributes:
        past: the same of samples that were sent again, without beats and alerts; None where
            there were none.
        device: what the sensor said beside its samples.
        numbers: of the samples of this step, live and past, by which the sensor names them.
        doubt: why times are less than certain now.
    """

    samples: list[SampleChunk | SegmentEnd] = field(default_factory=list)
    motion: list[MotionChunk | SegmentEnd] = field(default_factory=list)
    features: list[FeatureChunk | SegmentEnd] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    events: list[MotionEvent] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    minutes: list[MinuteSummary] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    past: "Step | None" = None
    device: list[DeviceNotice] = field(default_factory=list)
    numbers: list[Numbered] = field(default_factory=list)
    doubt: TimeDoubt = TimeDoubt.NONE


class Acquire:
    """Link events to uniform samples: those of now, and apart from them those sent again."""

    def __init__(self) -> None:
        self.ingest = Ingest()
        self.timebase = Timebase()
        self._backfilled = Backfilled(self.ingest)
        self._past = Past(self.timebase)
        self._notices = Notices(self.ingest)
        self._dating = Dating(self.timebase)
        self._numbers: list[Numbered] = []

    def push(self, event: LinkEvent, /) -> list[SampleChunk | SegmentEnd]:
        raw = self.ingest.push(event)
        for chunk in raw:
            if isinstance(chunk, RawChunk):
                self._numbers.append(
                    Numbered(chunk.boot_id, chunk.sequence, chunk.sequence + len(chunk))
                )
        return feed(self.timebase, raw)

    def leave_out(self, stored: Iterable[Numbered]) -> None:
        """Drop of what is sent again what an earlier run of this program has stored."""
        self.ingest.leave_out(stored)

    def push_past(self, event: LinkEvent, /) -> list[SampleChunk | SegmentEnd]:
        """The same event, after `push`."""
        return feed(self._past, self._backfilled.push(event))

    def push_notices(self, event: LinkEvent, /) -> list[DeviceNotice]:
        """The same event, after `push`."""
        return [*feed(self._dating, self._notices.push(event)), *self._dating.after(event)]

    def numbers(self) -> list[Numbered]:
        """Of the samples given out since this was asked last."""
        numbers, self._numbers = [*self._numbers, *self._past.given_out()], []
        return numbers


class Interpret:
    """Uniform samples to states, events and alerts; files and simulated motion enter here.

    With `neutral_s` the mean posture over the first so many settled seconds becomes the
    zero of all angles from then on: the person stands still at the start.
    """

    def __init__(
        self, profile: Profile, mounting: Mounting, neutral_s: float | None = None
    ) -> None:
        self.orientation = Orientation(OrientationParams(mounting=mounting))
        self.features = Features()
        self.states = States(profile.states)
        self.minutes = Minutes()
        self.doses = Doses()
        self.alerts = Alerts(profile.alerts)
        self.neutral = None if neutral_s is None else Neutral(neutral_s)

    @property
    def mounting(self) -> Mounting:
        """The mounting in use now; another may be put in its place between two pushes."""
        return self.orientation.params.mounting

    @mounting.setter
    def mounting(self, mounting: Mounting) -> None:
        self.orientation.params = replace(self.orientation.params, mounting=mounting)

    def correct(self, correction: Correction) -> None:
        """Take what the person says of themselves, between two pushes."""
        self.states.push(correction)

    def push(self, samples: list[SampleChunk | SegmentEnd], /) -> Step:
        motion = feed(self.orientation, samples)
        features = feed(self.features, motion)
        told = feed(Telling(self.states), features)
        said = [item for item in told if not isinstance(item, FeatureChunk | SegmentEnd)]
        step = Step(
            samples=samples,
            motion=motion,
            features=features,
            changes=[item for item in said if isinstance(item, StateChange)],
            events=[item for item in said if isinstance(item, MotionEvent)],
            beats=[item for item in said if isinstance(item, Beat)],
            minutes=feed(self.minutes, features),
            doses=feed(self.doses, told),
            alerts=feed(self.alerts, said),
        )
        if self.neutral is not None:
            up = self.neutral.push(motion, self.mounting)
            if up is not None:
                self.neutral = None
                self.mounting = with_neutral(self.mounting, up)
        return step


class Telling:
    """Features and what `States` says of them: after each chunk, and before a segment's end."""

    def __init__(self, states: States) -> None:
        self.states = states

    def push(self, item: FeatureChunk | SegmentEnd, /) -> list[Told]:
        said = self.states.push(item)
        return [*said, item] if isinstance(item, SegmentEnd) else [item, *said]


UPRIGHT_RAD = 0.4363  # rad; 25 deg: a sensor worn as named leans by less while standing. Ours
STILL_RADPS = 0.26  # rad/s; 15 deg/s: people who stand still sway by less. Ours


class Neutral:
    """Collect the mean direction of up over the first still seconds of one segment.

    Turning faster than STILL_RADPS or leaning further than UPRIGHT_RAD begins the count anew:
    whoever bends, walks or puts the sensor right is not taken for standing.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.total = np.zeros(3)
        self.count = 0

    def push(
        self, motion: list[MotionChunk | SegmentEnd], mounting: Mounting
    ) -> NDArray[np.float64] | None:
        """Mean up in sensor axes, shape (3,), once there is enough."""
        for item in motion:
            if isinstance(item, SegmentEnd):
                self.total, self.count = np.zeros(3), 0
                continue
            # NaN, where there is no gyroscope, compares as still.
            moving = (np.abs(item.gyr_radps) > STILL_RADPS).any(axis=1) | ~item.settled
            moving |= item.inclination_rad() > UPRIGHT_RAD
            still = item.up
            if moving.any():
                self.total, self.count = np.zeros(3), 0
                still = item.up[int(np.flatnonzero(moving)[-1]) + 1 :]
            self.total = self.total + still.sum(axis=0)
            self.count += len(still)
            if self.count >= self.seconds * item.segment.rate_hz:
                sensor: NDArray[np.float64] = mounting.matrix().T @ self.total
                return sensor
        return None


class Pipeline:
    """Link events to alerts. Deterministic: the same events give the same steps.

    Samples that were sent again are interpreted apart, so that now never waits for the past.
    """

    def __init__(self, interpret: Interpret, past: Interpret | None = None) -> None:
        """`past` interprets what was sent again; without it that is left out."""
        self.acquire = Acquire()
        self.interpret = interpret
        self.past = past

    def push(self, event: LinkEvent, /) -> Step:
        step = self.interpret.push(self.acquire.push(event))
        if self.past is not None and (samples := self.acquire.push_past(event)):
            orientation = self.past.orientation
            orientation.params = replace(orientation.params, mounting=self.interpret.mounting)
            past = self.past.push(samples)
            step = replace(step, past=replace(past, beats=[], alerts=[]))
        step = replace(
            step,
            device=self.acquire.push_notices(event),
            numbers=self.acquire.numbers(),
            doubt=self.acquire.timebase.doubt,
        )
        if isinstance(event, Idle | Disconnected):
            step.alerts.extend(self.interpret.alerts.push(Tick(event.at_ns)))
        return step
