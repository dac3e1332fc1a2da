"""Raw chunks turned into segments of uniform samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model import (
    NS_PER_S,
    Origin,
    RawChunk,
    RawEnd,
    RoundTrip,
    SampleChunk,
    Segment,
    SegmentEnd,
    TimeDoubt,
)
from monitor.timebase.bridge import bridge
from monitor.timebase.clock import US_PER_S, Clock, ClockParams


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as unbroken."""

    clock: ClockParams = field(default_factory=ClockParams)
    # Where the device tells no time, its count of samples is the clock: off by the error of
    # the sampling rate, a per cent or so (spec.md 5.3), and to be learnt before that error
    # makes `tolerance_s`. Ours.
    counted_clock: ClockParams = field(
        default_factory=lambda: ClockParams(drift_limit=0.05, settle_s=20.0)
    )
    bridge_s: float = 0.2  # s; a lost frame or two; trunk motion lies below 5 Hz. Ours
    # A segment's time is straight, the clocks are not. 0.25 s is short against what is
    # timed (bends and lifts of 1 s and more) and long against the error of the fit, so
    # at 40 ppm a segment at the nominal rate lasts 1.7 h, and at a learnt rate a shift.
    tolerance_s: float = 0.25  # s; ours, as argued above
    jump_s: float = 0.1  # s; device clock against sequence: jitter is 1 ms (spec.md 5.3). Ours
    rate_error: float = 0.02  # 1; sampling clocks are off by 1 % or so (spec.md 5.3). Ours
    # Once learnt, the rate moves with temperature; 1 ms of jitter in 20 s is 50 ppm. Ours
    learnt_rate_error: float = 500e-6
    overlap_s: float = 10.0  # s; samples dropped so that time does not run back. Ours
    round_trip_s: float = 1.0  # s; a longer one tells nothing: the link repeats after 3 s. Ours
    round_trip_memory_s: float = 3600.0  # s; the shortest is kept so long, as the clock's memory


@dataclass(slots=True)
class State:
    """All that `Timebase` remembers.

    Attributes:
        clock: the fit; survives gaps and connections of one boot.
        boot_id, nominal_hz, sequence, device_us, expected: of the last chunk; `sequence` and
            `device_us` of its first sample, `expected` is what would continue it.
        segment: the open one.
        stop: its number of samples so far.
        acc_mps2, gyr_radps: last sample, shape (3,).
        end_ns: UTC at which the last segment stopped.
        next_id, bridged, skipped: counts since the start.
        clocked: the device told the time of the last chunk.
        fault: what its clock has done in this run that no clock may do.
        round_trip: the shortest of this connection and run.
        least_delay_ns: what the arrivals cannot tell and round trips do; see `utc_ns`.
    """

    clock: Clock
    boot_id: int | None = None
    nominal_hz: float = 0.0
    sequence: int = 0
    device_us: int = 0
    expected: int = 0
    segment: Segment | None = None
    stop: int = 0
    acc_mps2: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    gyr_radps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    end_ns: int | None = None
    next_id: int = 0
    bridged: int = 0
    skipped: int = 0
    clocked: bool = True
    fault: TimeDoubt = TimeDoubt.NONE
    round_trip: RoundTrip | None = None
    least_delay_ns: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the samples were tied to UTC.

    Attributes:
        segments: begun since the start.
        bridged: samples interpolated.
        skipped: samples dropped because their time had been given out already.
        clock_restarts: times the fit began anew: device restarted, a clock was set.
        drift_ppm: seconds of UTC per device second, less one [1e-6].
        delay_s: arrival of the last frame over the least delayed one [s].
        least_delay_s: delay of that one, as round trips tell it; 0 without any [s].
        zero_ns: UTC at the zero of the device's clock, by the present fit [ns since the epoch];
            None before the first arrival.
    """

    segments: int
    bridged: int
    skipped: int
    clock_restarts: int
    drift_ppm: float
    delay_s: float
    least_delay_s: float = 0.0
    zero_ns: int | None = None


class Timebase:
    """Tie the device's clock to UTC, bridge short gaps, open a segment where samples break.

    A segment ends at: the end of the connection, a gap longer than `bridge_s`, a new boot
    id, a sequence or device clock that goes back or jumps, another rate, and a fitted clock
    that has moved away from the segment's straight time by `tolerance_s`.
    Times are late by the least delay of the link (see `Clock`), until round trips have told it:
    it is taken off from the next segment on. One that is open is not moved.
    Where the device tells no time, times follow from arrivals and the count of samples, and
    are not trusted: samples lost unseen make them early, until that is noticed.

    Time does not run back from segment to segment: where a better fit would have it so,
    the samples whose time was given out already are dropped. Only a host clock set back
    by more than `overlap_s` shows as a segment that begins before the last one stopped.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State(Clock(self.params.clock))

    def push(self, item: RawChunk | RawEnd, /) -> Sequence[SampleChunk | SegmentEnd]:
        """At most one end, then at most one chunk."""
        if isinstance(item, RawEnd):
            self.state.round_trip = None  # UTC is read anew on the next connection
            return self._end(item.reason)
        if not len(item):
            return []
        state = self.state
        out: list[SampleChunk | SegmentEnd] = []
        cause = self._discontinuity(item)
        self._follow(item)
        cause = cause or self._drifted(item)
        if cause:
            out += self._end(cause)
        out += self._continue(state.segment, item) if state.segment else self._begin(item)
        state.boot_id, state.nominal_hz = item.boot_id, item.rate_hz
        state.sequence, state.device_us = item.sequence, item.device_us
        state.clocked = item.clocked
        state.expected = item.sequence + len(item)
        state.acc_mps2, state.gyr_radps = item.acc_mps2[-1].copy(), item.gyr_radps[-1].copy()
        return out

    def cut(self, cause: str) -> Sequence[SegmentEnd]:
        """End the segment here; the next sample opens another, of the same clock."""
        return self._end(cause)

    def compare(self, trip: RoundTrip) -> None:
        """Take a comparison of the two clocks; the shortest of a run tells the least delay."""
        state, params = self.state, self.params
        length_ns = trip.answered_ns - trip.asked_ns
        if trip.boot_id != state.boot_id or not 0 <= length_ns <= params.round_trip_s * NS_PER_S:
            return
        best = state.round_trip
        old_ns = trip.asked_ns - round(params.round_trip_memory_s * NS_PER_S)
        if best is None or best.asked_ns < old_ns or _length_ns(best) >= length_ns:
            state.round_trip = trip

    def utc_ns(self, device_us: int) -> int:
        """UTC of an instant of the device's clock [ns since the epoch].

        The device stamped the round trip after it was asked, before it was answered, and not
        after the arrivals say, which are late only. The middle is wrong by half of what is left.
        """
        state = self.state
        trip = state.round_trip
        if trip is not None:
            late_ns = state.clock.utc_ns(trip.received_us)
            most_ns = late_ns - trip.asked_ns
            if most_ns < 0:
                state.round_trip = None  # one of the clocks has been set since
            else:
                state.least_delay_ns = (most_ns + max(0, late_ns - trip.answered_ns)) // 2
        return state.clock.utc_ns(device_us) - state.least_delay_ns

    def past_ns(
        self, chunk: RawChunk, period_us: float | None, *, moved: bool = False
    ) -> tuple[int, TimeDoubt]:
        """UTC of a chunk that was sent again [ns since the epoch], and why that may be wrong.

        The device's clock may have been set since, or before anything was heard. Where it does
        not agree with the count of samples, the count tells: it goes on whatever the clock does.

        Args:
            period_us: of the samples, on the device's clock; None if only the nominal is known.
            moved: the clock is known to have been set after this chunk.
        """
        nominal_us = US_PER_S / chunk.rate_hz
        counted = self.state.clock.counted_us(chunk.sequence, period_us or nominal_us)
        if counted is None:
            return self.utc_ns(chunk.device_us), self.doubt
        counted_us, away_us = counted
        off_us = abs(chunk.device_us - counted_us)
        if not moved and off_us <= self._tolerated_us(away_us, learnt=period_us is not None):
            return self.utc_ns(chunk.device_us), self.doubt
        doubt = max(self.doubt, TimeDoubt.JUMPED, key=lambda doubt: doubt.rank)
        return self.utc_ns(counted_us), doubt

    def jumped_s(self, before: RawChunk, after: RawChunk, period_us: float | None) -> float:
        """By how much the device's clock was set between two chunks [s]; 0 within its tolerance."""
        step_us = (after.sequence - before.sequence) * (period_us or US_PER_S / after.rate_hz)
        off_us = after.device_us - before.device_us - step_us
        tolerated_us = self._tolerated_us(abs(step_us), learnt=period_us is not None)
        return 0.0 if abs(off_us) <= tolerated_us else off_us / US_PER_S

    def _tolerated_us(self, span_us: float, *, learnt: bool) -> float:
        """By how much clock and count may disagree over a stretch [us]."""
        rate_error = self.params.learnt_rate_error if learnt else self.params.rate_error
        return self.params.jump_s * US_PER_S + rate_error * span_us

    @property
    def doubt(self) -> TimeDoubt:
        """Why times are less than certain now."""
        state = self.state
        if not state.clocked:
            return TimeDoubt.COUNTED
        if not state.fault.trusted:
            return state.fault
        if state.clock.beyond_limit:
            return TimeDoubt.DRIFT
        return TimeDoubt.NONE if state.clock.settled else TimeDoubt.UNSETTLED

    def next_id(self) -> int:
        """A number for a segment, live or past, that no other of this path has."""
        self.state.next_id += 1
        return self.state.next_id - 1

    def statistics(self) -> Statistics:
        """Counts since the start, and the present fit."""
        state = self.state
        return Statistics(
            segments=state.next_id,
            bridged=state.bridged,
            skipped=state.skipped,
            clock_restarts=state.clock.restarts,
            drift_ppm=state.clock.drift * 1e6,
            delay_s=state.clock.delay_s,
            least_delay_s=state.least_delay_ns / NS_PER_S,
            zero_ns=state.clock.utc_ns(0) - state.least_delay_ns if state.clock.buckets else None,
        )

    def _discontinuity(self, chunk: RawChunk) -> str | None:
        """Why `chunk` does not continue the last one; restarts the clock where it must."""
        state = self.state
        if state.boot_id is None:
            state.clock = Clock(self._clock_params(chunk))
            state.clocked = chunk.clocked
            return None
        if chunk.boot_id != state.boot_id or chunk.rate_hz != state.nominal_hz:
            restarts = state.clock.restarts + 1
            state.clock = Clock(self._clock_params(chunk), restarts=restarts)
            state.clocked, state.fault, state.round_trip = chunk.clocked, TimeDoubt.NONE, None
            same_boot = chunk.boot_id == state.boot_id
            return f"rate changed to {chunk.rate_hz:g} Hz" if same_boot else "device restarted"
        cause = self._clock_fault(chunk)
        if cause:
            state.clock.restart()
            state.round_trip = None
            return cause
        missing_s = (chunk.sequence - state.expected) / chunk.rate_hz
        return f"gap of {missing_s:.1f} s" if missing_s > self.params.bridge_s else None

    def _clock_params(self, chunk: RawChunk) -> ClockParams:
        return self.params.clock if chunk.clocked else self.params.counted_clock

    def _clock_fault(self, chunk: RawChunk) -> str | None:
        """What is wrong with the device's clock or count, seen from the last chunk."""
        state = self.state
        if chunk.sequence < state.expected:
            state.fault = TimeDoubt.RESET
            return "device counted backwards"
        learnt_us = state.clock.learnt_us(chunk.rate_hz) if chunk.numbered else None
        period_us = learnt_us or state.clock.sample_us(chunk.rate_hz)
        step_us = (chunk.sequence - state.sequence) * period_us
        off_s = (chunk.device_us - state.device_us - step_us) / US_PER_S
        if chunk.device_us <= state.device_us:
            state.fault = TimeDoubt.RESET
            return f"device clock went back by {-off_s:.1f} s"
        tolerated_us = self._tolerated_us(step_us, learnt=learnt_us is not None)
        if abs(off_s) > tolerated_us / US_PER_S:
            state.fault = TimeDoubt.JUMPED
            return f"device clock jumped by {off_s:+.1f} s"
        return None

    def _follow(self, chunk: RawChunk) -> None:
        clock = self.state.clock
        if not chunk.stamped and clock.buckets:
            return
        span_us = (len(chunk) - 1) * clock.sample_us(chunk.rate_hz)
        last_us = chunk.device_us + round(span_us)
        clock.add(chunk.sequence, chunk.device_us, last_us, chunk.at_ns)

    def _drifted(self, chunk: RawChunk) -> str | None:
        """How far the segment's time is from the fit, if too far."""
        state = self.state
        if state.segment is None:
            return None
        index = state.stop + chunk.sequence - state.expected
        off_s = (state.segment.time_ns(index) - self.utc_ns(chunk.device_us)) / NS_PER_S
        return f"clock off by {off_s:+.2f} s" if abs(off_s) > self.params.tolerance_s else None

    def _begin(self, chunk: RawChunk) -> list[SampleChunk]:
        """Open a segment with what of `chunk` lies after the last one."""
        state = self.state
        rate_hz = state.clock.rate_hz(chunk.rate_hz)
        t0_ns = self.utc_ns(chunk.device_us)
        overlap_s = 0.0 if state.end_ns is None else (state.end_ns - t0_ns) / NS_PER_S
        skip = math.ceil(overlap_s * rate_hz) if 0 < overlap_s <= self.params.overlap_s else 0
        skip = min(skip, len(chunk))
        state.skipped += skip
        if skip == len(chunk):
            return []
        state.segment = Segment(
            id=self.next_id(),
            t0_ns=t0_ns + round(skip * NS_PER_S / rate_hz),
            rate_hz=rate_hz,
            doubt=self.doubt,
        )
        state.stop = len(chunk) - skip
        return [
            SampleChunk(
                segment=state.segment,
                first=0,
                acc_mps2=contiguous(chunk.acc_mps2[skip:]),
                gyr_radps=contiguous(chunk.gyr_radps[skip:]),
                origin=origin_of(chunk.saturated[skip:]),
            )
        ]

    def _continue(self, segment: Segment, chunk: RawChunk) -> list[SampleChunk]:
        """The chunk, with what is missing before it bridged."""
        state = self.state
        missing = chunk.sequence - state.expected
        acc, gyr, origin = chunk.acc_mps2, chunk.gyr_radps, origin_of(chunk.saturated)
        if missing:
            acc = np.concatenate([bridge(state.acc_mps2, acc[0], missing), acc])
            gyr = np.concatenate([bridge(state.gyr_radps, gyr[0], missing), gyr])
            origin = np.concatenate([np.full(missing, Origin.BRIDGED, np.uint8), origin])
            state.bridged += missing
        first = state.stop
        state.stop += len(acc)
        return [SampleChunk(segment, first, contiguous(acc), contiguous(gyr), origin)]

    def _end(self, cause: str) -> list[SegmentEnd]:
        state = self.state
        segment, state.segment = state.segment, None
        if segment is None:
            return []
        state.end_ns = segment.time_ns(state.stop)
        return [SegmentEnd(segment, state.stop, cause)]


def _length_ns(trip: RoundTrip) -> int:
    return trip.answered_ns - trip.asked_ns


SATURATED = np.uint8(Origin.SATURATED)


def origin_of(saturated: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Origin of samples as measured, shape (n,)."""
    return saturated.view(np.uint8) * SATURATED  # or 0, which is measured


def contiguous(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same as one block of float64."""
    return np.ascontiguousarray(array, dtype=np.float64)
