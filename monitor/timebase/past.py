"""Raw chunks that were sent again turned into segments in the past."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monitor.model import NS_PER_S, Numbered, RawChunk, RawEnd, SampleChunk, Segment, SegmentEnd
from monitor.timebase.clock import US_PER_S
from monitor.timebase.timebase import Timebase, contiguous, origin_of


@dataclass(frozen=True, slots=True)
class PastParams:
    """How much is gathered."""

    gather_s: float = 30.0  # s of samples in a chunk; whole stretches are cheap to store. Ours


@dataclass(slots=True)
class PastState:
    """All that `Past` remembers.

    Attributes:
        waiting: chunks that follow each other, in number and time, and were not passed on yet.
        last: the last chunk taken in; None where nothing is to be continued.
        segment: the open one.
        stop: its number of samples so far.
        numbers: of the samples given out and not yet told.
        boot_id, period_us: the sampling period that the past of a run has told itself.
    """

    waiting: list[RawChunk] = field(default_factory=list)
    last: RawChunk | None = None
    segment: Segment | None = None
    stop: int = 0
    numbers: list[Numbered] = field(default_factory=list)
    boot_id: int | None = None
    period_us: float | None = None


class Past:
    """Tie samples of long ago to UTC by the clock that the live ones have taught.

    Beside the `Timebase` of the same sensor, whose fit holds for the whole of a boot. Stretches
    are gathered, bridged never, and end where the numbers or the clock break. The ends of a
    segment meet its neighbours within the error of the fit, a few milliseconds. Samples of before
    the device's clock was set are placed by their number, and marked as in doubt.
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
        elif last is not None:
            moved_s = self._timebase.jumped_s(last, item, self._period_us(last))
            if moved_s:
                out += self._end(f"device clock was set by {moved_s:+.1f} s", moved=True)
        state.waiting.append(item)
        state.last = item
        if sum(map(len, state.waiting)) >= self.params.gather_s * item.rate_hz:
            out += self._flush()
        return out

    def given_out(self) -> list[Numbered]:
        """Of the samples given out since this was asked last."""
        numbers, self.state.numbers = self.state.numbers, []
        return numbers

    def _period_us(self, chunk: RawChunk) -> float | None:
        """The sampling period, as live samples or those of the past have told it."""
        learnt_us = self._timebase.state.clock.learnt_us(chunk.rate_hz)
        return learnt_us or (self.state.period_us if self.state.boot_id == chunk.boot_id else None)

    def _learn_period(self, first: RawChunk, last: RawChunk) -> None:
        clock = self._timebase.state.clock
        span_us = last.device_us - first.device_us
        if span_us < clock.params.rate_span_s * US_PER_S:
            return
        period_us = clock.believed(span_us / (last.sequence - first.sequence), first.rate_hz)
        if period_us is not None:
            self.state.boot_id, self.state.period_us = first.boot_id, period_us

    def _flush(self, *, moved: bool = False) -> list[SampleChunk | SegmentEnd]:
        state, timebase = self.state, self._timebase
        chunks, state.waiting = state.waiting, []
        if not chunks:
            return []
        stop = chunks[-1].sequence + len(chunks[-1])
        state.numbers.append(Numbered(chunks[0].boot_id, chunks[0].sequence, stop))
        out: list[SampleChunk | SegmentEnd] = []
        self._learn_period(chunks[0], chunks[-1])
        period_us = self._period_us(chunks[0])
        t0_ns, doubt = timebase.past_ns(chunks[0], period_us, moved=moved)
        if state.segment is not None:
            off_s = abs(state.segment.time_ns(state.stop) - t0_ns) / NS_PER_S
            if off_s > timebase.params.tolerance_s:
                out += self._close(f"clock off by {off_s:.2f} s")
            elif doubt.rank > state.segment.doubt.rank:
                out += self._close(f"times in doubt: {doubt}")
        if state.segment is None:
            state.segment = Segment(
                id=timebase.next_id(),
                t0_ns=t0_ns,
                rate_hz=timebase.state.clock.rate_hz(chunks[0].rate_hz, period_us),
                doubt=doubt,
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

    def _end(self, cause: str, *, moved: bool = False) -> list[SampleChunk | SegmentEnd]:
        out = [*self._flush(moved=moved), *self._close(cause)]
        self.state.last = None
        return out

    def _close(self, cause: str) -> list[SegmentEnd]:
        segment, self.state.segment = self.state.segment, None
        return [] if segment is None else [SegmentEnd(segment, self.state.stop, cause)]


__all__ = ["Past", "PastParams", "PastState"]
