"""Raw chunks that were sent again turned into segments in the past."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monitor.model import NS_PER_S, Numbered, RawChunk, RawEnd, SampleChunk, Segment, SegmentEnd
from monitor.timebase.timebase import Timebase, contiguous, origin_of


@dataclass(frozen=True, slots=True)
class PastParams:
    """How much is gathered."""

    gather_s: float = 30.0  # s of samples in a chunk; whole stretches are cheap to store. Ours


@dataclass(slots=True)
class PastState:
    """All that `Past` remembers.

    Attributes:
        waiting: chunks that follow each other and were not passed on yet.
        last: the last chunk taken in; None where nothing is to be continued.
        segment: the open one.
        stop: its number of samples so far.
        numbers: of the samples given out and not yet told.
    """

    waiting: list[RawChunk] = field(default_factory=list)
    last: RawChunk | None = None
    segment: Segment | None = None
    stop: int = 0
    numbers: list[Numbered] = field(default_factory=list)


class Past:
    """Tie samples of long ago to UTC by the clock that the live ones have taught.

    Beside the `Timebase` of the same sensor, whose fit holds for the whole of a boot. Stretches
    are gathered, bridged never, and end where the numbers break. The ends of a segment meet its
    neighbours within the error of the fit, a few milliseconds.
    """

    def __init__(self, timebase: Timebase, params: PastParams | None = None) -> None:
        self.params = params or PastParams()
        self.state = PastState()
        self._timebase = timebase

    def push(self, item: RawChunk | RawEnd, /) -> Sequence[SampleChunk | SegmentEnd]:
        """What is whole now."""
        state = self.state
        if isinstance(item, RawEnd):
            return self._end(item.reason)
        out: list[SampleChunk | SegmentEnd] = []
        last = state.last
        if last is not None and (last.boot_id, last.sequence + len(last)) != (
            item.boot_id,
            item.sequence,
        ):
            out += self._end("another stretch follows")
        state.waiting.append(item)
        state.last = item
        if sum(map(len, state.waiting)) >= self.params.gather_s * item.rate_hz:
            out += self._flush()
        return out

    def given_out(self) -> list[Numbered]:
        """Of the samples given out since this was asked last."""
        numbers, self.state.numbers = self.state.numbers, []
        return numbers

    def _flush(self) -> list[SampleChunk | SegmentEnd]:
        state, clock = self.state, self._timebase.state.clock
        chunks, state.waiting = state.waiting, []
        if not chunks:
            return []
        stop = chunks[-1].sequence + len(chunks[-1])
        state.numbers.append(Numbered(chunks[0].boot_id, chunks[0].sequence, stop))
        out: list[SampleChunk | SegmentEnd] = []
        t0_ns = self._timebase.utc_ns(chunks[0].device_us)
        if state.segment is not None:
            off_s = abs(state.segment.time_ns(state.stop) - t0_ns) / NS_PER_S
            if off_s > self._timebase.params.tolerance_s:
                out += self._close(f"clock off by {off_s:.2f} s")
        if state.segment is None:
            state.segment = Segment(
                id=self._timebase.next_id(),
                t0_ns=t0_ns,
                rate_hz=clock.rate_hz(chunks[0].rate_hz),
                doubt=self._timebase.doubt,
            )
            state.stop = 0
        first = state.stop
        state.stop += sum(map(len, chunks))
        return [
            *out,
            SampleChunk(
                segment=state.segment,
                first=first,
                acc_mps2=contiguous(np.concatenate([chunk.acc_mps2 for chunk in chunks])),
                gyr_radps=contiguous(np.concatenate([chunk.gyr_radps for chunk in chunks])),
                origin=origin_of(np.concatenate([chunk.saturated for chunk in chunks])),
            ),
        ]

    def _end(self, cause: str) -> list[SampleChunk | SegmentEnd]:
        out = [*self._flush(), *self._close(cause)]
        self.state.last = None
        return out

    def _close(self, cause: str) -> list[SegmentEnd]:
        segment, self.state.segment = self.state.segment, None
        return [] if segment is None else [SegmentEnd(segment, self.state.stop, cause)]


__all__ = ["Past", "PastParams", "PastState"]
