"""Smooth curves with their first and second derivatives, exact at any time.

A jet is an array of shape (3, n): value, rate of change, and the rate of that.
Every curve here has a continuous second derivative, so no acceleration jumps where two meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.motion.channels import Channel

Jet = NDArray[np.float64]


def product(a: Jet, b: Jet) -> Jet:
    """The jet of a times b."""
    return np.stack(
        [a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2]]
    )


class Curve(Protocol):
    """Something added to the channels while a phrase lasts."""

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        """Add to `jets`, shape (channels, 3, n), at the times `t_s` of the phrase [s]."""
        ...


@dataclass(frozen=True, slots=True)
class Ramp:
    """A minimum-jerk step (Flash and Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985).

    Attributes:
        channel: what moves.
        start_s, duration_s: when, in the phrase.
        delta: by how much, in the channel's unit.
        late: 1 is symmetric; above 1 the step comes late and ends hard (a landing),
            below 1 it starts hard and comes to rest gently: the mirror image of 1 / late.
    """

    channel: Channel
    start_s: float
    duration_s: float
    delta: float
    late: float = 1.0

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        jets[self.channel] += self.delta * step(t_s, self.start_s, self.duration_s, self.late)


def step(t_s: NDArray[np.float64], start_s: float, duration_s: float, late: float = 1.0) -> Jet:
    """Minimum-jerk rise from 0 to 1 over `duration_s`; `late` as in `Ramp`."""
    x = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
    if late < 1.0:
        x = 1.0 - x
    power = max(late, 1.0 / late)
    if power == 1.0:
        u, u1, u2 = x, np.ones_like(x), np.zeros_like(x)
    else:
        x = np.maximum(x, 1e-9)
        u = x**power
        u1 = power * u / x
        u2 = power * (power - 1.0) * u / x**2
    s = u * u * u * (10.0 + u * (6.0 * u - 15.0))
    s_u = 30.0 * (u * (1.0 - u)) ** 2
    s_uu = 60.0 * u * (1.0 - u) * (1.0 - 2.0 * u)
    first = s_u * u1 / duration_s
    second = (s_uu * u1 * u1 + s_u * u2) / duration_s**2
    if late < 1.0:
        return np.stack([1.0 - s, first, -second])
    return np.stack([s, first, second])


@dataclass(frozen=True, slots=True)
class Pulse:
    """A bump that leaves and returns within `duration_s`, `height` at its middle.

    Its second derivative at the middle is -24 height / duration^2: a knock or a landing.
    """

    channel: Channel
    start_s: float
    duration_s: float
    height: float

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        x = np.clip((t_s - self.start_s) / self.duration_s, 0.0, 1.0)
        y, y1 = x * (1.0 - x), 1.0 - 2.0 * x
        scale = 64.0 * self.height
        jet = jets[self.channel]
        jet[0] += scale * y**3
        jet[1] += scale * 3.0 * y**2 * y1 / self.duration_s
        jet[2] += scale * (6.0 * y * y1**2 - 6.0 * y**2) / self.duration_s**2


@dataclass(frozen=True, slots=True)
class Partial:
    """One oscillation of a gait: its channel, half step frequencies, amplitude and phase."""

    channel: Channel
    order: int  # 1 once a stride, 2 once a step
    amplitude: float
    phase_rad: float


@dataclass(frozen=True, slots=True)
class Gait:
    """Walking's oscillations, rising and fading over `fade_s` at both ends.

    Attributes:
        start_s, duration_s: when, in the phrase.
        step_hz: steps a second.
        partials: what oscillates.
        wander: relative depth of the slow changes of cadence.
        unevenness: relative depth of the changes of strength from step to step.
    """

    start_s: float
    duration_s: float
    fade_s: float
    step_hz: float
    partials: tuple[Partial, ...]
    wander: float = 0.03
    unevenness: float = 0.15

    def steps_s(self) -> NDArray[np.float64]:
        """Heel strikes in the phrase [s]: when the hip is about lowest, twice a stride."""
        count = floor(self.duration_s * self.step_hz)
        at_s = self.start_s + np.arange(1, count) / self.step_hz
        for _ in range(5):
            angle, angle_1, _second = self._stride(at_s)
            at_s = at_s + (np.pi * np.arange(1, count) - angle) / angle_1
        return at_s

    def strength(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How strong the walk is at `t_s`, 1 on average while it lasts."""
        strength: NDArray[np.float64] = self._envelope(t_s)[0]
        return strength

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        envelope = self._envelope(t_s)
        angle, angle_1, angle_2 = self._stride(t_s)
        for partial in self.partials:
            k = partial.order
            sine = partial.amplitude * np.sin(k * angle + partial.phase_rad)
            cosine = partial.amplitude * np.cos(k * angle + partial.phase_rad)
            wave = np.stack(
                [sine, k * angle_1 * cosine, k * angle_2 * cosine - (k * angle_1) ** 2 * sine]
            )
            jets[partial.channel] += product(envelope, wave)

    def _envelope(self, t_s: NDArray[np.float64]) -> Jet:
        envelope = step(t_s, self.start_s, self.fade_s)
        envelope -= step(t_s, self.start_s + self.duration_s - self.fade_s, self.fade_s)
        t = t_s - self.start_s
        strength = np.zeros((3, len(t)))
        strength[0] = 1.0
        for hz in (0.37, 0.83):  # Hz; unrelated to each other and to any cadence
            w = 2 * np.pi * hz
            wave = np.stack([np.sin(w * t), w * np.cos(w * t), -w * w * np.sin(w * t)])
            strength += self.unevenness / 2 * wave
        return product(envelope, strength)

    def _stride(self, t_s: NDArray[np.float64]) -> Jet:
        """The phase, half a turn a step."""
        t = t_s - self.start_s
        slow = 2 * np.pi * 0.23  # rad/s; cadence comes and goes over about four seconds
        stride = np.pi * self.step_hz
        angle = stride * (t + self.wander / slow * np.sin(slow * t))
        angle_1 = stride * (1.0 + self.wander * np.cos(slow * t))
        return np.stack([angle, angle_1, -stride * self.wander * slow * np.sin(slow * t)])


@dataclass(frozen=True, slots=True, eq=False)
class Strikes:
    """A shock at each of some instants, on which soft tissue rings until it has died away.

    Of each channel the displacement is x^3 exp(-x / decay_s) cos(2 pi ring_hz x), x being the
    time since the shock [s]: its second derivative begins at zero and falls by 12 dB an octave.

    Attributes:
        at_s: instants in the phrase, rising, shape (k,).
        channels: what rings, c of them.
        ring_hz, decay_s: how, shape (c,).
        strength: the largest second derivative of each ringing, signed, shape (k, c).
    """

    at_s: NDArray[np.float64]
    channels: tuple[Channel, ...]
    ring_hz: NDArray[np.float64]
    decay_s: NDArray[np.float64]
    strength: NDArray[np.float64]

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        over_s = _DECAYS * float(self.decay_s.max())
        first = np.searchsorted(t_s, self.at_s)
        stop = np.searchsorted(t_s, self.at_s + over_s)
        unit = self.strength / _loudest(self.ring_hz, self.decay_s)
        for k in np.flatnonzero(stop > first):
            part = slice(first[k], stop[k])
            ringing = _ringing(t_s[part] - self.at_s[k], self.ring_hz, self.decay_s)
            for column, channel in enumerate(self.channels):  # one may ring in several ways
                jets[channel, :, part] += ringing[:, :, column] * unit[k, column]


_DECAYS = 16.0  # by then 1e-4 of a ringing is left; chosen by us


def _ringing(
    x: NDArray[np.float64], ring_hz: NDArray[np.float64], decay_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The displacement of `Strikes` and its derivatives, shape (3, n, c)."""
    x = x[:, None]
    root = 2j * np.pi * ring_hz - 1.0 / decay_s
    wave = np.exp(root * x)
    return np.stack(
        [
            (x**3 * wave).real,
            ((3 * x**2 + root * x**3) * wave).real,
            ((6 * x + 6 * root * x**2 + root**2 * x**3) * wave).real,
        ]
    )


def _loudest(ring_hz: NDArray[np.float64], decay_s: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.linspace(0.0, 10.0 * float(decay_s.max()), 500)
    largest: NDArray[np.float64] = np.abs(_ringing(x, ring_hz, decay_s)[2]).max(axis=0)
    return largest


@dataclass(frozen=True, slots=True, eq=False)
class Chorus:
    """A sum of sines that never repeats in practice: sway, restlessness.

    Attributes:
        rate_radps: angular frequencies, shape (k,).
        phase_rad: their phases, shape (k,).
        amplitude: their amplitudes, shape (k,).
    """

    rate_radps: NDArray[np.float64]
    phase_rad: NDArray[np.float64]
    amplitude: NDArray[np.float64]

    def scaled(self, factor: float) -> "Chorus":
        """The same voices, louder or softer."""
        return Chorus(self.rate_radps, self.phase_rad, factor * self.amplitude)

    def jet(self, t_s: NDArray[np.float64]) -> Jet:
        """Value and derivatives at evenly spaced `t_s` [s], shape (3, n)."""
        # Sines of sums: about 2 sqrt(n) sines of each voice instead of n, and products of
        # matrices. An eight-hour day has 3e6 samples and hundreds of voices. One product for
        # each derivative, for each is too small to be worth a thread to the library.
        n, w = len(t_s), self.rate_radps
        step_s = float(t_s[-1] - t_s[0]) / (n - 1) if n > 1 else 0.0
        fine = ceil(sqrt(n))
        coarse = ceil(n / fine)
        start = (t_s[0] + np.arange(coarse) * (fine * step_s))[:, None] * w + self.phase_rad
        on = (np.arange(fine) * step_s)[:, None] * w
        sine, cosine = np.sin(start), np.cos(start)
        on_sine, on_cosine = np.sin(on).T.copy(), np.cos(on).T.copy()
        a0, a1, a2 = self.amplitude, self.amplitude * w, -self.amplitude * w * w
        jet = np.empty((3, coarse, fine))
        jet[0] = (sine * a0) @ on_cosine + (cosine * a0) @ on_sine
        jet[1] = (cosine * a1) @ on_cosine - (sine * a1) @ on_sine
        jet[2] = (sine * a2) @ on_cosine + (cosine * a2) @ on_sine
        return jet.reshape(3, coarse * fine)[:, :n]


def draw_chorus(
    rng: np.random.Generator,
    low_hz: float,
    high_hz: float,
    voices: int,
    *,
    slope: float,
    unit_of: int = 0,
) -> Chorus:
    """Sines spread over a band, amplitude falling as frequency to the power -`slope`.

    Scaled to unit RMS of the value (`unit_of` 0), its rate (1) or its second derivative (2).
    """
    edges = np.geomspace(low_hz, high_hz, voices + 1)
    rate = 2 * np.pi * rng.uniform(edges[:-1], edges[1:])
    amplitude = rate**-slope
    amplitude = amplitude / np.sqrt(np.sum((amplitude * rate**unit_of) ** 2) / 2)
    return Chorus(rate, rng.uniform(0, 2 * np.pi, voices), amplitude)


def draw_noise(
    rng: np.random.Generator, hz: Sequence[float], density: Sequence[float], *, unit_of: int = 2
) -> Chorus:
    """Voices so dense that they sound as noise, with this spectrum.

    Args:
        hz: rising frequencies, from the lowest voice to the highest.
        density: of the value (`unit_of` 0), its rate (1) or second derivative (2) there
            [unit/sqrt(Hz)]; straight lines of logarithms in between.
    """
    edges = [hz[0]]
    while edges[-1] < hz[-1]:
        edges.append(edges[-1] + min(_VOICE_HZ, 0.25 * edges[-1]))
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    at_hz = rng.uniform(low, high)
    level = np.exp(np.interp(np.log(at_hz), np.log(hz), np.log(density)))
    rate = 2 * np.pi * at_hz
    amplitude = level * np.sqrt(2 * (high - low)) / rate**unit_of
    return Chorus(rate, rng.uniform(0, 2 * np.pi, len(rate)), amplitude)


def spectrum_rms(hz: Sequence[float], density: Sequence[float]) -> float:
    """What noise of `draw_noise` comes to on the whole."""
    fine = np.geomspace(hz[0], hz[-1], 1000)
    level = np.exp(np.interp(np.log(fine), np.log(hz), np.log(density)))
    return sqrt(np.trapezoid(level**2, fine))


_VOICE_HZ = 0.35  # Hz between voices of noise, at most; finer than 5 s can resolve by half
