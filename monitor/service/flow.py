"""What passes each stage turned into rates, last items and delays. No I/O, no clock."""

from collections import deque
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from monitor.link.port import LinkStatistics
from monitor.model import (
    NS_PER_S,
    Alert,
    Beat,
    FeatureChunk,
    LinkEvent,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    Notified,
    Numbered,
    Placement,
    SampleChunk,
    SegmentEnd,
    StateChange,
)
from monitor.model.exposure import Dose
from monitor.pipeline import PathStatistics, Step
from monitor.service.live import LinkNow

RATE_S = 10  # s; a rate is the mean of so many whole seconds, so that it can be read. Ours
DELAYS_S = 60  # s; delays of so long tell a stall that is over from one that goes on. Ours
MOST_DELAYS = 4096  # of each kind; 68 frames/s over DELAYS_S, and a bound for a tape. Ours
MINUTE_NS = 60 * NS_PER_S
NOT_NOW_S = 60.0  # s; later than that it is no delay: a tape, or a clock that was set. Ours


class Stage(StrEnum):
    """The stages of ARCHITECTURE.md whose items can be seen from outside, in their order."""

    LINK = "link"
    INGEST = "ingest"
    TIMEBASE = "timebase"
    ORIENTATION = "orientation"
    FEATURES = "features"
    STATES = "states"
    EXPOSURE = "exposure"
    ALERTS = "alerts"


LastItem = (
    LinkEvent
    | Numbered
    | SampleChunk
    | MotionChunk
    | FeatureChunk
    | StateChange
    | MotionEvent
    | Beat
    | MinuteSummary
    | Dose
    | Alert
)


@runtime_checkable
class Counted(Protocol):
    """A path that counts what it refused, and knows how its clock is tied."""

    def statistics(self) -> PathStatistics: ...


@dataclass(frozen=True, slots=True)
class StageNow:
    """What a stage gave.

    Attributes:
        total: items since the start, those of back-fills included.
        per_s: mean over the last RATE_S whole seconds [1/s].
        last: the latest of now; None where there was none.
        behind_s: from the end of the motion it tells of until the frame came that let the stage
            give it [s]; None where it tells of no motion, or of none of now.
    """

    stage: Stage
    total: int
    per_s: float
    last: LastItem | None
    behind_s: float | None = None


@dataclass(frozen=True, slots=True)
class DelayNow:
    """Delays of the last DELAYS_S.

    Attributes:
        count: how many there were.
        p50_s, p99_s, most_s: half, 99 of 100 and all of them are no longer [s]; None without any.
    """

    count: int
    p50_s: float | None
    p99_s: float | None
    most_s: float | None


@dataclass(frozen=True, slots=True)
class SensorFlow:
    """One sensor's way from the radio to the disk.

    Attributes:
        counts: the day is counted from it.
        path: what the path counts; None where it does not.
        link_counts: what the link counts; None where it does not, as a tape.
        worked: what the path takes for a frame.
        told: from the arrival of a frame until what it changed is known.
        stored: from its arrival until it is in the database.
    """

    placement: Placement
    counts: bool
    link: LinkNow
    link_counts: LinkStatistics | None
    path: PathStatistics | None
    stages: tuple[StageNow, ...]
    worked: DelayNow
    told: DelayNow
    stored: DelayNow


@dataclass(frozen=True, slots=True)
class FlowNow:
    """Everything between the radio and those who watch.

    Attributes:
        waiting, room: steps that wait for the disk, and how many may.
        stored, stored_per_s: items written since the start, and of late [1/s].
        clients: pages that watch.
        dropped: messages that slow pages have lost.
    """

    sensors: tuple[SensorFlow, ...]
    waiting: int
    room: int
    stored: int
    stored_per_s: float
    clients: int
    dropped: int


class Rate:
    """Items of each second, for as long as a rate needs them."""

    def __init__(self) -> None:
        self.total = 0
        self._seconds: deque[list[int]] = deque(maxlen=RATE_S + 1)  # [which, how many]

    def add(self, count: int, at_ns: int) -> None:
        """So many more, at an instant of a clock that only goes on."""
        self.total += count
        second = at_ns // NS_PER_S
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0])
        self._seconds[-1][1] += count

    def per_s(self, at_ns: int) -> float:
        """Mean over the whole seconds before this one."""
        this = at_ns // NS_PER_S
        return sum(n for second, n in self._seconds if this - RATE_S <= second < this) / RATE_S


class Delays:
    """Delays of the last minute."""

    def __init__(self) -> None:
        self._delays: deque[tuple[int, int]] = deque(maxlen=MOST_DELAYS)  # when, how long [ns]

    def add(self, delay_ns: int, at_ns: int) -> None:
        """One more; left out where it is none (`NOT_NOW_S`)."""
        if 0 <= delay_ns <= NOT_NOW_S * NS_PER_S:
            self._delays.append((at_ns, delay_ns))

    def now(self, at_ns: int) -> DelayNow:
        """Those of the last minute, by the nearest rank."""
        since_ns = at_ns - DELAYS_S * NS_PER_S
        found = sorted(delay for when, delay in self._delays if when >= since_ns)
        if not found:
            return DelayNow(0, None, None, None)
        count = len(found)
        p50, p99, most = (found[(count * share + 99) // 100 - 1] for share in (50, 99, 100))
        return DelayNow(count, p50 / NS_PER_S, p99 / NS_PER_S, most / NS_PER_S)


class Gauges:
    """Of one sensor: fed with each event and its step; instants are of a steady clock [ns]."""

    def __init__(self) -> None:
        self.rates = {stage: Rate() for stage in Stage}
        # With the arrival of what let the stage give it [ns since the epoch, UTC].
        self.last: dict[Stage, tuple[LastItem, int | None]] = {}
        self._arrived_ns: int | None = None
        self.worked, self.told, self.stored = Delays(), Delays(), Delays()

    def take(self, event: LinkEvent | None, step: Step, at_ns: int) -> None:
        """An event and what the path made of it; None where samples come from no link."""
        self._arrived_ns = None if event is None else event.at_ns
        if event is not None:
            self._count(Stage.LINK, 1, event, at_ns)
        numbers = step.numbers
        self._count(
            Stage.INGEST,
            sum(one.stop - one.start for one in numbers),
            numbers[-1] if numbers else None,
            at_ns,
        )
        self._chunks(Stage.TIMEBASE, step.samples, at_ns)
        self._chunks(Stage.ORIENTATION, step.motion, at_ns)
        self._chunks(Stage.FEATURES, step.features, at_ns)
        self._items(Stage.STATES, (step.beats, step.events, step.changes), at_ns)
        self._items(Stage.EXPOSURE, (step.doses, step.minutes), at_ns)
        self._items(Stage.ALERTS, (step.alerts,), at_ns)
        if (past := step.past) is not None:
            for stage, made in (
                (Stage.TIMEBASE, past.samples),
                (Stage.ORIENTATION, past.motion),
                (Stage.FEATURES, past.features),
            ):
                self._count(stage, sum(_sizes(made)), None, at_ns)
            self._count(Stage.STATES, len(past.changes) + len(past.events), None, at_ns)
            self._count(Stage.EXPOSURE, len(past.minutes) + len(past.doses), None, at_ns)

    def stages(self, at_ns: int) -> tuple[StageNow, ...]:
        """Each stage, in the order of the path."""
        return tuple(
            self._stage(stage, rate.total, rate.per_s(at_ns)) for stage, rate in self.rates.items()
        )

    def _stage(self, stage: Stage, total: int, per_s: float) -> StageNow:
        last = self.last.get(stage)
        if last is None:
            return StageNow(stage, total, per_s, None)
        item, arrived_ns = last
        end_ns = _end_ns(item)
        if arrived_ns is None or end_ns is None:
            return StageNow(stage, total, per_s, item)
        # Before its end: of a minute that was cut short, or by the error of the clocks.
        return StageNow(stage, total, per_s, item, max(0, arrived_ns - end_ns) / NS_PER_S)

    def _chunks(
        self,
        stage: Stage,
        made: Iterable[SampleChunk | MotionChunk | FeatureChunk | SegmentEnd],
        at_ns: int,
    ) -> None:
        last = None
        count = 0
        for chunk in made:
            if not isinstance(chunk, SegmentEnd) and len(chunk):
                count, last = count + len(chunk), chunk
        self._count(stage, count, last, at_ns)

    def _items(
        self,
        stage: Stage,
        made: Iterable[list[Beat] | list[MotionEvent] | list[StateChange] | list[Dose]
                       | list[MinuteSummary] | list[Alert]],
        at_ns: int,
    ) -> None:  # fmt: skip
        """Of several kinds the last one is shown: what is rarer."""
        for items in made:
            if items:
                self._count(stage, len(items), items[-1], at_ns)

    def _count(self, stage: Stage, count: int, last: LastItem | None, at_ns: int) -> None:
        if count:
            self.rates[stage].add(count, at_ns)
        if last is not None:
            self.last[stage] = last, self._arrived_ns


def _end_ns(item: LastItem) -> int | None:
    """The end of the motion that an item tells of [ns since the epoch, UTC]."""
    match item:
        case SampleChunk() | MotionChunk():
            return item.segment.time_ns(item.first + len(item))
        case FeatureChunk():
            return item.time_ns(item.first + len(item))
        case MotionEvent():
            return item.stop_ns
        case StateChange() | Beat() | Alert():
            return item.at_ns
        case MinuteSummary() | Dose():
            return item.start_ns + MINUTE_NS
        case _:
            return None


def _sizes(made: Iterable[Sized | SegmentEnd]) -> Iterable[int]:
    return (len(chunk) for chunk in made if not isinstance(chunk, SegmentEnd))


class Storing:
    """Arrivals of what waits for the disk, in its order: what is stored tells how long it took."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        """`clock_ns`: UTC now, the clock of the arrivals [ns since the epoch]."""
        self.rate = Rate()
        self._clock_ns = clock_ns
        self._waiting: deque[tuple[Delays, int] | None] = deque()
        self._batch: list[tuple[Delays, int]] = []

    def handed(self, gauges: Gauges, event: LinkEvent | None) -> None:
        """A step is about to be queued; its event, where there was one."""
        timed = isinstance(event, Notified)
        self._waiting.append((gauges.stored, event.at_ns) if event and timed else None)

    def taken(self) -> None:
        """The oldest that waits is in the batch that is written next."""
        if one := self._waiting.popleft():
            self._batch.append(one)

    def stored(self, items: int, at_ns: int) -> None:
        """The batch is in the database."""
        self.rate.add(items, at_ns)
        now_ns = self._clock_ns()
        for delays, arrived_ns in self._batch:
            delays.add(now_ns - arrived_ns, at_ns)
        self._batch.clear()
