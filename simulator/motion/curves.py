"""Smooth curves with their first and second derivatives, exact at any time.

A jet is an array of shape (3, n): value, rate of change, and the rate of that.
Every curve here has a continuous second derivative, so no acceleration jumps where two meet.
"""

from dataclasses import dataclass
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

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        envelope = step(t_s, self.start_s, self.fade_s)
        envelope -= step(t_s, self.start_s + self.duration_s - self.fade_s, self.fade_s)
        t = t_s - self.start_s
        strength = np.zeros((3, len(t)))
        strength[0] = 1.0
        for hz in (0.37, 0.83):  # Hz; unrelated to each other and to any cadence
            w = 2 * np.pi * hz
            wave = np.stack([np.sin(w * t), w * np.cos(w * t), -w * w * np.sin(w * t)])
            strength += self.unevenness / 2 * wave
        envelope = product(envelope, strength)
        slow = 2 * np.pi * 0.23  # rad/s; cadence comes and goes over about four seconds
        stride = np.pi * self.step_hz
        angle = stride * (t + self.wander / slow * np.sin(slow * t))
        angle_1 = stride * (1.0 + self.wander * np.cos(slow * t))
        angle_2 = -stride * self.wander * slow * np.sin(slow * t)
        for partial in self.partials:
            k = partial.order
            sine = partial.amplitude * np.sin(k * angle + partial.phase_rad)
            cosine = partial.amplitude * np.cos(k * angle + partial.phase_rad)
            wave = np.stack(
                [sine, k * angle_1 * cosine, k * angle_2 * cosine - (k * angle_1) ** 2 * sine]
            )
            jets[partial.channel] += product(envelope, wave)


@dataclass(frozen=True, slots=True, eq=False)
class Chorus:
    """A sum of sines of unit RMS that never repeats in practice: sway, restlessness.

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
        """Value and derivatives at `t_s` [s], shape (3, n)."""
        angle = t_s[:, None] * self.rate_radps + self.phase_rad
        sine, cosine = np.sin(angle), np.cos(angle)
        w, a = self.rate_radps, self.amplitude
        return np.stack([sine @ a, cosine @ (a * w), sine @ (-a * w * w)])


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
