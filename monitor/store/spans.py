"""State changes and the stretches with data, turned into spans."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.model import NS_PER_S, StateChange, StateSpan, TimeDoubt

# A day's query reads two days of rows and no more; chosen by us.
MAX_SPAN_NS = 24 * 3600 * NS_PER_S
# How far back a change may reach: longer than any dwell (not worn: 10 to 60 min); chosen by us.
HORIZON_NS = 2 * 3600 * NS_PER_S
OWN = "+"  # in a profile's key: own thresholds follow, as `monitor.profiles.personal` has it


@dataclass(frozen=True, slots=True)
class Covered:
    """There are samples in `[start_ns, stop_ns)`.

    Attributes:
        rate_hz: their rate.
        doubt: why these times are less than certain.
    """

    start_ns: int
    stop_ns: int
    rate_hz: float
    doubt: TimeDoubt = TimeDoubt.NONE


@dataclass(slots=True)
class _Piece:
    start_ns: int
    stop_ns: int
    change: StateChange | None


class Spans:
    """The states of one recording: `[change, next change)` wherever there are samples.

    A push returns the spans that are new or different; each takes the place of the one with
    the same `start_ns`. The last one grows with the data, so whoever stores what is returned
    has, at any moment, spans that end at the last sample. No span reaches over a gap.
    Changes come in order; one that lies before its predecessor counts from there.
    """

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._changes: list[StateChange] = []

    def afresh(self) -> "Spans":
        """As if data began now, in the state that lasts."""
        found = Spans()
        found._changes = self._changes[-1:]
        return found

    def unname(self) -> None:
        """Take the person's own thresholds out of the profiles of what was taken."""
        unnamed: dict[int, StateChange] = {}  # a piece is known by the very change it is of

        def of(change: StateChange) -> StateChange:
            plain = replace(change, profile=change.profile.partition(OWN)[0])
            return unnamed.setdefault(id(change), plain)

        self._changes = [of(change) for change in self._changes]
        for piece in self._pieces:
            piece.change = None if piece.change is None else of(piece.change)

    def push(self, item: Covered | StateChange) -> list[StateSpan]:
        """Take more data or a change of state; returns the spans it made or altered."""
        touched = self._change(item) if isinstance(item, StateChange) else self._cover(item)
        return [_span(piece, piece.change) for piece in touched if piece.change is not None]

    def _cover(self, covered: Covered) -> list[_Piece]:
        touched = []
        for start_ns, stop_ns, change in self._cut(covered):
            last = self._pieces[-1] if self._pieces else None
            if (
                last is not None
                and last.stop_ns == start_ns
                and last.change is change
                and stop_ns - last.start_ns <= MAX_SPAN_NS
            ):
                last.stop_ns = stop_ns
            else:
                last = _Piece(start_ns, stop_ns, change)
                self._pieces.append(last)
            touched.append(last)
        self._forget()
        return touched

    def _cut(self, covered: Covered) -> Iterable[tuple[int, int, StateChange | None]]:
        """What is new in `covered`, cut where the state changes."""
        start_ns = covered.start_ns
        if self._pieces:  # a later fit of the clock may move a segment back by a little
            start_ns = max(start_ns, self._pieces[-1].stop_ns)
        while start_ns < covered.stop_ns:
            following = bisect_right(self._changes, start_ns, key=lambda change: change.at_ns)
            stop_ns = covered.stop_ns
            if following < len(self._changes):
                stop_ns = min(stop_ns, self._changes[following].at_ns)
            yield start_ns, stop_ns, self._changes[following - 1] if following else None
            start_ns = stop_ns

    def _change(self, change: StateChange) -> list[_Piece]:
        at_ns = change.at_ns
        if self._changes and at_ns <= self._changes[-1].at_ns:
            at_ns = self._changes.pop().at_ns
        change = replace(change, at_ns=at_ns)
        self._changes.append(change)
        touched = []
        for index in range(len(self._pieces) - 1, -1, -1):
            piece = self._pieces[index]
            if piece.stop_ns <= at_ns:
                break
            if piece.start_ns < at_ns:
                rest = _Piece(at_ns, piece.stop_ns, change)
                piece.stop_ns = at_ns
                self._pieces.insert(index + 1, rest)
                touched += [rest, piece]
            else:
                piece.change = change
                touched.append(piece)
        return touched[::-1]

    def _forget(self) -> None:
        """Let go of what no change can reach any more."""
        reach_ns = self._pieces[-1].stop_ns - HORIZON_NS if self._pieces else 0
        while len(self._pieces) > 1 and self._pieces[0].stop_ns < reach_ns:
            del self._pieces[0]
        while len(self._changes) > 1 and self._changes[1].at_ns < reach_ns:
            del self._changes[0]


def merged(spans: Iterable[StateSpan]) -> list[StateSpan]:
    """Spans in order, with those that follow each other in one state made one.

    A state that was doubted and then confirmed is stored in two; its confidence is their mean
    over time.
    """
    found: list[StateSpan] = []
    last: StateSpan | None = None
    for span in spans:
        if (
            last is not None
            and last.stop_ns == span.start_ns
            and last.activity is span.activity
            and last.posture is span.posture
            and last.profile == span.profile
            and last.trusted == span.trusted
        ):
            earlier_ns, later_ns = last.stop_ns - last.start_ns, span.stop_ns - span.start_ns
            confidence = (last.confidence * earlier_ns + span.confidence * later_ns) / (
                earlier_ns + later_ns
            )
            found[-1] = last = StateSpan(
                last.start_ns,
                span.stop_ns,
                last.activity,
                last.posture,
                confidence,
                last.profile,
                last.trusted,
            )
        else:
            found.append(span)
            last = span
    return found


def _span(piece: _Piece, change: StateChange) -> StateSpan:
    return StateSpan(
        piece.start_ns,
        piece.stop_ns,
        change.activity,
        change.posture,
        change.confidence,
        change.profile,
        change.trusted,
    )
