"""What the sensor says of itself, turned into how far its motion is believed."""

from dataclasses import dataclass, field

from monitor.model import (
    NS_PER_S,
    Beat,
    DeviceCondition,
    DeviceEventKind,
    DeviceNotice,
    EventKind,
    FeatureChunk,
    MotionEvent,
    SegmentEnd,
    StateChange,
)
from monitor.model.device import DeviceEvent

Told = FeatureChunk | SegmentEnd | StateChange | MotionEvent | Beat
SHAKEN = (EventKind.FALL, EventKind.JOLT)


@dataclass(frozen=True, slots=True)
class Params:
    """How much a hint counts; all values chosen by us."""

    not_worn_s: float = 60.0  # s; lying still for so long is not worn, where the sensor says so too
    before_s: float = 0.5  # s; a condition is told at most so late
    after_s: float = 0.5  # s; for a motor to run down
    down_s: float = 0.1  # s; until what is left of it is too little to be seen in angles
    asked_s: float = 1.6  # s; a pattern of ours, and the way of the order to the sensor
    longest_s: float = 30.0  # s; nothing plays longer, spec.md section 16.1
    rule_s: float = 3.0  # s; what a rule of ours plays takes less than half of it
    kept: int = 64  # times of vibration; sent-again samples reach back further than live ones


@dataclass(slots=True)
class State:
    """All that `Hints` remembers.

    Attributes:
        away: the sensor believes that nobody wears it.
        since_ns: since when it vibrates; None where it does not.
        vibrated: stretches [start, stop) of UTC in which it did [ns since the epoch].
    """

    away: bool = False
    since_ns: int | None = None
    vibrated: list[tuple[int, int]] = field(default_factory=list)


class Hints:
    """Know when the sensor vibrates, and leave out falls and jolts that this may have made.

    Its samples in that time are not believed either (`Blanking`), as far as it is known before
    they come: the sensor says so up to half a second late, whoever asked it to knows at once.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def hear(self, notice: DeviceNotice) -> None:
        """Take what the sensor says, between two pushes."""
        params, state = self.params, self.state
        match notice:
            case DeviceCondition(at_ns=at_ns, worn=worn, playing=playing):
                state.away = worn is False
                if playing and state.since_ns is None:
                    state.since_ns = at_ns
                elif not playing and state.since_ns is not None:
                    self._shaken(state.since_ns, at_ns)
                    state.since_ns = None
            case DeviceEvent(at_ns=at_ns, kind=DeviceEventKind.RULE):
                self._shaken(at_ns, at_ns + round(params.rule_s * NS_PER_S))

    def asked(self, at_ns: int) -> None:
        """It was asked to vibrate, and will within moments."""
        self._shaken(at_ns, at_ns + round(self.params.asked_s * NS_PER_S))

    def shaken(self, start_ns: int, stop_ns: int) -> list[tuple[int, int]]:
        """Stretches of vibration that touch one, and a moment more [ns since the epoch, UTC]."""
        now = self.state.since_ns
        if now is None and not self.state.vibrated:
            return []
        stretches = list(self.state.vibrated)
        if now is not None:
            stretches.append((now, now + round(self.params.longest_s * NS_PER_S)))
        down_ns = round(self.params.down_s * NS_PER_S)
        return [(a, b + down_ns) for a, b in stretches if a < stop_ns and start_ns < b + down_ns]

    def blanked(self, start_ns: int, stop_ns: int) -> list[tuple[int, int]]:
        """Parts of a stretch in which samples are not believed [ns since the epoch, UTC]."""
        return [
            (max(a, start_ns), min(b, stop_ns)) for a, b in self.shaken(start_ns, stop_ns) if a < b
        ]

    def recall(self, start_ns: int, stop_ns: int) -> None:
        """Take what `blanked` said when these samples were read first."""
        self._shaken(start_ns, stop_ns - round(self.params.down_s * NS_PER_S))

    def gone(self) -> None:
        """The sensor is out of reach, and its last word no longer holds."""
        state = self.state
        state.away = False
        if state.since_ns is not None:
            self._shaken(state.since_ns, state.since_ns + round(self.params.longest_s * NS_PER_S))
            state.since_ns = None

    def push(self, item: Told, /) -> list[Told]:
        shaken = isinstance(item, MotionEvent) and item.kind in SHAKEN and self._vibrates(item)
        return [] if shaken else [item]

    def _shaken(self, start_ns: int, stop_ns: int) -> None:
        self.state.vibrated.append((start_ns, stop_ns))
        del self.state.vibrated[: -self.params.kept]

    def _vibrates(self, event: MotionEvent) -> bool:
        before_ns = round(self.params.before_s * NS_PER_S)
        after_ns = round(self.params.after_s * NS_PER_S)
        return bool(self.shaken(event.start_ns - after_ns, event.stop_ns + before_ns))


__all__ = ["Hints", "Params", "State"]
