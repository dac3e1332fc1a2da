"""One worn sensor: what it is, and what its events become."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from monitor.alerts import Params
from monitor.coaching import Kind, rule
from monitor.link.port import Link, LinkStatus, Phase
from monitor.model import (
    Activity,
    Asked,
    Connected,
    DeviceEvent,
    Disconnected,
    LinkEvent,
    MinuteSummary,
    MotionEvent,
    Mounting,
    Objection,
    Placement,
    Ruled,
    SampleChunk,
    SegmentEnd,
    StateChange,
    Wish,
)
from monitor.model.exposure import Dose
from monitor.pipeline import Step
from monitor.service.flow import Counted, Gauges, SensorFlow
from monitor.service.live import Away, LiveMessage, MountingNow, SensorNow
from monitor.service.now import Now
from monitor.store import (
    Beside,
    Covered,
    RawSamples,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    StoreItem,
)
from monitor.store.raw import within
from monitor.store.records import LaneItem

NAME_CHARACTERS = 248  # longest device name, Bluetooth Core Specification, Vol 3, Part C, 12.1
FLAT_PERCENT = 5  # a sensor that was lost at so little has probably run flat. Ours


class Path(Protocol):
    """The pure path: `monitor.pipeline.Pipeline`."""

    def push(self, event: LinkEvent, /) -> Step: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds in force.

    Attributes:
        alerts: of the rules, with the person's own.
        profile, own: as in `Ruled`; of the person, not of the configuration.
    """

    alerts: Params
    profile: str | None = None
    own: tuple[tuple[str, float], ...] = ()

    @property
    def as_configured(self) -> bool:
        """Whether the person has set none of them."""
        return self.profile is None and not self.own


@dataclass(frozen=True, slots=True)
class Worn:
    """A sensor, and how it is read.

    Attributes:
        mounting: how it sits, now.
        status: what its link says of itself, now; None where it says nothing, as a tape.
        brief: is told of each mounting from the first on; for the rules of the sensor itself.
        ask: puts a wish among the events of the link; None where that cannot be.
        objections: what motion says now against the axes named for it; None: nobody looks.
    """

    link: Link
    path: Path
    mounting: Callable[[], Mounting]
    placement: Placement = Placement.UPPER_BACK
    status: Callable[[], LinkStatus] | None = None
    brief: Callable[[Mounting], None] | None = None
    ask: Callable[[Asked | Ruled], None] | None = None
    objections: Callable[[], tuple[Objection, ...]] | None = None


class Wearing:
    """A worn sensor while it runs; no I/O, no clock.

    The first, number 0, is the one the day is counted from: what its path makes is kept and
    told. Of the others only samples, states and their recordings are kept.

    Attributes:
        alerts: the rules in force from the next `Ruled` or `Wish.FORGET` on.
        failure: what ended it, if that was a failure.
    """

    def __init__(
        self, worn: Worn, number: int, at_ns: int, alerts: Params, *, simulated: bool
    ) -> None:
        self.worn = worn
        self.number = number
        self.now = Now(at_ns, alerts)
        self.alerts = alerts
        self.failure: Exception | None = None
        self.gauges = Gauges()
        self._simulated = simulated
        self._told: Mounting | None = None
        self._rate_hz: float | None = None  # of the last samples

    @property
    def counts(self) -> bool:
        return self.number == 0

    def take(self, event: LinkEvent) -> tuple[Step, list[LiveMessage], list[StoreItem]]:
        """Take an event: what the path made of it, what a watcher should hear, what is kept."""
        event = legible(event)
        mounting = self._briefed()  # the step may find another, which holds from the next on
        step = self.worn.path.push(event)
        if isinstance(event, Asked) and event.wish is Wish.FORGET:
            self._forget(event)
        if isinstance(event, Ruled):
            self.now.rule(self.alerts)
            self._told = None  # the sensor's own rules follow from them
        messages = self.now.take(event, step)
        messages += self._look()
        if self.counts and self.worn.mounting() != mounting:
            messages.append(MountingNow())
        if self.worn.objections is not None:
            messages += self.now.object(self.worn.objections())
        for chunk in step.samples:
            if isinstance(chunk, SampleChunk):
                self._rate_hz = chunk.segment.rate_hz
        items = list(self._items(event, step, mounting))
        if self.counts:
            return step, messages, [*items]
        return step, messages, [Beside(self.number, item) for item in items]

    def _forget(self, asked: Asked) -> None:
        """Know nothing but the sensor and its link."""
        link = self.now.link
        self.now = Now(asked.at_ns, self.alerts)
        self.now.link = link
        self.gauges.last.clear()
        self._told = None

    def _briefed(self) -> Mounting:
        mounting = self.worn.mounting()
        if self.worn.brief is not None and mounting != self._told:
            self._told = mounting
            self.worn.brief(mounting)
        return mounting

    def ended(self, error: Exception) -> list[StoreItem]:
        """Its recording ends here; the other sensors go on."""
        self.failure = error
        end = RecordingEnd(f"stopped: {error}")
        return [end if self.counts else Beside(self.number, end)]

    def sensor(self) -> SensorNow:
        """How things stand with it."""
        status = None if self.worn.status is None else self.worn.status()
        return SensorNow(
            self.worn.placement,
            self.counts,
            self.now.link,
            self._away(),
            None if status is None else status.slots,
            "" if status is None else status.firmware,
            self._missing_s(status),
        )

    def flow(self, at_ns: int) -> SensorFlow:
        """What passes its stages; `at_ns` of the clock that its gauges are fed with."""
        path, gauges = self.worn.path, self.gauges
        status = None if self.worn.status is None else self.worn.status()
        return SensorFlow(
            placement=self.worn.placement,
            counts=self.counts,
            link=self.now.link,
            link_counts=None if status is None else status.counts,
            path=path.statistics() if isinstance(path, Counted) else None,
            stages=gauges.stages(at_ns),
            worked=gauges.worked.now(at_ns),
            told=gauges.told.now(at_ns),
            stored=gauges.stored.now(at_ns),
        )

    def _missing_s(self, status: LinkStatus | None) -> float | None:
        if status is None or status.missing is None or self._rate_hz is None:
            return None
        return status.missing / self._rate_hz

    def _away(self) -> Away | None:
        link, state = self.now.link, self.now.state
        match link.phase:
            case Phase.SEARCHING:
                return Away.SEARCHING
            case Phase.LOST:
                percent = link.battery_percent
                return Away.FLAT if percent is not None and percent <= FLAT_PERCENT else Away.LOST
            case Phase.CLOSED:
                return Away.CLOSED
        if link.detail:
            return Away.SILENT
        return Away.NOT_WORN if state and state.activity is Activity.NOT_WORN else None

    def _look(self) -> list[LiveMessage]:
        """What the link knows beside its events: why there is no sensor yet, the battery."""
        if self.worn.status is None:
            return []
        status = self.worn.status()
        message = self.now.heard(replace(status, reason=legible_text(status.reason)))
        return [] if message is None else [message]

    def _items(self, event: LinkEvent, step: Step, mounting: Mounting) -> Iterator[LaneItem]:
        """What of an event and its step is kept, in the order the store takes it."""
        if isinstance(event, Connected):
            yield RecordingStart(
                event.at_ns,
                event.address,
                event.name,
                self._simulated,
                self.worn.mounting().source,
                self.counts,
                self.worn.placement.value,
            )
        yield from self._kept(step, mounting)
        if self.counts:  # a notice says what follows; what follows is kept
            yield from (one for one in step.alerts if rule(one.rule).kind is not Kind.NOTICE)
        yield from step.numbers
        yield from (told for told in step.device if isinstance(told, DeviceEvent))
        if step.past is not None:
            for item in self._kept(step.past, mounting):
                yield SentAgain(item)
            for end in step.past.samples:
                if isinstance(end, SegmentEnd):
                    yield SentAgain(RecordingEnd(f"sent again: {end.cause}"))
        if isinstance(event, Disconnected):
            yield RecordingEnd(event.reason)

    def _kept(
        self, step: Step, mounting: Mounting
    ) -> Iterator[Covered | RawSamples | StateChange | MotionEvent | MinuteSummary | Dose]:
        """What of a step is kept wherever its samples come from."""
        for chunk in step.samples:
            if isinstance(chunk, SampleChunk) and len(chunk):
                yield covered(chunk)
                yield RawSamples(chunk, mounting, within(chunk, step.shaken))
        yield from step.changes
        if self.counts:
            yield from step.events
            yield from step.minutes
            yield from step.doses


def covered(chunk: SampleChunk) -> Covered:
    """The stretch of time that a chunk fills."""
    segment = chunk.segment
    return Covered(
        segment.time_ns(chunk.first),
        segment.time_ns(chunk.first + len(chunk)),
        segment.rate_hz,
        segment.doubt,
    )


def legible(event: LinkEvent) -> LinkEvent:
    """Names and reasons as text that any file and page can hold; they come from strangers."""
    if isinstance(event, Connected):
        return replace(event, name=legible_text(event.name)[:NAME_CHARACTERS])
    if isinstance(event, Disconnected):
        return replace(event, reason=legible_text(event.reason))
    return event


def legible_text(text: str) -> str:
    """Text of a stranger that any file and page can hold, on one line."""
    # Lone surrogates have no UTF-8. Format characters turn text around, or cannot be seen.
    seen = (
        " " if character.isspace() else character
        for character in text.encode("utf-8", "replace").decode()
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
    )
    return " ".join("".join(seen).split())
