"""Samples without a number of their own given one, and a time where they have none."""

from collections import Counter
from dataclasses import dataclass

from monitor.ingest.vendors.decoder import Samples
from monitor.model import NS_PER_S, RawChunk

US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class NumberingParams:
    """What counts as restarted, lost or silent."""

    restart_s: float = 10.0  # s; further back than any late frame, or off the host's clock. Ours
    learn_s: float = 20.0  # s; 1 ms of a time stamp is 50 ppm of it. Ours
    rate_limit: float = 0.1  # 1; a period further from the nominal one is not believed. Ours
    silence_s: float = 2.0  # s; a stalled link holds frames for 1.5 s and loses none. Ours


@dataclass(slots=True)
class Numbering:
    """Count the samples of a sensor that does not count them itself.

    Where the device stamps its samples, the number follows from the stamp: what is missing
    between two stamps was lost. Loss comes in whole notifications, so less than half of one
    is an error of the rate, not a loss. The period is learnt from unbroken stretches.

    Where it does not, samples are counted as they come, and `device_us` is that count times
    the nominal period. A loss cannot be seen, except as a silence: after `silence_s`, and
    after a reconnection, the count is advanced by the time that has passed at the host.

    Attributes:
        boot_id: counts the power-ups noticed, from 1; 0 before the first sample.
        connected_anew: no sample has come yet on this connection.
        expected: number that continues the last samples.
        n: how many these were.
        device_us: device clock at the first of them, unwrapped [us].
        at_ns: when they arrived.
        rate_hz: their nominal rate.
        anchor, anchor_us: number and device clock where the unbroken stretch began.
        period_us: learnt sampling period; None before.
    """

    boot_id: int = 0
    connected_anew: bool = True
    expected: int = 0
    n: int = 0
    device_us: int = 0
    at_ns: int = 0
    rate_hz: float = 0.0
    anchor: int = 0
    anchor_us: int = 0
    period_us: float | None = None

    def push(
        self, samples: Samples, at_ns: int, params: NumberingParams, tally: Counter[str]
    ) -> RawChunk | None:
        """The samples with number and time, or None where they had been seen."""
        clocked = samples.device_us is not None
        if clocked:
            first = self._by_clock(samples, at_ns, params, tally)
        else:
            first = self._by_count(samples, at_ns, params, tally)
        if first is None:
            return None
        tally["frames"] += 1
        tally["samples"] += len(samples)
        self.connected_anew = False
        self.expected, self.n = first + len(samples), len(samples)
        self.at_ns, self.rate_hz = at_ns, samples.rate_hz
        return RawChunk(
            at_ns=at_ns,
            boot_id=self.boot_id,
            sequence=first,
            device_us=self.device_us,
            rate_hz=samples.rate_hz,
            acc_mps2=samples.acc_mps2,
            gyr_radps=samples.gyr_radps,
            saturated=samples.saturated,
            clocked=clocked,
            numbered=False,
        )

    def _by_clock(
        self, samples: Samples, at_ns: int, params: NumberingParams, tally: Counter[str]
    ) -> int | None:
        assert samples.device_us is not None
        if self.boot_id == 0:
            return self._begin(samples.device_us, tally)
        elapsed_us = (at_ns - self.at_ns) / 1000
        now_us = _unwrap(samples.device_us, samples.wrap_us, self.device_us, elapsed_us)
        step_us = now_us - self.device_us
        restart_us = params.restart_s * US_PER_S
        off_host = samples.wrap_us is not None and abs(step_us - elapsed_us) > restart_us
        if step_us < -restart_us or off_host:
            tally["restarts"] += 1
            return self._begin(samples.device_us, tally)
        if step_us <= 0:
            tally["doubled"] += 1
            return None
        if samples.rate_hz != self.rate_hz:
            self.period_us = None
        period_us = self.period_us or US_PER_S / samples.rate_hz
        missing = round(step_us / period_us) - self.n
        if missing <= self.n // 2:
            missing = 0
        first = self.expected + missing
        self.device_us = now_us
        if missing or samples.rate_hz != self.rate_hz:
            tally["missing_samples"] += missing
            self.anchor, self.anchor_us = first, now_us
        elif now_us - self.anchor_us >= params.learn_s * US_PER_S:
            learnt_us = (now_us - self.anchor_us) / (first - self.anchor)
            if abs(learnt_us * samples.rate_hz / US_PER_S - 1) <= params.rate_limit:
                self.period_us = learnt_us
        return first

    def _by_count(
        self, samples: Samples, at_ns: int, params: NumberingParams, tally: Counter[str]
    ) -> int:
        if self.boot_id == 0:
            return self._begin(0, tally)
        silent_s = (at_ns - self.at_ns) / NS_PER_S - len(samples) / samples.rate_hz
        missing = 0
        if self.connected_anew or silent_s > params.silence_s:
            missing = max(0, round(silent_s * samples.rate_hz))
            tally["missing_samples"] += missing
        if samples.rate_hz != self.rate_hz:
            stop_us = self.anchor_us + (self.expected - self.anchor) * US_PER_S / self.rate_hz
            self.anchor, self.anchor_us = self.expected, round(stop_us)
        first = self.expected + missing
        counted_us = (first - self.anchor) * US_PER_S / samples.rate_hz
        self.device_us = self.anchor_us + round(counted_us)
        return first

    def _begin(self, device_us: int, tally: Counter[str]) -> int:
        tally["boots"] += 1
        self.boot_id += 1
        self.device_us = self.anchor_us = device_us
        self.anchor = 0
        self.period_us = None
        return 0


def _unwrap(raw_us: int, wrap_us: int | None, last_us: int, elapsed_us: float) -> int:
    """The reading of a clock that may have started again since `last_us`.

    Of all readings that are a whole number of turns apart, the one nearest to what the
    host's clock says has passed.
    """
    if wrap_us is None:
        return raw_us
    step_us = (raw_us - last_us) % wrap_us
    return last_us + step_us + round((elapsed_us - step_us) / wrap_us) * wrap_us
