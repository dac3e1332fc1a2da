"""The observer in Python: observer.c to read, and to use where no compiled one is.

A strapdown integration carries each sample into an inertial frame at the full rate.
There gravity stands still and the mean acceleration of a moving body is small, because its
velocity is: a Kalman filter over gravity, velocity and gyroscope bias takes "the velocity is
about zero" as its measurement at every hop, the more doubtful the more the body swings.
That velocity, not the acceleration, is what stays small comes from strapdown alignment and
zero-velocity updates; Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014, work in the same
inertial frame with a low-pass in place of the velocity. Deviations and limits: docs/adr/0006.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from monitor.model import Origin
from monitor.orientation.layout import GravityParams, Params

GRAVITY, VELOCITY, BIAS = slice(0, 3), slice(3, 6), slice(6, 9)
DIAGONAL = np.arange(3)
# 1; share of the sample before in the mean rate since then. A sample may be the rate at its
# instant, then it is 1/2, or a mean since the one before, then 0: wrong by a quarter at most. Ours
BEFORE = 0.25
SERIES_BELOW = 0.01  # rad^2; of the half angle: the series are wrong by less than 1e-13

Array = NDArray[np.float64]
Record = np.void  # of layout.MEMORY or layout.GRAVITY_MEMORY
Rows = list[list[float]]


@dataclass(slots=True)
class Memory:
    """layout.MEMORY as Python numbers, which are ten times faster than those of a record."""

    count: float
    hops: float
    q: list[float]
    x: Array
    p: Array
    up: Array
    sigma: float
    in_hop: float
    sum_acc: list[float]
    sum_turn: list[float]
    sum_gyr: list[float]
    sum_rate_sq: float
    lost_sq: float
    loudest: float
    acc_slow: Array
    swing: Array
    activity: float
    gyr_low: list[float]
    acc_low: list[float]
    still_s: float
    gyr_last: list[float]
    gyr_top: list[float]
    clipped: list[float]
    bridged: float

    @classmethod
    def of(cls, record: Record) -> "Memory":
        """The record's fields; arrays stay views of it."""
        arrays = ("x", "p", "up", "acc_slow", "swing")
        return cls(
            **{
                field.name: record[field.name]
                if field.name in arrays
                else record[field.name].tolist()
                for field in fields(cls)
            }
        )

    def store(self, record: Record) -> None:
        for field in fields(self):
            record[field.name] = getattr(self, field.name)


def observe(
    record: Record,
    params: Params,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    gyr: Array,
    origin: NDArray[np.uint8],
    out: tuple[Array, Array, Array, Array],
) -> None:
    """Take n samples into the record and write what they say.

    Args:
        record: of layout.MEMORY, all zero at the start of a segment.
        rotation: body from sensor, shape (3, 3).
        acc, gyr: [m/s^2] and [rad/s] in sensor axes, shape (n, 3), contiguous float64.
        origin: `Origin` of each, shape (n,).
        out: up, acc and gyr without bias in body axes, each shape (n, 3), and the standard
            deviation of up [rad], shape (n,).
    """
    dt = 1.0 / rate_hz
    hop = max(1, round(params.hop_s * rate_hz))
    memory = Memory.of(record)
    turns = np.empty((len(acc), 3, 3))
    ups, rates, sigmas = np.empty_like(acc), np.empty_like(acc), out[3]
    bias: list[float] = memory.x[BIAS].tolist()
    for t, (a, w, where) in enumerate(
        zip(acc.tolist(), gyr.tolist(), origin.tolist(), strict=True)
    ):
        if memory.count == 0:
            _begin(memory, params, acc[t])
        memory.count += 1
        rates[t] = rate = [w[0] - bias[0], w[1] - bias[1], w[2] - bias[2]]
        mean = _since(memory, rate, bias, dt)
        _note_lost(memory, params, w, where == Origin.BRIDGED, dt)
        _note_stillness(memory, params, w, a, dt)
        memory.q = _turned(memory.q, mean, dt)
        turns[t] = turn = _matrix(memory.q)
        for i, row in enumerate(turn):
            memory.sum_acc[i] += row[0] * a[0] + row[1] * a[1] + row[2] * a[2]
            memory.sum_gyr[i] += w[i]
            for j in range(3):
                memory.sum_turn[3 * i + j] += row[j]
        memory.sum_rate_sq += rate[0] * rate[0] + rate[1] * rate[1] + rate[2] * rate[2]
        memory.in_hop += 1
        if memory.in_hop >= hop:
            _finish_hop(memory, params, dt)
            bias = memory.x[BIAS].tolist()
        ups[t] = memory.up
        sigmas[t] = memory.sigma
    memory.store(record)
    up_sensor = turns[:, 0] * ups[:, 0:1] + turns[:, 1] * ups[:, 1:2] + turns[:, 2] * ups[:, 2:3]
    for array, vectors in zip(out, (up_sensor, acc, rates), strict=False):
        array[:] = rotated(rotation, vectors)


def feel(
    record: Record,
    params: GravityParams,
    rotation: Array,
    rate_hz: float,
    acc: Array,
    out: tuple[Array, Array, Array],
) -> None:
    """The same without a gyroscope: gravity averaged the longer, the more |a| varies.

    Args:
        record: of layout.GRAVITY_MEMORY.
        out: up and acc in body axes, each shape (n, 3), and the standard deviation of up
            [rad], shape (n,).
    """
    dt = 1.0 / rate_hz
    count, variance = float(record["count"]), float(record["variance"])
    activity, mean = float(record["activity"]), float(record["norm"])
    gravity: list[float] = record["gravity"].tolist()
    low: list[float] = record["acc_low"].tolist()
    sway = float(record["sway"])
    ups = np.empty_like(acc)
    for t, a in enumerate(acc.tolist()):
        norm = math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
        if count == 0:
            gravity, variance = list(a), 1.0
        count += 1
        mean += min(1.0, max(dt / params.norm_s, 1 / count)) * (norm - mean)
        off = norm - mean
        slow = min(1.0, max(dt / params.sway_s, 1 / count))
        low = [b + slow * (x - b) for b, x in zip(low, a, strict=True)]
        apart = (a[0] - low[0]) ** 2 + (a[1] - low[1]) ** 2 + (a[2] - low[2]) ** 2
        blend = min(1.0, max(dt / params.activity_s, 1 / count))
        activity += blend * (off * off - activity)
        sway += blend * (apart - sway)
        variance += params.turn_rate * params.turn_rate * mean * mean * dt
        noise = (params.acc_floor + params.acc_share * activity) / dt + 1e-12
        gain = variance / (variance + noise)
        gravity = [g + gain * (x - g) for g, x in zip(gravity, a, strict=True)]
        variance *= 1 - gain
        size = math.sqrt(gravity[0] ** 2 + gravity[1] ** 2 + gravity[2] ** 2)
        ups[t] = [g / size for g in gravity] if size > 1e-9 else [0.0, 0.0, 1.0]
        doubt = variance + activity + params.sway_share * sway
        out[2][t] = min(math.pi, math.sqrt(doubt) / mean) if mean > 1e-9 else math.pi
    record["count"], record["variance"] = count, variance
    record["activity"], record["norm"], record["gravity"] = activity, mean, gravity
    record["acc_low"], record["sway"] = low, sway
    out[0][:] = rotated(rotation, ups)
    out[1][:] = rotated(rotation, acc)


def rotated(rotation: Array, vectors: Array) -> Array:
    """Vectors, shape (n, 3), turned; spelt out because BLAS rounds by block size."""
    return (
        vectors[:, 0:1] * rotation[:, 0]
        + vectors[:, 1:2] * rotation[:, 1]
        + vectors[:, 2:3] * rotation[:, 2]
    )


def _begin(memory: Memory, params: Params, acc: Array) -> None:
    memory.q[0] = 1.0
    memory.x[GRAVITY] = acc
    sigmas = (params.gravity_sigma, params.velocity_sigma, params.bias_sigma)
    memory.p[...] = np.diag(np.repeat(np.square(sigmas), 3))
    _point_up(memory, params)


def _note_lost(memory: Memory, params: Params, gyr: list[float], bridged: bool, dt: float) -> None:
    """What is not known of the rotation: samples at the end of the range, and interpolated ones.

    An error of the rate that lasts n samples turns by n times as much, so its square grows
    by 2 n - 1 with sample n.
    """
    for i, w in enumerate(gyr):
        size = abs(w)
        if w == memory.gyr_last[i] and size >= memory.gyr_top[i] and size > params.clipped_from:
            memory.clipped[i] += 1
            angle = params.clipped_share * size * dt
            memory.lost_sq += angle * angle * (2 * memory.clipped[i] - 1)
        else:
            memory.clipped[i] = 0.0
        memory.gyr_top[i] = max(memory.gyr_top[i], size)
    memory.gyr_last = gyr
    memory.bridged = memory.bridged + 1 if bridged else 0.0
    if bridged:
        angle = params.bridged_rate * dt
        memory.lost_sq += angle * angle * (2 * memory.bridged - 1)


def _note_stillness(
    memory: Memory, params: Params, gyr: list[float], acc: list[float], dt: float
) -> None:
    """How far the signals stray from their own slow average."""
    blend = min(1.0, max(dt / params.slow_s, 1 / memory.count))
    slow_gyr, slow_acc = memory.gyr_low, memory.acc_low
    off_gyr = off_acc = rate = 0.0
    for i in range(3):
        slow_gyr[i] += blend * (gyr[i] - slow_gyr[i])
        slow_acc[i] += blend * (acc[i] - slow_acc[i])
        off_gyr += (gyr[i] - slow_gyr[i]) * (gyr[i] - slow_gyr[i])
        off_acc += (acc[i] - slow_acc[i]) * (acc[i] - slow_acc[i])
        rate = max(rate, abs(slow_gyr[i]))
    still = (
        off_gyr < params.rest_gyr * params.rest_gyr
        and off_acc < params.rest_acc * params.rest_acc
        and rate < params.quiet_rate
    )
    memory.still_s = memory.still_s + dt if still else 0.0
    loud = max(
        off_gyr / (params.quiet_gyr * params.quiet_gyr),
        off_acc / (params.quiet_acc * params.quiet_acc),
        rate / params.quiet_rate,
    )
    if loud > memory.loudest:
        memory.loudest = loud


def _finish_hop(memory: Memory, params: Params, dt: float) -> None:
    """Predict over the hop, then take what is known at its end as measurements."""
    n = memory.in_hop
    hop_s = n * dt
    x, p = memory.x, memory.p
    acc, gyr = np.array(memory.sum_acc) / n, np.array(memory.sum_gyr) / n
    turn = (np.array(memory.sum_turn) / n).reshape(3, 3)
    gravity = x[GRAVITY].copy()

    decay = math.exp(-hop_s / params.velocity_decay_s)
    f = np.eye(9)
    f[VELOCITY, VELOCITY] *= decay
    f[VELOCITY, GRAVITY] = -hop_s * np.eye(3)
    g0, g1, g2 = gravity.tolist()
    cross = np.array([[0.0, g2, -g1], [-g2, 0.0, g0], [g1, -g0, 0.0]])
    f[GRAVITY, BIAS] = hop_s * (cross @ turn)
    f[VELOCITY, BIAS] = 0.0
    p[...] = f @ p @ f.T
    x[VELOCITY] = decay * x[VELOCITY] + hop_s * (acc - gravity)
    share = params.rate_noise_share**2 * memory.sum_rate_sq / n
    lost_sq = hop_s * (params.rate_noise**2 + share) + memory.lost_sq
    # An error of rotation moves gravity across itself only.
    p[GRAVITY, GRAVITY] += lost_sq * (
        (gravity @ gravity) * np.eye(3) - np.outer(gravity, gravity)
    ) + 1e-9 * np.eye(3)
    p[VELOCITY, VELOCITY][DIAGONAL, DIAGONAL] += hop_s * params.acc_noise**2
    p[BIAS, BIAS][DIAGONAL, DIAGONAL] += hop_s * params.bias_wander**2

    _note_swing(memory, params, acc, hop_s)
    elapsed_s = memory.count * dt
    quiet = memory.loudest < 1 and elapsed_s > params.quiet_after_s
    up = turn.T @ memory.up
    slow_gyr = np.array(memory.gyr_low)
    off = slow_gyr - x[BIAS]
    # A turn about the vertical leaves gravity alone, so it is told from bias by size only.
    vertical = float(off @ up)
    known = math.sqrt(max(0.0, float(up @ p[BIAS, BIAS] @ up)))
    turning = abs(vertical) > 3 * known + params.turning
    level = off - vertical * up
    if quiet and float(level @ level) > params.surprise**2:
        for i in range(3):
            p[6 + i, 6 + i] = max(p[6 + i, 6 + i], level[i] * level[i])
    variance = (params.velocity_floor + params.velocity_gain * memory.activity) / hop_s
    for i in range(3, 6):
        _measure(x, p, i, -x[i], variance)
    if elapsed_s < params.start_s:
        for i in range(3):
            _measure(x, p, i, acc[i] - x[i], params.start_noise / hop_s)
    if not turning and memory.still_s > params.rest_after_s:
        for i in range(6, 9):
            _measure(x, p, i, slow_gyr[i - 6] - x[i], params.rest_noise**2 / hop_s)
    elif not turning and quiet:
        for i in range(6, 9):
            _measure(x, p, i, gyr[i - 6] - x[i], params.quiet_noise**2 / hop_s)
    p[...] = 0.5 * (p + p.T)

    size = math.sqrt(sum(part * part for part in memory.q))
    memory.q = [part / size for part in memory.q]
    _point_up(memory, params)
    memory.in_hop = memory.sum_rate_sq = memory.lost_sq = memory.loudest = 0.0
    memory.sum_acc, memory.sum_gyr, memory.sum_turn = [0.0] * 3, [0.0] * 3, [0.0] * 9


def _note_swing(memory: Memory, params: Params, acc: Array, hop_s: float) -> None:
    """How much the velocity swings, from the acceleration less its own slow part.

    It must not use the filter's velocity: a wrong start would excuse itself for ever.
    """
    memory.hops += 1
    blend = min(1.0, max(hop_s / params.activity_high_pass_s, 1 / memory.hops))
    memory.acc_slow += blend * (acc - memory.acc_slow)
    keep = math.exp(-hop_s / params.activity_high_pass_s)
    memory.swing = keep * memory.swing + hop_s * (acc - memory.acc_slow)
    speed_sq = min(float((memory.swing**2).sum()), params.velocity_cap_mps**2)
    memory.activity += min(1.0, hop_s / params.activity_s) * (speed_sq - memory.activity)


def _measure(x: Array, p: Array, i: int, off: float, variance: float) -> None:
    """Kalman update with a measurement of state `i` that differs from it by `off`."""
    row = p[i].copy()
    gain = row / (row[i] + variance)
    x += gain * off
    p -= np.outer(gain, row)


def _point_up(memory: Memory, params: Params) -> None:
    gravity = memory.x[GRAVITY]
    norm = math.sqrt(float((gravity**2).sum()))
    if norm < 1e-9:
        memory.up[:], memory.sigma = [0.0, 0.0, 1.0], math.pi
        return
    memory.up[:] = gravity / norm
    # Two of the three directions turn it.
    variance = float(np.trace(memory.p[GRAVITY, GRAVITY])) / 2 / (norm * norm)
    memory.sigma = min(math.pi, math.sqrt(variance + params.least_sigma_rad**2))


def _since(memory: Memory, rate: list[float], bias: list[float], dt: float) -> list[float]:
    """Mean rate since the sample before, with what turning about a turning axis adds.

    The second is the two-sample coning correction of strapdown navigation: a twelfth of the
    cross product of both steps. Of the first sample there is none before.
    """
    if memory.count <= 1:
        return rate
    x, y, z = (w - b for w, b in zip(memory.gyr_last, bias, strict=True))
    a, b, c = rate
    cone = (y * c - z * b, z * a - x * c, x * b - y * a)
    return [
        now + BEFORE * (last - now) + dt / 12.0 * more
        for now, last, more in zip(rate, (x, y, z), cone, strict=True)
    ]


def _turned(q: list[float], rate: list[float], dt: float) -> list[float]:
    """A quaternion after turning at `rate` in its own axes for `dt`."""
    half = 0.5 * dt
    hh = half * half * (rate[0] * rate[0] + rate[1] * rate[1] + rate[2] * rate[2])
    if hh < SERIES_BELOW:
        c = 1 - hh / 2 * (1 - hh / 12 * (1 - hh / 30 * (1 - hh / 56)))
        sinc = 1 - hh / 6 * (1 - hh / 20 * (1 - hh / 42))
    else:
        c = math.cos(math.sqrt(hh))
        sinc = math.sin(math.sqrt(hh)) / math.sqrt(hh)
    a, b, d = (sinc * half * w for w in rate)
    q0, q1, q2, q3 = q
    return [
        q0 * c - q1 * a - q2 * b - q3 * d,
        q0 * a + q1 * c + q2 * d - q3 * b,
        q0 * b - q1 * d + q2 * c + q3 * a,
        q0 * d + q1 * b - q2 * a + q3 * c,
    ]


def _matrix(q: list[float]) -> Rows:
    w, x, y, z = q
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
