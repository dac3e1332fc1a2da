"""Arrivals of frames turned into a mapping from the device's clock to UTC."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

US_PER_S = 1_000_000
NS_PER_US = 1000
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ClockParams:
    """How long the clock remembers, and what it does not believe."""

    bucket_s: float = 2.0  # s; one arrival is kept of each, costs 80 us at 40 ppm. Ours
    window_s: float = 300.0  # s of data; simulated: error 0.16 ms (sd) over 60 to 300 s
    settle_s: float = 60.0  # s of data before a drift is believed; the least of those. Ours
    memory_s: float = 3600.0  # s; temperature moves drift by 5 ppm or so, 18 ms in an hour. Ours
    drift_limit: float = 500e-6  # 1; spec.md section 5.3: a device must be within 500 ppm
    early_s: float = 0.05  # s; nothing arrives before it was measured: more is another clock. Ours
    late_s: float = 0.25  # s; behind by this for `late_for_s`: another clock, not a stall. Ours
    late_for_s: float = 30.0  # s of arrivals; longer than a link stalls (1.5 s). Ours
    rate_span_s: float = 20.0  # s; 1 ms of jitter (spec.md section 5.3) is 50 ppm of it. Ours
    rate_limit: float = 0.1  # 1; further from the nominal rate is not believed. Ours


@dataclass(slots=True)
class Bucket:
    """The arrival that was delayed least within a stretch of device time.

    Attributes:
        number: which stretch.
        x_s: device clock at the last sample of that frame [s from the origin].
        lag_s: host arrival less `x_s` [s from the origin].
        sequence, device_us: of the first sample that fell into the stretch.
    """

    number: int
    x_s: float
    lag_s: float
    sequence: int
    device_us: int


@dataclass(slots=True)
class Clock:
    """Device clock to UTC, by the lower envelope of arrivals.

    A frame arrives after its last sample was taken: by a least delay, and by whatever
    the radio and the host add. What is added has one sign, so the truth lies along the
    lower edge of the points (device clock, arrival). Of all lines below the points the
    one with the least sum of distances is the edge of their convex hull below the mean
    abscissa: the estimator of Moon, Skelly and Towsley, "Estimation and removal of
    clock skew from network delay measurements", INFOCOM 1999,
    doi:10.1109/INFCOM.1999.749287, computed as by Zhang, Liu and Xia, "Clock
    synchronization algorithms for network measurements", INFOCOM 2002.

    Deviations: of each `bucket_s` only the least delayed point is kept, so memory is
    bounded and the line is computed anew only when a bucket begins or a point falls
    below the line; a drift is believed after `settle_s` of data, and before that the
    last one known holds (at first none).

    Limits: the least delay itself (4 to 50 ms) cannot be seen from arrivals alone; all
    times are late by it (`Timebase` takes it off, where round trips tell it). A gap does
    not end the fit; a host clock that was set does, and is noticed at once if backwards,
    after `late_for_s` if forwards.
    """

    params: ClockParams = field(default_factory=ClockParams)
    origin_us: int = 0
    origin_ns: int = 0
    newest_us: int = 0
    buckets: list[Bucket] = field(default_factory=list)
    drift: float = 0.0
    offset_s: float = 0.0
    beyond_limit: bool = False
    settled: bool = False
    period_us: float | None = None
    late_since_ns: int | None = None
    delay_s: float = 0.0
    restarts: int = 0

    def add(self, sequence: int, device_us: int, last_us: int, at_ns: int) -> None:
        """Take in one frame.

        Args:
            sequence, device_us: of its first sample.
            last_us: device clock at its last sample; one not after that of the last frame is jitter
                of the device's timestamps, and left out.
            at_ns: host arrival.
        """
        if self.buckets and last_us <= self.newest_us:
            return
        self.newest_us = last_us
        if self.buckets:
            self.delay_s = (at_ns - self.utc_ns(last_us)) / NS_PER_S
            if self._belongs_to_another_clock(at_ns):
                self.restart()
        if not self.buckets:
            self.origin_us, self.origin_ns, self.delay_s = last_us, at_ns, 0.0
        x_s = (last_us - self.origin_us) / US_PER_S
        lag_s = (at_ns - self.origin_ns - (last_us - self.origin_us) * NS_PER_US) / NS_PER_S
        number = int(x_s // self.params.bucket_s)
        fresh = not self.buckets or number > self.buckets[-1].number
        if fresh:
            self.buckets.append(Bucket(number, x_s, lag_s, sequence, device_us))
            self._forget(x_s)
            self._learn_period(sequence, device_us)
        else:
            low = self.buckets[-1]
            if lag_s - low.lag_s < self.drift * (x_s - low.x_s):
                low.x_s, low.lag_s = x_s, lag_s
        if fresh or self.delay_s < 0:
            self._fit()

    def restart(self) -> None:
        """Forget the arrivals; drift and rate, which belong to the crystals, stay.

        Not settled until there is as much data again: the next frame may be one that was held up.
        """
        self.buckets.clear()
        self.settled = False
        self.late_since_ns = None
        self.restarts += 1

    def utc_ns(self, device_us: int) -> int:
        """UTC of an instant of the device's clock, late by the least delay [ns since the epoch]."""
        past_us = device_us - self.origin_us
        correction_s = self.offset_s + self.drift * (past_us / US_PER_S)
        return self.origin_ns + past_us * NS_PER_US + round(correction_s * NS_PER_S)

    def rate_hz(self, nominal_hz: float, period_us: float | None = None) -> float:
        """Samples per second of UTC: by `period_us` or as learnt, else nominal."""
        period_us = period_us or self.sample_us(nominal_hz)
        return US_PER_S / (period_us * (1 + self.drift))

    def sample_us(self, nominal_hz: float) -> float:
        """Sampling period on the device's clock: learnt if there was time to, else nominal."""
        return self.learnt_us(nominal_hz) or US_PER_S / nominal_hz

    def learnt_us(self, nominal_hz: float) -> float | None:
        """Sampling period on the device's clock, as learnt; None without the time to."""
        return self.believed(self.period_us, nominal_hz)

    def believed(self, period_us: float | None, nominal_hz: float) -> float | None:
        """A period, if it is one that can be."""
        nominal_us = US_PER_S / nominal_hz
        if period_us is None or abs(period_us / nominal_us - 1) > self.params.rate_limit:
            return None
        return period_us

    def counted_us(self, sequence: int, period_us: float) -> tuple[int, float] | None:
        """What the device's clock, as it goes now, would have shown at a sample.

        Counted from the nearest of the arrivals that are remembered; None if there are none.

        Returns:
            that time [us], and how far it was counted [us].
        """
        if not self.buckets:
            return None
        at = bisect_left(self.buckets, sequence, key=lambda bucket: bucket.sequence)
        near = min(self.buckets[max(0, at - 1) : at + 1], key=lambda b: abs(b.sequence - sequence))
        away_us = (sequence - near.sequence) * period_us
        return near.device_us + round(away_us), abs(away_us)

    def _belongs_to_another_clock(self, at_ns: int) -> bool:
        """Whether the delay just seen tells that one of the two clocks was set."""
        if self.delay_s < self.params.late_s:
            self.late_since_ns = None
        elif self.late_since_ns is None:
            self.late_since_ns = at_ns
        elif at_ns - self.late_since_ns > self.params.late_for_s * NS_PER_S:
            return True
        return self.delay_s < -self.params.early_s

    def _forget(self, x_s: float) -> None:
        """Drop buckets beyond the window, which counts stretches with data only."""
        most = int(self.params.window_s / self.params.bucket_s)
        drop = max(0, len(self.buckets) - most)
        while self.buckets[drop].x_s < x_s - self.params.memory_s:
            drop += 1
        del self.buckets[:drop]

    def _learn_period(self, sequence: int, device_us: int) -> None:
        old = self.buckets[0]
        if device_us - old.device_us >= self.params.rate_span_s * US_PER_S:
            self.period_us = (device_us - old.device_us) / (sequence - old.sequence)

    def _fit(self) -> None:
        limit = self.params.drift_limit
        if len(self.buckets) * self.params.bucket_s >= self.params.settle_s:
            slope = _lower_slope(self.buckets)
            self.settled = True
            self.drift = min(limit, max(-limit, slope))
            self.beyond_limit = self.drift != slope
        self.offset_s = min(b.lag_s - self.drift * b.x_s for b in self.buckets)


def _lower_slope(points: Sequence[Bucket]) -> float:
    """Slope of the lower convex hull below the mean abscissa (Andrew's monotone chain)."""
    hull: list[Bucket] = []
    for p in points:
        while len(hull) >= 2 and _is_above(hull[-2], hull[-1], p):
            hull.pop()
        hull.append(p)
    mean_s = sum(p.x_s for p in points) / len(points)
    right = next(i for i, p in enumerate(hull) if i and p.x_s >= mean_s)
    a, b = hull[right - 1], hull[right]
    return (b.lag_s - a.lag_s) / (b.x_s - a.x_s)


def _is_above(a: Bucket, b: Bucket, c: Bucket) -> bool:
    """Whether `b` is on or above the line from `a` to `c`."""
    return (b.x_s - a.x_s) * (c.lag_s - a.lag_s) <= (b.lag_s - a.lag_s) * (c.x_s - a.x_s)
